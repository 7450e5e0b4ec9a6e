// The simultaneous choice as a matrix game: its equilibrium where that is known, and what a critic
// of both choices learns from points whose odds are known.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "hcsp/league/guess.h"
#include "policies/volley/candidate.h"
#include "sim/base/rng.h"

// ---- the equilibrium

// what each side would answer, smoothly, to the other's mixture
static double off_equilibrium(const double *row, const double *column, const double *game, int rows,
                              int columns, double temperature) {
  double worst = 0;
  for (int i = 0; i < rows; i++) {
    double worth[2] = {0}, ratio;
    for (int j = 0; j < columns; j++) {
      worth[0] += game[i * columns + j] * column[j];
      worth[1] += game[j] * column[j];
    }
    ratio = exp((worth[0] - worth[1]) / temperature);
    worst = fmax(worst, fabs(row[i] - ratio * row[0]));
  }
  return worst;
}

static void test_equilibrium(void **unused) {
  (void)unused;
  // rows win 0.9 where they are not met: 0.6 a + 0 (1 - a) = 0.9 (1 - a), hence 0.6 and 0.4 against
  // 0.6 and 0.4; the third row is never as good
  const double game[6] = {0, 0.6, 0.9, 0, -0.1, -0.1};
  double row[3], column[2];
  league_guess_solve(row, column, game, 3, 2, 7, 3, 0.01);
  assert_near(row[0], 0.6, 0.03);
  assert_near(row[1], 0.4, 0.03);
  assert_near(row[2], 0, 0.01);
  assert_near(column[0], 0.4, 0.03);
  assert_near(column[1], 0.6, 0.03);
  // what is not legal is not played, and the rest answers what is left
  league_guess_solve(row, column, game, 3, 2, 6, 1, 0.01);
  assert_near(row[0], 0, 0);
  assert_near(row[1], 1, 0.02);
  assert_near(column[0], 1, 0);
  // warm: every option by how good it is
  league_guess_solve(row, column, game, 3, 2, 7, 3, 0.5);
  assert_true(off_equilibrium(row, column, game, 3, 2, 0.5) < 0.01);
  assert_true(row[2] > 0.1);
}

// ---- learning from points

enum { MATCHES = 4, INPUTS = 3, ATTACKS = 2, SHAPES = 2 };
// chances of the attackers; where the situation is the other one, the columns change places
static const double CHANCE[ATTACKS][SHAPES] = {{0.9, 0.2}, {0.3, 0.5}};
// equilibrium of 2 p - 1: p 0.9 + (1 - p) 0.3 = p 0.2 + (1 - p) 0.5, and likewise for the columns
static const double ATTACK[ATTACKS] = {2.0 / 9, 7.0 / 9}, SHAPE[SHAPES] = {1.0 / 3, 2.0 / 3};

typedef struct Drill {
  LeagueGuess *guess;
  const PolOptions *table;
  SimRng rng;
  double nats[2][2][2];  // [situation][attack or shape][option], sums
  double n[2][2][2];
} Drill;

static void act(LeagueLean lean[2], bool *leans, Drill *d, int row, int head, int option,
                const float *obs) {
  uint8_t options[POL_HEADS_MAX] = {0};
  uint32_t legal[POL_HEADS_MAX] = {1, 1, 1, 1, 1};
  // numbers of the table 3 and 5, as if nothing else were possible
  options[head] = (uint8_t)(option ? 5 : 3);
  legal[head] = 1u << 3 | 1u << 5;
  *leans = league_guess_act(d->guess, lean, row, 1.5, obs, options, legal, logf(0.5f));
}

static void play(Drill *d, int match) {
  const int attackers = match * 2 + (int)sim_rng_below(&d->rng, 2), others = attackers ^ 1;
  const int situation = (int)sim_rng_below(&d->rng, 2), attack = (int)sim_rng_below(&d->rng, 2),
            shape = (int)sim_rng_below(&d->rng, 2);
  const float obs[INPUTS] = {situation ? 1.0f : -1.0f, 0.5f, 0}, other_obs[INPUTS] = {0};
  const double chance = CHANCE[attack][situation ? 1 - shape : shape];
  const double result = sim_rng_uniform(&d->rng, 0, 1) < chance ? 1 : -1;
  LeagueLean lean[2];
  bool leans;
  // whoever has the lower row is told first
  for (int row = match * 2; row < match * 2 + 2; row++) {
    const bool attacks = row == attackers;
    act(lean, &leans, d, row, attacks ? POL_HEAD_THIRD : POL_HEAD_SHAPE, attacks ? attack : shape,
        attacks ? obs : other_obs);
  }
  for (int i = 0; leans && i < 2; i++) {
    const int what = lean[i].row == attackers ? 0 : 1, option = what ? shape : attack;
    assert_true(lean[i].row == attackers || lean[i].row == others);
    d->nats[situation][what][option] += lean[i].nats;
    d->n[situation][what][option]++;
  }
  for (int row = match * 2; row < match * 2 + 2; row++) {
    league_guess_reward(d->guess, row, 2.5, row == attackers ? result : -result);
    league_guess_end(d->guess, row);
  }
}

static void test_learns_odds(void **unused) {
  (void)unused;
  SimError err = {0};
  PolOptions *table = pol_options_load("volley", &err);
  KrnDevice *device = krn_device_open("cpu", 1, &err);
  const LeagueGuessOptions options = {.table = table,
                                      .rows = MATCHES * 2,
                                      .inputs = INPUTS,
                                      .pairs_min = 500,
                                      .temperature = 0.01,
                                      .horizon = 5,
                                      .learning_rate = 2e-3,
                                      .seed = 3};
  Drill d = {.table = table, .rng = sim_rng(5, 0, 0, SIM_RNG_TEST)};
  assert_non_null(table);
  assert_non_null(device);
  d.guess = league_guess_create(&options, &err);
  assert_non_null(d.guess);
  double explained = 0;
  for (int lesson = 0; lesson < 100; lesson++) {
    memset(d.nats, 0, sizeof d.nats);
    memset(d.n, 0, sizeof d.n);
    for (int i = 0; i < 150; i++) {
      play(&d, i % MATCHES);
    }
    assert_ok(league_guess_learn(&explained, d.guess, &err), &err);
  }
  // the odds explain so much of the variance of results
  assert_near(explained, 0.27, 0.15);
  for (int situation = 0; situation < 2; situation++) {
    for (int i = 0; i < 2; i++) {
      const double attack = d.nats[situation][0][i] / d.n[situation][0][i];
      const double shape = d.nats[situation][1][i] / d.n[situation][1][i];
      assert_near(0.5 * exp(attack), ATTACK[i], 0.1);
      assert_near(0.5 * exp(shape), SHAPE[situation ? 1 - i : i], 0.1);
    }
  }
  league_guess_destroy(d.guess);
  krn_device_destroy(device);
  pol_options_destroy(table);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_equilibrium),
                                     cmocka_unit_test(test_learns_odds)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
