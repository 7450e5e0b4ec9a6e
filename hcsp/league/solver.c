// Rules of the published population loop (hcsp/README.md 5.7), but for nash, which is made
// unique and checked.
#include "hcsp/league/solver.h"

#include <assert.h>
#include <stdlib.h>

#include "hcsp/league/nash.h"

#define DELTA 0.5  // share of the oldest members that delta_uniform leaves out

bool league_solver_reads_payoffs(LeagueSolver solver) {
  assert(solver < LEAGUE_SOLVERS);
  return solver == LEAGUE_SOLVER_NASH;
}

// the last `members` of n alike
static void spread(double *weight, int n, int members) {
  assert(members >= 1 && members <= n);
  for (int i = 0; i < n; i++) {
    weight[i] = i < n - members ? 0 : 1.0 / members;
  }
}

static SimStatus solve_nash(double *weight, const LeaguePayoff *payoff, SimError *err) {
  const size_t n = (size_t)payoff->n;
  double *value = sim_new(n * n, sizeof *value);
  league_payoff_values(value, payoff);
  double gap;
  const SimStatus status = league_nash_solve(weight, &gap, value, payoff->n, err);
  free(value);
  return status;
}

SimStatus league_solver_weights(double *weight, LeagueSolver solver, const LeaguePayoff *payoff,
                                SimError *err) {
  const int n = payoff->n;
  if (n < 1) {
    return sim_error(err, SIM_BAD_INPUT, "an empty payoff table; wanted at least one member");
  }
  switch (solver) {
  case LEAGUE_SOLVER_NAIVE:
    spread(weight, n, 1);
    return SIM_OK;
  case LEAGUE_SOLVER_DELTA_UNIFORM:
    spread(weight, n, n - (int)(n * DELTA));
    return SIM_OK;
  case LEAGUE_SOLVER_NASH:
    return solve_nash(weight, payoff, err);
  case LEAGUE_SOLVER_FSP:
  case LEAGUE_SOLVERS:
    break;
  }
  spread(weight, n, n);
  return SIM_OK;
}
