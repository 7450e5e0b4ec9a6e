// One match: reset, one control step, and its state as one row of numbers.
//
// A control step: motor lag -> rotor wrench, damping, downwash -> ball impulses (box, then discs,
// each seeing the impulse before it) -> mj_step -> referee. Observations are computed from the
// state when somebody asks for them.
#ifndef SIM_WORLD_H_
#define SIM_WORLD_H_

#include <stdint.h>

#include "sim/model.h"
#include "sim/push.h"
#include "sim/referee.h"
#include "sim/view.h"

// The mutable half of a match besides MuJoCo's own integration state.
typedef struct SimState {
  SimView view;  // after the last step
  SimReferee referee;
  SimEvents events;  // of the last step
  uint64_t seed;
  uint32_t rally;          // the rally depends on (seed, rally) alone
  double serve_target[2];  // m, drawn landing point of the serve, frame of the serving team
  SimWash wash;            // empty in matches
  SimPlant plant;          // drawn for (seed, rally)
  int bad_commands;        // rotor commands that were not finite and were taken as zero thrust
} SimState;

// Start of rally number `rally` (sim/README.md 7); d gets the MuJoCo state.
void sim_world_reset(SimState *state, mjData *d, const SimModel *model, uint64_t seed,
                     uint32_t rally);
// The same with a server that is given instead of drawn; whatever else is drawn stays the rally's.
void sim_world_reset_served(SimState *state, mjData *d, const SimModel *model, uint64_t seed,
                            uint32_t rally, SimTeam server);

// Puts the bodies where view has them, at rest in the referee's books, for tasks and tests: the
// rally is served by server and starts now. Where the world gives ranges, the physical numbers are
// those of (state->seed, state->rally), which must be set.
void sim_world_place(SimState *state, mjData *d, const SimModel *model, const SimView *view,
                     SimTeam server);

// The forces of a step: N in court axes, N m in body axes; and the spins of its drones, rad/s, body
// axes.
typedef struct SimForces {
  double wrench[SIM_BODIES][6];
  double spin[SIM_DRONES][3];
} SimForces;

// Adds what few matches have: the wash of a training world, and the impulses of a ball in reach.
void sim_world_push(SimForces *forces, const SimState *state, SimPhysics physics);

// One control step with the rotor commands action[drone] (any real number; the plant clips
// (a + 1) / 2 to 0..1). Neither allocates nor touches files.
void sim_world_step(SimState *state, mjData *d, const SimModel *model, const SimRules *rules,
                    const float action[SIM_DRONES][SIM_ROTORS]);

// Thrust of a drone's four rotors, N.
double sim_thrust(const SimDrone *drone);
// Adds the force (N, court axes) of one drone's rotor wash on another: along the thrust axis of
// `from`, which pushes with `thrust` N, and only behind its rotor plane (sim/README.md 2.6).
void sim_downwash_add(double force[3], const SimDrone *on, const SimDrone *from, double thrust,
                      const SimPlant *plant);

// The exact state as one row of float64: MuJoCo's integration state, rotors, referee. load(save())
// is the identity, and a match continued from it gives the same bits.
int sim_world_row_size(const SimModel *model);
void sim_world_save(double *row, const SimState *state, const mjData *d, const SimModel *model);
// SIM_BAD_INPUT when row does not hold a possible state (not finite, flags out of range).
SimStatus sim_world_load(SimState *state, mjData *d, const SimModel *model, const double *row,
                         SimError *err);
// Names and sizes of the parts, e.g. "integration 203;rotor 24;referee 61".
const char *sim_world_row_spec(const SimModel *model, char *buffer, int size);

#endif  // SIM_WORLD_H_
