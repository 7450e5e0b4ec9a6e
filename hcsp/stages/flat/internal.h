// What the parts of a flat policy's training share (trainer.c): the loop (flat.c), its checkpoints
// (store.c), and what is deployed and told (result.c).
#ifndef HCSP_STAGES_FLAT_INTERNAL_H_
#define HCSP_STAGES_FLAT_INTERNAL_H_

#include "hcsp/league/measure.h"
#include "hcsp/stages/flat/flat.h"
#include "hcsp/stages/flat/learner.h"

// Columns of the history, one row an update.
typedef enum HcspFlatCurve {
  HCSP_FLAT_CURVE_DECISIONS,
  HCSP_FLAT_CURVE_STEPS,    // control steps of all matches
  HCSP_FLAT_CURVE_SECONDS,  // CPU
  HCSP_FLAT_CURVE_POOL,
  HCSP_FLAT_CURVE_RESPONSE,  // win rate of the response in progress
  HCSP_FLAT_CURVE_LENGTH,    // s, of a rally
  HCSP_FLAT_CURVE_HITS,      // legal touches a rally
  HCSP_FLAT_CURVE_LEGAL,     // shares of the serves
  HCSP_FLAT_CURVE_OVER,
  HCSP_FLAT_CURVE_RECEIVED,  // shares of the balls that come over
  HCSP_FLAT_CURVE_RETURNED,
  HCSP_FLAT_CURVE_STD,
  HCSP_FLAT_CURVE_KL,
  HCSP_FLAT_CURVE_EXPLAINED,
  HCSP_FLAT_CURVES,
} HcspFlatCurve;
const char *hcsp_flat_curve_name(HcspFlatCurve curve);

// Plain numbers that a checkpoint holds besides networks and rallies.
typedef struct HcspFlatProgress {
  double seconds;          // CPU spent
  int64_t responses;       // policies that are done, members of the population
  int64_t response_start;  // decisions when the one in progress began
  HcspScore response;      // its points
  // recent, fading
  double late[3];  // rallies, hits, steps
  HcspDeeds deeds;
} HcspFlatProgress;

typedef struct HcspFlatTrainer {
  const HcspFlatTraining *t;
  SimModel *model;
  const SimRules *rules;
  HcspPopulation *population;
  HcspFlatLearner *learner;
  HcspSession session;
  HcspFlatProgress *progress;
  double weight[HCSP_POPULATION_MAX];  // meta-strategy over the members
  double (*history)[HCSP_FLAT_CURVES];
  int histories, history_room;
  double cpu;  // process clock when `seconds` was last brought up to date
} HcspFlatTrainer;

// Best responses follow one another.
bool hcsp_flat_responds(const HcspFlatTrainer *trainer);
HcspArena hcsp_flat_arena(const HcspFlatTrainer *trainer, uint64_t purpose);
// Tells the rallies whom they may meet from now on.
void hcsp_flat_set_rivals(HcspFlatTrainer *trainer);

// store.c, for the session
SimStatus hcsp_flat_store(void *trainer, bool complete, SimError *err);
SimStatus hcsp_flat_restore(void *trainer, bool *complete, SimError *err);

// result.c: writes the policies in force and the team file
SimStatus hcsp_flat_deploy(HcspFlatTrainer *trainer, SimError *err);
// Deploys, measures and writes the report.
SimStatus hcsp_flat_conclude(HcspFlatTrainer *trainer, SimError *err);

#endif  // HCSP_STAGES_FLAT_INTERNAL_H_
