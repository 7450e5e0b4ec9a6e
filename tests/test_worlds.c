// Worlds: the paper's file is the constants, ranges are drawn as they say, bad files are refused,
// and what lies between a policy and its drone is as late and as noisy as the numbers say.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/batch.h"
#include "sim/vec.h"

static SimModel *open_model(const char *world) {
  SimModelOptions options = sim_model_default();
  SimError err = {0};
  options.scenery = false;
  options.world = world;
  SimModel *model = sim_model_create(&options, &err);
  if (!model) {
    fail_msg("%s", err.text);
  }
  return model;
}

static void test_paper(void **unused) {
  (void)unused;
  SimWorldFile world;
  SimError err = {0};
  assert_ok(sim_world_file_load(&world, "paper", &err), &err);
  const SimPlant paper = sim_plant_paper();
  assert_memory_equal(&world.low, &paper, sizeof paper);
  assert_memory_equal(&world.high, &paper, sizeof paper);
  assert_true(world.paper && world.fixed && !world.filtered);
  SimModel *model = open_model(NULL), *other = open_model("calm");
  assert_string_equal(model->world.name, "paper");
  assert_true(model->hash != other->hash);
  assert_true(other->world.fixed && !other->world.paper && !other->world.filtered);
  sim_model_destroy(model);
  sim_model_destroy(other);
}

static void test_draws(void **unused) {
  (void)unused;
  SimWorldFile world;
  SimError err = {0};
  assert_ok(sim_world_file_load(&world, "real", &err), &err);
  assert_true(!world.fixed && world.filtered);
  double least = 9, most = 0;
  SimPlant one, again;
  for (uint32_t rally = 0; rally < 2000; rally++) {
    sim_plant_draw(&one, &world, 3, rally);
    least = fmin(least, one.box_restitution);
    most = fmax(most, one.box_restitution);
    assert_true(one.ball_radius == 0.04);
  }
  assert_true(least >= 0.7 && least < 0.705 && most > 0.995 && most <= 1);
  sim_plant_draw(&again, &world, 3, 1999);
  assert_memory_equal(&one, &again, sizeof one);
  sim_plant_draw(&again, &world, 4, 1999);
  assert_true(one.drone_mass != again.drone_mass);
  // a number does not depend on which others are ranges
  SimWorldFile less = world;
  less.low.drone_mass = less.high.drone_mass = 1.5;
  sim_world_file_settle(&less);
  sim_plant_draw(&again, &less, 3, 1999);
  assert_true(again.drone_mass == 1.5 && again.thrust == one.thrust);
  assert_true(less.hash != world.hash);
}

static void refuse(const char *text, const char *part) {
  SimWorldFile world;
  SimError err = {0};
  test_write_file("bad.yaml", text, strlen(text));
  assert_refused(sim_world_file_load(&world, "bad.yaml", &err), SIM_BAD_INPUT, &err, part);
}

static void test_bad_files(void **unused) {
  (void)unused;
  SimWorldFile world;
  SimError err = {0};
  refuse("description: x\nball_mass: heavy\n", "bad.yaml:2:");
  refuse("description: x\nball_mass: -1\n", "ball_mass");
  refuse("description: x\nlag: 0.5 to 0.3\n", "LOW to HIGH");
  refuse("description: x\nlag: 0.3 to\n", "LOW to HIGH");
  refuse("description: x\nlag: 0.3 to 0.4 to 0.5\n", "LOW to HIGH");
  refuse("description: x\nlag: nan\n", "LOW to HIGH");
  refuse("description: x\nthrust: 1 to inf\n", "LOW to HIGH");
  refuse("description: x\nball_mas: 1\n", "ball_mas");
  refuse("ball_mass: 1\n", "description");
  refuse("description: x\naction_delay: 0.2\n", "action_delay");
  assert_refused(sim_world_file_load(&world, "nosuch", &err), SIM_USAGE, &err, "world 'nosuch'");
  assert_refused(sim_world_file_load(&world, "", &err), SIM_USAGE, &err, "world ''");
  assert_refused(sim_world_file_load(&world, "no/such.yaml", &err), SIM_BAD_INPUT, &err,
                 "no/such.yaml");
  const char good[] = "description: x\nball_mass: 0.01 to 0.02\n";
  test_write_file("good.yaml", good, strlen(good));
  assert_ok(sim_world_file_load(&world, "good.yaml", &err), &err);
  assert_true(world.low.ball_mass == 0.01 && world.high.ball_mass == 0.02 && !world.fixed);
  assert_true(world.low.drone_mass == SIM_DRONE_MASS);
}

// ---- numbers that have a figure to be told by

// a ball alone, dropped in still air, against the closed form of its terminal speed
static void test_drag(void **unused) {
  (void)unused;
  const char text[] = "description: x\nball_mass: 0.047\nball_radius: 0.04\nball_drag: 0.00136\n"
                      "wind_x: 3\n";
  test_write_file("drag.yaml", text, strlen(text));
  SimModelOptions options = {.roster = 0, .world = "drag.yaml"};
  SimError err = {0};
  SimModel *model = sim_model_create(&options, &err);
  assert_non_null(model);
  mjData *d = mj_makeData(model->mj);
  SimState state = {.rally = 0};
  const SimView view = {.ball_pos = {0, 0, 1e6}};
  const SimRules rules = {.name = "test", .steps_max = 1 << 30};
  const float action[SIM_DRONES][SIM_ROTORS] = {{0}};
  sim_world_place(&state, d, model, &view, SIM_NEAR);
  for (int k = 0; k < 3000; k++) {
    sim_world_step(&state, d, model, &rules, action);
  }
  assert_near(state.view.ball_vel[2], -sqrt(0.047 * SIM_GRAVITY / 0.00136), 1e-3);
  assert_near(state.view.ball_vel[0], 3, 1e-2);  // carried along by the wind
  mj_deleteData(d);
  sim_model_destroy(model);
}

// ---- between policies and drones

static const char LATE[] = "description: x\nobservation_delay: 0.02\naction_delay: 0.03\n";

// batch of one match in the world text, which is written to a file
static SimBatch *open_batch(SimModel **model, const char *text, int n, int threads) {
  SimError err = {0};
  test_write_file("link.yaml", text, strlen(text));
  *model = open_model("link.yaml");
  SimBatch *batch = sim_batch_create(*model, sim_rules_find("court"), n, threads, &err);
  assert_non_null(batch);
  return batch;
}

static void step_all(SimBatch *batch, float (*action)[SIM_DRONES][SIM_ROTORS]) {
  const int ids[] = {0, 1, 2, 3, 4, 5, 6, 7};
  SimError err = {0};
  assert_ok(sim_batch_step(batch, ids, sim_batch_size(batch),
                           (const float(*)[SIM_DRONES][SIM_ROTORS])action, &err),
            &err);
}

static void test_delays(void **unused) {
  (void)unused;
  SimModel *model;
  SimBatch *batch = open_batch(&model, LATE, 1, 1);
  const int id = 0;
  const uint32_t rally = 4;
  double height[12];
  float action[1][SIM_DRONES][SIM_ROTORS];
  sim_batch_reset(batch, &id, 1, 2, &rally);
  for (int step = 0; step < 12; step++) {
    height[step] = sim_batch_state(batch, 0)->view.drone[0].pos[2];
    const SimState *seen = sim_batch_seen(batch, 0);
    assert_true(seen->view.drone[0].pos[2] == height[step < 2 ? 0 : step - 2]);
    assert_int_equal(seen->referee.step, step);
    for (int i = 0; i < SIM_DRONES; i++) {
      for (int r = 0; r < SIM_ROTORS; r++) {
        action[0][i][r] = 0.1f * (float)step;
      }
    }
    step_all(batch, action);
    const float wanted = step < 3 ? (float)SIM_HOVER_COMMAND : 0.1f * (float)(step - 3);
    assert_true(sim_batch_applied(batch, 0)[5][3] == wanted);
  }
  sim_batch_destroy(batch);
  sim_model_destroy(model);
}

static void test_noise(void **unused) {
  (void)unused;
  SimModel *model;
  SimBatch *batch = open_batch(
      &model, "description: x\nnoise_pos: 0.01\nnoise_angle: 0.02\nnoise_ball_vel: 0.5\n", 1, 1);
  const int id = 0;
  double pos = 0, angle = 0, ball = 0, sum = 0;
  int n = 0;
  for (uint32_t rally = 0; rally < 500; rally++) {
    sim_batch_reset(batch, &id, 1, 2, &rally);
    const SimView *seen = &sim_batch_seen(batch, 0)->view, *is = &sim_batch_state(batch, 0)->view;
    for (int i = 0; i < SIM_DRONES; i++, n++) {
      const double off = seen->drone[i].pos[0] - is->drone[i].pos[0];
      double tilt = 0;
      for (int k = 0; k < 4; k++) {
        tilt += seen->drone[i].quat[k] * is->drone[i].quat[k];
      }
      pos += off * off;
      sum += off;
      angle += 4 * (1 - tilt * tilt);  // of the turn's size, three components
      assert_true(seen->drone[i].vel[0] == is->drone[i].vel[0]);
    }
    ball += pow(seen->ball_vel[1] - is->ball_vel[1], 2);
    assert_true(seen->ball_pos[1] == is->ball_pos[1]);
  }
  assert_near(sqrt(pos / n), 0.01, 6e-4);
  assert_near(sum / n, 0, 6e-4);
  assert_near(sqrt(angle / n / 3), 0.02, 1e-3);
  assert_near(sqrt(ball / 500), 0.5, 0.06);
  sim_batch_destroy(batch);
  sim_model_destroy(model);
}

// the same bits at any number of threads, and from a state that was saved and loaded
static void test_real_bits(void **unused) {
  (void)unused;
  enum { N = 8 };
  SimModel *model = open_model("real");
  SimError err = {0};
  SimBatch *batch[3];
  const int ids[N] = {0, 1, 2, 3, 4, 5, 6, 7};
  const uint32_t rally[N] = {0, 1, 2, 3, 4, 5, 6, 7};
  for (int b = 0; b < 3; b++) {
    batch[b] = sim_batch_create(model, sim_rules_find("court"), N, b == 1 ? 3 : 1, &err);
    assert_non_null(batch[b]);
    sim_batch_reset(batch[b], ids, N, 7, rally);
  }
  double *row = calloc((size_t)sim_world_row_size(model), sizeof *row);
  void *link = malloc(sim_batch_link_size(batch[0]));
  for (int step = 0; step < 40; step++) {
    float action[N][SIM_DRONES][SIM_ROTORS];
    for (int m = 0; m < N; m++) {
      // what was seen decides, so that another noise or delay shows
      for (int i = 0; i < SIM_DRONES; i++) {
        for (int r = 0; r < SIM_ROTORS; r++) {
          action[m][i][r] = (float)(0.3 - 0.1 * sim_batch_seen(batch[0], m)->view.drone[i].vel[2]);
        }
      }
    }
    for (int b = 0; b < 3; b++) {
      step_all(batch[b], action);
    }
    if (step == 20) {  // the third goes on from bytes
      for (int m = 0; m < N; m++) {
        sim_batch_save(batch[0], m, row);
        sim_batch_link_save(batch[0], m, link);
        sim_batch_reset(batch[2], ids + m, 1, 99, rally);
        assert_ok(sim_batch_load(batch[2], m, row, NULL, &err), &err);
        sim_batch_link_load(batch[2], m, link);
      }
    }
    for (int b = 1; b < 3; b++) {
      for (int m = 0; m < N; m++) {
        assert_memory_equal(&sim_batch_seen(batch[b], m)->view, &sim_batch_seen(batch[0], m)->view,
                            sizeof(SimView));
        assert_memory_equal(&sim_batch_state(batch[b], m)->plant,
                            &sim_batch_state(batch[0], m)->plant, sizeof(SimPlant));
      }
    }
  }
  free(row);
  free(link);
  for (int b = 0; b < 3; b++) {
    sim_batch_destroy(batch[b]);
  }
  sim_model_destroy(model);
}

// ---- the rate loop

// roll, pitch and yaw rates follow a command, thrust carries the weight
static void test_rate_loop(void **unused) {
  (void)unused;
  SimModel *model = open_model(NULL);
  SimError err = {0};
  SimBatch *batch = sim_batch_create(model, sim_rules_find("court"), 1, 1, &err);
  assert_non_null(batch);
  assert_ok(sim_batch_allow_ctbr(batch, &err), &err);
  float action[1][SIM_DRONES][SIM_ROTORS] = {{{0}}};
  for (int axis = 0; axis < 3; axis++) {
    SimView view = {.roster = SIM_ALL_DRONES, .ball_pos = {0, 100, 100}};
    for (int i = 0; i < SIM_DRONES; i++) {
      vec_set(view.drone[i].pos, i < 3 ? 3 : -3, 30.0 * (i % 3), 20);
      view.drone[i].quat[0] = 1;
      for (int r = 0; r < SIM_ROTORS; r++) {
        view.drone[i].rotor[r] = SIM_HOVER_ROTOR;
      }
    }
    sim_batch_place(batch, 0, &view, SIM_NEAR, NULL);
    sim_batch_set_ctbr(batch, 0, 1);
    memset(action, 0, sizeof action);
    for (int i = 1; i < SIM_DRONES; i++) {
      for (int r = 0; r < SIM_ROTORS; r++) {
        action[0][i][r] = (float)SIM_HOVER_COMMAND;
      }
    }
    action[0][0][1 + axis] = 0.1f;
    for (int step = 0; step < 40; step++) {
      step_all(batch, action);
    }
    const SimDrone *drone = &sim_batch_state(batch, 0)->view.drone[0];
    double rates[3];
    rot_apply_inverse(rates, drone->rot, drone->angvel);
    for (int k = 0; k < 3; k++) {
      const double wanted = k == axis ? 0.1 * SIM_RATE_MAX[k] : 0;
      assert_near(rates[k], wanted, 0.05);
    }
    // the others hover by rotor commands as before
    assert_near(sim_batch_state(batch, 0)->view.drone[1].pos[2], 20, 1e-3);
    // 0.4 s of turning about x or y at 1 rad/s tilts the thrust by less than half a radian
    assert_true(fabs(drone->pos[2] - 20) < 0.2);
  }
  sim_batch_destroy(batch);
  sim_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_paper),     cmocka_unit_test(test_draws),
      cmocka_unit_test(test_bad_files), cmocka_unit_test(test_drag),
      cmocka_unit_test(test_delays),    cmocka_unit_test(test_noise),
      cmocka_unit_test(test_real_bits), cmocka_unit_test(test_rate_loop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
