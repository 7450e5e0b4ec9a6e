// At what height a dig meets the ball. High is better, because the drone then stands under the ball
// and the pass is steady, but only a low strike leaves the time to get there. Digs
// below 1.2 m end on the ground (policies/README.md 3.4).
#ifndef POLICIES_DIG_H_
#define POLICIES_DIG_H_

#include "sim/ballistics.h"

#define POL_DIG_HIGHEST 2.1       // m; the others are 1.8, 1.5 and 1.2
#define POL_DIG_REACTION 0.25     // s before the drone is under way
#define POL_DIG_ACCELERATION 5.5  // m/s2, what a drone keeps up sideways

// The acceleration (m/s2, after the reaction) that brings a drone at pos with velocity vel to the
// strike that goal plans for a ball at ball_pos with ball_vel; infinite when there is no time left.
// Everything in one frame, m and m/s.
double pol_dig_effort(const SimGoal *goal, const double pos[3], const double vel[3],
                      const double ball_pos[3], const double ball_vel[3]);
// The strike height for goal (its own is not looked at): the highest that takes no more than
// POL_DIG_ACCELERATION, else the one that takes least.
double pol_dig_height(const SimGoal *goal, const double pos[3], const double vel[3],
                      const double ball_pos[3], const double ball_vel[3]);

#endif  // POLICIES_DIG_H_
