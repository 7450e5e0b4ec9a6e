// A minibatch in one kernel: rows are gathered, both networks run forward, the losses are taken and
// the gradients found, all in the fast memory of a block of threads. For an actor of a normal and a
// critic without norms, of at most two hidden layers.
#ifndef KERNELS_FUSED_H_
#define KERNELS_FUSED_H_

#include <stddef.h>
#include <stdint.h>

#include "kernels/row.h"

enum {
  KRN_FUSED_LAYERS = 3,    // at most, with the head
  KRN_FUSED_WIDTH = 128,   // of inputs and hidden layers, at most
  KRN_FUSED_OUTPUTS = 16,  // at most
};

// Memory is the device's.
typedef struct KrnFusedNet {
  int layers;                       // with the head
  int width[KRN_FUSED_LAYERS + 1];  // inputs, hidden layers, outputs
  size_t weight_at[KRN_FUSED_LAYERS], bias_at[KRN_FUSED_LAYERS], log_std_at;  // in weight
  KrnActivation activation;  // of the hidden layers
  const float *weight;       // [n]
  float *gradient;           // [n], overwritten
  size_t n;
} KrnFusedNet;

typedef struct KrnGradients {
  KrnFusedNet actor, critic;
  // [..][inputs], [..][outputs], [..]: row i of the minibatch is row index[i] of these
  const float *obs, *action, *log_prob, *advantage, *wanted;
  const int32_t *index;  // [rows]
  double *sums;          // [KRN_SUMS], added to
  KrnPolicyLoss loss;
  int rows;
} KrnGradients;

#endif  // KERNELS_FUSED_H_
