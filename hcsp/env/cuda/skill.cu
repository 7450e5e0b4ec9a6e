// One thread an environment: it takes its words, flies the control steps of a decision, is paid,
// and begins anew where an episode is over. All arithmetic is in headers that the processor runs,
// too (sim/solo.h, hcsp/env/tasks/hover.h), and is compiled without contraction: the same bits.
#include "hcsp/env/skill_device.h"

#include <cuda_runtime_api.h>

#include "kernels/cuda/launch.h"
#include "sim/obs_row.h"

enum {
  THREADS = 64,         // of a block: each has a whole environment
  TOTAL_THREADS = 256,  // of a sum over environments, a power of 2
  INPUTS = 27,          // of hover27
};

// ---- words of an environment

// SIZE bytes from byte `at` of EnvWorld on
template <size_t SIZE>
static __device__ void get_bytes(void *to, const EnvCuda &env, int e, size_t at) {
  static_assert(SIZE % sizeof(uint64_t) == 0, "whole words");
  for (size_t k = 0; k < SIZE / sizeof(uint64_t); k++) {
    const uint64_t word = env.word[(at / sizeof(uint64_t) + k) * (size_t)env.n + (size_t)e];
    memcpy((char *)to + k * sizeof word, &word, sizeof word);
  }
}

template <size_t SIZE>
static __device__ void put_bytes(const EnvCuda &env, int e, size_t at, const void *from) {
  static_assert(SIZE % sizeof(uint64_t) == 0, "whole words");
  for (size_t k = 0; k < SIZE / sizeof(uint64_t); k++) {
    uint64_t word;
    memcpy(&word, (const char *)from + k * sizeof word, sizeof word);
    env.word[(at / sizeof(uint64_t) + k) * (size_t)env.n + (size_t)e] = word;
  }
}

#define AT(field) offsetof(EnvWorld, field)
#define GET(field) get_bytes<sizeof world->field>(&world->field, env, e, AT(field))
#define PUT(field) put_bytes<sizeof world->field>(env, e, AT(field), &world->field)

// the part of an episode that changes with every decision: its last fields
enum { CLOCK = offsetof(TaskEpisode, closeness), CLOCK_SIZE = sizeof(TaskEpisode) - CLOCK };
enum { COUNTS = offsetof(EnvWorld, decision), COUNTS_SIZE = sizeof(EnvWorld) - COUNTS };

static __device__ void get_world(EnvWorld *world, const EnvCuda &env, int e) {
  GET(solo);
  GET(referee);
  GET(episode.goal);
  get_bytes<CLOCK_SIZE>(&world->episode.closeness, env, e, AT(episode) + CLOCK);
  get_bytes<COUNTS_SIZE>(&world->decision, env, e, COUNTS);
  // how many blow; they themselves are read only where there are any
  get_bytes<sizeof(uint64_t)>(&world->episode.wash, env, e, AT(episode.wash));
  if (world->episode.wash.n > 0) {
    GET(episode.wash);
  }
}

static __device__ void put_world(const EnvCuda &env, int e, const EnvWorld *world, bool anew) {
  PUT(solo);
  PUT(referee);
  put_bytes<CLOCK_SIZE>(env, e, AT(episode) + CLOCK, &world->episode.closeness);
  put_bytes<COUNTS_SIZE>(env, e, COUNTS, &world->decision);
  if (anew) {
    PUT(episode.goal);
    PUT(episode.next);
    PUT(episode.wash);
  }
}

// ---- an episode

static __device__ void start_episode(EnvWorld *world, const EnvCuda &env, int e) {
  const HoverSetup setup = {&env.keys, env.recorded, env.recorded_n, env.every};
  const uint32_t number = world->episode.number;
  SimRng rng = sim_rng(env.seed, (uint32_t)e, number, SIM_RNG_TASK);
  SimSolo *solo = &world->solo;
  memset(&world->episode, 0, sizeof world->episode);
  world->episode.number = number;
  vec_set(solo->ball_vel, 0, 0, 0);
  hover_begin(&world->episode, &solo->drone, solo->ball_pos, &setup, &rng);
  sim_solo_place(solo);
  sim_judge_reset(&world->referee, SIM_NEAR);
  vec_copy(world->referee.ball_vel, solo->ball_vel);
  world->bad_commands = 0;
}

static __device__ void fly(EnvWorld *world, const EnvCuda &env, const float *command) {
  // time never ends a rally here: tasks have clocks of their own
  const SimRules rules = {NULL, 1 << 30, false, env.play_on};
  SimSolo *solo = &world->solo;
  const SimWash *wash = &world->episode.wash;
  bool over = false;
  for (int k = 0; !over && k < env.every; k++) {
    world->bad_commands += sim_solo_turn_rotors(&solo->drone, command, &env.plant);
    sim_solo_fly(solo, wash->source, wash->n, world->referee.step * SIM_DT, &env.plant);
    sim_solo_judge(&world->referee, solo, &rules);
    over = hover_ended(&world->referee, &solo->drone);
  }
}

static __device__ void add_to(const EnvCuda &env, int e, int what, double x) {
  env.tally[(size_t)what * (size_t)env.n + (size_t)e] += x;
}

static __device__ void count_episode(const EnvCuda &env, int e, const EnvWorld *world,
                                     const TaskStep *out) {
  // the clock of a world's first episode is only a part
  if (env.stagger && world->episode.number == 0) {
    return;
  }
  add_to(env, e, ENV_TALLY_EPISODES, 1);
  add_to(env, e, ENV_TALLY_REWARD, world->episode.reward);
  add_to(env, e, ENV_TALLY_STEPS, world->episode.steps);
  for (int s = 0; s < HOVER_STATS; s++) {
    if (!isnan(out->stat[s])) {
      add_to(env, e, ENV_TALLY_SUM + s, out->stat[s]);
      add_to(env, e, ENV_TALLY_N + s, 1);
    }
  }
}

static __device__ void observe(float *obs, const EnvWorld *world) {
  sim_obs_row_hover(obs, &world->solo.drone, &world->episode.goal);
}

static __device__ void ask(KrnDraw *draw, const EnvCuda &env, int e, const EnvWorld *world) {
  draw->seed = env.seed;
  draw->world = (uint32_t)e;
  draw->step = world->decision;
  draw->purpose = SIM_RNG_SKILL;
  draw->sample = 1;
}

// ---- kernels

static __global__ void begin(EnvCuda env, EnvCudaRows rows) {
  KRN_START(t) {
    const int e = (int)(blockIdx.x * blockDim.x) + t;
    if (e < env.n) {
      EnvWorld world;
      get_world(&world, env, e);
      env.cuts[e] = 0;
      for (int k = 0; k < ENV_TALLY; k++) {
        env.tally[(size_t)k * (size_t)env.n + (size_t)e] = 0;
      }
      observe(rows.obs + (size_t)e * INPUTS, &world);
      ask(rows.draw + e, env, e, &world);
    }
  }
}

// what comes after a decision; returns whether the episode began anew
static __device__ bool settle(EnvWorld *world, const EnvCuda &env, const EnvCudaRows &rows,
                              size_t row, int e) {
  TaskStep out;
  world->episode.steps++;
  hover_pay_step(&out, &env.keys, &world->episode, &world->referee, &world->solo.drone);
  world->episode.reward += out.reward;
  world->decision++;
  rows.reward[row] = (float)out.reward;
  rows.ended[row] = out.ended || out.cut;
  rows.cut_index[row] = -1;
  if (!out.ended && !out.cut) {
    return false;
  }
  if (out.cut) {
    const int slot = env.cuts[e]++;
    assert(slot < env.slots);
    const size_t to = (size_t)slot * (size_t)env.n + (size_t)e;
    rows.cut_index[row] = (int32_t)to;
    observe(rows.cut_obs + to * INPUTS, world);
  }
  count_episode(env, e, world, &out);
  world->episode.number++;
  start_episode(world, env, e);
  return true;
}

static __global__ void step(EnvCuda env, EnvCudaRows rows, int decision) {
  KRN_START(t) {
    const int e = (int)(blockIdx.x * blockDim.x) + t;
    if (e < env.n) {
      const size_t row = (size_t)decision * (size_t)env.n + (size_t)e;
      EnvWorld world;
      get_world(&world, env, e);
      fly(&world, env, rows.action + row * SIM_ROTORS);
      const bool anew = settle(&world, env, rows, row, e);
      put_world(env, e, &world, anew);
      observe(rows.obs + (row + (size_t)env.n) * INPUTS, &world);
      ask(rows.draw + e, env, e, &world);
    }
  }
}

// a block a number
static __global__ void total(double *out, const double *tally, int n) {
  KRN_SHARED(double, sum, 1, TOTAL_THREADS);
  KRN_START(t) {
    double own = 0;
    for (int e = t; e < n; e += TOTAL_THREADS) {
      own += tally[(size_t)blockIdx.x * (size_t)n + (size_t)e];
    }
    sum[0][t] = own;
  }
  for (int width = TOTAL_THREADS / 2; width > 0; width /= 2) {
    KRN_PHASE(t) {
      if (t < width) {
        sum[0][t] += sum[0][t + width];
      }
    }
  }
  KRN_PHASE(t) {
    if (t == 0) {
      out[blockIdx.x] = sum[0][0];
    }
  }
}

static int blocks(const EnvCuda *env) {
  return (env->n + THREADS - 1) / THREADS;
}

void env_cuda_begin(void *stream, const EnvCuda *env, const EnvCudaRows *rows) {
  KRN_LAUNCH(begin, blocks(env), THREADS, (cudaStream_t)stream, *env, *rows);
}

void env_cuda_step(void *stream, const EnvCuda *env, const EnvCudaRows *rows, int t) {
  KRN_LAUNCH(step, blocks(env), THREADS, (cudaStream_t)stream, *env, *rows, t);
}

void env_cuda_total(void *stream, double *out, const EnvCuda *env) {
  KRN_LAUNCH(total, ENV_TALLY, TOTAL_THREADS, (cudaStream_t)stream, out, env->tally, env->n);
}
