// A row through a network without norms, in one thread: the sums of kernels/tile.h in their order.
#ifndef KERNELS_CUDA_FORWARD_H_
#define KERNELS_CUDA_FORWARD_H_

#include "kernels/fused.h"

// y[outputs] of row[inputs], without the squash
static __device__ void krn_forward(float *y, const KrnFusedNet &net, const float *row) {
  float of[2][KRN_FUSED_WIDTH];
  const float *x = row;
  for (int layer = 0; layer < net.layers; layer++) {
    const bool head = layer + 1 == net.layers;
    float *to = head ? y : of[layer % 2];
    for (int o = 0; o < net.width[layer + 1]; o++) {
      const float *weight =
          net.weight + net.weight_at[layer] + (size_t)o * (size_t)net.width[layer];
      float sum = net.weight[net.bias_at[layer] + (size_t)o];
      for (int i = 0; i < net.width[layer]; i++) {
        sum = KRN_MULTIPLY_ADD(weight[i], x[i], sum);
      }
      to[o] = krn_activate(sum, head ? KRN_LINEAR : net.activation);
    }
    x = to;
  }
}

#endif  // KERNELS_CUDA_FORWARD_H_
