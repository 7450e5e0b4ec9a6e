// Frames and indices: what the far team's rotation by pi does to vectors, attitudes, drones,
// rosters.
#include "tests/support/check.h"

#include <math.h>
#include <string.h>

#include "sim/vec.h"
#include "sim/view.h"

static void test_indices(void **unused) {
  (void)unused;
  const struct {
    SimTeam team;
    SimRole role;
  } drones[SIM_DRONES] = {{SIM_NEAR, SIM_PASSER}, {SIM_NEAR, SIM_SETTER}, {SIM_NEAR, SIM_ATTACKER},
                          {SIM_FAR, SIM_PASSER},  {SIM_FAR, SIM_SETTER},  {SIM_FAR, SIM_ATTACKER}};
  for (int i = 0; i < SIM_DRONES; i++) {
    assert_int_equal(sim_team(i), drones[i].team);
    assert_int_equal(sim_role(i), drones[i].role);
    assert_int_equal(sim_drone(drones[i].team, drones[i].role), i);
  }
}

static void test_vec(void **unused) {
  (void)unused;
  const double vec[3] = {1, -2, 3};
  double near[3], far[3];
  sim_mirror_vec(near, vec, SIM_NEAR);
  assert_memory_equal(near, vec, sizeof vec);
  sim_mirror_vec(far, vec, SIM_FAR);
  const double wanted[3] = {-1, 2, 3};
  assert_memory_equal(far, wanted, sizeof wanted);
  // in place
  sim_mirror_vec(far, far, SIM_FAR);
  assert_memory_equal(far, vec, sizeof vec);
}

// (w, x, y, z) -> (-z, -y, x, w), then w >= 0; near only gets w >= 0
static void test_quat(void **unused) {
  (void)unused;
  const struct {
    double quat[4], near[4], far[4];
  } cases[] = {
      {{0.5, 0.1, -0.7, -0.5}, {0.5, 0.1, -0.7, -0.5}, {0.5, 0.7, 0.1, 0.5}},
      {{0.5, 0.1, -0.7, 0.5}, {0.5, 0.1, -0.7, 0.5}, {0.5, -0.7, -0.1, -0.5}},
      {{-0.5, 0.1, -0.7, 0.5}, {0.5, -0.1, 0.7, -0.5}, {0.5, -0.7, -0.1, 0.5}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    double near[4], far[4];
    sim_mirror_quat(near, cases[i].quat, SIM_NEAR);
    sim_mirror_quat(far, cases[i].quat, SIM_FAR);
    for (int k = 0; k < 4; k++) {
      assert_near(near[k], cases[i].near[k], 0);
      assert_near(far[k], cases[i].far[k], 0);
    }
  }
}

// A rotation, not a reflection: a point fixed to the body is where the rotated court says, and a
// drone that looks away from the net from its own side looks away from it in the team's frame.
static void test_drone(void **unused) {
  (void)unused;
  SimDrone drone = {
      .pos = {-2, 1, 2}, .vel = {1, 2, 3}, .angvel = {4, 5, 6}, .rotor = {0.1, 0.2, 0.3, 0.4}};
  SimDrone own;
  const double point[3] = {0.3, 0.2, -0.1};
  double court[3], turned[3], seen[3];
  quat_from_rpy(drone.quat, 0.2, -0.3, 3);
  quat_to_rot(drone.rot, drone.quat);
  sim_mirror_drone(&own, &drone, SIM_FAR);
  rot_apply(court, drone.rot, point);
  sim_mirror_vec(turned, court, SIM_FAR);
  rot_apply(seen, own.rot, point);
  for (int k = 0; k < 3; k++) {
    const double sign = k < 2 ? -1 : 1;
    assert_near(seen[k], turned[k], 1e-15);
    assert_near(own.pos[k], sign * drone.pos[k], 0);
    assert_near(own.vel[k], sign * drone.vel[k], 0);
    assert_near(own.angvel[k], sign * drone.angvel[k], 0);
  }
  assert_true(own.rot[0] > 0.9);
  assert_memory_equal(own.rotor, drone.rotor, sizeof own.rotor);
  sim_mirror_drone(&own, &drone, SIM_NEAR);
  assert_memory_equal(own.pos, drone.pos, sizeof own.pos);
  assert_memory_equal(own.rot, drone.rot, sizeof own.rot);
}

// near passer and far setter become far passer and near setter
static void test_whole_match(void **unused) {
  (void)unused;
  SimView view, mirrored;
  memset(&view, 0, sizeof view);
  view.roster = 1u << 0 | 1u << 4;
  vec_set(view.ball_pos, 1, 2, 3);
  vec_set(view.ball_vel, 4, -5, 6);
  vec_set(view.drone[0].pos, 4, 1, 2);
  vec_set(view.drone[4].pos, -2, 3, 1);
  sim_mirror_view(&mirrored, &view);
  assert_int_equal(mirrored.roster, 1u << 3 | 1u << 1);
  for (int i = 0; i < SIM_DRONES; i++) {
    assert_int_equal(sim_present(&mirrored, i), i == 1 || i == 3);
  }
  const double ball[3] = {-1, -2, 3}, vel[3] = {-4, 5, 6}, far[3] = {-4, -1, 2},
               near[3] = {2, -3, 1};
  assert_memory_equal(mirrored.ball_pos, ball, sizeof ball);
  assert_memory_equal(mirrored.ball_vel, vel, sizeof vel);
  assert_memory_equal(mirrored.drone[3].pos, far, sizeof far);
  assert_memory_equal(mirrored.drone[1].pos, near, sizeof near);
  // in place, and back
  sim_mirror_view(&mirrored, &mirrored);
  assert_int_equal(mirrored.roster, view.roster);
  assert_memory_equal(mirrored.drone[4].pos, view.drone[4].pos, sizeof near);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_indices),     cmocka_unit_test(test_vec),
      cmocka_unit_test(test_quat),        cmocka_unit_test(test_drone),
      cmocka_unit_test(test_whole_match),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
