// What every part of a flat policy's training asks of it: how it goes about it, whom it may meet.
#include "hcsp/recipes/flat/internal.h"

#include <assert.h>

bool flat_responds(const FlatTrainer *tr) {
  return tr->t->config->algorithm != FLAT_SP;
}

LeagueTournament flat_arena(const FlatTrainer *tr, uint64_t purpose) {
  return (LeagueTournament){.model = tr->engine.learn,
                            .team = tr->learner->team,
                            .rules = tr->rules,
                            .seed = tr->t->order.seed + purpose,
                            .threads = tr->t->order.threads};
}

static const char *const CURVES[FLAT_CURVES] = {
    "decisions", "match_steps", "cpu_seconds", "pool",     "response", "length", "hits",
    "legal",     "over",        "received",    "returned", "std",      "kl",     "explained"};

const char *flat_curve_name(FlatCurve curve) {
  assert(curve < FLAT_CURVES);
  return CURVES[curve];
}

void flat_set_rivals(FlatTrainer *tr) {
  const LeaguePopulation *p = tr->population;
  assert(p->n <= POL_MIXTURE_MAX);
  EnvOpponent rival[POL_MIXTURE_MAX + 1] = {{.strategy = NULL}};
  const bool pool = flat_responds(tr) && p->n > 0;
  rival[0].weight = !pool;
  for (int i = 0; pool && i < p->n; i++) {
    rival[1 + i] = (EnvOpponent){.strategy = &p->member[i]->strategy, .weight = tr->weight[i]};
  }
  tr->learner->ppo.env.ops->set_opponents(tr->learner->env, rival, pool ? 1 + p->n : 1);
}
