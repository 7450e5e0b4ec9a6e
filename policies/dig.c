// The drone is a point that keeps its velocity during the reaction and then accelerates evenly; it
// need not stop at the strike, because a dig is met in motion.
#include "policies/dig.h"

#include <math.h>

#include "sim/vec.h"

enum { HEIGHTS = 4 };
static const double HEIGHT[HEIGHTS] = {POL_DIG_HIGHEST, 1.8, 1.5, 1.2};

double pol_dig_effort(const SimGoal *goal, const double pos[3], const double vel[3],
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

double pol_dig_height(const SimGoal *goal, const double pos[3], const double vel[3],
                      const double ball_pos[3], const double ball_vel[3]) {
  SimGoal tried = *goal;
  double least = (double)INFINITY;
  double best = HEIGHT[HEIGHTS - 1];
  for (int i = 0; i < HEIGHTS; i++) {
    tried.strike_z = HEIGHT[i];
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
