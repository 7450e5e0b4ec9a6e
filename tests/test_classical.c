// The model-based skills in the real match: hovers arrive, strikes hit and send the ball where it
// should go, the far team flies as the near team does, and neither odd states nor broken config
// files do harm. The rates that are demanded lie well below those of configs/classical.yaml.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/classical.h"
#include "sim/ballistics.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"
#include "sim/vec.h"
#include "sim/world.h"

#define NONE ((double)NAN)  // a key of a goal that is not given

enum { EPISODES = 50, STARTS = 100 };

typedef float Action[SIM_DRONES][SIM_ROTORS];

// a model of a roster, one mjData and the shipped gains
typedef struct Court {
  SimModel *model;
  mjData *d;
  PolClassical *classical;
  SimState state;
} Court;

static Court open_court(unsigned roster) {
  SimModelOptions options = sim_model_default();
  SimError err = {0};
  options.roster = roster;
  Court court = {.model = sim_model_create(&options, &err)};
  if (!court.model) {
    fail_msg("%s", err.text);
  }
  court.d = mj_makeData(court.model->mj);
  court.classical = pol_classical_create(NULL, &err);
  if (!court.classical) {
    fail_msg("%s", err.text);
  }
  return court;
}

static void close_court(Court *court) {
  pol_classical_destroy(court->classical);
  mj_deleteData(court->d);
  sim_model_destroy(court->model);
}

static double draw(SimRng *rng, double middle, double half) {
  return sim_rng_uniform(rng, middle - half, middle + half);
}

static void draw_drone(SimDrone *drone, SimRng *rng, double angle, double speed) {
  quat_from_rpy(drone->quat, draw(rng, 0, angle), draw(rng, 0, angle), draw(rng, 0, angle));
  for (int k = 0; k < 3; k++) {
    drone->vel[k] = draw(rng, 0, speed);
    drone->angvel[k] = draw(rng, 0, speed);
  }
  for (int r = 0; r < SIM_ROTORS; r++) {
    drone->rotor[r] = SIM_HOVER_ROTOR;
  }
}

static SimGoal move_to(double x, double y, double z) {
  return (SimGoal){.point = {x, y, z}, .flight = NONE, .apex = NONE, .strike_z = NONE};
}

static bool happened(const SimEvents *events, SimEventKind kind) {
  for (int i = 0; i < events->n; i++) {
    if (events->event[i].kind == kind) {
      return true;
    }
  }
  return false;
}

static bool down(const SimEvents *events) {
  return happened(events, SIM_EVENT_DRONE_GROUND) || happened(events, SIM_EVENT_DRONE_NET);
}

// one step of drone 0 alone; the rally goes on whatever the referee says
static void step_one(Court *court, PolSlot slot, const SimGoal *goal) {
  Action action = {{0}};
  pol_classical_act(action[0], court->classical, slot, goal, &court->state.view, 0);
  sim_world_step(&court->state, court->d, court->model, sim_rules_find("court"),
                 (const float(*)[SIM_ROTORS])action);
  court->state.referee.winner = SIM_PLAYING;
}

// ---- moves

// mean distance to the goal over the last second of five; -1 when the drone comes down
static double fly_to(Court *court, const SimView *start, const SimGoal *goal) {
  double sum = 0;
  sim_world_place(&court->state, court->d, court->model, start, SIM_NEAR);
  for (int k = 0; k < 500; k++) {
    step_one(court, POL_GOTO, goal);
    if (down(&court->state.events)) {
      return -1;
    }
    double error[3];
    vec_sub(error, court->state.view.drone[0].pos, goal->point);
    sum += k >= 400 ? vec_norm(error) / 100 : 0;
  }
  return sum;
}

static void test_goto_from_published_starts(void **state) {
  (void)state;
  Court court = open_court(1);
  for (uint32_t i = 0; i < STARTS; i++) {
    SimRng rng = sim_rng(2, i, 0, SIM_RNG_TEST);
    SimView view = {.ball_pos = {-4, 0, 1000}, .roster = 1};
    vec_set(view.drone[0].pos, draw(&rng, 4, 2.5), draw(&rng, 0, 2.5), draw(&rng, 1.75, 0.75));
    draw_drone(&view.drone[0], &rng, 0.33 * M_PI, 0);
    const SimGoal goal = move_to(4, 0, 1.8);
    const double error = fly_to(&court, &view, &goal);
    assert_true(error >= 0 && error < 0.1);
    // facing +x
    assert_true(court.state.view.drone[0].rot[0] > 0.9);
  }
  close_court(&court);
}

static void test_hover_after_a_strike(void **state) {
  (void)state;
  Court court = open_court(1);
  for (uint32_t i = 0; i < STARTS; i++) {
    SimRng rng = sim_rng(3, i, 0, SIM_RNG_TEST);
    SimView view = {.ball_pos = {-4, 0, 1000}, .roster = 1};
    vec_set(view.drone[0].pos, draw(&rng, 3, 0.8), draw(&rng, 0, 2), draw(&rng, 2.25, 0.25));
    draw_drone(&view.drone[0], &rng, 0.6, 2);
    view.drone[0].angvel[2] *= 0.2;
    const SimGoal goal = move_to(2, 0, 2.5);
    const double error = fly_to(&court, &view, &goal);
    assert_true(error >= 0 && error < 0.1);
  }
  close_court(&court);
}

static void test_goal_out_of_bounds_is_not_followed(void **state) {
  (void)state;
  Court court = open_court(1);
  SimRng rng = sim_rng(4, 0, 0, SIM_RNG_TEST);
  SimView view = {.ball_pos = {-4, 0, 1000}, .drone[0].pos = {2, 0, 1.5}, .roster = 1};
  draw_drone(&view.drone[0], &rng, 0.1, 0.1);
  const SimGoal goal = move_to(-3, 0, 0);
  assert_true(fly_to(&court, &view, &goal) > 1);
  close_court(&court);
}

static void test_under_a_team_mate(void **state) {
  (void)state;
  // 5.8 N of downwash on the lower one, which has 9 N to spare
  Court court = open_court(3);
  SimView view = {.ball_pos = {-4, 0, 1000}, .roster = 3};
  SimRng rng = sim_rng(5, 0, 0, SIM_RNG_TEST);
  for (int i = 0; i < 2; i++) {
    vec_set(view.drone[i].pos, 3, 0, 1.5 + 2 * i);
    draw_drone(&view.drone[i], &rng, 0, 0);
  }
  sim_world_place(&court.state, court.d, court.model, &view, SIM_NEAR);
  for (int k = 0; k < 400; k++) {
    Action action = {{0}};
    for (int i = 0; i < 2; i++) {
      const SimGoal goal = move_to(3, 0, 1.5 + 2 * i);
      pol_classical_act(action[i], court.classical, POL_GOTO, &goal, &court.state.view, i);
    }
    sim_world_step(&court.state, court.d, court.model, sim_rules_find("court"),
                   (const float(*)[SIM_ROTORS])action);
    assert_near(court.state.view.drone[0].pos[2], 1.5, 0.1);
  }
  close_court(&court);
}

// ---- strikes

typedef struct Episode {
  SimView view;
  SimGoal goal;
} Episode;

// the ball at `from` so that it passes `to` on the way down after `apex`
static void throw_ball(SimView *view, const double from[3], const double to[3], double apex) {
  const double rise = sqrt(2 * SIM_GRAVITY * (apex - from[2]));
  const double time = rise / SIM_GRAVITY + sqrt(2 * (apex - to[2]) / SIM_GRAVITY);
  vec_copy(view->ball_pos, from);
  vec_set(view->ball_vel, (to[0] - from[0]) / time, (to[1] - from[1]) / time, rise);
}

static void start_serve(Episode *episode, SimRng *rng) {
  SimView *view = &episode->view;
  vec_set(view->drone[0].pos, 6, 0, draw(rng, 1.9, 0.1));
  draw_drone(&view->drone[0], rng, 0.1, 0.1);
  vec_set(view->ball_pos, 6, draw(rng, 0, 0.1), draw(rng, 4.9, 0.1));
  episode->goal = (SimGoal){.point = {draw(rng, -5.5, 0.5), draw(rng, 0, 0.5), 0.2},
                            .flight = NONE,
                            .apex = 4,
                            .strike_z = 2.4};
}

static void start_receive(Episode *episode, SimRng *rng) {
  SimView *view = &episode->view;
  vec_set(view->drone[0].pos, draw(rng, 4, 0.1), draw(rng, 0, 0.1), draw(rng, 1, 0.1));
  draw_drone(&view->drone[0], rng, 0.1, 0.2);
  const double from[3] = {draw(rng, -5.9, 0.2), draw(rng, 0, 0.3), 2.4};
  const double to[3] = {draw(rng, 5.2, 0.6), draw(rng, 0, 0.8), 0.2};
  throw_ball(view, from, to, draw(rng, 4, 0.3));
  episode->goal =
      (SimGoal){.point = {1.5, -1.5, 2.2}, .flight = NONE, .apex = 3.5, .strike_z = 2.1};
}

static void start_pass(Episode *episode, SimRng *rng) {
  SimView *view = &episode->view;
  vec_set(view->drone[0].pos, draw(rng, 4.5, 0.2), draw(rng, 0, 0.2), draw(rng, 1.5, 0.2));
  draw_drone(&view->drone[0], rng, 0.1, 0.2);
  const double side = sim_rng_below(rng, 2) ? 2 : -2, flight = draw(rng, 1.3, 0.1);
  const double from[3] = {draw(rng, -1.7, 0.3), draw(rng, -1.5, 0.4), 3.6};
  const double to[3] = {draw(rng, 5, 0.3), side + draw(rng, 0, 0.3), 0.2};
  vec_copy(view->ball_pos, from);
  vec_set(view->ball_vel, (to[0] - from[0]) / flight, (to[1] - from[1]) / flight,
          (to[2] - from[2]) / flight + SIM_GRAVITY * flight / 2);
  episode->goal =
      (SimGoal){.point = {1.5, -1.5, 2.2}, .flight = NONE, .apex = 3.5, .strike_z = 2.1};
}

static void start_set(Episode *episode, SimRng *rng) {
  SimView *view = &episode->view;
  vec_set(view->drone[0].pos, draw(rng, 2, 0.2), draw(rng, -2, 0.2), draw(rng, 1.8, 0.2));
  draw_drone(&view->drone[0], rng, 0.1, 0.2);
  const double from[3] = {draw(rng, 4.5, 1), draw(rng, 0, 2.2), draw(rng, 1.8, 0.2)};
  const double to[3] = {draw(rng, 1.5, 0.3), draw(rng, -1.5, 0.3), 2.2};
  throw_ball(view, from, to, draw(rng, 5, 0.5));
  episode->goal = (SimGoal){.point = {1.5, 1.5, 3.6}, .flight = NONE, .apex = 4.5, .strike_z = 2.3};
}

static void start_attack(Episode *episode, SimRng *rng) {
  SimView *view = &episode->view;
  vec_set(view->drone[0].pos, draw(rng, 2, 0.2), draw(rng, 1.5, 0.2), draw(rng, 2.5, 0.2));
  draw_drone(&view->drone[0], rng, 0.1, 0.2);
  const double from[3] = {draw(rng, 1.5, 0.3), draw(rng, -1.4, 0.3), 2.3};
  const double to[3] = {draw(rng, 1.5, 0.3), draw(rng, 1.5, 0.3), 3.6};
  throw_ball(view, from, to, draw(rng, 4.5, 0.1));
  const double side = sim_rng_below(rng, 2) ? 2 : -2;
  episode->goal = (SimGoal){.point = {-5, side, 0.2}, .flight = 1.3, .apex = NONE, .strike_z = 3.6};
}

// flies one strike; false when the ball is not legally hit, else error = horizontal miss of the
// goal point at its height on the way down (NaN when the ball never gets there)
static bool fly_strike(Court *court, PolSlot slot, const Episode *episode, double *error) {
  sim_world_place(&court->state, court->d, court->model, &episode->view, SIM_NEAR);
  const SimView *view = &court->state.view;
  for (int k = 0; k < 300; k++) {
    step_one(court, slot, &episode->goal);
    if (down(&court->state.events) || happened(&court->state.events, SIM_EVENT_BODY_TOUCH) ||
        view->ball_pos[2] < SIM_GROUND) {
      return false;
    }
    if (happened(&court->state.events, SIM_EVENT_TOUCH)) {
      const double *point = episode->goal.point;
      const double time = sim_fall_time(view->ball_pos[2], view->ball_vel[2], point[2]);
      *error = hypot(view->ball_pos[0] + time * view->ball_vel[0] - point[0],
                     view->ball_pos[1] + time * view->ball_vel[1] - point[1]);
      return true;
    }
  }
  return false;
}

// flies the same drone after its strike for two seconds; false when it comes down
static bool survives(Court *court, PolSlot slot, const SimGoal *goal) {
  court->d->qpos[court->model->qpos[SIM_BALL] + 2] = 1000;
  court->state.referee.flags.already_hit[0] = false;
  for (int k = 0; k < 200; k++) {
    step_one(court, slot, goal);
    if (down(&court->state.events)) {
      return false;
    }
  }
  return true;
}

// of EPISODES strikes at least `least` are legal, stay within `miss` of the goal and are survived
static void check_strikes(PolSlot slot, void (*start)(Episode *, SimRng *), PolSlot hover_slot,
                          const SimGoal *hover, int least, double miss) {
  Court court = open_court(1);
  int hits = 0, good = 0, alive = 0;
  for (uint32_t i = 0; i < EPISODES; i++) {
    SimRng rng = sim_rng(6, i, (uint32_t)slot, SIM_RNG_TEST);
    Episode episode = {.view = {.roster = 1}};
    double error = NONE;
    start(&episode, &rng);
    if (fly_strike(&court, slot, &episode, &error)) {
      hits++;
      good += error < miss;
      alive += survives(&court, hover_slot, hover);
    }
  }
  if (hits < least || good < least || alive < least) {
    fail_msg("%s: of %d strikes %d are legal, %d within %g m, %d survived; wanted %d",
             pol_slot_name(slot), EPISODES, hits, good, miss, alive, least);
  }
  close_court(&court);
}

static void test_serve(void **state) {
  (void)state;
  const SimGoal hover = move_to(4.5, 0, 1.5);
  check_strikes(POL_SERVE, start_serve, POL_SERVE_HOVER, &hover, 48, 1.2);
}

static void test_receive(void **state) {
  (void)state;
  const SimGoal hover = move_to(4.5, 0, 1.5);
  check_strikes(POL_RECEIVE, start_receive, POL_RECEIVE_HOVER, &hover, 48, 0.5);
}

static void test_pass(void **state) {
  (void)state;
  const SimGoal hover = move_to(4.5, 0, 1.5);
  check_strikes(POL_PASS, start_pass, POL_PASS_HOVER, &hover, 46, 0.5);
}

static void test_set(void **state) {
  (void)state;
  const SimGoal hover = move_to(2, -2, 1);
  check_strikes(POL_SET, start_set, POL_SET_HOVER, &hover, 48, 0.5);
}

static void test_attack(void **state) {
  (void)state;
  const SimGoal hover = move_to(2, 0, 2.5);
  check_strikes(POL_ATTACK, start_attack, POL_ATTACK_HOVER, &hover, 46, 0.7);
}

// ---- frames, memory, odd states

static void test_far_team_flies_alike(void **state) {
  (void)state;
  SimError err = {0};
  PolClassical *classical = pol_classical_create(NULL, &err);
  assert_non_null(classical);
  for (uint32_t i = 0; i < 200; i++) {
    SimRng rng = sim_rng(7, i, 0, SIM_RNG_TEST);
    Episode episode = {.view = {.roster = SIM_ALL_DRONES}};
    start_receive(&episode, &rng);
    for (int drone = 1; drone < SIM_DRONES; drone++) {
      vec_set(episode.view.drone[drone].pos, draw(&rng, 0, 6), draw(&rng, 0, 3), draw(&rng, 2, 1));
      draw_drone(&episode.view.drone[drone], &rng, 0.3, 1);
    }
    for (int drone = 0; drone < SIM_DRONES; drone++) {
      quat_to_rot(episode.view.drone[drone].rot, episode.view.drone[drone].quat);
    }
    SimView turned;
    sim_mirror_view(&turned, &episode.view);
    const PolSlot slot = i % 2 ? POL_RECEIVE : POL_GOTO;
    float near[SIM_ROTORS], far[SIM_ROTORS], again[SIM_ROTORS];
    pol_classical_act(near, classical, slot, &episode.goal, &episode.view, 0);
    pol_classical_act(far, classical, slot, &episode.goal, &turned, 3);
    pol_classical_act(again, classical, slot, &episode.goal, &episode.view, 0);
    for (int r = 0; r < SIM_ROTORS; r++) {
      assert_near((double)near[r], (double)far[r], 1e-3);
      // no memory
      assert_true(near[r] == again[r]);
    }
  }
  pol_classical_destroy(classical);
}

// commands of every slot are numbers in -1..1
static void check_commands(const PolClassical *classical, const SimView *view) {
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    for (int by_flight = 0; by_flight < 2; by_flight++) {
      const SimGoal goal = {.point = {-5, 0, 0.2},
                            .flight = by_flight ? 1.2 : NONE,
                            .apex = by_flight ? NONE : 4,
                            .strike_z = 2.1};
      float action[SIM_ROTORS];
      pol_classical_act(action, classical, (PolSlot)slot, &goal, view, 0);
      for (int r = 0; r < SIM_ROTORS; r++) {
        assert_true(action[r] >= -1 && action[r] <= 1);
      }
    }
  }
}

static void test_odd_states(void **state) {
  (void)state;
  SimError err = {0};
  PolClassical *classical = pol_classical_create(NULL, &err);
  assert_non_null(classical);
  SimRng rng = sim_rng(8, 0, 0, SIM_RNG_TEST);
  SimView view = {.ball_pos = {3, 0, 0}, .drone[0].pos = {3, 0, 1.5}, .roster = 3};
  // no attitude at all
  check_commands(classical, &view);
  draw_drone(&view.drone[0], &rng, 0, 0);
  quat_to_rot(view.drone[0].rot, view.drone[0].quat);
  // ball at rest below the drone, at its centre, on top, touching, far away
  const double height[] = {0, 1.5, 1.645, 1.7, 2.1, 1e6};
  for (size_t i = 0; i < sizeof height / sizeof height[0]; i++) {
    view.ball_pos[2] = height[i];
    check_commands(classical, &view);
  }
  // a team-mate in the same place
  view.drone[1] = view.drone[0];
  check_commands(classical, &view);
  // upside down, on the side, spinning
  const double roll[] = {M_PI, M_PI / 2, -M_PI / 2};
  for (size_t i = 0; i < sizeof roll / sizeof roll[0]; i++) {
    quat_from_rpy(view.drone[0].quat, roll[i], 0, 0.3);
    quat_to_rot(view.drone[0].rot, view.drone[0].quat);
    vec_set(view.drone[0].angvel, 50, -50, 20);
    vec_set(view.ball_pos, 3, 0, 3);
    check_commands(classical, &view);
  }
  pol_classical_destroy(classical);
}

static void test_any_state(void **state) {
  (void)state;
  SimError err = {0};
  PolClassical *classical = pol_classical_create(NULL, &err);
  assert_non_null(classical);
  for (uint32_t i = 0; i < 2000; i++) {
    SimRng rng = sim_rng(9, i, 0, SIM_RNG_TEST);
    SimView view = {.roster = SIM_ALL_DRONES};
    for (int drone = 0; drone < SIM_DRONES; drone++) {
      vec_set(view.drone[drone].pos, draw(&rng, 0, 8), draw(&rng, 0, 5), draw(&rng, 2, 2));
      draw_drone(&view.drone[drone], &rng, M_PI, 12);
      quat_to_rot(view.drone[drone].rot, view.drone[drone].quat);
    }
    vec_set(view.ball_pos, draw(&rng, 0, 8), draw(&rng, 0, 5), draw(&rng, 3, 3));
    vec_set(view.ball_vel, draw(&rng, 0, 15), draw(&rng, 0, 5), draw(&rng, 0, 12));
    check_commands(classical, &view);
  }
  pol_classical_destroy(classical);
}

// ---- config files

// the shipped file with the first `old` replaced by `new`
static void write_changed(const char *path, const char *old, const char *new) {
  char shipped[SIM_PATH_MAX];
  SimError err = {0};
  assert_ok(sim_path_join(shipped, sim_home(), "configs/classical.yaml", &err), &err);
  size_t size;
  char *text = test_read_file(shipped, &size);
  char *at = strstr(text, old);
  assert_non_null(at);
  char *changed = malloc(size + strlen(new) + 1);
  assert_non_null(changed);
  const size_t before = (size_t)(at - text);
  memcpy(changed, text, before);
  snprintf(changed + before, size + strlen(new) + 1 - before, "%s%s", new, at + strlen(old));
  test_write_file(path, changed, strlen(changed));
  free(changed);
  free(text);
}

static void check_refused(const char *path, const char *part) {
  SimError err = {0};
  PolClassical *classical = pol_classical_create(path, &err);
  assert_null(classical);
  assert_refused(err.status, SIM_BAD_INPUT, &err, part);
  assert_refused(err.status, SIM_BAD_INPUT, &err, path);
}

static void test_broken_config(void **state) {
  (void)state;
  static const struct {
    const char *old, *new, *part;
  } CASES[] = {
      {"hover:", "hoover:", "hoover"},
      {"  attitude:", "  attitude: -3 #", "hover.attitude"},
      {"  attitude:", "  altitude:", "altitude"},
      {"  attitude:", "  attitude: .nan #", "attitude"},
      {"  attitude:", "  attitude: quick #", "quick"},
      {"  attitude:", "  attitude: [1, 2] #", "attitude"},
      {"  serve:", "  serves:", "serves"},
      {"  horizon:", "  horizon: 99 #", "strike.serve.horizon"},
      {"    place:", "    place: 0 #", "strike.serve.place"},
      {"    apex:", "    apex: 1e9 #", "strike.serve.apex"},
      {"    effort:", "    effort: -0.1 #", "strike.serve.effort"},
      {"    tilt:", "    tilt: 0.1\n    tilt:", "tilt"},
      {"strike:", "strike: 3 #", "strike"},
      {"strike:", "strike\n", ""},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
    write_changed("broken.yaml", CASES[i].old, CASES[i].new);
    check_refused("broken.yaml", CASES[i].part);
  }
  check_refused("no_such_file.yaml", "no_such_file");
  test_write_file("empty.yaml", "", 0);
  check_refused("empty.yaml", "empty");
  pol_classical_destroy(NULL);
}

static void test_changed_config(void **state) {
  (void)state;
  // the check above would refuse everything if the way it makes files were wrong
  SimError err = {0};
  write_changed("changed.yaml", "hover:", "# a comment\nhover:");
  PolClassical *classical = pol_classical_create("changed.yaml", &err);
  assert_ok(err.status, &err);
  assert_non_null(classical);
  pol_classical_destroy(classical);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_goto_from_published_starts),
      cmocka_unit_test(test_hover_after_a_strike),
      cmocka_unit_test(test_goal_out_of_bounds_is_not_followed),
      cmocka_unit_test(test_under_a_team_mate),
      cmocka_unit_test(test_serve),
      cmocka_unit_test(test_receive),
      cmocka_unit_test(test_pass),
      cmocka_unit_test(test_set),
      cmocka_unit_test(test_attack),
      cmocka_unit_test(test_far_team_flies_alike),
      cmocka_unit_test(test_odd_states),
      cmocka_unit_test(test_any_state),
      cmocka_unit_test(test_broken_config),
      cmocka_unit_test(test_changed_config),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
