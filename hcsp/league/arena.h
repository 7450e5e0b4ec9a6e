// Measuring strategies against each other with the same skills: many pairs in one batch of matches,
// the same number of points in each side x server cell, rally k of every cell from the same start,
// every point to its end.
#ifndef HCSP_LEAGUE_ARENA_H_
#define HCSP_LEAGUE_ARENA_H_

#include "hcsp/league/game.h"
#include "hcsp/league/payoff.h"

// A strategy, or a mixture of which one is drawn per point.
typedef struct HcspPlayer {
  int n;
  const PolStrategy *strategy[POL_MIXTURE_MAX];
  double weight[POL_MIXTURE_MAX];  // of any positive sum
} HcspPlayer;

// One pair. steps, hits and timeouts are sums over its points.
typedef struct HcspBout {
  HcspPlayer first, second;
  int points;                  // a multiple of HCSP_CELLS
  HcspScore cell[HCSP_CELLS];  // as the first sees them
  double steps, hits, timeouts;
} HcspBout;

typedef struct HcspArena {
  const HcspGame *game;  // NULL: volleyball
  const SimModel *model;
  const PolTeam *team;  // skills and options of both
  const SimRules *rules;
  uint64_t seed;
  int threads;
  bool progress;  // told on stderr
} HcspArena;

// Plays n bouts and fills in their results. SIM_INTERRUPTED after hcsp_interrupted() became true.
SimStatus hcsp_arena_play(HcspBout *bout, int n, const HcspArena *arena, SimError *err);

// Sum over the cells.
HcspScore hcsp_bout_total(const HcspBout *bout);
// One strategy as a player.
HcspPlayer hcsp_player(const PolStrategy *strategy);

#endif  // HCSP_LEAGUE_ARENA_H_
