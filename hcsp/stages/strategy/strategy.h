// Training of a strategy in a run folder: a population grows over frozen skills. Killed at any
// moment it goes on from its last checkpoint and ends with the same bits.
//
// What comes out: policies/NAME.safetensors of the strategies that are deployed, policies/skills/
// with the team's networks, team.yaml (kept playable while it trains), payoffs.json, report.md.
#ifndef HCSP_STAGES_STRATEGY_STRATEGY_H_
#define HCSP_STAGES_STRATEGY_STRATEGY_H_

#include "hcsp/league/game.h"
#include "hcsp/stages/session.h"
#include "hcsp/stages/strategy/config.h"

typedef struct HcspStrategyTraining {
  const HcspStrategyConfig *config;
  HcspOrder order;       // the budget is in decisions
  const HcspGame *game;  // NULL: volleyball
} HcspStrategyTraining;

// SIM_INTERRUPTED after Ctrl-C, with a checkpoint. After a NaN anywhere SIM_FAIL, nothing stored of
// that update.
SimStatus hcsp_strategy_train(const HcspStrategyTraining *training, SimError *err);

#endif  // HCSP_STAGES_STRATEGY_STRATEGY_H_
