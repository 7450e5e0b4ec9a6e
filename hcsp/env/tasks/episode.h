// What every task knows of an episode; plain structures, also read for a GPU.
#ifndef HCSP_ENV_TASKS_EPISODE_H_
#define HCSP_ENV_TASKS_EPISODE_H_

#include <stdbool.h>
#include <stdint.h>

#include "sim/ballistics.h"
#include "sim/push.h"
#include "sim/view.h"

enum { TASK_STATS_MAX = 12, TASK_LEARNER = 0 };

// a list of keys as fields of a structure (task.h)
#define TASK_KEY_FIELD(name, low, high, unit, help) double name;

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
  int own[4];        // whatever else a task remembers; 0 at the start
} TaskEpisode;

typedef struct TaskStep {
  double reward;
  bool ended;                   // for good
  bool cut;                     // only the time ran out
  double stat[TASK_STATS_MAX];  // of the finished episode; NaN = says nothing about this one
} TaskStep;

// A state after a strike, from which the hover has to go on.
typedef struct TaskHandOff {
  SimDrone drone;   // near frame
  double point[3];  // m, where it is to hover
} TaskHandOff;

// A strike as it began in a match, near frame.
typedef struct TaskStrikeStart {
  SimDrone drone;
  double ball_pos[3], ball_vel[3];
  SimGoal goal;
  SimWash wash;    // team-mates
  double next[3];  // m, where the drone hovers afterwards
} TaskStrikeStart;

#endif  // HCSP_ENV_TASKS_EPISODE_H_
