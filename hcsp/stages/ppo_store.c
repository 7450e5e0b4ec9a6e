#include "hcsp/stages/ppo_store.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const NETS[HCSP_PPO_NETS] = {"actor.weight",  "actor.mean",  "actor.square",
                                                "critic.weight", "critic.mean", "critic.square"};

static void net_part(float **device, size_t *n, const HcspPpo *ppo, int i) {
  const HcspMlp *mlp = i < 3 ? ppo->actor : ppo->critic;
  float *const parts[3] = {mlp->weight, mlp->mean, mlp->square};
  *device = parts[i % 3];
  *n = mlp->n;
}

int hcsp_ppo_net_blobs(HcspBlob blob[HCSP_PPO_NETS], HcspPpo *ppo) {
  for (int i = 0; i < HCSP_PPO_NETS; i++) {
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
    blob[i] = (HcspBlob){.name = NETS[i], .dtype = POL_F32, .count = count, .value = copy};
  }
  return HCSP_PPO_NETS;
}

static SimStatus read_nets(HcspPpo *ppo, const char *prefix, const HcspCheckpoint *file,
                           bool moments, SimError *err) {
  char name[HCSP_PPO_BLOB_NAME];
  SimStatus status = SIM_OK;
  for (int i = 0; status == SIM_OK && i < HCSP_PPO_NETS; i++) {
    float *device;
    size_t count;
    if (!moments && i % 3 != 0) {
      continue;
    }
    net_part(&device, &count, ppo, i);
    snprintf(name, sizeof name, "%s%s", prefix, NETS[i]);
    float *copy = malloc(count * sizeof *copy);
    status = copy ? hcsp_checkpoint_read(copy, file, name, POL_F32, count, err)
                  : sim_error(err, SIM_FAIL, "no memory for a network");
    if (status == SIM_OK) {
      ppo->device->ops->upload(ppo->device, device, copy, count * sizeof *copy);
    }
    free(copy);
  }
  hcsp_mlp_download(ppo->actor);
  hcsp_mlp_download(ppo->critic);
  return status;
}

SimStatus hcsp_ppo_read_nets(HcspPpo *ppo, const HcspCheckpoint *file, bool moments,
                             SimError *err) {
  return read_nets(ppo, "", file, moments, err);
}

SimStatus hcsp_ppo_read_nets_of(HcspPpo *ppo, const char *prefix, const HcspCheckpoint *file,
                                SimError *err) {
  return read_nets(ppo, prefix, file, true, err);
}

int hcsp_ppo_net_blobs_of(HcspBlob blob[HCSP_PPO_NETS],
                          char name[HCSP_PPO_NETS][HCSP_PPO_BLOB_NAME], const char *prefix,
                          HcspPpo *ppo) {
  const int n = hcsp_ppo_net_blobs(blob, ppo);
  for (int i = 0; i < n; i++) {
    snprintf(name[i], HCSP_PPO_BLOB_NAME, "%s%s", prefix, NETS[i]);
    blob[i].name = name[i];
  }
  return n;
}

int hcsp_ppo_statistics_blobs(HcspBlob blob[HCSP_PPO_STATISTICS], const HcspPpo *ppo) {
  const size_t n = (size_t)ppo->obs.n;
  blob[0] = (HcspBlob){"obs.mean", POL_F64, n, ppo->obs.mean};
  blob[1] = (HcspBlob){"obs.square", POL_F64, n, ppo->obs.square};
  blob[2] = (HcspBlob){"value.mean", POL_F64, 1, ppo->value.mean};
  blob[3] = (HcspBlob){"value.square", POL_F64, 1, ppo->value.square};
  return HCSP_PPO_STATISTICS;
}

SimStatus hcsp_ppo_read_statistics(HcspPpo *ppo, const HcspCheckpoint *file, SimError *err) {
  HcspBlob blob[HCSP_PPO_STATISTICS];
  SimStatus status = SIM_OK;
  hcsp_ppo_statistics_blobs(blob, ppo);
  for (int i = 0; status == SIM_OK && i < HCSP_PPO_STATISTICS; i++) {
    status = hcsp_checkpoint_read((void *)(uintptr_t)blob[i].value, file, blob[i].name, POL_F64,
                                  blob[i].count, err);
  }
  return status;
}

void hcsp_ppo_put_statistics(PolNet *net, const HcspPpo *ppo) {
  for (int j = 0; net->arch.input_norm == POL_INPUT_FIXED && j < net->arch.inputs; j++) {
    net->input_a[j] = (float)ppo->obs.mean[j];
    net->input_b[j] = (float)hcsp_running_deviation(&ppo->obs, j);
  }
}
