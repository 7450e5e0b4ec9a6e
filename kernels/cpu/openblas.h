// The two calls of OpenBLAS, from a library that is opened when a network learns on the processor.
#ifndef KERNELS_CPU_OPENBLAS_H_
#define KERNELS_CPU_OPENBLAS_H_

#include <cblas.h>

#include "sim/base/status.h"

typedef void KrnSgemm(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE transpose_a,
                      enum CBLAS_TRANSPOSE transpose_b, blasint m, blasint n, blasint k,
                      float alpha, const float *a, blasint lda, const float *b, blasint ldb,
                      float beta, float *c, blasint ldc);

// cblas_sgemm on the thread that calls it, ready for so many threads at the same time. NULL and
// SIM_FAIL when there is no OpenBLAS or the address space is too small for its buffers. Not from
// two threads at once.
KrnSgemm *krn_openblas_sgemm(int threads, SimError *err);

#endif  // KERNELS_CPU_OPENBLAS_H_
