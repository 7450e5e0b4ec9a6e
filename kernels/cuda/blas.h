// The few calls of cuBLAS, from a library that is opened when a GPU is: programs start without it.
#ifndef KERNELS_CUDA_BLAS_H_
#define KERNELS_CUDA_BLAS_H_

#include <cublas_v2.h>
#include <stdbool.h>

#include "sim/base/status.h"

typedef struct KrnBlas {
  void *library;
  cublasStatus_t (*create)(cublasHandle_t *handle);
  cublasStatus_t (*destroy)(cublasHandle_t handle);
  cublasStatus_t (*set_stream)(cublasHandle_t handle, cudaStream_t stream);
  cublasStatus_t (*set_workspace)(cublasHandle_t handle, void *workspace, size_t bytes);
  cublasStatus_t (*set_math_mode)(cublasHandle_t handle, cublasMath_t mode);
  cublasStatus_t (*set_atomics_mode)(cublasHandle_t handle, cublasAtomicsMode_t mode);
  cublasStatus_t (*sgemm)(cublasHandle_t handle, cublasOperation_t transpose_a,
                          cublasOperation_t transpose_b, int m, int n, int k, const float *alpha,
                          const float *a, int lda, const float *b, int ldb, const float *beta,
                          float *c, int ldc);
} KrnBlas;

// false and err when the library or one of the calls is missing.
bool krn_blas_open(KrnBlas *blas, SimError *err);
void krn_blas_close(KrnBlas *blas);  // zero-initialised is fine

#endif  // KERNELS_CUDA_BLAS_H_
