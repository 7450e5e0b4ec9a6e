// The JSON summary and the one-file HDF5 export.
#include "sim/record/export.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/record/h5.h"
#include "sim/record/observe.h"

// --- JSON

typedef struct Totals {
  int wins[3];  // near, far, draw
  int reasons[SIM_EVENT_KINDS];
  int rallies, server_wins, hits_max;
  double hits, steps;
} Totals;

static void add_rally(Totals *totals, const SimRallyInfo *info) {
  totals->rallies++;
  totals->wins[info->winner]++;
  totals->reasons[info->reason]++;
  totals->server_wins += (int)info->winner == (int)info->server;
  totals->hits += info->hits;
  totals->hits_max = info->hits > totals->hits_max ? info->hits : totals->hits_max;
  totals->steps += info->steps;
}

// JSON integers of most readers end at 2^63 - 1; larger seeds are written as text.
static json_t *seed_value(uint64_t seed) {
  return seed <= INT64_MAX ? json_integer((json_int_t)seed)
                           : json_sprintf("%llu", (unsigned long long)seed);
}

static json_t *rally_object(const SimRallyInfo *info, double dt) {
  const float *aim = info->serve_target;
  json_t *target = isfinite(aim[0]) && isfinite(aim[1])
                       ? json_pack("[ff]", (double)aim[0], (double)aim[1])
                       : json_null();
  return json_pack(
      "{s:I, s:o, s:s, s:s, s:s, s:i, s:f, s:i, s:o}", "rally", (json_int_t)info->rally, "seed",
      seed_value(info->seed), "server", info->server == SIM_NEAR ? "near" : "far", "winner",
      sim_winner_name(info->winner), "reason", sim_event_name(info->reason), "steps", info->steps,
      "seconds", info->steps * dt, "hits", info->hits, "serve_target", target);
}

static json_t *reasons_object(const Totals *totals) {
  json_t *object = json_object();
  for (int i = 0; i < SIM_EVENT_KINDS; i++) {
    if (totals->reasons[i] > 0) {
      json_object_set_new(object, sim_event_name((SimEventKind)i),
                          json_integer(totals->reasons[i]));
    }
  }
  return object;
}

static json_t *summary_object(const SimLogInfo *info, const Totals *totals, json_t *rallies) {
  int n = totals->rallies, decided = totals->wins[0] + totals->wins[1];
  json_t *object = json_pack(
      "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:o}", "schema", "hcsp-match",
      "generator", info->generator, "commit", info->commit, "near", info->near, "far", info->far,
      "near_hash", info->near_hash, "far_hash", info->far_hash, "options", info->options, "rules",
      info->rules, "model_hash", info->model_hash, "dt", info->dt, "seed", seed_value(info->seed));
  json_t *counts = json_pack(
      "{s:i, s:i, s:i, s:i, s:f, s:i, s:f, s:i, s:f, s:o, s:o}", "rallies", n, "near",
      totals->wins[SIM_WIN_NEAR], "far", totals->wins[SIM_WIN_FAR], "draws", totals->wins[SIM_DRAW],
      "near_win_rate", decided > 0 ? totals->wins[SIM_WIN_NEAR] / (double)decided : 0.0,
      "server_wins", totals->server_wins, "hits_mean", totals->hits / n, "hits_max",
      totals->hits_max, "steps_mean", totals->steps / n, "reasons", reasons_object(totals), "list",
      rallies);
  if (object != NULL && counts != NULL) {
    json_object_set_new(object, "summary", counts);
    return object;
  }
  json_decref(object);
  json_decref(counts);
  return NULL;
}

static SimStatus collect(json_t *list, Totals *totals, SimLogInfo *info, SimLog *log,
                         SimError *err) {
  SimStatus status = sim_log_info(info, log, 0, err);
  for (int i = 0; i < sim_log_rallies(log) && status == SIM_OK; i++) {
    SimRallyInfo rally;
    status = sim_log_read_info(&rally, log, i, err);
    if (status == SIM_OK) {
      add_rally(totals, &rally);
      json_array_append_new(list, rally_object(&rally, info->dt));
    }
  }
  return status;
}

char *sim_export_json_text(SimLog *log, SimError *err) {
  Totals totals = {.rallies = 0};
  SimLogInfo *info = malloc(sizeof *info);
  json_t *list = json_array(), *object = NULL;
  SimStatus status = SIM_FAIL;
  if (info != NULL && list != NULL) {
    status = collect(list, &totals, info, log, err);
    object = status == SIM_OK ? summary_object(info, &totals, json_incref(list)) : NULL;
  }
  char *text = object != NULL ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
  if (text == NULL && (info == NULL || list == NULL || status == SIM_OK)) {
    sim_error(err, SIM_FAIL, "no memory for a JSON summary, or a text that is not UTF-8");
  }
  json_decref(object);
  json_decref(list);
  free(info);
  return text;
}

SimStatus sim_export_json(const char *path, SimLog *log, SimError *err) {
  SimError own;
  err = err != NULL ? err : &own;
  char *text = sim_export_json_text(log, err);
  if (text == NULL) {
    return err->status;
  }
  SimStatus status = sim_file_write(path, text, strlen(text), err);
  free(text);
  return status;
}

// --- HDF5

static SimStatus write_observations(SimH5Writer *writer, const SimExportObs *obs,
                                    const SimLogInfo *info, const SimRally *rally, SimError *err) {
  SimObservations seen = {.rows = 0};
  SimStatus status = sim_observe_rally(&seen, obs->model, info, rally, obs->layout, obs->team, err);
  if (status == SIM_OK) {
    status = sim_h5_writer_observations(writer, &seen, err);
  }
  sim_observations_free(&seen);
  return status;
}

static SimStatus write_all(SimH5Writer *writer, SimLog *log, const SimLogInfo *info,
                           const SimExportObs *obs, SimError *err) {
  SimRally rally = {.state_size = 0};
  SimStatus status = SIM_OK;
  for (int i = 0; i < sim_log_rallies(log) && status == SIM_OK; i++) {
    status = sim_log_read(&rally, log, i, err);
    if (status == SIM_OK) {
      status = sim_h5_writer_add(writer, &rally, err);
    }
    if (status == SIM_OK && obs != NULL) {
      status = write_observations(writer, obs, info, &rally, err);
    }
  }
  sim_rally_free(&rally);
  return status;
}

static SimStatus compare_one(SimRally pair[2], const SimH5 *file, SimLog *log, int i,
                             const char *path, SimError *err) {
  SimStatus status = sim_h5_read(&pair[0], file, i, err);
  if (status == SIM_OK) {
    status = sim_log_read(&pair[1], log, i, err);
  }
  if (status != SIM_OK) {
    return status;
  }
  SimDifference difference;
  sim_rally_compare(&difference, &pair[0], &pair[1]);
  return difference.found ? sim_error(err, SIM_FAIL, "%s: rally %lld: %s reads back different",
                                      path, (long long)pair[1].info.rally, difference.what)
                          : SIM_OK;
}

static SimStatus compare_all(const char *path, SimLog *log, SimError *err) {
  SimH5 *file = sim_h5_open_path(path, err);
  if (file == NULL) {
    return SIM_FAIL;
  }
  SimRally pair[2] = {{.state_size = 0}, {.state_size = 0}};
  SimStatus status = SIM_OK;
  for (int i = 0; i < sim_log_rallies(log) && status == SIM_OK; i++) {
    status = compare_one(pair, file, log, i, path, err);
  }
  sim_rally_free(&pair[0]);
  sim_rally_free(&pair[1]);
  sim_h5_close(file);
  return status;
}

static SimStatus write_and_compare(const char *temp, SimLog *log, const SimExportObs *obs,
                                   SimError *err) {
  SimLogInfo *info = malloc(sizeof *info);
  SimStatus status = info != NULL ? sim_log_info(info, log, 0, err)
                                  : sim_error(err, SIM_FAIL, "%s: no memory to write it", temp);
  SimH5Writer *writer = status == SIM_OK ? sim_h5_writer_create(temp, info, err) : NULL;
  if (writer == NULL) {
    free(info);
    return err->status;
  }
  status = write_all(writer, log, info, obs, err);
  free(info);
  SimError closing;
  SimStatus closed = sim_h5_writer_finish(writer, &closing);
  if (status == SIM_OK && closed != SIM_OK) {
    status = sim_error(err, closed, "%s", closing.text);
  }
  return status == SIM_OK ? compare_all(temp, log, err) : status;
}

SimStatus sim_export_h5(const char *path, SimLog *log, const SimExportObs *obs, SimError *err) {
  SimError own;
  err = err != NULL ? err : &own;
  char temp[SIM_PATH_MAX];
  if (snprintf(temp, sizeof temp, "%s.tmp", path) >= (int)sizeof temp) {
    return sim_error(err, SIM_USAGE, "%.80s...: the path is too long", path);
  }
  SimStatus status = write_and_compare(temp, log, obs, err);
  if (status != SIM_OK) {
    unlink(temp);
    return status;
  }
  return sim_file_commit(temp, path, err);
}
