// Our own layouts. Everything is seen from the drone (body axes), scaled to order 1 by fixed
// numbers, and the ball enters only through the strike that it calls for, so that one network
// serves every goal (sim/README.md 6.2).
#include <assert.h>
#include <math.h>

#include "sim/obs.h"
#include "sim/obs_row.h"
#include "sim/vec.h"

#define NEAR_TIME 0.25  // s, time constant of the column that shows the last moments

static float *put_strike(float *out, const SimView *view, const SimDrone *own, SimTeam team,
                         const SimGoal *goal) {
  double pos[3], vel[3], way[3], miss[3], body[3], axis[3];
  SimStrike plan;
  sim_mirror_vec(pos, view->ball_pos, team);
  sim_mirror_vec(vel, view->ball_vel, team);
  sim_strike_plan(&plan, goal, pos, vel);

  vec_sub(way, plan.drone, own->pos);
  rot_apply_inverse(body, own->rot, way);
  out = sim_obs_put_clipped(out, body, SIM_OBS_SPAN, 3);
  // where the present velocity would miss the strike
  vec_add_scaled(way, way, -plan.time, own->vel);
  rot_apply_inverse(miss, own->rot, way);
  out = sim_obs_put_soft(out, miss, 3);
  *out++ = (float)plan.time;
  *out++ = (float)exp(-plan.time / NEAR_TIME);
  rot_apply_inverse(axis, own->rot, plan.normal);
  for (int i = 0; i < 3; i++) {
    *out++ = (float)axis[i];
  }
  *out++ = (float)(plan.speed / 3);
  *out++ = (float)((vec_dot(own->vel, plan.normal) - plan.speed) / 3);
  rot_apply_inverse(axis, own->rot, plan.v_in);
  out = sim_obs_put_clipped(out, axis, 8, 8);
  rot_apply_inverse(axis, own->rot, plan.v_out);
  out = sim_obs_put_clipped(out, axis, 8, 8);
  vec_sub(way, pos, own->pos);
  rot_apply_inverse(axis, own->rot, way);
  out = sim_obs_put_clipped(out, axis, 1, SIM_OBS_SPAN);
  return sim_obs_put_soft(out, body, 5);
}

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
    out = put_strike(out, view, &own, team, goal);
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
