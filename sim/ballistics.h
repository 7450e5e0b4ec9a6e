// Exact flight of the ball (no drag) and the strike that sends it where it should go, as functions
// of the processor and of a GPU. The ball weighs 1/300 of a drone, so a strike is a mirror that
// moves: the velocity change lies along the racket normal, and its size fixes the normal speed of
// the racket. Source: sim/README.md 6.2; restitution 0.8.
#ifndef SIM_BALLISTICS_H_
#define SIM_BALLISTICS_H_

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "sim/vec.h"
#include "sim/view.h"

#define SIM_STRIKE_HEIGHT 0.145  // m, ball centre above the drone's origin at a contact, on average
#define SIM_STRIKE_APEX 0.05     // m, an apex is at least this far above strike and goal
#define SIM_STRIKE_FLIGHT 0.05   // s, at least

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
SIM_HD double sim_fall_time(double z, double vz, double height) {
  if (z <= height && vz <= 0) {
    return 0;
  }
  const double square = vz * vz + 2 * SIM_GRAVITY * (z - height);
  return square >= 0 ? fmax((vz + sqrt(square)) / SIM_GRAVITY, 0.0) : (double)NAN;
}

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

// vertical speed and flight time from height z to the goal point
SIM_HD double sim_strike_launch(double *flight, const SimGoal *goal, double z) {
  if (isfinite(goal->flight)) {
    *flight = fmax(goal->flight, SIM_STRIKE_FLIGHT);
    return (goal->point[2] - z) / *flight + SIM_GRAVITY * *flight / 2;
  }
  const double least = fmax(z, goal->point[2]) + SIM_STRIKE_APEX;
  const double apex = goal->apex > least ? goal->apex : least;
  const double speed = sqrt(2 * SIM_GRAVITY * (apex - z));
  *flight = speed / SIM_GRAVITY + sqrt(2 * (apex - goal->point[2]) / SIM_GRAVITY);
  return speed;
}

// Plans the strike of a ball at pos with velocity vel for goal (point, flight or apex, strike_z).
// An apex below the strike height or the point is raised to 0.05 m above the higher of the two.
SIM_HD void sim_strike_plan(SimStrike *strike, const SimGoal *goal, const double pos[3],
                            const double vel[3]) {
  // a ball that never rises to the strike height is struck where it turns
  const double time = sim_fall_time(pos[2], vel[2], goal->strike_z);
  strike->time = isnan(time) ? fmax(vel[2] / SIM_GRAVITY, 0.0) : time;
  const double t = strike->time;
  vec_add_scaled(strike->ball, pos, t, vel);
  strike->ball[2] -= SIM_GRAVITY * t * t / 2;
  vec_set(strike->v_in, vel[0], vel[1], vel[2] - SIM_GRAVITY * t);

  strike->v_out[2] = sim_strike_launch(&strike->flight, goal, strike->ball[2]);
  assert(!(strike->time < 0) && !(strike->flight <= 0));
  for (int k = 0; k < 2; k++) {
    strike->v_out[k] = (goal->point[k] - strike->ball[k]) / strike->flight;
  }
  double change[3];
  vec_sub(change, strike->v_out, strike->v_in);
  const double size = vec_norm(change);
  if (size > 1e-9) {
    vec_set(strike->normal, change[0] / size, change[1] / size, change[2] / size);
  } else {
    vec_set(strike->normal, 0, 0, 1);
  }
  // v_out = v_in - (1 + e) ((v_in - v_racket) . n) n, solved for v_racket . n
  strike->speed = (vec_dot(strike->v_out, strike->normal) +
                   SIM_BOX_RESTITUTION * vec_dot(strike->v_in, strike->normal)) /
                  (1 + SIM_BOX_RESTITUTION);
  vec_add_scaled(strike->drone, strike->ball, -SIM_STRIKE_HEIGHT, strike->normal);
}

#endif  // SIM_BALLISTICS_H_
