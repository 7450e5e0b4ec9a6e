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

static inline int fill_up(int n, int lanes) {
  return (n + lanes - 1) / lanes * lanes;
}

#if defined __x86_64__
#define NAME(x) x##_avx512
#define NAME_TEXT "avx512f"
#define TARGET __attribute__((target("avx512f,avx2,fma")))
#define LANES 16
#define VECTORS 4
#define FUSED(sum, x, y) _mm512_fmadd_ps(_mm512_set1_ps(x), y, sum)
#define STORE_PART(to, from, n)                                                                    \
  _mm512_mask_storeu_ps(to, (__mmask16)((1u << (n)) - 1), _mm512_loadu_ps(from))
#include "kernels/cpu/product_kernel.h"

#define NAME(x) x##_avx2
#define NAME_TEXT "avx2"
#define TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#define VECTORS 2
#define FUSED(sum, x, y) _mm256_fmadd_ps(_mm256_set1_ps(x), y, sum)
#define STORE_PART(to, from, n) memcpy(to, from, (size_t)(n) * sizeof *(to))
#include "kernels/cpu/product_kernel.h"
#endif

#define NAME(x) x##_any
#define NAME_TEXT "any"
#define TARGET
#define LANES 8
#define VECTORS 2
#define FUSED(sum, x, y) ((sum) + (x) * (y))
#define STORE_PART(to, from, n) memcpy(to, from, (size_t)(n) * sizeof *(to))
#include "kernels/cpu/product_kernel.h"

static const KrnProducts *const ALL[] = {
#if defined __x86_64__
    &PRODUCTS_avx512, &PRODUCTS_avx2,
#endif
    &PRODUCTS_any};
enum { KINDS = sizeof ALL / sizeof ALL[0] };

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
