// Stage III, co-self-play: skills and strategy learn together in matches against the team they
// began as, rule teams and themselves (together/, a run folder); then new strategies are trained
// over the skills as they are then, against the old team and each other, and are deployed as a
// mixture (strategy/, a run folder as of Stage II). Killed at any moment it goes on from the last
// checkpoint and ends with the same bits; a part that is complete is not done again.
//
// What comes out in the folder of the whole: team.yaml, playable while it trains, and report.md.
#ifndef HCSP_RECIPES_COSELF_COSELF_H_
#define HCSP_RECIPES_COSELF_COSELF_H_

#include "hcsp/recipes/coself/config.h"
#include "hcsp/recipes/skills/skills.h"
#include "hcsp/recipes/strategy/strategy.h"

// Who tells how it went, in the run folders; NULL: nobody does.
typedef struct CoselfReports {
  // of the whole: report.md
  SimStatus (*whole)(const SkillsTraining *training, const CoselfConfig *config, SimError *err);
  // of the strategies over the skills, as StrategyTraining.report
  SimStatus (*strategy)(const struct StrategyTrainer *trainer, const struct StrategyChoice *choice,
                        SimError *err);
} CoselfReports;

// The same settings as for Stage I; overrides are keys of configs/coself.
SimStatus coself_train(const SkillsTraining *training, const CoselfReports *reports, SimError *err);

#endif  // HCSP_RECIPES_COSELF_COSELF_H_
