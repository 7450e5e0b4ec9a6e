// What the parts of co-self-play share: the loop of its first part (together.c), that part's
// checkpoints (store.c), and its result (result.c).
#ifndef HCSP_RECIPES_COSELF_INTERNAL_H_
#define HCSP_RECIPES_COSELF_INTERNAL_H_

#include "hcsp/eval/calibrate.h"
#include "hcsp/league/learner.h"
#include "hcsp/learn/strike_reward.h"
#include "hcsp/recipes/coself/coself.h"
#include "hcsp/recipes/coself/skill.h"
#include "hcsp/train/engine.h"

typedef struct CoselfJoint {
  const SkillsTraining *t;
  const CoselfConfig *config;
  char folder[SIM_PATH_MAX];              // of this part
  TrainOptions options;                   //   and the rest of its options
  StrategyConfig strategy;                // how the strategy learns
  PolSlot slot[LEARN_STRIKE_SKILLS_MAX];  // of the skills that learn
  int slots;
  PolTeam *team, *base;  // with the skills that learn, and as it began
  double flight;         // s, of the calibrated attacks now
  PolFile *start;        // a strategy of the base, grown into the team's table
  TrainEngine engine;
  PolNet *critic;  // of the hover
  json_t *inputs;  // what all of it starts from
  KrnDevice *device;
  int skills;
  CoselfSkill skill[LEARN_STRIKE_SKILLS_MAX];
  LearnStrikes *strikes;
  LeagueLearner *learner;
  PolStrategy rule[8];
  int rules_n;
  TrainSession session;
} CoselfJoint;

// The first part, into the folder `together` of the whole.
SimStatus coself_joint_train(const SkillsTraining *training, const CoselfConfig *config,
                             SimError *err);

// practice.c: the skills learn for budget decisions each in their tasks, in run folders
// practice/NAME, and the team takes them over.
SimStatus coself_fine_tune(CoselfJoint *together, int64_t budget, SimError *err);
// Whether the configuration says how.
SimStatus coself_fine_tune_check(const CoselfJoint *together, SimError *err);

// plan.c: coself.json of the whole. Tells what it was begun with, and refuses another
// beginning; keeps the flight times that were found: 0 before, 1 after practice.
SimStatus coself_manifest_open(CoselfJoint *together, SimError *err);
// Sets the team's flight time number `which`: as kept, or as found now for the team's skills.
SimStatus coself_calibrate(CoselfJoint *together, int which, SimError *err);

// Kill tables of team and the time at which the game of its attacks is worth what the configuration
// wants; to be freed. NULL and err when they cannot be measured.
EvalCalibration *coself_find_flight(const CoselfJoint *together, const PolTeam *team,
                                    SimError *err);

// store.c, for the session; storing only right behind an update of the strategy
void coself_joint_serialize(void *together, RunArchive *archive);

// result.c, also for the session: policies and team.yaml as they are now
SimStatus coself_joint_deploy(void *together, SimError *err);
// The same in the end, with the flight time found for the skills as they are then.
SimStatus coself_joint_conclude(void *together, SimError *err);

#endif  // HCSP_RECIPES_COSELF_INTERNAL_H_
