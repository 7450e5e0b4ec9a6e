// Rallies in which a flat policy learns: a batch of matches, each against a rival that is drawn
// when its rally starts and stays to its end. All drones of the learner are rows of one rollout,
// those of a rival are masked. Against itself all six drones teach.
//
// A decision is two control steps. A rally that ends in between waits for the others, so that all
// matches stay in step; one that the clock ends is cut. What a rally draws depends on (seed, match,
// number of the rally) alone.
#ifndef HCSP_ENV_FLAT_ENV_H_
#define HCSP_ENV_FLAT_ENV_H_

#include "hcsp/env/match_env.h"
#include "hcsp/env/tasks/flat.h"
#include "hcsp/env/tasks/flat_tally.h"
#include "hcsp/learn/rollout.h"

typedef struct EnvFlatOptions {
  const SimModel *model;
  const PolTeam *team;         // a flat team that holds the learner
  const PolStrategy *learner;  // its weights may change between collections
  const SimRules *rules;
  TaskFlatPay pay;
  double share[TASK_FLAT_STARTS];  // of the rallies that start in each way; a serve has the rest
  int matches, threads;
  uint64_t seed;
} EnvFlatOptions;

// What the learner did since the last clear.
typedef struct EnvFlatCount {
  double rallies, hits, reward;     // reward of a drone, sum over drones and rallies
  TaskDeeds deeds;                  // in rallies that start as a match does
  double reasons[SIM_EVENT_KINDS];  // how rallies ended
  EnvMatchup meeting[ENV_OPPONENTS_MAX];
} EnvFlatCount;

typedef struct EnvFlat EnvFlat;

// NULL and err without memory.
EnvFlat *env_flat_create(const EnvFlatOptions *options, SimError *err);
void env_flat_destroy(EnvFlat *rallies);  // NULL is fine

// Whom rallies that start from now on may meet (matches.h); every strategy is flat.
void env_flat_set_rivals(EnvFlat *rallies, const EnvOpponent *rival, int n);
// Lets every rally begin anew, at the next collection.
void env_flat_restart(EnvFlat *rallies);
// Fills rollout, whose worlds are drones: match * SIM_DRONES + drone.
SimStatus env_flat_collect(EnvFlat *rallies, Rollout *rollout, SimError *err);

const EnvFlatCount *env_flat_count(const EnvFlat *rallies);
double env_flat_steps(const EnvFlat *rallies);  // control steps of all matches
void env_flat_clear(EnvFlat *rallies);          // forgets counts, not steps

// Everything as bytes; the rivals are to be set before loading.
size_t env_flat_size(const EnvFlat *rallies);
void env_flat_save(void *out, EnvFlat *rallies);
SimStatus env_flat_load(EnvFlat *rallies, const void *in, SimError *err);

#endif  // HCSP_ENV_FLAT_ENV_H_
