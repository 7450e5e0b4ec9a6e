// A flat policy that learns: networks, rallies against opponents, one rollout. MAPPO (Yu et al.
// 2022) in its simplest form: one actor and one critic for all drones, each of which sees the whole
// court in its own row.
#ifndef HCSP_RECIPES_FLAT_LEARNER_H_
#define HCSP_RECIPES_FLAT_LEARNER_H_

#include "hcsp/env/flat_env.h"
#include "hcsp/learn/learner.h"
#include "hcsp/recipes/flat/config.h"

typedef struct FlatLearnerOptions {
  const FlatConfig *config;
  const SimModel *model;
  const SimRules *rules;
  int threads;
  const char *device;  // for krn_device_open
  uint64_t seed;
} FlatLearnerOptions;

typedef struct FlatLearner {
  FlatLearnerOptions options;
  KrnDevice *device;
  PpoLearner ppo;
  PolFile file;          // what it would be stored as; the network is the actor's host copy
  PolStrategy strategy;  // as it plays
  PolTeam *team;         // a flat team of it alone
  EnvFlat *env;
} FlatLearner;

// NULL and err without memory.
FlatLearner *flat_learner_create(const FlatLearnerOptions *options, SimError *err);
void flat_learner_destroy(FlatLearner *learner);  // NULL is fine

// Draws all weights again; number tells one beginning from another.
void flat_learner_begin(FlatLearner *learner, uint32_t number);
// Optimiser, rate and deviations start over; weights and statistics stay.
void flat_learner_go_on(FlatLearner *learner);

// One rollout and one update. done = share of the budget that was spent before it.
SimStatus flat_learner_update(PpoStats *figures, FlatLearner *learner, double done, SimError *err);

// Everything that goes on; for reading, the opponents have been set.
void flat_learner_serialize(RunArchive *archive, FlatLearner *learner);

#endif  // HCSP_RECIPES_FLAT_LEARNER_H_
