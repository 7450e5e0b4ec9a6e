// What co-self-play stands on: books of strikes that pay every reward once and cut advantages where
// a flight ends, strategies that grow into a larger option table, and its configuration.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/league/expand_head.h"
#include "hcsp/learn/trajectory.h"
#include "hcsp/recipes/coself/config.h"
#include "policies/court.h"
#include "policies/file.h"
#include "policies/net.h"
#include "policies/options.h"
#include "sim/base/rng.h"

// ---- strikes as they happen

enum { INPUTS = 3, OUTPUTS = 2, ROWS = 5 };
static const TrajectoryShape SHAPE = {.rows = ROWS,
                                      .inputs = INPUTS,
                                      .actions = OUTPUTS,
                                      .capacity = 40,
                                      .settles = true,
                                      .gamma = 0.9,
                                      .gamma_horizon = 2};

static Trajectory *make_flights(void) {
  SimError err = {0};
  Trajectory *flights = trajectory_create(&SHAPE);
  assert_ok(err.status, &err);
  return flights;
}

// a decision that sees `seen` and can be told from every other
static bool act(Trajectory *f, int row, float seen) {
  const float obs[INPUTS] = {seen, (float)row, 1}, action[OUTPUTS] = {-seen, 2 * seen};
  return trajectory_act(f, row, 0, obs, action, NULL, seen / 8);
}

// the value of what is seen is its first number
static void first_number(void *arg, float *value, const float *obs, int n) {
  (void)arg;
  for (int i = 0; i < n; i++) {
    value[i] = obs[(size_t)i * INPUTS];
  }
}

static int judge(RolloutSamples *samples, Trajectory *f) {
  trajectory_gae(samples, f, 0.8, first_number, NULL);
  return samples->n;
}

// two teams' flights lie between each other, and each is judged as if it were alone
static void advantages_end_with_the_flight(void **state) {
  (void)state;
  Trajectory *f = make_flights();
  RolloutSamples got;
  act(f, 0, 1);
  act(f, 1, 5);
  trajectory_reward(f, 0, 0, 0.5);
  act(f, 0, 2);
  trajectory_reward(f, 0, 0, 3);
  trajectory_end(f, 0, 1, TRANSITION_TERMINATED, NULL);
  const float cut[INPUTS] = {10, 0, 0};
  trajectory_end(f, 1, 1, TRANSITION_TRUNCATED, cut);
  const float other[INPUTS] = {20, 0, 0};
  act(f, 2, 3);
  trajectory_end(f, 2, 1, TRANSITION_TRUNCATED, other);
  act(f, 0, 7);
  assert_true(trajectory_is_open(f, 0));
  // in the order in which flights ended
  assert_int_equal(judge(&got, f), 4);
  const float seen[4] = {1, 2, 5, 3};
  for (int i = 0; i < 4; i++) {
    assert_true(got.obs[i * INPUTS] == seen[i] && got.action[i * OUTPUTS] == -seen[i] &&
                got.log_prob[i] == seen[i] / 8);
  }
  const double last = 3 - 2, first = 0.5 + 0.9 * 2 - 1 + 0.9 * 0.8 * last;
  assert_near((double)got.advantage[0], first, 1e-6);
  assert_near((double)got.wanted[0], first + 1, 1e-6);
  assert_near((double)got.advantage[1], last, 1e-6);
  // the switched one goes on with what the skill expects of the next moment
  assert_near((double)got.advantage[2], 0.9 * 10 - 5, 1e-6);
  assert_near((double)got.advantage[3], 0.9 * 20 - 3, 1e-6);
  trajectory_destroy(f);
}

static void result_reaches_the_strike_that_waits(void **state) {
  (void)state;
  Trajectory *f = make_flights();
  act(f, 2, 1);
  trajectory_end(f, 2, 4, TRANSITION_WAITS, NULL);
  assert_int_equal(f->ready, 0);
  trajectory_settle(f, 2, 5, -1);
  assert_int_equal(f->ready, 1);
  assert_near(f->one[0].reward, -exp(-0.5), 1e-6);
  // the next result belongs to nobody
  trajectory_settle(f, 2, 6, 1);
  assert_near(f->one[0].reward, -exp(-0.5), 1e-6);
  // a second strike before the result: the first gets none
  act(f, 2, 1);
  trajectory_end(f, 2, 7, TRANSITION_WAITS, NULL);
  act(f, 2, 1);
  trajectory_end(f, 2, 8, TRANSITION_WAITS, NULL);
  trajectory_settle(f, 2, 8, 1);
  assert_true(f->one[1].reward == 0);
  assert_true(f->one[2].reward == 1);
  trajectory_destroy(f);
}

// one random event; rewards are whole eighths, whose sums are exact
static void happen(Trajectory *f, SimRng *rng, double seconds, double *paid) {
  const int row = (int)sim_rng_below(rng, ROWS), what = (int)sim_rng_below(rng, 8);
  const float obs[INPUTS] = {1, 2, 3};
  if (!trajectory_is_open(f, row)) {
    act(f, row, (float)row);
  } else if (what == 0) {
    trajectory_end(f, row, seconds, TRANSITION_WAITS, NULL);
  } else if (what == 1) {
    trajectory_end(f, row, seconds, TRANSITION_TERMINATED, NULL);
  } else if (what == 2) {
    trajectory_end(f, row, seconds, TRANSITION_TRUNCATED, obs);
  } else if (what < 5) {
    const double reward = (double)sim_rng_below(rng, 64) / 8 - 4;
    trajectory_reward(f, row, seconds, reward);
    *paid += reward;
  } else {
    act(f, row, (float)what);
  }
}

// what belongs to a sample is still that of act(), wherever it has moved
static void check_samples(const Trajectory *f) {
  for (int at = 0; at < f->n; at++) {
    const float *obs = f->obs + at * INPUTS, *action = f->action + at * OUTPUTS;
    assert_true(action[0] == -obs[0] && action[1] == 2 * obs[0]);
    assert_true(f->log_prob[at] == obs[0] / 8);
    assert_true(obs[1] == (float)f->one[at].row);
    // the one before belongs to the same flight, and knows what follows it
    const int32_t before = f->one[at].before;
    assert_true(before < 0 || (f->one[before].row == f->one[at].row && f->one[before].after == at));
  }
}

static void nothing_paid_is_lost(void **state) {
  (void)state;
  Trajectory *f = make_flights(), *copy = make_flights();
  SimRng rng = sim_rng(7, 0, 0, SIM_RNG_TEST);
  SimError err = {0};
  double paid = 0;
  for (int i = 0; i < 20000; i++) {
    happen(f, &rng, i, &paid);
    if (sim_rng_below(&rng, 20) == 0) {
      trajectory_settle(f, (int)sim_rng_below(&rng, ROWS), i, 0);
    }
    if (f->n == SHAPE.capacity || sim_rng_below(&rng, 40) == 0) {
      for (int row = 0; f->n == SHAPE.capacity && row < ROWS; row++) {
        if (trajectory_is_open(f, row)) {
          // there is no room, which ends the flight
          assert_false(act(f, row, 0));
          assert_false(trajectory_is_open(f, row));
        }
        trajectory_settle(f, row, i, 0);
      }
      trajectory_clear(f);
      check_samples(f);
    }
    assert_true(f->paid == paid);
    assert_true(f->taken + trajectory_kept(f) == paid);
    if (i % 1000 == 0) {
      const size_t size = trajectory_size(f);
      char *bytes = malloc(size), *again = malloc(size);
      trajectory_save(bytes, f);
      assert_ok(trajectory_load(copy, bytes, size, &err), &err);
      assert_int_equal(trajectory_size(copy), size);
      trajectory_save(again, copy);
      assert_memory_equal(bytes, again, size);
      Trajectory *swap = f;
      f = copy;
      copy = swap;
      free(bytes);
      free(again);
    }
  }
  trajectory_destroy(f);
  trajectory_destroy(copy);
}

static void foreign_bytes_are_refused(void **state) {
  (void)state;
  Trajectory *f = make_flights(), *copy = make_flights();
  SimError err = {0};
  act(f, 0, 1);
  act(f, 0, 2);
  trajectory_end(f, 0, 1, TRANSITION_WAITS, NULL);
  const size_t size = trajectory_size(f);
  char *bytes = malloc(size);
  trajectory_save(bytes, f);
  assert_int_equal(trajectory_load(copy, bytes, size - 1, &err), SIM_BAD_INPUT);
  assert_int_equal(trajectory_load(copy, bytes, 3, &err), SIM_BAD_INPUT);
  const int32_t many = 1 << 30;
  memcpy(bytes, &many, sizeof many);
  assert_int_equal(trajectory_load(copy, bytes, size, &err), SIM_BAD_INPUT);
  free(bytes);
  trajectory_destroy(f);
  trajectory_destroy(copy);
}

// ---- growing into a larger table

// of the options of a kind the k-th, or -1
static int nth(const PolOptions *options, PolHead head, bool strikes, int k) {
  for (int i = 0; i < options->n[head]; i++) {
    const PolSlot slot = options->option[head][i].slot;
    const bool fits = strikes ? pol_slot_strikes(slot) : slot == POL_GOTO;
    if (fits && k-- == 0) {
      return i;
    }
  }
  return -1;
}

// whether name is end, or has it as its last words
static bool last_words(const char *name, const char *end) {
  const size_t n = strlen(name), m = strlen(end);
  return m <= n && strcmp(name + n - m, end) == 0 && (m == n || name[n - m - 1] == ' ');
}

// a held option is seen as the one was seen whose whole name its own ends with; returns how many
static int check_held(const PolFile *grown, const PolFile *old, const PolOptions *to,
                      const PolOptions *from, PolHead head, int first) {
  const int inputs = old->net->arch.inputs;
  const bool strikes = head == POL_HEAD_ATTACKER;
  int k = 0;
  for (; nth(to, head, strikes, k) >= 0; k++) {
    const char *name = to->option[head][nth(to, head, strikes, k)].name;
    int best = -1;
    size_t longest = 0;
    for (int was = 0; nth(from, head, strikes, was) >= 0; was++) {
      const char *end = from->option[head][nth(from, head, strikes, was)].name;
      if (last_words(name, end) && strlen(end) > longest) {
        best = was;
        longest = strlen(end);
      }
    }
    assert_true(best >= 0);
    for (int row = 0; row < old->net->arch.hidden[0]; row++) {
      assert_true(grown->net->weight[0][row * inputs + first + k] ==
                  old->net->weight[0][row * inputs + first + best]);
    }
  }
  return k;
}

static void new_options_start_as_old_ones(void **state) {
  (void)state;
  SimError err = {0};
  char path[512];
  snprintf(path, sizeof path, HCSP_SOURCE_DIR "/policies/strategies/stage2_court-020.safetensors");
  PolOptions *from = pol_options_load("court", &err), *to = pol_options_load("court3", &err);
  assert_ok(err.status, &err);
  PolFile *old = pol_file_load(path, &err);
  assert_ok(err.status, &err);
  PolFile *grown = league_expand_head(old, from, to, 0, 1, &err);
  assert_ok(err.status, &err);
  assert_int_equal(grown->options_hash, to->hash);
  assert_int_equal(grown->net->arch.outputs, to->n[0] + to->n[1] + to->n[2] + to->n[3]);
  const size_t width = (size_t)old->net->arch.hidden[old->net->arch.layers - 1];
  int row = 0, old_row = 0, fresh = 0;
  for (int head = 0; head < POL_HEADS_MAX; head++) {
    for (int i = 0; i < to->n[head]; i++) {
      const int source = league_expand_source(from, to, (PolHead)head, i);
      assert_in_range(source, 0, from->n[head] - 1);
      const char *name = to->option[head][i].name, *was = from->option[head][source].name;
      assert_string_equal(name + strlen(name) - strlen(was), was);
      fresh += strcmp(name, was) != 0;
      assert_memory_equal(grown->net->head_weight + (size_t)(row + i) * width,
                          old->net->head_weight + (size_t)(old_row + source) * width,
                          width * sizeof(float));
      assert_true(grown->net->head_bias[row + i] == old->net->head_bias[old_row + source]);
    }
    row += to->n[head];
    old_row += from->n[head];
  }
  assert_true(fresh > 0);
  assert_true(check_held(grown, old, to, from, POL_HEAD_PASSER, POL_COURT_WAIT) >= 3);
  assert_true(check_held(grown, old, to, from, POL_HEAD_ATTACKER, POL_COURT_ATTACK) >= 5);
  // noise tells copies apart, and leaves the old options alone
  PolFile *noisy = league_expand_head(old, from, to, 0.1, 1, &err);
  int changed = 0;
  for (int i = 0; i < row; i++) {
    changed += memcmp(noisy->net->head_weight + (size_t)i * width,
                      grown->net->head_weight + (size_t)i * width, width * sizeof(float)) != 0;
  }
  assert_int_equal(changed, fresh);
  // the other way round there is nothing to come from for nobody, but paper's layout is another
  PolOptions *paper = pol_options_load("paper", &err);
  assert_null(league_expand_head(old, from, paper, 0, 1, &err));
  assert_int_equal(err.status, SIM_BAD_INPUT);
  pol_options_destroy(paper);
  pol_file_destroy(noisy);
  pol_file_destroy(grown);
  pol_file_destroy(old);
  pol_options_destroy(from);
  pol_options_destroy(to);
}

// touches instead of roles: two attacks more at the end of the table, and nothing else changes
static void heads_of_touches_grow(void **state) {
  (void)state;
  enum { WIDTH = 8 };
  SimError err = {0};
  PolOptions *from = pol_options_load("volley", &err), *to = pol_options_load("volley", &err);
  assert_ok(err.status, &err);
  const int n = to->n[POL_HEAD_THIRD];
  for (int i = 0; i < 2; i++) {
    PolOption *fresh = &to->option[POL_HEAD_THIRD][n + i];
    *fresh = to->option[POL_HEAD_THIRD][i];
    snprintf(fresh->name, sizeof fresh->name, "new %.40s", to->option[POL_HEAD_THIRD][i].name);
  }
  to->n[POL_HEAD_THIRD] += 2;
  const PolArch arch = {.inputs = sim_obs_size(SIM_OBS_VOLLEY230),
                        .outputs = pol_options_outputs(from),
                        .layers = 1,
                        .hidden = {WIDTH}};
  PolFile old = {.kind = POL_KIND_STRATEGY, .net = pol_net_create(&arch, false, &err)};
  snprintf(old.obs, sizeof old.obs, "volley230");
  SimRng rng = sim_rng(3, 0, 0, SIM_RNG_TEST);
  sim_rng_normals(&rng, old.net->weight[0], WIDTH * arch.inputs);
  sim_rng_normals(&rng, old.net->head_weight, WIDTH * arch.outputs);
  PolFile *grown = league_expand_head(&old, from, to, 0, 1, &err);
  assert_ok(err.status, &err);
  assert_int_equal(grown->net->arch.outputs, arch.outputs + 2);
  assert_memory_equal(grown->net->weight[0], old.net->weight[0],
                      (size_t)(WIDTH * arch.inputs) * sizeof(float));
  assert_memory_equal(grown->net->head_weight, old.net->head_weight,
                      (size_t)(WIDTH * arch.outputs) * sizeof(float));
  assert_memory_equal(grown->net->head_weight + (size_t)(WIDTH * arch.outputs),
                      old.net->head_weight + (size_t)(WIDTH * (arch.outputs - n)),
                      2 * WIDTH * sizeof(float));
  snprintf(old.obs, sizeof old.obs, "court128");
  assert_null(league_expand_head(&old, from, to, 0, 1, &err));
  assert_int_equal(err.status, SIM_BAD_INPUT);
  pol_file_destroy(grown);
  pol_net_destroy(old.net);
  pol_options_destroy(from);
  pol_options_destroy(to);
}

// ---- configuration

static void configuration_is_checked(void **state) {
  (void)state;
  SimError err = {0};
  CoselfConfig config, smoke;
  assert_ok(coself_config_load(&config, "quick", NULL, NULL, 0, &err), &err);
  assert_ok(coself_config_load(&smoke, "smoke", NULL, NULL, 0, &err), &err);
  assert_true(smoke.num_envs < config.num_envs);
  const char *own[] = {"num_envs=32", "skills=attack", "scoring=strict"};
  assert_ok(coself_config_load(&smoke, "smoke", NULL, own, 3, &err), &err);
  assert_true(smoke.num_envs == 32);
  assert_string_equal(smoke.skills, "attack");
  assert_int_equal(smoke.scoring, COSELF_SCORING_STRICT);
  // what was resolved reads as itself
  char *text = coself_config_text(&smoke);
  assert_non_null(text);
  test_write_file("coself.yaml", text, strlen(text));
  CoselfConfig again;
  assert_ok(coself_config_load(&again, "smoke", "coself.yaml", NULL, 0, &err), &err);
  char *same = coself_config_text(&again);
  assert_string_equal(text, same);
  free(text);
  free(same);
  static const struct {
    const char *word, *sentence;
  } WRONG[] = {{"num_evns=3", "num_envs"},      {"matches=3", "wanted 'num_envs'"},
               {"num_envs=0", "num_envs"},      {"kl_coef=nan", "kl_coef"},
               {"scoring=odd", "odd"},          {"self_share=1.5", "self_share"},
               {"batch_size=0.5", "batch_size"}};
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
    err = (SimError){0};
    const SimStatus status = coself_config_load(&config, "quick", NULL, &WRONG[i].word, 1, &err);
    assert_refused(status, SIM_USAGE, &err, WRONG[i].sentence);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(advantages_end_with_the_flight),
      cmocka_unit_test(result_reaches_the_strike_that_waits),
      cmocka_unit_test(nothing_paid_is_lost),
      cmocka_unit_test(foreign_bytes_are_refused),
      cmocka_unit_test(new_options_start_as_old_ones),
      cmocka_unit_test(heads_of_touches_grow),
      cmocka_unit_test(configuration_is_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
