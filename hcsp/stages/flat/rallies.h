// Rallies in which a flat policy learns: a batch of matches, each against a rival that is drawn
// when its rally starts and stays to its end. All drones of the learner are rows of one rollout,
// those of a rival are masked. Against itself all six drones teach.
//
// A decision is two control steps. A rally that ends in between waits for the others, so that all
// matches stay in step; one that the clock ends is cut. What a rally draws depends on (seed, match,
// number of the rally) alone.
#ifndef HCSP_STAGES_FLAT_RALLIES_H_
#define HCSP_STAGES_FLAT_RALLIES_H_

#include "hcsp/league/matches.h"
#include "hcsp/learn/rollout.h"
#include "hcsp/tasks/flat.h"
#include "hcsp/tasks/flat_tally.h"

typedef struct HcspFlatRalliesOptions {
  const SimModel *model;
  const PolTeam *team;         // a flat team that holds the learner
  const PolStrategy *learner;  // its weights may change between collections
  const SimRules *rules;
  HcspFlatPay pay;
  double share[HCSP_FLAT_STARTS];  // of the rallies that start in each way; a serve has the rest
  int matches, threads;
  uint64_t seed;
} HcspFlatRalliesOptions;

// What the learner did since the last clear.
typedef struct HcspFlatCount {
  double rallies, hits, reward;     // reward of a drone, sum over drones and rallies
  HcspDeeds deeds;                  // in rallies that start as a match does
  double reasons[SIM_EVENT_KINDS];  // how rallies ended
  HcspMeeting meeting[HCSP_RIVALS_MAX];
} HcspFlatCount;

typedef struct HcspFlatRallies HcspFlatRallies;

// NULL and err without memory.
HcspFlatRallies *hcsp_flat_rallies_create(const HcspFlatRalliesOptions *options, SimError *err);
void hcsp_flat_rallies_destroy(HcspFlatRallies *rallies);  // NULL is fine

// Whom rallies that start from now on may meet (matches.h); every strategy is flat.
void hcsp_flat_rallies_set_rivals(HcspFlatRallies *rallies, const HcspRival *rival, int n);
// Lets every rally begin anew, at the next collection.
void hcsp_flat_rallies_restart(HcspFlatRallies *rallies);
// Fills rollout, whose worlds are drones: match * SIM_DRONES + drone.
SimStatus hcsp_flat_rallies_collect(HcspFlatRallies *rallies, HcspRollout *rollout, SimError *err);

const HcspFlatCount *hcsp_flat_rallies_count(const HcspFlatRallies *rallies);
double hcsp_flat_rallies_steps(const HcspFlatRallies *rallies);  // control steps of all matches
void hcsp_flat_rallies_clear(HcspFlatRallies *rallies);          // forgets counts, not steps

// Everything as bytes; the rivals are to be set before loading.
size_t hcsp_flat_rallies_size(const HcspFlatRallies *rallies);
void hcsp_flat_rallies_save(void *out, HcspFlatRallies *rallies);
SimStatus hcsp_flat_rallies_load(HcspFlatRallies *rallies, const void *in, SimError *err);

#endif  // HCSP_STAGES_FLAT_RALLIES_H_
