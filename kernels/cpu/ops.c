// The operations of learning on the processor.
//
// Products are those of product.h, beyond its widths OpenBLAS's with one BLAS thread per worker.
// A tile has 512 rows: the same tile has the same shape, hence the same bits, whoever computes it.
// It is worked through in slices, all layers forward and backward, so that the activations of a
// 64-64 network stay in the nearest caches. The loops beside the products run over rows of constant
// width and are left to the compiler's vectors.
#include "kernels/ops.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/cpu/openblas.h"
#include "kernels/cpu/product.h"
#include "sim/base/pool.h"

enum { TILE = 512, SLICE = 96, ALIGN = 64, ADD_CHUNK = 4096, AHEAD = 8, OUTPUTS_MAX = 32 };

typedef struct Cpu {
  KrnDevice device;
  SimPool *pool;
  KrnWork *work;  // [threads]
  const KrnProducts *products;
  bool blas;  // OpenBLAS does all the products
  int slice;
  float *scratch;  // [threads][PACKED]
  KrnSgemm *sgemm;
} Cpu;

static KrnSgemm *sgemm_of(const KrnWork *work) {
  return ((const Cpu *)work->device)->sgemm;
}

// whether product.h has the products of a layer, or OpenBLAS
static bool ours(const KrnDevice *device, int outputs, int inputs) {
  return krn_product_fits(outputs, inputs) && !((const Cpu *)device)->blas;
}

static size_t scratch_floats(void) {
  return krn_product_packed(KRN_PRODUCT_MAX, KRN_PRODUCT_MAX);
}

// packed, or made in the worker's memory
static const float *packed_weight(const KrnWork *work, const float *packed, const float *weight,
                                  int outputs, int inputs) {
  if (packed) {
    return packed;
  }
  float *scratch = ((const Cpu *)work->device)->scratch + (size_t)work->worker * scratch_floats();
  krn_product_pack(scratch, weight, outputs, inputs);
  return scratch;
}

static const char *cpu_describe(const KrnDevice *device) {
  (void)device;
  return "the processor";
}

static void cpu_destroy(KrnDevice *device) {
  Cpu *cpu = (Cpu *)device;
  sim_pool_destroy(cpu->pool);
  free(cpu->work);
  free(cpu->scratch);
  free(cpu);
}

// ---- memory

static void *cpu_alloc(KrnDevice *device, size_t bytes) {
  (void)device;
  const size_t size = (bytes + ALIGN - 1) / ALIGN * ALIGN;
  void *memory = aligned_alloc(ALIGN, size ? size : ALIGN);
  if (memory) {
    memset(memory, 0, size ? size : ALIGN);
  }
  return memory;
}

static void cpu_release(KrnDevice *device, void *memory) {
  (void)device;
  free(memory);
}

static void cpu_copy(KrnDevice *device, void *to, const void *from, size_t bytes) {
  (void)device;
  memcpy(to, from, bytes);
}

static void cpu_zero(KrnDevice *device, void *memory, size_t bytes) {
  (void)device;
  memset(memory, 0, bytes);
}

static SimStatus cpu_status(const KrnDevice *device, SimError *err) {
  (void)device;
  (void)err;
  return SIM_OK;
}

// ---- copies: done at once

static void cpu_mark(KrnDevice *device, KrnMark *mark) {
  (void)device;
  (void)mark;
}

// ---- work

static int cpu_workers(const KrnDevice *device) {
  return sim_pool_threads(((const Cpu *)device)->pool);
}

static int cpu_tiles(const KrnDevice *device, int rows) {
  (void)device;
  return (rows + TILE - 1) / TILE;
}

static int cpu_tile_rows(const KrnDevice *device, int rows) {
  const int slice = ((const Cpu *)device)->slice;
  return rows < slice ? rows : slice;
}

typedef struct TileCall {
  Cpu *cpu;
  KrnTileFn *fn;
  void *arg;
  int rows;
} TileCall;

static void run_tile(void *arg, int tile, int thread) {
  const TileCall *call = arg;
  KrnWork *work = &call->cpu->work[thread];
  const int begin = tile * TILE, slice = call->cpu->slice;
  const int end = begin + TILE < call->rows ? begin + TILE : call->rows;
  for (int first = begin; first < end; first += slice) {
    work->add = first > begin;
    call->fn(call->arg, work, tile, first, end - first < slice ? end - first : slice);
  }
}

static void cpu_for_tiles(KrnDevice *device, int rows, KrnTileFn *fn, void *arg) {
  TileCall call = {(Cpu *)device, fn, arg, rows};
  sim_pool_run(call.cpu->pool, cpu_tiles(device, rows), run_tile, &call);
}

static void cpu_repeat(KrnDevice *device, KrnRecord *record, uint64_t key, void (*fn)(void *arg),
                       void *arg) {
  (void)device;
  (void)record;
  (void)key;
  fn(arg);
}

static void cpu_forget(KrnDevice *device, KrnRecord *record) {
  (void)device;
  *record = (KrnRecord){0};
}

// ---- networks

static size_t cpu_packed(const KrnDevice *device, int outputs, int inputs) {
  return ours(device, outputs, inputs) ? krn_product_packed(outputs, inputs) : 0;
}

static void cpu_pack(KrnDevice *device, float *packed, const float *weight, int outputs,
                     int inputs) {
  if (ours(device, outputs, inputs)) {
    krn_product_pack(packed, weight, outputs, inputs);
  }
}

static void cpu_linear(KrnWork *work, float *y, const float *x, const float *weight,
                       const float *packed, const float *bias, KrnActivation activation, int rows,
                       int outputs, int inputs) {
  const KrnProducts *products = ((const Cpu *)work->device)->products;
  if (ours(work->device, outputs, inputs)) {
    products->forward(y, x, packed_weight(work, packed, weight, outputs, inputs), bias, activation,
                      rows, outputs, inputs);
    return;
  }
  sgemm_of(work)(CblasRowMajor, CblasNoTrans, CblasTrans, rows, outputs, inputs, 1, x, inputs,
                 weight, inputs, 0, y, outputs);
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < outputs; j++) {
      y[(ptrdiff_t)i * outputs + j] += bias[j];
    }
  }
  products->activate(y, activation, rows * outputs);
}

// a sum over rows begins anew, or goes on with that of the slices before
static void begin_sum(const KrnWork *work, float *sum, size_t n) {
  if (!work->add) {
    memset(sum, 0, n * sizeof *sum);
  }
}

static void blas_back(const KrnWork *work, float *dx, float *dweight, const float *dy,
                      const float *x, const float *weight, int rows, int outputs, int inputs) {
  sgemm_of(work)(CblasRowMajor, CblasTrans, CblasNoTrans, outputs, inputs, rows, 1, dy, outputs, x,
                 inputs, work->add ? 1 : 0, dweight, inputs);
  if (dx) {
    sgemm_of(work)(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, inputs, outputs, 1, dy, outputs,
                   weight, inputs, 0, dx, inputs);
  }
}

static void cpu_linear_back(KrnWork *work, float *dx, float *dweight, float *dbias, float *dy,
                            const float *x, const float *y, const float *weight,
                            const float *packed, KrnActivation activation, int rows, int outputs,
                            int inputs) {
  const KrnProducts *products = ((const Cpu *)work->device)->products;
  begin_sum(work, dbias, (size_t)outputs);
  products->slopes(dy, dbias, y, activation, rows, outputs);
  if (!ours(work->device, outputs, inputs)) {
    blas_back(work, dx, dweight, dy, x, weight, rows, outputs, inputs);
    return;
  }
  begin_sum(work, dweight, (size_t)outputs * (size_t)inputs);
  products->weight_gradient(dweight, dy, x, rows, outputs, inputs);
  if (dx) {
    products->input_gradient(dx, dy, packed_weight(work, packed, weight, outputs, inputs), rows,
                             outputs, inputs);
  }
}

static void cpu_norm(KrnWork *work, float *y, float *spread, const float *x, const float *gain,
                     const float *bias, int rows, int columns) {
  (void)work;
  for (int i = 0; i < rows; i++, x += columns, y += columns) {
    float mean = 0, square = 0;
    for (int j = 0; j < columns; j++) {
      mean += x[j];
    }
    mean /= (float)columns;
    for (int j = 0; j < columns; j++) {
      square += (x[j] - mean) * (x[j] - mean);
    }
    const float rate = krn_norm_rate(square, columns);
    for (int j = 0; j < columns; j++) {
      y[j] = (x[j] - mean) * rate * gain[j] + bias[j];
    }
    spread[2 * i] = mean;
    spread[2 * i + 1] = rate;
  }
}

static void cpu_linear_norm(KrnWork *work, float *unit, float *spread, float *y, const float *x,
                            const float *weight, const float *packed, const float *bias,
                            const float *gain, const float *norm_bias, KrnActivation activation,
                            int rows, int outputs, int inputs) {
  cpu_linear(work, y, x, weight, packed, bias, activation, rows, outputs, inputs);
  cpu_norm(work, unit, spread, y, gain, norm_bias, rows, outputs);
}

static void norm_back_row(float *dx, float *dgain, float *dbias, const float *dy, const float *x,
                          const float *spread, const float *gain, int columns) {
  const float mean = spread[0], rate = spread[1];
  float sum = 0, along = 0;
  for (int j = 0; j < columns; j++) {
    const float unit = (x[j] - mean) * rate, d = dy[j] * gain[j];
    sum += d;
    along += d * unit;
    dgain[j] += dy[j] * unit;
    dbias[j] += dy[j];
  }
  sum /= (float)columns;
  along /= (float)columns;
  for (int j = 0; dx && j < columns; j++) {
    dx[j] = rate * (dy[j] * gain[j] - sum - (x[j] - mean) * rate * along);
  }
}

static void cpu_norm_back(KrnWork *work, float *dx, float *dgain, float *dbias, const float *dy,
                          const float *x, const float *spread, const float *gain, int rows,
                          int columns) {
  begin_sum(work, dgain, (size_t)columns);
  begin_sum(work, dbias, (size_t)columns);
  for (int i = 0; i < rows; i++) {
    const ptrdiff_t row = (ptrdiff_t)i * columns;
    norm_back_row(dx ? dx + row : NULL, dgain, dbias, dy + row, x + row, spread + 2 * i, gain,
                  columns);
  }
}

static void prefetch(const float *row, int columns) {
  for (int j = 0; j < columns; j += ALIGN / (int)sizeof *row) {
    __builtin_prefetch(row + j);
  }
}

static void cpu_gather(KrnWork *work, float *y, const float *x, int width, const int32_t *index,
                       const float *mean, const float *deviation, int rows, int columns) {
  (void)work;
  if (columns == 1 && width == 1 && index && !mean) {
    for (int i = 0; i < rows; i++) {
      y[i] = x[index[i]];
    }
    return;
  }
  if (!index && !mean && width == columns) {
    memcpy(y, x, (size_t)rows * (size_t)columns * sizeof *y);
    return;
  }
  for (int i = 0; i < rows; i++, y += columns) {
    const float *from = x + (ptrdiff_t)(index ? index[i] : i) * width;
    // rows of a shuffled minibatch lie anywhere
    if (index && i + AHEAD < rows) {
      prefetch(x + (ptrdiff_t)index[i + AHEAD] * width, columns);
    }
    if (!mean) {
      memcpy(y, from, (size_t)columns * sizeof *y);
      continue;
    }
    for (int j = 0; j < columns; j++) {
      y[j] = (from[j] - mean[j]) / deviation[j];
    }
  }
}

static void cpu_gather_bits(KrnWork *work, uint32_t *y, const uint32_t *x, const int32_t *index,
                            int rows, int columns) {
  (void)work;
  for (int i = 0; i < rows; i++, y += columns) {
    memcpy(y, x + (ptrdiff_t)index[i] * columns, (size_t)columns * sizeof *y);
  }
}

static void cpu_gaussian_draw(KrnWork *work, float *action, float *log_prob, const float *mean,
                              const float *log_std, const KrnDraw *draw, const int32_t *index,
                              int rows, int n) {
  (void)work;
  for (int i = 0; i < rows; i++) {
    const int32_t row = index ? index[i] : i;
    log_prob[row] = krn_gaussian_draw(action + (ptrdiff_t)row * n, mean + (ptrdiff_t)i * n, log_std,
                                      &draw[row], n);
  }
}

// ---- losses

static void cpu_gaussian_log_prob(KrnWork *work, float *log_prob, const float *mean,
                                  const float *log_std, const float *action, int rows, int n) {
  (void)work;
  for (int i = 0; i < rows; i++) {
    log_prob[i] =
        krn_gaussian_log_prob(mean + (ptrdiff_t)i * n, log_std, action + (ptrdiff_t)i * n, n);
  }
}

static void cpu_gaussian_loss(KrnWork *work, float *dmean, float *dlog_std, double *sums,
                              const float *mean, const float *log_std, const float *action,
                              const float *old_log_prob, const float *advantage,
                              const KrnPolicyLoss *loss, int rows, int n) {
  float inverse[OUTPUTS_MAX];
  for (int j = 0; j < n && n <= OUTPUTS_MAX; j++) {
    inverse[j] = expf(-log_std[j]);
  }
  begin_sum(work, dlog_std, (size_t)n);
  for (int i = 0; i < rows; i++, mean += n, action += n, dmean += n) {
    krn_gaussian_sample(dmean, dlog_std, 1, sums, mean, log_std, n <= OUTPUTS_MAX ? inverse : NULL,
                        action, old_log_prob[i], advantage[i], loss, n);
  }
}

static void cpu_gaussian_pull(KrnWork *work, float *dmean, float *dlog_std, const float *mean,
                              const float *log_std, const float *reference,
                              const float *reference_log_std, const float *weight, float scale,
                              int rows, int n) {
  (void)work;
  const float factor = *weight * scale;
  for (int i = 0; i < rows * n; i++) {
    dmean[i] += factor * krn_pull_mean(mean[i], reference[i], reference_log_std[i % n]);
  }
  for (int j = 0; j < n; j++) {
    dlog_std[j] += factor * (float)rows * krn_pull_log_std(log_std[j], reference_log_std[j]);
  }
}

static void cpu_heads_loss(KrnWork *work, float *dlogits, double *sums, const float *logits,
                           const float *choice, const uint32_t *legal, const float *old_log_prob,
                           const float *advantage, const KrnPolicyLoss *loss, const KrnHeads *heads,
                           int rows) {
  (void)work;
  const int outputs = krn_heads_outputs(heads);
  for (int i = 0; i < rows; i++) {
    const ptrdiff_t row = (ptrdiff_t)i * outputs, head = (ptrdiff_t)i * heads->n;
    krn_heads_sample(dlogits + row, sums, logits + row, choice + head, legal + head,
                     old_log_prob[i], advantage[i], loss, heads);
  }
}

static void cpu_value_loss(KrnWork *work, float *dvalue, double *sums, const float *value,
                           const float *wanted, float scale, int rows) {
  (void)work;
  for (int i = 0; i < rows; i++) {
    dvalue[i] = krn_value_sample(sums, value[i], wanted[i], scale);
  }
}

// ---- between tiles

static void cpu_group(KrnDevice *device, int32_t *order, const int32_t *key, int rows, int banks) {
  (void)device;
  int place[KRN_BANKS_MAX + 1] = {0};
  assert(banks <= KRN_BANKS_MAX);
  for (int i = 0; i < rows; i++) {
    if (key[i] >= 0 && key[i] < banks) {
      place[key[i] + 1]++;
    }
  }
  for (int b = 0; b < banks; b++) {
    place[b + 1] += place[b];
  }
  for (int i = 0; i < rows; i++) {
    if (key[i] >= 0 && key[i] < banks) {
      order[place[key[i]]++] = i;
    }
  }
}

static void cpu_gae(KrnDevice *device, float *advantage, float *wanted, const float *reward,
                    const float *value, const uint8_t *ended, const float *rest, float discount,
                    float trace, int steps, int worlds) {
  (void)device;
  for (int t = steps - 1; t >= 0; t--) {
    const ptrdiff_t row = (ptrdiff_t)t * worlds;
    for (int w = 0; w < worlds; w++) {
      const ptrdiff_t i = row + w;
      const float later = t + 1 < steps ? advantage[i + worlds] : 0.0f;
      advantage[i] = krn_gae_element(reward[i], value[i], value[i + worlds], ended[i], rest[i],
                                     later, discount, trace);
      wanted[i] = advantage[i] + value[i];
    }
  }
}

static void cpu_pick(KrnDevice *device, float *y, const float *x, const int32_t *index, size_t n) {
  (void)device;
  for (size_t i = 0; i < n; i++) {
    y[i] = index[i] < 0 ? 0 : x[index[i]];
  }
}

static double off_mean(const float *x, const float *minus, size_t i, double mean) {
  return (minus ? (double)(x[i] - minus[i]) : (double)x[i]) - mean;
}

static void cpu_moments(KrnDevice *device, double *out, const float *x, const float *minus,
                        size_t n) {
  (void)device;
  out[0] = out[1] = 0;
  for (size_t i = 0; i < n; i++) {
    out[0] += off_mean(x, minus, i, 0) / (double)n;
  }
  for (size_t i = 0; i < n; i++) {
    const double off = off_mean(x, minus, i, out[0]);
    out[1] += off * off / (double)n;
  }
}

static void cpu_standardise(KrnDevice *device, float *x, const double *moments, double limit,
                            size_t n) {
  (void)device;
  for (size_t i = 0; i < n; i++) {
    x[i] = krn_standard(x[i], moments, limit);
  }
}

static void cpu_first_bad(KrnDevice *device, int32_t *row, const float *x, size_t rows,
                          int columns) {
  (void)device;
  size_t i = 0;
  while (i < rows && krn_finite(x + i * (size_t)columns, columns)) {
    i++;
  }
  *row = i < rows ? (int32_t)i : -1;
}

static void *cpu_queue(KrnDevice *device) {
  (void)device;
  return NULL;
}

static void cpu_started(KrnDevice *device, const char *doing) {
  (void)device;
  (void)doing;
}

static void cpu_affine(KrnDevice *device, float *y, const float *x, float factor, float shift,
                       size_t n) {
  (void)device;
  for (size_t i = 0; i < n; i++) {
    y[i] = factor * x[i] + shift;
  }
}

typedef struct AddCall {
  float *sum;
  const float *part;
  int tiles;
  size_t n;
} AddCall;

static void add_chunk(void *arg, int chunk, int thread) {
  (void)thread;
  const AddCall *call = arg;
  const size_t first = (size_t)chunk * ADD_CHUNK;
  const size_t end = first + ADD_CHUNK < call->n ? first + ADD_CHUNK : call->n;
  memcpy(call->sum + first, call->part + first, (end - first) * sizeof *call->sum);
  for (int t = 1; t < call->tiles; t++) {
    const float *part = call->part + (size_t)t * call->n;
    for (size_t i = first; i < end; i++) {
      call->sum[i] += part[i];
    }
  }
}

static void cpu_add_tiles(KrnDevice *device, float *sum, const float *part, int tiles, size_t n) {
  AddCall call = {sum, part, tiles, n};
  sim_pool_run(((Cpu *)device)->pool, (int)((n + ADD_CHUNK - 1) / ADD_CHUNK), add_chunk, &call);
}

static void cpu_clip_norm(KrnDevice *device, float *scale, float *norm_was, const float *gradient,
                          size_t n, float norm) {
  (void)device;
  double square = 0;
  for (size_t i = 0; i < n; i++) {
    square += (double)gradient[i] * (double)gradient[i];
  }
  const float length = (float)sqrt(square);
  if (norm_was) {
    *norm_was = length;
  }
  *scale = krn_clip_scale(length, norm);
}

static void cpu_adam(KrnDevice *device, float *weight, float *mean, float *square,
                     const float *gradient, const float *scale, const KrnAdam *adam, size_t n) {
  (void)device;
  for (size_t i = 0; *scale >= 0 && i < n; i++) {
    krn_adam_element(&weight[i], &mean[i], &square[i], *scale * gradient[i], adam);
  }
}

static void cpu_clamp(KrnDevice *device, float *x, float low, float high, size_t n) {
  (void)device;
  for (size_t i = 0; i < n; i++) {
    x[i] = krn_hold(x[i], low, high);
  }
}

static const KrnOps CPU_OPS = {
    .name = "cpu",
    .describe = cpu_describe,
    .destroy = cpu_destroy,
    .queue = cpu_queue,
    .started = cpu_started,
    .workers = cpu_workers,
    .alloc = cpu_alloc,
    .release = cpu_release,
    .upload = cpu_copy,
    .download = cpu_copy,
    .zero = cpu_zero,
    .status = cpu_status,
    .share = cpu_alloc,
    .unshare = cpu_release,
    .send = cpu_copy,
    .fetch = cpu_copy,
    .mark = cpu_mark,
    .wait = cpu_mark,
    .unmark = cpu_mark,
    .tiles = cpu_tiles,
    .tile_rows = cpu_tile_rows,
    .for_tiles = cpu_for_tiles,
    .repeat = cpu_repeat,
    .forget = cpu_forget,
    .packed = cpu_packed,
    .pack = cpu_pack,
    .linear = cpu_linear,
    .linear_norm = cpu_linear_norm,
    .linear_back = cpu_linear_back,
    .norm = cpu_norm,
    .norm_back = cpu_norm_back,
    .gather = cpu_gather,
    .gather_bits = cpu_gather_bits,
    .gaussian_draw = cpu_gaussian_draw,
    .gaussian_log_prob = cpu_gaussian_log_prob,
    .gaussian_loss = cpu_gaussian_loss,
    .gaussian_pull = cpu_gaussian_pull,
    .heads_loss = cpu_heads_loss,
    .value_loss = cpu_value_loss,
    .group = cpu_group,
    .gae = cpu_gae,
    .pick = cpu_pick,
    .moments = cpu_moments,
    .standardise = cpu_standardise,
    .first_bad = cpu_first_bad,
    .affine = cpu_affine,
    .add_tiles = cpu_add_tiles,
    .clip_norm = cpu_clip_norm,
    .adam = cpu_adam,
    .clamp = cpu_clamp,
};

static KrnDevice *create(int threads, bool blas, SimError *err) {
  assert(threads >= 1);
  KrnSgemm *sgemm = krn_openblas_sgemm(threads, err);
  if (!sgemm) {
    return NULL;
  }
  Cpu *cpu = calloc(1, sizeof *cpu);
  if (cpu) {
    cpu->sgemm = sgemm;
    cpu->device.ops = &CPU_OPS;
    cpu->pool = sim_pool_create(threads);
    cpu->work = calloc((size_t)threads, sizeof *cpu->work);
    cpu->products = krn_products();
    cpu->blas = blas;
    cpu->slice = blas ? TILE : SLICE;  // a BLAS packs anew in each of its products
    cpu->scratch = aligned_alloc(ALIGN, (size_t)threads * scratch_floats() * sizeof *cpu->scratch);
  }
  if (!cpu || !cpu->pool || !cpu->work || !cpu->scratch) {
    sim_error(err, SIM_FAIL, "no memory or threads for %d workers", threads);
    if (cpu) {
      cpu_destroy(&cpu->device);
    }
    return NULL;
  }
  for (int i = 0; i < threads; i++) {
    cpu->work[i] = (KrnWork){.device = &cpu->device, .worker = i};
  }
  return &cpu->device;
}

KrnDevice *krn_cpu_create(int threads, SimError *err) {
  return create(threads, false, err);
}

KrnDevice *krn_cpu_create_blas(int threads, SimError *err) {
  return create(threads, true, err);
}
