// The match physics against hand-computed numbers (sim/README.md 12.1), exact restitution, and the
// promises about state rows and batches.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/batch.h"
#include "sim/contact.h"
#include "sim/vec.h"

typedef float Action[SIM_DRONES][SIM_ROTORS];

// a model of `roster` and one mjData to step it
typedef struct World {
  SimModel *model;
  mjData *d;
  SimState state;
} World;

static World open_world(unsigned roster) {
  SimModelOptions options = sim_model_default();
  SimError err = {0};
  options.roster = roster;
  World world = {.model = sim_model_create(&options, &err)};
  if (!world.model) {
    fail_msg("%s", err.text);
  }
  world.d = mj_makeData(world.model->mj);
  assert_non_null(world.d);
  return world;
}

static void close_world(World *world) {
  mj_deleteData(world->d);
  sim_model_destroy(world->model);
}

// level drones at hover thrust, 3 m apart and 5 m up; the ball far away
static SimView level_view(void) {
  SimView view = {.ball_pos = {0, 100, 100}, .roster = SIM_ALL_DRONES};
  for (int i = 0; i < SIM_DRONES; i++) {
    SimDrone *drone = &view.drone[i];
    vec_set(drone->pos, i < 3 ? 3 : -3, 30.0 * (i % 3), 5);
    drone->quat[0] = 1;
    for (int r = 0; r < SIM_ROTORS; r++) {
      drone->rotor[r] = SIM_HOVER_ROTOR;
    }
  }
  return view;
}

static void fill_action(Action action, double command) {
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int r = 0; r < SIM_ROTORS; r++) {
      action[i][r] = (float)command;
    }
  }
}

static void place(World *world, const SimView *view) {
  sim_world_place(&world->state, world->d, world->model, view, SIM_NEAR);
}

static void step(World *world, const Action action) {
  sim_world_step(&world->state, world->d, world->model, sim_rules_find("court"), action);
}

// the hover command on a level drone is no motion
static void test_hover_trim(void **unused) {
  (void)unused;
  World world = open_world(1);
  SimView view = level_view();
  Action action;
  fill_action(action, SIM_HOVER_COMMAND);
  place(&world, &view);
  for (int k = 0; k < 1000; k++) {
    // the ball must not end the rally
    vec_set(world.d->qpos + world.model->qpos[SIM_BALL], 0, 100, 100);
    vec_set(world.d->qvel + world.model->qvel[SIM_BALL], 0, 0, 0);
    step(&world, (const float(*)[SIM_ROTORS])action);
  }
  const SimDrone *drone = &world.state.view.drone[0];
  // the command is a float32: 1e-8 of the weight over 10 s against damping
  assert_near(drone->pos[2], 5, 1e-4);
  assert_near(drone->pos[0], 3, 1e-9);
  assert_near(drone->quat[0], 1, 1e-12);
  close_world(&world);
}

// a full command raises the rotors by the lag alone
static void test_motor_lag(void **unused) {
  (void)unused;
  World world = open_world(1);
  SimView view = level_view();
  Action action;
  fill_action(action, 1);
  place(&world, &view);
  for (int n = 1; n <= 20; n++) {
    step(&world, (const float(*)[SIM_ROTORS])action);
    const double wanted = 1 - pow(0.57, n) * (1 - SIM_HOVER_ROTOR);
    for (int r = 0; r < SIM_ROTORS; r++) {
      assert_near(world.state.view.drone[0].rotor[r], wanted, 1e-14);
    }
  }
  close_world(&world);
}

// rotors 0 and 1 turn the same way and nearly balance each other in roll
static void test_torque_signs(void **unused) {
  (void)unused;
  World world = open_world(1);
  SimView view = level_view();
  const double high = 0.9;
  view.drone[0].rotor[0] = view.drone[0].rotor[1] = high;
  Action action;
  fill_action(action, SIM_HOVER_COMMAND);
  action[0][0] = action[0][1] = (float)(2 * high * high - 1);
  place(&world, &view);
  step(&world, (const float(*)[SIM_ROTORS])action);
  const double extra = SIM_ROTOR_FORCE * (high * high - SIM_HOVER_ROTOR * SIM_HOVER_ROTOR);
  const double *spin = world.state.view.drone[0].angvel;
  assert_near(spin[0], SIM_DT * (-0.22 + 0.20) * extra / SIM_DRONE_IXX, 1e-8);
  assert_near(spin[1], 0, 1e-8);
  const double yaw = -2 * (SIM_ROTOR_TORQUE / SIM_ROTOR_FORCE) * extra;
  assert_near(spin[2], SIM_DT * yaw / SIM_DRONE_IZZ, 1e-8);
  assert_true(spin[2] < 0 && spin[0] < 0);
  close_world(&world);
}

// damping alone slows by 1 - 0.2 dt per step, linear and angular
static void test_damping(void **unused) {
  (void)unused;
  World world = open_world(1);
  SimView view = level_view();
  vec_set(view.drone[0].vel, 1, 0, 0);
  vec_set(view.drone[0].angvel, 0, 0, 0.5);
  memset(view.drone[0].rotor, 0, sizeof view.drone[0].rotor);
  Action action;
  fill_action(action, -1);
  place(&world, &view);
  for (int k = 1; k <= 50; k++) {
    step(&world, (const float(*)[SIM_ROTORS])action);
    const double factor = pow(1 - SIM_DAMPING * SIM_DT, k);
    assert_near(world.state.view.drone[0].vel[0], factor, 1e-12);
    assert_near(world.state.view.drone[0].angvel[2], 0.5 * factor, 1e-12);
  }
  close_world(&world);
}

static SimContactDrone random_drone(SimRng *rng) {
  SimContactDrone drone = {.pos = {0, 0, 0}};
  double quat[4];
  quat_from_rpy(quat, sim_rng_uniform(rng, -1.5, 1.5), sim_rng_uniform(rng, -1.5, 1.5),
                sim_rng_uniform(rng, -3, 3));
  quat_to_rot(drone.rot, quat);
  for (int k = 0; k < 3; k++) {
    drone.vel[k] = sim_rng_uniform(rng, -4, 4);
    drone.angvel[k] = sim_rng_uniform(rng, -5, 5);
  }
  return drone;
}

// relative velocity of ball and drone at the top face's point below the ball, along the face normal
static double approach(const SimView *view, const double lever[3], double normal_out[3]) {
  const SimDrone *drone = &view->drone[0];
  double relative[3], spin[3];
  rot_axis(normal_out, drone->rot, 2);
  vec_cross(spin, drone->angvel, lever);
  for (int k = 0; k < 3; k++) {
    relative[k] = view->ball_vel[k] - drone->vel[k] - spin[k];
  }
  return vec_dot(relative, normal_out);
}

// One oblique impact on the top of the box, away from the rotor discs, through MuJoCo: relative
// normal velocity after / the one the step would end with untouched. Writes the error of 0.8 and
// the largest tangential change of the ball's velocity.
static void impact_error(World *world, SimRng *rng, double *restitution, double *tangential) {
  const SimContactDrone start = random_drone(rng);
  SimView view = level_view();
  SimDrone *drone = &view.drone[0];
  double rpy[3];
  for (int k = 0; k < 3; k++) {
    rpy[k] = sim_rng_uniform(rng, -1.2, 1.2);
    drone->vel[k] = start.vel[k];
    drone->angvel[k] = start.angvel[k];
  }
  quat_from_rpy(drone->quat, rpy[0], rpy[1], rpy[2]);
  double rot[9];
  quat_to_rot(rot, drone->quat);
  // within 0.02 m of the axis no rotor disc reaches the ball
  const double local[3] = {sim_rng_uniform(rng, -0.02, 0.02), sim_rng_uniform(rng, -0.02, 0.02),
                           SIM_DRONE_HALF_Z + SIM_BALL_RADIUS + 0.001};
  double offset[3], axis[3];
  rot_apply(offset, rot, local);
  vec_add_scaled(view.ball_pos, drone->pos, 1, offset);
  rot_axis(axis, rot, 2);
  vec_add_scaled(view.ball_vel, drone->vel, -sim_rng_uniform(rng, 4, 15), axis);
  for (int k = 0; k < 3; k++) {
    view.ball_vel[k] += sim_rng_uniform(rng, -1, 1);
  }
  Action action;
  fill_action(action, SIM_HOVER_COMMAND);

  // the same step with and without the ball in the way gives the two velocities
  double lever[3], normal[3];
  double free_lever[3] = {local[0], local[1], SIM_DRONE_HALF_Z};
  rot_apply(lever, rot, free_lever);
  SimView far_away = view;
  far_away.ball_pos[1] += 50;
  place(world, &far_away);
  step(world, (const float(*)[SIM_ROTORS])action);
  SimView untouched = world->state.view;
  memcpy(untouched.drone[0].rot, rot, sizeof rot);
  // angular velocity in court axes belongs to the attitude at the start of the step
  double body_rate[3];
  vec_copy(body_rate, world->d->qvel + world->model->qvel[0] + 3);
  rot_apply(untouched.drone[0].angvel, rot, body_rate);
  const double before = approach(&untouched, lever, normal);

  place(world, &view);
  step(world, (const float(*)[SIM_ROTORS])action);
  SimView touched = world->state.view;
  memcpy(touched.drone[0].rot, rot, sizeof rot);
  vec_copy(body_rate, world->d->qvel + world->model->qvel[0] + 3);
  rot_apply(touched.drone[0].angvel, rot, body_rate);
  const double after = approach(&touched, lever, normal);
  *restitution = fabs(after / -before - SIM_BOX_RESTITUTION);
  double change[3], along;
  vec_sub(change, touched.ball_vel, untouched.ball_vel);
  along = vec_dot(change, normal);
  vec_add_scaled(change, change, -along, normal);
  *tangential = vec_norm(change);
}

// restitution error <= 1e-9 over 2,000 random oblique impacts
static void test_restitution(void **unused) {
  (void)unused;
  World world = open_world(1);
  SimRng rng = sim_rng(5, 0, 0, SIM_RNG_TEST);
  double worst = 0, worst_tangential = 0;
  for (int i = 0; i < 2000; i++) {
    double restitution, tangential;
    impact_error(&world, &rng, &restitution, &tangential);
    worst = fmax(worst, restitution);
    worst_tangential = fmax(worst_tangential, tangential);
  }
  print_message("largest |e - 0.8| over 2000 impacts: %.2e, tangential change %.2e m/s\n", worst,
                worst_tangential);
  assert_true(worst <= 1e-9);
  assert_true(worst_tangential <= 1e-9);
  close_world(&world);
}

// a ball dropped 3 m on a drone held in place rebounds with 0.8 of its speed
static void test_drop(void **unused) {
  (void)unused;
  World world = open_world(1);
  SimView view = level_view();
  vec_copy(view.ball_pos, view.drone[0].pos);
  view.ball_pos[2] += SIM_DRONE_HALF_Z + SIM_BALL_RADIUS + 3;
  Action action;
  fill_action(action, SIM_HOVER_COMMAND);
  place(&world, &view);
  double before = 0, after = 0;
  for (int k = 0; k < 200 && after <= 0; k++) {
    before = world.state.view.ball_vel[2];
    step(&world, (const float(*)[SIM_ROTORS])action);
    after = world.state.view.ball_vel[2];
  }
  assert_near(before, -sqrt(2 * SIM_GRAVITY * 3), 0.3);
  // the drone weighs 304 balls and yields a little: 0.8 - 1.8 x 5/1520
  const double falling = before - SIM_GRAVITY * SIM_DT;
  assert_near(after / -falling, 0.8 - 1.8 * SIM_BALL_MASS / (SIM_BALL_MASS + SIM_DRONE_MASS), 1e-6);
  close_world(&world);
}

// downwash below a hovering drone
static void test_downwash(void **unused) {
  (void)unused;
  World world = open_world(3);
  const struct { double aside, wanted; } cases[] = {{0, 8.8231}, {0.5, 8.8231 * exp(-0.5)}};
  for (int c = 0; c < 2; c++) {
    SimView view = level_view();
    vec_copy(view.drone[1].pos, view.drone[0].pos);
    view.drone[1].pos[2] -= 1;
    view.drone[1].pos[0] += cases[c].aside;
    Action action;
    fill_action(action, SIM_HOVER_COMMAND);
    place(&world, &view);
    step(&world, (const float(*)[SIM_ROTORS])action);
    const double down = -world.state.view.drone[1].vel[2] / SIM_DT * SIM_DRONE_MASS;
    const double up = -world.state.view.drone[0].vel[2] / SIM_DT * SIM_DRONE_MASS;
    assert_near(down, cases[c].wanted, 0.002);
    assert_near(up, 0, 1e-4);
  }
  close_world(&world);
}

// a drone that only blows does what a real one does that hovers there
static void test_wash(void **unused) {
  (void)unused;
  World real = open_world(3), alone = open_world(1);
  SimView view = level_view();
  Action action;
  fill_action(action, SIM_HOVER_COMMAND);
  vec_copy(view.drone[1].pos, view.drone[0].pos);
  view.drone[1].pos[2] += 1.2;
  view.drone[1].pos[1] += 0.3;
  place(&real, &view);
  place(&alone, &view);
  alone.state.wash.n = 1;
  vec_copy(alone.state.wash.source[0].pos, view.drone[1].pos);
  step(&real, (const float(*)[SIM_ROTORS])action);
  step(&alone, (const float(*)[SIM_ROTORS])action);
  assert_true(real.state.view.drone[0].vel[2] < -0.01);
  for (int k = 0; k < 3; k++) {
    assert_near(alone.state.view.drone[0].vel[k], real.state.view.drone[0].vel[k], 1e-7);
  }
  close_world(&real);
  close_world(&alone);
}

// one that flies by, leaning, blows as a real drone does in its place, and only while it is said to
static void test_moving_wash(void **unused) {
  (void)unused;
  World real = open_world(3), alone = open_world(1);
  SimView view = level_view();
  Action action;
  const SimWashSource source = {.pos = {view.drone[0].pos[0], view.drone[0].pos[1] - 0.6, 6.2},
                                .vel = {0, 2, 0},
                                .moves = 0.2,
                                .lean = {0.3, 0},
                                .extra = 0,
                                .from = 0.02,
                                .until = 0.3};
  fill_action(action, SIM_HOVER_COMMAND);
  for (int t = 0; t < 40; t++) {
    const double time = t * SIM_DT;
    vec_add_scaled(view.drone[1].pos, source.pos, time < source.moves ? time : source.moves,
                   source.vel);
    quat_from_rpy(view.drone[1].quat, 0, asin(0.3), 0);
    vec_set(view.drone[1].vel, 0, 0, 0);
    if (t > 0) {
      view.drone[0] = alone.state.view.drone[0];
    }
    place(&real, &view);
    if (t == 0) {
      place(&alone, &view);
      alone.state.wash = (SimWash){.n = 1, .source = {source}};
    }
    const double before = alone.state.view.drone[0].vel[2];
    step(&alone, (const float(*)[SIM_ROTORS])action);
    step(&real, (const float(*)[SIM_ROTORS])action);
    const bool blows = t >= 2 && t < 30;
    if (!blows) {
      assert_near(alone.state.view.drone[0].vel[2] - before, 0, 5e-3);
    }
    for (int k = 0; blows && k < 3; k++) {
      assert_near(alone.state.view.drone[0].vel[k], real.state.view.drone[0].vel[k], 1e-6);
    }
  }
  assert_true(alone.state.view.drone[0].vel[2] < -0.05);
  close_world(&real);
  close_world(&alone);
}

static bool within(double value, double low, double high) {
  return value >= low - 1e-9 && value <= high + 1e-9;
}

// one start in the team frames
static void check_start(const SimState *state) {
  const SimTeam server = state->referee.server;
  for (int i = 0; i < SIM_DRONES; i++) {
    SimDrone own;
    sim_mirror_drone(&own, &state->view.drone[i], sim_team(i));
    const bool serves = sim_team(i) == server && sim_role(i) == SIM_PASSER;
    const double *p = own.pos;
    switch (sim_role(i)) {
    case SIM_PASSER:
      assert_true(serves ? within(p[0], 6, 6) && within(p[1], 0, 0) && within(p[2], 1.8, 2)
                         : within(p[0], 4, 4) && within(p[1], 0, 0) && within(p[2], 1, 1));
      break;
    case SIM_SETTER:
      assert_true(within(p[0], 1.9, 2.1) && within(p[1], -2.1, -1.9) && within(p[2], 1.7, 1.9));
      break;
    case SIM_ATTACKER:
      assert_true(within(p[0], 1.8, 2.2) && within(p[1], 1.3, 1.7) && within(p[2], 2.3, 2.7));
      break;
    }
    for (int k = 0; k < 3; k++) {
      assert_true(within(own.vel[k], -0.1, 0.1) && within(own.angvel[k], -0.1, 0.1));
    }
    assert_true(own.rot[0] > 0.98 && own.rot[8] > 0.98);  // heading +x, upright
  }
  double ball[3];
  sim_mirror_vec(ball, state->view.ball_pos, server);
  assert_true(within(ball[0], 6, 6) && within(ball[1], -0.1, 0.1) && within(ball[2], 4.8, 5));
  assert_true(within(state->serve_target[0], -6, -5) && within(state->serve_target[1], -0.5, 0.5));
}

// initial-state ranges and the server's coin
static void test_starts(void **unused) {
  (void)unused;
  World world = open_world(SIM_ALL_DRONES);
  int near = 0;
  enum { N = 2000 };
  for (uint32_t rally = 0; rally < N; rally++) {
    sim_world_reset(&world.state, world.d, world.model, 7, rally);
    check_start(&world.state);
    near += world.state.referee.server == SIM_NEAR;
  }
  // five standard errors of a fair coin
  assert_true(fabs(near - N / 2.0) < 5 * sqrt(N) / 2);
  close_world(&world);
}

// a command that depends on everything, so that matches differ and end in different ways
static void busy_action(Action action, const SimState *state) {
  SimRng rng = sim_rng(state->seed, state->rally, (uint32_t)state->referee.step, SIM_RNG_TEST);
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int r = 0; r < SIM_ROTORS; r++) {
      action[i][r] = (float)(SIM_HOVER_COMMAND + sim_rng_uniform(&rng, -0.3, 0.3));
    }
  }
}

static void test_rows(void **unused) {
  (void)unused;
  World a = open_world(SIM_ALL_DRONES), b = open_world(SIM_ALL_DRONES);
  const int n = sim_world_row_size(a.model);
  double *row = calloc((size_t)n, sizeof *row), *again = calloc((size_t)n, sizeof *again);
  SimError err;
  Action action;
  sim_world_reset(&a.state, a.d, a.model, 3, 9);
  for (int k = 0; k < 60; k++) {
    busy_action(action, &a.state);
    step(&a, (const float(*)[SIM_ROTORS])action);
  }
  sim_world_save(row, &a.state, a.d, a.model);
  assert_int_equal(sim_world_load(&b.state, b.d, b.model, row, &err), SIM_OK);
  sim_world_save(again, &b.state, b.d, b.model);
  assert_memory_equal(row, again, (size_t)n * sizeof *row);
  while (a.state.referee.winner == SIM_PLAYING) {
    busy_action(action, &a.state);
    step(&a, (const float(*)[SIM_ROTORS])action);
    step(&b, (const float(*)[SIM_ROTORS])action);
    assert_memory_equal(&a.state.view, &b.state.view, sizeof a.state.view);
  }
  assert_memory_equal(&a.state.referee, &b.state.referee, sizeof a.state.referee);
  // a hostile row is refused
  for (int i = 0; i < n; i++) {
    const double keep = row[i];
    row[i] = (double)NAN;
    assert_int_equal(sim_world_load(&b.state, b.d, b.model, row, &err), SIM_BAD_INPUT);
    row[i] = keep;
  }
  row[n - 1] = -5;
  assert_int_equal(sim_world_load(&b.state, b.d, b.model, row, &err), SIM_BAD_INPUT);
  free(row);
  free(again);
  close_world(&a);
  close_world(&b);
}

// plays rallies 0..n-1 in a batch and returns the state rows after `steps` steps
static double *batch_rows(const World *world, int n, int threads, const uint32_t *rally,
                          int steps) {
  SimError err = {0};
  SimBatch *batch = sim_batch_create(world->model, sim_rules_find("court"), n, threads, &err);
  assert_non_null(batch);
  const int size = sim_world_row_size(world->model);
  double *rows = calloc((size_t)n * (size_t)size, sizeof *rows);
  int *ids = calloc((size_t)n, sizeof *ids);
  Action *action = calloc((size_t)n, sizeof *action);
  for (int m = 0; m < n; m++) {
    ids[m] = m;
  }
  sim_batch_reset(batch, ids, n, 11, rally);
  for (int k = 0; k < steps; k++) {
    int live = 0;
    for (int m = 0; m < n; m++) {
      if (sim_batch_state(batch, m)->referee.winner == SIM_PLAYING) {
        busy_action(action[m], sim_batch_state(batch, m));
        ids[live++] = m;
      }
    }
    assert_int_equal(
        sim_batch_step(batch, ids, live, (const float(*)[SIM_DRONES][SIM_ROTORS])action, &err),
        SIM_OK);
  }
  for (int m = 0; m < n; m++) {
    sim_batch_save(batch, m, rows + (size_t)m * (size_t)size);
  }
  free(ids);
  free(action);
  sim_batch_destroy(batch);
  return rows;
}

// same bits at 1, 2, 3 and 8 threads, and alone or anywhere in a batch
static void test_batch_bits(void **unused) {
  (void)unused;
  enum { N = 33, STEPS = 110 };
  World world = open_world(SIM_ALL_DRONES);
  const size_t bytes = (size_t)sim_world_row_size(world.model) * sizeof(double);
  uint32_t rally[N];
  for (int m = 0; m < N; m++) {
    rally[m] = (uint32_t)m;
  }
  double *one = batch_rows(&world, N, 1, rally, STEPS);
  const int threads[] = {2, 3, 8};
  for (int t = 0; t < 3; t++) {
    double *many = batch_rows(&world, N, threads[t], rally, STEPS);
    assert_memory_equal(many, one, bytes * N);
    free(many);
  }
  for (int m = 0; m < N; m += 16) {
    double *alone = batch_rows(&world, 1, 1, &rally[m], STEPS);
    assert_memory_equal(alone, one + (size_t)m * bytes / sizeof *one, bytes);
    free(alone);
  }
  free(one);
  close_world(&world);
}

// a model with scenery is the same physics: same hash, same bits
static void test_scenery_is_only_scenery(void **unused) {
  (void)unused;
  World bare = open_world(SIM_ALL_DRONES);
  SimModelOptions options = sim_model_default();
  SimError err = {0};
  options.scenery = true;
  World full = {.model = sim_model_create(&options, &err)};
  if (!full.model) {
    fail_msg("%s", err.text);
  }
  full.d = mj_makeData(full.model->mj);
  assert_true(full.model->hash == bare.model->hash);
  Action action;
  sim_world_reset(&bare.state, bare.d, bare.model, 1, 4);
  sim_world_reset(&full.state, full.d, full.model, 1, 4);
  while (bare.state.referee.winner == SIM_PLAYING) {
    busy_action(action, &bare.state);
    step(&bare, (const float(*)[SIM_ROTORS])action);
    step(&full, (const float(*)[SIM_ROTORS])action);
    assert_memory_equal(&bare.state.view, &full.state.view, sizeof bare.state.view);
  }
  close_world(&bare);
  close_world(&full);
}

// a command that is not a number is no thrust and is counted
static void test_bad_commands(void **unused) {
  (void)unused;
  World world = open_world(1);
  SimView view = level_view();
  Action action;
  fill_action(action, SIM_HOVER_COMMAND);
  action[0][2] = NAN;
  action[0][3] = INFINITY;
  place(&world, &view);
  step(&world, (const float(*)[SIM_ROTORS])action);
  assert_int_equal(world.state.bad_commands, 2);
  assert_near(world.state.view.drone[0].rotor[2], 0.57 * SIM_HOVER_ROTOR, 1e-15);
  assert_true(isfinite(world.state.view.drone[0].pos[2]));
  close_world(&world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hover_trim),   cmocka_unit_test(test_motor_lag),
      cmocka_unit_test(test_torque_signs), cmocka_unit_test(test_damping),
      cmocka_unit_test(test_restitution),  cmocka_unit_test(test_drop),
      cmocka_unit_test(test_downwash),     cmocka_unit_test(test_starts),
      cmocka_unit_test(test_rows),         cmocka_unit_test(test_batch_bits),
      cmocka_unit_test(test_bad_commands), cmocka_unit_test(test_wash),
      cmocka_unit_test(test_moving_wash),  cmocka_unit_test(test_scenery_is_only_scenery),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
