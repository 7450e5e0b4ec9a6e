// Rows are grouped by network on the device; how many each network gets, which the sizes of its
// products depend on, the processor counts for itself. With one network the same work comes again
// and again, so that a device may record it.
#include "policies/thinker.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct Net {
  const PolNet *net;
  float *weight;  // on the device, as net->block
  size_t floats;
} Net;

typedef struct Scratch {
  float *x, *y, *spread;
} Scratch;

typedef struct Seat {
  PolSeat host;  // shared with the device
  // on the device
  float *obs, *action, *log_prob;
  int32_t *key, *order;
  KrnDraw *draw;
  KrnMark mark;
  KrnRecord record;
  int rows, bank[KRN_BANKS_MAX];  // now under way: rows of each network
} Seat;

struct PolThinker {
  KrnDevice *device;
  PolThinkerOptions options;
  int nets;  // keys below it have a network
  Net net[KRN_BANKS_MAX];
  Seat *seat;
  Scratch *scratch;  // [workers]
  int widest;        // floats of a row of it
};

// ---- making and freeing

static void *memory_of(PolThinker *t, size_t bytes, bool *ok) {
  void *memory = t->device->ops->alloc(t->device, bytes);
  *ok = *ok && memory;
  return memory;
}

static void *shared_of(PolThinker *t, size_t bytes, bool *ok) {
  void *memory = t->device->ops->share(t->device, bytes);
  *ok = *ok && memory;
  return memory;
}

static bool make_seat(PolThinker *t, Seat *s) {
  const PolThinkerOptions *o = &t->options;
  const size_t rows = (size_t)o->rows, obs = rows * (size_t)o->width * sizeof(float),
               action = rows * (size_t)o->outputs * sizeof(float);
  bool ok = true;
  s->host.obs = shared_of(t, obs, &ok);
  s->host.key = shared_of(t, rows * sizeof *s->key, &ok);
  s->host.draw = shared_of(t, rows * sizeof *s->draw, &ok);
  s->host.action = shared_of(t, action, &ok);
  s->host.log_prob = shared_of(t, rows * sizeof(float), &ok);
  s->obs = memory_of(t, obs, &ok);
  s->key = memory_of(t, rows * sizeof *s->key, &ok);
  s->order = memory_of(t, rows * sizeof *s->order, &ok);
  s->draw = memory_of(t, rows * sizeof *s->draw, &ok);
  s->action = memory_of(t, action, &ok);
  s->log_prob = memory_of(t, rows * sizeof(float), &ok);
  // the order of a single network's rows
  for (int i = 0; ok && i < o->rows; i++) {
    s->host.key[i] = i;
  }
  if (ok) {
    t->device->ops->upload(t->device, s->order, s->host.key, rows * sizeof *s->order);
    memset(s->host.key, 0, rows * sizeof *s->host.key);
  }
  return ok;
}

static void free_seat(PolThinker *t, Seat *s) {
  const KrnOps *ops = t->device->ops;
  void *const shared[] = {s->host.obs, s->host.key, s->host.draw, s->host.action, s->host.log_prob};
  void *const memory[] = {s->obs, s->key, s->order, s->draw, s->action, s->log_prob};
  for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
    ops->unshare(t->device, shared[i]);
  }
  for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++) {
    ops->release(t->device, memory[i]);
  }
  ops->unmark(t->device, &s->mark);
  ops->forget(t->device, &s->record);
}

static void free_scratch(PolThinker *t) {
  for (int w = 0; t->scratch && w < t->device->ops->workers(t->device); w++) {
    t->device->ops->release(t->device, t->scratch[w].x);
    t->device->ops->release(t->device, t->scratch[w].y);
    t->device->ops->release(t->device, t->scratch[w].spread);
    t->scratch[w] = (Scratch){0};
  }
}

// what the device says of the lack, or a sentence of our own
static SimStatus no_memory(const PolThinker *t, SimError *err) {
  if (t->device->ops->status(t->device, err) == SIM_OK) {
    sim_error(err, SIM_FAIL, "no memory for networks that act on %d rows; wanted fewer matches",
              t->options.rows);
  }
  return SIM_FAIL;
}

PolThinker *pol_thinker_create(KrnDevice *device, const PolThinkerOptions *options, SimError *err) {
  assert(options->nets >= 1 && options->nets <= KRN_BANKS_MAX && options->seats >= 1);
  PolThinker *t = calloc(1, sizeof *t);
  if (!t) {
    sim_error(err, SIM_FAIL, "no memory for networks that act");
    return NULL;
  }
  *t = (PolThinker){.device = device, .options = *options};
  t->seat = calloc((size_t)options->seats, sizeof *t->seat);
  t->scratch = calloc((size_t)device->ops->workers(device), sizeof *t->scratch);
  bool ok = t->seat && t->scratch;
  for (int s = 0; ok && s < options->seats; s++) {
    ok = make_seat(t, &t->seat[s]);
  }
  if (!ok) {
    no_memory(t, err);
    pol_thinker_destroy(t);
    return NULL;
  }
  return t;
}

void pol_thinker_destroy(PolThinker *t) {
  if (t) {
    for (int s = 0; t->seat && s < t->options.seats; s++) {
      free_seat(t, &t->seat[s]);
    }
    free_scratch(t);
    for (int n = 0; n < t->options.nets; n++) {
      t->device->ops->release(t->device, t->net[n].weight);
    }
    free(t->seat);
    free(t->scratch);
    free(t);
  }
}

// ---- networks

static size_t floats_of(const PolNet *net) {
  PolNet copy = *net;
  PolTensor tensor[POL_NET_TENSORS_MAX];
  const int n = pol_net_tensors(tensor, &copy, net->log_std != NULL);
  size_t floats = 0;
  for (int i = 0; i < n; i++) {
    floats += tensor[i].count;
  }
  return floats;
}

static int widest_of(const PolArch *arch) {
  int widest = arch->inputs > arch->outputs ? arch->inputs : arch->outputs;
  for (int i = 0; i < arch->layers; i++) {
    widest = arch->hidden[i] > widest ? arch->hidden[i] : widest;
  }
  return widest;
}

static bool widen(PolThinker *t, int widest) {
  if (widest <= t->widest) {
    return true;
  }
  const size_t rows = (size_t)t->device->ops->tile_rows(t->device, t->options.rows);
  bool ok = true;
  free_scratch(t);
  for (int w = 0; w < t->device->ops->workers(t->device); w++) {
    t->scratch[w] = (Scratch){.x = memory_of(t, rows * (size_t)widest * sizeof(float), &ok),
                              .y = memory_of(t, rows * (size_t)widest * sizeof(float), &ok),
                              .spread = memory_of(t, rows * 2 * sizeof(float), &ok)};
  }
  // recorded work knows the old places
  for (int s = 0; s < t->options.seats; s++) {
    t->device->ops->forget(t->device, &t->seat[s].record);
  }
  t->widest = ok ? widest : 0;
  return ok;
}

SimStatus pol_thinker_set(PolThinker *t, int key, const PolNet *net, SimError *err) {
  assert(key >= 0 && key < t->options.nets);
  assert(net->arch.inputs <= t->options.width && net->arch.outputs == t->options.outputs);
  const KrnOps *ops = t->device->ops;
  Net *n = &t->net[key];
  const size_t floats = floats_of(net);
  if (n->floats != floats || n->net != net) {
    ops->release(t->device, n->weight);
    for (int s = 0; s < t->options.seats; s++) {
      ops->forget(t->device, &t->seat[s].record);
    }
    *n = (Net){
        .net = net, .weight = ops->alloc(t->device, floats * sizeof *n->weight), .floats = floats};
  }
  if (!n->weight || !widen(t, widest_of(&net->arch))) {
    *n = (Net){.weight = n->weight};
    return no_memory(t, err);
  }
  ops->upload(t->device, n->weight, net->block, floats * sizeof *n->weight);
  t->nets = key >= t->nets ? key + 1 : t->nets;
  return SIM_OK;
}

// ---- thinking

typedef struct BankCall {
  PolThinker *thinker;
  const Seat *seat;
  const Net *net;
  const int32_t *index;  // on the device: the bank's rows
} BankCall;

static const float *weight_of(const Net *n, const float *array) {
  return array ? n->weight + (array - n->net->block) : NULL;
}

static KrnActivation squash_of(PolSquash squash) {
  return squash == POL_SQUASH_TANH ? KRN_TANH : squash == POL_SQUASH_CLIP ? KRN_CLIP : KRN_LINEAR;
}

// the rows as the first layer reads them
static float *load_rows(const BankCall *call, KrnWork *work, Scratch *s, const int32_t *index,
                        int rows) {
  const KrnOps *ops = call->thinker->device->ops;
  const PolNet *net = call->net->net;
  const bool fixed = net->arch.input_norm == POL_INPUT_FIXED;
  ops->gather(work, s->x, call->seat->obs, call->thinker->options.width, index,
              fixed ? weight_of(call->net, net->input_a) : NULL,
              fixed ? weight_of(call->net, net->input_b) : NULL, rows, net->arch.inputs);
  if (net->arch.input_norm != POL_INPUT_LAYERNORM) {
    return s->x;
  }
  ops->norm(work, s->y, s->spread, s->x, weight_of(call->net, net->input_a),
            weight_of(call->net, net->input_b), rows, net->arch.inputs);
  return s->y;
}

static void think_tile(void *arg, KrnWork *work, int tile, int first, int rows) {
  (void)tile;
  const BankCall *call = arg;
  const KrnOps *ops = call->thinker->device->ops;
  const Net *n = call->net;
  const PolNet *net = n->net;
  const PolArch *arch = &net->arch;
  const KrnActivation activation = arch->activation == POL_ELU ? KRN_ELU : KRN_TANH;
  Scratch *s = &call->thinker->scratch[work->worker];
  const int32_t *index = call->index + first;
  float *x = load_rows(call, work, s, index, rows), *y = x == s->x ? s->y : s->x;
  int inputs = arch->inputs;
  for (int i = 0; i < arch->layers; inputs = arch->hidden[i++]) {
    const float *weight = weight_of(n, net->weight[i]), *bias = weight_of(n, net->bias[i]);
    if (arch->hidden_norm) {
      // the product has read x by the time the norm writes there
      ops->linear_norm(work, x, s->spread, y, x, weight, NULL, bias,
                       weight_of(n, net->norm_weight[i]), weight_of(n, net->norm_bias[i]),
                       activation, rows, arch->hidden[i], inputs);
      continue;
    }
    ops->linear(work, y, x, weight, NULL, bias, activation, rows, arch->hidden[i], inputs);
    float *swap = x;
    x = y;
    y = swap;
  }
  ops->linear(work, y, x, weight_of(n, net->head_weight), NULL, weight_of(n, net->head_bias),
              squash_of(arch->squash), rows, arch->outputs, inputs);
  ops->gaussian_draw(work, call->seat->action, call->seat->log_prob, y, weight_of(n, net->log_std),
                     call->seat->draw, index, rows, arch->outputs);
}

typedef struct SeatCall {
  PolThinker *thinker;
  Seat *seat;
} SeatCall;

static void think(void *arg) {
  const SeatCall *call = arg;
  PolThinker *t = call->thinker;
  Seat *s = call->seat;
  const KrnOps *ops = t->device->ops;
  const size_t rows = (size_t)s->rows, real = sizeof(float),
               action = rows * (size_t)t->options.outputs * real;
  ops->send(t->device, s->obs, s->host.obs, rows * (size_t)t->options.width * real);
  ops->send(t->device, s->draw, s->host.draw, rows * sizeof *s->draw);
  if (t->options.nets > 1) {
    ops->send(t->device, s->key, s->host.key, rows * sizeof *s->key);
    ops->group(t->device, s->order, s->key, s->rows, t->nets);
    // what no network writes comes back as it was
    ops->send(t->device, s->action, s->host.action, action);
  }
  int first = 0;
  for (int n = 0; n < t->nets; first += s->bank[n++]) {
    if (s->bank[n] > 0) {
      BankCall bank = {t, s, &t->net[n], s->order + first};
      assert(bank.net->net);
      ops->for_tiles(t->device, s->bank[n], think_tile, &bank);
    }
  }
  ops->fetch(t->device, s->host.action, s->action, action);
  ops->fetch(t->device, s->host.log_prob, s->log_prob, rows * real);
}

PolSeat *pol_thinker_seat(PolThinker *t, int seat) {
  assert(seat >= 0 && seat < t->options.seats);
  return &t->seat[seat].host;
}

void pol_thinker_ask(PolThinker *t, int seat, int rows) {
  assert(seat >= 0 && seat < t->options.seats);
  Seat *s = &t->seat[seat];
  const KrnOps *ops = t->device->ops;
  SeatCall call = {t, s};
  assert(rows >= 0 && rows <= t->options.rows);
  s->rows = rows;
  memset(s->bank, 0, sizeof s->bank);
  if (t->options.nets == 1) {
    s->bank[0] = rows;
  }
  for (int i = 0; t->options.nets > 1 && i < rows; i++) {
    const int32_t key = s->host.key[i];
    if (key >= 0 && key < t->nets) {
      s->bank[key]++;
    }
  }
  if (rows == 0) {
    return;
  }
  if (t->options.nets == 1) {
    ops->repeat(t->device, &s->record, (uint64_t)rows, think, &call);
  } else {
    think(&call);
  }
  ops->mark(t->device, &s->mark);
}

SimStatus pol_thinker_wait(PolThinker *t, int seat, SimError *err) {
  assert(seat >= 0 && seat < t->options.seats);
  t->device->ops->wait(t->device, &t->seat[seat].mark);
  return t->device->ops->status(t->device, err);
}
