// The loop: choose opponents, collect and update, then perhaps add to the population. Whatever
// follows an update (payoffs, exploiters) is a function of the state after it, so that a checkpoint
// between updates is all that is needed to go on with the same bits.
#include "hcsp/recipes/strategy/strategy.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/recipes/seeds.h"
#include "hcsp/recipes/skills/critic.h"
#include "hcsp/recipes/strategy/internal.h"
#include "hcsp/run/interrupt.h"
#include "hcsp/train/tags.h"
#include "sim/base/log.h"

#define FADE 0.8  // of counts that show how it goes, per update

// ---- making and freeing

static void close_trainer(StrategyTrainer *tr) {
  train_close(&tr->session);
  league_learner_destroy(tr->learner);
  league_population_destroy(tr->population);
  train_engine_close(&tr->engine);
  pol_team_destroy(tr->team);
  pol_team_destroy(tr->guest);
  pol_file_destroy(tr->start);
  pol_net_destroy(tr->start_critic);
  pol_net_destroy(tr->critic);
  json_decref(tr->deployed);
  free(tr->progress);
  free(tr->meta);
}

// the team's skills with the option table of the configuration
static SimStatus open_team(StrategyTrainer *tr, SimError *err) {
  const StrategyConfig *c = tr->t->config;
  tr->team = pol_team_load(c->team, err);
  SIM_TRY(tr->team ? SIM_OK : err->status);
  if (tr->team->flat) {
    return sim_error(err, SIM_BAD_INPUT, "team '%s': saw a flat team, wanted one with skills",
                     tr->team->name);
  }
  tr->critic = tr->team->critic[0] ? skills_critic_of_team(tr->team, err) : NULL;
  if (tr->team->critic[0] && !tr->critic) {
    return err->status;
  }
  // the team's own strategy is not used, and need not fit another table
  return c->options[0] ? pol_team_set_options(tr->team, c->options, err) : SIM_OK;
}

// what the learner goes on from, and whom it meets from elsewhere
static SimStatus open_others(StrategyTrainer *tr, SimError *err) {
  const StrategyConfig *c = tr->t->config;
  const char *guest = strcmp(c->external_opponent, "team") == 0 ? c->team : c->external_opponent;
  tr->guest = guest[0] ? pol_team_load(guest, err) : NULL;
  if (c->external_opponent[0] && !tr->guest) {
    return err->status;
  }
  if (tr->guest && tr->guest->flat) {
    return sim_error(err, SIM_BAD_INPUT, "guest: saw the flat team '%s', wanted one with skills",
                     tr->guest->name);
  }
  tr->start = c->start[0] ? pol_file_load(c->start, err) : NULL;
  if (c->start[0] && !tr->start) {
    return err->status;
  }
  if (c->imitate[0] && pol_strategy_rule(&tr->rule, c->imitate, tr->team->options, err) != SIM_OK) {
    return sim_error_prefix(err, "imitate");
  }
  const PolStrategy start = {.kind = POL_STRATEGY_NET, .file = tr->start};
  if (tr->start && pol_strategy_check(&start, tr->team->options, err) != SIM_OK) {
    return sim_error_prefix(err, c->start);
  }
  return tr->start
             ? skills_critic_beside(&tr->start_critic, tr->start->path, &tr->start->net->arch, err)
             : SIM_OK;
}

// which part of a device's work is there
static void tell_where(const StrategyTrainer *tr) {
  const char *why = env_match_why_not_ahead(tr->learner->matches);
  if (tr->learner->device->ops->beside && why) {
    sim_log(SIM_LOG_INFO, "strategy: the GPU thinks and learns, the processor plays: %s", why);
  } else if (!why) {
    sim_log(SIM_LOG_INFO, "strategy: matches live on the GPU between decisions");
  }
}

static SimStatus open_learner(StrategyTrainer *tr, SimError *err) {
  const StrategyConfig *c = tr->t->config;
  SIM_TRY(strategy_config_response(&tr->response, c, err));
  SIM_TRY(open_team(tr, err));
  SIM_TRY(open_others(tr, err));
  SIM_TRY(train_engine_open(&tr->engine, c->physics, c->world, c->rules, err));
  tr->population = league_population_create(tr->team->options);
  tr->progress = sim_new(1, sizeof *tr->progress);
  SIM_TRY(league_population_add_rules(tr->population, LEAGUE_MEMBER_KEPT_OUT, c->held_out, err));
  SIM_TRY(league_population_add_rules(tr->population, LEAGUE_MEMBER_RULE, c->opponents, err));
  const LeagueLearnerOptions learner = {.game = tr->t->game,
                                        .config = c,
                                        .model = tr->engine.learn,
                                        .team = tr->team,
                                        .rules = tr->engine.rules,
                                        .threads = tr->t->options.threads,
                                        .device = tr->t->options.device,
                                        .seed = tr->t->options.seed,
                                        .start = tr->start,
                                        .critic = tr->start_critic,
                                        .guest = tr->guest};
  tr->learner = league_learner_create(&learner, err);
  SIM_TRY(tr->learner ? SIM_OK : err->status);
  tell_where(tr);
  return SIM_OK;
}

// ---- what an update shows

static void fade(double *sum, const double *add, size_t n) {
  for (size_t i = 0; i < n; i++) {
    sum[i] = FADE * sum[i] + add[i];
  }
}

// brings the fading counts up to date; points of the response in progress do not fade
static void count_points(StrategyTrainer *tr) {
  assert(tr->population->n < LEAGUE_FIRST_GUEST);
  StrategyProgress *g = tr->progress;
  const EnvMatchup *meeting = env_match_matchups(tr->learner->matches);
  const EnvOptionStats *shares = env_match_option_stats(tr->learner->matches);
  double hits = 0, rallies = 0, draws = 0;
  for (int i = 0; i <= tr->population->n; i++) {
    const LeagueScore score = env_matchup_total(&meeting[i], 1);
    const double n = league_score_points(&score) / (i == 0 ? 2 : 1);
    LeagueScore *seen = &g->seen[i];
    seen->wins = FADE * seen->wins + score.wins;
    seen->losses = FADE * seen->losses + score.losses;
    seen->draws = FADE * seen->draws + score.draws;
    hits += meeting[i].hits;
    draws += score.draws / (i == 0 ? 2 : 1);
    rallies += n;
  }
  league_oracle_count(&g->response, meeting, tr->weight, tr->population->n);
  for (int i = LEAGUE_FIRST_GUEST; i < LEAGUE_FIRST_GUEST + POL_MIXTURE_MAX; i++) {
    const LeagueScore score = env_matchup_total(&meeting[i], 1);
    g->seen[i].wins = FADE * g->seen[i].wins + score.wins;
    g->seen[i].losses = FADE * g->seen[i].losses + score.losses;
  }
  const double late[3] = {hits, rallies, draws};
  fade(g->late, late, 3);
  for (int head = 0; head < POL_HEADS_MAX; head++) {
    fade(g->shares.taken[head], shares->taken[head], POL_OPTIONS_MAX);
    fade(g->shares.strikes[head], shares->strikes[head], POL_OPTIONS_MAX);
    fade(g->shares.kills[head], shares->kills[head], POL_OPTIONS_MAX);
  }
  fade(g->shares.reasons, shares->reasons, SIM_EVENT_KINDS);
  env_match_clear(tr->learner->matches);
}

// recent win rate against the members of a kind, or against one of them
static double win_rate(const StrategyTrainer *tr, int only, LeagueMemberKind kind) {
  assert(only < tr->population->n);
  LeagueScore sum = {0};
  for (int i = 0; i < tr->population->n; i++) {
    const bool counts = only >= 0 ? i == only : tr->population->member[i]->kind == kind;
    if (counts) {
      env_score_add(&sum, &tr->progress->seen[1 + i]);
    }
  }
  return league_score_win_rate(NULL, NULL, &sum);
}

// recent win rate against the guest team
static double guest_rate(const StrategyTrainer *tr) {
  LeagueScore sum = {0};
  for (int i = LEAGUE_FIRST_GUEST; i < LEAGUE_FIRST_GUEST + POL_MIXTURE_MAX; i++) {
    env_score_add(&sum, &tr->progress->seen[i]);
  }
  return league_score_win_rate(NULL, NULL, &sum);
}

static double rule_rate(const StrategyTrainer *tr, const char *name) {
  const int i = league_population_find(tr->population, name);
  return i >= 0 ? win_rate(tr, i, LEAGUE_MEMBER_RULE) : (double)NAN;
}

static void fill_row(double *row, const StrategyTrainer *tr, const PpoStats *f) {
  const StrategyProgress *g = tr->progress;
  const bool free_roles = league_population_find(tr->population, "bot_volley") >= 0;
  const char *bot = free_roles ? "bot_volley" : "bot_plus";
  row[STRATEGY_CURVE_DECISIONS] = (double)tr->learner->decisions;
  row[STRATEGY_CURVE_SECONDS] = train_seconds(&tr->session);
  row[STRATEGY_CURVE_ENTROPY] = f->entropy;
  row[STRATEGY_CURVE_KL] = f->kl;
  row[STRATEGY_CURVE_EXPLAINED] = f->explained;
  row[STRATEGY_CURVE_HITS] = g->late[1] > 0 ? g->late[0] / g->late[1] : (double)NAN;
  row[STRATEGY_CURVE_DRAWS] = g->late[1] > 0 ? g->late[2] / g->late[1] : (double)NAN;
  row[STRATEGY_CURVE_BOT] = rule_rate(tr, bot);
  row[STRATEGY_CURVE_RANDOM] = rule_rate(tr, "random");
  row[STRATEGY_CURVE_SNAPSHOTS] = win_rate(tr, -1, LEAGUE_MEMBER_SNAPSHOT);
  row[STRATEGY_CURVE_POOL] = tr->population->n;
}

static void show(double *row, void *training, const PpoStats *f) {
  StrategyTrainer *tr = training;
  TrainMetrics *m = tr->session.metrics;
  TrainDashboard *d = tr->session.dashboard;
  tr->progress->steps = env_match_steps(tr->learner->matches);
  count_points(tr);
  fill_row(row, tr, f);
  train_put(m, NULL, TRAIN_MATCH, "hits", row[STRATEGY_CURVE_HITS]);
  train_put(m, NULL, TRAIN_MATCH, "draws", row[STRATEGY_CURVE_DRAWS]);
  train_put(m, NULL, TRAIN_MATCH, "steps", tr->progress->steps);
  if (tr->learner->guess) {
    train_put(m, NULL, TRAIN_GUESS, NULL, tr->learner->guess_explained);
  }
  train_put(m, NULL, TRAIN_WINS, "bot", row[STRATEGY_CURVE_BOT]);
  train_put(m, NULL, TRAIN_WINS, "random", row[STRATEGY_CURVE_RANDOM]);
  train_put(m, NULL, TRAIN_WINS, "snapshots", row[STRATEGY_CURVE_SNAPSHOTS]);
  train_put(m, NULL, TRAIN_WINS, "external", guest_rate(tr));
  train_put(m, NULL, TRAIN_POOL, NULL, row[STRATEGY_CURVE_POOL]);
  train_dashboard_row(d, "match", "hits", "%.2f", row[STRATEGY_CURVE_HITS]);
  train_dashboard_row(d, "match", "draws", "%.1f %%", 100 * row[STRATEGY_CURVE_DRAWS]);
  train_dashboard_row(d, "match", "game hours", "%.1f", tr->progress->steps * SIM_DT / 3600);
  train_dashboard_row(d, "league", "pool", "%d", tr->population->n);
  train_dashboard_row(d, "league", "snapshots", "%.1f %%", 100 * row[STRATEGY_CURVE_SNAPSHOTS]);
  train_dashboard_curve(d, "wins", "bot", row[STRATEGY_CURVE_BOT], "%.1f %%",
                        100 * row[STRATEGY_CURVE_BOT]);
  train_dashboard_curve(d, "wins", "random", row[STRATEGY_CURVE_RANDOM], "%.1f %%",
                        100 * row[STRATEGY_CURVE_RANDOM]);
}

// ---- the population grows

// the meta-strategy with the newest snapshot, which meets the others where the solver asks for it
static SimStatus solve_snapshots(StrategyTrainer *tr, SimError *err) {
  static const LeagueSolver SOLVERS[STRATEGY_ALGORITHMS] = {[STRATEGY_FSP] = LEAGUE_SOLVER_FSP,
                                                            [STRATEGY_DELTA_UNIFORM] =
                                                                LEAGUE_SOLVER_DELTA_UNIFORM,
                                                            [STRATEGY_NASH] = LEAGUE_SOLVER_NASH};
  const StrategyConfig *c = tr->t->config;
  assert(strategy_trainer_responds(tr) && tr->population->n > 0);
  const uint64_t newest = (uint64_t)tr->population->n - 1;
  const LeagueMeasure measure = {
      .tournament = strategy_trainer_tournament(tr, RECIPE_SEED_PAYOFF + 1000 * newest),
      .points = (int)c->payoff_points / LEAGUE_CELLS * LEAGUE_CELLS,
      .points_max = (int)c->payoff_points_max,
      .width = c->payoff_width};
  SIM_TRY(league_population_update(tr->weight, tr->population, LEAGUE_MEMBER_SNAPSHOT,
                                   SOLVERS[c->algorithm], &measure, err));
  strategy_trainer_note_meta(tr);
  return SIM_OK;
}

static SimStatus add_snapshot(StrategyTrainer *tr, SimError *err) {
  char name[LEAGUE_MEMBER_NAME_MAX];
  PolStrategy plays = tr->learner->strategy;
  plays.kind = POL_STRATEGY_NET;
  snprintf(name, sizeof name, "snapshot-%03lld", (long long)tr->progress->snapshots);
  SimStatus status = league_population_add_net(tr->population, LEAGUE_MEMBER_SNAPSHOT, name, &plays,
                                               tr->learner->decisions, err);
  tr->progress->snapshots += status == SIM_OK;
  if (status == SIM_OK && strategy_trainer_responds(tr)) {
    status = solve_snapshots(tr, err);
  }
  if (status == SIM_OK) {
    const LeaguePlayer late = strategy_late_mixture(tr);
    status = strategy_deploy(tr, &late, err);
  }
  return status;
}

// why the best response in progress is done, NULL while it is not
static const char *response_over(StrategyTrainer *tr) {
  const StrategyConfig *c = tr->t->config;
  const LeagueStop stop = {.share = (double)tr->t->options.budget / c->responses,
                           .budget = (double)tr->t->options.budget,
                           .share_min = (double)INFINITY,
                           .rate = c->stop_rate,
                           .points = c->stop_points,
                           .plateau_updates = c->plateau_updates};
  return league_oracle_over(&tr->progress->response, &stop, tr->learner->decisions,
                            tr->learner->ppo->iteration);
}

static SimStatus end_response(StrategyTrainer *tr, const char *why, SimError *err) {
  assert(strategy_trainer_responds(tr));
  StrategyProgress *g = tr->progress;
  double low, high;
  const double rate = league_score_win_rate(&low, &high, &g->response.score);
  sim_log(SIM_LOG_INFO, "best response %lld: %.1f %% (%.1f to %.1f) of its points: %s",
          (long long)g->response.done, 100 * rate, 100 * low, 100 * high, why);
  g->response.done++;
  SIM_TRY(add_snapshot(tr, err));
  league_oracle_begin(&g->response, tr->learner->decisions, tr->learner->ppo->iteration);
  return SIM_OK;
}

static SimStatus add_exploiter(StrategyTrainer *tr, SimError *err) {
  const StrategyConfig *c = tr->t->config;
  assert(c->algorithm == STRATEGY_LEAGUE);
  StrategyProgress *g = tr->progress;
  char name[LEAGUE_MEMBER_NAME_MAX];
  LeagueScore late;
  PolFile *file;
  LeagueLearnerOptions options =
      strategy_trainer_response_options(tr, RECIPE_SEED_EXPLOITER + (uint64_t)g->exploiters);
  // from nothing and from the learner in turn: each finds what the other does not
  options.start = g->exploiters % 2 ? &tr->learner->file : NULL;
  options.critic = tr->learner->ppo->critic->net;
  const LeaguePlayer target = strategy_late_mixture(tr);
  const int64_t budget = (int64_t)(c->exploiter_budget * (double)tr->t->options.budget);
  SimStatus status = league_best_response(&file, &late, &options, &target, &budget, 1, err);
  if (status == SIM_OK) {
    double low, high;
    const double rate = league_score_win_rate(&low, &high, &late);
    sim_log(SIM_LOG_INFO, "exploiter %lld: %.1f %% (%.1f to %.1f) of its points",
            (long long)g->exploiters, 100 * rate, 100 * low, 100 * high);
    snprintf(name, sizeof name, "exploiter-%02lld", (long long)g->exploiters++);
    PolStrategy strategy = tr->learner->strategy;
    strategy.file = file;
    status = league_population_add_net(tr->population, LEAGUE_MEMBER_EXPLOITER, name, &strategy,
                                       tr->learner->decisions, err);
  }
  pol_file_destroy(file);
  return status;
}

// what is due after an update
static SimStatus grow(void *training, SimError *err) {
  StrategyTrainer *tr = training;
  const StrategyConfig *c = tr->t->config;
  StrategyProgress *g = tr->progress;
  const double done = (double)tr->learner->decisions / (double)tr->t->options.budget;
  SimStatus status = SIM_OK;
  if (strategy_trainer_responds(tr)) {
    const char *why = response_over(tr);
    return why ? end_response(tr, why, err) : SIM_OK;
  }
  if (done * c->snapshots >= (double)g->snapshots) {
    status = add_snapshot(tr, err);
  }
  if (status == SIM_OK && c->algorithm == STRATEGY_LEAGUE &&
      done * (c->exploiters + 1) >= (double)(g->exploiters + 1) &&
      (double)g->exploiters < c->exploiters) {
    status = add_exploiter(tr, err);
  }
  return status;
}

// ---- the loop

// share of the budget spent; of a best response's own where they follow one another
static double done_of(const StrategyTrainer *tr) {
  const StrategyProgress *g = tr->progress;
  const double budget = (double)tr->t->options.budget;
  if (!strategy_trainer_responds(tr)) {
    return fmin(1, (double)tr->learner->decisions / budget);
  }
  return fmin(1, (double)(tr->learner->decisions - g->response.start) * tr->t->config->responses /
                     budget);
}

static SimStatus learn(PpoStats *stats, void *training, SimError *err) {
  StrategyTrainer *tr = training;
  strategy_trainer_set_opponents(tr);
  const bool imitates = tr->t->config->imitate[0] && done_of(tr) < tr->t->config->imitate_share;
  league_learner_imitate(tr->learner, imitates ? &tr->rule : NULL);
  return league_learner_update(stats, tr->learner, done_of(tr), err);
}

// the first member is what the learner starts as
static SimStatus begin(void *training, SimError *err) {
  StrategyTrainer *tr = training;
  return tr->progress->snapshots == 0 ? add_snapshot(tr, err) : SIM_OK;
}

static int64_t decisions(const void *training) {
  return ((const StrategyTrainer *)training)->learner->decisions;
}

static json_t *list_inputs(const StrategyTrainer *tr) {
  json_t *inputs = json_object();
  run_inputs_put_model(inputs, tr->engine.learn->hash, tr->t->config->physics,
                       tr->t->config->world);
  run_inputs_put_team(inputs, "team", tr->team);
  if (tr->critic) {
    run_inputs_put(inputs, "critic", tr->team->critic, skills_critic_hash(tr->critic));
  }
  if (tr->guest) {
    run_inputs_put_team(inputs, "guest", tr->guest);
  }
  if (tr->start) {
    run_inputs_put(inputs, "start", tr->start->path, tr->start->hash);
  }
  if (tr->start_critic) {
    run_inputs_put(inputs, "start_critic", tr->start->path, skills_critic_hash(tr->start_critic));
  }
  return inputs;
}

static SimStatus run(StrategyTrainer *tr, SimError *err) {
  static const char *const IGNORED[] = {"timesteps_", NULL};
  const TrainOps ops = {.kind = "strategy",
                        .name = strategy_algorithm_name(tr->t->config->algorithm),
                        .ignored = IGNORED,
                        .curve = STRATEGY_CURVE_NAMES,
                        .curves = STRATEGY_CURVES,
                        .decisions = decisions,
                        .serialize = strategy_trainer_serialize,
                        .begin = begin,
                        .learn = learn,
                        .show = show,
                        .grow = grow,
                        .conclude = strategy_conclude};
  return train_run(&tr->session, &tr->t->options, &ops, tr, strategy_config_text(tr->t->config),
                   list_inputs(tr), tr->learner->device, err);
}

SimStatus strategy_train(const StrategyTraining *training, SimError *err) {
  StrategyTrainer *tr = sim_new(1, sizeof *tr);
  *tr = (StrategyTrainer){.t = training};
  SimStatus status = open_learner(tr, err);
  status = status == SIM_OK ? run(tr, err) : status;
  close_trainer(tr);
  free(tr);
  return status;
}
