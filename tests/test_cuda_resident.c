// Episodes that live on a GPU, through the stand-ins of tests/cuda_shim: bit for bit those of the
// processor, learnt from with the same result, and how much is asked of the device for it.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/resident.h"
#include "hcsp/env/tasks/config.h"
#include "hcsp/learn/learner.h"
#include "hcsp/learn/ppo_config.h"
#include "sim/base/rng.h"
#include "tests/support/device_pair.h"

#ifdef TEST_GPU
typedef struct CudaShimCounts {
  long launches, graphs, waits, uploads, downloads;
} CudaShimCounts;
// a GPU does not count
static CudaShimCounts cuda_shim_counts(void) {
  return (CudaShimCounts){0};
}
#else
#include "tests/cuda_shim/cuda_shim.h"
#endif

// what the episodes are of
typedef struct Case {
  const char *skill;
  const char *key[6];  // of its configuration
  bool critic;         // there is one, which prices states to rounding
} Case;

static const Case CASES[] = {
    {"hover", {"time_min=1", "time_max=2", "start_dive=0.1", "downwash_share=0.5"}, false},
    // every kind of start: recorded ones, drones that fly by and brake, a height chosen
    {"volley_dig",
     {"start_recorded=0.3", "downwash_share=0.7", "time_min=1", "time_max=1.2"},
     false},
    {"volley_attack", {"start_recorded=0.5", "time_min=1", "time_max=1.2"}, true}};
enum { N_CASES = sizeof CASES / sizeof CASES[0] };

static TaskConfig *load_config(const Case *of, const char *const *more, int n) {
  const char *keys[16] = {"physics=flight"};
  SimError err = {0};
  int k = 1;
  for (int i = 0; i < 6 && of->key[i]; i++) {
    keys[k++] = of->key[i];
  }
  memcpy(keys + k, more, (size_t)n * sizeof *keys);
  TaskConfig *config = task_skill_config_load(of->skill, NULL, keys, k + n, &err);
  if (!config) {
    fail_msg("%s", err.text);
  }
  return config;
}

// any numbers will do
static PolNet *make_critic(void) {
  const PolArch arch = {
      .inputs = 27, .outputs = 1, .layers = 2, .hidden = {64, 48}, .activation = POL_TANH};
  SimError err = {0};
  PolNet *net = pol_net_create(&arch, false, &err);
  SimRng rng = sim_rng(6, 0, 0, SIM_RNG_TEST);
  assert_non_null(net);
  for (float *w = net->block; w < net->head_bias + 1; w++) {
    *w = (float)sim_rng_uniform(&rng, -0.4, 0.4);
  }
  return net;
}

static Task *make_task(const TaskConfig *config, const PolNet *critic) {
  // two recorded starts
  static const TaskHandOff RECORDED[2] = {
      {.drone =
           {.pos = {3, 0, 1.5}, .quat = {1, 0, 0, 0}, .vel = {1, 0, 0}, .rotor = {.7, .8, .7, .8}},
       .point = {4, 0, 2}},
      {.drone = {.pos = {2, 1, 1.2}, .quat = {.8, -.6, 0, 0}, .angvel = {1, 2, 3}},
       .point = {2, 1, 1.8}}};
  static const TaskStrikeStart STRIKES[2] = {
      {.drone = {.pos = {3, 0, 1.2}, .quat = {1, 0, 0, 0}, .rotor = {.7, .7, .7, .7}},
       .ball_pos = {3, 0, 2.5},
       .ball_vel = {0, 0, -1},
       .goal = {.point = {2, 0, 2.4}, .flight = NAN, .apex = 4, .strike_z = 1.5},
       .wash = {.n = 1, .source = {{.pos = {3, 0.2, 3}}}},
       .next = {3, 0, 2}},
      {.drone = {.pos = {4, 1, 1.5}, .quat = {.8, -.6, 0, 0}, .rotor = {.7, .8, .7, .8}},
       .ball_pos = {4, 1, 3},
       .ball_vel = {1, 0, 0},
       .goal = {.point = {2, 0, 2.4}, .flight = 1, .apex = NAN, .strike_z = 1.8},
       .next = {4, 0, 2}}};
  const TaskInputs inputs = {
      .hand_off = RECORDED, .hand_offs = 2, .strike = STRIKES, .strikes = 2, .critic = critic};
  Task *task = task_create(config, &inputs);
  assert_non_null(task);
  return task;
}

static EnvSkill *make_skill(const Task *task, int envs, uint64_t seed) {
  SimError err = {0};
  EnvSkill *skill = env_skill_create(task, envs, true, 1, seed, &err);
  if (!skill) {
    fail_msg("%s", err.text);
  }
  return skill;
}

// ---- the same bits

// the rows of a few decisions, on the device and on the host
typedef struct Rows {
  size_t inputs;
  float *obs, *action, *reward, *cut_obs;
  uint8_t *ended;
  int32_t *cut_index;
} Rows;

static Rows make_rows(int steps, int envs, size_t inputs) {
  const size_t n = (size_t)steps * (size_t)envs;
  const Rows rows = {.inputs = inputs,
                     .obs = calloc((n + (size_t)envs) * inputs, sizeof(float)),
                     .action = calloc(n * SIM_ROTORS, sizeof(float)),
                     .reward = calloc(n, sizeof(float)),
                     .cut_obs = calloc(n * inputs, sizeof(float)),
                     .ended = calloc(n, 1),
                     .cut_index = calloc(n, sizeof(int32_t))};
  assert_true(rows.obs && rows.action && rows.reward && rows.cut_obs && rows.ended &&
              rows.cut_index);
  return rows;
}

static void free_rows(Rows *rows) {
  free(rows->obs);
  free(rows->action);
  free(rows->reward);
  free(rows->cut_obs);
  free(rows->ended);
  free(rows->cut_index);
}

// commands about hovering, and now and then one that is none
static void draw_actions(float *action, int rows, uint32_t part) {
  SimRng rng = sim_rng(5, part, 0, SIM_RNG_TEST);
  for (int i = 0; i < rows * SIM_ROTORS; i++) {
    const double u = sim_rng_uniform(&rng, 0, 1);
    action[i] = u < 1e-4 ? NAN : (float)(SIM_HOVER_COMMAND + 0.6 * (u - 0.5));
  }
}

// `steps` decisions of the episodes on the device
static void roll_device(Rows *out, EnvResident *episodes, KrnDevice *device, int steps) {
  const KrnOps *ops = device->ops;
  const size_t envs = (size_t)env_resident_envs(episodes), n = (size_t)steps * envs,
               cuts = (size_t)env_resident_cut_rows(episodes), inputs = out->inputs;
  float *action = ops->alloc(device, n * SIM_ROTORS * sizeof(float));
  const EnvCudaRows rows = {.obs = ops->alloc(device, (n + envs) * inputs * sizeof(float)),
                            .action = action,
                            .reward = ops->alloc(device, n * sizeof(float)),
                            .ended = ops->alloc(device, n),
                            .cut_obs = ops->alloc(device, cuts * inputs * sizeof(float))};
  assert_true(cuts <= n && rows.obs && action && rows.reward && rows.ended && rows.cut_obs);
  ops->upload(device, action, out->action, n * SIM_ROTORS * sizeof(float));
  env_resident_begin(episodes, &rows);
  for (int t = 0; t < steps; t++) {
    env_resident_step(episodes, &rows, t);
  }
  ops->download(device, out->obs, rows.obs, (n + envs) * inputs * sizeof(float));
  ops->download(device, out->reward, rows.reward, n * sizeof(float));
  ops->download(device, out->ended, rows.ended, n);
  ops->download(device, out->cut_obs, rows.cut_obs, cuts * inputs * sizeof(float));
  ops->download(device, out->cut_index, env_resident_cut_index(episodes), n * sizeof(int32_t));
  double *total = ops->alloc(device, ENV_TALLY * sizeof *total), host[ENV_TALLY];
  env_resident_total(episodes, total);
  ops->download(device, host, total, sizeof host);
  env_resident_count(episodes, host);
  void *const all[] = {rows.obs, action, rows.reward, rows.ended, rows.cut_obs, total};
  for (int i = 0; i < 6; i++) {
    ops->release(device, all[i]);
  }
}

static void check_rewards(const float *a, const float *b, size_t n, bool to_rounding) {
  for (size_t i = 0; i < n; i++) {
    if (to_rounding) {
      assert_near((double)a[i], (double)b[i], 1e-5 * (1 + fabs((double)a[i])));
    } else {
      assert_memory_equal(&a[i], &b[i], sizeof a[i]);
    }
  }
}

// the same on the processor, each number compared; returns how many clocks ran
// out
static int check_rows(const Rows *rows, const Env *env, int steps, bool to_rounding) {
  const size_t n = (size_t)env->shape.num_envs, inputs = rows->inputs;
  Rows own = make_rows(1, (int)n, inputs);
  uint8_t *mask = calloc(3, n);
  KrnDraw *draw = calloc(n, sizeof *draw);
  SimError err = {0};
  int cuts = 0;
  const EnvView view = {.obs = own.obs, .mask = mask, .draw = draw};
  const EnvResult result = {.reward = own.reward,
                            .terminated = mask + n,
                            .truncated = mask + 2 * n,
                            .final_obs = own.cut_obs};
  for (int t = 0; t <= steps; t++) {
    const size_t at = (size_t)t * n;
    env->ops->observe(env->self, &view, 0, (int)n);
    assert_memory_equal(own.obs, rows->obs + at * inputs, n * inputs * sizeof(float));
    if (t == steps) {
      break;
    }
    assert_int_equal(
        env->ops->step(env->self, &result, rows->action + at * SIM_ROTORS, 0, (int)n, &err),
        SIM_OK);
    check_rewards(own.reward, rows->reward + at, n, to_rounding);
    for (size_t e = 0; e < n; e++) {
      assert_int_equal(rows->ended[at + e], result.terminated[e] || result.truncated[e]);
      assert_int_equal(rows->cut_index[at + e] >= 0, result.truncated[e]);
      if (result.truncated[e]) {
        assert_memory_equal(own.cut_obs + e * inputs,
                            rows->cut_obs + (size_t)rows->cut_index[at + e] * inputs,
                            inputs * sizeof(float));
        cuts++;
      }
    }
  }
  free(draw);
  free(mask);
  free_rows(&own);
  return cuts;
}

static uint64_t hash_of(const Env *env) {
  const size_t size = env->ops->size(env->self);
  unsigned char *bytes = malloc(size);
  uint64_t hash = UINT64_C(14695981039346656037);
  assert_non_null(bytes);
  env->ops->save(bytes, env->self);
  // behind the decisions of the environments stand sums, whose order of addition is the device's
  // own
  const size_t first = (size_t)env->shape.num_envs * sizeof(uint32_t) + sizeof(EnvSkillCount);
  for (size_t i = first; i < size; i++) {
    hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
  }
  free(bytes);
  return hash;
}

static void check_counts(const EnvSkillCount *a, const EnvSkillCount *b, int stats, double error) {
  assert_true(a->episodes > 100 && a->episodes == b->episodes && a->steps == b->steps);
  assert_near(a->reward, b->reward, error * fabs(a->reward));
  for (int s = 0; s < stats; s++) {
    assert_true(a->n[s] == b->n[s]);
    assert_near(a->sum[s], b->sum[s], error * (1 + fabs(a->sum[s])));
  }
}

enum { ENVS = 256, STEPS = 50, PARTS = 10 };

// parts of an iteration in all orders of threads, beside the processor; returns
// the clocks
static int play_parts(EnvResident *episodes, KrnDevice *device, const Env *env, bool to_rounding) {
  static const char *const ORDER[] = {"forward", "backwards", "warps", "shuffled"};
  Rows rows = make_rows(STEPS, ENVS, (size_t)env_resident_inputs(episodes));
  int cuts = 0;
  for (int part = 0; part < PARTS; part++) {
    setenv("CUDA_SHIM_ORDER", ORDER[part % 4], 1);
    krn_device_destroy(open_cuda(KRN_GRAPHS_NEVER));  // reads the switches
    draw_actions(rows.action, STEPS * ENVS, (uint32_t)part);
    roll_device(&rows, episodes, device, STEPS);
    cuts += check_rows(&rows, env, STEPS, to_rounding);
    if (part == PARTS / 2) {  // there and back in the middle changes nothing
      env_resident_get(episodes);
      env_resident_put(episodes);
    }
  }
  unsetenv("CUDA_SHIM_ORDER");
  env_resident_get(episodes);
  free_rows(&rows);
  return cuts;
}

// 1,000 control steps of 256 environments
static void check_bits(const Case *of) {
  TaskConfig *config = load_config(of, (const char *[]){"every=2"}, 1);
  PolNet *critic = of->critic ? make_critic() : NULL;
  Task *task = make_task(config, critic);
  KrnDevice *device = open_cuda(KRN_GRAPHS_NEVER);
  EnvSkill *here = make_skill(task, ENVS, 7), *there = make_skill(task, ENVS, 7);
  const Env env = env_skill_env(here), back = env_skill_env(there);
  SimError err = {0};
  assert_null(env_resident_why_not(device, there));
  EnvResident *episodes = env_resident_create(device, there, STEPS, &err);
  assert_non_null(episodes);
  env_resident_put(episodes);
  const int cuts = play_parts(episodes, device, &env, of->critic);
  const EnvSkillCount *count = env_skill_count(here);
  assert_int_equal(hash_of(&env), hash_of(&back));
  check_counts(count, env_skill_count(there), task->stats, of->critic ? 1e-6 : 1e-9);
  print_message("%s, %d control steps of %d environments: state %016llx on "
                "both, %d clocks, %.0f "
                "episodes, %s %.0f\n",
                of->skill, 2 * STEPS * PARTS, ENVS, (unsigned long long)hash_of(&env), cuts,
                count->episodes, task->stat_name[1], count->sum[1]);
  assert_true(cuts > 20);
  // touches that are judged
  assert_true(task->hover || count->sum[1] > 100);
  env_resident_destroy(episodes);
  env_skill_destroy(here);
  env_skill_destroy(there);
  krn_device_destroy(device);
  task_destroy(task);
  pol_net_destroy(critic);
  task_skill_config_destroy(config);
}

static void test_bits(void **unused) {
  (void)unused;
  for (int i = 0; i < (int)N_CASES; i++) {
    check_bits(&CASES[i]);
  }
}

// ---- learning

typedef struct Loop {
  TaskConfig *config;
  PolNet *prices;
  Task *task;
  KrnDevice *device;
  EnvSkill *skill;
  EnvResident *episodes;
  PpoLearner learner;
} Loop;

enum { LOOP_ENVS = 64, LOOP_STEPS = 16 };

static Loop open_loop(KrnDevice *device, const Case *of, const char *minibatches) {
  Loop l = {.config = load_config(of, (const char *[]){minibatches, "update_epochs=2"}, 2),
            .prices = of->critic ? make_critic() : NULL,
            .device = device};
  SimError err = {0};
  l.task = make_task(l.config, l.prices);
  const int inputs = sim_obs_size(l.task->layout);
  l.skill = make_skill(l.task, LOOP_ENVS, 3);
  const PpoConfig ppo = ppo_config_of(&l.config->ppo);
  if (device->ops->beside) {
    assert_null(ppo_resident_why_not(&ppo));
    l.episodes = env_resident_create(device, l.skill, LOOP_STEPS, &err);
    assert_non_null(l.episodes);
  }
  const PolArch actor = ppo_arch_of(CONFIG_NET_SMALL, inputs, SIM_ROTORS),
                critic = ppo_arch_of(CONFIG_NET_SMALL, inputs, 1);
  const PpoLearnerOptions options = {.env = env_skill_env(l.skill),
                                     .device = device,
                                     .episodes = l.episodes,
                                     .config = ppo,
                                     .actor = actor,
                                     .critic = critic,
                                     .steps = LOOP_STEPS,
                                     .threads = 1,
                                     .seed = 3};
  const MlpInit init = {.gain = 1.5, .head = 0.01, .head_bias = SIM_HOVER_COMMAND, .log_std = -1};
  if (ppo_learner_create(&l.learner, &options, &err) != SIM_OK) {
    fail_msg("%s", err.text);
  }
  mlp_init(l.learner.ppo->actor, &init, 3, 0);
  mlp_init(l.learner.ppo->critic, &init, 3, 1);
  return l;
}

static void close_loop(Loop *l) {
  ppo_learner_free(&l->learner);
  env_resident_destroy(l->episodes);
  env_skill_destroy(l->skill);
  krn_device_destroy(l->device);
  task_destroy(l->task);
  pol_net_destroy(l->prices);
  task_skill_config_destroy(l->config);
}

static PpoStats update(Loop *l, int number) {
  PpoStats stats = {0};
  SimError err = {0};
  int bad_row = -1;
  if (ppo_learner_collect(&l->learner, &err) != SIM_OK ||
      ppo_learner_learn(&stats, &bad_row, &l->learner, number / 20.0, &err) != SIM_OK) {
    fail_msg("update %d: %s", number, err.text);
  }
  return stats;
}

static double difference(Mlp *a, Mlp *b) {
  double most = 0;
  mlp_download(a);
  mlp_download(b);
  for (size_t i = 0; i < a->n; i++) {
    most =
        fmax(most, fabs((double)a->net->block[a->skip + i] - (double)b->net->block[b->skip + i]));
  }
  return most;
}

static void check_learning(const Case *of) {
  enum { UPDATES = 20 };
  SimError err = {0};
  KrnDevice *cpu = krn_cpu_create(1, &err);
  assert_non_null(cpu);
  Loop here = open_loop(cpu, of, "num_minibatches=2"),
       there = open_loop(open_cuda(KRN_GRAPHS_ALWAYS), of, "num_minibatches=2");
  for (int i = 0; i < UPDATES; i++) {
    const CudaShimCounts before = cuda_shim_counts();
    const PpoStats a = update(&here, i), b = update(&there, i);
    const CudaShimCounts after = cuda_shim_counts();
    assert_near(a.policy_loss, b.policy_loss, 1e-4);
    assert_near(a.value_mean, b.value_mean, 1e-3);
    assert_near(a.explained, b.explained, 1e-2);
    assert_near(a.std, b.std, 1e-4);
    assert_near(a.rate, b.rate, 1e-9);
#ifndef TEST_GPU
    if (i >= 2) {  // the first is plain, the second recorded
      assert_int_equal(after.graphs - before.graphs, 1);
      assert_int_equal(after.launches - before.launches, 0);
      assert_int_equal(after.uploads - before.uploads, 1);
      assert_int_equal(after.downloads - before.downloads, 1);
      assert_true(after.waits - before.waits <= 2);
    }
#endif
    (void)before;
    (void)after;
  }
  const double actor = difference(here.learner.ppo->actor, there.learner.ppo->actor),
               critic = difference(here.learner.ppo->critic, there.learner.ppo->critic);
  print_message("%s, %d updates: weights within %.1e and %.1e of the processor's\n", of->skill,
                UPDATES, actor, critic);
  assert_true(actor > 0 && actor < 1e-3 && critic < 1e-3);
  assert_int_equal(here.learner.transitions, there.learner.transitions);
  close_loop(&there);
  close_loop(&here);
}

static void test_learning(void **unused) {
  (void)unused;
  check_learning(&CASES[0]);
  check_learning(&CASES[2]);
}

#ifndef TEST_GPU
// launches of an iteration without graphs, from the second on
static long launches_of(const char *minibatches) {
  Loop l = open_loop(open_cuda(KRN_GRAPHS_NEVER), &CASES[0], minibatches);
  update(&l, 0);
  const CudaShimCounts before = cuda_shim_counts();
  update(&l, 1);
  const CudaShimCounts after = cuda_shim_counts();
  close_loop(&l);
  return after.launches - before.launches;
}

enum { KERNELS_MAX = 12 };

static void test_kernels(void **unused) {
  (void)unused;
  const long one = launches_of("num_minibatches=1"), three = launches_of("num_minibatches=3"),
             each = (three - one) / (2 * 2);
  print_message("%ld kernels a minibatch, %ld an iteration of %d decisions\n", each, one,
                LOOP_STEPS);
  assert_int_equal((three - one) % (2 * 2), 0);
  assert_true(each > 0 && each <= KERNELS_MAX);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bits),
      cmocka_unit_test(test_learning),
#ifndef TEST_GPU
      cmocka_unit_test(test_kernels),
#endif
  };
  return skip_without_cuda() ? 77 : cmocka_run_group_tests(tests, NULL, NULL);
}
