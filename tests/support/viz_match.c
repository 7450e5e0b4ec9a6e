#include "tests/support/viz_match.h"

#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "hcsp/eval/log_match.h"
#include "tests/support/check.h"

void test_viz_match(const char *folder, int n) {
  test_viz_match_of(folder, "classical", "classical", n, 0);
}

void test_viz_match_of(const char *folder, const char *near, const char *far, int n,
                       uint64_t other) {
  SimError err = {0};
  char command[256];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(system(command), 0);
  SimModelOptions model_options = sim_model_default();
  model_options.scenery = true;
  SimModel *model = sim_model_create(&model_options, &err);
  PolTeam *team[SIM_TEAMS] = {pol_team_load(near, &err), pol_team_load(far, &err)};
  assert_non_null(model);
  for (int i = 0; i < SIM_TEAMS; i++) {
    assert_non_null(team[i]);
    team[i]->hash ^= other;
  }
  EvalRalliesOptions options = {.model = model,
                                .near = team[SIM_NEAR],
                                .far = team[SIM_FAR],
                                .rules = sim_rules_find("court"),
                                .seed = TEST_MATCH_SEED,
                                .rallies = n,
                                .threads = 1};
  EvalMatchLog *log = eval_match_log_create(folder, &options, &err);
  EvalRally *result = calloc((size_t)n, sizeof *result);
  assert_non_null(log);
  assert_non_null(result);
  const EvalWatcher watcher = eval_match_log_watcher(log);
  options.watcher = &watcher;
  int played = 0;
  assert_ok(eval_rallies_play(result, &played, &options, &err), &err);
  assert_ok(eval_match_log_finish(log, &err), &err);
  free(result);
  pol_team_destroy(team[SIM_NEAR]);
  pol_team_destroy(team[SIM_FAR]);
  sim_model_destroy(model);
}

void test_keep_driver(void) {
  glob_t found;
  if (glob("/usr/lib/*/dri/swrast_dri.so", 0, NULL, &found) == 0 && found.gl_pathc > 0) {
    dlopen(found.gl_pathv[0], RTLD_LAZY | RTLD_NODELETE);
  }
  globfree(&found);
}
