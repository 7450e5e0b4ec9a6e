// Rallies in which a flat policy learns: a batch of matches, each against an opponent that is drawn
// when its rally starts and stays to its end. The agents are the six drones; those of an opponent
// are masked. Against itself all six are the caller's. With three agents, these are the drones of
// the side that the caller plays in a rally, passer, setter and attacker, and nobody is masked.
//
// A step is two control steps. A rally that ends in between waits for the others, so that all
// matches stay in step; one that the clock ends is truncated. What a rally draws depends on (seed,
// match, number of the rally) alone.
#ifndef HCSP_ENV_FLAT_ENV_H_
#define HCSP_ENV_FLAT_ENV_H_

#include "hcsp/env/env.h"
#include "hcsp/env/tasks/flat.h"
#include "hcsp/env/tasks/flat_tally.h"
#include "policies/play.h"

typedef struct EnvFlatOptions {
  const SimModel *model;
  const PolTeam *team;         // a flat team that holds the learner
  const PolStrategy *learner;  // what the drones of the caller are called by
  const SimRules *rules;
  TaskFlatPay pay;
  double share[TASK_FLAT_STARTS];  // of the rallies that start in each way; a serve has the rest
  double reach;                    // m/s2, of task_flat_start
  int num_envs, threads;
  int agents;            // SIM_DRONES, or SIM_ROLES where no opponent is the learner itself
  const PolTeam *guest;  // team of opponents that are guests, NULL: there are none
  uint64_t seed;
  KrnDevice *device;  // where opponents act beside the processor; NULL: on the processor
} EnvFlatOptions;

// What the learner did since the last clear.
typedef struct EnvFlatCount {
  double rallies, hits, reward;     // reward of a drone, sum over drones and rallies
  TaskDeeds deeds;                  // in rallies that start as a match does
  double reasons[SIM_EVENT_KINDS];  // how rallies ended
  EnvMatchup meeting[ENV_OPPONENTS_MAX];
} EnvFlatCount;

typedef struct EnvFlat EnvFlat;

// A flat team whose only member is `strategy` of a policy that has no network yet: what its
// drones are called by. To be freed by env_flat_team_destroy; NULL and err without memory.
PolTeam *env_flat_team(const PolStrategy *strategy, SimError *err);
void env_flat_team_destroy(PolTeam *team);  // NULL is fine; strategy and file stay the caller's

// NULL and err without memory.
EnvFlat *env_flat_create(const EnvFlatOptions *options, SimError *err);
void env_flat_destroy(EnvFlat *rallies);  // NULL is fine
// As an environment; every opponent is flat or a guest.
Env env_flat_env(EnvFlat *rallies);

const EnvFlatCount *env_flat_count(const EnvFlat *rallies);
double env_flat_steps(const EnvFlat *rallies);  // control steps of all matches; never cleared

#endif  // HCSP_ENV_FLAT_ENV_H_
