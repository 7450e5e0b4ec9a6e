// Schema 1, which is still read: a group for each rally (`episode_0`, ...), its attributes and its
// columns inside. What it lacks is derived (touches, the aim of the serve) or not a number.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/h5_internal.h"
#include "sim/record/schema1.h"

enum { EPISODES_MAX = 1000000 };

const SimSchema1 *sim_schema1(SimColumn column) {
  static const SimSchema1 place[SIM_COLUMNS] = {
      [SIM_COLUMN_time] = {"", "time"},
      [SIM_COLUMN_ball_pos] = {"ball", "pos"},
      [SIM_COLUMN_ball_vel] = {"ball", "vel"},
      [SIM_COLUMN_pos] = {"drones", "pos"},
      [SIM_COLUMN_vel] = {"drones", "vel"},
      [SIM_COLUMN_quat] = {"drones", "quat"},
      [SIM_COLUMN_angvel] = {"drones", "angvel"},
      [SIM_COLUMN_rotor] = {"drones", "rotor"},
      [SIM_COLUMN_action] = {"drones", "action"},
      [SIM_COLUMN_skill] = {"drones", "skill"},
      [SIM_COLUMN_goal] = {"drones", "goal"},
      [SIM_COLUMN_flight] = {"drones", "flight"},
      [SIM_COLUMN_strategy_step] = {"strategy", "step"},
      [SIM_COLUMN_strategy_team] = {"strategy", "team"},
      [SIM_COLUMN_strategy_action] = {"strategy", "action"},
      [SIM_COLUMN_event_step] = {"events", "step"},
      [SIM_COLUMN_event_kind] = {"events", "kind"},
      [SIM_COLUMN_event_drone] = {"events", "drone"},
      [SIM_COLUMN_rewards] = {"", "rewards"},
      [SIM_COLUMN_terminations] = {"", "terminations"},
      [SIM_COLUMN_truncations] = {"", "truncations"},
      [SIM_COLUMN_state] = {"", "state"},
      [SIM_COLUMN_state_step] = {"", "state_step"},
  };
  return place[column].name != NULL ? &place[column] : NULL;
}

static hid_t open_episode(const SimH5Place *place) {
  char name[32];
  snprintf(name, sizeof name, "episode_%d", place->rally);
  return sim_h5_group(place, place->file->file, name, "");
}

static SimStatus read_rally_info(const SimH5Place *place, hid_t episode, SimRallyInfo *info) {
  static const char *const server[] = {"near", "far"};
  const char *winner[3], *reason[SIM_EVENT_KINDS];
  for (int i = 0; i < 3; i++) {
    winner[i] = sim_winner_name((SimWinner)i);
  }
  // touches, crossings and the result itself end no rally
  for (int i = 0; i < SIM_EVENT_KINDS; i++) {
    bool ends = i >= SIM_EVENT_DRONE_GROUND && i <= SIM_EVENT_TIMEOUT;
    reason[i] = ends ? sim_event_name((SimEventKind)i) : NULL;
  }
  int64_t steps, hits;
  int word[3];
  if (sim_h5_numbers(place, episode, "rally", H5T_NATIVE_INT64, &info->rally, 0) != SIM_OK ||
      sim_h5_numbers(place, episode, "seed", H5T_NATIVE_UINT64, &info->seed, 0) != SIM_OK ||
      sim_h5_word(place, episode, "server", server, 2, &word[0]) != SIM_OK ||
      sim_h5_word(place, episode, "winner", winner, 3, &word[1]) != SIM_OK ||
      sim_h5_word(place, episode, "reason", reason, SIM_EVENT_KINDS, &word[2]) != SIM_OK ||
      sim_h5_numbers(place, episode, "steps", H5T_NATIVE_INT64, &steps, 0) != SIM_OK ||
      sim_h5_numbers(place, episode, "hits", H5T_NATIVE_INT64, &hits, 0) != SIM_OK ||
      sim_h5_numbers(place, episode, "serve_target", H5T_NATIVE_FLOAT, info->serve_target, 2) !=
          SIM_OK) {
    return SIM_BAD_INPUT;
  }
  info->server = (SimTeam)word[0];
  info->winner = (SimWinner)word[1];
  info->reason = (SimEventKind)word[2];
  if (sim_h5_check_info(place, info, steps, hits) != SIM_OK) {
    return SIM_BAD_INPUT;
  }
  if (!isfinite(info->serve_target[0]) || !isfinite(info->serve_target[1])) {
    return sim_h5_bad(place, "serve_target", "is not finite");
  }
  // a draw that nobody aimed at
  info->serve_target[0] = info->serve_target[1] = NAN;
  info->steps = (int)steps;
  info->hits = (int)hits;
  return SIM_OK;
}

SimStatus sim_h5_info1(const SimH5Place *place, SimRallyInfo *info) {
  hid_t episode = open_episode(place);
  if (episode < 0) {
    return SIM_BAD_INPUT;
  }
  SimStatus status = read_rally_info(place, episode, info);
  H5Gclose(episode);
  return status;
}

// --- columns

// Most rows that a column of this kind may have; states and steps have exactly that many.
static hsize_t most_rows(const SimRally *rally, SimRows rows) {
  hsize_t steps = (hsize_t)rally->info.steps;
  switch (rows) {
  case SIM_ROWS_STATE:
    return steps + 1;
  case SIM_ROWS_STEP:
    return steps;
  case SIM_ROWS_DECISION:
    return SIM_TEAMS * steps;
  case SIM_ROWS_EVENT:
    return SIM_EVENTS_MAX * steps;
  case SIM_ROWS_SNAPSHOT:
    return steps / SIM_SNAPSHOT_STEPS + 1;
  case SIM_ROWS_TOUCH:
  case SIM_ROWS_KINDS:
    break;
  }
  assert(false);
  return 0;
}

// The number of rows is that of the column's siblings.
static SimStatus read_dataset(const SimH5Place *place, hid_t loc, SimRally *rally,
                              SimColumn column) {
  const SimColumnInfo *info = sim_column(column);
  const SimSchema1 *at = sim_schema1(column);
  const int siblings = rally->n[info->rows];
  SimH5Wanted wanted = sim_h5_wanted(column);
  wanted.free = siblings < 0 && (info->rows == SIM_ROWS_DECISION || info->rows == SIM_ROWS_EVENT);
  wanted.rows = siblings >= 0 ? (hsize_t)siblings : most_rows(rally, info->rows);
  char what[64];
  hsize_t rows = 0, width = 0;
  snprintf(what, sizeof what, "%s%s%s", at->group, at->group[0] != '\0' ? "/" : "", at->name);
  hid_t set = sim_h5_set(place, loc, at->name, what, &wanted, &rows, &width);
  if (set < 0) {
    return SIM_BAD_INPUT;
  }
  rally->n[info->rows] = (int)rows;
  if (column == SIM_COLUMN_state) {
    sim_h5_set_state_size(rally, (int)width);
  }
  SimStatus status = sim_rally_reserve(rally, info->rows, (int)rows, place->err);
  if (status == SIM_OK) {
    status = sim_h5_rows(place, set, what, info->number, 0, (int64_t)rows,
                         sim_column_data(rally, column));
  }
  H5Dclose(set);
  return status;
}

static SimStatus read_columns(const SimH5Place *place, hid_t episode, SimRally *rally) {
  hid_t group = -1;
  const char *open = "";
  SimStatus status = SIM_OK;
  for (int c = 0; c < SIM_COLUMNS && status == SIM_OK; c++) {
    const SimSchema1 *at = sim_schema1((SimColumn)c);
    if (at == NULL) {
      continue;
    }
    if (strcmp(at->group, open) != 0) {
      if (group >= 0) {
        H5Gclose(group);
      }
      open = at->group;
      group = open[0] != '\0' ? sim_h5_group(place, episode, open, open) : -1;
      if (open[0] != '\0' && group < 0) {
        return SIM_BAD_INPUT;
      }
    }
    status = read_dataset(place, group >= 0 ? group : episode, rally, (SimColumn)c);
  }
  if (group >= 0) {
    H5Gclose(group);
  }
  return status;
}

// Columns that schema 1 does not have.
static void fill_unknown(SimRally *rally) {
  for (int row = 0; row < rally->n[SIM_ROWS_STEP]; row++) {
    for (int drone = 0; drone < SIM_DRONES; drone++) {
      rally->apex[row][drone] = rally->strike_z[row][drone] = NAN;
    }
  }
  for (int row = 0; row < rally->n[SIM_ROWS_DECISION]; row++) {
    for (int head = 0; head < SIM_LOG_HEADS_SPLIT; head++) {
      rally->probability[row][head] = NAN;
    }
  }
  sim_h5_forget(rally, SIM_COLUMN_strategy_policy);
  sim_h5_forget(rally, SIM_COLUMN_touch_action);
  sim_h5_forget(rally, SIM_COLUMN_touch_probability);
}

SimStatus sim_h5_read1(const SimH5Place *place, SimRally *rally) {
  hid_t episode = open_episode(place);
  if (episode < 0) {
    return SIM_BAD_INPUT;
  }
  for (int rows = 0; rows < SIM_ROWS_KINDS; rows++) {
    rally->n[rows] = -1;  // not known yet
  }
  SimStatus status = read_rally_info(place, episode, &rally->info);
  if (status == SIM_OK) {
    status = read_columns(place, episode, rally);
  }
  H5Gclose(episode);
  rally->n[SIM_ROWS_TOUCH] = 0;
  if (status == SIM_OK) {
    fill_unknown(rally);
  }
  return status;
}

// --- files

// Names of the skills and of a state row's parts, which are with the first rally's data.
static SimStatus read_names(const SimH5Place *place, hid_t loc, const char *path,
                            const char *attribute, char *out, size_t size, int length, int *n) {
  hid_t dataset = H5Dopen2(loc, path, H5P_DEFAULT);
  if (dataset < 0) {
    return sim_h5_bad(place, path, "the dataset is missing");
  }
  SimStatus status = sim_h5_texts(place, dataset, attribute, out, size, length, n);
  H5Dclose(dataset);
  return status;
}

SimStatus sim_h5_open1(SimH5 *file, SimError *err) {
  H5G_info_t group;
  SimH5Place top = {file, -1, err}, place = {file, 0, err};
  if (H5Gget_info(file->file, &group) < 0 || group.nlinks < 1 || group.nlinks > EPISODES_MAX) {
    return sim_h5_bad(&top, "", "has no rallies or more than %d", EPISODES_MAX);
  }
  file->rallies = (int)group.nlinks;
  SimLogInfo *info = &file->info;
  hid_t episode = open_episode(&place);
  if (episode < 0) {
    return SIM_BAD_INPUT;
  }
  char kind[SIM_SKILL_NAMES_MAX][32];
  int n = 0, kinds = 0;
  // the groups on the way must not lead elsewhere either
  hid_t drones = sim_h5_group(&place, episode, "drones", "drones");
  hid_t events = drones >= 0 ? sim_h5_group(&place, episode, "events", "events") : -1;
  bool read = events >= 0 &&
              read_names(&place, drones, "skill", "names", info->skill[0], sizeof info->skill[0],
                         SIM_SKILL_NAMES_MAX, &info->skills) == SIM_OK &&
              read_names(&place, events, "kind", "names", kind[0], sizeof kind[0],
                         SIM_SKILL_NAMES_MAX, &kinds) == SIM_OK &&
              read_names(&place, episode, "state", "state_spec", info->state_spec,
                         sizeof info->state_spec, 0, &n) == SIM_OK;
  if (drones >= 0) {
    H5Gclose(drones);
  }
  if (events >= 0) {
    H5Gclose(events);
  }
  H5Gclose(episode);
  if (!read) {
    return SIM_BAD_INPUT;
  }
  return sim_h5_check_events(&place, "events/kind", kind, kinds);
}
