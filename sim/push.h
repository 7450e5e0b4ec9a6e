// What few matches have of forces in a step: the wash of a training world, and the impulses of a
// ball in reach. Functions of the processor and of a GPU.
#ifndef SIM_PUSH_H_
#define SIM_PUSH_H_

#include <assert.h>
#include <math.h>
#include <string.h>

#include "sim/contact.h"
#include "sim/vec.h"
#include "sim/view.h"

// A drone of a training world that does nothing but blow on the others: it moves evenly from pos
// for a while and then stays, and blows at times. Zeros but for pos: upright, still, always. Its
// place is a function of the time since the match was placed.
typedef struct SimWashSource {
  double pos[3], vel[3];  // m, m/s, court frame
  double moves;           // s, for so long it moves
  double lean[2];         // horizontal part of its unit thrust axis
  double extra;           // its thrust is its weight times 1 + extra
  double from, until;     // s, when it blows; until 0: without end
} SimWashSource;

// The others around a skill that learns alone. Not part of a saved row.
typedef struct SimWash {
  int n;
  SimWashSource source[SIM_ROLES];
} SimWash;

// ---- the ball

// m2; a ball farther from a drone is out of its reach, by far
#define SIM_BALL_REACH 1.0

// the ball as it would be after this step if nothing touched it
SIM_HD void sim_push_ball(SimContactBall *ball, const double pos[3], const double vel[3],
                          const double force[3], const SimPlant *p) {
  vec_copy(ball->pos, pos);
  vec_copy(ball->vel, vel);
  ball->vel[2] -= SIM_DT * SIM_GRAVITY;
  vec_add_scaled(ball->vel, ball->vel, SIM_DT / p->ball_mass, force);
}

// velocities this step would end with if nothing touched, the contact's point of view
SIM_HD void sim_push_predict(SimContactDrone *out, const SimDrone *drone, const double wrench[6],
                             const double spin[3], const SimPlant *p) {
  vec_copy(out->pos, drone->pos);
  memcpy(out->rot, drone->rot, sizeof out->rot);
  vec_add_scaled(out->vel, drone->vel, SIM_DT / p->drone_mass, wrench);
  out->vel[2] -= SIM_DT * SIM_GRAVITY;
  const double momentum[3] = {p->inertia[0] * spin[0], p->inertia[1] * spin[1],
                              p->inertia[2] * spin[2]};
  double gyroscopic[3];
  vec_cross(gyroscopic, spin, momentum);
  for (int k = 0; k < 3; k++) {
    out->angvel[k] = spin[k] + SIM_DT * (wrench[3 + k] - gyroscopic[k]) / p->inertia[k];
  }
}

// Adds what a ball in reach and a drone do to each other; ball is as those before have left it.
SIM_HD void sim_push_contact(double wrench[6], double ball_force[3], SimContactBall *ball,
                             const SimDrone *drone, const double spin[3], const SimPlant *p) {
  SimContactDrone own;
  SimImpulse impulse = {{0, 0, 0}, {0, 0, 0}};
  sim_push_predict(&own, drone, wrench, spin, p);
  if (sim_contact_resolve(ball, &own, &impulse, p, SIM_DT)) {
    vec_add_scaled(wrench, wrench, 1 / SIM_DT, impulse.linear);
    vec_add_scaled(wrench + 3, wrench + 3, 1 / SIM_DT, impulse.angular);
    vec_add_scaled(ball_force, ball_force, -1 / SIM_DT, impulse.linear);
  }
}

// Adds what the ball and the drones in reach do to each other: wrenches [SIM_DRONES] as above, spin
// in body axes.
SIM_HD void sim_push_contacts(double wrench[][6], double ball_force[3], const SimView *view,
                              double spin[SIM_DRONES][3], const SimPlant *p) {
  SimContactBall ball;
  sim_push_ball(&ball, view->ball_pos, view->ball_vel, ball_force, p);
  SIM_ROLLED
  for (int i = 0; i < SIM_DRONES; i++) {
    double offset[3];
    vec_sub(offset, view->ball_pos, view->drone[i].pos);
    // far more than the reach of a contact; spares the prediction
    if (sim_present(view, i) && !(vec_dot(offset, offset) > SIM_BALL_REACH)) {
      sim_push_contact(wrench[i], ball_force, &ball, &view->drone[i], spin[i], p);
    }
  }
}

// ---- wash of a training world

SIM_HD bool sim_push_blows(const SimWashSource *source, double time) {
  return !(time < source->from || (source->until > 0 && time >= source->until));
}

// a source as a drone at that time; its axis is all that is known of its attitude
SIM_HD void sim_push_source(double pos[3], double rot[9], const SimWashSource *source,
                            double time) {
  const double across = source->lean[0] * source->lean[0] + source->lean[1] * source->lean[1];
  assert(across < 1);
  vec_add_scaled(pos, source->pos, fmin(time, source->moves), source->vel);
  rot[2] = source->lean[0];
  rot[5] = source->lean[1];
  rot[8] = sqrt(1 - across);
}

// N
SIM_HD double sim_push_source_thrust(const SimWashSource *source, const SimPlant *p) {
  return p->drone_mass * SIM_GRAVITY * (1 + source->extra);
}

#endif  // SIM_PUSH_H_
