// The environments that the library offers: those of the trainer, opened by a name and words of
// configuration as the trainer opens them.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/api/internal.h"
#include "hcsp/config/strategy.h"
#include "hcsp/env/flat_env.h"
#include "hcsp/env/match_env.h"
#include "hcsp/env/skill_env.h"
#include "hcsp/env/tasks/config.h"
#include "hcsp/recipes/flat/config.h"
#include "hcsp/recipes/skills/critic.h"
#include "hcsp/train/engine.h"
#include "sim/base/file.h"

#define CRITIC "policies/skills/hover_critic.safetensors"

struct ApiWorld {
  Env env;
  uint64_t meaning;
  // a skill
  TaskConfig *config;
  Task *task;
  PolNet *critic;
  EnvSkill *skill;
  // matches
  TrainEngine engine;
  PolTeam *team;      // of the caller,
  PolTeam *opponent;  //   and of whom he meets, or NULL
  PolStrategy rule;   // whom he meets, with his own skills
  PolFile file;       // what flat drones of the caller are called by
  EnvFlat *flat;
  EnvMatch *match;
};

static int threads_of(const HcspEnvOptions *o) {
  return o->threads ? o->threads : api_threads();
}

// the meaning is that of the resolved configuration, and of whom is met
static void take_meaning(ApiWorld *w, const char *kind, char *text, const HcspEnvOptions *o) {
  const char *opponent = o->opponent ? o->opponent : "";
  const uint64_t parts[] = {
      sim_hash(kind, strlen(kind)),         sim_hash(text, strlen(text)),
      sim_hash(opponent, strlen(opponent)), w->team ? w->team->hash : 0,
      w->team ? w->team->options->hash : 0, w->opponent ? w->opponent->hash : 0};
  w->meaning = sim_hash(parts, sizeof parts);
  free(text);
}

// ---- skills

// what prices the state after a strike is the shipped hover's, as in training
static SimStatus load_critic(ApiWorld *w, SimError *err) {
  char path[SIM_PATH_MAX];
  if (!w->config->kind->priced) {
    return SIM_OK;
  }
  SIM_TRY(sim_path_join(path, sim_home(), CRITIC, err));
  w->critic = skills_critic_load(path, sim_obs_size(SIM_OBS_HOVER27), err);
  return w->critic ? SIM_OK : err->status;
}

static SimStatus open_skill(ApiWorld *w, const char *kind, const HcspEnvOptions *o, SimError *err) {
  if (o->opponent) {
    return sim_error(err, SIM_USAGE, "opponent: saw '%.64s', wanted none for a skill", o->opponent);
  }
  w->config = task_skill_config_load(kind, NULL, o->config, o->configs, err);
  if (!w->config || load_critic(w, err) != SIM_OK) {
    return err->status;
  }
  take_meaning(w, kind, task_skill_config_text(w->config), o);
  w->task = task_create(w->config, &(TaskInputs){.critic = w->critic});
  w->skill = env_skill_create(w->task, o->num_envs, false, threads_of(o), o->seed, err);
  SIM_TRY(w->skill ? SIM_OK : err->status);
  w->env = env_skill_env(w->skill);
  return SIM_OK;
}

// ---- matches

static SimStatus load_opponent(ApiWorld *w, const HcspEnvOptions *o, bool rules, SimError *err) {
  char wanted[256];
  if (!o->opponent) {
    return SIM_OK;
  }
  if (rules &&
      pol_strategy_find_rule(&w->rule, wanted, sizeof wanted, o->opponent, w->team->options)) {
    return pol_strategy_check(&w->rule, w->team->options, err);
  }
  w->opponent = pol_team_load(o->opponent, err);
  return w->opponent ? SIM_OK : err->status;
}

static void set_opponents(ApiWorld *w, const HcspEnvOptions *o) {
  EnvOpponent met[POL_MIXTURE_MAX] = {{.strategy = o->opponent ? &w->rule : NULL, .weight = 1}};
  const int n = w->opponent ? w->opponent->strategies : 1;
  assert(n >= 1 && n <= POL_MIXTURE_MAX);
  for (int i = 0; w->opponent && i < n; i++) {
    met[i] = (EnvOpponent){
        .strategy = &w->opponent->strategy[i], .weight = w->opponent->weight[i], .guest = true};
  }
  w->env.ops->set_opponents(w->env.self, met, n);
}

static SimStatus open_flat(ApiWorld *w, const char *kind, const HcspEnvOptions *o, SimError *err) {
  const PolStrategy caller = {.kind = POL_STRATEGY_FLAT, .file = &w->file, .name = "caller"};
  FlatConfig c;
  SIM_TRY(flat_config_load(&c, NULL, o->config, o->configs, err));
  SIM_TRY(train_engine_open(&w->engine, c.physics, c.world, c.rules, err));
  SIM_TRY(load_opponent(w, o, false, err));
  take_meaning(w, kind, flat_config_text(&c), o);
  w->file = (PolFile){.kind = POL_KIND_FLAT, .name = "caller", .every = 2, .dt = SIM_DT};
  snprintf(w->file.obs, sizeof w->file.obs, "%s", sim_obs_name(SIM_OBS_FLAT57));
  w->team = env_flat_team(&caller, err);
  const EnvFlatOptions flat = {
      .model = w->engine.learn,
      .team = w->team,
      .learner = w->team ? &w->team->strategy[0] : NULL,
      .rules = w->engine.rules,
      .pay = flat_config_pay(&c),
      .share =
          {[TASK_FLAT_NEAR] = c.near, [TASK_FLAT_FALLEN] = c.fallen, [TASK_FLAT_FLYING] = c.flying},
      .reach = c.reach,
      .num_envs = o->num_envs,
      .threads = threads_of(o),
      .agents = o->opponent ? SIM_ROLES : SIM_DRONES,
      .guest = w->opponent,
      .seed = o->seed};
  w->flat = w->team ? env_flat_create(&flat, err) : NULL;
  SIM_TRY(w->flat ? SIM_OK : err->status);
  w->env = env_flat_env(w->flat);
  set_opponents(w, o);
  return SIM_OK;
}

static SimStatus load_team(ApiWorld *w, const StrategyConfig *c, SimError *err) {
  w->team = pol_team_load(c->team, err);
  if (!w->team || (c->options[0] && pol_team_set_options(w->team, c->options, err) != SIM_OK)) {
    return err->status;
  }
  return !w->team->flat
             ? SIM_OK
             : sim_error(err, SIM_USAGE, "team: saw the flat team '%s', wanted one with skills",
                         w->team->name);
}

static SimStatus open_strategy(ApiWorld *w, const char *kind, const HcspEnvOptions *o,
                               SimError *err) {
  StrategyConfig c;
  SIM_TRY(strategy_config_load(&c, NULL, NULL, o->config, o->configs, err));
  SIM_TRY(train_engine_open(&w->engine, c.physics, c.world, c.rules, err));
  SIM_TRY(load_team(w, &c, err));
  SIM_TRY(load_opponent(w, o, true, err));
  take_meaning(w, kind, strategy_config_text(&c), o);
  const EnvMatchOptions match = {.model = w->engine.learn,
                                 .team = w->team,
                                 .agents = o->opponent ? 1 : SIM_TEAMS,
                                 .rules = w->engine.rules,
                                 .matches = o->num_envs,
                                 .threads = threads_of(o),
                                 .seed = o->seed,
                                 .guest = w->opponent,
                                 .draw_cost = c.draw_cost,
                                 .decide_every = (int)c.decide_every};
  w->match = env_match_create(&match, err);
  SIM_TRY(w->match ? SIM_OK : err->status);
  w->env = env_match_env(w->match);
  set_opponents(w, o);
  return SIM_OK;
}

// ---- all of them

ApiWorld *api_world_open(const char *kind, const HcspEnvOptions *options, SimError *err) {
  ApiWorld *w = sim_new(1, sizeof *w);
  const SimStatus status = strcmp(kind, "3v3") == 0        ? open_flat(w, kind, options, err)
                           : strcmp(kind, "strategy") == 0 ? open_strategy(w, kind, options, err)
                                                           : open_skill(w, kind, options, err);
  if (status != SIM_OK) {
    api_world_close(w);
    return NULL;
  }
  return w;
}

void api_world_close(ApiWorld *w) {
  if (w) {
    env_skill_destroy(w->skill);
    task_destroy(w->task);
    task_skill_config_destroy(w->config);
    pol_net_destroy(w->critic);
    env_flat_destroy(w->flat);
    env_match_destroy(w->match);
    if (w->team && w->team->flat && w->team->strategy[0].file == &w->file) {
      env_flat_team_destroy(w->team);
    } else {
      pol_team_destroy(w->team);
    }
    pol_team_destroy(w->opponent);
    train_engine_close(&w->engine);
    free(w);
  }
}

Env api_world_env(const ApiWorld *w) {
  return w->env;
}

const char *api_world_obs(const ApiWorld *w) {
  return sim_obs_name(w->task   ? w->task->layout
                      : w->flat ? SIM_OBS_FLAT57
                                : pol_strategy_layout(w->team->options));
}

uint64_t api_world_meaning(const ApiWorld *w) {
  return w->meaning;
}

const PolOptions *api_world_options(const ApiWorld *w) {
  return w->match ? w->team->options : NULL;
}
