// The learner as a whole: the same weights at any number of threads, nothing learnt from masked
// rows, values that see past a clock, a toy that is learnt, and no NaN that reaches a weight.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/skill_env.h"
#include "hcsp/env/tasks/config.h"
#include "hcsp/learn/collect.h"
#include "hcsp/learn/ppo.h"
#include "kernels/cpu/product.h"
#include "sim/base/file.h"
#include "tests/support/allocations.h"
#include "tests/support/golden.h"

enum { STEPS = 16, WORLDS = 96, INPUTS = 27, ACTIONS = 4, ROWS = STEPS * WORLDS };

// learning takes a minute under the sanitizers, and neither its threads nor its memory do anything
// new
static const char TOO_SLOW[] = "learns too slowly under a sanitizer";

static const PolArch ACTOR = {
    .inputs = INPUTS, .outputs = ACTIONS, .layers = 2, .hidden = {64, 64}, .activation = POL_TANH};

static const PpoConfig CONFIG = {.update_epochs = 3,
                                 .num_minibatches = 2,
                                 .gamma = 0.95,
                                 .gae_lambda = 0.9,
                                 .clip_coef = 0.2,
                                 .advantage_max = 6,
                                 .bound_limit = 1.05,
                                 .bound_cost = 0.1,
                                 .max_grad_norm = 1,
                                 .learning_rate = 1e-3,
                                 .learning_rate_min = 1e-4,
                                 .learning_rate_max = 3e-3,
                                 .target_kl = 0.02,
                                 .learning_rate_end = 1,
                                 .std_low = -4,
                                 .beta1 = 0.9,
                                 .beta2 = 0.999,
                                 .epsilon = 1e-7};

typedef struct Learner {
  KrnDevice *device;
  Ppo *ppo;
  Rollout rollout;
} Learner;

static Learner open_learner(const PpoConfig *config, int threads) {
  SimError err;
  Learner l = {.device = krn_cpu_create(threads, &err)};
  PolArch actor = ACTOR, critic = ACTOR;
  critic.outputs = 1;
  actor.input_norm = critic.input_norm = config->normalise_obs ? POL_INPUT_FIXED : POL_INPUT_NONE;
  assert_non_null(l.device);
  l.ppo = ppo_create(l.device, config, &actor, &critic, STEPS, WORLDS, 3, &err);
  assert_non_null(l.ppo);
  rollout_create(&l.rollout, STEPS, WORLDS, INPUTS, ACTIONS);
  const MlpInit init = {.gain = 1.5, .head = 0.1, .log_std = -0.5};
  mlp_init(l.ppo->actor, &init, 1, 0);
  mlp_init(l.ppo->critic, &init, 1, 1);
  return l;
}

static void close_learner(Learner *l) {
  rollout_free(&l->rollout);
  ppo_destroy(l->ppo);
  krn_device_destroy(l->device);
}

static void fill(Rollout *r, uint32_t which) {
  SimRng rng = sim_rng(9, which, 0, SIM_RNG_TEST);
  sim_rng_normals(&rng, r->obs, (ROWS + WORLDS) * INPUTS);
  sim_rng_normals(&rng, r->action, ROWS * ACTIONS);
  sim_rng_normals(&rng, r->reward, ROWS);
  sim_rng_normals(&rng, r->cut_obs, 8 * INPUTS);
  r->cuts = 0;
  for (int i = 0; i < ROWS; i++) {
    r->log_prob[i] = -4.5f;
    r->ended[i] = sim_rng_below(&rng, 20) == 0;
    r->masked[i] = 0;
    if (r->ended[i] && r->cuts < 8) {
      r->cut_row[r->cuts++] = i;
    }
  }
}

static void update(Learner *l) {
  PpoStats figures;
  SimError err;
  int bad_row;
  assert_ok(ppo_update(&figures, &bad_row, l->ppo, &l->rollout, 0, &err), &err);
}

static void test_same_bits(void **unused) {
  (void)unused;
  const int threads[] = {1, 2, 3, 8};
  float *wanted = NULL;
  for (int t = 0; t < 4; t++) {
    Learner l = open_learner(&CONFIG, threads[t]);
    for (uint32_t i = 0; i < 5; i++) {
      fill(&l.rollout, i);
      update(&l);
    }
    const Mlp *actor = l.ppo->actor;
    if (!wanted) {
      wanted = malloc(actor->n * sizeof *wanted);
      assert_non_null(wanted);
      memcpy(wanted, actor->net->block, actor->n * sizeof *wanted);
    }
    assert_memory_equal(actor->net->block, wanted, actor->n * sizeof *wanted);
    if (t == 3) {
      test_golden("5 updates by PPO", krn_products()->name,
                  sim_hash(wanted, actor->n * sizeof *wanted));
    }
    close_learner(&l);
  }
  free(wanted);
}

// what stands in masked rows does not matter, as long as it is a number
static void test_masked(void **unused) {
  (void)unused;
  Learner a = open_learner(&CONFIG, 1), b = open_learner(&CONFIG, 1);
  fill(&a.rollout, 0);
  fill(&b.rollout, 0);
  for (int i = 0; i < ROWS; i += 7) {
    // a masked row ends its episode, so that no other row's advantage looks through it
    a.rollout.masked[i] = b.rollout.masked[i] = 1;
    a.rollout.ended[i] = b.rollout.ended[i] = 1;
    b.rollout.log_prob[i] += 3;
    for (int j = 0; j < ACTIONS; j++) {
      b.rollout.action[i * ACTIONS + j] = 50;
    }
  }
  update(&a);
  update(&b);
  assert_memory_equal(a.ppo->actor->net->block, b.ppo->actor->net->block,
                      a.ppo->actor->n * sizeof(float));
  close_learner(&a);
  close_learner(&b);
}

// reward 1 for ever: an episode that only the clock ends is worth 1 / (1 - discount)
static void test_clock(void **unused) {
  (void)unused;
  test_needs(!TEST_SANITIZED, TOO_SLOW);
  for (int bootstrap = 0; bootstrap < 2; bootstrap++) {
    PpoConfig config = CONFIG;
    config.target_kl = 0;
    config.learning_rate = 3e-3;
    config.gamma = 0.9;
    Learner l = open_learner(&config, 1);
    Rollout *r = &l.rollout;
    float value[WORLDS];
    for (int round = 0; round < 60; round++) {
      fill(r, 0);
      r->cuts = 0;
      for (int i = 0; i < ROWS; i++) {
        r->reward[i] = 1;
        r->ended[i] = (i / WORLDS + i) % 4 == 0;
        if (r->ended[i] && bootstrap) {
          memcpy(r->cut_obs + (size_t)r->cuts * INPUTS, r->obs, INPUTS * sizeof(float));
          r->cut_row[r->cuts++] = i;
        }
      }
      update(&l);
    }
    ppo_values(value, l.ppo, r->obs, WORLDS);
    double mean = 0;
    for (int w = 0; w < WORLDS; w++) {
      mean += (double)value[w] / WORLDS;
    }
    // without the bootstrap an episode of 4 steps is worth at most 3.44
    assert_true(bootstrap ? mean > 7 : mean < 3.5);
    close_learner(&l);
  }
}

// act like the first inputs: the cost falls to a tenth
static void test_toy(void **unused) {
  (void)unused;
  test_needs(!TEST_SANITIZED, TOO_SLOW);
  for (int normalise = 0; normalise < 2; normalise++) {
    PpoConfig config = CONFIG;
    config.normalise_obs = config.normalise_value = normalise == 1;
    Learner l = open_learner(&config, 2);
    Rollout *r = &l.rollout;
    double first = 0, last = 0;
    for (uint32_t round = 0; round < 80; round++) {
      fill(r, round);
      const PolNet *net = l.ppo->actor->net;
      float *scratch = calloc((size_t)pol_net_scratch(net), sizeof *scratch), mean[ACTIONS];
      SimRng rng = sim_rng(4, round, 0, SIM_RNG_TEST);
      double cost = 0;
      assert_non_null(scratch);
      r->cuts = 0;
      for (int i = 0; i < ROWS; i++) {
        float noise[ACTIONS], error = 0;
        for (int j = 0; normalise && j < INPUTS; j++) {
          r->obs[i * INPUTS + j] = 5 + 3 * r->obs[i * INPUTS + j];
        }
        pol_net_forward(mean, net, r->obs + i * INPUTS, 1, scratch);
        sim_rng_normals(&rng, noise, ACTIONS);
        r->log_prob[i] = 0;
        for (int j = 0; j < ACTIONS; j++) {
          const float wanted =
              normalise ? (r->obs[i * INPUTS + j] - 5) / 3 : r->obs[i * INPUTS + j];
          float *a = &r->action[i * ACTIONS + j];
          *a = mean[j] + expf(net->log_std[j]) * noise[j];
          r->log_prob[i] += krn_gaussian_term(*a, mean[j], net->log_std[j]);
          error += (*a - 0.3f * wanted) * (*a - 0.3f * wanted);
        }
        r->ended[i] = 1;
        r->reward[i] = normalise ? -100 * error : -error;
        cost += (double)error / ROWS;
      }
      update(&l);
      const double deviation = exp((double)net->log_std[0]);
      first = round == 0 ? cost : first;
      last = cost;
      assert_true(isfinite(deviation));
      // the statistics of the rollout that plays are those the learner used
      for (int j = 0; normalise && j < INPUTS; j++) {
        l.ppo->actor->net->input_a[j] = (float)l.ppo->obs.mean[j];
        l.ppo->actor->net->input_b[j] = (float)running_deviation(&l.ppo->obs, j);
      }
      free(scratch);
    }
    assert_true(last < 0.25 * first);
    close_learner(&l);
  }
}

// ---- what is not a number

typedef enum Place {
  OBS,
  ACTION,
  LOG_PROB,
  REWARD,
  CUT_OBS,
  ACTOR_WEIGHT,
  CRITIC_WEIGHT,
  HUGE_REWARD,
  PLACES
} Place;

static void plant(Learner *l, Place place, int row) {
  Rollout *r = &l->rollout;
  switch (place) {
  case OBS:
    r->obs[row * INPUTS + 3] = NAN;
    break;
  case ACTION:
    r->action[row * ACTIONS + 1] = INFINITY;
    break;
  case LOG_PROB:
    r->log_prob[row] = NAN;
    break;
  case REWARD:
    r->reward[row] = -INFINITY;
    break;
  case CUT_OBS:
    r->cut_obs[2 * INPUTS] = NAN;
    break;
  case ACTOR_WEIGHT:
    l->ppo->actor->weight[100] = NAN;
    break;
  case CRITIC_WEIGHT:
    l->ppo->critic->weight[100] = NAN;
    break;
  case HUGE_REWARD:
    r->reward[row] = 3e38f;
    r->reward[row + WORLDS] = 3e38f;
    break;
  case PLACES:
    break;
  }
}

static void test_nan(void **unused) {
  (void)unused;
  static const char *const said[PLACES] = {"an observation of row 500",
                                           "an action of row 500",
                                           "log-probability of row 500",
                                           "reward of row 500",
                                           "a last observation",
                                           "not finite",
                                           "not finite",
                                           "not finite"};
  for (int place = 0; place < PLACES; place++) {
    Learner l = open_learner(&CONFIG, 2);
    PpoStats figures;
    SimError err = {0};
    int bad_row = -1;
    fill(&l.rollout, 0);
    memset(l.rollout.ended, 0, ROWS);
    update(&l);
    fill(&l.rollout, 1);
    float *before = malloc(l.ppo->actor->n * sizeof *before);
    assert_non_null(before);
    memcpy(before, l.ppo->actor->weight, l.ppo->actor->n * sizeof *before);
    plant(&l, (Place)place, 500);
    assert_refused(ppo_update(&figures, &bad_row, l.ppo, &l.rollout, 0, &err), SIM_FAIL, &err,
                   said[place]);
    if (place <= REWARD) {
      assert_int_equal(bad_row, 500);
    }
    if (place == CUT_OBS) {
      assert_int_equal(bad_row, l.rollout.cut_row[2]);
    }
    // nothing new that is no number, and what the guards stop early changes nothing
    for (size_t i = 0; i < l.ppo->actor->n; i++) {
      assert_true(isfinite(l.ppo->actor->weight[i]) || (place == ACTOR_WEIGHT && i == 100));
      assert_true(place > CUT_OBS || l.ppo->actor->weight[i] == before[i]);
    }
    free(before);
    close_learner(&l);
  }
}

// ---- real worlds

enum { COURTS = 36 };

typedef struct Played {
  TaskConfig *config;
  Task *task;
  EnvSkill *worlds;
  Env env;
  LearnCollector *collector;
  Rollout rollout;
} Played;

static Played open_worlds(const char *skill, int n, int threads) {
  SimError err;
  Played p = {.config = task_skill_config_load(skill, NULL, NULL, 0, &err)};
  assert_non_null(p.config);
  p.task = task_create(p.config, NULL);
  p.worlds = env_skill_create(p.task, n, true, threads, 5, &err);
  assert_non_null(p.worlds);
  p.env = env_skill_env(p.worlds);
  p.collector = learn_collector_create(&p.env, NULL, threads, &err);
  assert_non_null(p.collector);
  rollout_create(&p.rollout, STEPS, n, sim_obs_size(p.task->layout), ACTIONS);
  return p;
}

static void close_worlds(Played *p) {
  rollout_free(&p->rollout);
  learn_collector_destroy(p->collector);
  env_skill_destroy(p->worlds);
  task_destroy(p->task);
  task_skill_config_destroy(p->config);
}

static PolNet *random_net(int inputs) {
  SimError err;
  PolArch arch = ACTOR;
  arch.inputs = inputs;
  PolNet *net = pol_net_create(&arch, true, &err);
  assert_non_null(net);
  SimRng rng = sim_rng(2, 0, 0, SIM_RNG_TEST);
  sim_rng_normals(&rng, net->weight[0], inputs * 64);
  for (int i = 0; i < ACTIONS; i++) {
    net->head_bias[i] = (float)SIM_HOVER_COMMAND;
    net->log_std[i] = -1;
  }
  return net;
}

static void collect(Played *p, const PolNet *net) {
  SimError err;
  assert_ok(learn_collect(p->collector, &p->rollout, net, true, &err), &err);
}

static void assert_same_rollout(const Rollout *a, const Rollout *b) {
  const size_t rows = (size_t)(a->steps * a->worlds);
  assert_memory_equal(a->obs, b->obs,
                      (rows + (size_t)a->worlds) * (size_t)a->inputs * sizeof(float));
  assert_memory_equal(a->action, b->action, rows * ACTIONS * sizeof(float));
  assert_memory_equal(a->reward, b->reward, rows * sizeof(float));
  assert_memory_equal(a->ended, b->ended, rows);
  assert_int_equal(a->cuts, b->cuts);
}

// at any number of threads, and from a checkpoint in the middle
static void test_worlds(void **unused) {
  (void)unused;
  const char *const skills[] = {"hover", "attack"};
  for (int s = 0; s < 2; s++) {
    Played a = open_worlds(skills[s], COURTS, 1), b = open_worlds(skills[s], COURTS, 3),
           c = open_worlds(skills[s], COURTS, 2);
    PolNet *net = random_net(a.rollout.inputs);
    char *bytes = malloc(a.env.ops->size(a.worlds));
    int ends = 0;
    assert_non_null(bytes);
    for (int i = 0; i < 8; i++) {
      collect(&a, net);
      collect(&b, net);
      assert_same_rollout(&a.rollout, &b.rollout);
      for (int k = 0; k < STEPS * COURTS; k++) {
        ends += a.rollout.ended[k];
      }
      if (i == 5) {
        SimError err;
        a.env.ops->save(bytes, a.worlds);
        assert_ok(c.env.ops->load(c.worlds, bytes, &err), &err);
      }
      if (i > 5) {
        collect(&c, net);
        assert_same_rollout(&a.rollout, &c.rollout);
      }
    }
    assert_true(ends > COURTS / 2);
    free(bytes);
    pol_net_destroy(net);
    close_worlds(&a);
    close_worlds(&b);
    close_worlds(&c);
  }
}

// ---- a second count of what the worlds did

typedef struct Ends {
  SimLayout layout;
  int n, cuts, counted;
  double reward, steps, stat, stats;           // of the counted ones
  float cut_obs[STEPS * COURTS][SIM_OBS_MAX];  // in the order of the cuts
  double total[COURTS * 200];                  // reward of each episode, in the order of its end
} Ends;

static void note_end(void *arg, const TaskEpisode *episode, const SimState *state,
                     const TaskStep *judgement) {
  Ends *ends = arg;
  if (judgement->cut) {
    sim_obs_goal(ends->cut_obs[ends->cuts++], ends->layout, &state->view, 0, &episode->goal);
  }
  ends->total[ends->n++] = episode->reward;
  if (episode->number > 0) {
    ends->counted++;
    ends->reward += episode->reward;
    ends->steps += episode->steps;
    ends->stats += isfinite(judgement->stat[1]);
    ends->stat += isfinite(judgement->stat[1]) ? judgement->stat[1] : 0;
  }
}

// log of the density of a normal at the action, for every row
static void check_log_prob(const Rollout *r, const PolNet *net) {
  float scratch[8192], mean[ACTIONS];
  assert_true(pol_net_scratch(net) <= 8192);
  for (int row = 0; row < r->steps * r->worlds; row++) {
    double sum = 0;
    pol_net_forward(mean, net, r->obs + (size_t)row * (size_t)r->inputs, 1, scratch);
    for (int a = 0; a < ACTIONS; a++) {
      const double s = exp((double)net->log_std[a]);
      const double z = (double)(r->action[row * ACTIONS + a] - mean[a]) / s;
      sum += log(exp(-z * z / 2) / (s * sqrt(2 * M_PI)));
    }
    assert_near((double)r->log_prob[row], sum, 2e-3);
  }
}

// rewards of the rows add up to those of the episodes, whose ends are where the rows say; what is
// seen behind a cut is what the world looked like then; the first, shortened episodes do not count
static void test_worlds_are_counted_twice(void **unused) {
  (void)unused;
  Played p = open_worlds("hover", COURTS, 1);
  PolNet *net = random_net(p.rollout.inputs);
  Ends *ends = calloc(1, sizeof *ends);
  double open[COURTS] = {0};
  int seen = 0, cuts = 0;
  assert_non_null(ends);
  ends->layout = p.task->layout;
  const EnvEpisodeWatcher watcher = {ends, note_end};
  env_skill_watch(p.worlds, &watcher);
  for (int round = 0; round < 12; round++) {
    const Rollout *r = &p.rollout;
    ends->cuts = 0;
    collect(&p, net);
    check_log_prob(r, net);
    assert_int_equal(r->cuts, ends->cuts);
    for (int i = 0; i < r->cuts; i++) {
      assert_memory_equal(r->cut_obs + i * r->inputs, ends->cut_obs[i],
                          (size_t)r->inputs * sizeof(float));
      assert_int_equal(r->ended[r->cut_row[i]], 1);
    }
    cuts += r->cuts;
    for (int row = 0; row < STEPS * COURTS; row++) {
      open[row % COURTS] += (double)r->reward[row];
      if (r->ended[row]) {
        assert_near(open[row % COURTS], ends->total[seen++], 1e-4);
        open[row % COURTS] = 0;
      }
    }
    assert_int_equal(seen, ends->n);
  }
  const EnvSkillCount *count = env_skill_count(p.worlds);
  assert_true(ends->counted > COURTS / 2 && ends->counted < ends->n);
  assert_near(count->episodes, ends->counted, 0);
  assert_near(count->reward, ends->reward, 1e-9);
  assert_near(count->steps, ends->steps, 0);
  assert_near(count->n[1], ends->stats, 0);
  assert_near(count->sum[1], ends->stat, 1e-9);
  assert_true(cuts > 0);
  free(ends);
  pol_net_destroy(net);
  close_worlds(&p);
}

static void test_no_allocation(void **unused) {
  (void)unused;
  Played p = open_worlds("hover", WORLDS, 2);
  Learner l = open_learner(&CONFIG, 2);
  SimError err;
  PpoStats figures;
  int bad_row;
  collect(&p, l.ppo->actor->net);
  assert_ok(ppo_update(&figures, &bad_row, l.ppo, &p.rollout, 0, &err), &err);
  const int64_t before = test_allocations();
  for (int i = 0; i < 3; i++) {
    collect(&p, l.ppo->actor->net);
    assert_ok(ppo_update(&figures, &bad_row, l.ppo, &p.rollout, 0, &err), &err);
  }
  assert_int_equal(test_allocations() - before, 0);  // -1 - -1 under a sanitizer
  close_learner(&l);
  close_worlds(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_same_bits),
      cmocka_unit_test(test_masked),
      cmocka_unit_test(test_clock),
      cmocka_unit_test(test_toy),
      cmocka_unit_test(test_nan),
      cmocka_unit_test(test_worlds),
      cmocka_unit_test(test_worlds_are_counted_twice),
      cmocka_unit_test(test_no_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
