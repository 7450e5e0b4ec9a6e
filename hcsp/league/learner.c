// Observations are scaled where the layout scales them; the published layout gets a layer norm in
// front of the network, as the published networks have it.
#include "hcsp/league/learner.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/learn/ppo_config.h"
#include "hcsp/learn/ppo_state.h"
#include "hcsp/run/interrupt.h"
#include "sim/base/file.h"
#include "sim/base/log.h"
#include "sim/base/version.h"

// ---- making and freeing

static PolArch arch_of(const StrategyConfig *c, SimLayout layout, int outputs) {
  PolArch arch = ppo_arch_of(c->net, sim_obs_size(layout), outputs);
  if (layout == SIM_OBS_STRATEGY100) {
    arch.input_norm = POL_INPUT_LAYERNORM;
  }
  return arch;
}

// time between decisions is uneven, so that the trajectory discounts; the rate follows its schedule
static PpoConfig ppo_config(const StrategyConfig *c, const PolOptions *options) {
  PpoConfig config = ppo_config_of(&c->ppo);
  config.heads.n = options->heads;
  config.num_minibatches = (int)fmax(1, round(c->batch_size / c->minibatch_size));
  config.gamma = 1;
  config.critic_warmup = (int)c->critic_warmup;
  for (int head = 0; head < options->heads; head++) {
    config.heads.size[head] = options->n[head];
  }
  return config;
}

static void name_file(PolFile *file, const PolOptions *options, SimLayout layout) {
  *file = (PolFile){.kind = POL_KIND_STRATEGY, .every = 1, .dt = SIM_DT};
  snprintf(file->name, sizeof file->name, "strategy");
  snprintf(file->obs, sizeof file->obs, "%s", sim_obs_name(layout));
  pol_options_act(file->act, sizeof file->act, options);
  snprintf(file->options, sizeof file->options, "%.*s", (int)sizeof file->options - 1,
           options->name);
  file->options_hash = options->hash;
  file->calibration_hash = options->calibration_hash;
}

static void warm_start(LeagueLearner *l) {
  const PolNet *from = l->options.start->net;
  PolNet *net = l->ppo->actor->net;
  assert(league_net_floats(from) <= league_net_floats(net));
  memcpy(net->block, from->block, league_net_floats(from) * sizeof *net->block);
  mlp_upload(l->ppo->actor);
}

static SimStatus make_networks(LeagueLearner *l, int rows, int capacity, SimError *err) {
  const LeagueLearnerOptions *o = &l->options;
  const PolOptions *options = o->team->options;
  // tables of touches have one layout, their own
  const bool touches = options->kind == POL_TABLE_VOLLEY;
  const char *name = o->start  ? o->start->obs
                     : touches ? sim_obs_name(pol_strategy_layout(options))
                               : o->config->layout;
  const int found = sim_obs_find(name);
  const SimLayout layout = (SimLayout)found;
  if (found < 0 || !sim_obs_per_team(layout)) {
    return sim_error(err, SIM_BAD_INPUT, "layout: '%s'; wanted court128 or strategy100", name);
  }
  const int outputs = pol_options_outputs(options);
  name_file(&l->file, options, layout);
  PolArch actor = o->start ? o->start->net->arch : arch_of(o->config, layout, outputs);
  if (actor.outputs != outputs || actor.inputs != sim_obs_size(layout)) {
    return sim_error(err, SIM_BAD_INPUT,
                     "saw a network with %d inputs and %d outputs to start from, wanted %d and %d",
                     actor.inputs, actor.outputs, sim_obs_size(layout), outputs);
  }
  PolArch critic = actor;
  critic.outputs = 1;
  const PpoConfig config = ppo_config(o->config, options);
  l->device = krn_device_open(o->device, o->threads, err);
  l->ppo = l->device ? ppo_create(l->device, &config, &actor, &critic, (capacity + rows - 1) / rows,
                                  rows, o->seed, err)
                     : NULL;
  if (!l->ppo) {
    return SIM_FAIL;
  }
  const MlpInit actor_init = {.gain = 1.5, .head = 0.01};
  const MlpInit critic_init = {.gain = 1.5, .head = 0.1};
  mlp_init(l->ppo->actor, &actor_init, o->seed, 0);
  mlp_init(l->ppo->critic, &critic_init, o->seed, 1);
  if (o->start) {
    warm_start(l);
  }
  if (o->start && o->critic) {
    ppo_keep_critic(l->ppo, o->critic);
  }
  mlp_download(l->ppo->actor);
  l->file.net = l->ppo->actor->net;
  l->strategy = (PolStrategy){.kind = POL_STRATEGY_NET,
                              .file = &l->file,
                              .sample = true,
                              .unmasked = o->config->masks == 0};
  snprintf(l->strategy.name, sizeof l->strategy.name, "learner");
  return SIM_OK;
}

static SimStatus make_guess(LeagueLearner *l, int rows, SimError *err) {
  const StrategyConfig *c = l->options.config;
  const LeagueGuessOptions guess = {.table = l->options.team->options,
                                    .rows = rows,
                                    .inputs = l->file.net->arch.inputs,
                                    .pairs_min = (int)c->guess_pairs,
                                    .temperature = c->guess_temperature,
                                    .horizon = c->guess_horizon,
                                    .learning_rate = c->guess_learning_rate,
                                    .seed = l->options.seed};
  l->guess = league_guess_create(&guess, err);
  return l->guess ? SIM_OK : SIM_FAIL;
}

static SimStatus make_matches(LeagueLearner *l, int rows, int capacity, SimError *err) {
  const LeagueLearnerOptions *o = &l->options;
  const EnvMatchOptions matches = {.game = o->game,
                                   .model = o->model,
                                   .team = o->team,
                                   .learner = &l->strategy,
                                   .rules = o->rules,
                                   .matches = (int)o->config->num_envs,
                                   .threads = o->threads,
                                   .seed = o->seed,
                                   .guest = o->guest,
                                   .strict = o->strict,
                                   .device = l->device->ops->beside ? l->device : NULL,
                                   .draw_cost = o->config->draw_cost,
                                   .decide_every = (int)o->config->decide_every};
  const TrajectoryShape shape = {.rows = rows,
                                 .inputs = l->file.net->arch.inputs,
                                 .actions = o->team->options->heads,
                                 .capacity = capacity + rows,
                                 .heads = true,
                                 .gamma_horizon = o->config->gamma_horizon};
  l->book = trajectory_create(&shape);
  if (o->config->guess_coef > 0 && o->team->options->kind == POL_TABLE_VOLLEY) {
    SIM_TRY(make_guess(l, rows, err));
  }
  l->matches = env_match_create(&matches, err);
  return l->matches ? SIM_OK : SIM_FAIL;
}

LeagueLearner *league_learner_create(const LeagueLearnerOptions *options, SimError *err) {
  const int rows = (int)options->config->num_envs * SIM_TEAMS;
  const int capacity = (int)options->config->batch_size + 2 * rows;
  LeagueLearner *l = sim_new(1, sizeof *l);
  l->options = *options;
  if (make_networks(l, rows, capacity, err) != SIM_OK ||
      make_matches(l, rows, capacity, err) != SIM_OK) {
    league_learner_destroy(l);
    return NULL;
  }
  return l;
}

void league_learner_destroy(LeagueLearner *l) {
  if (l) {
    env_match_destroy(l->matches);
    trajectory_destroy(l->book);
    league_guess_destroy(l->guess);
    ppo_destroy(l->ppo);
    krn_device_destroy(l->device);
    free(l);
  }
}

// ---- learning

void league_learner_imitate(LeagueLearner *l, const PolStrategy *rule) {
  l->strategy.kind = rule ? rule->kind : POL_STRATEGY_NET;
  l->strategy.style = rule ? rule->style : (PolBotStyle){0};
}

static bool imitates(const LeagueLearner *l) {
  return l->strategy.kind != POL_STRATEGY_NET;
}

// What changes in the course of a run. A choice that is imitated becomes at most twice as likely in
// an update, which a rule that draws needs: its rare choices are no more than samples.
static void set_course(LeagueLearner *l, double done) {
  const StrategyConfig *c = l->options.config;
  PpoConfig *ppo = &l->ppo->config;
  ppo->ent_coef =
      imitates(l) ? 0 : c->ppo.ent_coef * pow(c->ent_coef_end, fmin(done / c->ent_anneal_share, 1));
  ppo->clip_coef = imitates(l) ? 1 : c->ppo.clip_coef;
}

static void values(void *arg, float *value, const float *obs, int n) {
  ppo_values(value, ((LeagueLearner *)arg)->ppo, obs, n);
}

static void record_act(void *arg, int row, double seconds, const float *obs, const uint8_t *option,
                       const uint32_t *legal, float log_prob) {
  const LeagueLearner *l = arg;
  float action[TRAJECTORY_ACTIONS_MAX];
  LeagueLean lean[2];
  for (int head = 0; head < l->book->shape.actions; head++) {
    action[head] = (float)option[head];
  }
  const bool taken = trajectory_act(l->book, row, seconds, obs, action, legal, log_prob);
  assert(taken);
  (void)taken;
  if (l->guess && league_guess_act(l->guess, lean, row, seconds, obs, option, legal, log_prob)) {
    for (int i = 0; i < 2 && !imitates(l); i++) {
      trajectory_lean(l->book, lean[i].row, l->options.config->guess_coef * lean[i].nats);
    }
  }
}

static void record_reward(void *arg, int row, double seconds, double reward) {
  const LeagueLearner *l = arg;
  trajectory_reward(l->book, row, seconds, reward);
  if (l->guess) {
    league_guess_reward(l->guess, row, seconds, reward);
  }
}

static void record_end(void *arg, int row, double seconds, const float *final_obs) {
  const LeagueLearner *l = arg;
  trajectory_end(l->book, row, seconds, final_obs ? TRANSITION_TRUNCATED : TRANSITION_TERMINATED,
                 final_obs);
  if (l->guess) {
    league_guess_end(l->guess, row);
  }
}

// a batch, or a skill that learns, too, has its own
static bool is_full(const void *arg) {
  const LeagueLearner *l = arg;
  const LearnStrikes *strikes = l->options.strikes;
  return l->book->ready >= (int)l->options.config->batch_size ||
         (l->disposable && run_interrupted()) || (strikes && learn_strikes_ready(strikes));
}

static void record_step(void *arg, const SimState *state, const PolAct act[SIM_ROLES],
                        const bool acted[SIM_ROLES], int match, SimTeam side) {
  const LeagueLearnerOptions *o = &((LeagueLearner *)arg)->options;
  learn_strikes_step(o->strikes, state, act, acted, match, side, o->team);
}

static void record_finish(void *arg, const SimState *state, int match, SimTeam side, int result) {
  learn_strikes_finish(((LeagueLearner *)arg)->options.strikes, state, match, side, result);
}

SimStatus league_learner_collect(LeagueLearner *l, SimError *err) {
  const bool strikes = l->options.strikes != NULL;
  const EnvRecorder recorder = {.arg = l,
                                .act = record_act,
                                .reward = record_reward,
                                .end = record_end,
                                .full = is_full,
                                .step = strikes ? record_step : NULL,
                                .finish = strikes ? record_finish : NULL};
  // a step may store two decisions and two ends of every match, besides those in progress
  assert(is_full(l) || l->book->ready + 3 * l->book->shape.rows <= l->book->shape.capacity);
  return env_match_collect(l->matches, &recorder, err);
}

SimStatus league_learner_learn(PpoStats *figures, LeagueLearner *l, double done, SimError *err) {
  int bad_row = -1;
  RolloutSamples samples;
  trajectory_gae(&samples, l->book, l->options.config->ppo.gae_lambda, values, l);
  set_course(l, done);
  samples.as_is = imitates(l);
  for (int i = 0; samples.as_is && i < samples.n; i++) {
    l->book->advantage[i] = 1;
  }
  SIM_TRY(ppo_learn(figures, &bad_row, l->ppo, &samples, done, err));
  l->decisions += samples.n;
  if (l->guess) {
    SIM_TRY(league_guess_learn(&l->guess_explained, l->guess, err));
  }
  trajectory_clear(l->book);
  return SIM_OK;
}

SimStatus league_learner_update(PpoStats *figures, LeagueLearner *l, double done, SimError *err) {
  SIM_TRY(league_learner_collect(l, err));
  return league_learner_learn(figures, l, done, err);
}

// ---- checkpoints

void league_learner_serialize(RunArchive *ar, LeagueLearner *l) {
  ppo_serialize(ar, l->ppo);
  if (l->guess) {
    league_guess_serialize(ar, l->guess);
  }
  run_archive_values(ar, "decisions", POL_I64, 1, &l->decisions);
  trajectory_serialize(ar, "transitions", l->book);
  void *matches = run_archive_bytes(ar, "matches", env_match_size(l->matches));
  if (matches && !run_archive_reads(ar)) {
    env_match_save(matches, l->matches);
  } else if (matches && env_match_load(l->matches, matches, ar->err) != SIM_OK) {
    run_archive_fail(ar, ar->err->status);
  }
}

// ---- best responses

// what it is after each budget that it has reached
static SimStatus keep_copies(PolFile **file, int *kept, const LeagueLearner *l,
                             const int64_t *budget, int n, SimError *err) {
  assert(*kept >= 0 && *kept <= n);
  SimStatus status = SIM_OK;
  while (status == SIM_OK && *kept < n && l->decisions >= budget[*kept]) {
    file[*kept] = league_strategy_copy(&l->file, err);
    status = file[*kept] ? SIM_OK : SIM_FAIL;
    *kept += status == SIM_OK;
  }
  return status;
}

SimStatus league_best_response(PolFile **file, LeagueScore *late,
                               const LeagueLearnerOptions *options, const LeaguePlayer *target,
                               const int64_t *budget, int n, SimError *err) {
  assert(n >= 1 && target->n >= 1 && target->n <= POL_MIXTURE_MAX);
  EnvOpponent opponent[POL_MIXTURE_MAX];
  const int64_t most = budget[n - 1];
  LeagueLearner *l = league_learner_create(options, err);
  memset(file, 0, (size_t)n * sizeof(PolFile *));
  if (!l) {
    return SIM_FAIL;
  }
  l->disposable = true;
  for (int i = 0; i < target->n; i++) {
    opponent[i] = (EnvOpponent){.strategy = target->strategy[i], .weight = target->weight[i]};
  }
  env_match_set_opponents(l->matches, opponent, target->n);
  SimStatus status = SIM_OK;
  int kept = 0;
  while (status == SIM_OK && kept < n) {
    PpoStats figures;
    if (l->decisions < most / 2) {
      env_match_clear(l->matches);
    }
    status = league_learner_collect(l, err);
    if (status == SIM_OK && run_interrupted()) {
      status = sim_error(err, SIM_INTERRUPTED, "interrupted after %lld of %lld decisions",
                         (long long)l->decisions, (long long)most);
    }
    status = status == SIM_OK
                 ? league_learner_learn(&figures, l, (double)l->decisions / (double)most, err)
                 : status;
    status = status == SIM_OK ? keep_copies(file, &kept, l, budget, n, err) : status;
    if (options->progress) {
      sim_progress(options->progress, options->before + fmin((double)l->decisions, (double)most),
                   "");
    }
  }
  *late = env_matchup_total(env_match_matchups(l->matches), target->n);
  for (int i = 0; status != SIM_OK && i < n; i++) {
    pol_file_destroy(file[i]);
    file[i] = NULL;
  }
  league_learner_destroy(l);
  return status;
}
