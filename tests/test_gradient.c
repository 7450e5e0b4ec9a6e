// The operations of learning against plain double arithmetic: results over odd sizes, and every
// backward operation, up to whole networks, against central differences of a double forward.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/learn/mlp.h"
#include "sim/base/rng.h"

enum { ROWS_MAX = 1000, WIDTH_MAX = 256, PROBES = 40 };

static float *random_floats(size_t n, uint32_t which, float scale) {
  float *x = aligned_alloc(64, (n * sizeof *x + 63) / 64 * 64);
  SimRng rng = sim_rng(7, which, 0, SIM_RNG_TEST);
  assert_non_null(x);
  for (size_t i = 0; i < n; i++) {
    float pair[2];
    sim_rng_normals(&rng, pair, 2);
    x[i] = scale * pair[0];
  }
  return x;
}

static double activate(double x, KrnActivation activation) {
  return activation == KRN_TANH ? tanh(x) : activation == KRN_ELU && x < 0 ? expm1(x) : x;
}

// runs fn on one worker of a fresh device
typedef struct Bench {
  KrnDevice *device;
  const KrnOps *ops;
  KrnWork work;
} Bench;

static Bench open_bench(void) {
  SimError err;
  KrnDevice *device = krn_cpu_create(1, &err);
  assert_non_null(device);
  return (Bench){device, device->ops, {.device = device}};
}

// ---- results over odd sizes

static void check_linear(Bench *b, int rows, int outputs, int inputs, KrnActivation act) {
  float *x = random_floats((size_t)(rows * inputs), 1, 1),
        *w = random_floats((size_t)(outputs * inputs), 2, 0.2f),
        *bias = random_floats((size_t)outputs, 3, 1),
        *y = random_floats((size_t)(rows * outputs), 4, 1);
  b->ops->linear(&b->work, y, x, w, NULL, bias, act, rows, outputs, inputs);
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < outputs; j++) {
      double sum = (double)bias[j];
      for (int k = 0; k < inputs; k++) {
        sum += (double)x[i * inputs + k] * (double)w[j * inputs + k];
      }
      assert_near(y[i * outputs + j], activate(sum, act), 1e-5 * (1 + fabs(sum)));
    }
  }
  free(x);
  free(w);
  free(bias);
  free(y);
}

static void test_linear(void **unused) {
  (void)unused;
  const int rows[] = {1, 31, 512, 1000}, widths[] = {1, 4, 27, 64};
  Bench b = open_bench();
  for (int r = 0; r < 4; r++) {
    for (int o = 0; o < 4; o++) {
      check_linear(&b, rows[r], widths[o], 43, (KrnActivation)(o % 3));
    }
  }
  krn_device_destroy(b.device);
}

static void test_norm(void **unused) {
  (void)unused;
  Bench b = open_bench();
  for (int columns = 3; columns <= 128; columns += 25) {
    float *x = random_floats((size_t)(31 * columns), 1, 3),
          *y = random_floats((size_t)(31 * columns), 2, 1);
    float *gain = random_floats((size_t)columns, 3, 1),
          *bias = random_floats((size_t)columns, 4, 1), spread[62];
    b.ops->norm(&b.work, y, spread, x, gain, bias, 31, columns);
    for (int i = 0; i < 31; i++) {
      double mean = 0, square = 0;
      for (int j = 0; j < columns; j++) {
        mean += (double)x[i * columns + j] / columns;
      }
      for (int j = 0; j < columns; j++) {
        square += pow((double)x[i * columns + j] - mean, 2) / columns;
      }
      for (int j = 0; j < columns; j++) {
        const double unit = ((double)x[i * columns + j] - mean) / sqrt(square + 1e-5);
        assert_near(y[i * columns + j], unit * (double)gain[j] + (double)bias[j], 2e-5);
      }
    }
    free(x);
    free(y);
    free(gain);
    free(bias);
  }
  krn_device_destroy(b.device);
}

// advantages by their definition: sums of discounted errors up to the end of the episode
static void test_gae(void **unused) {
  (void)unused;
  enum { T = 23, W = 7 };
  Bench b = open_bench();
  float *reward = random_floats(T * W, 1, 1), *value = random_floats((T + 1) * W, 2, 1),
        *rest = random_floats(T * W, 3, 1);
  float advantage[T * W], wanted[T * W];
  uint8_t ended[T * W];
  SimRng rng = sim_rng(3, 0, 0, SIM_RNG_TEST);
  for (int i = 0; i < T * W; i++) {
    ended[i] = sim_rng_below(&rng, 6) == 0;
  }
  b.ops->gae(b.device, advantage, wanted, reward, value, ended, rest, 0.97f, 0.9f, T, W);
  for (int w = 0; w < W; w++) {
    for (int t = 0; t < T; t++) {
      double sum = 0, weight = 1;
      for (int k = t; k < T; k++) {
        const int i = k * W + w;
        const double next = (double)(ended[i] ? rest[i] : value[i + W]);
        sum += weight * ((double)reward[i] + 0.97 * next - (double)value[i]);
        weight *= 0.97 * 0.9;
        if (ended[i]) {
          break;
        }
      }
      assert_near(advantage[t * W + w], sum, 1e-5);
      assert_near(wanted[t * W + w], sum + (double)value[t * W + w], 1e-5);
    }
  }
  free(reward);
  free(value);
  free(rest);
  krn_device_destroy(b.device);
}

// rows of a bank side by side, banks and rows in their order, others left out
static void test_group(void **unused) {
  (void)unused;
  const int32_t key[] = {2, 0, -1, 2, 1, 3, 0, 2}, wanted[] = {1, 6, 4, 0, 3, 7};
  int32_t order[8];
  Bench b = open_bench();
  b.ops->group(b.device, order, key, 8, 3);
  assert_memory_equal(order, wanted, sizeof wanted);
  krn_device_destroy(b.device);
}

static void test_adam(void **unused) {
  (void)unused;
  enum { N = 1000 };
  Bench b = open_bench();
  float *w = random_floats(N, 1, 1), *g = random_floats(N, 2, 1), m[N] = {0}, v[N] = {0}, before[N],
        scale = 0.5f, norm;
  double wm[N], mm[N] = {0}, vv[N] = {0};
  for (int i = 0; i < N; i++) {
    wm[i] = (double)w[i];
  }
  for (int step = 1; step <= 5; step++) {
    const KrnAdam adam = {.rate = 1e-2f,
                          .beta1 = 0.9f,
                          .beta2 = 0.999f,
                          .epsilon = 1e-7f,
                          .correct1 = (float)(1 / (1 - pow(0.9, step))),
                          .correct2 = (float)(1 / (1 - pow(0.999, step)))};
    b.ops->adam(b.device, w, m, v, g, &scale, &adam, N);
    for (int i = 0; i < N; i++) {
      const double d = 0.5 * (double)g[i];
      mm[i] = 0.9 * mm[i] + 0.1 * d;
      vv[i] = 0.999 * vv[i] + 0.001 * d * d;
      wm[i] -=
          1e-2 * (mm[i] / (1 - pow(0.9, step))) / (sqrt(vv[i] / (1 - pow(0.999, step))) + 1e-7);
    }
  }
  for (int i = 0; i < N; i++) {
    assert_near(w[i], wm[i], 2e-5);
  }
  // a gradient that is no number changes nothing
  memcpy(before, w, sizeof before);
  g[17] = NAN;
  b.ops->clip_norm(b.device, &scale, &norm, g, N, 1);
  assert_true(scale < 0);
  b.ops->adam(b.device, w, m, v, g, &scale,
              &(KrnAdam){.rate = 1, .beta1 = 0.9f, .beta2 = 0.999f, .correct1 = 1, .correct2 = 1},
              N);
  assert_memory_equal(before, w, sizeof before);
  g[17] = 3;
  b.ops->clip_norm(b.device, &scale, &norm, g, N, 1);
  assert_near(scale * norm, 1, 1e-6);
  free(w);
  free(g);
  krn_device_destroy(b.device);
}

// ---- gradients of whole networks

// double forward of one row, told from the host network
static void forward_row(double *out, const PolNet *net, const float *row) {
  const PolArch *arch = &net->arch;
  double x[WIDTH_MAX], y[WIDTH_MAX];
  int inputs = arch->inputs;
  for (int i = 0; i < inputs; i++) {
    x[i] = (double)row[i];
  }
  for (int l = -1; l <= arch->layers; l++) {
    const int outputs = l < 0 ? inputs : l < arch->layers ? arch->hidden[l] : arch->outputs;
    const float *w = l < 0 ? NULL : l < arch->layers ? net->weight[l] : net->head_weight;
    const float *bias = l < 0 ? NULL : l < arch->layers ? net->bias[l] : net->head_bias;
    const float *gain = l < 0 ? net->input_a : l < arch->layers ? net->norm_weight[l] : NULL;
    const float *shift = l < 0 ? net->input_b : l < arch->layers ? net->norm_bias[l] : NULL;
    for (int j = 0; j < outputs; j++) {
      double sum = l < 0 ? x[j] : (double)bias[j];
      for (int k = 0; l >= 0 && k < inputs; k++) {
        sum += (double)w[j * inputs + k] * x[k];
      }
      y[j] = l < 0 || l == arch->layers
                 ? sum
                 : activate(sum, arch->activation == POL_ELU ? KRN_ELU : KRN_TANH);
    }
    double mean = 0, square = 0;
    for (int j = 0; gain && j < outputs; j++) {
      mean += y[j] / outputs;
    }
    for (int j = 0; gain && j < outputs; j++) {
      square += (y[j] - mean) * (y[j] - mean) / outputs;
    }
    for (int j = 0; j < outputs; j++) {
      x[j] = gain ? (y[j] - mean) / sqrt(square + 1e-5) * (double)gain[j] + (double)shift[j] : y[j];
    }
    inputs = outputs;
  }
  memcpy(out, x, (size_t)arch->outputs * sizeof *out);
}

// what the losses below add up over the rows, in double
typedef double LossFn(const PolNet *net, const double *out, int row, const void *data);

typedef struct Data {
  int rows;
  const float *in, *action, *old, *advantage;
  const uint32_t *legal;
  KrnPolicyLoss loss;
  KrnHeads heads;
} Data;

static double total_loss(const PolNet *net, LossFn *fn, const Data *data) {
  double sum = 0, out[64];
  for (int i = 0; i < data->rows; i++) {
    forward_row(out, net, data->in + i * net->arch.inputs);
    sum += fn(net, out, i, data);
  }
  return sum;
}

static double surrogate(double log_prob, int row, const Data *d) {
  const double ratio = exp(log_prob - (double)d->old[row]), a = (double)d->advantage[row],
               c = (double)d->loss.clip;
  const double held = fmin(fmax(ratio, 1 - c), 1 + c);
  return -fmin(ratio * a, held * a) * (double)d->loss.scale;
}

static double gaussian_loss(const PolNet *net, const double *out, int row, const void *data) {
  const Data *d = data;
  double log_prob = 0, more = 0;
  for (int j = 0; j < net->arch.outputs; j++) {
    const double s = (double)net->log_std[j],
                 z = ((double)d->action[row * net->arch.outputs + j] - out[j]) * exp(-s);
    const double over = fmax(fabs(out[j]) - (double)d->loss.bound_limit, 0);
    log_prob += -0.5 * z * z - s - 0.91893853320467274;
    more += (double)d->loss.bound_cost * over * over - (double)d->loss.entropy * s;
  }
  return surrogate(log_prob, row, d) + more * (double)d->loss.scale;
}

static double heads_loss(const PolNet *net, const double *out, int row, const void *data) {
  const Data *d = data;
  double log_prob = 0, entropy = 0;
  (void)net;
  for (int h = 0; h < d->heads.n; out += d->heads.size[h++]) {
    double sum = 0;
    for (int i = 0; i < d->heads.size[h]; i++) {
      sum += d->legal[row * d->heads.n + h] >> i & 1u ? exp(out[i]) : 0;
    }
    for (int i = 0; i < d->heads.size[h]; i++) {
      const double p = d->legal[row * d->heads.n + h] >> i & 1u ? exp(out[i]) / sum : 0;
      entropy -= p > 0 ? p * log(p) : 0;
    }
    log_prob += out[(int)d->action[row * d->heads.n + h]] - log(sum);
  }
  return surrogate(log_prob, row, d) - (double)d->loss.entropy * entropy * (double)d->loss.scale;
}

static double value_loss(const PolNet *net, const double *out, int row, const void *data) {
  const Data *d = data;
  (void)net;
  return 0.5 * pow(out[0] - (double)d->advantage[row], 2) * (double)d->loss.scale;
}

enum { TILES_MAX = 4 };
typedef enum Which { GAUSSIAN, HEADS, VALUE } Which;

typedef struct TileCall {
  Mlp *mlp;
  const Data *data;
  Which which;
  double sums[TILES_MAX][KRN_SUMS];
} TileCall;

static void gradient_tile(void *arg, KrnWork *work, int tile, int first, int rows) {
  TileCall *call = arg;
  Mlp *mlp = call->mlp;
  const Data *d = call->data;
  const KrnOps *ops = mlp->device->ops;
  const int outputs = mlp->net->arch.outputs;
  memcpy(mlp_input(mlp, work), d->in + first * mlp->net->arch.inputs,
         (size_t)(rows * mlp->net->arch.inputs) * sizeof(float));
  const float *out = mlp_forward(mlp, work, rows);
  float *slope = mlp_output_gradient(mlp, work);
  switch (call->which) {
  case GAUSSIAN:
    ops->gaussian_loss(work, slope, mlp_log_std_gradient(mlp, tile), call->sums[tile], out,
                       mlp_log_std(mlp), d->action + first * outputs, d->old + first,
                       d->advantage + first, &d->loss, rows, outputs);
    break;
  case HEADS:
    ops->heads_loss(work, slope, call->sums[tile], out, d->action + first * d->heads.n,
                    d->legal + first * d->heads.n, d->old + first, d->advantage + first, &d->loss,
                    &d->heads, rows);
    break;
  case VALUE:
    ops->value_loss(work, slope, call->sums[tile], out, d->advantage + first, d->loss.scale, rows);
    break;
  }
  mlp_backward(mlp, work, tile, rows);
}

// gradients of the device against central differences, at random weights
static void check_gradient(const PolArch *arch, Data *data, Which which, LossFn *fn) {
  Bench b = open_bench();
  SimError err;
  Mlp *mlp = mlp_create(b.device, arch, which == GAUSSIAN, data->rows, &err);
  assert_non_null(mlp);
  const MlpInit init = {.gain = 1.5, .head = 1, .head_bias = 0.1, .log_std = -0.5};
  mlp_init(mlp, &init, 5, 0);
  TileCall call = {.mlp = mlp, .data = data, .which = which};
  b.ops->for_tiles(b.device, data->rows, gradient_tile, &call);
  b.ops->add_tiles(b.device, mlp->gradient, mlp->part, b.ops->tiles(b.device, data->rows), mlp->n);
  double largest = 0;
  for (size_t i = 0; i < mlp->n; i++) {
    largest = fmax(largest, fabs((double)mlp->gradient[i]));
  }
  assert_true(largest > 1e-4);
  SimRng rng = sim_rng(11, 0, 0, SIM_RNG_TEST);
  for (int probe = 0; probe < PROBES; probe++) {
    const size_t last = mlp->n - 1,
                 at = probe < 4 ? last - (size_t)probe : sim_rng_below(&rng, (uint32_t)mlp->n);
    float *weight = mlp->net->block + mlp->skip + at;
    const float kept = *weight, step = 1e-3f;
    *weight = kept + step;
    const double up = total_loss(mlp->net, fn, data), high = (double)*weight;
    *weight = kept - step;
    const double down = total_loss(mlp->net, fn, data), low = (double)*weight;
    *weight = kept;
    assert_near(mlp->gradient[at], (up - down) / (high - low), 2e-3 * largest + 2e-6);
  }
  mlp_destroy(mlp);
  krn_device_destroy(b.device);
}

static const PolArch SMALL = {
    .inputs = 27, .outputs = 4, .layers = 2, .hidden = {64, 64}, .activation = POL_TANH};
static const PolArch PAPER = {.inputs = 43,
                              .outputs = 4,
                              .layers = 3,
                              .hidden = {256, 128, 128},
                              .input_norm = POL_INPUT_LAYERNORM,
                              .activation = POL_ELU,
                              .hidden_norm = true};

static Data random_data(int rows, int inputs, int outputs) {
  uint32_t *legal = calloc((size_t)(rows * 4), sizeof *legal);
  float *choice = random_floats((size_t)(rows * outputs), 2, 0.7f);
  assert_non_null(legal);
  Data data = {.rows = rows,
               .in = random_floats((size_t)(rows * inputs), 1, 1),
               .action = choice,
               .old = random_floats((size_t)rows, 3, 0.3f),
               .advantage = random_floats((size_t)rows, 4, 1),
               .legal = legal,
               .loss = {.clip = 0.2f,
                        .bound_limit = 0.8f,
                        .bound_cost = 0.1f,
                        .entropy = 0.05f,
                        .scale = 1.0f / (float)rows}};
  return data;
}

static void free_data(Data *d) {
  free((float *)(uintptr_t)d->in);
  free((float *)(uintptr_t)d->action);
  free((float *)(uintptr_t)d->old);
  free((float *)(uintptr_t)d->advantage);
  free((uint32_t *)(uintptr_t)d->legal);
}

static void test_gaussian_gradient(void **unused) {
  (void)unused;
  const PolArch *const archs[] = {&SMALL, &PAPER};
  for (int a = 0; a < 2; a++) {
    // two tiles, the second a short one
    Data data = random_data(a ? 31 : 531, archs[a]->inputs, 4);
    for (int i = 0; i < data.rows; i++) {
      ((float *)(uintptr_t)data.old)[i] -= 3;
    }
    check_gradient(archs[a], &data, GAUSSIAN, gaussian_loss);
    free_data(&data);
  }
}

static void test_value_gradient(void **unused) {
  (void)unused;
  PolArch arch = PAPER;
  arch.outputs = 1;
  Data data = random_data(33, arch.inputs, 1);
  check_gradient(&arch, &data, VALUE, value_loss);
  free_data(&data);
}

static void test_heads_gradient(void **unused) {
  (void)unused;
  PolArch arch = SMALL;
  arch.outputs = 11;
  Data data = random_data(100, arch.inputs, 3);
  data.heads = (KrnHeads){.n = 3, .size = {6, 2, 3}};
  SimRng rng = sim_rng(2, 0, 0, SIM_RNG_TEST);
  for (int i = 0; i < data.rows; i++) {
    for (int h = 0; h < 3; h++) {
      const uint32_t choice = sim_rng_below(&rng, (uint32_t)data.heads.size[h]);
      ((float *)(uintptr_t)data.action)[3 * i + h] = (float)choice;
      ((uint32_t *)(uintptr_t)data.legal)[3 * i + h] =
          (1u << choice) | sim_rng_below(&rng, 1u << data.heads.size[h]);
    }
    ((float *)(uintptr_t)data.old)[i] -= 2;
  }
  check_gradient(&arch, &data, HEADS, heads_loss);
  free_data(&data);
}

// ---- against the products of OpenBLAS, and with more threads

// the gradient of a loss at the weights of a seed, on a device that it takes
static float *gradient_on(size_t *n, KrnDevice *device, const PolArch *arch, Data *data) {
  SimError err;
  assert_non_null(device);
  Mlp *mlp = mlp_create(device, arch, true, data->rows, &err);
  assert_non_null(mlp);
  const MlpInit init = {.gain = 1.5, .head = 1, .head_bias = 0.1, .log_std = -0.5};
  mlp_init(mlp, &init, 5, 0);
  TileCall call = {.mlp = mlp, .data = data, .which = GAUSSIAN};
  const KrnOps *ops = device->ops;
  ops->for_tiles(device, data->rows, gradient_tile, &call);
  ops->add_tiles(device, mlp->gradient, mlp->part, ops->tiles(device, data->rows), mlp->n);
  float *gradient = malloc(mlp->n * sizeof *gradient);
  assert_non_null(gradient);
  ops->download(device, gradient, mlp->gradient, mlp->n * sizeof *gradient);
  *n = mlp->n;
  mlp_destroy(mlp);
  krn_device_destroy(device);
  return gradient;
}

// a layer that is wider than the products of our own
static const PolArch WIDE = {
    .inputs = 27, .outputs = 4, .layers = 2, .hidden = {300, 65}, .activation = POL_TANH};

static void our_products_and_those_of_a_blas_agree(void **unused) {
  (void)unused;
  const PolArch *const archs[] = {&SMALL, &PAPER, &WIDE};
  for (int a = 0; a < 3; a++) {
    SimError err;
    size_t n;
    Data data = random_data(1101, archs[a]->inputs, 4);
    for (int i = 0; i < data.rows; i++) {
      ((float *)(uintptr_t)data.old)[i] -= 3;
    }
    float *ours = gradient_on(&n, krn_cpu_create(1, &err), archs[a], &data),
          *threads = gradient_on(&n, krn_cpu_create(3, &err), archs[a], &data),
          *blas = gradient_on(&n, krn_cpu_create_blas(1, &err), archs[a], &data);
    double square = 0, off = 0;
    for (size_t i = 0; i < n; i++) {
      square += (double)blas[i] * (double)blas[i];
      off += pow((double)ours[i] - (double)blas[i], 2);
    }
    assert_true(square > 1e-6);
    assert_true(off <= 1e-10 * square);
    assert_memory_equal(ours, threads, n * sizeof *ours);
    free(ours);
    free(threads);
    free(blas);
    free_data(&data);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_linear),
      cmocka_unit_test(test_norm),
      cmocka_unit_test(test_gae),
      cmocka_unit_test(test_adam),
      cmocka_unit_test(test_group),
      cmocka_unit_test(test_gaussian_gradient),
      cmocka_unit_test(test_value_gradient),
      cmocka_unit_test(test_heads_gradient),
      cmocka_unit_test(our_products_and_those_of_a_blas_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
