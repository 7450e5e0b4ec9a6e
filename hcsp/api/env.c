// An environment of the trainer behind the library's arrays: one thread steps, a pool observes.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/api/internal.h"
#include "hcsp/env/skill_env.h"
#include "hcsp/env/tasks/config.h"
#include "hcsp/recipes/skills/critic.h"
#include "sim/base/file.h"
#include "sim/base/pool.h"

enum { ENVS_MAX = 65536, BLOCK = 64, CONFIG_MAX = 256 };
#define CRITIC "policies/skills/hover_critic.safetensors"

struct HcspEnv {
  HcspEnvOptions options;
  char kind[32];
  TaskConfig *config;
  Task *task;
  PolNet *critic;
  EnvSkill *skill;
  Env env;
  SimPool *pool;
  HcspEnvInfo info;
  HcspEnvArrays arrays;
  uint64_t identity;  // of kind, configuration and seed: a state goes on in no other
  KrnDraw *draw;      // [rows], which the caller's own randomness replaces
};

// ---- making

static void free_env(HcspEnv *e) {
  env_skill_destroy(e->skill);
  task_destroy(e->task);
  task_skill_config_destroy(e->config);
  pol_net_destroy(e->critic);
  sim_pool_destroy(e->pool);
  free(e->arrays.obs);
  free(e->arrays.mask);
  free(e->arrays.reward);
  free(e->arrays.terminated);
  free(e->arrays.truncated);
  free(e->arrays.final_obs);
  free(e->draw);
  free(e);
}

static bool make_arrays(HcspEnv *e) {
  const size_t rows = (size_t)env_rows(&e->env), inputs = (size_t)e->env.shape.inputs;
  HcspEnvArrays *a = &e->arrays;
  a->obs = calloc(rows * inputs, sizeof *a->obs);
  a->mask = calloc(rows, sizeof *a->mask);
  a->reward = calloc(rows, sizeof *a->reward);
  a->terminated = calloc(rows, sizeof *a->terminated);
  a->truncated = calloc(rows, sizeof *a->truncated);
  a->final_obs = calloc(rows * inputs, sizeof *a->final_obs);
  e->draw = calloc(rows, sizeof *e->draw);
  return a->obs && a->mask && a->reward && a->terminated && a->truncated && a->final_obs && e->draw;
}

// what prices the state after a strike is the shipped hover's, as in training
static SimStatus load_critic(HcspEnv *e, SimError *err) {
  char path[SIM_PATH_MAX];
  if (!e->config->kind->priced) {
    return SIM_OK;
  }
  const SimStatus status = sim_path_join(path, sim_home(), CRITIC, err);
  e->critic =
      status == SIM_OK ? skills_critic_load(path, sim_obs_size(SIM_OBS_HOVER27), err) : NULL;
  return e->critic ? SIM_OK : err->status;
}

static SimStatus identify(HcspEnv *e, SimError *err) {
  char *text = task_skill_config_text(e->config);
  if (!text) {
    return sim_error(err, SIM_FAIL, "no memory for a configuration");
  }
  const uint64_t parts[3] = {sim_hash(e->kind, strlen(e->kind)), sim_hash(text, strlen(text)),
                             e->options.seed};
  e->identity = sim_hash(parts, sizeof parts);
  free(text);
  return SIM_OK;
}

static SimStatus open_env(HcspEnv *e, SimError *err) {
  const HcspEnvOptions *o = &e->options;
  const int threads = o->threads ? o->threads : api_threads();
  e->config = task_skill_config_load(e->kind, NULL, o->config, o->configs, err);
  if (!e->config || load_critic(e, err) != SIM_OK || identify(e, err) != SIM_OK) {
    return err->status;
  }
  e->task = task_create(e->config, &(TaskInputs){.critic = e->critic}, err);
  e->skill = e->task ? env_skill_create(e->task, o->num_envs, false, threads, o->seed, err) : NULL;
  if (!e->skill) {
    return err->status;
  }
  e->env = env_skill_env(e->skill);
  e->pool = sim_pool_create(threads);
  if (!e->pool || !make_arrays(e)) {
    return sim_error(err, SIM_FAIL, "no memory or threads for %d environments", o->num_envs);
  }
  e->info = (HcspEnvInfo){.kind = e->kind,
                          .obs = sim_obs_name(e->task->layout),
                          .num_envs = e->env.shape.num_envs,
                          .agents = e->env.shape.agents,
                          .inputs = e->env.shape.inputs,
                          .outputs = e->env.shape.outputs,
                          .seconds = e->env.shape.seconds};
  return SIM_OK;
}

static SimStatus check_options(const HcspEnvOptions *o, SimError *err) {
  if (o->num_envs < 1 || o->num_envs > ENVS_MAX) {
    return sim_error(err, SIM_USAGE, "num_envs: saw %d, wanted 1 to %d", o->num_envs, ENVS_MAX);
  }
  if (o->threads < 0 || o->threads > API_THREADS_MAX) {
    return sim_error(err, SIM_USAGE, "threads: saw %d, wanted 0 (every core) to %d", o->threads,
                     API_THREADS_MAX);
  }
  if (o->configs < 0 || o->configs > CONFIG_MAX || (o->configs > 0 && !o->config)) {
    return sim_error(err, SIM_USAGE, "config: saw %d words, wanted 0 to %d", o->configs,
                     CONFIG_MAX);
  }
  return SIM_OK;
}

HcspEnv *hcsp_env_create(const char *kind, const HcspEnvOptions *options, HcspError *err) {
  SimError why = {0};
  HcspEnv *e = calloc(1, sizeof *e);
  if (!e) {
    api_refuse(err, SIM_FAIL, "no memory for an environment");
    return NULL;
  }
  e->options = (HcspEnvOptions)HCSP_ENV_OPTIONS_INIT;
  SimStatus status = SIM_OK;
  if (options && (options->size < sizeof options->size || options->size > sizeof *options)) {
    status = sim_error(&why, SIM_USAGE,
                       "env: saw options of a size that this library does not know, wanted "
                       "HCSP_ENV_OPTIONS_INIT of its own header");
  } else if (options) {
    memcpy(&e->options, options, options->size);
  }
  if (status == SIM_OK &&
      (!kind || snprintf(e->kind, sizeof e->kind, "%s", kind) >= (int)sizeof e->kind)) {
    status = sim_error(&why, SIM_USAGE, "env: saw no name of a skill, wanted serve or another");
  }
  status = status == SIM_OK ? check_options(&e->options, &why) : status;
  status = status == SIM_OK ? open_env(e, &why) : status;
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

// ---- stepping

static void observe_block(void *arg, int block, int thread) {
  HcspEnv *e = arg;
  const int first = block * BLOCK, rows = env_rows(&e->env);
  const EnvView view = {.obs = e->arrays.obs, .mask = e->arrays.mask, .draw = e->draw};
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
                            .final_obs = env->arrays.final_obs};
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

// a state begins with the identity
size_t hcsp_env_state_size(const HcspEnv *env) {
  return sizeof env->identity + env->env.ops->size(env->env.self);
}

int hcsp_env_save(const HcspEnv *env, void *state, HcspError *err) {
  if (!state) {
    return api_refuse(err, SIM_USAGE, "save: saw no room for the state");
  }
  memcpy(state, &env->identity, sizeof env->identity);
  env->env.ops->save((char *)state + sizeof env->identity, env->env.self);
  return api_refuse(err, SIM_OK, "");
}

static SimStatus check_state(const HcspEnv *env, const void *state, size_t size, SimError *err) {
  uint64_t identity;
  if (!state || size != hcsp_env_state_size(env)) {
    return sim_error(err, SIM_USAGE, "load: saw a state of %zu bytes, wanted %zu", size,
                     hcsp_env_state_size(env));
  }
  memcpy(&identity, state, sizeof identity);
  return identity == env->identity
             ? SIM_OK
             : sim_error(err, SIM_USAGE,
                         "load: saw a state of another environment, wanted one of the same skill, "
                         "configuration, seed and num_envs");
}

int hcsp_env_load(HcspEnv *env, const void *state, size_t size, HcspError *err) {
  SimError why = {0};
  if (check_state(env, state, size, &why) == SIM_OK &&
      env->env.ops->load(env->env.self, (const char *)state + sizeof env->identity, &why) ==
          SIM_OK) {
    observe(env);
  }
  return api_status(err, &why);
}
