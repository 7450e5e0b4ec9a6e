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

enum { TASK_STARTS_MAX = 16, TASK_MATES_MAX = 2 };

// What a family of starts of a strike says, in the order of its file: POINT x y z, PAIR low and
// high, NUMBER; MAYBE: n numbers, absent: NULL; BOXES: at most n of [x y z low, x y z high],
// absent: none. Near frame; what is low and high is drawn uniformly between.
// clang-format off
#define TASK_START_KEYS(POINT, PAIR, NUMBER, MAYBE, BOXES)                                                 \
  POINT(drone_low) POINT(drone_high)            /* m */                                                    \
  NUMBER(speed) NUMBER(tilt) NUMBER(spin)       /* m/s, rad, rad/s: each component is drawn in +- this */  \
  POINT(ball_low) POINT(ball_high)              /* m, where the ball comes from */                         \
  MAYBE(through_low, 3) MAYBE(through_high, 3)  /* m, a point of its flight; absent: the ball is at rest */\
  MAYBE(ball_apex, 2) MAYBE(ball_flight, 2)     /* m or s, of that flight */                               \
  POINT(goal_low) POINT(goal_high)              /* m, point to send it to */                               \
  MAYBE(goal_apex, 2) MAYBE(goal_flight, 2)     /* m or s */                                               \
  PAIR(strike_z)                                /* m */                                                    \
  POINT(next)                                   /* m, where the drone hovers afterwards */                 \
  BOXES(mates, TASK_MATES_MAX)                  /* m, team-mates that blow */                              \
  BOXES(mates_to, TASK_MATES_MAX)               /* m, to where they fly; absent: they hover */             \
  MAYBE(mates_time, 2)                          /* s, that they take */                                    \
  BOXES(brakes, 1)                              /* m, an opponent that brakes in front of the net */       \
  MAYBE(brake_tilt, 2)                          /* degrees, its lean */                                    \
  MAYBE(brake_from, 2) MAYBE(brake_time, 2)     /* s, its begin and length */                              \
  NUMBER(dig_height)  /* share whose strike height is the one that matches choose for a dig */
// clang-format on

#define TASK_START_POINT(key) double key[3];
#define TASK_START_PAIR(key) double key[2];
#define TASK_START_NUMBER(key) double key;
#define TASK_START_MAYBE(key, n)                                                                   \
  double *key;                                                                                     \
  uint32_t key##_count;
#define TASK_START_BOXES(key, n)                                                                   \
  double(*key)[6];                                                                                 \
  uint32_t key##_count;
typedef struct TaskStart {
  char *name;
  double weight;  // share of the episodes, over the sum of all weights
  TASK_START_KEYS(TASK_START_POINT, TASK_START_PAIR, TASK_START_NUMBER, TASK_START_MAYBE,
                  TASK_START_BOXES)
} TaskStart;

struct TaskConfig {
  TASK_LEARNER_KEYS(CONFIG_NUMBER_FIELD, CONFIG_NUMBER_FIELD)
  ConfigPpo ppo;
  ConfigNet net;
  SimPhysics physics;  // who moves the bodies
  char world[SIM_WORLD_NAME_MAX];
  const TaskKind *kind;
  void *own;        // its keys, in its structure of kind->size bytes
  char name[32];    // of the skill: "serve", ...
  char slots[160];  // names of the slots the network fills, separated by blanks
  int starts;
  TaskStart start[TASK_STARTS_MAX];
  struct TaskSchema *schema;    // of its files
  struct TaskSkillFile *owner;  // keeps the memory that start points to
};

// Whether configs/skills has a file of that name: letters, digits and _, so that it is no path.
bool task_skill_known(const char *skill);
// Reads the shipped configuration of a skill (configs/skills/SKILL.yaml), then file (NULL: none),
// then overrides ("key=value", n of them). Keys of other tasks are checked and not used. NULL with
// SIM_USAGE for an unknown skill or a bad override, SIM_BAD_INPUT for a bad file.
TaskConfig *task_skill_config_load(const char *skill, const char *file,
                                   const char *const *overrides, int n, SimError *err);
void task_skill_config_destroy(TaskConfig *config);  // NULL is fine
// The resolved configuration as YAML; malloc'ed, NULL when memory fails.
char *task_skill_config_text(const TaskConfig *config);
// Every number with type, range, its value here and help, in columns.
void task_skill_config_help(FILE *out, const TaskConfig *config);

// A number of the learner or of the task by its name; NaN when there is none.
double task_config_value(const TaskConfig *config, const char *name);

// Names of the skills of Stage I, in the order in which they are trained.
enum { TASK_SKILLS = 6 };
const char *task_skill_name(int i);

#endif  // HCSP_ENV_TASKS_CONFIG_H_
