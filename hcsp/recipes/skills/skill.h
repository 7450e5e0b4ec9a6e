// Training of one network of Stage I in a run folder of its own: collect, update, show, store, and
// at the end a policy file. Killed at any moment it goes on from its last checkpoint and ends with
// the same bits.
#ifndef HCSP_RECIPES_SKILLS_SKILL_H_
#define HCSP_RECIPES_SKILLS_SKILL_H_

#include "hcsp/env/tasks/config.h"
#include "hcsp/train/trainer.h"
#include "policies/file.h"

typedef struct SkillTraining {
  const TaskConfig *config;
  TrainOptions options;
  bool again;            // second round: starts from the networks of `before`
  const char *before;    // run folder of the first round
  TaskInputs from;       // what the task uses of other trainings
  const PolFile *start;  // a policy to go on from, NULL: drawn; its critic is the one beside it,
  int warm;              //   else a new one, which learns alone for so many updates
  json_t *inputs;        // where all of these are from, borrowed
} SkillTraining;

// What the mean action achieves at the end, on fresh episodes of the task.
typedef struct SkillResult {
  int episodes;
  int stats;
  const char *stat_name[TASK_STATS_MAX];
  double stat[TASK_STATS_MAX];
  double seconds_cpu;  // of this process, this call
  int64_t decisions;   // in all
} SkillResult;

// Trains to the budget and writes policies/NAME.safetensors and
// policies/NAME_critic.safetensors in the folder. A run that is complete is only read. After a
// NaN anywhere: SIM_FAIL, the rows in crash-STEP.csv, nothing stored of that update.
// SIM_INTERRUPTED after Ctrl-C, with a checkpoint.
SimStatus skill_train(SkillResult *result, const SkillTraining *training, SimError *err);

// States in which the mean action of actor leaves the drone at its touches, in a fixed number of
// episodes: *n of them, at most max, in out[max]. A skill that never touches gives none.
SimStatus skill_record(TaskHandOff *out, int *n, int max, const TaskConfig *config,
                       const PolNet *actor, int threads, uint64_t seed, SimError *err);

#endif  // HCSP_RECIPES_SKILLS_SKILL_H_
