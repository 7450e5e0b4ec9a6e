// Our own layouts. Everything is seen from the drone (body axes), scaled to order 1 by fixed
// numbers, and the ball enters only through the strike that it calls for, so that one network
// serves every goal (sim/README.md 6.2).
#include <assert.h>
#include <math.h>

#include "sim/obs.h"
#include "sim/obs_row.h"
#include "sim/vec.h"

void sim_obs_goal(float *out, SimLayout layout, const SimView *view, int drone,
                  const SimGoal *goal) {
  const SimTeam team = sim_team(drone);
  const float *const start = out;
  SimDrone own;
  sim_mirror_drone(&own, &view->drone[drone], team);
  out = sim_obs_put_drone(out, &own);
  if (layout == SIM_OBS_HOVER27) {
    out = sim_obs_put_hover(out, &own, goal);
  } else {
    double pos[3], vel[3];
    sim_mirror_vec(pos, view->ball_pos, team);
    sim_mirror_vec(vel, view->ball_vel, team);
    out = sim_obs_put_strike(out, &own, pos, vel, goal);
  }
  assert(sim_obs_has_goal(layout) && out == start + sim_obs_size(layout));
  (void)start;
}

// ---- reflection

static void swap(float *a, float *b) {
  const float kept = *a;
  *a = *b;
  *b = kept;
}

void sim_command_reflect(float command[SIM_ROTORS]) {
  swap(&command[0], &command[2]);
  swap(&command[1], &command[3]);
}

void sim_obs_reflect(float *row, SimLayout layout) {
  // vectors lose their y, turning rates (axial) their x and z
  static const int hover[] = {1, 4, 7, 9, 11, 19, 22, 25};
  static const int strike[] = {1, 4, 7, 9, 11, 19, 22, 27, 32, 35, 38, 41};
  const bool hovers = layout == SIM_OBS_HOVER27;
  const int *const index = hovers ? hover : strike;
  const int n = hovers ? sizeof hover / sizeof hover[0] : sizeof strike / sizeof strike[0];
  assert(sim_obs_has_goal(layout));
  for (int i = 0; i < n; i++) {
    row[index[i]] = -row[index[i]];
  }
  sim_command_reflect(row + 12);
}
