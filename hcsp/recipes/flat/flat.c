// The loop: choose opponents, collect and update, then perhaps end a response. Whatever follows an
// update is a function of the state after it, so that a checkpoint between updates is all that is
// needed to go on with the same bits.
//
// The first policy of a population learns against itself. The reference begins with a best response
// to a random policy, which falls to the ground: hovering beats it.
#include "hcsp/recipes/flat/flat.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "hcsp/recipes/flat/internal.h"
#include "hcsp/recipes/seeds.h"
#include "hcsp/run/interrupt.h"
#include "hcsp/train/tags.h"
#include "sim/base/log.h"

#define FADE 0.9       // of counts that show how it goes, per update
#define SHARE_MIN 0.5  // of its share of the budget that the last policy of a population needs

const char *const FLAT_CURVE_NAMES[FLAT_CURVES] = {
    "decisions", "match_steps", "cpu_seconds", "pool",     "response", "length", "hits",
    "legal",     "over",        "received",    "returned", "std",      "kl",     "explained"};

bool flat_responds(const FlatTrainer *tr) {
  return tr->t->config->algorithm != FLAT_SP;
}

static LeagueTournament tournament_of(const FlatTrainer *tr, uint64_t purpose) {
  return (LeagueTournament){.model = tr->engine.learn,
                            .team = tr->learner->team,
                            .rules = tr->engine.rules,
                            .seed = tr->t->options.seed + purpose,
                            .threads = tr->t->options.threads};
}

// the first policy learns against itself, a response against the mixture
static void set_opponents(FlatTrainer *tr) {
  const bool pool = flat_responds(tr) && tr->population->n > 0;
  const LeagueSchedule schedule = {.population = tr->population,
                                   .shares = {.self = !pool, .snapshot = pool},
                                   .weight = tr->weight};
  EnvOpponent opponent[ENV_OPPONENTS_MAX];
  const int n = league_schedule_opponents(opponent, &schedule);
  tr->learner->ppo.env.ops->set_opponents(tr->learner->env, opponent, n);
}

// ---- making and freeing

static void close_trainer(FlatTrainer *tr) {
  train_close(&tr->session);
  league_population_destroy(tr->population);
  flat_learner_destroy(tr->learner);
  train_engine_close(&tr->engine);
  free(tr->progress);
}

static SimStatus open_learner(FlatTrainer *tr, SimError *err) {
  const FlatTraining *t = tr->t;
  const FlatConfig *c = t->config;
  tr->progress = sim_new(1, sizeof *tr->progress);
  SIM_TRY(train_engine_open(&tr->engine, c->physics, c->world, c->rules, err));
  const FlatLearnerOptions learner = {.config = c,
                                      .model = tr->engine.learn,
                                      .rules = tr->engine.rules,
                                      .threads = t->options.threads,
                                      .device = t->options.device,
                                      .seed = t->options.seed};
  tr->learner = flat_learner_create(&learner, err);
  SIM_TRY(tr->learner ? SIM_OK : err->status);
  tr->population = league_population_create(tr->learner->team->options);
  // all of it is deployed
  tr->population->most = POL_MIXTURE_MAX;
  return SIM_OK;
}

// ---- what an update shows

static void fade(double *sum, double add) {
  *sum = FADE * *sum + add;
}

// brings the fading counts up to date; points of the response in progress do not fade
static void count_points(FlatTrainer *tr) {
  FlatProgress *g = tr->progress;
  const EnvFlatCount *count = env_flat_count(tr->learner->env);
  double steps = 0;
  for (int i = 0; i <= tr->population->n; i++) {
    steps += count->meeting[i].steps;
  }
  league_oracle_count(&g->response, count->meeting, tr->weight, tr->population->n);
  fade(&g->late[0], count->rallies);
  fade(&g->late[1], count->hits);
  fade(&g->late[2], steps);
  fade(&g->deeds.serves, count->deeds.serves);
  fade(&g->deeds.legal, count->deeds.legal);
  fade(&g->deeds.over, count->deeds.over);
  fade(&g->deeds.coming, count->deeds.coming);
  fade(&g->deeds.received, count->deeds.received);
  fade(&g->deeds.returned, count->deeds.returned);
  tr->learner->ppo.env.ops->clear_stats(tr->learner->env);
}

static double share(double part, double whole) {
  return whole > 0 ? part / whole : (double)NAN;
}

static void fill_row(double *row, const FlatTrainer *tr, const PpoStats *f) {
  const FlatProgress *g = tr->progress;
  const TaskDeeds *d = &g->deeds;
  row[FLAT_CURVE_DECISIONS] = (double)tr->learner->ppo.transitions;
  row[FLAT_CURVE_STEPS] = env_flat_steps(tr->learner->env);
  row[FLAT_CURVE_SECONDS] = train_seconds(&tr->session);
  row[FLAT_CURVE_POOL] = tr->population->n;
  row[FLAT_CURVE_RESPONSE] = league_score_win_rate(NULL, NULL, &g->response.score);
  row[FLAT_CURVE_LENGTH] = share(g->late[2] * SIM_DT, g->late[0]);
  row[FLAT_CURVE_HITS] = share(g->late[1], g->late[0]);
  row[FLAT_CURVE_LEGAL] = share(d->legal, d->serves);
  row[FLAT_CURVE_OVER] = share(d->over, d->serves);
  row[FLAT_CURVE_RECEIVED] = share(d->received, d->coming);
  row[FLAT_CURVE_RETURNED] = share(d->returned, d->coming);
  row[FLAT_CURVE_STD] = f->std;
  row[FLAT_CURVE_KL] = f->kl;
  row[FLAT_CURVE_EXPLAINED] = f->explained;
}

static void show(double *row, void *training, const PpoStats *f) {
  FlatTrainer *tr = training;
  TrainMetrics *m = tr->session.metrics;
  TrainDashboard *d = tr->session.dashboard;
  const EnvFlatCount *count = env_flat_count(tr->learner->env);
  const double reward = share(count->reward, count->rallies);
  count_points(tr);
  fill_row(row, tr, f);
  train_put(m, NULL, TRAIN_BOUND_LOSS, NULL, f->bound);
  train_put(m, NULL, TRAIN_ACTION_STD, NULL, f->std);
  train_put(m, NULL, TRAIN_RETURN, NULL, reward);
  train_put(m, NULL, TRAIN_POOL, NULL, row[FLAT_CURVE_POOL]);
  train_put(m, NULL, TRAIN_WINS, "response", row[FLAT_CURVE_RESPONSE]);
  train_put(m, NULL, TRAIN_MATCH, "steps", row[FLAT_CURVE_STEPS]);
  train_put(m, NULL, TRAIN_MATCH, "seconds", row[FLAT_CURVE_LENGTH]);
  for (int k = FLAT_CURVE_HITS; k <= FLAT_CURVE_RETURNED; k++) {
    train_put(m, NULL, TRAIN_MATCH, FLAT_CURVE_NAMES[k], row[k]);
  }
  train_dashboard_row(d, "match", "seconds", "%.2f", row[FLAT_CURVE_LENGTH]);
  train_dashboard_row(d, "match", "hits", "%.2f", row[FLAT_CURVE_HITS]);
  train_dashboard_row(d, "match", "received", "%.1f %%", 100 * row[FLAT_CURVE_RECEIVED]);
  train_dashboard_row(d, "match", "returned", "%.1f %%", 100 * row[FLAT_CURVE_RETURNED]);
  train_dashboard_row(d, "pool", "policies", "%d", tr->population->n);
  train_dashboard_row(d, "pool", "response", "%.1f %%", 100 * row[FLAT_CURVE_RESPONSE]);
  train_dashboard_curve(d, "serve", "legal", row[FLAT_CURVE_LEGAL], "%.1f %%",
                        100 * row[FLAT_CURVE_LEGAL]);
  train_dashboard_curve(d, "serve", "over", row[FLAT_CURVE_OVER], "%.1f %%",
                        100 * row[FLAT_CURVE_OVER]);
}

// ---- the population grows

static double share_of_budget(const FlatTrainer *tr) {
  return (double)tr->t->options.budget / (flat_responds(tr) ? tr->t->config->responses : 1);
}

// why the policy in progress is done, NULL while it is not
static const char *response_over(FlatTrainer *tr) {
  const FlatConfig *c = tr->t->config;
  const LeagueStop stop = {.share = share_of_budget(tr),
                           .budget = (double)tr->t->options.budget,
                           .share_min = SHARE_MIN,
                           .rate = c->stop_rate,
                           .points = c->stop_points,
                           .share_points = c->stop_share,
                           .plateau_updates = (double)INFINITY};
  return league_oracle_over(&tr->progress->response, &stop, tr->learner->ppo.transitions,
                            tr->learner->ppo.ppo->iteration);
}

static SimStatus solve(FlatTrainer *tr, SimError *err) {
  assert(tr->population->n > 0);
  const FlatConfig *c = tr->t->config;
  const uint64_t newest = (uint64_t)tr->population->n - 1;
  const int points = (int)c->payoff_points / LEAGUE_CELLS * LEAGUE_CELLS;
  const LeagueMeasure measure = {.tournament =
                                     tournament_of(tr, RECIPE_SEED_PAYOFF + 1000 * newest),
                                 .points = points,
                                 .points_max = points,
                                 .width = 0};
  const LeagueSolver solver =
      c->algorithm == FLAT_PSRO_NASH ? LEAGUE_SOLVER_NASH : LEAGUE_SOLVER_FSP;
  return league_population_update(tr->weight, tr->population, LEAGUE_MEMBER_SNAPSHOT, solver,
                                  &measure, err);
}

// the next policy begins, from nothing or as what there is
static void begin_response(FlatTrainer *tr) {
  assert(flat_responds(tr));
  FlatProgress *g = tr->progress;
  league_oracle_begin(&g->response, tr->learner->ppo.transitions, tr->learner->ppo.ppo->iteration);
  g->late[0] = g->late[1] = g->late[2] = 0;
  g->deeds = (TaskDeeds){0};
  if (tr->t->config->warm_start > 0) {
    flat_learner_go_on(tr->learner);
  } else {
    flat_learner_begin(tr->learner, (uint32_t)g->response.done);
  }
  // rallies in progress are those of another policy
  set_opponents(tr);
  tr->learner->ppo.env.ops->reset(tr->learner->env, true);
}

static SimStatus end_response(FlatTrainer *tr, const char *why, SimError *err) {
  FlatProgress *g = tr->progress;
  char name[LEAGUE_MEMBER_NAME_MAX];
  double low, high;
  const double rate = league_score_win_rate(&low, &high, &g->response.score);
  if (tr->population->n == 0) {
    sim_log(SIM_LOG_INFO, "policy 0 has learnt against itself: %s", why);
  } else {
    sim_log(SIM_LOG_INFO, "policy %lld, a best response: %.1f %% (%.1f to %.1f) of its points: %s",
            (long long)g->response.done, 100 * rate, 100 * low, 100 * high, why);
  }
  snprintf(name, sizeof name, "policy-%02lld", (long long)g->response.done++);
  SIM_TRY(league_population_add_net(tr->population, LEAGUE_MEMBER_SNAPSHOT, name,
                                    &tr->learner->strategy, tr->learner->ppo.transitions, err));
  SIM_TRY(solve(tr, err));
  SIM_TRY(flat_deploy(tr, err));
  if (tr->learner->ppo.transitions < tr->t->options.budget) {
    begin_response(tr);
  }
  return SIM_OK;
}

// ---- the loop

// share of its budget that the policy in progress has spent
static double done_of(const FlatTrainer *tr) {
  const int64_t spent = tr->learner->ppo.transitions - tr->progress->response.start;
  return fmin(1, (double)spent / share_of_budget(tr));
}

static SimStatus learn(PpoStats *stats, void *training, SimError *err) {
  FlatTrainer *tr = training;
  set_opponents(tr);
  return flat_learner_update(stats, tr->learner, done_of(tr), err);
}

static SimStatus grow(void *training, SimError *err) {
  FlatTrainer *tr = training;
  const char *why = flat_responds(tr) ? response_over(tr) : NULL;
  return why ? end_response(tr, why, err) : SIM_OK;
}

static void serialize(void *training, RunArchive *ar) {
  FlatTrainer *tr = training;
  league_population_serialize(ar, tr->population, &tr->learner->strategy);
  run_archive_values(ar, "progress", POL_U8, sizeof *tr->progress, tr->progress);
  run_archive_values(ar, "weights", POL_F64, LEAGUE_POPULATION_MAX, tr->weight);
  if (run_archive_reads(ar) && run_archive_ok(ar)) {
    set_opponents(tr);
  }
  flat_learner_serialize(ar, tr->learner);
}

static int64_t decisions(const void *training) {
  return ((const FlatTrainer *)training)->learner->ppo.transitions;
}

// the team of the report is looked at now: hours of training are not to end without it
static SimStatus list_inputs(json_t **inputs, const FlatTrainer *tr, SimError *err) {
  const char *name = tr->t->config->report_team;
  PolTeam *team = name[0] ? pol_team_load(name, err) : NULL;
  if (name[0] && !team) {
    return err->status;
  }
  *inputs = json_object();
  run_inputs_put_model(*inputs, tr->engine.learn->hash, tr->t->config->physics,
                       tr->t->config->world);
  if (team) {
    run_inputs_put_team(*inputs, "report_team", team);
  }
  pol_team_destroy(team);
  return SIM_OK;
}

static SimStatus run(FlatTrainer *tr, SimError *err) {
  static const char *const IGNORED[] = {"timesteps_", NULL};
  const TrainOps ops = {.kind = "flat",
                        .name = flat_algorithm_name(tr->t->config->algorithm),
                        .ignored = IGNORED,
                        .curve = FLAT_CURVE_NAMES,
                        .curves = FLAT_CURVES,
                        .decisions = decisions,
                        .serialize = serialize,
                        .learn = learn,
                        .show = show,
                        .grow = grow,
                        .deploy = flat_deploy,
                        .conclude = flat_conclude};
  json_t *inputs = NULL;
  SIM_TRY(list_inputs(&inputs, tr, err));
  return train_run(&tr->session, &tr->t->options, &ops, tr, flat_config_text(tr->t->config), inputs,
                   tr->learner->device, err);
}

SimStatus flat_train(const FlatTraining *training, SimError *err) {
  FlatTrainer *tr = sim_new(1, sizeof *tr);
  *tr = (FlatTrainer){.t = training};
  SimStatus status = open_learner(tr, err);
  status = status == SIM_OK ? run(tr, err) : status;
  close_trainer(tr);
  free(tr);
  return status;
}
