// A step of a match in closed form: rotors, forces, and the free motion of bodies that touch
// nothing, which is what MuJoCo's Euler integrator does with a free joint. It differs from mj_step
// by rounding (1e-14 a step), so that a run or a log made with one of them goes on with that one
// alone.
//
// Only arithmetic and sqrt (sim/lanes.h): the same text is compiled for one match, for blocks of
// matches and for a GPU, with the same bits.
#ifndef SIM_FLIGHT_H_
#define SIM_FLIGHT_H_

#include <assert.h>

#include "sim/lanes.h"
#include "sim/plant.h"
#include "sim/view.h"

// How far a squared length of a quaternion may be from 1: MuJoCo's mjMINVAL of a length
#define SIM_FLIGHT_EPSILON 2e-15
// Wash below this exponent is less than 1e-13 of the thrust and left out.
#define SIM_WASH_CUTOFF 30.0
// m; boxes whose spheres are farther apart have no contact, also with MuJoCo's own rounding
#define SIM_NEAR_MARGIN 0.05

#if SIM_LANES == 1
typedef SimDrone SimFlightDrone;
typedef SimPlant SimFlightPlant;
#else
// SimDrone, and what flight needs of SimPlant: the same numbers in the same order
typedef struct SimFlightDrone {
  LaneReal pos[3], quat[4], rot[9], vel[3], angvel[3], rotor[SIM_ROTORS];
} SimFlightDrone;
typedef struct SimFlightPlant {
  LaneReal drone_mass, inertia[3], thrust, reaction, lag, damping;
  LaneReal ball_mass, ball_radius, ball_drag, box_restitution, disc_restitution;
  LaneReal downwash_radial, downwash_axial, downwash_reach, wind[3];
} SimFlightPlant;
#endif

// ---- free motion

// sin(x) / x and cos(x) of x2 = x^2, within 4e-16 and 2e-15 for |x| <= 4 (a spin of 800 rad/s): the
// series of an eighth of x, doubled three times
SIM_FN void sim_flight_sinc(LaneReal *sinc, LaneReal *cosine, LaneReal x2) {
  LaneReal y2 = x2 * (1.0 / 64);
  LaneReal s = y2 * (1.0 / 6227020800.0) - 1.0 / 39916800.0;
  s = y2 * s + 1.0 / 362880.0;
  s = y2 * s - 1.0 / 5040.0;
  s = y2 * s + 1.0 / 120.0;
  s = y2 * s - 1.0 / 6.0;
  s = y2 * s + 1.0;
  // 1 - cos, which keeps its digits when it is doubled
  LaneReal v = y2 * (1.0 / 87178291200.0) - 1.0 / 479001600.0;
  v = y2 * v + 1.0 / 3628800.0;
  v = y2 * v - 1.0 / 40320.0;
  v = y2 * v + 1.0 / 720.0;
  v = y2 * v - 1.0 / 24.0;
  v = y2 * v + 0.5;
  v = y2 * v;
  for (int k = 0; k < 3; k++) {
    const LaneReal c = 1.0 - v;
    v = 2.0 * y2 * (s * s);
    s = s * c;
    y2 = 4.0 * y2;
  }
  *sinc = s;
  *cosine = 1.0 - v;
}

// q, w x y z, turned by spin (rad/s, body axes) for dt s, and with w >= 0
SIM_FN void sim_flight_turn(LaneReal q[4], const LaneReal spin[3], double dt) {
  const LaneReal size = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3];
  const LaneMask off = lane_abs(size - 1.0) > SIM_FLIGHT_EPSILON;
  LaneReal scale = lane_set(1), sinc, cosine;
  if (lane_any(off)) {
    scale = lane_select(off, 1.0 / lane_sqrt(size), scale);
  }
  sim_flight_sinc(&sinc, &cosine, lane_dot(spin, spin) * (dt * dt / 4));
  const LaneReal share = sinc * (dt / 2);
  const LaneReal w = scale * q[0], x = scale * q[1], y = scale * q[2], z = scale * q[3],
                 tx = share * spin[0], ty = share * spin[1], tz = share * spin[2];
  q[0] = w * cosine - x * tx - y * ty - z * tz;
  q[1] = w * tx + x * cosine + y * tz - z * ty;
  q[2] = w * ty - x * tz + y * cosine + z * tx;
  q[3] = w * tz + x * ty - y * tx + z * cosine;
  const LaneReal sign = lane_select(q[0] < 0.0, lane_set(-1), lane_set(1));
  for (int k = 0; k < 4; k++) {
    q[k] = sign * q[k];
  }
}

// w x I w, N m in body axes: what the inertia of a spinning body takes of its torque
SIM_FN void sim_flight_gyroscopic(LaneReal out[3], const LaneReal spin[3],
                                  const LaneReal inertia[3]) {
  const LaneReal a = spin[0], b = spin[1], c = spin[2];
  out[0] = (inertia[2] - inertia[1]) * b * c;
  out[1] = (inertia[0] - inertia[2]) * c * a;
  out[2] = (inertia[1] - inertia[0]) * a * b;
}

// A point of mass kg that force N pushes (court axes, without gravity) for dt s: the velocity
// first, then the place with the new one (semi-implicit Euler).
SIM_FN void sim_flight_fall(LaneReal pos[3], LaneReal vel[3], const LaneReal force[3],
                            LaneReal mass, double dt) {
  const LaneReal share = dt / mass;
  for (int k = 0; k < 3; k++) {
    vel[k] += share * force[k] - (k == 2 ? dt * SIM_GRAVITY : 0.0);
    pos[k] += dt * vel[k];
  }
}

// One step of dt s of a body with principal moments of inertia kg m2: pos m and vel m/s in court
// axes, quat body to court, spin rad/s in body axes; wrench = force N in court axes, without
// gravity, and torque N m in body axes. Source: the equations of MuJoCo's documentation,
// "Computation".
SIM_FN void sim_flight_step(LaneReal pos[3], LaneReal quat[4], LaneReal vel[3], LaneReal spin[3],
                            const LaneReal wrench[6], LaneReal mass, const LaneReal inertia[3],
                            double dt) {
  assert(dt > 0);
  LaneReal gyroscopic[3];
  sim_flight_gyroscopic(gyroscopic, spin, inertia);
  for (int k = 0; k < 3; k++) {
    spin[k] += (wrench[3 + k] - gyroscopic[k]) * (dt / inertia[k]);
  }
  sim_flight_fall(pos, vel, wrench, mass, dt);
  sim_flight_turn(quat, spin, dt);
}

// ---- forces

// first-order lag in rotor-speed space, once a step (rotor_group.py)
SIM_FN void sim_flight_lag(LaneReal *rotor, LaneReal command, LaneReal lag) {
  const LaneReal share = lane_min(lane_max((command + 1.0) / 2.0, lane_set(0)), lane_set(1));
  *rotor += lag * (lane_sqrt(share) - *rotor);
}

// thrust of a rotor, N, of full N at full speed
SIM_FN LaneReal sim_flight_thrust(LaneReal rotor, LaneReal full) {
  return full * lane_min(lane_max(rotor * rotor, lane_set(0)), lane_set(1));
}

// Force (N, court axes) and torque (N m, body axes) of rotors and damping; *total gets the thrust.
SIM_FN void sim_flight_wrench(LaneReal wrench[6], LaneReal *total, const SimFlightDrone *drone,
                              const LaneReal spin[3], const SimFlightPlant *p) {
  // on a GPU a function sees no table but its own
  const double hub[SIM_ROTORS][2] = SIM_ROTOR_HUBS, turns[SIM_ROTORS] = SIM_ROTOR_TURNS;
  const LaneReal reaction = p->reaction / p->thrust;
  LaneReal torque[3] = {lane_set(0), lane_set(0), lane_set(0)}, sum = lane_set(0);
  for (int r = 0; r < SIM_ROTORS; r++) {
    const LaneReal thrust = sim_flight_thrust(drone->rotor[r], p->thrust);
    sum += thrust;
    torque[0] += hub[r][1] * thrust;
    torque[1] -= hub[r][0] * thrust;
    torque[2] -= turns[r] * reaction * thrust;
  }
  for (int k = 0; k < 3; k++) {
    wrench[k] =
        sum * drone->rot[3 * k + 2] - p->damping * p->drone_mass * (drone->vel[k] - p->wind[k]);
    wrench[3 + k] = torque[k] - p->damping * p->inertia[k] * spin[k];
  }
  *total = sum;
}

// Rotor wash of a drone on a point (sim/README.md 2.6): offset m from the point to the drone, apart
// the square of its length, along its part along the drone's thrust axis. Returns whether there is
// any.
SIM_FN LaneMask sim_flight_blows(LaneReal *exponent, LaneReal apart, LaneReal along,
                                 const SimFlightPlant *p) {
  const LaneReal radial = lane_max(apart - along * along, lane_set(0));
  const LaneMask behind = (along > 0.0) & (along <= p->downwash_reach);
  *exponent = p->downwash_radial * radial / (along * along);
  return behind & (*exponent < SIM_WASH_CUTOFF);
}

// its size, N against the thrust axis, of a drone that pushes with thrust N; share = exp(-exponent)
SIM_FN LaneReal sim_flight_blow(LaneReal thrust, LaneReal along, LaneReal share,
                                const SimFlightPlant *p) {
  const LaneReal fade = 1.0 + p->downwash_axial * along;
  return -thrust * share / (fade * fade);
}

// Adds the wash on one body of a drone with that thrust axis, where mask says.
SIM_FN void sim_flight_wash(LaneReal force[3], LaneReal apart, LaneReal along,
                            const LaneReal axis[3], LaneReal thrust, LaneMask mask,
                            const SimFlightPlant *p) {
  LaneReal exponent;
  const LaneMask blows = mask & sim_flight_blows(&exponent, apart, along, p);
  if (lane_any(blows)) {
    const LaneReal share = lane_exp(-lane_select(blows, exponent, lane_set(0)));
    const LaneReal size = sim_flight_blow(thrust, along, share, p);
    for (int k = 0; k < 3; k++) {
      force[k] = lane_select(blows, force[k] + size * axis[k], force[k]);
    }
  }
}

// The wash of two drones on each other. In nearly every match only one is behind the other, so that
// both directions are worked out at once.
SIM_FN void sim_flight_wash_pair(LaneReal force_a[3], LaneReal force_b[3], const SimFlightDrone *a,
                                 const SimFlightDrone *b, LaneReal thrust_a, LaneReal thrust_b,
                                 LaneReal apart, const SimFlightPlant *p) {
  const LaneReal axis_a[3] = {a->rot[2], a->rot[5], a->rot[8]},
                 axis_b[3] = {b->rot[2], b->rot[5], b->rot[8]};
  LaneReal to_a[3], to_b[3], axis[3], force[3];
  for (int k = 0; k < 3; k++) {
    to_a[k] = a->pos[k] - b->pos[k];
    to_b[k] = b->pos[k] - a->pos[k];
  }
  const LaneReal along_a = lane_dot(to_a, axis_a), along_b = lane_dot(to_b, axis_b);
  const LaneMask from_a = along_a > 0.0, from_b = along_b > 0.0, both = from_a & from_b;
  if (!lane_any(from_a | from_b)) {
    return;
  }
  for (int k = 0; k < 3; k++) {
    axis[k] = lane_select(from_a, axis_a[k], axis_b[k]);
    force[k] = lane_select(from_a, force_b[k], force_a[k]);
  }
  sim_flight_wash(force, apart, lane_select(from_a, along_a, along_b), axis,
                  lane_select(from_a, thrust_a, thrust_b), from_a | from_b, p);
  for (int k = 0; k < 3; k++) {
    force_b[k] = lane_select(from_a, force[k], force_b[k]);
    force_a[k] = lane_select(from_a, force_a[k], force[k]);
  }
  if (lane_any(both)) {
    sim_flight_wash(force_a, apart, along_b, axis_b, thrust_b, both, p);
  }
}

// drag of the ball in the air; without any it is exactly nothing
SIM_FN void sim_flight_drag(LaneReal force[3], const LaneReal vel[3], const SimFlightPlant *p) {
  LaneReal wind[3];
  for (int k = 0; k < 3; k++) {
    wind[k] = p->wind[k] - vel[k];
    force[k] = lane_set(0);
  }
  if (lane_any(p->ball_drag > 0.0)) {
    const LaneReal share = p->ball_drag * lane_sqrt(lane_dot(wind, wind));
    for (int k = 0; k < 3; k++) {
      force[k] = lane_select(share > 0.0, share * wind[k], force[k]);
    }
  }
}

// The forces of a step that need neither a ball in reach nor a drone that is not there, and where
// boxes of two drones may touch, whatever their attitudes: only mj_step knows what they do.
typedef struct SimFlightForces {
  LaneReal drone[SIM_DRONES][6], ball[3];  // N, N m
  LaneMask near;
} SimFlightForces;

SIM_FN LaneReal sim_flight_apart(const LaneReal a[3], const LaneReal b[3]) {
  const LaneReal offset[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
  return lane_dot(offset, offset);
}

// the square of the distance within which drones are near each other, m2
SIM_FN double sim_flight_reach(void) {
  const double radius2 =
      2 * SIM_DRONE_HALF_XY * SIM_DRONE_HALF_XY + SIM_DRONE_HALF_Z * SIM_DRONE_HALF_Z;
  const double reach = 2 * sqrt(radius2) + SIM_NEAR_MARGIN;
  return reach * reach;
}

SIM_FN void sim_flight_forces(SimFlightForces *f, const SimFlightDrone drone[SIM_DRONES],
                              LaneReal spin[SIM_DRONES][3], const LaneReal ball_vel[3],
                              const SimFlightPlant *p, unsigned roster, bool downwash) {
  LaneReal thrust[SIM_DRONES];
  const double reach = sim_flight_reach();
  f->near = lane_none();
  sim_flight_drag(f->ball, ball_vel, p);
  SIM_ROLLED
  for (int a = 0; a < SIM_DRONES; a++) {
    if (roster >> a & 1u) {
      sim_flight_wrench(f->drone[a], &thrust[a], &drone[a], spin[a], p);
    }
    // each drone is blown at by the others in their order
    SIM_ROLLED
    for (int b = 0; b < a; b++) {
      if ((roster >> a & 1u) && (roster >> b & 1u)) {
        const LaneReal apart = sim_flight_apart(drone[a].pos, drone[b].pos);
        f->near |= apart < reach;
        if (downwash) {
          sim_flight_wash_pair(f->drone[a], f->drone[b], &drone[a], &drone[b], thrust[a], thrust[b],
                               apart, p);
        }
      }
    }
  }
}

// unit quaternion to matrix, row-major (vec.h has it for doubles)
SIM_FN void sim_flight_rot(LaneReal rot[9], const LaneReal q[4]) {
  const LaneReal w = q[0], x = q[1], y = q[2], z = q[3];
  rot[0] = w * w + x * x - y * y - z * z;
  rot[1] = 2.0 * (x * y - w * z);
  rot[2] = 2.0 * (x * z + w * y);
  rot[3] = 2.0 * (x * y + w * z);
  rot[4] = w * w - x * x + y * y - z * z;
  rot[5] = 2.0 * (y * z - w * x);
  rot[6] = 2.0 * (x * z - w * y);
  rot[7] = 2.0 * (y * z + w * x);
  rot[8] = w * w - x * x - y * y + z * z;
}

// One step of a drone, and what follows from its attitude.
SIM_FN void sim_flight_drone(SimFlightDrone *drone, LaneReal spin[3], const LaneReal wrench[6],
                             const SimFlightPlant *p) {
  sim_flight_step(drone->pos, drone->quat, drone->vel, spin, wrench, p->drone_mass, p->inertia,
                  SIM_DT);
  sim_flight_rot(drone->rot, drone->quat);
  for (int k = 0; k < 3; k++) {
    drone->angvel[k] = lane_dot(drone->rot + 3 * k, spin);
  }
}

#if SIM_LANES == 1
// The wash at pos of something there at `from`, of that attitude, that pushes with thrust N.
SIM_FN void sim_flight_wash_from(double force[3], const double pos[3], const double from[3],
                                 const double rot[9], double thrust, const SimPlant *p) {
  const double offset[3] = {from[0] - pos[0], from[1] - pos[1], from[2] - pos[2]},
               axis[3] = {rot[2], rot[5], rot[8]};
  sim_flight_wash(force, lane_dot(offset, offset), lane_dot(offset, axis), axis, thrust, true, p);
}
#endif

#endif  // SIM_FLIGHT_H_
