// Pairs of teams: balanced cells from the same starts, a score that does not depend on the order of
// the teams or the number of threads, a server that is given, and what the standings say.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/log_match.h"
#include "hcsp/eval/rallies.h"
#include "hcsp/eval/standings.h"
#include "sim/base/file.h"
#include "sim/record/reader.h"
#include "sim/record/replay.h"

enum { TEAMS = 3, POINTS = 8, SEED = 7 };

typedef struct Bench {
  SimModel *model;
  SimRules rules;        // with a short clock
  PolTeam *team[TEAMS];  // the shipped one, one that decides at random, one with another table
} Bench;

static PolTeam *make_team(const char *name, const char *find, const char *with) {
  SimError err = {0};
  char path[256];
  snprintf(path, sizeof path, "%s/policies/teams/classical.yaml", sim_home());
  char *shipped = test_read_file(path, NULL);
  char *named = test_exchange(shipped, "name: classical", name);
  char *text = test_exchange(named, find, with);
  PolTeam *team = pol_team_parse("here.yaml", text, strlen(text), &err);
  if (!team) {
    fail_msg("%s", err.text);
  }
  free(shipped);
  free(named);
  free(text);
  return team;
}

static int set_up(void **state) {
  SimError err = {0};
  Bench *bench = calloc(1, sizeof *bench);
  assert_non_null(bench);
  SimModelOptions options = sim_model_default();
  bench->model = sim_model_create(&options, &err);
  assert_non_null(bench->model);
  bench->rules = *sim_rules_find("paper");
  bench->rules.steps_max = 900;
  bench->team[0] = make_team("name: fast", "options: fast", "options: fast");
  bench->team[1] = make_team("name: random", "strategy: bot", "strategy: random");
  bench->team[2] = make_team("name: paper", "options: fast", "options: paper");
  *state = bench;
  return 0;
}

static int tear_down(void **state) {
  Bench *bench = *state;
  for (int i = 0; i < TEAMS; i++) {
    pol_team_destroy(bench->team[i]);
  }
  sim_model_destroy(bench->model);
  free(bench);
  return 0;
}

static EvalPairsOptions make_options(const Bench *bench, const PolTeam *const *team, int teams) {
  return (EvalPairsOptions){.model = bench->model,
                            .team = team,
                            .teams = teams,
                            .rules = &bench->rules,
                            .seed = SEED,
                            .points = POINTS,
                            .threads = 2};
}

static void play(EvalPair *pair, const EvalPairsOptions *options) {
  SimError err = {0};
  memset(pair, 0, (size_t)eval_pairs_count(options->teams) * sizeof *pair);
  assert_ok(eval_pairs_play(pair, options, &err), &err);
}

// a team against itself plays every point twice, once from each side
static void test_mirror(void **state) {
  const Bench *bench = *state;
  const PolTeam *team[] = {bench->team[1], bench->team[1]};
  const EvalPairsOptions options = make_options(bench, team, 2);
  EvalPair pair;
  play(&pair, &options);
  LeagueScore total = {0};
  for (int k = 0; k < LEAGUE_CELLS; k++) {
    const LeagueScore *score = &pair.cell[k], *mirror = &pair.cell[league_cell_mirror(k)];
    assert_near(league_score_points(score), POINTS / LEAGUE_CELLS, 0);
    assert_near(score->wins, mirror->losses, 0);
    assert_near(score->draws, mirror->draws, 0);
    total.wins += score->wins;
    total.losses += score->losses;
  }
  assert_true(total.wins > 0);
  assert_near(total.wins, total.losses, 0);
  assert_memory_equal(pair.lost[0], pair.lost[1], sizeof pair.lost[0]);
}

static void assert_transposed(const EvalPair *pair, const EvalPair *other) {
  for (int k = 0; k < LEAGUE_CELLS; k++) {
    const LeagueScore *score = &pair->cell[k], *mirror = &other->cell[league_cell_mirror(k)];
    assert_near(score->wins, mirror->losses, 0);
    assert_near(score->losses, mirror->wins, 0);
    assert_near(score->draws, mirror->draws, 0);
  }
  // whose touches: the same teams in the other order
  for (int t = 0; t < 2; t++) {
    assert_near(pair->team_hits[t], other->team_hits[1 - t], 0);
    assert_int_equal(pair->again[t], other->again[1 - t]);
    assert_true(pair->again[t] <= POINTS && pair->team_hits[t] >= 2 * pair->again[t]);
  }
  assert_near(pair->team_hits[0] + pair->team_hits[1], pair->hits, 0);
  assert_memory_equal(pair->lost[0], other->lost[1], sizeof pair->lost[0]);
  assert_memory_equal(pair->lost[1], other->lost[0], sizeof pair->lost[0]);
  assert_memory_equal(pair->drawn, other->drawn, sizeof pair->drawn);
  assert_near(pair->steps, other->steps, 0);
}

static double check_pair(const EvalPair *pair) {
  double lost = 0, wins = 0;
  for (int k = 0; k < LEAGUE_CELLS; k++) {
    assert_near(league_score_points(&pair->cell[k]), POINTS / LEAGUE_CELLS, 0);
    wins += pair->cell[k].wins;
  }
  for (int kind = 0; kind < SIM_EVENT_KINDS; kind++) {
    lost += pair->lost[1][kind];
  }
  assert_near(lost, wins, 0);
  return wins;
}

// (0,1) (0,2) (1,2) against (2,1) (2,0) (1,0)
static void test_order(void **state) {
  const Bench *bench = *state;
  const PolTeam *team[] = {bench->team[0], bench->team[1], bench->team[2]};
  const PolTeam *turned[] = {bench->team[2], bench->team[1], bench->team[0]};
  EvalPairsOptions options = make_options(bench, team, 3);
  EvalPair pair[3], other[3];
  double wins = 0;
  play(pair, &options);
  options.team = turned;
  play(other, &options);
  for (int i = 0; i < 3; i++) {
    assert_transposed(&pair[i], &other[2 - i]);
    wins += check_pair(&pair[i]);
  }
  assert_true(wins > POINTS / 2);
  assert_int_equal(pair[1].team[0], 0);
  assert_int_equal(pair[1].team[1], 2);
}

static void test_threads(void **state) {
  const Bench *bench = *state;
  const PolTeam *team[] = {bench->team[0], bench->team[1]};
  EvalPairsOptions options = make_options(bench, team, 2);
  EvalPair pair, other;
  play(&pair, &options);
  for (int threads = 1; threads <= 3; threads += 2) {
    options.threads = threads;
    play(&other, &options);
    assert_memory_equal(&other, &pair, sizeof pair);
  }
  options.seed++;
  play(&other, &options);
  assert_memory_not_equal(&other, &pair, sizeof pair);
}

static void verify_log(const char *folder, const SimModel *model, int rallies) {
  SimError err = {0};
  SimLog *log = sim_log_open(folder, &err);
  assert_non_null(log);
  SimLogInfo info;
  assert_ok(sim_log_info(&info, log, 0, &err), &err);
  for (int i = 0; i < rallies; i++) {
    SimRally rally = {0};
    assert_ok(sim_log_read(&rally, log, i, &err), &err);
    assert_ok(sim_replay_verify(model, &info, &rally, &err), &err);
    sim_rally_free(&rally);
  }
  sim_log_close(log);
}

// a given server serves every rally, the start is otherwise the one of the number, and the log of
// such rallies replays bit for bit
static void test_given_server(void **state) {
  const Bench *bench = *state;
  enum { RALLIES = 6 };
  SimError err = {0};
  EvalRally rally[RALLIES], drawn[RALLIES];
  EvalRalliesOptions options = {.model = bench->model,
                                .near = bench->team[1],
                                .far = bench->team[1],
                                .rules = sim_rules_find("paper"),
                                .seed = SEED,
                                .rallies = RALLIES,
                                .threads = 2};
  int played, same = 0;
  assert_int_equal(system("rm -rf near far"), 0);
  assert_ok(eval_rallies_play(drawn, &played, &options, &err), &err);
  for (int side = 0; side < SIM_TEAMS; side++) {
    options.server = side == SIM_NEAR ? POL_SERVER_NEAR : POL_SERVER_FAR;
    const char *folder = side == SIM_NEAR ? "near" : "far";
    EvalMatchLog *log = eval_match_log_create(folder, &options, &err);
    assert_non_null(log);
    const EvalWatcher watcher = eval_match_log_watcher(log);
    options.watcher = &watcher;
    assert_ok(eval_rallies_play(rally, &played, &options, &err), &err);
    assert_ok(eval_match_log_finish(log, &err), &err);
    options.watcher = NULL;
    assert_int_equal(played, RALLIES);
    verify_log(folder, bench->model, RALLIES);
    for (int i = 0; i < RALLIES; i++) {
      assert_int_equal(rally[i].server, side);
      if ((int)drawn[i].server == side) {
        assert_memory_equal(&rally[i], &drawn[i], sizeof rally[i]);
        same++;
      }
    }
  }
  assert_int_equal(same, RALLIES);
}

// ---- standings, from counts that are made up

static void fill_pair(EvalPair *pair, int first, int second, double wins, double losses,
                      double draws) {
  *pair = (EvalPair){.team = {first, second}, .steps = 1000, .hits = 50, .team_hits = {20, 30}};
  for (int k = 0; k < LEAGUE_CELLS; k++) {
    pair->cell[k] = (LeagueScore){.wins = wins / 4, .losses = losses / 4, .draws = draws / 4};
  }
  pair->lost[1][SIM_EVENT_BALL_IN] = (int)wins;
  pair->lost[0][SIM_EVENT_BODY_TOUCH] = (int)losses;
  pair->drawn[SIM_EVENT_TIMEOUT] = (int)draws;
}

static LeaguePayoff *make_payoff(EvalPair pair[3], SimError *err) {
  LeaguePayoff *payoff = league_payoff_create();
  assert_non_null(payoff);
  static const char *const NAMES[] = {"rock", "paper", "scissors"};
  for (int i = 0; i < TEAMS; i++) {
    assert_ok(league_payoff_grow(payoff, NAMES[i], err), err);
  }
  fill_pair(&pair[0], 0, 1, 20, 60, 20);
  fill_pair(&pair[1], 0, 2, 60, 20, 20);
  fill_pair(&pair[2], 1, 2, 0, 0, 100);
  for (int i = 0; i < 3; i++) {
    eval_pair_count(payoff, &pair[i]);
  }
  return payoff;
}

static double element(const json_t *json, const char *key, size_t row, size_t column) {
  const json_t *value = json_array_get(json_array_get(json_object_get(json, key), row), column);
  assert_true(json_is_number(value));
  return json_number_value(value);
}

static void test_standings(void **state) {
  (void)state;
  SimError err = {0};
  EvalPair pair[3];
  LeaguePayoff *payoff = make_payoff(pair, &err);
  EvalStandings standings;
  assert_ok(eval_standings_open(&standings, payoff, &err), &err);
  // paper beats rock beats scissors, which draw with paper: at least half of it must be paper
  for (int i = 0; i < TEAMS; i++) {
    assert_near(standings.nash[i], i == 0 ? 0 : 0.5, 2e-6);
    assert_near(standings.nash_value[i], 0.5, 2e-6);
  }
  json_t *json = eval_standings_json(&standings, pair);
  assert_near(element(json, "wins", 0, 1), 20, 0);
  assert_near(element(json, "wins", 1, 0), 60, 0);
  assert_near(element(json, "losses", 1, 0), 20, 0);
  assert_near(element(json, "draws", 2, 0), 20, 0);
  assert_near(element(json, "win_rate", 1, 0), 0.75, 1e-15);
  assert_near(element(json, "win_rate", 1, 1), 0.5, 0);
  assert_near(element(json, "low", 0, 1) + element(json, "high", 1, 0), 1, 1e-12);
  assert_true(element(json, "low", 1, 0) < 0.75 && element(json, "high", 1, 0) > 0.75);
  // nothing decided: no rate, and anything is possible
  assert_true(
      json_is_null(json_array_get(json_array_get(json_object_get(json, "win_rate"), 1), 2)));
  assert_near(element(json, "low", 1, 2), 0, 0);
  assert_near(element(json, "high", 1, 2), 1, 0);
  static const char *const LISTS[] = {"teams",   "nash",     "nash_win_rate", "elo",
                                      "elo_low", "elo_high", "pairs"};
  for (size_t i = 0; i < sizeof LISTS / sizeof LISTS[0]; i++) {
    assert_int_equal(json_array_size(json_object_get(json, LISTS[i])), 3);
  }
  const json_t *first = json_array_get(json_object_get(json, "pairs"), 0);
  assert_near(json_number_value(json_object_get(first, "server_wins")), 0.5, 1e-15);
  assert_near(json_number_value(json_object_get(first, "hits_mean")), 0.5, 1e-15);
  const json_t *hits = json_object_get(first, "team_hits_mean");
  assert_near(json_number_value(json_array_get(hits, 0)), 0.2, 1e-15);
  assert_near(json_number_value(json_array_get(hits, 1)), 0.3, 1e-15);
  const json_t *lost = json_array_get(json_object_get(first, "lost"), 1);
  assert_int_equal(json_integer_value(json_object_get(lost, "ball_in")), 20);
  json_decref(json);
  eval_standings_close(&standings);
  league_payoff_destroy(payoff);
}

static void test_print(void **state) {
  (void)state;
  SimError err = {0};
  EvalPair pair[3];
  LeaguePayoff *payoff = make_payoff(pair, &err);
  EvalStandings standings;
  assert_ok(eval_standings_open(&standings, payoff, &err), &err);
  FILE *out = fopen("standings.txt", "w");
  assert_non_null(out);
  eval_standings_print(out, &standings, pair);
  assert_int_equal(fclose(out), 0);
  char *text = test_read_file("standings.txt", NULL);
  static const char *const PARTS[] = {"75.0 (64.",
                                      "1 rock : 2 paper",
                                      "20 : 60, draws 20 (20.0 %)",
                                      "near serves 5 : 15",
                                      "server wins      50.0 %",
                                      "2 lost by        ball_in 20",
                                      "timeout 100",
                                      "scissors"};
  for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
    if (!strstr(text, PARTS[i])) {
      fail_msg("no '%s' in\n%s", PARTS[i], text);
    }
  }
  assert_null(strstr(text, "nan"));
  assert_null(strstr(text, " \n"));
  free(text);
  eval_standings_close(&standings);
  league_payoff_destroy(payoff);
}

static void test_empty_standings(void **state) {
  (void)state;
  SimError err = {0};
  LeaguePayoff *payoff = league_payoff_create();
  EvalStandings standings;
  assert_refused(eval_standings_open(&standings, payoff, &err), SIM_BAD_INPUT, &err, "0 members");
  league_payoff_destroy(payoff);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mirror),          cmocka_unit_test(test_order),
      cmocka_unit_test(test_threads),         cmocka_unit_test(test_given_server),
      cmocka_unit_test(test_standings),       cmocka_unit_test(test_print),
      cmocka_unit_test(test_empty_standings),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
