// A checkpoint of a flat policy's training: the learner's arrays, the networks of the population,
// the table of payoffs and who is in it as JSON, history and counters as they are.
#include <stdlib.h>
#include <string.h>

#include "hcsp/recipes/flat/internal.h"
#include "hcsp/train/population_store.h"
#include "sim/base/log.h"
#include "sim/base/version.h"

enum { BLOBS_MAX = FLAT_LEARNER_BLOBS + LEAGUE_POPULATION_MAX + 3 };

// hash of the settings that shape the result: all but the budgets of presets
static void config_hash(char hash[17], const FlatTrainer *tr) {
  FlatConfig config = *tr->t->config;
  config.timesteps_smoke = config.timesteps_quick = config.timesteps_full = 0;
  char *text = flat_config_text(&config);
  sim_hash_hex(hash, text ? sim_hash(text, strlen(text)) : 0);
  free(text);
}

static json_t *describe(const FlatTrainer *tr, bool complete) {
  char hash[17];
  config_hash(hash, tr);
  json_t *meta =
      json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:b}", "kind", "flat", "name",
                flat_algorithm_name(tr->t->config->algorithm), "config", hash, "budget",
                (json_int_t)tr->t->order.budget, "decisions", (json_int_t)tr->learner->decisions,
                "iteration", (json_int_t)tr->learner->ppo->iteration, "seed",
                (json_int_t)tr->t->order.seed, "commit", sim_commit(), "complete", complete);
  train_population_describe(meta, tr->population);
  return meta;
}

static int add_own(RunBlob *blob, int n, char (*name)[TRAIN_MEMBER_BLOB_NAME],
                   const FlatTrainer *tr) {
  n += train_population_blobs(blob + n, name, tr->population);
  blob[n++] = (RunBlob){"progress", POL_U8, sizeof *tr->progress, tr->progress};
  blob[n++] = (RunBlob){"weights", POL_F64, LEAGUE_POPULATION_MAX, tr->weight};
  blob[n++] = (RunBlob){"history", POL_F64, (size_t)tr->histories * FLAT_CURVES, tr->history};
  return n;
}

SimStatus flat_store(void *training, bool complete, SimError *err) {
  FlatTrainer *tr = training;
  RunBlob *blob = calloc(BLOBS_MAX, sizeof *blob);
  char(*name)[TRAIN_MEMBER_BLOB_NAME] = calloc(LEAGUE_POPULATION_MAX, sizeof *name);
  const int learner = blob && name ? flat_learner_blobs(blob, tr->learner) : 0;
  SimStatus status = learner > 0 ? SIM_OK : sim_error(err, SIM_FAIL, "no memory for a checkpoint");
  if (status == SIM_OK) {
    const int n = add_own(blob, learner, name, tr);
    status = train_save(&tr->session, tr->learner->device, blob, n, describe(tr, complete), err);
    flat_learner_blobs_free(blob, learner);
  }
  free(blob);
  free(name);
  // what plays follows what is stored
  return status == SIM_OK && !complete ? flat_deploy(tr, err) : status;
}

// ---- restoring

static SimStatus read_books(FlatTrainer *tr, const RunCheckpoint *file, SimError *err) {
  const size_t history = run_checkpoint_count(file, "history");
  SimStatus status =
      run_checkpoint_read(tr->progress, file, "progress", POL_U8, sizeof *tr->progress, err);
  if (status == SIM_OK) {
    status = run_checkpoint_read(tr->weight, file, "weights", POL_F64, LEAGUE_POPULATION_MAX, err);
  }
  if (status == SIM_OK && (history == SIZE_MAX || history % FLAT_CURVES)) {
    status = sim_error(err, SIM_BAD_INPUT, "%s: saw no history, wanted one of %d columns",
                       run_checkpoint_path(file), FLAT_CURVES);
  }
  if (status == SIM_OK) {
    tr->histories = tr->history_room = (int)(history / FLAT_CURVES);
    tr->history = malloc(history * sizeof(double) + 1);
    status = tr->history ? SIM_OK : sim_error(err, SIM_FAIL, "no memory for a history");
  }
  return status == SIM_OK ? run_checkpoint_read(tr->history, file, "history", POL_F64, history, err)
                          : status;
}

SimStatus flat_restore(void *training, bool *complete, SimError *err) {
  FlatTrainer *tr = training;
  char hash[17];
  config_hash(hash, tr);
  RunCheckpoint *file = train_latest(&tr->session, hash, err);
  if (!file) {
    return err->status;
  }
  SimStatus status = train_population_restore(tr->population, &tr->learner->strategy, file, err);
  status = status == SIM_OK ? read_books(tr, file, err) : status;
  if (status == SIM_OK) {
    flat_set_rivals(tr);
    status = flat_learner_restore(tr->learner, file, err);
  }
  *complete = json_is_true(json_object_get(run_checkpoint_meta(file), "complete"));
  run_checkpoint_destroy(file);
  return status;
}
