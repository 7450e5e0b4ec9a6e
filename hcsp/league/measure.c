#include "hcsp/league/measure.h"

#include <stdlib.h>

// books what the newest has scored, keeps in list the pairs that need more; returns how many
static int book(HcspPopulation *p, int newest, int *list, const HcspBout *bout, int n,
                const HcspMeasure *m) {
  int left = 0;
  for (int i = 0; i < n; i++) {
    for (int k = 0; k < HCSP_CELLS; k++) {
      hcsp_payoff_add(p->payoff, newest, list[i], k, &bout[i].cell[k]);
    }
    const HcspScore total = hcsp_payoff_total(p->payoff, newest, list[i]);
    double low, high;
    hcsp_score_win_rate(&low, &high, &total);
    if (high - low > m->width && hcsp_score_points(&total) < m->points_max) {
      list[left++] = list[i];
    }
  }
  return left;
}

SimStatus hcsp_population_measure(HcspPopulation *p, HcspMemberKind kind, const HcspMeasure *m,
                                  SimError *err) {
  int list[HCSP_POPULATION_MAX], n = hcsp_population_list(list, p, kind) - 1;
  const int newest = list[n];
  HcspBout *bout = calloc((size_t)n + 1, sizeof *bout);
  if (!bout) {
    return sim_error(err, SIM_FAIL, "no memory for %d pairs", n);
  }
  SimStatus status = SIM_OK;
  for (int round = 0; status == SIM_OK && n > 0; round++) {
    for (int i = 0; i < n; i++) {
      bout[i] = (HcspBout){.first = hcsp_player(&p->member[newest]->strategy),
                           .second = hcsp_player(&p->member[list[i]]->strategy),
                           .points = m->points};
    }
    HcspArena arena = m->arena;
    arena.seed += (uint64_t)round;
    status = hcsp_arena_play(bout, n, &arena, err);
    n = status == SIM_OK ? book(p, newest, list, bout, n, m) : n;
  }
  free(bout);
  return status;
}

SimStatus hcsp_population_solve(double weight[HCSP_POPULATION_MAX], const HcspPopulation *p,
                                HcspMemberKind kind, HcspSolver solver, SimError *err) {
  int list[HCSP_POPULATION_MAX];
  const int n = hcsp_population_list(list, p, kind);
  double solved[HCSP_POPULATION_MAX];
  HcspPayoff *part = hcsp_payoff_create(err);
  SimStatus status = part ? SIM_OK : SIM_FAIL;
  for (int i = 0; status == SIM_OK && i < n; i++) {
    status = hcsp_payoff_grow(part, p->member[list[i]]->name, err);
    for (int j = 0; status == SIM_OK && j < i; j++) {
      for (int k = 0; k < HCSP_CELLS; k++) {
        hcsp_payoff_add(part, i, j, k, hcsp_payoff_cell(p->payoff, list[i], list[j], k));
      }
    }
  }
  if (status == SIM_OK) {
    status = hcsp_solver_weights(solved, solver, part, err);
  }
  for (int i = 0; status == SIM_OK && i < n; i++) {
    weight[list[i]] = solved[i];
  }
  hcsp_payoff_destroy(part);
  return status;
}
