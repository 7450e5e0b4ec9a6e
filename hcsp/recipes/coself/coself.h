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

// The same settings as for Stage I; overrides are keys of configs/coself.
SimStatus coself_train(const SkillsTraining *training, SimError *err);

#endif  // HCSP_RECIPES_COSELF_COSELF_H_
