// Kernels of learning. One thread an element wherever elements stand alone; a row of 32 threads a
// matrix row where a row has a mean; and sums over many rows in two steps, each piece by one block
// into scratch memory, then the pieces one after the other.
//
// All arithmetic of a row or an element is that of kernels/row.h, which the processor runs too.
// Sums within a block go by halves (a tree over its threads), for pieces whose number depends on
// the sizes alone: no atomic operation, no bit that depends on which block comes first.
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/cuda/kernels.h"
#include "kernels/cuda/launch.h"

enum {
  THREADS = 256,      // of a block whose threads have an element each
  LANES = 32,         // threads that share a row of a layer norm; columns of a strip
  NORM_ROWS = 8,      // rows of a block of a layer norm
  STRIP_ROWS = 8,     // rows that a block of a sum over columns reads at a time
  LOSS_THREADS = 64,  // of a block of a loss, a power of 2
  GROUP_THREADS = 128,
};

static int ceil_div(size_t n, size_t by) {
  return (int)((n + by - 1) / by);
}

// the element of a thread
static __device__ size_t element(int t) {
  return (size_t)blockIdx.x * blockDim.x + (size_t)t;
}

// ---- elements

static __global__ void activate(float *y, const float *bias, KrnActivation activation, int columns,
                                size_t n) {
  KRN_START(t) {
    const size_t i = element(t);
    if (i < n) {
      y[i] = krn_activate(y[i] + bias[i % (size_t)columns], activation);
    }
  }
}

void krn_cuda_activate(cudaStream_t stream, float *y, const float *bias, KrnActivation activation,
                       int rows, int columns) {
  const size_t n = (size_t)rows * (size_t)columns;
  KRN_LAUNCH(activate, ceil_div(n, THREADS), THREADS, stream, y, bias, activation, columns, n);
}

static __global__ void gather(float *y, const float *x, int width, const int32_t *index,
                              const float *mean, const float *deviation, int columns, size_t n) {
  KRN_START(t) {
    const size_t i = element(t), row = i / (size_t)columns, column = i % (size_t)columns;
    if (i < n) {
      const size_t source = index ? (size_t)index[row] : row;
      const float from = x[source * (size_t)width + column];
      y[i] = mean ? (from - mean[column]) / deviation[column] : from;
    }
  }
}

void krn_cuda_gather(cudaStream_t stream, float *y, const float *x, int width, const int32_t *index,
                     const float *mean, const float *deviation, int rows, int columns) {
  const size_t n = (size_t)rows * (size_t)columns;
  KRN_LAUNCH(gather, ceil_div(n, THREADS), THREADS, stream, y, x, width, index, mean, deviation,
             columns, n);
}

static __global__ void gather_bits(uint32_t *y, const uint32_t *x, const int32_t *index,
                                   int columns, size_t n) {
  KRN_START(t) {
    const size_t i = element(t), row = i / (size_t)columns, column = i % (size_t)columns;
    if (i < n) {
      y[i] = x[(size_t)index[row] * (size_t)columns + column];
    }
  }
}

void krn_cuda_gather_bits(cudaStream_t stream, uint32_t *y, const uint32_t *x, const int32_t *index,
                          int rows, int columns) {
  const size_t n = (size_t)rows * (size_t)columns;
  KRN_LAUNCH(gather_bits, ceil_div(n, THREADS), THREADS, stream, y, x, index, columns, n);
}

static __global__ void gaussian_draw(float *action, float *log_prob, const float *mean,
                                     const float *log_std, const KrnDraw *draw,
                                     const int32_t *index, int rows, int n) {
  KRN_START(t) {
    const size_t i = element(t);
    if (i < (size_t)rows) {
      const size_t row = index ? (size_t)index[i] : i;
      log_prob[row] =
          krn_gaussian_draw(action + row * (size_t)n, mean + i * (size_t)n, log_std, draw + row, n);
    }
  }
}

void krn_cuda_gaussian_draw(cudaStream_t stream, float *action, float *log_prob, const float *mean,
                            const float *log_std, const KrnDraw *draw, const int32_t *index,
                            int rows, int n) {
  KRN_LAUNCH(gaussian_draw, ceil_div((size_t)rows, THREADS), THREADS, stream, action, log_prob,
             mean, log_std, draw, index, rows, n);
}

static __global__ void gaussian_log_prob(float *log_prob, const float *mean, const float *log_std,
                                         const float *action, int rows, int n) {
  KRN_START(t) {
    const size_t i = element(t), at = i * (size_t)n;
    if (i < (size_t)rows) {
      log_prob[i] = krn_gaussian_log_prob(mean + at, log_std, action + at, n);
    }
  }
}

void krn_cuda_gaussian_log_prob(cudaStream_t stream, float *log_prob, const float *mean,
                                const float *log_std, const float *action, int rows, int n) {
  KRN_LAUNCH(gaussian_log_prob, ceil_div((size_t)rows, THREADS), THREADS, stream, log_prob, mean,
             log_std, action, rows, n);
}

// one thread a world, back through time
static __global__ void gae(float *advantage, float *wanted, const float *reward, const float *value,
                           const uint8_t *ended, const float *rest, float discount, float trace,
                           int steps, int worlds) {
  KRN_START(t) {
    const size_t world = element(t);
    float later = 0;
    for (int step = steps - 1; world < (size_t)worlds && step >= 0; step--) {
      const size_t i = (size_t)step * (size_t)worlds + world;
      later = krn_gae_element(reward[i], value[i], value[i + (size_t)worlds], ended[i], rest[i],
                              later, discount, trace);
      advantage[i] = later;
      wanted[i] = later + value[i];
    }
  }
}

void krn_cuda_gae(cudaStream_t stream, float *advantage, float *wanted, const float *reward,
                  const float *value, const uint8_t *ended, const float *rest, float discount,
                  float trace, int steps, int worlds) {
  // small blocks: worlds are few against the threads of a GPU, and each is a long walk
  const int threads = 64;
  KRN_LAUNCH(gae, ceil_div((size_t)worlds, (size_t)threads), threads, stream, advantage, wanted,
             reward, value, ended, rest, discount, trace, steps, worlds);
}

static __global__ void affine(float *y, const float *x, float factor, float shift, size_t n) {
  KRN_START(t) {
    const size_t i = element(t);
    if (i < n) {
      y[i] = factor * x[i] + shift;
    }
  }
}

void krn_cuda_affine(cudaStream_t stream, float *y, const float *x, float factor, float shift,
                     size_t n) {
  KRN_LAUNCH(affine, ceil_div(n, THREADS), THREADS, stream, y, x, factor, shift, n);
}

static __global__ void pick(float *y, const float *x, const int32_t *index, size_t n) {
  KRN_START(t) {
    const size_t i = element(t);
    if (i < n) {
      y[i] = index[i] < 0 ? 0.0f : x[index[i]];
    }
  }
}

void krn_cuda_pick(cudaStream_t stream, float *y, const float *x, const int32_t *index, size_t n) {
  KRN_LAUNCH(pick, ceil_div(n, THREADS), THREADS, stream, y, x, index, n);
}

static __global__ void standardise(float *x, const double *moments, double limit, size_t n) {
  KRN_START(t) {
    const size_t i = element(t);
    if (i < n) {
      x[i] = krn_standard(x[i], moments, limit);
    }
  }
}

void krn_cuda_standardise(cudaStream_t stream, float *x, const double *moments, double limit,
                          size_t n) {
  KRN_LAUNCH(standardise, ceil_div(n, THREADS), THREADS, stream, x, moments, limit, n);
}

static __global__ void add_tiles(float *sum, const float *part, int tiles, size_t n) {
  KRN_START(t) {
    const size_t i = element(t);
    if (i < n) {
      float s = part[i];
      for (int tile = 1; tile < tiles; tile++) {
        s += part[(size_t)tile * n + i];
      }
      sum[i] = s;
    }
  }
}

void krn_cuda_add_tiles(cudaStream_t stream, float *sum, const float *part, int tiles, size_t n) {
  KRN_LAUNCH(add_tiles, ceil_div(n, THREADS), THREADS, stream, sum, part, tiles, n);
}

static __global__ void adam_step(float *weight, float *mean, float *square, const float *gradient,
                                 const float *scale, const KrnAdam *adam, size_t n) {
  KRN_START(t) {
    const size_t i = element(t);
    if (i < n && *scale >= 0) {
      krn_adam_element(&weight[i], &mean[i], &square[i], *scale * gradient[i], adam);
    }
  }
}

void krn_cuda_adam(cudaStream_t stream, float *weight, float *mean, float *square,
                   const float *gradient, const float *scale, const KrnAdam *adam, size_t n) {
  KRN_LAUNCH(adam_step, ceil_div(n, THREADS), THREADS, stream, weight, mean, square, gradient,
             scale, adam, n);
}

static __global__ void clamp(float *x, float low, float high, size_t n) {
  KRN_START(t) {
    const size_t i = element(t);
    if (i < n) {
      x[i] = krn_hold(x[i], low, high);
    }
  }
}

void krn_cuda_clamp(cudaStream_t stream, float *x, float low, float high, size_t n) {
  KRN_LAUNCH(clamp, ceil_div(n, THREADS), THREADS, stream, x, low, high, n);
}

// ---- sums over the rows of a matrix

// where a block of such a sum stands: LANES columns, rows first..end - 1
typedef struct Strip {
  int chunk, column, first, end;
} Strip;

static __device__ Strip strip_of(int rows, int columns, int chunk_rows) {
  const int strips = (columns + LANES - 1) / LANES;
  Strip s;
  s.chunk = (int)blockIdx.x / strips;
  s.column = (int)blockIdx.x % strips * LANES;
  s.first = s.chunk * chunk_rows;
  s.end = s.first + chunk_rows < rows ? s.first + chunk_rows : rows;
  return s;
}

// rows of a chunk, at least as many as keep a block busy
static int rows_of_chunk(int rows) {
  const int even = ceil_div((size_t)rows, KRN_CUDA_CHUNKS);
  return even > 4 * STRIP_ROWS ? even : 4 * STRIP_ROWS;
}

static int strip_blocks(int rows, int columns) {
  return ceil_div((size_t)columns, LANES) * ceil_div((size_t)rows, (size_t)rows_of_chunk(rows));
}

// adds the rows of a block's threads
template <class Table> static __device__ float add_strip_rows(Table &sum, int at) {
  float s = sum[0][at];
  for (int r = 1; r < STRIP_ROWS; r++) {
    s += sum[r][at];
  }
  return s;
}

static __global__ void slopes(float *part, float *dy, const float *y, KrnActivation activation,
                              int rows, int columns, int chunk_rows) {
  KRN_SHARED(float, sum, STRIP_ROWS, LANES);
  const Strip s = strip_of(rows, columns, chunk_rows);
  KRN_START(t) {
    const int row = t / LANES, at = t % LANES, column = s.column + at;
    float own = 0;
    for (int i = s.first + row; column < columns && i < s.end; i += STRIP_ROWS) {
      const size_t e = (size_t)i * (size_t)columns + (size_t)column;
      const float d = dy[e] * krn_slope(y[e], activation);
      dy[e] = d;
      own += d;
    }
    sum[row][at] = own;
  }
  KRN_PHASE(t) {
    if (t < LANES && s.column + t < columns) {
      part[(size_t)s.chunk * (size_t)columns + (size_t)(s.column + t)] = add_strip_rows(sum, t);
    }
  }
}

void krn_cuda_slopes(cudaStream_t stream, const KrnCudaScratch *scratch, float *dbias, float *dy,
                     const float *y, KrnActivation activation, int rows, int columns) {
  const int chunk_rows = rows_of_chunk(rows);
  KRN_LAUNCH(slopes, strip_blocks(rows, columns), LANES * STRIP_ROWS, stream, scratch->columns, dy,
             y, activation, rows, columns, chunk_rows);
  krn_cuda_add_tiles(stream, dbias, scratch->columns, ceil_div((size_t)rows, (size_t)chunk_rows),
                     (size_t)columns);
}

static __global__ void norm_slopes(float *gain_part, float *bias_part, const float *dy,
                                   const float *x, const float *spread, int rows, int columns,
                                   int chunk_rows) {
  KRN_SHARED(float, gain, STRIP_ROWS, LANES);
  KRN_SHARED(float, bias, STRIP_ROWS, LANES);
  const Strip s = strip_of(rows, columns, chunk_rows);
  KRN_START(t) {
    const int row = t / LANES, at = t % LANES, column = s.column + at;
    float own_gain = 0, own_bias = 0;
    for (int i = s.first + row; column < columns && i < s.end; i += STRIP_ROWS) {
      const size_t e = (size_t)i * (size_t)columns + (size_t)column;
      own_gain += dy[e] * krn_norm_unit(x[e], spread + 2 * (size_t)i);
      own_bias += dy[e];
    }
    gain[row][at] = own_gain;
    bias[row][at] = own_bias;
  }
  KRN_PHASE(t) {
    if (t < LANES && s.column + t < columns) {
      const size_t at = (size_t)s.chunk * (size_t)columns + (size_t)(s.column + t);
      gain_part[at] = add_strip_rows(gain, t);
      bias_part[at] = add_strip_rows(bias, t);
    }
  }
}

// ---- layer norm: LANES threads a row

// the numbers of a row of threads
template <class Table> static __device__ float add_lanes(Table &part, int row) {
  float s = part[row][0];
  for (int k = 1; k < LANES; k++) {
    s += part[row][k];
  }
  return s;
}

// A row of x against its mean, once sum holds what the threads found of it.
template <class Table>
static __device__ void norm_block(Table &sum, Table &square, float *y, float *spread,
                                  const float *x, const float *gain, const float *bias, int rows,
                                  int columns) {
  KRN_PHASE(t) {
    const int r = t / LANES, lane = t % LANES, row = (int)blockIdx.x * NORM_ROWS + r;
    const size_t first = (size_t)row * (size_t)columns;
    const float mean = add_lanes(sum, r) / (float)columns;
    float own = 0;
    for (int j = lane; row < rows && j < columns; j += LANES) {
      const float off = x[first + (size_t)j] - mean;
      own += off * off;
    }
    square[r][lane] = own;
  }
  KRN_PHASE(t) {
    const int r = t / LANES, lane = t % LANES, row = (int)blockIdx.x * NORM_ROWS + r;
    const size_t first = (size_t)row * (size_t)columns;
    const float of_row[2] = {add_lanes(sum, r) / (float)columns,
                             krn_norm_rate(add_lanes(square, r), columns)};
    for (int j = lane; row < rows && j < columns; j += LANES) {
      y[first + (size_t)j] = krn_norm_unit(x[first + (size_t)j], of_row) * gain[j] + bias[j];
    }
    if (row < rows && lane < 2) {
      spread[2 * (size_t)row + (size_t)lane] = of_row[lane];
    }
  }
}

static __global__ void norm(float *y, float *spread, const float *x, const float *gain,
                            const float *bias, int rows, int columns) {
  KRN_SHARED(float, sum, NORM_ROWS, LANES);
  KRN_SHARED(float, square, NORM_ROWS, LANES);
  KRN_START(t) {
    const int r = t / LANES, lane = t % LANES, row = (int)blockIdx.x * NORM_ROWS + r;
    const size_t first = (size_t)row * (size_t)columns;
    float own = 0;
    for (int j = lane; row < rows && j < columns; j += LANES) {
      own += x[first + (size_t)j];
    }
    sum[r][lane] = own;
  }
  norm_block(sum, square, y, spread, x, gain, bias, rows, columns);
}

void krn_cuda_norm(cudaStream_t stream, float *y, float *spread, const float *x, const float *gain,
                   const float *bias, int rows, int columns) {
  KRN_LAUNCH(norm, ceil_div((size_t)rows, NORM_ROWS), NORM_ROWS * LANES, stream, y, spread, x, gain,
             bias, rows, columns);
}

// what a thread writes to y it alone reads again
static __global__ void activate_norm(float *unit, float *spread, float *y, const float *bias,
                                     const float *gain, const float *norm_bias,
                                     KrnActivation activation, int rows, int columns) {
  KRN_SHARED(float, sum, NORM_ROWS, LANES);
  KRN_SHARED(float, square, NORM_ROWS, LANES);
  KRN_START(t) {
    const int r = t / LANES, lane = t % LANES, row = (int)blockIdx.x * NORM_ROWS + r;
    const size_t first = (size_t)row * (size_t)columns;
    float own = 0;
    for (int j = lane; row < rows && j < columns; j += LANES) {
      const float active = krn_activate(y[first + (size_t)j] + bias[j], activation);
      y[first + (size_t)j] = active;
      own += active;
    }
    sum[r][lane] = own;
  }
  norm_block(sum, square, unit, spread, y, gain, norm_bias, rows, columns);
}

void krn_cuda_activate_norm(cudaStream_t stream, float *unit, float *spread, float *y,
                            const float *bias, const float *gain, const float *norm_bias,
                            KrnActivation activation, int rows, int columns) {
  KRN_LAUNCH(activate_norm, ceil_div((size_t)rows, NORM_ROWS), NORM_ROWS * LANES, stream, unit,
             spread, y, bias, gain, norm_bias, activation, rows, columns);
}

static __global__ void norm_rows(float *dx, const float *dy, const float *x, const float *spread,
                                 const float *gain, int rows, int columns) {
  KRN_SHARED(float, sum, NORM_ROWS, LANES);
  KRN_SHARED(float, along, NORM_ROWS, LANES);
  KRN_START(t) {
    const int r = t / LANES, lane = t % LANES, row = (int)blockIdx.x * NORM_ROWS + r;
    const size_t first = (size_t)row * (size_t)columns;
    float own = 0, own_along = 0;
    for (int j = lane; row < rows && j < columns; j += LANES) {
      const float d = dy[first + (size_t)j] * gain[j];
      own += d;
      own_along += d * krn_norm_unit(x[first + (size_t)j], spread + 2 * (size_t)row);
    }
    sum[r][lane] = own;
    along[r][lane] = own_along;
  }
  KRN_PHASE(t) {
    const int r = t / LANES, lane = t % LANES, row = (int)blockIdx.x * NORM_ROWS + r;
    const size_t first = (size_t)row * (size_t)columns;
    const float mean = add_lanes(sum, r) / (float)columns,
                mean_along = add_lanes(along, r) / (float)columns;
    for (int j = lane; row < rows && j < columns; j += LANES) {
      const size_t e = first + (size_t)j;
      dx[e] = krn_norm_slope(dy[e] * gain[j], x[e], spread + 2 * (size_t)row, mean, mean_along);
    }
  }
}

void krn_cuda_norm_back(cudaStream_t stream, const KrnCudaScratch *scratch, float *dx, float *dgain,
                        float *dbias, const float *dy, const float *x, const float *spread,
                        const float *gain, int rows, int columns) {
  const int chunk_rows = rows_of_chunk(rows), chunks = ceil_div((size_t)rows, (size_t)chunk_rows);
  float *gain_part = scratch->columns,
        *bias_part = scratch->columns + (size_t)KRN_CUDA_CHUNKS * KRN_CUDA_COLUMNS;
  // the sums come first: dx may be dy
  KRN_LAUNCH(norm_slopes, strip_blocks(rows, columns), LANES * STRIP_ROWS, stream, gain_part,
             bias_part, dy, x, spread, rows, columns, chunk_rows);
  krn_cuda_add_tiles(stream, dgain, gain_part, chunks, (size_t)columns);
  krn_cuda_add_tiles(stream, dbias, bias_part, chunks, (size_t)columns);
  if (dx) {
    KRN_LAUNCH(norm_rows, ceil_div((size_t)rows, NORM_ROWS), NORM_ROWS * LANES, stream, dx, dy, x,
               spread, gain, rows, columns);
  }
}

// ---- losses

// rows of a block of a loss; its threads take them in turn
static int rows_of_block(int rows) {
  const int even = ceil_div((size_t)rows, KRN_CUDA_BLOCKS);
  return even > LOSS_THREADS ? even : LOSS_THREADS;
}

static __device__ int first_row(int block_rows) {
  return (int)blockIdx.x * block_rows;
}

static __device__ int end_row(int rows, int block_rows) {
  const int end = first_row(block_rows) + block_rows;
  return end < rows ? end : rows;
}

// the sums of a block's threads, by halves, to its place among the pieces
template <class Table> static __device__ void add_block(double *part, Table &sums) {
  for (int width = LOSS_THREADS / 2; width > 0; width /= 2) {
    KRN_PHASE(t) {
      for (int s = 0; t < width && s < KRN_SUMS; s++) {
        sums[s][t] += sums[s][t + width];
      }
    }
  }
  KRN_PHASE(t) {
    if (t < KRN_SUMS) {
      part[(size_t)blockIdx.x * KRN_SUMS + (size_t)t] = sums[t][0];
    }
  }
}

// the pieces one after the other, on top of what is there
static __global__ void add_sums(double *sums, const double *part, int parts) {
  KRN_START(t) {
    if (t < KRN_SUMS) {
      double s = 0;
      for (int i = 0; i < parts; i++) {
        s += part[i * KRN_SUMS + t];
      }
      sums[t] += s;
    }
  }
}

void krn_cuda_add_sums(cudaStream_t stream, double *sums, const double *part, int parts) {
  KRN_LAUNCH(add_sums, 1, LANES, stream, sums, part, parts);
}

static __global__ void gaussian_loss(float *std_part, double *sums_part, float *dmean,
                                     const float *mean, const float *log_std, const float *action,
                                     const float *old_log_prob, const float *advantage,
                                     KrnPolicyLoss loss, int rows, int n, int block_rows) {
  KRN_SHARED(double, sums, KRN_SUMS, LOSS_THREADS);
  KRN_SHARED(float, slope, KRN_CUDA_OUTPUTS, LOSS_THREADS);
  KRN_START(t) {
    double own[KRN_SUMS] = {0};
    for (int j = 0; j < n; j++) {
      slope[j][t] = 0;
    }
    for (int i = first_row(block_rows) + t; i < end_row(rows, block_rows); i += LOSS_THREADS) {
      const size_t at = (size_t)i * (size_t)n;
      krn_gaussian_sample(dmean + at, KRN_COLUMN(slope, t), KRN_STRIDE(slope), own, mean + at,
                          log_std, NULL, action + at, old_log_prob[i], advantage[i], &loss, n);
    }
    for (int s = 0; s < KRN_SUMS; s++) {
      sums[s][t] = own[s];
    }
  }
  for (int width = LOSS_THREADS / 2; width > 0; width /= 2) {
    KRN_PHASE(t) {
      for (int j = 0; t < width && j < n; j++) {
        slope[j][t] += slope[j][t + width];
      }
    }
  }
  KRN_PHASE(t) {
    if (t < n) {
      std_part[(size_t)blockIdx.x * (size_t)n + (size_t)t] = slope[t][0];
    }
  }
  add_block(sums_part, sums);
}

void krn_cuda_gaussian_loss(cudaStream_t stream, const KrnCudaScratch *scratch, float *dmean,
                            float *dlog_std, double *sums, const float *mean, const float *log_std,
                            const float *action, const float *old_log_prob, const float *advantage,
                            const KrnPolicyLoss *loss, int rows, int n) {
  const int block_rows = rows_of_block(rows), blocks = ceil_div((size_t)rows, (size_t)block_rows);
  KRN_LAUNCH(gaussian_loss, blocks, LOSS_THREADS, stream, scratch->columns, scratch->sums, dmean,
             mean, log_std, action, old_log_prob, advantage, *loss, rows, n, block_rows);
  krn_cuda_add_tiles(stream, dlog_std, scratch->columns, blocks, (size_t)n);
  krn_cuda_add_sums(stream, sums, scratch->sums, blocks);
}

static __global__ void gaussian_pull(float *dmean, float *dlog_std, const float *mean,
                                     const float *log_std, const float *reference,
                                     const float *reference_log_std, const float *weight,
                                     float scale, int rows, int n) {
  KRN_START(t) {
    const size_t i = element(t);
    const float factor = *weight * scale;
    if (i < (size_t)rows * (size_t)n) {
      dmean[i] += factor * krn_pull_mean(mean[i], reference[i], reference_log_std[i % (size_t)n]);
    }
    if (i < (size_t)n) {
      dlog_std[i] += factor * (float)rows * krn_pull_log_std(log_std[i], reference_log_std[i]);
    }
  }
}

void krn_cuda_gaussian_pull(cudaStream_t stream, float *dmean, float *dlog_std, const float *mean,
                            const float *log_std, const float *reference,
                            const float *reference_log_std, const float *weight, float scale,
                            int rows, int n) {
  KRN_LAUNCH(gaussian_pull, ceil_div((size_t)rows * (size_t)n, THREADS), THREADS, stream, dmean,
             dlog_std, mean, log_std, reference, reference_log_std, weight, scale, rows, n);
}

static __global__ void heads_loss(double *sums_part, float *dlogits, const float *logits,
                                  const float *choice, const uint32_t *legal,
                                  const float *old_log_prob, const float *advantage,
                                  KrnPolicyLoss loss, KrnHeads heads, int outputs, int rows,
                                  int block_rows) {
  KRN_SHARED(double, sums, KRN_SUMS, LOSS_THREADS);
  KRN_START(t) {
    double own[KRN_SUMS] = {0};
    for (int i = first_row(block_rows) + t; i < end_row(rows, block_rows); i += LOSS_THREADS) {
      const size_t row = (size_t)i * (size_t)outputs, head = (size_t)i * (size_t)heads.n;
      krn_heads_sample(dlogits + row, own, logits + row, choice + head, legal + head,
                       old_log_prob[i], advantage[i], &loss, &heads);
    }
    for (int s = 0; s < KRN_SUMS; s++) {
      sums[s][t] = own[s];
    }
  }
  add_block(sums_part, sums);
}

void krn_cuda_heads_loss(cudaStream_t stream, const KrnCudaScratch *scratch, float *dlogits,
                         double *sums, const float *logits, const float *choice,
                         const uint32_t *legal, const float *old_log_prob, const float *advantage,
                         const KrnPolicyLoss *loss, const KrnHeads *heads, int rows) {
  const int block_rows = rows_of_block(rows), blocks = ceil_div((size_t)rows, (size_t)block_rows);
  KRN_LAUNCH(heads_loss, blocks, LOSS_THREADS, stream, scratch->sums, dlogits, logits, choice,
             legal, old_log_prob, advantage, *loss, *heads, krn_heads_outputs(heads), rows,
             block_rows);
  krn_cuda_add_sums(stream, sums, scratch->sums, blocks);
}

static __global__ void value_loss(double *sums_part, float *dvalue, const float *value,
                                  const float *wanted, float scale, int rows, int block_rows) {
  KRN_SHARED(double, sums, KRN_SUMS, LOSS_THREADS);
  KRN_START(t) {
    double own[KRN_SUMS] = {0};
    for (int i = first_row(block_rows) + t; i < end_row(rows, block_rows); i += LOSS_THREADS) {
      dvalue[i] = krn_value_sample(own, value[i], wanted[i], scale);
    }
    for (int s = 0; s < KRN_SUMS; s++) {
      sums[s][t] = own[s];
    }
  }
  add_block(sums_part, sums);
}

void krn_cuda_value_loss(cudaStream_t stream, const KrnCudaScratch *scratch, float *dvalue,
                         double *sums, const float *value, const float *wanted, float scale,
                         int rows) {
  const int block_rows = rows_of_block(rows), blocks = ceil_div((size_t)rows, (size_t)block_rows);
  KRN_LAUNCH(value_loss, blocks, LOSS_THREADS, stream, scratch->sums, dvalue, value, wanted, scale,
             rows, block_rows);
  krn_cuda_add_sums(stream, sums, scratch->sums, blocks);
}

// ---- length of a gradient

template <class Table> static __device__ void add_halves(Table &sum) {
  for (int width = THREADS / 2; width > 0; width /= 2) {
    KRN_PHASE(t) {
      if (t < width) {
        sum[0][t] += sum[0][t + width];
      }
    }
  }
}

static __global__ void squares(double *part, const float *x, size_t n, size_t block_size) {
  KRN_SHARED(double, sum, 1, THREADS);
  KRN_START(t) {
    const size_t first = (size_t)blockIdx.x * block_size,
                 end = first + block_size < n ? first + block_size : n;
    double own = 0;
    for (size_t i = first + (size_t)t; i < end; i += THREADS) {
      own += (double)x[i] * (double)x[i];
    }
    sum[0][t] = own;
  }
  add_halves(sum);
  KRN_PHASE(t) {
    if (t == 0) {
      part[blockIdx.x] = sum[0][0];
    }
  }
}

static __global__ void clip_scale(float *scale, float *norm_was, const double *part, int parts,
                                  float norm) {
  KRN_SHARED(double, sum, 1, THREADS);
  KRN_START(t) {
    sum[0][t] = t < parts ? part[t] : 0.0;
  }
  add_halves(sum);
  KRN_PHASE(t) {
    if (t == 0) {
      const double square = sum[0][0];
      const float length = (float)sqrt(square);
      *scale = krn_clip_scale(length, norm);
      if (norm_was) {
        *norm_was = length;
      }
    }
  }
}

void krn_cuda_clip_norm(cudaStream_t stream, const KrnCudaScratch *scratch, float *scale,
                        float *norm_was, const float *gradient, size_t n, float norm) {
  // at most as many pieces as the second step has threads
  const size_t even = (n + THREADS - 1) / THREADS,
               block_size = even > 4 * THREADS ? even : (size_t)(4 * THREADS);
  const int blocks = ceil_div(n, block_size);
  KRN_LAUNCH(squares, blocks, THREADS, stream, scratch->sums, gradient, n, block_size);
  KRN_LAUNCH(clip_scale, 1, THREADS, stream, scale, norm_was, scratch->sums, blocks, norm);
}

// ---- moments, and numbers that are none

// numbers of a block's piece, for at most as many pieces as a block has threads
static size_t size_of_piece(size_t n) {
  const size_t even = (n + THREADS - 1) / THREADS;
  return even > 4 * THREADS ? even : (size_t)(4 * THREADS);
}

// the sum of what a block's piece is off the mean, or of its squares
static __global__ void sum_off(double *part, const float *x, const float *minus, const double *mean,
                               size_t n, size_t piece) {
  KRN_SHARED(double, sum, 1, THREADS);
  KRN_START(t) {
    const size_t first = (size_t)blockIdx.x * piece, end = first + piece < n ? first + piece : n;
    double own = 0;
    for (size_t i = first + (size_t)t; i < end; i += THREADS) {
      const double of = minus ? (double)(x[i] - minus[i]) : (double)x[i];
      own += mean ? (of - *mean) * (of - *mean) : of;
    }
    sum[0][t] = own;
  }
  add_halves(sum);
  KRN_PHASE(t) {
    if (t == 0) {
      part[blockIdx.x] = sum[0][0];
    }
  }
}

static __global__ void mean_of_parts(double *out, const double *part, int parts, size_t n) {
  KRN_SHARED(double, sum, 1, THREADS);
  KRN_START(t) {
    sum[0][t] = t < parts ? part[t] : 0.0;
  }
  add_halves(sum);
  KRN_PHASE(t) {
    if (t == 0) {
      *out = sum[0][0] / (double)n;
    }
  }
}

void krn_cuda_moments(cudaStream_t stream, const KrnCudaScratch *scratch, double *out,
                      const float *x, const float *minus, size_t n) {
  const size_t piece = size_of_piece(n);
  const int blocks = ceil_div(n, piece);
  for (int k = 0; k < 2; k++) {
    const double *mean = k == 1 ? out : NULL;
    KRN_LAUNCH(sum_off, blocks, THREADS, stream, scratch->sums, x, minus, mean, n, piece);
    KRN_LAUNCH(mean_of_parts, 1, THREADS, stream, out + k, scratch->sums, blocks, n);
  }
}

// the least number of a table's threads
template <class Table> static __device__ void keep_least(Table &least) {
  for (int width = THREADS / 2; width > 0; width /= 2) {
    KRN_PHASE(t) {
      if (t < width && least[0][t + width] < least[0][t]) {
        least[0][t] = least[0][t + width];
      }
    }
  }
}

static __global__ void bad_of_piece(double *part, const float *x, size_t rows, int columns,
                                    size_t piece) {
  KRN_SHARED(double, least, 1, THREADS);
  KRN_START(t) {
    const size_t first = (size_t)blockIdx.x * piece,
                 end = first + piece < rows ? first + piece : rows;
    double own = (double)rows;
    for (size_t i = first + (size_t)t; i < end; i += THREADS) {
      if (own == (double)rows && !krn_finite(x + i * (size_t)columns, columns)) {
        own = (double)i;
      }
    }
    least[0][t] = own;
  }
  keep_least(least);
  KRN_PHASE(t) {
    if (t == 0) {
      part[blockIdx.x] = least[0][0];
    }
  }
}

static __global__ void first_bad(int32_t *row, const double *part, int parts, size_t rows) {
  KRN_SHARED(double, least, 1, THREADS);
  KRN_START(t) {
    least[0][t] = t < parts ? part[t] : (double)rows;
  }
  keep_least(least);
  KRN_PHASE(t) {
    if (t == 0) {
      *row = least[0][0] < (double)rows ? (int32_t)least[0][0] : -1;
    }
  }
}

void krn_cuda_first_bad(cudaStream_t stream, const KrnCudaScratch *scratch, int32_t *row,
                        const float *x, size_t rows, int columns) {
  const size_t piece = size_of_piece(rows);
  const int blocks = ceil_div(rows, piece);
  KRN_LAUNCH(bad_of_piece, blocks, THREADS, stream, scratch->sums, x, rows, columns, piece);
  KRN_LAUNCH(first_bad, 1, THREADS, stream, row, scratch->sums, blocks, rows);
}

// ---- rows by network

// the rows of a thread, one after the other: its order is theirs
static __device__ int first_of_thread(int t, int rows) {
  return (int)((size_t)rows * (size_t)t / GROUP_THREADS);
}

// One block counts the rows of each key in each thread's part, says where each part's rows of a key
// begin, and lists them.
static __global__ void group(int32_t *order, const int32_t *key, int rows, int banks) {
  KRN_SHARED(int32_t, place, KRN_BANKS_MAX, GROUP_THREADS);
  KRN_SHARED(int32_t, all, 1, KRN_BANKS_MAX);
  KRN_START(t) {
    for (int b = 0; b < banks; b++) {
      place[b][t] = 0;
    }
    for (int i = first_of_thread(t, rows); i < first_of_thread(t + 1, rows); i++) {
      if (key[i] >= 0 && key[i] < banks) {
        place[key[i]][t]++;
      }
    }
  }
  // the parts of a key
  KRN_PHASE(t) {
    int32_t sum = 0;
    for (int k = 0; t < banks && k < GROUP_THREADS; k++) {
      const int32_t own = place[t][k];
      place[t][k] = sum;
      sum += own;
    }
    if (t < banks) {
      all[0][t] = sum;
    }
  }
  KRN_PHASE(t) {
    int32_t before = 0;
    for (int b = 0; b < banks; b++) {
      place[b][t] += before;
      before += all[0][b];
    }
    for (int i = first_of_thread(t, rows); i < first_of_thread(t + 1, rows); i++) {
      if (key[i] >= 0 && key[i] < banks) {
        order[place[key[i]][t]++] = i;
      }
    }
  }
}

void krn_cuda_group(cudaStream_t stream, int32_t *order, const int32_t *key, int rows, int banks) {
  KRN_LAUNCH(group, 1, GROUP_THREADS, stream, order, key, rows, banks);
}
