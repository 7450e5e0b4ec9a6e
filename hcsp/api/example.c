// Plays some points and asks a skill for one command: the library in 50 lines.
//   cc example.c $(pkg-config --cflags --libs hcsp) -o example && ./example stage3 stage2
#include <hcsp.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const HcspError *err) {
  fprintf(stderr, "example: %s\n", err->text);
  return err->status;
}

static int play(const char *near_name, const char *far_name, HcspError *err) {
  HcspPlayOptions options = HCSP_PLAY_OPTIONS_INIT;
  HcspPlayResult result;
  options.rallies = 20;
  HcspTeam *near_team = hcsp_team_load(near_name, err);
  HcspTeam *far_team = near_team ? hcsp_team_load(far_name, err) : NULL;
  const int status =
      far_team ? hcsp_play(&result, near_team, far_team, &options, err) : err->status;
  if (status == HCSP_OK) {
    printf("%s %d : %d %s, %d draws, %.1f touches a rally\n", hcsp_team_name(near_team),
           result.near_wins, result.far_wins, hcsp_team_name(far_team), result.draws,
           result.touches);
  }
  hcsp_team_close(near_team);
  hcsp_team_close(far_team);
  return status;
}

static int act(const char *path, HcspError *err) {
  HcspPolicy *policy = hcsp_policy_load(path, err);
  if (!policy) {
    return err->status;
  }
  const HcspPolicyInfo *info = hcsp_policy_info(policy);
  float *obs = calloc((size_t)info->inputs, sizeof *obs);
  float *action = calloc((size_t)info->outputs, sizeof *action);
  const int status = obs && action ? hcsp_policy_act(policy, action, obs, 1, err) : HCSP_FAIL;
  if (status == HCSP_OK) {
    printf("%s: %s of %d numbers -> %s, first %.3f\n", info->name, info->obs, info->inputs,
           info->act, action[0]);
  }
  free(obs);
  free(action);
  hcsp_policy_close(policy);
  return status;
}

int main(int argc, char **argv) {
  HcspError err = {0};
  char path[4096];
  snprintf(path, sizeof path, "%s/policies/skills/set.safetensors", hcsp_home());
  if (play(argc > 1 ? argv[1] : "stage3", argc > 2 ? argv[2] : "stage2", &err) != HCSP_OK ||
      act(path, &err) != HCSP_OK) {
    return fail(&err);
  }
  return 0;
}
