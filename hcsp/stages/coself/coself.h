// Stage III, co-self-play: skills and strategy learn together in matches against the team they
// began as, rule teams and themselves (together/, a run folder); then new strategies are trained
// over the skills as they are then, against the old team and each other, and are deployed as a
// mixture (strategy/, a run folder as of Stage II). Killed at any moment it goes on from the last
// checkpoint and ends with the same bits; a part that is complete is not done again.
//
// What comes out in the folder of the whole: team.yaml, playable while it trains, and report.md.
#ifndef HCSP_STAGES_COSELF_COSELF_H_
#define HCSP_STAGES_COSELF_COSELF_H_

#include "hcsp/stages/coself/config.h"
#include "hcsp/stages/skills/skills.h"

// The same settings as for Stage I; overrides are keys of configs/coself.
SimStatus hcsp_coself_train(const HcspSkillsTraining *training, SimError *err);

#endif  // HCSP_STAGES_COSELF_COSELF_H_
