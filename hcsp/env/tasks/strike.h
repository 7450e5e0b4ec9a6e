// What the task of striking pays, for strikes elsewhere (Stage III), and the flight it judges by.
// The drone that strikes is drone TASK_LEARNER of a view in its team's frame.
#ifndef HCSP_ENV_TASKS_STRIKE_H_
#define HCSP_ENV_TASKS_STRIKE_H_

#include "hcsp/env/tasks/config.h"
#include "policies/net.h"

// Floats of scratch that the largest network which may price states needs.
enum { TASK_CRITIC_SCRATCH = 2 * 256 * 16 };

// How near it is to the planned strike, <= 0: before the touch the gain of this is paid.
double task_strike_closeness(const TaskConfig *config, const SimDrone *drone,
                             const SimStrike *plan);
// What each decision costs: a crooked heading and fast turns.
double task_strike_motion_cost(const TaskConfig *config, const SimDrone *drone);
// What a strike costs that never touches the ball; crash: because the drone is lost.
double task_strike_lost_cost(const TaskConfig *config, bool crash);
// A legal touch: how well it was done.
typedef struct TaskTouch {
  bool good;              // the ball goes where it should: within 0.5 m, or over the net and in
  double miss;            // m
  double velocity_error;  // m/s
  double clearance;       // m over the net, at most 5; NaN for strikes that stay on the own side
  double worth;           // price of the state left behind
} TaskTouch;
// What the touch pays, from the view right behind it; next: where the drone hovers then. critic
// prices the state left behind (hover27); NULL: nothing is paid for it.
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

#endif  // HCSP_ENV_TASKS_STRIKE_H_
