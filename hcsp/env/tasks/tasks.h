// The two families of tasks of Stage I: flying to a point, and striking the ball to one.
#ifndef HCSP_ENV_TASKS_TASKS_H_
#define HCSP_ENV_TASKS_TASKS_H_

#include "hcsp/env/tasks/config.h"
#include "hcsp/env/tasks/task.h"
#include "policies/net.h"

// A state after a strike, from which the hover has to go on.
typedef struct TaskHandOff {
  SimDrone drone;   // near frame
  double point[3];  // m, where it is to hover
} TaskHandOff;

// Fly to a point and stay there (hover27). recorded[n] are extra starts, borrowed.
Task *task_hover_task_create(const TaskConfig *config, const TaskHandOff *recorded, int n,
                             SimError *err);
// Floats of scratch that the largest network which may price states needs.
enum { TASK_CRITIC_SCRATCH = 2 * 256 * 16 };

// A strike as it began in a match, near frame.
typedef struct TaskStrikeStart {
  SimDrone drone;
  double ball_pos[3], ball_vel[3];
  SimGoal goal;
  SimWash wash;    // team-mates
  double next[3];  // m, where the drone hovers afterwards
} TaskStrikeStart;

// Strike the ball to a goal (strike43). critic prices the state left behind (hover27), borrowed;
// NULL: nothing is paid for it.
Task *task_strike_task_create(const TaskConfig *config, const PolNet *critic, SimError *err);
// The same with a share of the starts (config->start_recorded) drawn from recorded[n], borrowed.
Task *task_strike_task_create_from(const TaskConfig *config, const PolNet *critic,
                                   const TaskStrikeStart *recorded, int n, SimError *err);
void task_destroy(Task *task);  // NULL is fine

// ---- what the task pays for a strike, for strikes elsewhere; the drone that strikes is drone
// TASK_LEARNER of a view in its team's frame

// How near it is to the planned strike, <= 0: before the touch the gain of this is paid.
double task_strike_closeness(const TaskConfig *config, const SimDrone *drone,
                             const SimStrike *plan);
// What each decision costs: a crooked heading and fast turns.
double task_strike_motion_cost(const TaskConfig *config, const SimDrone *drone);
// A legal touch: how well it was done.
typedef struct TaskTouch {
  bool good;              // the ball goes where it should: within 0.5 m, or over the net and in
  double miss;            // m
  double velocity_error;  // m/s
  double clearance;       // m over the net, at most 5; NaN for strikes that stay on the own side
  double worth;           // price of the state left behind
} TaskTouch;
// What the touch pays, from the view right behind it; next: where the drone hovers then. critic as
// for task_strike_task_create.
double task_strike_touch(TaskTouch *touch, const TaskConfig *config, const PolNet *critic,
                         const SimGoal *goal, const SimGoal *next, const SimView *view);

// The ball as the touch leaves it, judged by its exact flight.
typedef struct TaskStrikeFlight {
  double miss;  // m, horizontally, where it falls through the goal's height
  double apex;  // m
  double
      clearance;  // m over the net's top while it is in the net zone; +inf when it is never there
  double landing[2];  // m, where it falls through the goal's height
  bool arrives;       // it gets to the goal's height on the way down
} TaskStrikeFlight;
void task_flight(TaskStrikeFlight *flight, const SimGoal *goal, const double pos[3],
                 const double vel[3]);

#endif  // HCSP_ENV_TASKS_TASKS_H_
