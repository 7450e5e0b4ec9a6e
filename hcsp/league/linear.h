// The two linear programs of a symmetric zero-sum game, by GLPK. It is kept silent, and what it
// would abort the process for becomes a status.
#ifndef HCSP_LEAGUE_LINEAR_H_
#define HCSP_LEAGUE_LINEAR_H_

#include "sim/base/status.h"

// game[n * n] by rows, antisymmetric, entries within -1..1. x >= 0 is an optimal mixture exactly
// when no entry of game * x is positive.
typedef enum LeagueProgram {
  // x sums to 1 and the largest entry of game * x is as small as can be
  LEAGUE_PROGRAM_OPTIMAL,
  // the same in rational arithmetic: seconds for 64 members, but never wrong by more than 1e-10
  LEAGUE_PROGRAM_EXACT,
  // no entry of game * x is positive and every x[i] - (game * x)[i] is at least 1: what any optimal
  // mixture uses is used, and everything else loses against x, which sums to what it must (Tucker,
  // Dual systems of homogeneous linear relations, 1956)
  LEAGUE_PROGRAM_STRICT,
} LeagueProgram;

// Fills x[n] with the answer of a program, within GLPK's tolerances. SIM_FAIL when GLPK finds none.
SimStatus league_linear_solve(double *x, LeagueProgram program, const double *game, int n,
                              SimError *err);

#endif  // HCSP_LEAGUE_LINEAR_H_
