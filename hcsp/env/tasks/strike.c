// Striking the ball so that it passes a goal: serve, set, attack, dig differ in their starts and
// goals only. Before the touch a potential pays for coming closer to the planned strike; the touch
// pays for the ball's velocity against the one that its true place calls for, and for the state the
// drone is left in, priced by the hover's critic. Source: hcsp/README.md 4.2;
// every number is a key. The arithmetic: strike_form.h.
#include "hcsp/env/tasks/strike.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef StrikeKeys Keys;
static const ConfigKey KEY[] = {STRIKE_KEYS(TASK_KEY_ROW)};
_Static_assert((int)STRIKE_STATS <= (int)TASK_STATS_MAX, "room for every stat");

typedef struct Strike {
  Task task;
  StrikeSetup setup;
} Strike;

// ---- for strikes elsewhere

static bool touched(const SimState *state) {
  for (int i = 0; i < state->events.n; i++) {
    if (state->events.event[i].kind == SIM_EVENT_TOUCH &&
        state->events.event[i].drone == TASK_LEARNER) {
      return true;
    }
  }
  return false;
}

static double price_state(const PolNet *critic, const SimGoal *next, const SimView *view) {
  if (!critic) {
    return 0;
  }
  float obs[SIM_OBS_MAX], value, scratch[TASK_CRITIC_SCRATCH];
  sim_obs_goal(obs, SIM_OBS_HOVER27, view, TASK_LEARNER, next);
  pol_net_forward(&value, critic, obs, 1, scratch);
  return strike_worth(value);
}

double task_strike_closeness(const TaskConfig *config, const SimDrone *drone,
                             const SimStrike *plan) {
  return strike_closeness(config->own, drone, plan);
}

double task_strike_touch(TaskTouch *touch, const TaskConfig *config, const PolNet *critic,
                         const SimGoal *goal, const SimGoal *next, const SimView *view) {
  const StrikeSeen seen = {.drone = &view->drone[TASK_LEARNER],
                           .ball_pos = view->ball_pos,
                           .ball_vel = view->ball_vel,
                           .touched = true};
  return strike_pay_touch(touch, config->own, goal, &seen, price_state(critic, next, view));
}

double task_strike_motion_cost(const TaskConfig *config, const SimDrone *drone) {
  return strike_motion_cost(config->own, drone);
}

double task_strike_lost_cost(const TaskConfig *config, bool crash) {
  return strike_lost_cost(config->own, crash);
}

// ---- the task

static StrikeSeen seen_of(const SimState *state) {
  return (StrikeSeen){.referee = &state->referee,
                      .drone = &state->view.drone[TASK_LEARNER],
                      .ball_pos = state->view.ball_pos,
                      .ball_vel = state->view.ball_vel,
                      .touched = touched(state)};
}

static void strike_start(const Task *task, TaskEpisode *episode, SimView *view, SimRng *rng) {
  strike_begin(episode, &view->drone[TASK_LEARNER], view->ball_pos, view->ball_vel,
               &((const Strike *)task)->setup, rng);
}

static bool strike_over(const Task *task, const TaskEpisode *episode, const SimState *state) {
  const StrikeSeen seen = seen_of(state);
  (void)task;
  return strike_ended(&seen, &episode->goal);
}

static void strike_judge(const Task *task, TaskEpisode *episode, const SimState *state,
                         TaskStep *out) {
  const Strike *strike = (const Strike *)task;
  const StrikeSeen seen = seen_of(state);
  const double worth =
      strike_pays_touch(&seen) ? price_state(task->critic, &episode->next, &state->view) : 0;
  strike_pay_step(out, strike->setup.keys, episode, &seen, worth);
}

// ---- making one

static Task *strike_create(const TaskConfig *config, const TaskInputs *inputs) {
  const Keys *keys = config->own;
  assert(!inputs->critic || pol_net_scratch(inputs->critic) <= TASK_CRITIC_SCRATCH);
  assert(config->starts > 0 && config->starts <= TASK_STARTS_MAX);
  Strike *strike = sim_new(1, sizeof *strike);
  *strike = (Strike){.task = {.name = config->name,
                              .layout = SIM_OBS_STRIKE43,
                              .every = (int)config->every,
                              .time_max = keys->time_max,
                              .physics = config->physics,
                              .world = config->world,
                              .action = config->action,
                              .stats = STRIKE_STATS,
                              .stat_name = {"success", "hit", "error", "velocity_error",
                                            "clearance", "state_value", "crash", "body"},
                              .success = STRIKE_SUCCESS,
                              .strike = &strike->setup,
                              .critic = inputs->critic,
                              .start = strike_start,
                              .observe = task_observe_goal,
                              .over = strike_over,
                              .judge = strike_judge},
                     .setup = {.keys = keys,
                               .start = config->start,
                               .recorded = inputs->strike,
                               .starts = config->starts,
                               .n = inputs->strikes,
                               .every = (int)config->every,
                               .upright = cos(keys->tilt_max * M_PI / 180)}};
  for (int i = 0; i < config->starts; i++) {
    strike->setup.weights += config->start[i].weight;
  }
  return &strike->task;
}

const TaskKind task_strike = {.name = "strike",
                              .key = KEY,
                              .keys = sizeof KEY / sizeof KEY[0],
                              .size = sizeof(Keys),
                              .starts = true,
                              .priced = true,
                              .create = strike_create};
