// What the task of striking pays, by a configuration, for strikes elsewhere (Stage III).
// The drone that strikes is drone TASK_LEARNER of a view in its team's frame.
#ifndef HCSP_ENV_TASKS_STRIKE_H_
#define HCSP_ENV_TASKS_STRIKE_H_

#include "hcsp/env/tasks/config.h"
#include "hcsp/env/tasks/strike_form.h"
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
// What the touch pays, from the view right behind it; next: where the drone hovers then. critic
// prices the state left behind (hover27); NULL: nothing is paid for it.
double task_strike_touch(TaskTouch *touch, const TaskConfig *config, const PolNet *critic,
                         const SimGoal *goal, const SimGoal *next, const SimView *view);

#endif  // HCSP_ENV_TASKS_STRIKE_H_
