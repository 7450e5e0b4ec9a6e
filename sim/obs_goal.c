// Our own layouts. Everything is seen from the drone (body axes), scaled to order 1 by fixed
// numbers, and the ball enters only through the strike that it calls for, so that one network
// serves every goal (sim/README.md 6.2).
#include <assert.h>
#include <math.h>

#include "sim/obs.h"
#include "sim/vec.h"

#define FAR 5.0         // m, a way-point farther than this looks like one at this distance
#define NEAR_TIME 0.25  // s, time constant of the column that shows the last moments
#define STAND_Z 0.3     // m, heights and distances to the net are told from here on
#define STAND_X 0.2
#define SPAN 1.5  // m or s

static double clip(double x, double low, double high) {
  return x < low ? low : x > high ? high : x;
}

// soft saturation: k e near zero, +-1 far away
static double soft(double e, double k) {
  return k * e / (1 + k * fabs(e));
}

static float *put_clipped(float *out, const double vec[3], double scale, double limit) {
  for (int i = 0; i < 3; i++) {
    *out++ = (float)clip(vec[i] / scale, -limit, limit);
  }
  return out;
}

static float *put_soft(float *out, const double vec[3], double k) {
  for (int i = 0; i < 3; i++) {
    *out++ = (float)soft(vec[i], k);
  }
  return out;
}

static float *put_drone(float *out, const SimDrone *own) {
  double vel[3], rates[3];
  for (int i = 0; i < 3; i++) {
    *out++ = (float)own->rot[6 + i];  // R^T e_z
  }
  for (int i = 0; i < 3; i++) {
    *out++ = (float)own->rot[i];  // R^T e_x
  }
  rot_apply_inverse(vel, own->rot, own->vel);
  out = put_clipped(out, vel, 3, 3);
  rot_apply_inverse(rates, own->rot, own->angvel);
  rates[2] *= 3;  // yaw is slower
  out = put_clipped(out, rates, 6, 3);
  for (int r = 0; r < SIM_ROTORS; r++) {
    *out++ = (float)(3 * (own->rotor[r] - SIM_HOVER_ROTOR));
  }
  *out++ = (float)clip((own->pos[2] - STAND_Z) / SPAN, 0, SPAN);
  *out++ = (float)clip((own->pos[0] - STAND_X) / SPAN, 0, SPAN);
  return out;
}

static float *put_hover(float *out, const SimDrone *own, const SimGoal *goal) {
  double way[3], body[3];
  vec_sub(way, goal->point, own->pos);
  const double far = vec_norm(way);
  for (int i = 0; far > FAR && i < 3; i++) {
    way[i] *= FAR / far;
  }
  rot_apply_inverse(body, own->rot, way);
  out = put_clipped(out, body, 2, FAR);
  out = put_soft(out, body, 1.5);
  return put_soft(out, body, 8);
}

static float *put_strike(float *out, const SimView *view, const SimDrone *own, SimTeam team,
                         const SimGoal *goal) {
  double pos[3], vel[3], way[3], miss[3], body[3], axis[3];
  SimStrike plan;
  sim_mirror_vec(pos, view->ball_pos, team);
  sim_mirror_vec(vel, view->ball_vel, team);
  sim_strike_plan(&plan, goal, pos, vel);

  vec_sub(way, plan.drone, own->pos);
  rot_apply_inverse(body, own->rot, way);
  out = put_clipped(out, body, SPAN, 3);
  // where the present velocity would miss the strike
  vec_add_scaled(way, way, -plan.time, own->vel);
  rot_apply_inverse(miss, own->rot, way);
  out = put_soft(out, miss, 3);
  *out++ = (float)plan.time;
  *out++ = (float)exp(-plan.time / NEAR_TIME);
  rot_apply_inverse(axis, own->rot, plan.normal);
  for (int i = 0; i < 3; i++) {
    *out++ = (float)axis[i];
  }
  *out++ = (float)(plan.speed / 3);
  *out++ = (float)((vec_dot(own->vel, plan.normal) - plan.speed) / 3);
  rot_apply_inverse(axis, own->rot, plan.v_in);
  out = put_clipped(out, axis, 8, 8);
  rot_apply_inverse(axis, own->rot, plan.v_out);
  out = put_clipped(out, axis, 8, 8);
  vec_sub(way, pos, own->pos);
  rot_apply_inverse(axis, own->rot, way);
  out = put_clipped(out, axis, 1, SPAN);
  return put_soft(out, body, 5);
}

void sim_obs_goal(float *out, SimLayout layout, const SimView *view, int drone,
                  const SimGoal *goal) {
  const SimTeam team = sim_team(drone);
  const float *const start = out;
  SimDrone own;
  sim_mirror_drone(&own, &view->drone[drone], team);
  out = put_drone(out, &own);
  if (layout == SIM_OBS_HOVER27) {
    out = put_hover(out, &own, goal);
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
