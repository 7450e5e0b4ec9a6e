// Matches in which a strategy learns: a batch of rallies, each against a rival that is drawn when
// it starts and stays to its end. Every decision of the learner that was a choice goes to the book
// (decisions.h), the point pays +1 or -1 to the decision in force, a rally that the clock ends pays
// nothing and is cut. Against itself, both teams learn.
//
// A match's rallies, rivals and sides depend on (seed, match, number of the rally) alone, hence
// neither on threads nor on what other matches do.
#ifndef HCSP_ENV_MATCH_ENV_H_
#define HCSP_ENV_MATCH_ENV_H_

#include "hcsp/env/game.h"
#include "hcsp/env/opponent.h"
#include "hcsp/env/strike_reward.h"
#include "hcsp/learn/trajectory.h"

// What the learner did.
typedef struct EnvOptionStats {
  double taken[POL_HEADS_MAX][POL_OPTIONS_MAX];    // chosen where there was a choice
  double strikes[POL_HEADS_MAX][POL_OPTIONS_MAX];  // touches while the option was in force
  double kills[POL_HEADS_MAX][POL_OPTIONS_MAX];    // of those, won before the ball came back
  double reasons[SIM_EVENT_KINDS];                 // how rallies ended
} EnvOptionStats;

typedef struct EnvMatchOptions {
  const EnvGame *game;  // NULL: volleyball
  const SimModel *model;
  const PolTeam *team;  // skills and options of both teams
  const PolStrategy *learner;
  const SimRules *rules;
  int matches, threads;
  uint64_t seed;
  const PolTeam *guest;  // team of rivals that are guests, NULL: there are none
  EnvStrikes *strikes;   // skills of the learner's side that learn, too; NULL: none
  bool strict;           // the rivals' drones cannot fault: such points pay nothing
  KrnDevice *device;     // where the skills act beside the processor; NULL: on the processor
  int decide_every;      // as for PolPlayOptions
} EnvMatchOptions;

typedef struct EnvMatch EnvMatch;

// NULL and err without memory or when the team cannot play.
EnvMatch *env_match_create(const EnvMatchOptions *options, SimError *err);
void env_match_destroy(EnvMatch *matches);  // NULL is fine

// Whom rallies that start from now on may meet; n <= ENV_OPPONENTS_MAX, a positive sum of weights.
void env_match_set_opponents(EnvMatch *matches, const EnvOpponent *rival, int n);
// Share of the points in which a rival's passer is held in the middle; from the next rally on.
void env_match_set_handicap(EnvMatch *matches, double handicap);
// Plays until at least `wanted` decisions are stored or a skill that learns has its batch. The book
// has room for four more per match.
SimStatus env_match_collect(EnvMatch *matches, Trajectory *decisions, int wanted, SimError *err);

const EnvMatchup *env_match_matchups(const EnvMatch *matches);  // [rivals]
const EnvOptionStats *env_match_option_stats(const EnvMatch *matches);
double env_match_steps(const EnvMatch *matches);  // control steps, sum over the matches
void env_match_clear(EnvMatch *matches);          // forgets results and shares

// All unfinished rallies and counts as bytes; the rivals are to be set before loading.
size_t env_match_size(const EnvMatch *matches);
void env_match_save(void *out, EnvMatch *matches);
SimStatus env_match_load(EnvMatch *matches, const void *in, SimError *err);

// log p of the chosen options under logits of n[] side by side, of which only legal ones count.
float env_heads_log_prob(const float *logits, const int *n, int heads, const uint8_t *option,
                         const uint32_t *legal);

#endif  // HCSP_ENV_MATCH_ENV_H_
