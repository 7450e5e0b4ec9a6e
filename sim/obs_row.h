// Columns of our own layouts, written front to back; functions of the processor and of a GPU.
#ifndef SIM_OBS_ROW_H_
#define SIM_OBS_ROW_H_

#include <math.h>

#include "sim/angle.h"
#include "sim/ballistics.h"
#include "sim/vec.h"
#include "sim/view.h"

#define SIM_OBS_FAR 5.0      // m, a way-point farther than this looks like one at this distance
#define SIM_OBS_STAND_Z 0.3  // m, heights and distances to the net are told from here on
#define SIM_OBS_STAND_X 0.2
#define SIM_OBS_SPAN 1.5   // m or s
#define SIM_OBS_NEAR 0.25  // s, time constant of the column that shows the last moments

SIM_HD double sim_obs_clip(double x, double low, double high) {
  return x < low ? low : x > high ? high : x;
}

// soft saturation: k e near zero, +-1 far away
SIM_HD double sim_obs_soft(double e, double k) {
  return k * e / (1 + k * fabs(e));
}

SIM_HD float *sim_obs_put_clipped(float *out, const double vec[3], double scale, double limit) {
  for (int i = 0; i < 3; i++) {
    *out++ = (float)sim_obs_clip(vec[i] / scale, -limit, limit);
  }
  return out;
}

SIM_HD float *sim_obs_put_soft(float *out, const double vec[3], double k) {
  for (int i = 0; i < 3; i++) {
    *out++ = (float)sim_obs_soft(vec[i], k);
  }
  return out;
}

SIM_HD float *sim_obs_put_drone(float *out, const SimDrone *own) {
  double vel[3], rates[3];
  for (int i = 0; i < 3; i++) {
    *out++ = (float)own->rot[6 + i];  // R^T e_z
  }
  for (int i = 0; i < 3; i++) {
    *out++ = (float)own->rot[i];  // R^T e_x
  }
  rot_apply_inverse(vel, own->rot, own->vel);
  out = sim_obs_put_clipped(out, vel, 3, 3);
  rot_apply_inverse(rates, own->rot, own->angvel);
  rates[2] *= 3;  // yaw is slower
  out = sim_obs_put_clipped(out, rates, 6, 3);
  for (int r = 0; r < SIM_ROTORS; r++) {
    *out++ = (float)(3 * (own->rotor[r] - SIM_HOVER_ROTOR));
  }
  *out++ = (float)sim_obs_clip((own->pos[2] - SIM_OBS_STAND_Z) / SIM_OBS_SPAN, 0, SIM_OBS_SPAN);
  *out++ = (float)sim_obs_clip((own->pos[0] - SIM_OBS_STAND_X) / SIM_OBS_SPAN, 0, SIM_OBS_SPAN);
  return out;
}

SIM_HD float *sim_obs_put_hover(float *out, const SimDrone *own, const SimGoal *goal) {
  double way[3], body[3];
  vec_sub(way, goal->point, own->pos);
  const double far = vec_norm(way);
  for (int i = 0; far > SIM_OBS_FAR && i < 3; i++) {
    way[i] *= SIM_OBS_FAR / far;
  }
  rot_apply_inverse(body, own->rot, way);
  out = sim_obs_put_clipped(out, body, 2, SIM_OBS_FAR);
  out = sim_obs_put_soft(out, body, 1.5);
  return sim_obs_put_soft(out, body, 8);
}

// A row of hover27 of a drone in its team's frame.
SIM_HD void sim_obs_row_hover(float out[27], const SimDrone *own, const SimGoal *goal) {
  sim_obs_put_hover(sim_obs_put_drone(out, own), own, goal);
}

// the ball at pos with vel, in the drone's team's frame
SIM_HD float *sim_obs_put_strike(float *out, const SimDrone *own, const double pos[3],
                                 const double vel[3], const SimGoal *goal) {
  double way[3], miss[3], body[3], axis[3];
  SimStrike plan;
  sim_strike_plan(&plan, goal, pos, vel);

  vec_sub(way, plan.drone, own->pos);
  rot_apply_inverse(body, own->rot, way);
  out = sim_obs_put_clipped(out, body, SIM_OBS_SPAN, 3);
  // where the present velocity would miss the strike
  vec_add_scaled(way, way, -plan.time, own->vel);
  rot_apply_inverse(miss, own->rot, way);
  out = sim_obs_put_soft(out, miss, 3);
  *out++ = (float)plan.time;
  *out++ = (float)sim_exp(-plan.time / SIM_OBS_NEAR);
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

// A row of strike43.
SIM_HD void sim_obs_row_strike(float out[43], const SimDrone *own, const double pos[3],
                               const double vel[3], const SimGoal *goal) {
  sim_obs_put_strike(sim_obs_put_drone(out, own), own, pos, vel, goal);
}

// The same for drone of view, which is turned into its team's frame.
SIM_HD void sim_obs_row_goal(float *out, bool hovers, const SimView *view, int drone,
                             const SimGoal *goal) {
  const SimTeam team = sim_team(drone);
  SimDrone own;
  sim_mirror_drone(&own, &view->drone[drone], team);
  if (hovers) {
    sim_obs_row_hover(out, &own, goal);
  } else {
    double pos[3], vel[3];
    sim_mirror_vec(pos, view->ball_pos, team);
    sim_mirror_vec(vel, view->ball_vel, team);
    sim_obs_row_strike(out, &own, pos, vel, goal);
  }
}

// ---- reflection

SIM_HD void sim_obs_swap(float *a, float *b) {
  const float kept = *a;
  *a = *b;
  *b = kept;
}

// Rotor commands, and rows of hover27 or strike43, of a court mirrored at y = 0.
SIM_HD void sim_command_reflect(float command[SIM_ROTORS]) {
  sim_obs_swap(&command[0], &command[2]);
  sim_obs_swap(&command[1], &command[3]);
}

SIM_HD void sim_obs_row_reflect(float *row, bool hovers) {
  // vectors lose their y, turning rates (axial) their x and z
  const int hover[] = {1, 4, 7, 9, 11, 19, 22, 25};
  const int strike[] = {1, 4, 7, 9, 11, 19, 22, 27, 32, 35, 38, 41};
  const int *const index = hovers ? hover : strike;
  const int n = hovers ? sizeof hover / sizeof hover[0] : sizeof strike / sizeof strike[0];
  for (int i = 0; i < n; i++) {
    row[index[i]] = -row[index[i]];
  }
  sim_command_reflect(row + 12);
}

#endif  // SIM_OBS_ROW_H_
