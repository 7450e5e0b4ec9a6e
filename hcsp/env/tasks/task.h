// A task: what one drone is to learn. It starts episodes, says when they are over, and pays. A
// world of a task holds the drone that learns (the near passer's body; networks do not know roles),
// the ball, and still team-mates that only blow.
#ifndef HCSP_ENV_TASKS_TASK_H_
#define HCSP_ENV_TASKS_TASK_H_

#include "sim/base/rng.h"
#include "sim/obs.h"
#include "sim/world.h"

enum { TASK_STATS_MAX = 12, TASK_LEARNER = 0 };

// One episode of one world; plain numbers, so that a checkpoint can hold it as bytes.
typedef struct TaskEpisode {
  SimGoal goal;      // what the skill is asked for
  SimGoal next;      // the hover that follows a strike
  SimWash wash;      // team-mates
  double closeness;  // last value of the potential
  double reward;     // paid so far
  uint32_t number;   // of this world's episodes
  int steps, limit;  // decisions taken, and the clock
  int start;         // row of the table of starts
} TaskEpisode;

typedef struct TaskStep {
  double reward;
  bool ended;                   // for good
  bool cut;                     // only the time ran out
  double stat[TASK_STATS_MAX];  // of the finished episode; NaN = says nothing about this one
} TaskStep;

typedef struct Task Task;
struct Task {
  const char *name;
  SimLayout layout;
  int every;  // control steps per decision
  SimPhysics physics;
  int stats;
  const char *stat_name[TASK_STATS_MAX];
  int success;  // the stat that a dashboard shows as success
  // Fills episode (but for number) and the bodies of view.
  void (*start)(const Task *task, TaskEpisode *episode, SimView *view, SimRng *rng);
  // Whether nothing more can happen, asked after each control step.
  bool (*over)(const Task *task, const TaskEpisode *episode, const SimState *state);
  // After the control steps of a decision. Called from several threads.
  void (*judge)(const Task *task, TaskEpisode *episode, const SimState *state, TaskStep *out);
};

#endif  // HCSP_ENV_TASKS_TASK_H_
