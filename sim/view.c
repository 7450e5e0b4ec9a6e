// What of the conversions a GPU does not need.
#include "sim/view.h"

#include <assert.h>
#include <string.h>

#include "sim/vec.h"

void sim_reflect_vec(double out[3], const double vec[3]) {
  vec_set(out, vec[0], -vec[1], vec[2]);
}

void sim_reflect_drone(SimDrone *out, const SimDrone *drone) {
  // turning rates are axial; a rotation keeps its turn about y and reverses the other two
  static const double turn[9] = {1, -1, 1, -1, 1, -1, 1, -1, 1};
  SimDrone own = *drone;
  sim_reflect_vec(own.pos, drone->pos);
  sim_reflect_vec(own.vel, drone->vel);
  vec_set(own.angvel, -drone->angvel[0], drone->angvel[1], -drone->angvel[2]);
  own.quat[1] = -drone->quat[1];
  own.quat[3] = -drone->quat[3];
  for (int i = 0; i < 9; i++) {
    own.rot[i] = turn[i] * drone->rot[i];
  }
  for (int i = 0; i < SIM_ROTORS; i++) {
    own.rotor[i] = drone->rotor[i ^ 2];
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
