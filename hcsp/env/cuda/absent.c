// In the place of the kernels beside it where the build has no CUDA: no device has a queue, and
// nobody comes here.
#include <stdlib.h>

#include "hcsp/env/match_device.h"
#include "hcsp/env/skill_device.h"

void env_cuda_begin(void *stream, const EnvCuda *env, const EnvCudaRows *rows) {
  (void)stream;
  (void)env;
  (void)rows;
  abort();
}

void env_cuda_step(void *stream, const EnvCuda *env, const EnvCudaRows *rows, int t) {
  (void)stream;
  (void)env;
  (void)rows;
  (void)t;
  abort();
}

void env_cuda_total(void *stream, double *total, const EnvCuda *env) {
  (void)stream;
  (void)total;
  (void)env;
  abort();
}

void env_match_cuda_take(void *stream, const EnvMatchCuda *env) {
  (void)stream;
  (void)env;
  abort();
}

void env_match_cuda_keep(void *stream, const EnvMatchCuda *env) {
  (void)stream;
  (void)env;
  abort();
}

void env_match_cuda_return(void *stream, const EnvMatchCuda *env) {
  (void)stream;
  (void)env;
  abort();
}

void env_match_cuda_act(void *stream, const EnvMatchCuda *env) {
  (void)stream;
  (void)env;
  abort();
}

void env_match_cuda_fly(void *stream, const EnvMatchCuda *env) {
  (void)stream;
  (void)env;
  abort();
}

void env_match_cuda_give(void *stream, const EnvMatchCuda *env, bool for_all) {
  (void)stream;
  (void)env;
  (void)for_all;
  abort();
}
