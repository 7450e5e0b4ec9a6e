// A checkpoint of a strategy's training: the learner's arrays, the networks of the population, the
// table of payoffs and who is in it as JSON, history and counters as they are.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/recipes/strategy/internal.h"
#include "hcsp/train/population_store.h"
#include "sim/base/log.h"
#include "sim/base/version.h"

enum { BLOBS_MAX = STRATEGY_LEARNER_BLOBS + STRATEGY_MEMBERS_HERE + 4 };

// hash of the settings that shape the result: all but the budgets of presets
static void config_hash(char hash[17], const StrategyTrainer *tr) {
  StrategyConfig config = *tr->t->config;
  config.timesteps_smoke = config.timesteps_quick = config.timesteps_full = 0;
  char *text = strategy_config_text(&config);
  sim_hash_hex(hash, text ? sim_hash(text, strlen(text)) : 0);
  free(text);
}

// ---- storing

static json_t *describe(const StrategyTrainer *tr, bool complete) {
  char hash[17];
  config_hash(hash, tr);
  json_t *meta =
      json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:b}", "kind", "strategy", "name",
                strategy_algorithm_name(tr->t->config->algorithm), "config", hash, "budget",
                (json_int_t)tr->t->order.budget, "decisions", (json_int_t)tr->learner->decisions,
                "iteration", (json_int_t)tr->learner->ppo->iteration, "seed",
                (json_int_t)tr->t->order.seed, "commit", sim_commit(), "complete", complete);
  train_population_describe(meta, tr->population);
  if (complete && tr->deployed) {
    json_object_set(meta, "deployed", tr->deployed);
  }
  return meta;
}

static int add_own(RunBlob *blob, int n, char (*name)[TRAIN_MEMBER_BLOB_NAME],
                   const StrategyTrainer *tr) {
  n += train_population_blobs(blob + n, name, tr->population);
  blob[n++] = (RunBlob){"progress", POL_U8, sizeof *tr->progress, tr->progress};
  blob[n++] = (RunBlob){"weights", POL_F64, STRATEGY_MEMBERS_HERE, tr->weight};
  blob[n++] = (RunBlob){"history", POL_F64, (size_t)tr->histories * STRATEGY_CURVES, tr->history};
  blob[n++] = (RunBlob){"meta", POL_U8, (size_t)tr->metas * sizeof *tr->meta, tr->meta};
  return n;
}

SimStatus strategy_trainer_store(void *training, bool complete, SimError *err) {
  StrategyTrainer *tr = training;
  RunBlob *blob = calloc(BLOBS_MAX, sizeof *blob);
  char(*name)[TRAIN_MEMBER_BLOB_NAME] = calloc(STRATEGY_MEMBERS_HERE, sizeof *name);
  const int learner = blob && name ? strategy_learner_blobs(blob, tr->learner) : 0;
  SimStatus status = learner > 0 ? SIM_OK : sim_error(err, SIM_FAIL, "no memory for a checkpoint");
  if (status == SIM_OK) {
    const int n = add_own(blob, learner, name, tr);
    status = train_save(&tr->session, tr->learner->device, blob, n, describe(tr, complete), err);
    strategy_learner_blobs_free(blob, learner);
  }
  free(blob);
  free(name);
  return status;
}

// ---- restoring

static SimStatus read_books(StrategyTrainer *tr, const RunCheckpoint *file, SimError *err) {
  const size_t history = run_checkpoint_count(file, "history"),
               meta = run_checkpoint_count(file, "meta");
  SimStatus status =
      run_checkpoint_read(tr->progress, file, "progress", POL_U8, sizeof *tr->progress, err);
  status = status ? status
                  : run_checkpoint_read(tr->weight, file, "weights", POL_F64, STRATEGY_MEMBERS_HERE,
                                        err);
  if (status == SIM_OK && (history == SIZE_MAX || history % STRATEGY_CURVES || meta == SIZE_MAX ||
                           meta % sizeof(StrategyMeta))) {
    status = sim_error(err, SIM_BAD_INPUT, "%s: saw no history, wanted one of %d columns",
                       run_checkpoint_path(file), STRATEGY_CURVES);
  }
  if (status == SIM_OK) {
    tr->histories = tr->history_room = (int)(history / STRATEGY_CURVES);
    tr->metas = (int)(meta / sizeof(StrategyMeta));
    tr->history = malloc(history * sizeof(double) + 1);
    tr->meta = malloc(meta + 1);
    status = tr->history && tr->meta ? SIM_OK : sim_error(err, SIM_FAIL, "no memory for a history");
  }
  status =
      status ? status : run_checkpoint_read(tr->history, file, "history", POL_F64, history, err);
  return status ? status : run_checkpoint_read(tr->meta, file, "meta", POL_U8, meta, err);
}

SimStatus strategy_trainer_restore(void *training, bool *complete, SimError *err) {
  StrategyTrainer *tr = training;
  char hash[17];
  config_hash(hash, tr);
  RunCheckpoint *file = train_latest(&tr->session, hash, err);
  if (!file) {
    return err->status;
  }
  // the rules are there already: the configuration has made them
  SimStatus status = train_population_restore(tr->population, &tr->learner->strategy, file, err);
  status = status ? status : read_books(tr, file, err);
  if (status == SIM_OK) {
    strategy_trainer_set_rivals(tr);
    status = strategy_learner_restore(tr->learner, file, err);
  }
  *complete = json_is_true(json_object_get(run_checkpoint_meta(file), "complete"));
  run_checkpoint_destroy(file);
  return status;
}
