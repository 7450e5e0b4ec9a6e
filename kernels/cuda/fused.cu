// A block takes a piece of the minibatch's rows for one of the two networks, ROWS at a time, and
// adds its gradients to a place of its own, which are then added in the order of the pieces: the
// same bits every time. What a row needs lies in shared memory; weights come through the cache,
// which holds them all.
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/cuda/kernels.h"
#include "kernels/cuda/launch.h"

enum { THREADS = 128, ROWS = 16, GROUP = 4, PIECES_MAX = 64, PIECES_MIN = 4 };

static __device__ void put_part(float *part, size_t at, float x, bool first) {
  part[at] = first ? x : part[at] + x;
}

// the rows from `first` on; what is behind `end` is nothing
template <class Table>
static __device__ void load_rows(Table &act, const KrnGradients &call, int inputs, int first,
                                 int end, int t) {
  for (int k = t; k < ROWS * inputs; k += THREADS) {
    const int r = k / inputs, j = k % inputs, row = first + r;
    act[r][j] = row < end ? call.obs[(size_t)call.index[row] * (size_t)inputs + (size_t)j] : 0.0f;
  }
}

// one layer of GROUP rows at a time
template <class Table, class Out>
static __device__ void forward(Out &to, int to_row, Table &act, const KrnFusedNet &net, int layer,
                               int t) {
  const int inputs = net.width[layer], outputs = net.width[layer + 1];
  const KrnActivation activation = layer + 1 < net.layers ? net.activation : KRN_LINEAR;
  for (int k = t; k < outputs * (ROWS / GROUP); k += THREADS) {
    const int o = k % outputs, r = k / outputs * GROUP;
    const float *weight = net.weight + net.weight_at[layer] + (size_t)o * (size_t)inputs;
    float sum[GROUP];
    for (int g = 0; g < GROUP; g++) {
      sum[g] = net.weight[net.bias_at[layer] + (size_t)o];
    }
    for (int i = 0; i < inputs; i++) {
      const float w = weight[i];
      for (int g = 0; g < GROUP; g++) {
        sum[g] += w * act[layer * ROWS + r + g][i];
      }
    }
    for (int g = 0; g < GROUP; g++) {
      to[to_row + r + g][o] = krn_activate(sum[g], activation);
    }
  }
}

// loss of row t of the tile: slope gets that of the outputs
template <class Out, class Sums, class Std>
static __device__ void lose(Out &slope, Sums &sums, Std &std_slope, Out &out,
                            const KrnGradients &call, bool acts, int row, int end, int t) {
  const KrnFusedNet &net = acts ? call.actor : call.critic;
  const int n = net.width[net.layers];
  double own[KRN_SUMS] = {0};
  float value[KRN_FUSED_OUTPUTS], dvalue[KRN_FUSED_OUTPUTS], dstd[KRN_FUSED_OUTPUTS];
  for (int j = 0; j < n; j++) {
    value[j] = out[t][j];
    dvalue[j] = dstd[j] = 0;
  }
  if (row < end) {
    const size_t i = (size_t)call.index[row];
    if (acts) {
      krn_gaussian_sample(dvalue, dstd, 1, own, value, net.weight + net.log_std_at, NULL,
                          call.action + i * (size_t)n, call.log_prob[i], call.advantage[i],
                          &call.loss, n);
    } else {
      dvalue[0] = krn_value_sample(own, value[0], call.wanted[i], call.loss.scale);
    }
  }
  for (int j = 0; j < n; j++) {
    slope[t][j] = dvalue[j];
    if (acts) {
      std_slope[j][t] += dstd[j];
    }
  }
  for (int s = 0; s < KRN_SUMS; s++) {
    sums[s][t] += own[s];
  }
}

// gradients of a layer's weights; slope: of what it puts out, before the activation
template <class Slope, class Table>
static __device__ void weigh(float *part, Slope &slope, int slope_row, Table &act,
                             const KrnFusedNet &net, int layer, bool first, int t) {
  const int inputs = net.width[layer], outputs = net.width[layer + 1];
  for (int k = t; k < outputs * inputs; k += THREADS) {
    const int o = k / inputs, i = k % inputs;
    float sum = 0;
    for (int r = 0; r < ROWS; r++) {
      sum += slope[slope_row + r][o] * act[layer * ROWS + r][i];
    }
    put_part(part, net.weight_at[layer] + (size_t)k, sum, first);
  }
  for (int o = t; o < outputs; o += THREADS) {
    float sum = 0;
    for (int r = 0; r < ROWS; r++) {
      sum += slope[slope_row + r][o];
    }
    put_part(part, net.bias_at[layer] + (size_t)o, sum, first);
  }
}

// slopes of what a layer reads, before the activation of the layer that puts it out
template <class To, class Slope, class Table>
static __device__ void backward(To &to, int to_row, Slope &slope, int slope_row, Table &act,
                                const KrnFusedNet &net, int layer, int t) {
  const int inputs = net.width[layer], outputs = net.width[layer + 1];
  for (int k = t; k < inputs * (ROWS / GROUP); k += THREADS) {
    const int i = k % inputs, r = k / inputs * GROUP;
    float sum[GROUP] = {0};
    for (int o = 0; o < outputs; o++) {
      const float w = net.weight[net.weight_at[layer] + (size_t)o * (size_t)inputs + (size_t)i];
      for (int g = 0; g < GROUP; g++) {
        sum[g] += w * slope[slope_row + r + g][o];
      }
    }
    for (int g = 0; g < GROUP; g++) {
      to[to_row + r + g][i] = sum[g] * krn_slope(act[layer * ROWS + r + g][i], net.activation);
    }
  }
}

static __global__ void gradients(KrnGradients call, float *parts, double *sums_part, int pieces,
                                 int piece_rows) {
  KRN_SHARED(float, act, KRN_FUSED_LAYERS *ROWS, KRN_FUSED_WIDTH);
  KRN_SHARED(float, hidden, (KRN_FUSED_LAYERS - 1) * ROWS, KRN_FUSED_WIDTH);
  KRN_SHARED(float, out, ROWS, KRN_FUSED_OUTPUTS);
  KRN_SHARED(float, slope, ROWS, KRN_FUSED_OUTPUTS);
  KRN_SHARED(float, std_slope, KRN_FUSED_OUTPUTS, ROWS);
  KRN_SHARED(double, sums, KRN_SUMS, ROWS);
  const int which = (int)blockIdx.x / pieces, piece = (int)blockIdx.x % pieces;
  const bool acts = which == 0;
  const KrnFusedNet &net = acts ? call.actor : call.critic;
  float *part = parts + (acts ? 0 : (size_t)pieces * call.actor.n) + (size_t)piece * net.n;
  const int begin = piece * piece_rows,
            end = begin + piece_rows < call.rows ? begin + piece_rows : call.rows;
  KRN_START(t) {
    for (int s = 0; t < ROWS && s < KRN_SUMS; s++) {
      sums[s][t] = 0;
    }
    for (int j = 0; t < ROWS && j < KRN_FUSED_OUTPUTS; j++) {
      std_slope[j][t] = 0;
    }
  }
  for (int first = begin; first < end; first += ROWS) {
    KRN_PHASE(t) {
      load_rows(act, call, net.width[0], first, end, t);
    }
    for (int layer = 0; layer + 1 < net.layers; layer++) {
      KRN_PHASE(t) {
        forward(act, (layer + 1) * ROWS, act, net, layer, t);
      }
    }
    KRN_PHASE(t) {
      forward(out, 0, act, net, net.layers - 1, t);
    }
    KRN_PHASE(t) {
      if (t < ROWS) {
        lose(slope, sums, std_slope, out, call, acts, first + t, end, t);
      }
    }
    KRN_PHASE(t) {
      const int head = net.layers - 1;
      weigh(part, slope, 0, act, net, head, first == begin, t);
      if (head > 0) {
        backward(hidden, (head - 1) * ROWS, slope, 0, act, net, head, t);
      }
    }
    for (int layer = net.layers - 2; layer >= 0; layer--) {
      KRN_PHASE(t) {
        weigh(part, hidden, layer * ROWS, act, net, layer, first == begin, t);
        if (layer > 0) {
          backward(hidden, (layer - 1) * ROWS, hidden, layer * ROWS, act, net, layer, t);
        }
      }
    }
  }
  KRN_PHASE(t) {
    if (t < KRN_SUMS) {
      double sum = 0;
      for (int r = 0; r < ROWS; r++) {
        sum += sums[t][r];
      }
      sums_part[(size_t)blockIdx.x * KRN_SUMS + (size_t)t] = sum;
    }
    if (acts && t < net.width[net.layers]) {
      float sum = 0;
      for (int r = 0; r < ROWS; r++) {
        sum += std_slope[t][r];
      }
      part[net.log_std_at + (size_t)t] = sum;
    }
  }
}

static bool fits(const KrnFusedNet *net) {
  bool good = net->layers >= 1 && net->layers <= KRN_FUSED_LAYERS &&
              net->width[net->layers] <= KRN_FUSED_OUTPUTS;
  for (int i = 0; good && i < net->layers; i++) {
    good = net->width[i] <= KRN_FUSED_WIDTH;
  }
  return good;
}

bool krn_cuda_gradients(cudaStream_t stream, const KrnCudaScratch *scratch,
                        const KrnGradients *call) {
  const size_t room =
      (size_t)2 * KRN_CUDA_CHUNKS * KRN_CUDA_COLUMNS / (call->actor.n + call->critic.n);
  const int most = room < PIECES_MAX ? (int)room : PIECES_MAX,
            even = most > 0 ? (call->rows + most - 1) / most : 0,
            piece_rows = (even + ROWS - 1) / ROWS * ROWS;
  if (!fits(&call->actor) || !fits(&call->critic) || most < PIECES_MIN) {
    return false;
  }
  const int pieces = (call->rows + piece_rows - 1) / piece_rows;
  float *critic = scratch->columns + (size_t)pieces * call->actor.n;
  KRN_LAUNCH(gradients, 2 * pieces, THREADS, stream, *call, scratch->columns, scratch->sums, pieces,
             piece_rows);
  krn_cuda_add_tiles(stream, call->actor.gradient, scratch->columns, pieces, call->actor.n);
  krn_cuda_add_tiles(stream, call->critic.gradient, critic, pieces, call->critic.n);
  krn_cuda_add_sums(stream, call->sums, scratch->sums, 2 * pieces);
  return true;
}
