// What strikes of matches are paid, by hand: on the way for coming closer, at the touch for the
// ball and afterwards for the point; for both teams alike, each in its own frame.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/learn/strike_reward.h"
#include "sim/vec.h"

enum { MATCHES = 3, MATCH = 1, STEP = 100, INPUTS = 43 };

static const double SECONDS = 2, RESULT = 0.5;

typedef struct Bench {
  PolTeam *team;
  TaskConfig *config;
  Trajectory *flights;
  LearnStrikes *strikes;
  PolAct act[SIM_ROLES];
  bool acted[SIM_ROLES];
  SimState state;
  SimView own[SIM_TEAMS];  // what a team sees of its setter and the ball
} Bench;

static const SimGoal GOAL = {
    .point = {1.5, 1.5, 3.6}, .flight = (double)NAN, .apex = 4.5, .strike_z = 2.3};

static int open_bench(void **state) {
  SimError err = {0};
  Bench *b = calloc(1, sizeof *b);
  b->team = pol_team_load("classical", &err);
  b->config = task_skill_config_load("set", NULL, NULL, 0, &err);
  const TrajectoryShape shape = {.rows = MATCHES * SIM_TEAMS,
                                 .inputs = INPUTS,
                                 .actions = SIM_ROTORS,
                                 .capacity = 64,
                                 .settles = true,
                                 .gamma = 0.99,
                                 .gamma_horizon = SECONDS};
  b->flights = trajectory_create(&shape);
  const LearnStrikeSkill skill = {
      .slot = POL_SET, .flights = b->flights, .config = b->config, .result = RESULT, .batch = 1000};
  b->strikes = learn_strikes_create(&skill, 1, MATCHES);
  assert_non_null(b->team);
  assert_non_null(b->strikes);
  *state = b;
  return 0;
}

static int close_bench(void **state) {
  Bench *b = *state;
  learn_strikes_destroy(b->strikes);
  trajectory_destroy(b->flights);
  task_skill_config_destroy(b->config);
  pol_team_destroy(b->team);
  free(b);
  return 0;
}

// the setter of side stands upright at x, turned by nothing, and flies at vx; the ball comes
static void place(Bench *b, SimTeam side, double x, double vx, const double ball[3],
                  const double vel[3]) {
  SimView *own = &b->own[side];
  *own = (SimView){.roster = 1};
  own->drone[0] = (SimDrone){.pos = {x, 1, 2}, .vel = {vx, 0, 0}, .quat = {1, 0, 0, 0}};
  quat_to_rot(own->drone[0].rot, own->drone[0].quat);
  vec_copy(own->ball_pos, ball);
  vec_copy(own->ball_vel, vel);
  // the far team sees the court turned by half a turn
  const double sign = side == SIM_NEAR ? 1 : -1;
  SimView *court = &b->state.view;
  SimDrone *drone = &court->drone[sim_drone(side, SIM_SETTER)];
  *drone = own->drone[0];
  for (int k = 0; k < 2; k++) {
    drone->pos[k] *= sign;
    drone->vel[k] *= sign;
    court->ball_pos[k] = sign * ball[k];
    court->ball_vel[k] = sign * vel[k];
    // the body's axes turn with it
    for (int axis = 0; axis < 3; axis++) {
      drone->rot[3 * k + axis] *= sign;
    }
  }
  if (side == SIM_FAR) {
    const double turned[4] = {0, 0, 0, 1};
    memcpy(drone->quat, turned, sizeof turned);
  }
  court->ball_pos[2] = ball[2];
  court->ball_vel[2] = vel[2];
  court->roster = SIM_ALL_DRONES;
}

// a control step of side in which the setter flies a set, with a decision of its own or without
static void step(Bench *b, SimTeam side, int at, bool acts) {
  static const float OBS[INPUTS] = {1}, ACTION[SIM_ROTORS] = {2};
  for (int role = 0; role < SIM_ROLES; role++) {
    b->act[role] = (PolAct){.slot = POL_GOTO};
    b->acted[role] = false;
  }
  b->act[SIM_SETTER] =
      (PolAct){.slot = POL_SET, .goal = GOAL, .obs = OBS, .action = ACTION, .log_prob = -1};
  b->acted[SIM_SETTER] = acts;
  b->state.referee.step = at;
  learn_strikes_step(b->strikes, &b->state, b->act, b->acted, MATCH, side, b->team);
}

static void event(Bench *b, SimEventKind kind, int drone) {
  b->state.events = (SimEvents){.n = 1, .event = {{kind, drone}}};
}

static double closeness(const Bench *b, SimTeam side) {
  SimStrike plan;
  sim_strike_plan(&plan, &GOAL, b->own[side].ball_pos, b->own[side].ball_vel);
  assert_true(plan.time > 0);
  return task_strike_closeness(b->config, &b->own[side].drone[0], &plan);
}

// two steps of a flight: nothing yet, then what the second has brought it closer
static double approach(Bench *b, SimTeam side, double x) {
  const double ball[3] = {2.4, 1, 3}, vel[3] = {0, 0, -1}, later[3] = {2.4, 1, 2.9};
  b->state.events.n = 0;
  place(b, side, x, 0.5, ball, vel);
  step(b, side, STEP, true);
  const double first = closeness(b, side);
  place(b, side, x + 0.1, 0.5, later, vel);
  step(b, side, STEP + 1, false);
  return closeness(b, side) - first;
}

// the ball leaves the racket sideways; what Stage I pays for that
static double touch(Bench *b, SimTeam side) {
  const double ball[3] = {2.4, 1, 2.2}, vel[3] = {-0.5, 0.4, 5};
  TaskTouch unused;
  place(b, side, 2.3, 0, ball, vel);
  event(b, SIM_EVENT_TOUCH, sim_drone(side, SIM_SETTER));
  step(b, side, STEP + 2, false);
  const SimGoal next = {.point = {0}};
  return task_strike_touch(&unused, b->config, NULL, &GOAL, &next, &b->own[side]);
}

static void check_paid(const Bench *b, int sample, double wanted) {
  assert_near(b->flights->one[sample].reward, wanted, 1e-5);
}

// one side after the other, then both at once: the point's share fades from the touch on
static void a_strike_is_paid_by_its_parts(void **state) {
  for (int result = -1; result <= 1; result++) {
    for (int far = 0; far < 2; far++) {
      open_bench(state);
      Bench *b = *state;
      const SimTeam side = (SimTeam)far;
      double paid = approach(b, side, 2);
      assert_true(fabs(paid) > 1e-3);
      check_paid(b, 0, paid);
      paid += touch(b, side);
      check_paid(b, 0, paid);
      assert_int_equal(b->flights->ready, 0);
      // half a second after the touch
      b->state.events.n = 0;
      b->state.referee.step = STEP + 52;
      learn_strikes_finish(b->strikes, &b->state, MATCH, side, result);
      check_paid(b, 0, paid + result * RESULT * exp(-0.5 / SECONDS));
      assert_int_equal(b->flights->ready, 1);
      const LearnStrikeCount *count = learn_strikes_count(b->strikes, 0);
      assert_near(count->flights, 1, 0);
      assert_near(count->struck, 1, 0);
      assert_near(count->lost, 0, 0);
      assert_near(count->wins, result > 0, 0);
      assert_near(count->losses, result < 0, 0);
      assert_near(count->reward, paid, 1e-9);
      close_bench(state);
    }
  }
}

// who is in the air when the point is lost pays its share at once, and for the miss or the crash
static void a_strike_that_never_comes_pays(void **state) {
  for (int crash = 0; crash < 2; crash++) {
    for (int result = -1; result <= 1; result++) {
      open_bench(state);
      Bench *b = *state;
      const double paid = approach(b, SIM_NEAR, 2);
      b->state.view.drone[SIM_SETTER].pos[2] = crash ? 0.1 : 2;
      learn_strikes_finish(b->strikes, &b->state, MATCH, SIM_NEAR, result);
      const double cost = task_strike_lost_cost(b->config, crash);
      assert_true(task_strike_lost_cost(b->config, true) !=
                  task_strike_lost_cost(b->config, false));
      check_paid(b, 0, result < 0 ? paid - RESULT - cost : paid);
      assert_int_equal(b->flights->one[0].end,
                       result < 0 ? TRANSITION_TERMINATED : TRANSITION_TRUNCATED);
      assert_near(learn_strikes_count(b->strikes, 0)->lost, result < 0, 0);
      assert_false(trajectory_is_open(b->flights, MATCH * SIM_TEAMS));
      close_bench(state);
    }
  }
}

// once the ball is back, the possession has brought nothing, whatever comes; gone over, it may
// still
static void the_ball_that_comes_back_ends_it(void **state) {
  for (int back = 0; back < 2; back++) {
    open_bench(state);
    Bench *b = *state;
    const double paid = approach(b, SIM_FAR, 2) + touch(b, SIM_FAR);
    event(b, SIM_EVENT_CROSS, -1);
    b->state.referee.ball_side = back ? SIM_FAR : SIM_NEAR;
    for (int role = 0; role < SIM_ROLES; role++) {
      b->act[role].slot = POL_GOTO;
    }
    b->state.referee.step = STEP + 12;
    learn_strikes_step(b->strikes, &b->state, b->act, b->acted, MATCH, SIM_FAR, b->team);
    assert_int_equal(b->flights->ready, back);
    b->state.events.n = 0;
    learn_strikes_finish(b->strikes, &b->state, MATCH, SIM_FAR, 1);
    check_paid(b, 0, paid + (back ? 0 : RESULT * exp(-0.1 / SECONDS)));
    close_bench(state);
  }
}

// both teams' setters fly at the same time, and each is paid for its own way
static void teams_do_not_mix(void **state) {
  Bench *b = *state;
  const double ball[3] = {2.4, 1, 3}, later[3] = {2.4, 1, 2.9}, vel[3] = {0, 0, -1};
  const double x[SIM_TEAMS] = {2, 1.2};
  double first[SIM_TEAMS];
  for (int round = 0; round < 2; round++) {
    for (int side = 0; side < SIM_TEAMS; side++) {
      place(b, (SimTeam)side, x[side] + 0.1 * round, 0.5, round ? later : ball, vel);
      step(b, (SimTeam)side, STEP + round, round == 0);
      const double now = closeness(b, (SimTeam)side);
      if (round) {
        check_paid(b, side, now - first[side]);
      }
      first[side] = now;
    }
  }
  assert_int_equal(b->flights->one[0].row, MATCH * SIM_TEAMS + SIM_NEAR);
  assert_int_equal(b->flights->one[1].row, MATCH * SIM_TEAMS + SIM_FAR);
}

// with free roles whoever strikes is followed; another one begins a strike of its own, and what the
// first saw in the end is in the mirror, if that is how it saw
static void any_drone_may_strike(void **state) {
  Bench *b = *state;
  const double ball[3] = {2.4, 1, 3}, vel[3] = {0, 0, -1};
  float seen[INPUTS];
  place(b, SIM_NEAR, 2, 0.5, ball, vel);
  step(b, SIM_NEAR, STEP, true);
  assert_true(trajectory_is_open(b->flights, MATCH * SIM_TEAMS));
  b->act[SIM_PASSER] = b->act[SIM_SETTER];
  b->acted[SIM_PASSER] = true;
  b->act[SIM_SETTER].slot = POL_GOTO;
  b->act[SIM_PASSER].mirrored = true;
  quat_to_rot(b->state.view.drone[0].rot, (double[]){1, 0, 0, 0});
  vec_set(b->state.view.drone[0].pos, 2, 1, 2);
  learn_strikes_step(b->strikes, &b->state, b->act, b->acted, MATCH, SIM_NEAR, b->team);
  assert_int_equal(b->flights->n, 2);
  assert_int_equal(b->flights->one[0].end, TRANSITION_TRUNCATED);
  sim_obs_goal(seen, SIM_OBS_STRIKE43, &b->state.view, sim_drone(SIM_NEAR, SIM_SETTER), &GOAL);
  assert_memory_equal(b->flights->cut_obs, seen, sizeof seen);

  b->act[SIM_PASSER].slot = POL_GOTO;
  learn_strikes_step(b->strikes, &b->state, b->act, b->acted, MATCH, SIM_NEAR, b->team);
  assert_int_equal(b->flights->one[1].end, TRANSITION_TRUNCATED);
  sim_obs_goal(seen, SIM_OBS_STRIKE43, &b->state.view, sim_drone(SIM_NEAR, SIM_PASSER), &GOAL);
  sim_obs_reflect(seen, SIM_OBS_STRIKE43);
  assert_memory_equal(b->flights->cut_obs + INPUTS, seen, sizeof seen);
}

// who has struck is judged by where the plan sends it then
static void with_free_roles_a_striker_rests_where_it_is(void **unused) {
  (void)unused;
  SimError err = {0};
  PolTeam *team = pol_team_load("classical_volley", &err);
  assert_non_null(team);
  const double pos[3] = {3, -1, 2}, vel[3] = {0.4, 1, -3}, fast[3] = {-8, 0, 0};
  const SimGoal dig = learn_strikes_hover(team->options, POL_PASS, pos, vel);
  assert_near(dig.point[0], 3.2, 1e-12);
  assert_near(dig.point[1], -0.5, 1e-12);
  assert_near(dig.point[2], 2.2, 1e-12);
  assert_near(learn_strikes_hover(team->options, POL_PASS, pos, fast).point[0], 1, 0);
  assert_near(learn_strikes_hover(team->options, POL_ATTACK, pos, fast).point[0], 2, 0);
  pol_team_destroy(team);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_strike_is_paid_by_its_parts),
      cmocka_unit_test(a_strike_that_never_comes_pays),
      cmocka_unit_test(the_ball_that_comes_back_ends_it),
      cmocka_unit_test_setup_teardown(teams_do_not_mix, open_bench, close_bench),
      cmocka_unit_test_setup_teardown(any_drone_may_strike, open_bench, close_bench),
      cmocka_unit_test(with_free_roles_a_striker_rests_where_it_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
