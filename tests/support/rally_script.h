// A rally without physics: events are booked the way the referee books them, so that tests can play
// odd sequences of touches and crossings without a ball that flies them.
#ifndef TESTS_SUPPORT_RALLY_SCRIPT_H_
#define TESTS_SUPPORT_RALLY_SCRIPT_H_

#include "tests/support/check.h"

#include <string.h>

#include "policies/bot.h"
#include "policies/strategy.h"

typedef struct Game {
  SimState state;
  PolMemory memory[SIM_TEAMS];
  const PolOptions *options;
  PolStrategy strategy;
} Game;

static inline void decide_both(Game *game) {
  for (int side = 0; side < SIM_TEAMS; side++) {
    pol_strategy_decide(&game->memory[side], NULL, &game->strategy, game->options, &game->state,
                        (SimTeam)side, NULL);
  }
}

static inline void start_rally(Game *game, const PolOptions *options, SimTeam server,
                               uint32_t rally) {
  *game = (Game){.options = options, .strategy = {.kind = POL_BOT}};
  game->state.seed = 7;
  game->state.rally = rally;
  game->state.view.roster = SIM_ALL_DRONES;
  sim_referee_reset(&game->state.referee, server);
  game->state.view.ball_pos[0] = server == SIM_NEAR ? 6 : -6;
  game->state.view.ball_pos[2] = 4.9;
  decide_both(game);
}

static inline void next_step(Game *game) {
  game->state.referee.step += 60;
  game->state.events = (SimEvents){0};
}

static inline void add_event(Game *game, SimEventKind kind, int drone) {
  game->state.events.event[game->state.events.n++] = (SimEvent){kind, drone};
}

// a legal touch, booked as the referee books it
static inline void book_touch(Game *game, int drone) {
  SimReferee *ref = &game->state.referee;
  ref->stale = ref->flags;
  add_event(game, SIM_EVENT_TOUCH, drone);
  ref->last_hit_side = sim_team(drone);
  ref->hits++;
  ref->flags.is_rally |= sim_role(drone) == SIM_SETTER;
  ref->serve_step += sim_role(drone) == SIM_PASSER && !ref->flags.is_rally;
  ref->flags.already_hit[drone] = true;
}

static inline void touch(Game *game, int drone) {
  next_step(game);
  book_touch(game, drone);
  decide_both(game);
}

static inline void book_cross(Game *game) {
  SimReferee *ref = &game->state.referee;
  ref->stale = ref->flags;
  add_event(game, SIM_EVENT_CROSS, -1);
  for (int role = 0; role < SIM_ROLES; role++) {
    ref->flags.already_hit[sim_drone(ref->ball_side, (SimRole)role)] = false;
  }
  ref->ball_side = ref->ball_side == SIM_NEAR ? SIM_FAR : SIM_NEAR;
}

static inline void cross(Game *game) {
  next_step(game);
  book_cross(game);
  decide_both(game);
}

// where the ball flies from here on, court frame
static inline void throw_ball(Game *game, double x, double y, double z, double vx, double vy,
                              double vz) {
  const double pos[3] = {x, y, z}, vel[3] = {vx, vy, vz};
  memcpy(game->state.view.ball_pos, pos, sizeof pos);
  memcpy(game->state.view.ball_vel, vel, sizeof vel);
}

static inline const char *held(const Game *game, SimTeam team, PolHead head) {
  return game->options->option[head][game->memory[team].held[head]].name;
}

static inline void expect(const Game *game, SimTeam team, PolBotState phase, const char *passer,
                          const char *setter, const char *attacker) {
  assert_int_equal(game->memory[team].phase, phase);
  assert_string_equal(held(game, team, POL_HEAD_PASSER), passer);
  assert_string_equal(held(game, team, POL_HEAD_SETTER), setter);
  const char *attack = held(game, team, POL_HEAD_ATTACKER);
  if (strcmp(attacker, "attack") == 0) {
    const bool right = game->memory[team].attack_right;
    assert_string_equal(attack, right ? "attack right" : "attack left");
  } else {
    assert_string_equal(attack, attacker);
  }
}

static inline void expect_waiting(const Game *game, SimTeam team) {
  expect(game, team, POL_BOT_WAIT, "middle", "base", "base");
}

// serve and its crossing, bots on both sides
static inline void play_serve(Game *game, const PolOptions *options, SimTeam server) {
  const SimTeam other = server == SIM_NEAR ? SIM_FAR : SIM_NEAR;
  start_rally(game, options, server, 3);
  touch(game, sim_drone(server, SIM_PASSER));
  expect(game, server, POL_BOT_SERVED, "middle", "base", "base");
  expect_waiting(game, other);
  cross(game);
  expect_waiting(game, server);
  assert_int_equal(game->memory[other].phase, POL_BOT_PASS);
}

// pass, set, attack of team and the crossing
static inline void play_three(Game *game, SimTeam team) {
  const SimTeam other = team == SIM_NEAR ? SIM_FAR : SIM_NEAR;
  const double forward = team == SIM_NEAR ? -1 : 1;
  throw_ball(game, -4 * forward, 0, 2, 2 * forward, 0, 5);
  touch(game, sim_drone(team, SIM_PASSER));
  expect(game, team, POL_BOT_SET, "hover", "set", "base");
  expect_waiting(game, other);
  touch(game, sim_drone(team, SIM_SETTER));
  expect(game, team, POL_BOT_ATTACK, "hover", "hover", "attack");
  expect_waiting(game, other);
  throw_ball(game, -1.6 * forward, 1, 3.6, 5 * forward, 1, 3);
  touch(game, sim_drone(team, SIM_ATTACKER));
  expect(game, team, POL_BOT_DONE, "hover", "hover", "hover");
  // the third touch tells the other team
  assert_int_equal(game->memory[other].phase, POL_BOT_PASS);
  cross(game);
  expect_waiting(game, team);
  assert_int_equal(game->memory[other].phase, POL_BOT_PASS);
}

#endif  // TESTS_SUPPORT_RALLY_SCRIPT_H_
