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

static const SimPhysics ENGINES[] = {SIM_PHYSICS_MUJOCO, SIM_PHYSICS_FLIGHT};
enum { ENGINE_KINDS = sizeof ENGINES / sizeof ENGINES[0] };

// six drones that hover far from each other and from everything; the first takes body rates
typedef struct Hovering {
  SimModel *model;
  SimBatch *batch;
  float action[1][SIM_DRONES][SIM_ROTORS];
} Hovering;

static Hovering hover(SimPhysics physics, const float command[4]) {
  SimModelOptions options = sim_model_default();
  SimError err = {0};
  options.physics = physics;
  Hovering h = {.model = sim_model_create(&options, &err)};
  assert_ok(err.status, &err);
  h.batch = sim_batch_create(h.model, sim_rules_find("court"), 1, 1, &err);
  assert_ok(err.status, &err);
  assert_ok(sim_batch_allow_ctbr(h.batch, &err), &err);
  SimView view = {.roster = SIM_ALL_DRONES, .ball_pos = {0, 100, 100}};
  for (int i = 0; i < SIM_DRONES; i++) {
    vec_set(view.drone[i].pos, i < 3 ? 3 : -3, 30.0 * (i % 3), 20);
    view.drone[i].quat[0] = 1;
    for (int r = 0; r < SIM_ROTORS; r++) {
      view.drone[i].rotor[r] = SIM_HOVER_ROTOR;
      h.action[0][i][r] = (float)SIM_HOVER_COMMAND;
    }
  }
  memcpy(h.action[0][0], command, sizeof h.action[0][0]);
  sim_batch_place(h.batch, 0, &view, SIM_NEAR, NULL);
  sim_batch_set_ctbr(h.batch, 0, 1);
  return h;
}

static const SimDrone *first_drone(const Hovering *h) {
  return &sim_batch_state(h->batch, 0)->view.drone[0];
}

// body rates of the first drone, a step on
static void step_rates(double rates[3], Hovering *h) {
  step_all(h->batch, h->action);
  rot_apply_inverse(rates, first_drone(h)->rot, first_drone(h)->angvel);
}

static void drop(Hovering *h) {
  sim_batch_destroy(h->batch);
  sim_model_destroy(h->model);
}

// half of the greatest rate: there in 0.1 s, beyond it by less than a tenth, and nothing else turns
static void test_step_response(void **unused) {
  (void)unused;
  for (int k = 0; k < 2 * ENGINE_KINDS; k++) {
    const int axis = k / ENGINE_KINDS;
    float command[4] = {0};
    command[1 + axis] = 0.5f;
    Hovering h = hover(ENGINES[k % ENGINE_KINDS], command);
    const double wanted = 0.5 * SIM_RATE_MAX[axis];
    double rates[3];
    for (int step = 1; step <= 40; step++) {
      step_rates(rates, &h);
      assert_true(rates[axis] < 1.1 * wanted);
      assert_true(step < 10 || rates[axis] > 0.9 * wanted);
      assert_near(rates[1 - axis], 0, 0.02);
      assert_near(rates[2], 0, 0.02);
    }
    assert_near(rates[axis], wanted, 0.05 * wanted);
    // the others hover by rotor commands as before
    assert_near(sim_batch_state(h.batch, 0)->view.drone[1].pos[2], 20, 1e-3);
    drop(&h);
  }
}

// all the yaw rate that can be asked for is more than the rotors have: it takes nothing from the
// others, nor from what carries the weight
static void test_yaw_last(void **unused) {
  (void)unused;
  Hovering h = hover(SIM_PHYSICS_FLIGHT, (const float[4]){0, 0, 0, 1});
  double rates[3];
  for (int step = 0; step < 50; step++) {
    step_rates(rates, &h);
    assert_near(rates[0], 0, 0.02);
    assert_near(rates[1], 0, 0.02);
  }
  assert_true(rates[2] > 0.4);
  assert_near(first_drone(&h)->pos[2], 20, 0.05);
  drop(&h);
}

// a command of nothing hovers; one of thrust alone rises as it says
static void test_thrust(void **unused) {
  (void)unused;
  for (int k = 0; k < 2; k++) {
    const float thrust = 0.2f * (float)k;
    Hovering h = hover(SIM_PHYSICS_MUJOCO, (const float[4]){thrust, 0, 0, 0});
    double rates[3];
    for (int step = 0; step < 100; step++) {
      step_rates(rates, &h);
      assert_near(rates[2], 0, 1e-3);
    }
    // damping of the velocity takes 9 % in a second
    const double speed = first_drone(&h)->vel[2], wanted = (double)thrust * SIM_GRAVITY * 0.9;
    assert_near(speed, wanted, 0.02 + 0.05 * wanted);
    drop(&h);
  }
}

static void test_engines_agree(void **unused) {
  (void)unused;
  Hovering h[ENGINE_KINDS];
  double rates[3];
  for (int e = 0; e < ENGINE_KINDS; e++) {
    h[e] = hover(ENGINES[e], (const float[4]){0.1f, 0.3f, -0.4f, 0.2f});
    for (int step = 0; step < 40; step++) {
      step_rates(rates, &h[e]);
    }
  }
  for (int k = 0; k < 3; k++) {
    assert_near(first_drone(&h[0])->pos[k], first_drone(&h[1])->pos[k], 1e-11);
    assert_near(first_drone(&h[0])->angvel[k], first_drone(&h[1])->angvel[k], 1e-10);
  }
  for (int e = 0; e < ENGINE_KINDS; e++) {
    drop(&h[e]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_paper),         cmocka_unit_test(test_draws),
      cmocka_unit_test(test_bad_files),     cmocka_unit_test(test_drag),
      cmocka_unit_test(test_delays),        cmocka_unit_test(test_noise),
      cmocka_unit_test(test_real_bits),     cmocka_unit_test(test_step_response),
      cmocka_unit_test(test_yaw_last),      cmocka_unit_test(test_thrust),
      cmocka_unit_test(test_engines_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
