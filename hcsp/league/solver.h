// Meta-solvers: how much each member of a population counts, given who beats whom.
#ifndef HCSP_LEAGUE_SOLVER_H_
#define HCSP_LEAGUE_SOLVER_H_

#include "hcsp/league/payoff.h"

typedef enum LeagueSolver {
  LEAGUE_SOLVER_NAIVE,          // the newest alone: plain self-play
  LEAGUE_SOLVER_FSP,            // all alike: fictitious self-play
  LEAGUE_SOLVER_DELTA_UNIFORM,  // the newer half alike
  LEAGUE_SOLVER_NASH,           // maximum-entropy Nash mixture
  LEAGUE_SOLVERS,
} LeagueSolver;

// Whether its weights depend on results at all; the others count members alone.
bool league_solver_reads_payoffs(LeagueSolver solver);

// weight[payoff->n], a probability distribution; members are ordered from the oldest to the newest.
// SIM_BAD_INPUT for an empty table; nash fails as league_nash_solve does.
SimStatus league_solver_weights(double *weight, LeagueSolver solver, const LeaguePayoff *payoff,
                                SimError *err);

#endif  // HCSP_LEAGUE_SOLVER_H_
