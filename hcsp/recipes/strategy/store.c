// A checkpoint of a strategy's training: who is in the population, the learner, counters.
#include <stdlib.h>

#include "hcsp/recipes/strategy/internal.h"

static void serialize_metas(StrategyTrainer *tr, RunArchive *ar) {
  const size_t n =
      run_archive_count(ar, "meta", (size_t)tr->metas * sizeof *tr->meta, sizeof *tr->meta);
  if (run_archive_reads(ar) && run_archive_ok(ar)) {
    tr->metas = (int)(n / sizeof *tr->meta);
    tr->meta = sim_new(n + 1, 1);
  }
  run_archive_values(ar, "meta", POL_U8, n, tr->meta);
}

void strategy_trainer_serialize(void *training, RunArchive *ar) {
  StrategyTrainer *tr = training;
  // the rules are there already: the configuration has made them
  league_population_serialize(ar, tr->population, &tr->learner->strategy);
  run_archive_values(ar, "progress", POL_U8, sizeof *tr->progress, tr->progress);
  run_archive_values(ar, "weights", POL_F64, LEAGUE_POPULATION_MAX, tr->weight);
  serialize_metas(tr, ar);
  if (run_archive_reads(ar) && run_archive_ok(ar)) {
    strategy_trainer_set_opponents(tr);
  } else if (!run_archive_reads(ar) && tr->deployed) {
    json_object_set(ar->meta, "deployed", tr->deployed);
  }
  league_learner_serialize(ar, tr->learner);
}
