// A flat policy that learns: networks, rallies against rivals, one rollout. MAPPO (Yu et al. 2022)
// in its simplest form: one actor and one critic for all drones, each of which sees the whole court
// in its own row.
#ifndef HCSP_STAGES_FLAT_LEARNER_H_
#define HCSP_STAGES_FLAT_LEARNER_H_

#include "hcsp/learn/ppo.h"
#include "hcsp/run/checkpoint.h"
#include "hcsp/stages/flat/config.h"
#include "hcsp/stages/flat/rallies.h"

typedef struct HcspFlatLearnerOptions {
  const HcspFlatConfig *config;
  const SimModel *model;
  const SimRules *rules;
  int threads;
  const char *device;  // for krn_device_open
  uint64_t seed;
} HcspFlatLearnerOptions;

typedef struct HcspFlatLearner {
  HcspFlatLearnerOptions options;
  KrnDevice *device;
  HcspPpo *ppo;
  PolFile file;          // what it would be stored as; the network is the actor's host copy
  PolStrategy strategy;  // as it plays
  PolTeam *team;         // a flat team of it alone
  HcspFlatRallies *rallies;
  HcspRollout rollout;
  int64_t decisions;  // learnt from
} HcspFlatLearner;

// NULL and err without memory.
HcspFlatLearner *hcsp_flat_learner_create(const HcspFlatLearnerOptions *options, SimError *err);
void hcsp_flat_learner_destroy(HcspFlatLearner *learner);  // NULL is fine

// Draws all weights anew; number tells one beginning from another.
void hcsp_flat_learner_begin(HcspFlatLearner *learner, uint32_t number);
// Optimiser, rate and deviations start over; weights and statistics stay.
void hcsp_flat_learner_go_on(HcspFlatLearner *learner);

// One rollout and one update. done = share of the budget that was spent before it.
SimStatus hcsp_flat_learner_update(HcspPpoFigures *figures, HcspFlatLearner *learner, double done,
                                   SimError *err);

// Everything that goes on, as named arrays; free with hcsp_flat_learner_blobs_free. Returns their
// number, 0 without memory.
enum { HCSP_FLAT_LEARNER_BLOBS = 16 };
int hcsp_flat_learner_blobs(HcspBlob blob[HCSP_FLAT_LEARNER_BLOBS], HcspFlatLearner *learner);
void hcsp_flat_learner_blobs_free(HcspBlob blob[HCSP_FLAT_LEARNER_BLOBS], int n);
// Back; the rivals have been set.
SimStatus hcsp_flat_learner_restore(HcspFlatLearner *learner, const HcspCheckpoint *file,
                                    SimError *err);

#endif  // HCSP_STAGES_FLAT_LEARNER_H_
