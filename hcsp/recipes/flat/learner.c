// Observations are standardised by running statistics, which the playing network gets before every
// rollout, so that it and the update see the same.
#include "hcsp/recipes/flat/learner.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/learn/ppo_config.h"

// ---- making and freeing

static PpoConfig ppo_config(const FlatConfig *c) {
  PpoConfig config = ppo_config_of(&c->ppo);
  config.normalise_obs = config.normalise_value = true;
  return config;
}

// actor and critic have the same hidden layers
static PolArch arch_of(const FlatConfig *c, int outputs) {
  PolArch arch = ppo_arch_of(c->net, sim_obs_size(SIM_OBS_FLAT57), outputs);
  arch.input_norm = POL_INPUT_FIXED;
  return arch;
}

void flat_learner_begin(FlatLearner *l, uint32_t number) {
  const FlatConfig *c = l->options.config;
  Ppo *ppo = l->ppo.ppo;
  const MlpInit actor = {
      .gain = 1.5, .head = 0.01, .head_bias = SIM_HOVER_COMMAND, .log_std = c->ppo.log_std};
  const MlpInit critic = {.gain = 1.5, .head = 0.1};
  mlp_init(ppo->actor, &actor, l->options.seed, 2 * number);
  mlp_init(ppo->critic, &critic, l->options.seed, 2 * number + 1);
  Running *const both[2] = {&ppo->obs, &ppo->value};
  for (int i = 0; i < 2; i++) {
    both[i]->count = 0;
    for (int j = 0; j < both[i]->n; j++) {
      both[i]->mean[j] = 0;
      both[i]->square[j] = 1;
    }
  }
  ppo->rate = c->ppo.learning_rate;
  ppo->step = 0;
  mlp_download(ppo->actor);
  ppo_put_statistics(ppo->actor->net, ppo);
}

void flat_learner_go_on(FlatLearner *l) {
  PolNet *net = l->ppo.ppo->actor->net;
  assert(net->log_std && net->arch.outputs == SIM_ROTORS);
  for (int r = 0; r < SIM_ROTORS; r++) {
    net->log_std[r] = fmaxf(net->log_std[r], (float)l->options.config->ppo.log_std_again);
  }
  mlp_upload(l->ppo.ppo->actor);
  l->ppo.ppo->rate = l->options.config->ppo.learning_rate;
}

// what plays: the team of the learner, whose network comes with the networks
static SimStatus make_team(FlatLearner *l, SimError *err) {
  l->file = (PolFile){.kind = POL_KIND_FLAT, .every = 2, .dt = SIM_DT};
  snprintf(l->file.name, sizeof l->file.name, "learner");
  snprintf(l->file.obs, sizeof l->file.obs, "%s", sim_obs_name(SIM_OBS_FLAT57));
  snprintf(l->file.act, sizeof l->file.act, "rotor4");
  l->strategy = (PolStrategy){.kind = POL_STRATEGY_FLAT, .file = &l->file, .sample = true};
  snprintf(l->strategy.name, sizeof l->strategy.name, "learner");
  l->team = env_flat_team(&l->strategy, err);
  return l->team ? SIM_OK : err->status;
}

static SimStatus make_env(FlatLearner *l, SimError *err) {
  const FlatLearnerOptions *o = &l->options;
  const EnvFlatOptions env = {.model = o->model,
                              .team = l->team,
                              .learner = &l->strategy,
                              .rules = o->rules,
                              .pay = flat_config_pay(o->config),
                              .share = {[TASK_FLAT_NEAR] = o->config->near,
                                        [TASK_FLAT_FALLEN] = o->config->fallen,
                                        [TASK_FLAT_FLYING] = o->config->flying},
                              .reach = o->config->reach,
                              .num_envs = (int)o->config->num_envs,
                              .agents = SIM_DRONES,
                              .threads = o->threads,
                              .seed = o->seed,
                              .device = l->device->ops->beside ? l->device : NULL};
  l->env = env_flat_create(&env, err);
  return l->env ? SIM_OK : SIM_FAIL;
}

static SimStatus make_networks(FlatLearner *l, SimError *err) {
  const FlatLearnerOptions *o = &l->options;
  const PpoLearnerOptions ppo = {.env = env_flat_env(l->env),
                                 .device = l->device,
                                 .config = ppo_config(o->config),
                                 .actor = arch_of(o->config, SIM_ROTORS),
                                 .critic = arch_of(o->config, 1),
                                 .steps = (int)o->config->num_steps,
                                 .threads = o->threads,
                                 .seed = o->seed};
  SIM_TRY(ppo_learner_create(&l->ppo, &ppo, err));
  l->file.net = l->ppo.ppo->actor->net;
  flat_learner_begin(l, 0);
  return SIM_OK;
}

FlatLearner *flat_learner_create(const FlatLearnerOptions *options, SimError *err) {
  FlatLearner *l = sim_new(1, sizeof *l);
  l->options = *options;
  l->device = krn_device_open(options->device, options->threads, err);
  if (!l->device || make_team(l, err) != SIM_OK || make_env(l, err) != SIM_OK ||
      make_networks(l, err) != SIM_OK) {
    flat_learner_destroy(l);
    return NULL;
  }
  return l;
}

void flat_learner_destroy(FlatLearner *l) {
  if (l) {
    ppo_learner_free(&l->ppo);
    env_flat_destroy(l->env);
    env_flat_team_destroy(l->team);
    krn_device_destroy(l->device);
    free(l);
  }
}

// ---- learning

SimStatus flat_learner_update(PpoStats *figures, FlatLearner *l, double done, SimError *err) {
  int bad_row = -1;
  SIM_TRY(ppo_learner_collect(&l->ppo, err));
  SIM_TRY(ppo_learner_learn(figures, &bad_row, &l->ppo, done, err));
  ppo_put_statistics(l->ppo.ppo->actor->net, l->ppo.ppo);
  return SIM_OK;
}

// ---- checkpoints

void flat_learner_serialize(RunArchive *ar, FlatLearner *l) {
  ppo_learner_serialize(ar, &l->ppo);
  if (run_archive_reads(ar)) {
    ppo_put_statistics(l->ppo.ppo->actor->net, l->ppo.ppo);
  }
}
