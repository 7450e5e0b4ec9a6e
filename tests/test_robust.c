// What a skill stands: levels change the numbers that they name and no others, the middle is the
// world itself, and what must hurt does.
#include "hcsp/eval/robust.h"

#include <string.h>

#include "sim/physics.h"
#include "tests/support/check.h"

static SimWorldFile paper(void) {
  SimWorldFile world;
  SimError err = {0};
  assert_ok(sim_world_file_load(&world, "paper", &err), &err);
  return world;
}

static SimWorldFile changed(EvalRobustAxis axis, int level) {
  SimWorldFile world = paper();
  eval_robust_set(&world, axis, level);
  assert_memory_equal(&world.low, &world.high, sizeof world.low);
  assert_true(world.fixed);
  return world;
}

static void test_levels(void **unused) {
  (void)unused;
  const SimWorldFile base = paper();
  for (int i = 0; i < EVAL_ROBUST_AXES; i++) {
    EvalRobustAxis axis = EVAL_ROBUST_AXES;
    int same = 0;
    assert_true(eval_robust_find(&axis, eval_robust_name((EvalRobustAxis)i)));
    assert_int_equal(axis, i);
    for (int level = 0; level < EVAL_ROBUST_LEVELS; level++) {
      same += changed(axis, level).hash == base.hash;
      assert_true(level == 0 ||
                  eval_robust_value(axis, level - 1) < eval_robust_value(axis, level));
    }
    // one level is the world as it is
    assert_int_equal(same, 1);
  }
  EvalRobustAxis axis;
  assert_false(eval_robust_find(&axis, "gravity"));
  assert_near(changed(EVAL_ROBUST_MASS, 4).low.drone_mass, 1.2 * SIM_DRONE_MASS, 1e-15);
  assert_near(changed(EVAL_ROBUST_MASS, 4).low.inertia[2], 1.2 * SIM_DRONE_IZZ, 1e-15);
  assert_true(changed(EVAL_ROBUST_MASS, 4).low.thrust == base.low.thrust);
  assert_near(changed(EVAL_ROBUST_THRUST, 0).low.thrust, 0.8 * SIM_ROTOR_FORCE, 1e-15);
  assert_near(changed(EVAL_ROBUST_DELAY, 3).low.observation_delay, 0.02, 1e-15);
  assert_near(changed(EVAL_ROBUST_DELAY, 3).low.action_delay, 0.01, 1e-15);
  assert_true(changed(EVAL_ROBUST_NOISE, 4).low.noise_ball_vel == 4 * 0.05);
  // 4 m/s2 at 10 m/s
  assert_near(changed(EVAL_ROBUST_DRAG, 4).low.ball_drag * 100 / SIM_BALL_MASS, 4, 1e-12);
  assert_true(changed(EVAL_ROBUST_WIND, 4).low.wind[0] == -2);
}

// a skill without delay and with too much of it; the same figures at any number of threads
static void test_delay_hurts(void **unused) {
  (void)unused;
  SimError err = {0};
  PolTeam *team = pol_team_load("stage1", &err);
  PolOptions *goals = pol_options_load("paper", &err);
  assert_true(team && goals);
  EvalRobustRun run = {.n = 60,
                       .skill = {.trial = {.slot = POL_GOTO, .goals = goals},
                                 .team = team,
                                 .threads = 1,
                                 .steps = EVAL_TRIAL_STEPS,
                                 .seed = 1}};
  EvalRobustCell cell, again, late;
  SimWorldFile world = paper();
  assert_ok(eval_robust_measure(&cell, &run, &world, &err), &err);
  run.skill.threads = 2;
  assert_ok(eval_robust_measure(&again, &run, &world, &err), &err);
  assert_memory_equal(&cell, &again, sizeof cell);
  assert_int_equal(cell.n, 60);
  assert_true(cell.rate >= cell.low && cell.rate <= cell.high + 1e-9);
  eval_robust_set(&world, EVAL_ROBUST_DELAY, 4);
  eval_robust_set(&world, EVAL_ROBUST_LAG, 0);
  eval_robust_set(&world, EVAL_ROBUST_THRUST, 0);
  assert_ok(eval_robust_measure(&late, &run, &world, &err), &err);
  print_message("goto of stage1: %.0f %%, late and weak: %.0f %%\n", 100 * cell.rate,
                100 * late.rate);
  assert_true(late.rate < cell.low);
  pol_team_destroy(team);
  pol_options_destroy(goals);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_levels),
                                     cmocka_unit_test(test_delay_hurts)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
