// The table of a match log's columns and the buffers of one rally. Columns of one kind of row grow
// together, by doubling, and are reused from rally to rally, so that recording does not allocate
// once the longest rally has been seen.
#include "sim/record/rally.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/ballistics.h"
#include "sim/physics.h"

static const char *const kXyz[] = {"x", "y", "z"};
static const char *const kWxyz[] = {"w", "x", "y", "z"};
static const char *const kRotor[] = {"front_right", "back_left", "front_left", "back_right"};
static const char *const kDrone[] = {"near_passer", "near_setter", "near_attacker",
                                     "far_passer",  "far_setter",  "far_attacker"};
static const char *const kHead[] = {"passer", "setter", "attacker", "serve"};
static const char *const kTouch[] = {"shape", "first", "second", "third"};
static const char *const kTeam[] = {"near", "far"};
static const char *const kTable[SIM_ROWS_KINDS] = {"steps",  "steps",   "decisions",
                                                   "events", "touches", "states"};

#define NAMES_NONE NULL
#define NAMES_XY kXyz
#define NAMES_XYZ kXyz
#define NAMES_WXYZ kWxyz
#define NAMES_ROTOR kRotor
#define NAMES_DRONE kDrone
#define NAMES_HEAD kHead
#define NAMES_TOUCH kTouch
#define NAMES_TEAM kTeam

static const SimColumnInfo kColumn[SIM_COLUMNS] = {
#define COLUMN(field_, number_, type_, shape_, a_, b_, rows_, name_, units_, of_, frame_, range_,  \
               description_)                                                                       \
  [SIM_COLUMN_##field_] = {.name = name_,                                                          \
                           .number = SIM_##number_,                                                \
                           .rows = SIM_ROWS_##rows_,                                               \
                           .rank = (a_ > 0) + (b_ > 0),                                            \
                           .length = {a_, b_},                                                     \
                           .units = units_,                                                        \
                           .of = NAMES_##of_,                                                      \
                           .frame = frame_,                                                        \
                           .range = range_,                                                        \
                           .description = description_,                                            \
                           .field = offsetof(SimRally, field_)},
    SIM_RALLY_COLUMNS(COLUMN)
#undef COLUMN
};

static const SimColumnInfo kRallies[SIM_RALLIES_COLUMN_COUNT] = {
#define COLUMN(field_, number_, length_, name_, units_, of_, frame_, range_, description_)         \
  [SIM_RALLIES_##field_] = {.name = name_,                                                         \
                            .number = SIM_##number_,                                               \
                            .rows = SIM_ROWS_KINDS,                                                \
                            .rank = length_ > 0,                                                   \
                            .length = {length_, 0},                                                \
                            .units = units_,                                                       \
                            .of = NAMES_##of_,                                                     \
                            .frame = frame_,                                                       \
                            .range = range_,                                                       \
                            .description = description_},
    SIM_RALLIES_COLUMNS(COLUMN)
#undef COLUMN
};

const char *sim_rows_table(SimRows rows) {
  return rows < SIM_ROWS_KINDS ? kTable[rows] : "rallies";
}

const SimColumnInfo *sim_rallies_column(SimRalliesColumn column) {
  assert(column < SIM_RALLIES_COLUMN_COUNT);
  return &kRallies[column];
}

const char *sim_log_head(int head) {
  assert(head >= 0 && head < SIM_LOG_HEADS);
  return head < SIM_LOG_HEADS_SPLIT ? kHead[head] : kTouch[head - SIM_LOG_HEADS_SPLIT];
}

uint8_t sim_rally_option(const SimRally *rally, int decision, int head) {
  assert(decision >= 0 && decision < rally->n[SIM_ROWS_DECISION] && head < SIM_LOG_HEADS);
  const int other = head - SIM_LOG_HEADS_SPLIT;
  return other < 0 ? rally->strategy_action[decision][head] : rally->touch_action[decision][other];
}

float sim_rally_probability(const SimRally *rally, int decision, int head) {
  assert(decision >= 0 && decision < rally->n[SIM_ROWS_DECISION] && head < SIM_LOG_HEADS);
  const int other = head - SIM_LOG_HEADS_SPLIT;
  return other < 0 ? rally->probability[decision][head] : rally->touch_probability[decision][other];
}

const char *const *sim_axis_drones(void) {
  return kDrone;
}

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
  case SIM_I64:
  case SIM_U64:
    return 8;
  case SIM_U8:
  case SIM_I8:
    return 1;
  }
  assert(false);
  return 0;
}

const char *sim_number_name(SimNumber number) {
  static const char *const name[] = {"float32", "float64", "uint8", "int8",
                                     "int32",   "int64",   "uint64"};
  return name[number];
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

SimStatus sim_rally_copy(SimRally *out, const SimRally *from, SimRows rows, SimError *err) {
  assert(out->state_size == from->state_size);
  if (sim_rally_reserve(out, rows, from->n[rows], err) != SIM_OK) {
    return SIM_FAIL;
  }
  for (int c = 0; c < SIM_COLUMNS; c++) {
    const size_t size = sim_column_row_size((SimColumn)c, from) * (size_t)from->n[rows];
    if (kColumn[c].rows == rows && size > 0) {
      memcpy(sim_column_data(out, (SimColumn)c), sim_column_data(from, (SimColumn)c), size);
    }
  }
  out->n[rows] = from->n[rows];
  return SIM_OK;
}

void sim_rally_free(SimRally *rally) {
  for (int c = 0; c < SIM_COLUMNS; c++) {
    free(sim_column_data(rally, (SimColumn)c));
  }
  *rally = (SimRally){0};
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
  rally->info = (SimRallyInfo){.rally = state->rally,
                               .seed = state->seed,
                               .server = state->referee.server,
                               .winner = SIM_PLAYING,
                               .serve_target = {NAN, NAN}};
}

void sim_rally_end_info(SimRallyInfo *info, const SimReferee *referee, int steps) {
  info->winner = referee->winner;
  info->reason = referee->reason;
  info->hits = referee->hits;
  info->steps = steps;
}

void sim_rally_reward(float rewards[SIM_TEAMS], uint8_t *termination, uint8_t *truncation,
                      const SimReferee *referee) {
  // the clock truncates a rally, everything else terminates it
  *truncation = referee->reason == SIM_EVENT_TIMEOUT;
  *termination = !*truncation;
  if (referee->winner == SIM_WIN_NEAR || referee->winner == SIM_WIN_FAR) {
    const int winner = referee->winner == SIM_WIN_NEAR ? SIM_NEAR : SIM_FAR;
    rewards[winner] = 1;
    rewards[1 - winner] = -1;
  }
}

void sim_rally_set_end(SimRally *rally, const SimReferee *referee) {
  const int last = rally->n[SIM_ROWS_STEP] - 1;
  sim_rally_end_info(&rally->info, referee, last + 1);
  sim_rally_reward(rally->rewards[last], &rally->terminations[last], &rally->truncations[last],
                   referee);
}

bool sim_rally_aim(SimRallyInfo *out, const uint8_t skill[SIM_DRONES],
                   const float goal[SIM_DRONES][3], const SimLogInfo *info) {
  const int server = sim_drone(out->server, SIM_PASSER);
  const bool serves =
      skill[server] < info->skills && strcmp(info->skill[skill[server]], "serve") == 0;
  if (serves) {
    memcpy(out->serve_target, goal[server], sizeof out->serve_target);
  }
  return serves;
}

static void derive_aim(SimRally *rally, const SimLogInfo *info) {
  rally->info.serve_target[0] = rally->info.serve_target[1] = NAN;
  for (int row = 0; row < rally->n[SIM_ROWS_STEP]; row++) {
    if (sim_rally_aim(&rally->info, rally->skill[row], (const float(*)[3])rally->goal[row], info)) {
      return;
    }
  }
}

// A ball flies without drag; one below the ground that rises is down where it is.
SimStatus sim_rally_add_touch(SimRally *rally, int event, const float pos[3], const float vel[3],
                              const uint8_t skill[SIM_DRONES], SimError *err) {
  const int touch = rally->n[SIM_ROWS_TOUCH], drone = rally->event_drone[event];
  if (sim_rally_reserve(rally, SIM_ROWS_TOUCH, touch + 1, err) != SIM_OK) {
    return SIM_FAIL;
  }
  rally->n[SIM_ROWS_TOUCH]++;
  const double time = sim_fall_time((double)pos[2], (double)vel[2], SIM_GROUND);
  const double left = isfinite(time) ? time : 0;
  double square = 0;
  for (int k = 0; k < 3; k++) {
    square += (double)vel[k] * (double)vel[k];
  }
  rally->touch_step[touch] = rally->event_step[event];
  rally->touch_drone[touch] = rally->event_drone[event];
  rally->touch_skill[touch] = drone >= 0 ? skill[drone] : SIM_SKILL_FLAT;
  rally->touch_speed[touch] = (float)sqrt(square);
  for (int k = 0; k < 2; k++) {
    rally->touch_landing[touch][k] = (float)((double)pos[k] + left * (double)vel[k]);
  }
  return SIM_OK;
}

SimStatus sim_rally_derive(SimRally *rally, const SimLogInfo *info, SimError *err) {
  derive_aim(rally, info);
  const int last = rally->n[SIM_ROWS_STATE] - 1;
  SimStatus status = SIM_OK;
  rally->n[SIM_ROWS_TOUCH] = 0;
  for (int i = 0; i < rally->n[SIM_ROWS_EVENT] && status == SIM_OK; i++) {
    if (rally->event_kind[i] == SIM_EVENT_TOUCH) {
      const int step = rally->event_step[i], row = step < last ? step + 1 : last;
      status = sim_rally_add_touch(rally, i, rally->ball_pos[row], rally->ball_vel[row],
                                   rally->skill[step - 1], err);
    }
  }
  return status;
}

static void differ(SimDifference *difference, const char *what) {
  difference->found = difference->in_info = true;
  snprintf(difference->what, sizeof difference->what, "%s", what);
}

static void compare_info(SimDifference *difference, const SimRallyInfo *a, const SimRallyInfo *b) {
  if (a->rally != b->rally) {
    differ(difference, "rallies/rally");
  } else if (a->seed != b->seed) {
    differ(difference, "rallies/seed");
  } else if (a->server != b->server) {
    differ(difference, "rallies/server");
  } else if (a->winner != b->winner) {
    differ(difference, "rallies/winner");
  } else if (a->reason != b->reason) {
    differ(difference, "rallies/reason");
  } else if (a->steps != b->steps) {
    differ(difference, "rallies/steps");
  } else if (a->hits != b->hits) {
    differ(difference, "rallies/hits");
  } else if (memcmp(a->serve_target, b->serve_target, sizeof a->serve_target) != 0) {
    differ(difference, "rallies/serve_target");
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
  snprintf(difference->what, sizeof difference->what, "%s/%s", kTable[info->rows], info->name);
}

void sim_rally_compare(SimDifference *difference, const SimRally *a, const SimRally *b) {
  *difference = (SimDifference){.found = false};
  compare_info(difference, &a->info, &b->info);
  for (int c = 0; c < SIM_COLUMNS && !difference->found; c++) {
    SimRows rows = kColumn[c].rows;
    if (a->n[rows] != b->n[rows] || a->state_size != b->state_size) {
      char what[64];
      snprintf(what, sizeof what, "row count of %s", kTable[rows]);
      differ(difference, what);
    } else {
      sim_rally_compare_column(difference, a, b, (SimColumn)c);
    }
  }
}
