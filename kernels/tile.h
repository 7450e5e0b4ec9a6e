// Arithmetic of network inference on tiles: x[feature][KRN_TILE], the rows of a batch innermost.
// A row's result depends on nothing but that row: the same operations in the same order on each
// lane, whatever stands in the others.
#ifndef KERNELS_TILE_H_
#define KERNELS_TILE_H_

enum { KRN_TILE = 16 };  // rows of a tile

// y[outputs][KRN_TILE] = bias[outputs] + weight[outputs][inputs] x[inputs][KRN_TILE], each sum from
// the bias on in the order of the inputs. y and x do not overlap.
void krn_tile_linear(float *y, const float *x, const float *weight, const float *bias, int outputs,
                     int inputs);
// Layer norm over the features of each row, in place: (x - mean) / sqrt(variance + 1e-5) * weight
// + bias, variance over n (Ba et al. 2016).
void krn_tile_norm(float *x, const float *weight, const float *bias, int features);
// In place: (x - mean) / std.
void krn_tile_standardise(float *x, const float *mean, const float *std, int features);
// In place, see element.h.
void krn_tile_elu(float *x, int features);
void krn_tile_tanh(float *x, int features);
void krn_tile_clip(float *x, int features);
// x from in[rows][features], rows <= KRN_TILE; the lanes behind become zero.
void krn_tile_load(float *x, const float *in, int rows, int features);
// out[rows][features] from x.
void krn_tile_store(float *out, const float *x, int rows, int features);

#endif  // KERNELS_TILE_H_
