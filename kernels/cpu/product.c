// Why not a BLAS: for a layer of 64 its packing, its edges and the pass for the activation cost as
// much as the products. Measured on one core (Zen 4, vectors of 16): 113 GFLOP/s against 90 to 100
// of OpenBLAS 0.3.21 at the shapes of an update, before the activation, which is done here while
// the numbers are in registers.
#include "kernels/cpu/product.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#if defined __x86_64__
#include <immintrin.h>
#endif

enum { ROWS = 6 };

// rows of the next block of a matrix of so many: 6, or the largest that there are
static inline int block_rows(int rows) {
  return rows >= ROWS ? ROWS : rows >= 4 ? 4 : rows >= 2 ? 2 : 1;
}

// columns of a packed row: whole vectors, of 16 for every width of them
static inline int fill_up(int n) {
  return (n + 15) / 16 * 16;
}

// what a product starts from that starts from nothing
static const float NOTHING[64];

// Where the numbers of y = start + a b lie: a[i][k] at a + i row + k column, b[k] and y[i] in rows
// of `width` and `y_row`, start[i] in rows of `start_row`.
typedef struct Factors {
  ptrdiff_t y_row, start_row, row, column, width;
  int inner;
} Factors;

#if defined __x86_64__
#define NAME(x) x##_avx512
#define NAME_TEXT "avx512f"
#define TARGET __attribute__((target("avx512f,avx2,fma")))
#define LANES 16
#define VECTORS 4
#define FUSED(sum, x, y) _mm512_fmadd_ps(_mm512_set1_ps(x), y, sum)
#define LOAD_PART(from, n) _mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), from)
#define STORE_PART(to, x, n) _mm512_mask_storeu_ps(to, (__mmask16)((1u << (n)) - 1), x)
#include "kernels/cpu/product_kernel.h"

// the first n of 8 lanes
__attribute__((target("avx2"))) static inline __m256i first_8(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

#define NAME(x) x##_avx2
#define NAME_TEXT "avx2"
#define TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#define VECTORS 2
#define FUSED(sum, x, y) _mm256_fmadd_ps(_mm256_set1_ps(x), y, sum)
#define LOAD_PART(from, n) _mm256_maskload_ps(from, first_8(n))
#define STORE_PART(to, x, n) _mm256_maskstore_ps(to, first_8(n), x)
#include "kernels/cpu/product_kernel.h"
#endif

typedef float Any __attribute__((vector_size(32)));
static inline Any part_any(const float *from, int n) {
  Any x = {0};
  memcpy(&x, from, (size_t)n * sizeof *from);
  return x;
}

#define NAME(x) x##_any
#define NAME_TEXT "any"
#define TARGET
#define LANES 8
#define VECTORS 2
#define FUSED(sum, x, y) ((sum) + (x) * (y))
#define LOAD_PART(from, n) part_any(from, n)
#define STORE_PART(to, x, n) memcpy(to, &(x), (size_t)(n) * sizeof *(to))
#include "kernels/cpu/product_kernel.h"

static const KrnProducts *const ALL[] = {
#if defined __x86_64__
    &PRODUCTS_avx512, &PRODUCTS_avx2,
#endif
    &PRODUCTS_any};
enum { KINDS = sizeof ALL / sizeof ALL[0] };

size_t krn_product_packed(int outputs, int inputs) {
  return (size_t)inputs * (size_t)fill_up(outputs) + (size_t)outputs * (size_t)fill_up(inputs);
}

void krn_product_pack(float *packed, const float *weight, int outputs, int inputs) {
  const int width = fill_up(outputs), wide = fill_up(inputs);
  float *rows = packed + (ptrdiff_t)inputs * width;
  memset(packed, 0, krn_product_packed(outputs, inputs) * sizeof *packed);
  for (int i = 0; i < outputs; i++, weight += inputs) {
    memcpy(rows + (ptrdiff_t)i * wide, weight, (size_t)inputs * sizeof *rows);
    for (int k = 0; k < inputs; k++) {
      packed[(ptrdiff_t)k * width + i] = weight[k];
    }
  }
}

bool krn_products_run_here(const KrnProducts *products) {
#if defined __x86_64__
  if (products == &PRODUCTS_avx512) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma");
  }
  if (products == &PRODUCTS_avx2) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }
#endif
  return products == &PRODUCTS_any;
}

const KrnProducts *krn_products_at(int i) {
  assert(i >= 0);
  return i < KINDS ? ALL[i] : NULL;
}

const KrnProducts *krn_products(void) {
  int i = 0;
  while (!krn_products_run_here(ALL[i])) {
    i++;
  }
  return ALL[i];
}
