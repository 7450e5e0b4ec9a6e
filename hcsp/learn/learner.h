// A policy that learns by PPO in an environment whose agents act at every step: collect -> learn,
// and what a checkpoint holds of both. Another algorithm is another file with these calls.
#ifndef HCSP_LEARN_LEARNER_H_
#define HCSP_LEARN_LEARNER_H_

#include "hcsp/learn/collect.h"
#include "hcsp/learn/ppo_resident.h"
#include "hcsp/learn/ppo_state.h"

typedef struct PpoLearner {
  Env env;
  Ppo *ppo;
  LearnCollector *collector;  // NULL where episodes live on the device
  EnvResident *episodes;      // NULL where they do not; the caller's
  PpoResident *resident;
  Rollout rollout;      // with episodes on the device, only of an iteration that failed
  int64_t transitions;  // learnt from
  int steps;
} PpoLearner;

typedef struct PpoLearnerOptions {
  Env env;            // the caller's
  KrnDevice *device;  // likewise; where it works beside the processor, the actor does, too
  EnvResident
      *episodes;  // the environment's, on the device, which it must allow; NULL: it has none
  PpoConfig config;
  PolArch actor, critic;
  int steps;  // of every agent between updates
  int threads;
  uint64_t seed;
} PpoLearnerOptions;

// The networks are the caller's to initialise. SIM_FAIL without memory; free it even then.
SimStatus ppo_learner_create(PpoLearner *learner, const PpoLearnerOptions *options, SimError *err);
void ppo_learner_free(PpoLearner *learner);  // zero-initialised is fine

// A rollout of the actor as it is in its host copy. Episodes on the device are rolled out when they
// are learnt from.
SimStatus ppo_learner_collect(PpoLearner *learner, SimError *err);
// One iteration from it. done = share of the budget that was spent before; *bad_row as for
// ppo_update.
SimStatus ppo_learner_learn(PpoStats *stats, int *bad_row, PpoLearner *learner, double done,
                            SimError *err);

// Brings the networks' host copies up to date, before they are used or stored.
void ppo_learner_settle(PpoLearner *learner);

// Everything that goes on, the environment's unfinished episodes included; opponents are to be set
// before reading.
void ppo_learner_serialize(RunArchive *archive, PpoLearner *learner);

#endif  // HCSP_LEARN_LEARNER_H_
