// A task: what one drone is to learn. A task is one file of this folder, with everything of its
// own: its keys, how episodes start, what is observed, when they are over, what is paid, and
// statistics. The file defines one TaskKind, task_NAME; CMakeLists.txt lists NAME, and a
// configuration configs/skills/SKILL.yaml that says "task: NAME" makes a skill of it
// (hcsp/README.md 9.1).
//
// A world of a task holds the drone that learns (the near passer's body; networks do not know
// roles), the ball, and team-mates that only blow.
#ifndef HCSP_ENV_TASKS_TASK_H_
#define HCSP_ENV_TASKS_TASK_H_

#include <stddef.h>

#include "hcsp/config/keys.h"
#include "hcsp/env/tasks/episode.h"
#include "policies/net.h"
#include "sim/base/rng.h"
#include "sim/link.h"
#include "sim/obs.h"
#include "sim/world.h"

typedef struct Task Task;
struct HoverSetup;
struct StrikeSetup;
struct Task {
  const char *name;
  SimLayout layout;  // of its observation, which a policy file names
  int every;         // control steps per decision
  double time_max;   // s, of an episode
  SimPhysics physics;
  const char *world;     // of configs/worlds
  SimActionKind action;  // what its commands mean
  bool play_on;          // faults of the game are events and end no episode: `over` alone does
  int stats;
  const char *stat_name[TASK_STATS_MAX];
  int success;  // the stat that a dashboard shows as success
  // What kernels of a GPU need besides, of a task that has a form for them
  // (hcsp/env/skill_device.h); NULL: it has none, or it is the other one
  const struct HoverSetup *hover;
  const struct StrikeSetup *strike;
  const PolNet *critic;  // prices states for it; NULL: nobody
  // Fills episode (but for number) and the bodies of view.
  void (*start)(const Task *task, TaskEpisode *episode, SimView *view, SimRng *rng);
  // One row of layout; task_observe_goal does for the layouts that show episode->goal.
  void (*observe)(float *obs, const Task *task, const TaskEpisode *episode, const SimState *state);
  // Whether nothing more can happen, asked after each control step.
  bool (*over)(const Task *task, const TaskEpisode *episode, const SimState *state);
  // After the control steps of a decision. Called from several threads.
  void (*judge)(const Task *task, TaskEpisode *episode, const SimState *state, TaskStep *out);
};

void task_observe_goal(float *obs, const Task *task, const TaskEpisode *episode,
                       const SimState *state);

// ---- kinds of tasks

// A task lists its keys once, `#define KEYS(X) X(name, lowest, highest, unit, help) ...`: the
// fields of its structure Keys are KEYS(TASK_KEY_FIELD) (episode.h), its table
// {KEYS(TASK_KEY_ROW)}. A key that two tasks have is one key, with the same bounds.
#define TASK_KEY_ROW(name, low, high, unit, help)                                                  \
  {CONFIG_NUMBER, "", #name, low, high, NULL, 0, unit, help, offsetof(Keys, name)},

// What a task may use besides its configuration; all borrowed, all may be missing.
typedef struct TaskInputs {
  const PolNet *critic;         // prices states (hover27)
  const TaskHandOff *hand_off;  // starts recorded after strikes
  int hand_offs;
  const TaskStrikeStart *strike;  // starts recorded in matches
  int strikes;
} TaskInputs;

typedef struct TaskConfig TaskConfig;  // hcsp/env/tasks/config.h

typedef struct TaskKind {
  const char *name;  // as the key `task` of a skill's YAML says
  const ConfigKey *key;
  int keys;
  size_t size;   // bytes of the structure of its keys, which TaskConfig.own points to
  bool starts;   // needs families of starts
  bool priced;   // pays what the hover's critic says of states (TaskInputs.critic)
  bool pricing;  // its critic is the one that prices states
  Task *(*create)(const TaskConfig *config, const TaskInputs *inputs);
} TaskKind;

enum { TASK_KINDS_MAX = 16 };
// The kinds that there are, and how many.
int task_kinds(const TaskKind *kind[TASK_KINDS_MAX]);

// The task of a configuration, which is borrowed; inputs may be NULL.
Task *task_create(const TaskConfig *config, const TaskInputs *inputs);
void task_destroy(Task *task);  // NULL is fine

#endif  // HCSP_ENV_TASKS_TASK_H_
