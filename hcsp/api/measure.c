// How strong teams are: every pair of several, and best responses against one.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/api/internal.h"
#include "hcsp/config/strategy.h"
#include "hcsp/eval/standings.h"
#include "hcsp/league/exploit.h"
#include "hcsp/run/interrupt.h"

enum { TEAMS_MAX = 64, POINTS_MAX = 10000000 };

static SimStatus take_rules(const SimRules **rules, const char *name, SimError *err) {
  *rules = sim_rules_find(name ? name : "court");
  return *rules ? SIM_OK
                : sim_error(err, SIM_USAGE, "rules: saw '%.64s', wanted court or paper", name);
}

static SimStatus check_points(const char *what, int points, SimError *err) {
  return points >= LEAGUE_CELLS && points <= POINTS_MAX && points % LEAGUE_CELLS == 0
             ? SIM_OK
             : sim_error(err, SIM_USAGE, "%s: saw %d, wanted a multiple of %d up to %d", what,
                         points, LEAGUE_CELLS, POINTS_MAX);
}

// ---- every pair

static SimStatus check_eval(const HcspEvalOptions *o, const HcspTeam *const *team, int n,
                            SimError *err) {
  SIM_TRY(api_check_range("teams", team ? n : 0, 2, TEAMS_MAX, err));
  for (int i = 0; i < n; i++) {
    SIM_TRY(team[i] ? SIM_OK : sim_error(err, SIM_USAGE, "team %d: saw none", i));
  }
  SIM_TRY(check_points("points", o->points, err));
  return api_check_range("threads", o->threads, 0, API_THREADS_MAX, err);
}

static void fill(HcspScore *score, double *nash, double *elo, const EvalStandings *s, int n) {
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      const LeagueScore total = league_payoff_total(s->payoff, i, j);
      HcspScore *to = &score[i * n + j];
      *to = (HcspScore){.wins = total.wins, .losses = total.losses, .draws = total.draws};
      to->rate = league_score_win_rate(&to->low, &to->high, &total);
    }
    nash[i] = s->nash[i];
    elo[i] = s->elo[i].rating;
  }
}

static SimStatus eval_teams(HcspScore *score, double *nash, double *elo,
                            const HcspTeam *const *team, int n, const EvalPairsOptions *pairs,
                            SimError *err) {
  const PolTeam *of[TEAMS_MAX];
  EvalPairsOptions all = *pairs;
  EvalStandings standings;
  EvalPair *pair = sim_new((size_t)eval_pairs_count(n), sizeof *pair);
  LeaguePayoff *payoff = league_payoff_create();
  SimStatus status = SIM_OK;
  for (int i = 0; status == SIM_OK && i < n; i++) {
    char name[LEAGUE_MEMBER_NAME_MAX];
    snprintf(name, sizeof name, "%d %s", i, team[i]->team->name);
    of[i] = team[i]->team;
    status = league_payoff_grow(payoff, name, err);
  }
  all.team = of;
  all.teams = n;
  status = status == SIM_OK ? eval_pairs_play(pair, &all, err) : status;
  for (int i = 0; status == SIM_OK && i < eval_pairs_count(n); i++) {
    eval_pair_count(payoff, &pair[i]);
  }
  status = status == SIM_OK ? eval_standings_open(&standings, payoff, err) : status;
  if (status == SIM_OK) {
    fill(score, nash, elo, &standings, n);
    eval_standings_close(&standings);
  }
  league_payoff_destroy(payoff);
  free(pair);
  return status;
}

int hcsp_eval(HcspScore *score, double *nash, double *elo, const HcspTeam *const *team, int n,
              const HcspEvalOptions *options, HcspError *err) {
  HcspEvalOptions o = HCSP_EVAL_OPTIONS_INIT;
  EvalPairsOptions pairs = {.model = NULL};
  SimError why = {0};
  if (api_take_options(&o, sizeof o, options, "HCSP_EVAL_OPTIONS_INIT", &why) == SIM_OK &&
      check_eval(&o, team, n, &why) == SIM_OK &&
      take_rules(&pairs.rules, o.rules, &why) == SIM_OK) {
    SimModel *model = sim_model_create(NULL, &why);
    pairs.model = model;
    pairs.seed = o.seed;
    pairs.points = o.points;
    pairs.threads = o.threads ? o.threads : api_threads();
    const volatile int *before = run_interrupt_watch(o.stop);
    if (model) {
      eval_teams(score, nash, elo, team, n, &pairs, &why);
    }
    run_interrupt_watch(before);
    sim_model_destroy(model);
  }
  return api_status(err, &why);
}

// ---- best responses

static SimStatus check_exploit(const HcspExploitOptions *o, const HcspTeam *team, SimError *err) {
  if (!team || team->team->flat) {
    return sim_error(err, SIM_USAGE, "team: saw %s, wanted one with a strategy",
                     team ? "a flat team" : "none");
  }
  if (o->budget < 0 || o->budget > INT64_C(1000000000)) {
    return sim_error(err, SIM_USAGE, "budget: saw %lld, wanted 0 to 1000000000",
                     (long long)o->budget);
  }
  SIM_TRY(api_check_range("seeds", o->seeds, 1, LEAGUE_RESPONSE_SEEDS_MAX, err));
  SIM_TRY(check_points("points", o->points, err));
  return api_check_range("threads", o->threads, 0, API_THREADS_MAX, err);
}

static void tell_worst(HcspExploitResult *result, const LeagueExploit *exploit) {
  const LeagueWorst *worst = &exploit->worst;
  *result = (HcspExploitResult){.rate = (double)NAN, .low = (double)NAN, .high = (double)NAN};
  if (worst->row >= 0) {
    result->rate = worst->again.rate;
    result->low = worst->again.low;
    result->high = worst->again.high;
    result->greedy = worst->greedy;
    snprintf(result->opponent, sizeof result->opponent, "%s", exploit->row[worst->row].name);
  }
  result->failed = league_exploit_failed(exploit);
}

static SimStatus exploit_team(HcspExploitResult *result, const PolTeam *team,
                              const HcspExploitOptions *o, SimError *err) {
  StrategyConfig config;
  LeagueExploit exploit = {0};
  const LeagueTarget target = {
      .name = team->name, .team = team, .player = league_team_player(team)};
  SimModel *model = sim_model_create(NULL, err);
  LeagueExploitOptions options = {.plan = {.config = &config,
                                           .model = model,
                                           .target = &target,
                                           .targets = 1,
                                           .budget = {o->budget},
                                           .budgets = o->budget > 0,
                                           .seeds = o->seeds,
                                           .warm_only = o->warm != 0,
                                           .seed = o->seed,
                                           .threads = o->threads ? o->threads : api_threads(),
                                           .keep = o->keep},
                                  .model = model,
                                  .points = o->points,
                                  .final_points = 4 * o->points,
                                  .fixed = true,
                                  .names = "bot bot_plus random"};
  SimStatus status = model ? take_rules(&options.plan.rules, o->rules, err) : err->status;
  status =
      status == SIM_OK ? strategy_config_load(&config, "response", NULL, NULL, 0, err) : status;
  status = status == SIM_OK ? league_exploit_measure(&exploit, &options, err) : status;
  if (status == SIM_OK) {
    tell_worst(result, &exploit);
  }
  league_exploit_free(&exploit);
  sim_model_destroy(model);
  return status;
}

int hcsp_exploit(HcspExploitResult *result, const HcspTeam *team, const HcspExploitOptions *options,
                 HcspError *err) {
  HcspExploitOptions o = HCSP_EXPLOIT_OPTIONS_INIT;
  SimError why = {0};
  if (api_take_options(&o, sizeof o, options, "HCSP_EXPLOIT_OPTIONS_INIT", &why) == SIM_OK &&
      check_exploit(&o, team, &why) == SIM_OK) {
    const volatile int *before = run_interrupt_watch(o.stop);
    exploit_team(result, team->team, &o, &why);
    run_interrupt_watch(before);
  }
  return api_status(err, &why);
}
