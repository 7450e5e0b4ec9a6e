// Ballistics against numeric integration, and the strike plan against the impulse it stands for.
#include "tests/support/check.h"

#include <math.h>

#include "sim/ballistics.h"
#include "sim/base/rng.h"
#include "sim/contact.h"
#include "sim/vec.h"

#define NONE ((double)NAN)  // a key of a goal that is not given

enum { CASES = 2000 };

static SimRng test_rng(uint32_t number) {
  return sim_rng(1, number, 0, SIM_RNG_TEST);
}

// moves the ball for `time` seconds in many small steps of the midpoint rule
static void integrate(double pos[3], double vel[3], double time) {
  const int steps = 400;
  const double dt = time / steps;
  for (int i = 0; i < steps; i++) {
    vec_add_scaled(pos, pos, dt, vel);
    pos[2] -= SIM_GRAVITY * dt * dt / 2;
    vel[2] -= SIM_GRAVITY * dt;
  }
}

static void random_ball(double pos[3], double vel[3], SimRng *rng) {
  vec_set(pos, sim_rng_uniform(rng, -6, 6), sim_rng_uniform(rng, -3, 3),
          sim_rng_uniform(rng, 2.5, 5));
  vec_set(vel, sim_rng_uniform(rng, -8, 8), sim_rng_uniform(rng, -3, 3),
          sim_rng_uniform(rng, -6, 7));
}

static SimGoal random_goal(SimRng *rng, bool by_flight) {
  SimGoal goal = {.flight = NONE, .apex = NONE, .strike_z = sim_rng_uniform(rng, 1.2, 2.4)};
  vec_set(goal.point, sim_rng_uniform(rng, -6, 6), sim_rng_uniform(rng, -3, 3),
          sim_rng_uniform(rng, 0.2, 3));
  if (by_flight) {
    goal.flight = sim_rng_uniform(rng, 0.8, 2);
  } else {
    goal.apex = sim_rng_uniform(rng, 3.5, 6);
  }
  return goal;
}

static void test_fall_time(void **state) {
  (void)state;
  SimRng rng = test_rng(0);
  for (int i = 0; i < CASES; i++) {
    const double z = sim_rng_uniform(&rng, 0, 6), vz = sim_rng_uniform(&rng, -10, 10);
    const double height = sim_rng_uniform(&rng, 0, 6);
    const double time = sim_fall_time(z, vz, height);
    const double top = vz > 0 ? z + vz * vz / (2 * SIM_GRAVITY) : z;
    if (height > top) {
      assert_true(vz > 0 ? isnan(time) : time == 0);
      continue;
    }
    double pos[3] = {0, 0, z}, vel[3] = {0, 0, vz};
    integrate(pos, vel, time);
    assert_true(time >= 0);
    assert_near(pos[2], height, 1e-9);
    // the later crossing: on the way down
    assert_true(vel[2] <= 1e-6);
  }
}

static void test_fall_time_edges(void **state) {
  (void)state;
  assert_near(sim_fall_time(1, 0, 1), 0, 0);
  assert_near(sim_fall_time(0.5, -3, 1), 0, 0);
  assert_true(isnan(sim_fall_time(0, 1, 1)));
  assert_near(sim_fall_time(0, 2, 0), 4 / SIM_GRAVITY, 1e-12);
}

// the ball really is at the planned place, and v_out really brings it to the goal on the way down
static void check_flight(const SimStrike *strike, const SimGoal *goal, const double pos[3],
                         const double vel[3]) {
  double p[3], v[3];
  vec_copy(p, pos);
  vec_copy(v, vel);
  integrate(p, v, strike->time);
  for (int k = 0; k < 3; k++) {
    assert_near(p[k], strike->ball[k], 1e-9);
    assert_near(v[k], strike->v_in[k], 1e-9);
  }
  assert_near(p[2], goal->strike_z, 1e-9);
  vec_copy(v, strike->v_out);
  integrate(p, v, strike->flight);
  for (int k = 0; k < 3; k++) {
    assert_near(p[k], goal->point[k], 1e-9);
  }
  if (isfinite(goal->flight)) {
    assert_near(strike->flight, goal->flight, 1e-12);
  } else {
    const double rise = strike->v_out[2] * strike->v_out[2] / (2 * SIM_GRAVITY);
    assert_near(strike->ball[2] + rise, goal->apex, 1e-9);
    assert_true(v[2] < 0);
  }
}

// a racket of infinite mass with that normal and normal speed, restitution 0.8, no friction
static void check_impulse(const SimStrike *strike) {
  const double *n = strike->normal;
  const double closing = vec_dot(strike->v_in, n) - strike->speed;
  double out[3];
  assert_near(vec_norm(n), 1, 1e-12);
  vec_add_scaled(out, strike->v_in, -1.8 * closing, n);
  for (int k = 0; k < 3; k++) {
    assert_near(out[k], strike->v_out[k], 1e-9);
    assert_near(strike->drone[k], strike->ball[k] - 0.145 * n[k], 1e-12);
  }
}

static void test_plan(void **state) {
  (void)state;
  SimRng rng = test_rng(1);
  for (int i = 0; i < CASES; i++) {
    double pos[3], vel[3];
    random_ball(pos, vel, &rng);
    const SimGoal goal = random_goal(&rng, i % 2 == 0);
    SimStrike strike;
    sim_strike_plan(&strike, &goal, pos, vel);
    check_flight(&strike, &goal, pos, vel);
    check_impulse(&strike);
  }
}

// a drone whose body z axis is the planned normal, with the planned speed
static void make_drone(SimContactDrone *drone, const SimStrike *strike) {
  const double *n = strike->normal;
  double side[3] = {n[2], 0, -n[0]}, other[3];
  const double size = vec_norm(side);
  for (int k = 0; k < 3; k++) {
    side[k] /= size;
  }
  vec_cross(other, n, side);
  for (int k = 0; k < 3; k++) {
    drone->rot[3 * k] = side[k];
    drone->rot[3 * k + 1] = other[k];
    drone->rot[3 * k + 2] = n[k];
    drone->vel[k] = strike->speed * n[k];
    drone->angvel[k] = 0;
  }
  vec_copy(drone->pos, strike->drone);
}

static void test_plan_in_the_contact_model(void **state) {
  (void)state;
  SimRng rng = test_rng(2);
  int struck = 0;
  for (int i = 0; i < CASES; i++) {
    double pos[3], vel[3];
    random_ball(pos, vel, &rng);
    const SimGoal goal = random_goal(&rng, i % 2 == 0);
    SimStrike strike;
    sim_strike_plan(&strike, &goal, pos, vel);
    if (vec_dot(strike.v_in, strike.normal) > strike.speed - 1 || strike.normal[2] < 0.3) {
      continue;  // no racket does that from below
    }
    SimContactDrone drone;
    make_drone(&drone, &strike);
    SimContactBall ball;
    vec_copy(ball.pos, strike.ball);
    vec_copy(ball.vel, strike.v_in);
    SimImpulse impulse = {{0, 0, 0}, {0, 0, 0}};
    const SimPlant paper = sim_plant_paper();
    assert_true(sim_contact_resolve(&ball, &drone, &impulse, &paper, SIM_DT));
    // the drone weighs 304 times as much as the ball
    double change[3], error[3];
    vec_sub(change, strike.v_out, strike.v_in);
    vec_sub(error, ball.vel, strike.v_out);
    assert_true(vec_norm(error) < 0.005 * vec_norm(change));
    struck++;
  }
  assert_true(struck > CASES / 2);
}

static void test_apex_is_raised(void **state) {
  (void)state;
  const double pos[3] = {3, 0, 4}, vel[3] = {0, 0, -1};
  SimStrike strike;
  SimGoal goal = {.point = {1, 0, 3}, .flight = NONE, .apex = 2.5, .strike_z = 2};
  sim_strike_plan(&strike, &goal, pos, vel);
  assert_near(2 + strike.v_out[2] * strike.v_out[2] / (2 * SIM_GRAVITY), 3.05, 1e-9);
  goal.apex = 1;
  goal.point[2] = 0.2;
  sim_strike_plan(&strike, &goal, pos, vel);
  assert_near(2 + strike.v_out[2] * strike.v_out[2] / (2 * SIM_GRAVITY), 2.05, 1e-9);
  goal.apex = NONE;
  sim_strike_plan(&strike, &goal, pos, vel);
  assert_near(2 + strike.v_out[2] * strike.v_out[2] / (2 * SIM_GRAVITY), 2.05, 1e-9);
}

static void test_flight_wins(void **state) {
  (void)state;
  const double pos[3] = {3, 0, 4}, vel[3] = {0, 0, -1};
  SimStrike strike;
  const SimGoal goal = {.point = {-4, 1, 0.2}, .flight = 1.3, .apex = 5, .strike_z = 2};
  sim_strike_plan(&strike, &goal, pos, vel);
  assert_near(strike.flight, 1.3, 0);
  assert_near(strike.v_out[0], -7 / 1.3, 1e-12);
}

static void test_ball_below(void **state) {
  (void)state;
  SimStrike strike;
  const SimGoal goal = {.point = {1, 0, 3}, .flight = NONE, .apex = 4, .strike_z = 2};
  // falling below the strike height: now
  const double low[3] = {3, 0, 1}, falling[3] = {1, 0, -2};
  sim_strike_plan(&strike, &goal, low, falling);
  assert_near(strike.time, 0, 0);
  assert_near(strike.ball[2], 1, 0);
  check_impulse(&strike);
  // rising, but not that high: where it turns
  const double rising[3] = {1, 0, 2};
  sim_strike_plan(&strike, &goal, low, rising);
  assert_near(strike.time, 2 / SIM_GRAVITY, 1e-12);
  assert_near(strike.v_in[2], 0, 1e-12);
  check_impulse(&strike);
}

static void test_nothing_to_change(void **state) {
  (void)state;
  // the ball already flies to the goal as wanted: any unit normal will do
  const double pos[3] = {3, 1, 2}, vel[3] = {-4, 1, -1}, flight = 0.5;
  SimGoal goal = {.flight = flight, .apex = NONE, .strike_z = 2.5};
  vec_set(goal.point, pos[0] + vel[0] * flight, pos[1] + vel[1] * flight,
          pos[2] + vel[2] * flight - SIM_GRAVITY * flight * flight / 2);
  SimStrike strike;
  sim_strike_plan(&strike, &goal, pos, vel);
  assert_near(strike.time, 0, 0);
  assert_near(vec_norm(strike.normal), 1, 1e-9);
  check_impulse(&strike);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fall_time),      cmocka_unit_test(test_fall_time_edges),
      cmocka_unit_test(test_plan),           cmocka_unit_test(test_plan_in_the_contact_model),
      cmocka_unit_test(test_apex_is_raised), cmocka_unit_test(test_flight_wins),
      cmocka_unit_test(test_ball_below),     cmocka_unit_test(test_nothing_to_change),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
