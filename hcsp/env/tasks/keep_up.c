// Keeping the ball in the air alone: each bump sends it up again over the same point. Scored by
// legal bumps, that is touches with the racket; the game's rule that a drone may not touch twice
// does not hold here. The example of a task of its own (hcsp/README.md 9.1).
#include <math.h>
#include <stdlib.h>

#include "hcsp/env/events.h"
#include "hcsp/env/tasks/config.h"
#include "hcsp/env/tasks/draw.h"
#include "sim/vec.h"

// what they mean: configs/skills/keep_up.yaml
// clang-format off
#define KEYS(X)                                                                                    \
  X(bump_reward, 0, 100, "", "a bump that counts")                                                 \
  X(aim_reward, 0, 100, "", "x exp(-(miss + error of the apex) / aim_width)")                      \
  X(aim_width, 1e-3, 10, "m", "width of aim_reward")                                               \
  X(way_reward, 0, 100, "", "of the potential: per m to the next bump, per rad of the racket")     \
  X(end_cost, 0, 100, "", "ball down, body touch, drone on the ground")                            \
  X(bump_apex, 2.7, 6, "m", "height that a bump is to reach")                                      \
  X(bump_height, 0.8, 2.5, "m", "at which the ball is to be bumped")                               \
  X(bump_rise, 0, 3, "m", "that the ball must rise, above bump_height")                             \
  X(time_max, 0.1, 100, "s", "longest clock of an episode")
// clang-format on

typedef struct Keys {
  KEYS(TASK_KEY_FIELD)
} Keys;
static const ConfigKey KEY[] = {KEYS(TASK_KEY_ROW)};

typedef struct KeepUp {
  Task task;
  const Keys *keys;
} KeepUp;

typedef enum Stat { STAT_BUMPS, STAT_CLOCK, STAT_CRASH, STAT_BODY, STATS } Stat;
_Static_assert((int)STATS <= (int)TASK_STATS_MAX, "room for every stat");

// m; the ball goes up over the middle of the box, and starts somewhere in it
static const double HOME[3] = {3, 0, 0}, BALL_LOW[3] = {2.7, -0.3, 3}, BALL_HIGH[3] = {3.3, 0.3, 4};
static const double DRONE_LOW[3] = {2.6, -0.4, 1}, DRONE_HIGH[3] = {3.4, 0.4, 1.6};

// how far from the planned bump the drone would be if it flew on as now, as a reward of at most 0
static double closeness(const Keys *c, const TaskEpisode *episode, const SimView *view) {
  const SimDrone *drone = &view->drone[TASK_LEARNER];
  SimStrike plan;
  double way[3], up[3];
  sim_strike_plan(&plan, &episode->goal, view->ball_pos, view->ball_vel);
  vec_sub(way, plan.drone, drone->pos);
  vec_add_scaled(way, way, -plan.time, drone->vel);
  rot_axis(up, drone->rot, 2);
  return -c->way_reward * exp(-plan.time / 0.4) *
         (fmin(vec_norm(way), 2) + acos(fmin(fmax(vec_dot(up, plan.normal), -1), 1)));
}

static void keep_up_start(const Task *task, TaskEpisode *episode, SimView *view, SimRng *rng) {
  const Keys *c = ((const KeepUp *)task)->keys;
  SimDrone *drone = &view->drone[TASK_LEARNER];
  *drone = task_still_drone();
  task_draw_box(drone->pos, DRONE_LOW, DRONE_HIGH, rng);
  task_draw_box(view->ball_pos, BALL_LOW, BALL_HIGH, rng);
  quat_to_rot(drone->rot, drone->quat);
  // the observation is the plan of the next bump, so that the goal stays the same
  episode->goal = (SimGoal){.point = {HOME[0], HOME[1], c->bump_height},
                            .flight = (double)NAN,
                            .apex = c->bump_apex,
                            .strike_z = c->bump_height};
  episode->limit = (int)(c->time_max / (SIM_DT * task->every));
  episode->closeness = closeness(c, episode, view);
}

static bool keep_up_over(const Task *task, const TaskEpisode *episode, const SimState *state) {
  (void)task;
  (void)episode;
  return env_happened(&state->events, SIM_EVENT_BALL_IN, -1) ||
         env_happened(&state->events, SIM_EVENT_BALL_OUT, -1) ||
         env_happened(&state->events, SIM_EVENT_BALL_NET, -1) ||
         env_happened(&state->events, SIM_EVENT_BODY_TOUCH, -1) ||
         env_happened(&state->events, SIM_EVENT_DRONE_GROUND, -1) ||
         env_happened(&state->events, SIM_EVENT_DRONE_NET, -1) ||
         state->view.drone[TASK_LEARNER].pos[2] > TASK_CEILING;
}

// m, how high the ball will be
static double apex_of(const SimView *view) {
  const double up = fmax(view->ball_vel[2], 0);
  return view->ball_pos[2] + up * up / (2 * SIM_GRAVITY);
}

// a bump pays, and more for a ball that comes down where the next one is easy
static double bump(const Keys *c, const TaskEpisode *episode, const SimView *view) {
  const double *p = view->ball_pos, *v = view->ball_vel;
  const double time = sim_fall_time(p[2], v[2], episode->goal.strike_z);
  const double across = hypot(p[0] + v[0] * time - HOME[0], p[1] + v[1] * time - HOME[1]);
  const double miss = across + fabs(apex_of(view) - c->bump_apex);
  return c->bump_reward + c->aim_reward * exp(-miss / c->aim_width);
}

// own[BUMPS] so far, own[AT] the control step of the last one
enum { BUMPS, AT };
_Static_assert(AT < sizeof((TaskEpisode *)0)->own / sizeof((TaskEpisode *)0)->own[0],
               "room to remember both");

static void keep_up_judge(const Task *task, TaskEpisode *episode, const SimState *state,
                          TaskStep *out) {
  const Keys *c = ((const KeepUp *)task)->keys;
  const double now = closeness(c, episode, &state->view);
  const int touched = state->referee.last_hit[TASK_LEARNER];
  out->ended = keep_up_over(task, episode, state);
  out->cut = !out->ended && episode->steps >= episode->limit;
  out->reward = now - episode->closeness;
  if (out->ended) {
    out->reward = -c->end_cost;
  } else if (touched > episode->own[AT]) {
    // a ball that hardly rises is dribbled, not bumped
    const bool rises =
        apex_of(&state->view) > fmax(state->view.ball_pos[2], c->bump_height) + c->bump_rise;
    out->reward = rises ? bump(c, episode, &state->view) : 0;
    episode->own[BUMPS] += rises;
    episode->own[AT] = touched;
  }
  episode->closeness = now;
  out->stat[STAT_BUMPS] = episode->own[BUMPS];
  out->stat[STAT_CLOCK] = out->cut;
  out->stat[STAT_CRASH] = state->view.drone[TASK_LEARNER].pos[2] < SIM_GROUND;
  out->stat[STAT_BODY] = env_happened(&state->events, SIM_EVENT_BODY_TOUCH, -1);
}

static Task *keep_up_create(const TaskConfig *config, const TaskInputs *inputs) {
  (void)inputs;
  KeepUp *keep_up = sim_new(1, sizeof *keep_up);
  *keep_up = (KeepUp){.task = {.name = config->name,
                               .layout = SIM_OBS_STRIKE43,
                               .every = (int)config->every,
                               .physics = config->physics,
                               .world = config->world,
                               .action = config->action,
                               .play_on = true,
                               .stats = STATS,
                               .stat_name = {"bumps", "until_clock", "crash", "body"},
                               .success = STAT_CLOCK,
                               .start = keep_up_start,
                               .observe = task_observe_goal,
                               .over = keep_up_over,
                               .judge = keep_up_judge},
                      .keys = config->own};
  keep_up->task.time_max = keep_up->keys->time_max;
  return &keep_up->task;
}

const TaskKind task_keep_up = {.name = "keep_up",
                               .key = KEY,
                               .keys = sizeof KEY / sizeof KEY[0],
                               .size = sizeof(Keys),
                               .create = keep_up_create};
