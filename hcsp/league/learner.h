// A strategy that learns: networks, matches against opponents, the book of its decisions.
#ifndef HCSP_LEAGUE_LEARNER_H_
#define HCSP_LEAGUE_LEARNER_H_

#include "hcsp/config/strategy.h"
#include "hcsp/env/match_env.h"
#include "hcsp/league/guess.h"
#include "hcsp/league/population.h"
#include "hcsp/league/tournament.h"
#include "hcsp/learn/ppo.h"
#include "hcsp/learn/strike_reward.h"
#include "hcsp/learn/trajectory.h"
#include "hcsp/run/archive.h"
#include "sim/base/log.h"

typedef struct LeagueLearnerOptions {
  const EnvGame *game;  // NULL: volleyball
  const StrategyConfig *config;
  const SimModel *model;
  const PolTeam *team;  // skills and options
  const SimRules *rules;
  int threads;
  const char *device;  // for krn_device_open
  uint64_t seed;
  const PolFile *start;   // network to start from, NULL: drawn
  const PolNet *critic;   // of that network's learner; NULL: a new one
  const PolTeam *guest;   // as for EnvMatchOptions
  LearnStrikes *strikes;  // skills of the learner's side that learn, too; NULL: none
  bool strict;            // as for EnvMatchOptions
  SimProgress *progress;  // of best responses, told on stderr; NULL: not told
  double before;          // decisions of that progress before this one
} LeagueLearnerOptions;

typedef struct LeagueLearner {
  LeagueLearnerOptions options;
  KrnDevice *device;
  Ppo *ppo;
  PolFile file;          // what it would be stored as; the network is the actor's host copy
  PolStrategy strategy;  // as it plays: by its network, or as the rule that it imitates
  EnvMatch *matches;
  Trajectory *book;
  LeagueGuess *guess;      // or NULL
  double guess_explained;  // of the last update
  int64_t decisions;
  bool disposable;  // nobody resumes it: a batch ends, too, when it is interrupted
} LeagueLearner;

// NULL and err without memory, or when options->start does not fit the team's table.
LeagueLearner *league_learner_create(const LeagueLearnerOptions *options, SimError *err);
void league_learner_destroy(LeagueLearner *learner);  // NULL is fine

// From now on it plays as `rule` does and learns to choose likewise: supervised, while its critic
// learns what that is worth. NULL: it plays by its network and learns from the points.
void league_learner_imitate(LeagueLearner *learner, const PolStrategy *rule);

// The two halves of an update: play until there is a batch, or until a skill that learns, too, has
// its own; then learn from what is stored, which is at least one decision.
SimStatus league_learner_collect(LeagueLearner *learner, SimError *err);
SimStatus league_learner_learn(PpoStats *figures, LeagueLearner *learner, double done,
                               SimError *err);
// One batch and one update. done = share of the budget that was spent before it.
SimStatus league_learner_update(PpoStats *figures, LeagueLearner *learner, double done,
                                SimError *err);

// Everything that goes on; for reading, the opponents have been set.
void league_learner_serialize(RunArchive *archive, LeagueLearner *learner);

// Trains a best response to target, from options->start or from nothing, for budget[n - 1]
// decisions. file[n] are the caller's: what it was after each budget, which rise; the learning rate
// falls towards the last. *late: its points of the last half of the training.
SimStatus league_best_response(PolFile **file, LeagueScore *late,
                               const LeagueLearnerOptions *options, const LeaguePlayer *target,
                               const int64_t *budget, int n, SimError *err);

#endif  // HCSP_LEAGUE_LEARNER_H_
