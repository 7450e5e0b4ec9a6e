// The maximum-entropy Nash mixture of a symmetric zero-sum game. It is unique, so that members that
// play alike count alike and copies of a member gain nothing (Nash averaging; Balduzzi et al.,
// Re-evaluating evaluation, 2018).
#ifndef HCSP_LEAGUE_NASH_H_
#define HCSP_LEAGUE_NASH_H_

#include "sim/base/status.h"

enum { LEAGUE_NASH_MAX = 1024 };
#define LEAGUE_NASH_GAP 1e-9  // largest gap of an accepted answer, payoffs scaled to -1..1

// payoff[n * n] by rows, row against column, in any unit; what is not antisymmetric about a
// constant is made so: the game played is (payoff - its transpose) / 2. weight[n] gets a
// probability distribution. *gap is what the best answer to it gains, divided by the largest payoff
// of that game; it is at most LEAGUE_NASH_GAP. Payoffs closer than about 1e-11 to a tie count as
// tied; where that cannot be told (differences of 1e-10 to 1e-7 between many members) the answer is
// optimal but may lack the largest entropy. Deterministic. SIM_BAD_INPUT when n is
// not 1..LEAGUE_NASH_MAX or an entry is not finite, SIM_FAIL without memory or when no answer
// within the gap was found; weight is then untouched.
SimStatus league_nash_solve(double *weight, double *gap, const double *payoff, int n,
                            SimError *err);

#endif  // HCSP_LEAGUE_NASH_H_
