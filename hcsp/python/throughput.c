// CPU seconds of steps through hcsp.h with constant actions:  throughput KIND ENVS STEPS -> steps/s
#include <hcsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv) {
  HcspEnvOptions options = HCSP_ENV_OPTIONS_INIT;
  HcspError err = {0};
  const int steps = argc > 3 ? atoi(argv[3]) : 100;
  options.num_envs = argc > 2 ? atoi(argv[2]) : 1024;
  options.threads = 1;
  HcspEnv *env = hcsp_env_create(argc > 1 ? argv[1] : "hover", &options, &err);
  if (!env || hcsp_env_reset(env, &err) != HCSP_OK) {
    fprintf(stderr, "%s\n", err.text);
    return 1;
  }
  const HcspEnvInfo *info = hcsp_env_info(env);
  const size_t n = (size_t)(info->num_envs * info->agents);
  float *action = malloc(n * (size_t)info->outputs * sizeof *action);
  for (size_t i = 0; action && i < n * (size_t)info->outputs; i++) {
    action[i] = 0.24f;
  }
  const clock_t begin = clock();
  for (int t = 0; action && t < steps; t++) {
    if (hcsp_env_step(env, action, &err) != HCSP_OK) {
      fprintf(stderr, "%s\n", err.text);
      return 1;
    }
  }
  printf("%.0f\n", (double)n * steps / ((double)(clock() - begin) / CLOCKS_PER_SEC));
  free(action);
  hcsp_env_close(env);
  return 0;
}
