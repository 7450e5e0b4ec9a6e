// The two families of tasks of Stage I: flying to a point, and striking the ball to one.
#ifndef HCSP_TASKS_TASKS_H_
#define HCSP_TASKS_TASKS_H_

#include "hcsp/tasks/config.h"
#include "hcsp/tasks/task.h"
#include "policies/net.h"

// A state after a strike, from which the hover has to go on.
typedef struct HcspHandOff {
  SimDrone drone;   // near frame
  double point[3];  // m, where it is to hover
} HcspHandOff;

// Fly to a point and stay there (hover27). recorded[n] are extra starts, borrowed.
HcspTask *hcsp_hover_task_create(const HcspSkillConfig *config, const HcspHandOff *recorded, int n,
                                 SimError *err);
// Floats of scratch that the largest network which may price states needs.
enum { HCSP_CRITIC_SCRATCH = 2 * 256 * 16 };

// A strike as it began in a match, near frame.
typedef struct HcspStrikeStart {
  SimDrone drone;
  double ball_pos[3], ball_vel[3];
  SimGoal goal;
  SimWash wash;    // team-mates
  double next[3];  // m, where the drone hovers afterwards
} HcspStrikeStart;

// Strike the ball to a goal (strike43). critic prices the state left behind (hover27), borrowed;
// NULL: nothing is paid for it.
HcspTask *hcsp_strike_task_create(const HcspSkillConfig *config, const PolNet *critic,
                                  SimError *err);
// The same with a share of the starts (config->start_recorded) drawn from recorded[n], borrowed.
HcspTask *hcsp_strike_task_create_from(const HcspSkillConfig *config, const PolNet *critic,
                                       const HcspStrikeStart *recorded, int n, SimError *err);
void hcsp_task_destroy(HcspTask *task);  // NULL is fine

// ---- what the task pays for a strike, for strikes elsewhere; the drone that strikes is drone
// HCSP_LEARNER of a view in its team's frame

// How near it is to the planned strike, <= 0: before the touch the gain of this is paid.
double hcsp_strike_closeness(const HcspSkillConfig *config, const SimDrone *drone,
                             const SimStrike *plan);
// What each decision costs: a crooked heading and fast turns.
double hcsp_strike_motion_cost(const HcspSkillConfig *config, const SimDrone *drone);
// A legal touch: how well it was done.
typedef struct HcspTouch {
  bool good;              // the ball goes where it should: within 0.5 m, or over the net and in
  double miss;            // m
  double velocity_error;  // m/s
  double clearance;       // m over the net, at most 5; NaN for strikes that stay on the own side
  double worth;           // price of the state left behind
} HcspTouch;
// What the touch pays, from the view right behind it; next: where the drone hovers then. critic as
// for hcsp_strike_task_create.
double hcsp_strike_touch(HcspTouch *touch, const HcspSkillConfig *config, const PolNet *critic,
                         const SimGoal *goal, const SimGoal *next, const SimView *view);

// The ball as the touch leaves it, judged by its exact flight.
typedef struct HcspStrikeFlight {
  double miss;  // m, horizontally, where it falls through the goal's height
  double apex;  // m
  double
      clearance;  // m over the net's top while it is in the net zone; +inf when it is never there
  double landing[2];  // m, where it falls through the goal's height
  bool arrives;       // it gets to the goal's height on the way down
} HcspStrikeFlight;
void hcsp_flight(HcspStrikeFlight *flight, const SimGoal *goal, const double pos[3],
                 const double vel[3]);

#endif  // HCSP_TASKS_TASKS_H_
