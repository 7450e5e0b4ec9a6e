// The rule bot state by state and through whole sequences of events: free balls, touches that go
// over, touches out of order, a locked passer, and random play in which no state may hold it.
#include "tests/support/rally_script.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"

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

// ---- the bot's table, state by state

typedef enum Happening {
  OWN_PASSER,  // touches, ball on our half
  OWN_SETTER,
  OWN_ATTACKER,
  OPPONENT_HERE,   // an opponent touches the ball on our half
  OPPONENT_FIRST,  // on their half: their first touch
  THIRD_OVER,      // their third touch, towards us
  THIRD_SHORT,     // their third touch, not towards us
  CROSS_TO_US,
  CROSS_TO_THEM,
  HAPPENINGS,
} Happening;

enum { W = POL_BOT_WAIT, P, S, A, D, V, R };  // V: serve, R: served

static const uint8_t TABLE[POL_BOT_STATES][HAPPENINGS] = {
    // own P, S, A, opponent here, first, third over, short, to us, to them
    [W] = {S, A, D, P, W, P, W, P, W}, [P] = {S, A, D, P, P, P, P, P, W},
    [S] = {S, A, D, S, S, S, S, S, W}, [A] = {A, A, D, A, A, A, A, A, W},
    [D] = {D, D, D, D, D, D, D, D, W}, [V] = {R, A, D, S, V, P, V, P, W},
    [R] = {S, A, D, S, R, S, R, S, W},
};

static void set_flags(SimReferee *ref, SimTeam team, PolBotState phase) {
  bool *hit = &ref->flags.already_hit[sim_drone(team, SIM_PASSER)];
  hit[SIM_PASSER] = (phase >= POL_BOT_SET && phase <= POL_BOT_DONE) || phase == POL_BOT_SERVED;
  hit[SIM_SETTER] = phase == POL_BOT_ATTACK || phase == POL_BOT_DONE;
  hit[SIM_ATTACKER] = phase == POL_BOT_DONE;
  const bool serving = phase == POL_BOT_SERVE || phase == POL_BOT_SERVED;
  ref->flags.is_rally = !serving;
  ref->serve_step = phase == POL_BOT_SERVE ? 0 : 1;
  ref->server = serving ? team : (team == SIM_NEAR ? SIM_FAR : SIM_NEAR);
}

// flags, sides and ball as they are after the happening
static void make_happen(Game *game, SimTeam team, Happening what) {
  SimReferee *ref = &game->state.referee;
  const SimTeam other = team == SIM_NEAR ? SIM_FAR : SIM_NEAR;
  const double forward = team == SIM_NEAR ? 1 : -1;
  ref->ball_side = what <= OPPONENT_HERE || what == CROSS_TO_THEM ? team : other;
  throw_ball(game, -3 * forward, 0, 3, 0, 0, 0);
  if (what <= OWN_ATTACKER) {
    book_touch(game, sim_drone(team, (SimRole)what));
  } else if (what <= OPPONENT_FIRST) {
    book_touch(game, sim_drone(other, SIM_PASSER));
  } else if (what <= THIRD_SHORT) {
    ref->flags.already_hit[sim_drone(other, SIM_PASSER)] = true;
    ref->flags.already_hit[sim_drone(other, SIM_SETTER)] = true;
    ref->flags.is_rally |= game->memory[team].phase < POL_BOT_SERVE;
    game->state.view.ball_vel[0] = what == THIRD_OVER ? 8 * forward : 0;
    game->state.view.ball_vel[2] = 2;  // it clears the net
    book_touch(game, sim_drone(other, SIM_ATTACKER));
  } else {
    book_cross(game);
  }
  // own flags go when the ball leaves, never when it comes
  if (what == CROSS_TO_THEM) {
    assert_false(ref->flags.already_hit[sim_drone(team, SIM_PASSER)]);
  }
}

static void test_bot_table(void **state) {
  (void)state;
  for (int team = 0; team < SIM_TEAMS; team++) {
    for (int phase = 0; phase < POL_BOT_STATES; phase++) {
      for (int what = 0; what < HAPPENINGS; what++) {
        Game game = {.options = paper, .strategy = {.kind = POL_BOT}};
        sim_referee_reset(&game.state.referee, SIM_NEAR);
        game.state.referee.step = 100;
        game.memory[team] = (PolMemory){.phase = (uint8_t)phase, .started = true};
        set_flags(&game.state.referee, (SimTeam)team, (PolBotState)phase);
        make_happen(&game, (SimTeam)team, (Happening)what);
        const PolBotState next = pol_bot_next((PolBotState)phase, true, &game.state, (SimTeam)team);
        if (next != TABLE[phase][what]) {
          fail_msg("team %d, state %d, happening %d: %d, wanted %d", team, phase, what, next,
                   TABLE[phase][what]);
        }
      }
    }
  }
}

static void test_bot_choices(void **state) {
  (void)state;
  static const char *const want[POL_BOT_STATES][3] = {
      {"middle", "base", "base"},   {"pass left", "base", "base"}, {"hover", "set", "base"},
      {"hover", "hover", "attack"}, {"hover", "hover", "hover"},   {"middle", "base", "base"},
      {"middle", "base", "base"},
  };
  for (int phase = 0; phase < POL_BOT_STATES; phase++) {
    Game game = {.options = paper, .strategy = {.kind = POL_BOT}};
    sim_referee_reset(&game.state.referee, SIM_FAR);
    throw_ball(&game, 4, -1, 2, 0, 0, 0);
    // nothing happens: the state stays
    game.memory[SIM_NEAR] = (PolMemory){.phase = (uint8_t)phase, .started = true};
    pol_strategy_decide(&game.memory[SIM_NEAR], NULL, &game.strategy, paper, &game.state, SIM_NEAR,
                        NULL);
    expect(&game, SIM_NEAR, (PolBotState)phase, want[phase][0], want[phase][1], want[phase][2]);
  }
}

// ---- sequences

static void test_start(void **state) {
  (void)state;
  for (int server = 0; server < SIM_TEAMS; server++) {
    Game game;
    start_rally(&game, paper, (SimTeam)server, 0);
    expect(&game, (SimTeam)server, POL_BOT_SERVE, "middle", "base", "base");
    expect_waiting(&game, server == SIM_NEAR ? SIM_FAR : SIM_NEAR);
    assert_int_equal(game.memory[server].held[POL_HEAD_SERVE], 0);
  }
}

static void test_long_rally(void **state) {
  (void)state;
  for (int server = 0; server < SIM_TEAMS; server++) {
    Game game;
    play_serve(&game, paper, (SimTeam)server);
    for (int i = 1; i <= 12; i++) {
      play_three(&game, (SimTeam)((server + i) % SIM_TEAMS));
    }
  }
}

// the opponent sends the ball back with one or two touches
static void test_free_balls(void **state) {
  (void)state;
  Game game;
  play_serve(&game, paper, SIM_NEAR);
  play_three(&game, SIM_FAR);
  play_three(&game, SIM_NEAR);
  for (int touches = 1; touches <= 2; touches++) {
    for (int i = 0; i < touches; i++) {
      touch(&game, sim_drone(SIM_FAR, (SimRole)i));
      expect_waiting(&game, SIM_NEAR);
    }
    cross(&game);
    assert_int_equal(game.memory[SIM_NEAR].phase, POL_BOT_PASS);
    expect_waiting(&game, SIM_FAR);
    play_three(&game, SIM_NEAR);
  }
}

// own first or second touch flies back over the net, and comes back
static void test_touch_goes_over(void **state) {
  (void)state;
  Game game;
  play_serve(&game, paper, SIM_NEAR);
  play_three(&game, SIM_FAR);
  for (int touches = 1; touches <= 2; touches++) {
    for (int i = 0; i < touches; i++) {
      touch(&game, sim_drone(SIM_NEAR, (SimRole)i));
    }
    cross(&game);
    expect_waiting(&game, SIM_NEAR);
    assert_int_equal(game.memory[SIM_FAR].phase, POL_BOT_PASS);
    play_three(&game, SIM_FAR);
  }
  // over the net and back before anybody touches it
  touch(&game, sim_drone(SIM_NEAR, SIM_PASSER));
  cross(&game);
  cross(&game);
  assert_int_equal(game.memory[SIM_NEAR].phase, POL_BOT_PASS);
  expect_waiting(&game, SIM_FAR);
  play_three(&game, SIM_NEAR);
}

// touches out of order: who has touched is skipped
static void test_out_of_order(void **state) {
  (void)state;
  Game game;
  play_serve(&game, paper, SIM_NEAR);
  touch(&game, sim_drone(SIM_FAR, SIM_SETTER));
  expect(&game, SIM_FAR, POL_BOT_ATTACK, "hover", "hover", "attack");
  touch(&game, sim_drone(SIM_FAR, SIM_PASSER));
  expect(&game, SIM_FAR, POL_BOT_ATTACK, "hover", "hover", "attack");
  touch(&game, sim_drone(SIM_FAR, SIM_ATTACKER));
  expect(&game, SIM_FAR, POL_BOT_DONE, "hover", "hover", "hover");
  cross(&game);
  expect_waiting(&game, SIM_FAR);
  // the attacker plays first: nobody comes after it
  touch(&game, sim_drone(SIM_NEAR, SIM_ATTACKER));
  expect(&game, SIM_NEAR, POL_BOT_DONE, "hover", "hover", "hover");
  cross(&game);
  expect_waiting(&game, SIM_NEAR);
  assert_int_equal(game.memory[SIM_FAR].phase, POL_BOT_PASS);
}

// a touch and the crossing in one step
static void test_touch_and_cross(void **state) {
  (void)state;
  Game game;
  play_serve(&game, paper, SIM_NEAR);
  touch(&game, sim_drone(SIM_FAR, SIM_PASSER));
  next_step(&game);
  book_touch(&game, sim_drone(SIM_FAR, SIM_SETTER));
  book_cross(&game);
  decide_both(&game);
  expect_waiting(&game, SIM_FAR);
  assert_int_equal(game.memory[SIM_NEAR].phase, POL_BOT_PASS);
  // our passer reaches over the net: its touch still counts when the ball comes back
  next_step(&game);
  book_cross(&game);
  game.state.referee.flags.already_hit[sim_drone(SIM_NEAR, SIM_PASSER)] = true;
  decide_both(&game);
  cross(&game);
  expect(&game, SIM_NEAR, POL_BOT_SET, "hover", "set", "base");
}

// until a setter has touched the ball the serve phase holds the server's passer: the setter plays
static void test_locked_passer(void **state) {
  (void)state;
  Game game;
  play_serve(&game, paper, SIM_NEAR);
  assert_true(pol_passer_locked(&game.state.referee, SIM_NEAR));
  assert_false(pol_passer_locked(&game.state.referee, SIM_FAR));
  touch(&game, sim_drone(SIM_FAR, SIM_PASSER));
  assert_true(pol_passer_locked(&game.state.referee, SIM_FAR));
  cross(&game);
  expect(&game, SIM_NEAR, POL_BOT_SET, "hover", "set", "base");
  expect_waiting(&game, SIM_FAR);
  touch(&game, sim_drone(SIM_NEAR, SIM_SETTER));
  expect(&game, SIM_NEAR, POL_BOT_ATTACK, "hover", "hover", "attack");
  assert_false(pol_passer_locked(&game.state.referee, SIM_NEAR));
  assert_false(pol_passer_locked(&game.state.referee, SIM_FAR));
  touch(&game, sim_drone(SIM_NEAR, SIM_ATTACKER));
  cross(&game);
  play_three(&game, SIM_FAR);
}

// the forced skills of the referee's serve phase and the bot's idea of them agree
static void test_locked_agrees_with_referee(void **state) {
  (void)state;
  const SimRules *rules = sim_rules_find("court");
  for (int server = 0; server < SIM_TEAMS; server++) {
    for (int step = 0; step < 5; step++) {
      for (int rally = 0; rally < 2; rally++) {
        SimReferee ref;
        sim_referee_reset(&ref, (SimTeam)server);
        ref.serve_step = step;
        ref.flags.is_rally = rally != 0;
        for (int team = 0; team < SIM_TEAMS; team++) {
          const SimServePhase phase = sim_referee_phase(&ref, rules, (SimTeam)team);
          const bool plays =
              phase == SIM_PHASE_FREE || phase == SIM_PHASE_SERVE || phase == SIM_PHASE_RECEIVE;
          assert_int_equal(pol_passer_locked(&ref, (SimTeam)team), !plays);
        }
      }
    }
  }
}

// ---- random sequences

// what must hold after any event
static void check_invariants(const Game *game) {
  const SimReferee *ref = &game->state.referee;
  for (int team = 0; team < SIM_TEAMS; team++) {
    const PolMemory *memory = &game->memory[team];
    int strikers = 0;
    for (int role = 0; role < SIM_ROLES; role++) {
      assert_true(memory->held[role] < paper->n[role]);
      if (pol_slot_strikes(paper->option[role][memory->held[role]].slot)) {
        strikers++;
        assert_false(ref->flags.already_hit[sim_drone((SimTeam)team, (SimRole)role)]);
      }
    }
    assert_true(strikers <= 1);
    const PolHappened happened = pol_happened(&game->state, (SimTeam)team);
    if (happened.cross && (int)ref->ball_side == team) {
      // somebody plays it as long as somebody may
      assert_true(strikers == 1 || memory->phase == POL_BOT_DONE);
    }
    if (happened.cross && (int)ref->ball_side != team) {
      assert_int_equal(memory->phase, POL_BOT_WAIT);
    }
  }
}

static void test_no_state_absorbs(void **state) {
  (void)state;
  SimRng rng = sim_rng(5, 0, 0, SIM_RNG_TEST);
  int seen[POL_BOT_STATES] = {0};
  for (uint32_t rally = 0; rally < 2000; rally++) {
    Game game;
    start_rally(&game, paper, (SimTeam)(rally % 2), rally);
    for (int i = 0; i < 40; i++) {
      throw_ball(&game, sim_rng_uniform(&rng, -6, 6), sim_rng_uniform(&rng, -3, 3), 3,
                 sim_rng_uniform(&rng, -9, 9), 0, sim_rng_uniform(&rng, -5, 5));
      const int drone = (int)sim_rng_below(&rng, SIM_DRONES);
      if (sim_rng_below(&rng, 3) == 0) {
        cross(&game);
      } else if (!game.state.referee.flags.already_hit[drone] &&
                 (sim_team(drone) == game.state.referee.ball_side || i % 8 == 0)) {
        touch(&game, drone);
      } else {
        continue;
      }
      check_invariants(&game);
      seen[game.memory[SIM_NEAR].phase]++;
    }
    // from anywhere: the ball goes away and comes back, and the team plays
    if (game.state.referee.ball_side == SIM_NEAR) {
      cross(&game);
    }
    game.state.referee.flags = (SimFlags){.is_rally = true};
    cross(&game);
    assert_int_equal(game.memory[SIM_NEAR].phase, POL_BOT_PASS);
  }
  for (int phase = 0; phase <= POL_BOT_DONE; phase++) {
    assert_true(seen[phase] > 500);
  }
}

// ---- sides

static const char *pass_for(SimTeam team, double y, double vy) {
  Game game;
  start_rally(&game, paper, team == SIM_NEAR ? SIM_FAR : SIM_NEAR, 0);
  const double turn = team == SIM_NEAR ? 1 : -1;
  touch(&game, sim_drone(game.state.referee.server, SIM_PASSER));
  throw_ball(&game, 0.1 * turn, y * turn, 4, 5 * turn, vy * turn, 2);
  cross(&game);
  assert_int_equal(game.memory[team].phase, POL_BOT_PASS);
  return held(&game, team, POL_HEAD_PASSER);
}

static void test_pass_side(void **state) {
  (void)state;
  for (int team = 0; team < SIM_TEAMS; team++) {
    assert_string_equal(pass_for((SimTeam)team, -1, 0), "pass left");
    assert_string_equal(pass_for((SimTeam)team, 1, 0), "pass right");
    // where it lands counts, not where it is; flight 1.0985 s down to 0.3 m
    assert_string_equal(pass_for((SimTeam)team, 1, -1.5), "pass left");
    assert_string_equal(pass_for((SimTeam)team, 1, -0.92), "pass left");
    assert_string_equal(pass_for((SimTeam)team, 1, -0.90), "pass right");
    assert_string_equal(pass_for((SimTeam)team, -1, 1.5), "pass right");
  }
}

static void test_landing(void **state) {
  (void)state;
  Game game;
  start_rally(&game, paper, SIM_NEAR, 0);
  throw_ball(&game, 1, 2, 3, -4, 0.5, 6);
  // z: 3 + 6 t - 4.905 t^2 = 0.3
  const double t = (6 + sqrt(36 + 2 * 9.81 * 2.7)) / 9.81;
  double out[2];
  pol_landing(out, &game.state, SIM_NEAR);
  assert_near(out[0], 1 - 4 * t, 1e-12);
  assert_near(out[1], 2 + 0.5 * t, 1e-12);
  pol_landing(out, &game.state, SIM_FAR);
  assert_near(out[0], -(1 - 4 * t), 1e-12);
  assert_near(out[1], -(2 + 0.5 * t), 1e-12);
  // already down: where it is
  throw_ball(&game, 1, 2, 0.2, -4, 0.5, -6);
  pol_landing(out, &game.state, SIM_NEAR);
  assert_near(out[0], 1, 1e-12);
}

static void test_coin(void **state) {
  (void)state;
  enum { RALLIES = 1000 };
  int right = 0, changes = 0, same_as_other = 0;
  for (uint32_t rally = 0; rally < RALLIES; rally++) {
    Game game;
    start_rally(&game, paper, SIM_NEAR, rally);
    game.state.referee.flags.is_rally = true;
    bool coin[SIM_TEAMS] = {false};
    for (int attack = 0; attack < 4; attack++) {
      cross(&game);
      const SimTeam team = game.state.referee.ball_side;
      touch(&game, sim_drone(team, SIM_PASSER));
      touch(&game, sim_drone(team, SIM_SETTER));
      const bool now = game.memory[team].attack_right;
      changes += attack >= 2 && now != coin[team];
      coin[team] = now;
      right += now;
    }
    same_as_other += coin[SIM_NEAR] == coin[SIM_FAR];
  }
  // 4000, 2000 and 1000 fair coins, four standard deviations
  assert_true(abs(right - 2000) < 127 && abs(changes - 1000) < 90 && abs(same_as_other - 500) < 64);
}

static void test_reproducible(void **state) {
  (void)state;
  Game a, b;
  play_serve(&a, paper, SIM_NEAR);
  play_serve(&b, paper, SIM_NEAR);
  for (int i = 0; i < 6; i++) {
    play_three(&a, (SimTeam)((i + 1) % 2));
    play_three(&b, (SimTeam)((i + 1) % 2));
    assert_memory_equal(a.memory, b.memory, sizeof a.memory);
  }
}

// ---- other tables

static PolOptions *copy_paper(void) {
  PolOptions *options = malloc(sizeof *options);
  assert_non_null(options);
  *options = *paper;
  return options;
}

static void test_bot_other_table(void **state) {
  (void)state;
  PolOptions *options = copy_paper();
  // one pass option without a side, waits and attacks under other names and in another order
  options->n[POL_HEAD_PASSER] = 3;
  options->option[POL_HEAD_PASSER][0] = paper->option[POL_HEAD_PASSER][5];
  options->option[POL_HEAD_PASSER][1] = paper->option[POL_HEAD_PASSER][3];
  options->option[POL_HEAD_PASSER][1].goal.side[1] = false;
  options->option[POL_HEAD_PASSER][2] = paper->option[POL_HEAD_PASSER][0];
  options->option[POL_HEAD_ATTACKER][1] = paper->option[POL_HEAD_ATTACKER][2];
  options->option[POL_HEAD_ATTACKER][2] = paper->option[POL_HEAD_ATTACKER][1];
  for (int i = 1; i <= 2; i++) {
    memset(options->option[POL_HEAD_ATTACKER][i].goal.side, 0, 2 * sizeof(bool));
    snprintf(options->option[POL_HEAD_ATTACKER][i].name, POL_NAME_MAX, "fast %d", i);
  }
  assert_int_equal(pol_bot_check(options, NULL), SIM_OK);
  Game game;
  start_rally(&game, paper, SIM_FAR, 0);
  game.options = options;
  touch(&game, sim_drone(SIM_FAR, SIM_PASSER));
  assert_int_equal(game.memory[SIM_NEAR].held[POL_HEAD_PASSER], 2);
  cross(&game);
  assert_int_equal(game.memory[SIM_NEAR].held[POL_HEAD_PASSER], 1);
  touch(&game, sim_drone(SIM_NEAR, SIM_PASSER));
  assert_int_equal(game.memory[SIM_NEAR].held[POL_HEAD_PASSER], 0);
  touch(&game, sim_drone(SIM_NEAR, SIM_SETTER));
  // right is first now: the target's side tells
  assert_int_equal(game.memory[SIM_NEAR].held[POL_HEAD_ATTACKER],
                   game.memory[SIM_NEAR].attack_right ? 1 : 2);
  free(options);
}

static void test_bot_needs(void **state) {
  (void)state;
  static const struct {
    PolHead head;
    PolSlot missing;
    const char *sentence;
  } cases[] = {
      {POL_HEAD_PASSER, POL_PASS, "saw no option with skill pass below 'passer'"},
      {POL_HEAD_PASSER, POL_GOTO, "saw no option with skill goto below 'passer'"},
      {POL_HEAD_SETTER, POL_SET, "saw no option with skill set below 'setter'"},
      {POL_HEAD_SETTER, POL_SET_HOVER, "saw no option with skill set_hover below 'setter'"},
      {POL_HEAD_ATTACKER, POL_ATTACK, "saw no option with skill attack below 'attacker'"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    PolOptions *options = copy_paper();
    for (int k = 0; k < options->n[cases[i].head]; k++) {
      PolOption *option = &options->option[cases[i].head][k];
      option->slot = option->slot == cases[i].missing ? POL_RECEIVE : option->slot;
    }
    SimError err = {0};
    const PolStrategy bot = {.kind = POL_BOT};
    assert_refused(pol_strategy_check(&bot, options, &err), SIM_BAD_INPUT, &err, cases[i].sentence);
    free(options);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bot_table),
      cmocka_unit_test(test_bot_choices),
      cmocka_unit_test(test_start),
      cmocka_unit_test(test_long_rally),
      cmocka_unit_test(test_free_balls),
      cmocka_unit_test(test_touch_goes_over),
      cmocka_unit_test(test_out_of_order),
      cmocka_unit_test(test_touch_and_cross),
      cmocka_unit_test(test_locked_passer),
      cmocka_unit_test(test_locked_agrees_with_referee),
      cmocka_unit_test(test_no_state_absorbs),
      cmocka_unit_test(test_pass_side),
      cmocka_unit_test(test_landing),
      cmocka_unit_test(test_coin),
      cmocka_unit_test(test_reproducible),
      cmocka_unit_test(test_bot_other_table),
      cmocka_unit_test(test_bot_needs),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
