// Matrix games with known values, the search for a flight time on made tables, a tiny calibration
// with real physics, and the file that it leaves.
#include "tests/support/check.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/calibrate.h"
#include "hcsp/eval/kill_report.h"
#include "hcsp/eval/matrix_game.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"

// ---- matrix games

static void check_value(const double *payoff, int rows, int columns, double want) {
  double value, row[EVAL_MATRIX_MAX], column[EVAL_MATRIX_MAX];
  SimError err = {0};
  assert_ok(eval_matrix_solve(&value, row, column, payoff, rows, columns, &err), &err);
  assert_near(value, want, 1e-9);
}

static void test_known_games(void **state) {
  (void)state;
  const double rock[9] = {0, -1, 1, 1, 0, -1, -1, 1, 0};
  const double two[4] = {3, -1, -2, 4};         // (3 * 4 - 2) / (3 + 4 + 1 + 2)
  const double saddle[6] = {4, 2, 7, 1, 0, 9};  // row 0, column 1
  const double one[1] = {-3.5}, same[4] = {2, 2, 2, 2};
  const double wide[4] = {1, 0, 0.25, 0.9};  // one row: the least
  check_value(rock, 3, 3, 0);
  check_value(two, 2, 2, 1);
  check_value(saddle, 2, 3, 2);
  check_value(one, 1, 1, -3.5);
  check_value(same, 2, 2, 2);
  check_value(wide, 1, 4, 0);
  check_value(wide, 4, 1, 1);
}

// neither side can do better against the other's mixture
static void test_random_games(void **state) {
  (void)state;
  for (uint32_t n = 0; n < 300; n++) {
    SimRng rng = sim_rng(9, n, 0, SIM_RNG_TEST);
    const int rows = 1 + (int)sim_rng_below(&rng, 8), columns = 1 + (int)sim_rng_below(&rng, 8);
    double payoff[64], value, row[EVAL_MATRIX_MAX], column[EVAL_MATRIX_MAX];
    for (int i = 0; i < rows * columns; i++) {
      payoff[i] = n % 3 == 0 ? (double)sim_rng_below(&rng, 3) : sim_rng_uniform(&rng, -5, 2);
    }
    SimError err = {0};
    assert_ok(eval_matrix_solve(&value, row, column, payoff, rows, columns, &err), &err);
    double sum = 0;
    for (int r = 0; r < rows; r++) {
      double best = 0;
      for (int c = 0; c < columns; c++) {
        best += payoff[r * columns + c] * column[c];
      }
      assert_true(best <= value + 1e-8 && row[r] >= 0);
      sum += row[r];
    }
    assert_near(sum, 1, 1e-12);
    for (int c = 0; c < columns; c++) {
      double worst = 0;
      for (int r = 0; r < rows; r++) {
        worst += payoff[r * columns + c] * row[r];
      }
      assert_true(worst >= value - 1e-8);
    }
  }
}

static void test_refused_games(void **state) {
  (void)state;
  double value, mix[2 * EVAL_MATRIX_MAX];
  const double bad[2] = {0, (double)NAN};
  SimError err = {0};
  assert_refused(eval_matrix_solve(&value, mix, mix, bad, 1, 2, &err), SIM_BAD_INPUT, &err,
                 "wanted a finite number");
  assert_refused(eval_matrix_solve(&value, mix, mix, bad, 0, 2, &err), SIM_BAD_INPUT, &err,
                 "saw a game of 0 rows");
}

// ---- the search

static double next_of(const double (*tables)[2], int n) {
  EvalCalibration c = {.times = n};
  for (int i = 0; i < n; i++) {
    c.table[i].flight = tables[i][0];
    c.table[i].value = tables[i][1];
  }
  return eval_calibrate_next(&c, 0.35);
}

static void test_search(void **state) {
  (void)state;
  const double between[][2] = {{1.0, 0.6}, {1.1, 0.5}, {1.2, 0.2}};
  const double near[][2] = {{1.0, 0.6}, {1.1, 0.36}, {1.2, 0.2}};
  const double slower[][2] = {{1.0, 0.8}, {1.1, 0.7}};
  const double faster[][2] = {{1.0, 0.1}, {1.1, 0.0}};
  const double cliff[][2] = {{1.100, 0.9}, {1.105, 0.0}};
  const double never[][2] = {{1.0, 0.9}, {1.58, 0.7}};
  assert_near(next_of(between, 3), 1.15, 1e-9);
  assert_true(isnan(next_of(near, 3)));
  assert_near(next_of(slower, 2), 1.16, 1e-9);
  assert_near(next_of(faster, 2), 0.94, 1e-9);
  assert_true(isnan(next_of(cliff, 2)));
  assert_true(isnan(next_of(never, 2)));
}

static void test_kills_value(void **state) {
  (void)state;
  assert_near(eval_kills_value(&(EvalKills){6, 1, 3}), 0.5, 1e-15);
  assert_near(eval_kills_value(&(EvalKills){0, 4, 0}), -1, 1e-15);
  assert_near(eval_kills_value(&(EvalKills){0, 0, 0}), 0, 0);
}

// ---- with physics

static const char SKILLS[] = "strategy: bot_plus\nskills:\n"
                             "  goto: classical\n  serve: classical\n  serve_hover: classical\n"
                             "  receive: classical\n  receive_hover: classical\n"
                             "  pass: classical\n  pass_hover: classical\n"
                             "  set: classical\n  set_hover: classical\n"
                             "  attack: classical\n  attack_hover: classical\n";

// the court with three waiting places and two fast attacks
static const char TABLE[] =
    "name: small\n"
    "passer:\n"
    "  - {name: left, skill: goto, point: [4.0, -1.5, 1.5]}\n"
    "  - {name: right, skill: goto, point: [4.0, 1.5, 1.5]}\n"
    "  - {name: middle, skill: goto, point: [4.0, 0.0, 1.5]}\n"
    "  - {name: play, skill: pass, point: [1.5, -1.5, 2.2], apex: 3.5, strike_z: auto}\n"
    "  - {name: hover, skill: pass_hover, point: [4.0, 0.0, 1.5]}\n"
    "setter:\n"
    "  - {name: base, skill: goto, point: [2.0, -2.0, 1.8]}\n"
    "  - {name: spread, skill: goto, point: [1.1, -2.8, 1.8]}\n"
    "  - {name: set, skill: set, point: [1.5, 1.5, 3.6], apex: 4.5, strike_z: 2.3}\n"
    "  - {name: hover, skill: set_hover, point: [2.0, -2.0, 1.8]}\n"
    "attacker:\n"
    "  - {name: base, skill: goto, point: [2.0, 1.5, 2.5]}\n"
    "  - {name: spread, skill: goto, point: [1.1, 2.6, 2.5]}\n"
    "  - {name: lob, skill: attack, point: [-5, 0, 0.2], flight: 1.3, strike_z: 3.6}\n"
    "  - {name: deep left, skill: attack, point: [-5.2, -2.3, 0.2], flight: calibrated, strike_z: "
    "3.6}\n"
    "  - {name: deep right, skill: attack, point: [-5.2, 2.3, 0.2], flight: calibrated, strike_z: "
    "3.6}\n"
    "  - {name: hover, skill: attack_hover, point: [2.0, 1.5, 2.5]}\n"
    "serve:\n"
    "  - {name: centre, skill: serve, point: [-5.2, 0.0, 0.2], flight: 1.75, strike_z: 2.4}\n"
    "forced:\n"
    "  serve_hover:   {point: [4.0, 0.0, 1.5]}\n"
    "  receive_wait:  {point: [4.0, 0.0, 1.5]}\n"
    "  receive:       {point: [1.5, -1.5, 2.2], apex: 3.5, strike_z: auto}\n"
    "  receive_hover: {point: [4.0, 0.0, 1.5]}\n";

static PolTeam *load_team(const char *head, SimError *err) {
  char text[2048];
  snprintf(text, sizeof text, "name: made\n%s%s", head, SKILLS);
  test_write_file("small.yaml", TABLE, sizeof TABLE - 1);
  return pol_team_parse("made.yaml", text, strlen(text), err);
}

static EvalCalibrateOptions make_options(const PolTeam *team, int points, int threads) {
  return (EvalCalibrateOptions){.team = team,
                                .points = points,
                                .threads = threads,
                                .seed = 3,
                                .target = EVAL_CALIBRATE_TARGET,
                                .times_max = 2};
}

// from a side one corner is out of reach, the other one is dug
static void test_kill_table(void **state) {
  (void)state;
  SimError err = {0};
  PolTeam *team = load_team("options: small.yaml\n", &err);
  assert_ok(err.status, &err);
  EvalCalibrateOptions options = make_options(team, 3, 1);
  EvalKillTable one = {.flight = 1.09, .points = 3}, two = one;
  assert_ok(eval_kill_table(&one, &options, &err), &err);
  double payoff[6];
  for (int a = 0; a < 2; a++) {
    for (int w = 0; w < 3; w++) {
      const EvalKills *cell = &one.cell[a][w];
      const int all = cell->kills + cell->errors + cell->returned;
      assert_int_equal(all, 3);
      payoff[3 * a + w] = eval_kills_value(cell);
      if (w == 2) {
        continue;
      }
      // their left is our right: the passer on the left meets the ball to the right
      if (a == w ? cell->returned > 0 || cell->kills == 0 : cell->kills > 0) {
        fail_msg("attack %d against wait %d: %d kills, %d errors, %d returned", a, w, cell->kills,
                 cell->errors, cell->returned);
      }
    }
  }
  check_value(payoff, 2, 3, one.value);
  options.threads = 3;
  assert_ok(eval_kill_table(&two, &options, &err), &err);
  assert_memory_equal(&one, &two, sizeof one);
  pol_team_destroy(team);
}

static void test_calibration_file(void **state) {
  (void)state;
  SimError err = {0};
  PolTeam *team = load_team("options: small.yaml\n", &err);
  assert_ok(err.status, &err);
  EvalCalibrateOptions options = make_options(team, 2, 2);
  EvalCalibration *c = calloc(1, sizeof *c);
  assert_non_null(c);
  assert_ok(eval_calibrate(c, &options, &err), &err);
  assert_true(c->times >= 2 && c->table[c->chosen].points == 2);
  const double flight = c->table[c->chosen].flight;
  assert_ok(eval_calibration_save("made.json", c, team, &err), &err);
  PolCalibration read;
  assert_ok(pol_calibration_load(&read, "made.json", &err), &err);
  assert_near(read.flight, flight, 0);
  assert_string_equal(read.options, "small");
  assert_true(read.options_hash == team->options->hash && read.hash != 0);
  // what is told to people is there, too
  json_t *json = json_load_file("made.json", 0, NULL);
  assert_int_equal(json_array_size(json_object_get(json, "tables")), (size_t)c->times);
  assert_int_equal(json_array_size(json_object_get(json, "attacks")), 2);
  assert_string_equal(json_string_value(json_array_get(json_object_get(json, "waits"), 1)),
                      "right");
  json_decref(json);
  // a team takes it up, and one with another table does not
  PolTeam *again = load_team("options: small.yaml\ncalibration: made.json\n", &err);
  assert_ok(err.status, &err);
  assert_near(again->options->option[POL_HEAD_ATTACKER][3].goal.flight, flight, 0);
  assert_true(again->options->calibration_hash == read.hash);
  pol_team_destroy(again);
  assert_null(load_team("options: court\ncalibration: made.json\n", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err,
                 "saw a calibration for another option table 'small'");
  free(c);
  pol_team_destroy(team);
}

static void test_table_without_fast_attacks(void **state) {
  (void)state;
  SimError err = {0};
  PolTeam *team = load_team("options: paper\n", &err);
  assert_ok(err.status, &err);
  const EvalCalibrateOptions options = make_options(team, 2, 1);
  EvalKillTable table = {.flight = 1, .points = 1};
  assert_refused(eval_kill_table(&table, &options, &err), SIM_BAD_INPUT, &err,
                 "option table 'paper': no attack with 'flight: calibrated'; wanted at least one");
  pol_team_destroy(team);
}

// ---- the guess of a table with free roles

// The first attack scores against the first shape alone, the second against all others: a coin
// each. A third always scores, but met one shape too seldom to count.
static void test_kill_game(void **state) {
  (void)state;
  SimError err = {0};
  PolOptions *table = pol_options_load("volley", &err);
  assert_non_null(table);
  EvalKillReport *report = calloc(1, sizeof *report);
  report->shapes = table->n[table->wait_head];
  report->attacks = table->n[table->attack_head];
  for (int shape = 0; shape < report->shapes; shape++) {
    for (int attack = 0; attack < 3; attack++) {
      const int64_t touches = attack == 2 && shape == 1 ? EVAL_KILL_LEAST - 1 : 40;
      const bool scores = attack == 2 || (attack == 0) == (shape == 0);
      report->cell[attack][shape] = (EvalUse){.touches = touches, .kills = scores ? touches : 0};
    }
  }
  EvalKillGame game;
  assert_ok(eval_kill_report_solve(&game, report, table, &err), &err);
  assert_near(game.value, 0.5, 1e-9);
  assert_near(game.attack[0], 0.5, 1e-9);
  assert_near(game.attack[1], 0.5, 1e-9);
  assert_near(game.attack[2], 0, 0);
  assert_near(game.shape[0], 0.5, 1e-9);
  for (int attack = 0; attack < 3; attack++) {
    report->cell[attack][0].touches = 1;
  }
  assert_refused(eval_kill_report_solve(&game, report, table, &err), SIM_BAD_INPUT, &err,
                 "saw no attack that met every shape");
  free(report);
  pol_options_destroy(table);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kill_game),
      cmocka_unit_test(test_known_games),
      cmocka_unit_test(test_random_games),
      cmocka_unit_test(test_refused_games),
      cmocka_unit_test(test_search),
      cmocka_unit_test(test_kills_value),
      cmocka_unit_test(test_kill_table),
      cmocka_unit_test(test_calibration_file),
      cmocka_unit_test(test_table_without_fast_attacks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
