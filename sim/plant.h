// The physical numbers of one match: drones, ball, air, and what reaches a policy and its drone how
// late. A world (configs/worlds/NAME.yaml) gives each of them as a number or as a range, from which
// every rally draws its own. MuJoCo and the closed form read the same ones.
#ifndef SIM_PLANT_H_
#define SIM_PLANT_H_

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/status.h"

// The drones of a match are alike. The keys of a world file are the names of the fields, where a
// vector has one for each axis: inertia_x, wind_z.
typedef struct SimPlant {
  // drone
  double drone_mass;  // kg
  double inertia[3];  // kg m2, about the body's axes
  double thrust;      // N, one rotor at full speed, and its reaction
  double reaction;    // N m
  double lag;         // share of the gap that a rotor's speed closes in a step
  double damping;     // 1/s, of the velocity in the air, and of the angular velocity
  // ball
  double ball_mass;         // kg
  double ball_radius;       // m
  double ball_drag;         // kg/m: this times the square of its speed in the air
  double box_restitution;   // against a drone's body
  double disc_restitution;  // against a rotor's disc
  // air
  double downwash_radial;  // the law of sim/README.md 2.6
  double downwash_axial;   // 1/m
  double downwash_reach;   // m behind the rotors; farther away it is nothing
  double wind[3];          // m/s, court frame
  // what a policy sees: standard deviations of each component
  double noise_pos;       // m, of drones
  double noise_vel;       // m/s
  double noise_angle;     // rad, of the attitude
  double noise_rate;      // rad/s
  double noise_ball_pos;  // m
  double noise_ball_vel;  // m/s
  // how late, s, rounded to steps
  double observation_delay;  // until a policy sees it
  double action_delay;       // until the drone has its command
} SimPlant;

enum { SIM_WORLD_NAME_MAX = 256, SIM_DELAY_MAX = 6 };  // steps, each of the two

typedef struct SimWorldFile {
  char name[SIM_WORLD_NAME_MAX];  // as it was asked for: NAME of configs/worlds, or a path
  char description[256];
  SimPlant low, high;
  bool fixed;     // no number is a range
  bool paper;     // every number is the paper's
  bool filtered;  // policies do not see and command directly: there are noises or delays
  uint64_t hash;  // of the numbers
} SimWorldFile;

// The constants of sim/physics.h.
SimPlant sim_plant_paper(void);

// name: "paper", "calm", "real" or another file of configs/worlds, or the path of a .yaml file.
// What a file does not say is the paper's. SIM_USAGE when there is no such world, SIM_BAD_INPUT for
// a bad file.
SimStatus sim_world_file_load(SimWorldFile *world, const char *name, SimError *err);

// The numbers of a rally: the same for every rally of a fixed world.
void sim_plant_draw(SimPlant *plant, const SimWorldFile *world, uint64_t seed, uint32_t rally);
// The middle of every range: what the compiled MuJoCo model has.
void sim_plant_middle(SimPlant *plant, const SimWorldFile *world);

// One number by its key, for a grid of worlds: NULL when there is none.
double *sim_plant_number(SimPlant *plant, const char *key);
// Works out fixed, paper, filtered and hash again, after numbers have been changed.
void sim_world_file_settle(SimWorldFile *world);

#endif  // SIM_PLANT_H_
