// What every environment must do, whatever it holds: the same bits at any number of threads and
// whichever part of it is stepped first, going on from bytes as if nothing had happened, masks and
// ends that keep their word, statistics that are cleared.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/flat_env.h"
#include "hcsp/env/skill_env.h"
#include "hcsp/env/tasks/config.h"
#include "sim/base/rng.h"

enum { ENVS = 7, STEPS = 90, KINDS = 2 };

// An environment, what it needs, and arrays for its rows.
typedef struct Scene {
  TaskConfig *config;
  Task *task;
  EnvSkill *skill;
  SimModel *model;
  PolTeam *team;
  EnvFlat *flat;
  Env env;
  float *obs, *action, *reward, *final_obs;
  uint8_t *mask, *terminated, *truncated;
  KrnDraw *draw;
} Scene;

static void open_skill(Scene *s, int threads) {
  SimError err = {0};
  static const char *const SHORT[] = {"time_max=1", "time_min=0.8"};
  s->config = task_skill_config_load("hover", NULL, SHORT, 2, &err);
  assert_ok(err.status, &err);
  s->task = task_create(s->config, NULL, &err);
  s->skill = env_skill_create(s->task, ENVS, true, threads, 5, &err);
  assert_non_null(s->skill);
  s->env = env_skill_env(s->skill);
}

static void open_flat(Scene *s, int threads) {
  // a clock that ends rallies in which the ball is still in the air
  static const SimRules SHORT = {.name = "short", .steps_max = 40};
  SimError err = {0};
  SimModelOptions options = sim_model_default();
  options.scenery = false;
  s->model = sim_model_create(&options, &err);
  s->team = pol_team_load("sp", &err);
  assert_ok(err.status, &err);
  const EnvFlatOptions flat = {.model = s->model,
                               .team = s->team,
                               .learner = &s->team->strategy[0],
                               .rules = &SHORT,
                               .pay = {.result = 1, .hit = 1, .ball = 0.1, .scale = 1},
                               .share = {[TASK_FLAT_FLYING] = 0.5},
                               .num_envs = ENVS,
                               .threads = threads,
                               .seed = 5};
  s->flat = env_flat_create(&flat, &err);
  assert_ok(err.status, &err);
  s->env = env_flat_env(s->flat);
  const EnvOpponent opponent[] = {{.strategy = NULL, .weight = 1},
                                  {.strategy = &s->team->strategy[0], .weight = 2}};
  s->env.ops->set_opponents(s->flat, opponent, 2);
}

static void open_scene(Scene *s, int kind, int threads) {
  *s = (Scene){.env = {.self = NULL}};
  if (kind == 0) {
    open_skill(s, threads);
  } else {
    open_flat(s, threads);
  }
  const size_t rows = (size_t)env_rows(&s->env), inputs = (size_t)s->env.shape.inputs;
  s->obs = calloc(rows * inputs, sizeof *s->obs);
  s->final_obs = calloc(rows * inputs, sizeof *s->final_obs);
  s->action = calloc(rows * (size_t)s->env.shape.outputs, sizeof *s->action);
  s->reward = calloc(rows, sizeof *s->reward);
  s->mask = calloc(rows, sizeof *s->mask);
  s->terminated = calloc(rows, sizeof *s->terminated);
  s->truncated = calloc(rows, sizeof *s->truncated);
  s->draw = calloc(rows, sizeof *s->draw);
  assert_true(s->obs && s->final_obs && s->action && s->reward && s->mask && s->terminated &&
              s->truncated && s->draw);
  s->env.ops->reset(s->env.self, false);
}

static void close_scene(Scene *s) {
  env_skill_destroy(s->skill);
  env_flat_destroy(s->flat);
  task_destroy(s->task);
  task_skill_config_destroy(s->config);
  pol_team_destroy(s->team);
  sim_model_destroy(s->model);
  void *const all[] = {s->obs,  s->final_obs,  s->action,    s->reward,
                       s->mask, s->terminated, s->truncated, s->draw};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    free(all[i]);
  }
}

// an actor that needs no network: hovers, with noise from the row's own numbers, or falls
static void act(Scene *s, int first, int end) {
  const int agents = s->env.shape.agents, outputs = s->env.shape.outputs;
  const EnvView view = {.obs = s->obs, .mask = s->mask, .draw = s->draw};
  s->env.ops->observe(s->env.self, &view, first * agents, end * agents);
  for (int row = first * agents; row < end * agents; row++) {
    const KrnDraw *d = &s->draw[row];
    SimRng rng = sim_rng(d->seed, d->world, d->step, d->purpose);
    float *action = s->action + (ptrdiff_t)row * outputs;
    sim_rng_normals(&rng, action, outputs);
    for (int j = 0; j < outputs; j++) {
      // what masked rows are given does not matter
      const float level = row / agents % 2 ? (float)SIM_HOVER_COMMAND : -1;
      action[j] = s->mask[row] ? NAN : level + 0.05f * action[j];
    }
  }
}

static void step(Scene *s, int first, int end) {
  const EnvResult result = {s->reward, s->terminated, s->truncated, s->final_obs};
  SimError err = {0};
  assert_ok(s->env.ops->step(s->env.self, &result, s->action, first, end, &err), &err);
}

static void check_same(const Scene *a, const Scene *b) {
  const size_t rows = (size_t)env_rows(&a->env);
  assert_memory_equal(a->obs, b->obs, rows * (size_t)a->env.shape.inputs * sizeof *a->obs);
  assert_memory_equal(a->reward, b->reward, rows * sizeof *a->reward);
  assert_memory_equal(a->mask, b->mask, rows);
  assert_memory_equal(a->terminated, b->terminated, rows);
  assert_memory_equal(a->truncated, b->truncated, rows);
  for (size_t i = 0; i < rows; i++) {
    const size_t inputs = (size_t)a->env.shape.inputs;
    assert_true(!a->truncated[i] || memcmp(a->final_obs + i * inputs, b->final_obs + i * inputs,
                                           inputs * sizeof *a->final_obs) == 0);
  }
}

// all at once, and in two parts of which the second goes first, on more threads
static void parts_and_threads_change_nothing(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++) {
    Scene a, b;
    open_scene(&a, kind, 1);
    open_scene(&b, kind, 3);
    int terminated = 0, truncated = 0, masked = 0;
    for (int t = 0; t < STEPS; t++) {
      const int middle = 1 + t % (ENVS - 1);
      act(&a, 0, ENVS);
      step(&a, 0, ENVS);
      act(&b, middle, ENVS);
      step(&b, middle, ENVS);
      act(&b, 0, middle);
      step(&b, 0, middle);
      check_same(&a, &b);
      for (int row = 0; row < env_rows(&a.env); row++) {
        assert_true(isfinite(a.reward[row]) && !(a.terminated[row] && a.truncated[row]));
        terminated += a.terminated[row];
        truncated += a.truncated[row];
        masked += a.mask[row];
      }
    }
    // every way in which a row can end was met, and only those who meet others have masks
    assert_true(terminated > 0 && truncated > 0);
    assert_true((masked > 0) == (a.env.ops->set_opponents != NULL));
    close_scene(&a);
    close_scene(&b);
  }
}

static void bytes_go_on_as_if_nothing_had_happened(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++) {
    Scene a, b;
    SimError err = {0};
    open_scene(&a, kind, 2);
    open_scene(&b, kind, 1);
    for (int t = 0; t < STEPS; t++) {
      if (t == STEPS / 2) {
        void *bytes = malloc(a.env.ops->size(a.env.self));
        assert_non_null(bytes);
        a.env.ops->save(bytes, a.env.self);
        assert_ok(b.env.ops->load(b.env.self, bytes, &err), &err);
        free(bytes);
      }
      act(&a, 0, ENVS);
      step(&a, 0, ENVS);
      if (t >= STEPS / 2) {
        act(&b, 0, ENVS);
        step(&b, 0, ENVS);
        check_same(&a, &b);
      }
    }
    close_scene(&a);
    close_scene(&b);
  }
}

// statistics count until they are cleared; a reset starts every episode again
static void statistics_are_cleared(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++) {
    Scene s;
    open_scene(&s, kind, 1);
    for (int t = 0; t < STEPS; t++) {
      act(&s, 0, ENVS);
      step(&s, 0, ENVS);
    }
    const double seen =
        s.skill ? env_skill_count(s.skill)->episodes : env_flat_count(s.flat)->rallies;
    assert_true(seen > 0);
    s.env.ops->clear_stats(s.env.self);
    assert_near(s.skill ? env_skill_count(s.skill)->episodes : env_flat_count(s.flat)->rallies, 0,
                0);
    float *before = malloc((size_t)s.env.shape.inputs * sizeof *before);
    act(&s, 0, ENVS);
    memcpy(before, s.obs, (size_t)s.env.shape.inputs * sizeof *before);
    s.env.ops->reset(s.env.self, false);
    act(&s, 0, ENVS);
    assert_memory_equal(before, s.obs, (size_t)s.env.shape.inputs * sizeof *before);
    s.env.ops->reset(s.env.self, true);
    act(&s, 0, ENVS);
    assert_memory_not_equal(before, s.obs, (size_t)s.env.shape.inputs * sizeof *before);
    free(before);
    close_scene(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parts_and_threads_change_nothing),
      cmocka_unit_test(bytes_go_on_as_if_nothing_had_happened),
      cmocka_unit_test(statistics_are_cleared),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
