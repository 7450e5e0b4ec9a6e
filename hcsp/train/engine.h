// Where a training plays. Who moves the bodies while it learns is the recipe's key `physics`; while
// its result is measured, always MuJoCo, so that figures of reports compare.
#ifndef HCSP_TRAIN_ENGINE_H_
#define HCSP_TRAIN_ENGINE_H_

#include "sim/model.h"
#include "sim/referee.h"

typedef struct TrainEngine {
  SimModel *learn;
  SimModel *eval;  // MuJoCo; the same as learn where that is MuJoCo, too
  const SimRules *rules;
} TrainEngine;

// A full match without scenery for each of the two. physics, world and rules: the values of the
// keys. SIM_USAGE when there are none of these names.
SimStatus train_engine_open(TrainEngine *engine, const char *physics, const char *world,
                            const char *rules, SimError *err);
void train_engine_close(TrainEngine *engine);  // a zeroed one is fine

#endif  // HCSP_TRAIN_ENGINE_H_
