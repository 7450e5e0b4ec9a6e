// Each worker has buffers for one tile: every layer's activations stay there between forward and
// backward, as long as a tile is in the works.
#include "hcsp/learn/mlp.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policies/net_fused.h"
#include "sim/base/rng.h"

struct MlpScratch {
  float *in, *in_normed, *in_spread;  // in: of another network, where that is shared
  float *active[POL_NET_LAYERS_MAX];  // after the activation
  float *normed[POL_NET_LAYERS_MAX];  // after the norm behind it
  float *spread[POL_NET_LAYERS_MAX];
  float *out, *dout, *dx, *dy, *side;
  uint32_t *bits;
};

// ---- making and freeing

static float *floats(const Mlp *mlp, size_t n, bool *ok) {
  float *memory = mlp->device->ops->alloc(mlp->device, n * sizeof *memory);
  *ok = *ok && memory;
  return memory;
}

static bool make_scratch(Mlp *mlp, MlpScratch *s, int rows) {
  const PolArch *arch = &mlp->net->arch;
  const size_t r = (size_t)rows;
  size_t widest = (size_t)arch->inputs;
  bool ok = true;
  s->in = floats(mlp, r * (size_t)arch->inputs, &ok);
  if (arch->input_norm == POL_INPUT_LAYERNORM) {
    s->in_normed = floats(mlp, r * (size_t)arch->inputs, &ok);
    s->in_spread = floats(mlp, r * 2, &ok);
  }
  for (int i = 0; i < arch->layers; i++) {
    const size_t width = (size_t)arch->hidden[i];
    widest = width > widest ? width : widest;
    s->active[i] = floats(mlp, r * width, &ok);
    if (arch->hidden_norm) {
      s->normed[i] = floats(mlp, r * width, &ok);
      s->spread[i] = floats(mlp, r * 2, &ok);
    }
  }
  s->out = floats(mlp, r * (size_t)arch->outputs, &ok);
  s->dout = floats(mlp, r * (size_t)arch->outputs, &ok);
  s->side = floats(mlp, r * (3 + 2 * (size_t)arch->outputs + KRN_HEADS_MAX), &ok);
  s->bits = mlp->device->ops->alloc(mlp->device, r * KRN_HEADS_MAX * sizeof *s->bits);
  ok = ok && s->bits;
  s->dx = floats(mlp, r * widest, &ok);
  s->dy = floats(mlp, r * widest, &ok);
  return ok;
}

static void free_scratch(const Mlp *mlp, MlpScratch *s) {
  float *const single[] = {mlp->shares_input ? NULL : s->in,
                           s->in_normed,
                           s->in_spread,
                           s->out,
                           s->dout,
                           s->dx,
                           s->dy,
                           s->side};
  for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
    mlp->device->ops->release(mlp->device, single[i]);
  }
  mlp->device->ops->release(mlp->device, s->bits);
  for (int i = 0; i < POL_NET_LAYERS_MAX; i++) {
    mlp->device->ops->release(mlp->device, s->active[i]);
    mlp->device->ops->release(mlp->device, s->normed[i]);
    mlp->device->ops->release(mlp->device, s->spread[i]);
  }
}

// The layers of the network, the head behind them: layer i maps inputs to outputs.
static int outputs_of(const PolArch *arch, int i) {
  return i < arch->layers ? arch->hidden[i] : arch->outputs;
}

static int inputs_of(const PolArch *arch, int i) {
  return i ? arch->hidden[i - 1] : arch->inputs;
}

// where the packed weights of layer i begin
static size_t packed_at(const Mlp *mlp, int i) {
  const PolArch *arch = &mlp->net->arch;
  size_t at = 0;
  for (int l = 0; l < i; l++) {
    at += mlp->device->ops->packed(mlp->device, outputs_of(arch, l), inputs_of(arch, l));
  }
  return at;
}

static bool make_buffers(Mlp *mlp, bool with_std, int rows_max) {
  const KrnOps *ops = mlp->device->ops;
  const int workers = ops->workers(mlp->device), tiles = ops->tiles(mlp->device, rows_max);
  PolTensor tensor[POL_NET_TENSORS_MAX];
  const int tensors = pol_net_tensors(tensor, mlp->net, with_std);
  for (int i = 0; i < tensors; i++) {
    mlp->n += tensor[i].count;
  }
  mlp->skip = mlp->net->arch.input_norm == POL_INPUT_FIXED ? 2 * (size_t)mlp->net->arch.inputs : 0;
  mlp->n -= mlp->skip;
  bool ok = true;
  mlp->weight = floats(mlp, mlp->n, &ok);
  mlp->mean = floats(mlp, mlp->n, &ok);
  mlp->square = floats(mlp, mlp->n, &ok);
  mlp->gradient = floats(mlp, mlp->n, &ok);
  mlp->part = floats(mlp, mlp->n * (size_t)tiles, &ok);
  mlp->packed = floats(mlp, packed_at(mlp, mlp->net->arch.layers + 1), &ok);
  mlp->norm = floats(mlp, 1, &ok);
  mlp->scratch = sim_new((size_t)workers, sizeof *mlp->scratch);
  for (int w = 0; ok && w < workers; w++) {
    ok = make_scratch(mlp, &mlp->scratch[w], ops->tile_rows(mlp->device, rows_max));
  }
  return ok;
}

Mlp *mlp_create(KrnDevice *device, const PolArch *arch, bool with_std, int rows_max,
                SimError *err) {
  Mlp *mlp = sim_new(1, sizeof *mlp);
  mlp->device = device;
  mlp->net = pol_net_create(arch, with_std, err);
  if (!mlp->net) {
    mlp_destroy(mlp);
    return NULL;
  }
  if (!make_buffers(mlp, with_std, rows_max)) {
    if (device->ops->status(device, err) != SIM_OK) {
      mlp_destroy(mlp);
      return NULL;
    }
    sim_error(err, SIM_FAIL,
              "no memory on the device for a network that learns from %d rows at a time; wanted a "
              "smaller minibatch or network",
              rows_max);
    mlp_destroy(mlp);
    return NULL;
  }
  return mlp;
}

void mlp_share_input(Mlp *mlp, const Mlp *with) {
  assert(mlp->net->arch.inputs == with->net->arch.inputs && mlp->device == with->device);
  assert(!mlp->shares_input && !with->shares_input);
  for (int w = 0; w < mlp->device->ops->workers(mlp->device); w++) {
    mlp->device->ops->release(mlp->device, mlp->scratch[w].in);
    mlp->scratch[w].in = with->scratch[w].in;
  }
  mlp->shares_input = true;
}

void mlp_destroy(Mlp *mlp) {
  if (!mlp) {
    return;
  }
  float *const all[] = {mlp->weight, mlp->mean,   mlp->square, mlp->gradient,
                        mlp->part,   mlp->packed, mlp->norm};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    mlp->device->ops->release(mlp->device, all[i]);
  }
  for (int w = 0; mlp->scratch && w < mlp->device->ops->workers(mlp->device); w++) {
    free_scratch(mlp, &mlp->scratch[w]);
  }
  free(mlp->scratch);
  pol_net_destroy(mlp->net);
  free(mlp);
}

// ---- weights

static void fill(float *x, double value, size_t n) {
  for (size_t i = 0; i < n; i++) {
    x[i] = (float)value;
  }
}

static void draw(float *weight, size_t n, double deviation, SimRng *rng) {
  for (size_t i = 0; i < n; i += 2) {
    float pair[2];
    sim_rng_normals(rng, pair, 2);
    for (size_t k = 0; k < 2 && i + k < n; k++) {
      weight[i + k] = (float)(deviation * (double)pair[k]);
    }
  }
}

void mlp_init(Mlp *mlp, const MlpInit *init, uint64_t seed, uint32_t which) {
  PolNet *net = mlp->net;
  const PolArch *arch = &net->arch;
  SimRng rng = sim_rng(seed, which, 0, SIM_RNG_INIT);
  int inputs = arch->inputs;
  for (int i = 0; i < arch->layers; i++) {
    draw(net->weight[i], (size_t)arch->hidden[i] * (size_t)inputs, sqrt(init->gain / inputs), &rng);
    fill(net->bias[i], 0, (size_t)arch->hidden[i]);
    inputs = arch->hidden[i];
  }
  draw(net->head_weight, (size_t)arch->outputs * (size_t)inputs,
       init->head * sqrt(init->gain / inputs), &rng);
  fill(net->head_bias, init->head_bias, (size_t)arch->outputs);
  if (net->log_std) {
    fill(net->log_std, init->log_std, (size_t)arch->outputs);
  }
  mlp_upload(mlp);
}

// where an array of the host network stands in a device block of the same order
static size_t offset(const Mlp *mlp, const float *array) {
  return (size_t)(array - mlp->net->block) - mlp->skip;
}

static const float *weight_of(const Mlp *mlp, const float *array) {
  return mlp->weight + offset(mlp, array);
}

// layer i < layers, or the head
static const float *layer_weight(const Mlp *mlp, int i) {
  const PolNet *net = mlp->net;
  return weight_of(mlp, i < net->arch.layers ? net->weight[i] : net->head_weight);
}

// to follow every change of the weights
static void pack(const Mlp *mlp) {
  const PolArch *arch = &mlp->net->arch;
  for (int i = 0; i <= arch->layers; i++) {
    mlp->device->ops->pack(mlp->device, mlp->packed + packed_at(mlp, i), layer_weight(mlp, i),
                           outputs_of(arch, i), inputs_of(arch, i));
  }
}

void mlp_upload(Mlp *mlp) {
  mlp->device->ops->upload(mlp->device, mlp->weight, mlp->net->block + mlp->skip,
                           mlp->n * sizeof *mlp->weight);
  pack(mlp);
}

void mlp_download(const Mlp *mlp) {
  mlp->device->ops->download(mlp->device, mlp->net->block + mlp->skip, mlp->weight,
                             mlp->n * sizeof *mlp->weight);
}

void mlp_restored(Mlp *mlp) {
  mlp_download(mlp);
  pack(mlp);
}

// ---- forward and backward

static float *gradient_of(const Mlp *mlp, int tile, const float *array) {
  return mlp->part + (size_t)tile * mlp->n + offset(mlp, array);
}

static KrnActivation activation_of(const PolArch *arch) {
  return arch->activation == POL_ELU ? KRN_ELU : KRN_TANH;
}

float *mlp_input(const Mlp *mlp, const KrnWork *work) {
  return mlp->scratch[work->worker].in;
}

float *mlp_output_gradient(const Mlp *mlp, const KrnWork *work) {
  return mlp->scratch[work->worker].dout;
}

float *mlp_side(const Mlp *mlp, const KrnWork *work) {
  return mlp->scratch[work->worker].side;
}

uint32_t *mlp_bits(const Mlp *mlp, const KrnWork *work) {
  return mlp->scratch[work->worker].bits;
}

const float *mlp_log_std(const Mlp *mlp) {
  return weight_of(mlp, mlp->net->log_std);
}

float *mlp_log_std_gradient(const Mlp *mlp, int tile) {
  return gradient_of(mlp, tile, mlp->net->log_std);
}

// what layer i reads; i = layers: what the head reads
static const float *input_of(const Mlp *mlp, const MlpScratch *s, int i) {
  const PolArch *arch = &mlp->net->arch;
  if (i == 0) {
    return arch->input_norm == POL_INPUT_LAYERNORM ? s->in_normed : s->in;
  }
  return arch->hidden_norm ? s->normed[i - 1] : s->active[i - 1];
}

const float *mlp_forward(const Mlp *mlp, KrnWork *work, int rows) {
  const KrnOps *ops = mlp->device->ops;
  const PolNet *net = mlp->net;
  const PolArch *arch = &net->arch;
  const MlpScratch *s = &mlp->scratch[work->worker];
  if (arch->input_norm == POL_INPUT_LAYERNORM) {
    ops->norm(work, s->in_normed, s->in_spread, s->in, weight_of(mlp, net->input_a),
              weight_of(mlp, net->input_b), rows, arch->inputs);
  }
  for (int i = 0; i < arch->layers; i++) {
    const float *x = input_of(mlp, s, i), *weight = layer_weight(mlp, i),
                *packed = mlp->packed + packed_at(mlp, i), *bias = weight_of(mlp, net->bias[i]);
    if (arch->hidden_norm) {
      ops->linear_norm(work, s->normed[i], s->spread[i], s->active[i], x, weight, packed, bias,
                       weight_of(mlp, net->norm_weight[i]), weight_of(mlp, net->norm_bias[i]),
                       activation_of(arch), rows, outputs_of(arch, i), inputs_of(arch, i));
    } else {
      ops->linear(work, s->active[i], x, weight, packed, bias, activation_of(arch), rows,
                  outputs_of(arch, i), inputs_of(arch, i));
    }
  }
  const int head = arch->layers;
  ops->linear(work, s->out, input_of(mlp, s, head), layer_weight(mlp, head),
              mlp->packed + packed_at(mlp, head), weight_of(mlp, net->head_bias), KRN_LINEAR, rows,
              arch->outputs, inputs_of(arch, head));
  return s->out;
}

void mlp_backward(const Mlp *mlp, KrnWork *work, int tile, int rows) {
  const KrnOps *ops = mlp->device->ops;
  const PolNet *net = mlp->net;
  const PolArch *arch = &net->arch;
  const MlpScratch *s = &mlp->scratch[work->worker];
  const bool input_norm = arch->input_norm == POL_INPUT_LAYERNORM;
  const int head = arch->layers;
  float *dy = s->dy, *dx = s->dx;
  ops->linear_back(work, arch->layers || input_norm ? dy : NULL,
                   gradient_of(mlp, tile, net->head_weight), gradient_of(mlp, tile, net->head_bias),
                   s->dout, input_of(mlp, s, head), s->out, layer_weight(mlp, head),
                   mlp->packed + packed_at(mlp, head), KRN_LINEAR, rows, arch->outputs,
                   inputs_of(arch, head));
  for (int i = head - 1; i >= 0; i--) {
    if (arch->hidden_norm) {
      ops->norm_back(work, dy, gradient_of(mlp, tile, net->norm_weight[i]),
                     gradient_of(mlp, tile, net->norm_bias[i]), dy, s->active[i], s->spread[i],
                     weight_of(mlp, net->norm_weight[i]), rows, arch->hidden[i]);
    }
    ops->linear_back(work, i || input_norm ? dx : NULL, gradient_of(mlp, tile, net->weight[i]),
                     gradient_of(mlp, tile, net->bias[i]), dy, input_of(mlp, s, i), s->active[i],
                     layer_weight(mlp, i), mlp->packed + packed_at(mlp, i), activation_of(arch),
                     rows, outputs_of(arch, i), inputs_of(arch, i));
    float *swap = dy;
    dy = dx;
    dx = swap;
  }
  if (input_norm) {
    ops->norm_back(work, NULL, gradient_of(mlp, tile, net->input_a),
                   gradient_of(mlp, tile, net->input_b), dy, s->in, s->in_spread,
                   weight_of(mlp, net->input_a), rows, arch->inputs);
  }
}

void mlp_sum_tiles(float *sum, Mlp *mlp, int first, int end) {
  const KrnOps *ops = mlp->device->ops;
  const size_t bytes = mlp->n * sizeof *sum;
  // what comes before them stands in for the tile before them, so that the order is one tile's
  // after the other
  const int from = first > 0 ? first - 1 : 0;
  if (first > 0) {
    ops->upload(mlp->device, mlp->part + (size_t)from * mlp->n, sum, bytes);
  }
  ops->add_tiles(mlp->device, mlp->gradient, mlp->part + (size_t)from * mlp->n, end - from, mlp->n);
  ops->download(mlp->device, sum, mlp->gradient, bytes);
}

void mlp_put_gradient(Mlp *mlp, const float *sum) {
  mlp->device->ops->upload(mlp->device, mlp->gradient, sum, mlp->n * sizeof *sum);
}

void mlp_step(Mlp *mlp, float *scale, const KrnAdam *adam, int tiles, float norm_max, float std_low,
              float std_high) {
  const KrnOps *ops = mlp->device->ops;
  if (tiles) {
    ops->add_tiles(mlp->device, mlp->gradient, mlp->part, tiles, mlp->n);
  }
  ops->clip_norm(mlp->device, scale, mlp->norm, mlp->gradient, mlp->n, norm_max);
  ops->adam(mlp->device, mlp->weight, mlp->mean, mlp->square, mlp->gradient, scale, adam, mlp->n);
  if (mlp->net->log_std) {
    ops->clamp(mlp->device, mlp->weight + offset(mlp, mlp->net->log_std), std_low, std_high,
               (size_t)mlp->net->arch.outputs);
  }
  pack(mlp);
}

bool mlp_fused(KrnFusedNet *fused, const Mlp *mlp) {
  if (!pol_net_fused(fused, mlp->net)) {
    return false;
  }
  assert(mlp->skip == 0 && fused->n == mlp->n);
  fused->weight = mlp->weight;
  fused->gradient = mlp->gradient;
  return true;
}

float mlp_gradient_norm(const Mlp *mlp) {
  float norm;
  mlp->device->ops->download(mlp->device, &norm, mlp->norm, sizeof norm);
  return norm;
}
