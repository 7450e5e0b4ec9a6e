// What every part of a flat policy's training asks of it: how it goes about it, whom it may meet.
#include "hcsp/stages/flat/internal.h"

bool hcsp_flat_responds(const HcspFlatTrainer *tr) {
  return tr->t->config->algorithm != HCSP_FLAT_SP;
}

HcspArena hcsp_flat_arena(const HcspFlatTrainer *tr, uint64_t purpose) {
  return (HcspArena){.model = tr->model,
                     .team = tr->learner->team,
                     .rules = tr->rules,
                     .seed = tr->t->order.seed + purpose,
                     .threads = tr->t->order.threads};
}

static const char *const CURVES[HCSP_FLAT_CURVES] = {
    "decisions", "match_steps", "cpu_seconds", "pool",     "response", "length", "hits",
    "legal",     "over",        "received",    "returned", "std",      "kl",     "explained"};

const char *hcsp_flat_curve_name(HcspFlatCurve curve) {
  return CURVES[curve];
}

void hcsp_flat_set_rivals(HcspFlatTrainer *tr) {
  const HcspPopulation *p = tr->population;
  HcspRival rival[POL_MIXTURE_MAX + 1] = {{.strategy = NULL}};
  const bool pool = hcsp_flat_responds(tr) && p->n > 0;
  rival[0].weight = !pool;
  for (int i = 0; pool && i < p->n; i++) {
    rival[1 + i] = (HcspRival){.strategy = &p->member[i]->strategy, .weight = tr->weight[i]};
  }
  hcsp_flat_rallies_set_rivals(tr->learner->rallies, rival, pool ? 1 + p->n : 1);
}
