// What a training leaves behind plays what was learnt: every file of the team holds the weights
// that are meant, strategies and policies have the weights of the mixture, and noise has its bound.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/recipes/coself/internal.h"
#include "hcsp/recipes/flat/internal.h"
#include "hcsp/recipes/skills/critic.h"
#include "sim/base/file.h"

static Run *open_run(const char *folder) {
  char command[128];
  SimError err = {0};
  snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(system(command), 0);
  Run *run = run_open(folder, false, "", &err);
  if (!run) {
    fail_msg("%s", err.text);
  }
  return run;
}

static PolTeam *load_team(const char *path) {
  SimError err = {0};
  PolTeam *team = pol_team_load(path, &err);
  if (!team) {
    fail_msg("%s", err.text);
  }
  return team;
}

// the same numbers but for the deviations of commands
static void check_weights(const PolNet *got, const PolNet *wanted) {
  const size_t n = league_net_floats(wanted) - (wanted->log_std ? SIM_ROTORS : 0);
  // deviations lie behind everything else
  assert_true(!wanted->log_std || (size_t)(wanted->log_std - wanted->block) == n);
  assert_memory_equal(got->block, wanted->block, n * sizeof(float));
}

static void check_noise(const PolNet *got, const PolNet *learnt, double most) {
  for (int r = 0; r < SIM_ROTORS; r++) {
    assert_near((double)got->log_std[r], fmin((double)learnt->log_std[r], most), 1e-6);
  }
}

// ---- skills and strategy together

// the first of the deviations is above the bound, the others are below
static void scatter(PolFile *file, double most) {
  for (int r = 0; r < SIM_ROTORS; r++) {
    file->net->log_std[r] = (float)(most + (r == 0 ? 0.3 : -0.1 * r));
  }
}

static void together_deploys_what_has_learnt(void **state) {
  (void)state;
  SimError err = {0};
  CoselfConfig config;
  assert_ok(coself_config_load(&config, "smoke", NULL, NULL, 0, &err), &err);
  config.options[0] = '\0';
  char path[SIM_PATH_MAX];
  SkillsTraining training = {.options = {.seed = 5}};
  CoselfJoint *g = calloc(1, sizeof *g);
  LeagueLearner learner = {.decisions = 777};
  g->t = &training;
  g->config = &config;
  g->team = load_team("stage2_court");
  g->base = g->team;
  g->session.run = open_run("together");
  g->session.config_text = strdup("a: 1\n");
  g->flight = 1.234;
  snprintf(path, sizeof path, "%s/policies/skills/hover_critic.safetensors", sim_home());
  g->critic = skills_critic_load(path, sim_obs_size(SIM_OBS_HOVER27), &err);
  assert_non_null(g->critic);
  g->critic->block[3] += 0.125f;
  // stands for that of the strategy, too
  Mlp expects = {.net = g->critic};
  Ppo ppo = {.critic = &expects};
  learner.ppo = &ppo;
  // the set and the attack have learnt; the strategy is one of the team's
  const PolSlot slots[2] = {POL_SET, POL_ATTACK};
  g->skills = 2;
  for (int k = 0; k < 2; k++) {
    PolFile *file = g->team->skill[slots[k]];
    file->net->block[7] += 0.25f + (float)k;
    scatter(file, config.log_std_play);
    g->skill[k] = (CoselfSkill){.slot = slots[k], .file = file, .samples = 100 + k};
  }
  PolFile *strategy = league_strategy_copy(g->team->strategy[3].file, &err);
  strategy->net->block[5] += 0.5f;
  learner.file = *strategy;
  g->learner = &learner;
  assert_ok(coself_joint_deploy(g, &err), &err);
  // what learns goes on with its own deviations
  assert_near((double)g->team->skill[POL_SET]->net->log_std[0], config.log_std_play + 0.3, 1e-6);

  PolTeam *made = load_team("together/team.yaml");
  assert_int_equal(made->strategies, 1);
  assert_true(made->strategy[0].sample);
  check_weights(made->strategy[0].file->net, strategy->net);
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    const PolFile *file = g->team->skill[slot], *got = made->skill[slot];
    assert_int_equal(got != NULL, file != NULL);
    if (file) {
      check_weights(got->net, file->net);
      const bool learnt = slot == POL_SET || slot == POL_ATTACK;
      check_noise(got->net, file->net, learnt ? config.log_std_play : 99);
    }
  }
  const int fast = pol_options_find(made->options, POL_HEAD_ATTACKER, "deep left");
  assert_true(fast >= 0);
  assert_near(made->options->option[POL_HEAD_ATTACKER][fast].goal.flight, 1.234, 1e-9);
  assert_non_null(strstr(made->skill[POL_SET]->provenance, "\"steps\":100"));
  assert_non_null(strstr(made->strategy[0].file->provenance, "\"steps\":777"));
  assert_non_null(strstr(made->strategy[0].file->provenance, "\"seed\":5"));
  // the critic that has priced its strikes goes with the team
  PolNet *critic = skills_critic_load("together/policies/skills/" SKILLS_CRITIC_FILE,
                                      sim_obs_size(SIM_OBS_HOVER27), &err);
  assert_non_null(critic);
  check_weights(critic, g->critic);
  pol_net_destroy(critic);
  critic = skills_critic_load("together/policies/strategy_critic.safetensors",
                              sim_obs_size(SIM_OBS_HOVER27), &err);
  assert_non_null(critic);
  check_weights(critic, g->critic);
  pol_net_destroy(critic);
  pol_net_destroy(g->critic);
  pol_team_destroy(made);
  pol_file_destroy(strategy);
  pol_team_destroy(g->team);
  run_close(g->session.run);
  free(g->session.config_text);
  free(g);
}

// ---- flat policies

typedef struct Flat {
  FlatConfig config;
  FlatTraining training;
  FlatTrainer trainer;
} Flat;

static Flat *open_flat(const char *algorithm, const char *folder) {
  char word[64];
  const char *words[] = {"num_envs=2", "num_steps=8", "num_minibatches=1", "net=small", word};
  SimError err = {0};
  Flat *f = calloc(1, sizeof *f);
  snprintf(word, sizeof word, "algorithm=%s", algorithm);
  assert_ok(flat_config_load(&f->config, NULL, words, 5, &err), &err);
  f->training = (FlatTraining){.config = &f->config, .options = {.seed = 9}};
  FlatTrainer *tr = &f->trainer;
  tr->t = &f->training;
  assert_ok(train_engine_open(&tr->engine, "mujoco", "paper", "court", &err), &err);
  const FlatLearnerOptions learner = {.config = &f->config,
                                      .model = tr->engine.learn,
                                      .rules = tr->engine.rules,
                                      .threads = 1,
                                      .device = "cpu",
                                      .seed = 4};
  tr->learner = flat_learner_create(&learner, &err);
  assert_non_null(tr->learner);
  tr->population = league_population_create(tr->learner->team->options);
  tr->session.run = open_run(folder);
  tr->session.config_text = strdup("b: 2\n");
  return f;
}

static void close_flat(Flat *f) {
  league_population_destroy(f->trainer.population);
  flat_learner_destroy(f->trainer.learner);
  train_engine_close(&f->trainer.engine);
  run_close(f->trainer.session.run);
  free(f->trainer.session.config_text);
  free(f);
}

// of best responses those with weight in the meta-strategy play, by that weight
static void responses_are_deployed_by_their_weights(void **state) {
  (void)state;
  SimError err = {0};
  Flat *f = open_flat("psro_nash", "responses");
  FlatTrainer *tr = &f->trainer;
  PolNet *net = tr->learner->file.net;
  static const double WEIGHT[] = {0.7, 0.0001, 0.2999};
  for (int i = 0; i < 3; i++) {
    char name[32];
    snprintf(name, sizeof name, "response-%d", i);
    net->block[200] = (float)(10 + i);
    scatter(&tr->learner->file, f->config.ppo.log_std_play);
    assert_ok(league_population_add_net(tr->population, LEAGUE_MEMBER_SNAPSHOT, name,
                                        &tr->learner->strategy, i, &err),
              &err);
    tr->weight[i] = WEIGHT[i];
  }
  net->block[200] = 99;
  assert_ok(flat_deploy(tr, &err), &err);
  PolTeam *made = load_team("responses/team.yaml");
  assert_int_equal(made->strategies, 2);
  for (int k = 0; k < 2; k++) {
    const int i = k == 0 ? 0 : 2;
    const PolNet *member = tr->population->member[i]->strategy.file->net;
    assert_near(made->weight[k], WEIGHT[i], 1e-3);
    check_weights(made->strategy[k].file->net, member);
    check_noise(made->strategy[k].file->net, member, f->config.ppo.log_std_play);
    assert_true(made->strategy[k].file->net->block[200] == (float)(10 + i));
  }
  pol_team_destroy(made);
  close_flat(f);
}

// against itself the learner is the team
static void self_play_deploys_the_learner(void **state) {
  (void)state;
  SimError err = {0};
  Flat *f = open_flat("sp", "self");
  PolNet *net = f->trainer.learner->file.net;
  net->block[200] = 42;
  scatter(&f->trainer.learner->file, f->config.ppo.log_std_play);
  assert_ok(flat_deploy(&f->trainer, &err), &err);
  assert_near((double)net->log_std[0], f->config.ppo.log_std_play + 0.3, 1e-6);
  PolTeam *made = load_team("self/team.yaml");
  assert_int_equal(made->strategies, 1);
  check_weights(made->strategy[0].file->net, net);
  check_noise(made->strategy[0].file->net, net, f->config.ppo.log_std_play);
  pol_team_destroy(made);
  close_flat(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(together_deploys_what_has_learnt),
      cmocka_unit_test(responses_are_deployed_by_their_weights),
      cmocka_unit_test(self_play_deploys_the_learner),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
