// Whose ball it is in a match of flat policies, and what that drone is paid for playing it over the
// net: what the task of a strike pays (strike_form.h), with a goal in the other court. Without that
// a drone that might receive is paid more for flying away (policies/flat/README.md).
#ifndef HCSP_ENV_TASKS_FLAT_DUTY_H_
#define HCSP_ENV_TASKS_FLAT_DUTY_H_

#include "hcsp/env/tasks/strike_form.h"
#include "sim/world.h"

// What is remembered of it; plain numbers, zero when a rally starts.
typedef struct TaskDuty {
  int32_t turn;      // 1 + the drone; 0: nobody's
  SimGoal goal;      // in its team's frame, the same until somebody touches the ball
  double closeness;  // to the planned strike, at the last decision
} TaskDuty;

// The drone whose ball it is, -1: nobody's. The team where it comes down plays it, but for one of
// the other team's that goes out: its passer, and when that one has hit, the one of the others that
// is nearest. Before the serve it is the server's.
int task_duty_drone(const SimState *state);
// Brings duty up to date at the end of a decision; returns what the drone whose ball it is (in
// *drone, -1: nobody) is paid for having come closer. far: m from where it is to be when it plays
// the ball. apex: m, of balls that it is to return.
double task_duty_approach(int *drone, double *far, TaskDuty *duty, const StrikeKeys *keys,
                          double apex, const SimState *state);
// After a control step: what a legal touch pays the drone whose ball it was, in *drone; 0 and -1
// when that one has not touched it. A touch by anybody ends the duty.
double task_duty_touch(int *drone, TaskDuty *duty, const StrikeKeys *keys, const SimState *state);

#endif  // HCSP_ENV_TASKS_FLAT_DUTY_H_
