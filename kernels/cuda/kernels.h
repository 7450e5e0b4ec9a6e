// Kernels of learning and what starts them: each function queues its work on the stream and
// returns. The sizes are those of kernels/ops.h; sums over rows go through scratch memory in pieces
// whose cut depends on the number of rows alone, and are added in a fixed order, without atomic
// operations: the same input gives the same bits.
#ifndef KERNELS_CUDA_KERNELS_H_
#define KERNELS_CUDA_KERNELS_H_

#include <cuda_runtime_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/fused.h"
#include "kernels/row.h"

enum {
  KRN_CUDA_CHUNKS = 128,    // pieces of the sums over the rows of a column
  KRN_CUDA_COLUMNS = 4096,  // widest matrix with sums over its rows
  KRN_CUDA_BLOCKS = 256,    // pieces of the sums of a loss
  KRN_CUDA_OUTPUTS = 16,    // most outputs of a normal
};

// Memory of the device for the pieces of sums.
typedef struct KrnCudaScratch {
  float *columns;  // [2][KRN_CUDA_CHUNKS][KRN_CUDA_COLUMNS]
  double *sums;    // [KRN_CUDA_BLOCKS][KRN_SUMS]
} KrnCudaScratch;

#ifdef __cplusplus
extern "C" {
#endif

// y = activation(y + bias)
void krn_cuda_activate(cudaStream_t stream, float *y, const float *bias, KrnActivation activation,
                       int rows, int columns);
// y = activation(y + bias), unit = norm(y)
void krn_cuda_activate_norm(cudaStream_t stream, float *unit, float *spread, float *y,
                            const float *bias, const float *gain, const float *norm_bias,
                            KrnActivation activation, int rows, int columns);
// dy becomes the gradient before the activation, dbias its sum over the rows
void krn_cuda_slopes(cudaStream_t stream, const KrnCudaScratch *scratch, float *dbias, float *dy,
                     const float *y, KrnActivation activation, int rows, int columns);
void krn_cuda_norm(cudaStream_t stream, float *y, float *spread, const float *x, const float *gain,
                   const float *bias, int rows, int columns);
void krn_cuda_norm_back(cudaStream_t stream, const KrnCudaScratch *scratch, float *dx, float *dgain,
                        float *dbias, const float *dy, const float *x, const float *spread,
                        const float *gain, int rows, int columns);
void krn_cuda_gather(cudaStream_t stream, float *y, const float *x, int width, const int32_t *index,
                     const float *mean, const float *deviation, int rows, int columns);
void krn_cuda_gather_bits(cudaStream_t stream, uint32_t *y, const uint32_t *x, const int32_t *index,
                          int rows, int columns);

void krn_cuda_gaussian_draw(cudaStream_t stream, float *action, float *log_prob, const float *mean,
                            const float *log_std, const KrnDraw *draw, const int32_t *index,
                            int rows, int n);
void krn_cuda_gaussian_log_prob(cudaStream_t stream, float *log_prob, const float *mean,
                                const float *log_std, const float *action, int rows, int n);
void krn_cuda_gaussian_loss(cudaStream_t stream, const KrnCudaScratch *scratch, float *dmean,
                            float *dlog_std, double *sums, const float *mean, const float *log_std,
                            const float *action, const float *old_log_prob, const float *advantage,
                            const KrnPolicyLoss *loss, int rows, int n);
void krn_cuda_gaussian_pull(cudaStream_t stream, float *dmean, float *dlog_std, const float *mean,
                            const float *log_std, const float *reference,
                            const float *reference_log_std, const float *weight, float scale,
                            int rows, int n);
void krn_cuda_heads_loss(cudaStream_t stream, const KrnCudaScratch *scratch, float *dlogits,
                         double *sums, const float *logits, const float *choice,
                         const uint32_t *legal, const float *old_log_prob, const float *advantage,
                         const KrnPolicyLoss *loss, const KrnHeads *heads, int rows);
void krn_cuda_value_loss(cudaStream_t stream, const KrnCudaScratch *scratch, float *dvalue,
                         double *sums, const float *value, const float *wanted, float scale,
                         int rows);

void krn_cuda_group(cudaStream_t stream, int32_t *order, const int32_t *key, int rows, int banks);
void krn_cuda_gae(cudaStream_t stream, float *advantage, float *wanted, const float *reward,
                  const float *value, const uint8_t *ended, const float *rest, float discount,
                  float trace, int steps, int worlds);
void krn_cuda_affine(cudaStream_t stream, float *y, const float *x, float factor, float shift,
                     size_t n);
void krn_cuda_add_tiles(cudaStream_t stream, float *sum, const float *part, int tiles, size_t n);
void krn_cuda_clip_norm(cudaStream_t stream, const KrnCudaScratch *scratch, float *scale,
                        float *norm_was, const float *gradient, size_t n, float norm);
// sums[KRN_SUMS] += the pieces' part[parts][KRN_SUMS], one after the other
void krn_cuda_add_sums(cudaStream_t stream, double *sums, const double *part, int parts);
// false: these networks are not for it, and nothing was queued
bool krn_cuda_gradients(cudaStream_t stream, const KrnCudaScratch *scratch,
                        const KrnGradients *call);
void krn_cuda_pick(cudaStream_t stream, float *y, const float *x, const int32_t *index, size_t n);
void krn_cuda_moments(cudaStream_t stream, const KrnCudaScratch *scratch, double *out,
                      const float *x, const float *minus, size_t n);
void krn_cuda_standardise(cudaStream_t stream, float *x, const double *moments, double limit,
                          size_t n);
void krn_cuda_first_bad(cudaStream_t stream, const KrnCudaScratch *scratch, int32_t *row,
                        const float *x, size_t rows, int columns);
void krn_cuda_adam(cudaStream_t stream, float *weight, float *mean, float *square,
                   const float *gradient, const float *scale, const KrnAdam *adam, size_t n);
void krn_cuda_clamp(cudaStream_t stream, float *x, float low, float high, size_t n);

#ifdef __cplusplus
}
#endif

#endif  // KERNELS_CUDA_KERNELS_H_
