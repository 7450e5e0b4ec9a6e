// Our own layouts. Everything is seen from the drone (body axes), scaled to order 1 by fixed
// numbers, and the ball enters only through the strike that it calls for, so that one network
// serves every goal (sim/README.md 6.2).
#include <assert.h>

#include "sim/obs.h"
#include "sim/obs_row.h"

void sim_obs_goal(float *out, SimLayout layout, const SimView *view, int drone,
                  const SimGoal *goal) {
  assert(sim_obs_has_goal(layout));
  sim_obs_row_goal(out, layout == SIM_OBS_HOVER27, view, drone, goal);
}

void sim_obs_reflect(float *row, SimLayout layout) {
  assert(sim_obs_has_goal(layout));
  sim_obs_row_reflect(row, layout == SIM_OBS_HOVER27);
}
