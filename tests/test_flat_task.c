// The task of flat policies: pay of hand-made states, starts, deeds, and what a rollout holds.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/tasks/config.h"
#include "hcsp/league/population.h"
#include "hcsp/recipes/flat/learner.h"
#include "kernels/row.h"
#include "policies/dig.h"

static const TaskFlatPay PAY = {.result = 100,
                                .hit = 10,
                                .send = 40,
                                .ball = 0.5,
                                .anchor = 0.05,
                                .ground = 100,
                                .close = 100,
                                .clearance = 0.8,
                                .scale = 0.01};

// everybody at the anchor, the ball over the near server
static SimState make_state(void) {
  SimState state = {.view = {.ball_pos = {6, 0, 4}, .roster = SIM_ALL_DRONES},
                    .referee = {.server = SIM_NEAR, .winner = SIM_PLAYING}};
  for (int i = 0; i < SIM_DRONES; i++) {
    sim_mirror_vec(state.view.drone[i].pos, sim_obs_anchor(sim_role(i)), sim_team(i));
  }
  return state;
}

static void add_event(SimState *state, SimEventKind kind, int drone) {
  state->events.event[state->events.n++] = (SimEvent){kind, drone};
}

static void test_places(void **unused) {
  (void)unused;
  SimState state = make_state();
  TaskFlatMarks marks = {.close = {0}};
  double pay[SIM_DRONES] = {0};
  task_flat_pay_place(pay, &marks, &PAY, &state);
  // only the server may touch the ball, 2 m below it
  assert_near(pay[0], 0.01 * (0.05 + 0.5 / 3), 1e-12);
  for (int i = 1; i < SIM_DRONES; i++) {
    assert_near(pay[i], 0.01 * 0.05, 1e-12);
  }
  // once it is over the far half, all of the far team may; one that has hit it may not
  state.view.ball_pos[0] = -3;
  state.referee.flags.already_hit[4] = true;
  memset(pay, 0, sizeof pay);
  task_flat_pay_place(pay, &marks, &PAY, &state);
  assert_near(pay[0], 0.01 * 0.05, 1e-12);
  assert_near(pay[3], 0.01 * (0.05 + 0.5 / (1 + sqrt(9 + 4))), 1e-12);
  assert_near(pay[4], 0.01 * 0.05, 1e-12);
  assert_true(task_flat_eligible(&state, 5) && !task_flat_eligible(&state, 1));
}

static void test_events(void **unused) {
  (void)unused;
  SimState state = make_state();
  TaskFlatMarks marks = {.close = {0}};
  double pay[SIM_DRONES] = {0};
  // a touch that sends the ball over pays the team for the touch and its drone for the direction
  state.view.ball_vel[0] = -6;
  state.view.ball_vel[2] = 5;
  add_event(&state, SIM_EVENT_TOUCH, 0);
  task_flat_pay_step(pay, &marks, &PAY, &state);
  assert_near(pay[0], 0.5, 1e-12);
  assert_near(pay[1], 0.1, 1e-12);
  assert_near(pay[3], 0, 0);
  // straight up it falls 6 m short
  state.view.ball_vel[0] = 0;
  memset(pay, 0, sizeof pay);
  task_flat_pay_step(pay, &marks, &PAY, &state);
  assert_near(pay[0], 0.1 + 0.4 * exp(-3), 1e-12);
  // and from the other side, over whose net is the other way
  state.events.n = 0;
  state.view.ball_pos[0] = -6;
  state.view.ball_vel[0] = 6;
  add_event(&state, SIM_EVENT_TOUCH, 3);
  memset(pay, 0, sizeof pay);
  task_flat_pay_step(pay, &marks, &PAY, &state);
  assert_near(pay[3], 0.5, 1e-12);
  state.view.ball_vel[0] = -6;
  memset(pay, 0, sizeof pay);
  task_flat_pay_step(pay, &marks, &PAY, &state);
  assert_true(pay[3] < 0.2);
  state.events.n = 0;
  add_event(&state, SIM_EVENT_TOUCH, 0);
  // a double touch is no hit
  add_event(&state, SIM_EVENT_DOUBLE_TOUCH, 0);
  memset(pay, 0, sizeof pay);
  task_flat_pay_step(pay, &marks, &PAY, &state);
  assert_near(pay[0], 0, 0);
  // the end of a point; the drone on the ground pays for itself
  state.events.n = 0;
  add_event(&state, SIM_EVENT_DRONE_GROUND, 4);
  state.referee.winner = SIM_WIN_NEAR;
  memset(pay, 0, sizeof pay);
  task_flat_pay_step(pay, &marks, &PAY, &state);
  const double wanted[SIM_DRONES] = {1, 1, 1, -1, -2, -1};
  for (int i = 0; i < SIM_DRONES; i++) {
    assert_near(pay[i], wanted[i], 1e-12);
  }
}

// a ball that flies to the far court, 4.5 m behind the net
static void send_over(SimState *state, double down_at, double aside) {
  SimView *view = &state->view;
  const double pos[3] = {3, 0, 2}, t = 1.5;
  memcpy(view->ball_pos, pos, sizeof pos);
  view->ball_vel[0] = (down_at - pos[0]) / t;
  view->ball_vel[1] = aside / t;
  view->ball_vel[2] = (SIM_GROUND - pos[2]) / t + SIM_GRAVITY * t / 2;
}

static void test_duty(void **unused) {
  (void)unused;
  SimState state = make_state();
  state.referee.last_hit_side = SIM_NEAR;
  assert_int_equal(task_duty_drone(&state), 0);
  send_over(&state, -4.5, 0);
  assert_int_equal(task_duty_drone(&state), 3);
  // when the passer has hit, the nearer of the others: the far attacker stands at y = -1.5
  state.referee.hits = 2;
  state.referee.flags.already_hit[3] = true;
  send_over(&state, -4.5, -1);
  assert_int_equal(task_duty_drone(&state), 5);
  send_over(&state, -4.5, 1);
  assert_int_equal(task_duty_drone(&state), 4);
  state.referee.flags.already_hit[4] = true;
  assert_int_equal(task_duty_drone(&state), 5);
  state.referee.flags.already_hit[5] = true;
  assert_int_equal(task_duty_drone(&state), -1);
  // one of the others that goes out is left, one's own is not
  memset(&state.referee.flags, 0, sizeof state.referee.flags);
  send_over(&state, -6.5, 0);
  assert_int_equal(task_duty_drone(&state), -1);
  send_over(&state, -4.5, 3.5);
  assert_int_equal(task_duty_drone(&state), -1);
  state.referee.last_hit_side = SIM_FAR;
  assert_int_equal(task_duty_drone(&state), 3);
}

// the far passer receives: paid at the place of the strike, for coming closer, and for the touch
static void test_strike_pay(void **unused) {
  (void)unused;
  SimError err = {0};
  TaskConfig *serve = task_skill_config_load("serve", NULL, NULL, 0, &err);
  assert_non_null(serve);
  const StrikeKeys *keys = serve->own;
  const TaskFlatPay task = {
      .ball = 2, .anchor = 1, .strike = 30, .apex = 5.5, .scale = 0.01, .strike_keys = keys};
  TaskFlatMarks marks = {.close = {0}};
  SimState state = make_state();
  SimDrone *drone = &state.view.drone[3];
  for (int i = 0; i < SIM_DRONES; i++) {
    state.view.drone[i].quat[0] = 1;
    quat_to_rot(state.view.drone[i].rot, state.view.drone[i].quat);
  }
  send_over(&state, -4.5, 0);
  const SimGoal goal = {
      .point = {-4.5, 0, 0.2}, .flight = (double)NAN, .apex = 5.5, .strike_z = 2.1};
  double closeness[2], pay[SIM_DRONES];
  for (int k = 0; k < 2; k++) {
    SimDrone own;
    SimStrike plan;
    double pos[3], vel[3], way[3];
    drone->pos[0] = k == 0 ? -5 : -4.5;
    sim_mirror_drone(&own, drone, SIM_FAR);
    sim_mirror_vec(pos, state.view.ball_pos, SIM_FAR);
    sim_mirror_vec(vel, state.view.ball_vel, SIM_FAR);
    sim_strike_plan(&plan, &goal, pos, vel);
    vec_sub(way, plan.drone, own.pos);
    closeness[k] = strike_closeness(keys, &own, &plan);
    memset(pay, 0, sizeof pay);
    task_flat_pay_place(pay, &marks, &task, &state);
    const double gain = k == 0 ? 0 : 30 * (closeness[1] - closeness[0]);
    assert_near(pay[3], 0.01 * (gain + 2 / (1 + vec_norm(way))), 1e-9);
    assert_near(pay[0], 0.01, 1e-12);
  }
  assert_true(closeness[1] > closeness[0]);
  // the touch sends the ball back; what it is paid besides is the task's of a strike
  TaskTouch touch;
  SimDrone own;
  const double pos[3] = {4.5, 0, 2.1}, vel[3] = {-4.5, 0, 8};
  sim_mirror_vec(state.view.ball_pos, pos, SIM_FAR);
  sim_mirror_vec(state.view.ball_vel, vel, SIM_FAR);
  sim_mirror_drone(&own, drone, SIM_FAR);
  const StrikeSeen seen = {.drone = &own, .ball_pos = pos, .ball_vel = vel, .touched = true};
  const TaskFlatMarks before = marks;
  add_event(&state, SIM_EVENT_TOUCH, 3);
  memset(pay, 0, sizeof pay);
  task_flat_pay_step(pay, &marks, &task, &state);
  assert_near(pay[3], 0.3 * strike_pay_touch(&touch, keys, &goal, &seen, 0), 1e-9);
  assert_true(pay[3] > 0.3 && marks.duty.turn == 0);
  // neither a second touch nor another's is paid
  marks = before;
  add_event(&state, SIM_EVENT_DOUBLE_TOUCH, 3);
  memset(pay, 0, sizeof pay);
  task_flat_pay_step(pay, &marks, &task, &state);
  assert_near(pay[3], 0, 0);
  marks = before;
  state.events.n = 0;
  add_event(&state, SIM_EVENT_TOUCH, 4);
  task_flat_pay_step(pay, &marks, &task, &state);
  for (int i = 0; i < SIM_DRONES; i++) {
    assert_near(pay[i], 0, 0);
  }
  assert_int_equal(marks.duty.turn, 0);
  task_skill_config_destroy(serve);
}

// too close costs once each time
static void test_close(void **unused) {
  (void)unused;
  SimState state = make_state();
  TaskFlatMarks marks = {.close = {0}};
  double pay[SIM_DRONES] = {0};
  const double apart[] = {0.7, 0.6, 0.9, 0.7}, wanted[] = {-1, -1, -1, -2};
  for (int k = 0; k < 4; k++) {
    memcpy(state.view.drone[1].pos, state.view.drone[2].pos, sizeof state.view.drone[1].pos);
    state.view.drone[1].pos[1] += apart[k];
    task_flat_pay_step(pay, &marks, &PAY, &state);
    assert_near(pay[1], wanted[k], 1e-12);
    assert_near(pay[2], wanted[k], 1e-12);
    assert_near(pay[0], 0, 0);
  }
}

static void test_starts(void **unused) {
  (void)unused;
  for (uint32_t n = 0; n < 200; n++) {
    SimRng rng = sim_rng(3, n, 0, SIM_RNG_TEST);
    const SimTeam server = (SimTeam)(n % 2);
    const double sign = server == SIM_NEAR ? 1 : -1;
    SimState state = make_state();
    const int passer = sim_drone(server, SIM_PASSER);
    state.view.ball_pos[0] = sign * 6;
    SimView view = state.view;
    task_flat_start(&view, TASK_FLAT_SERVE, server, 0, &rng);
    assert_memory_equal(&view, &state.view, sizeof view);
    task_flat_start(&view, TASK_FLAT_NEAR, server, 0, &rng);
    assert_true(sign * view.ball_pos[0] >= 1 && sign * view.ball_pos[0] <= 6);
    assert_near(view.ball_pos[0] - view.drone[passer].pos[0], 0, 1e-12);
    view = state.view;
    task_flat_start(&view, TASK_FLAT_FALLEN, server, 0, &rng);
    assert_true(view.ball_pos[2] > view.drone[passer].pos[2] && view.ball_vel[2] <= 0);
    // energy is kept
    const double v = view.ball_vel[2];
    assert_near(SIM_GRAVITY * view.ball_pos[2] + v * v / 2, SIM_GRAVITY * 4, 1e-9);
    view = state.view;
    task_flat_start(&view, TASK_FLAT_FLYING, server, 0, &rng);
    // it comes from the server's half and comes down in the other court
    const double t = sim_fall_time(view.ball_pos[2], view.ball_vel[2], 0);
    const double x = sign * (view.ball_pos[0] + view.ball_vel[0] * t);
    assert_true(sign * view.ball_pos[0] > -1e-9 && x < -1.4 && x > -5.6);
    assert_true(fabs(view.ball_pos[1] + view.ball_vel[1] * t) < 2.6);
  }
}

// what a ball on its way asks of the passer that receives it, m/s2
static double effort_of(const SimState *state, SimTeam side) {
  const SimGoal goal = {.point = {-4.5, 0, 0}, .flight = 1.9};
  SimGoal tried = goal;
  SimDrone own;
  double pos[3], vel[3], least = (double)INFINITY;
  sim_mirror_drone(&own, &state->view.drone[sim_drone(side, SIM_PASSER)], side);
  sim_mirror_vec(pos, state->view.ball_pos, side);
  sim_mirror_vec(vel, state->view.ball_vel, side);
  const double height[] = {2.1, 1.8, 1.5, 1.2};
  for (int i = 0; i < 4; i++) {
    tried.strike_z = height[i];
    least = fmin(least, pol_dig_effort(&tried, own.pos, own.vel, pos, vel));
  }
  return least;
}

// balls on their way are those that the passer can get to, where that is asked for
static void test_reach(void **unused) {
  (void)unused;
  double most[2] = {0};
  for (uint32_t n = 0; n < 200; n++) {
    for (int asked = 0; asked < 2; asked++) {
      SimRng rng = sim_rng(4, n, 0, SIM_RNG_TEST);
      const SimTeam server = (SimTeam)(n % 2), side = (SimTeam)(1 - n % 2);
      SimState state = make_state();
      task_flat_start(&state.view, TASK_FLAT_FLYING, server, asked ? 5 : 0, &rng);
      most[asked] = fmax(most[asked], effort_of(&state, side));
    }
  }
  assert_true(most[1] <= POL_DIG_ACCELERATION && most[1] > 2);
  assert_true(most[0] > 2 * POL_DIG_ACCELERATION);
}

// plays a story of events, each of which leaves the ball on a side, until one ends the point
typedef struct Deed {
  SimEventKind kind;
  int drone;
  SimTeam side;
} Deed;

static void tell(TaskDeeds *near, TaskDeeds *far, const Deed *story, int n) {
  SimState state = make_state();
  TaskDeeds *deeds[SIM_TEAMS] = {near, far};
  TaskTally tally = {0};
  *near = *far = (TaskDeeds){0};
  for (int i = 0; i < n; i++) {
    state.events.n = 0;
    add_event(&state, story[i].kind, story[i].drone);
    state.referee.ball_side = story[i].side;
    state.referee.winner = story[i].kind == SIM_EVENT_BALL_IN ? SIM_WIN_FAR : SIM_PLAYING;
    task_tally_step(deeds, &tally, &state);
  }
}

static void test_deeds(void **unused) {
  (void)unused;
  TaskDeeds near, far;
  const Deed rally[] = {{SIM_EVENT_TOUCH, 0, SIM_NEAR},  {SIM_EVENT_CROSS, -1, SIM_FAR},
                        {SIM_EVENT_TOUCH, 3, SIM_FAR},   {SIM_EVENT_TOUCH, 4, SIM_FAR},
                        {SIM_EVENT_CROSS, -1, SIM_NEAR}, {SIM_EVENT_BALL_IN, -1, SIM_NEAR}};
  tell(&near, &far, rally, 6);
  const TaskDeeds served = {.serves = 1, .legal = 1, .over = 1, .coming = 1};
  const TaskDeeds returned = {.coming = 1, .received = 1, .returned = 1};
  assert_memory_equal(&near, &served, sizeof near);
  assert_memory_equal(&far, &returned, sizeof far);
  // a serve that nobody meets, and one that comes back from the net untouched
  const Deed ace[] = {{SIM_EVENT_TOUCH, 0, SIM_NEAR},
                      {SIM_EVENT_CROSS, -1, SIM_FAR},
                      {SIM_EVENT_CROSS, -1, SIM_NEAR},
                      {SIM_EVENT_BALL_IN, -1, SIM_NEAR}};
  const Deed in[] = {ace[0], ace[1], ace[3]};
  tell(&near, &far, in, 3);
  assert_near(far.coming, 1, 0);
  assert_near(near.over, 1, 0);
  tell(&near, &far, ace, 4);
  const TaskDeeds over = {.serves = 1, .legal = 1, .over = 1, .coming = 1};
  const TaskDeeds missed = {.coming = 1};
  assert_memory_equal(&near, &over, sizeof near);
  assert_memory_equal(&far, &missed, sizeof far);
  // over only with the setter's help, who may not serve
  const Deed helped[] = {{SIM_EVENT_TOUCH, 0, SIM_NEAR},
                         {SIM_EVENT_TOUCH, 1, SIM_NEAR},
                         {SIM_EVENT_CROSS, -1, SIM_FAR},
                         {SIM_EVENT_BALL_IN, -1, SIM_FAR}};
  tell(&near, &far, helped, 4);
  assert_near(near.legal, 1, 0);
  assert_near(near.over, 0, 0);
  const Deed foreign[] = {{SIM_EVENT_TOUCH, 1, SIM_NEAR}, {SIM_EVENT_BALL_IN, -1, SIM_NEAR}};
  tell(&near, &far, foreign, 2);
  assert_near(near.serves, 1, 0);
  assert_near(near.legal, 0, 0);
}

// ---- rollouts

typedef struct Fixture {
  FlatConfig config;
  SimModel *model;
  FlatLearner *learner;
} Fixture;

static FlatLearner *make_learner(Fixture *f, int threads) {
  SimError err = {0};
  const FlatLearnerOptions options = {.config = &f->config,
                                      .model = f->model,
                                      .rules = sim_rules_find("court"),
                                      .threads = threads,
                                      .device = "cpu",
                                      .seed = 4};
  FlatLearner *learner = flat_learner_create(&options, &err);
  if (!learner) {
    fail_msg("%s", err.text);
  }
  return learner;
}

static int open_fixture(void **state) {
  static const char *const overrides[] = {"num_envs=5", "num_steps=60", "num_minibatches=2",
                                          "net=small"};
  SimError err = {0};
  SimModelOptions options = sim_model_default();
  Fixture *f = calloc(1, sizeof *f);
  assert_ok(flat_config_load(&f->config, NULL, overrides, 4, &err), &err);
  f->model = sim_model_create(&options, &err);
  f->learner = make_learner(f, 1);
  *state = f;
  return 0;
}

static int close_fixture(void **state) {
  Fixture *f = *state;
  flat_learner_destroy(f->learner);
  sim_model_destroy(f->model);
  free(f);
  return 0;
}

// log-probabilities are those of the network, rivals are masked, rallies begin anew where they end
static void test_rollout(void **state) {
  Fixture *f = *state;
  SimError err = {0};
  FlatLearner *l = f->learner;
  Rollout *r = &l->ppo.rollout;
  const EnvOpponent rivals[2] = {{.strategy = NULL, .weight = 0},
                                 {.strategy = &l->strategy, .weight = 1}};
  l->ppo.env.ops->set_opponents(l->env, rivals, 2);
  assert_ok(ppo_learner_collect(&l->ppo, &err), &err);
  const PolNet *net = l->file.net;
  float *scratch = calloc((size_t)pol_net_scratch(net), sizeof *scratch);
  int masked = 0, ended = 0;
  for (int row = 0; row < r->steps * r->worlds; row++) {
    float mean[SIM_ROTORS], sum = 0;
    masked += r->masked[row];
    ended += r->ended[row];
    if (r->masked[row]) {
      continue;
    }
    pol_net_forward(mean, net, r->obs + (size_t)row * 57, 1, scratch);
    for (int k = 0; k < SIM_ROTORS; k++) {
      sum += krn_gaussian_term(r->action[(size_t)row * 4 + (size_t)k], mean[k], net->log_std[k]);
    }
    assert_near((double)r->log_prob[row], (double)sum, 1e-4);
    // the side to move is that of the ball, and roles follow one another
    assert_near((double)r->obs[(size_t)row * 57 + 34 + (size_t)(row % SIM_ROLES)], 1, 0);
  }
  assert_int_equal(masked, r->steps * r->worlds / 2);
  assert_true(ended > 0 && ended % SIM_DRONES == 0);
  const EnvFlatCount *count = env_flat_count(l->env);
  assert_near(count->rallies, ended / SIM_DRONES, 0);
  double points = 0;
  for (int k = 0; k < LEAGUE_CELLS; k++) {
    points += league_score_points(&count->meeting[1].score[k]);
  }
  assert_near(points, count->rallies, 0);
  free(scratch);
}

// the same bits at any number of threads; and a learner that is read back goes on with the same
static void test_bits(void **state) {
  Fixture *f = *state;
  SimError err = {0};
  PpoStats figures;
  FlatLearner *l[3] = {make_learner(f, 1), make_learner(f, 3), make_learner(f, 2)};
  const EnvOpponent itself = {.weight = 1};
  for (int i = 0; i < 3; i++) {
    l[i]->ppo.env.ops->set_opponents(l[i]->env, &itself, 1);
  }
  for (int k = 0; k < 3; k++) {
    if (k == 2) {
      RunArchive out = run_archive_writer(json_object(), &err);
      flat_learner_serialize(&out, l[0]);
      assert_ok(run_archive_save(&out, ".", 1), &err);
      run_archive_close(&out);
      RunCheckpoint *file = run_checkpoint_latest(".", &err);
      assert_non_null(file);
      RunArchive in = run_archive_reader(file, &err);
      flat_learner_serialize(&in, l[2]);
      assert_ok(in.status, &err);
      run_archive_close(&in);
      run_checkpoint_destroy(file);
    }
    for (int i = 0; i < (k == 2 ? 3 : 2); i++) {
      assert_ok(flat_learner_update(&figures, l[i], 0, &err), &err);
    }
  }
  const size_t bytes = league_net_floats(l[0]->file.net) * sizeof(float);
  for (int i = 1; i < 3; i++) {
    assert_memory_equal(l[i]->file.net->block, l[0]->file.net->block, bytes);
    assert_true(l[i]->ppo.transitions == l[0]->ppo.transitions);
  }
  assert_memory_not_equal(f->learner->file.net->block, l[0]->file.net->block, bytes);
  for (int i = 0; i < 3; i++) {
    flat_learner_destroy(l[i]);
  }
}

// a copy in a population flies as the policy does, statistics and deviations included
static void test_copy(void **state) {
  Fixture *f = *state;
  SimError err = {0};
  PpoStats figures;
  const EnvOpponent itself = {.weight = 1};
  f->learner->ppo.env.ops->set_opponents(f->learner->env, &itself, 1);
  assert_ok(flat_learner_update(&figures, f->learner, 0, &err), &err);
  LeaguePopulation *p = league_population_create(f->learner->team->options);
  assert_ok(
      league_population_add_net(p, LEAGUE_MEMBER_SNAPSHOT, "a", &f->learner->strategy, 1, &err),
      &err);
  const PolNet *net = f->learner->file.net, *copy = p->member[0]->strategy.file->net;
  const size_t bytes = league_net_floats(net) * sizeof(float);
  assert_memory_equal(copy->block, net->block, bytes);
  assert_memory_equal(copy->log_std, net->log_std, sizeof(float) * SIM_ROTORS);
  assert_true(copy->input_a[2] > 0.1f && copy->input_b[0] != 1);
  league_population_destroy(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_places),
      cmocka_unit_test(test_events),
      cmocka_unit_test(test_close),
      cmocka_unit_test(test_duty),
      cmocka_unit_test(test_strike_pay),
      cmocka_unit_test(test_starts),
      cmocka_unit_test(test_reach),
      cmocka_unit_test(test_deeds),
      cmocka_unit_test_setup_teardown(test_rollout, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(test_bits, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(test_copy, open_fixture, close_fixture),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
