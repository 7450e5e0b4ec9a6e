// Networks that act on a device beside the processor: against the processor's own inference, in any
// mixture and order, in both seats at once; and skills and teams that play by them. Built with the
// stand-ins of tests/cuda_shim, and where nvcc is there with CUDA itself.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/flat_env.h"
#include "hcsp/env/skill_env.h"
#include "hcsp/env/tasks/config.h"
#include "hcsp/learn/collect.h"
#include "policies/play.h"
#include "policies/thinker.h"
#include "sim/base/rng.h"
#include "tests/support/device_pair.h"

static const char *const DEVICES[] = {"cpu", "cuda-plain", "cuda-graphs", "cuda"};
enum { N_DEVICES = 4, ROWS = 211, WIDTH = 43, OUTPUTS = 4 };

static const PolArch ARCHS[] = {
    {.inputs = 34,
     .outputs = OUTPUTS,
     .layers = 3,
     .hidden = {96, 64, 64},
     .input_norm = POL_INPUT_LAYERNORM,
     .activation = POL_ELU,
     .hidden_norm = true},
    {.inputs = 43, .outputs = OUTPUTS, .layers = 2, .hidden = {64, 64}, .activation = POL_TANH},
    {.inputs = 7,
     .outputs = OUTPUTS,
     .layers = 2,
     .hidden = {13, 9},
     .input_norm = POL_INPUT_FIXED,
     .activation = POL_TANH,
     .squash = POL_SQUASH_TANH},
    {.inputs = 27,
     .outputs = OUTPUTS,
     .layers = 1,
     .hidden = {64},
     .activation = POL_ELU,
     .squash = POL_SQUASH_CLIP},
};
enum { NETS = 4 };

static KrnDevice *open_device(const char *name) {
  SimError err = {0};
  KrnDevice *device = krn_device_open(name, 2, &err);
  if (!device) {
    fail_msg("%s", err.text);
  }
  return device;
}

static PolNet *random_net(const PolArch *arch, uint32_t which, bool with_std) {
  SimError err;
  PolNet *net = pol_net_create(arch, with_std, &err);
  assert_non_null(net);
  PolTensor tensor[POL_NET_TENSORS_MAX];
  const int n = pol_net_tensors(tensor, net, with_std);
  SimRng rng = sim_rng(21, which, 0, SIM_RNG_TEST);
  for (int i = 0; i < n; i++) {
    float *x = *tensor[i].array;
    for (size_t k = 0; k < tensor[i].count; k++) {
      x[k] = (float)sim_rng_uniform(&rng, -0.4, 0.4) + (strstr(tensor[i].name, "std") ? 1.0f : 0);
    }
  }
  return net;
}

// ---- against the processor's inference

typedef struct Wanted {
  float action[ROWS][OUTPUTS], log_prob[ROWS];
} Wanted;

// fills a seat, and says what is to come back
static void fill_seat(Wanted *wanted, const PolSeat *seat, PolNet *const *net, int nets,
                      uint32_t which) {
  SimRng rng = sim_rng(22, which, 0, SIM_RNG_TEST);
  float *scratch = calloc((size_t)2 * POL_NET_WIDTH_MAX * POL_NET_TILE, sizeof *scratch);
  assert_non_null(scratch);
  sim_rng_normals(&rng, seat->obs, ROWS * WIDTH);
  for (int i = 0; i < ROWS; i++) {
    const int key = nets == 1 ? 0 : (int)sim_rng_below(&rng, (uint32_t)nets + 1) - 1;
    const KrnDraw draw = {.seed = 5,
                          .world = which,
                          .step = (uint32_t)i,
                          .purpose = SIM_RNG_SKILL,
                          .sample = i % 3 > 0};
    float *action = wanted->action[i];
    seat->key[i] = key;
    seat->draw[i] = draw;
    for (int j = 0; j < OUTPUTS; j++) {
      seat->action[i * OUTPUTS + j] = action[j] = 100 + (float)j;
    }
    wanted->log_prob[i] = 0;
    if (key < 0) {
      continue;
    }
    pol_net_forward(action, net[key], seat->obs + (ptrdiff_t)i * WIDTH, 1, scratch);
    float noise[OUTPUTS];
    SimRng own = sim_rng(draw.seed, draw.world, draw.step, draw.purpose);
    sim_rng_normals(&own, noise, OUTPUTS);
    for (int j = 0; net[key]->log_std && j < OUTPUTS; j++) {
      const float z = draw.sample ? noise[j] : 0;
      action[j] += expf(net[key]->log_std[j]) * z;
      wanted->log_prob[i] += -0.5f * z * z - net[key]->log_std[j] - KRN_LOG_SQRT_2PI;
    }
  }
  free(scratch);
}

static void check_seat(const Wanted *wanted, const PolSeat *seat) {
  for (int i = 0; i < ROWS; i++) {
    for (int j = 0; j < OUTPUTS; j++) {
      assert_near((double)seat->action[i * OUTPUTS + j], (double)wanted->action[i][j], 2e-5);
    }
    if (seat->key[i] >= 0) {
      assert_near((double)seat->log_prob[i], (double)wanted->log_prob[i], 1e-5);
    }
  }
}

static void check_thinker(const char *name, int nets) {
  enum { SEATS = 2, TURNS = 10 };
  SimError err = {0};
  KrnDevice *device = open_device(name);
  const PolThinkerOptions options = {
      .nets = nets, .seats = SEATS, .rows = ROWS, .width = WIDTH, .outputs = OUTPUTS};
  PolThinker *thinker = pol_thinker_create(device, &options, &err);
  PolNet *net[NETS];
  Wanted *wanted = calloc(SEATS, sizeof *wanted);
  assert_true(thinker && wanted);
  for (int n = 0; n < nets; n++) {
    net[n] = random_net(&ARCHS[n], (uint32_t)n, n != 1 || nets == 1);
    assert_ok(pol_thinker_set(thinker, n, net[n], &err), &err);
  }
  for (uint32_t turn = 0; turn < TURNS; turn++) {
    for (int s = 0; s < SEATS; s++) {
      fill_seat(&wanted[s], pol_thinker_seat(thinker, s), net, nets, 2 * turn + (uint32_t)s);
      pol_thinker_ask(thinker, s, ROWS);
    }
    for (int s = 0; s < SEATS; s++) {
      assert_ok(pol_thinker_wait(thinker, s, &err), &err);
      check_seat(&wanted[s], pol_thinker_seat(thinker, s));
    }
    // other weights in the same places
    net[0]->head_bias[0] += 0.25f;
    assert_ok(pol_thinker_set(thinker, 0, net[0], &err), &err);
  }
  // nobody asks
  pol_thinker_ask(thinker, 0, 0);
  assert_ok(pol_thinker_wait(thinker, 0, &err), &err);
  for (int n = 0; n < nets; n++) {
    pol_net_destroy(net[n]);
  }
  free(wanted);
  pol_thinker_destroy(thinker);
  krn_device_destroy(device);
}

static void test_thinker(void **unused) {
  (void)unused;
  for (int d = 0; d < N_DEVICES; d++) {
    check_thinker(DEVICES[d], NETS);
    check_thinker(DEVICES[d], 1);
  }
}

// ---- skills that learn

enum { STEPS = 12, WORLDS = 37 };

typedef struct Course {
  TaskConfig *config;
  Task *task;
  EnvSkill *worlds;
  LearnCollector *collector;
  Rollout rollout;
  KrnDevice *device;
} Course;

// device NULL: the processor's inference
static Course open_course(const char *device, int worlds, int threads) {
  SimError err;
  Course c = {.config = task_skill_config_load("attack", NULL, NULL, 0, &err)};
  assert_non_null(c.config);
  c.task = task_create(c.config, NULL);
  c.worlds = env_skill_create(c.task, worlds, true, threads, 5, &err);
  assert_non_null(c.worlds);
  rollout_create(&c.rollout, STEPS, worlds, sim_obs_size(c.task->layout), OUTPUTS);
  c.device = device ? open_device(device) : NULL;
  const Env env = env_skill_env(c.worlds);
  c.collector = learn_collector_create(&env, c.device, threads, &err);
  assert_non_null(c.collector);
  return c;
}

static void close_course(Course *c) {
  rollout_free(&c->rollout);
  learn_collector_destroy(c->collector);
  env_skill_destroy(c->worlds);
  krn_device_destroy(c->device);
  task_destroy(c->task);
  task_skill_config_destroy(c->config);
}

static double furthest(const float *a, const float *b, size_t n) {
  double largest = 0;
  for (size_t i = 0; i < n; i++) {
    largest = fmax(largest, fabs((double)a[i] - (double)b[i]));
  }
  return largest;
}

static void check_course(const char *device, int worlds) {
  SimError err = {0};
  PolNet *net = random_net(&ARCHS[1], 9, true);
  for (int r = 0; r < SIM_ROTORS; r++) {
    net->head_bias[r] = (float)SIM_HOVER_COMMAND;
    net->log_std[r] = -2;
  }
  Course own = open_course(NULL, worlds, 1), a = open_course(device, worlds, 1),
         b = open_course(device, worlds, 3);
  const Rollout *r = &own.rollout;
  const size_t rows = (size_t)STEPS * (size_t)worlds, last = (size_t)worlds;
  for (int k = 0; k < 3; k++) {
    Course *const all[] = {&own, &a, &b};
    for (int i = 0; i < 3; i++) {
      assert_ok(learn_collect(all[i]->collector, &all[i]->rollout, net, true, &err), &err);
    }
    // the device's own way, at any number of threads
    assert_memory_equal(a.rollout.obs, b.rollout.obs,
                        (rows + last) * (size_t)r->inputs * sizeof(float));
    assert_memory_equal(a.rollout.action, b.rollout.action, rows * OUTPUTS * sizeof(float));
    assert_memory_equal(a.rollout.log_prob, b.rollout.log_prob, rows * sizeof(float));
    // the processor's to rounding, which flight does not blow up in so short a time
    assert_true(furthest(r->action, a.rollout.action, rows * OUTPUTS) < 1e-3);
    assert_true(furthest(r->log_prob, a.rollout.log_prob, rows) < 1e-5);
    assert_true(furthest(r->reward, a.rollout.reward, rows) < 1e-2);
    assert_memory_equal(r->ended, a.rollout.ended, rows);
    assert_int_equal(r->cuts, a.rollout.cuts);
  }
  assert_true(env_skill_count(own.worlds)->episodes == env_skill_count(a.worlds)->episodes);
  close_course(&own);
  close_course(&a);
  close_course(&b);
  pol_net_destroy(net);
}

static void test_worlds(void **unused) {
  (void)unused;
  for (int d = 0; d < N_DEVICES; d++) {
    check_course(DEVICES[d], WORLDS);
  }
  check_course("cuda", 1);
  check_course("cuda", 2);
}

// ---- flat policies that learn, against themselves and against one that ships

typedef struct Court {
  PolTeam *team;
  EnvFlat *env;
  LearnCollector *collector;
  Rollout rollout;
  KrnDevice *device;
} Court;

static Court open_court(const char *device, const SimModel *model, PolTeam *team, int threads) {
  SimError err = {0};
  const EnvOpponent opponent[] = {{.strategy = NULL, .weight = 1},
                                  {.strategy = &team->strategy[0], .weight = 2}};
  Court c = {.team = team, .device = device ? open_device(device) : NULL};
  const EnvFlatOptions options = {.model = model,
                                  .team = team,
                                  .learner = &team->strategy[0],
                                  .rules = sim_rules_find("court"),
                                  .pay = {.scale = 1},
                                  .num_envs = 7,
                                  .agents = SIM_DRONES,
                                  .threads = threads,
                                  .seed = 3,
                                  .device = c.device};
  c.env = env_flat_create(&options, &err);
  assert_non_null(c.env);
  const Env env = env_flat_env(c.env);
  env.ops->set_opponents(c.env, opponent, 2);
  c.collector = learn_collector_create(&env, c.device, threads, &err);
  assert_non_null(c.collector);
  rollout_create(&c.rollout, STEPS, env_rows(&env), env.shape.inputs, env.shape.outputs);
  return c;
}

static void close_court(Court *c) {
  rollout_free(&c->rollout);
  learn_collector_destroy(c->collector);
  env_flat_destroy(c->env);
  krn_device_destroy(c->device);
}

static void check_court(const char *device, const SimModel *model, PolTeam *team) {
  SimError err = {0};
  Court own = open_court(NULL, model, team, 1), a = open_court(device, model, team, 1),
        b = open_court(device, model, team, 3);
  const Rollout *r = &own.rollout;
  const size_t rows = (size_t)(r->steps * r->worlds);
  int masked = 0;
  for (int k = 0; k < 3; k++) {
    Court *const all[] = {&own, &a, &b};
    for (int i = 0; i < 3; i++) {
      assert_ok(learn_collect(all[i]->collector, &all[i]->rollout, team->strategy[0].file->net,
                              true, &err),
                &err);
    }
    assert_memory_equal(a.rollout.obs, b.rollout.obs, rows * (size_t)r->inputs * sizeof(float));
    assert_memory_equal(a.rollout.action, b.rollout.action, rows * OUTPUTS * sizeof(float));
    assert_memory_equal(r->masked, a.rollout.masked, rows);
    assert_true(furthest(r->action, a.rollout.action, rows * OUTPUTS) < 1e-3);
    assert_true(furthest(r->log_prob, a.rollout.log_prob, rows) < 1e-5);
    assert_true(furthest(r->reward, a.rollout.reward, rows) < 1e-2);
    for (size_t i = 0; i < rows; i++) {
      masked += r->masked[i];
    }
  }
  assert_true(masked > 0 && masked < (int)rows * 3);
  // the last bits tell that the device took part
  assert_true(strcmp(device, "cpu") == 0 ||
              memcmp(r->action, a.rollout.action, rows * OUTPUTS * sizeof(float)) != 0);
  close_court(&own);
  close_court(&a);
  close_court(&b);
}

static void test_flat(void **unused) {
  (void)unused;
  SimError err = {0};
  SimModelOptions options = sim_model_default();
  SimModel *model = sim_model_create(&options, &err);
  PolTeam *team = pol_team_load("sp", &err);
  if (!model || !team) {
    fail_msg("%s", err.text);
  }
  check_court("cpu", model, team);
  check_court("cuda", model, team);
  pol_team_destroy(team);
  sim_model_destroy(model);
}

// ---- teams that play

enum { MATCHES = 9, PLAYED = 60 };

static PolPlay *open_play(const SimModel *model, const PolTeam *near, const PolTeam *far,
                          KrnDevice *device, int threads) {
  SimError err = {0};
  const PolPlayOptions options = {.matches = MATCHES,
                                  .threads = threads,
                                  .seed = 5,
                                  .rules = sim_rules_find("court"),
                                  .device = device};
  PolPlay *play = pol_play_create(&options, model, near, far, &err);
  int ids[MATCHES];
  uint32_t rally[MATCHES];
  if (!play) {
    fail_msg("%s", err.text);
  }
  for (int m = 0; m < MATCHES; m++) {
    ids[m] = m;
    rally[m] = (uint32_t)m;
  }
  pol_play_reset(play, ids, MATCHES, rally);
  return play;
}

static void step_play(PolPlay *play) {
  SimError err = {0};
  int ids[MATCHES], live = 0;
  for (int m = 0; m < MATCHES; m++) {
    if (pol_play_state(play, m)->referee.winner == SIM_PLAYING) {
      ids[live++] = m;
    }
  }
  assert_ok(pol_play_step(play, ids, live, &err), &err);
}

static void check_play(const char *name, const SimModel *model, const PolTeam *near,
                       const PolTeam *far) {
  SimError err = {0};
  KrnDevice *device = open_device(name);
  PolPlay *own = open_play(model, near, far, NULL, 2), *a = open_play(model, near, far, device, 1),
          *b = open_play(model, near, far, device, 3);
  double largest = 0;
  for (int k = 0; k < PLAYED; k++) {
    step_play(own);
    step_play(a);
    step_play(b);
    for (int m = 0; m < MATCHES; m++) {
      const PolDrive *x = pol_play_drive(a, m), *y = pol_play_drive(b, m);
      assert_memory_equal(x->action, y->action, sizeof x->action);
      largest = fmax(largest, furthest(&pol_play_drive(own, m)->action[0][0], &x->action[0][0],
                                       SIM_DRONES * SIM_ROTORS));
    }
    if (k == PLAYED / 2) {
      assert_ok(pol_play_refresh(a, &err), &err);
    }
  }
  // half a second of flight
  assert_true(largest < 0.01);
  pol_play_destroy(own);
  pol_play_destroy(a);
  pol_play_destroy(b);
  krn_device_destroy(device);
}

static void test_play(void **unused) {
  (void)unused;
  SimError err = {0};
  const SimModelOptions options = sim_model_default();
  SimModel *model = sim_model_create(&options, &err);
  PolTeam *near = pol_team_load("stage1", &err), *far = pol_team_load("classical", &err);
  assert_true(model && near && far);
  near->sample_skills = true;
  for (int d = 0; d < N_DEVICES; d++) {
    check_play(DEVICES[d], model, near, far);
    check_play(DEVICES[d], model, near, near);
  }
  pol_team_destroy(near);
  pol_team_destroy(far);
  sim_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_thinker),
      cmocka_unit_test(test_worlds),
      cmocka_unit_test(test_flat),
      cmocka_unit_test(test_play),
  };
  return skip_without_cuda() ? 77 : cmocka_run_group_tests(tests, NULL, NULL);
}
