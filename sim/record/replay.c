// Verification fills a second rally with the recorder's own functions and compares the two, so that
// the log and its check cannot disagree about what a row means.
#include "sim/record/replay.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/record/rows.h"

struct SimReplay {
  const SimModel *model;
  const SimRules *rules;
  const SimLogInfo *info;
  const SimRally *rally;
  mjData *data;
  SimState state;
  int row;
};

SimStatus sim_replay_engine(SimModelOptions *options, const SimLogInfo *info, SimError *err) {
  // schema 1 knew only one
  const char *physics = info->physics[0] ? info->physics : sim_physics_name(SIM_PHYSICS_MUJOCO);
  SimWorldFile world;
  options->world = info->world[0] ? info->world : "paper";
  if (sim_world_file_load(&world, options->world, err) != SIM_OK) {
    if (err) {
      err->status = SIM_BAD_INPUT;
    }
    return sim_error_prefix(err, "the log's world");
  }
  return sim_physics_find(&options->physics, physics)
             ? SIM_OK
             : sim_error(err, SIM_BAD_INPUT,
                         "the log was played with physics '%.40s'; wanted mujoco or flight",
                         info->physics);
}

static SimStatus check_fit(const SimModel *model, const SimLogInfo *info, const SimRally *rally,
                           bool other_model, SimError *err) {
  char hash[17];
  sim_hash_hex(hash, model->hash);
  char world[17];
  sim_hash_hex(world, model->world.hash);
  if (!other_model && info->world[0] && strcmp(world, info->world_hash) != 0) {
    return sim_error(
        err, SIM_BAD_INPUT,
        "rally %lld: was played in world '%.60s' with numbers %.16s; saw world '%.60s' "
        "with %s, wanted the same",
        (long long)rally->info.rally, info->world, info->world_hash, model->world.name, world);
  }
  if (!other_model && strcmp(hash, info->model_hash) != 0) {
    return sim_error(err, SIM_BAD_INPUT,
                     "rally %lld: was played with model %.40s and this program has model %s, so a "
                     "replay would not give the same bits",
                     (long long)rally->info.rally, info->model_hash, hash);
  }
  if (sim_rules_find(info->rules) == NULL) {
    return sim_error(err, SIM_BAD_INPUT,
                     "rally %lld: rules \"%.40s\" are not known, wanted court "
                     "or paper",
                     (long long)rally->info.rally, info->rules);
  }
  if (rally->state_size != sim_world_row_size(model)) {
    return sim_error(err, SIM_BAD_INPUT,
                     "rally %lld: state has rows of %d numbers, this program's have %d",
                     (long long)rally->info.rally, rally->state_size, sim_world_row_size(model));
  }
  return SIM_OK;
}

// Takes over the exact state number `snapshot`.
static SimStatus load(SimReplay *replay, int snapshot, SimError *err) {
  const SimRally *rally = replay->rally;
  const double *row = rally->state + (size_t)snapshot * (size_t)rally->state_size;
  SimStatus status = sim_world_load(&replay->state, replay->data, replay->model, row, err);
  if (status != SIM_OK) {
    char where[64];
    snprintf(where, sizeof where, "rally %lld: state row %d", (long long)rally->info.rally,
             snapshot);
    return sim_error_prefix(err, where);
  }
  replay->row = rally->state_step[snapshot];
  if (replay->state.referee.step != replay->row) {
    return sim_error(err, SIM_BAD_INPUT, "rally %lld: state row %d is of step %d, wanted %d",
                     (long long)rally->info.rally, snapshot, replay->state.referee.step,
                     replay->row);
  }
  return SIM_OK;
}

SimReplay *sim_replay_create(const SimModel *model, const SimLogInfo *info, const SimRally *rally,
                             bool other_model, SimError *err) {
  if (check_fit(model, info, rally, other_model, err) != SIM_OK) {
    return NULL;
  }
  SimReplay *replay = calloc(1, sizeof *replay);
  if (replay != NULL) {
    *replay = (SimReplay){.model = model,
                          .rules = sim_rules_find(info->rules),
                          .info = info,
                          .rally = rally,
                          .data = mj_makeData(model->mj)};
  }
  if (replay == NULL || replay->data == NULL) {
    sim_error(err, SIM_FAIL, "rally %lld: no memory to replay it", (long long)rally->info.rally);
  } else if (load(replay, 0, err) == SIM_OK) {
    return replay;
  }
  sim_replay_destroy(replay);
  return NULL;
}

void sim_replay_destroy(SimReplay *replay) {
  if (replay != NULL) {
    mj_deleteData(replay->data);
    free(replay);
  }
}

// One recorded step. A rally that the referee ends before the log does cannot go on.
static SimStatus step(SimReplay *replay, SimError *err) {
  if (replay->state.referee.winner != SIM_PLAYING) {
    return sim_error(err, SIM_BAD_INPUT, "rally %lld: replay ends at step %d, the log at step %d",
                     (long long)replay->rally->info.rally, replay->row, replay->rally->info.steps);
  }
  sim_world_step(&replay->state, replay->data, replay->model, replay->rules,
                 (const float(*)[SIM_ROTORS])replay->rally->action[replay->row]);
  replay->row++;
  return SIM_OK;
}

SimStatus sim_replay_seek(SimReplay *replay, int row, SimError *err) {
  assert(row >= 0 && row <= replay->rally->info.steps);
  // from before the row: an exact state does not say what happened in the step to it
  int snapshot = row > 0 ? (row - 1) / SIM_SNAPSHOT_STEPS : 0;
  assert(snapshot < replay->rally->n[SIM_ROWS_SNAPSHOT]);
  SimStatus status = SIM_OK;
  if (replay->row > row || replay->row < replay->rally->state_step[snapshot]) {
    status = load(replay, snapshot, err);
  }
  while (status == SIM_OK && replay->row < row) {
    status = step(replay, err);
  }
  return status;
}

int sim_replay_row(const SimReplay *replay) {
  return replay->row;
}

const SimState *sim_replay_state(const SimReplay *replay) {
  return &replay->state;
}

const mjData *sim_replay_data(const SimReplay *replay) {
  return replay->data;
}

// --- verification

static SimStatus add_row(SimRally *out, const SimReplay *replay, SimError *err) {
  int row = out->n[SIM_ROWS_STATE];
  if (sim_rally_reserve(out, SIM_ROWS_STATE, row + 1, err) != SIM_OK) {
    return SIM_FAIL;
  }
  sim_rally_set_row(out, row, &replay->state);
  out->n[SIM_ROWS_STATE]++;
  if (row % SIM_SNAPSHOT_STEPS == 0) {
    int snapshot = out->n[SIM_ROWS_SNAPSHOT]++;
    if (sim_rally_reserve(out, SIM_ROWS_SNAPSHOT, snapshot + 1, err) != SIM_OK) {
      return SIM_FAIL;
    }
    sim_world_save(out->state + (size_t)snapshot * (size_t)out->state_size, &replay->state,
                   replay->data, replay->model);
    out->state_step[snapshot] = row;
  }
  return SIM_OK;
}

// What a replay takes from the log and does not make itself.
static SimStatus copy_inputs(SimRally *out, const SimRally *rally, SimError *err) {
  if (sim_rally_copy(out, rally, SIM_ROWS_STEP, err) != SIM_OK ||
      sim_rally_copy(out, rally, SIM_ROWS_DECISION, err) != SIM_OK) {
    return SIM_FAIL;
  }
  int steps = rally->n[SIM_ROWS_STEP];
  memset(out->rewards, 0, sizeof *out->rewards * (size_t)steps);
  memset(out->terminations, 0, (size_t)steps);
  memset(out->truncations, 0, (size_t)steps);
  return SIM_OK;
}

static SimStatus replay_all(SimRally *out, SimReplay *replay, SimError *err) {
  SimStatus status = copy_inputs(out, replay->rally, err);
  if (status == SIM_OK) {
    sim_rally_set_start(out, &replay->state);
    status = add_row(out, replay, err);
  }
  while (status == SIM_OK && replay->row < replay->rally->info.steps &&
         replay->state.referee.winner == SIM_PLAYING) {
    status = step(replay, err);
    if (status == SIM_OK) {
      status = add_row(out, replay, err);
    }
    if (status == SIM_OK) {
      status = sim_rally_add_events(out, &replay->state, err);
    }
  }
  if (status == SIM_OK) {
    sim_rally_set_end(out, &replay->state.referee);
    status = sim_rally_derive(out, replay->info, err);
  }
  return status;
}

static double number_at(const SimRally *rally, SimColumn column, int row, int index) {
  const SimColumnInfo *info = sim_column(column);
  size_t size = sim_number_size(info->number);
  const char *at = (const char *)sim_column_data(rally, column) +
                   (size_t)row * sim_column_row_size(column, rally) + (size_t)index * size;
  switch (info->number) {
  case SIM_F32: {
    float value;
    memcpy(&value, at, sizeof value);
    return (double)value;
  }
  case SIM_F64: {
    double value;
    memcpy(&value, at, sizeof value);
    return value;
  }
  case SIM_U8:
    return *(const uint8_t *)at;
  case SIM_I8:
    return *(const int8_t *)at;
  case SIM_I32: {
    int32_t value;
    memcpy(&value, at, sizeof value);
    return value;
  }
  case SIM_I64:
  case SIM_U64:
    break;  // no column of a rally
  }
  assert(false);
  return 0;
}

// The differing state row that comes first in time, over all columns and the rows both have.
static void first_in_time(SimDifference *first, const SimRally *logged, const SimRally *replayed) {
  SimRally common = *logged;
  common.n[SIM_ROWS_STATE] = replayed->n[SIM_ROWS_STATE];
  *first = (SimDifference){.found = false};
  for (int c = 0; c < SIM_COLUMNS; c++) {
    SimDifference difference = {.found = false};
    if (sim_column((SimColumn)c)->rows == SIM_ROWS_STATE) {
      sim_rally_compare_column(&difference, &common, replayed, (SimColumn)c);
    }
    if (difference.found && (!first->found || difference.row < first->row)) {
      *first = difference;
    }
  }
}

static SimStatus report(const SimDifference *difference, const SimRally *logged,
                        const SimRally *replayed, SimError *err) {
  long long rally = logged->info.rally;
  if (difference->in_info) {
    return sim_error(err, SIM_BAD_INPUT, "rally %lld: replay gives another %s than the log", rally,
                     difference->what);
  }
  return sim_error(err, SIM_BAD_INPUT,
                   "rally %lld: %s differs first in row %d, number %d: logged %.17g, replayed "
                   "%.17g",
                   rally, difference->what, difference->row, difference->index,
                   number_at(logged, difference->column, difference->row, difference->index),
                   number_at(replayed, difference->column, difference->row, difference->index));
}

static SimStatus verify(SimRally *out, SimReplay *replay, SimError *err) {
  const SimRally *rally = replay->rally;
  SimStatus status = replay_all(out, replay, err);
  if (status != SIM_OK) {
    return status;
  }
  // a difference of states comes before all that follows from it
  SimDifference difference;
  first_in_time(&difference, rally, out);
  if (!difference.found && out->n[SIM_ROWS_STATE] < rally->n[SIM_ROWS_STATE]) {
    return sim_error(err, SIM_BAD_INPUT, "rally %lld: replay ends at step %d, the log at step %d",
                     (long long)rally->info.rally, replay->row, rally->info.steps);
  }
  if (!difference.found) {
    sim_rally_compare(&difference, rally, out);
  }
  return difference.found ? report(&difference, rally, out, err) : SIM_OK;
}

SimStatus sim_replay_verify(const SimModel *model, const SimLogInfo *info, const SimRally *rally,
                            SimError *err) {
  SimError own;
  err = err != NULL ? err : &own;
  SimReplay *replay = sim_replay_create(model, info, rally, false, err);
  if (replay == NULL) {
    return err->status;
  }
  SimRally out = {.state_size = rally->state_size};
  SimStatus status = verify(&out, replay, err);
  sim_rally_free(&out);
  sim_replay_destroy(replay);
  return status;
}
