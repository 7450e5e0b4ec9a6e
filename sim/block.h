// Matches in blocks, side by side: the same number of 8 matches is one vector, so that a step in
// closed form (sim/flight.h) takes little more time for 8 matches than for one, with the same bits.
// What only some matches have - a ball in reach, a training world's wash - is visited singly.
#ifndef SIM_BLOCK_H_
#define SIM_BLOCK_H_

#include <stddef.h>

#include "sim/world.h"

enum {
  SIM_BLOCK = 8,  // matches
  SIM_BLOCK_VIEW = (int)(offsetof(SimView, roster) / sizeof(double)),
  SIM_BLOCK_PLANT = (int)(offsetof(SimPlant, noise_pos) / sizeof(double)),
};

// The numbers of SimView and SimPlant in their order, spins in body axes.
typedef struct SimBlock {
  _Alignas(64) double view[SIM_BLOCK_VIEW][SIM_BLOCK];
  double spin[SIM_DRONES][3][SIM_BLOCK];  // rad/s
  double plant[SIM_BLOCK_PLANT][SIM_BLOCK];
  double time[SIM_BLOCK];  // s
} SimBlock;

typedef struct SimBlockStep {
  unsigned roster, lanes;  // bits: drones that exist, matches that step
  unsigned singly;         // matches with forces of their own besides those of the ball
  bool downwash;
  _Alignas(64) double command[SIM_DRONES][SIM_ROTORS][SIM_BLOCK];  // finite
  // adds what only one match has
  void (*visit)(void *arg, int lane, SimForces *forces);
  void *arg;
} SimBlockStep;

// One width of vectors.
typedef struct SimBlockKernel {
  const char *name;
  // Matches whose drones are near each other (bits): only MuJoCo knows what these do.
  unsigned (*near)(const SimBlock *block, unsigned roster);
  // Moves the matches that step; their drones must not be near each other.
  void (*step)(SimBlock *block, const SimBlockStep *step);
  // What of view[lane] changes in a step, for the matches of lanes (bits).
  void (*get)(SimView *const view[SIM_BLOCK], const SimBlock *block, unsigned roster,
              unsigned lanes);
} SimBlockKernel;

// The widest that this processor knows, and all there are: NULL behind the last one.
const SimBlockKernel *sim_block_kernel(void);
const SimBlockKernel *sim_block_kernel_at(int i);
bool sim_block_kernel_runs_here(const SimBlockKernel *kernel);

// A match into its lane. spin: rad/s, body axes.
void sim_block_put(SimBlock *block, int lane, const SimView *view, const SimPlant *plant,
                   const double spin[SIM_DRONES][3], double time);

#endif  // SIM_BLOCK_H_
