// Training of a strategy in a run folder: a population grows over frozen skills. Killed at any
// moment it goes on from its last checkpoint and ends with the same bits.
//
// What comes out: policies/NAME.safetensors of the strategies that are deployed, policies/skills/
// with the team's networks, team.yaml (kept playable while it trains), payoffs.json, report.md.
#ifndef HCSP_RECIPES_STRATEGY_STRATEGY_H_
#define HCSP_RECIPES_STRATEGY_STRATEGY_H_

#include "hcsp/config/strategy.h"
#include "hcsp/env/game.h"
#include "hcsp/train/trainer.h"

struct StrategyTrainer;
struct StrategyChoice;

typedef struct StrategyTraining {
  const StrategyConfig *config;
  TrainOptions options;  // the budget is in decisions
  const EnvGame *game;   // NULL: volleyball
  // Tells in the run folder how it went; NULL: nobody does. It measures, and knows of the trainer
  // what recipes/strategy/internal.h says.
  SimStatus (*report)(const struct StrategyTrainer *trainer, const struct StrategyChoice *choice,
                      SimError *err);
} StrategyTraining;

// SIM_INTERRUPTED after Ctrl-C, with a checkpoint. After a NaN anywhere SIM_FAIL, nothing stored of
// that update.
SimStatus strategy_train(const StrategyTraining *training, SimError *err);

#endif  // HCSP_RECIPES_STRATEGY_STRATEGY_H_
