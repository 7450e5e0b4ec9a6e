// Payoff tables, Nash mixtures, meta-solvers and Elo ratings against games whose answers are known,
// and against thousands of random ones.
#include "tests/support/check.h"

#include <glpk.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/league/elo.h"
#include "hcsp/league/interval.h"
#include "hcsp/league/linear.h"
#include "hcsp/league/nash.h"
#include "hcsp/league/solver.h"
#include "sim/base/rng.h"

enum { N_MAX = 16, GAMES = 10000, COMPARED = 2000, RANDOM_POINTS = 200 };

// ---- help

static LeaguePayoff *make_table(int n) {
  SimError err = {0};
  LeaguePayoff *payoff = league_payoff_create();
  assert_non_null(payoff);
  for (int i = 0; i < n; i++) {
    char name[32];
    snprintf(name, sizeof name, "member%d", i);
    assert_ok(league_payoff_grow(payoff, name, &err), &err);
  }
  return payoff;
}

static void add(LeaguePayoff *payoff, int row, int column, double wins, double losses,
                double draws) {
  const LeagueScore score = {.wins = wins, .losses = losses, .draws = draws};
  league_payoff_add(payoff, row, column, 0, &score);
}

static double entropy(const double *weight, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    sum -= weight[i] > 0 ? weight[i] * log(weight[i]) : 0;
  }
  return sum;
}

// what the best answer gains, payoffs scaled to -1..1, computed anew
static double gap_of(const double *payoff, const double *weight, int n) {
  double largest = 0, gap = 0;
  for (int i = 0; i < n; i++) {
    double value = 0;
    for (int j = 0; j < n; j++) {
      const double game = (payoff[i * n + j] - payoff[j * n + i]) / 2;
      largest = fmax(largest, fabs(game));
      value += game * weight[j];
    }
    gap = fmax(gap, value);
  }
  return largest > 0 ? gap / largest : 0;
}

static void solve(double *weight, const double *payoff, int n) {
  SimError err = {0};
  double gap = -1, sum = 0;
  assert_ok(league_nash_solve(weight, &gap, payoff, n, &err), &err);
  assert_true(gap >= 0 && gap <= LEAGUE_NASH_GAP);
  assert_near(gap, gap_of(payoff, weight, n), 1e-13);
  for (int i = 0; i < n; i++) {
    assert_true(weight[i] >= 0);
    sum += weight[i];
  }
  assert_near(sum, 1, 1e-12);
}

static void assert_weights(const double *payoff, int n, const double *wanted, double tolerance) {
  double weight[N_MAX];
  solve(weight, payoff, n);
  for (int i = 0; i < n; i++) {
    assert_near(weight[i], wanted[i], tolerance);
  }
}

// ---- payoff tables

static void test_payoff_counts(void **state) {
  (void)state;
  SimError err = {0};
  LeaguePayoff *payoff = make_table(2);
  const int serves = env_cell(SIM_NEAR, true), receives = env_cell(SIM_FAR, false);
  const LeagueScore first = {.wins = 7, .losses = 2, .draws = 1}, second = {.wins = 1, .losses = 5};
  league_payoff_add(payoff, 0, 1, serves, &first);
  league_payoff_add(payoff, 0, 1, receives, &second);
  league_payoff_add(payoff, 1, 0, receives, &(LeagueScore){.wins = 2});
  // the server of one is the receiver of the other, on the other side
  assert_int_equal(league_cell_mirror(serves), receives);
  assert_int_equal(league_cell_mirror(env_cell(SIM_NEAR, false)), env_cell(SIM_FAR, true));
  assert_near(league_payoff_cell(payoff, 0, 1, serves)->losses, 4, 0);
  assert_near(league_payoff_cell(payoff, 1, 0, receives)->wins, 4, 0);
  assert_near(league_payoff_cell(payoff, 1, 0, serves)->wins, 5, 0);
  LeagueScore total = league_payoff_total(payoff, 1, 0);
  assert_near(total.wins, 9, 0);
  assert_near(total.losses, 8, 0);
  assert_near(total.draws, 1, 0);
  assert_near(league_score_points(&total), 18, 0);
  assert_near(league_score_value(&total), 9.5 / 18, 1e-15);
  double low, high;
  assert_near(league_score_win_rate(&low, &high, &total), 9.0 / 17, 1e-15);
  assert_true(low > 0.3 && low < 9.0 / 17 && high > 9.0 / 17 && high < 0.74);
  // a new member leaves all that was counted
  assert_ok(league_payoff_grow(payoff, "third", &err), &err);
  assert_int_equal(payoff->n, 3);
  assert_string_equal(payoff->name[0], "member0");
  assert_string_equal(payoff->name[2], "third");
  assert_near(league_payoff_cell(payoff, 1, 0, receives)->wins, 4, 0);
  total = league_payoff_total(payoff, 0, 1);
  assert_near(total.wins, 8, 0);
  total = league_payoff_total(payoff, 2, 0);
  assert_near(league_score_points(&total), 0, 0);
  assert_near(league_score_value(&total), 0.5, 0);
  assert_true(isnan(league_score_win_rate(&low, &high, &total)));
  double value[9], against[3];
  league_payoff_values(value, payoff);
  assert_near(value[1] + value[3], 1, 1e-15);
  assert_near(value[4], 0.5, 0);
  league_payoff_against(against, payoff, (const double[]){0.25, 0.75, 0});
  assert_near(against[0], 0.25 * 0.5 + 0.75 * 8.5 / 18, 1e-15);
  assert_refused(league_payoff_grow(payoff, "", &err), SIM_BAD_INPUT, &err, "named ''");
  char name[LEAGUE_MEMBER_NAME_MAX + 1];
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  assert_refused(league_payoff_grow(payoff, name, &err), SIM_BAD_INPUT, &err, "wanted 1 to 63");
  assert_int_equal(payoff->n, 3);
  league_payoff_destroy(payoff);
}

// both ends of Wilson's interval are the shares from which what was seen is 1.96 deviations away
static void test_wilson(void **state) {
  (void)state;
  const double seen[][2] = {{45, 50}, {1, 20}, {9.5, 18}, {300, 1000}};
  for (int i = 0; i < 4; i++) {
    double low, high;
    const double n = seen[i][1], p = seen[i][0] / n;
    league_wilson(&low, &high, seen[i][0], n);
    assert_near((p - low) / sqrt(low * (1 - low) / n), 1.959964, 1e-5);
    assert_near((high - p) / sqrt(high * (1 - high) / n), 1.959964, 1e-5);
  }
}

static void test_payoff_file(void **state) {
  (void)state;
  SimError err = {0};
  LeaguePayoff *payoff = make_table(5);
  SimRng rng = sim_rng(1, 0, 0, SIM_RNG_TEST);
  for (int i = 0; i < 5; i++) {
    for (int j = i + 1; j < 5; j++) {
      for (int k = 0; k < LEAGUE_CELLS; k++) {
        const LeagueScore score = {.wins = sim_rng_uniform(&rng, 0, 1000) / 3,
                                   .losses = sim_rng_below(&rng, 4000),
                                   .draws = 1.0 / (1 + sim_rng_below(&rng, 10))};
        league_payoff_add(payoff, i, j, k, &score);
      }
    }
  }
  assert_ok(league_payoff_save("payoff.json", payoff, &err), &err);
  LeaguePayoff *loaded = league_payoff_load("payoff.json", &err);
  assert_non_null(loaded);
  assert_int_equal(loaded->n, 5);
  assert_memory_equal(loaded->name, payoff->name, 5 * sizeof *payoff->name);
  assert_memory_equal(loaded->score, payoff->score, 25 * sizeof *payoff->score);
  league_payoff_destroy(loaded);
  league_payoff_destroy(payoff);
  // an empty one, too
  payoff = make_table(0);
  assert_ok(league_payoff_save("empty.json", payoff, &err), &err);
  loaded = league_payoff_load("empty.json", &err);
  assert_non_null(loaded);
  assert_int_equal(loaded->n, 0);
  league_payoff_destroy(loaded);
  league_payoff_destroy(payoff);
}

static void refuse_file(const char *text, const char *find, const char *with, const char *part) {
  SimError err = {0};
  char *broken = test_exchange(text, find, with);
  test_write_file("broken.json", broken, strlen(broken));
  free(broken);
  LeaguePayoff *payoff = league_payoff_load("broken.json", &err);
  assert_null(payoff);
  assert_refused(err.status, SIM_BAD_INPUT, &err, part);
  assert_non_null(strstr(err.text, "broken.json"));
}

static void test_payoff_file_is_checked(void **state) {
  (void)state;
  static const char TEXT[] = "{\"format\":\"hcsp-payoff\",\"version\":1,\"members\":[\"a\",\"b\"],"
                             "\"counts\":[[[1,2,3],[4,5,6],[7,8,9],[10,11,12]]]}";
  SimError err = {0};
  test_write_file("small.json", TEXT, sizeof TEXT - 1);
  LeaguePayoff *payoff = league_payoff_load("small.json", &err);
  assert_non_null(payoff);
  assert_near(league_payoff_cell(payoff, 1, 0, 0)->wins, 11, 0);
  league_payoff_destroy(payoff);
  refuse_file(TEXT, "hcsp-payoff", "hcsp-policy", "no payoff table");
  refuse_file(TEXT, "\"version\":1", "\"version\":2", "version 1");
  refuse_file(TEXT, "[\"a\",\"b\"]", "{}", "members");
  refuse_file(TEXT, "\"b\"", "7", "members[1]");
  refuse_file(TEXT, "\"b\"", "\"\"", "wanted 1 to 63");
  refuse_file(TEXT, ",\"b\"", "", "counts: 1 entries; wanted 0");
  refuse_file(TEXT, "[4,5,6],", "", "counts[0]");
  refuse_file(TEXT, "[4,5,6]", "[4,5]", "counts[0]");
  refuse_file(TEXT, "[4,5,6]", "[4,5,6,7]", "counts[0]");
  refuse_file(TEXT, "[4,5,6]", "[4,-5,6]", "counts[0]");
  refuse_file(TEXT, "[4,5,6]", "[4,1e99,6]", "counts[0]");
  refuse_file(TEXT, "[4,5,6]", "[4,\"5\",6]", "counts[0]");
  refuse_file(TEXT, "]}", "]", "broken.json:1");
  assert_null(league_payoff_load("missing.json", &err));
  assert_int_equal(err.status, SIM_BAD_INPUT);
}

// ---- Nash mixtures

static void test_nash_known_games(void **state) {
  (void)state;
  assert_weights((const double[]){0.3}, 1, (const double[]){1}, 0);
  // rock, paper, scissors: as shares of points, and in odd units about an odd constant
  assert_weights((const double[]){0.5, 0, 1, 1, 0.5, 0, 0, 1, 0.5}, 3,
                 (const double[]){1.0 / 3, 1.0 / 3, 1.0 / 3}, 1e-12);
  assert_weights((const double[]){7e200, 0, 14e200, 14e200, 7e200, 0, 0, 14e200, 7e200}, 3,
                 (const double[]){1.0 / 3, 1.0 / 3, 1.0 / 3}, 1e-12);
  assert_weights((const double[]){0, -1e308, 1.7e308, 1e308, 0, -1e308, -1.7e308, 1e308, 0}, 3,
                 (const double[]){1 / 3.7, 1.7 / 3.7, 1 / 3.7}, 1e-12);
  // beating scissors counts twice: what rock beats and what beats rock share the rest
  assert_weights((const double[]){0, -1, 2, 1, 0, -1, -2, 1, 0}, 3,
                 (const double[]){0.25, 0.5, 0.25}, 1e-12);
  // one beats all
  assert_weights((const double[]){0.5, 0.4, 0.45, 0.6, 0.5, 0.7, 0.55, 0.3, 0.5}, 3,
                 (const double[]){0, 1, 0}, 0);
  // all alike
  assert_weights((const double[]){0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, 3,
                 (const double[]){1.0 / 3, 1.0 / 3, 1.0 / 3}, 1e-12);
  // rock, paper, scissors, and a fourth that loses narrowly to all of them
  assert_weights(
      (const double[]){0, -1, 1, 1e-3, 1, 0, -1, 1e-3, -1, 1, 0, 1e-3, -1e-3, -1e-3, -1e-3, 0}, 4,
      (const double[]){1.0 / 3, 1.0 / 3, 1.0 / 3, 0}, 1e-12);
}

// several optimal mixtures: entropy decides, and inequalities that are tight at the answer
static void test_nash_is_the_widest(void **state) {
  (void)state;
  // 1 and 2 tie and both beat 3
  assert_weights((const double[]){0, 0, 1, 0, 0, 1, -1, -1, 0}, 3, (const double[]){0.5, 0.5, 0},
                 1e-9);
  // 0 and 1 tie; 2 loses to 0 but wins from 1 half as much: at most two thirds may go to 1
  assert_weights((const double[]){0, 0, 1, 0, 0, -0.5, -1, 0.5, 0}, 3,
                 (const double[]){0.5, 0.5, 0}, 1e-9);
  // and wins from 1 three times as much: at most a quarter may, which entropy wants to pass
  assert_weights((const double[]){0, 0, 1, 0, 0, -3, -1, 3, 0}, 3, (const double[]){0.75, 0.25, 0},
                 1e-9);
  // a draw with everybody is as good as rock, paper, scissors
  assert_weights((const double[]){0, -1, 1, 0, 1, 0, -1, 0, -1, 1, 0, 0, 0, 0, 0, 0}, 4,
                 (const double[]){0.25, 0.25, 0.25, 0.25}, 1e-9);
  // a copy of rock shares rock's weight: more would be exploited
  double weight[4];
  solve(weight, (const double[]){0, 0, -1, 1, 0, 0, -1, 1, 1, 1, 0, -1, -1, -1, 1, 0}, 4);
  assert_near(weight[2], 1.0 / 3, 1e-12);
  assert_near(weight[3], 1.0 / 3, 1e-12);
  assert_near(weight[0], 1.0 / 6, 1e-12);
  assert_true(weight[0] == weight[1]);
}

static void test_nash_refuses(void **state) {
  (void)state;
  SimError err = {0};
  double weight[2] = {-7, -7}, gap;
  double game[4] = {0, 1, -1, 0};
  assert_refused(league_nash_solve(weight, &gap, game, 0, &err), SIM_BAD_INPUT, &err,
                 "0 members; wanted 1 to 1024");
  assert_refused(league_nash_solve(weight, &gap, game, 2000, &err), SIM_BAD_INPUT, &err, "2000");
  const double bad[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
  for (int i = 0; i < 3; i++) {
    game[2] = bad[i];
    assert_refused(league_nash_solve(weight, &gap, game, 2, &err), SIM_BAD_INPUT, &err,
                   "member 1 against 0");
  }
  assert_near(weight[0], -7, 0);
}

typedef enum Kind { GENERIC, COARSE, COUNTS, LADDER, COPIES, KINDS } Kind;

// payoffs of n members in 0..1, of several kinds: without ties, with many, as counted points are
static void draw_game(double *payoff, int n, Kind kind, SimRng *rng) {
  for (int i = 0; i < n; i++) {
    payoff[i * n + i] = 0.5;
    for (int j = 0; j < i; j++) {
      double p = sim_rng_uniform(rng, 0, 1);
      if (kind == COARSE) {
        p = (double)sim_rng_below(rng, 3) / 2;
      } else if (kind == COUNTS) {
        p = (double)sim_rng_below(rng, 41) / 40;
      } else if (kind == LADDER) {
        p = 0.5 + 0.3 * tanh(0.3 * (i - j)) + 0.1 * (p - 0.5);
      }
      payoff[i * n + j] = p;
      payoff[j * n + i] = 1 - p;
    }
  }
  for (int i = n / 2; kind == COPIES && i < n; i++) {
    const int copied = i - n / 2;
    for (int j = 0; j < n; j++) {
      payoff[i * n + j] = payoff[copied * n + j];
    }
    for (int j = 0; j < n; j++) {
      payoff[j * n + i] = payoff[j * n + copied];
    }
  }
}

// a point of the optimal face: the one that a random linear function likes best, by GLPK
static bool draw_optimal(double *x, const double *payoff, int n, SimRng *rng) {
  glp_prob *lp = glp_create_prob();
  glp_add_rows(lp, n + 1);
  glp_add_cols(lp, n);
  int index[N_MAX + 1];
  double value[N_MAX + 1];
  for (int i = 0; i <= n; i++) {
    for (int j = 0; j < n; j++) {
      index[j + 1] = j + 1;
      value[j + 1] = i < n ? payoff[i * n + j] - payoff[j * n + i] : 1;
    }
    glp_set_mat_row(lp, i + 1, n, index, value);
    glp_set_row_bnds(lp, i + 1, i < n ? GLP_UP : GLP_FX, i < n ? 0 : 1, i < n ? 0 : 1);
  }
  for (int j = 0; j < n; j++) {
    glp_set_col_bnds(lp, j + 1, GLP_LO, 0, 0);
    glp_set_obj_coef(lp, j + 1, sim_rng_uniform(rng, -1, 1));
  }
  glp_smcp control;
  glp_init_smcp(&control);
  control.msg_lev = GLP_MSG_OFF;
  const bool found = glp_simplex(lp, &control) == 0 && glp_get_status(lp) == GLP_OPT;
  for (int j = 0; found && j < n; j++) {
    x[j] = glp_get_col_prim(lp, j + 1);
  }
  glp_delete_prob(lp);
  return found;
}

// none of the mixtures between random corners of the optimal face has more entropy
static int compare_entropy(const double *weight, const double *payoff, int n, SimRng *rng) {
  double corner[4][N_MAX];
  int corners = 0, compared = 0;
  for (int i = 0; i < 4; i++) {
    corners += draw_optimal(corner[corners], payoff, n, rng);
  }
  const double best = entropy(weight, n);
  for (int p = 0; corners > 0 && p < RANDOM_POINTS; p++) {
    double x[N_MAX] = {0}, share[4], sum = 0;
    for (int c = 0; c < corners; c++) {
      share[c] = -log(1 - sim_rng_uniform(rng, 0, 0.999));
      sum += share[c];
    }
    for (int c = 0; c < corners; c++) {
      for (int j = 0; j < n; j++) {
        x[j] += share[c] / sum * fmax(corner[c][j], 0);
      }
    }
    if (gap_of(payoff, x, n) <= 1e-12) {
      assert_true(entropy(x, n) <= best + 1e-8);
      compared++;
    }
  }
  return compared;
}

static void test_nash_random_games(void **state) {
  (void)state;
  SimRng rng = sim_rng(2, 0, 0, SIM_RNG_TEST);
  int compared = 0, mixed = 0;
  for (int g = 0; g < GAMES; g++) {
    const int n = 1 + g % 12;
    const Kind kind = (Kind)(g / 12 % KINDS);
    double payoff[N_MAX * N_MAX], weight[N_MAX];
    draw_game(payoff, n, kind, &rng);
    solve(weight, payoff, n);
    mixed += entropy(weight, n) > 0.1;
    compared += g < COMPARED ? compare_entropy(weight, payoff, n, &rng) : 0;
    for (int i = n / 2; kind == COPIES && i < 2 * (n / 2); i++) {
      assert_true(weight[i] == weight[i - n / 2]);
    }
  }
  assert_true(mixed > GAMES / 2);
  assert_true(compared > COMPARED * RANDOM_POINTS / 2);
}

// the order of the members does not matter, and the same game gives the same bits
static void test_nash_order(void **state) {
  (void)state;
  SimRng rng = sim_rng(3, 0, 0, SIM_RNG_TEST);
  for (int g = 0; g < 200; g++) {
    const int n = 2 + g % 10;
    double payoff[N_MAX * N_MAX], turned[N_MAX * N_MAX], weight[N_MAX], other[N_MAX];
    draw_game(payoff, n, (Kind)(g % KINDS), &rng);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        turned[i * n + j] = payoff[(i + 1) % n * n + (j + 1) % n];
      }
    }
    solve(weight, payoff, n);
    solve(other, turned, n);
    for (int i = 0; i < n; i++) {
      assert_near(other[i], weight[(i + 1) % n], 1e-6);
    }
    solve(other, payoff, n);
    assert_memory_equal(other, weight, (size_t)n * sizeof *weight);
  }
}

// many members, nearly tied ones among them
static void test_nash_large(void **state) {
  (void)state;
  enum { N = 48 };
  SimRng rng = sim_rng(4, 0, 0, SIM_RNG_TEST);
  double *payoff = calloc(N * N, sizeof *payoff), weight[N];
  assert_non_null(payoff);
  for (int kind = 0; kind < KINDS; kind++) {
    draw_game(payoff, N, (Kind)kind, &rng);
    solve(weight, payoff, N);
  }
  for (double apart = 1e-6; apart > 1e-16; apart /= 10) {
    draw_game(payoff, N, COPIES, &rng);
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < i; j++) {
        payoff[i * N + j] += apart * sim_rng_uniform(&rng, -1, 1);
        payoff[j * N + i] = 1 - payoff[i * N + j];
      }
    }
    solve(weight, payoff, N);
  }
  free(payoff);
}

static void solve_without_memory(void *arg) {
  double *game = arg;
  double x[LEAGUE_NASH_MAX];
  SimError err = {0};
  glp_mem_limit(1);
  assert_refused(league_linear_solve(x, LEAGUE_PROGRAM_STRICT, game, 300, &err), SIM_FAIL, &err,
                 "GLPK failed");
}

// GLPK that gives up neither ends the process nor talks, and works again afterwards
static void test_glpk_trouble(void **state) {
  (void)state;
  double *game = calloc(300 * 300, sizeof *game);
  assert_non_null(game);
  for (int i = 0; i < 300; i++) {
    for (int j = 0; j < i; j++) {
      game[i * 300 + j] = sin(i * 300 + j);
      game[j * 300 + i] = -game[i * 300 + j];
    }
  }
  char *said = test_capture_stderr(solve_without_memory, game);
  assert_string_equal(said, "");
  free(said);
  free(game);
  assert_weights((const double[]){0.5, 0, 1, 1, 0.5, 0, 0, 1, 0.5}, 3,
                 (const double[]){1.0 / 3, 1.0 / 3, 1.0 / 3}, 1e-12);
}

// ---- meta-solvers

static void test_solvers(void **state) {
  (void)state;
  SimError err = {0};
  LeaguePayoff *payoff = make_table(5);
  // 0, 1, 2 are rock, paper, scissors; 3 and 4 lose to them
  for (int i = 0; i < 3; i++) {
    add(payoff, i, (i + 1) % 3, 20, 60, 20);
    add(payoff, i, 3, 70, 30, 0);
    add(payoff, i, 4, 80, 20, 0);
  }
  static const double WANTED[LEAGUE_SOLVERS][5] = {{0, 0, 0, 0, 1},
                                                   {0.2, 0.2, 0.2, 0.2, 0.2},
                                                   {0, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3},
                                                   {1.0 / 3, 1.0 / 3, 1.0 / 3, 0, 0}};
  for (int s = 0; s < LEAGUE_SOLVERS; s++) {
    double weight[5];
    assert_ok(league_solver_weights(weight, (LeagueSolver)s, payoff, &err), &err);
    for (int i = 0; i < 5; i++) {
      assert_near(weight[i], WANTED[s][i], 1e-12);
    }
  }
  league_payoff_destroy(payoff);
  for (int n = 0; n < 2; n++) {
    payoff = make_table(n);
    for (int s = 0; s < LEAGUE_SOLVERS; s++) {
      double weight[1] = {0};
      const SimStatus status = league_solver_weights(weight, (LeagueSolver)s, payoff, &err);
      if (n == 0) {
        assert_refused(status, SIM_BAD_INPUT, &err, "empty");
      } else {
        assert_ok(status, &err);
        assert_near(weight[0], 1, 0);
      }
    }
    league_payoff_destroy(payoff);
  }
}

// ---- Elo

static double expected(double a, double b) {
  return 1 / (1 + pow(10, (b - a) / 400));
}

static void test_elo_recovers(void **state) {
  (void)state;
  static const double RATING[] = {1250, 1100, 1000, 930, 720};
  enum { N = 5 };
  SimError err = {0};
  LeaguePayoff *payoff = make_table(N);
  for (int i = 0; i < N; i++) {
    for (int j = i + 1; j < N; j++) {
      // exact shares, a tenth of them as draws
      const double points = 1e6, won = points * expected(RATING[i], RATING[j]),
                   draws = points / 100;
      add(payoff, i, j, won - draws / 2, points - won - draws / 2, draws);
    }
  }
  LeagueElo elo[N];
  double mean = 0;
  assert_ok(league_elo_rate(elo, payoff, &err), &err);
  for (int i = 0; i < N; i++) {
    assert_near(elo[i].rating, RATING[i], 0.01);
    assert_true(elo[i].low < RATING[i] && elo[i].high > RATING[i]);
    assert_true(elo[i].high - elo[i].low < 2);
    mean += elo[i].rating / N;
  }
  assert_near(mean, LEAGUE_ELO_MEAN, 1e-9);
  league_payoff_destroy(payoff);
}

// intervals hold what they promise: of many tournaments 95 % contain the truth
static void test_elo_intervals(void **state) {
  (void)state;
  static const double RATING[] = {1150, 1000, 850};
  enum { N = 3, TOURNAMENTS = 400, POINTS = 100 };
  SimRng rng = sim_rng(5, 0, 0, SIM_RNG_TEST);
  SimError err = {0};
  int inside = 0;
  for (int t = 0; t < TOURNAMENTS; t++) {
    LeaguePayoff *payoff = make_table(N);
    for (int i = 0; i < N; i++) {
      for (int j = i + 1; j < N; j++) {
        int wins = 0;
        for (int p = 0; p < POINTS; p++) {
          wins += sim_rng_uniform(&rng, 0, 1) < expected(RATING[i], RATING[j]);
        }
        add(payoff, i, j, wins, POINTS - wins, 0);
      }
    }
    LeagueElo elo[N];
    assert_ok(league_elo_rate(elo, payoff, &err), &err);
    for (int i = 0; i < N; i++) {
      inside += elo[i].low <= RATING[i] && elo[i].high >= RATING[i];
    }
    league_payoff_destroy(payoff);
  }
  // 1140 expected; members of one tournament are not independent
  assert_in_range(inside, 1110, 1170);
}

static void test_elo_extremes(void **state) {
  (void)state;
  SimError err = {0};
  LeagueElo elo[4];
  LeaguePayoff *payoff = make_table(1);
  assert_ok(league_elo_rate(elo, payoff, &err), &err);
  assert_near(elo[0].rating, LEAGUE_ELO_MEAN, 1e-9);
  league_payoff_destroy(payoff);
  payoff = make_table(0);
  assert_refused(league_elo_rate(elo, payoff, &err), SIM_BAD_INPUT, &err, "empty");
  league_payoff_destroy(payoff);
  // 0 never loses, 1 and 2 are alike, 3 has not played
  for (double points = 4; points <= 4e9; points *= 1000) {
    payoff = make_table(4);
    add(payoff, 0, 1, points, 0, 0);
    add(payoff, 0, 2, points, 0, 0);
    add(payoff, 1, 2, points / 2, points / 2, 0);
    assert_ok(league_elo_rate(elo, payoff, &err), &err);
    for (int i = 0; i < 4; i++) {
      assert_true(isfinite(elo[i].rating) && isfinite(elo[i].low) && isfinite(elo[i].high));
      assert_true(elo[i].low < elo[i].rating && elo[i].rating < elo[i].high);
    }
    assert_true(elo[0].rating > elo[1].rating + 200);
    assert_near(elo[1].rating, elo[2].rating, 1e-5);
    league_payoff_destroy(payoff);
  }
}

// the mirrored table gives mirrored ratings
static void test_elo_symmetric(void **state) {
  (void)state;
  SimError err = {0};
  LeaguePayoff *payoff = make_table(3), *mirrored = make_table(3);
  static const double SCORE[3][3] = {{30, 10, 5}, {0, 25, 0}, {12, 11, 40}};
  for (int p = 0; p < 3; p++) {
    add(payoff, p, (p + 1) % 3, SCORE[p][0], SCORE[p][1], SCORE[p][2]);
    add(mirrored, p, (p + 1) % 3, SCORE[p][1], SCORE[p][0], SCORE[p][2]);
  }
  LeagueElo elo[3], other[3];
  assert_ok(league_elo_rate(elo, payoff, &err), &err);
  assert_ok(league_elo_rate(other, mirrored, &err), &err);
  for (int i = 0; i < 3; i++) {
    assert_near(elo[i].rating - LEAGUE_ELO_MEAN, LEAGUE_ELO_MEAN - other[i].rating, 1e-6);
    assert_near(elo[i].high - elo[i].low, other[i].high - other[i].low, 1e-6);
  }
  league_payoff_destroy(payoff);
  league_payoff_destroy(mirrored);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_payoff_counts),    cmocka_unit_test(test_wilson),
      cmocka_unit_test(test_payoff_file),      cmocka_unit_test(test_payoff_file_is_checked),
      cmocka_unit_test(test_nash_known_games), cmocka_unit_test(test_nash_is_the_widest),
      cmocka_unit_test(test_nash_refuses),     cmocka_unit_test(test_nash_random_games),
      cmocka_unit_test(test_nash_order),       cmocka_unit_test(test_nash_large),
      cmocka_unit_test(test_glpk_trouble),     cmocka_unit_test(test_solvers),
      cmocka_unit_test(test_elo_recovers),     cmocka_unit_test(test_elo_intervals),
      cmocka_unit_test(test_elo_extremes),     cmocka_unit_test(test_elo_symmetric),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
