// The loop: choose rivals, collect and update, then perhaps end a response. Whatever follows an
// update is a function of the state after it, so that a checkpoint between updates is all that is
// needed to go on with the same bits.
//
// The first policy of a population learns against itself. The reference begins with a best response
// to a random policy, which falls to the ground: hovering beats it.
#include "hcsp/stages/flat/flat.h"

#include <math.h>
#include <stdlib.h>

#include "hcsp/run/interrupt.h"
#include "hcsp/stages/flat/internal.h"
#include "hcsp/stages/seeds.h"
#include "sim/base/log.h"

#define FADE 0.9       // of counts that show how it goes, per update
#define SHARE_MIN 0.5  // of its share of the budget that the last policy of a population needs

// ---- making and freeing

static void close_trainer(HcspFlatTrainer *tr) {
  hcsp_session_close(&tr->session);
  hcsp_population_destroy(tr->population);
  hcsp_flat_learner_destroy(tr->learner);
  sim_model_destroy(tr->model);
  free(tr->progress);
  free(tr->history);
}

static SimStatus open_learner(HcspFlatTrainer *tr, SimError *err) {
  const HcspFlatTraining *t = tr->t;
  SimModelOptions options = sim_model_default();
  options.scenery = false;
  tr->rules = sim_rules_find(t->config->rules);
  if (!tr->rules) {
    return sim_error(err, SIM_BAD_INPUT, "rules: '%s'; wanted court or paper", t->config->rules);
  }
  tr->progress = calloc(1, sizeof *tr->progress);
  tr->model = tr->progress ? sim_model_create(&options, err) : NULL;
  if (!tr->model) {
    return err->status != SIM_OK ? err->status : sim_error(err, SIM_FAIL, "no memory");
  }
  const HcspFlatLearnerOptions learner = {.config = t->config,
                                          .model = tr->model,
                                          .rules = tr->rules,
                                          .threads = t->order.threads,
                                          .device = t->order.device,
                                          .seed = t->order.seed};
  tr->learner = hcsp_flat_learner_create(&learner, err);
  tr->population = tr->learner ? hcsp_population_create(tr->learner->team->options, err) : NULL;
  return tr->population ? SIM_OK : err->status;
}

// ---- what an update shows

static void fade(double *sum, double add) {
  *sum = FADE * *sum + add;
}

// brings the fading counts up to date; points of the response in progress do not fade
static void count_points(HcspFlatTrainer *tr) {
  HcspFlatProgress *g = tr->progress;
  const HcspFlatCount *count = hcsp_flat_rallies_count(tr->learner->rallies);
  double steps = 0;
  for (int i = 0; i <= tr->population->n; i++) {
    const HcspMeeting *meeting = &count->meeting[i];
    steps += meeting->steps;
    for (int k = 0; i > 0 && k < HCSP_CELLS; k++) {
      g->response.wins += meeting->score[k].wins;
      g->response.losses += meeting->score[k].losses;
      g->response.draws += meeting->score[k].draws;
    }
  }
  fade(&g->late[0], count->rallies);
  fade(&g->late[1], count->hits);
  fade(&g->late[2], steps);
  fade(&g->deeds.serves, count->deeds.serves);
  fade(&g->deeds.legal, count->deeds.legal);
  fade(&g->deeds.over, count->deeds.over);
  fade(&g->deeds.coming, count->deeds.coming);
  fade(&g->deeds.received, count->deeds.received);
  fade(&g->deeds.returned, count->deeds.returned);
  hcsp_flat_rallies_clear(tr->learner->rallies);
}

static double share(double part, double whole) {
  return whole > 0 ? part / whole : (double)NAN;
}

static SimStatus note_history(HcspFlatTrainer *tr, const HcspPpoFigures *f, SimError *err) {
  if (tr->histories == tr->history_room) {
    const int room = tr->history_room ? 2 * tr->history_room : 256;
    double(*grown)[HCSP_FLAT_CURVES] = realloc(tr->history, (size_t)room * sizeof *grown);
    if (!grown) {
      return sim_error(err, SIM_FAIL, "no memory for %d updates", room);
    }
    tr->history = grown;
    tr->history_room = room;
  }
  const HcspFlatProgress *g = tr->progress;
  const HcspDeeds *d = &g->deeds;
  double low, high;
  double *row = tr->history[tr->histories++];
  row[HCSP_FLAT_CURVE_DECISIONS] = (double)tr->learner->decisions;
  row[HCSP_FLAT_CURVE_STEPS] = hcsp_flat_rallies_steps(tr->learner->rallies);
  row[HCSP_FLAT_CURVE_SECONDS] = g->seconds;
  row[HCSP_FLAT_CURVE_POOL] = tr->population->n;
  row[HCSP_FLAT_CURVE_RESPONSE] = hcsp_score_win_rate(&low, &high, &g->response);
  row[HCSP_FLAT_CURVE_LENGTH] = share(g->late[2] * SIM_DT, g->late[0]);
  row[HCSP_FLAT_CURVE_HITS] = share(g->late[1], g->late[0]);
  row[HCSP_FLAT_CURVE_LEGAL] = share(d->legal, d->serves);
  row[HCSP_FLAT_CURVE_OVER] = share(d->over, d->serves);
  row[HCSP_FLAT_CURVE_RECEIVED] = share(d->received, d->coming);
  row[HCSP_FLAT_CURVE_RETURNED] = share(d->returned, d->coming);
  row[HCSP_FLAT_CURVE_STD] = f->std;
  row[HCSP_FLAT_CURVE_KL] = f->kl;
  row[HCSP_FLAT_CURVE_EXPLAINED] = f->explained;
  return SIM_OK;
}

static SimStatus put_metrics(HcspFlatTrainer *tr, const HcspPpoFigures *f, double reward,
                             SimError *err) {
  const double *row = tr->history[tr->histories - 1];
  HcspMetrics *m = tr->session.metrics;
  hcsp_metrics_begin(m, tr->learner->decisions);
  const struct {
    const char *tag;
    double value;
  } rows[] = {{"loss/policy", f->policy_loss},
              {"loss/value", f->value_loss},
              {"loss/bound", f->bound},
              {"learn/clipped", f->clipped},
              {"learn/rate", f->rate},
              {"learn/gradient_actor", f->gradient_actor},
              {"learn/gradient_critic", f->gradient_critic},
              {"task/return", reward}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    hcsp_metrics_put(m, rows[i].tag, rows[i].value);
  }
  for (int k = HCSP_FLAT_CURVE_STEPS; k < HCSP_FLAT_CURVES; k++) {
    char tag[64];
    snprintf(tag, sizeof tag, "match/%s", hcsp_flat_curve_name((HcspFlatCurve)k));
    hcsp_metrics_put(m, tag, row[k]);
  }
  return hcsp_metrics_flush(m, err);
}

static void show(HcspFlatTrainer *tr, const HcspPpoFigures *f) {
  const double *row = tr->history[tr->histories - 1];
  HcspDashboard *d = tr->session.dashboard;
  hcsp_dashboard_row(d, "learn", "kl", "%.4f", f->kl);
  hcsp_dashboard_row(d, "learn", "rate", "%.2e", f->rate);
  hcsp_dashboard_row(d, "learn", "std", "%.3f", f->std);
  hcsp_dashboard_row(d, "learn", "explained", "%.3f", f->explained);
  hcsp_dashboard_row(d, "match", "seconds", "%.2f", row[HCSP_FLAT_CURVE_LENGTH]);
  hcsp_dashboard_row(d, "match", "hits", "%.2f", row[HCSP_FLAT_CURVE_HITS]);
  hcsp_dashboard_row(d, "match", "received", "%.1f %%", 100 * row[HCSP_FLAT_CURVE_RECEIVED]);
  hcsp_dashboard_row(d, "match", "returned", "%.1f %%", 100 * row[HCSP_FLAT_CURVE_RETURNED]);
  hcsp_dashboard_row(d, "pool", "policies", "%d", tr->population->n);
  hcsp_dashboard_row(d, "pool", "response", "%.1f %%", 100 * row[HCSP_FLAT_CURVE_RESPONSE]);
  hcsp_dashboard_curve(d, "serve", "legal", row[HCSP_FLAT_CURVE_LEGAL], "%.1f %%",
                       100 * row[HCSP_FLAT_CURVE_LEGAL]);
  hcsp_dashboard_curve(d, "serve", "over", row[HCSP_FLAT_CURVE_OVER], "%.1f %%",
                       100 * row[HCSP_FLAT_CURVE_OVER]);
  hcsp_dashboard_draw(d, (double)tr->learner->decisions);
}

// ---- the population grows

static double share_of_budget(const HcspFlatTrainer *tr) {
  return (double)tr->t->order.budget / (hcsp_flat_responds(tr) ? tr->t->config->responses : 1);
}

static int64_t spent(const HcspFlatTrainer *tr) {
  return tr->learner->decisions - tr->progress->response_start;
}

// why the policy in progress is done, NULL while it is not
static const char *response_over(const HcspFlatTrainer *tr) {
  const HcspFlatConfig *c = tr->t->config;
  const HcspFlatProgress *g = tr->progress;
  double low, high;
  hcsp_score_win_rate(&low, &high, &g->response);
  if ((double)spent(tr) >= share_of_budget(tr)) {
    return "its share of the budget is spent";
  }
  // what is left of the budget is rarely a whole share; a policy that had too little of it is
  // dropped
  if (tr->learner->decisions >= tr->t->order.budget &&
      (double)spent(tr) >= SHARE_MIN * share_of_budget(tr)) {
    return "the budget is spent";
  }
  if (tr->population->n > 0 && g->response.wins + g->response.losses >= c->stop_points &&
      (double)spent(tr) >= c->stop_share * share_of_budget(tr) && low >= c->stop_rate) {
    return "its lower bound has passed the goal";
  }
  return NULL;
}

static SimStatus solve(HcspFlatTrainer *tr, SimError *err) {
  const HcspFlatConfig *c = tr->t->config;
  const uint64_t newest = (uint64_t)tr->population->n - 1;
  const int points = (int)c->payoff_points / HCSP_CELLS * HCSP_CELLS;
  const HcspMeasure measure = {.arena = hcsp_flat_arena(tr, HCSP_SEED_PAYOFF + 1000 * newest),
                               .points = points,
                               .points_max = points,
                               .width = 0};
  const SimStatus status =
      hcsp_population_measure(tr->population, HCSP_MEMBER_SNAPSHOT, &measure, err);
  return status == SIM_OK
             ? hcsp_population_solve(
                   tr->weight, tr->population, HCSP_MEMBER_SNAPSHOT,
                   c->algorithm == HCSP_FLAT_PSRO_NASH ? HCSP_SOLVER_NASH : HCSP_SOLVER_FSP, err)
             : status;
}

// the next policy begins, from nothing or as what there is
static void begin_response(HcspFlatTrainer *tr) {
  HcspFlatProgress *g = tr->progress;
  g->response = (HcspScore){0};
  g->response_start = tr->learner->decisions;
  g->late[0] = g->late[1] = g->late[2] = 0;
  g->deeds = (HcspDeeds){0};
  if (tr->t->config->warm > 0) {
    hcsp_flat_learner_go_on(tr->learner);
  } else {
    hcsp_flat_learner_begin(tr->learner, (uint32_t)g->responses);
  }
  // rallies in progress are those of another policy
  hcsp_flat_set_rivals(tr);
  hcsp_flat_rallies_restart(tr->learner->rallies);
}

static SimStatus end_response(HcspFlatTrainer *tr, const char *why, SimError *err) {
  HcspFlatProgress *g = tr->progress;
  char name[HCSP_MEMBER_NAME_MAX];
  double low, high;
  const double rate = hcsp_score_win_rate(&low, &high, &g->response);
  if (tr->population->n == 0) {
    sim_log(SIM_LOG_INFO, "policy 0 has learnt against itself: %s", why);
  } else {
    sim_log(SIM_LOG_INFO, "policy %lld, a best response: %.1f %% (%.1f to %.1f) of its points: %s",
            (long long)g->responses, 100 * rate, 100 * low, 100 * high, why);
  }
  snprintf(name, sizeof name, "policy-%02lld", (long long)g->responses++);
  SimStatus status =
      tr->population->n < POL_MIXTURE_MAX
          ? hcsp_population_add_net(tr->population, HCSP_MEMBER_SNAPSHOT, name,
                                    &tr->learner->strategy, tr->learner->decisions, err)
          : sim_error(err, SIM_FAIL, "more than %d policies", POL_MIXTURE_MAX);
  status = status == SIM_OK ? solve(tr, err) : status;
  status = status == SIM_OK ? hcsp_flat_deploy(tr, err) : status;
  if (status == SIM_OK && tr->learner->decisions < tr->t->order.budget) {
    begin_response(tr);
  }
  return status;
}

// ---- the loop

// share of its budget that the policy in progress has spent
static double done_of(const HcspFlatTrainer *tr) {
  return fmin(1, (double)spent(tr) / share_of_budget(tr));
}

static SimStatus iterate(void *training, SimError *err) {
  HcspFlatTrainer *tr = training;
  HcspPpoFigures figures;
  hcsp_flat_set_rivals(tr);
  SimStatus status = hcsp_flat_learner_update(&figures, tr->learner, done_of(tr), err);
  if (status != SIM_OK) {
    return sim_error_prefix(err, tr->t->order.folder);
  }
  const double now = sim_time_cpu();
  tr->progress->seconds += now - tr->cpu;
  tr->cpu = now;
  const HcspFlatCount *count = hcsp_flat_rallies_count(tr->learner->rallies);
  const double reward = share(count->reward, count->rallies);
  count_points(tr);
  status = note_history(tr, &figures, err);
  status = status == SIM_OK ? put_metrics(tr, &figures, reward, err) : status;
  if (status == SIM_OK) {
    show(tr, &figures);
  }
  const char *why = hcsp_flat_responds(tr) ? response_over(tr) : NULL;
  return status == SIM_OK && why ? end_response(tr, why, err) : status;
}

static int64_t decisions(const void *training) {
  return ((const HcspFlatTrainer *)training)->learner->decisions;
}

// the team of the report is looked at now: hours of training are not to end without it
static SimStatus list_inputs(json_t **inputs, const HcspFlatTrainer *tr, SimError *err) {
  const char *name = tr->t->config->report_team;
  PolTeam *team = name[0] ? pol_team_load(name, err) : NULL;
  if (name[0] && !team) {
    return err->status;
  }
  *inputs = json_object();
  hcsp_inputs_put_model(*inputs, tr->model->hash);
  if (team) {
    hcsp_inputs_put_team(*inputs, "report_team", team);
  }
  pol_team_destroy(team);
  return SIM_OK;
}

static SimStatus run(HcspFlatTrainer *tr, SimError *err) {
  static const HcspTraining DOES = {iterate, decisions, hcsp_flat_store, hcsp_flat_restore};
  HcspSession *session = &tr->session;
  json_t *inputs = NULL;
  SimStatus status = list_inputs(&inputs, tr, err);
  status = status == SIM_OK ? hcsp_session_open(session, &tr->t->order, &DOES, tr,
                                                hcsp_flat_config_text(tr->t->config), inputs,
                                                tr->learner->device, err)
                            : status;
  if (status != SIM_OK || session->complete) {
    return status;
  }
  status = hcsp_session_turn(session, hcsp_flat_algorithm_name(tr->t->config->algorithm), err);
  status = status == SIM_OK ? hcsp_flat_store(tr, false, err) : status;
  status = status == SIM_OK ? hcsp_flat_conclude(tr, err) : status;
  return status == SIM_OK ? hcsp_flat_store(tr, true, err) : status;
}

SimStatus hcsp_flat_train(const HcspFlatTraining *training, SimError *err) {
  HcspFlatTrainer *tr = calloc(1, sizeof *tr);
  if (!tr) {
    return sim_error(err, SIM_FAIL, "no memory for a training");
  }
  *tr = (HcspFlatTrainer){.t = training, .cpu = sim_time_cpu()};
  SimStatus status = open_learner(tr, err);
  status = status == SIM_OK ? run(tr, err) : status;
  close_trainer(tr);
  free(tr);
  return status;
}
