// The ball flies without drag and weighs 1/300 of a drone, so a strike is a mirror that moves: the
// velocity change lies along the racket normal, and its size fixes the normal speed of the racket.
#include "sim/ballistics.h"

#include <assert.h>
#include <math.h>

#include "sim/vec.h"

#define CONTACT_HEIGHT 0.145  // m, ball centre above the drone's origin at the contact, on average
#define APEX_MARGIN 0.05      // m, an apex is at least this far above strike and goal
#define FLIGHT_MIN 0.05       // s

double sim_fall_time(double z, double vz, double height) {
  if (z <= height && vz <= 0) {
    return 0;
  }
  const double square = vz * vz + 2 * SIM_GRAVITY * (z - height);
  return square >= 0 ? fmax((vz + sqrt(square)) / SIM_GRAVITY, 0) : (double)NAN;
}

// vertical speed and flight time from height z to the goal point
static double launch(double *flight, const SimGoal *goal, double z) {
  if (isfinite(goal->flight)) {
    *flight = fmax(goal->flight, FLIGHT_MIN);
    return (goal->point[2] - z) / *flight + SIM_GRAVITY * *flight / 2;
  }
  const double least = fmax(z, goal->point[2]) + APEX_MARGIN;
  const double apex = goal->apex > least ? goal->apex : least;
  const double speed = sqrt(2 * SIM_GRAVITY * (apex - z));
  *flight = speed / SIM_GRAVITY + sqrt(2 * (apex - goal->point[2]) / SIM_GRAVITY);
  return speed;
}

void sim_strike_plan(SimStrike *strike, const SimGoal *goal, const double pos[3],
                     const double vel[3]) {
  // a ball that never rises to the strike height is struck where it turns
  const double time = sim_fall_time(pos[2], vel[2], goal->strike_z);
  strike->time = isnan(time) ? fmax(vel[2] / SIM_GRAVITY, 0) : time;
  const double t = strike->time;
  vec_add_scaled(strike->ball, pos, t, vel);
  strike->ball[2] -= SIM_GRAVITY * t * t / 2;
  vec_set(strike->v_in, vel[0], vel[1], vel[2] - SIM_GRAVITY * t);

  strike->v_out[2] = launch(&strike->flight, goal, strike->ball[2]);
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
  vec_add_scaled(strike->drone, strike->ball, -CONTACT_HEIGHT, strike->normal);
}
