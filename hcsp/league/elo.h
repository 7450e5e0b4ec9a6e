// Elo ratings of all members at once: maximum likelihood of the Bradley-Terry model over the whole
// table, a draw being half a win and half a loss. Unlike ratings updated game by game, the order of
// games does not matter.
#ifndef HCSP_LEAGUE_ELO_H_
#define HCSP_LEAGUE_ELO_H_

#include "hcsp/league/payoff.h"

#define LEAGUE_ELO_MEAN 1000.0
// Points that every member is taken to have drawn against an average opponent: keeps the ratings of
// whitewashed and unplayed members finite, and is too little to show otherwise.
#define LEAGUE_ELO_PRIOR 0.5

// 400 rating points are odds of 10. low and high are 95 % intervals about the rating relative to
// the mean of all, from the Fisher information; draws are counted as coin flips, which makes them
// wide.
typedef struct LeagueElo {
  double rating, low, high;
} LeagueElo;

// elo[payoff->n], mean LEAGUE_ELO_MEAN. SIM_BAD_INPUT for an empty table, SIM_FAIL without memory.
SimStatus league_elo_rate(LeagueElo *elo, const LeaguePayoff *payoff, SimError *err);

#endif  // HCSP_LEAGUE_ELO_H_
