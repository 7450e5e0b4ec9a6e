#include "hcsp/learn/ppo_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTERS = 2, SCALARS = 4 };

// an array of the device, by way of the host
static void serialize_array(RunArchive *ar, const char *name, KrnDevice *device, float *array,
                            size_t n) {
  if (!run_archive_ok(ar)) {
    return;
  }
  float *copy = sim_new(n, sizeof *copy);
  if (!run_archive_reads(ar)) {
    device->ops->download(device, copy, array, n * sizeof *copy);
  }
  run_archive_values(ar, name, POL_F32, n, copy);
  if (run_archive_reads(ar) && run_archive_ok(ar)) {
    device->ops->upload(device, array, copy, n * sizeof *copy);
  }
  free(copy);
}

void ppo_serialize_weights(RunArchive *ar, Ppo *ppo) {
  serialize_array(ar, "actor.weight", ppo->device, ppo->actor->weight, ppo->actor->n);
  serialize_array(ar, "critic.weight", ppo->device, ppo->critic->weight, ppo->critic->n);
  if (run_archive_reads(ar)) {
    mlp_restored(ppo->actor);
    mlp_restored(ppo->critic);
  }
}

static void serialize_running(RunArchive *ar, const char *mean, const char *square,
                              Running *running) {
  assert(running->n > 0 && running->mean && running->square);
  run_archive_values(ar, mean, POL_F64, (size_t)running->n, running->mean);
  run_archive_values(ar, square, POL_F64, (size_t)running->n, running->square);
}

void ppo_serialize(RunArchive *ar, Ppo *ppo) {
  int64_t counters[COUNTERS] = {ppo->iteration, ppo->step};
  double scalars[SCALARS] = {ppo->rate, ppo->pull, ppo->obs.count, ppo->value.count};
  ppo_serialize_weights(ar, ppo);
  serialize_array(ar, "actor.mean", ppo->device, ppo->actor->mean, ppo->actor->n);
  serialize_array(ar, "actor.square", ppo->device, ppo->actor->square, ppo->actor->n);
  serialize_array(ar, "critic.mean", ppo->device, ppo->critic->mean, ppo->critic->n);
  serialize_array(ar, "critic.square", ppo->device, ppo->critic->square, ppo->critic->n);
  serialize_running(ar, "obs.mean", "obs.square", &ppo->obs);
  serialize_running(ar, "value.mean", "value.square", &ppo->value);
  run_archive_values(ar, "counters", POL_I64, COUNTERS, counters);
  run_archive_values(ar, "scalars", POL_F64, SCALARS, scalars);
  if (run_archive_reads(ar) && run_archive_ok(ar)) {
    ppo->iteration = counters[0];
    ppo->step = counters[1];
    ppo->rate = scalars[0];
    ppo->pull = scalars[1];
    ppo->obs.count = scalars[2];
    ppo->value.count = scalars[3];
  }
}

void ppo_keep_critic(Ppo *ppo, const PolNet *net) {
  Mlp *critic = ppo->critic;
  assert(net->arch.inputs == critic->net->arch.inputs && net->arch.outputs == 1);
  assert(net->arch.layers == critic->net->arch.layers);
  memcpy(critic->net->block, net->block, (critic->n + critic->skip) * sizeof *net->block);
  mlp_upload(critic);
  ppo->config.critic_warmup = 0;
}

void ppo_put_statistics(PolNet *net, const Ppo *ppo) {
  assert(net->arch.inputs == ppo->obs.n);
  for (int j = 0; net->arch.input_norm == POL_INPUT_FIXED && j < net->arch.inputs; j++) {
    net->input_a[j] = (float)ppo->obs.mean[j];
    net->input_b[j] = (float)running_deviation(&ppo->obs, j);
  }
}
