// Every column of every layout against hand-computed numbers, in both team frames; the mirror; near
// and far see the same in a point-symmetric match.
#include "tests/support/check.h"

#include <math.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/obs.h"
#include "sim/vec.h"

#define S 0.70710678118654752  // sin 45 degrees

// one drone with a number of its own in every place, turned by 90 degrees about z: its x axis is +y
static void odd_drone(SimDrone *drone, double base) {
  const double quat[4] = {S, 0, 0, S};
  *drone = (SimDrone){.pos = {base + 1, base + 2, base + 3},
                      .vel = {base + 4, base + 5, base + 6},
                      .angvel = {base + 7, base + 8, base + 9},
                      .rotor = {0.1, 0.2, 0.3, 0.4}};
  memcpy(drone->quat, quat, sizeof quat);
  quat_to_rot(drone->rot, quat);
}

static void odd_view(SimView *view) {
  *view = (SimView){.ball_pos = {-1.5, 2.5, 3.5}, .ball_vel = {-4.5, 5.5, -6.5}};
  view->roster = SIM_ALL_DRONES;
  for (int i = 0; i < SIM_DRONES; i++) {
    odd_drone(&view->drone[i], 10 * i);
  }
}

static void assert_row(const float *row, const double *wanted, int n, const char *what) {
  for (int i = 0; i < n; i++) {
    if (!(fabs((double)row[i] - wanted[i]) < 1e-5)) {
      fail_msg("%s[%d] = %g, wanted %g", what, i, (double)row[i], wanted[i]);
    }
  }
}

// clang-format off
static void test_goto(void **unused) {
  (void)unused;
  SimView view;
  float row[SIM_OBS_MAX];
  const SimAsk ask = {.point = {4, 1, 2}};
  odd_view(&view);
  const double near[26] = {4 - 11, 1 - 12, 2 - 13, S, 0, 0, S, 14, 15, 16, 17, 18, 19, 0, 1, 0,
                           0, 0, 1, -0.8, -0.6, -0.4, -0.2, 1, -1, 0};
  sim_obs_drone(row, SIM_OBS_GOTO26, &view, 1, &ask);
  assert_row(row, near, 26, "near goto26");
  // drone 4 at (41, 42, 43), seen by the far team at (-41, -42, 43); yaw 90 + 180 degrees
  const double far[26] = {4 + 41, 1 + 42, 2 - 43, S, 0, 0, -S, -44, -45, 46, -47, -48, 49, 0, -1, 0,
                          0, 0, 1, -0.8, -0.6, -0.4, -0.2, 1, 1, 0};
  sim_obs_drone(row, SIM_OBS_GOTO26, &view, 4, &ask);
  assert_row(row, far, 26, "far goto26");
}

static const double NEAR_BALL[32] = {11, 12, 13, S, 0, 0, S, 14, 15, 16, 17, 18, 19, 0, 1, 0, 0, 0, 1,
                                     -0.8, -0.6, -0.4, -0.2, -1.5, 2.5, 3.5, -12.5, -9.5, -9.5, -4.5, 5.5, -6.5};
static const double FAR_BALL[32] = {-41, -42, 43, S, 0, 0, -S, -44, -45, 46, -47, -48, 49, 0, -1, 0, 0, 0, 1,
                                    -0.8, -0.6, -0.4, -0.2, 1.5, -2.5, 3.5, 42.5, 39.5, -39.5, 4.5, -5.5, -6.5};
// clang-format on

static void test_ball_layouts(void **unused) {
  (void)unused;
  SimView view;
  float row[SIM_OBS_MAX];
  odd_view(&view);
  for (int turn = 0; turn < 2; turn++) {
    const SimAsk ask = {
        .point = {-5, 0.25, 0}, .my_turn = turn == 1, .side = {turn == 0, turn == 1}};
    const double either[2] = {turn, 1 - turn}, side[2] = {1 - turn, turn};
    const SimLayout layouts[] = {SIM_OBS_BALL34, SIM_OBS_SIDE36, SIM_OBS_SERVE37};
    for (int l = 0; l < 3; l++) {
      sim_obs_drone(row, layouts[l], &view, 1, &ask);
      assert_row(row, NEAR_BALL, 32, sim_obs_name(layouts[l]));
      assert_row(row + 32, either, 2, "turn");
      sim_obs_drone(row, layouts[l], &view, 4, &ask);
      assert_row(row, FAR_BALL, 32, sim_obs_name(layouts[l]));
      assert_row(row + 32, either, 2, "turn");
    }
    sim_obs_drone(row, SIM_OBS_SIDE36, &view, 1, &ask);
    assert_row(row + 34, side, 2, "side");
    const double near_target[3] = {-1.5 + 5, 2.5 - 0.25, 3.5}, far_target[3] = {6.5, -2.75, 3.5};
    sim_obs_drone(row, SIM_OBS_SERVE37, &view, 1, &ask);
    assert_row(row + 34, near_target, 3, "ball - target");
    sim_obs_drone(row, SIM_OBS_SERVE37, &view, 4, &ask);
    assert_row(row + 34, far_target, 3, "ball - target");
  }
}

// clang-format off
static void test_flat(void **unused) {
  (void)unused;
  SimView view;
  float row[SIM_OBS_MAX];
  odd_view(&view);
  const SimFlags flags = {.already_hit = {false, true, false, false, false, true}};
  // the near setter, who has hit; the ball is on the far half
  const double near[57] = {11, 12, 13, S, 0, 0, S, 14, 15, 16, 17, 18, 19, 0, 1, 0, 0, 0, 1, -0.8, -0.6, -0.4, -0.2,
                           11 - 3, 12 + 1.5, 13 - 2, -1.5 - 11, 2.5 - 12, 3.5 - 13, -4.5, 5.5, -6.5, 0, 1, 0, 1, 0, 0, 1,
                           1, 2, 3, 11, 12, 13, 21, 22, 23, 31, 32, 33, 41, 42, 43, 51, 52, 53};
  sim_obs_flat(row, &view, &flags, 1);
  assert_row(row, near, 57, "near flat57");
  // the far setter at (-41, -42, 43) of its own frame, who has not
  const double far[57] = {-41, -42, 43, S, 0, 0, -S, -44, -45, 46, -47, -48, 49, 0, -1, 0, 0, 0, 1, -0.8, -0.6, -0.4, -0.2,
                          -41 - 3, -42 + 1.5, 43 - 2, 1.5 + 41, -2.5 + 42, 3.5 - 43, 4.5, -5.5, -6.5, 1, 0, 0, 1, 0, 1, 0,
                          -31, -32, 33, -41, -42, 43, -51, -52, 53, -1, -2, 3, -11, -12, 13, -21, -22, 23};
  sim_obs_flat(row, &view, &flags, 4);
  assert_row(row, far, 57, "far flat57");
  // each role names itself and knows its place
  for (int role = 0; role < SIM_ROLES; role++) {
    sim_obs_flat(row, &view, &flags, role);
    for (int k = 0; k < SIM_ROLES; k++) {
      assert_near((double)row[34 + k], k == role, 0);
      assert_near((double)row[23 + k], (double)row[k] - sim_obs_anchor((SimRole)role)[k], 1e-6);
    }
  }
}
// clang-format on

// the 13 numbers of a player
static void player(double out[13], int drone, SimTeam team) {
  const double sign = team == SIM_FAR ? -1 : 1, base = 10 * drone;
  const double wanted[13] = {sign * (base + 1),
                             sign * (base + 2),
                             base + 3,
                             S,
                             0,
                             0,
                             sign * S,
                             sign * (base + 4),
                             sign * (base + 5),
                             base + 6,
                             sign * (base + 7),
                             sign * (base + 8),
                             base + 9};
  memcpy(out, wanted, sizeof wanted);
}

static void test_strategy(void **unused) {
  (void)unused;
  SimView view;
  float row[100];
  odd_view(&view);
  const SimFlags flags = {.already_hit = {true, false, false, false, true, true}, .is_rally = true};
  for (int t = 0; t < SIM_TEAMS; t++) {
    const SimTeam team = (SimTeam)t;
    const double sign = team == SIM_FAR ? -1 : 1;
    double wanted[100];
    int n = 0;
    for (int i = 0; i < SIM_DRONES; i++, n += 13) {
      player(wanted + n, (SIM_ROLES * t + i) % SIM_DRONES, team);
    }
    const double ball[6] = {sign * -1.5, sign * 2.5, 3.5, sign * -4.5, sign * 5.5, -6.5};
    memcpy(wanted + n, ball, sizeof ball);
    n += 6;
    for (int i = 0; i < SIM_DRONES; i++) {
      const bool hit = flags.already_hit[(SIM_ROLES * t + i) % SIM_DRONES];
      wanted[n++] = !hit;
      wanted[n++] = hit;
    }
    // the ball is at x = -1.5, on the far side; a rally
    wanted[n++] = team == SIM_FAR;
    wanted[n++] = team == SIM_NEAR;
    wanted[n++] = 0;
    wanted[n++] = 1;
    assert_int_equal(n, 100);
    sim_obs_strategy(row, &view, &flags, team);
    assert_row(row, wanted, 100, "strategy100");
  }
  // x exactly 0 is the far team's, and nobody has hit at the serve
  const SimFlags serve = {.is_rally = false};
  view.ball_pos[0] = 0;
  sim_obs_strategy(row, &view, &serve, SIM_NEAR);
  assert_near((double)row[96], 0, 0);
  assert_near((double)row[98], 1, 0);
  assert_near((double)row[84], 1, 0);
}

// Published layouts see a touch one step late: the decision that a touch triggers does
// not see it, the next row does.
static void test_touch_seen_late(void **unused) {
  (void)unused;
  SimView view;
  SimReferee ref;
  SimEvents events;
  float row[100];
  odd_view(&view);
  for (int i = 0; i < SIM_DRONES; i++) {
    vec_set(view.drone[i].pos, i < 3 ? 2 + i : -i, 1, 2);
    quat_to_rot(view.drone[i].rot, (const double[4]){1, 0, 0, 0});
  }
  vec_set(view.ball_pos, view.drone[1].pos[0], 1, 2.1);
  vec_set(view.ball_vel, 0, 0, 3);
  sim_referee_reset(&ref, SIM_NEAR);
  for (int step = 0; step < 2; step++) {
    sim_referee_step(&events, &ref, sim_rules_find("court"), &view, SIM_DT);
    view.ball_vel[2] -= SIM_GRAVITY * SIM_DT;
    assert_int_equal(ref.switched, step == 0);
    for (int t = 0; t < SIM_TEAMS; t++) {
      // the setter of near, a setter's touch: not yet and serve, then has hit and rally
      const int setter = 84 + 2 * (t == SIM_NEAR ? 1 : 4);
      sim_obs_strategy(row, &view, &ref.stale, (SimTeam)t);
      assert_near((double)row[setter], step == 0, 0);
      assert_near((double)row[setter + 1], step == 1, 0);
      assert_near((double)row[98], step == 0, 0);
      assert_near((double)row[99], step == 1, 0);
      sim_obs_strategy(row, &view, &ref.flags, (SimTeam)t);
      assert_near((double)row[setter + 1], 1, 0);
      assert_near((double)row[99], 1, 0);
    }
  }
}

// ---- the mirror

static void random_view(SimView *view, uint32_t number) {
  SimRng rng = sim_rng(4, number, 0, SIM_RNG_TEST);
  memset(view, 0, sizeof *view);
  view->roster = SIM_ALL_DRONES;
  for (int k = 0; k < 3; k++) {
    view->ball_pos[k] = sim_rng_uniform(&rng, -6, 6);
    view->ball_vel[k] = sim_rng_uniform(&rng, -6, 6);
  }
  for (int i = 0; i < SIM_DRONES; i++) {
    SimDrone *drone = &view->drone[i];
    double quat[4];
    quat_from_rpy(quat, sim_rng_uniform(&rng, -1, 1), sim_rng_uniform(&rng, -1, 1),
                  sim_rng_uniform(&rng, -3, 3));
    sim_mirror_quat(drone->quat, quat, SIM_NEAR);
    quat_to_rot(drone->rot, drone->quat);
    for (int k = 0; k < 3; k++) {
      drone->pos[k] = sim_rng_uniform(&rng, -6, 6);
      drone->vel[k] = sim_rng_uniform(&rng, -3, 3);
      drone->angvel[k] = sim_rng_uniform(&rng, -3, 3);
    }
    for (int r = 0; r < SIM_ROTORS; r++) {
      drone->rotor[r] = sim_rng_uniform(&rng, 0, 1);
    }
  }
}

static void test_mirror_twice(void **unused) {
  (void)unused;
  for (uint32_t n = 0; n < 200; n++) {
    SimView view, once, twice;
    random_view(&view, n);
    sim_mirror_view(&once, &view);
    sim_mirror_view(&twice, &once);
    assert_memory_equal(&view, &twice, sizeof view);
    // the mirrored matrix is the matrix of the mirrored quaternion
    for (int i = 0; i < SIM_DRONES; i++) {
      double rot[9];
      quat_to_rot(rot, once.drone[i].quat);
      for (int k = 0; k < 9; k++) {
        assert_near(rot[k], once.drone[i].rot[k], 1e-12);
      }
      assert_true(once.drone[i].quat[0] >= 0);
    }
  }
}

// what the near team sees in a match, the far team sees in the mirrored one, in every layout
static void test_both_see_the_same(void **unused) {
  (void)unused;
  for (uint32_t n = 0; n < 100; n++) {
    SimView view, mirrored;
    SimFlags flags = {.is_rally = n % 2 == 0}, mirrored_flags = {.is_rally = n % 2 == 0};
    const SimAsk ask = {.point = {3, -1, 2}, .my_turn = n % 3 == 0, .side = {true, false}};
    const SimGoal goal = {.point = {-4, 1, 0.2}, .flight = 1.2, .apex = NAN, .strike_z = 2};
    float near[SIM_OBS_MAX] = {0}, far[SIM_OBS_MAX] = {0};
    random_view(&view, n);
    sim_mirror_view(&mirrored, &view);
    for (int i = 0; i < SIM_DRONES; i++) {
      flags.already_hit[i] = (n >> i & 1u) != 0;
      mirrored_flags.already_hit[(i + SIM_ROLES) % SIM_DRONES] = flags.already_hit[i];
    }
    for (int l = 0; l < SIM_OBS_LAYOUTS; l++) {
      const SimLayout layout = (SimLayout)l;
      for (int role = 0; role < SIM_ROLES; role++) {
        if (sim_obs_per_team(layout)) {
          sim_obs_strategy(near, &view, &flags, SIM_NEAR);
          sim_obs_strategy(far, &mirrored, &mirrored_flags, SIM_FAR);
        } else if (layout == SIM_OBS_FLAT57) {
          sim_obs_flat(near, &view, &flags, role);
          sim_obs_flat(far, &mirrored, &mirrored_flags, role + SIM_ROLES);
        } else if (sim_obs_has_goal(layout)) {
          sim_obs_goal(near, layout, &view, role, &goal);
          sim_obs_goal(far, layout, &mirrored, role + SIM_ROLES, &goal);
        } else {
          sim_obs_drone(near, layout, &view, role, &ask);
          sim_obs_drone(far, layout, &mirrored, role + SIM_ROLES, &ask);
        }
        assert_memory_equal(near, far, (size_t)sim_obs_size(layout) * sizeof *near);
      }
    }
  }
}

// hover27 at its point, level and at rest: nothing but the attitude, the height and the net
static void test_hover_row(void **unused) {
  (void)unused;
  SimView view = {.roster = SIM_ALL_DRONES};
  SimDrone *drone = &view.drone[1];
  SimGoal goal = {.point = {2, 1, 1.8}, .flight = NAN, .apex = NAN, .strike_z = NAN};
  float row[SIM_OBS_MAX];
  *drone = (SimDrone){.pos = {2, 1, 1.8}, .quat = {1, 0, 0, 0}};
  quat_to_rot(drone->rot, drone->quat);
  for (int r = 0; r < SIM_ROTORS; r++) {
    drone->rotor[r] = SIM_HOVER_ROTOR;
  }
  double wanted[27] = {0, 0, 1, 1, [16] = 1, [17] = 1.2};
  sim_obs_goal(row, SIM_OBS_HOVER27, &view, 1, &goal);
  assert_row(row, wanted, 27, "hover27 at its point");
  goal.point[1] += 0.5;
  vec_set(drone->vel, 3, 0, -30);
  vec_set(drone->angvel, 0, 3, 1);
  wanted[6] = 1, wanted[8] = -3, wanted[10] = 0.5, wanted[11] = 0.5;
  wanted[19] = 0.25, wanted[22] = 0.75 / 1.75, wanted[25] = 0.8;
  sim_obs_goal(row, SIM_OBS_HOVER27, &view, 1, &goal);
  assert_row(row, wanted, 27, "hover27 half a metre aside");
}

// a drone on its way to the strike at the right speed sees no miss, whatever its attitude
static void test_strike_row(void **unused) {
  (void)unused;
  for (uint32_t n = 0; n < 50; n++) {
    SimView view;
    SimStrike plan;
    float row[SIM_OBS_MAX];
    const SimGoal goal = {.point = {-4, 1, 0.2}, .flight = 1.2, .apex = NAN, .strike_z = 2};
    random_view(&view, n);
    vec_set(view.ball_pos, 4, 0.5, 2.5);
    vec_set(view.ball_vel, 0.3, -0.2, 3);
    sim_strike_plan(&plan, &goal, view.ball_pos, view.ball_vel);
    vec_add_scaled(view.drone[0].pos, plan.drone, -plan.time, view.drone[0].vel);
    sim_obs_goal(row, SIM_OBS_STRIKE43, &view, 0, &goal);
    for (int k = 21; k < 24; k++) {
      assert_near(row[k], 0, 1e-6);
    }
    assert_near(row[24], plan.time, 1e-6);
    assert_near(row[25], exp(-plan.time / 0.25), 1e-6);
    const double normal[3] = {row[26], row[27], row[28]};
    assert_near(vec_norm(normal), 1, 1e-6);
    assert_near(row[29], plan.speed / 3, 1e-6);
    assert_near(row[30], (vec_dot(view.drone[0].vel, plan.normal) - plan.speed) / 3, 1e-5);
  }
}

static void assert_same_drone(const SimDrone *drone, const SimDrone *wanted) {
  for (int k = 0; k < 9; k++) {
    assert_near(drone->rot[k], wanted->rot[k], 1e-12);
  }
  for (int k = 0; k < 4; k++) {
    assert_near(drone->quat[k], wanted->quat[k], 0);
    assert_near(drone->rotor[k], wanted->rotor[k], 0);
  }
  for (int k = 0; k < 3; k++) {
    assert_near(drone->pos[k], wanted->pos[k], 0);
    assert_near(drone->vel[k], wanted->vel[k], 0);
    assert_near(drone->angvel[k], wanted->angvel[k], 0);
  }
}

// a court mirrored at y = 0 shows the reflected row
static void test_reflection(void **unused) {
  (void)unused;
  static const int partner[SIM_ROTORS] = {2, 3, 0, 1};
  for (uint32_t n = 0; n < 50; n++) {
    SimView view, mirror;
    SimGoal goal = {.point = {-4, 1, 0.2}, .flight = 1.2, .apex = NAN, .strike_z = 2};
    float row[SIM_OBS_MAX], reflected[SIM_OBS_MAX];
    random_view(&view, n);
    mirror = view;
    mirror.ball_pos[1] *= -1;
    mirror.ball_vel[1] *= -1;
    SimDrone *drone = &mirror.drone[0];
    drone->pos[1] *= -1;
    drone->vel[1] *= -1;
    drone->angvel[0] *= -1;
    drone->angvel[2] *= -1;
    drone->quat[1] *= -1;
    drone->quat[3] *= -1;
    quat_to_rot(drone->rot, drone->quat);
    for (int r = 0; r < SIM_ROTORS; r++) {
      drone->rotor[r] = view.drone[0].rotor[partner[r]];
    }
    SimDrone image;
    sim_reflect_drone(&image, &view.drone[0]);
    assert_same_drone(&image, drone);
    sim_reflect_drone(&image, &image);
    assert_same_drone(&image, &view.drone[0]);
    for (int l = SIM_OBS_HOVER27; l <= SIM_OBS_STRIKE43; l++) {
      const SimLayout layout = (SimLayout)l;
      sim_obs_goal(row, layout, &view, 0, &goal);
      sim_obs_reflect(row, layout);
      goal.point[1] *= -1;
      sim_obs_goal(reflected, layout, &mirror, 0, &goal);
      goal.point[1] *= -1;
      for (int k = 0; k < sim_obs_size(layout); k++) {
        assert_near(reflected[k], row[k], 1e-6);
      }
    }
  }
}

static void test_names(void **unused) {
  (void)unused;
  const struct {
    const char *name;
    int size;
  } layouts[] = {{"goto26", 26},   {"ball34", 34},       {"side36", 36},
                 {"serve37", 37},  {"strategy100", 100}, {"hover27", 27},
                 {"strike43", 43}, {"court128", 128},    {"flat57", 57}};
  for (int i = 0; i < 7; i++) {
    const int layout = sim_obs_find(layouts[i].name);
    assert_true(layout >= 0);
    assert_int_equal(sim_obs_size((SimLayout)layout), layouts[i].size);
    assert_string_equal(sim_obs_name((SimLayout)layout), layouts[i].name);
  }
  assert_int_equal(sim_obs_find("goto27"), -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_goto),
      cmocka_unit_test(test_ball_layouts),
      cmocka_unit_test(test_flat),
      cmocka_unit_test(test_strategy),
      cmocka_unit_test(test_touch_seen_late),
      cmocka_unit_test(test_mirror_twice),
      cmocka_unit_test(test_both_see_the_same),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_hover_row),
      cmocka_unit_test(test_strike_row),
      cmocka_unit_test(test_reflection),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
