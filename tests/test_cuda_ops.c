// The operations of learning on CUDA against those on the processor: every operation over odd
// sizes, whole updates, the same bits again. Once with the stand-ins of tests/cuda_shim, which
// run the real sources on the processor, and on machines with a GPU there, too.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "tests/support/device_pair.h"
#include "tests/support/toy_learner.h"

// the largest error seen of each operation, for the table at the end
static struct {
  const char *name;
  double error, limit;
} table[48];
static int rows_of_table;

static void demand(const char *name, double error, double limit) {
  int i = 0;
  while (i < rows_of_table && strcmp(table[i].name, name) != 0) {
    i++;
  }
  if (i == rows_of_table) {
    assert_true(i < (int)(sizeof table / sizeof table[0]));
    rows_of_table++;
    table[i].name = name;
    table[i].limit = limit;
  }
  table[i].error = fmax(table[i].error, error);
  if (!(error <= limit)) {
    print_error("%s: error %.3g, wanted at most %.3g\n", name, error, limit);
  }
  assert_true(error <= limit);
}

// ---- every operation, over odd sizes

static const int ROWS[] = {1, 31, 512, 1000};
enum { N_ROWS = 4 };

static void check_linear(Pair *p, int rows, int outputs, int inputs, KrnActivation act) {
  const size_t r = (size_t)rows, o = (size_t)outputs, n = (size_t)inputs;
  const Array *x = put_normals(p, r * n, 1, 1), *w = put_normals(p, o * n, 2, 0.3f),
              *bias = put_normals(p, o, 3, 1), *y = put_zeros(p, r * o), *dx = put_zeros(p, r * n),
              *dw = put_zeros(p, o * n), *dbias = put_zeros(p, o),
              *dy = put_normals(p, r * o, 4, 1), *last = put_normals(p, r * o, 4, 1);
  for (int s = 0; s < SIDES; s++) {
    const KrnOps *ops = p->device[s]->ops;
    ops->linear(&p->work[s], float_of(y, s), float_of(x, s), float_of(w, s), NULL,
                float_of(bias, s), act, rows, outputs, inputs);
    ops->linear_back(&p->work[s], float_of(dx, s), float_of(dw, s), float_of(dbias, s),
                     float_of(dy, s), float_of(x, s), float_of(y, s), float_of(w, s), NULL, act,
                     rows, outputs, inputs);
  }
  demand("linear", error_of(p, y), 1e-5);
  demand("linear_back dx", error_of(p, dx), 1e-5);
  demand("linear_back dweight", error_of(p, dw), 1e-5);
  demand("linear_back dbias", error_of(p, dbias), 1e-5);
  demand("linear_back dy", error_of(p, dy), 1e-5);
  // the first layer wants no gradient of its input
  for (int s = 0; s < SIDES; s++) {
    p->device[s]->ops->linear_back(&p->work[s], NULL, float_of(dw, s), float_of(dbias, s),
                                   float_of(last, s), float_of(x, s), float_of(y, s),
                                   float_of(w, s), NULL, act, rows, outputs, inputs);
  }
  demand("linear_back dweight", error_of(p, dw), 1e-5);
  free_arrays(p);
}

static void test_linear(void **unused) {
  (void)unused;
  const int widths[] = {1, 4, 27, 64, 256};
  Pair p = open_pair();
  for (int r = 0; r < N_ROWS; r++) {
    for (int w = 0; w < 5; w++) {
      check_linear(&p, ROWS[r], widths[w], 43, (KrnActivation)((r + w) % 4));
    }
  }
  check_linear(&p, 5000, 64, 43, KRN_TANH);
  close_pair(&p);
}

static void check_norm(Pair *p, int rows, int columns) {
  const size_t r = (size_t)rows, c = (size_t)columns;
  const Array *x = put_normals(p, r * c, 1, 3), *gain = put_normals(p, c, 2, 1),
              *bias = put_normals(p, c, 3, 1), *y = put_zeros(p, r * c),
              *spread = put_zeros(p, 2 * r), *dy = put_normals(p, r * c, 4, 1),
              *dx = put_zeros(p, r * c), *dgain = put_zeros(p, c), *dbias = put_zeros(p, c);
  for (int s = 0; s < SIDES; s++) {
    const KrnOps *ops = p->device[s]->ops;
    ops->norm(&p->work[s], float_of(y, s), float_of(spread, s), float_of(x, s), float_of(gain, s),
              float_of(bias, s), rows, columns);
    ops->norm_back(&p->work[s], float_of(dx, s), float_of(dgain, s), float_of(dbias, s),
                   float_of(dy, s), float_of(x, s), float_of(spread, s), float_of(gain, s), rows,
                   columns);
  }
  demand("norm", error_of(p, y), 1e-5);
  demand("norm spread", error_of(p, spread), 1e-5);
  demand("norm_back dx", error_of(p, dx), 2e-5);
  demand("norm_back dgain", error_of(p, dgain), 2e-5);
  demand("norm_back dbias", error_of(p, dbias), 1e-5);
  // in place, and without the gradient of the input
  for (int s = 0; s < SIDES; s++) {
    const KrnOps *ops = p->device[s]->ops;
    ops->norm_back(&p->work[s], float_of(dy, s), float_of(dgain, s), float_of(dbias, s),
                   float_of(dy, s), float_of(x, s), float_of(spread, s), float_of(gain, s), rows,
                   columns);
    ops->norm_back(&p->work[s], NULL, float_of(dgain, s), float_of(dbias, s), float_of(dx, s),
                   float_of(x, s), float_of(spread, s), float_of(gain, s), rows, columns);
  }
  demand("norm_back dx", error_of(p, dy), 2e-5);
  free_arrays(p);
}

// a layer and its norm in one sweep
static void check_both(Pair *p, int rows, int outputs) {
  enum { INPUTS = 27 };
  const size_t r = (size_t)rows, o = (size_t)outputs;
  const Array *x = put_normals(p, r * INPUTS, 1, 1), *w = put_normals(p, o * INPUTS, 2, 0.3f),
              *bias = put_normals(p, o, 3, 1), *gain = put_normals(p, o, 4, 1),
              *norm_bias = put_normals(p, o, 5, 1), *y = put_zeros(p, r * o),
              *unit = put_zeros(p, r * o), *spread = put_zeros(p, 2 * r);
  for (int s = 0; s < SIDES; s++) {
    p->device[s]->ops->linear_norm(&p->work[s], float_of(unit, s), float_of(spread, s),
                                   float_of(y, s), float_of(x, s), float_of(w, s), NULL,
                                   float_of(bias, s), float_of(gain, s), float_of(norm_bias, s),
                                   KRN_ELU, rows, outputs, INPUTS);
  }
  demand("linear_norm", error_of(p, unit), 1e-5);
  demand("linear_norm before", error_of(p, y), 1e-5);
  demand("linear_norm spread", error_of(p, spread), 1e-5);
  free_arrays(p);
}

static void test_norm(void **unused) {
  (void)unused;
  const int columns[] = {3, 43, 64, 256};
  Pair p = open_pair();
  for (int r = 0; r < N_ROWS; r++) {
    for (int c = 0; c < 4; c++) {
      check_norm(&p, ROWS[r], columns[c]);
      check_both(&p, ROWS[r], columns[c] + 1);
    }
  }
  close_pair(&p);
}

static void test_gather(void **unused) {
  (void)unused;
  enum { FROM = 300, COLUMNS = 27 };
  Pair p = open_pair();
  for (int r = 0; r < N_ROWS; r++) {
    const size_t rows = (size_t)ROWS[r];
    const Array *x = put_normals(&p, FROM * COLUMNS, 1, 1), *mean = put_normals(&p, COLUMNS, 2, 1),
                *index = put_below(&p, rows, 3, FROM), *y = put_zeros(&p, rows * COLUMNS),
                *plain = put_zeros(&p, rows * COLUMNS), *bits = put_zeros(&p, rows * 3),
                *from_bits = put_below(&p, FROM * 3, 4, 1u << 30);
    float *host = malloc(COLUMNS * sizeof *host);
    assert_non_null(host);
    for (int j = 0; j < COLUMNS; j++) {
      host[j] = 0.5f + (float)j;
    }
    const Array *deviation = put_array(&p, host, COLUMNS * sizeof *host);
    for (int s = 0; s < SIDES; s++) {
      const KrnOps *ops = p.device[s]->ops;
      const int32_t *at = index->memory[s];
      ops->gather(&p.work[s], float_of(y, s), float_of(x, s), COLUMNS, at, float_of(mean, s),
                  float_of(deviation, s), ROWS[r], COLUMNS);
      ops->gather(&p.work[s], float_of(plain, s), float_of(x, s), COLUMNS, at, NULL, NULL, ROWS[r],
                  COLUMNS);
      ops->gather_bits(&p.work[s], bits->memory[s], from_bits->memory[s], at, ROWS[r], 3);
    }
    demand("gather", error_of(&p, y), 1e-6);
    demand("gather, as it is", error_of(&p, plain), 0);
    float *cpu = read_side(&p, bits, CPU), *cuda = read_side(&p, bits, CUDA);
    assert_memory_equal(cpu, cuda, bits->bytes);
    free(cpu);
    free(cuda);
    free_arrays(&p);
  }
  close_pair(&p);
}

// rows of width, the first columns of each, in their order and in another
static void test_gather_narrow(void **unused) {
  (void)unused;
  enum { ROWS_OF = 100, WIDTH = 43, COLUMNS = 27 };
  Pair p = open_pair();
  const Array *x = put_normals(&p, ROWS_OF * WIDTH, 1, 1), *y = put_zeros(&p, ROWS_OF * COLUMNS);
  const Array *index = put_below(&p, ROWS_OF, 2, ROWS_OF);
  for (int way = 0; way < 2; way++) {
    for (int s = 0; s < SIDES; s++) {
      p.device[s]->ops->gather(&p.work[s], float_of(y, s), float_of(x, s), WIDTH,
                               way ? index->memory[s] : NULL, NULL, NULL, ROWS_OF, COLUMNS);
      float *got = read_side(&p, y, s);
      const int32_t *order = (const int32_t *)(const void *)index->host;
      for (int i = 0; i < ROWS_OF; i++) {
        const int from = way ? order[i] : i;
        assert_memory_equal(got + (ptrdiff_t)i * COLUMNS, x->host + (ptrdiff_t)from * WIDTH,
                            COLUMNS * sizeof *got);
      }
      free(got);
    }
  }
  close_pair(&p);
}

// rows of each key in their order; keys outside are left out
static void check_group(Pair *p, int rows, int banks) {
  const Array *key = put_below(p, (size_t)rows, (uint32_t)rows, (uint32_t)banks + 1),
              *order = put_zeros(p, (size_t)rows);
  int32_t *wanted = calloc((size_t)rows, sizeof *wanted);
  assert_non_null(wanted);
  const int32_t *k = (const int32_t *)(const void *)key->host;
  int n = 0;
  for (int b = 0; b < banks; b++) {
    for (int i = 0; i < rows; i++) {
      if (k[i] == b) {
        wanted[n++] = i;
      }
    }
  }
  for (int s = 0; s < SIDES; s++) {
    p->device[s]->ops->group(p->device[s], order->memory[s], key->memory[s], rows, banks);
    float *got = read_side(p, order, s);
    assert_memory_equal(got, wanted, (size_t)n * sizeof *wanted);
    free(got);
  }
  free(wanted);
  free_arrays(p);
}

static void test_group(void **unused) {
  (void)unused;
  Pair p = open_pair();
  const int rows[] = {1, 31, 127, 1000, 6144};
  for (int i = 0; i < 5; i++) {
    check_group(&p, rows[i], 1);
    check_group(&p, rows[i], 7);
    check_group(&p, rows[i], KRN_BANKS_MAX);
  }
  close_pair(&p);
}

// actions with the very noise that the processor draws, each row its own, in any order
static void check_draw(Pair *p, int rows, int n, bool noisy) {
  const size_t r = (size_t)rows, c = (size_t)n;
  const Array *mean = put_normals(p, r * c, 1, 1), *log_std = put_normals(p, c, 2, 0.3f),
              *action = put_zeros(p, r * c), *log_prob = put_zeros(p, r);
  KrnDraw *draw = calloc(r, sizeof *draw);
  int32_t *index = calloc(r, sizeof *index);
  assert_true(draw && index);
  for (int i = 0; i < rows; i++) {
    index[i] = rows - 1 - i;
    draw[i] = (KrnDraw){.seed = 0x123456789abcdefu,
                        .world = (uint32_t)i,
                        .step = 77,
                        .purpose = SIM_RNG_SKILL + 3,
                        .sample = i % 5 != 0};
  }
  const Array *how = put_array(p, (float *)(void *)draw, r * sizeof *draw),
              *order = put_array(p, (float *)(void *)index, r * sizeof *index);
  for (int s = 0; s < SIDES; s++) {
    p->device[s]->ops->gaussian_draw(&p->work[s], float_of(action, s), float_of(log_prob, s),
                                     float_of(mean, s), noisy ? float_of(log_std, s) : NULL,
                                     how->memory[s], order->memory[s], rows, n);
  }
  demand("gaussian_draw", error_of(p, action), 1e-6);
  demand("gaussian_draw log_prob", error_of(p, log_prob), 1e-5);
  float *got = read_side(p, action, CPU);
  for (int i = 0; i < rows; i++) {
    float noise[8];
    SimRng rng = sim_rng(draw[i].seed, draw[i].world, draw[i].step, draw[i].purpose);
    sim_rng_normals(&rng, noise, n);
    for (int j = 0; j < n; j++) {
      const double z = noisy && draw[i].sample ? (double)noise[j] : 0;
      const double m = (double)mean->host[(rows - 1 - i) * n + j];
      assert_true(fabs((double)got[i * n + j] - (m + exp((double)log_std->host[j]) * z)) < 2e-6);
    }
  }
  free(got);
  free_arrays(p);
}

static void test_draw(void **unused) {
  (void)unused;
  Pair p = open_pair();
  for (int r = 0; r < N_ROWS; r++) {
    check_draw(&p, ROWS[r], 4, true);
    check_draw(&p, ROWS[r], 6, true);
    check_draw(&p, ROWS[r], 4, false);
  }
  close_pair(&p);
}

static const KrnPolicyLoss LOSS = {
    .clip = 0.2f, .bound_limit = 0.8f, .bound_cost = 0.1f, .entropy = 0.05f, .scale = 1e-3f};

static void check_gaussian(Pair *p, int rows, int n) {
  const size_t r = (size_t)rows, c = (size_t)n;
  const Array *mean = put_normals(p, r * c, 1, 1), *log_std = put_normals(p, c, 2, 0.3f),
              *action = put_normals(p, r * c, 3, 1), *old = put_normals(p, r, 4, 1),
              *advantage = put_normals(p, r, 5, 1), *dmean = put_zeros(p, r * c),
              *dlog_std = put_zeros(p, c), *log_prob = put_zeros(p, r),
              *reference = put_normals(p, c, 6, 0.3f), *sums = put_zeros(p, 2 * KRN_SUMS);
  for (size_t i = 0; i < r; i++) {
    old->host[i] -= 1.5f * (float)n;
  }
  for (int s = 0; s < SIDES; s++) {
    const KrnOps *ops = p->device[s]->ops;
    ops->upload(p->device[s], old->memory[s], old->host, old->bytes);
    // twice: the sums are added to
    for (int twice = 0; twice < 2; twice++) {
      ops->gaussian_loss(&p->work[s], float_of(dmean, s), float_of(dlog_std, s), sums->memory[s],
                         float_of(mean, s), float_of(log_std, s), float_of(action, s),
                         float_of(old, s), float_of(advantage, s), &LOSS, rows, n);
    }
    ops->gaussian_pull(&p->work[s], float_of(dmean, s), float_of(dlog_std, s), float_of(mean, s),
                       float_of(log_std, s), float_of(action, s), float_of(reference, s),
                       float_of(old, s), 1e-3f, rows, n);
    ops->gaussian_log_prob(&p->work[s], float_of(log_prob, s), float_of(mean, s),
                           float_of(log_std, s), float_of(action, s), rows, n);
  }
  demand("gaussian_loss dmean", error_of(p, dmean), 1e-4);
  demand("gaussian_loss dlog_std", error_of(p, dlog_std), 1e-4);
  demand("gaussian_loss sums", sums_error(p, sums), 1e-5);
  demand("gaussian_log_prob", error_of(p, log_prob), 1e-5);
  free_arrays(p);
}

static void check_heads(Pair *p, int rows) {
  const KrnHeads heads = {.n = 3, .size = {6, 2, 3}};
  const size_t r = (size_t)rows, c = (size_t)krn_heads_outputs(&heads);
  const Array *logits = put_normals(p, r * c, 1, 1), *choice = put_zeros(p, r * 3),
              *legal = put_below(p, r * 3, 2, 4), *old = put_normals(p, r, 4, 1),
              *advantage = put_normals(p, r, 5, 1), *dlogits = put_zeros(p, r * c),
              *sums = put_zeros(p, 2 * KRN_SUMS);
  float *chosen = calloc(r * 3, sizeof *chosen);
  assert_non_null(chosen);
  SimRng rng = sim_rng(19, 0, 0, SIM_RNG_TEST);
  for (size_t i = 0; i < r * 3; i++) {
    const uint32_t option = sim_rng_below(&rng, (uint32_t)heads.size[i % 3]);
    chosen[i] = (float)option;
    ((uint32_t *)(void *)legal->host)[i] |= 1u << option;
  }
  for (int s = 0; s < SIDES; s++) {
    const KrnOps *ops = p->device[s]->ops;
    ops->upload(p->device[s], choice->memory[s], chosen, choice->bytes);
    ops->upload(p->device[s], legal->memory[s], legal->host, legal->bytes);
    ops->heads_loss(&p->work[s], float_of(dlogits, s), sums->memory[s], float_of(logits, s),
                    float_of(choice, s), legal->memory[s], float_of(old, s), float_of(advantage, s),
                    &LOSS, &heads, rows);
  }
  demand("heads_loss", error_of(p, dlogits), 1e-4);
  demand("heads_loss sums", sums_error(p, sums), 1e-5);
  free(chosen);
  free_arrays(p);
}

static void check_value(Pair *p, int rows) {
  const size_t r = (size_t)rows;
  const Array *value = put_normals(p, r, 1, 1), *wanted = put_normals(p, r, 2, 1),
              *dvalue = put_zeros(p, r), *sums = put_zeros(p, 2 * KRN_SUMS);
  for (int s = 0; s < SIDES; s++) {
    p->device[s]->ops->value_loss(&p->work[s], float_of(dvalue, s), sums->memory[s],
                                  float_of(value, s), float_of(wanted, s), 0.01f, rows);
  }
  demand("value_loss", error_of(p, dvalue), 1e-6);
  demand("value_loss sums", sums_error(p, sums), 1e-6);
  free_arrays(p);
}

static void test_losses(void **unused) {
  (void)unused;
  Pair p = open_pair();
  for (int r = 0; r < N_ROWS; r++) {
    check_gaussian(&p, ROWS[r], r % 2 ? 4 : 3);
    check_heads(&p, ROWS[r]);
    check_value(&p, ROWS[r]);
  }
  // more rows than one turn of all blocks takes
  check_gaussian(&p, 20000, 4);
  check_heads(&p, 20000);
  check_value(&p, 20000);
  close_pair(&p);
}

static void test_gae(void **unused) {
  (void)unused;
  const int worlds[] = {1, 31, 512, 1000};
  enum { STEPS = 33 };
  Pair p = open_pair();
  for (int k = 0; k < 4; k++) {
    const size_t w = (size_t)worlds[k], n = STEPS * w;
    const Array *reward = put_normals(&p, n, 1, 1), *value = put_normals(&p, n + w, 2, 1),
                *rest = put_normals(&p, n, 3, 1), *advantage = put_zeros(&p, n),
                *wanted = put_zeros(&p, n), *ended = put_below(&p, (n + 3) / 4, 4, 2);
    for (int s = 0; s < SIDES; s++) {
      p.device[s]->ops->gae(p.device[s], float_of(advantage, s), float_of(wanted, s),
                            float_of(reward, s), float_of(value, s), ended->memory[s],
                            float_of(rest, s), 0.97f, 0.9f, STEPS, worlds[k]);
    }
    demand("gae", error_of(&p, advantage), 1e-6);
    demand("gae returns", error_of(&p, wanted), 1e-6);
    free_arrays(&p);
  }
  close_pair(&p);
}

static double moments_error(Pair *p, const Array *a) {
  double *here = (double *)(void *)read_side(p, a, CPU),
         *there = (double *)(void *)read_side(p, a, CUDA);
  const double error = fmax(fabs(here[0] - there[0]), fabs(here[1] - there[1]));
  free(here);
  free(there);
  return error;
}

static void check_moments(Pair *p, size_t n) {
  const Array *x = put_normals(p, n, 1, 2), *minus = put_normals(p, n, 2, 1),
              *out = put_zeros(p, 4), *of_both = put_zeros(p, 4), *picked = put_zeros(p, n);
  int32_t *from = malloc(n * sizeof *from);
  assert_non_null(from);
  for (size_t i = 0; i < n; i++) {
    from[i] = i % 3 ? (int32_t)(n - 1 - i) : -1;
  }
  const Array *index = put_array(p, (float *)(void *)from, n * sizeof *from);
  for (int s = 0; s < SIDES; s++) {
    KrnDevice *d = p->device[s];
    d->ops->pick(d, float_of(picked, s), float_of(x, s), index->memory[s], n);
    d->ops->moments(d, of_both->memory[s], float_of(x, s), float_of(minus, s), n);
    d->ops->moments(d, out->memory[s], float_of(x, s), NULL, n);
    d->ops->standardise(d, float_of(x, s), out->memory[s], 1.5, n);
  }
  demand("pick", error_of(p, picked), 0);
  demand("moments", moments_error(p, out), 1e-12);
  demand("moments of a difference", moments_error(p, of_both), 1e-12);
  demand("standardise", error_of(p, x), 1e-6);
  free_arrays(p);
}

static void test_moments(void **unused) {
  (void)unused;
  Pair p = open_pair();
  const size_t n[] = {1, 31, 512, 1000, 300000};
  for (int i = 0; i < 5; i++) {
    check_moments(&p, n[i]);
  }
  close_pair(&p);
}

// the first of several numbers that are none, wherever it is
static void test_first_bad(void **unused) {
  (void)unused;
  enum { N = 9000, COLUMNS = 3 };
  static const int AT[] = {-1, 0, 1, 255, 1500, N - 1};
  for (int k = 0; k < 6; k++) {
    Pair p = open_pair();
    float *host = normals(N * COLUMNS, 1, 1);
    for (int i = AT[k]; i >= 0 && i < N; i += 700) {
      host[i * COLUMNS + i % COLUMNS] = i % 2 ? NAN : -INFINITY;
    }
    const Array *x = put_array(&p, host, N * COLUMNS * sizeof *host), *row = put_zeros(&p, 1);
    for (int s = 0; s < SIDES; s++) {
      p.device[s]->ops->first_bad(p.device[s], row->memory[s], float_of(x, s), N, COLUMNS);
      int32_t *got = (int32_t *)(void *)read_side(&p, row, s);
      assert_int_equal(*got, AT[k]);
      free(got);
    }
    close_pair(&p);
  }
}

static void check_step(Pair *p, size_t n, float norm) {
  enum { TILES = 3 };
  const Array *part = put_normals(p, TILES * n, 1, 1), *gradient = put_zeros(p, n),
              *scale = put_zeros(p, 1), *length = put_zeros(p, 1), *mean = put_zeros(p, n),
              *square = put_zeros(p, n), *weight = put_normals(p, n, 2, 1);
  KrnAdam *adam = malloc(sizeof *adam);
  assert_non_null(adam);
  *adam = (KrnAdam){.rate = 1e-2f,
                    .beta1 = 0.9f,
                    .beta2 = 0.999f,
                    .epsilon = 1e-7f,
                    .correct1 = 10,
                    .correct2 = 1000};
  const Array *how = put_array(p, (float *)(void *)adam, sizeof *adam);
  for (int s = 0; s < SIDES; s++) {
    KrnDevice *d = p->device[s];
    for (int step = 0; step < 3; step++) {
      d->ops->add_tiles(d, float_of(gradient, s), float_of(part, s), TILES, n);
      d->ops->clip_norm(d, float_of(scale, s), step ? float_of(length, s) : NULL,
                        float_of(gradient, s), n, norm);
      d->ops->adam(d, float_of(weight, s), float_of(mean, s), float_of(square, s),
                   float_of(gradient, s), float_of(scale, s), how->memory[s], n);
      d->ops->affine(d, float_of(part, s), float_of(part, s), -0.7f, 0.1f, TILES * n);
    }
    d->ops->clamp(d, float_of(weight, s), -0.5f, 1.5f, n);
  }
  demand("add_tiles", error_of(p, gradient), 1e-6);
  demand("clip_norm", error_of(p, scale), 1e-6);
  demand("clip_norm length", error_of(p, length), 1e-6);
  demand("adam mean", error_of(p, mean), 1e-6);
  demand("adam square", error_of(p, square), 1e-6);
  demand("adam, clamp", error_of(p, weight), 1e-6);
  demand("affine", error_of(p, part), 1e-6);
  free_arrays(p);
}

static void test_step(void **unused) {
  (void)unused;
  Pair p = open_pair();
  const size_t n[] = {1, 31, 512, 1000, 300000};
  for (int i = 0; i < 5; i++) {
    check_step(&p, n[i], i % 2 ? 1.0f : 1e6f);
  }
  close_pair(&p);
}

// a gradient that is no number changes no weight
static void test_bad_gradient(void **unused) {
  (void)unused;
  enum { N = 1000 };
  const float bad[] = {NAN, INFINITY, 3e38f};
  for (int k = 0; k < 3; k++) {
    Pair p = open_pair();
    float *host = normals(N, 1, 1);
    host[617] = bad[k];
    host[618] = bad[k];
    const Array *gradient = put_array(&p, host, N * sizeof *host),
                *weight = put_normals(&p, N, 2, 1), *mean = put_normals(&p, N, 3, 1),
                *square = put_normals(&p, N, 4, 1), *scale = put_zeros(&p, 1),
                *how = put_normals(&p, sizeof(KrnAdam) / 4, 5, 1);
    KrnDevice *d = p.device[CUDA];
    d->ops->clip_norm(d, float_of(scale, CUDA), NULL, float_of(gradient, CUDA), N, 1);
    d->ops->adam(d, float_of(weight, CUDA), float_of(mean, CUDA), float_of(square, CUDA),
                 float_of(gradient, CUDA), float_of(scale, CUDA), how->memory[CUDA], N);
    float *got = read_side(&p, scale, CUDA), *after = read_side(&p, weight, CUDA);
    assert_true(got[0] == -1);
    assert_memory_equal(after, weight->host, weight->bytes);
    free(got);
    free(after);
    close_pair(&p);
  }
}

// copies longer than the page-locked buffers, one right after the other
static void test_copies(void **unused) {
  (void)unused;
  KrnDevice *d = open_cuda(KRN_GRAPHS_NEVER);
  const size_t sizes[] = {1, 4096, (size_t)4 << 20, ((size_t)4 << 20) + 1, (size_t)19 << 20};
  for (int i = 0; i < 5; i++) {
    const size_t n = sizes[i];
    unsigned char *from = malloc(n), *to = calloc(n, 1), *kept = malloc(n);
    void *memory = d->ops->alloc(d, n);
    assert_true(from && to && kept && memory);
    for (size_t k = 0; k < n; k++) {
      kept[k] = from[k] = (unsigned char)(k * 2654435761u >> 13);
    }
    d->ops->download(d, to, memory, n);
    assert_true(to[0] == 0 && to[n - 1] == 0);
    d->ops->upload(d, memory, from, n);
    // the host's memory is free again at once
    memset(from, 0x55, n);
    d->ops->download(d, to, memory, n);
    assert_memory_equal(to, kept, n);
    d->ops->zero(d, memory, n);
    d->ops->download(d, to, memory, n);
    assert_true(to[0] == 0 && to[n / 2] == 0 && to[n - 1] == 0);
    d->ops->release(d, memory);
    free(from);
    free(to);
    free(kept);
  }
  krn_device_destroy(d);
}

// copies beside the work: two seats by turns, each waited for alone
static void test_shared(void **unused) {
  (void)unused;
  enum { N = 5000, SEATS = 2, TURNS = 7 };
  Pair p = open_pair();
  for (int s = 0; s < SIDES; s++) {
    KrnDevice *d = p.device[s];
    float *in[SEATS], *out[SEATS], *memory[SEATS];
    KrnMark mark[SEATS] = {{NULL}, {NULL}};
    for (int k = 0; k < SEATS; k++) {
      in[k] = d->ops->share(d, N * sizeof(float));
      out[k] = d->ops->share(d, N * sizeof(float));
      memory[k] = d->ops->alloc(d, N * sizeof(float));
      assert_true(in[k] && out[k] && memory[k]);
      assert_true(in[k][0] == 0 && in[k][N - 1] == 0);
    }
    for (int turn = 0; turn < SEATS * TURNS; turn++) {
      const int k = turn % SEATS;
      if (turn >= SEATS) {
        d->ops->wait(d, &mark[k]);
        assert_true(out[k][0] == 2 * (float)(turn - SEATS) && out[k][N - 1] == out[k][0] + N - 1);
      }
      for (int i = 0; i < N; i++) {
        in[k][i] = (float)turn + 0.5f * (float)i;
      }
      d->ops->send(d, memory[k], in[k], N * sizeof(float));
      d->ops->affine(d, memory[k], memory[k], 2, 0, N);
      d->ops->fetch(d, out[k], memory[k], N * sizeof(float));
      d->ops->mark(d, &mark[k]);
    }
    for (int k = 0; k < SEATS; k++) {
      d->ops->wait(d, &mark[k]);
      d->ops->unmark(d, &mark[k]);
      d->ops->unshare(d, in[k]);
      d->ops->unshare(d, out[k]);
      d->ops->release(d, memory[k]);
    }
  }
  close_pair(&p);
}

// ---- whole updates

// a GPU has time for all of it; the stand-ins do with less, unless HCSP_LONG_TESTS is set
static bool thorough(void) {
  return getenv("HCSP_LONG_TESTS") != NULL;
}

static void test_updates(void **unused) {
  (void)unused;
  static const char *const names[TOY_KINDS] = {"updates, tanh", "updates, layer norms",
                                               "updates, heads"};
  const uint32_t updates = thorough() ? TOY_UPDATES : 3;
  for (int kind = 0; kind < TOY_KINDS; kind++) {
    SimError err;
    ToyLearner cpu = toy_open(krn_cpu_create(2, &err), (ToyKind)kind, 0),
               cuda = toy_open(open_cuda(KRN_GRAPHS_NEVER), (ToyKind)kind, 0);
    toy_updates(&cpu, 0, updates);
    toy_updates(&cuda, 0, updates);
    demand(names[kind], toy_difference(&cpu, &cuda), 1e-3);
    toy_close(&cpu);
    toy_close(&cuda);
  }
}

// plain, with recorded steps and with those that pay, by turns
static void test_same_bits(void **unused) {
  (void)unused;
  const int runs = thorough() ? 10 : 3;
  for (int kind = 0; kind < TOY_KINDS; kind++) {
    ToyLearner first = toy_open(open_cuda(KRN_GRAPHS_NEVER), (ToyKind)kind, 0);
    toy_updates(&first, 0, 1);
    for (int run = 1; run < runs; run++) {
      ToyLearner l = toy_open(open_cuda((KrnGraphs)(run % 3)), (ToyKind)kind, 0);
      toy_updates(&l, 0, 1);
      demand("again, difference", toy_difference(&first, &l), 0);
      toy_close(&l);
    }
    toy_close(&first);
  }
}

// the middle of a training moves to the other device: weights, moments and counts are all it takes
static void move(ToyLearner *to, const ToyLearner *from) {
  const Mlp *const source[2] = {from->ppo->actor, from->ppo->critic};
  const Mlp *const target[2] = {to->ppo->actor, to->ppo->critic};
  for (int k = 0; k < 2; k++) {
    const float *const parts[3] = {source[k]->weight, source[k]->mean, source[k]->square};
    float *const places[3] = {target[k]->weight, target[k]->mean, target[k]->square};
    const size_t bytes = source[k]->n * sizeof(float);
    float *copy = malloc(bytes);
    assert_non_null(copy);
    for (int i = 0; i < 3; i++) {
      from->device->ops->download(from->device, copy, parts[i], bytes);
      to->device->ops->upload(to->device, places[i], copy, bytes);
    }
    free(copy);
  }
  to->ppo->rate = from->ppo->rate;
  to->ppo->iteration = from->ppo->iteration;
  to->ppo->step = from->ppo->step;
  to->ppo->value.count = from->ppo->value.count;
  to->ppo->value.mean[0] = from->ppo->value.mean[0];
  to->ppo->value.square[0] = from->ppo->value.square[0];
}

static void test_move(void **unused) {
  (void)unused;
  SimError err;
  ToyLearner all = toy_open(krn_cpu_create(1, &err), TOY_HEADS, 0),
             first = toy_open(open_cuda(KRN_GRAPHS_NEVER), TOY_HEADS, 0),
             second = toy_open(krn_cpu_create(1, &err), TOY_HEADS, 0),
             third = toy_open(open_cuda(KRN_GRAPHS_ALWAYS), TOY_HEADS, 0);
  toy_updates(&all, 0, 9);
  toy_updates(&first, 0, 3);
  move(&second, &first);
  toy_updates(&second, 3, 6);
  move(&third, &second);
  toy_updates(&third, 6, 9);
  demand("moved twice", toy_difference(&all, &third), 1e-3);
  toy_close(&all);
  toy_close(&first);
  toy_close(&second);
  toy_close(&third);
}

static int print_table(void **unused) {
  (void)unused;
  printf("%-26s %10s %10s\n", "largest error", "seen", "allowed");
  for (int i = 0; i < rows_of_table; i++) {
    printf("%-26s %10.1e %10.0e\n", table[i].name, table[i].error, table[i].limit);
  }
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_linear),        cmocka_unit_test(test_norm),
      cmocka_unit_test(test_gather),        cmocka_unit_test(test_losses),
      cmocka_unit_test(test_gather_narrow), cmocka_unit_test(test_group),
      cmocka_unit_test(test_draw),          cmocka_unit_test(test_shared),
      cmocka_unit_test(test_gae),           cmocka_unit_test(test_step),
      cmocka_unit_test(test_bad_gradient),  cmocka_unit_test(test_copies),
      cmocka_unit_test(test_updates),       cmocka_unit_test(test_same_bits),
      cmocka_unit_test(test_move),          cmocka_unit_test(test_moments),
      cmocka_unit_test(test_first_bad),
  };
  return skip_without_cuda() ? 77 : cmocka_run_group_tests(tests, NULL, print_table);
}
