// Devices by name.
#include <string.h>

#include "kernels/ops.h"
#include "sim/base/log.h"

static const struct {
  const char *name;
  bool cuda;
  KrnGraphs graphs;
} DEVICES[] = {{"cpu", false, KRN_GRAPHS_NEVER},
               {"auto", true, KRN_GRAPHS_MEASURED},
               {"cuda", true, KRN_GRAPHS_MEASURED},
               {"cuda-plain", true, KRN_GRAPHS_NEVER},
               {"cuda-graphs", true, KRN_GRAPHS_ALWAYS}};
enum { N_DEVICES = sizeof DEVICES / sizeof DEVICES[0] };

static int find(const char *name) {
  int i = 0;
  while (i < N_DEVICES && strcmp(name, DEVICES[i].name) != 0) {
    i++;
  }
  return i;
}

bool krn_device_known(const char *name) {
  return find(name) < N_DEVICES;
}

KrnDevice *krn_device_open(const char *name, int threads, SimError *err) {
  const int i = find(name ? name : "cpu");
  if (i == N_DEVICES) {
    sim_error(
        err, SIM_USAGE,
        "device '%s'; wanted auto, cpu, cuda, or one of cuda-plain and cuda-graphs to compare",
        name);
    return NULL;
  }
  if (!DEVICES[i].cuda) {
    return krn_cpu_create(threads, err);
  }
  if (strcmp(DEVICES[i].name, "auto") != 0) {
    return krn_cuda_create(DEVICES[i].graphs, err);
  }
  SimError why = {0};
  KrnDevice *device = krn_cuda_create(DEVICES[i].graphs, &why);
  if (device) {
    return device;
  }
  sim_log(SIM_LOG_INFO, "no GPU, learning on the processor: %s", why.text);
  return krn_cpu_create(threads, err);
}
