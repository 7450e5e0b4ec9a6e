// What one trial showed: the referee's verdict on the drone under test and where the ball it struck
// really went.
#ifndef HCSP_EVAL_SKILL_OUTCOME_H_
#define HCSP_EVAL_SKILL_OUTCOME_H_

#include "hcsp/eval/skill_trial.h"

enum { HCSP_TRIAL_STEPS = 1000 };  // 10 s

// How a trial went wrong; the first four are faults of the drone, which end it.
typedef enum HcspFault {
  HCSP_FAULT_DRONE_GROUND,
  HCSP_FAULT_DRONE_NET,
  HCSP_FAULT_DOUBLE_TOUCH,
  HCSP_FAULT_BODY_TOUCH,
  HCSP_FAULT_MISSED,      // no legal touch
  HCSP_FAULT_BALL_NET,    // the ball went into the net zone
  HCSP_FAULT_BALL_OUT,    // landed elsewhere than in the far court
  HCSP_FAULT_WRONG_SIDE,  // landed on the other half of it
  HCSP_FAULT_APEX,        // rose to another height than asked
  HCSP_FAULT_OFF_TARGET,  // too far from the commanded point, or never at its height
  HCSP_FAULTS,
  HCSP_NO_FAULT = HCSP_FAULTS,
} HcspFault;
const char *hcsp_fault_name(HcspFault fault);  // "drone_ground", ..., "missed", ...

// The measures of one trial; NaN where a measure does not apply.
typedef struct HcspOutcome {
  bool counted;  // what the skill depends on upstream has happened
  bool hit;      // a legal racket touch by the drone under test
  bool success, crashed;
  bool in_court, right_side;  // of the landing
  HcspFault fault;
  int steps;
  double error;                 // m, from the commanded point
  double apex, clearance;       // m
  double speed, landing_speed;  // m/s
  double fall;                  // 1 when the ball falls one step after the touch, else 0
} HcspOutcome;

// The ball's flight as the simulation continues it: a parabola through its steps.
typedef struct HcspFlight {
  double pos[3], vel[3];
} HcspFlight;
// The flight of a ball after a step of the simulation, whose integrator moves it with the velocity
// at the end of each step.
void hcsp_flight_from(HcspFlight *flight, const double pos[3], const double vel[3]);
// Place and velocity when the centre falls through height; false when it never does.
bool hcsp_flight_fall(double pos[3], double vel[3], const HcspFlight *flight, double height);

// What is remembered while a trial runs; zero it at its start.
typedef struct HcspWatch {
  int touched;    // step of the legal touch of the drone under test, 0 = not yet
  bool followed;  // the ball's flight is known
  bool upstream;  // what must have happened has
  HcspFault drone_fault;
  double highest;  // m, of the ball since the touch
  double lowest;   // m, of the ball within the net zone since the touch
  double speed, fall;
  HcspFlight flight;
  double error_sum;  // m, of the last second
  int error_steps;
} HcspWatch;

void hcsp_watch_start(HcspWatch *watch);
// Books the state after a step; true when the trial is over: after `steps` steps, at a fault of the
// drone under test, or when it can no longer count.
bool hcsp_watch_step(HcspWatch *watch, const HcspTrial *trial, const SimState *state, int steps);
void hcsp_watch_end(HcspOutcome *outcome, const HcspWatch *watch, const HcspTrial *trial,
                    const SimState *state);

#endif  // HCSP_EVAL_SKILL_OUTCOME_H_
