// The loop: play until the strategy or a skill has its batch, let it learn, and go on with the same
// rallies. All that follows an update of the strategy is a function of the state after it, where
// checkpoints are taken.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/config/keys.h"
#include "hcsp/league/expand_head.h"
#include "hcsp/recipes/coself/internal.h"
#include "hcsp/recipes/skills/critic.h"
#include "hcsp/run/interrupt.h"
#include "hcsp/train/tags.h"
#include "policies/shipped.h"
#include "sim/base/log.h"

enum { RULES_MAX = 8 };
_Static_assert((int)1 + RULES_MAX + (int)POL_MIXTURE_MAX <= (int)ENV_OPPONENTS_MAX,
               "itself, rules and the base");

// ---- making and freeing

static void close_together(CoselfJoint *g) {
  train_close(&g->session);
  league_learner_destroy(g->learner);
  learn_strikes_destroy(g->strikes);
  for (int k = 0; k < g->skills; k++) {
    coself_skill_free(&g->skill[k]);
  }
  krn_device_destroy(g->device);
  pol_net_destroy(g->critic);
  json_decref(g->inputs);
  pol_file_destroy(g->start);
  train_engine_close(&g->engine);
  pol_team_destroy(g->team);
  pol_team_destroy(g->base);
}

// the member of the base with the largest weight, the first of these
static const PolFile *leader(const PolTeam *base) {
  const PolFile *file = NULL;
  double most = 0;
  for (int i = 0; i < base->strategies; i++) {
    if (base->strategy[i].kind == POL_STRATEGY_NET && base->weight[i] > most * (1 + 1e-9)) {
      file = base->strategy[i].file;
      most = base->weight[i];
    }
  }
  return file;
}

static SimStatus open_teams(CoselfJoint *g, SimError *err) {
  const CoselfConfig *c = g->config;
  g->base = pol_team_load(c->team, err);
  g->team = g->base ? pol_team_load(c->team, err) : NULL;
  SIM_TRY(g->team ? SIM_OK : err->status);
  const PolFile *file = g->base->flat ? NULL : leader(g->base);
  if (!file) {
    return sim_error(err, SIM_BAD_INPUT,
                     "team '%s': saw no strategy that is a network, wanted a team of Stage II",
                     g->base->name);
  }
  SimStatus status = c->options[0] ? pol_team_set_options(g->team, c->options, err) : SIM_OK;
  if (status == SIM_OK) {
    g->start = league_expand_head(file, g->base->options, g->team->options, c->expand_noise,
                                  g->t->options.seed, err);
    status = g->start ? SIM_OK : err->status;
  }
  return status;
}

static SimStatus open_world(CoselfJoint *g, SimError *err) {
  const CoselfConfig *c = g->config;
  g->critic = skills_critic_of_team(g->base, err);
  const SimStatus status =
      g->critic ? train_engine_open(&g->engine, c->physics, c->world, c->rules, err) : err->status;
  g->device =
      status == SIM_OK ? krn_device_open(g->t->options.device, g->t->options.threads, err) : NULL;
  return g->device ? SIM_OK : err->status;
}

static void list_inputs(CoselfJoint *g) {
  g->inputs = json_object();
  run_inputs_put_model(g->inputs, g->engine.learn->hash, g->config->physics, g->config->world);
  run_inputs_put_team(g->inputs, "team", g->base);
  run_inputs_put(g->inputs, "options", g->team->options->path, g->team->options->hash);
  run_inputs_put(g->inputs, "critic", g->base->critic, skills_critic_hash(g->critic));
}

// the slots that the configuration names
static SimStatus list_slots(CoselfJoint *g, SimError *err) {
  static const char *const wanted = "wanted some of set, attack, pass, receive, each once";
  char words[sizeof g->config->skills];
  const char *word[LEARN_STRIKE_SKILLS_MAX];
  memcpy(words, g->config->skills, sizeof words);
  const int words_n = config_split(word, LEARN_STRIKE_SKILLS_MAX, words);
  g->slots = 0;
  for (int i = 0; i < words_n; i++) {
    const int found = pol_slot_find(word[i]);
    bool fits =
        found == POL_SET || found == POL_ATTACK || found == POL_PASS || found == POL_RECEIVE;
    for (int k = 0; k < g->slots; k++) {
      fits = fits && g->slot[k] != (PolSlot)found;
    }
    if (!fits) {
      return sim_error(err, SIM_USAGE, "skills: '%.32s'; %s", word[i], wanted);
    }
    g->slot[g->slots++] = (PolSlot)found;
  }
  return g->slots > 0 ? SIM_OK : sim_error(err, SIM_USAGE, "skills: none; %s", wanted);
}

// what is wrong in the configuration is said before anything is written
static SimStatus check_config(CoselfJoint *g, SimError *err) {
  SimStatus status = list_slots(g, err);
  status = status ? status : coself_fine_tune_check(g, err);
  return status
             ? status
             : coself_strategy_config(&g->strategy, g->config, g->t->preset == SKILLS_SMOKE, err);
}

// with the critic that it was fine-tuned with
static SimStatus open_skill(CoselfJoint *g, PolSlot slot, SimError *err) {
  assert(g->skills < LEARN_STRIKE_SKILLS_MAX);
  PolFile *file = g->team->skill[slot];
  PolNet *critic = NULL;
  SimStatus status =
      file ? skills_critic_beside(&critic, file->path, &file->net->arch, err) : SIM_OK;
  const CoselfSkillOptions options = {.config = g->config,
                                      .device = g->device,
                                      .file = file,
                                      .critic = critic,
                                      .task = coself_task_name(g->team->options, slot),
                                      .slot = slot,
                                      .seed = g->t->options.seed};
  status = status == SIM_OK ? coself_skill_create(&g->skill[g->skills++], &options, err) : status;
  pol_net_destroy(critic);
  return status;
}

static SimStatus open_skills(CoselfJoint *g, SimError *err) {
  const double practice[] = {g->config->fine_tune_smoke, g->config->fine_tune_quick,
                             g->config->fine_tune_full};
  LearnStrikeSkill strike[LEARN_STRIKE_SKILLS_MAX];
  SimStatus status = coself_calibrate(g, 0, err);
  if (status == SIM_OK && practice[g->t->preset] > 0) {
    status = coself_fine_tune(g, (int64_t)practice[g->t->preset], err);
    status = status == SIM_OK ? coself_calibrate(g, 1, err) : status;
  }
  for (int k = 0; status == SIM_OK && k < g->slots; k++) {
    status = open_skill(g, g->slot[k], err);
    strike[k] = (LearnStrikeSkill){.slot = g->slot[k],
                                   .flights = g->skill[k].flights,
                                   .config = g->skill[k].config,
                                   .critic = g->critic,
                                   .result = g->config->result,
                                   .batch = (int)g->config->skill_batch_size};
  }
  if (status == SIM_OK) {
    assert(g->skills == g->slots);
    g->strikes = learn_strikes_create(strike, g->skills, (int)g->config->num_envs);
  }
  return status;
}

static SimStatus open_learner(CoselfJoint *g, SimError *err) {
  // who learns explores, also where the team takes means in its matches
  g->team->sample_skills = true;
  g->strategy.num_envs = g->config->num_envs;
  g->strategy.batch_size = g->config->batch_size;
  g->strategy.minibatch_size = fmin(g->strategy.minibatch_size, g->config->batch_size);
  const LeagueLearnerOptions options = {.config = &g->strategy,
                                        .model = g->engine.learn,
                                        .team = g->team,
                                        .rules = g->engine.rules,
                                        .threads = g->t->options.threads,
                                        .device = g->t->options.device,
                                        .seed = g->t->options.seed,
                                        .start = g->start,
                                        .guest = g->base,
                                        .strikes = g->strikes,
                                        .strict = g->config->scoring == COSELF_SCORING_STRICT};
  g->learner = league_learner_create(&options, err);
  return g->learner ? SIM_OK : err->status;
}

// ---- opponents

static SimStatus find_rules(CoselfJoint *g, SimError *err) {
  char words[sizeof g->config->opponents];
  const char *word[RULES_MAX];
  SimStatus status = SIM_OK;
  memcpy(words, g->config->opponents, sizeof words);
  const int n = config_split(word, RULES_MAX, words);
  for (int i = 0; status == SIM_OK && i < n; i++) {
    status = pol_strategy_rule(&g->rule[g->rules_n++], word[i], g->team->options, err);
  }
  assert(g->rules_n <= RULES_MAX);
  return status;
}

static void set_opponents(CoselfJoint *g) {
  const CoselfConfig *c = g->config;
  EnvOpponent opponent[1 + RULES_MAX + POL_MIXTURE_MAX] = {{.weight = c->self_share}};
  int n = 1;
  const double rules = g->rules_n ? c->rule_share : 0, old = 1 - c->self_share - rules;
  for (int i = 0; i < g->rules_n; i++) {
    opponent[n++] = (EnvOpponent){.strategy = &g->rule[i], .weight = rules / g->rules_n};
  }
  for (int i = 0; i < g->base->strategies; i++) {
    opponent[n++] = (EnvOpponent){
        .strategy = &g->base->strategy[i], .weight = old * g->base->weight[i], .guest = true};
  }
  assert(n == 1 + g->rules_n + g->base->strategies);
  env_match_set_opponents(g->learner->matches, opponent, n);
}

// the opponents' handicap falls evenly to nothing
static void set_handicap(CoselfJoint *g) {
  const CoselfConfig *c = g->config;
  const double end = c->handicap_end * (double)g->options.budget;
  const double left = end > 0 ? 1 - (double)g->learner->decisions / end : 0;
  env_match_set_handicap(g->learner->matches, c->handicap * fmax(left, 0));
}

// ---- showing

static double share(double part, double all) {
  return all > 0 ? part / all : (double)NAN;
}

static void put_skill(CoselfJoint *g, int k) {
  assert(k >= 0 && k < g->skills);
  const CoselfSkill *s = &g->skill[k];
  TrainMetrics *m = g->session.metrics;
  const LearnStrikeCount *count = learn_strikes_count(g->strikes, k);
  const struct {
    const char *name;
    double value;
  } rows[] = {{"struck", share(count->struck, count->struck + count->lost)},
              {"good", share(count->good, count->struck)},
              {"miss", share(count->miss, count->struck)},
              {"velocity_error", share(count->velocity_error, count->struck)},
              {"reward", share(count->reward, count->flights)},
              {"length", share(count->length, count->flights)},
              {"won", share(count->wins, count->struck)},
              {"lost_after", share(count->losses, count->struck)},
              {"flights", count->flights},
              {"updates", (double)s->updates},
              {"samples", (double)s->samples}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    train_put(m, s->name, TRAIN_STRIKES, rows[i].name, rows[i].value);
  }
  train_put_ppo(m, s->name, &s->figures);
  train_put(m, s->name, TRAIN_ACTION_STD, NULL, s->figures.std);
  train_put(m, s->name, TRAIN_KL_REFERENCE, NULL, s->divergence);
  train_put(m, s->name, TRAIN_KL_COEF, NULL, s->ppo->pull);
  train_dashboard_row(g->session.dashboard, s->name, "hit", "%.1f %%", 100 * rows[0].value);
  train_dashboard_row(g->session.dashboard, s->name, "good", "%.1f %%", 100 * rows[1].value);
  train_dashboard_row(g->session.dashboard, s->name, "miss", "%.3f m", rows[2].value);
  train_dashboard_row(g->session.dashboard, s->name, "won", "%.1f %%", 100 * rows[6].value);
  train_dashboard_row(g->session.dashboard, s->name, "divergence", "%.3f", s->divergence);
}

static void show(double *row, void *joint, const PpoStats *f) {
  (void)row, (void)f;
  CoselfJoint *g = joint;
  const EnvMatchup *meeting = env_match_matchups(g->learner->matches);
  const LeagueScore old = env_matchup_total(meeting + 1 + g->rules_n, g->base->strategies);
  double low, high;
  const double wins = league_score_win_rate(&low, &high, &old);
  train_put(g->session.metrics, NULL, TRAIN_MATCH, "steps", env_match_steps(g->learner->matches));
  train_put(g->session.metrics, NULL, TRAIN_WINS, "base", wins);
  train_dashboard_curve(g->session.dashboard, "wins", "base", wins, "%.1f %%", 100 * wins);
  for (int k = 0; k < g->skills; k++) {
    put_skill(g, k);
  }
  env_match_clear(g->learner->matches);
  learn_strikes_clear(g->strikes);
}

// ---- the loop

static double done_of(const CoselfJoint *g) {
  return g->options.budget > 0 ? fmin(1, (double)g->learner->decisions / (double)g->options.budget)
                               : 1;
}

static SimStatus update_skills(CoselfJoint *g, SimError *err) {
  SimStatus status = SIM_OK;
  for (int k = 0; status == SIM_OK && k < g->skills; k++) {
    if (g->skill[k].flights->ready >= (int)g->config->skill_batch_size) {
      status = coself_skill_update(&g->skill[k], g->config, done_of(g), err);
    }
  }
  return status;
}

// plays on until the strategy has learnt once more
static SimStatus learn(PpoStats *stats, void *joint, SimError *err) {
  CoselfJoint *g = joint;
  SimStatus status = SIM_OK;
  set_handicap(g);
  while (status == SIM_OK && g->learner->book->ready < (int)g->config->batch_size) {
    status = league_learner_collect(g->learner, err);
    status = status ? status : update_skills(g, err);
  }
  return status ? status : league_learner_learn(stats, g->learner, done_of(g), err);
}

static int64_t decisions(const void *together) {
  return ((const CoselfJoint *)together)->learner->decisions;
}

static SimStatus run_joint(CoselfJoint *g, SimError *err) {
  // budgets of presets, and what only the second part reads
  static const char *const IGNORED[] = {"joint_", "alone_", "points:", NULL};
  const TrainOps ops = {.kind = "coself",
                        .name = "coself",
                        .title = "skills and strategy",
                        .ignored = IGNORED,
                        .decisions = decisions,
                        .serialize = coself_joint_serialize,
                        .learn = learn,
                        .show = show,
                        .deploy = coself_joint_deploy,
                        .conclude = coself_joint_conclude};
  return train_run(&g->session, &g->options, &ops, g, coself_config_text(g->config),
                   json_incref(g->inputs), g->device, err);
}

static SimStatus run(CoselfJoint *g, SimError *err) {
  SimStatus status = open_teams(g, err);
  status = status ? status : check_config(g, err);
  status = status ? status : open_world(g, err);
  if (status == SIM_OK) {
    list_inputs(g);
    status = coself_manifest_open(g, err);
  }
  status = status ? status : open_skills(g, err);
  status = status ? status : open_learner(g, err);
  status = status ? status : find_rules(g, err);
  if (status == SIM_OK) {
    set_opponents(g);
    status = run_joint(g, err);
  }
  return status;
}

SimStatus coself_joint_train(const SkillsTraining *t, const CoselfConfig *config, SimError *err) {
  const double budget[] = {config->joint_smoke, config->joint_quick, config->joint_full};
  assert((size_t)t->preset < sizeof budget / sizeof budget[0]);
  CoselfJoint *g = sim_new(1, sizeof *g);
  *g = (CoselfJoint){.t = t, .config = config, .options = t->options};
  g->options.folder = g->folder;
  g->options.budget = (int64_t)budget[t->preset];
  SimStatus status = sim_path_join(g->folder, t->options.folder, "together", err);
  status = status == SIM_OK ? run(g, err) : status;
  close_together(g);
  free(g);
  return status;
}
