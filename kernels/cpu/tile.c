// Inference on the processor.
//
// Why not a BLAS: "alone or anywhere in a batch, the same bits" is promised, and OpenBLAS 0.3.21
// (Haswell and Zen kernels) breaks it. Measured: with the same row at another place of the batch,
// 72 of 90 shapes gave other bits, row- or feature-major, in tiles of 12 to 128 rows, because the
// edges of a matrix go through other code than its middle. Here all lanes run one instruction
// stream.
//
// Representation: tiles of 16 rows, features outermost, so that a 256-wide layer is 16 KiB and a
// whole network stays in the first-level cache while the weights stream by. The product keeps 4
// outputs x 16 rows in registers (8 accumulators of 8 floats hide the latency of the fused
// multiply-add): 60 to 100 GFLOP/s on one core of an AVX2 machine, where OpenBLAS has 52 to 67.
// This file is compiled with -O3 and contraction into fused operations; its loops over lanes have
// a constant length that is a multiple of any vector's, hence no remainders.
#include "kernels/tile.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "kernels/element.h"

// GCC and clang split these into what the processor has
typedef float Vector __attribute__((vector_size(32)));
enum { LANES = 8, BLOCK = 4 };
_Static_assert(KRN_TILE == 2 * LANES, "the product works on two vectors of rows");

static inline void load(Vector *v, const float *p) {
  memcpy(v, p, sizeof *v);
}

static inline void store(float *p, const Vector *v) {
  memcpy(p, v, sizeof *v);
}

// four outputs; the next rows are loaded one turn early, so that compilers keep them in registers
// instead of reading memory in each of the eight products (gcc 12: 62 to 100 GFLOP/s)
static void linear_block(float *y, const float *x, const float *weight, const float *bias,
                         int inputs) {
  const float *w0 = weight, *w1 = w0 + inputs, *w2 = w1 + inputs, *w3 = w2 + inputs;
  Vector low0 = (Vector){0} + bias[0], high0 = low0;
  Vector low1 = (Vector){0} + bias[1], high1 = low1;
  Vector low2 = (Vector){0} + bias[2], high2 = low2;
  Vector low3 = (Vector){0} + bias[3], high3 = low3;
  Vector low, high, next_low, next_high;
  load(&low, x);
  load(&high, x + LANES);
  for (int k = 0; k < inputs; k++) {
    const float *next = x + (ptrdiff_t)(k + 1 < inputs ? k + 1 : k) * KRN_TILE;
    load(&next_low, next);
    load(&next_high, next + LANES);
    low0 += w0[k] * low;
    high0 += w0[k] * high;
    low1 += w1[k] * low;
    high1 += w1[k] * high;
    low2 += w2[k] * low;
    high2 += w2[k] * high;
    low3 += w3[k] * low;
    high3 += w3[k] * high;
    low = next_low;
    high = next_high;
  }
  store(y, &low0);
  store(y + LANES, &high0);
  store(y + KRN_TILE, &low1);
  store(y + KRN_TILE + LANES, &high1);
  store(y + 2 * KRN_TILE, &low2);
  store(y + 2 * KRN_TILE + LANES, &high2);
  store(y + 3 * KRN_TILE, &low3);
  store(y + 3 * KRN_TILE + LANES, &high3);
}

static void linear_one(float *y, const float *x, const float *weight, const float *bias,
                       int inputs) {
  Vector low0 = (Vector){0} + *bias, high0 = low0;
  for (int k = 0; k < inputs; k++) {
    Vector low, high;
    load(&low, x + (ptrdiff_t)k * KRN_TILE);
    load(&high, x + (ptrdiff_t)k * KRN_TILE + LANES);
    low0 += weight[k] * low;
    high0 += weight[k] * high;
  }
  store(y, &low0);
  store(y + LANES, &high0);
}

void krn_tile_linear(float *y, const float *x, const float *weight, const float *bias, int outputs,
                     int inputs) {
  assert(outputs > 0 && inputs > 0);
  int n = 0;
  for (; n + BLOCK <= outputs; n += BLOCK) {
    linear_block(y + (ptrdiff_t)n * KRN_TILE, x, weight + (ptrdiff_t)n * inputs, bias + n, inputs);
  }
  for (; n < outputs; n++) {
    linear_one(y + (ptrdiff_t)n * KRN_TILE, x, weight + (ptrdiff_t)n * inputs, bias + n, inputs);
  }
}

// mean[KRN_TILE] over the features
static void find_mean(float *mean, const float *x, int features) {
  // even and odd features apart: shorter chains, smaller rounding errors
  Vector low[2] = {{0}}, high[2] = {{0}}, value;
  for (int k = 0; k + 1 < features; k += 2) {
    const float *feature = x + (ptrdiff_t)k * KRN_TILE;
    load(&value, feature);
    low[0] += value;
    load(&value, feature + LANES);
    high[0] += value;
    load(&value, feature + KRN_TILE);
    low[1] += value;
    load(&value, feature + KRN_TILE + LANES);
    high[1] += value;
  }
  if (features % 2 == 1) {
    const float *feature = x + (ptrdiff_t)(features - 1) * KRN_TILE;
    load(&value, feature);
    low[0] += value;
    load(&value, feature + LANES);
    high[0] += value;
  }
  low[0] = (low[0] + low[1]) / (float)features;
  high[0] = (high[0] + high[1]) / (float)features;
  store(mean, &low[0]);
  store(mean + LANES, &high[0]);
}

// x -= mean; rest and square are the sums over the features of what is left, and of its square
static void centre(float *x, float *rest, float *square, const float *mean, int features) {
  Vector low_mean, high_mean, low, high;
  Vector low_rest = {0}, high_rest = {0}, low_square = {0}, high_square = {0};
  load(&low_mean, mean);
  load(&high_mean, mean + LANES);
  for (int k = 0; k < features; k++) {
    float *feature = x + (ptrdiff_t)k * KRN_TILE;
    load(&low, feature);
    load(&high, feature + LANES);
    low -= low_mean;
    high -= high_mean;
    low_rest += low;
    high_rest += high;
    low_square += low * low;
    high_square += high * high;
    store(feature, &low);
    store(feature + LANES, &high);
  }
  store(rest, &low_rest);
  store(rest + LANES, &high_rest);
  store(square, &low_square);
  store(square + LANES, &high_square);
}

void krn_tile_norm(float *x, const float *weight, const float *bias, int features) {
  assert(features > 0);
  float mean[KRN_TILE], rest[KRN_TILE], square[KRN_TILE], scale[KRN_TILE];
  find_mean(mean, x, features);
  // what rounding left in the mean is taken off the deviations too, so that a large common offset
  // of the features does no harm
  centre(x, rest, square, mean, features);
  const float share = 1.0f / (float)features;
  for (int r = 0; r < KRN_TILE; r++) {
    rest[r] *= share;
    const float variance = square[r] * share - rest[r] * rest[r];
    scale[r] = 1.0f / sqrtf((variance > 0.0f ? variance : 0.0f) + KRN_NORM_EPSILON);
  }
  for (int k = 0; k < features; k++) {
    for (int r = 0; r < KRN_TILE; r++) {
      x[k * KRN_TILE + r] = (x[k * KRN_TILE + r] - rest[r]) * scale[r] * weight[k] + bias[k];
    }
  }
}

void krn_tile_standardise(float *x, const float *mean, const float *std, int features) {
  for (int k = 0; k < features; k++) {
    for (int r = 0; r < KRN_TILE; r++) {
      x[k * KRN_TILE + r] = (x[k * KRN_TILE + r] - mean[k]) / std[k];
    }
  }
}

void krn_tile_elu(float *x, int features) {
  for (int k = 0; k < features; k++) {
    for (int r = 0; r < KRN_TILE; r++) {
      x[k * KRN_TILE + r] = krn_elu(x[k * KRN_TILE + r]);
    }
  }
}

void krn_tile_tanh(float *x, int features) {
  for (int k = 0; k < features; k++) {
    for (int r = 0; r < KRN_TILE; r++) {
      x[k * KRN_TILE + r] = krn_tanh(x[k * KRN_TILE + r]);
    }
  }
}

void krn_tile_clip(float *x, int features) {
  for (int k = 0; k < features; k++) {
    for (int r = 0; r < KRN_TILE; r++) {
      x[k * KRN_TILE + r] = krn_clip(x[k * KRN_TILE + r]);
    }
  }
}

void krn_tile_load(float *x, const float *in, int rows, int features) {
  assert(rows >= 0 && rows <= KRN_TILE);
  if (rows < KRN_TILE) {
    memset(x, 0, sizeof *x * (size_t)features * KRN_TILE);
  }
  for (int r = 0; r < rows; r++) {
    for (int k = 0; k < features; k++) {
      x[k * KRN_TILE + r] = in[(ptrdiff_t)r * features + k];
    }
  }
}

void krn_tile_store(float *out, const float *x, int rows, int features) {
  assert(rows >= 0 && rows <= KRN_TILE);
  for (int r = 0; r < rows; r++) {
    for (int k = 0; k < features; k++) {
      out[(ptrdiff_t)r * features + k] = x[k * KRN_TILE + r];
    }
  }
}
