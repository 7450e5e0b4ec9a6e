#include "hcsp/train/ppo_store.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const NETS[TRAIN_PPO_NETS] = {"actor.weight",  "actor.mean",  "actor.square",
                                                 "critic.weight", "critic.mean", "critic.square"};

static void net_part(float **device, size_t *n, const Ppo *ppo, int i) {
  const Mlp *mlp = i < 3 ? ppo->actor : ppo->critic;
  float *const parts[3] = {mlp->weight, mlp->mean, mlp->square};
  *device = parts[i % 3];
  *n = mlp->n;
}

int train_ppo_net_blobs(RunBlob blob[TRAIN_PPO_NETS], Ppo *ppo) {
  for (int i = 0; i < TRAIN_PPO_NETS; i++) {
    float *device;
    size_t count;
    net_part(&device, &count, ppo, i);
    float *copy = malloc(count * sizeof *copy);
    if (!copy) {
      while (--i >= 0) {
        free((void *)(uintptr_t)blob[i].value);
      }
      return 0;
    }
    ppo->device->ops->download(ppo->device, copy, device, count * sizeof *copy);
    blob[i] = (RunBlob){.name = NETS[i], .dtype = POL_F32, .count = count, .value = copy};
  }
  return TRAIN_PPO_NETS;
}

static SimStatus read_nets(Ppo *ppo, const char *prefix, const RunCheckpoint *file, bool moments,
                           SimError *err) {
  char name[TRAIN_PPO_BLOB_NAME];
  SimStatus status = SIM_OK;
  for (int i = 0; status == SIM_OK && i < TRAIN_PPO_NETS; i++) {
    float *device;
    size_t count;
    if (!moments && i % 3 != 0) {
      continue;
    }
    net_part(&device, &count, ppo, i);
    snprintf(name, sizeof name, "%s%s", prefix, NETS[i]);
    float *copy = malloc(count * sizeof *copy);
    status = copy ? run_checkpoint_read(copy, file, name, POL_F32, count, err)
                  : sim_error(err, SIM_FAIL, "no memory for a network");
    if (status == SIM_OK) {
      ppo->device->ops->upload(ppo->device, device, copy, count * sizeof *copy);
    }
    free(copy);
  }
  mlp_download(ppo->actor);
  mlp_download(ppo->critic);
  return status;
}

SimStatus train_ppo_read_nets(Ppo *ppo, const RunCheckpoint *file, bool moments, SimError *err) {
  return read_nets(ppo, "", file, moments, err);
}

SimStatus train_ppo_read_nets_of(Ppo *ppo, const char *prefix, const RunCheckpoint *file,
                                 SimError *err) {
  return read_nets(ppo, prefix, file, true, err);
}

int train_ppo_net_blobs_of(RunBlob blob[TRAIN_PPO_NETS],
                           char name[TRAIN_PPO_NETS][TRAIN_PPO_BLOB_NAME], const char *prefix,
                           Ppo *ppo) {
  const int n = train_ppo_net_blobs(blob, ppo);
  for (int i = 0; i < n; i++) {
    snprintf(name[i], TRAIN_PPO_BLOB_NAME, "%s%s", prefix, NETS[i]);
    blob[i].name = name[i];
  }
  return n;
}

int train_ppo_statistics_blobs(RunBlob blob[TRAIN_PPO_STATISTICS], const Ppo *ppo) {
  const size_t n = (size_t)ppo->obs.n;
  blob[0] = (RunBlob){"obs.mean", POL_F64, n, ppo->obs.mean};
  blob[1] = (RunBlob){"obs.square", POL_F64, n, ppo->obs.square};
  blob[2] = (RunBlob){"value.mean", POL_F64, 1, ppo->value.mean};
  blob[3] = (RunBlob){"value.square", POL_F64, 1, ppo->value.square};
  return TRAIN_PPO_STATISTICS;
}

SimStatus train_ppo_read_statistics(Ppo *ppo, const RunCheckpoint *file, SimError *err) {
  RunBlob blob[TRAIN_PPO_STATISTICS];
  SimStatus status = SIM_OK;
  train_ppo_statistics_blobs(blob, ppo);
  for (int i = 0; status == SIM_OK && i < TRAIN_PPO_STATISTICS; i++) {
    status = run_checkpoint_read((void *)(uintptr_t)blob[i].value, file, blob[i].name, POL_F64,
                                 blob[i].count, err);
  }
  return status;
}

void train_ppo_put_statistics(PolNet *net, const Ppo *ppo) {
  for (int j = 0; net->arch.input_norm == POL_INPUT_FIXED && j < net->arch.inputs; j++) {
    net->input_a[j] = (float)ppo->obs.mean[j];
    net->input_b[j] = (float)running_deviation(&ppo->obs, j);
  }
}
