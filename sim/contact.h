// Impulse between the ball and a drone: exact restitution, no friction, one step long
// (sim/README.md 11.3).
#ifndef SIM_CONTACT_H_
#define SIM_CONTACT_H_

#include <assert.h>
#include <stdbool.h>

#include "sim/physics.h"
#include "sim/plant.h"
#include "sim/vec.h"

// A drone as the contact sees it. Velocities are those this step would end with without contact.
typedef struct SimContactDrone {
  double pos[3];     // m, court
  double rot[9];     // body to court
  double vel[3];     // m/s, court
  double angvel[3];  // rad/s, body axes
} SimContactDrone;

typedef struct SimContactBall {
  double pos[3], vel[3];  // m, m/s, court; vel as above
} SimContactBall;

// Impulses of one step on a drone: linear in court axes (N s), angular in body axes (N m s). The
// ball gets the opposite linear one.
typedef struct SimImpulse {
  double linear[3], angular[3];
} SimImpulse;

// ---- closest point of the ball centre on each shape in body axes, then one impulse along its
// normal. A drone has five shapes; nearly always the ball is out of reach of all of them, so a
// bounding sphere comes first.

typedef struct SimTouch {
  double point[3], normal[3];  // body axes; normal points out of the drone
  double separation;           // m, between surfaces; negative when they overlap
} SimTouch;

// the ball centre is outside at `offset` from the closest point, distance > 0
SIM_HD void sim_contact_touch_outside(SimTouch *touch, const double offset[3], double distance,
                                      double radius) {
  assert(distance > 0);
  for (int i = 0; i < 3; i++) {
    touch->normal[i] = offset[i] / distance;
  }
  touch->separation = distance - radius;
}

SIM_HD void sim_contact_touch_box(SimTouch *touch, const double center[3], double radius) {
  const double half[3] = {SIM_DRONE_HALF_XY, SIM_DRONE_HALF_XY, SIM_DRONE_HALF_Z};
  double offset[3];
  int face = 0;
  double least = HUGE_VAL;
  for (int i = 0; i < 3; i++) {
    touch->point[i] = fmin(fmax(center[i], -half[i]), half[i]);
    offset[i] = center[i] - touch->point[i];
    if (half[i] - fabs(center[i]) < least) {
      least = half[i] - fabs(center[i]);
      face = i;
    }
  }
  const double distance = vec_norm(offset);
  if (distance > 0) {
    sim_contact_touch_outside(touch, offset, distance, radius);
    return;
  }
  // the centre is inside: out through the nearest face
  const double side = center[face] < 0 ? -1 : 1;
  vec_set(touch->normal, 0, 0, 0);
  touch->normal[face] = side;
  touch->point[face] = side * half[face];
  touch->separation = -least - radius;
}

SIM_HD void sim_contact_touch_disc(SimTouch *touch, const double center[3], const double hub_xy[2],
                                   double radius) {
  const double local[3] = {center[0] - hub_xy[0], center[1] - hub_xy[1], center[2] - SIM_ROTOR_Z};
  const double radial = sqrt(local[0] * local[0] + local[1] * local[1]);
  const double shrink = radial > SIM_ROTOR_RADIUS ? SIM_ROTOR_RADIUS / radial : 1;
  double closest[3] = {local[0] * shrink, local[1] * shrink,
                       fmin(fmax(local[2], -SIM_ROTOR_HALF_Z), SIM_ROTOR_HALF_Z)};
  double offset[3];
  vec_sub(offset, local, closest);
  const double distance = vec_norm(offset);
  if (distance > 0) {
    sim_contact_touch_outside(touch, offset, distance, radius);
  } else {
    // inside the disc, which is thin: out through its nearer flat side unless the rim is nearer
    const double flat = SIM_ROTOR_HALF_Z - fabs(local[2]), rim = SIM_ROTOR_RADIUS - radial;
    if (rim < flat && radial > 0) {
      vec_set(touch->normal, local[0] / radial, local[1] / radial, 0);
      closest[0] = touch->normal[0] * SIM_ROTOR_RADIUS;
      closest[1] = touch->normal[1] * SIM_ROTOR_RADIUS;
      touch->separation = -rim - radius;
    } else {
      const double side = local[2] < 0 ? -1 : 1;
      vec_set(touch->normal, 0, 0, side);
      closest[2] = side * SIM_ROTOR_HALF_Z;
      touch->separation = -flat - radius;
    }
  }
  vec_set(touch->point, closest[0] + hub_xy[0], closest[1] + hub_xy[1], closest[2] + SIM_ROTOR_Z);
}

// impulse along the normal for normal velocity speed and inverse mass k; 0 when nothing happens
SIM_HD double sim_contact_size(double speed, double separation, double restitution, double k,
                               double dt) {
  assert(k > 0 && restitution >= 0 && restitution <= 1);
  if (separation > SIM_CONTACT_MARGIN) {
    return 0;
  }
  double size = 0;
  if (speed < -SIM_BOUNCE_SPEED && -speed * dt > separation) {
    size = -(1 + restitution) * speed / k;
  } else if (speed * dt < -separation) {
    size = -(speed + fmax(separation, 0.0) / dt) / k;
  }
  return fmax(size, 0.0);
}

SIM_HD bool sim_contact_apply(SimContactBall *ball, SimContactDrone *drone, SimImpulse *impulse,
                              const SimTouch *touch, const SimPlant *plant, double restitution,
                              double dt) {
  double ball_vel[3], drone_vel[3], spin[3], lever[3];
  rot_apply_inverse(ball_vel, drone->rot, ball->vel);
  rot_apply_inverse(drone_vel, drone->rot, drone->vel);
  vec_cross(spin, drone->angvel, touch->point);
  vec_cross(lever, touch->point, touch->normal);
  double k = 1 / plant->ball_mass + 1 / plant->drone_mass, speed = 0;
  for (int i = 0; i < 3; i++) {
    k += lever[i] * lever[i] / plant->inertia[i];
    speed += touch->normal[i] * (ball_vel[i] - drone_vel[i] - spin[i]);
  }
  const double size = sim_contact_size(speed, touch->separation, restitution, k, dt);
  if (size <= 0) {
    return false;
  }
  double normal[3];
  rot_apply(normal, drone->rot, touch->normal);
  vec_add_scaled(ball->vel, ball->vel, size / plant->ball_mass, normal);
  vec_add_scaled(drone->vel, drone->vel, -size / plant->drone_mass, normal);
  vec_add_scaled(impulse->linear, impulse->linear, -size, normal);
  vec_add_scaled(impulse->angular, impulse->angular, -size, lever);
  for (int i = 0; i < 3; i++) {
    drone->angvel[i] -= size * lever[i] / plant->inertia[i];
  }
  return true;
}

// Resolves ball against the box and then the four rotor discs of drone over a step of dt s, each
// contact seeing the impulse before it: the velocities of both are updated and the impulse on the
// drone is added to *impulse. Returns whether anything touched.
SIM_HD bool sim_contact_resolve(SimContactBall *ball, SimContactDrone *drone, SimImpulse *impulse,
                                const SimPlant *plant, double dt) {
  assert(dt > 0);
  double offset[3], center[3];
  vec_sub(offset, ball->pos, drone->pos);
  // farthest corner of box and discs from the origin, 0.357 m, ball radius, margin
  const double reach = 0.36 + plant->ball_radius + SIM_CONTACT_MARGIN;
  if (vec_dot(offset, offset) > reach * reach) {
    return false;
  }
  rot_apply_inverse(center, drone->rot, offset);
  const double hub[SIM_ROTORS][2] = SIM_ROTOR_HUBS;
  SimTouch touch;
  sim_contact_touch_box(&touch, center, plant->ball_radius);
  bool touched = sim_contact_apply(ball, drone, impulse, &touch, plant, plant->box_restitution, dt);
  for (int r = 0; r < SIM_ROTORS; r++) {
    sim_contact_touch_disc(&touch, center, hub[r], plant->ball_radius);
    touched |= sim_contact_apply(ball, drone, impulse, &touch, plant, plant->disc_restitution, dt);
  }
  return touched;
}

#endif  // SIM_CONTACT_H_
