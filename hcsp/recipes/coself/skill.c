// The team's file is what plays, so that its weights are overwritten after every update; a file
// whose content changes has no hash.
#include "hcsp/recipes/coself/skill.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/learn/ppo_config.h"
#include "hcsp/learn/ppo_state.h"

enum { FLIGHT_SAMPLES = 200 };  // room for strikes that are not settled, a row

#define PULL_MIN 1e-6
#define PULL_MAX 1e3
#define PULL_BAND 1.5

// ---- making and freeing

// as its own task has them, but for what holds it near the skill that it began as
static PpoConfig ppo_config(const CoselfConfig *c, const TaskConfig *s) {
  PpoConfig config = ppo_config_of(&s->ppo);
  config.update_epochs = (int)c->skill_update_epochs;
  config.num_minibatches = (int)c->skill_num_minibatches;
  config.learning_rate = c->skill_learning_rate;
  config.learning_rate_min = c->skill_learning_rate / 10;
  config.learning_rate_max = c->skill_learning_rate * 5;
  config.target_kl = c->skill_target_kl;
  config.critic_warmup = (int)c->critic_warmup;
  config.std_low = c->log_std_min;
  config.std_high = c->log_std_max;
  return config;
}

const char *coself_task_name(const PolOptions *table, PolSlot slot) {
  static const char *const FREE[POL_SLOTS] = {[POL_RECEIVE] = "volley_save",
                                              [POL_PASS] = "volley_dig",
                                              [POL_SET] = "volley_set",
                                              [POL_ATTACK] = "volley_attack"};
  const bool free_roles = table->kind == POL_TABLE_VOLLEY && FREE[slot];
  return free_roles ? FREE[slot] : pol_slot_name(slot);
}

static SimStatus check_file(const PolFile *file, PolSlot slot, SimError *err) {
  if (file && strcmp(file->act, "rotor4") != 0) {
    return sim_error(err, SIM_BAD_INPUT, "the skill '%s' of the team: saw act %s, wanted rotor4",
                     pol_slot_name(slot), file->act);
  }
  if (file && strcmp(file->obs, sim_obs_name(SIM_OBS_STRIKE43)) == 0 && file->net->log_std &&
      file->net->arch.squash == POL_SQUASH_NONE) {
    return SIM_OK;
  }
  return sim_error(err, SIM_BAD_INPUT,
                   "the skill '%s' of the team: saw %s, wanted a network that observes strike43",
                   pol_slot_name(slot), file ? file->obs : "a controller");
}

static void make_buffers(CoselfSkill *s, const CoselfConfig *c) {
  const TrajectoryShape shape = {.rows = (int)c->num_envs * SIM_TEAMS,
                                 .inputs = s->file->net->arch.inputs,
                                 .actions = SIM_ROTORS,
                                 .capacity = (int)c->skill_batch_size * 2 +
                                             (int)c->num_envs * SIM_TEAMS * FLIGHT_SAMPLES,
                                 .settles = true,
                                 .gamma = s->config->ppo.gamma,
                                 .gamma_horizon = c->result_seconds};
  s->most = (int)c->skill_batch_size * 2;
  s->flights = trajectory_create(&shape);
  s->mean = sim_new((size_t)s->most * SIM_ROTORS, sizeof *s->mean);
  s->now = sim_new((size_t)s->most * SIM_ROTORS, sizeof *s->now);
}

static SimStatus make_networks(CoselfSkill *s, const CoselfSkillOptions *o, SimError *err) {
  const PpoConfig config = ppo_config(o->config, s->config);
  const PolArch *actor = &s->file->net->arch;
  PolArch critic = *actor;
  critic.outputs = 1;
  const int rows = (int)o->config->num_envs;
  const int steps = ((int)o->config->skill_batch_size * 2 + rows - 1) / rows;
  s->ppo = ppo_create(o->device, &config, actor, &critic, steps, rows, o->seed, err);
  s->reference = pol_net_create(actor, true, err);
  if (!s->ppo || !s->reference) {
    return SIM_FAIL;
  }
  const MlpInit none = {.gain = 1.5, .head = 0.01};
  const MlpInit critic_init = {.gain = 1.5, .head = 0.1};
  const size_t n = s->ppo->actor->n + s->ppo->actor->skip;
  mlp_init(s->ppo->actor, &none, o->seed, 2 * (uint32_t)o->slot);
  mlp_init(s->ppo->critic, &critic_init, o->seed, 2 * (uint32_t)o->slot + 1);
  memcpy(s->ppo->actor->net->block, s->file->net->block, n * sizeof(float));
  memcpy(s->reference->block, s->file->net->block, n * sizeof(float));
  // both explore within the same bounds
  for (int r = 0; r < SIM_ROTORS; r++) {
    const float held = fmaxf(s->file->net->log_std[r], (float)o->config->log_std_min);
    s->reference->log_std[r] = fminf(held, (float)o->config->log_std_max);
    s->file->net->log_std[r] = s->ppo->actor->net->log_std[r] = s->reference->log_std[r];
  }
  mlp_upload(s->ppo->actor);
  if (o->critic) {
    ppo_keep_critic(s->ppo, o->critic);
  }
  s->ppo->pull = o->config->kl_coef;
  return SIM_OK;
}

SimStatus coself_skill_create(CoselfSkill *s, const CoselfSkillOptions *o, SimError *err) {
  *s = (CoselfSkill){.slot = o->slot, .file = o->file};
  snprintf(s->name, sizeof s->name, "%s", pol_slot_name(o->slot));
  SIM_TRY(check_file(o->file, o->slot, err));
  s->file->hash = 0;
  s->config = task_skill_config_load(o->task, NULL, NULL, 0, err);
  if (!s->config) {
    return SIM_FAIL;
  }
  make_buffers(s, o->config);
  return make_networks(s, o, err);
}

void coself_skill_free(CoselfSkill *s) {
  pol_net_destroy(s->reference);
  task_skill_config_destroy(s->config);
  ppo_destroy(s->ppo);
  trajectory_destroy(s->flights);
  free(s->mean);
  free(s->now);
  *s = (CoselfSkill){0};
}

// ---- learning

static void values(void *arg, float *value, const float *obs, int n) {
  ppo_values(value, ((CoselfSkill *)arg)->ppo, obs, n);
}

static void means(float *out, const PolNet *net, const float *obs, int n, float *scratch) {
  for (int first = 0; first < n; first += POL_NET_TILE) {
    const int rows = n - first < POL_NET_TILE ? n - first : POL_NET_TILE;
    pol_net_forward(out + (size_t)first * SIM_ROTORS, net,
                    obs + (size_t)first * (size_t)net->arch.inputs, rows, scratch);
  }
}

// mean divergence of the current policy from the reference, by the means of both
static double divergence(const CoselfSkill *s, int n) {
  assert(n > 0 && n <= s->most);
  const PolNet *net = s->ppo->actor->net;
  double sum = 0;
  for (int i = 0; i < n; i++) {
    for (int r = 0; r < SIM_ROTORS; r++) {
      const double apart = (double)(s->now[i * SIM_ROTORS + r] - s->mean[i * SIM_ROTORS + r]);
      const double own = (double)net->log_std[r], was = (double)s->reference->log_std[r];
      sum += was - own + (exp(2 * own) + apart * apart) / (2 * exp(2 * was)) - 0.5;
    }
  }
  return sum / n;
}

double coself_kl_coef(double pull, double divergence, double target, double factor) {
  assert(pull >= 0 && target > 0 && factor >= 1);
  if (divergence > target * PULL_BAND) {
    return fmin(fmax(pull, PULL_MIN) * factor, PULL_MAX);
  }
  return divergence < target / PULL_BAND ? fmax(pull / factor, PULL_MIN) : pull;
}

SimStatus coself_skill_update(CoselfSkill *s, const CoselfConfig *config, double done,
                              SimError *err) {
  const PolNet *net = s->ppo->actor->net;
  RolloutSamples samples = {0};
  SimStatus status = SIM_OK;
  trajectory_gae(&samples, s->flights, s->config->ppo.gae_lambda, values, s);
  float *scratch = sim_new((size_t)pol_net_scratch(net), sizeof *scratch);
  const int n = samples.n < s->most ? samples.n : s->most;
  if (status == SIM_OK && n > 0) {
    int bad_row;
    means(s->mean, s->reference, samples.obs, n, scratch);
    samples.n = n;
    samples.reference = s->mean;
    samples.reference_log_std = s->reference->log_std;
    status = ppo_learn(&s->figures, &bad_row, s->ppo, &samples, done, err);
    mlp_download(s->ppo->actor);
  }
  if (status == SIM_OK && n > 0) {
    means(s->now, net, samples.obs, n, scratch);
    s->divergence = divergence(s, n);
    s->ppo->pull =
        coself_kl_coef(s->ppo->pull, s->divergence, config->kl_target, config->kl_coef_rate);
    memcpy(s->file->net->block, net->block,
           (s->ppo->actor->n + s->ppo->actor->skip) * sizeof(float));
    s->samples += n;
    s->updates++;
    trajectory_clear(s->flights);
  }
  free(scratch);
  return status == SIM_OK ? SIM_OK : sim_error_prefix(err, s->name);
}

// ---- checkpoints

void coself_skill_serialize(RunArchive *ar, CoselfSkill *s) {
  assert(!ar->prefix[0]);
  char prefix[sizeof s->name + 2];
  snprintf(prefix, sizeof prefix, "%s.", s->name);
  ar->prefix = prefix;
  ppo_serialize(ar, s->ppo);
  run_archive_values(ar, "samples", POL_I64, 1, &s->samples);
  run_archive_values(ar, "updates", POL_I64, 1, &s->updates);
  trajectory_serialize(ar, "transitions", s->flights);
  ar->prefix = "";
  if (run_archive_reads(ar) && run_archive_ok(ar)) {
    memcpy(s->file->net->block, s->ppo->actor->net->block,
           (s->ppo->actor->n + s->ppo->actor->skip) * sizeof(float));
  }
}
