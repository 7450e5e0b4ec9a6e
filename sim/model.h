// The immutable half of a match: the compiled MuJoCo model of a roster of drones and a ball, and
// where their numbers are. Shared by all matches and threads.
#ifndef SIM_MODEL_H_
#define SIM_MODEL_H_

#include <mujoco/mujoco.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/plant.h"
#include "sim/view.h"

// Who moves the bodies of a step.
typedef enum SimPhysics {
  SIM_PHYSICS_MUJOCO,  // MuJoCo's mj_step: the reference, which judges whatever is published
  SIM_PHYSICS_FLIGHT,  // the closed form of sim/flight.h; mj_step only where drones are near
  SIM_PHYSICS_KINDS,
} SimPhysics;
const char *sim_physics_name(SimPhysics physics);              // "mujoco", "flight"
bool sim_physics_find(SimPhysics *physics, const char *name);  // false: there is none of that name
// The value of a key `physics`; SIM_USAGE with a sentence when it names no engine.
SimStatus sim_physics_parse(SimPhysics *physics, const char *name, SimError *err);

typedef struct SimModelOptions {
  unsigned roster;  // bit i: drone i of sim/view.h exists
  bool downwash;    // drones push each other down (on in matches)
  bool scenery;     // court, net and posts for people to look at; false compiles the bodies alone
  SimPhysics physics;
  const char *world;            // of configs/worlds, or a .yaml file; NULL: paper
  const SimWorldFile *numbers;  // instead of a file, while it is made; NULL: the file
} SimModelOptions;

SimModelOptions sim_model_default(void);  // six drones, downwash, bodies alone, MuJoCo, paper

enum { SIM_BALL = SIM_DRONES, SIM_BODIES = SIM_DRONES + 1 };

typedef struct SimModel {
  mjModel *mj;
  mjModel *apart;  // the same without contacts, for states in which no drones are near each other
  SimModelOptions options;
  SimWorldFile world;
  SimPlant plant;                          // what mj has: the middle of every range
  int body[SIM_BODIES];                    // MuJoCo ids; drones 0..5, SIM_BALL; -1 when absent
  int qpos[SIM_BODIES], qvel[SIM_BODIES];  // first position and velocity of the free joint
  uint64_t hash;  // of the compiled model, the physical numbers and who moves the bodies
} SimModel;

// Builds the model from assets/ (by mjSpec; options NULL: the default ones) and checks it: names,
// masses, free joints, 100 finite steps. NULL and err when an asset is missing or wrong.
SimModel *sim_model_create(const SimModelOptions *options, SimError *err);
void sim_model_destroy(SimModel *model);  // NULL is fine

// "near_passer", ...: the prefix of a drone's names in the model.
const char *sim_drone_name(int drone);

#endif  // SIM_MODEL_H_
