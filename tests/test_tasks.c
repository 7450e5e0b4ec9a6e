// Tasks of Stage I: starts lie where the configuration says and can be played, rewards are what it
// says, flights are those of the simulation; and the configuration itself.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/tasks/strike.h"
#include "sim/batch.h"
#include "sim/vec.h"

static TaskConfig *load(const char *skill) {
  SimError err = {0};
  TaskConfig *config = task_skill_config_load(skill, NULL, NULL, 0, &err);
  if (!config) {
    fail_msg("%s", err.text);
  }
  return config;
}

// of the configuration, a key that must be there
static double key(const TaskConfig *config, const char *name) {
  const double value = task_config_value(config, name);
  if (isnan(value)) {
    fail_msg("no key '%s'", name);
  }
  return value;
}

static Task *strike_task(const TaskConfig *config) {
  Task *task = task_create(config, NULL);
  assert_non_null(task);
  return task;
}

static bool in_box(const double p[3], const double low[3], const double high[3]) {
  for (int k = 0; k < 3; k++) {
    if (p[k] < low[k] - 1e-12 || p[k] > high[k] + 1e-12) {
      return false;
    }
  }
  return true;
}

// ---- starts

// team-mates arrive where they are said to, opponents blow for a while and over the net
static void check_others(const TaskEpisode *episode, const TaskStart *start) {
  for (int i = 0; i < episode->wash.n; i++) {
    const SimWashSource *source = &episode->wash.source[i];
    double at[3];
    vec_add_scaled(at, source->pos, source->moves, source->vel);
    if (i < start->mates_count) {
      assert_true(in_box(source->pos, start->mates[i], start->mates[i] + 3));
      assert_true(start->mates_to_count == 0 ||
                  in_box(at, start->mates_to[i], start->mates_to[i] + 3));
      assert_near(source->until, 0, 0);
    } else {
      assert_true(source->until > source->from && source->from > 0);
      assert_true(source->lean[0] < 0 && source->pos[0] < 0);
    }
  }
}

// nearest that ball and drone come while it flies on as it does, in the time of its reaction
static double nearest_at_once(const SimView *view) {
  double least = 100;
  for (int k = 0; k <= 250; k++) {
    const double t = 1e-3 * k;
    double apart[3];
    for (int i = 0; i < 3; i++) {
      const double fall = i == 2 ? 9.81 * t * t / 2 : 0;
      apart[i] = view->ball_pos[i] + view->ball_vel[i] * t - fall - view->drone[0].pos[i] -
                 view->drone[0].vel[i] * t;
    }
    least = fmin(least, vec_norm(apart));
  }
  return least;
}

static void test_strike_starts(void **unused) {
  (void)unused;
  static const char *const volley[] = {"volley_dig", "volley_save", "volley_set", "volley_attack"};
  for (int s = 1; s < TASK_SKILLS + 4; s++) {
    TaskConfig *config = load(s < TASK_SKILLS ? task_skill_name(s) : volley[s - TASK_SKILLS]);
    Task *task = strike_task(config);
    int seen[TASK_STARTS_MAX] = {0}, upright = 0, clears = 0, crossing = 0, apart = 0;
    for (uint32_t n = 0; n < 500; n++) {
      TaskEpisode episode = {.number = n};
      SimView view = {.roster = 1};
      SimRng rng = sim_rng(1, n, 0, SIM_RNG_TEST);
      task->start(task, &episode, &view, &rng);
      const TaskStart *start = &config->start[episode.start];
      seen[episode.start]++;
      assert_true(in_box(view.drone[0].pos, start->drone_low, start->drone_high));
      assert_true(in_box(view.ball_pos, start->ball_low, start->ball_high));
      assert_true(in_box(episode.goal.point, start->goal_low, start->goal_high));
      assert_true(episode.wash.n == 0 ||
                  episode.wash.n == start->mates_count + start->brakes_count);
      check_others(&episode, start);
      assert_true(isfinite(episode.goal.flight) != isfinite(episode.goal.apex));
      SimStrike plan;
      TaskStrikeFlight flight;
      sim_strike_plan(&plan, &episode.goal, view.ball_pos, view.ball_vel);
      task_flight(&flight, &episode.goal, plan.ball, plan.v_out);
      assert_true(flight.arrives);
      assert_near(flight.miss, 0, 1e-6);
      upright += plan.normal[2] >= cos(key(config, "tilt_max") * M_PI / 180) - 1e-9;
      apart += nearest_at_once(&view) > 0.4;
      crossing += episode.goal.point[0] < 0;
      clears += episode.goal.point[0] < 0 && flight.clearance >= key(config, "clearance") - 1e-9;
    }
    // a start that stays impossible after all its draws is rare
    assert_true(upright >= 495);
    assert_true(apart >= 495);
    assert_true(clears >= crossing - 5);
    double weights = 0;
    for (int i = 0; i < config->starts; i++) {
      weights += config->start[i].weight;
    }
    for (int i = 0; i < config->starts; i++) {
      const double p = config->start[i].weight / weights;
      assert_true(seen[i] > 10);
      // as often as they weigh, within four deviations
      assert_true(fabs(seen[i] - 500 * p) <= 4 * sqrt(500 * p * (1 - p)) + 1);
    }
    task_destroy(task);
    task_skill_config_destroy(config);
  }
}

static void test_hover_starts(void **unused) {
  (void)unused;
  TaskConfig *config = load("hover");
  TaskHandOff recorded = {.point = {2, 1, 1.5}};
  recorded.drone = (SimDrone){.pos = {2, 2, 2.2}, .quat = {1, 0, 0, 0}};
  Task *task = task_create(config, &(TaskInputs){.hand_off = &recorded, .hand_offs = 1});
  int wide = 0, from_record = 0;
  assert_non_null(task);
  for (uint32_t n = 0; n < 1000; n++) {
    TaskEpisode episode = {0};
    SimView view = {.roster = 1};
    SimRng rng = sim_rng(1, n, 0, SIM_RNG_TEST);
    task->start(task, &episode, &view, &rng);
    const SimDrone *drone = &view.drone[0];
    double norm = 0;
    for (int k = 0; k < 4; k++) {
      norm += drone->quat[k] * drone->quat[k];
    }
    assert_near(norm, 1, 1e-9);
    assert_true(drone->pos[0] >= 0.4 - 1e-9 && drone->pos[2] > 0.3);
    assert_true(episode.limit >= 100 && episode.limit <= 250);
    wide += vec_norm(drone->vel) > 1.2;
    from_record += episode.goal.point[0] == 2 && episode.goal.point[1] == 1;
  }
  assert_true(wide > 200 && wide < 600);
  assert_true(from_record > 240 && from_record < 360);
  task_destroy(task);
  task_skill_config_destroy(config);
}

// ---- flight

// the exact parabola against MuJoCo's steps, which fall behind by half a step
static void test_flight(void **unused) {
  (void)unused;
  SimError err;
  const SimModelOptions options = {.roster = 1};
  static const SimRules rules = {.name = "test", .steps_max = 1 << 30, .play_on = true};
  SimModel *model = sim_model_create(&options, &err);
  SimBatch *batch = sim_batch_create(model, &rules, 1, 1, &err);
  assert_non_null(batch);
  for (uint32_t n = 0; n < 20; n++) {
    SimRng rng = sim_rng(3, n, 0, SIM_RNG_TEST);
    SimView view = {.roster = 1, .ball_pos = {2, 0.5, 2.5}};
    view.drone[0] = (SimDrone){.pos = {40, 40, 60}, .quat = {1, 0, 0, 0}};
    vec_set(view.ball_vel, -sim_rng_uniform(&rng, 3, 8), sim_rng_uniform(&rng, -2, 2),
            sim_rng_uniform(&rng, -1, 6));
    const SimGoal goal = {.point = {-4, 0, 0.5}, .flight = 1, .apex = (double)NAN};
    TaskStrikeFlight flight;
    task_flight(&flight, &goal, view.ball_pos, view.ball_vel);
    sim_batch_place(batch, 0, &view, SIM_NEAR, NULL);
    const float action[1][SIM_DRONES][SIM_ROTORS] = {{{0}}};
    const SimView *now = &sim_batch_state(batch, 0)->view;
    double apex = 0, clearance = 100;
    const int id = 0;
    while (now->ball_pos[2] > 0.5 || now->ball_vel[2] > 0) {
      assert_ok(sim_batch_step(batch, &id, 1, action, &err), &err);
      apex = fmax(apex, now->ball_pos[2]);
      if (fabs(now->ball_pos[0]) < SIM_NET_ZONE) {
        clearance = fmin(clearance, now->ball_pos[2] - SIM_NET_TOP);
      }
    }
    assert_near(flight.landing[0], now->ball_pos[0], 0.16);
    assert_near(flight.landing[1], now->ball_pos[1], 0.06);
    assert_near(flight.apex, fmax(apex, 2.5), 0.05);
    assert_near(flight.clearance, clearance, 0.2);
  }
  sim_batch_destroy(batch);
  sim_model_destroy(model);
  // a ball that falls has been as high as it will be
  const SimGoal goal = {.point = {-4, 0, 0.5}, .flight = 1, .apex = (double)NAN};
  const double pos[3] = {2, 0.5, 2.5}, down[3] = {-5, 0, -3};
  TaskStrikeFlight flight;
  task_flight(&flight, &goal, pos, down);
  assert_near(flight.apex, 2.5, 1e-12);
}

// ---- rewards

// a state in which the learner has just struck the ball so that it flies to the goal, but for off
static SimState touch_state(const TaskEpisode *episode, double off) {
  const double still[3] = {0, 0, 0};
  SimState state = {.view = {.roster = 1, .ball_pos = {2, 0, 2.3}},
                    .referee = {.winner = SIM_PLAYING}};
  SimGoal goal = episode->goal;
  SimStrike plan;
  goal.strike_z = 2.3;
  sim_strike_plan(&plan, &goal, state.view.ball_pos, still);
  vec_copy(state.view.ball_vel, plan.v_out);
  state.view.ball_vel[1] += off;
  SimDrone *drone = &state.view.drone[0];
  *drone = (SimDrone){.pos = {2, 0, 2.2}, .quat = {1, 0, 0, 0}};
  quat_to_rot(drone->rot, drone->quat);
  state.events = (SimEvents){.n = 1, .event = {{SIM_EVENT_TOUCH, 0}}};
  return state;
}

static void test_touch(void **unused) {
  (void)unused;
  TaskConfig *c = load("set");
  Task *task = strike_task(c);
  TaskEpisode episode = {
      .goal = {.point = {1.5, 1.5, 3.6}, .flight = (double)NAN, .apex = 4.5, .strike_z = 2.3},
      .limit = 300};
  TaskStep out = {0};
  SimState state = touch_state(&episode, 0);
  task->judge(task, &episode, &state, &out);
  const double best = key(c, "touch_reward") + key(c, "velocity_reward") +
                      key(c, "velocity_sharp_reward") + key(c, "velocity_sharper_reward") +
                      key(c, "place_reward");
  assert_true(out.ended && !out.cut);
  assert_near(out.reward, best, 1e-9);
  assert_near(out.stat[task->success], 1, 0);
  assert_near(out.stat[2], 0, 1e-9);
  // 2 m/s to the side: a miss of 2 m/s times the flight, paid as the configuration says
  state = touch_state(&episode, 2);
  task->judge(task, &episode, &state, &out);
  const double flight = (sqrt(2 * 9.81 * 2.2) + sqrt(2 * 9.81 * 0.9)) / 9.81;
  assert_near(out.reward,
              key(c, "touch_reward") + key(c, "velocity_reward") * (1 - 2.0 / 12) +
                  key(c, "velocity_sharp_reward") * exp(-2 / 1.2) +
                  key(c, "velocity_sharper_reward") * exp(-2 / 0.3) +
                  key(c, "place_reward") * exp(-2 * flight / key(c, "place_width")),
              1e-9);
  assert_near(out.stat[task->success], 0, 0);
  assert_near(out.stat[2], 2 * flight, 1e-9);
  task_destroy(task);
  task_skill_config_destroy(c);
}

static void test_over_the_net(void **unused) {
  (void)unused;
  TaskConfig *c = load("attack");
  Task *task = strike_task(c);
  TaskEpisode episode = {
      .goal = {.point = {-5, 2, 0.2}, .flight = 1.3, .apex = (double)NAN, .strike_z = 2.3},
      .limit = 300};
  TaskStep good = {0}, out = {0};
  SimState state = touch_state(&episode, 0);
  task->judge(task, &episode, &state, &good);
  assert_near(good.stat[task->success], 1, 0);
  // the same strike at a point outside the court is as exact, and costs out_cost
  episode.goal.point[1] = 4;
  state = touch_state(&episode, 0);
  task->judge(task, &episode, &state, &out);
  assert_near(out.stat[task->success], 0, 0);
  assert_near(good.reward - out.reward, key(c, "out_cost"), 1e-9);
  task_destroy(task);
  task_skill_config_destroy(c);
}

static void test_ends(void **unused) {
  (void)unused;
  TaskConfig *c = load("set");
  Task *task = strike_task(c);
  TaskEpisode episode = {
      .goal = {.point = {1.5, 1.5, 3.6}, .flight = (double)NAN, .apex = 4.5, .strike_z = 2.3},
      .limit = 300};
  TaskStep out;
  const SimState before = touch_state(&episode, 0);
  // the ball is below the drone and falling: missed
  SimState state = before;
  state.events.n = 0;
  vec_set(state.view.ball_pos, 2, 0, 1.5);
  vec_set(state.view.ball_vel, 0, 0, -3);
  assert_true(task->over(task, &episode, &state));
  out = (TaskStep){0};
  task->judge(task, &episode, &state, &out);
  assert_near(out.reward, -key(c, "miss_cost"), 1e-9);
  // rising from below is still to come
  state.view.ball_vel[2] = 3;
  assert_false(task->over(task, &episode, &state));
  // on the floor: a crash, whatever was touched
  state = before;
  state.view.drone[0].pos[2] = 0.2;
  out = (TaskStep){0};
  task->judge(task, &episode, &state, &out);
  assert_near(out.reward, -key(c, "crash_cost"), 1e-9);
  assert_near(out.stat[6], 1, 0);
  // at the net: a crash
  state = before;
  state.view.drone[0].pos[0] = 0.01;
  assert_true(task->over(task, &episode, &state));
  out = (TaskStep){0};
  task->judge(task, &episode, &state, &out);
  assert_near(out.reward, -key(c, "crash_cost"), 1e-9);
  // the referee ends the rally for a touch with the body
  state = before;
  state.events.n = 0;
  state.referee.winner = SIM_WIN_FAR;
  state.referee.reason = SIM_EVENT_BODY_TOUCH;
  out = (TaskStep){0};
  task->judge(task, &episode, &state, &out);
  assert_near(out.reward, -key(c, "miss_cost"), 1e-9);
  assert_near(out.stat[7], 1, 0);
  task_destroy(task);
  task_skill_config_destroy(c);
}

// turned by angle about the axis (1, 0, 0), spinning about the axes of its own body
static void turn(SimDrone *drone, double angle, const double rates[3]) {
  drone->quat[0] = cos(angle / 2);
  drone->quat[1] = sin(angle / 2);
  drone->quat[2] = drone->quat[3] = 0;
  quat_to_rot(drone->rot, drone->quat);
  // the court's axes: y and z of the body turn with it
  vec_set(drone->angvel, rates[0], cos(angle) * rates[1] - sin(angle) * rates[2],
          sin(angle) * rates[1] + cos(angle) * rates[2]);
}

// off the racket's axis, at the edge, spinning: what the configuration says each costs
static void test_touch_costs(void **unused) {
  (void)unused;
  TaskConfig *c = load("set");
  Task *task = strike_task(c);
  TaskEpisode episode = {
      .goal = {.point = {1.5, 1.5, 3.6}, .flight = (double)NAN, .apex = 4.5, .strike_z = 2.3},
      .limit = 300};
  const double best = key(c, "touch_reward") + key(c, "velocity_reward") +
                      key(c, "velocity_sharp_reward") + key(c, "velocity_sharper_reward") +
                      key(c, "place_reward");
  for (int edge = 0; edge < 2; edge++) {
    const double off = edge ? 0.16 : 0.1, rates[3] = {1, 2, 3};
    TaskStep out = {0};
    SimState state = touch_state(&episode, 0);
    state.view.drone[0].pos[0] -= off;
    task->judge(task, &episode, &state, &out);
    const double centre = key(c, "centre_cost") * pow(off / SIM_RACKET_RADIUS, 2);
    assert_true(centre > 1e-3 && key(c, "edge_cost") > 1e-3);
    assert_near(out.reward, best - centre - (edge ? key(c, "edge_cost") : 0), 1e-9);
    // a drone that spins upright
    state = touch_state(&episode, 0);
    turn(&state.view.drone[0], 0, rates);
    task->judge(task, &episode, &state, &out);
    assert_near(out.reward,
                best - key(c, "tilt_rate_cost") * 5 / (1 + 0.02 * 5) -
                    key(c, "yaw_rate_cost") * 9 / 1.9,
                1e-9);
  }
  task_destroy(task);
  task_skill_config_destroy(c);
}

// a critic that weighs each of its inputs otherwise, and what it sees of a point to hover at
static PolNet *plain_critic(float *obs, const SimView *view, const SimGoal *next) {
  SimError err;
  const PolArch arch = {.inputs = sim_obs_size(SIM_OBS_HOVER27), .outputs = 1};
  PolNet *net = pol_net_create(&arch, false, &err);
  assert_non_null(net);
  for (int i = 0; i < arch.inputs; i++) {
    net->head_weight[i] = 0.01f * (float)(i + 1);
  }
  net->head_bias[0] = 1;
  sim_obs_goal(obs, SIM_OBS_HOVER27, view, 0, next);
  return net;
}

// the state that is left behind is worth what the hover's critic says of the hover's point, a sixth
// of it a unit
static void test_recovery(void **unused) {
  (void)unused;
  TaskConfig *c = load("set");
  TaskEpisode episode = {
      .goal = {.point = {1.5, 1.5, 3.6}, .flight = (double)NAN, .apex = 4.5, .strike_z = 2.3},
      .next = {.point = {2, -2, 1.8}, .flight = (double)NAN, .apex = (double)NAN},
      .limit = 300};
  float obs[SIM_OBS_MAX];
  SimState state = touch_state(&episode, 0);
  PolNet *critic = plain_critic(obs, &state.view, &episode.next);
  double worth = 1;
  for (int i = 0; i < sim_obs_size(SIM_OBS_HOVER27); i++) {
    worth += 0.01 * (i + 1) * (double)obs[i];
  }
  assert_true(worth > -2.5 && worth < 7.5 && fabs(worth) > 0.1);
  Task *with = task_create(c, &(TaskInputs){.critic = critic}), *without = strike_task(c);
  TaskStep a = {0}, b = {0};
  with->judge(with, &episode, &state, &a);
  without->judge(without, &episode, &state, &b);
  assert_true(key(c, "recovery_reward") > 1e-3);
  assert_near(a.reward - b.reward, key(c, "recovery_reward") * worth / 6, 1e-6);
  assert_near(a.stat[5], worth, 1e-6);
  task_destroy(with);
  task_destroy(without);
  pol_net_destroy(critic);
  task_skill_config_destroy(c);
}

// nothing from 0.2 m over the net on, all of net_cost from 0.2 m below its top on, evenly between
static void test_net_cost(void **unused) {
  (void)unused;
  TaskConfig *c = load("attack");
  const double over[] = {0.5, 0.1, -0.5}, share[] = {0, 0.25, 1};
  for (int i = 0; i < 3; i++) {
    // from 2.3 m, 2 m before the net, to a point on the ground 4 m behind it in `time`, so that the
    // ball is as high over the net zone's ends as asked: the lower end is the far one
    const double z = 2.3, x = 2;
    double time = 0.3, low = 0;
    for (; low < SIM_NET_TOP + over[i] && time < 3; time += 1e-5) {
      const double up = (0.2 - z) / time + SIM_GRAVITY * time / 2, v = 6 / time;
      const double t0 = (x - 0.3) / v, t1 = (x + 0.3) / v;
      low = fmin(z + up * t0 - SIM_GRAVITY * t0 * t0 / 2, z + up * t1 - SIM_GRAVITY * t1 * t1 / 2);
    }
    const TaskEpisode episode = {
        .goal = {.point = {-4, 0, 0.2}, .flight = time, .apex = (double)NAN, .strike_z = z},
        .limit = 300};
    const SimState state = touch_state(&episode, 0);
    TaskTouch touch;
    const double pay =
        task_strike_touch(&touch, c, NULL, &episode.goal, &episode.next, &state.view);
    const double best = key(c, "touch_reward") + key(c, "velocity_reward") +
                        key(c, "velocity_sharp_reward") + key(c, "velocity_sharper_reward") +
                        key(c, "place_reward");
    assert_near(touch.clearance, over[i], 1e-3);
    assert_near(pay, best - key(c, "net_cost") * share[i], 5e-3 * (1 + key(c, "net_cost")));
    assert_true(key(c, "net_cost") > 0.05);
    assert_int_equal(touch.good, over[i] > 0);
  }
  task_skill_config_destroy(c);
}

// the formula of the recipe, for a drone that flies, turns and is early
static void test_closeness(void **unused) {
  (void)unused;
  TaskConfig *c = load("set");
  const double none[3] = {0, 0, 0};
  SimDrone drone = {.pos = {2, 0, 2}, .vel = {0.5, -0.2, 0.3}};
  turn(&drone, 0.4, none);
  const SimStrike plan = {
      .drone = {2.3, -0.1, 2.2}, .normal = {0, 0, 1}, .speed = 1.1, .time = 0.5};
  // where it would be with the speed it has: (2.25, -0.1, 2.15)
  const double way = sqrt(0.05 * 0.05 + 0 + 0.05 * 0.05);
  assert_near(task_strike_closeness(c, &drone, &plan),
              -exp(-0.5 / key(c, "closeness_time")) *
                  (key(c, "closeness_way") * way + key(c, "closeness_angle") * 0.4 +
                   key(c, "closeness_speed") * fabs(0.3 - 1.1)),
              1e-9);
  task_skill_config_destroy(c);
}

// what is paid on the way adds up to the closeness gained
static void test_approach(void **unused) {
  (void)unused;
  TaskConfig *c = load("set");
  Task *task = strike_task(c);
  TaskEpisode episode = {0};
  SimView view = {.roster = 1};
  SimRng rng = sim_rng(4, 0, 0, SIM_RNG_TEST);
  task->start(task, &episode, &view, &rng);
  const double first = episode.closeness;
  double paid = 0;
  SimState state = {.view = view, .referee = {.winner = SIM_PLAYING}};
  quat_to_rot(state.view.drone[0].rot, view.drone[0].quat);
  vec_set(state.view.drone[0].angvel, 0, 0, 0);
  const double crooked = key(c, "heading_reward") * (1 - state.view.drone[0].rot[0]);
  for (int step = 0; step < 10; step++) {
    TaskStep out = {0};
    state.view.drone[0].pos[0] += 0.03;
    task->judge(task, &episode, &state, &out);
    assert_false(out.ended);
    paid += out.reward + crooked;
  }
  assert_true(fabs(episode.closeness - first) > 1e-3);
  assert_near(paid, episode.closeness - first, 1e-9);
  task_destroy(task);
  task_skill_config_destroy(c);
}

static void test_hover_reward(void **unused) {
  (void)unused;
  TaskConfig *c = load("hover");
  Task *task = task_create(c, NULL);
  TaskEpisode episode = {.goal = {.point = {3, 0, 2}}, .limit = 10, .steps = 10};
  SimState state = {.view = {.roster = 1}, .referee = {.winner = SIM_PLAYING}};
  SimDrone *drone = &state.view.drone[0];
  TaskStep out = {0};
  *drone = (SimDrone){.pos = {3, 0, 2}, .quat = {1, 0, 0, 0}};
  quat_to_rot(drone->rot, drone->quat);
  task->judge(task, &episode, &state, &out);
  assert_near(out.reward,
              key(c, "near_reward") + key(c, "at_reward") + key(c, "heading_reward") +
                  key(c, "up_reward"),
              1e-12);
  assert_true(out.cut && !out.ended);
  assert_near(out.stat[task->success], 1, 0);
  drone->pos[1] = 0.5;
  task->judge(task, &episode, &state, &out);
  assert_near(out.stat[1], 0.5, 1e-12);
  assert_near(out.stat[task->success], 0, 0);
  // 0.5 m away, tilted, spinning and flying: every part by hand
  const double rates[3] = {0.5, -1, 2};
  turn(drone, 0.3, rates);
  vec_set(drone->vel, 1, -2, 0.5);
  out = (TaskStep){0};
  task->judge(task, &episode, &state, &out);
  const double w2 = 0.25 + 1, z2 = 4, v2 = 1 + 4 + 0.25;
  const double wanted =
      key(c, "near_reward") / 1.5 + key(c, "at_reward") / (1 + pow(0.5 / key(c, "at_width"), 2)) +
      key(c, "heading_reward") + key(c, "up_reward") * cos(0.3) -
      key(c, "tilt_rate_cost") * w2 / (1 + 0.02 * w2) -
      key(c, "yaw_rate_cost") * z2 / (1 + 0.1 * z2) - key(c, "speed_cost") * v2 / (1 + 0.05 * v2);
  assert_true(key(c, "yaw_rate_cost") > 1e-4 && key(c, "speed_cost") > 1e-4 &&
              key(c, "tilt_rate_cost") > 1e-4);
  assert_near(out.reward, wanted, 1e-9);
  // turned by a right angle about the vertical, the heading is worth nothing
  drone->quat[0] = drone->quat[3] = sqrt(0.5);
  drone->quat[1] = drone->quat[2] = 0;
  quat_to_rot(drone->rot, drone->quat);
  vec_set(drone->vel, 0, 0, 0);
  vec_set(drone->angvel, 0, 0, 0);
  task->judge(task, &episode, &state, &out);
  assert_near(out.reward,
              key(c, "near_reward") / 1.5 +
                  key(c, "at_reward") / (1 + pow(0.5 / key(c, "at_width"), 2)) +
                  key(c, "up_reward"),
              1e-9);
  const double upright = out.reward;
  state.referee.winner = SIM_WIN_FAR;
  out = (TaskStep){0};
  task->judge(task, &episode, &state, &out);
  assert_true(out.ended && !out.cut);
  assert_near(out.reward, upright - key(c, "crash_cost"), 1e-9);
  task_destroy(task);
  task_skill_config_destroy(c);
}

// ---- configuration

static void test_config(void **unused) {
  (void)unused;
  for (int s = 0; s < TASK_SKILLS; s++) {
    TaskConfig *config = load(task_skill_name(s));
    char *text = task_skill_config_text(config), *again;
    SimError err;
    assert_non_null(text);
    test_write_file("resolved.yaml", text, strlen(text));
    // the resolved text is a file like any other and means the same
    TaskConfig *copy = task_skill_config_load(task_skill_name(s), "resolved.yaml", NULL, 0, &err);
    assert_non_null(copy);
    again = task_skill_config_text(copy);
    assert_string_equal(text, again);
    assert_true(task_skill_name(s)[0] == 'h' ? config->starts == 0 : config->starts > 0);
    free(text);
    free(again);
    task_skill_config_destroy(copy);
    task_skill_config_destroy(config);
  }
}

static void test_layers(void **unused) {
  (void)unused;
  SimError err;
  const char *const overrides[] = {"learning_rate=0.004", "net=paper", "num_envs=7"};
  test_write_file("mine.yaml", "learning_rate: 0.002\nclip_coef: 0.3\n", 36);
  TaskConfig *c = task_skill_config_load("serve", "mine.yaml", overrides, 3, &err);
  assert_non_null(c);
  assert_near(c->ppo.learning_rate, 0.004, 0);
  assert_near(c->ppo.clip_coef, 0.3, 0);
  assert_near(c->num_envs, 7, 0);
  assert_int_equal(c->net, CONFIG_NET_PAPER);
  task_skill_config_destroy(c);
}

static void test_bad_files(void **unused) {
  (void)unused;
  static const struct {
    const char *text, *said;
  } files[] = {
      {"learning_rat: 0.1\n", "wanted 'learning_rate'"},
      {"rate: 0.1\n", "key 'rate': saw an unknown key, wanted 'learning_rate', its name today"},
      {"learning_rate: fast\n", "key 'learning_rate': saw 'fast'"},
      {"learning_rate: -1\n", "saw -1, wanted a number from 0 to 1"},
      {"num_envs: 1.5\n", "saw 1.5, wanted a whole number"},
      {"clip_coef: .nan\n", "key 'clip_coef': saw '.nan'"},
      {"net: huge\n", "net"},
      {"task: juggle\n", "task"},
      {"at_width: 100\n", "saw 100, wanted a number from 0.001 to 10"},
      {"learning_rate_min: 0.5\nlearning_rate_max: 0.1\n",
       "learning_rate_min is above learning_rate_max"},
      {"starts:\n  - name: x\n", "starts"},
      {"starts:\n  - {name: x, weight: 0, drone_low: [0, 0, 0], drone_high: [0, 0, 0], ball_low: "
       "[0, 0, 0], ball_high: [0, "
       "0, 0], goal_low: [0, 0, 0], goal_high: [0, 0, 0], goal_apex: [1, 1], strike_z: [1, 1], "
       "next: [0, 0, 0]}\n",
       "wanted a number above 0"},
      {"starts:\n  - {name: x, weight: 1, drone_low: [0, 0, 1], drone_high: [0, 0, 0], ball_low: "
       "[0, 0, 0], ball_high: [0, "
       "0, 0], goal_low: [0, 0, 0], goal_high: [0, 0, 0], goal_apex: [1, 1], strike_z: [1, 1], "
       "next: [0, 0, 0]}\n",
       "every low bound at most the high one"},
      {"starts:\n  - {name: x, weight: 1, drone_low: [0, 0, 0], drone_high: [0, 0, 0], ball_low: "
       "[0, 0, 0], ball_high: [0, "
       "0, 0], goal_low: [0, 0, 0], goal_high: [0, 0, 0], strike_z: [1, 1], next: [0, 0, 0]}\n",
       "goal_apex or goal_flight"},
  };
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    SimError err = {0};
    test_write_file("bad.yaml", files[i].text, strlen(files[i].text));
    TaskConfig *c = task_skill_config_load("serve", "bad.yaml", NULL, 0, &err);
    if (c || !strstr(err.text, files[i].said)) {
      fail_msg("'%s': saw '%s', wanted '%s'", files[i].text, err.text, files[i].said);
    }
    assert_int_equal(err.status, SIM_BAD_INPUT);
  }
  SimError err = {0};
  const char *bad = "learning_rate";
  assert_null(task_skill_config_load("serve", NULL, &bad, 1, &err));
  assert_refused(err.status, SIM_USAGE, &err, "wanted key=value");
  assert_null(task_skill_config_load("serv", NULL, NULL, 0, &err));
  assert_refused(err.status, SIM_USAGE, &err, "did you mean 'serve'");
  static const char *const none[] = {"default", "../skills/serve", "", "serve.yaml"};
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
    assert_null(task_skill_config_load(none[i], NULL, NULL, 0, &err));
    assert_refused(err.status, SIM_USAGE, &err, "another file of configs/skills");
  }
}

// the ball is sent up and comes down again: bumps count, however often the same drone makes them
static void test_keep_up(void **unused) {
  (void)unused;
  TaskConfig *c = load("keep_up");
  Task *task = task_create(c, NULL);
  TaskEpisode episode = {0};
  SimState state = {.view = {.roster = 1}};
  SimRng rng = sim_rng(1, 0, 0, SIM_RNG_TEST);
  assert_non_null(task);
  assert_true(task->play_on);
  task->start(task, &episode, &state.view, &rng);
  assert_true(state.view.ball_pos[2] > state.view.drone[0].pos[2] + 1);
  state.referee.winner = SIM_PLAYING;
  vec_set(state.view.ball_pos, 3, 0, key(c, "bump_height"));
  for (int bump = 1; bump <= 2; bump++) {
    TaskStep out = {0};
    const double up = sqrt(2 * SIM_GRAVITY * (key(c, "bump_apex") - key(c, "bump_height")));
    state.referee.last_hit[0] = 100 * bump;
    vec_set(state.view.ball_vel, 0, 0, up);
    task->judge(task, &episode, &state, &out);
    assert_false(out.ended || out.cut);
    assert_near(out.stat[0], bump, 0);
    assert_near(out.reward, key(c, "bump_reward") + key(c, "aim_reward"), 1e-9);
    // the same touch once more is none
    task->judge(task, &episode, &state, &out);
    assert_near(out.stat[0], bump, 0);
    assert_true(out.reward < 0.5);
    // a ball that hardly rises is no bump, however high it is
    state.view.ball_pos[2] = 2.5;
    state.referee.last_hit[0] += 50;
    vec_set(state.view.ball_vel, 0, 0, 2);
    task->judge(task, &episode, &state, &out);
    assert_near(out.stat[0], bump, 0);
    assert_near(out.reward, 0, 0);
    state.view.ball_pos[2] = key(c, "bump_height");
  }
  static const SimEventKind ends[] = {SIM_EVENT_BALL_IN, SIM_EVENT_BALL_OUT, SIM_EVENT_BODY_TOUCH,
                                      SIM_EVENT_DRONE_GROUND, SIM_EVENT_DRONE_NET};
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    TaskStep out = {0};
    state.events = (SimEvents){.n = 1, .event = {{ends[i], 0}}};
    task->judge(task, &episode, &state, &out);
    assert_true(out.ended && !out.cut);
    assert_near(out.reward, -key(c, "end_cost"), 1e-9);
  }
  state.events = (SimEvents){.n = 1, .event = {{SIM_EVENT_DOUBLE_TOUCH, 0}}};
  assert_false(task->over(task, &episode, &state));
  task_destroy(task);
  task_skill_config_destroy(c);
}

// a key of two tasks is one key: it means the same wherever it stands
static void test_kinds(void **unused) {
  (void)unused;
  const TaskKind *kind[TASK_KINDS_MAX];
  const int n = task_kinds(kind);
  assert_true(n >= 2);
  for (int a = 0; a < n; a++) {
    for (int b = 0; b < n; b++) {
      assert_true(a == b || strcmp(kind[a]->name, kind[b]->name) != 0);
      for (int i = 0; i < kind[a]->keys * kind[b]->keys; i++) {
        const ConfigKey *p = &kind[a]->key[i % kind[a]->keys],
                        *q = &kind[b]->key[i / kind[a]->keys];
        assert_true(p->offset + sizeof(double) <= kind[a]->size);
        if (strcmp(p->name, q->name) == 0) {
          assert_true(p->low == q->low && p->high == q->high && strcmp(p->help, q->help) == 0);
        }
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kinds),         cmocka_unit_test(test_keep_up),
      cmocka_unit_test(test_strike_starts), cmocka_unit_test(test_hover_starts),
      cmocka_unit_test(test_flight),        cmocka_unit_test(test_touch),
      cmocka_unit_test(test_over_the_net),  cmocka_unit_test(test_ends),
      cmocka_unit_test(test_approach),      cmocka_unit_test(test_hover_reward),
      cmocka_unit_test(test_touch_costs),   cmocka_unit_test(test_recovery),
      cmocka_unit_test(test_net_cost),      cmocka_unit_test(test_closeness),
      cmocka_unit_test(test_config),        cmocka_unit_test(test_layers),
      cmocka_unit_test(test_bad_files),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
