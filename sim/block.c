#include "sim/block.h"

#include <assert.h>

#ifdef SIM_BLOCK_X86
extern const SimBlockKernel SIM_BLOCK_KERNEL_avx512, SIM_BLOCK_KERNEL_avx2;
#endif
extern const SimBlockKernel SIM_BLOCK_KERNEL_any;

static const SimBlockKernel *const ALL[] = {
#ifdef SIM_BLOCK_X86
    &SIM_BLOCK_KERNEL_avx512, &SIM_BLOCK_KERNEL_avx2,
#endif
    &SIM_BLOCK_KERNEL_any};
enum { KINDS = sizeof ALL / sizeof ALL[0] };

bool sim_block_kernel_runs_here(const SimBlockKernel *kernel) {
#ifdef SIM_BLOCK_X86
  if (kernel == &SIM_BLOCK_KERNEL_avx512) {
    return __builtin_cpu_supports("avx512f");
  }
  if (kernel == &SIM_BLOCK_KERNEL_avx2) {
    return __builtin_cpu_supports("avx2");
  }
#endif
  return kernel == &SIM_BLOCK_KERNEL_any;
}

const SimBlockKernel *sim_block_kernel_at(int i) {
  assert(i >= 0);
  return i < KINDS ? ALL[i] : NULL;
}

const SimBlockKernel *sim_block_kernel(void) {
  int i = 0;
  while (!sim_block_kernel_runs_here(ALL[i])) {
    i++;
  }
  return ALL[i];
}

void sim_block_put(SimBlock *block, int lane, const SimView *view, const SimPlant *plant,
                   const double spin[SIM_DRONES][3], double time) {
  const double *seen = (const void *)view, *numbers = (const void *)plant;
  assert(lane >= 0 && lane < SIM_BLOCK);
  for (int i = 0; i < SIM_BLOCK_VIEW; i++) {
    block->view[i][lane] = seen[i];
  }
  for (int i = 0; i < SIM_BLOCK_PLANT; i++) {
    block->plant[i][lane] = numbers[i];
  }
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int k = 0; k < 3; k++) {
      block->spin[i][k][lane] = spin[i][k];
    }
  }
  block->time[lane] = time;
}
