// Kernels with one fault each, which the stand-in's tables of shared memory must see in whatever
// order threads run.
#include <cuda_runtime_api.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/cuda/launch.h"

enum { THREADS = 64 };

// each thread hands its number to the next one, by way of what kind says
static void pass_on(int kind) {
  KRN_SHARED(int32_t, table, 2, THREADS);
  KRN_START(t) {
    if (kind != 1 || t != 5) {
      table[0][kind == 2 ? t / 2 : t] = t;
    }
    if (kind == 3) {
      table[1][t] = table[0][t > 0 ? t - 1 : 0];
    }
    if (kind == 4) {
      table[0][t + 1] = t;
    }
  }
  if (kind == 5) {
    // no barrier
    KRN_START(t) {
      table[1][t] = table[0][(t + 1) % THREADS];
    }
  }
  KRN_PHASE(t) {
    table[1][t] = table[0][(t + 1) % THREADS];
    if (kind == 6) {
      table[0][t] = 0;
    }
  }
}

enum { KINDS = 7 };

bool cuda_shim_run_faulty(int kind) {
  if (kind < 0 || kind >= KINDS) {
    return false;
  }
  blockDim.x = THREADS;
  blockIdx.x = 0;
  cuda_shim_barrier();
  pass_on(kind);
  return true;
}
