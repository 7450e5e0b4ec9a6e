// The game M is antisymmetric and its value is 0: x >= 0 that sums to 1 is optimal exactly when
// M x <= 0. A strictly complementary answer of a linear program tells which members some optimal
// mixture uses; on these M x = 0 for all of them, on the others M x <= 0 may or may not be tight.
// Entropy is then maximised over what is left: in the null space of M on the used members, by
// Newton's method with a logarithmic barrier before the others (Boyd and Vandenberghe, Convex
// Optimization, 11.3). A game too close to a tie for this keeps the vertex of the linear program.
// Whatever comes out is checked against the game before it is given away.
#include "hcsp/league/nash.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/league/linear.h"

#define RANK_TOLERANCE 1e-10  // a direction shorter than this, of rows of about 1, is none
#define SHARPNESS_FIRST 1.0
#define SHARPNESS_LAST 1e12  // weight of the entropy against the barrier
#define SHARPNESS_STEP 10.0
enum { NEWTON_MAX = 100 };

// Everything one solve needs. The used members come first in `member`, the others behind.
typedef struct Work {
  int n, used, free;  // members, used ones, dimensions of the null space
  double *game;       // [n * n]
  int *member;        // [n]
  double *x;          // [n] mixture, in the order of `member`
  double *slack;      // [n] -(M x) of the others, behind `used`
  double *basis;      // [n * n] rows: directions in which x may move
  double *rise;       // [n * n] rows: change of slack along each direction
  double *hessian;    // [n * n]
  double *gradient;   // [n]
  double *move;       // [n] of x, then of slack
  double *spare;      // [(n + 1) * n]
} Work;

static double at(const Work *w, int row, int column) {
  return w->game[(size_t)row * (size_t)w->n + (size_t)column];
}

static double dot(const double *a, const double *b, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}

static void subtract(double *a, double factor, const double *b, int n) {
  for (int i = 0; i < n; i++) {
    a[i] -= factor * b[i];
  }
}

static void scale(double *a, double factor, int n) {
  for (int i = 0; i < n; i++) {
    a[i] *= factor;
  }
}

// ---- the game

static SimStatus check_input(const double *payoff, int n, SimError *err) {
  if (n < 1 || n > LEAGUE_NASH_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "a game of %d members; wanted 1 to %d", n,
                     LEAGUE_NASH_MAX);
  }
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      const double value = payoff[(size_t)i * (size_t)n + (size_t)j];
      if (!isfinite(value)) {
        return sim_error(err, SIM_BAD_INPUT,
                         "payoff of member %d against %d is %g; wanted a number", i, j, value);
      }
    }
  }
  return SIM_OK;
}

// antisymmetric and within -1..1; halves first, so that nothing overflows
static void normalise(Work *w, const double *payoff) {
  const size_t n = (size_t)w->n;
  double largest = 0;
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) {
      w->game[i * n + j] = payoff[i * n + j] / 2 - payoff[j * n + i] / 2;
      largest = fmax(largest, fabs(w->game[i * n + j]));
    }
  }
  for (size_t i = 0; largest > 0 && i < n * n; i++) {
    w->game[i] /= largest;
  }
}

// what the best answer to weight gains
static double gap_of(const Work *w, const double *weight) {
  double gap = 0;
  for (int i = 0; i < w->n; i++) {
    gap = fmax(gap, dot(w->game + (size_t)i * (size_t)w->n, weight, w->n));
  }
  return gap;
}

static bool make_distribution(double *weight, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    weight[i] = weight[i] > 0 ? weight[i] : 0;
    sum += weight[i];
  }
  if (!(sum > 0) || !isfinite(sum)) {
    return false;
  }
  scale(weight, 1 / sum, n);
  return true;
}

// ---- the face of the optimal mixtures

// puts the used members first; x is the strictly complementary answer by member
static void sort_members(Work *w, const double *x) {
  int used = 0, others = w->n;
  for (int i = 0; i < w->n; i++) {
    const double loss = -dot(w->game + (size_t)i * (size_t)w->n, x, w->n);
    w->member[x[i] > loss ? used++ : --others] = i;
  }
  w->used = used;
}

// Makes the rows orthonormal, longest remainder first, each cleaned twice; returns their rank.
static int orthonormalise(double *row, int rows, int n) {
  int rank = 0;
  while (rank < rows && rank < n) {
    int longest = rank;
    double best = 0;
    for (int r = rank; r < rows; r++) {
      const double length = dot(row + (size_t)r * (size_t)n, row + (size_t)r * (size_t)n, n);
      longest = length > best ? r : longest;
      best = fmax(best, length);
    }
    if (best <= RANK_TOLERANCE * RANK_TOLERANCE) {
      break;
    }
    double *pivot = row + (size_t)rank * (size_t)n, *from = row + (size_t)longest * (size_t)n;
    for (int k = 0; k < n; k++) {
      const double swap = pivot[k];
      pivot[k] = from[k];
      from[k] = swap;
    }
    for (int r = 0; r < rank; r++) {
      const double *done = row + (size_t)r * (size_t)n;
      subtract(pivot, dot(pivot, done, n), done, n);
    }
    scale(pivot, 1 / sqrt(dot(pivot, pivot, n)), n);
    for (int r = rank + 1; r < rows; r++) {
      double *rest = row + (size_t)r * (size_t)n;
      subtract(rest, dot(rest, pivot, n), pivot, n);
    }
    rank++;
  }
  return rank;
}

// rows of M on the used members
static void copy_rows(double *row, const Work *w) {
  for (int i = 0; i < w->used; i++) {
    for (int j = 0; j < w->used; j++) {
      *row++ = at(w, w->member[i], w->member[j]);
    }
  }
}

// moves the start into M x = 0 on the used members, and to the sum 1
static bool find_start(Work *w, const double *x) {
  const int k = w->used;
  copy_rows(w->spare, w);
  const int rank = orthonormalise(w->spare, k, k);
  for (int i = 0; i < k; i++) {
    w->x[i] = x[w->member[i]];
  }
  for (int pass = 0; pass < 2; pass++) {
    for (int r = 0; r < rank; r++) {
      const double *row = w->spare + (size_t)r * (size_t)k;
      subtract(w->x, dot(w->x, row, k), row, k);
    }
  }
  double sum = 0;
  for (int i = 0; i < k; i++) {
    if (!(w->x[i] > 0)) {
      return false;
    }
    sum += w->x[i];
  }
  scale(w->x, 1 / sum, k);
  for (int i = k; i < w->n; i++) {
    w->slack[i] = 0;
    for (int j = 0; j < k; j++) {
      w->slack[i] -= at(w, w->member[i], w->member[j]) * w->x[j];
    }
    if (!(w->slack[i] > 0)) {
      return false;
    }
  }
  return true;
}

// directions that keep M x = 0 and the sum: what the unit vectors have beyond the rows' span
static void find_directions(Work *w) {
  const int k = w->used;
  copy_rows(w->spare, w);
  for (int j = 0; j < k; j++) {
    w->spare[(size_t)k * (size_t)k + (size_t)j] = 1;
  }
  const int rank = orthonormalise(w->spare, k + 1, k);
  memset(w->basis, 0, (size_t)k * (size_t)k * sizeof *w->basis);
  for (int i = 0; i < k; i++) {
    double *unit = w->basis + (size_t)i * (size_t)k;
    unit[i] = 1;
    for (int pass = 0; pass < 2; pass++) {
      for (int r = 0; r < rank; r++) {
        const double *row = w->spare + (size_t)r * (size_t)k;
        subtract(unit, dot(unit, row, k), row, k);
      }
    }
  }
  w->free = k - rank;
  assert(w->free >= 0 && w->free <= k);
  // of k vectors that span k - rank dimensions the rest is rounding
  orthonormalise(w->basis, k, k);
  for (int d = 0; d < w->free; d++) {
    for (int i = k; i < w->n; i++) {
      double sum = 0;
      for (int j = 0; j < k; j++) {
        sum -= at(w, w->member[i], w->member[j]) * w->basis[d * k + j];
      }
      w->rise[(size_t)d * (size_t)w->n + (size_t)i] = sum;
    }
  }
}

// ---- the entropy

// value of what is minimised: -entropy * sharpness - sum of the slacks' logarithms
static double objective(const Work *w, double sharpness, double step) {
  double sum = 0;
  for (int i = 0; i < w->used; i++) {
    const double x = w->x[i] + step * w->move[i];
    if (!(x > 0)) {
      return (double)INFINITY;
    }
    sum += sharpness * x * log(x);
  }
  for (int i = w->used; i < w->n; i++) {
    const double slack = w->slack[i] + step * w->move[i];
    if (!(slack > 0)) {
      return (double)INFINITY;
    }
    sum -= log(slack);
  }
  return sum;
}

static void differentiate(Work *w, double sharpness) {
  const int k = w->used, n = w->n;
  for (int a = 0; a < w->free; a++) {
    const double *along = w->basis + (size_t)a * (size_t)k, *rise = w->rise + (size_t)a * (size_t)n;
    w->gradient[a] = 0;
    for (int i = 0; i < k; i++) {
      w->gradient[a] += sharpness * (log(w->x[i]) + 1) * along[i];
    }
    for (int i = k; i < n; i++) {
      w->gradient[a] -= rise[i] / w->slack[i];
    }
    for (int b = 0; b <= a; b++) {
      const double *other = w->basis + (size_t)b * (size_t)k;
      const double *other_rise = w->rise + (size_t)b * (size_t)n;
      double sum = 0;
      for (int i = 0; i < k; i++) {
        sum += sharpness * along[i] * other[i] / w->x[i];
      }
      for (int i = k; i < n; i++) {
        sum += rise[i] / w->slack[i] * (other_rise[i] / w->slack[i]);
      }
      w->hessian[(size_t)a * (size_t)n + (size_t)b] = sum;
    }
  }
}

// Cholesky, in place; false when the matrix is not positive
static bool factor(double *matrix, int size, int stride) {
  for (int a = 0; a < size; a++) {
    double *row = matrix + (size_t)a * (size_t)stride;
    for (int b = 0; b <= a; b++) {
      const double *other = matrix + (size_t)b * (size_t)stride;
      const double rest = row[b] - dot(row, other, b);
      if (b < a) {
        row[b] = rest / other[b];
      } else if (!(rest > 0)) {
        return false;
      } else {
        row[a] = sqrt(rest);
      }
    }
  }
  return true;
}

static void substitute(double *v, const double *matrix, int size, int stride) {
  for (int a = 0; a < size; a++) {
    const double *row = matrix + (size_t)a * (size_t)stride;
    v[a] = (v[a] - dot(row, v, a)) / row[a];
  }
  for (int a = size - 1; a >= 0; a--) {
    for (int b = a + 1; b < size; b++) {
      v[a] -= matrix[(size_t)b * (size_t)stride + (size_t)a] * v[b];
    }
    v[a] /= matrix[(size_t)a * (size_t)stride + (size_t)a];
  }
}

// Newton's direction into move; returns the squared decrement, negative when there is none
static double find_move(Work *w, double sharpness) {
  differentiate(w, sharpness);
  if (!factor(w->hessian, w->free, w->n)) {
    return -1;
  }
  double *z = w->spare;
  memcpy(z, w->gradient, (size_t)w->free * sizeof *z);
  substitute(z, w->hessian, w->free, w->n);
  memset(w->move, 0, (size_t)w->n * sizeof *w->move);
  for (int d = 0; d < w->free; d++) {
    subtract(w->move, z[d], w->basis + (size_t)d * (size_t)w->used, w->used);
    for (int i = w->used; i < w->n; i++) {
      w->move[i] -= z[d] * w->rise[(size_t)d * (size_t)w->n + (size_t)i];
    }
  }
  return dot(z, w->gradient, w->free);
}

// how far to go along move: the first of 1, 1/2, 1/4, ... that lowers the objective enough, or 0
static double find_step(const Work *w, double sharpness, double decrement) {
  const double before = objective(w, sharpness, 0);
  for (double step = 1; step > 1e-12; step /= 2) {
    if (objective(w, sharpness, step) <= before - 0.1 * step * decrement) {
      return step;
    }
  }
  // near the optimum the objective is flat to rounding, and the whole step can be trusted
  return decrement < 0.01 && isfinite(objective(w, sharpness, 1)) ? 1 : 0;
}

// Newton's method at one sharpness, until a step no longer helps
static void center(Work *w, double sharpness) {
  for (int i = 0; i < NEWTON_MAX; i++) {
    const double decrement = find_move(w, sharpness);
    if (!(decrement > 0)) {
      return;
    }
    const double step = find_step(w, sharpness, decrement);
    for (int m = 0; m < w->n; m++) {
      *(m < w->used ? &w->x[m] : &w->slack[m]) += step * w->move[m];
    }
    if (step == 0 || decrement < 1e-12) {
      return;
    }
  }
}

static void maximise_entropy(Work *w) {
  find_directions(w);
  if (w->free == 0) {
    return;
  }
  if (w->used == w->n) {
    center(w, SHARPNESS_FIRST);
    return;
  }
  for (double t = SHARPNESS_FIRST; t <= SHARPNESS_LAST; t *= SHARPNESS_STEP) {
    center(w, t);
  }
}

// ---- putting it together

static bool play_alike(const Work *w, int a, int b) {
  for (int j = 0; j < w->n; j++) {
    if (at(w, a, j) != at(w, b, j)) {
      return false;
    }
  }
  return true;
}

// members that play exactly alike get exactly the same
static void share_among_copies(double *weight, Work *w) {
  // number of the first member that plays alike, and what a group of them has in all
  int *first = w->member;
  double *sum = w->x;
  for (int i = 0; i < w->n; i++) {
    first[i] = 0;
    while (first[i] < i && !play_alike(w, first[i], i)) {
      first[i]++;
    }
    sum[i] = 0;
    sum[first[i]] += weight[i];
  }
  for (int i = 0; i < w->n; i++) {
    int copies = 0;
    for (int j = 0; j < w->n; j++) {
      copies += first[j] == first[i];
    }
    assert(copies > 0);
    weight[i] = sum[first[i]] / copies;
  }
}

static bool accept(double *weight, double *gap, Work *w) {
  if (!make_distribution(weight, w->n)) {
    return false;
  }
  share_among_copies(weight, w);
  *gap = gap_of(w, weight);
  return *gap <= LEAGUE_NASH_GAP;
}

// the unique answer, into weight; false when the game is too close to a tie
static bool solve_unique(double *weight, double *gap, Work *w) {
  if (league_linear_solve(weight, LEAGUE_PROGRAM_STRICT, w->game, w->n, NULL) != SIM_OK) {
    return false;
  }
  sort_members(w, weight);
  if (!find_start(w, weight)) {
    return false;
  }
  maximise_entropy(w);
  memset(weight, 0, (size_t)w->n * sizeof *weight);
  for (int i = 0; i < w->used; i++) {
    weight[w->member[i]] = w->x[i];
  }
  return accept(weight, gap, w);
}

static SimStatus solve(double *weight, double *gap, Work *w, SimError *err) {
  if (solve_unique(weight, gap, w)) {
    return SIM_OK;
  }
  *gap = 1;
  static const LeagueProgram PROGRAMS[] = {LEAGUE_PROGRAM_OPTIMAL, LEAGUE_PROGRAM_EXACT};
  SimStatus status = SIM_OK;
  for (int i = 0; i < 2; i++) {
    status = league_linear_solve(weight, PROGRAMS[i], w->game, w->n, err);
    if (status == SIM_OK && accept(weight, gap, w)) {
      return SIM_OK;
    }
  }
  return status != SIM_OK
             ? status
             : sim_error(err, SIM_FAIL,
                         "the Nash mixture of a game of %d members has a gap of %g; wanted at "
                         "most %g",
                         w->n, *gap, LEAGUE_NASH_GAP);
}

SimStatus league_nash_solve(double *weight, double *gap, const double *payoff, int n,
                            SimError *err) {
  if (check_input(payoff, n, err) != SIM_OK) {
    return SIM_BAD_INPUT;
  }
  const size_t size = (size_t)n, square = size * size;
  enum { SQUARES = 4, VECTORS = 5 };
  double *block = sim_new(SQUARES * square + (square + size) + VECTORS * size, sizeof *block);
  int *member = sim_new(size, sizeof *member);
  double *vectors = block + SQUARES * square, *answer = vectors + 4 * size;
  Work work = {.n = n,
               .game = block,
               .member = member,
               .x = vectors,
               .slack = vectors + size,
               .basis = block + square,
               .rise = block + 2 * square,
               .hessian = block + 3 * square,
               .gradient = vectors + 2 * size,
               .move = vectors + 3 * size,
               .spare = vectors + VECTORS * size};
  normalise(&work, payoff);
  const SimStatus status = solve(answer, gap, &work, err);
  if (status == SIM_OK) {
    assert(*gap <= LEAGUE_NASH_GAP);
    memcpy(weight, answer, size * sizeof *weight);
  }
  free(block);
  free(member);
  return status;
}
