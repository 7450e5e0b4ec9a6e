// Every pair of a list of teams plays the same number of points in each side x server cell, from
// the same starts: rally k of every cell draws the same numbers, so that luck is shared and the
// result does not depend on the order of the teams. Every point is played to its end.
#ifndef HCSP_EVAL_PAIRS_H_
#define HCSP_EVAL_PAIRS_H_

#include "hcsp/league/payoff.h"
#include "policies/play.h"

typedef struct HcspPairsOptions {
  const SimModel *model;
  const PolTeam *const *team;  // [teams]
  int teams;
  const SimRules *rules;
  uint64_t seed;
  int points;  // a pair; a multiple of HCSP_CELLS
  int threads;
  bool progress;  // show a progress line
} HcspPairsOptions;

// How one pair played. Of two numbers the first is the first team's.
typedef struct HcspPair {
  int team[2];                   // numbers of the teams
  HcspScore cell[HCSP_CELLS];    // as the first team sees them
  int lost[2][SIM_EVENT_KINDS];  // reasons of the points that each team lost
  int drawn[SIM_EVENT_KINDS];    // reasons of the draws
  double steps, hits;            // sums over the points: control steps, legal touches
  double team_hits[2];           // of those, each team's
  int again[2];                  // points in which a team touched the ball legally more than once
} HcspPair;

// Pairs of n teams.
int hcsp_pairs_count(int teams);

// Plays all pairs and fills pair[hcsp_pairs_count(teams)], ordered (0,1) (0,2) ... (1,2) ...
// SIM_INTERRUPTED after hcsp_interrupted() became true. On failure nothing in pair is to be used.
SimStatus hcsp_pairs_play(HcspPair *pair, const HcspPairsOptions *options, SimError *err);

// Adds the scores of a pair to a table in which the teams have the same numbers.
void hcsp_pair_count(HcspPayoff *payoff, const HcspPair *pair);

#endif  // HCSP_EVAL_PAIRS_H_
