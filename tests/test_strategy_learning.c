// Decisions of strategies: no reward is lost whatever happens when, advantages are those of the
// definition, a learner finds what pays, and rivals are met as often as they should.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/config/strategy.h"
#include "hcsp/env/match_env.h"
#include "hcsp/learn/ppo.h"
#include "hcsp/learn/trajectory.h"
#include "sim/base/rng.h"

enum { ROWS = 7, INPUTS = 3, HEADS = 2, CAPACITY = 400 };

static const TrajectoryShape SHAPE = {.rows = ROWS,
                                      .inputs = INPUTS,
                                      .actions = HEADS,
                                      .capacity = CAPACITY + ROWS,
                                      .heads = true,
                                      .gamma_horizon = 20};

static Trajectory *make(void) {
  Trajectory *d = trajectory_create(&SHAPE);
  assert_non_null(d);
  return d;
}

static void take(Trajectory *d, int row, double seconds, SimRng *rng) {
  float obs[INPUTS];
  sim_rng_normals(rng, obs, INPUTS);
  const float option[HEADS] = {(float)sim_rng_below(rng, 3), (float)sim_rng_below(rng, 2)};
  const uint32_t legal[HEADS] = {7, 3};
  assert_true(trajectory_act(d, row, seconds, obs, option, legal, -1.5f));
}

static void check_books(const Trajectory *d, double paid) {
  assert_true(d->paid == paid);
  assert_true(d->taken + trajectory_kept(d) + d->unclaimed == paid);
}

// what the learner is given: the books above only say so
static double given(const Trajectory *d) {
  double sum = 0;
  for (int i = 0; i < d->ready; i++) {
    sum += d->one[d->list[i]].plain;
  }
  return sum;
}

// what one row does in a step of the random pattern
static void happen(Trajectory *d, int row, double *clock, double *paid, SimRng *rng) {
  const float cut[INPUTS] = {1, 2, 3};
  *clock += 0.01 * (1 + sim_rng_below(rng, 100));
  switch (sim_rng_below(rng, 6)) {
  case 0:
  case 1:
    take(d, row, *clock, rng);
    break;
  case 2:
  case 3: {
    const double reward = (double)sim_rng_below(rng, 3) - 1;
    trajectory_reward(d, row, *clock, reward);
    *paid += reward;
    break;
  }
  case 4:
    trajectory_reward(d, row, *clock, -1);
    *paid -= 1;
    trajectory_end(d, row, *clock, TRANSITION_TERMINATED, NULL);
    *clock = 0;
    break;
  default:
    trajectory_end(d, row, *clock, TRANSITION_TRUNCATED, cut);
    *clock = 0;
    break;
  }
}

static void test_conservation(void **state) {
  (void)state;
  for (uint32_t world = 0; world < 50; world++) {
    Trajectory *d = make();
    SimRng rng = sim_rng(1, world, 0, SIM_RNG_TEST);
    double clock[ROWS] = {0}, paid = 0, learnt = 0;
    for (int step = 0; step < 2000; step++) {
      const int row = (int)sim_rng_below(&rng, ROWS);
      happen(d, row, &clock[row], &paid, &rng);
      check_books(d, paid);
      assert_true(learnt == d->taken);
      if (d->n > CAPACITY - 2 || sim_rng_below(&rng, 97) == 0) {
        learnt += given(d);
        trajectory_clear(d);  // an update
        check_books(d, paid);
      }
      if (sim_rng_below(&rng, 50) == 0) {
        // a kill: what was saved goes on elsewhere
        const size_t size = trajectory_size(d);
        char *bytes = malloc(size);
        assert_non_null(bytes);
        trajectory_save(bytes, d);
        trajectory_destroy(d);
        d = make();
        assert_int_equal(trajectory_load(d, bytes, size, NULL), SIM_OK);
        free(bytes);
        check_books(d, paid);
      }
    }
    trajectory_destroy(d);
  }
}

// every number of a transition that cannot be is refused, and so is another size
static void test_bad_bytes(void **state) {
  (void)state;
  SimRng rng = sim_rng(2, 0, 0, SIM_RNG_TEST);
  Trajectory *d = make();
  take(d, 3, 0.5, &rng);
  take(d, 3, 0.7, &rng);
  const size_t size = trajectory_size(d);
  char *bytes = malloc(size), *bad = malloc(size);
  assert_true(bytes && bad);
  trajectory_save(bytes, d);
  assert_int_equal(trajectory_load(d, bytes, size, NULL), SIM_OK);
  assert_int_equal(trajectory_load(d, bytes, size - 1, NULL), SIM_BAD_INPUT);
  assert_int_equal(trajectory_load(d, bytes, 3, NULL), SIM_BAD_INPUT);
  Transition first, *at = (Transition *)memmem(bytes, size, &d->one[0], sizeof first);
  assert_non_null(at);
  const size_t offset = (size_t)((char *)at - bytes);
  memcpy(&first, at, sizeof first);
  const Transition faults[] = {
      {.reward = (double)NAN, .row = 3, .before = -1, .after = 1, .cut = -1, .end = 1},
      {.row = ROWS, .before = -1, .after = 1, .cut = -1, .end = 1},
      {.row = 3, .before = 0, .after = 1, .cut = -1, .end = 1},
      {.row = 3, .before = -1, .after = 2, .cut = -1, .end = 1},
      {.row = 3, .before = -1, .after = 1, .cut = 0, .end = 1},
      {.row = 3, .before = -1, .after = 1, .cut = -1, .end = 9},
      {.row = 3, .before = -1, .after = 1, .cut = -1, .end = 1, .place = 1},
  };
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    memcpy(bad, bytes, size);
    memcpy(bad + offset, &faults[i], sizeof faults[i]);
    assert_int_equal(trajectory_load(d, bad, size, NULL), SIM_BAD_INPUT);
  }
  free(bytes);
  free(bad);
  trajectory_destroy(d);
}

// ---- advantages

// value of an observation: its first column
static void first_column(void *arg, float *value, const float *obs, int n) {
  (void)arg;
  for (int i = 0; i < n; i++) {
    value[i] = obs[i * INPUTS];
  }
}

static void take_worth(Trajectory *d, int row, double seconds, float worth) {
  const float obs[INPUTS] = {worth, 0, 0};
  const float option[HEADS] = {0, 1};
  const uint32_t legal[HEADS] = {1, 3};
  trajectory_act(d, row, seconds, obs, option, legal, 0);
}

static double fade(double seconds) {
  return exp(-seconds / SHAPE.gamma_horizon);
}

static void test_advantages(void **state) {
  (void)state;
  Trajectory *d = make();
  const double lambda = 0.9;
  // row 2: two decisions, a point at 5 s; row 4: cut by the clock at 30 s; row 5: still open
  take_worth(d, 2, 0, 0.5f);
  take_worth(d, 4, 1, -0.2f);
  take_worth(d, 5, 0.5, 0.1f);
  take_worth(d, 2, 3, 0.7f);
  trajectory_lean(d, 2, 0.3);
  take_worth(d, 5, 2.5, 0.4f);
  trajectory_reward(d, 2, 5, 1);
  trajectory_end(d, 2, 5, TRANSITION_TERMINATED, NULL);
  const float cut[INPUTS] = {0.3f, 0, 0};
  trajectory_end(d, 4, 30, TRANSITION_TRUNCATED, cut);
  RolloutSamples got;
  trajectory_gae(&got, d, lambda, first_column, NULL);
  assert_int_equal(got.n, 4);
  const double last = fade(2) * 1 - 0.7;
  const double first = fade(3) * 0.7 - 0.5 + fade(3) * lambda * last;
  // in the order in which they ended: 2 first, 5, 2 last, 4
  assert_true(fabs((double)got.advantage[0] - first) < 1e-6);
  assert_true(fabs((double)got.advantage[1] - (fade(2) * 0.4 - 0.1)) < 1e-6);
  // neither its return nor the decision before it knows what was added
  assert_true(fabs((double)got.advantage[2] - (last + 0.3)) < 1e-6);
  assert_true(fabs((double)got.wanted[2] - (last + 0.7)) < 1e-6);
  assert_true(fabs((double)got.advantage[3] - (fade(29) * 0.3 + 0.2)) < 1e-6);
  assert_true(fabs((double)got.wanted[0] - (first + 0.5)) < 1e-6);
  // what was open goes on after the update
  trajectory_clear(d);
  trajectory_reward(d, 5, 4.5, -1);
  trajectory_end(d, 5, 4.5, TRANSITION_TERMINATED, NULL);
  trajectory_gae(&got, d, lambda, first_column, NULL);
  assert_int_equal(got.n, 1);
  assert_true(fabs((double)got.advantage[0] - (-fade(2) - 0.4)) < 1e-6);
  trajectory_destroy(d);
}

// ---- learning

static void values_of(void *arg, float *value, const float *obs, int n) {
  if (n > 0) {
    ppo_values(value, arg, obs, n);
  }
}

// A rally of two decisions: the first head is to repeat what is seen, the second is to answer 1 to
// positive and 0 to negative numbers; the point comes at the end and only when all four were right.
static double play_toys(Trajectory *d, Ppo *ppo, uint32_t iteration) {
  float logits[5], scratch[4096];
  double won = 0;
  assert_true(pol_net_scratch(ppo->actor->net) <= 4096);
  const int n[HEADS] = {3, 2};
  for (int rally = 0; rally < 128; rally++) {
    SimRng rng = sim_rng(3, iteration, (uint32_t)rally, SIM_RNG_TEST);
    bool right = true;
    for (int k = 0; k < 2; k++) {
      const int seen = (int)sim_rng_below(&rng, 2);  // option 2 is never legal
      const float obs[INPUTS] = {seen ? 1 : -1, (float)sim_rng_uniform(&rng, -1, 1), (float)k};
      pol_net_forward(logits, ppo->actor->net, obs, 1, scratch);
      const uint32_t legal[HEADS] = {3, 3};
      uint8_t option[HEADS];
      for (int head = 0, first = 0; head < HEADS; first += n[head++]) {
        const double odds = exp((double)(logits[first] - logits[first + 1]));
        option[head] = sim_rng_uniform(&rng, 0, 1) >= odds / (1 + odds);
      }
      const float log_prob = env_heads_log_prob(logits, n, HEADS, option, legal);
      const float action[HEADS] = {option[0], option[1]};
      trajectory_act(d, rally % ROWS, k, obs, action, legal, log_prob);
      right = right && option[0] == seen && option[1] == (obs[1] > 0);
    }
    trajectory_reward(d, rally % ROWS, 2, right ? 1 : -1);
    trajectory_end(d, rally % ROWS, 2, TRANSITION_TERMINATED, NULL);
    won += right;
  }
  return won / 128;
}

static void test_learns(void **state) {
  (void)state;
  SimError err = {0};
  KrnDevice *device = krn_cpu_create(1, &err);
  const PolArch actor = {
      .inputs = INPUTS, .outputs = 5, .layers = 2, .hidden = {32, 32}, .activation = POL_TANH};
  PolArch critic = actor;
  critic.outputs = 1;
  const PpoConfig config = {.heads = {.n = HEADS, .size = {3, 2}},
                            .update_epochs = 4,
                            .num_minibatches = 4,
                            .clip_coef = 0.2,
                            .advantage_max = 6,
                            .bound_limit = 1,
                            .ent_coef = 0.003,
                            .max_grad_norm = 0.5,
                            .learning_rate = 3e-3,
                            .beta1 = 0.9,
                            .beta2 = 0.999,
                            .epsilon = 1e-7};
  Ppo *ppo = ppo_create(device, &config, &actor, &critic, CAPACITY / 8, 8, 1, &err);
  assert_non_null(ppo);
  const MlpInit init = {.gain = 1.5, .head = 0.1};
  mlp_init(ppo->actor, &init, 1, 0);
  mlp_init(ppo->critic, &init, 1, 1);
  mlp_download(ppo->actor);
  Trajectory *d = make();
  double first = 0, last = 0;
  for (uint32_t i = 0; i < 150; i++) {
    const double won = play_toys(d, ppo, i);
    first = i == 0 ? won : first;
    last += i >= 145 ? won / 5 : 0;
    RolloutSamples samples;
    trajectory_gae(&samples, d, 0.95, values_of, ppo);
    PpoStats figures;
    int bad_row;
    assert_int_equal(ppo_learn(&figures, &bad_row, ppo, &samples, 0, &err), SIM_OK);
    trajectory_clear(d);
  }
  // four coins in a row at first
  assert_true(first < 0.2);
  assert_true(last > 0.85);
  trajectory_destroy(d);
  ppo_destroy(ppo);
  krn_device_destroy(device);
}

// ---- rivals

static void test_rivals(void **state) {
  (void)state;
  enum { N = 20000 };
  const PolStrategy other = {.kind = POL_RANDOM};
  const EnvOpponent rival[] = {{.weight = 0.6},
                               {.strategy = &other, .weight = 0.2},
                               {.strategy = &other, .weight = 0},
                               {.strategy = &other, .weight = 0.2}};
  double met[4] = {0}, near = 0;
  for (uint32_t i = 0; i < N; i++) {
    SimTeam side;
    const int who = env_opponent_draw(&side, rival, 4, 1, i % 512, i / 512);
    met[who]++;
    near += side == SIM_NEAR;
  }
  for (int i = 0; i < 4; i++) {
    const double p = rival[i].weight;
    assert_true(fabs(met[i] - p * N) <= 3 * sqrt(p * (1 - p) * N));
  }
  assert_true(fabs(near - N / 2.0) <= 3 * sqrt(N / 4.0));
}

// ---- configuration

static void test_config(void **state) {
  (void)state;
  StrategyConfig config;
  SimError err = {0};
  const char *const none[1] = {NULL};
  assert_int_equal(strategy_config_load(&config, NULL, NULL, none, 0, &err), SIM_OK);
  assert_int_equal(config.algorithm, STRATEGY_LEAGUE);
  assert_true(config.batch_size >= 16 * config.num_envs);
  const char *const naive[] = {"algorithm=naive", "learning_rate=0.002"};
  assert_int_equal(strategy_config_load(&config, NULL, NULL, naive, 2, &err), SIM_OK);
  assert_true(config.self_share == 1 && config.rule_share == 0 &&
              config.ppo.learning_rate == 0.002);
  // a preset lies between the shipped files and what is asked for
  const double matches = config.num_envs;
  const char *const own[] = {"batch_size=8192"};
  assert_int_equal(strategy_config_load(&config, "quick", NULL, own, 1, &err), SIM_OK);
  assert_true(config.num_envs < matches && config.batch_size == 8192 && config.external_share > 0);
  const struct {
    const char *text, *pattern;
  } wrong[] = {{"rat=1", "rat"},
               {"learning_rate=2", "learning_rate"},
               {"batch_size=64", "16"},
               {"update_epochs=1.5", "whole"},
               {"algorithm=x", "algorithm"},
               {"=3", "key=value"}};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    const char *const text[] = {wrong[i].text};
    assert_int_equal(strategy_config_load(&config, NULL, NULL, text, 1, &err), SIM_USAGE);
    if (!strstr(err.text, wrong[i].pattern) && i != 2) {
      fail_msg("'%s': saw '%s', wanted '%s' in it", wrong[i].text, err.text, wrong[i].pattern);
    }
  }
  assert_int_equal(strategy_config_load(&config, NULL, NULL, none, 0, &err), SIM_OK);
  char *text = strategy_config_text(&config);
  assert_non_null(strstr(text, "ent_coef: 0.1\n"));
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_conservation), cmocka_unit_test(test_bad_bytes),
      cmocka_unit_test(test_advantages),   cmocka_unit_test(test_learns),
      cmocka_unit_test(test_rivals),       cmocka_unit_test(test_config),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
