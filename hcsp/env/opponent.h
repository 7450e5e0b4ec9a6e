// Whom a learner meets, and what came of it.
#ifndef HCSP_ENV_OPPONENT_H_
#define HCSP_ENV_OPPONENT_H_

#include "hcsp/env/score.h"
#include "policies/strategy.h"

enum { ENV_OPPONENTS_MAX = 576 };

// Whom the learner may meet. Numbers of opponents stay what they are; their weights change.
typedef struct EnvOpponent {
  const PolStrategy *strategy;  // NULL: the learner itself
  double weight;                // share of the rallies, over the sum of all weights
  bool watched;                 // points are counted, nothing is learnt from them
  bool guest;                   // plays with the skills and options of the external team
} EnvOpponent;

// Results against one opponent. Against itself a rally is one win and one loss.
typedef struct EnvMatchup {
  EnvScore score[ENV_CELLS];
  double steps, hits;
} EnvMatchup;

// Whom rally number `rally` of a match meets, and on which side the learner plays then.
int env_opponent_draw(SimTeam *side, const EnvOpponent *opponent, int n, uint64_t seed,
                      uint32_t match, uint32_t rally);
// Counts a rally that is over for the sides that the learner played.
void env_matchup_count(EnvMatchup *matchup, const SimReferee *ref, const uint8_t learns[SIM_TEAMS]);
// Sum over the cells of n matchups.
EnvScore env_matchup_total(const EnvMatchup *matchup, int n);

#endif  // HCSP_ENV_OPPONENT_H_
