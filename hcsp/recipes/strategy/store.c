// A checkpoint of a strategy's training: who is in the population, the learner, history and
// counters.
#include <stdlib.h>

#include "hcsp/recipes/strategy/internal.h"

static void serialize_books(StrategyTrainer *tr, RunArchive *ar) {
  const size_t history =
      run_archive_count(ar, "history", (size_t)tr->histories * STRATEGY_CURVES, STRATEGY_CURVES);
  const size_t meta =
      run_archive_count(ar, "meta", (size_t)tr->metas * sizeof *tr->meta, sizeof *tr->meta);
  if (run_archive_reads(ar) && run_archive_ok(ar)) {
    tr->histories = tr->history_room = (int)(history / STRATEGY_CURVES);
    tr->metas = (int)(meta / sizeof *tr->meta);
    tr->history = malloc(history * sizeof(double) + 1);
    tr->meta = malloc(meta + 1);
    if (!tr->history || !tr->meta) {
      run_archive_fail(ar, sim_error(ar->err, SIM_FAIL, "no memory for a history"));
    }
  }
  run_archive_values(ar, "history", POL_F64, history, tr->history);
  run_archive_values(ar, "meta", POL_U8, meta, tr->meta);
}

void strategy_trainer_serialize(void *training, RunArchive *ar) {
  StrategyTrainer *tr = training;
  // the rules are there already: the configuration has made them
  league_population_serialize(ar, tr->population, &tr->learner->strategy);
  run_archive_values(ar, "progress", POL_U8, sizeof *tr->progress, tr->progress);
  run_archive_values(ar, "weights", POL_F64, STRATEGY_MEMBERS_HERE, tr->weight);
  serialize_books(tr, ar);
  if (run_archive_reads(ar) && run_archive_ok(ar)) {
    strategy_trainer_set_rivals(tr);
  } else if (!run_archive_reads(ar) && tr->deployed) {
    json_object_set(ar->meta, "deployed", tr->deployed);
  }
  league_learner_serialize(ar, tr->learner);
}
