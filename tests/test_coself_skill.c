// A skill that goes on learning in matches: held by the divergence from what it began as, told as
// the definition has it; and what its checkpoint brings back.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/league/population.h"
#include "hcsp/recipes/coself/config.h"
#include "hcsp/recipes/coself/skill.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"

enum { FLIGHTS = 12, LENGTH = 8 };

typedef struct Bench {
  CoselfConfig config;
  KrnDevice *device;
} Bench;

static int open_bench(void **state) {
  static const char *const WORDS[] = {
      "num_envs=2",       "skill_batch_size=64", "skill_num_minibatches=2",
      "log_std_min=-2",   "log_std_max=-1",      "kl_coef=0.5",
      "kl_target=0.0001", "critic_warmup=0",     "skill_learning_rate=0.003"};
  SimError err = {0};
  Bench *b = calloc(1, sizeof *b);
  assert_ok(coself_config_load(&b->config, "smoke", NULL, WORDS, 9, &err), &err);
  b->device = krn_cpu_create(1, &err);
  *state = b;
  return b->device ? 0 : -1;
}

static int close_bench(void **state) {
  Bench *b = *state;
  krn_device_destroy(b->device);
  free(b);
  return 0;
}

// a small strike with random weights; deviations on both sides of the bounds
static PolFile *make_file(void) {
  SimError err = {0};
  const PolArch arch = {.inputs = sim_obs_size(SIM_OBS_STRIKE43),
                        .outputs = SIM_ROTORS,
                        .layers = 1,
                        .hidden = {16},
                        .activation = POL_TANH};
  char provenance[] = "{}";
  PolFile file = {.kind = POL_KIND_SKILL, .every = 2, .dt = SIM_DT, .provenance = provenance};
  strcpy(file.name, "made");
  strcpy(file.obs, "strike43");
  strcpy(file.act, "rotor4");
  file.net = pol_net_create(&arch, true, &err);
  assert_non_null(file.net);
  SimRng rng = sim_rng(3, 0, 0, SIM_RNG_TEST);
  sim_rng_normals(&rng, file.net->weight[0], arch.inputs * 16);
  sim_rng_normals(&rng, file.net->head_weight, 16 * SIM_ROTORS);
  const float log_std[SIM_ROTORS] = {-3, -1.5f, -1.2f, 0};
  memcpy(file.net->log_std, log_std, sizeof log_std);
  assert_ok(pol_file_save("made.safetensors", &file, &err), &err);
  pol_net_destroy(file.net);
  PolFile *loaded = pol_file_load("made.safetensors", &err);
  assert_non_null(loaded);
  return loaded;
}

static void make_skill(CoselfSkill *s, const Bench *b, PolFile *file) {
  SimError err = {0};
  const CoselfSkillOptions options = {.config = &b->config,
                                      .device = b->device,
                                      .file = file,
                                      .task = "set",
                                      .slot = POL_SET,
                                      .seed = 5};
  assert_ok(coself_skill_create(s, &options, &err), &err);
}

// flights of two teams in turn; the last one of the second is still in the air
static void fly(CoselfSkill *s, uint32_t round) {
  const int inputs = s->file->net->arch.inputs;
  float obs[SIM_OBS_MAX], action[SIM_ROTORS];
  SimRng rng = sim_rng(9, round, 0, SIM_RNG_TEST);
  for (int k = 0; k < LENGTH; k++) {
    sim_rng_normals(&rng, obs, inputs);
    sim_rng_normals(&rng, action, SIM_ROTORS);
    trajectory_act(s->flights, 1, 0, obs, action, NULL, -1);
  }
  for (int f = 0; f < FLIGHTS; f++) {
    for (int k = 0; k < LENGTH; k++) {
      sim_rng_normals(&rng, obs, inputs);
      sim_rng_normals(&rng, action, SIM_ROTORS);
      trajectory_act(s->flights, 0, 0, obs, action, NULL, -1);
      trajectory_reward(s->flights, 0, 0, (double)obs[0]);
    }
    trajectory_end(s->flights, 0, f, TRANSITION_TERMINATED, NULL);
  }
}

// mean divergence of one normal from another over the settled samples (the flights of row 0): log
// of the ratio of the deviations, plus the second moment about the other mean in units of its
// variance
static double divergence(const float *seen, const PolNet *now, const PolNet *began) {
  float scratch[8192], mean[SIM_ROTORS], was[SIM_ROTORS];
  double sum = 0;
  const int n = FLIGHTS * LENGTH;
  for (int i = 0; i < n; i++) {
    const float *obs = seen + (size_t)i * (size_t)now->arch.inputs;
    pol_net_forward(mean, now, obs, 1, scratch);
    pol_net_forward(was, began, obs, 1, scratch);
    for (int r = 0; r < SIM_ROTORS; r++) {
      const double s = exp((double)now->log_std[r]), t = exp((double)began->log_std[r]);
      const double apart = (double)(mean[r] - was[r]);
      sum += log(t / s) + (s * s + apart * apart) / (2 * t * t) - 0.5;
    }
  }
  return sum / n;
}

// what the settled samples of row 0 saw
static float *settled_obs(const Trajectory *f) {
  const size_t inputs = (size_t)f->shape.inputs;
  float *seen = malloc(FLIGHTS * LENGTH * inputs * sizeof *seen);
  size_t n = 0;
  for (int i = 0; i < f->n; i++) {
    if (f->one[i].row == 0) {
      assert_true(n < FLIGHTS * LENGTH);
      memcpy(seen + n++ * inputs, f->obs + (size_t)i * inputs, inputs * sizeof *seen);
    }
  }
  assert_int_equal(n, FLIGHTS * LENGTH);
  return seen;
}

static PolNet *copy_net(const PolNet *net) {
  SimError err = {0};
  PolNet *copy = pol_net_create(&net->arch, true, &err);
  memcpy(copy->block, net->block, league_net_floats(net) * sizeof(float));
  return copy;
}

static void it_is_held_to_what_it_began_as(void **state) {
  const Bench *b = *state;
  SimError err = {0};
  CoselfSkill s;
  PolFile *file = make_file();
  make_skill(&s, b, file);
  // both explore within the bounds
  const double held[SIM_ROTORS] = {-2, -1.5, -1.2, -1};
  for (int r = 0; r < SIM_ROTORS; r++) {
    assert_near((double)file->net->log_std[r], held[r], 1e-6);
    assert_near((double)s.reference->log_std[r], held[r], 1e-6);
  }
  PolNet *began = copy_net(file->net), *last = copy_net(file->net);
  double pull = 0.5;
  for (uint32_t round = 0; round < 3; round++) {
    fly(&s, round);
    float *seen = settled_obs(s.flights);  // before they are forgotten
    // row 1 flies on from round to round
    assert_int_equal(s.flights->ready, FLIGHTS * LENGTH);
    assert_ok(coself_skill_update(&s, &b->config, 0, &err), &err);
    // what plays has learnt, and is as far from the start as is told
    assert_memory_not_equal(file->net->block, last->block, league_net_floats(last) * sizeof(float));
    assert_memory_equal(file->net->block, s.ppo->actor->net->block,
                        league_net_floats(last) * sizeof(float));
    assert_memory_equal(s.reference->block, began->block, league_net_floats(last) * sizeof(float));
    const double away = divergence(seen, file->net, began);
    assert_true(away > 1e-3);
    assert_near(s.divergence, away, 1e-4 * (1 + away));
    // far above the target, which makes the pull stronger
    pull *= b->config.kl_coef_rate;
    assert_near(s.ppo->pull, pull, 1e-9);
    assert_int_equal(s.samples, (int)(round + 1) * FLIGHTS * LENGTH);
    assert_int_equal(s.updates, round + 1);
    memcpy(last->block, file->net->block, league_net_floats(last) * sizeof(float));
    free(seen);
  }
  pol_net_destroy(began);
  pol_net_destroy(last);
  coself_skill_free(&s);
  pol_file_destroy(file);
}

static void the_pull_follows_its_target(void **state) {
  (void)state;
  assert_near(coself_kl_coef(1, 0.16, 0.1, 2), 2, 1e-12);
  assert_near(coself_kl_coef(1, 0.14, 0.1, 2), 1, 1e-12);
  assert_near(coself_kl_coef(1, 0.07, 0.1, 2), 1, 1e-12);
  assert_near(coself_kl_coef(1, 0.06, 0.1, 2), 0.5, 1e-12);
  // it can come back from nothing, and has an end
  assert_near(coself_kl_coef(0, 1, 0.1, 3), 3e-6, 1e-12);
  assert_near(coself_kl_coef(900, 1, 0.1, 3), 1000, 1e-9);
  assert_near(coself_kl_coef(1e-6, 0, 0.1, 3), 1e-6, 1e-12);
}

// all numbers differ, so that none can stand in for another
static void a_checkpoint_brings_everything_back(void **state) {
  const Bench *b = *state;
  SimError err = {0};
  CoselfSkill one, two;
  PolFile *file = make_file(), *other = make_file();
  make_skill(&one, b, file);
  make_skill(&two, b, other);
  fly(&one, 0);
  assert_ok(coself_skill_update(&one, &b->config, 0, &err), &err);
  one.ppo->iteration = 3;
  one.ppo->step = 17;
  one.ppo->rate = 0.011;
  one.ppo->pull = 0.75;
  one.samples = 1234;
  one.updates = 56;
  assert_int_equal(system("rm -rf skill && mkdir skill"), 0);
  RunArchive out = run_archive_writer(json_object(), &err);
  coself_skill_serialize(&out, &one);
  assert_ok(run_archive_save(&out, "skill", 1), &err);
  run_archive_close(&out);
  RunCheckpoint *stored = run_checkpoint_latest("skill", &err);
  RunArchive in = run_archive_reader(stored, &err);
  coself_skill_serialize(&in, &two);
  assert_ok(in.status, &err);
  run_archive_close(&in);
  run_checkpoint_destroy(stored);
  assert_int_equal(two.ppo->iteration, 3);
  assert_int_equal(two.ppo->step, 17);
  assert_near(two.ppo->rate, 0.011, 0);
  assert_near(two.ppo->pull, 0.75, 0);
  assert_int_equal(two.samples, 1234);
  assert_int_equal(two.updates, 56);
  assert_memory_equal(two.file->net->block, one.file->net->block,
                      league_net_floats(one.file->net) * sizeof(float));
  assert_memory_equal(two.ppo->critic->square, one.ppo->critic->square,
                      one.ppo->critic->n * sizeof(float));
  assert_int_equal(two.flights->n, one.flights->n);
  assert_true(one.flights->n == LENGTH && trajectory_is_open(two.flights, 1));
  // and both go on alike
  fly(&one, 1);
  fly(&two, 1);
  assert_ok(coself_skill_update(&one, &b->config, 0, &err), &err);
  assert_ok(coself_skill_update(&two, &b->config, 0, &err), &err);
  assert_memory_equal(two.file->net->block, one.file->net->block,
                      league_net_floats(one.file->net) * sizeof(float));
  coself_skill_free(&one);
  coself_skill_free(&two);
  pol_file_destroy(file);
  pol_file_destroy(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(it_is_held_to_what_it_began_as, open_bench, close_bench),
      cmocka_unit_test(the_pull_follows_its_target),
      cmocka_unit_test_setup_teardown(a_checkpoint_brings_everything_back, open_bench, close_bench),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
