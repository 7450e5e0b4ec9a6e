#include "hcsp/learn/ppo_buffers.h"

#include <stdlib.h>

#include "hcsp/learn/ppo_ranks.h"

typedef PpoBuffers Buffers;

int ppo_actions(const Ppo *ppo) {
  return ppo->config.heads.n ? ppo->config.heads.n : ppo->actor->net->arch.outputs;
}

static void *device_memory(Ppo *ppo, size_t bytes, bool *ok) {
  void *memory = ppo->device->ops->alloc(ppo->device, bytes);
  *ok = *ok && memory;
  return memory;
}

// what the minibatches of an epoch leave behind
static bool make_batch_buffers(Ppo *ppo) {
  Buffers *b = ppo->buffers;
  const int batches = ppo->config.num_minibatches, batch = (b->rows + batches - 1) / batches;
  const size_t n = (size_t)batches;
  b->tiles = ppo->device->ops->tiles(ppo->device, batch);
  const size_t sums = n * (size_t)b->tiles * KRN_SUMS;
  bool ok = true;
  b->sums = device_memory(ppo, sums * sizeof *b->sums, &ok);
  b->scale = device_memory(ppo, 2 * n * sizeof *b->scale, &ok);
  b->adam = device_memory(ppo, 2 * n * sizeof *b->adam, &ok);
  b->record = sim_new(n, sizeof *b->record);
  b->host_sums = sim_new(sums, sizeof *b->host_sums);
  b->host_scale = sim_new(2 * n, sizeof *b->host_scale);
  b->host_adam = sim_new(2 * n, sizeof *b->host_adam);
  return ok && ppo_ranks_room(ppo);
}

bool ppo_make_buffers(Ppo *ppo, int steps, int worlds) {
  Buffers *b = ppo->buffers = sim_new(1, sizeof *b);
  const size_t rows = (size_t)steps * (size_t)worlds, all = rows + (size_t)worlds;
  const size_t inputs = (size_t)ppo->actor->net->arch.inputs, real = sizeof(float);
  bool ok = true;
  b->rows = b->rows_now = (int)rows;
  b->all_rows = (int)all;
  b->obs = device_memory(ppo, all * inputs * real, &ok);
  b->action = device_memory(ppo, rows * (size_t)ppo_actions(ppo) * real, &ok);
  b->legal = device_memory(ppo, rows * KRN_HEADS_MAX * sizeof *b->legal, &ok);
  b->log_prob = device_memory(ppo, rows * real, &ok);
  b->reward = device_memory(ppo, rows * real, &ok);
  b->value = device_memory(ppo, all * real, &ok);
  b->rest = device_memory(ppo, rows * real, &ok);
  b->advantage = device_memory(ppo, rows * real, &ok);
  b->wanted = device_memory(ppo, rows * real, &ok);
  b->cut_obs = device_memory(ppo, rows * inputs * real, &ok);
  b->cut_value = device_memory(ppo, rows * real, &ok);
  b->ended = device_memory(ppo, rows, &ok);
  b->identity = device_memory(ppo, all * sizeof *b->identity, &ok);
  b->index = device_memory(ppo, rows * sizeof *b->index, &ok);
  b->reference = device_memory(ppo, rows * (size_t)ppo_actions(ppo) * real, &ok);
  b->reference_log_std = device_memory(ppo, (size_t)ppo_actions(ppo) * real, &ok);
  b->pull = device_memory(ppo, real, &ok);
  b->obs_mean = device_memory(ppo, inputs * real, &ok);
  b->obs_deviation = device_memory(ppo, inputs * real, &ok);
  b->order = sim_new(all, sizeof *b->order);
  b->host = sim_new(all, sizeof *b->host);
  b->host_rest = sim_new(rows, sizeof *b->host_rest);
  b->host_stats = sim_new(2 * inputs, sizeof *b->host_stats);
  ok = make_batch_buffers(ppo) && ok;
  for (int i = 0; ok && i < b->all_rows; i++) {
    b->order[i] = i;
  }
  if (ok) {
    ppo->device->ops->upload(ppo->device, b->identity, b->order, all * sizeof *b->order);
  }
  return ok;
}

void ppo_free_buffers(Ppo *ppo) {
  Buffers *b = ppo->buffers;
  if (!b) {
    return;
  }
  void *const device[] = {
      b->obs,      b->action,    b->log_prob,          b->reward,    b->value, b->rest,
      b->wanted,   b->advantage, b->cut_obs,           b->cut_value, b->ended, b->index,
      b->identity, b->obs_mean,  b->obs_deviation,     b->legal,     b->sums,  b->scale,
      b->adam,     b->reference, b->reference_log_std, b->pull};
  for (size_t i = 0; i < sizeof device / sizeof device[0]; i++) {
    ppo->device->ops->release(ppo->device, device[i]);
  }
  for (int m = 0; b->record && m < ppo->config.num_minibatches; m++) {
    ppo->device->ops->forget(ppo->device, &b->record[m]);
  }
  free(b->order);
  free(b->host);
  free(b->host_rest);
  free(b->host_stats);
  free(b->record);
  free(b->host_sums);
  free(b->host_scale);
  free(b->host_adam);
  free(b->rank_sum);
  free(b);
  ppo->buffers = NULL;
}
