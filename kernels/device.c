// Devices by name.
#include <string.h>

#include "kernels/ops.h"
#include "sim/base/log.h"

static const char *const NAMES[] = {"auto", "cpu", "cuda", "cuda-graphs"};

bool krn_device_known(const char *name) {
  for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
    if (strcmp(name, NAMES[i]) == 0) {
      return true;
    }
  }
  return false;
}

KrnDevice *krn_device_open(const char *name, int threads, SimError *err) {
  name = name ? name : "cpu";
  if (!krn_device_known(name)) {
    sim_error(err, SIM_USAGE, "device '%s'; wanted auto, cpu, cuda or cuda-graphs", name);
    return NULL;
  }
  if (strcmp(name, "cpu") == 0) {
    return krn_cpu_create(threads, err);
  }
  if (strcmp(name, "auto") != 0) {
    return krn_cuda_create(strcmp(name, "cuda-graphs") == 0, err);
  }
  SimError why = {0};
  KrnDevice *device = krn_cuda_create(false, &why);
  if (device) {
    return device;
  }
  sim_log(SIM_LOG_DEBUG, "learning on the processor: %s", why.text);
  return krn_cpu_create(threads, err);
}
