// A checkpoint of a flat policy's training: who is in the population, the learner, history and
// counters.
#include <stdlib.h>

#include "hcsp/recipes/flat/internal.h"

static void serialize_history(FlatTrainer *tr, RunArchive *ar) {
  const size_t n =
      run_archive_count(ar, "history", (size_t)tr->histories * FLAT_CURVES, FLAT_CURVES);
  if (run_archive_reads(ar) && run_archive_ok(ar)) {
    tr->histories = tr->history_room = (int)(n / FLAT_CURVES);
    tr->history = malloc(n * sizeof(double) + 1);
    if (!tr->history) {
      run_archive_fail(ar, sim_error(ar->err, SIM_FAIL, "no memory for a history"));
    }
  }
  run_archive_values(ar, "history", POL_F64, n, tr->history);
}

void flat_serialize(void *training, RunArchive *ar) {
  FlatTrainer *tr = training;
  league_population_serialize(ar, tr->population, &tr->learner->strategy);
  if (run_archive_reads(ar) && run_archive_ok(ar) && tr->population->n > POL_MIXTURE_MAX) {
    run_archive_fail(ar,
                     sim_error(ar->err, SIM_BAD_INPUT, "%s: saw %d policies, wanted at most %d",
                               run_checkpoint_path(ar->file), tr->population->n, POL_MIXTURE_MAX));
  }
  run_archive_values(ar, "progress", POL_U8, sizeof *tr->progress, tr->progress);
  run_archive_values(ar, "weights", POL_F64, LEAGUE_POPULATION_MAX, tr->weight);
  serialize_history(tr, ar);
  if (run_archive_reads(ar) && run_archive_ok(ar)) {
    flat_set_rivals(tr);
  }
  flat_learner_serialize(ar, tr->learner);
}
