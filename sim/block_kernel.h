// The step of a block for one width of vectors: block_avx512.c, block_avx2.c and block_any.c
// include this file, each compiled for its processors, with
//   NAME(x)    the name of x in this width
//   NAME_TEXT  the same as text
//   SIM_LANES  matches of a vector: 8, or 4 where vectors of 8 would not stay in registers

#include "sim/block.h"
#include "sim/flight.h"

// SimBlock, or half of it, as vectors
typedef struct Lanes {
  LaneReal ball_pos[3], ball_vel[3];
  SimFlightDrone drone[SIM_DRONES];
  LaneReal spin[SIM_DRONES][3];
  SimFlightPlant plant;
  LaneReal time;
} Lanes;

enum {
  NUMBERS = sizeof(SimBlock) / sizeof(double[SIM_BLOCK]),
  ALL_LANES = (1 << SIM_LANES) - 1,
  PARTS = SIM_BLOCK / SIM_LANES,
};

_Static_assert(sizeof(Lanes) == NUMBERS * sizeof(LaneReal), "not the same block");
_Static_assert(offsetof(Lanes, spin) * PARTS == offsetof(SimBlock, spin), "not the same view");
_Static_assert(offsetof(Lanes, time) * PARTS == offsetof(SimBlock, time), "not the same plant");

// number i of the matches from `first` on
static inline LaneReal load(const SimBlock *block, int i, int first) {
  LaneReal x;
  memcpy(&x, (const double *)(const void *)block + i * SIM_BLOCK + first, sizeof x);
  return x;
}

static LaneMask near_part(const SimBlock *block, unsigned roster, int first) {
  enum {
    BALL = offsetof(SimView, drone) / sizeof(double),
    DRONE = sizeof(SimDrone) / sizeof(double)
  };
  LaneReal pos[SIM_DRONES][3];
  LaneMask found = lane_none();
  for (int a = 0; a < SIM_DRONES; a++) {
    for (int k = 0; k < 3; k++) {
      pos[a][k] = load(block, BALL + a * DRONE + k, first);
    }
    for (int b = 0; (roster >> a & 1u) && b < a; b++) {
      if (roster >> b & 1u) {
        found |= sim_flight_apart(pos[a], pos[b]) < sim_flight_reach();
      }
    }
  }
  return found;
}

static unsigned near(const SimBlock *block, unsigned roster) {
  unsigned found = 0;
  for (int first = 0; first < SIM_BLOCK; first += SIM_LANES) {
    found |= lane_bits(near_part(block, roster, first)) << first;
  }
  return found;
}

static void turn_rotors(Lanes *m, const SimBlockStep *step, int first) {
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int r = 0; (step->roster >> i & 1u) && r < SIM_ROTORS; r++) {
      LaneReal command;
      memcpy(&command, step->command[i][r] + first, sizeof command);
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

static void visit(SimFlightForces *f, const Lanes *m, const SimBlockStep *step, int lane,
                  int first) {
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
  step->visit(step->arg, first + lane, &one);
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int k = 0; (step->roster >> i & 1u) && k < 6; k++) {
      f->drone[i][k][lane] = one.wrench[i][k];
    }
  }
  for (int k = 0; k < 3; k++) {
    f->ball[k][lane] = one.wrench[SIM_BALL][k];
  }
}

// the matches from `first` on, of which those of `lanes` count
static void move(Lanes *m, const SimBlockStep *step, int first, unsigned lanes) {
  SimFlightForces f;
  turn_rotors(m, step, first);
  sim_flight_forces(&f, m->drone, m->spin, m->ball_vel, &m->plant, step->roster, step->downwash);
  const unsigned visits = (ball_in_reach(m, step->roster) | step->singly >> first) & lanes;
  for (int lane = 0; visits >> lane; lane++) {
    if (visits >> lane & 1u) {
      visit(&f, m, step, lane, first);
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

// stores the lanes that have moved; the others keep what they have
static void store(SimBlock *block, const Lanes *m, int first, unsigned lanes) {
  const LaneReal *from = (const void *)m;
  double *to = (double *)(void *)block + first;
  LaneMask moved;
  for (int lane = 0; lane < SIM_LANES; lane++) {
    moved[lane] = -(long)(lanes >> lane & 1u);
  }
  for (int i = 0; i < NUMBERS; i++, to += SIM_BLOCK) {
    const LaneReal x = lane_select(moved, from[i], load(block, i, first));
    memcpy(to, &x, sizeof x);
  }
}

static void step_lanes(SimBlock *block, const SimBlockStep *step) {
  if (SIM_LANES == SIM_BLOCK && step->lanes == ALL_LANES) {
    move((void *)block, step, 0, ALL_LANES);
    return;
  }
  for (int first = 0; first < SIM_BLOCK; first += SIM_LANES) {
    const unsigned lanes = step->lanes >> first & ALL_LANES;
    Lanes m;
    LaneReal *to = (void *)&m;
    for (int i = 0; lanes && i < NUMBERS; i++) {
      to[i] = load(block, i, first);
    }
    if (lanes) {
      move(&m, step, first, lanes);
      store(block, &m, first, lanes);
    }
  }
}

// ---- out of the block

#if SIM_LANES == 8
#define PICK(a, b, i0, i1, i2, i3, i4, i5, i6, i7)                                                 \
  __builtin_shufflevector(a, b, i0, i1, i2, i3, i4, i5, i6, i7)
#define EVEN_1(a, b) PICK(a, b, 0, 8, 2, 10, 4, 12, 6, 14)
#define ODD_1(a, b) PICK(a, b, 1, 9, 3, 11, 5, 13, 7, 15)
#define EVEN_2(a, b) PICK(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define ODD_2(a, b) PICK(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define EVEN_4(a, b) PICK(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define ODD_4(a, b) PICK(a, b, 4, 5, 6, 7, 12, 13, 14, 15)
#else
#define EVEN_1(a, b) __builtin_shufflevector(a, b, 0, 4, 2, 6)
#define ODD_1(a, b) __builtin_shufflevector(a, b, 1, 5, 3, 7)
#define EVEN_2(a, b) __builtin_shufflevector(a, b, 0, 1, 4, 5)
#define ODD_2(a, b) __builtin_shufflevector(a, b, 2, 3, 6, 7)
#endif

// swaps what lies off the diagonal of blocks of 2 s x 2 s
#define TURN(x, s)                                                                                 \
  for (int i = 0; i < SIM_LANES; i++) {                                                            \
    if (!(i & (s))) {                                                                              \
      const LaneReal a = (x)[i], b = (x)[i + (s)];                                                 \
      (x)[i] = EVEN_##s(a, b);                                                                     \
      (x)[i + (s)] = ODD_##s(a, b);                                                                \
    }                                                                                              \
  }

// x[number][match] becomes x[match][number]
static inline __attribute__((always_inline)) void transpose(LaneReal x[SIM_LANES]) {
  TURN(x, 1)
  TURN(x, 2)
#if SIM_LANES == 8
  TURN(x, 4)
#endif
}

static void get(SimView *const view[SIM_BLOCK], const SimBlock *block, unsigned roster,
                unsigned lanes) {
  int end = (int)(offsetof(SimView, drone) / sizeof(double));
  for (int i = 0; roster >> i; i++) {
    end += (int)(sizeof(SimDrone) / sizeof(double));
  }
  for (int first = 0; first < SIM_BLOCK; first += SIM_LANES) {
    for (int i = 0; (lanes >> first & ALL_LANES) && i < end; i += SIM_LANES) {
      // the last numbers lie over those before
      const int at = i + SIM_LANES <= end ? i : end - SIM_LANES;
      LaneReal x[SIM_LANES];
      for (int k = 0; k < SIM_LANES; k++) {
        x[k] = load(block, at + k, first);
      }
      transpose(x);
      for (int lane = 0; lane < SIM_LANES; lane++) {
        if (lanes >> (first + lane) & 1u) {
          memcpy((double *)(void *)view[first + lane] + at, &x[lane], sizeof x[lane]);
        }
      }
    }
  }
}

extern const SimBlockKernel NAME(SIM_BLOCK_KERNEL);
const SimBlockKernel NAME(SIM_BLOCK_KERNEL) = {
    .name = NAME_TEXT, .near = near, .step = step_lanes, .get = get};
