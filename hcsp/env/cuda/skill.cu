// One thread an environment: it takes its words, flies the control steps of a decision, is paid,
// and begins anew where an episode is over. All arithmetic is in headers that the processor runs,
// too (sim/solo.h, hcsp/env/tasks/hover.h, strike_form.h), and is compiled without contraction: the
// same bits. What differs from task to task is a Form.
#include "hcsp/env/skill_device.h"

#include <cuda_runtime_api.h>

#include "hcsp/env/cuda/words.h"
#include "kernels/cuda/forward.h"
#include "kernels/cuda/launch.h"
#include "sim/obs_row.h"

enum {
  THREADS = 64,         // of a block: each has a whole environment
  TOTAL_THREADS = 256,  // of a sum over environments, a power of 2
};

// ---- words of an environment

#define AT(field) offsetof(EnvWorld, field)

// the part of an episode that changes with every decision: its last fields
enum { CLOCK = offsetof(TaskEpisode, closeness), CLOCK_SIZE = sizeof(TaskEpisode) - CLOCK };
enum { COUNTS = offsetof(EnvWorld, decision), COUNTS_SIZE = sizeof(EnvWorld) - COUNTS };

static __device__ void get_world(EnvWorld *world, const EnvCuda &env, int e) {
  GET(solo);
  GET(referee);
  GET(episode.goal);
  get_words<CLOCK_SIZE>(&world->episode.closeness, env.word, env.n, e, AT(episode) + CLOCK);
  get_words<COUNTS_SIZE>(&world->decision, env.word, env.n, e, COUNTS);
  // how many blow; they themselves are read only where there are any
  get_words<sizeof(uint64_t)>(&world->episode.wash, env.word, env.n, e, AT(episode.wash));
  if (world->episode.wash.n > 0) {
    GET(episode.wash);
  }
}

static __device__ void put_world(const EnvCuda &env, int e, const EnvWorld *world, bool anew) {
  PUT(solo);
  PUT(referee);
  put_words<CLOCK_SIZE>(env.word, env.n, e, AT(episode) + CLOCK, &world->episode.closeness);
  put_words<COUNTS_SIZE>(env.word, env.n, e, COUNTS, &world->decision);
  if (anew) {
    PUT(episode.goal);
    PUT(episode.next);
    PUT(episode.wash);
  }
}

// ---- what a task is

struct HoverForm {
  enum { INPUTS = 27, STATS = HOVER_STATS };

  static __device__ void begin(EnvWorld *world, const EnvCuda &env, SimRng *rng) {
    vec_set(world->solo.ball_vel, 0, 0, 0);
    hover_begin(&world->episode, &world->solo.drone, world->solo.ball_pos, &env.hover, rng);
  }

  static __device__ bool ended(const EnvWorld *world, bool) {
    return hover_ended(&world->referee, &world->solo.drone);
  }

  static __device__ void pay(TaskStep *out, EnvWorld *world, const EnvCuda &env, int, bool) {
    hover_pay_step(out, env.hover.keys, &world->episode, &world->referee, &world->solo.drone);
  }

  static __device__ void observe(float *obs, const EnvWorld *world) {
    sim_obs_row_hover(obs, &world->solo.drone, &world->episode.goal);
  }
};

// what a network of one output says of a row
static __device__ float value_of(const KrnFusedNet &net, const float *row) {
  float value[KRN_FUSED_OUTPUTS];
  krn_forward(value, net, row);
  return value[0];
}

struct StrikeForm {
  enum { INPUTS = 43, STATS = STRIKE_STATS };

  static __device__ StrikeSeen seen(const EnvWorld *world, bool touched) {
    const StrikeSeen all = {&world->referee, &world->solo.drone, world->solo.ball_pos,
                            world->solo.ball_vel, touched};
    return all;
  }

  static __device__ void begin(EnvWorld *world, const EnvCuda &env, SimRng *rng) {
    SimSolo *solo = &world->solo;
    strike_begin(&world->episode, &solo->drone, solo->ball_pos, solo->ball_vel, &env.strike, rng);
  }

  static __device__ bool ended(const EnvWorld *world, bool touched) {
    const StrikeSeen all = seen(world, touched);
    return strike_ended(&all, &world->episode.goal);
  }

  static __device__ void pay(TaskStep *out, EnvWorld *world, const EnvCuda &env, int e,
                             bool touched) {
    const StrikeSeen all = seen(world, touched);
    double worth = 0;
    if (env.critic.layers > 0 && strike_pays_touch(&all)) {
      float row[HoverForm::INPUTS];
      GET(episode.next);
      sim_obs_row_hover(row, &world->solo.drone, &world->episode.next);
      worth = strike_worth(value_of(env.critic, row));
    }
    strike_pay_step(out, env.strike.keys, &world->episode, &all, worth);
  }

  static __device__ void observe(float *obs, const EnvWorld *world) {
    const SimSolo *solo = &world->solo;
    sim_obs_row_strike(obs, &solo->drone, solo->ball_pos, solo->ball_vel, &world->episode.goal);
  }
};

// ---- an episode

template <class Form>
static __device__ void start_episode(EnvWorld *world, const EnvCuda &env, int e) {
  const uint32_t number = world->episode.number;
  SimRng rng = sim_rng(env.seed, (uint32_t)e, number, SIM_RNG_TASK);
  SimSolo *solo = &world->solo;
  memset(&world->episode, 0, sizeof world->episode);
  world->episode.number = number;
  Form::begin(world, env, &rng);
  sim_solo_place(solo);
  sim_judge_reset(&world->referee, SIM_NEAR);
  vec_copy(world->referee.ball_vel, solo->ball_vel);
  world->bad_commands = 0;
}

// returns whether the drone touched the ball in the last control step
template <class Form>
static __device__ bool fly(EnvWorld *world, const EnvCuda &env, const float *command) {
  // time never ends a rally here: tasks have clocks of their own
  const SimRules rules = {NULL, 1 << 30, false, env.play_on};
  SimSolo *solo = &world->solo;
  const SimWash *wash = &world->episode.wash;
  bool over = false, touched = false;
  for (int k = 0; !over && k < env.every; k++) {
    world->bad_commands += sim_solo_turn_rotors(&solo->drone, command, &env.plant);
    sim_solo_fly(solo, wash->source, wash->n, world->referee.step * SIM_DT, &env.plant);
    touched = sim_solo_judge(&world->referee, solo, &rules);
    over = Form::ended(world, touched);
  }
  return touched;
}

static __device__ void add_to(const EnvCuda &env, int e, int what, double x) {
  env.tally[(size_t)what * (size_t)env.n + (size_t)e] += x;
}

template <class Form>
static __device__ void count_episode(const EnvCuda &env, int e, const EnvWorld *world,
                                     const TaskStep *out) {
  // the clock of a world's first episode is only a part
  if (env.stagger && world->episode.number == 0) {
    return;
  }
  add_to(env, e, ENV_TALLY_EPISODES, 1);
  add_to(env, e, ENV_TALLY_REWARD, world->episode.reward);
  add_to(env, e, ENV_TALLY_STEPS, world->episode.steps);
  for (int s = 0; s < Form::STATS; s++) {
    if (!isnan(out->stat[s])) {
      add_to(env, e, ENV_TALLY_SUM + s, out->stat[s]);
      add_to(env, e, ENV_TALLY_N + s, 1);
    }
  }
}

static __device__ void ask(KrnDraw *draw, const EnvCuda &env, int e, const EnvWorld *world) {
  draw->seed = env.seed;
  draw->world = (uint32_t)e;
  draw->step = world->decision;
  draw->purpose = SIM_RNG_SKILL;
  draw->sample = 1;
}

// ---- kernels

template <class Form> static __global__ void begin(EnvCuda env, EnvCudaRows rows) {
  KRN_START(t) {
    const int e = (int)(blockIdx.x * blockDim.x) + t;
    if (e < env.n) {
      EnvWorld world;
      get_world(&world, env, e);
      env.cuts[e] = 0;
      for (int k = 0; k < ENV_TALLY; k++) {
        env.tally[(size_t)k * (size_t)env.n + (size_t)e] = 0;
      }
      Form::observe(rows.obs + (size_t)e * Form::INPUTS, &world);
      ask(rows.draw + e, env, e, &world);
    }
  }
}

// what comes after a decision; returns whether the episode began anew
template <class Form>
static __device__ bool settle(EnvWorld *world, const EnvCuda &env, const EnvCudaRows &rows,
                              size_t row, int e, bool touched) {
  TaskStep out;
  world->episode.steps++;
  Form::pay(&out, world, env, e, touched);
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
    Form::observe(rows.cut_obs + to * Form::INPUTS, world);
  }
  count_episode<Form>(env, e, world, &out);
  world->episode.number++;
  start_episode<Form>(world, env, e);
  return true;
}

template <class Form> static __global__ void step(EnvCuda env, EnvCudaRows rows, int decision) {
  KRN_START(t) {
    const int e = (int)(blockIdx.x * blockDim.x) + t;
    if (e < env.n) {
      const size_t row = (size_t)decision * (size_t)env.n + (size_t)e;
      EnvWorld world;
      get_world(&world, env, e);
      const bool touched = fly<Form>(&world, env, rows.action + row * SIM_ROTORS);
      const bool anew = settle<Form>(&world, env, rows, row, e, touched);
      put_world(env, e, &world, anew);
      Form::observe(rows.obs + (row + (size_t)env.n) * Form::INPUTS, &world);
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
  if (env->form == ENV_HOVER) {
    KRN_LAUNCH(begin<HoverForm>, blocks(env), THREADS, (cudaStream_t)stream, *env, *rows);
  } else {
    KRN_LAUNCH(begin<StrikeForm>, blocks(env), THREADS, (cudaStream_t)stream, *env, *rows);
  }
}

void env_cuda_step(void *stream, const EnvCuda *env, const EnvCudaRows *rows, int t) {
  if (env->form == ENV_HOVER) {
    KRN_LAUNCH(step<HoverForm>, blocks(env), THREADS, (cudaStream_t)stream, *env, *rows, t);
  } else {
    KRN_LAUNCH(step<StrikeForm>, blocks(env), THREADS, (cudaStream_t)stream, *env, *rows, t);
  }
}

void env_cuda_total(void *stream, double *out, const EnvCuda *env) {
  KRN_LAUNCH(total, ENV_TALLY, TOTAL_THREADS, (cudaStream_t)stream, out, env->tally, env->n);
}
