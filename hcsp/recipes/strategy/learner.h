// A strategy that learns: networks, matches against rivals, the book of its decisions.
#ifndef HCSP_RECIPES_STRATEGY_LEARNER_H_
#define HCSP_RECIPES_STRATEGY_LEARNER_H_

#include "hcsp/env/match_env.h"
#include "hcsp/league/population.h"
#include "hcsp/league/tournament.h"
#include "hcsp/learn/ppo.h"
#include "hcsp/recipes/strategy/config.h"
#include "hcsp/run/archive.h"
#include "sim/base/log.h"

typedef struct StrategyLearnerOptions {
  const EnvGame *game;  // NULL: volleyball
  const StrategyConfig *config;
  const SimModel *model;
  const PolTeam *team;  // skills and options
  const SimRules *rules;
  int threads;
  const char *device;  // for krn_device_open
  uint64_t seed;
  const PolFile *start;  // network to start from, NULL: drawn
  const PolNet *critic;  // of that network's learner; NULL: a new one
  const PolTeam *guest;  // as for EnvMatchOptions, like the next two
  EnvStrikes *strikes;
  bool strict;
  SimProgress *progress;  // of best responses, told on stderr; NULL: not told
  double before;          // decisions of that progress before this one
} StrategyLearnerOptions;

typedef struct StrategyLearner {
  StrategyLearnerOptions options;
  KrnDevice *device;
  Ppo *ppo;
  PolFile file;          // what it would be stored as; the network is the actor's host copy
  PolStrategy strategy;  // as it plays
  EnvMatch *matches;
  Trajectory *book;
  float *advantage, *wanted;
  int64_t decisions;
} StrategyLearner;

// NULL and err without memory, or when options->start does not fit the team's table.
StrategyLearner *strategy_learner_create(const StrategyLearnerOptions *options, SimError *err);
void strategy_learner_destroy(StrategyLearner *learner);  // NULL is fine

// The two halves of an update: play until there is a batch, or until a skill that learns, too, has
// its own; then learn from what is stored, which is at least one decision.
SimStatus strategy_learner_collect(StrategyLearner *learner, SimError *err);
SimStatus strategy_learner_learn(PpoStats *figures, StrategyLearner *learner, double done,
                                 SimError *err);
// One batch and one update. done = share of the budget that was spent before it.
SimStatus strategy_learner_update(PpoStats *figures, StrategyLearner *learner, double done,
                                  SimError *err);

// Everything that goes on; for reading, the rivals have been set.
void strategy_learner_serialize(RunArchive *archive, StrategyLearner *learner);

// Trains a best response to target, from options->start or from nothing, for budget[n - 1]
// decisions. file[n] are the caller's: what it was after each budget, which rise; the learning rate
// falls towards the last. *late: its points of the last half of the training.
SimStatus strategy_best_response(PolFile **file, LeagueScore *late,
                                 const StrategyLearnerOptions *options, const LeaguePlayer *target,
                                 const int64_t *budget, int n, SimError *err);

#endif  // HCSP_RECIPES_STRATEGY_LEARNER_H_
