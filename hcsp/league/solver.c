// Rules of the published population loop (hcsp/README.md 5.7), but for nash, which is made
// unique and checked.
#include "hcsp/league/solver.h"

#include <stdlib.h>
#include <string.h>

#include "hcsp/league/nash.h"

#define DELTA 0.5  // share of the oldest members that delta_uniform leaves out

static const char *const NAMES[HCSP_SOLVERS] = {"naive", "fsp", "delta_uniform", "nash"};

const char *hcsp_solver_name(HcspSolver solver) {
  return NAMES[solver];
}

int hcsp_solver_find(const char *name) {
  for (int i = 0; i < HCSP_SOLVERS; i++) {
    if (strcmp(name, NAMES[i]) == 0) {
      return i;
    }
  }
  return -1;
}

// the last `members` of n alike
static void spread(double *weight, int n, int members) {
  for (int i = 0; i < n; i++) {
    weight[i] = i < n - members ? 0 : 1.0 / members;
  }
}

static SimStatus solve_nash(double *weight, const HcspPayoff *payoff, SimError *err) {
  const size_t n = (size_t)payoff->n;
  double *value = calloc(n * n, sizeof *value);
  if (!value) {
    return sim_error(err, SIM_FAIL, "no memory for the game of %zu members", n);
  }
  hcsp_payoff_values(value, payoff);
  double gap;
  const SimStatus status = hcsp_nash_solve(weight, &gap, value, payoff->n, err);
  free(value);
  return status;
}

SimStatus hcsp_solver_weights(double *weight, HcspSolver solver, const HcspPayoff *payoff,
                              SimError *err) {
  const int n = payoff->n;
  if (n < 1) {
    return sim_error(err, SIM_BAD_INPUT, "an empty payoff table; wanted at least one member");
  }
  switch (solver) {
  case HCSP_SOLVER_NAIVE:
    spread(weight, n, 1);
    return SIM_OK;
  case HCSP_SOLVER_DELTA_UNIFORM:
    spread(weight, n, n - (int)(n * DELTA));
    return SIM_OK;
  case HCSP_SOLVER_NASH:
    return solve_nash(weight, payoff, err);
  case HCSP_SOLVER_FSP:
  case HCSP_SOLVERS:
    break;
  }
  spread(weight, n, n);
  return SIM_OK;
}
