// Measuring strategies against each other with the same skills: many pairs in one batch of matches,
// the same number of points in each side x server cell, rally k of every cell from the same start,
// every point to its end.
#ifndef HCSP_LEAGUE_TOURNAMENT_H_
#define HCSP_LEAGUE_TOURNAMENT_H_

#include "hcsp/env/game.h"
#include "hcsp/league/payoff.h"

// A strategy, or a mixture of which one is drawn per point.
typedef struct LeaguePlayer {
  int n;
  const PolStrategy *strategy[POL_MIXTURE_MAX];
  double weight[POL_MIXTURE_MAX];  // of any positive sum
} LeaguePlayer;

// One pair. steps, hits and timeouts are sums over its points.
typedef struct LeaguePairing {
  LeaguePlayer first, second;
  int points;                      // a multiple of LEAGUE_CELLS
  LeagueScore cell[LEAGUE_CELLS];  // as the first sees them
  double steps, hits, timeouts;
} LeaguePairing;

typedef struct LeagueTournament {
  const EnvGame *game;  // NULL: volleyball
  const SimModel *model;
  const PolTeam *team;  // skills and options of both
  const SimRules *rules;
  uint64_t seed;
  int threads;
  bool progress;  // told on stderr
} LeagueTournament;

// Plays n pairings and fills in their results. SIM_INTERRUPTED after run_interrupted() became true.
SimStatus league_tournament_play(LeaguePairing *pairing, int n, const LeagueTournament *tournament,
                                 SimError *err);

// Sum over the cells.
LeagueScore league_pairing_total(const LeaguePairing *pairing);
// One strategy as a player.
LeaguePlayer league_player(const PolStrategy *strategy);

#endif  // HCSP_LEAGUE_TOURNAMENT_H_
