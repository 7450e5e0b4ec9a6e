// The far team sees the court rotated by pi about z (sim/README.md 4.3), which is exact in
// floating point: two signs change, nothing is multiplied.
#include "sim/view.h"

#include <assert.h>
#include <string.h>

#include "sim/vec.h"

void sim_mirror_vec(double out[3], const double vec[3], SimTeam team) {
  assert(team == SIM_NEAR || team == SIM_FAR);
  const double sign = team == SIM_FAR ? -1 : 1;
  vec_set(out, sign * vec[0], sign * vec[1], vec[2]);
}

void sim_mirror_quat(double out[4], const double quat[4], SimTeam team) {
  const double w = quat[0], x = quat[1], y = quat[2], z = quat[3];
  const double turned[4] = {-z, -y, x, w};  // (0, 0, 0, 1) * q
  const double *q = team == SIM_FAR ? turned : quat;
  const double sign = q[0] < 0 ? -1 : 1;
  const double result[4] = {sign * q[0], sign * q[1], sign * q[2], sign * q[3]};
  memcpy(out, result, sizeof result);
}

void sim_mirror_drone(SimDrone *out, const SimDrone *drone, SimTeam team) {
  SimDrone own = *drone;
  sim_mirror_vec(own.pos, drone->pos, team);
  sim_mirror_vec(own.vel, drone->vel, team);
  sim_mirror_vec(own.angvel, drone->angvel, team);
  sim_mirror_quat(own.quat, drone->quat, team);
  assert(!(own.quat[0] < 0));
  for (int i = 0; i < 6; i++) {
    own.rot[i] = team == SIM_FAR ? -drone->rot[i] : drone->rot[i];
  }
  *out = own;
}

void sim_mirror_view(SimView *out, const SimView *view) {
  SimView turned = {.roster = 0};
  assert((view->roster & ~(unsigned)SIM_ALL_DRONES) == 0);
  sim_mirror_vec(turned.ball_pos, view->ball_pos, SIM_FAR);
  sim_mirror_vec(turned.ball_vel, view->ball_vel, SIM_FAR);
  for (int i = 0; i < SIM_DRONES; i++) {
    const int other = (i + SIM_ROLES) % SIM_DRONES;
    sim_mirror_drone(&turned.drone[other], &view->drone[i], SIM_FAR);
    turned.roster |= (view->roster >> i & 1u) << other;
  }
  *out = turned;
}
