// Whose turn it is: every answer for a ball of the opponents is that of the referee on the flight
// that nobody touches, flown by the real world; the edges of the net zone one by one.
#include "tests/support/check.h"

#include <string.h>

#include "policies/bot.h"
#include "policies/situation.h"
#include "sim/base/rng.h"
#include "sim/vec.h"

// a world with a ball alone
typedef struct World {
  SimModel *model;
  mjData *d;
} World;

static World world;

static int set_up(void **unused) {
  (void)unused;
  SimModelOptions options = sim_model_default();
  options.roster = 0;
  world.model = sim_model_create(&options, NULL);
  world.d = world.model ? mj_makeData(world.model->mj) : NULL;
  return world.d ? 0 : -1;
}

static int tear_down(void **unused) {
  (void)unused;
  mj_deleteData(world.d);
  sim_model_destroy(world.model);
  return 0;
}

// near has served, far's passer has just dug the ball to pos with vel; seen from `team` as near
static void dig(SimState *state, SimTeam team, const double pos[3], const double vel[3]) {
  const SimTeam other = team == SIM_NEAR ? SIM_FAR : SIM_NEAR;
  SimView view = {.roster = 0};
  memset(state, 0, sizeof *state);
  sim_mirror_vec(view.ball_pos, pos, team);
  sim_mirror_vec(view.ball_vel, vel, team);
  sim_world_place(state, world.d, world.model, &view, team);
  SimReferee *ref = &state->referee;
  ref->step = 250;
  ref->hits = ref->serve_step = 2;
  ref->last_hit_side = other;
  ref->ball_side = view.ball_pos[0] < 0 ? SIM_FAR : SIM_NEAR;
  ref->flags.already_hit[sim_drone(other, SIM_PASSER)] = true;
}

// what the referee says when nobody touches the ball
static SimVerdict fly(SimState *state) {
  static const float still[SIM_DRONES][SIM_ROTORS];
  while (state->referee.winner == SIM_PLAYING) {
    sim_world_step(state, world.d, world.model, sim_rules_find("court"), still);
  }
  return (SimVerdict){state->referee.winner, state->referee.reason};
}

// The setter goes for the ball, or nobody does. Of the passer on the bot's side and of the mask the
// same: the bot leaves its waiting state at the opponents' third touch, and a strike is legal.
static void check_turn(const SimState *state, SimTeam team, bool ours) {
  const SimTeam other = team == SIM_NEAR ? SIM_FAR : SIM_NEAR;
  assert_int_equal(pol_ball_comes(state, team), ours);
  assert_int_equal(pol_turn(state, team), ours ? SIM_SETTER : -1);
  SimState third = *state;
  third.referee.flags.is_rally = true;
  third.referee.ball_side = other;
  third.events = (SimEvents){1, {{SIM_EVENT_TOUCH, sim_drone(other, SIM_ATTACKER)}}};
  for (int role = 0; role < SIM_ROLES; role++) {
    third.referee.flags.already_hit[sim_drone(other, (SimRole)role)] = true;
  }
  assert_int_equal(pol_bot_next(POL_BOT_WAIT, true, &third, team),
                   ours ? POL_BOT_PASS : POL_BOT_WAIT);
}

static void test_dig_into_the_net(void **unused) {
  (void)unused;
  static const double pos[3] = {-3.94, 0.17, 1.93}, vel[3] = {3.32, 0.75, 5.01};
  for (int team = 0; team < SIM_TEAMS; team++) {
    SimState state;
    double landing[2];
    dig(&state, (SimTeam)team, pos, vel);
    pol_landing(landing, &state, (SimTeam)team);
    assert_true(landing[0] > 0);  // beyond the plane, for a ball that the net would not stop
    check_turn(&state, (SimTeam)team, false);
    const SimVerdict verdict = fly(&state);
    assert_int_equal(verdict.reason, SIM_EVENT_BALL_NET);
    assert_int_equal(verdict.winner, team == SIM_NEAR ? SIM_WIN_NEAR : SIM_WIN_FAR);
  }
}

// dug from behind the net zone or already over it, at random
static void draw_ball(double pos[3], double vel[3], uint32_t i) {
  static const double low[6] = {-6.5, -3.5, 0.35, -2, -3, -5}, high[6] = {0.6, 3.5, 4, 9, 3, 7};
  SimRng rng = sim_rng(17, i, 0, SIM_RNG_START);
  for (int k = 0; k < 3; k++) {
    pos[k] = sim_rng_uniform(&rng, low[k], high[k]);
    vel[k] = sim_rng_uniform(&rng, low[3 + k], high[3 + k]);
  }
}

// 10,000 balls of opponents on either side, and how often each of the four ends comes
static void test_against_the_referee(void **unused) {
  (void)unused;
  enum { BALLS = 10000, LEAST = BALLS / 20 };
  int net = 0, out = 0, own = 0, ours = 0;
  for (uint32_t i = 0; i < BALLS; i++) {
    const SimTeam team = (SimTeam)(i % SIM_TEAMS);
    double pos[3], vel[3];
    SimState state, flown;
    draw_ball(pos, vel, i);
    dig(&state, team, pos, vel);
    flown = state;
    const SimVerdict seen = fly(&flown),
                     foreseen = sim_referee_foresee(&state.referee, &state.view);
    const bool lost = seen.winner == (team == SIM_NEAR ? SIM_WIN_FAR : SIM_WIN_NEAR);
    assert_int_equal(foreseen.winner, seen.winner);
    assert_int_equal(foreseen.reason, seen.reason);
    check_turn(&state, team, lost);
    net += seen.reason == SIM_EVENT_BALL_NET;
    out += seen.reason == SIM_EVENT_BALL_OUT;
    own += seen.reason == SIM_EVENT_BALL_IN && !lost;
    ours += lost;
  }
  print_message("into the net %d, out %d, down on their half %d, ours %d\n", net, out, own, ours);
  assert_true(net > LEAST && out > LEAST && own > LEAST && ours > LEAST);
  assert_int_equal(net + out + own + ours, BALLS);
}

// where the ball is judged after its first step, with what velocity
static void test_edges(void **unused) {
  (void)unused;
  static const struct {
    double at[3], vel[3];
    bool ours;
  } edge[] = {
      // within the zone, just below and just above the tape
      {{0.28, 0, 2.4299}, {4, 0, -3}, false},
      {{0.28, 0, 2.4301}, {4, 0, -3}, true},
      // below the tape, just behind the zone and just within it
      {{0.3001, 0, 2.42}, {4, 0, -3}, true},
      {{0.2999, 0, 2.42}, {4, 0, -3}, false},
      // on the way up, just within the zone and just before it
      {{-0.2999, 0, 2.42}, {4, 0, 5}, false},
      {{-0.3001, 0, 2.42}, {4, 0, 5}, true},
      // on either side of an antenna, into our court; past it and out
      {{0.2999, 3.0001, 2}, {4, -2, 2}, true},
      {{0.2999, 2.9999, 2}, {4, -2, 2}, false},
      {{0.2999, 3.0001, 2}, {4, 0, 2}, false},
      // the lines: down just inside, just outside
      {{5.9999, 0, 0.29}, {5, 0, -3}, true},
      {{6.0001, 0, 0.29}, {5, 0, -3}, false},
      {{3, -2.9999, 0.29}, {4, 0, -5}, true},
      {{3, -3.0001, 0.29}, {4, 0, -5}, false},
  };
  for (size_t i = 0; i < sizeof edge / sizeof edge[0]; i++) {
    for (int team = 0; team < SIM_TEAMS; team++) {
      double pos[3], vel[3];
      SimState state;
      // the world takes the velocity first
      vec_add_scaled(pos, edge[i].at, -SIM_DT, edge[i].vel);
      vec_copy(vel, edge[i].vel);
      vel[2] += SIM_GRAVITY * SIM_DT;
      dig(&state, (SimTeam)team, pos, vel);
      const bool ours = pol_turn(&state, (SimTeam)team) >= 0;
      if (ours != edge[i].ours) {
        fail_msg("edge %zu, team %d: ours %d, wanted %d", i, team, ours, edge[i].ours);
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_dig_into_the_net),
      cmocka_unit_test(test_against_the_referee),
      cmocka_unit_test(test_edges),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
