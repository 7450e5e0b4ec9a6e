// Legal options, uniform play, and network strategies: arg-max, sampling, stale flags, and the fit
// of a strategy file and an option table.
#include "tests/support/rally_script.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const PolOptions *paper;

static int set_up(void **state) {
  (void)state;
  paper = pol_options_load("paper", NULL);
  return paper ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  pol_options_destroy((PolOptions *)(uintptr_t)paper);
  return 0;
}

static PolOptions *copy_paper(void) {
  PolOptions *options = malloc(sizeof *options);
  assert_non_null(options);
  *options = *paper;
  return options;
}

// ---- legal options

enum {
  WAIT = 0x01,
  PASS = 0x08,
  WAITS = 0x07,
  PASSES = 0x18,
  PASS_HOVER = 0x20,
  BASE = 1,
  SETS = 2,
  SET_HOVER = 4
};
enum { ATTACKS = 6, ATTACK_HOVER = 8 };

static void expect_legal(const Game *game, SimTeam team, uint32_t passer, uint32_t setter,
                         uint32_t attacker) {
  uint32_t legal[POL_HEADS_MAX];
  pol_legal_options(legal, game->options, &game->state, team);
  assert_int_equal(legal[POL_HEAD_PASSER], passer);
  assert_int_equal(legal[POL_HEAD_SETTER], setter);
  assert_int_equal(legal[POL_HEAD_ATTACKER], attacker);
  assert_int_equal(legal[POL_HEAD_SERVE], 1);
}

static void test_mask(void **state) {
  (void)state;
  Game game;
  start_rally(&game, paper, SIM_FAR, 0);
  // the serve phase drives the passers: what their head says has no effect
  expect_legal(&game, SIM_FAR, PASS_HOVER, BASE, BASE);
  expect_legal(&game, SIM_NEAR, WAIT, BASE, BASE);
  throw_ball(&game, -5.5, 0, 2.4, 7, 0, 5.5);
  touch(&game, sim_drone(SIM_FAR, SIM_PASSER));
  // the serve is in the air: the server is done, the receiver's ball is coming
  expect_legal(&game, SIM_FAR, PASS_HOVER, BASE, BASE);
  expect_legal(&game, SIM_NEAR, PASS, BASE, BASE);
  cross(&game);
  throw_ball(&game, 0.1, 0, 4, 5, 0, 0);
  expect_legal(&game, SIM_FAR, WAIT, BASE, BASE);
  expect_legal(&game, SIM_NEAR, PASS, BASE, BASE);
  throw_ball(&game, 4, 0, 2, -2, -1, 5);
  touch(&game, sim_drone(SIM_NEAR, SIM_PASSER));
  expect_legal(&game, SIM_NEAR, PASS_HOVER, SETS, BASE);
  touch(&game, sim_drone(SIM_NEAR, SIM_SETTER));
  expect_legal(&game, SIM_NEAR, PASS_HOVER, SET_HOVER, ATTACKS);
  throw_ball(&game, 1.6, 1, 3.6, -5, 0, 3.7);
  touch(&game, sim_drone(SIM_NEAR, SIM_ATTACKER));
  expect_legal(&game, SIM_NEAR, PASS_HOVER, SET_HOVER, ATTACK_HOVER);
  expect_legal(&game, SIM_FAR, PASSES, BASE, BASE);
  cross(&game);
  throw_ball(&game, -0.1, 1, 4, -5, 0, 0);
  expect_legal(&game, SIM_NEAR, WAITS, BASE, BASE);
  expect_legal(&game, SIM_FAR, PASSES, BASE, BASE);
}

static void test_mask_leaves_out_balls(void **state) {
  (void)state;
  Game game;
  play_serve(&game, paper, SIM_FAR);
  play_three(&game, SIM_NEAR);
  cross(&game);
  game.state.referee.last_hit_side = SIM_FAR;
  // comes down 0.3 m up on either side of the lines
  throw_ball(&game, 4, 2.99, 2, 0, 0, 0);
  expect_legal(&game, SIM_NEAR, PASSES, BASE, BASE);
  throw_ball(&game, 4, -3.01, 2, 0, 0, 0);
  expect_legal(&game, SIM_NEAR, WAITS, BASE, BASE);
  throw_ball(&game, 5.99, 0, 2, 0, 0, 0);
  expect_legal(&game, SIM_NEAR, PASSES, BASE, BASE);
  throw_ball(&game, 6.01, 0, 2, 0, 0, 0);
  expect_legal(&game, SIM_NEAR, WAITS, BASE, BASE);
  // into the net, with a landing point beyond it
  throw_ball(&game, -3.94, 0.17, 1.93, 3.32, 0.75, 5.01);
  expect_legal(&game, SIM_NEAR, WAITS, BASE, BASE);
  // the own ball must be played wherever it goes, unless that is over the net
  game.state.referee.last_hit_side = SIM_NEAR;
  throw_ball(&game, 6.01, 0, 2, 0, 0, 0);
  expect_legal(&game, SIM_NEAR, PASSES, BASE, BASE);
  throw_ball(&game, 3, 0, 2, -4, 0, 6);
  expect_legal(&game, SIM_NEAR, PASS_HOVER, BASE, BASE);
  throw_ball(&game, 3, 0, 2, -4, 0, 3);
  expect_legal(&game, SIM_NEAR, PASSES, BASE, BASE);
}

static void test_mask_locked_passer(void **state) {
  (void)state;
  Game game;
  play_serve(&game, paper, SIM_NEAR);
  touch(&game, sim_drone(SIM_FAR, SIM_PASSER));
  cross(&game);
  throw_ball(&game, 3, 0, 4, 0, 0, 0);
  expect_legal(&game, SIM_NEAR, WAIT, SETS, BASE);
}

// a head without an option of the wanted kind is free, never empty
static void test_mask_never_empty(void **state) {
  (void)state;
  PolOptions *options = copy_paper();
  options->n[POL_HEAD_SETTER] = 2;
  Game game;
  play_serve(&game, paper, SIM_FAR);
  play_three(&game, SIM_NEAR);
  cross(&game);
  game.options = options;
  throw_ball(&game, 4, 0, 2, -2, -1, 5);
  next_step(&game);
  book_touch(&game, sim_drone(SIM_NEAR, SIM_SETTER));
  // the passer has no part in a ball of its own team that it has not touched
  expect_legal(&game, SIM_NEAR, PASS_HOVER, BASE | SETS, ATTACKS);
  free(options);
}

static void test_random_is_uniform(void **state) {
  (void)state;
  enum { DRAWS = 6000 };
  int waits[6] = {0}, passes[6] = {0};
  for (uint32_t rally = 0; rally < DRAWS; rally++) {
    Game game;
    start_rally(&game, paper, SIM_FAR, rally);
    game.strategy.kind = POL_RANDOM;
    game.state.referee.flags.is_rally = true;  // the passers are free
    decide_both(&game);
    waits[game.memory[SIM_NEAR].held[POL_HEAD_PASSER]]++;
    assert_string_equal(held(&game, SIM_NEAR, POL_HEAD_SETTER), "base");
    assert_string_equal(held(&game, SIM_NEAR, POL_HEAD_ATTACKER), "base");
    touch(&game, sim_drone(SIM_FAR, SIM_PASSER));
    throw_ball(&game, 0.1, 0, 4, 5, 0, 0);
    cross(&game);
    passes[game.memory[SIM_NEAR].held[POL_HEAD_PASSER]]++;
  }
  // four standard deviations
  for (int i = 0; i < 3; i++) {
    assert_true(abs(waits[i] - DRAWS / 3) < 147);
  }
  assert_true(abs(passes[3] - DRAWS / 2) < 155 && passes[3] + passes[4] == DRAWS);
  assert_int_equal(waits[3] + waits[4] + waits[5], 0);
}

// ---- networks

// logits = bias of the head, plus 5 for the second setter option when column `column` is 1
static PolFile make_file(int outputs, int column) {
  const PolArch arch = {.inputs = 100, .outputs = outputs, .layers = 1, .hidden = {8}};
  SimError err = {0};
  PolNet *net = pol_net_create(&arch, false, &err);
  assert_non_null(net);
  net->weight[0][column] = 1;
  net->head_weight[7 * 8] = 5;
  PolFile file = {.kind = POL_KIND_STRATEGY,
                  .name = "made",
                  .obs = "strategy100",
                  .act = "heads-6-3-4",
                  .every = 1,
                  .dt = 0.01,
                  .net = net};
  return file;
}

static void decide_net(Game *game, const PolFile *file, bool sample) {
  float scratch[8192];
  assert_true(pol_net_scratch(file->net) <= (int)(sizeof scratch / sizeof scratch[0]));
  const PolStrategy strategy = {
      .kind = POL_STRATEGY_NET, .file = (PolFile *)(uintptr_t)file, .sample = sample};
  for (int team = 0; team < SIM_TEAMS; team++) {
    pol_strategy_decide(&game->memory[team], NULL, &strategy, paper, &game->state, (SimTeam)team,
                        scratch);
  }
}

static void test_net_arg_max(void **state) {
  (void)state;
  PolFile file = make_file(13, 0);
  float *bias = file.net->head_bias;
  bias[4] = bias[6] = bias[12] = 1;
  Game game;
  start_rally(&game, paper, SIM_NEAR, 0);
  decide_net(&game, &file, false);
  const uint8_t want[POL_HEADS_MAX] = {4, 0, 3, 0};
  assert_memory_equal(game.memory[SIM_NEAR].held, want, sizeof want);
  assert_memory_equal(game.memory[SIM_FAR].held, want, sizeof want);
  pol_net_destroy(file.net);
}

// column 85 of strategy100: the own passer has hit, one step late
static void test_net_sees_stale_flags(void **state) {
  (void)state;
  PolFile file = make_file(13, 85);
  Game game;
  start_rally(&game, paper, SIM_NEAR, 0);
  game.state.referee.flags.already_hit[sim_drone(SIM_FAR, SIM_PASSER)] = true;
  decide_net(&game, &file, false);
  assert_int_equal(game.memory[SIM_FAR].held[POL_HEAD_SETTER], 0);
  game.state.referee.stale.already_hit[sim_drone(SIM_FAR, SIM_PASSER)] = true;
  decide_net(&game, &file, false);
  assert_int_equal(game.memory[SIM_FAR].held[POL_HEAD_SETTER], 1);
  assert_int_equal(game.memory[SIM_NEAR].held[POL_HEAD_SETTER], 0);
  pol_net_destroy(file.net);
}

static void test_net_samples(void **state) {
  (void)state;
  enum { DRAWS = 8000 };
  PolFile file = make_file(13, 0);
  float *bias = file.net->head_bias;
  bias[0] = logf(3);  // 3 : 1 : 1 : 1 : 1 : 1
  bias[6] = -80;      // never; even so, finite
  bias[9] = 60;       // always
  int passer[6] = {0}, setter[3] = {0}, differs = 0;
  for (uint32_t rally = 0; rally < DRAWS; rally++) {
    Game game;
    start_rally(&game, paper, SIM_NEAR, rally);
    decide_net(&game, &file, true);
    passer[game.memory[SIM_NEAR].held[POL_HEAD_PASSER]]++;
    setter[game.memory[SIM_NEAR].held[POL_HEAD_SETTER]]++;
    assert_int_equal(game.memory[SIM_NEAR].held[POL_HEAD_ATTACKER], 0);
    differs += game.memory[SIM_NEAR].held[0] != game.memory[SIM_FAR].held[0];
  }
  // four standard deviations of a binomial
  assert_true(abs(passer[0] - DRAWS * 3 / 8) < 174);
  for (int i = 1; i < 6; i++) {
    assert_true(abs(passer[i] - DRAWS / 8) < 119);
  }
  assert_int_equal(setter[0], 0);
  assert_true(abs(setter[1] - DRAWS / 2) < 179);
  // the teams draw apart: 1 - 9/64 - 5/64
  assert_true(abs(differs - DRAWS * 50 / 64) < 148);
  pol_net_destroy(file.net);
}

static void test_net_serve_head(void **state) {
  (void)state;
  PolOptions *options = copy_paper();
  options->n[POL_HEAD_SERVE] = 2;
  options->option[POL_HEAD_SERVE][1] = options->option[POL_HEAD_SERVE][0];
  PolFile file = make_file(15, 0);
  snprintf(file.act, sizeof file.act, "heads-6-3-4-2");
  file.net->head_bias[14] = 1;
  const PolStrategy strategy = {.kind = POL_STRATEGY_NET, .file = &file};
  SimError err = {0};
  assert_ok(pol_strategy_check(&strategy, options, &err), &err);
  Game game;
  start_rally(&game, paper, SIM_NEAR, 0);
  float scratch[8192];
  pol_strategy_decide(&game.memory[0], NULL, &strategy, options, &game.state, SIM_NEAR, scratch);
  assert_int_equal(game.memory[0].held[POL_HEAD_SERVE], 1);
  pol_net_destroy(file.net);
  free(options);
}

static void refuse_file(const PolFile *file, const char *part) {
  SimError err = {0};
  const PolStrategy strategy = {.kind = POL_STRATEGY_NET, .file = (PolFile *)(uintptr_t)file};
  assert_refused(pol_strategy_check(&strategy, paper, &err), SIM_BAD_INPUT, &err, part);
}

static void test_net_fit(void **state) {
  (void)state;
  const PolFile good = make_file(13, 0);
  const PolStrategy strategy = {.kind = POL_STRATEGY_NET, .file = (PolFile *)(uintptr_t)&good};
  SimError err = {0};
  assert_ok(pol_strategy_check(&strategy, paper, &err), &err);
  PolFile file = good;
  file.kind = POL_KIND_SKILL;
  refuse_file(&file, "saw a skill policy, wanted a strategy");
  file.kind = POL_KIND_FLAT;
  refuse_file(&file, "saw a flat policy, wanted a strategy");
  file = good;
  snprintf(file.obs, sizeof file.obs, "goto26");
  refuse_file(&file, "saw a strategy that observes 'goto26', wanted strategy100 or court128");
  file = good;
  snprintf(file.act, sizeof file.act, "heads-8-6-9-4");
  refuse_file(&file,
              "saw a strategy with act 'heads-8-6-9-4' and 13 outputs, wanted heads-6-3-4 of "
              "the option table 'paper'");
  file = good;
  snprintf(file.options, sizeof file.options, "paper");
  file.options_hash = paper->hash + 1;
  refuse_file(&file, "saw a strategy for the option table 'paper' with hash ");
  file.options_hash = paper->hash;
  const PolStrategy pinned = {.kind = POL_STRATEGY_NET, .file = &file};
  assert_ok(pol_strategy_check(&pinned, paper, &err), &err);
  snprintf(file.options, sizeof file.options, "court");
  refuse_file(&file, "saw a strategy for the option table 'court' with hash ");
  pol_net_destroy(good.net);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mask),
      cmocka_unit_test(test_mask_leaves_out_balls),
      cmocka_unit_test(test_mask_locked_passer),
      cmocka_unit_test(test_mask_never_empty),
      cmocka_unit_test(test_random_is_uniform),
      cmocka_unit_test(test_net_arg_max),
      cmocka_unit_test(test_net_sees_stale_flags),
      cmocka_unit_test(test_net_samples),
      cmocka_unit_test(test_net_serve_head),
      cmocka_unit_test(test_net_fit),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
