// The closed-form step against MuJoCo's: one step from random states, a thousand in a row under the
// same forces, whole rallies, and what no step may change.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policies/play.h"
#include "sim/base/rng.h"
#include "sim/flight.h"
#include "sim/vec.h"
#include "sim/world.h"

typedef float Action[SIM_DRONES][SIM_ROTORS];

// the same match with both
typedef struct Pair {
  SimModel *model[SIM_PHYSICS_KINDS];
  mjData *d[SIM_PHYSICS_KINDS];
  SimState state[SIM_PHYSICS_KINDS];
} Pair;

static SimModel *open_model(unsigned roster, SimPhysics physics, const char *world) {
  SimModelOptions options = sim_model_default();
  SimError err = {0};
  options.roster = roster;
  options.physics = physics;
  options.world = world;
  SimModel *model = sim_model_create(&options, &err);
  if (!model) {
    fail_msg("%s", err.text);
  }
  return model;
}

static Pair open_pair(unsigned roster, const char *world) {
  Pair pair = {.model = {NULL}};
  for (int k = 0; k < SIM_PHYSICS_KINDS; k++) {
    pair.model[k] = open_model(roster, (SimPhysics)k, world);
    pair.d[k] = mj_makeData(pair.model[k]->mj);
    assert_non_null(pair.d[k]);
  }
  return pair;
}

static void close_pair(Pair *pair) {
  for (int k = 0; k < SIM_PHYSICS_KINDS; k++) {
    mj_deleteData(pair->d[k]);
    sim_model_destroy(pair->model[k]);
  }
}

// drones anywhere, tumbling, some within reach of the ball or in each other's wash
static SimView random_view(SimRng *rng, unsigned roster) {
  SimView view = {.roster = roster};
  for (int k = 0; k < 3; k++) {
    view.ball_pos[k] = sim_rng_uniform(rng, -6, 6);
    view.ball_vel[k] = sim_rng_uniform(rng, -12, 12);
  }
  for (int i = 0; i < SIM_DRONES; i++) {
    SimDrone *drone = &view.drone[i];
    const bool reach = sim_rng_below(rng, 4) == 0;
    for (int k = 0; k < 3; k++) {
      drone->pos[k] =
          (reach ? view.ball_pos[k] : 0) + sim_rng_uniform(rng, -1, 1) * (reach ? 0.2 : 6);
      drone->vel[k] = sim_rng_uniform(rng, -6, 6);
      drone->angvel[k] = sim_rng_uniform(rng, -30, 30);
    }
    quat_from_rpy(drone->quat, sim_rng_uniform(rng, -3, 3), sim_rng_uniform(rng, -1.5, 1.5),
                  sim_rng_uniform(rng, -3, 3));
    for (int r = 0; r < SIM_ROTORS; r++) {
      drone->rotor[r] = sim_rng_uniform(rng, 0, 1);
    }
  }
  return view;
}

static void random_action(Action action, SimRng *rng) {
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int r = 0; r < SIM_ROTORS; r++) {
      action[i][r] = (float)sim_rng_uniform(rng, -1.2, 1.2);
    }
  }
}

// largest difference of a position, attitude or velocity
static double difference(const SimView *a, const SimView *b) {
  double error = 0;
  for (int k = 0; k < 3; k++) {
    error = fmax(error, fabs(a->ball_pos[k] - b->ball_pos[k]));
    error = fmax(error, fabs(a->ball_vel[k] - b->ball_vel[k]));
  }
  for (int i = 0; i < SIM_DRONES; i++) {
    const SimDrone *x = &a->drone[i], *y = &b->drone[i];
    double turn = 0, sign = 0;
    for (int k = 0; k < 4; k++) {
      sign += x->quat[k] * y->quat[k];
    }
    for (int k = 0; k < 4; k++) {
      turn = fmax(turn, fabs(x->quat[k] - (sign < 0 ? -1 : 1) * y->quat[k]));
    }
    error = fmax(error, turn);
    for (int k = 0; k < 3; k++) {
      error = fmax(error, fabs(x->pos[k] - y->pos[k]));
      error = fmax(error, fabs(x->vel[k] - y->vel[k]));
      error = fmax(error, fabs(x->angvel[k] - y->angvel[k]) / 10);  // up to 50 rad/s
    }
  }
  return error;
}

static void test_sinc(void **unused) {
  (void)unused;
  double error = 0, relative = 0;
  for (int i = 1; i <= 40000; i++) {
    const double x = i * 1e-4;
    double sinc, cosine;
    sim_flight_sinc(&sinc, &cosine, x * x);
    error = fmax(error, fmax(fabs(x * sinc - sin(x)), fabs(cosine - cos(x))));
    relative = fmax(relative, fabs(sinc - sin(x) / x));
  }
  print_message("sin and cos up to 4: within %.2g; sin(x) / x: within %.2g\n", error, relative);
  assert_true(error <= 2e-15 && relative <= 1e-15);
}

static void test_exp(void **unused) {
  (void)unused;
  double error = 0;
  for (int i = -700000; i <= 700000; i++) {
    const double x = i * 1e-3, wanted = exp(x);
    error = fmax(error, fabs(lane_exp(x) - wanted) / wanted);
  }
  print_message("exp: within %.2g of itself\n", error);
  assert_true(error <= 3e-16);
  assert_true(lane_exp(0) == 1);
}

// every roster, from random states; in a world of ranges each with its own numbers
static void compare_one_step(const char *world) {
  const SimRules *rules = sim_rules_find("court");
  double error = 0;
  int touched = 0;
  for (unsigned roster = 1; roster <= SIM_ALL_DRONES; roster++) {
    Pair pair = open_pair(roster, world);
    for (uint32_t n = 0; n < 40; n++) {
      SimRng rng = sim_rng(5, roster, n, SIM_RNG_TEST);
      const SimView view = random_view(&rng, roster);
      Action action;
      random_action(action, &rng);
      for (int k = 0; k < SIM_PHYSICS_KINDS; k++) {
        pair.state[k].seed = 5;
        pair.state[k].rally = n;
        sim_world_place(&pair.state[k], pair.d[k], pair.model[k], &view, SIM_NEAR);
        sim_world_step(&pair.state[k], pair.d[k], pair.model[k], rules, (const float(*)[4])action);
      }
      error = fmax(error, difference(&pair.state[0].view, &pair.state[1].view));
      double turned[3];
      vec_sub(turned, pair.state[0].view.ball_vel, view.ball_vel);
      touched += vec_norm(turned) > 1;
      assert_memory_equal(&pair.state[0].referee.flags, &pair.state[1].referee.flags,
                          sizeof pair.state[0].referee.flags);
    }
    close_pair(&pair);
  }
  print_message("world %s, one step: within %.2g, %d balls hit\n", world, error, touched);
  assert_true(error <= 1e-12);
  assert_true(touched > 100);
}

static void test_one_step(void **unused) {
  (void)unused;
  compare_one_step("paper");
  compare_one_step("real");
}

// the forces that stand in for other masses do what other masses do
static void test_other_masses(void **unused) {
  (void)unused;
  // alone: no drone is near another
  Pair pair = open_pair(1, "real");
  const SimModel *model = pair.model[SIM_PHYSICS_MUJOCO];
  mjData *d = pair.d[SIM_PHYSICS_MUJOCO], *own = mj_makeData(model->mj);
  const SimRules *rules = sim_rules_find("court");
  double error = 0;
  for (uint32_t n = 0; n < 40; n++) {
    SimRng rng = sim_rng(8, n, 0, SIM_RNG_TEST);
    const SimView view = random_view(&rng, 1);
    SimState *state = &pair.state[0];
    Action action;
    random_action(action, &rng);
    *state = (SimState){.seed = 8, .rally = n};
    sim_world_place(state, d, model, &view, SIM_NEAR);
    double applied[6 * SIM_BODIES], expected[6 * SIM_BODIES];
    // the match's own numbers, in a model of its own
    mjModel *other = mj_copyModel(NULL, model->apart);
    const SimPlant *plant = &state->plant;
    for (int i = 0; i < SIM_BODIES; i += SIM_BALL) {
      const bool ball = i == SIM_BALL;
      other->body_mass[model->body[i]] = ball ? plant->ball_mass : plant->drone_mass;
      if (!ball) {
        memcpy(other->body_inertia + 3 * model->body[i], plant->inertia, sizeof plant->inertia);
      }
    }
    mj_setConst(other, own);
    sim_world_step(state, d, model, rules, (const float(*)[4])action);
    memcpy(applied, d->qfrc_applied, (size_t)model->mj->nv * sizeof *applied);
    // back from the forces on the middle's bodies to those on the match's own
    SimState start = {.seed = 8, .rally = n};
    sim_world_place(&start, own, model, &view, SIM_NEAR);
    for (int i = 0; i < SIM_BODIES; i += SIM_BALL) {
      const bool ball = i == SIM_BALL;
      const int at = model->qvel[i];
      const double scale = ball ? plant->ball_mass / model->plant.ball_mass
                                : plant->drone_mass / model->plant.drone_mass;
      double bias[3], has[3];
      sim_flight_gyroscopic(bias, own->qvel + at + 3, plant->inertia);
      sim_flight_gyroscopic(has, own->qvel + at + 3, model->plant.inertia);
      for (int k = 0; k < 3; k++) {
        own->qfrc_applied[at + k] = applied[at + k] * scale;
        own->qfrc_applied[at + 3 + k] =
            ball ? 0
                 : (applied[at + 3 + k] - has[k]) * plant->inertia[k] / model->plant.inertia[k] +
                       bias[k];
      }
    }
    mj_step(other, own);
    memcpy(expected, own->qvel, (size_t)model->mj->nv * sizeof *expected);
    for (int i = 0; i < model->mj->nv; i++) {
      error = fmax(error, fabs(d->qvel[i] - expected[i]));
    }
    mj_deleteModel(other);
  }
  print_message("other masses through forces: within %.2g m/s or rad/s\n", error);
  assert_true(error <= 1e-11);
  mj_deleteData(own);
  close_pair(&pair);
}

// The forces of the match are left out: those of a recorded flight are put straight into both.
static void test_open_loop(void **unused) {
  (void)unused;
  Pair pair = open_pair(SIM_ALL_DRONES, NULL);
  SimRng rng = sim_rng(6, 0, 0, SIM_RNG_TEST);
  SimView view = random_view(&rng, SIM_ALL_DRONES);
  // faster, and the explicit gyroscopic term of Euler's method runs away in both
  for (int i = 0; i < SIM_DRONES; i++) {
    vec_set(view.drone[i].angvel, 2, -1, 3);
  }
  static const double INERTIA[3] = {SIM_DRONE_IXX, SIM_DRONE_IYY, SIM_DRONE_IZZ};
  const SimModel *model = pair.model[SIM_PHYSICS_MUJOCO];
  mjData *d = pair.d[SIM_PHYSICS_MUJOCO];
  SimState state;
  sim_world_place(&state, d, model, &view, SIM_NEAR);
  double qpos[7 * SIM_BODIES], qvel[6 * SIM_BODIES], error = 0, spin = 0;
  assert_int_equal(model->mj->nq, 7 * SIM_BODIES);
  memcpy(qpos, d->qpos, sizeof qpos);
  memcpy(qvel, d->qvel, sizeof qvel);
  for (int step = 0; step < 1000; step++) {
    for (int i = 0; i < SIM_DRONES; i++) {
      double *wrench = d->qfrc_applied + model->qvel[i];
      for (int k = 0; k < 3; k++) {
        const int at = model->qvel[i] + k;
        wrench[k] = sim_rng_uniform(&rng, -20, 20);
        wrench[3 + k] = sim_rng_uniform(&rng, -1, 1) - 0.1 * d->qvel[at + 3];
      }
      double *pos = qpos + model->qpos[i], *vel = qvel + model->qvel[i];
      sim_flight_step(pos, pos + 3, vel, vel + 3, wrench, SIM_DRONE_MASS, INERTIA, SIM_DT);
      spin = fmax(spin, vec_norm(vel + 3));
    }
    mj_step(model->apart, d);
    for (int i = 0; i < SIM_DRONES; i++) {
      const double *pose = qpos + model->qpos[i], *wanted = d->qpos + model->qpos[i];
      // the closed form keeps w >= 0
      const double sign = wanted[3] < 0 ? -1 : 1;
      for (int k = 0; k < 7; k++) {
        error = fmax(error, fabs(pose[k] - (k < 3 ? 1 : sign) * wanted[k]));
      }
    }
  }
  print_message("1,000 steps: within %.2g, spins up to %.0f rad/s\n", error, spin);
  assert_true(error <= 1e-10);
  assert_true(spin > 3);
  close_pair(&pair);
}

// without forces: free fall, and a sphere that keeps its spin
static void test_conservation(void **unused) {
  (void)unused;
  static const double INERTIA[3] = {2, 2, 2}, NOTHING[6] = {0};
  double pos[3] = {0, 0, 10}, quat[4] = {1, 0, 0, 0}, vel[3] = {1, -2, 3}, angvel[3] = {3, -4, 12};
  for (int step = 0; step < 100; step++) {
    sim_flight_step(pos, quat, vel, angvel, NOTHING, 1.5, INERTIA, SIM_DT);
  }
  // semi-implicit: sum of k = 1..n of v0 - k g dt
  assert_true(fabs(vel[2] - (3 - SIM_GRAVITY)) < 1e-12);
  assert_true(fabs(pos[2] - (10 + 3 - SIM_GRAVITY * SIM_DT * SIM_DT * 100 * 101 / 2)) < 1e-12);
  assert_true(fabs(pos[0] - 1) < 1e-12 && fabs(pos[1] + 2) < 1e-12);
  // a sphere turns about one axis at one rate, 13 rad/s for 1 s
  assert_true(fabs(angvel[0] - 3) + fabs(angvel[1] + 4) + fabs(angvel[2] - 12) < 1e-12);
  assert_true(fabs(quat[0] - cos(6.5)) < 1e-12);
  assert_true(fabs(quat[3] - sin(6.5) * 12 / 13) < 1e-12);
}

// ---- whole rallies

typedef struct Score {
  int won[SIM_PLAYING + 1], reasons[SIM_EVENT_KINDS], hits, steps;
} Score;

static Score play_rallies(SimPhysics physics, int n, const char *world) {
  SimError err = {0};
  SimModel *model = open_model(SIM_ALL_DRONES, physics, world);
  PolTeam *near = pol_team_load("stage1", &err), *far = pol_team_load("stage1_plus", &err);
  assert_true(near && far);
  const PolPlayOptions options = {
      .matches = n, .threads = 2, .seed = 4, .rules = sim_rules_find("paper")};
  PolPlay *play = pol_play_create(&options, model, near, far, &err);
  assert_non_null(play);
  Score score = {.won = {0}};
  int *ids = calloc((size_t)n, sizeof *ids), playing = n;
  uint32_t *rally = calloc((size_t)n, sizeof *rally);
  assert_true(ids && rally);
  for (int m = 0; m < n; m++) {
    ids[m] = m;
    rally[m] = (uint32_t)m;
  }
  pol_play_reset(play, ids, n, rally);
  while (playing > 0) {
    assert_ok(pol_play_step(play, ids, playing, &err), &err);
    int left = 0;
    for (int k = 0; k < playing; k++) {
      const SimReferee *ref = &pol_play_state(play, ids[k])->referee;
      if (ref->winner == SIM_PLAYING) {
        ids[left++] = ids[k];
        continue;
      }
      score.won[ref->winner]++;
      score.reasons[ref->reason]++;
      score.hits += ref->hits;
      score.steps += ref->step;
    }
    playing = left;
  }
  free(ids);
  free(rally);
  pol_play_destroy(play);
  pol_team_destroy(near);
  pol_team_destroy(far);
  sim_model_destroy(model);
  return score;
}

static void test_rallies(void **unused) {
  (void)unused;
  const Score mujoco = play_rallies(SIM_PHYSICS_MUJOCO, 256, NULL),
              flight = play_rallies(SIM_PHYSICS_FLIGHT, 256, NULL);
  print_message("256 rallies: %d touches and %d steps, in flight %d and %d\n", mujoco.hits,
                mujoco.steps, flight.hits, flight.steps);
  assert_memory_equal(&mujoco, &flight, sizeof mujoco);
  assert_true(mujoco.hits > 256);
}

static void test_real_rallies(void **unused) {
  (void)unused;
  const Score mujoco = play_rallies(SIM_PHYSICS_MUJOCO, 64, "real"),
              flight = play_rallies(SIM_PHYSICS_FLIGHT, 64, "real");
  print_message("64 real rallies: %d touches and %d steps, in flight %d and %d\n", mujoco.hits,
                mujoco.steps, flight.hits, flight.steps);
  assert_memory_equal(&mujoco, &flight, sizeof mujoco);
  assert_true(mujoco.hits > 32);
}

// ---- names and hashes

static void test_names(void **unused) {
  (void)unused;
  SimPhysics physics = SIM_PHYSICS_MUJOCO;
  assert_true(sim_physics_find(&physics, "flight") && physics == SIM_PHYSICS_FLIGHT);
  assert_true(sim_physics_find(&physics, "mujoco") && physics == SIM_PHYSICS_MUJOCO);
  assert_false(sim_physics_find(&physics, "physx"));
  assert_false(sim_physics_find(&physics, ""));
  Pair pair = open_pair(1, NULL);
  assert_true(pair.model[0]->hash != pair.model[1]->hash);
  close_pair(&pair);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sinc),         cmocka_unit_test(test_exp),
      cmocka_unit_test(test_one_step),     cmocka_unit_test(test_open_loop),
      cmocka_unit_test(test_conservation), cmocka_unit_test(test_rallies),
      cmocka_unit_test(test_names),        cmocka_unit_test(test_other_masses),
      cmocka_unit_test(test_real_rallies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
