// What lies between a policy and its drone in a world that is not ideal: it sees a noisy view of a
// moment ago, and its command arrives late. A command may ask for collective thrust and body rates
// instead of rotors; a rate loop on the drone, which knows its true rates and not the world's draw
// of its numbers, flies them. What comes out are rotor commands, so that the step of the world, its
// log and its replay know of none of this.
#ifndef SIM_LINK_H_
#define SIM_LINK_H_

#include "sim/world.h"

// What the four numbers of a command mean.
typedef enum SimActionKind {
  SIM_ACTION_ROTOR,  // one rotor each (sim/README.md 2.4)
  SIM_ACTION_CTBR,   // thrust over the weight - 1, then roll, pitch and yaw rate over SIM_RATE_MAX
  SIM_ACTION_KINDS,
} SimActionKind;
const char *sim_action_name(SimActionKind kind);          // "rotor", "ctbr"
#define SIM_RATE_MAX ((const double[3]){4, 4, 2})         // rad/s, body axes
#define SIM_RATE_GAIN ((const double[3]){20, 20, 8})      // 1/s, proportional
#define SIM_RATE_INTEGRAL ((const double[3]){20, 20, 8})  // 1/s2
#define SIM_RATE_INTEGRAL_MAX 2.0                         // rad/s2, of the integral part

// How a drone's rotors share a thrust and torques, worked out once a model.
typedef struct SimMixer {
  double inverse[SIM_ROTORS][4];  // from total N and torque N m (body axes) to thrust of each, N
  SimPlant knows;                 // the numbers by which the loop goes
} SimMixer;
void sim_mixer_create(SimMixer *mixer, const SimPlant *knows);

typedef struct SimRateLoop {
  double integral[3];  // rad/s2
} SimRateLoop;
// Rotor commands that turn a drone with body rates rates rad/s as command asks, one step on.
void sim_rate_loop(float rotor[SIM_ROTORS], SimRateLoop *loop, const SimMixer *mixer,
                   const double rates[3], const float command[4]);

enum { SIM_LINK_RING = SIM_DELAY_MAX + 1 };

// One match's link; plain numbers, so that a checkpoint can hold it as bytes.
typedef struct SimLink {
  SimView view[SIM_LINK_RING];  // as measured, of step i in i % SIM_LINK_RING
  float command[SIM_LINK_RING][SIM_DRONES][SIM_ROTORS];
  unsigned ctbr[SIM_LINK_RING];  // bit i: drone i's is collective thrust and body rates
  SimRateLoop loop[SIM_DRONES];
} SimLink;

// A match begins: nothing has been seen before its first state, and drones hover until a command
// arrives.
void sim_link_start(SimLink *link, const SimState *state);
// Measures the state that a step has led to.
void sim_link_measure(SimLink *link, const SimState *state);
// What a policy sees now: the state with the view of a moment ago.
void sim_link_see(SimState *seen, const SimLink *link, const SimState *state);
// Sends the commands of this step and hands out the rotor commands that the drones have now. ctbr:
// bit i, drone i's is collective thrust and body rates.
void sim_link_send(float rotor[SIM_DRONES][SIM_ROTORS], SimLink *link, const SimMixer *mixer,
                   const SimState *state, const float command[SIM_DRONES][SIM_ROTORS],
                   unsigned ctbr);

#endif  // SIM_LINK_H_
