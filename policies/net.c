// Inference of small networks. Tiles of 16 rows go through the whole network one after the other,
// between two buffers of scratch that are as wide as the widest layer (32 KiB for 256), so that
// only weights travel from the second-level cache.
#include "policies/net_fused.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/tile.h"

_Static_assert(POL_NET_TILE % KRN_TILE == 0, "a call is a number of whole tiles");

// ------------------------------------------------------------------------------------ arrays

static void list(PolTensor *out, int *n, const char *name, float **array, int rows, int columns) {
  PolTensor *t = &out[(*n)++];
  *t = (PolTensor){.dims = columns ? 2 : 1,
                   .dim = {rows, columns},
                   .count = (size_t)rows * (size_t)(columns ? columns : 1),
                   .array = array};
  snprintf(t->name, sizeof t->name, "%s", name);
}

static void list_layer(PolTensor *out, int *n, PolNet *net, int layer, int inputs) {
  assert(layer >= 0 && layer < net->arch.layers && layer < POL_NET_LAYERS_MAX);
  char name[32];
  const int outputs = net->arch.hidden[layer];
  snprintf(name, sizeof name, "layers.%d.weight", layer);
  list(out, n, name, &net->weight[layer], outputs, inputs);
  snprintf(name, sizeof name, "layers.%d.bias", layer);
  list(out, n, name, &net->bias[layer], outputs, 0);
  if (net->arch.hidden_norm) {
    snprintf(name, sizeof name, "layers.%d.norm.weight", layer);
    list(out, n, name, &net->norm_weight[layer], outputs, 0);
    snprintf(name, sizeof name, "layers.%d.norm.bias", layer);
    list(out, n, name, &net->norm_bias[layer], outputs, 0);
  }
}

int pol_net_tensors(PolTensor out[POL_NET_TENSORS_MAX], PolNet *net, bool with_std) {
  const PolArch *arch = &net->arch;
  int n = 0;
  switch (arch->input_norm) {
  case POL_INPUT_NONE:
    break;
  case POL_INPUT_LAYERNORM:
    list(out, &n, "input.weight", &net->input_a, arch->inputs, 0);
    list(out, &n, "input.bias", &net->input_b, arch->inputs, 0);
    break;
  case POL_INPUT_FIXED:
    list(out, &n, "input.mean", &net->input_a, arch->inputs, 0);
    list(out, &n, "input.std", &net->input_b, arch->inputs, 0);
    break;
  }
  int inputs = arch->inputs;
  for (int i = 0; i < arch->layers; i++) {
    list_layer(out, &n, net, i, inputs);
    inputs = arch->hidden[i];
  }
  list(out, &n, "head.weight", &net->head_weight, arch->outputs, inputs);
  list(out, &n, "head.bias", &net->head_bias, arch->outputs, 0);
  if (with_std) {
    list(out, &n, "log_std", &net->log_std, arch->outputs, 0);
  }
  assert(n <= POL_NET_TENSORS_MAX);
  return n;
}

// ---------------------------------------------------------------------------------- life cycle

static SimStatus check_width(const char *what, int width, SimError *err) {
  if (width < 1 || width > POL_NET_WIDTH_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "network: saw %d %s, wanted 1 to %d", width, what,
                     POL_NET_WIDTH_MAX);
  }
  return SIM_OK;
}

static SimStatus check_arch(const PolArch *arch, SimError *err) {
  if (arch->layers < 0 || arch->layers > POL_NET_LAYERS_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "network: saw %d hidden layers, wanted at most %d",
                     arch->layers, POL_NET_LAYERS_MAX);
  }
  SimStatus status = check_width("inputs", arch->inputs, err);
  if (status == SIM_OK) {
    status = check_width("outputs", arch->outputs, err);
  }
  for (int i = 0; i < arch->layers && status == SIM_OK; i++) {
    status = check_width("units in a hidden layer", arch->hidden[i], err);
  }
  return status;
}

static void fill(float *x, float value, int n) {
  for (int i = 0; i < n; i++) {
    x[i] = value;
  }
}

static void fill_ones(PolNet *net) {
  const PolArch *arch = &net->arch;
  if (arch->input_norm == POL_INPUT_LAYERNORM) {
    fill(net->input_a, 1, arch->inputs);
  }
  if (arch->input_norm == POL_INPUT_FIXED) {
    fill(net->input_b, 1, arch->inputs);
  }
  for (int i = 0; i < arch->layers && arch->hidden_norm; i++) {
    fill(net->norm_weight[i], 1, arch->hidden[i]);
  }
}

PolNet *pol_net_create(const PolArch *arch, bool with_std, SimError *err) {
  if (check_arch(arch, err) != SIM_OK) {
    return NULL;
  }
  PolNet *net = calloc(1, sizeof *net);
  if (!net) {
    sim_error(err, SIM_FAIL, "no memory for a network");
    return NULL;
  }
  net->arch = *arch;
  PolTensor tensor[POL_NET_TENSORS_MAX];
  const int n = pol_net_tensors(tensor, net, with_std);
  size_t floats = 0;
  for (int i = 0; i < n; i++) {
    floats += tensor[i].count;
  }
  net->block = calloc(floats, sizeof *net->block);
  if (!net->block) {
    sim_error(err, SIM_FAIL, "no memory for a network of %zu numbers", floats);
    pol_net_destroy(net);
    return NULL;
  }
  float *next = net->block;
  for (int i = 0; i < n; i++) {
    *tensor[i].array = next;
    next += tensor[i].count;
  }
  assert(next == net->block + floats);
  fill_ones(net);
  return net;
}

void pol_net_destroy(PolNet *net) {
  if (net) {
    free(net->block);
    *net = (PolNet){0};
  }
  free(net);
}

// ------------------------------------------------------------------------------------ overflow

// four layers of sums of 1024 products of trained weights and observations stay far below it
#define WEIGHT_WATCHED 1e6f

void pol_net_watch(PolNet *net) {
  PolTensor tensor[POL_NET_TENSORS_MAX];
  const int n = pol_net_tensors(tensor, net, net->log_std != NULL);
  net->watched = false;
  for (int i = 0; i < n; i++) {
    for (size_t k = 0; k < tensor[i].count; k++) {
      net->watched |= !(fabsf((*tensor[i].array)[k]) < WEIGHT_WATCHED);
    }
  }
}

static void note_overflow(bool bad[KRN_TILE], const float *x, int features) {
  for (int k = 0; k < features; k++) {
    for (int r = 0; r < KRN_TILE; r++) {
      bad[r] |= !isfinite(x[k * KRN_TILE + r]);
    }
  }
}

static void show_overflow(float *x, const bool bad[KRN_TILE], int features) {
  for (int k = 0; k < features; k++) {
    for (int r = 0; r < KRN_TILE; r++) {
      x[k * KRN_TILE + r] = bad[r] ? NAN : x[k * KRN_TILE + r];
    }
  }
}

// ------------------------------------------------------------------------------------- forward

static int buffer_floats(const PolArch *arch) {
  int width = arch->inputs > arch->outputs ? arch->inputs : arch->outputs;
  for (int i = 0; i < arch->layers; i++) {
    width = arch->hidden[i] > width ? arch->hidden[i] : width;
  }
  return width * KRN_TILE;
}

static bool is_fused(const PolArch *arch) {
  bool narrow = arch->inputs <= (int)KRN_FUSED_WIDTH && arch->outputs <= (int)KRN_FUSED_OUTPUTS &&
                arch->layers + 1 <= (int)KRN_FUSED_LAYERS;
  for (int i = 0; narrow && i < arch->layers; i++) {
    narrow = arch->hidden[i] <= (int)KRN_FUSED_WIDTH;
  }
  return narrow && !arch->hidden_norm && arch->input_norm == POL_INPUT_NONE;
}

bool pol_net_fused(KrnFusedNet *fused, const PolNet *net) {
  const PolArch *arch = &net->arch;
  if (!is_fused(arch)) {
    return false;
  }
  *fused = (KrnFusedNet){.layers = arch->layers + 1,
                         .width = {arch->inputs},
                         .activation = arch->activation == POL_ELU ? KRN_ELU : KRN_TANH,
                         .weight = net->block};
  for (int i = 0; i <= arch->layers; i++) {
    const bool head = i == arch->layers;
    const float *weight = head ? net->head_weight : net->weight[i],
                *bias = head ? net->head_bias : net->bias[i];
    fused->width[i + 1] = head ? arch->outputs : arch->hidden[i];
    fused->weight_at[i] = (size_t)(weight - net->block);
    fused->bias_at[i] = (size_t)(bias - net->block);
  }
  fused->log_std_at = net->log_std ? (size_t)(net->log_std - net->block) : 0;
  fused->n = net->log_std ? fused->log_std_at + (size_t)arch->outputs
                          : fused->bias_at[arch->layers] + (size_t)arch->outputs;
  return true;
}

int pol_net_scratch(const PolNet *net) {
  return 2 * buffer_floats(&net->arch);
}

static void normalise_input(float *x, const PolNet *net) {
  switch (net->arch.input_norm) {
  case POL_INPUT_NONE:
    break;
  case POL_INPUT_LAYERNORM:
    krn_tile_norm(x, net->input_a, net->input_b, net->arch.inputs);
    break;
  case POL_INPUT_FIXED:
    krn_tile_standardise(x, net->input_a, net->input_b, net->arch.inputs);
    break;
  }
}

static void activate(float *x, PolActivation activation, int features) {
  switch (activation) {
  case POL_ELU:
    krn_tile_elu(x, features);
    break;
  case POL_TANH:
    krn_tile_tanh(x, features);
    break;
  }
}

static void squash(float *x, PolSquash kind, int features) {
  switch (kind) {
  case POL_SQUASH_NONE:
    break;
  case POL_SQUASH_TANH:
    krn_tile_tanh(x, features);
    break;
  case POL_SQUASH_CLIP:
    krn_tile_clip(x, features);
    break;
  }
}

// x holds the input of the tile; returns the buffer (x or y) that holds the output
static float *forward_tile(float *x, float *y, const PolNet *net) {
  const PolArch *arch = &net->arch;
  bool bad[KRN_TILE] = {false};
  normalise_input(x, net);
  int inputs = arch->inputs;
  for (int i = 0; i < arch->layers; i++) {
    const int outputs = arch->hidden[i];
    krn_tile_linear(y, x, net->weight[i], net->bias[i], outputs, inputs);
    if (net->watched) {
      note_overflow(bad, y, outputs);
    }
    activate(y, arch->activation, outputs);
    if (arch->hidden_norm) {
      krn_tile_norm(y, net->norm_weight[i], net->norm_bias[i], outputs);
    }
    float *swap = x;
    x = y;
    y = swap;
    inputs = outputs;
  }
  krn_tile_linear(y, x, net->head_weight, net->head_bias, arch->outputs, inputs);
  if (net->watched) {
    note_overflow(bad, y, arch->outputs);
  }
  squash(y, arch->squash, arch->outputs);
  if (net->watched) {
    show_overflow(y, bad, arch->outputs);
  }
  return y;
}

void pol_net_forward(float *out, const PolNet *net, const float *in, int rows, float *scratch) {
  assert(rows >= 0 && rows <= POL_NET_TILE);
  const PolArch *arch = &net->arch;
  float *x = scratch, *y = scratch + buffer_floats(arch);
  for (int first = 0; first < rows; first += KRN_TILE) {
    const int n = rows - first < KRN_TILE ? rows - first : KRN_TILE;
    krn_tile_load(x, in + (ptrdiff_t)first * arch->inputs, n, arch->inputs);
    const float *result = forward_tile(x, y, net);
    krn_tile_store(out + (ptrdiff_t)first * arch->outputs, result, n, arch->outputs);
  }
}
