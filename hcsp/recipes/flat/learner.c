// Observations are standardised by running statistics, which the playing network gets before every
// rollout, so that it and the update see the same.
#include "hcsp/recipes/flat/learner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/learn/ppo_state.h"

// ---- making and freeing

static PpoConfig ppo_config(const FlatConfig *c) {
  return (PpoConfig){.update_epochs = (int)c->update_epochs,
                     .num_minibatches = (int)c->num_minibatches,
                     .gamma = c->gamma,
                     .gae_lambda = c->gae_lambda,
                     .clip_coef = c->clip_coef,
                     .advantage_max = c->advantage_max,
                     .bound_limit = c->mean_limit,
                     .bound_cost = c->mean_cost,
                     .ent_coef = c->ent_coef,
                     .max_grad_norm = c->max_grad_norm,
                     .learning_rate = c->learning_rate,
                     .learning_rate_min = c->learning_rate_min,
                     .learning_rate_max = c->learning_rate_max,
                     .target_kl = c->target_kl,
                     .anneal_share = c->anneal_share,
                     .learning_rate_end = c->learning_rate_end,
                     .std_low = c->log_std_min,
                     .std_high = c->log_std_max,
                     .beta1 = 0.9,
                     .beta2 = 0.999,
                     .epsilon = 1e-7,
                     .normalise_obs = true,
                     .normalise_value = true};
}

void flat_learner_begin(FlatLearner *l, uint32_t number) {
  const FlatConfig *c = l->options.config;
  Ppo *ppo = l->ppo;
  const MlpInit actor = {
      .gain = 1.5, .head = 0.01, .head_bias = SIM_HOVER_COMMAND, .log_std = c->log_std};
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
  ppo->rate = c->learning_rate;
  ppo->step = 0;
  mlp_download(ppo->actor);
  ppo_put_statistics(ppo->actor->net, ppo);
}

void flat_learner_go_on(FlatLearner *l) {
  PolNet *net = l->ppo->actor->net;
  for (int r = 0; r < SIM_ROTORS; r++) {
    net->log_std[r] = fmaxf(net->log_std[r], (float)l->options.config->log_std_again);
  }
  mlp_upload(l->ppo->actor);
  l->ppo->rate = l->options.config->learning_rate;
}

static SimStatus make_networks(FlatLearner *l, SimError *err) {
  const FlatConfig *c = l->options.config;
  const PolArch actor = flat_config_arch(c, SIM_ROTORS), critic = flat_config_arch(c, 1);
  const PpoConfig config = ppo_config(c);
  const int worlds = (int)c->num_envs * SIM_DRONES;
  l->device = krn_device_open(l->options.device, l->options.threads, err);
  l->ppo = l->device ? ppo_create(l->device, &config, &actor, &critic, (int)c->num_steps, worlds,
                                  l->options.seed, err)
                     : NULL;
  if (!l->ppo) {
    return SIM_FAIL;
  }
  if (!rollout_create(&l->rollout, (int)c->num_steps, worlds, actor.inputs, SIM_ROTORS)) {
    return sim_error(err, SIM_FAIL, "no memory for %.0f decisions of %d drones", c->num_steps,
                     worlds);
  }
  flat_learner_begin(l, 0);
  l->file = (PolFile){.kind = POL_KIND_FLAT, .every = 2, .dt = SIM_DT, .net = l->ppo->actor->net};
  snprintf(l->file.name, sizeof l->file.name, "learner");
  snprintf(l->file.obs, sizeof l->file.obs, "%s", sim_obs_name(SIM_OBS_FLAT57));
  snprintf(l->file.act, sizeof l->file.act, "rotor4");
  l->strategy = (PolStrategy){.kind = POL_STRATEGY_FLAT, .file = &l->file, .sample = true};
  snprintf(l->strategy.name, sizeof l->strategy.name, "learner");
  return SIM_OK;
}

static SimStatus make_rallies(FlatLearner *l, SimError *err) {
  const FlatLearnerOptions *o = &l->options;
  l->team = calloc(1, sizeof *l->team);
  if (!l->team) {
    return sim_error(err, SIM_FAIL, "no memory for a team");
  }
  snprintf(l->team->name, sizeof l->team->name, "learner");
  l->team->flat = true;
  l->team->strategies = 1;
  l->team->strategy[0] = l->strategy;
  l->team->weight[0] = 1;
  // nobody asks it for anything, but every team has one
  l->team->options = pol_options_load("paper", err);
  if (!l->team->options) {
    return err->status;
  }
  const EnvFlatOptions rallies = {.model = o->model,
                                  .team = l->team,
                                  .learner = &l->strategy,
                                  .rules = o->rules,
                                  .pay = flat_config_pay(o->config),
                                  .share = {[TASK_FLAT_NEAR] = o->config->near,
                                            [TASK_FLAT_FALLEN] = o->config->fallen,
                                            [TASK_FLAT_FLYING] = o->config->flying},
                                  .matches = (int)o->config->num_envs,
                                  .threads = o->threads,
                                  .seed = o->seed};
  l->rallies = env_flat_create(&rallies, err);
  return l->rallies ? SIM_OK : SIM_FAIL;
}

FlatLearner *flat_learner_create(const FlatLearnerOptions *options, SimError *err) {
  FlatLearner *l = calloc(1, sizeof *l);
  if (!l) {
    sim_error(err, SIM_FAIL, "no memory for a learner");
    return NULL;
  }
  l->options = *options;
  if (make_networks(l, err) != SIM_OK || make_rallies(l, err) != SIM_OK) {
    flat_learner_destroy(l);
    return NULL;
  }
  return l;
}

void flat_learner_destroy(FlatLearner *l) {
  if (l) {
    env_flat_destroy(l->rallies);
    if (l->team) {
      // its only member is the learner's own
      l->team->strategies = 0;
      pol_team_destroy(l->team);
    }
    rollout_free(&l->rollout);
    ppo_destroy(l->ppo);
    krn_device_destroy(l->device);
    free(l);
  }
}

// ---- learning

SimStatus flat_learner_update(PpoStats *figures, FlatLearner *l, double done, SimError *err) {
  int bad_row = -1, rows = 0;
  SimStatus status = env_flat_collect(l->rallies, &l->rollout, err);
  if (status == SIM_OK) {
    for (int i = 0; i < l->rollout.steps * l->rollout.worlds; i++) {
      rows += !l->rollout.masked[i];
    }
    status = ppo_update(figures, &bad_row, l->ppo, &l->rollout, done, err);
  }
  if (status == SIM_OK) {
    ppo_put_statistics(l->ppo->actor->net, l->ppo);
    l->decisions += rows;
  }
  return status;
}

// ---- checkpoints

void flat_learner_serialize(RunArchive *ar, FlatLearner *l) {
  ppo_serialize(ar, l->ppo);
  run_archive_values(ar, "decisions", POL_I64, 1, &l->decisions);
  void *rallies = run_archive_bytes(ar, "rallies", env_flat_size(l->rallies));
  if (rallies && !run_archive_reads(ar)) {
    env_flat_save(rallies, l->rallies);
  } else if (rallies && env_flat_load(l->rallies, rallies, ar->err) != SIM_OK) {
    run_archive_fail(ar, ar->err->status);
  }
  if (run_archive_reads(ar)) {
    ppo_put_statistics(l->ppo->actor->net, l->ppo);
  }
}
