// The symmetric game of Gale, Kuhn and Tucker (On symmetric games, 1950): either player may be the
// row player, the column player, or neither; the third choice weighs as much as the value. A
// program for symmetric games then solves any.
#include "hcsp/eval/matrix_game.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "hcsp/league/linear.h"

// entries become positive and at most 1: high and low of the payoff are 1 and 0.5
typedef struct Scale {
  double low, span;
} Scale;

static double scaled(const Scale *scale, double payoff) {
  assert(scale->span > 0);
  return 0.5 + 0.5 * (payoff - scale->low) / scale->span;
}

static void write_symmetric(double *game, const double *payoff, int rows, int columns,
                            const Scale *scale) {
  const int n = rows + columns + 1, third = n - 1;
  for (int i = 0; i < n * n; i++) {
    game[i] = 0;
  }
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < columns; c++) {
      const double a = scaled(scale, payoff[r * columns + c]);
      game[r * n + rows + c] = a;
      game[(rows + c) * n + r] = -a;
    }
    game[r * n + third] = -1;
    game[third * n + r] = 1;
  }
  for (int c = 0; c < columns; c++) {
    game[(rows + c) * n + third] = 1;
    game[third * n + rows + c] = -1;
  }
}

static double normalise(double *mix, const double *from, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    mix[i] = fmax(from[i], 0);
    sum += mix[i];
  }
  for (int i = 0; i < n; i++) {
    mix[i] /= sum;
  }
  return sum;
}

// the middle of what each mixture secures, which differ by the solver's rounding
static double value_of(const double *row_mix, const double *column_mix, const double *payoff,
                       int rows, int columns) {
  double most = -(double)INFINITY, least = (double)INFINITY;
  for (int r = 0; r < rows; r++) {
    double sum = 0;
    for (int c = 0; c < columns; c++) {
      sum += payoff[r * columns + c] * column_mix[c];
    }
    most = fmax(most, sum);
  }
  for (int c = 0; c < columns; c++) {
    double sum = 0;
    for (int r = 0; r < rows; r++) {
      sum += payoff[r * columns + c] * row_mix[r];
    }
    least = fmin(least, sum);
  }
  return (most + least) / 2;
}

static SimStatus check(Scale *scale, const double *payoff, int rows, int columns, SimError *err) {
  if (rows < 1 || columns < 1 || rows > EVAL_MATRIX_MAX || columns > EVAL_MATRIX_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "saw a game of %d rows and %d columns, wanted 1 to %d",
                     rows, columns, (int)EVAL_MATRIX_MAX);
  }
  double high = payoff[0];
  scale->low = payoff[0];
  for (int i = 0; i < rows * columns; i++) {
    if (!isfinite(payoff[i])) {
      return sim_error(err, SIM_BAD_INPUT, "saw the payoff %g, wanted a finite number", payoff[i]);
    }
    high = fmax(high, payoff[i]);
    scale->low = fmin(scale->low, payoff[i]);
  }
  scale->span = high > scale->low ? high - scale->low : 1;
  return SIM_OK;
}

SimStatus eval_matrix_solve(double *value, double *row_mix, double *column_mix,
                            const double *payoff, int rows, int columns, SimError *err) {
  Scale scale = {0};
  double x[2 * EVAL_MATRIX_MAX + 1];
  SIM_TRY(check(&scale, payoff, rows, columns, err));
  const int n = rows + columns + 1;
  double *game = sim_new((size_t)n * (size_t)n, sizeof *game);
  write_symmetric(game, payoff, rows, columns, &scale);
  SimStatus status = league_linear_solve(x, LEAGUE_PROGRAM_OPTIMAL, game, n, err);
  free(game);
  if (status != SIM_OK) {
    return status;
  }
  const double sum = normalise(row_mix, x, rows);
  if (!(sum > 0 && normalise(column_mix, x + rows, columns) > 0)) {
    return sim_error(err, SIM_FAIL, "no answer was found in a game of %d rows", rows);
  }
  *value = value_of(row_mix, column_mix, payoff, rows, columns);
  assert(isfinite(*value));
  return SIM_OK;
}
