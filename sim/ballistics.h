// Exact flight of the ball (no drag) and the strike that sends it where it should go.
// Source: sim/README.md 6.2; restitution 0.8, ball much lighter than drone.
#ifndef SIM_BALLISTICS_H_
#define SIM_BALLISTICS_H_

#include <stdbool.h>

#include "sim/view.h"

// What a skill is asked for, in the team's frame. Strikes send the ball through `point` on its way
// down: after `flight` seconds, or through `apex`, whichever is finite (flight wins). Moves fly to
// `point`.
typedef struct SimGoal {
  double point[3];  // m
  double flight;    // s, NaN = not given
  double apex;      // m, height of the ball centre, NaN = not given
  double strike_z;  // m, height of the ball centre at the strike; NaN for moves
  bool side[2];     // side one-hot of the published layouts, see SimAsk of sim/obs.h
} SimGoal;

// The time, >= 0, at which a ball at height z with vertical speed vz falls through height: the
// later crossing. NaN when it never gets there, 0 when it is below and falling.
double sim_fall_time(double z, double vz, double height);

// Where and how a ball is to be struck, in the frame of its inputs.
typedef struct SimStrike {
  double time;       // s until the ball centre falls to the strike height (0 once below)
  double ball[3];    // m, ball centre then
  double v_in[3];    // m/s, ball velocity then
  double v_out[3];   // m/s, wanted ball velocity after the strike
  double normal[3];  // unit racket normal that does it
  double speed;      // m/s, racket velocity along the normal
  double drone[3];   // m, drone origin at the strike: ball - 0.145 normal
  double flight;     // s, flight time from strike to the goal point
} SimStrike;

// Plans the strike of a ball at pos with velocity vel for goal (point, flight or apex, strike_z).
// An apex below the strike height or the point is raised to 0.05 m above the higher of the two.
void sim_strike_plan(SimStrike *strike, const SimGoal *goal, const double pos[3],
                     const double vel[3]);

#endif  // SIM_BALLISTICS_H_
