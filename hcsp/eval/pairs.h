// Every pair of a list of teams plays the same number of points in each side x server cell, from
// the same starts: rally k of every cell draws the same numbers, so that luck is shared and the
// result does not depend on the order of the teams. Every point is played to its end.
#ifndef HCSP_EVAL_PAIRS_H_
#define HCSP_EVAL_PAIRS_H_

#include "hcsp/league/payoff.h"
#include "policies/play.h"

typedef struct EvalPairsOptions {
  const SimModel *model;
  const PolTeam *const *team;  // [teams]
  int teams;
  const SimRules *rules;
  uint64_t seed;
  int points;  // a pair; a multiple of LEAGUE_CELLS
  int threads;
  bool progress;  // show a progress line
} EvalPairsOptions;

// How one pair played. Of two numbers the first is the first team's.
typedef struct EvalPair {
  int team[2];                     // numbers of the teams
  LeagueScore cell[LEAGUE_CELLS];  // as the first team sees them
  int lost[2][SIM_EVENT_KINDS];    // reasons of the points that each team lost
  int drawn[SIM_EVENT_KINDS];      // reasons of the draws
  double steps, hits;              // sums over the points: control steps, legal touches
  double team_hits[2];             // of those, each team's
  int again[2];                    // points in which a team touched the ball legally more than once
} EvalPair;

// Pairs of n teams.
int eval_pairs_count(int teams);

// Plays all pairs and fills pair[eval_pairs_count(teams)], ordered (0,1) (0,2) ... (1,2) ...
// SIM_INTERRUPTED after run_interrupted() became true. On failure nothing in pair is to be used.
SimStatus eval_pairs_play(EvalPair *pair, const EvalPairsOptions *options, SimError *err);

// Adds the scores of a pair to a table in which the teams have the same numbers.
void eval_pair_count(LeaguePayoff *payoff, const EvalPair *pair);

#endif  // HCSP_EVAL_PAIRS_H_
