// A rollout through hcsp.h with actions that follow from their numbers, as bytes on stdout:
//   api_rollout KIND OPPONENT|- [key=value...]
#include <hcsp.h>
#include <stdio.h>
#include <string.h>

enum { ENVS = 5, ACTIONS_MAX = 4096 };

static void act(float *action, const HcspEnv *env, int t) {
  const HcspEnvInfo *info = hcsp_env_info(env);
  const HcspEnvArrays *at = hcsp_env_arrays(env);
  const int rows = info->num_envs * info->agents;
  for (int i = 0; i < rows * info->outputs; i++) {
    action[i] = (float)((i * 7 + t * 31) % 41 - 20) / 20.0f;
  }
  for (int row = 0; info->heads > 0 && row < rows; row++) {
    const uint8_t *legal = at->legal + row * info->options;
    for (int head = 0; head < info->heads; legal += hcsp_env_options(env, head++)) {
      int option = 0;
      while (!legal[option]) {
        option++;
      }
      action[row * info->heads + head] = (float)option;
    }
  }
}

int main(int argc, char **argv) {
  static float action[ACTIONS_MAX];
  HcspEnvOptions options = HCSP_ENV_OPTIONS_INIT;
  HcspError err = {0};
  options.num_envs = ENVS;
  options.threads = 1;
  options.seed = 11;
  options.opponent = strcmp(argv[2], "-") ? argv[2] : NULL;
  options.config = (const char *const *)(argv + 3);
  options.configs = argc - 3;
  HcspEnv *env = hcsp_env_create(argv[1], &options, &err);
  if (!env || hcsp_env_reset(env, &err) != HCSP_OK) {
    fprintf(stderr, "%s\n", err.text);
    return 1;
  }
  const HcspEnvInfo *info = hcsp_env_info(env);
  const HcspEnvArrays *at = hcsp_env_arrays(env);
  const size_t rows = (size_t)(info->num_envs * info->agents);
  for (int t = 0; t < (info->heads ? 8 : 60); t++) {
    act(action, env, t);
    if (hcsp_env_step(env, action, &err) != HCSP_OK) {
      fprintf(stderr, "%s\n", err.text);
      return 1;
    }
    fwrite(at->obs, sizeof *at->obs, rows * (size_t)info->inputs, stdout);
    fwrite(at->reward, sizeof *at->reward, rows, stdout);
    fwrite(at->terminated, 1, rows, stdout);
    fwrite(at->truncated, 1, rows, stdout);
  }
  hcsp_env_close(env);
  return 0;
}
