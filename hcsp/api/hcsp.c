// The library's own functions around those of the project: sizes are checked, errors are copied.
#include "hcsp/api/hcsp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/api/internal.h"
#include "hcsp/config/strategy.h"
#include "hcsp/eval/log_match.h"
#include "hcsp/eval/rallies.h"
#include "hcsp/eval/standings.h"
#include "hcsp/eval/summary.h"
#include "hcsp/league/exploit.h"
#include "hcsp/league/interval.h"
#include "hcsp/run/interrupt.h"
#include "sim/base/cores.h"
#include "sim/base/version.h"

enum { RALLIES_MAX = 10000000 };

_Static_assert((int)HCSP_OK == (int)SIM_OK && (int)HCSP_FAIL == (int)SIM_FAIL &&
                   (int)HCSP_USAGE == (int)SIM_USAGE && (int)HCSP_BAD_INPUT == (int)SIM_BAD_INPUT &&
                   (int)HCSP_DISK_FULL == (int)SIM_DISK_FULL &&
                   (int)HCSP_INTERRUPTED == (int)SIM_INTERRUPTED,
               "a status is handed on as it is");
_Static_assert(sizeof((HcspError *)0)->text == sizeof((SimError *)0)->text,
               "and so is its sentence");

int api_status(HcspError *err, const SimError *from) {
  if (err) {
    err->status = (int)from->status;
    snprintf(err->text, sizeof err->text, "%s", from->text);
  }
  return (int)from->status;
}

int api_refuse(HcspError *err, SimStatus status, const char *text) {
  SimError from = {.status = status};
  snprintf(from.text, sizeof from.text, "%s", text);
  return api_status(err, &from);
}

SimStatus api_take_options(void *out, size_t size, const void *options, const char *what,
                           SimError *err) {
  size_t seen;
  if (!options) {
    return SIM_OK;
  }
  memcpy(&seen, options, sizeof seen);
  if (seen < sizeof seen || seen > size) {
    return sim_error(err, SIM_USAGE,
                     "saw options of %zu bytes, wanted at most %zu and %s of its own header", seen,
                     size, what);
  }
  memcpy(out, options, seen);
  return SIM_OK;
}

SimStatus api_check_range(const char *what, int value, int low, int high, SimError *err) {
  return value >= low && value <= high
             ? SIM_OK
             : sim_error(err, SIM_USAGE, "%s: saw %d, wanted %d to %d", what, value, low, high);
}

int hcsp_abi_version(void) {
  return HCSP_ABI_VERSION;
}

const char *hcsp_version(void) {
  return sim_version();
}

const char *hcsp_commit(void) {
  return sim_commit();
}

const char *hcsp_home(void) {
  return sim_home();
}

// ---- teams

HcspTeam *hcsp_team_load(const char *which, HcspError *err) {
  SimError why = {0};
  HcspTeam *team = sim_new(1, sizeof *team);
  if (!which) {
    sim_error(&why, SIM_USAGE, "team: saw no name, wanted a shipped team, a .yaml file or a run");
  } else {
    team->team = pol_team_load(which, &why);
  }
  if (!team->team) {
    api_status(err, &why);
    free(team);
    return NULL;
  }
  return team;
}

void hcsp_team_close(HcspTeam *team) {
  if (team) {
    pol_team_destroy(team->team);
    free(team);
  }
}

const char *hcsp_team_name(const HcspTeam *team) {
  return team->team->name;
}

int hcsp_team_list(char *name, size_t size, int i) {
  char names[64][POL_NAME_MAX];
  const int n = pol_team_list(names, 64);
  if (i < 0 || i >= n || (size_t)snprintf(name, size, "%s", names[i]) >= size) {
    return HCSP_USAGE;
  }
  return HCSP_OK;
}

// ---- matches

int api_threads(void) {
  const int cores = sim_cores();
  return cores < API_THREADS_MAX ? cores : API_THREADS_MAX;
}

static void fill_result(HcspPlayResult *result, const EvalSummary *s) {
  *result = (HcspPlayResult){.rallies = s->rallies,
                             .near_wins = s->near,
                             .far_wins = s->far,
                             .draws = s->draws,
                             .near_win_rate = s->near_win_rate,
                             .touches = s->hits_mean,
                             .seconds = s->steps_mean * SIM_DT};
  league_wilson(&result->low, &result->high, s->near, s->near + s->far);
}

int hcsp_play(HcspPlayResult *result, const HcspTeam *near_team, const HcspTeam *far_team,
              const HcspPlayOptions *options, HcspError *err) {
  const SimModelOptions plain = sim_model_default();
  HcspPlayOptions o = HCSP_PLAY_OPTIONS_INIT;
  SimError why = {0};
  if (api_take_options(&o, sizeof o, options, "HCSP_PLAY_OPTIONS_INIT", &why) != SIM_OK ||
      api_check_range("rallies", o.rallies, 1, RALLIES_MAX, &why) != SIM_OK ||
      api_check_range("threads", o.threads, 0, API_THREADS_MAX, &why) != SIM_OK) {
    return api_status(err, &why);
  }
  const SimRules *rules = o.rules ? sim_rules_find(o.rules) : NULL;
  if (!rules || !near_team || !far_team) {
    return api_refuse(err, SIM_USAGE,
                      !rules ? "play: unknown rules; wanted court or paper"
                             : "play: saw no team, wanted two");
  }
  SimModel *model = sim_model_create(&plain, &why);
  EvalRally *rally = sim_new((size_t)o.rallies, sizeof *rally);
  EvalTactics tactics = {0};
  int played;
  const EvalRalliesOptions play = {.model = model,
                                   .near = near_team->team,
                                   .far = far_team->team,
                                   .rules = rules,
                                   .seed = o.seed,
                                   .rallies = o.rallies,
                                   .threads = o.threads ? o.threads : api_threads(),
                                   .tactics = &tactics};
  const volatile int *before = run_interrupt_watch(o.stop);
  if (model && eval_rallies_play_logged(rally, &played, &play, o.log, &why) == SIM_OK) {
    EvalSummary summary;
    eval_summarise(&summary, rally, o.rallies);
    fill_result(result, &summary);
  }
  run_interrupt_watch(before);
  free(rally);
  sim_model_destroy(model);
  return api_status(err, &why);
}

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
