// What every environment must do, whatever it holds: the same bits at any number of threads and
// whichever part of it is stepped first, going on from bytes as if nothing had happened, masks and
// ends that keep their word, statistics that are cleared.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/flat_env.h"
#include "hcsp/env/match_env.h"
#include "hcsp/env/skill_env.h"
#include "hcsp/env/tasks/config.h"
#include "sim/base/rng.h"

enum { ENVS = 7, STEPS = 90 };
// what is opened; the last two are of a caller who plays against somebody and sees his own rows
typedef enum Kind { SKILL, RATES, FLAT, STRATEGY, FLAT_AGAINST, STRATEGY_AGAINST, KINDS } Kind;

// An environment, what it needs, and arrays for its rows.
typedef struct Scene {
  TaskConfig *config;
  Task *task;
  EnvSkill *skill;
  SimModel *model;
  PolTeam *team;
  PolTeam *guest;
  EnvFlat *flat;
  EnvMatch *match;
  Env env;
  float *obs, *action, *reward, *final_obs, *seconds;
  uint8_t *mask, *terminated, *truncated, *legal;
  KrnDraw *draw;
} Scene;

// rates: it commands collective thrust and body rates
static void open_skill(Scene *s, bool rates, int threads) {
  SimError err = {0};
  static const char *const SHORT[] = {"time_max=1", "time_min=0.8", "action=ctbr",
                                      "physics=flight"};
  s->config = task_skill_config_load("hover", NULL, SHORT, rates ? 4 : 2, &err);
  assert_ok(err.status, &err);
  s->task = task_create(s->config, NULL);
  s->skill = env_skill_create(s->task, ENVS, true, threads, 5, &err);
  assert_non_null(s->skill);
  s->env = env_skill_env(s->skill);
}

static void open_flat(Scene *s, bool against, int threads) {
  // a clock that ends rallies in which the ball is still in the air
  static const SimRules SHORT = {.name = "short", .steps_max = 40};
  SimError err = {0};
  const EnvFlatOptions flat = {.model = s->model,
                               .team = s->team,
                               .learner = &s->team->strategy[0],
                               .rules = &SHORT,
                               .pay = {.result = 1, .hit = 1, .ball = 0.1, .scale = 1},
                               .share = {[TASK_FLAT_FLYING] = 0.5},
                               .num_envs = ENVS,
                               .agents = against ? SIM_ROLES : SIM_DRONES,
                               .guest = s->guest,
                               .threads = threads,
                               .seed = 5};
  s->flat = env_flat_create(&flat, &err);
  assert_ok(err.status, &err);
  s->env = env_flat_env(s->flat);
  const EnvOpponent opponent[] = {{.strategy = NULL, .weight = 1},
                                  {.strategy = &s->team->strategy[0], .weight = 2},
                                  {.strategy = &s->guest->strategy[0], .weight = 2, .guest = true}};
  s->env.ops->set_opponents(s->flat, opponent + against, 3 - against);
}

static void open_strategy(Scene *s, bool against, int threads, double draw_cost) {
  // long enough for a serve to come down, too short for most rallies
  static const SimRules SHORT = {.name = "short", .steps_max = 350};
  static const PolStrategy RANDOM = {.kind = POL_RANDOM, .name = "random"};
  SimError err = {0};
  const EnvMatchOptions match = {.model = s->model,
                                 .team = s->guest,
                                 .guest = s->team,
                                 .agents = against ? 1 : SIM_TEAMS,
                                 .rules = &SHORT,
                                 .matches = ENVS,
                                 .threads = threads,
                                 .draw_cost = draw_cost,
                                 .seed = 5};
  s->match = env_match_create(&match, &err);
  assert_ok(err.status, &err);
  s->env = env_match_env(s->match);
  const EnvOpponent opponent[] = {{.strategy = NULL, .weight = 1},
                                  {.strategy = &RANDOM, .weight = 1},
                                  {.strategy = &s->team->strategy[0], .weight = 1, .guest = true}};
  s->env.ops->set_opponents(s->match, opponent + against, 3 - against);
}

// a step of a strategy is some fifty of the others
static int steps_of(int kind) {
  return kind == STRATEGY || kind == STRATEGY_AGAINST ? 14 : STEPS;
}

static void open_teams(Scene *s) {
  SimError err = {0};
  SimModelOptions options = sim_model_default();
  options.physics = SIM_PHYSICS_FLIGHT;
  s->model = sim_model_create(&options, &err);
  s->team = pol_team_load("sp", &err);
  assert_ok(err.status, &err);
  s->guest = pol_team_load("stage1", &err);  // networks: cheap under sanitizers
  assert_ok(err.status, &err);
}

static void open_priced_scene(Scene *s, int kind, int threads, double draw_cost) {
  *s = (Scene){.env = {.self = NULL}};
  const bool skill = kind == SKILL || kind == RATES;
  if (skill) {
    open_skill(s, kind == RATES, threads);
  } else {
    open_teams(s);
  }
  if (kind == FLAT || kind == FLAT_AGAINST) {
    open_flat(s, kind == FLAT_AGAINST, threads);
  } else if (!skill) {
    open_strategy(s, kind == STRATEGY_AGAINST, threads, draw_cost);
  }
  const size_t rows = (size_t)env_rows(&s->env), inputs = (size_t)s->env.shape.inputs;
  s->obs = calloc(rows * inputs, sizeof *s->obs);
  s->final_obs = calloc(rows * inputs, sizeof *s->final_obs);
  s->action = calloc(rows * (size_t)s->env.shape.outputs, sizeof *s->action);
  s->reward = calloc(rows, sizeof *s->reward);
  s->mask = calloc(rows, sizeof *s->mask);
  s->terminated = calloc(rows, sizeof *s->terminated);
  s->truncated = calloc(rows, sizeof *s->truncated);
  s->seconds = calloc(rows, sizeof *s->seconds);
  s->legal = calloc(rows + (size_t)env_options(&s->env) * rows, sizeof *s->legal);
  s->draw = calloc(rows, sizeof *s->draw);
  assert_true(s->obs && s->final_obs && s->action && s->reward && s->mask && s->terminated &&
              s->truncated && s->seconds && s->legal && s->draw);
  s->env.ops->reset(s->env.self, false);
}

static void close_scene(Scene *s) {
  env_skill_destroy(s->skill);
  env_flat_destroy(s->flat);
  env_match_destroy(s->match);
  task_destroy(s->task);
  task_skill_config_destroy(s->config);
  pol_team_destroy(s->team);
  pol_team_destroy(s->guest);
  sim_model_destroy(s->model);
  void *const all[] = {s->obs,        s->final_obs, s->action,  s->reward, s->mask,
                       s->terminated, s->truncated, s->seconds, s->legal,  s->draw};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    free(all[i]);
  }
}

// one of the legal options of each head
static void choose(float *action, const Env *env, const uint8_t *legal, SimRng *rng) {
  for (int head = 0; head < env->shape.heads; legal += env->shape.option[head++]) {
    int option[POL_OPTIONS_MAX], n = 0;
    for (int i = 0; i < env->shape.option[head]; i++) {
      option[n] = i;
      n += legal[i];
    }
    assert_true(n > 0);
    action[head] = (float)option[sim_rng_below(rng, (uint32_t)n)];
  }
}

// an actor that needs no network: hovers, with noise from the row's own numbers, or falls; chooses
// at random
static void act(Scene *s, int first, int end) {
  const int agents = s->env.shape.agents, outputs = s->env.shape.outputs;
  const EnvView view = {.obs = s->obs, .mask = s->mask, .draw = s->draw, .legal = s->legal};
  s->env.ops->observe(s->env.self, &view, first * agents, end * agents);
  for (int row = first * agents; row < end * agents; row++) {
    const KrnDraw *d = &s->draw[row];
    SimRng rng = sim_rng(d->seed, d->world, d->step, d->purpose);
    float *action = s->action + (ptrdiff_t)row * outputs;
    if (s->env.shape.heads > 0 && !s->mask[row]) {
      choose(action, &s->env, s->legal + (ptrdiff_t)row * env_options(&s->env), &rng);
      continue;
    }
    sim_rng_normals(&rng, action, outputs);
    for (int j = 0; j < outputs; j++) {
      // what masked rows are given does not matter
      const float level = row / agents % 2 ? (float)SIM_HOVER_COMMAND : -1;
      action[j] = s->mask[row] ? NAN : level + 0.05f * action[j];
    }
  }
}

static void step(Scene *s, int first, int end) {
  const EnvResult result = {s->reward, s->terminated, s->truncated, s->final_obs, s->seconds};
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
  assert_memory_equal(a->seconds, b->seconds, rows * sizeof *a->seconds);
  assert_memory_equal(a->legal, b->legal, rows * (size_t)env_options(&a->env));
  for (size_t i = 0; i < rows; i++) {
    const size_t inputs = (size_t)a->env.shape.inputs;
    const bool over = a->truncated[i] || a->terminated[i];
    assert_true(!over || memcmp(a->final_obs + i * inputs, b->final_obs + i * inputs,
                                inputs * sizeof *a->final_obs) == 0);
  }
}

static void open_scene(Scene *s, int kind, int threads) {
  open_priced_scene(s, kind, threads, 0);
}

// a rally that runs to the clock ends with its price for both, and else nothing changes
static void draws_have_their_price(void **state) {
  (void)state;
  Scene plain, priced;
  int draws = 0, others = 0;
  open_scene(&plain, STRATEGY, 1);
  open_priced_scene(&priced, STRATEGY, 1, 0.25);
  for (int t = 0; t < steps_of(STRATEGY); t++) {
    act(&plain, 0, ENVS);
    step(&plain, 0, ENVS);
    act(&priced, 0, ENVS);
    step(&priced, 0, ENVS);
    for (int row = 0; row < env_rows(&plain.env); row++) {
      const bool draw = plain.truncated[row];
      assert_near(priced.reward[row], plain.reward[row] - (draw ? 0.25F : 0), 0);
      assert_int_equal(priced.terminated[row], plain.terminated[row] || draw);
      assert_false(priced.truncated[row]);
      draws += draw;
      others += plain.terminated[row];
    }
  }
  assert_true(draws > 0 && others > 0);
  close_scene(&plain);
  close_scene(&priced);
}

// all at once, and in two parts of which the second goes first, on more threads
static void parts_and_threads_change_nothing(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++) {
    Scene a, b;
    open_scene(&a, kind, 1);
    open_scene(&b, kind, 3);
    int terminated = 0, truncated = 0, masked = 0;
    for (int t = 0; t < steps_of(kind); t++) {
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
    // every way in which a row can end was met; rows of others are masked, and of who has no choice
    assert_true(terminated > 0 && truncated > 0);
    assert_true((masked > 0) == (kind == FLAT || kind == STRATEGY));
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
    for (int t = 0; t < steps_of(kind); t++) {
      if (t == steps_of(kind) / 2) {
        void *bytes = malloc(a.env.ops->size(a.env.self));
        assert_non_null(bytes);
        a.env.ops->save(bytes, a.env.self);
        assert_ok(b.env.ops->load(b.env.self, bytes, &err), &err);
        free(bytes);
      }
      act(&a, 0, ENVS);
      step(&a, 0, ENVS);
      if (t >= steps_of(kind) / 2) {
        act(&b, 0, ENVS);
        step(&b, 0, ENVS);
        check_same(&a, &b);
      }
    }
    close_scene(&a);
    close_scene(&b);
  }
}

static double episodes(const Scene *s) {
  if (s->match) {
    const EnvScore sum = env_matchup_total(env_match_matchups(s->match), 3);
    return sum.wins + sum.losses + sum.draws;
  }
  return s->skill ? env_skill_count(s->skill)->episodes : env_flat_count(s->flat)->rallies;
}

// statistics count until they are cleared; a reset starts every episode again
static void statistics_are_cleared(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++) {
    Scene s;
    open_scene(&s, kind, 1);
    for (int t = 0; t < steps_of(kind); t++) {
      act(&s, 0, ENVS);
      step(&s, 0, ENVS);
    }
    assert_true(episodes(&s) > 0);
    s.env.ops->clear_stats(s.env.self);
    assert_near(episodes(&s), 0, 0);
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

// a choice: its time passes, it is told what it won, and what is not legal is refused
static void choices_are_checked_and_told(void **state) {
  (void)state;
  Scene s;
  SimError err = {0};
  open_scene(&s, STRATEGY_AGAINST, 1);
  const size_t size = s.env.ops->size(s.env.self);
  void *before = malloc(size), *after = malloc(size);
  double seconds = 0, results = 0;
  for (int t = 0; t < steps_of(STRATEGY_AGAINST); t++) {
    act(&s, 0, ENVS);
    const EnvResult result = {s.reward, s.terminated, s.truncated, s.final_obs, s.seconds};
    const float bad[] = {-1, 99, NAN};
    float *of_last = &s.action[ENVS * s.env.shape.outputs - 1];
    const float good = *of_last;
    *of_last = bad[t % 3];
    s.env.ops->save(before, s.env.self);
    assert_int_equal(s.env.ops->step(s.env.self, &result, s.action, 0, ENVS, &err), SIM_USAGE);
    assert_non_null(strstr(err.text, "environment 6: saw option"));
    s.env.ops->save(after, s.env.self);
    assert_memory_equal(before, after, size);
    *of_last = good;
    step(&s, 0, ENVS);
    for (int row = 0; row < ENVS; row++) {
      assert_true(s.seconds[row] > 0.005f && s.seconds[row] < 3.52f);
      assert_true((fabsf(s.reward[row]) == 1) == s.terminated[row]);
      seconds += (double)s.seconds[row];
      results += s.terminated[row] + s.truncated[row];
    }
  }
  assert_near(seconds, env_match_steps(s.match) * SIM_DT, 1e-2);
  assert_near(results, episodes(&s), 0);
  free(before);
  free(after);
  close_scene(&s);
}

// crashes of drones that start near their points, level, and are told nothing for a second and a
// half
static int crashes_of_nothing(const char *action) {
  const char *const keys[] = {action,       "start_near=1", "start_wide=0", "start_published=0",
                              "time_max=9", "time_min=8"};
  SimError err = {0};
  Scene s = {0};
  s.config = task_skill_config_load("hover", NULL, keys, 6, &err);
  assert_ok(err.status, &err);
  s.task = task_create(s.config, NULL);
  s.skill = env_skill_create(s.task, ENVS, false, 1, 5, &err);
  assert_non_null(s.skill);
  float action_of_all[ENVS * SIM_ROTORS] = {0}, reward[ENVS], final_obs[ENVS * SIM_OBS_MAX];
  uint8_t terminated[ENVS], truncated[ENVS];
  const EnvResult result = {reward, terminated, truncated, final_obs, NULL};
  const Env env = env_skill_env(s.skill);
  int crashes = 0;
  for (int t = 0; t < 75; t++) {
    assert_ok(env.ops->step(env.self, &result, action_of_all, 0, ENVS, &err), &err);
    for (int i = 0; i < ENVS; i++) {
      crashes += terminated[i];
    }
  }
  close_scene(&s);
  return crashes;
}

// half of the rotors' thrust carries no drone; a thrust that is not told to differ from the weight
// and no turning does
static void body_rates_of_nothing_hover(void **state) {
  (void)state;
  assert_true(crashes_of_nothing("action=rotor") >= 4);
  assert_int_equal(crashes_of_nothing("action=ctbr"), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parts_and_threads_change_nothing),
      cmocka_unit_test(draws_have_their_price),
      cmocka_unit_test(bytes_go_on_as_if_nothing_had_happened),
      cmocka_unit_test(statistics_are_cleared),
      cmocka_unit_test(choices_are_checked_and_told),
      cmocka_unit_test(body_rates_of_nothing_hover),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
