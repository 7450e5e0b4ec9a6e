// Meta-solvers: how much each member of a population counts, given who beats whom.
#ifndef HCSP_LEAGUE_SOLVER_H_
#define HCSP_LEAGUE_SOLVER_H_

#include "hcsp/league/payoff.h"

typedef enum HcspSolver {
  HCSP_SOLVER_NAIVE,          // the newest alone: plain self-play
  HCSP_SOLVER_FSP,            // all alike: fictitious self-play
  HCSP_SOLVER_DELTA_UNIFORM,  // the newer half alike
  HCSP_SOLVER_NASH,           // maximum-entropy Nash mixture
  HCSP_SOLVERS,
} HcspSolver;

const char *hcsp_solver_name(HcspSolver solver);  // "naive", "fsp", "delta_uniform", "nash"
// -1 for another name.
int hcsp_solver_find(const char *name);

// weight[payoff->n], a probability distribution; members are ordered from the oldest to the newest.
// SIM_BAD_INPUT for an empty table; nash fails as hcsp_nash_solve does.
SimStatus hcsp_solver_weights(double *weight, HcspSolver solver, const HcspPayoff *payoff,
                              SimError *err);

#endif  // HCSP_LEAGUE_SOLVER_H_
