// hcsp train ... seeds=N: the same training by several seeds.
#ifndef HCSP_CLI_TRAIN_SEEDS_H_
#define HCSP_CLI_TRAIN_SEEDS_H_

#include "hcsp/recipes/skills/skills.h"

enum { CLI_SEEDS_MAX = 1000 };

// Trains in a run folder.
typedef SimStatus CliTrainFn(void *arg, const SkillsTraining *training, SimError *err);

// Trains by the seeds training->order.seed and those that follow, n in all, each in a folder seed-K
// under the order's, and writes what they show together. Ranks take seeds as they are free, in a
// folder that all see. With resume, seeds go on where they were.
SimStatus cli_train_seeds(const SkillsTraining *training, int n, CliTrainFn *train, void *arg,
                          SimError *err);

#endif  // HCSP_CLI_TRAIN_SEEDS_H_
