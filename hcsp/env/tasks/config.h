// Everything that can be turned in the training of a skill, read from YAML:
// configs/skills/default.yaml holds every number with its source, a skill's own file overrides and
// adds its starts, the command line overrides both.
#ifndef HCSP_ENV_TASKS_CONFIG_H_
#define HCSP_ENV_TASKS_CONFIG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "hcsp/config/ppo_keys.h"
#include "hcsp/env/tasks/start.h"
#include "hcsp/env/tasks/task.h"

// The keys of the learner, which every task has; its own stand in its file (task.h).
// Values and where they are from: configs/skills/default.yaml.
// clang-format off
#define TASK_LEARNER_KEYS(NUMBER, WHOLE)                                                                     \
  CONFIG_BUDGET_KEYS(WHOLE, 0)                                                                               \
  WHOLE("", again_smoke, 0, 1e10, "decisions", "second round of the hover, --preset smoke")                  \
  WHOLE("", again_quick, 0, 1e10, "decisions", "second round of the hover, --preset quick")                  \
  WHOLE("", again_full, 0, 1e10, "decisions", "second round of the hover, --preset full")                    \
  WHOLE("", num_envs, 1, 65536, "episodes", "side by side")                                                  \
  WHOLE("", num_steps, 1, 4096, "decisions", "of each environment per update")                               \
  WHOLE("", every, 1, 100, "control steps", "per decision")                                                  \
  WHOLE("", critic_warmup, 0, 1000, "updates", "in which only the critic learns, of a policy to start from") \
  WHOLE("", normalise_obs, 0, 1, "", "1: observations are normalised by running statistics")                 \
  WHOLE("", normalise_value, 0, 1, "", "1: so are returns")                                                  \
  WHOLE("", symmetry, 0, 1, "", "1: half of the samples, at random, are mirrored at y = 0")
// clang-format on

struct TaskConfig {
  TASK_LEARNER_KEYS(CONFIG_NUMBER_FIELD, CONFIG_NUMBER_FIELD)
  ConfigPpo ppo;
  ConfigNet net;
  SimPhysics physics;  // who moves the bodies
  char world[SIM_WORLD_NAME_MAX];
  SimActionKind action;  // what the numbers of its commands mean
  const TaskKind *kind;
  void *own;        // its keys, in its structure of kind->size bytes
  char name[32];    // of the skill: "serve", ...
  char slots[160];  // names of the slots the network fills, separated by blanks
  int starts;
  TaskStart start[TASK_STARTS_MAX];
};

// Whether configs/skills has a file of that name: letters, digits and _, so that it is no path.
bool task_skill_known(const char *skill);
// Reads the shipped configuration of a skill (configs/skills/SKILL.yaml), then file (NULL: none),
// then overrides ("key=value", n of them). Keys of other tasks are checked and not used. NULL with
// SIM_USAGE for an unknown skill or a bad override, SIM_BAD_INPUT for a bad file.
TaskConfig *task_skill_config_load(const char *skill, const char *file,
                                   const char *const *overrides, int n, SimError *err);
void task_skill_config_destroy(TaskConfig *config);  // NULL is fine
// The resolved configuration as YAML; malloc'ed.
char *task_skill_config_text(const TaskConfig *config);
// Every number with type, range, its value here and help, in columns.
void task_skill_config_help(FILE *out, const TaskConfig *config);

// A number of the learner or of the task by its name; NaN when there is none.
double task_config_value(const TaskConfig *config, const char *name);

// Names of the skills of Stage I, in the order in which they are trained.
enum { TASK_SKILLS = 6 };
const char *task_skill_name(int i);

#endif  // HCSP_ENV_TASKS_CONFIG_H_
