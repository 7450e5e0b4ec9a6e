// Inference of small networks: input norm -> [linear -> activation -> norm] x n -> linear ->
// squash. A row's bits depend neither on its place among the rows nor on the other rows: the
// arithmetic is that of kernels/tile.h.
#ifndef POLICIES_NET_H_
#define POLICIES_NET_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

enum {
  POL_NET_LAYERS_MAX = 8,
  POL_NET_WIDTH_MAX = 1024,
  POL_NET_TILE = 64,  // rows of one call
  POL_NET_TENSORS_MAX = 2 + 4 * POL_NET_LAYERS_MAX + 3,
};

typedef enum PolInputNorm { POL_INPUT_NONE, POL_INPUT_LAYERNORM, POL_INPUT_FIXED } PolInputNorm;
typedef enum PolActivation { POL_ELU, POL_TANH } PolActivation;
typedef enum PolSquash { POL_SQUASH_NONE, POL_SQUASH_TANH, POL_SQUASH_CLIP } PolSquash;

typedef struct PolArch {
  int inputs, outputs;
  int layers, hidden[POL_NET_LAYERS_MAX];
  PolInputNorm input_norm;
  PolActivation activation;
  bool hidden_norm;  // layer norm after each activation
  PolSquash squash;
} PolArch;

// Weights, float32, row-major [out][in]; NULL where the architecture has none. All of them lie in
// `block`, in the order of pol_net_tensors.
typedef struct PolNet {
  PolArch arch;
  float *input_a, *input_b;  // layer norm: weight, bias; fixed: mean, std   [inputs]
  float *weight[POL_NET_LAYERS_MAX], *bias[POL_NET_LAYERS_MAX];
  float *norm_weight[POL_NET_LAYERS_MAX], *norm_bias[POL_NET_LAYERS_MAX];
  float *head_weight, *head_bias;
  float *log_std;  // [outputs] for skills, else NULL
  float *block;
  bool watched;  // values on the way are looked at, see pol_net_watch
} PolNet;

// One array of a network under the name that policy files use.
typedef struct PolTensor {
  char name[32];  // "layers.0.norm.weight"
  int dims, dim[2];
  size_t count;   // product of dim
  float **array;  // where the network keeps the pointer to it
} PolTensor;

// Allocates all arrays, zero-filled (norm weights and std one); log_std only when with_std.
// NULL with SIM_BAD_INPUT when a size is outside 1..POL_NET_WIDTH_MAX or there are too many
// layers; the sentence names no file.
PolNet *pol_net_create(const PolArch *arch, bool with_std, SimError *err);
void pol_net_destroy(PolNet *net);
// Looks at the weights; some so large that sums of products may leave float32 have the network
// watched from now on. A value on the way that is not finite then makes the whole row NaN, where an
// activation would hide it, and whether it is infinite or NaN depends on the processor's products.
void pol_net_watch(PolNet *net);
// Lists the arrays that net->arch has (log_std when with_std), returns their number. Only net->arch
// is read.
int pol_net_tensors(PolTensor out[POL_NET_TENSORS_MAX], PolNet *net, bool with_std);
// Floats of scratch that pol_net_forward needs.
int pol_net_scratch(const PolNet *net);
// out[rows][outputs] from in[rows][inputs]: mean action after squash, or raw logits. 0 <= rows <=
// POL_NET_TILE; 16 rows cost as much as one.
void pol_net_forward(float *out, const PolNet *net, const float *in, int rows, float *scratch);

#endif  // POLICIES_NET_H_
