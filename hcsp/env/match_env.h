// Matches in which a strategy learns: a batch of rallies, each against a rival that is drawn when
// it starts and stays to its end. Every decision of the learner that was a choice is told to the
// recorder, the point pays +1 or -1 to the decision in force, a rally that the clock ends pays
// nothing and is cut. Against itself, both teams learn.
//
// As an environment (env.h), the caller decides instead of a learner: a step of a match goes on
// until the caller is to choose again, or the rally is over. Each match has its own length of a
// step, and waits for the others.
//
// A match's rallies, rivals and sides depend on (seed, match, number of the rally) alone, hence
// neither on threads nor on what other matches do.
#ifndef HCSP_ENV_MATCH_ENV_H_
#define HCSP_ENV_MATCH_ENV_H_

#include "hcsp/env/env.h"
#include "hcsp/env/game.h"
#include "hcsp/env/match_ahead.h"
#include "hcsp/env/opponent.h"

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
  const PolTeam *team;         // skills and options of both teams
  const PolStrategy *learner;  // NULL: the caller decides, through env_match_env
  int agents;  // of env_match_env: 2, both sides, or 1, the one that the caller plays in a rally
  const SimRules *rules;
  int matches, threads;
  uint64_t seed;
  const PolTeam *guest;  // team of rivals that are guests, NULL: there are none
  bool strict;           // the rivals' drones cannot fault: such points pay nothing
  double draw_cost;      // what a rally costs both teams that runs to the clock; 0: what would have
                         // come stands for its result
  // Where matches live between decisions (match_ahead.h), if they can, or else the skills act
  // beside the processor; NULL: all is the processor's.
  KrnDevice *device;
  int decide_every;  // as for PolPlayOptions
} EnvMatchOptions;

// Who is told what the learner's teams do; row = match * SIM_TEAMS + side.
typedef struct EnvRecorder {
  void *arg;
  // A decision that was a choice, taken at `seconds` of the rally: options and legal bits per head.
  void (*act)(void *arg, int row, double seconds, const float *obs, const uint8_t *option,
              const uint32_t *legal, float log_prob);
  void (*reward)(void *arg, int row, double seconds, double reward);
  // The rally is over; final_obs: what would have been seen next where only the clock ended it.
  void (*end)(void *arg, int row, double seconds, const float *final_obs);
  // Enough has been told until it has been learnt from.
  bool (*full)(const void *arg);
  // After every control step, what the drones of a side did (pol_play_act), and how its rally ended
  // (1, -1 or 0), before `end` is told; NULL: nobody asks.
  void (*step)(void *arg, const SimState *state, const PolAct act[SIM_ROLES],
               const bool acted[SIM_ROLES], int match, SimTeam side);
  void (*finish)(void *arg, const SimState *state, int match, SimTeam side, int result);
} EnvRecorder;

typedef struct EnvMatch EnvMatch;

// NULL and err without memory or when the team cannot play.
EnvMatch *env_match_create(const EnvMatchOptions *options, SimError *err);
void env_match_destroy(EnvMatch *matches);  // NULL is fine

// As an environment whose actions are choices; made without a learner. The caller's sides are asked
// at the start of a rally, and then wherever one of them has a choice; the other may have but one
// option of each head then. Rows of an opponent are masked. With one agent, no opponent may be the
// caller itself.
Env env_match_env(EnvMatch *matches);

// Whom rallies that start from now on may meet; n <= ENV_OPPONENTS_MAX, a positive sum of weights.
void env_match_set_opponents(EnvMatch *matches, const EnvOpponent *rival, int n);
// Share of the points in which a rival's passer is held in the middle; from the next rally on.
void env_match_set_handicap(EnvMatch *matches, double handicap);
// Plays until the recorder is full, which is asked after every control step; in one, every match
// tells at most two decisions and two ends. Ranks that follow one training (hcsp/fleet) play a part
// of the matches each where that pays, unless `step` is asked for, and tell each other; what they
// are told and counts are what one process has.
SimStatus env_match_collect(EnvMatch *matches, const EnvRecorder *recorder, SimError *err);

// Why matches do not live on a device between decisions; NULL: they do.
const char *env_match_why_not_ahead(const EnvMatch *matches);
MatchAheadCount env_match_ahead_count(const EnvMatch *matches);  // zero where they do not
const EnvMatchup *env_match_matchups(const EnvMatch *matches);   // [rivals]
const EnvOptionStats *env_match_option_stats(const EnvMatch *matches);
double env_match_steps(const EnvMatch *matches);  // control steps, sum over the matches
void env_match_clear(EnvMatch *matches);          // forgets results and shares

// All unfinished rallies and counts as bytes; the rivals are to be set before loading. Ranks that
// share matches save together.
size_t env_match_size(const EnvMatch *matches);
void env_match_save(void *out, EnvMatch *matches);
SimStatus env_match_load(EnvMatch *matches, const void *in, SimError *err);

// log p of the chosen options under logits of n[] side by side, of which only legal ones count.
float env_heads_log_prob(const float *logits, const int *n, int heads, const uint8_t *option,
                         const uint32_t *legal);

#endif  // HCSP_ENV_MATCH_ENV_H_
