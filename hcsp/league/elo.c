// Strengths are natural logarithms of odds until the end. The log-likelihood is concave and, thanks
// to the prior, strictly so: Newton's method with halved steps finds its one maximum.
// Source: Hunter, MM algorithms for generalized Bradley-Terry models, 2004.
#include "hcsp/league/elo.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEWTON_MAX = 200 };

typedef struct Fit {
  int n;
  double *points;       // [n * n]
  double *won;          // [n * n] points of row against column, draws half
  double *strength;     // [n]
  double *move, *next;  // [n]
  double *gradient;     // [n]
  double *information;  // [n * n] minus the Hessian, then its Cholesky factor
  double *inverse;      // [n * n] row by row
} Fit;

// ln(1 / (1 + exp(-x))) without overflow
static double log_chance(double x) {
  return x > 0 ? -log1p(exp(-x)) : x - log1p(exp(x));
}

static double chance(double x) {
  return exp(log_chance(x));
}

static double likelihood(const Fit *fit, const double *strength) {
  double sum = 0;
  for (int i = 0; i < fit->n; i++) {
    sum += LEAGUE_ELO_PRIOR / 2 * (log_chance(strength[i]) + log_chance(-strength[i]));
    for (int j = 0; j < fit->n; j++) {
      sum += fit->won[i * fit->n + j] * log_chance(strength[i] - strength[j]);
    }
  }
  return sum;
}

static void differentiate(Fit *fit) {
  const int n = fit->n;
  for (int i = 0; i < n; i++) {
    const double drawn = chance(fit->strength[i]);
    double slope = LEAGUE_ELO_PRIOR * (0.5 - drawn), curve = LEAGUE_ELO_PRIOR * drawn * (1 - drawn);
    for (int j = 0; j < n; j++) {
      const double p = chance(fit->strength[i] - fit->strength[j]);
      const double weight = fit->points[i * n + j] * p * (1 - p);
      slope += fit->won[i * n + j] - fit->points[i * n + j] * p;
      curve += weight;
      fit->information[i * n + j] = -weight;
    }
    fit->gradient[i] = slope;
    fit->information[i * n + i] = curve;
  }
}

// Cholesky in place; the matrix is diagonally dominant thanks to the prior
static void factor(double *matrix, int n) {
  for (int i = 0; i < n; i++) {
    for (int j = 0; j <= i; j++) {
      double rest = matrix[i * n + j];
      for (int k = 0; k < j; k++) {
        rest -= matrix[i * n + k] * matrix[j * n + k];
      }
      // rounding may leave nothing of a member that is all but certain to win
      matrix[i * n + j] = i == j ? sqrt(fmax(rest, 1e-300)) : rest / matrix[j * n + j];
    }
  }
}

static void substitute(double *v, const double *matrix, int n) {
  for (int i = 0; i < n; i++) {
    assert(matrix[i * n + i] > 0);
    for (int j = 0; j < i; j++) {
      v[i] -= matrix[i * n + j] * v[j];
    }
    v[i] /= matrix[i * n + i];
  }
  for (int i = n - 1; i >= 0; i--) {
    for (int j = i + 1; j < n; j++) {
      v[i] -= matrix[j * n + i] * v[j];
    }
    v[i] /= matrix[i * n + i];
  }
}

// one step; returns false when it no longer helps
static bool improve(Fit *fit) {
  const int n = fit->n;
  differentiate(fit);
  factor(fit->information, n);
  memcpy(fit->move, fit->gradient, (size_t)n * sizeof *fit->move);
  substitute(fit->move, fit->information, n);
  double largest = 0;
  for (int i = 0; i < n; i++) {
    largest = fmax(largest, fabs(fit->move[i]));
  }
  const double before = likelihood(fit, fit->strength);
  // far out the curve is flat and Newton's step overshoots
  for (double step = fmin(1, 4 / fmax(largest, 1e-300)); step > 1e-9; step /= 2) {
    for (int i = 0; i < n; i++) {
      fit->next[i] = fit->strength[i] + step * fit->move[i];
    }
    if (likelihood(fit, fit->next) > before) {
      memcpy(fit->strength, fit->next, (size_t)n * sizeof *fit->next);
      return largest > 1e-10;
    }
  }
  return false;
}

// standard deviation of a strength minus the mean strength, from the inverse information
static double deviation(const Fit *fit, int member) {
  assert(member >= 0 && member < fit->n);
  const int n = fit->n;
  double own = 0, row = 0, all = 0;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      const double value = fit->inverse[i * n + j];
      own += i == member && j == member ? value : 0;
      row += i == member ? value : 0;
      all += value;
    }
  }
  return sqrt(fmax(own - 2 * row / n + all / n / n, 0));
}

static void write_ratings(LeagueElo *elo, Fit *fit) {
  const int n = fit->n;
  const double unit = 400 / log(10), z = 1.959963984540054;
  double mean = 0;
  for (int i = 0; i < n; i++) {
    mean += fit->strength[i] / n;
  }
  differentiate(fit);
  factor(fit->information, n);
  for (int i = 0; i < n; i++) {
    double *row = fit->inverse + i * n;
    memset(row, 0, (size_t)n * sizeof *row);
    row[i] = 1;
    substitute(row, fit->information, n);
  }
  for (int i = 0; i < n; i++) {
    const double rating = LEAGUE_ELO_MEAN + unit * (fit->strength[i] - mean);
    const double half = z * unit * deviation(fit, i);
    elo[i] = (LeagueElo){.rating = rating, .low = rating - half, .high = rating + half};
  }
}

SimStatus league_elo_rate(LeagueElo *elo, const LeaguePayoff *payoff, SimError *err) {
  const size_t n = (size_t)payoff->n, square = n * n;
  if (n < 1) {
    return sim_error(err, SIM_BAD_INPUT, "an empty payoff table; wanted at least one member");
  }
  double *block = sim_new(4 * square + 4 * n, sizeof *block);
  double *vectors = block + 4 * square;
  Fit fit = {.n = payoff->n,
             .points = block,
             .won = block + square,
             .information = block + 2 * square,
             .inverse = block + 3 * square,
             .strength = vectors,
             .move = vectors + n,
             .next = vectors + 2 * n,
             .gradient = vectors + 3 * n};
  for (int i = 0; i < fit.n; i++) {
    for (int j = 0; j < fit.n; j++) {
      const LeagueScore total = league_payoff_total(payoff, i, j);
      fit.points[i * fit.n + j] = league_score_points(&total);
      fit.won[i * fit.n + j] = total.wins + total.draws / 2;
    }
  }
  for (int i = 0; i < NEWTON_MAX && improve(&fit); i++) {
  }
  write_ratings(elo, &fit);
  free(block);
  return SIM_OK;
}
