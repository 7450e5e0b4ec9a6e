// At what height a dig meets the ball. High is better, because the drone then stands under the ball
// and the pass is steady, but only a low strike leaves the time to get there. Digs
// below 1.2 m end on the ground (policies/README.md 3.4). Functions of the processor and of a GPU.
//
// The drone is a point that keeps its velocity during the reaction and then accelerates evenly; it
// need not stop at the strike, because a dig is met in motion.
#ifndef POLICIES_DIG_H_
#define POLICIES_DIG_H_

#include <math.h>

#include "sim/ballistics.h"

#define POL_DIG_HIGHEST 2.1       // m; the others are 1.8, 1.5 and 1.2
#define POL_DIG_REACTION 0.25     // s before the drone is under way
#define POL_DIG_ACCELERATION 5.5  // m/s2, what a drone keeps up sideways

// The acceleration (m/s2, after the reaction) that brings a drone at pos with velocity vel to the
// strike that goal plans for a ball at ball_pos with ball_vel; infinite when there is no time left.
// Everything in one frame, m and m/s.
SIM_HD double pol_dig_effort(const SimGoal *goal, const double pos[3], const double vel[3],
                             const double ball_pos[3], const double ball_vel[3]) {
  SimStrike plan;
  double miss[3];
  sim_strike_plan(&plan, goal, ball_pos, ball_vel);
  const double left = plan.time - POL_DIG_REACTION;
  if (!(left > 0)) {
    return (double)INFINITY;
  }
  vec_sub(miss, plan.drone, pos);
  vec_add_scaled(miss, miss, -plan.time, vel);
  return 2 * vec_norm(miss) / (left * left);
}

// The strike height for goal (its own is not looked at): the highest that takes no more than
// POL_DIG_ACCELERATION, else the one that takes least.
SIM_HD double pol_dig_height(const SimGoal *goal, const double pos[3], const double vel[3],
                             const double ball_pos[3], const double ball_vel[3]) {
  enum { HEIGHTS = 4 };
  const double height[HEIGHTS] = {POL_DIG_HIGHEST, 1.8, 1.5, 1.2};
  SimGoal tried = *goal;
  double least = (double)INFINITY;
  double best = height[HEIGHTS - 1];
  for (int i = 0; i < HEIGHTS; i++) {
    tried.strike_z = height[i];
    const double effort = pol_dig_effort(&tried, pos, vel, ball_pos, ball_vel);
    if (effort <= POL_DIG_ACCELERATION) {
      return tried.strike_z;
    }
    if (effort < least) {
      least = effort;
      best = tried.strike_z;
    }
  }
  return best;
}

#endif  // POLICIES_DIG_H_
