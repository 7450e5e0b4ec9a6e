// What the parts of co-self-play share: the loop of its first part (coself_together.c), that part's
// checkpoints (coself_store.c), and its result (coself_result.c).
#ifndef HCSP_STAGES_COSELF_INTERNAL_H_
#define HCSP_STAGES_COSELF_INTERNAL_H_

#include "hcsp/league/strikes.h"
#include "hcsp/run/dashboard.h"
#include "hcsp/run/folder.h"
#include "hcsp/run/metrics.h"
#include "hcsp/stages/coself.h"
#include "hcsp/stages/coself_skill.h"
#include "hcsp/stages/learner.h"

typedef struct HcspTogether {
  const HcspSkillsTraining *t;
  const HcspCoselfConfig *config;
  char folder[SIM_PATH_MAX];    // of this part
  HcspStrategyConfig strategy;  // how the strategy learns
  PolTeam *team, *base;         // with the skills that learn, and as it began
  PolFile *start;               // a strategy of the base, grown into the team's table
  SimModel *model;
  const SimRules *rules;
  PolNet *critic;  // of the hover
  KrnDevice *device;
  int skills;
  HcspCoselfSkill skill[HCSP_STRIKE_SKILLS_MAX];
  HcspStrikes *strikes;
  HcspLearner *learner;
  PolStrategy rule[8];
  int rules_n;
  HcspRun *run;
  HcspMetrics *metrics;
  HcspDashboard *dashboard;
  char *config_text;
  int64_t budget;
  double stored;  // wall clock of the last checkpoint
} HcspTogether;

// The first part, into the folder `together` of the whole.
SimStatus hcsp_together_train(const HcspSkillsTraining *training, const HcspCoselfConfig *config,
                              SimError *err);

// How strategies learn in either part.
SimStatus hcsp_coself_strategy_config(HcspStrategyConfig *strategy, const HcspCoselfConfig *config,
                                      SimError *err);

// coself_store.c; only right behind an update of the strategy
SimStatus hcsp_together_store(HcspTogether *together, bool complete, SimError *err);
SimStatus hcsp_together_restore(HcspTogether *together, bool *complete, SimError *err);

// coself_result.c: policies and team.yaml as they are now
SimStatus hcsp_together_deploy(const HcspTogether *together, SimError *err);

#endif  // HCSP_STAGES_COSELF_INTERNAL_H_
