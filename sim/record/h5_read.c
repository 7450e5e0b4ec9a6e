// Reading: the attributes and the content of rallies, and the file around them. Closing asserts
// that the file is the only object left open.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/h5_internal.h"

enum { EPISODES_MAX = 1000000 };

// --- rallies

static hid_t open_episode(const SimH5Place *place) {
  char name[32];
  snprintf(name, sizeof name, "episode_%d", place->episode);
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
  if (!isfinite(info->serve_target[0]) || !isfinite(info->serve_target[1])) {
    return sim_h5_bad(place, "serve_target", "is not finite");
  }
  info->steps = (int)steps;
  info->hits = (int)hits;
  return SIM_OK;
}

SimStatus sim_h5_read_info(SimRallyInfo *info, const SimH5 *file, int i, SimError *err) {
  assert(i >= 0 && i < file->rallies);
  SimH5Place place = {file, i, err};
  hid_t episode = open_episode(&place);
  if (episode < 0) {
    return SIM_BAD_INPUT;
  }
  SimStatus status = read_rally_info(&place, episode, info);
  H5Gclose(episode);
  return status;
}

static bool finite_column(SimColumn column) {
  // a goal may be unset, an action is what a policy gave, NaN included
  return column != SIM_COLUMN_goal && column != SIM_COLUMN_flight && column != SIM_COLUMN_action;
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
      snprintf(what, sizeof what, "%s%s%s", info->group, info->group[0] != '\0' ? "/" : "",
               info->name);
      return sim_h5_bad(place, what, "row %zu is not finite", i / width);
    }
  }
  return SIM_OK;
}

static SimStatus check_decisions(const SimH5Place *place, const SimRally *rally) {
  for (int i = 0; i < rally->n[SIM_ROWS_DECISION]; i++) {
    int step = rally->strategy_step[i], before = i > 0 ? rally->strategy_step[i - 1] : 0;
    if (step < before || step >= rally->info.steps) {
      return sim_h5_bad(place, "strategy/step", "row %d is %d, wanted %d to %d", i, step, before,
                        rally->info.steps - 1);
    }
    if (rally->strategy_team[i] >= SIM_TEAMS) {
      return sim_h5_bad(place, "strategy/team", "row %d is %d, wanted 0 or 1", i,
                        rally->strategy_team[i]);
    }
  }
  return SIM_OK;
}

static SimStatus check_events(const SimH5Place *place, const SimRally *rally) {
  for (int i = 0; i < rally->n[SIM_ROWS_EVENT]; i++) {
    int step = rally->event_step[i], before = i > 0 ? rally->event_step[i - 1] : 1;
    if (step < before || step > rally->info.steps) {
      return sim_h5_bad(place, "events/step", "row %d is %d, wanted %d to %d", i, step, before,
                        rally->info.steps);
    }
    if (rally->event_kind[i] >= SIM_EVENT_KINDS) {
      return sim_h5_bad(place, "events/kind", "row %d is %d, wanted 0 to %d", i,
                        rally->event_kind[i], SIM_EVENT_KINDS - 1);
    }
    if (rally->event_drone[i] < -1 || rally->event_drone[i] >= SIM_DRONES) {
      return sim_h5_bad(place, "events/drone", "row %d is %d, wanted -1 to 5", i,
                        rally->event_drone[i]);
    }
  }
  return SIM_OK;
}

static SimStatus check_steps(const SimH5Place *place, const SimRally *rally) {
  for (int i = 0; i < rally->n[SIM_ROWS_SNAPSHOT]; i++) {
    if (rally->state_step[i] != i * SIM_SNAPSHOT_STEPS) {
      return sim_h5_bad(place, "state_step", "row %d is %d, wanted %d", i, rally->state_step[i],
                        i * SIM_SNAPSHOT_STEPS);
    }
  }
  for (int i = 0; i < rally->info.steps; i++) {
    for (int d = 0; d < SIM_DRONES; d++) {
      int skill = rally->skill[i][d];
      if (skill >= place->file->info.skills && skill != SIM_SKILL_FLAT) {
        return sim_h5_bad(place, "drones/skill", "row %d is %d, wanted 0 to %d or %d", i, skill,
                          place->file->info.skills - 1, SIM_SKILL_FLAT);
      }
    }
    if (rally->terminations[i] > 1 || rally->truncations[i] > 1) {
      return sim_h5_bad(place, "terminations", "row %d is neither 0 nor 1 here or in truncations",
                        i);
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
  if (check_decisions(place, rally) != SIM_OK || check_events(place, rally) != SIM_OK) {
    return SIM_BAD_INPUT;
  }
  return check_steps(place, rally);
}

SimStatus sim_h5_read(SimRally *rally, const SimH5 *file, int i, SimError *err) {
  assert(i >= 0 && i < file->rallies);
  SimH5Place place = {file, i, err};
  hid_t episode = open_episode(&place);
  if (episode < 0) {
    return SIM_BAD_INPUT;
  }
  for (int rows = 0; rows < SIM_ROWS_KINDS; rows++) {
    rally->n[rows] = -1;  // not known yet
  }
  SimStatus status = read_rally_info(&place, episode, &rally->info);
  if (status == SIM_OK) {
    status = sim_h5_columns(&place, episode, rally);
  }
  H5Gclose(episode);
  if (status == SIM_OK) {
    status = check_content(&place, rally);
  }
  if (status != SIM_OK) {
    memset(rally->n, 0, sizeof rally->n);
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

static SimStatus read_first(SimH5 *file, SimError *err) {
  SimH5Place place = {file, 0, err};
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
  bool known = kinds == SIM_EVENT_KINDS;
  for (int i = 0; i < kinds && known; i++) {
    known = strcmp(kind[i], sim_event_name((SimEventKind)i)) == 0;
  }
  return known ? SIM_OK
               : sim_h5_bad(&place, "events/kind", "names other events than this schema has");
}

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
  if (version != 1) {
    return sim_h5_bad(&place, "schema_version", "is %lld, wanted 1", (long long)version);
  }
  SimLogInfo *info = &file->info;
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
  H5G_info_t group;
  if (H5Gget_info(loc, &group) < 0 || group.nlinks < 1 || group.nlinks > EPISODES_MAX) {
    return sim_h5_bad(&place, "", "has no rallies or more than %d", EPISODES_MAX);
  }
  file->rallies = (int)group.nlinks;
  return read_first(file, err);
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
