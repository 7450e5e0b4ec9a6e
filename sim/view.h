// What can be seen of a match at one instant: the seven bodies and the rotors, court frame (x along
// the court, net at x = 0, near team x > 0, z up), SI units, and the few conversions every reader
// of it needs.
#ifndef SIM_VIEW_H_
#define SIM_VIEW_H_

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "sim/base/hd.h"
#include "sim/physics.h"
#include "sim/vec.h"

enum { SIM_DRONES = 6, SIM_TEAMS = 2, SIM_ROLES = 3 };
enum { SIM_ALL_DRONES = (1 << SIM_DRONES) - 1 };

typedef enum SimTeam { SIM_NEAR, SIM_FAR } SimTeam;
typedef enum SimRole { SIM_PASSER, SIM_SETTER, SIM_ATTACKER } SimRole;

// Drone index, everywhere: near passer, setter, attacker, far passer, setter, attacker.
SIM_HD SimTeam sim_team(int drone) {
  assert(drone >= 0 && drone < SIM_DRONES);
  return drone < SIM_ROLES ? SIM_NEAR : SIM_FAR;
}
SIM_HD SimRole sim_role(int drone) {
  assert(drone >= 0 && drone < SIM_DRONES);
  return (SimRole)(drone % SIM_ROLES);
}
SIM_HD int sim_drone(SimTeam team, SimRole role) {
  assert((team == SIM_NEAR || team == SIM_FAR) && role <= SIM_ATTACKER);
  return SIM_ROLES * (int)team + (int)role;
}

typedef struct SimDrone {
  double pos[3];             // m
  double quat[4];            // w x y z, body to court, w >= 0
  double rot[9];             // the same as a matrix, row-major; its columns are the body axes
  double vel[3];             // m/s
  double angvel[3];          // rad/s, court axes
  double rotor[SIM_ROTORS];  // rotor-speed fraction s, 0..1
} SimDrone;

typedef struct SimView {
  double ball_pos[3];  // m
  double ball_vel[3];  // m/s
  SimDrone drone[SIM_DRONES];
  unsigned roster;  // bit i: drone i exists; the others are zero
} SimView;

SIM_HD bool sim_present(const SimView *view, int drone) {
  assert(drone >= 0 && drone < SIM_DRONES);
  return (view->roster >> drone & 1u) != 0;
}

// Turns court coordinates into the team's frame and back: the far team sees the court rotated by pi
// about z (a rotation, not a reflection: left stays left), which is exact in floating point: two
// signs change, nothing is multiplied. Its own inverse; near is the identity.
SIM_HD void sim_mirror_vec(double out[3], const double vec[3], SimTeam team) {
  assert(team == SIM_NEAR || team == SIM_FAR);
  const double sign = team == SIM_FAR ? -1 : 1;
  vec_set(out, sign * vec[0], sign * vec[1], vec[2]);
}
// Result has w >= 0.
SIM_HD void sim_mirror_quat(double out[4], const double quat[4], SimTeam team) {
  const double w = quat[0], x = quat[1], y = quat[2], z = quat[3];
  const double turned[4] = {-z, -y, x, w};  // (0, 0, 0, 1) * q
  const double *q = team == SIM_FAR ? turned : quat;
  const double sign = q[0] < 0 ? -1 : 1;
  const double result[4] = {sign * q[0], sign * q[1], sign * q[2], sign * q[3]};
  memcpy(out, result, sizeof result);
}
// A drone as its own team sees it (rotors unchanged).
SIM_HD void sim_mirror_drone(SimDrone *out, const SimDrone *drone, SimTeam team) {
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

// In a mirror at y = 0, left and right exchanged: a drone whose commands are mirrored, too
// (sim_command_reflect), flies as its image.
void sim_reflect_vec(double out[3], const double vec[3]);
void sim_reflect_drone(SimDrone *out, const SimDrone *drone);
// The whole match rotated by pi, drone i becoming drone (i + 3) % 6: what the near team sees
// becomes what the far team sees.
void sim_mirror_view(SimView *out, const SimView *view);

#endif  // SIM_VIEW_H_
