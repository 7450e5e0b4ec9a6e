// Impulse between the ball and a drone: exact restitution, no friction, one step long
// (sim/README.md 11.3).
#ifndef SIM_CONTACT_H_
#define SIM_CONTACT_H_

#include <stdbool.h>

#include "sim/plant.h"

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

// Resolves ball against the box and then the four rotor discs of drone over a step of dt s, each
// contact seeing the impulse before it: the velocities of both are updated and the impulse on the
// drone is added to *impulse. Returns whether anything touched.
bool sim_contact_resolve(SimContactBall *ball, SimContactDrone *drone, SimImpulse *impulse,
                         const SimPlant *plant, double dt);

#endif  // SIM_CONTACT_H_
