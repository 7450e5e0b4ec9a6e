// Training of a team without skills in a run folder: self-play, fictitious self-play, or
// policy-space response oracles over a population of flat policies. Killed at any moment it goes on
// from its last checkpoint and ends with the same bits.
//
// What comes out: policies/NAME.safetensors of the policies that are deployed, team.yaml (kept
// playable while it trains), payoffs.json, report.md.
#ifndef HCSP_RECIPES_FLAT_FLAT_H_
#define HCSP_RECIPES_FLAT_FLAT_H_

#include "hcsp/recipes/flat/config.h"
#include "hcsp/train/trainer.h"

struct FlatTrainer;

typedef struct FlatTraining {
  const FlatConfig *config;
  TrainOptions options;  // the budget is in decisions of a drone that are learnt from
  // Tells in the run folder how it went; NULL: nobody does. It measures, and knows of the trainer
  // what recipes/flat/internal.h says.
  SimStatus (*report)(const struct FlatTrainer *trainer, SimError *err);
} FlatTraining;

// SIM_INTERRUPTED after Ctrl-C, with a checkpoint. After a NaN anywhere SIM_FAIL, nothing stored of
// that update.
SimStatus flat_train(const FlatTraining *training, SimError *err);

#endif  // HCSP_RECIPES_FLAT_FLAT_H_
