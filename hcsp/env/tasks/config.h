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
  WHOLE("", timesteps_smoke, 0, 1e10, "decisions", "budget, --preset smoke")                                 \
  WHOLE("", timesteps_quick, 0, 1e10, "decisions", "budget, --preset quick")                                 \
  WHOLE("", timesteps_full, 0, 1e10, "decisions", "budget, --preset full")                                   \
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

// A family of starts of a strike, near frame; each number is drawn uniformly between its bounds.
typedef struct TaskStart {
  char *name;
  double weight;                       // share of the episodes, over the sum of all weights
  double drone_low[3], drone_high[3];  // m
  double speed, tilt, spin;            // m/s, rad, rad/s: each component is drawn in +- this
  double ball_low[3], ball_high[3];    // m, where the ball comes from
  double *through_low, *through_high;  // m [3], a point of its flight; absent: the ball is at rest
  double *ball_apex, *ball_flight;     // m or s [2], of that flight
  double goal_low[3], goal_high[3];    // m, point to send it to
  double *goal_apex, *goal_flight;     // m or s [2]
  double strike_z[2];                  // m
  double next[3];                      // m, where the drone hovers afterwards
  double (*mates)[6];                  // m, boxes (low, high) of team-mates that blow
  double (*mates_to)[6];               // m, to where they fly; absent: they hover
  double *mates_time;                  // s [2], that they take
  double (*brakes)[6];                 // m, boxes of an opponent that brakes in front of the net
  double *brake_tilt, *brake_from, *brake_time;  // degrees, s, s [2]: lean, begin and length
  double dig_height;  // share whose strike height is the one that matches choose for a dig
  uint32_t through_low_count, through_high_count, ball_apex_count, ball_flight_count,
      goal_apex_count, goal_flight_count, mates_count, mates_to_count, mates_time_count,
      brakes_count, brake_tilt_count, brake_from_count, brake_time_count;
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
