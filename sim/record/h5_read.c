// Reading: the file around the rallies, where schema 2 has their rows, and what every rally's
// numbers have to be in either schema. Closing asserts that nothing of the file is left open.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/h5_internal.h"
#include "sim/record/schema1.h"

enum { RALLIES_MAX = 1000000, ROWS_MAX = 1 << 28 };

// --- one rally

SimStatus sim_h5_check_info(const SimH5Place *place, const SimRallyInfo *info, int64_t steps,
                            int64_t hits) {
  if (steps < 1 || steps > SIM_RALLY_STEPS_MAX) {
    return sim_h5_bad(place, "steps", "is %lld, wanted 1 to %d", (long long)steps,
                      SIM_RALLY_STEPS_MAX);
  }
  if (hits < 0 || hits > SIM_DRONES * steps) {
    return sim_h5_bad(place, "hits", "is %lld, wanted 0 to 6 a step", (long long)hits);
  }
  if (info->rally < 0 || info->rally > UINT32_MAX) {
    return sim_h5_bad(place, "rally", "is %lld, wanted 0 to 4294967295", (long long)info->rally);
  }
  return SIM_OK;
}

SimStatus sim_h5_check_events(const SimH5Place *place, const char *what, char (*kind)[32], int n) {
  bool known = n == SIM_EVENT_KINDS;
  for (int i = 0; i < n && known; i++) {
    known = strcmp(kind[i], sim_event_name((SimEventKind)i)) == 0;
  }
  return known ? SIM_OK : sim_h5_bad(place, what, "names other events than this schema has");
}

static bool finite_column(SimColumn column) {
  switch (column) {
  case SIM_COLUMN_action:  // what a policy gave, NaN included
  case SIM_COLUMN_goal:    // these may be unset
  case SIM_COLUMN_flight:
  case SIM_COLUMN_apex:
  case SIM_COLUMN_strike_z:
  case SIM_COLUMN_probability:
  case SIM_COLUMN_touch_probability:
    return false;
  default:
    return true;
  }
}

// "steps/ball_pos", or as schema 1 had it.
static void column_path(char out[64], const SimH5 *file, SimColumn column) {
  const SimColumnInfo *info = sim_column(column);
  const SimSchema1 *old = sim_schema1(column);
  if (file->info.schema == 1 && old != NULL) {
    snprintf(out, 64, "%s%s%s", old->group, old->group[0] != '\0' ? "/" : "", old->name);
  } else {
    snprintf(out, 64, "%s/%s", sim_rows_table(info->rows), info->name);
  }
}

static SimStatus check_finite(const SimH5Place *place, const SimRally *rally, SimColumn column) {
  const SimColumnInfo *info = sim_column(column);
  if (!finite_column(column) || (info->number != SIM_F32 && info->number != SIM_F64)) {
    return SIM_OK;
  }
  size_t width = sim_column_row_size(column, rally) / sim_number_size(info->number);
  size_t n = width * (size_t)rally->n[info->rows];
  const void *data = sim_column_data(rally, column);
  const float *f32 = data;
  const double *f64 = data;
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(info->number == SIM_F32 ? (double)f32[i] : f64[i])) {
      char what[64];
      column_path(what, place->file, column);
      return sim_h5_bad(place, what, "row %zu is not finite", i / width);
    }
  }
  return SIM_OK;
}

// A whole number of a column out of its range.
static SimStatus out_of_range(const SimH5Place *place, SimColumn column, int row, int seen,
                              int least, int most) {
  char what[64];
  column_path(what, place->file, column);
  return sim_h5_bad(place, what, "row %d is %d, wanted %d to %d", row, seen, least, most);
}

static SimStatus check_decisions(const SimH5Place *place, const SimRally *rally) {
  for (int i = 0; i < rally->n[SIM_ROWS_DECISION]; i++) {
    int step = rally->strategy_step[i], before = i > 0 ? rally->strategy_step[i - 1] : 0;
    if (step < before || step >= rally->info.steps) {
      return out_of_range(place, SIM_COLUMN_strategy_step, i, step, before, rally->info.steps - 1);
    }
    if (rally->strategy_team[i] >= SIM_TEAMS) {
      return out_of_range(place, SIM_COLUMN_strategy_team, i, rally->strategy_team[i], 0, 1);
    }
  }
  return SIM_OK;
}

static SimStatus check_events(const SimH5Place *place, const SimRally *rally) {
  for (int i = 0; i < rally->n[SIM_ROWS_EVENT]; i++) {
    int step = rally->event_step[i], before = i > 0 ? rally->event_step[i - 1] : 1;
    if (step < before || step > rally->info.steps) {
      return out_of_range(place, SIM_COLUMN_event_step, i, step, before, rally->info.steps);
    }
    if (rally->event_kind[i] >= SIM_EVENT_KINDS) {
      return out_of_range(place, SIM_COLUMN_event_kind, i, rally->event_kind[i], 0,
                          SIM_EVENT_KINDS - 1);
    }
    if (rally->event_drone[i] < -1 || rally->event_drone[i] >= SIM_DRONES) {
      return out_of_range(place, SIM_COLUMN_event_drone, i, rally->event_drone[i], -1,
                          SIM_DRONES - 1);
    }
  }
  return SIM_OK;
}

static SimStatus check_touches(const SimH5Place *place, const SimRally *rally) {
  for (int i = 0; i < rally->n[SIM_ROWS_TOUCH]; i++) {
    int step = rally->touch_step[i], before = i > 0 ? rally->touch_step[i - 1] : 1;
    if (step < before || step > rally->info.steps) {
      return out_of_range(place, SIM_COLUMN_touch_step, i, step, before, rally->info.steps);
    }
    if (rally->touch_drone[i] < -1 || rally->touch_drone[i] >= SIM_DRONES) {
      return out_of_range(place, SIM_COLUMN_touch_drone, i, rally->touch_drone[i], -1,
                          SIM_DRONES - 1);
    }
    const int skill = rally->touch_skill[i], skills = place->file->info.skills;
    if (skill >= skills && skill != SIM_SKILL_FLAT) {
      return out_of_range(place, SIM_COLUMN_touch_skill, i, skill, 0, skills - 1);
    }
  }
  return SIM_OK;
}

static SimStatus check_steps(const SimH5Place *place, const SimRally *rally) {
  char what[64];
  column_path(what, place->file, SIM_COLUMN_state_step);
  for (int i = 0; i < rally->n[SIM_ROWS_SNAPSHOT]; i++) {
    if (rally->state_step[i] != i * SIM_SNAPSHOT_STEPS) {
      return sim_h5_bad(place, what, "row %d is %d, wanted %d", i, rally->state_step[i],
                        i * SIM_SNAPSHOT_STEPS);
    }
  }
  for (int i = 0; i < rally->info.steps; i++) {
    for (int d = 0; d < SIM_DRONES; d++) {
      int skill = rally->skill[i][d];
      if (skill >= place->file->info.skills && skill != SIM_SKILL_FLAT) {
        column_path(what, place->file, SIM_COLUMN_skill);
        return sim_h5_bad(place, what, "row %d is %d, wanted 0 to %d or %d", i, skill,
                          place->file->info.skills - 1, SIM_SKILL_FLAT);
      }
    }
    if (rally->terminations[i] > 1 || rally->truncations[i] > 1) {
      column_path(what, place->file, SIM_COLUMN_terminations);
      return sim_h5_bad(place, what, "row %d is neither 0 nor 1 here or in truncations", i);
    }
  }
  return SIM_OK;
}

static SimStatus check_content(const SimH5Place *place, const SimRally *rally) {
  for (int c = 0; c < SIM_COLUMNS; c++) {
    if (check_finite(place, rally, (SimColumn)c) != SIM_OK) {
      return SIM_BAD_INPUT;
    }
  }
  if (check_decisions(place, rally) != SIM_OK || check_events(place, rally) != SIM_OK ||
      check_touches(place, rally) != SIM_OK) {
    return SIM_BAD_INPUT;
  }
  return check_steps(place, rally);
}

static SimStatus read_columns(const SimH5Place *place, SimRally *rally) {
  const SimH5 *file = place->file;
  const int i = place->rally;
  rally->info = file->rally[i];
  for (int t = 0; t < SIM_H5_TABLES; t++) {
    const SimRows rows = sim_h5_table_rows(t);
    if (rows != SIM_ROWS_KINDS) {
      rally->n[rows] = (int)(file->first[t][i + 1] - file->first[t][i]);
    }
  }
  rally->n[SIM_ROWS_STEP] = rally->info.steps;
  SimStatus status = SIM_OK;
  for (int rows = 0; rows < SIM_ROWS_KINDS && status == SIM_OK; rows++) {
    status = sim_rally_reserve(rally, (SimRows)rows, rally->n[rows], place->err);
  }
  for (int c = 0; c < SIM_COLUMNS && status == SIM_OK; c++) {
    const SimColumnInfo *info = sim_column((SimColumn)c);
    char what[64];
    column_path(what, file, (SimColumn)c);
    if (file->set[c] < 0) {
      sim_h5_forget(rally, (SimColumn)c);
      continue;
    }
    status = sim_h5_rows(place, file->set[c], what, info->number,
                         file->first[sim_h5_table(info->rows)][i], rally->n[info->rows],
                         sim_column_data(rally, (SimColumn)c));
  }
  return status;
}

SimStatus sim_h5_read_info(SimRallyInfo *info, const SimH5 *file, int i, SimError *err) {
  assert(i >= 0 && i < file->rallies);
  SimH5Place place = {file, i, err};
  if (file->info.schema == 1) {
    return sim_h5_info1(&place, info);
  }
  *info = file->rally[i];
  return SIM_OK;
}

SimStatus sim_h5_read(SimRally *rally, const SimH5 *file, int i, SimError *err) {
  assert(i >= 0 && i < file->rallies);
  SimH5Place place = {file, i, err};
  const bool old = file->info.schema == 1;
  if (!old) {
    sim_h5_set_state_size(rally, file->state_size);
  }
  SimStatus status = old ? sim_h5_read1(&place, rally) : read_columns(&place, rally);
  if (status == SIM_OK) {
    status = check_content(&place, rally);
  }
  if (status == SIM_OK && old) {
    status = sim_rally_derive(rally, &file->info, err);
  }
  if (status != SIM_OK) {
    memset(rally->n, 0, sizeof rally->n);
  }
  return status;
}

// --- the table of rallies

// One column of all rallies, to be freed; NULL after sim_h5_bad or when memory ends.
static void *read_rallies_column(const SimH5Place *place, hid_t table, SimRalliesColumn column) {
  const SimColumnInfo *info = sim_rallies_column(column);
  const SimH5Wanted wanted = {.number = info->number,
                              .rank = info->rank,
                              .length = {(hsize_t)info->length[0]},
                              .rows = (hsize_t)place->file->rallies};
  char what[64];
  hsize_t rows, width;
  snprintf(what, sizeof what, "rallies/%s", info->name);
  hid_t set = sim_h5_set(place, table, info->name, what, &wanted, &rows, &width);
  if (set < 0) {
    return NULL;
  }
  void *data = calloc((size_t)rows, sim_number_size(info->number) * (info->rank > 0 ? 2 : 1));
  if (data == NULL) {
    sim_error(place->err, SIM_FAIL, "%s: no memory for its rallies", place->file->name);
  } else if (sim_h5_rows(place, set, what, info->number, 0, (int64_t)rows, data) != SIM_OK) {
    free(data);
    data = NULL;
  }
  H5Dclose(set);
  return data;
}

static SimStatus take_word(const SimH5Place *place, const char *what, int i, uint8_t value,
                           int least, int most) {
  return value >= least && value <= most
             ? SIM_OK
             : sim_h5_bad(place, what, "row %d is %d, wanted %d to %d", i, value, least, most);
}

// Takes a column over into the rallies; sizes are checked when all are there.
static SimStatus take_rallies(const SimH5Place *place, SimH5 *file, SimRalliesColumn column,
                              const void *data) {
  const int64_t *i64 = data;
  const int32_t *i32 = data;
  const uint8_t *u8 = data;
  const float *f32 = data;
  const uint64_t *u64 = data;
  SimStatus status = SIM_OK;
  for (int i = 0; i < file->rallies && status == SIM_OK; i++) {
    SimRallyInfo *info = &file->rally[i];
    switch (column) {
    case SIM_RALLIES_rally:
      info->rally = i64[i];
      break;
    case SIM_RALLIES_seed:
      info->seed = u64[i];
      break;
    case SIM_RALLIES_server:
      info->server = (SimTeam)u8[i];
      status = take_word(place, "rallies/server", i, u8[i], 0, SIM_TEAMS - 1);
      break;
    case SIM_RALLIES_winner:
      info->winner = (SimWinner)u8[i];
      status = take_word(place, "rallies/winner", i, u8[i], 0, SIM_DRAW);
      break;
    case SIM_RALLIES_reason:
      // touches, crossings and the result itself end no rally
      info->reason = (SimEventKind)u8[i];
      status =
          take_word(place, "rallies/reason", i, u8[i], SIM_EVENT_DRONE_GROUND, SIM_EVENT_TIMEOUT);
      break;
    case SIM_RALLIES_first_step:
      file->first[0][i] = i64[i];
      break;
    case SIM_RALLIES_steps:
      info->steps = i32[i];
      break;
    case SIM_RALLIES_hits:
      info->hits = i32[i];
      break;
    case SIM_RALLIES_serve_target:
      memcpy(info->serve_target, f32 + 2 * i, sizeof info->serve_target);
      break;
    case SIM_RALLIES_COLUMN_COUNT:
      break;
    }
  }
  return status;
}

// Rallies follow each other in the file without a gap.
static SimStatus check_rallies(SimH5 *file, SimError *err) {
  SimH5Place place = {file, -1, err};
  int64_t next = 0;
  for (int i = 0; i < file->rallies; i++) {
    const SimRallyInfo *info = &file->rally[i];
    if (i > 0 && info->rally <= file->rally[i - 1].rally) {
      return sim_h5_bad(&place, "rallies/rally", "row %d is %lld, wanted more than the row before",
                        i, (long long)info->rally);
    }
    SimH5Place at = {file, i, err};
    if (sim_h5_check_info(&at, info, info->steps, info->hits) != SIM_OK) {
      return SIM_BAD_INPUT;
    }
    if (file->first[0][i] != next) {
      return sim_h5_bad(&place, "rallies/first_step", "row %d is %lld, wanted %lld", i,
                        (long long)file->first[0][i], (long long)next);
    }
    next += info->steps + 1;
  }
  file->first[0][file->rallies] = next;
  return next <= ROWS_MAX
             ? SIM_OK
             : sim_h5_bad(&place, "rallies/steps", "are more than %d in all", ROWS_MAX);
}

// How many there are, from the first column.
static SimStatus count_rallies(SimH5 *file, hid_t table, SimError *err) {
  SimH5Place place = {file, -1, err};
  const SimH5Wanted wanted = {.number = SIM_I64, .free = true, .rows = RALLIES_MAX};
  hsize_t rows = 0, width;
  hid_t set = sim_h5_set(&place, table, "rally", "rallies/rally", &wanted, &rows, &width);
  if (set < 0) {
    return SIM_BAD_INPUT;
  }
  H5Dclose(set);
  if (rows == 0) {
    return sim_h5_bad(&place, "", "has no rallies");
  }
  file->rallies = (int)rows;
  file->rally = calloc((size_t)rows, sizeof *file->rally);
  bool room = file->rally != NULL;
  for (int t = 0; t < SIM_H5_TABLES && room; t++) {
    file->first[t] = calloc((size_t)rows + 1, sizeof *file->first[t]);
    room = file->first[t] != NULL;
  }
  return room ? SIM_OK : sim_error(err, SIM_FAIL, "%s: no memory for its rallies", file->name);
}

static SimStatus read_rallies(SimH5 *file, hid_t table, SimError *err) {
  SimH5Place place = {file, -1, err};
  SimStatus status = count_rallies(file, table, err);
  for (int c = 0; c < SIM_RALLIES_COLUMN_COUNT && status == SIM_OK; c++) {
    void *data = read_rallies_column(&place, table, (SimRalliesColumn)c);
    status = data != NULL ? take_rallies(&place, file, (SimRalliesColumn)c, data) : SIM_BAD_INPUT;
    free(data);
  }
  return status == SIM_OK ? check_rallies(file, err) : status;
}

// --- the other tables

// Where each rally's rows are in a table, from the numbers in its column `rally`.
static SimStatus find_rows(SimH5 *file, int table, const char *what, const int64_t *key, int64_t n,
                           SimError *err) {
  SimH5Place place = {file, -1, err};
  int64_t at = 0;
  for (int i = 0; i < file->rallies; i++) {
    file->first[table][i] = at;
    while (at < n && key[at] == file->rally[i].rally) {
      at++;
    }
  }
  file->first[table][file->rallies] = at;
  return at == n ? SIM_OK
                 : sim_h5_bad(&place, what, "row %lld is %lld, which is out of order",
                              (long long)at, (long long)key[at]);
}

// Most rows that a table may have; steps have exactly that many.
static hsize_t most_rows(const SimH5 *file, int table) {
  const hsize_t steps = (hsize_t)file->first[0][file->rallies];
  switch (sim_h5_table_rows(table)) {
  case SIM_ROWS_DECISION:
    return SIM_TEAMS * steps;
  case SIM_ROWS_EVENT:
  case SIM_ROWS_TOUCH:
    return SIM_EVENTS_MAX * steps;
  default:
    return steps;
  }
}

static SimStatus read_key(SimH5 *file, hid_t group, int table, hsize_t *rows, SimError *err) {
  SimH5Place place = {file, -1, err};
  char what[64];
  snprintf(what, sizeof what, "%s/rally", sim_rows_table(sim_h5_table_rows(table)));
  const SimH5Wanted wanted = {
      .number = SIM_I64, .free = table != 0, .rows = most_rows(file, table)};
  hsize_t width;
  hid_t set = sim_h5_set(&place, group, "rally", what, &wanted, rows, &width);
  if (set < 0) {
    return SIM_BAD_INPUT;
  }
  int64_t *key = malloc((*rows + 1) * sizeof *key);
  SimStatus status = key != NULL
                         ? sim_h5_rows(&place, set, what, SIM_I64, 0, (int64_t)*rows, key)
                         : sim_error(err, SIM_FAIL, "%s: no memory for its rows", file->name);
  H5Dclose(set);
  if (status == SIM_OK) {
    status = find_rows(file, table, what, key, (int64_t)*rows, err);
  }
  free(key);
  return status;
}

// Rows that a rally's steps fix.
static SimStatus check_counts(const SimH5 *file, int table, SimError *err) {
  const SimRows kind = sim_h5_table_rows(table);
  for (int i = 0; i < file->rallies; i++) {
    const int64_t n = file->first[table][i + 1] - file->first[table][i];
    const int64_t steps = file->rally[i].steps;
    const int64_t wanted = kind == SIM_ROWS_STATE ? steps + 1 : steps / SIM_SNAPSHOT_STEPS + 1;
    SimH5Place place = {file, i, err};
    if ((kind == SIM_ROWS_STATE || kind == SIM_ROWS_SNAPSHOT) && n != wanted) {
      return sim_h5_bad(&place, sim_rows_table(kind), "has %lld rows, wanted %lld", (long long)n,
                        (long long)wanted);
    }
    if (n > INT32_MAX) {
      return sim_h5_bad(&place, sim_rows_table(kind), "has %lld rows", (long long)n);
    }
  }
  return SIM_OK;
}

static SimStatus open_columns(SimH5 *file, hid_t group, int table, hsize_t rows, SimError *err) {
  SimH5Place place = {file, -1, err};
  for (int c = 0; c < SIM_COLUMNS; c++) {
    const SimColumnInfo *info = sim_column((SimColumn)c);
    if (sim_h5_table(info->rows) != table) {
      continue;
    }
    if (sim_h5_newer((SimColumn)c) && H5Lexists(group, info->name, H5P_DEFAULT) <= 0) {
      continue;
    }
    char what[64];
    hsize_t seen, width = 0;
    SimH5Wanted wanted = sim_h5_wanted((SimColumn)c);
    wanted.rows = rows;
    column_path(what, file, (SimColumn)c);
    file->set[c] = sim_h5_set(&place, group, info->name, what, &wanted, &seen, &width);
    if (file->set[c] < 0) {
      return SIM_BAD_INPUT;
    }
    if (c == SIM_COLUMN_state) {
      file->state_size = (int)width;
    }
  }
  return SIM_OK;
}

static SimStatus open_table(SimH5 *file, int table, SimError *err) {
  SimH5Place place = {file, -1, err};
  const char *name = sim_rows_table(sim_h5_table_rows(table));
  hid_t group = sim_h5_group(&place, file->file, name, name);
  if (group < 0) {
    return SIM_BAD_INPUT;
  }
  hsize_t rows = 0;
  SimStatus status = SIM_OK;
  if (sim_h5_table_rows(table) == SIM_ROWS_KINDS) {
    status = read_rallies(file, group, err);
  } else {
    status = read_key(file, group, table, &rows, err);
    status = status == SIM_OK ? check_counts(file, table, err) : status;
    status = status == SIM_OK ? open_columns(file, group, table, rows, err) : status;
  }
  H5Gclose(group);
  return status;
}

// --- names

static SimStatus read_option_names(const SimH5Place *place, SimLogInfo *info) {
  SimStatus status = SIM_OK;
  for (int team = 0; team < SIM_TEAMS; team++) {
    for (int head = 0; head < SIM_LOG_HEADS && status == SIM_OK; head++) {
      const bool touch = head >= SIM_LOG_HEADS_SPLIT;
      hid_t set = place->file->set[touch ? SIM_COLUMN_touch_action : SIM_COLUMN_strategy_action];
      char name[64];
      sim_h5_option_attribute(name, team, head);
      if (set >= 0 && H5Aexists(set, name) > 0) {
        status = sim_h5_texts(place, set, name, info->option[team][head][0],
                              sizeof info->option[team][head][0], SIM_LOG_OPTIONS_MAX,
                              &info->options_of[team][head]);
      }
    }
  }
  return status;
}

static SimStatus read_policies(const SimH5Place *place, SimLogInfo *info) {
  static const char *const name[] = {"near_policies", "far_policies"};
  SimStatus status = SIM_OK;
  for (int team = 0; team < SIM_TEAMS && status == SIM_OK; team++) {
    if (H5Aexists(place->file->file, name[team]) > 0) {
      status =
          sim_h5_texts(place, place->file->file, name[team], info->policy[team][0],
                       sizeof info->policy[team][0], SIM_LOG_POLICIES_MAX, &info->policies[team]);
    }
  }
  return status;
}

// logs from before there were other worlds do not say theirs
static SimStatus read_world(const SimH5Place *place, SimLogInfo *info) {
  if (H5Aexists(place->file->file, "world") <= 0) {
    return SIM_OK;
  }
  const SimStatus status = sim_h5_text(place, place->file->file, "world", info->world);
  return status == SIM_OK ? sim_h5_text(place, place->file->file, "world_hash", info->world_hash)
                          : status;
}

static SimStatus read_names(SimH5 *file, SimError *err) {
  SimH5Place place = {file, -1, err};
  SimLogInfo *info = &file->info;
  char kind[SIM_SKILL_NAMES_MAX][32];
  int n = 0, kinds = 0;
  if (sim_h5_text(&place, file->file, "physics", info->physics) != SIM_OK ||
      read_world(&place, info) != SIM_OK ||
      sim_h5_texts(&place, file->set[SIM_COLUMN_skill], "names", info->skill[0],
                   sizeof info->skill[0], SIM_SKILL_NAMES_MAX, &info->skills) != SIM_OK ||
      sim_h5_texts(&place, file->set[SIM_COLUMN_event_kind], "names", kind[0], sizeof kind[0],
                   SIM_SKILL_NAMES_MAX, &kinds) != SIM_OK ||
      sim_h5_texts(&place, file->set[SIM_COLUMN_state], "state_spec", info->state_spec,
                   sizeof info->state_spec, 0, &n) != SIM_OK ||
      read_option_names(&place, info) != SIM_OK || read_policies(&place, info) != SIM_OK) {
    return SIM_BAD_INPUT;
  }
  return sim_h5_check_events(&place, "events/kind", kind, kinds);
}

static SimStatus open2(SimH5 *file, SimError *err) {
  // the rallies first, which say what the others should be
  SimStatus status = open_table(file, sim_h5_table(SIM_ROWS_KINDS), err);
  for (int t = 0; t < SIM_H5_TABLES && status == SIM_OK; t++) {
    if (sim_h5_table_rows(t) != SIM_ROWS_KINDS) {
      status = open_table(file, t, err);
    }
  }
  return status == SIM_OK ? read_names(file, err) : status;
}

// --- files

static SimStatus read_top_texts(const SimH5Place *place, SimLogInfo *info) {
  const struct {
    const char *name;
    char *text;
  } item[] = {{"generator", info->generator},
              {"commit", info->commit},
              {"frame", info->frame},
              {"near", info->near},
              {"far", info->far},
              {"near_hash", info->near_hash},
              {"far_hash", info->far_hash},
              {"options", info->options},
              {"rules", info->rules},
              {"model_hash", info->model_hash}};
  for (size_t i = 0; i < sizeof item / sizeof item[0]; i++) {
    if (sim_h5_text(place, place->file->file, item[i].name, item[i].text) != SIM_OK) {
      return SIM_BAD_INPUT;
    }
  }
  return SIM_OK;
}

static SimStatus read_top(SimH5 *file, SimError *err) {
  SimH5Place place = {file, -1, err};
  hid_t loc = file->file;
  int64_t version;
  char schema[SIM_LOG_TEXT_MAX], units[SIM_LOG_TEXT_MAX];
  if (sim_h5_text(&place, loc, "schema", schema) != SIM_OK) {
    return SIM_BAD_INPUT;
  }
  if (strcmp(schema, "hcsp-match") != 0) {
    return sim_h5_bad(&place, "schema", "is \"%.60s\", wanted \"hcsp-match\"", schema);
  }
  if (sim_h5_numbers(&place, loc, "schema_version", H5T_NATIVE_INT64, &version, 0) != SIM_OK) {
    return SIM_BAD_INPUT;
  }
  if (version < 1 || version > SIM_LOG_SCHEMA) {
    return sim_h5_bad(&place, "schema_version", "is %lld, wanted 1 to %d", (long long)version,
                      SIM_LOG_SCHEMA);
  }
  SimLogInfo *info = &file->info;
  info->schema = (int)version;
  if (sim_h5_text(&place, loc, "units", units) != SIM_OK ||
      read_top_texts(&place, info) != SIM_OK ||
      sim_h5_numbers(&place, loc, "dt", H5T_NATIVE_DOUBLE, &info->dt, 0) != SIM_OK ||
      sim_h5_numbers(&place, loc, "seed", H5T_NATIVE_UINT64, &info->seed, 0) != SIM_OK ||
      sim_h5_numbers(&place, loc, "first_rally", H5T_NATIVE_INT64, &info->first_rally, 0) !=
          SIM_OK) {
    return SIM_BAD_INPUT;
  }
  if (!(info->dt > 0 && info->dt < 1)) {
    return sim_h5_bad(&place, "dt", "is %g s, wanted more than 0 and less than 1", info->dt);
  }
  return info->schema == 1 ? sim_h5_open1(file, err) : open2(file, err);
}

// Opens the file called name, or the image that list holds.
static SimH5 *open_file(hid_t list, bool image, const char *name, SimError *err) {
  SimH5 *file = calloc(1, sizeof *file);
  char *copy = strdup(name);
  if (file == NULL || copy == NULL) {
    free(file);
    free(copy);
    sim_error(err, SIM_FAIL, "%s: no memory to open it", name);
    return NULL;
  }
  file->name = copy;
  for (int c = 0; c < SIM_COLUMNS; c++) {
    file->set[c] = -1;
  }
  // the library insists that no file of an image's name exists, and takes images of one name for
  // one file: this name is nobody else's
  char unique[64];
  snprintf(unique, sizeof unique, "/dev/null/%p", (void *)file);
  file->file = H5Fopen(image ? unique : name, H5F_ACC_RDONLY, list);
  if (file->file < 0) {
    sim_error(err, SIM_BAD_INPUT, "%s: the HDF5 library cannot open it; it is cut short or damaged",
              name);
  } else if (read_top(file, err) == SIM_OK) {
    return file;
  }
  sim_h5_close(file);
  return NULL;
}

SimH5 *sim_h5_open_image(const void *data, size_t size, const char *name, SimError *err) {
  if (size < 8 || memcmp(data, "\x89HDF\r\n\x1a\n", 8) != 0) {
    sim_error(err, SIM_BAD_INPUT, "%s: is not an HDF5 file, wanted a match log", name);
    return NULL;
  }
  sim_h5_start();
  hid_t list = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(list, 1 << 20, 0);
  // the library copies the image and does not change ours
  union {
    const void *from;
    void *to;
  } image = {.from = data};
  SimH5 *file = NULL;
  if (H5Pset_file_image(list, image.to, size) < 0) {
    sim_error(err, SIM_FAIL, "%s: no memory to open it", name);
  } else {
    file = open_file(list, true, name, err);
  }
  H5Pclose(list);
  return file;
}

SimH5 *sim_h5_open_path(const char *path, SimError *err) {
  sim_h5_start();
  hid_t list = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_file_locking(list, false, true);  // not every file system has locks
  SimH5 *file = open_file(list, false, path, err);
  H5Pclose(list);
  return file;
}

void sim_h5_close(SimH5 *file) {
  if (file == NULL) {
    return;
  }
  for (int c = 0; c < SIM_COLUMNS; c++) {
    if (file->set[c] >= 0) {
      H5Dclose(file->set[c]);
    }
  }
  for (int t = 0; t < SIM_H5_TABLES; t++) {
    free(file->first[t]);
  }
  free(file->rally);
  if (file->file >= 0) {
    assert(H5Fget_obj_count(file->file, H5F_OBJ_ALL) == 1);
    H5Fclose(file->file);
  }
  free(file->name);
  free(file);
}

const SimLogInfo *sim_h5_info(const SimH5 *file) {
  return &file->info;
}

int sim_h5_rallies(const SimH5 *file) {
  return file->rallies;
}
