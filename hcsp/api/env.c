// An environment of the trainer behind the library's arrays: one thread steps, a pool observes.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/api/internal.h"
#include "sim/base/file.h"
#include "sim/base/pool.h"

enum { ENVS_MAX = 65536, BLOCK = 64, CONFIG_MAX = 256 };

struct HcspEnv {
  char kind[32];
  ApiWorld *world;
  Env env;
  SimPool *pool;
  HcspEnvInfo info;
  HcspEnvArrays arrays;
  uint64_t identity;  // of kind, configuration and seed: a state goes on in no other
  KrnDraw *draw;      // [rows], which the caller's own randomness replaces
};

// ---- making

static void free_env(HcspEnv *e) {
  api_world_close(e->world);
  sim_pool_destroy(e->pool);
  free(e->arrays.obs);
  free(e->arrays.mask);
  free(e->arrays.reward);
  free(e->arrays.terminated);
  free(e->arrays.truncated);
  free(e->arrays.final_obs);
  free(e->arrays.seconds);
  free(e->arrays.legal);
  free(e->draw);
  free(e);
}

static void make_arrays(HcspEnv *e) {
  const size_t rows = (size_t)env_rows(&e->env), inputs = (size_t)e->env.shape.inputs;
  assert(rows > 0 && inputs > 0);
  const size_t options = (size_t)env_options(&e->env);
  HcspEnvArrays *a = &e->arrays;
  a->obs = sim_new(rows * inputs, sizeof *a->obs);
  a->mask = sim_new(rows, sizeof *a->mask);
  a->reward = sim_new(rows, sizeof *a->reward);
  a->terminated = sim_new(rows, sizeof *a->terminated);
  a->truncated = sim_new(rows, sizeof *a->truncated);
  a->final_obs = sim_new(rows * inputs, sizeof *a->final_obs);
  a->seconds = sim_new(rows, sizeof *a->seconds);
  a->legal = options ? sim_new(rows * options, sizeof *a->legal) : NULL;
  e->draw = sim_new(rows, sizeof *e->draw);
}

static void describe(HcspEnv *e) {
  const EnvShape *shape = &e->env.shape;
  e->info = (HcspEnvInfo){.kind = e->kind,
                          .obs = api_world_obs(e->world),
                          .num_envs = shape->num_envs,
                          .agents = shape->agents,
                          .inputs = shape->inputs,
                          .outputs = shape->outputs,
                          .seconds = shape->seconds,
                          .heads = shape->heads,
                          .options = env_options(&e->env)};
}

static SimStatus open_env(HcspEnv *e, const HcspEnvOptions *o, SimError *err) {
  e->world = api_world_open(e->kind, o, err);
  SIM_TRY(e->world ? SIM_OK : err->status);
  const uint64_t parts[] = {api_world_meaning(e->world), o->seed, (uint64_t)o->num_envs};
  e->identity = sim_hash(parts, sizeof parts);
  e->env = api_world_env(e->world);
  e->pool = sim_pool_create(o->threads ? o->threads : api_threads());
  if (!e->pool) {
    return sim_error(err, SIM_FAIL, "no threads for %d environments", o->num_envs);
  }
  make_arrays(e);
  for (int row = 0; e->env.shape.seconds > 0 && row < env_rows(&e->env); row++) {
    e->arrays.seconds[row] = (float)e->env.shape.seconds;
  }
  describe(e);
  return SIM_OK;
}

static SimStatus check_options(const HcspEnvOptions *o, SimError *err) {
  SIM_TRY(api_check_range("num_envs", o->num_envs, 1, ENVS_MAX, err));
  SIM_TRY(api_check_range("threads", o->threads, 0, API_THREADS_MAX, err));
  SIM_TRY(api_check_range("configs", o->configs, 0, CONFIG_MAX, err));
  if (o->configs > 0 && !o->config) {
    return sim_error(err, SIM_USAGE, "config: saw no words, wanted %d", o->configs);
  }
  return SIM_OK;
}

HcspEnv *hcsp_env_create(const char *kind, const HcspEnvOptions *options, HcspError *err) {
  HcspEnvOptions o = HCSP_ENV_OPTIONS_INIT;
  SimError why = {0};
  HcspEnv *e = sim_new(1, sizeof *e);
  SimStatus status = api_take_options(&o, sizeof o, options, "HCSP_ENV_OPTIONS_INIT", &why);
  if (status == SIM_OK &&
      (!kind || snprintf(e->kind, sizeof e->kind, "%s", kind) >= (int)sizeof e->kind)) {
    status =
        sim_error(&why, SIM_USAGE, "env: saw no name of a kind, wanted 3v3, strategy, or a skill");
  }
  status = status == SIM_OK ? check_options(&o, &why) : status;
  status = status == SIM_OK ? open_env(e, &o, &why) : status;
  api_status(err, &why);
  if (status != SIM_OK) {
    free_env(e);
    return NULL;
  }
  return e;
}

void hcsp_env_close(HcspEnv *env) {
  if (env) {
    free_env(env);
  }
}

const HcspEnvInfo *hcsp_env_info(const HcspEnv *env) {
  return &env->info;
}

const HcspEnvArrays *hcsp_env_arrays(const HcspEnv *env) {
  return &env->arrays;
}

int hcsp_env_options(const HcspEnv *env, int head) {
  const EnvShape *shape = &env->env.shape;
  return head >= 0 && head < shape->heads ? shape->option[head] : 0;
}

const char *hcsp_env_head_name(const HcspEnv *env, int head) {
  const PolOptions *table = api_world_options(env->world);
  return table && head >= 0 && head < table->heads ? table->head[head] : NULL;
}

const char *hcsp_env_option_name(const HcspEnv *env, int head, int option) {
  const PolOptions *table = api_world_options(env->world);
  return option >= 0 && option < hcsp_env_options(env, head) ? table->option[head][option].name
                                                             : NULL;
}

// ---- stepping

static void observe_block(void *arg, int block, int thread) {
  HcspEnv *e = arg;
  const int first = block * BLOCK, rows = env_rows(&e->env);
  assert(block >= 0 && first < rows);
  const EnvView view = {
      .obs = e->arrays.obs, .mask = e->arrays.mask, .draw = e->draw, .legal = e->arrays.legal};
  (void)thread;
  e->env.ops->observe(e->env.self, &view, first, first + BLOCK < rows ? first + BLOCK : rows);
}

static void observe(HcspEnv *e) {
  sim_pool_run(e->pool, (env_rows(&e->env) + BLOCK - 1) / BLOCK, observe_block, e);
}

int hcsp_env_reset(HcspEnv *env, HcspError *err) {
  const size_t rows = (size_t)env_rows(&env->env);
  env->env.ops->reset(env->env.self, true);
  memset(env->arrays.reward, 0, rows * sizeof *env->arrays.reward);
  memset(env->arrays.terminated, 0, rows);
  memset(env->arrays.truncated, 0, rows);
  observe(env);
  return api_refuse(err, SIM_OK, "");
}

int hcsp_env_step(HcspEnv *env, const float *action, HcspError *err) {
  SimError why = {0};
  const EnvResult result = {.reward = env->arrays.reward,
                            .terminated = env->arrays.terminated,
                            .truncated = env->arrays.truncated,
                            .final_obs = env->arrays.final_obs,
                            .seconds = env->arrays.seconds};
  if (!action) {
    return api_refuse(err, SIM_USAGE, "step: saw no actions");
  }
  if (env->env.ops->step(env->env.self, &result, action, 0, env->env.shape.num_envs, &why) ==
      SIM_OK) {
    env->env.ops->reset(env->env.self, false);
    observe(env);
  }
  return api_status(err, &why);
}

// ---- keeping

// what a state begins with
typedef struct StateHead {
  uint64_t identity, hash;  // of the environment, and of the bytes that follow
} StateHead;

size_t hcsp_env_state_size(const HcspEnv *env) {
  return sizeof(StateHead) + env->env.ops->size(env->env.self);
}

int hcsp_env_save(const HcspEnv *env, void *state, HcspError *err) {
  if (!state) {
    return api_refuse(err, SIM_USAGE, "save: saw no room for the state");
  }
  char *body = (char *)state + sizeof(StateHead);
  env->env.ops->save(body, env->env.self);
  const StateHead head = {env->identity, sim_hash(body, env->env.ops->size(env->env.self))};
  memcpy(state, &head, sizeof head);
  return api_refuse(err, SIM_OK, "");
}

static SimStatus check_state(const HcspEnv *env, const void *state, size_t size, SimError *err) {
  StateHead head;
  if (!state || size != hcsp_env_state_size(env)) {
    return sim_error(err, SIM_USAGE, "load: saw a state of %zu bytes, wanted %zu", size,
                     hcsp_env_state_size(env));
  }
  memcpy(&head, state, sizeof head);
  if (head.identity != env->identity) {
    return sim_error(err, SIM_USAGE,
                     "load: saw a state of another environment, wanted one of the same kind, "
                     "configuration, opponent, seed and num_envs");
  }
  return head.hash == sim_hash((const char *)state + sizeof head, size - sizeof head)
             ? SIM_OK
             : sim_error(err, SIM_BAD_INPUT, "load: saw a state that was changed, wanted it whole");
}

int hcsp_env_load(HcspEnv *env, const void *state, size_t size, HcspError *err) {
  SimError why = {0};
  if (check_state(env, state, size, &why) == SIM_OK &&
      env->env.ops->load(env->env.self, (const char *)state + sizeof(StateHead), &why) == SIM_OK) {
    observe(env);
  }
  return api_status(err, &why);
}
