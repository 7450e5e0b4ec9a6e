// The game over the table `court`: masks over random states, the lock of the attack, the spread
// formation, heights of digs, the layout court128, rules without a file.
#include "tests/support/rally_script.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/dig.h"
#include "policies/play.h"
#include "policies/shipped.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"
#include "sim/vec.h"
#include "tests/support/court_table.h"

static const PolOptions *court;

static int set_up(void **state) {
  (void)state;
  court = pol_options_load("court", NULL);
  return court ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  pol_options_destroy((PolOptions *)(uintptr_t)court);
  return 0;
}

// ---- the table

static void test_table(void **state) {
  (void)state;
  const int n[] = {8, 6, 9, 4};
  assert_memory_equal(court->n, n, sizeof n);
  assert_int_equal(pol_options_find(court, POL_HEAD_PASSER, "play"), PLAY);
  assert_int_equal(pol_options_find(court, POL_HEAD_SETTER, "dump deep right"), DUMP_RIGHT);
  assert_int_equal(pol_options_find(court, POL_HEAD_ATTACKER, "short right"), FAST_SHORT_RIGHT);
  assert_int_equal(pol_options_find(court, POL_HEAD_SERVE, "short"), 3);
  for (int i = 0; i < n[POL_HEAD_ATTACKER]; i++) {
    assert_int_equal(court->option[POL_HEAD_ATTACKER][i].calibrated,
                     i >= DEEP_LEFT && i <= FAST_SHORT_RIGHT);
  }
  assert_true(court->option[POL_HEAD_PASSER][PLAY].auto_height && court->receive.auto_height);
  assert_true(court->spread_by_rule);
  assert_int_equal(court->spread[POL_HEAD_PASSER], -1);
  assert_int_equal(court->spread[POL_HEAD_SETTER], S_SPREAD);
  assert_int_equal(court->spread[POL_HEAD_ATTACKER], A_SPREAD);
  assert_near(court->option[POL_HEAD_ATTACKER][DEEP_LEFT].goal.flight, 1.09, 0);
  PolOptions other = *court;
  pol_options_set_flight(&other, 1.2, 7);
  assert_near(other.option[POL_HEAD_ATTACKER][DEEP_LEFT].goal.flight, 1.2, 0);
  assert_near(other.option[POL_HEAD_ATTACKER][LOB_LEFT].goal.flight, 1.3, 0);
  assert_near(other.option[POL_HEAD_SERVE][0].goal.flight, 1.75, 0);
  assert_true(other.hash == court->hash && other.calibration_hash == 7);
}

// ---- masks

// a ball, flags and books that need not be reachable, all drones somewhere
static void random_state(SimState *state, uint32_t number) {
  SimRng rng = sim_rng(11, number, 0, SIM_RNG_TEST);
  *state = (SimState){.seed = 3, .rally = number};
  state->view.roster = SIM_ALL_DRONES;
  sim_referee_reset(&state->referee, (SimTeam)sim_rng_below(&rng, 2));
  SimReferee *ref = &state->referee;
  const double low[6] = {-7, -4, 0.3, -7, -3, -5}, high[6] = {7, 4, 5, 7, 3, 6};
  double value[6];
  for (int i = 0; i < 6; i++) {
    value[i] = sim_rng_uniform(&rng, low[i], high[i]);
  }
  memcpy(state->view.ball_pos, value, 3 * sizeof *value);
  memcpy(state->view.ball_vel, value + 3, 3 * sizeof *value);
  ref->ball_side = value[0] < 0 ? SIM_FAR : SIM_NEAR;
  ref->last_hit_side = (SimTeam)sim_rng_below(&rng, 2);
  ref->hits = (int)sim_rng_below(&rng, 5);
  ref->step = ref->hits * 60 + (int)sim_rng_below(&rng, 2);
  ref->flags.is_rally = sim_rng_below(&rng, 4) > 0;
  ref->serve_step = (int)sim_rng_below(&rng, 4);
  for (int i = 0; i < SIM_DRONES; i++) {
    ref->flags.already_hit[i] = sim_rng_below(&rng, 3) == 0;
    for (int k = 0; k < 3; k++) {
      state->view.drone[i].pos[k] = sim_rng_uniform(&rng, -6, 6);
      state->view.drone[i].vel[k] = sim_rng_uniform(&rng, -6, 6);
      state->view.drone[i].angvel[k] = sim_rng_uniform(&rng, -6, 6);
    }
    state->view.drone[i].quat[0] = 0.8;
    state->view.drone[i].quat[3] = 0.6;
  }
}

static void mirror_state(SimState *out, const SimState *state) {
  *out = *state;
  sim_mirror_view(&out->view, &state->view);
  SimReferee *ref = &out->referee;
  ref->server = (SimTeam)(1 - ref->server);
  ref->ball_side = (SimTeam)(1 - ref->ball_side);
  ref->last_hit_side = (SimTeam)(1 - ref->last_hit_side);
  for (int i = 0; i < SIM_DRONES; i++) {
    ref->flags.already_hit[(i + SIM_ROLES) % SIM_DRONES] = state->referee.flags.already_hit[i];
  }
  for (int i = 0; i < out->events.n; i++) {
    SimEvent *event = &out->events.event[i];
    event->drone = event->drone < 0 ? -1 : (event->drone + SIM_ROLES) % SIM_DRONES;
  }
}

static uint32_t strikes_of(int role) {
  const uint32_t bits[SIM_ROLES] = {1u << PLAY, SETS, ATTACKS};
  return bits[role];
}

// the least height of a ball on its way where it is in, enters or leaves the net zone within
// |y| < half; infinite when it does none of them
static double height_at_net(const SimView *view, double half) {
  const double *pos = view->ball_pos, *vel = view->ball_vel;
  double least = fabs(pos[0]) < 0.3 && fabs(pos[1]) < half ? pos[2] : (double)INFINITY;
  for (int edge = -1; edge <= 1; edge += 2) {
    const double t = (0.3 * edge - pos[0]) / vel[0];
    const bool meets = t >= 0 && fabs(pos[1] + vel[1] * t) < half;
    least = meets ? fmin(least, pos[2] + vel[2] * t - 9.81 * t * t / 2) : least;
  }
  return least;
}

// the rules of the mask, each by itself, for the near team
static void check_masks(const SimState *state, const uint32_t legal[POL_HEADS_MAX]) {
  const SimReferee *ref = &state->referee;
  static const uint32_t hovers[SIM_ROLES] = {1u << P_HOVER, 1u << S_HOVER, 1u << A_HOVER};
  static const uint32_t moves[SIM_ROLES] = {WAITS, 1u << S_BASE, 1u << A_BASE};
  const double vz = state->view.ball_vel[2], z = state->view.ball_pos[2];
  const double time = (vz + sqrt(vz * vz + 2 * 9.81 * (z - 0.3))) / 9.81;
  const double x = state->view.ball_pos[0] + time * state->view.ball_vel[0];
  const double y = state->view.ball_pos[1] + time * state->view.ball_vel[1];
  const bool theirs = ref->last_hit_side == SIM_FAR;
  const bool opponents =
      ref->hits == 0 ? ref->server == SIM_FAR : theirs || ref->ball_side == SIM_FAR;
  int strikers = 0;
  for (int role = 0; role < SIM_ROLES; role++) {
    const bool strikes = (legal[role] & ~strikes_of(role)) == 0;
    strikers += strikes;
    assert_true(legal[role] != 0);
    if (strikes) {
      assert_false(ref->flags.already_hit[role]);
      assert_true(ref->ball_side == SIM_NEAR || x > 0);
      // those before it in the order have had their turn
      assert_true(role != SIM_ATTACKER || ref->flags.already_hit[SIM_SETTER]);
      // 8 cm for the step in which the ball is seen to be down, 10 cm for the way there
      assert_false(theirs && (fabs(y) > 3.08 || x > 6.08));
      assert_false(theirs && ref->ball_side == SIM_FAR && height_at_net(&state->view, 2.9) < 2.33);
      const bool clears = height_at_net(&state->view, 3.1) > 2.53;
      assert_false(!theirs && ref->hits > 0 && x < -1.01 && clears);
    } else if (ref->flags.already_hit[role] || (role == SIM_PASSER && !opponents)) {
      assert_int_equal(legal[role], hovers[role]);
    } else {
      assert_true((legal[role] & ~moves[role]) == 0);
    }
  }
  assert_true(strikers <= 1);
  const bool forced = !ref->flags.is_rally && ref->serve_step <= 2;
  const uint32_t passer = legal[POL_HEAD_PASSER];
  assert_true(!forced || (passer & (passer - 1)) == 0);
  assert_true(forced || (passer & WAITS) == 0 || passer == WAITS);
  assert_int_equal(legal[POL_HEAD_SERVE], ref->step == 0 && ref->server == SIM_NEAR ? 0xf : 0x1);
}

static void test_masks(void **unused) {
  (void)unused;
  enum { STATES = 20000 };
  int strikes[SIM_ROLES] = {0}, waits = 0;
  for (uint32_t n = 0; n < STATES; n++) {
    SimState state, mirrored;
    uint32_t near[POL_HEADS_MAX], far[POL_HEADS_MAX];
    random_state(&state, n);
    mirror_state(&mirrored, &state);
    pol_legal_options(near, court, &state, SIM_NEAR);
    pol_legal_options(far, court, &mirrored, SIM_FAR);
    assert_memory_equal(near, far, sizeof near);
    check_masks(&state, near);
    for (int role = 0; role < SIM_ROLES; role++) {
      strikes[role] += near[role] == strikes_of(role);
    }
    waits += near[POL_HEAD_PASSER] == WAITS;
  }
  // every case came up
  assert_true(strikes[0] > 100 && strikes[1] > 100 && strikes[2] > 100 && waits > 1000);
}

static void test_spread_as_option(void **unused) {
  (void)unused;
  PolOptions *free_one = malloc(sizeof *free_one);
  assert_non_null(free_one);
  *free_one = *court;
  free_one->spread_by_rule = false;
  int both = 0, base = 0;
  for (uint32_t n = 0; n < 5000; n++) {
    SimState state;
    uint32_t legal[POL_HEADS_MAX];
    random_state(&state, n);
    pol_legal_options(legal, free_one, &state, SIM_NEAR);
    const bool opponents = pol_opponents_have_ball(&state.referee, SIM_NEAR);
    if ((legal[POL_HEAD_SETTER] & 1u) != 0) {
      assert_int_equal(legal[POL_HEAD_SETTER], opponents ? 3 : 1);
      both += opponents;
      base += !opponents;
    }
    const PolOption *option = pol_formation(free_one, SIM_SETTER, S_BASE, &state.referee, SIM_NEAR);
    assert_ptr_equal(option, &free_one->option[POL_HEAD_SETTER][S_BASE]);
  }
  assert_true(both > 100 && base > 100);
  free(free_one);
}

// ---- sequences of events

static Game new_game(SimTeam server, uint32_t rally, const char *strategy) {
  Game game;
  start_rally(&game, court, server, rally);
  SimError err = {0};
  assert_ok(pol_strategy_rule(&game.strategy, strategy, court, &err), &err);
  memset(game.memory, 0, sizeof game.memory);
  decide_both(&game);
  return game;
}

// far serves, near digs and sets
static void play_to_set(Game *game) {
  throw_ball(game, -5.5, 0, 2.4, 7, 0, 5.5);
  touch(game, sim_drone(SIM_FAR, SIM_PASSER));
  cross(game);
  throw_ball(game, 4, 0, 2, -2, -1, 5);
  touch(game, sim_drone(SIM_NEAR, SIM_PASSER));
  throw_ball(game, 1.6, -1.5, 2.3, 0, 2.2, 6);
  touch(game, sim_drone(SIM_NEAR, SIM_SETTER));
}

static void test_attack_is_locked(void **unused) {
  (void)unused;
  int seen = 0, changed = 0;
  for (uint32_t rally = 0; rally < 200; rally++) {
    Game game = new_game(SIM_FAR, rally, "random");
    play_to_set(&game);
    const int kind = game.memory[SIM_NEAR].held[POL_HEAD_ATTACKER];
    assert_true(ATTACKS >> kind & 1);
    seen |= 1 << kind;
    // nothing that happens before the strike changes it
    for (int k = 0; k < 3; k++) {
      next_step(&game);
      PolDecision decision;
      pol_strategy_decide(&game.memory[SIM_NEAR], &decision, &game.strategy, court, &game.state,
                          SIM_NEAR, NULL);
      assert_int_equal(decision.legal[POL_HEAD_ATTACKER], 1u << kind);
      assert_false(decision.choice);
      assert_int_equal(game.memory[SIM_NEAR].held[POL_HEAD_ATTACKER], kind);
    }
    throw_ball(&game, 1.6, 1, 3.6, -5, 0, 3.7);
    touch(&game, sim_drone(SIM_NEAR, SIM_ATTACKER));
    assert_int_equal(game.memory[SIM_NEAR].locked, 0);
    assert_int_equal(game.memory[SIM_NEAR].held[POL_HEAD_ATTACKER], A_HOVER);
    cross(&game);
    // the next attack is free again
    throw_ball(&game, 0.1, 0, 4, 5, 0, 0);
    cross(&game);
    throw_ball(&game, 4, 0, 2, -2, -1, 5);
    touch(&game, sim_drone(SIM_NEAR, SIM_PASSER));
    throw_ball(&game, 1.6, -1.5, 2.3, 0, 2.2, 6);
    touch(&game, sim_drone(SIM_NEAR, SIM_SETTER));
    changed += game.memory[SIM_NEAR].held[POL_HEAD_ATTACKER] != kind;
  }
  assert_int_equal(seen, ATTACKS);
  assert_true(changed > 100);
}

// a waiting place can be chosen when the opponents pass and when they set
static void test_waits_are_chosen_twice(void **unused) {
  (void)unused;
  Game game = new_game(SIM_FAR, 1, "random");
  play_to_set(&game);
  next_step(&game);
  PolDecision decision;
  pol_strategy_decide(&game.memory[SIM_FAR], &decision, &game.strategy, court, &game.state, SIM_FAR,
                      NULL);
  assert_int_equal(decision.legal[POL_HEAD_PASSER], WAITS);
  assert_int_equal(decision.option[POL_HEAD_SERVE], POL_NOT_ASKED);
  assert_true(decision.choice);
  // and at the serve by the server
  game = new_game(SIM_FAR, 1, "random");
  pol_strategy_decide(&game.memory[SIM_FAR], &decision, &game.strategy, court, &game.state, SIM_FAR,
                      NULL);
  assert_true(decision.choice && decision.option[POL_HEAD_SERVE] < 4);
  assert_int_equal(decision.legal[POL_HEAD_SERVE], 0xf);
  pol_strategy_decide(&game.memory[SIM_NEAR], &decision, &game.strategy, court, &game.state,
                      SIM_NEAR, NULL);
  assert_false(decision.choice);
}

static const char *stands(const Game *game, SimTeam team, SimRole role) {
  const int held = game->memory[team].held[role];
  return pol_formation(court, role, held, &game->state.referee, team)->name;
}

static void test_spread_by_rule(void **unused) {
  (void)unused;
  Game game = new_game(SIM_FAR, 0, "bot");
  assert_string_equal(stands(&game, SIM_NEAR, SIM_SETTER), "spread");
  assert_string_equal(stands(&game, SIM_NEAR, SIM_ATTACKER), "spread");
  assert_string_equal(stands(&game, SIM_FAR, SIM_SETTER), "base");
  throw_ball(&game, -5.5, 0, 2.4, 7, 0, 5.5);
  touch(&game, sim_drone(SIM_FAR, SIM_PASSER));
  cross(&game);
  // the serve is still theirs, until it is dug
  assert_string_equal(stands(&game, SIM_NEAR, SIM_SETTER), "spread");
  assert_string_equal(stands(&game, SIM_FAR, SIM_SETTER), "spread");
  throw_ball(&game, 4, 0, 2, -2, -1, 5);
  touch(&game, sim_drone(SIM_NEAR, SIM_PASSER));
  assert_string_equal(stands(&game, SIM_NEAR, SIM_SETTER), "set");
  assert_string_equal(stands(&game, SIM_NEAR, SIM_ATTACKER), "base");
  assert_string_equal(stands(&game, SIM_FAR, SIM_ATTACKER), "spread");
  touch(&game, sim_drone(SIM_NEAR, SIM_SETTER));
  assert_string_equal(stands(&game, SIM_NEAR, SIM_SETTER), "hover");
  const char *attack = stands(&game, SIM_NEAR, SIM_ATTACKER);
  assert_true(strcmp(attack, "lob left") == 0 || strcmp(attack, "lob right") == 0);
}

// ---- rules without a file

static void test_bot_plus(void **unused) {
  (void)unused;
  int seen = 0;
  for (uint32_t rally = 0; rally < 60; rally++) {
    Game game = new_game(SIM_FAR, rally, "bot_plus");
    throw_ball(&game, -5.5, 0, 2.4, 7, 0, 5.5);
    touch(&game, sim_drone(SIM_FAR, SIM_PASSER));
    assert_string_equal(held(&game, SIM_NEAR, POL_HEAD_PASSER), "play");
    play_to_set(&game);
    seen |= 1 << game.memory[SIM_NEAR].held[POL_HEAD_ATTACKER];
    assert_string_equal(held(&game, SIM_FAR, POL_HEAD_PASSER), "middle");
  }
  assert_int_equal(seen, 1 << DEEP_LEFT | 1 << DEEP_RIGHT);
  // without fast attacks it has those of the bot
  PolOptions *paper = pol_options_load("paper", NULL);
  const PolBotStyle bot = pol_bot_style(paper), plus = pol_bot_plus_style(paper);
  assert_int_equal(bot.wait, plus.wait);
  assert_memory_equal(bot.attack, plus.attack, sizeof bot.attack);
  pol_options_destroy(paper);
}

static void test_rule_list(void **unused) {
  (void)unused;
  char names[64][POL_NAME_MAX];
  const int n = pol_rule_list(names, 64, court);
  assert_int_equal(n, 6 * 6);
  assert_string_equal(names[0], "rule:left:lob_left");
  assert_string_equal(names[35], "rule:short_right:short_right");
  assert_int_equal(pol_rule_list(NULL, 0, court), n);
  for (int i = 0; i < n; i++) {
    Game game = new_game(SIM_FAR, 0, names[i]);
    play_to_set(&game);
    char word[2 * POL_NAME_MAX];
    snprintf(word, sizeof word, "rule:%s:%s", held(&game, SIM_FAR, POL_HEAD_PASSER),
             held(&game, SIM_NEAR, POL_HEAD_ATTACKER));
    for (char *c = word; *c; c++) {
      *c = *c == ' ' ? '_' : *c;
    }
    assert_string_equal(word, names[i]);
  }
}

static void test_unknown_rules(void **unused) {
  (void)unused;
  static const char *const words[][2] = {
      {"bot_pluss", "(nearest: bot_plus)"},
      {"rule:left:deep_lef", "(nearest: rule:left:deep_left)"},
      {"rule:left", "wanted rule:WAIT:ATTACK with a waiting place and an attack of the option "
                    "table 'court'"},
      {"rule:play:deep_left", "saw the strategy 'rule:play:deep_left'"},
      {"rule:left:base", "saw the strategy"},
      {"rule:left:deep_left:", "saw the strategy"},
      {"", "wanted bot, bot_plus, bot_volley, wild, random, rule:WAIT:ATTACK"},
  };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    PolStrategy strategy;
    SimError err = {0};
    assert_refused(pol_strategy_rule(&strategy, words[i][0], court, &err), SIM_BAD_INPUT, &err,
                   words[i][1]);
  }
}

// ---- digs

static SimGoal dig_goal(void) {
  return court->option[POL_HEAD_PASSER][PLAY].goal;
}

static double height_for(double x, double y, const double vel[3]) {
  const SimGoal goal = dig_goal();
  const double pos[3] = {x, y, 1.5}, still[3] = {0, 0, 0};
  const double ball[3] = {-1.5, 0, 3.6};
  return pol_dig_height(&goal, pos, still, ball, vel);
}

static void test_dig_height(void **unused) {
  (void)unused;
  const double lob[3] = {4.6, 0, 3.8}, fast[3] = {6.2, 0, 2.2};
  // at the ball's place there is time for the highest
  assert_near(height_for(4.2, 0, lob), 2.1, 0);
  assert_near(height_for(4.0, 0, fast), 2.1, 0);
  // the farther the passer waits, the lower it must go, and it never rises again
  double last = 2.1;
  bool seen[4] = {false};
  for (double y = 0; y <= 3; y += 0.05) {
    const double height = height_for(4.0, y, fast);
    const SimGoal goal = dig_goal();
    SimGoal chosen = goal;
    chosen.strike_z = height;
    const double pos[3] = {4, y, 1.5}, still[3] = {0}, ball[3] = {-1.5, 0, 3.6};
    const double effort = pol_dig_effort(&chosen, pos, still, ball, fast);
    assert_true(height <= last || effort > POL_DIG_ACCELERATION);
    for (double z = 1.2; z < 2.15; z += 0.3) {
      SimGoal other = goal;
      other.strike_z = z;
      const double cost = pol_dig_effort(&other, pos, still, ball, fast);
      // no higher one was possible, or none at all and this is the cheapest
      assert_true(z <= height + 1e-9 || cost > POL_DIG_ACCELERATION);
      assert_true(effort <= POL_DIG_ACCELERATION || cost >= effort - 1e-12);
    }
    seen[(int)round((height - 1.2) / 0.3)] = true;
    last = height;
  }
  assert_true(seen[3] && (seen[0] || seen[1] || seen[2]));
}

static void test_dig_effort(void **unused) {
  (void)unused;
  // straight up and down onto a flat racket: 1 s until the strike, 0.75 s of acceleration
  const SimGoal goal = {.point = {4, 0, 2}, .flight = (double)NAN, .apex = 4, .strike_z = 1.5};
  const double vel[3] = {0, 0, 0}, ball[3] = {4, 0, 1.5 + 9.81 / 2};
  const double here[3] = {4, 0, 1.5 - 0.145}, aside[3] = {4, 1.125, 1.5 - 0.145};
  assert_near(pol_dig_effort(&goal, here, vel, ball, vel), 0, 1e-9);
  assert_near(pol_dig_effort(&goal, aside, vel, ball, vel), 4, 1e-6);
  // a drone already on its way needs less: 1.125 - 0.5 m are left
  const double moving[3] = {0, -0.5, 0};
  assert_near(pol_dig_effort(&goal, aside, moving, ball, vel), 2 * 0.625 / 0.5625, 1e-6);
  // no time left: no height is worth anything, the lowest is taken
  const double low[3] = {4, 0, 1.3}, down[3] = {0, 0, -8};
  assert_true(isinf(pol_dig_effort(&goal, here, vel, low, down)));
  assert_near(pol_dig_height(&goal, here, vel, low, down), 1.2, 0);
}

// ---- the layout

static void test_layout_columns(void **unused) {
  (void)unused;
  Game game = new_game(SIM_FAR, 0, "bot_plus");
  play_to_set(&game);
  SimState *state = &game.state;
  state->referee.step = 500;
  state->referee.stale.already_hit[sim_drone(SIM_NEAR, SIM_SETTER)] = false;
  state->view.drone[1] = (SimDrone){.pos = {2, -2, 1}, .quat = {1, 0, 0, 0}, .vel = {3, 0, -1.5}};
  state->view.drone[1].angvel[2] = 5;
  throw_ball(&game, 3, -2, 0.3 + 0.5 * 9.81, 1.5, 2, 0);
  PolMemory memory = {.held = {SHORT_LEFT, SET, DEEP_RIGHT, 0}};
  float out[POL_COURT_SIZE];
  pol_court_observe(out, court, &memory, state, SIM_NEAR);
  const struct {
    int column;
    double want;
  } rows[] = {
      {13, 0.5},
      {14, -0.5},
      {15, 0.5},
      {16, 1},
      {20, 1},
      {22, -0.5},
      {25, 1},
      {78, 0.5},
      {79, -0.5},
      {80, (0.3 + 4.905) / 4},
      {81, 0.25},
      {82, 0.5},
      {85, 1},
      {87, 1},  // own passer and setter have hit,
                // fresh
      {88, 1},
      {89, 0},  // the attacker has not
      {96, 1},
      {99, 1},  // our half, in a rally
      {100, 0},
      {101, 0},
      {102, 1},
      {103, 0},
      {104, 0},
      {107, 0},
      {108, 5.0 / 20},
      {109, 4.5 / 6},
      {110, 0},
      {111, 1 / 1.5},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    assert_near((double)out[rows[i].column], rows[i].want, 1e-6);
  }
  for (int k = 0; k < POL_COURT_KINDS_MAX; k++) {
    assert_near((double)out[POL_COURT_WAIT + k], k == 3, 0);
    // deep right is the fourth strike of the head
    assert_near((double)out[POL_COURT_ATTACK + k], k == 3, 0);
  }
  memory.held[POL_HEAD_PASSER] = PLAY;
  memory.held[POL_HEAD_ATTACKER] = A_BASE;
  pol_court_observe(out, court, &memory, state, SIM_NEAR);
  for (int k = POL_COURT_WAIT; k < POL_COURT_SIZE; k++) {
    assert_near((double)out[k], 0, 0);
  }
  // what the others see of it
  pol_court_observe(out, court, &memory, state, SIM_FAR);
  assert_near((double)out[105], 1, 0);
  assert_near((double)out[102], 0, 0);
}

static void test_layout_is_mirrored(void **unused) {
  (void)unused;
  for (uint32_t n = 0; n < 300; n++) {
    SimState state, mirrored;
    const PolMemory memory = {.held = {(uint8_t)(n % 8), 0, (uint8_t)(n % 9), 0}};
    float near[POL_COURT_SIZE], far[POL_COURT_SIZE];
    random_state(&state, n);
    state.events.event[state.events.n++] = (SimEvent){SIM_EVENT_TOUCH, (int)(n % SIM_DRONES)};
    mirror_state(&mirrored, &state);
    pol_court_observe(near, court, &memory, &state, SIM_NEAR);
    pol_court_observe(far, court, &memory, &mirrored, SIM_FAR);
    for (int k = 0; k < POL_COURT_SIZE; k++) {
      assert_near((double)near[k], (double)far[k], 1e-6);
      assert_true(fabs((double)near[k]) < 4);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_table),
      cmocka_unit_test(test_masks),
      cmocka_unit_test(test_spread_as_option),
      cmocka_unit_test(test_attack_is_locked),
      cmocka_unit_test(test_waits_are_chosen_twice),
      cmocka_unit_test(test_spread_by_rule),
      cmocka_unit_test(test_bot_plus),
      cmocka_unit_test(test_rule_list),
      cmocka_unit_test(test_unknown_rules),
      cmocka_unit_test(test_dig_height),
      cmocka_unit_test(test_dig_effort),
      cmocka_unit_test(test_layout_columns),
      cmocka_unit_test(test_layout_is_mirrored),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
