// Frames live in one block of the length of the longest rally (3001 frames, 14 MB with exact
// states), so that they never move while somebody reads them.
#include "viz/rally.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

VizRally *viz_rally_create(int number, int capacity, int row_size) {
  assert(capacity > 0 && row_size >= 0);
  VizRally *rally = calloc(1, sizeof *rally);
  if (!rally) {
    return NULL;
  }
  rally->number = number;
  rally->capacity = capacity;
  rally->row_size = row_size;
  rally->frame = malloc((size_t)capacity * sizeof *rally->frame);
  const size_t numbers = (size_t)capacity * (size_t)row_size;
  rally->row = row_size > 0 ? malloc(numbers * sizeof *rally->row) : NULL;
  rally->choice = calloc(VIZ_CHOICES_MAX, sizeof *rally->choice);
  if (!rally->frame || !rally->choice || (row_size > 0 && !rally->row)) {
    viz_rally_destroy(rally);
    return NULL;
  }
  atomic_init(&rally->count, 0);
  atomic_init(&rally->touches, 0);
  return rally;
}

void viz_rally_destroy(VizRally *rally) {
  if (rally) {
    free(rally->frame);
    free(rally->row);
    free(rally->choice);
    free(rally);
  }
}

VizFrame *viz_rally_next(VizRally *rally, double **row) {
  const int at = viz_rally_frames(rally);
  assert(at < rally->capacity);
  if (row) {
    *row = rally->row ? rally->row + (size_t)at * (size_t)rally->row_size : NULL;
  }
  viz_frame_clear(&rally->frame[at]);
  return &rally->frame[at];
}

// the timeline asks for them at every picture, and a walk over 3000 frames costs 15 MB of memory
static void note_touches(VizRally *rally, int at) {
  const SimEvents *events = &rally->frame[at].state.events;
  assert(at >= 0 && at < rally->capacity);
  int n = atomic_load_explicit(&rally->touches, memory_order_relaxed);
  for (int i = 0; i < events->n && i < SIM_EVENTS_MAX && n < VIZ_TOUCHES_MAX; i++) {
    const SimEvent *event = &events->event[i];
    if (at > 0 && event->kind == SIM_EVENT_TOUCH && event->drone >= 0) {
      rally->touch[n++] = (VizTouch){at, event->drone};
    }
  }
  atomic_store_explicit(&rally->touches, n, memory_order_release);
}

void viz_rally_counted(VizRally *rally) {
  const int n = atomic_load_explicit(&rally->count, memory_order_relaxed);
  assert(n < rally->capacity);
  note_touches(rally, n);
  atomic_store_explicit(&rally->count, n + 1, memory_order_release);
}

void viz_rally_choose(VizRally *rally, VizFrame *frame, SimTeam team, const VizChoice *choice) {
  assert(rally->choices >= 0 && rally->choices <= VIZ_CHOICES_MAX);
  assert(frame >= rally->frame && frame < rally->frame + rally->capacity);
  frame->choice[team] = VIZ_NO_CHOICE;
  if (rally->choices < VIZ_CHOICES_MAX) {
    rally->choice[rally->choices] = *choice;
    frame->choice[team] = (int16_t)rally->choices++;
  }
}

int viz_rally_frames(const VizRally *rally) {
  return atomic_load_explicit(&rally->count, memory_order_acquire);
}

int viz_rally_touches(const VizRally *rally) {
  return atomic_load_explicit(&rally->touches, memory_order_acquire);
}

bool viz_rally_over(const VizRally *rally) {
  const int n = viz_rally_frames(rally);
  return n > 0 && rally->frame[n - 1].state.referee.winner != SIM_PLAYING;
}

void viz_frame_clear(VizFrame *frame) {
  memset(frame, 0, sizeof *frame);
  memset(frame->skill, VIZ_NO_SKILL, sizeof frame->skill);
  frame->reward = NAN;
  memset(frame->option, VIZ_NO_OPTION, sizeof frame->option);
  for (int team = 0; team < SIM_TEAMS; team++) {
    frame->choice[team] = VIZ_NO_CHOICE;
  }
  for (int i = 0; i < SIM_DRONES; i++) {
    frame->flight[i] = NAN;
    for (int k = 0; k < 3; k++) {
      frame->goal[i][k] = NAN;
    }
  }
}
