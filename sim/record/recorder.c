// Open shards are few (matches in parallel / 32, plus stragglers) and are searched one by one. The
// buffers of written rallies are used again. A rally lies in blocks of rows until its shard is
// written.
#include "sim/record/recorder.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/base/version.h"
#include "sim/record/rows.h"
#include "sim/record/shard.h"

typedef struct Shard {
  int64_t number;  // rallies 32 number .. 32 number + 31
  SimRecording *rally[SIM_SHARD_RALLIES];
  bool ended[SIM_SHARD_RALLIES];
  int count;  // ended
} Shard;

// A shard that is written and not listed, because one before it is not.
typedef struct Unlisted {
  int64_t number;
  SimIndexEntry entry;
} Unlisted;

struct SimRecorder {
  char folder[SIM_PATH_MAX];
  SimLogInfo info;
  int state_size;
  int64_t next;  // shard to be listed next, -1 before the first rally
  Unlisted *unlisted;
  int unlisteds, unlisted_capacity;
  Shard *shard;
  int shards, shard_capacity;
  SimRowPool pool;
  SimRecording **spare;
  int spares, spare_capacity;
  SimShardWriter writer;
  int64_t rallies;
  uint64_t bytes;
  SimError failure;  // of the first call that failed
};

void sim_log_info_default(SimLogInfo *info, const SimModel *model) {
  *info = (SimLogInfo){.dt = SIM_DT, .schema = SIM_LOG_SCHEMA};
  snprintf(info->physics, sizeof info->physics, "%s", sim_physics_name(model->options.physics));
  snprintf(info->world, sizeof info->world, "%s", model->world.name);
  sim_hash_hex(info->world_hash, model->world.hash);
  snprintf(info->generator, sizeof info->generator, "hcsp %s", sim_version());
  snprintf(info->commit, sizeof info->commit, "%s", sim_commit());
  snprintf(info->frame, sizeof info->frame,
           "court: x along the court, net at x = 0, near team at x > 0, z up, right-handed");
  sim_hash_hex(info->model_hash, model->hash);
  sim_world_row_spec(model, info->state_spec, sizeof info->state_spec);
}

SimRecorder *sim_recorder_create(const char *folder, const SimLogInfo *info, int state_size,
                                 SimError *err) {
  assert(state_size > 0 && info->skills >= 1 && info->skills <= SIM_SKILL_NAMES_MAX);
  SimRecorder *recorder = calloc(1, sizeof *recorder);
  if (recorder == NULL) {
    sim_error(err, SIM_FAIL, "%s: no memory for a recorder", folder);
    return NULL;
  }
  if (sim_file_make_folder(folder, err) != SIM_OK || sim_index_create(folder, err) != SIM_OK) {
    free(recorder);
    return NULL;
  }
  snprintf(recorder->folder, sizeof recorder->folder, "%s", folder);
  recorder->info = *info;
  recorder->state_size = state_size;
  recorder->next = -1;
  return recorder;
}

static void remove_file(const SimRecorder *recorder, const char *name) {
  char path[SIM_PATH_MAX];
  if (sim_path_join(path, recorder->folder, name, NULL) == SIM_OK) {
    unlink(path);
  }
}

// What is not listed only takes room.
static void remove_unlisted(SimRecorder *recorder) {
  for (int i = 0; i < recorder->unlisteds; i++) {
    remove_file(recorder, recorder->unlisted[i].entry.file);
  }
  recorder->unlisteds = 0;
}

static void free_recording(SimRecording *recording) {
  if (recording != NULL) {
    sim_rally_free(&recording->rally);
    sim_rows_free(&recording->rows);
    free(recording);
  }
}

void sim_recorder_destroy(SimRecorder *recorder) {
  if (recorder == NULL) {
    return;
  }
  remove_unlisted(recorder);
  if (recorder->rallies == 0) {
    remove_file(recorder, "index.jsonl");
  }
  for (int s = 0; s < recorder->shards; s++) {
    for (int i = 0; i < SIM_SHARD_RALLIES; i++) {
      free_recording(recorder->shard[s].rally[i]);
    }
  }
  for (int i = 0; i < recorder->spares; i++) {
    free_recording(recorder->spare[i]);
  }
  sim_row_pool_free(&recorder->pool);
  free(recorder->shard);
  free(recorder->spare);
  free(recorder->unlisted);
  sim_shard_writer_free(&recorder->writer);
  free(recorder);
}

// Remembers the first failure, so that the caller may look at the status once a rally.
static SimStatus fail(SimRecorder *recorder, const SimError *cause, SimError *err) {
  if (recorder->failure.status == SIM_OK) {
    recorder->failure = *cause;
  }
  return sim_error(err, recorder->failure.status, "%s", recorder->failure.text);
}

static SimStatus grow(void *array, int *capacity, int n, size_t size, SimError *err) {
  if (n <= *capacity) {
    return SIM_OK;
  }
  void *old;
  memcpy(&old, array, sizeof old);
  void *grown = realloc(old, (size_t)(2 * n) * size);
  if (grown == NULL) {
    return sim_error(err, SIM_FAIL, "no memory for %d log entries", 2 * n);
  }
  memcpy(array, &grown, sizeof grown);
  *capacity = 2 * n;
  return SIM_OK;
}

static Shard *find_shard(SimRecorder *recorder, uint32_t rally) {
  for (int i = 0; i < recorder->shards; i++) {
    if (recorder->shard[i].number == rally / SIM_SHARD_RALLIES) {
      return &recorder->shard[i];
    }
  }
  return NULL;
}

static SimStatus open_shard(Shard **shard, SimRecorder *recorder, uint32_t rally, SimError *err) {
  *shard = find_shard(recorder, rally);
  if (*shard != NULL) {
    return SIM_OK;
  }
  if (grow(&recorder->shard, &recorder->shard_capacity, recorder->shards + 1,
           sizeof *recorder->shard, err) != SIM_OK) {
    return SIM_FAIL;
  }
  *shard = &recorder->shard[recorder->shards++];
  **shard = (Shard){.number = rally / SIM_SHARD_RALLIES};
  return SIM_OK;
}

static SimStatus take_recording(SimRecording **out, SimRecorder *recorder, SimError *err) {
  if (recorder->spares > 0) {
    *out = recorder->spare[--recorder->spares];
    memset((*out)->rally.n, 0, sizeof(*out)->rally.n);
    return SIM_OK;
  }
  *out = calloc(1, sizeof **out);
  if (*out == NULL) {
    return sim_error(err, SIM_FAIL, "no memory for a rally's log");
  }
  (*out)->rally.state_size = recorder->state_size;
  return SIM_OK;
}

// --- one rally

static SimStatus add_state(SimRecording *recording, SimRowPool *pool, const SimState *state,
                           const double *state_row, SimError *err) {
  SimRally *rally = &recording->rally;
  const int row = recording->rows.n;
  const SimRowAt out = sim_rows_add(&recording->rows, pool);
  if (out.block == NULL) {
    return sim_error(err, SIM_FAIL, "no memory for %d rows of a rally's log", row + 1);
  }
  sim_row_set_state(out, row, state);
  if (row % SIM_SNAPSHOT_STEPS != 0) {
    return SIM_OK;
  }
  assert(state_row != NULL);
  int snapshot = rally->n[SIM_ROWS_SNAPSHOT];
  SimStatus status = sim_rally_reserve(rally, SIM_ROWS_SNAPSHOT, snapshot + 1, err);
  if (status == SIM_OK) {
    size_t size = (size_t)rally->state_size;
    memcpy(rally->state + (size_t)snapshot * size, state_row, size * sizeof *state_row);
    rally->state_step[snapshot] = row;
    rally->n[SIM_ROWS_SNAPSHOT]++;
  }
  return status;
}

static SimStatus add_decisions(SimRecording *recording, const SimRecordStep *step, SimError *err) {
  SimRally *rally = &recording->rally;
  int row = rally->n[SIM_ROWS_DECISION];
  assert(step->decisions >= 0 && step->decisions <= SIM_TEAMS);
  SimStatus status = sim_rally_reserve(rally, SIM_ROWS_DECISION, row + step->decisions, err);
  for (int i = 0; i < step->decisions && status == SIM_OK; i++, row++) {
    rally->strategy_step[row] = recording->rows.n - 1;
    rally->strategy_team[row] = (uint8_t)step->decision[i].team;
    const SimRecordDecision *from = &step->decision[i];
    memcpy(rally->strategy_action[row], from->option, sizeof rally->strategy_action[row]);
    memcpy(rally->probability[row], from->probability, sizeof rally->probability[row]);
    memcpy(rally->touch_action[row], from->option + SIM_LOG_HEADS_SPLIT,
           sizeof rally->touch_action[row]);
    memcpy(rally->touch_probability[row], from->probability + SIM_LOG_HEADS_SPLIT,
           sizeof rally->touch_probability[row]);
    rally->strategy_policy[row] = from->policy;
  }
  rally->n[SIM_ROWS_DECISION] = row;
  return status;
}

// Skills outside the list of names would make a log that no reader takes.
static bool skills_named(const SimRecordStep *step, int skills) {
  for (int i = 0; i < SIM_DRONES; i++) {
    if (step->skill[i] >= skills && step->skill[i] != SIM_SKILL_FLAT) {
      return false;
    }
  }
  return true;
}

// The step from the last row.
static SimStatus add_step(SimRecording *recording, const SimRecordStep *step, SimError *err) {
  const SimRowAt at = sim_rows_last(&recording->rows);
  memcpy(at.block->action[at.i], step->action, sizeof step->action);
  SimHeld held = {.terminations = 0};
  memcpy(held.skill, step->skill, sizeof step->skill);
  memcpy(held.goal, step->goal, sizeof step->goal);
  memcpy(held.flight, step->flight, sizeof step->flight);
  memcpy(held.apex, step->apex, sizeof step->apex);
  memcpy(held.strike_z, step->strike_z, sizeof step->strike_z);
  return sim_rows_hold(&recording->rows, recording->rows.n - 1, &held)
             ? SIM_OK
             : sim_error(err, SIM_FAIL, "no memory for what drones are told in a rally's log");
}

// --- shards

// Lists written shards as far as they follow each other.
static SimStatus list_shards(SimRecorder *recorder, SimError *err) {
  for (int i = 0; i < recorder->unlisteds;) {
    const Unlisted *shard = &recorder->unlisted[i];
    if (shard->number != recorder->next) {
      i++;
      continue;
    }
    const SimStatus status = sim_index_append(recorder->folder, &shard->entry, err);
    if (status != SIM_OK) {
      return status;
    }
    recorder->rallies += shard->entry.rallies;
    recorder->bytes += shard->entry.bytes;
    recorder->next++;
    recorder->unlisted[i] = recorder->unlisted[--recorder->unlisteds];
    i = 0;
  }
  return SIM_OK;
}

static SimStatus write_shard(SimRecorder *recorder, const Shard *shard, int n, SimError *err) {
  SimLogInfo info = recorder->info;
  info.first_rally = shard->number * SIM_SHARD_RALLIES;
  if (grow(&recorder->unlisted, &recorder->unlisted_capacity, recorder->unlisteds + 1,
           sizeof *recorder->unlisted, err) != SIM_OK) {
    return SIM_FAIL;
  }
  SimIndexEntry entry = {.rallies = n};
  snprintf(entry.file, sizeof entry.file, "%05lld.h5", (long long)shard->number);
  SimStatus status =
      sim_shard_write(&entry, &recorder->writer, recorder->folder, &info, shard->rally, n, err);
  if (status == SIM_OK) {
    recorder->unlisted[recorder->unlisteds++] = (Unlisted){shard->number, entry};
    status = list_shards(recorder, err);
  }
  return status;
}

// Takes the shard off the list; its rallies become spare.
static SimStatus close_shard(SimRecorder *recorder, Shard *shard, SimError *err) {
  if (grow(&recorder->spare, &recorder->spare_capacity, recorder->spares + SIM_SHARD_RALLIES,
           sizeof *recorder->spare, err) != SIM_OK) {
    return SIM_FAIL;
  }
  for (int i = 0; i < SIM_SHARD_RALLIES; i++) {
    if (shard->rally[i] != NULL) {
      sim_rows_clear(&shard->rally[i]->rows, &recorder->pool);
      recorder->spare[recorder->spares++] = shard->rally[i];
    }
  }
  *shard = recorder->shard[--recorder->shards];
  return SIM_OK;
}

SimStatus sim_recorder_begin(SimRecorder *recorder, const SimState *state, const double *state_row,
                             SimError *err) {
  SimError cause = {.status = SIM_OK};
  Shard *shard;
  if (recorder->failure.status != SIM_OK ||
      open_shard(&shard, recorder, state->rally, &cause) != SIM_OK) {
    return fail(recorder, &cause, err);
  }
  if (recorder->next < 0) {
    recorder->next = shard->number;
  }
  SimRecording **recording = &shard->rally[state->rally % SIM_SHARD_RALLIES];
  assert(*recording == NULL);
  if (take_recording(recording, recorder, &cause) != SIM_OK) {
    return fail(recorder, &cause, err);
  }
  sim_rally_set_start(&(*recording)->rally, state);
  if (add_state(*recording, &recorder->pool, state, state_row, &cause) != SIM_OK) {
    return fail(recorder, &cause, err);
  }
  return SIM_OK;
}

bool sim_recorder_wants_row(const SimState *after) {
  return after->referee.step % SIM_SNAPSHOT_STEPS == 0;
}

SimStatus sim_recorder_step(SimRecorder *recorder, const SimState *after, const SimRecordStep *step,
                            const double *state_row, SimError *err) {
  SimError cause = {.status = SIM_OK};
  if (recorder->failure.status != SIM_OK) {
    return fail(recorder, &cause, err);
  }
  Shard *shard = find_shard(recorder, after->rally);
  int i = (int)(after->rally % SIM_SHARD_RALLIES);
  assert(shard != NULL && shard->rally[i] != NULL && !shard->ended[i]);
  SimRecording *recording = shard->rally[i];
  assert(after->referee.step == recording->rows.n);
  if (!skills_named(step, recorder->info.skills)) {
    sim_error(&cause, SIM_FAIL, "rally %u: a drone flies a skill that the log has no name for",
              after->rally);
    return fail(recorder, &cause, err);
  }
  if (add_step(recording, step, &cause) != SIM_OK ||
      add_decisions(recording, step, &cause) != SIM_OK ||
      add_state(recording, &recorder->pool, after, state_row, &cause) != SIM_OK ||
      sim_rally_add_events(&recording->rally, after, &cause) != SIM_OK) {
    return fail(recorder, &cause, err);
  }
  if (after->referee.winner == SIM_PLAYING) {
    return SIM_OK;
  }
  if (sim_recording_end(recording, &after->referee, &recorder->info, &cause) != SIM_OK) {
    return fail(recorder, &cause, err);
  }
  shard->ended[i] = true;
  shard->count++;
  if (shard->count == SIM_SHARD_RALLIES &&
      (write_shard(recorder, shard, SIM_SHARD_RALLIES, &cause) != SIM_OK ||
       close_shard(recorder, shard, &cause) != SIM_OK)) {
    return fail(recorder, &cause, err);
  }
  return SIM_OK;
}

SimStatus sim_recorder_finish(SimRecorder *recorder, SimError *err) {
  SimError cause = {.status = SIM_OK};
  if (recorder->failure.status != SIM_OK) {
    return fail(recorder, &cause, err);
  }
  // shards behind one that is not full will never be listed
  remove_unlisted(recorder);
  for (int i = 0; i < recorder->shards; i++) {
    const Shard *shard = &recorder->shard[i];
    int n = 0;
    while (n < SIM_SHARD_RALLIES && shard->ended[n]) {
      n++;
    }
    if (n > 0 && shard->number == recorder->next) {
      return write_shard(recorder, shard, n, &cause) == SIM_OK ? SIM_OK
                                                               : fail(recorder, &cause, err);
    }
  }
  return SIM_OK;
}

int64_t sim_recorder_rallies(const SimRecorder *recorder) {
  return recorder->rallies;
}
