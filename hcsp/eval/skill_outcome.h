// What one trial showed: the referee's verdict on the drone under test and where the ball it struck
// really went.
#ifndef HCSP_EVAL_SKILL_OUTCOME_H_
#define HCSP_EVAL_SKILL_OUTCOME_H_

#include "hcsp/eval/skill_trial.h"

enum { EVAL_TRIAL_STEPS = 1000 };  // 10 s

// How a trial went wrong; the first four are faults of the drone, which end it.
typedef enum EvalFault {
  EVAL_FAULT_DRONE_GROUND,
  EVAL_FAULT_DRONE_NET,
  EVAL_FAULT_DOUBLE_TOUCH,
  EVAL_FAULT_BODY_TOUCH,
  EVAL_FAULT_MISSED,      // no legal touch
  EVAL_FAULT_BALL_NET,    // the ball went into the net zone
  EVAL_FAULT_BALL_OUT,    // landed elsewhere than in the far court
  EVAL_FAULT_WRONG_SIDE,  // landed on the other half of it
  EVAL_FAULT_APEX,        // rose to another height than asked
  EVAL_FAULT_OFF_TARGET,  // too far from the commanded point, or never at its height
  EVAL_FAULTS,
  EVAL_NO_FAULT = EVAL_FAULTS,
} EvalFault;
const char *eval_fault_name(EvalFault fault);  // "drone_ground", ..., "missed", ...

// The measures of one trial; NaN where a measure does not apply.
typedef struct EvalOutcome {
  bool counted;  // what the skill depends on upstream has happened
  bool hit;      // a legal racket touch by the drone under test
  bool success, crashed;
  bool in_court, right_side;  // of the landing
  EvalFault fault;
  int steps;
  double error;                 // m, from the commanded point
  double apex, clearance;       // m
  double speed, landing_speed;  // m/s
  double fall;                  // 1 when the ball falls one step after the touch, else 0
} EvalOutcome;

// The ball's flight as the simulation continues it: a parabola through its steps.
typedef struct EvalFlight {
  double pos[3], vel[3];
} EvalFlight;
// The flight of a ball after a step of the simulation, whose integrator moves it with the velocity
// at the end of each step.
void eval_flight_from(EvalFlight *flight, const double pos[3], const double vel[3]);
// Place and velocity when the centre falls through height; false when it never does.
bool eval_flight_fall(double pos[3], double vel[3], const EvalFlight *flight, double height);

// What is remembered while a trial runs; zero it at its start.
typedef struct EvalWatch {
  int touched;    // step of the legal touch of the drone under test, 0 = not yet
  bool followed;  // the ball's flight is known
  bool upstream;  // what must have happened has
  EvalFault drone_fault;
  double highest;  // m, of the ball since the touch
  double lowest;   // m, of the ball within the net zone since the touch
  double speed, fall;
  EvalFlight flight;
  double error_sum;  // m, of the last second
  int error_steps;
} EvalWatch;

void eval_watch_start(EvalWatch *watch);
// Books the state after a step; true when the trial is over: after `steps` steps, at a fault of the
// drone under test, or when it can no longer count.
bool eval_watch_step(EvalWatch *watch, const EvalTrial *trial, const SimState *state, int steps);
void eval_watch_end(EvalOutcome *outcome, const EvalWatch *watch, const EvalTrial *trial,
                    const SimState *state);

#endif  // HCSP_EVAL_SKILL_OUTCOME_H_
