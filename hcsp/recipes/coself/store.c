// A checkpoint of the first part: the skills with their strikes in flight, the strategy that learns
// with its matches.
#include "hcsp/recipes/coself/internal.h"

#include <assert.h>

void coself_joint_serialize(void *together, RunArchive *ar) {
  assert(((const CoselfJoint *)together)->skills == ((const CoselfJoint *)together)->slots);
  CoselfJoint *g = together;
  for (int k = 0; k < g->skills; k++) {
    coself_skill_serialize(ar, &g->skill[k]);
  }
  void *strikes = run_archive_bytes(ar, "strikes", learn_strikes_size(g->strikes));
  if (strikes && run_archive_reads(ar)) {
    learn_strikes_load(g->strikes, strikes);
  } else if (strikes) {
    learn_strikes_save(strikes, g->strikes);
  }
  league_learner_serialize(ar, g->learner);
}
