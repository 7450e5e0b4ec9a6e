// A network that learns: the architecture of policies/net.h on a device, with gradients and Adam's
// moments. Its weights lie in one block, in the order of pol_net_tensors, so that a policy file is
// a copy. Fixed input statistics are not weights: rows come already standardised.
#ifndef HCSP_LEARN_MLP_H_
#define HCSP_LEARN_MLP_H_

#include "kernels/fused.h"
#include "kernels/ops.h"
#include "policies/net.h"

typedef struct MlpScratch MlpScratch;

typedef struct Mlp {
  PolNet *net;  // host copy: the architecture always, the weights after mlp_download
  KrnDevice *device;
  size_t n;                       // weights that learn
  size_t skip;                    // floats of fixed input statistics before them in net->block
  float *weight, *mean, *square;  // device [n]: weights, Adam's moments
  float *gradient, *part;         // device [n], [tiles][n]
  float *packed;                  // device: the weights of all layers as its products read them
  float *norm;                    // device [1]: length of the last gradient
  MlpScratch *scratch;            // [workers]
  bool shares_input;              // its input buffers are another network's
} Mlp;

// rows_max: rows of the largest call of for_tiles that runs mlp_backward. NULL and err when
// the architecture or the memory fails.
Mlp *mlp_create(KrnDevice *device, const PolArch *arch, bool with_std, int rows_max, SimError *err);
void mlp_destroy(Mlp *mlp);  // NULL is fine
// From now on mlp reads the rows that are put into the input buffers of `with`, which outlives it.
void mlp_share_input(Mlp *mlp, const Mlp *with);

typedef struct MlpInit {
  double gain;       // hidden weights are normal with deviation sqrt(gain / inputs)
  double head;       // the same for the head, then times this
  double head_bias;  // all head biases
  double log_std;    // all entries of log_std
} MlpInit;
// Draws the weights from Philox (seed, which, 0, SIM_RNG_INIT) and uploads them; moments become 0.
void mlp_init(Mlp *mlp, const MlpInit *init, uint64_t seed, uint32_t which);
void mlp_upload(Mlp *mlp);          // weights of net to the device
void mlp_download(const Mlp *mlp);  // and back
// To follow a change of the weights on the device by others: what is kept beside them follows.
void mlp_restored(Mlp *mlp);

// The worker's buffer for input rows [rows][inputs].
float *mlp_input(const Mlp *mlp, const KrnWork *work);
// The worker's buffers for what else a tile needs, [rows][3 + outputs + KRN_HEADS_MAX] and
// [rows][KRN_HEADS_MAX].
float *mlp_side(const Mlp *mlp, const KrnWork *work);
uint32_t *mlp_bits(const Mlp *mlp, const KrnWork *work);
// Runs the rows in the worker's input buffer; returns its output buffer [rows][outputs].
const float *mlp_forward(const Mlp *mlp, KrnWork *work, int rows);
// The worker's buffer for the gradient of the outputs [rows][outputs].
float *mlp_output_gradient(const Mlp *mlp, const KrnWork *work);
// Gradient of all weights for the rows of the last forward of this worker, into the tile's slot.
void mlp_backward(const Mlp *mlp, KrnWork *work, int tile, int rows);
// log_std on the device, and its slot in the gradient of a tile.
const float *mlp_log_std(const Mlp *mlp);
float *mlp_log_std_gradient(const Mlp *mlp, int tile);

// Adds the gradients of the tiles first..end - 1, at least one, in their order to sum[n] on the
// host, which holds those of the tiles before them.
void mlp_sum_tiles(float *sum, Mlp *mlp, int first, int end);
// The sum over all tiles, for mlp_step.
void mlp_put_gradient(Mlp *mlp, const float *sum);
// Adds the tiles' gradients (0 tiles: their sum has been put there), clips their norm, takes an
// Adam step and keeps log_std in [std_low, std_high]. adam and *scale lie on the device; *scale
// gets what the gradient was multiplied by, or -1 when it is not finite: nothing changes then.
// Waits for nothing.
void mlp_step(Mlp *mlp, float *scale, const KrnAdam *adam, int tiles, float norm_max, float std_low,
              float std_high);
// As a kernel of a whole minibatch takes it (KrnOps.gradients); false where it has norms, or layers
// that such a kernel has no room for.
bool mlp_fused(KrnFusedNet *fused, const Mlp *mlp);
// Length of the last gradient before clipping.
float mlp_gradient_norm(const Mlp *mlp);

#endif  // HCSP_LEARN_MLP_H_
