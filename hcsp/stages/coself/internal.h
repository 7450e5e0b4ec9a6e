// What the parts of co-self-play share: the loop of its first part (together.c), that part's
// checkpoints (store.c), and its result (result.c).
#ifndef HCSP_STAGES_COSELF_INTERNAL_H_
#define HCSP_STAGES_COSELF_INTERNAL_H_

#include "hcsp/eval/calibrate.h"
#include "hcsp/league/strikes.h"
#include "hcsp/stages/coself/coself.h"
#include "hcsp/stages/coself/skill.h"
#include "hcsp/stages/strategy/learner.h"

typedef struct HcspTogether {
  const HcspSkillsTraining *t;
  const HcspCoselfConfig *config;
  char folder[SIM_PATH_MAX];             // of this part
  HcspOrder order;                       //   and the rest of its order
  HcspStrategyConfig strategy;           // how the strategy learns
  PolSlot slot[HCSP_STRIKE_SKILLS_MAX];  // of the skills that learn
  int slots;
  PolTeam *team, *base;  // with the skills that learn, and as it began
  double flight;         // s, of the calibrated attacks now
  PolFile *start;        // a strategy of the base, grown into the team's table
  SimModel *model;
  const SimRules *rules;
  PolNet *critic;  // of the hover
  json_t *inputs;  // what all of it starts from
  KrnDevice *device;
  int skills;
  HcspCoselfSkill skill[HCSP_STRIKE_SKILLS_MAX];
  HcspStrikes *strikes;
  HcspLearner *learner;
  PolStrategy rule[8];
  int rules_n;
  HcspSession session;
} HcspTogether;

// The first part, into the folder `together` of the whole.
SimStatus hcsp_together_train(const HcspSkillsTraining *training, const HcspCoselfConfig *config,
                              SimError *err);

// practice.c: the skills learn for budget decisions each in their tasks, in run folders
// practice/NAME, and the team takes them over.
SimStatus hcsp_coself_practise(HcspTogether *together, int64_t budget, SimError *err);
// Whether the configuration says how.
SimStatus hcsp_coself_practice_check(const HcspTogether *together, SimError *err);

// plan.c: coself.json of the whole. Tells what it was begun with, and refuses another
// beginning; keeps the flight times that were found: 0 before, 1 after practice.
SimStatus hcsp_coself_plan_open(HcspTogether *together, SimError *err);
// Sets the team's flight time number `which`: as kept, or as found now for the team's skills.
SimStatus hcsp_coself_calibrate(HcspTogether *together, int which, SimError *err);

// Kill tables of team and the time at which the game of its attacks is worth what the configuration
// wants; to be freed. NULL and err when they cannot be measured.
HcspCalibration *hcsp_coself_find_flight(const HcspTogether *together, const PolTeam *team,
                                         SimError *err);

// store.c, for the session; storing only right behind an update of the strategy
SimStatus hcsp_together_store(void *together, bool complete, SimError *err);
SimStatus hcsp_together_restore(void *together, bool *complete, SimError *err);

// result.c: policies and team.yaml as they are now
SimStatus hcsp_together_deploy(const HcspTogether *together, SimError *err);
// The same in the end, with the flight time found for the skills as they are then.
SimStatus hcsp_together_conclude(HcspTogether *together, SimError *err);

// report.c: plays what report.md of the whole tells, and writes it.
SimStatus hcsp_coself_report(const HcspSkillsTraining *training, const HcspCoselfConfig *config,
                             SimError *err);

#endif  // HCSP_STAGES_COSELF_INTERNAL_H_
