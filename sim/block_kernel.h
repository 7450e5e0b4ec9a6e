// The step of a block for one width of vectors: block_avx512.c, block_avx2.c and block_any.c
// include this file, each compiled for its processors, with
//   NAME(x)    the name of x in this width
//   NAME_TEXT  the same as text
#define SIM_LANES 8

#include "sim/block.h"
#include "sim/flight.h"

// SimBlock as vectors
typedef struct Lanes {
  LaneReal ball_pos[3], ball_vel[3];
  SimFlightDrone drone[SIM_DRONES];
  LaneReal spin[SIM_DRONES][3];
  SimFlightPlant plant;
  LaneReal time;
} Lanes;

enum { LANES_NUMBERS = sizeof(Lanes) / sizeof(LaneReal), ALL_LANES = (1 << SIM_LANES) - 1 };

_Static_assert(SIM_LANES == SIM_BLOCK && sizeof(Lanes) == sizeof(SimBlock), "not the same block");
_Static_assert(offsetof(Lanes, spin) == offsetof(SimBlock, spin), "a view has other numbers");
_Static_assert(offsetof(Lanes, time) == offsetof(SimBlock, time), "a plant has other numbers");

static unsigned near(const SimBlock *block, unsigned roster) {
  const Lanes *m = (const void *)block;
  LaneMask found = lane_none();
  for (int a = 0; a < SIM_DRONES; a++) {
    for (int b = 0; (roster >> a & 1u) && b < a; b++) {
      if (roster >> b & 1u) {
        found |= sim_flight_apart(m->drone[a].pos, m->drone[b].pos) < sim_flight_reach();
      }
    }
  }
  return lane_bits(found);
}

static void turn_rotors(Lanes *m, const SimBlockStep *step) {
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int r = 0; (step->roster >> i & 1u) && r < SIM_ROTORS; r++) {
      LaneReal command;
      memcpy(&command, step->command[i][r], sizeof command);
      sim_flight_lag(&m->drone[i].rotor[r], command, m->plant.lag);
    }
  }
}

// matches whose ball is where a drone may touch it
static unsigned ball_in_reach(const Lanes *m, unsigned roster) {
  LaneMask far = ~lane_none();
  for (int i = 0; i < SIM_DRONES; i++) {
    if (roster >> i & 1u) {
      far &= sim_flight_apart(m->ball_pos, m->drone[i].pos) > SIM_BALL_REACH;
    }
  }
  return lane_bits(~far);
}

static void visit(SimFlightForces *f, const Lanes *m, const SimBlockStep *step, int lane) {
  SimForces one = {.spin = {{0}}};
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int k = 0; (step->roster >> i & 1u) && k < 6; k++) {
      one.wrench[i][k] = f->drone[i][k][lane];
      one.spin[i][k % 3] = m->spin[i][k % 3][lane];
    }
  }
  for (int k = 0; k < 3; k++) {
    one.wrench[SIM_BALL][k] = f->ball[k][lane];
  }
  step->visit(step->arg, lane, &one);
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int k = 0; (step->roster >> i & 1u) && k < 6; k++) {
      f->drone[i][k][lane] = one.wrench[i][k];
    }
  }
  for (int k = 0; k < 3; k++) {
    f->ball[k][lane] = one.wrench[SIM_BALL][k];
  }
}

static void move(Lanes *m, const SimBlockStep *step) {
  SimFlightForces f;
  turn_rotors(m, step);
  sim_flight_forces(&f, m->drone, m->spin, m->ball_vel, &m->plant, step->roster, step->downwash);
  const unsigned visits = (ball_in_reach(m, step->roster) | step->singly) & step->lanes;
  for (int lane = 0; visits >> lane; lane++) {
    if (visits >> lane & 1u) {
      visit(&f, m, step, lane);
    }
  }
  sim_flight_fall(m->ball_pos, m->ball_vel, f.ball, m->plant.ball_mass, SIM_DT);
  for (int i = 0; i < SIM_DRONES; i++) {
    if (step->roster >> i & 1u) {
      sim_flight_drone(&m->drone[i], m->spin[i], f.drone[i], &m->plant);
    }
  }
  m->time += SIM_DT;
}

// puts back what stood in the lanes that do not step
static void restore(Lanes *m, const Lanes *was, unsigned lanes) {
  LaneReal *to = (void *)m;
  const LaneReal *from = (const void *)was;
  LaneMask moved;
  for (int lane = 0; lane < SIM_LANES; lane++) {
    moved[lane] = -(int64_t)(lanes >> lane & 1u);
  }
  for (int i = 0; i < LANES_NUMBERS; i++) {
    to[i] = lane_select(moved, to[i], from[i]);
  }
}

static void step_lanes(SimBlock *block, const SimBlockStep *step) {
  Lanes *m = (void *)block;
  if (step->lanes == ALL_LANES) {
    move(m, step);
  } else {
    const Lanes was = *m;
    move(m, step);
    restore(m, &was, step->lanes);
  }
}

extern const SimBlockKernel NAME(SIM_BLOCK_KERNEL);
const SimBlockKernel NAME(SIM_BLOCK_KERNEL) = {.name = NAME_TEXT, .near = near, .step = step_lanes};
