// The table of a match log's columns and the buffers of one rally. Columns of one kind of row grow
// together, by doubling, and are reused from rally to rally, so that recording does not allocate
// once the longest rally has been seen.
#include "sim/record/rally.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kXyz[] = {"x", "y", "z"};
static const char *const kWxyz[] = {"w", "x", "y", "z"};
static const char *const kRotor[] = {"front_right", "back_left", "front_left", "back_right"};
static const char *const kDrone[] = {"near_passer", "near_setter", "near_attacker",
                                     "far_passer",  "far_setter",  "far_attacker"};
static const char *const kHead[] = {"passer", "setter", "attacker", "serve"};
static const char *const kTeam[] = {"near", "far"};

#define NAMES_NONE NULL
#define NAMES_XYZ kXyz
#define NAMES_WXYZ kWxyz
#define NAMES_ROTOR kRotor
#define NAMES_DRONE kDrone
#define NAMES_HEAD kHead
#define NAMES_TEAM kTeam

static const SimColumnInfo kColumn[SIM_COLUMNS] = {
#define COLUMN(field_, number_, type_, shape_, a_, b_, rows_, group_, name_, units_, of_)          \
  [SIM_COLUMN_##field_] = {.group = group_,                                                        \
                           .name = name_,                                                          \
                           .number = SIM_##number_,                                                \
                           .rows = SIM_ROWS_##rows_,                                               \
                           .rank = (a_ > 0) + (b_ > 0),                                            \
                           .length = {a_, b_},                                                     \
                           .units = units_,                                                        \
                           .of = NAMES_##of_,                                                      \
                           .field = offsetof(SimRally, field_)},
    SIM_RALLY_COLUMNS(COLUMN)
#undef COLUMN
};

const SimColumnInfo *sim_column(SimColumn column) {
  assert(column < SIM_COLUMNS);
  return &kColumn[column];
}

size_t sim_number_size(SimNumber number) {
  switch (number) {
  case SIM_F32:
  case SIM_I32:
    return 4;
  case SIM_F64:
    return 8;
  case SIM_U8:
  case SIM_I8:
    return 1;
  }
  assert(false);
  return 0;
}

// Numbers in one row.
static size_t row_count(SimColumn column, const SimRally *rally) {
  const SimColumnInfo *info = &kColumn[column];
  if (column == SIM_COLUMN_state) {
    return (size_t)rally->state_size;
  }
  size_t count = 1;
  for (int i = 0; i < info->rank; i++) {
    count *= (size_t)info->length[i];
  }
  return count;
}

size_t sim_column_row_size(SimColumn column, const SimRally *rally) {
  return row_count(column, rally) * sim_number_size(kColumn[column].number);
}

void *sim_column_data(const SimRally *rally, SimColumn column) {
  void *data;
  memcpy(&data, (const char *)rally + kColumn[column].field, sizeof data);
  return data;
}

SimStatus sim_rally_reserve(SimRally *rally, SimRows rows, int n, SimError *err) {
  assert(rows < SIM_ROWS_KINDS && n >= 0);
  if (n <= rally->capacity[rows]) {
    return SIM_OK;
  }
  int capacity = rally->capacity[rows] > 0 ? rally->capacity[rows] : 16;
  while (capacity < n) {
    capacity *= 2;
  }
  for (int c = 0; c < SIM_COLUMNS; c++) {
    if (kColumn[c].rows != rows) {
      continue;
    }
    size_t size = sim_column_row_size((SimColumn)c, rally) * (size_t)capacity;
    void *data = realloc(sim_column_data(rally, (SimColumn)c), size > 0 ? size : 1);
    if (data == NULL) {
      return sim_error(err, SIM_FAIL, "no memory for %d rows of a rally's %s", capacity,
                       kColumn[c].name);
    }
    memcpy((char *)rally + kColumn[c].field, &data, sizeof data);
  }
  rally->capacity[rows] = capacity;
  return SIM_OK;
}

void sim_rally_free(SimRally *rally) {
  for (int c = 0; c < SIM_COLUMNS; c++) {
    free(sim_column_data(rally, (SimColumn)c));
  }
  *rally = (SimRally){0};
}

static void to_float(float *out, const double *in, int n) {
  for (int i = 0; i < n; i++) {
    out[i] = (float)in[i];
  }
}

void sim_rally_set_row(SimRally *rally, int row, const SimState *state) {
  assert(row >= 0 && row < rally->capacity[SIM_ROWS_STATE]);
  const SimView *view = &state->view;
  rally->time[row] = (float)(row * SIM_DT);
  to_float(rally->ball_pos[row], view->ball_pos, 3);
  to_float(rally->ball_vel[row], view->ball_vel, 3);
  for (int i = 0; i < SIM_DRONES; i++) {
    const SimDrone *drone = &view->drone[i];
    to_float(rally->pos[row][i], drone->pos, 3);
    to_float(rally->vel[row][i], drone->vel, 3);
    to_float(rally->quat[row][i], drone->quat, 4);
    to_float(rally->angvel[row][i], drone->angvel, 3);
    to_float(rally->rotor[row][i], drone->rotor, SIM_ROTORS);
  }
}

SimStatus sim_rally_add_events(SimRally *rally, const SimState *after, SimError *err) {
  int row = rally->n[SIM_ROWS_EVENT];
  SimStatus status = sim_rally_reserve(rally, SIM_ROWS_EVENT, row + after->events.n, err);
  for (int i = 0; i < after->events.n && status == SIM_OK; i++, row++) {
    rally->event_step[row] = after->referee.step;
    rally->event_kind[row] = (uint8_t)after->events.event[i].kind;
    rally->event_drone[row] = (int8_t)after->events.event[i].drone;
  }
  rally->n[SIM_ROWS_EVENT] = row;
  return status;
}

void sim_rally_set_start(SimRally *rally, const SimState *state) {
  const double target[3] = {state->serve_target[0], state->serve_target[1], 0};
  double court[3];
  sim_mirror_vec(court, target, state->referee.server);
  rally->info = (SimRallyInfo){.rally = state->rally,
                               .seed = state->seed,
                               .server = state->referee.server,
                               .winner = SIM_PLAYING,
                               .serve_target = {(float)court[0], (float)court[1]}};
}

void sim_rally_set_end(SimRally *rally, const SimState *after) {
  const SimReferee *referee = &after->referee;
  int last = rally->n[SIM_ROWS_STEP] - 1;
  rally->info.winner = referee->winner;
  rally->info.reason = referee->reason;
  rally->info.hits = referee->hits;
  rally->info.steps = last + 1;
  // the clock truncates a rally, everything else terminates it
  rally->truncations[last] = referee->reason == SIM_EVENT_TIMEOUT;
  rally->terminations[last] = !rally->truncations[last];
  if (referee->winner == SIM_WIN_NEAR || referee->winner == SIM_WIN_FAR) {
    int winner = referee->winner == SIM_WIN_NEAR ? SIM_NEAR : SIM_FAR;
    rally->rewards[last][winner] = 1;
    rally->rewards[last][1 - winner] = -1;
  }
}

static void differ(SimDifference *difference, const char *what) {
  difference->found = difference->in_info = true;
  snprintf(difference->what, sizeof difference->what, "%s", what);
}

static void compare_info(SimDifference *difference, const SimRallyInfo *a, const SimRallyInfo *b) {
  if (a->rally != b->rally) {
    differ(difference, "attribute rally");
  } else if (a->seed != b->seed) {
    differ(difference, "attribute seed");
  } else if (a->server != b->server) {
    differ(difference, "attribute server");
  } else if (a->winner != b->winner) {
    differ(difference, "attribute winner");
  } else if (a->reason != b->reason) {
    differ(difference, "attribute reason");
  } else if (a->steps != b->steps) {
    differ(difference, "attribute steps");
  } else if (a->hits != b->hits) {
    differ(difference, "attribute hits");
  } else if (memcmp(a->serve_target, b->serve_target, sizeof a->serve_target) != 0) {
    differ(difference, "attribute serve_target");
  }
}

void sim_rally_compare_column(SimDifference *difference, const SimRally *a, const SimRally *b,
                              SimColumn column) {
  *difference = (SimDifference){.found = false};
  const SimColumnInfo *info = &kColumn[column];
  const unsigned char *left = sim_column_data(a, column), *right = sim_column_data(b, column);
  size_t row = sim_column_row_size(column, a), bytes = row * (size_t)a->n[info->rows];
  assert(a->n[info->rows] == b->n[info->rows] && row == sim_column_row_size(column, b));
  if (bytes == 0 || memcmp(left, right, bytes) == 0) {
    return;
  }
  size_t at = 0;
  while (left[at] == right[at]) {
    at++;
  }
  difference->found = true;
  difference->column = column;
  difference->row = (int)(at / row);
  difference->index = (int)(at % row / sim_number_size(info->number));
  snprintf(difference->what, sizeof difference->what, "%s%s%s", info->group,
           info->group[0] != '\0' ? "/" : "", info->name);
}

void sim_rally_compare(SimDifference *difference, const SimRally *a, const SimRally *b) {
  *difference = (SimDifference){.found = false};
  compare_info(difference, &a->info, &b->info);
  for (int c = 0; c < SIM_COLUMNS && !difference->found; c++) {
    SimRows rows = kColumn[c].rows;
    if (a->n[rows] != b->n[rows] || a->state_size != b->state_size) {
      char what[64];
      snprintf(what, sizeof what, "row count of %s", kColumn[c].name);
      differ(difference, what);
    } else {
      sim_rally_compare_column(difference, a, b, (SimColumn)c);
    }
  }
}
