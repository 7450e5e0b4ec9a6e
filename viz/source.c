// The part that log and live play have in common: the selected rally, the last few rallies, the
// score.
#include "viz/source.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "viz/source_internal.h"

VizSource *viz__source_create(const VizSourceKind *kind, const SimModel *model, SimError *err) {
  VizSource *source = calloc(1, sizeof *source);
  if (!source) {
    sim_error(err, SIM_FAIL, "no memory for a match to watch");
    return NULL;
  }
  source->kind = kind;
  source->model = model;
  source->pull.body = -1;
  source->person = source->info.person = -1;
  memset(source->pick, POL_NOT_ASKED, sizeof source->pick);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&source->wake, &attributes);
  pthread_condattr_destroy(&attributes);
  pthread_mutex_init(&source->lock, NULL);
  return source;
}

void viz_source_close(VizSource *source) {
  if (!source) {
    return;
  }
  if (source->kind->close) {
    source->kind->close(source);
  }
  for (int team = 0; team < SIM_TEAMS; team++) {
    pol_team_destroy(source->team[team]);
  }
  for (int i = 0; i < VIZ_KEPT; i++) {
    viz_rally_destroy(source->kept[i]);
  }
  free(source->result);
  pthread_cond_destroy(&source->wake);
  pthread_mutex_destroy(&source->lock);
  free(source);
}

const VizInfo *viz_source_info(const VizSource *source) {
  return &source->info;
}

void viz__source_members(VizSource *source, SimTeam side, const PolTeam *team) {
  assert(team->strategies >= 0 &&
         (size_t)team->strategies <=
             sizeof source->info.strategy[side] / sizeof source->info.strategy[side][0]);
  source->info.strategies[side] = team->strategies;
  for (int i = 0; i < team->strategies; i++) {
    memcpy(source->info.strategy[side][i], team->strategy[i].name, POL_NAME_MAX);
  }
}

void viz__source_show(VizSource *source, VizRally *rally) {
  assert(rally);
  int at = 0;
  while (at < VIZ_KEPT - 1 && source->kept[at] && source->kept[at] != rally) {
    at++;
  }
  if (source->kept[at] && source->kept[at] != rally) {
    if (source->kept[at] == source->live) {
      source->live = NULL;
    }
    viz_rally_destroy(source->kept[at]);
  }
  assert(at < VIZ_KEPT);
  memmove(source->kept + 1, source->kept, (size_t)at * sizeof source->kept[0]);
  source->kept[0] = rally;
  source->shown = rally;
}

SimStatus viz_source_select(VizSource *source, int rally, SimError *err) {
  assert(rally >= 0);
  for (int i = 0; i < VIZ_KEPT && source->kept[i]; i++) {
    if (source->kept[i]->number == rally) {
      pthread_mutex_lock(&source->lock);
      viz__source_show(source, source->kept[i]);
      pthread_mutex_unlock(&source->lock);
      return SIM_OK;
    }
  }
  return source->kind->select(source, rally, err);
}

SimStatus viz_source_restart(VizSource *source, SimError *err) {
  return source->info.live ? source->kind->select(source, viz_source_rally(source), err) : SIM_OK;
}

int viz_source_rally(const VizSource *source) {
  return source->shown ? source->shown->number : -1;
}

int64_t viz_source_number(const VizSource *source) {
  return viz_source_frames(source) > 0 ? (int64_t)source->shown->frame[0].state.rally : -1;
}

int viz_source_find(VizSource *source, int64_t number, SimError *err) {
  return source->kind->find(source, number, err);
}

int viz_source_frames(const VizSource *source) {
  return source->shown ? viz_rally_frames(source->shown) : 0;
}

const VizFrame *viz_source_frame(const VizSource *source, int i) {
  assert(i >= 0 && i < viz_source_frames(source));
  return &source->shown->frame[i];
}

int viz_source_touches(const VizSource *source) {
  return source->shown ? viz_rally_touches(source->shown) : 0;
}

const VizTouch *viz_source_touch(const VizSource *source, int i) {
  assert(i >= 0 && i < viz_source_touches(source));
  return &source->shown->touch[i];
}

const VizChoice *viz_source_choice(const VizSource *source, const VizFrame *frame, SimTeam team) {
  const int choice = frame->choice[team];
  assert(choice < source->shown->choices);
  return choice >= 0 ? &source->shown->choice[choice] : NULL;
}

bool viz_source_over(const VizSource *source) {
  return source->shown && viz_rally_over(source->shown);
}

bool viz_source_playing(const VizSource *source) {
  return source->info.live && source->shown && source->shown == source->live &&
         !viz_rally_over(source->shown);
}

const char *viz_source_warning(const VizSource *source) {
  return source->shown ? source->shown->warning : "";
}

const char *viz_source_ending(const VizSource *source) {
  return source->shown ? source->shown->ending : "";
}

// ---- score

SimStatus viz__source_result(VizSource *source, int rally, const VizResult *result, SimError *err) {
  assert(rally >= 0 && result->winner <= SIM_PLAYING);
  if (rally >= source->results) {
    const int n = 2 * rally + 16;
    VizResult *bigger = realloc(source->result, (size_t)n * sizeof *bigger);
    if (!bigger) {
      return sim_error(err, SIM_FAIL, "no memory for the results of %d rallies", n);
    }
    for (int i = source->results; i < n; i++) {
      bigger[i] = (VizResult){.winner = SIM_PLAYING};
    }
    source->result = bigger;
    source->results = n;
  }
  source->result[rally] = *result;
  return SIM_OK;
}

bool viz_source_result(VizResult *result, VizSource *source, int rally) {
  SimError err = {0};
  assert(rally >= 0);
  pthread_mutex_lock(&source->lock);
  bool known = rally < source->results && source->result[rally].winner != SIM_PLAYING;
  if (!known && source->kind->look_up && rally < source->info.rallies) {
    known = source->kind->look_up(source, rally, &err) == SIM_OK;
  }
  *result = known ? source->result[rally] : (VizResult){.winner = SIM_PLAYING};
  pthread_mutex_unlock(&source->lock);
  return known;
}

SimWinner viz_source_winner(VizSource *source, int rally) {
  pthread_mutex_lock(&source->lock);
  const SimWinner winner = rally < source->results ? source->result[rally].winner : SIM_PLAYING;
  pthread_mutex_unlock(&source->lock);
  return winner;
}

int viz_ask_head(const VizAsk *ask) {
  for (int head = 0; head < POL_HEADS_MAX; head++) {
    if (ask->asked[head]) {
      return head;
    }
  }
  return -1;
}

int viz_ask_option(const VizAsk *ask, int head, int n) {
  const int legal = head >= 0 ? __builtin_popcount(ask->legal[head]) : 0;
  if (legal == 0 || n < 0) {
    return -1;
  }
  n %= (legal + VIZ_KEYS_CHOICES - 1) / VIZ_KEYS_CHOICES * VIZ_KEYS_CHOICES;
  for (int i = 0; i < POL_OPTIONS_MAX; i++) {
    if ((ask->legal[head] >> i & 1u) != 0 && n-- == 0) {
      return i;
    }
  }
  return -1;
}

void viz_ask_point(double point[3], const VizAsk *ask, const PolOptions *options, int head,
                   int option) {
  assert(head >= 0 && head < options->heads && option >= 0 && option < options->n[head]);
  const VizCandidate *candidate = &ask->candidates.of[option];
  if (ask->candidates.head == head && candidate->drone >= 0) {
    memcpy(point, candidate->point, sizeof candidate->point);
    return;
  }
  sim_mirror_vec(point, options->option[head][option].goal.point, ask->team);
  point[1] *= ask->turned ? -1 : 1;
}

SimStatus viz_source_read(SimRally *out, SimLogInfo *info, VizSource *source, int rally,
                          SimError *err) {
  return source->kind->read ? source->kind->read(out, info, source, rally, err)
                            : sim_error(err, SIM_USAGE, "live play has no tables to read");
}

void viz_source_score(int score[SIM_TEAMS], VizSource *source) {
  score[SIM_NEAR] = score[SIM_FAR] = 0;
  pthread_mutex_lock(&source->lock);
  for (int i = 0; i < source->results && i < viz_source_rally(source); i++) {
    score[SIM_NEAR] += source->result[i].winner == SIM_WIN_NEAR;
    score[SIM_FAR] += source->result[i].winner == SIM_WIN_FAR;
  }
  pthread_mutex_unlock(&source->lock);
}
