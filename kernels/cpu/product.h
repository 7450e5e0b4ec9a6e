// Products of the matrices of small networks on the processor, with what is done to their results
// in the same sweep. Every element is summed in the order of the inner index, whatever stands
// around it: a row has the same bits alone and anywhere in a batch, with vectors of 8 and of 16
// numbers.
//
// Matrices are float32, row-major.
#ifndef KERNELS_CPU_PRODUCT_H_
#define KERNELS_CPU_PRODUCT_H_

#include <stdbool.h>
#include <stddef.h>

#include "kernels/row.h"

enum { KRN_PRODUCT_MAX = 256 };  // most inputs and outputs; beyond, a BLAS does it

// A weight in the two orders that the products read, [inputs][outputs] and [outputs][inputs] with
// whole vectors in a row: how many floats, and from weight[outputs][inputs]. To be made anew when
// it changes.
size_t krn_product_packed(int outputs, int inputs);
void krn_product_pack(float *packed, const float *weight, int outputs, int inputs);

typedef struct KrnProducts {
  const char *name;  // what the processor must have: "avx512f", "avx2", "any"
  // y[rows][outputs] = activation(x[rows][inputs] weight[outputs][inputs]^T + bias)
  void (*forward)(float *y, const float *x, const float *packed, const float *bias,
                  KrnActivation activation, int rows, int outputs, int inputs);
  // dx[rows][inputs] = dy[rows][outputs] weight[outputs][inputs]
  void (*input_gradient)(float *dx, const float *dy, const float *packed, int rows, int outputs,
                         int inputs);
  // y[n] = activation(y)
  void (*activate)(float *y, KrnActivation activation, int n);
  // dy[rows][outputs] *= slope of the activation at its results y; dbias[outputs] += its sum over
  // the rows
  void (*slopes)(float *dy, float *dbias, const float *y, KrnActivation activation, int rows,
                 int outputs);
  // dweight[outputs][inputs] += dy[rows][outputs]^T x[rows][inputs]
  void (*weight_gradient)(float *dweight, const float *dy, const float *x, int rows, int outputs,
                          int inputs);
} KrnProducts;

// The fastest that this processor has; and the i-th of all, NULL behind the last, whether or not
// the processor has it.
const KrnProducts *krn_products(void);
const KrnProducts *krn_products_at(int i);
bool krn_products_run_here(const KrnProducts *products);

static inline bool krn_product_fits(int outputs, int inputs) {
  return outputs <= KRN_PRODUCT_MAX && inputs <= KRN_PRODUCT_MAX;
}

#endif  // KERNELS_CPU_PRODUCT_H_
