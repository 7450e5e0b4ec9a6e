// In the place of CUDA where the build has none.
#include "kernels/ops.h"

KrnDevice *krn_cuda_create(KrnGraphs graphs, SimError *err) {
  (void)graphs;
  sim_error(err, SIM_FAIL,
            "this program was built without CUDA; wanted a build with the CUDA Toolkit (nvcc) on "
            "the machine, or --device cpu");
  return NULL;
}
