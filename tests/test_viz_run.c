// What was trained can be watched: a skill at its task, with the rewards and successes that its
// training counts, the team of a run or of a pipeline's latest stage, also while they train.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/skill_env.h"
#include "hcsp/env/tasks/config.h"
#include "hcsp/recipes/skills/critic.h"
#include "policies/file.h"
#include "viz/program/run_folder.h"

enum { EPISODES = 4 };

static void shell(const char *command) {
  assert_int_equal(system(command), 0);
}

static TaskConfig *make_run(const char *critic) {
  SimError err = {0};
  TaskConfig *config = task_skill_config_load("set", NULL, NULL, 0, &err);
  assert_non_null(config);
  char *text = task_skill_config_text(config), json[4600];
  shell("rm -rf run && mkdir -p run/policies && "
        "cp $HCSP_HOME/policies/skills/set.safetensors run/policies");
  test_write_file("run/config.yaml", text, strlen(text));
  snprintf(json, sizeof json,
           "{\"training\": \"skill set\", \"inputs\": {\"critic\": {\"file\": \"%s\"}}}", critic);
  test_write_file("run/provenance.json", json, strlen(json));
  free(text);
  return config;
}

static SimStatus try_open(VizApp *app, const char *path, SimError *err) {
  VizOptions options = viz_options_default();
  options.log = path;
  options.open_run = viz_run_open;
  return viz_app_open(app, &options, err);
}

static VizApp *open_app(const char *path) {
  SimError err = {0};
  VizApp *app = calloc(1, sizeof *app);
  assert_ok(try_open(app, path, &err), &err);
  return app;
}

static void close_app(VizApp *app) {
  viz_app_close(app);
  free(app);
}

// ---- a skill

// What an episode ended with, as the training sees it.
typedef struct Ends {
  int n, success;
  double reward[EPISODES];
  bool good[EPISODES];
} Ends;

static void on_end(void *arg, const TaskEpisode *episode, const SimState *state,
                   const TaskStep *outcome) {
  Ends *ends = arg;
  (void)state;
  if (ends->n < EPISODES) {
    ends->reward[ends->n] = episode->reward;
    ends->good[ends->n++] = outcome->stat[ends->success] >= 0.5;
  }
}

// the same policy in the environment that trainings use
static void run_env(Ends *ends, const Task *task, const PolFile *policy) {
  SimError err = {0};
  EnvSkill *skill = env_skill_create(task, 1, false, 1, 1, &err);
  assert_non_null(skill);
  const Env env = env_skill_env(skill);
  const EnvEpisodeWatcher watcher = {.arg = ends, .end = on_end};
  float obs[SIM_OBS_MAX], final[SIM_OBS_MAX], action[SIM_ROTORS], reward;
  uint8_t mask, terminated, truncated;
  KrnDraw draw;
  float *scratch = malloc((size_t)pol_net_scratch(policy->net) * sizeof *scratch);
  const EnvView view = {.obs = obs, .mask = &mask, .draw = &draw};
  const EnvResult result = {
      .reward = &reward, .terminated = &terminated, .truncated = &truncated, .final_obs = final};
  ends->success = task->success;
  env_skill_watch(skill, &watcher);
  env.ops->reset(env.self, false);
  while (ends->n < EPISODES) {
    env.ops->observe(env.self, &view, 0, 1);
    pol_net_forward(action, policy->net, obs, 1, scratch);
    assert_ok(env.ops->step(env.self, &result, action, 0, 1, &err), &err);
  }
  free(scratch);
  env_skill_destroy(skill);
}

static void skill_shows_what_its_training_counts(void **state) {
  (void)state;
  SimError err = {0};
  char critic[4200];
  snprintf(critic, sizeof critic, "%s/policies/skills/hover_critic.safetensors",
           getenv("HCSP_HOME"));
  TaskConfig *config = make_run(critic);
  PolNet *price = skills_critic_load(critic, sim_obs_size(SIM_OBS_HOVER27), &err);
  PolFile *policy = pol_file_load("run/policies/set.safetensors", &err);
  assert_non_null(price);
  assert_non_null(policy);
  const TaskInputs inputs = {.critic = price};
  Task *task = task_create(config, &inputs);
  Ends ends = {.n = 0};
  run_env(&ends, task, policy);
  VizApp *app = open_app("run");
  assert_true(viz_source_info(app->source)->practice);
  for (int i = 0; i < EPISODES; i++) {
    assert_ok(viz_player_go_rally(&app->player, i, &err), &err);
    const int last = viz_source_frames(app->source) - 1;
    const VizFrame *end = viz_source_frame(app->source, last);
    assert_near((double)end->reward, ends.reward[i], 1e-4);
    assert_int_equal(end->state.referee.winner, ends.good[i] ? SIM_WIN_NEAR : SIM_WIN_FAR);
    assert_true(isfinite(viz_source_frame(app->source, last / 2)->goal[0][2]));
    assert_non_null(strstr(viz_source_ending(app->source), "reward"));
  }
  print_message("rewards %.2f %.2f %.2f %.2f\n", ends.reward[0], ends.reward[1], ends.reward[2],
                ends.reward[3]);
  close_app(app);
  task_destroy(task);
  pol_net_destroy(price);
  pol_file_destroy(policy);
  task_skill_config_destroy(config);
}

static bool shows(VizApp *app, const char *part) {
  VizFontSizes font = {.height = {10, 16}};
  for (int i = 0; i < 128; i++) {
    font.width[VIZ_FONT_NORMAL][i] = 6;
    font.width[VIZ_FONT_BIG][i] = 10;
  }
  viz_app_compose(app, 640, 360, &font);
  for (int i = 0; i < app->hud.n; i++) {
    if (app->hud.item[i].is_text && strstr(app->hud.item[i].text, part)) {
      return true;
    }
  }
  return false;
}

static double last_reward(VizApp *app, int episode) {
  SimError err = {0};
  assert_ok(viz_player_go_rally(&app->player, episode, &err), &err);
  return (double)viz_source_frame(app->source, viz_source_frames(app->source) - 1)->reward;
}

static void skill_is_followed_while_it_trains(void **state) {
  (void)state;
  task_skill_config_destroy(make_run(""));
  VizApp *app = open_app("run");
  assert_true(shows(app, "PRACTICE") && shows(app, "set: episode 0   reward"));
  // episode 0 again, under another policy: what is kept is not played again, so look at later ones
  const double before = last_reward(app, 10);
  // a file that is only half there is no reason to stop
  test_write_file("run/policies/set.safetensors", "half", 4);
  last_reward(app, 11);
  shell("cp $HCSP_HOME/policies/skills/attack.safetensors run/policies/set.safetensors");
  last_reward(app, 12);
  last_reward(app, 13);
  last_reward(app, 14);
  assert_true(last_reward(app, 10) != before);
  close_app(app);
}

// ---- teams

static void runs_and_pipelines_show_their_team(void **state) {
  (void)state;
  SimError err = {0};
  shell("rm -rf pipe && mkdir -p pipe/stage1 pipe/stage2 && echo '{}' > pipe/pipeline.json && "
        "sed \"s|[.][.]/|$HCSP_HOME/policies/|\" $HCSP_HOME/policies/teams/classical.yaml > "
        "pipe/stage2/team.yaml && cp pipe/stage2/team.yaml pipe/stage1");
  VizApp *app = open_app("pipe");
  assert_string_equal(app->chosen[SIM_NEAR], "pipe/stage2");
  assert_true(viz_source_info(app->source)->live);
  close_app(app);
  app = open_app("pipe/stage1");
  // it trains on: the next rally is that of the new team
  shell("sed -i 's/^name: .*/name: learned/' pipe/stage1/team.yaml");
  assert_string_equal(viz_source_info(app->source)->team[SIM_NEAR], "classical");
  assert_ok(viz_source_produce(app->source, 100000, &err), &err);
  viz_player_seek(&app->player, 100000);
  for (int i = 0; i < 1000 && viz_source_rally(app->source) == 0; i++) {
    viz_app_advance(app, 0.02);
  }
  assert_int_equal(viz_source_rally(app->source), 1);
  assert_string_equal(viz_source_info(app->source)->team[SIM_NEAR], "learned");
  close_app(app);
}

static void what_has_nothing_to_show_says_so(void **state) {
  (void)state;
  SimError err = {0};
  VizApp *app = calloc(1, sizeof *app);
  shell("rm -rf empty early; mkdir -p empty early && echo 'a: 1' > early/config.yaml");
  assert_refused(try_open(app, "early", &err), SIM_BAD_INPUT, &err, "nothing to watch yet");
  assert_refused(try_open(app, "empty", &err), SIM_BAD_INPUT, &err, "empty");
  shell("echo '{}' > early/pipeline.json");
  assert_refused(try_open(app, "early", &err), SIM_BAD_INPUT, &err, "stage1/team.yaml");
  task_skill_config_destroy(make_run(""));
  shell("rm run/policies/set.safetensors");
  assert_refused(try_open(app, "run", &err), SIM_BAD_INPUT, &err, "no policy yet");
  task_skill_config_destroy(make_run("/nowhere/critic.safetensors"));
  assert_refused(try_open(app, "run", &err), SIM_BAD_INPUT, &err, "/nowhere");
  free(app);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(skill_shows_what_its_training_counts),
      cmocka_unit_test(skill_is_followed_while_it_trains),
      cmocka_unit_test(runs_and_pipelines_show_their_team),
      cmocka_unit_test(what_has_nothing_to_show_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
