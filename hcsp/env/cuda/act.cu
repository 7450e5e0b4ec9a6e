// What the drones of matches do between decisions: a thread finds what its drone is to do and what
// its network sees; then the rows of a block are sorted by network, so that threads side by side
// run the same one; and each thread runs one.
#include <cuda_runtime_api.h>

#include "hcsp/env/cuda/words.h"
#include "hcsp/env/match_device.h"
#include "kernels/cuda/forward.h"
#include "sim/obs_row.h"

enum {
  ROWS = 128,   // drones of a block
  NOBODY = -1,  // no network is asked; else twice its number, and 1 where it sees the mirror
};

#define AT(field) offsetof(EnvMatchWorld, field)

// what drone `drone` of match e is to do
static __device__ void find_task(PolTask *task, EnvMatchWorld *world, const EnvMatchCuda &env,
                                 int e, int drone) {
  const int team = (int)sim_team(drone);
  SimView *view = &world->match.view;
  get_words<sizeof *view->drone>(&view->drone[drone], env.word, env.n, e,
                                 AT(match.view.drone) + (size_t)drone * sizeof *view->drone);
  GET(match.view.ball_pos);
  GET(match.view.ball_vel);
  get_words<sizeof *world->plan>(&world->plan[team], env.word, env.n, e,
                                 AT(plan) + (size_t)team * sizeof *world->plan);
  get_words<sizeof(uint64_t)>(&world->referee, env.word, env.n, e, AT(referee));
  pol_task_find(task, &world->plan[team], view, world->referee.step, drone);
}

// Row i of the block's drones: its observation, where a network is to act now. A skill that acts
// every k-th step holds its command in between; a newly selected one acts at once.
static __device__ int find_row(const EnvMatchCuda &env, int i) {
  const int e = i / SIM_DRONES, drone = i % SIM_DRONES;
  if (e >= env.n || env.why[e] != ENV_MATCH_RUNS) {
    return NOBODY;
  }
  EnvMatchWorld all, *world = &all;
  const size_t at = AT(actor) + (size_t)drone * sizeof *world->actor;
  EnvMatchActor actor;
  PolTask task;
  get_words<sizeof actor>(&actor, env.word, env.n, e, at);
  get_words<sizeof(uint64_t)>(&world->bad_commands, env.word, env.n, e, AT(bad_commands));
  find_task(&task, world, env, e, drone);
  const int number = env.net_of[world->team[sim_team(drone)]][task.slot];
  const EnvMatchNet &net = env.net[number];
  const bool acts = actor.wait == 0 || actor.slot != (int32_t)task.slot;
  if (acts) {
    float *row = env.row + (size_t)i * ENV_MATCH_INPUTS;
    sim_obs_row_goal(row, net.hovers, &world->match.view, drone, &task.goal);
    if (task.mirrored) {
      sim_obs_row_reflect(row, net.hovers);
    }
    actor.wait = net.every;
  }
  actor.slot = (int32_t)task.slot;
  actor.wait--;
  put_words<sizeof actor>(env.word, env.n, e, at, &actor);
  return acts ? 2 * number + task.mirrored : NOBODY;
}

static __device__ void run_row(const EnvMatchCuda &env, int i, int key) {
  const int e = i / SIM_DRONES, drone = i % SIM_DRONES;
  const EnvMatchNet &net = env.net[key / 2];
  float command[KRN_FUSED_OUTPUTS];
  krn_forward(command, net.net, env.row + (size_t)i * ENV_MATCH_INPUTS);
  for (int r = 0; r < SIM_ROTORS; r++) {
    command[r] = krn_activate(command[r], net.squash);
  }
  if (key % 2) {
    sim_command_reflect(command);
  }
  put_words<SIM_ROTORS * sizeof *command>(
      env.word, env.n, e, AT(command) + (size_t)drone * SIM_ROTORS * sizeof *command, command);
}

static __global__ void act(EnvMatchCuda env) {
  KRN_SHARED(int32_t, key, 1, ROWS);
  KRN_SHARED(int32_t, order, 1, ROWS);
  KRN_START(t) {
    key[0][t] = find_row(env, (int)blockIdx.x * ROWS + t);
    order[0][t] = NOBODY;
  }
  KRN_PHASE(t) {
    const int32_t own = key[0][t];
    int place = 0;
    for (int k = 0; own != NOBODY && k < ROWS; k++) {
      const int32_t other = key[0][k];
      place += other != NOBODY && (other < own || (other == own && k < t));
    }
    if (own != NOBODY) {
      order[0][place] = t;
    }
  }
  KRN_PHASE(t) {
    const int32_t who = order[0][t];
    if (who != NOBODY) {
      run_row(env, (int)blockIdx.x * ROWS + who, key[0][who]);
    }
  }
}

void env_match_cuda_act(void *stream, const EnvMatchCuda *env) {
  KRN_LAUNCH(act, (env->n * SIM_DRONES + ROWS - 1) / ROWS, ROWS, (cudaStream_t)stream, *env);
}
