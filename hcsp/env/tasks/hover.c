// Flying to a point and staying there, from anything that can happen to a quadrotor on a court.
// Reward and starts: hcsp/README.md 4.3; every number is a configuration key.
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/tasks/config.h"
#include "hcsp/env/tasks/draw.h"
#include "sim/vec.h"

// what they mean: configs/skills/default.yaml
// clang-format off
#define KEYS(X)                                                                                        \
  X(near_reward, 0, 100, "", "/ (1 + distance to the point), per decision")                            \
  X(at_reward, 0, 100, "", "/ (1 + (distance / at_width)^2), per decision")                            \
  X(at_width, 1e-3, 10, "m", "width of at_reward")                                                     \
  X(heading_reward, 0, 100, "", "per decision, for facing the wanted way")                             \
  X(up_reward, 0, 100, "", "per decision, for being upright")                                          \
  X(tilt_rate_cost, 0, 100, "", "of rolling and pitching, per decision")                               \
  X(yaw_rate_cost, 0, 100, "", "of yawing, per decision")                                              \
  X(speed_cost, 0, 100, "", "of speed, per decision")                                                  \
  X(crash_cost, 0, 100, "", "floor, net plane, ceiling")                                               \
  X(start_wide, 0, 1, "", "share of the episodes that start fast, tilted, anywhere")                   \
  X(start_published, 0, 1, "", "share with the published starts")                                      \
  X(start_near, 0, 1, "", "share that start near the point")                                           \
  X(start_dive, 0, 1, "", "share that start in a dive")                                                \
  X(start_recorded, 0, 1, "", "share that start as a recorded strike ended or began")                  \
  X(start_hopeless, 0, 1, "", "share of the wide starts that are not asked whether they can be saved") \
  X(downwash_share, 0, 1, "", "share of the episodes in which team-mates blow")                        \
  X(time_min, 0.1, 100, "s", "shortest clock of an episode")                                           \
  X(time_max, 0.1, 100, "s", "longest clock of an episode")
// clang-format on

typedef struct Keys {
  KEYS(TASK_KEY_FIELD)
} Keys;
static const ConfigKey KEY[] = {KEYS(TASK_KEY_ROW)};

typedef enum StartKind { WIDE, PUBLISHED, NEAR_POINT, RECORDED, DIVE } StartKind;

typedef enum Stat {
  STAT_SUCCESS,
  STAT_ERROR,
  STAT_CRASH,
  STAT_PUBLISHED_ERROR,
  STAT_PUBLISHED_CRASH,
  STAT_DIVE_CRASH,
  STATS
} Stat;
_Static_assert((int)STATS <= (int)TASK_STATS_MAX, "room for every stat");

typedef struct Hover {
  Task task;
  const Keys *keys;
  const TaskHandOff *recorded;
  int n;
} Hover;

// where a match wants its drones to hover
static const double TARGET_LOW[3] = {1, -2.5, 0.8}, TARGET_HIGH[3] = {6, 2.5, 2.7};
static const double ROOM_LOW[3] = {0.4, -4, 0.5}, ROOM_HIGH[3] = {7, 4, 4.5};
#define WIDE_OFFSET 5.0     // m
#define WIDE_SPEED 6.0      // m/s
#define WIDE_TILT 1.4835    // rad, 85 degrees
#define WIDE_YAW 1.0472     // rad, 60 degrees
#define WIDE_RATE 6.0       // rad/s; 0.4 of that about the vertical
#define SUCCESS_ERROR 0.1   // m, hcsp/README.md 8.1
#define DIVE_SPEED 4.5      // m/s, horizontally
#define DIVE_TILT 1.1345    // rad, 65 degrees
#define DIVE_AHEAD 0.5      // s, a diver is asked to hover where it would be by then
#define BRAKE 5.0           // m/s2 that a drone can brake with once it is level
#define LEVELLING_RATE 4.0  // rad/s
#define REACTION 0.25       // s
// m above the point; nearer than 1 m a drone that hovers straight below cannot hold its height
#define WASH_LOW 1.0
#define WASH_HIGH 2.5

static double mix(SimRng *rng, double half) {
  return sim_rng_uniform(rng, -half, half);
}

static void direction(double out[3], SimRng *rng) {
  const double z = sim_rng_uniform(rng, -1, 1), turn = sim_rng_uniform(rng, 0, 2 * M_PI);
  const double r = sqrt(1 - z * z);
  vec_set(out, r * cos(turn), r * sin(turn), z);
}

static bool inside(const double p[3], const double low[3], const double high[3]) {
  return p[0] >= low[0] && p[0] <= high[0] && p[1] >= low[1] && p[1] <= high[1] && p[2] >= low[2] &&
         p[2] <= high[2];
}

// tilted by tilt about a random horizontal axis, on top of a heading
static void tilted(double quat[4], double tilt, double yaw, SimRng *rng) {
  const double about = sim_rng_uniform(rng, 0, 2 * M_PI);
  const double s = sin(tilt / 2), a[4] = {cos(tilt / 2), s * cos(about), s * sin(about), 0};
  const double b[4] = {cos(yaw / 2), 0, 0, sin(yaw / 2)};
  quat[0] = a[0] * b[0] - a[3] * b[3];
  quat[1] = a[1] * b[0] + a[2] * b[3];
  quat[2] = a[2] * b[0] - a[1] * b[3];
  quat[3] = a[3] * b[0] + a[0] * b[3];
}

// whether braking as well as one can keeps the drone off the floor and the net
static bool can_be_saved(const SimDrone *drone, double tilt) {
  const double wait = REACTION + tilt / LEVELLING_RATE;
  const double sink = drone->vel[2] - SIM_GRAVITY * (1 - cos(tilt)) * wait;
  const double low = drone->pos[2] + (drone->vel[2] + sink) / 2 * wait -
                     (sink < 0 ? sink * sink / (2 * BRAKE) : 0);
  const double vx = drone->vel[0];
  const double close = vx < 0 ? drone->pos[0] + vx * wait - vx * vx / (2 * BRAKE) : drone->pos[0];
  return low > SIM_GROUND + 0.05 && close > SIM_NET_DRONE + 0.1;
}

static double draw_wide(SimDrone *drone, const double point[3], SimRng *rng) {
  double way[3];
  do {
    direction(way, rng);
    vec_add_scaled(drone->pos, point, sim_rng_uniform(rng, 0, WIDE_OFFSET), way);
  } while (!inside(drone->pos, ROOM_LOW, ROOM_HIGH));
  direction(way, rng);
  const double speed = sim_rng_uniform(rng, 0, WIDE_SPEED);
  vec_set(drone->vel, speed * way[0], speed * way[1], speed * way[2]);
  const double tilt = sim_rng_uniform(rng, 0, WIDE_TILT);
  tilted(drone->quat, tilt, mix(rng, WIDE_YAW), rng);
  direction(way, rng);
  const double rate = sim_rng_uniform(rng, 0, WIDE_RATE);
  vec_set(drone->angvel, rate * way[0], rate * way[1], 0.4 * rate * way[2]);
  for (int r = 0; r < SIM_ROTORS; r++) {
    drone->rotor[r] = sim_rng_uniform(rng, 0.3, 1);
  }
  return tilt;
}

static void start_wide(const Hover *hover, SimDrone *drone, const double point[3], SimRng *rng) {
  // the critic must see lost states, too, because it prices strikes
  const bool any = sim_rng_uniform(rng, 0, 1) < hover->keys->start_hopeless;
  double tilt;
  do {
    tilt = draw_wide(drone, point, rng);
  } while (!any && !can_be_saved(drone, tilt));
}

static void draw_dive(SimDrone *drone, double *tilt, SimRng *rng) {
  static const double low[3] = {1.5, -2.8, 0.55}, high[3] = {5.5, 2.8, 1.2};
  const double turn = sim_rng_uniform(rng, 0, 2 * M_PI);
  const double speed = sim_rng_uniform(rng, 0, DIVE_SPEED);
  *tilt = sim_rng_uniform(rng, 0, DIVE_TILT);
  task_draw_box(drone->pos, low, high, rng);
  vec_set(drone->vel, speed * cos(turn), speed * sin(turn), sim_rng_uniform(rng, -1.5, 0.8));
  tilted(drone->quat, *tilt, mix(rng, 0.3), rng);
  for (int k = 0; k < 3; k++) {
    drone->angvel[k] = mix(rng, k < 2 ? 3 : 0.5);
  }
  for (int r = 0; r < SIM_ROTORS; r++) {
    drone->rotor[r] = sim_rng_uniform(rng, 0.5, 1);
  }
}

// low after a dig, fast and leaning; it goes on where it flies to, higher up
static void start_dive(const Hover *hover, SimDrone *drone, double point[3], SimRng *rng) {
  const bool any = sim_rng_uniform(rng, 0, 1) < hover->keys->start_hopeless;
  double tilt;
  do {
    draw_dive(drone, &tilt, rng);
  } while (!any && !can_be_saved(drone, tilt));
  vec_add_scaled(point, drone->pos, DIVE_AHEAD, drone->vel);
  point[0] = fmin(fmax(point[0], TARGET_LOW[0]), TARGET_HIGH[0]);
  point[1] = fmin(fmax(point[1], -3), 3);
  point[2] = sim_rng_uniform(rng, 1.5, 2.4);
}

// goto's published ranges about its target at 1.8 m (hcsp/README.md 4.6)
static void start_published(SimDrone *drone, const double point[3], SimRng *rng) {
  vec_set(drone->pos, fmax(point[0] + mix(rng, 2.5), ROOM_LOW[0]), point[1] + mix(rng, 2.5),
          sim_rng_uniform(rng, 1.0, 2.5));
  quat_from_rpy(drone->quat, mix(rng, M_PI / 3), mix(rng, M_PI / 3), mix(rng, M_PI / 3));
}

static void start_near(SimDrone *drone, const double point[3], SimRng *rng) {
  for (int k = 0; k < 3; k++) {
    drone->pos[k] = point[k] + mix(rng, 0.5);
    drone->vel[k] = mix(rng, 0.5);
  }
  quat_from_rpy(drone->quat, mix(rng, 0.1), mix(rng, 0.1), mix(rng, 0.1));
}

static void start_recorded(const Hover *hover, SimDrone *drone, double point[3], SimRng *rng) {
  assert(hover->n > 0 && hover->recorded);
  const TaskHandOff *off = &hover->recorded[sim_rng_below(rng, (uint32_t)hover->n)];
  *drone = off->drone;
  vec_copy(point, off->point);
  if (sim_rng_uniform(rng, 0, 1) < 0.5) {
    for (int k = 0; k < 3; k++) {
      drone->vel[k] += mix(rng, 0.2);
      drone->angvel[k] += mix(rng, 0.5);
    }
  }
}

static StartKind draw_kind(const Hover *hover, SimRng *rng) {
  const Keys *c = hover->keys;
  const double recorded = hover->n ? c->start_recorded : 0;
  double u = sim_rng_uniform(rng, 0, 1);
  if (u < recorded) {
    return RECORDED;
  }
  const double drawn = c->start_wide + c->start_published + c->start_near;
  u = (u - recorded) / (1 - recorded) * (drawn + c->start_dive);
  return u < c->start_wide                        ? WIDE
         : u < c->start_wide + c->start_published ? PUBLISHED
         : u < drawn || c->start_dive <= 0        ? NEAR_POINT
                                                  : DIVE;
}

static void hover_start(const Task *task, TaskEpisode *episode, SimView *view, SimRng *rng) {
  const Hover *hover = (const Hover *)task;
  const Keys *c = hover->keys;
  SimDrone *drone = &view->drone[TASK_LEARNER];
  episode->goal = (SimGoal){.flight = (double)NAN, .apex = (double)NAN, .strike_z = (double)NAN};
  double *point = episode->goal.point;
  const StartKind kind = draw_kind(hover, rng);
  task_draw_box(point, TARGET_LOW, TARGET_HIGH, rng);
  *drone = task_still_drone();
  switch (kind) {
  case WIDE:
    start_wide(hover, drone, point, rng);
    break;
  case PUBLISHED:
    start_published(drone, point, rng);
    break;
  case NEAR_POINT:
    start_near(drone, point, rng);
    break;
  case RECORDED:
    start_recorded(hover, drone, point, rng);
    break;
  case DIVE:
    start_dive(hover, drone, point, rng);
    break;
  }
  episode->start = (int)kind;
  if (sim_rng_uniform(rng, 0, 1) < c->downwash_share) {
    // one team-mate somewhere above the point
    episode->wash.n = 1;
    vec_set(episode->wash.source[0].pos, point[0] + mix(rng, 1.2), point[1] + mix(rng, 1.2),
            point[2] + sim_rng_uniform(rng, WASH_LOW, WASH_HIGH));
  }
  const double second = 1 / (SIM_DT * task->every);
  episode->limit = (int)(second * sim_rng_uniform(rng, c->time_min, c->time_max));
  // far up, so that it does not come down while the episode lasts
  vec_set(view->ball_pos, 3, 30, 500);
}

static bool hover_over(const Task *task, const TaskEpisode *episode, const SimState *state) {
  (void)task;
  (void)episode;
  return state->referee.winner != SIM_PLAYING ||
         state->view.drone[TASK_LEARNER].pos[2] > TASK_CEILING;
}

static double pay(const Keys *c, const SimDrone *drone, double away) {
  double rates[3];
  rot_apply_inverse(rates, drone->rot, drone->angvel);
  const double w2 = rates[0] * rates[0] + rates[1] * rates[1], z2 = rates[2] * rates[2];
  const double v2 = vec_dot(drone->vel, drone->vel);
  return c->near_reward / (1 + away) + c->at_reward / (1 + pow(away / c->at_width, 2)) +
         c->heading_reward * drone->rot[0] + c->up_reward * drone->rot[8] -
         c->tilt_rate_cost * w2 / (1 + 0.02 * w2) - c->yaw_rate_cost * z2 / (1 + 0.1 * z2) -
         c->speed_cost * v2 / (1 + 0.05 * v2);
}

static void hover_judge(const Task *task, TaskEpisode *episode, const SimState *state,
                        TaskStep *out) {
  const Keys *c = ((const Hover *)task)->keys;
  const SimDrone *drone = &state->view.drone[TASK_LEARNER];
  double way[3];
  vec_sub(way, episode->goal.point, drone->pos);
  const double away = vec_norm(way);
  out->ended = hover_over(task, episode, state);
  out->cut = !out->ended && episode->steps >= episode->limit;
  out->reward = pay(c, drone, away) - (out->ended ? c->crash_cost : 0);
  const bool published = episode->start == PUBLISHED;
  const double error = out->ended ? (double)NAN : away;
  out->stat[STAT_SUCCESS] = !out->ended && away < SUCCESS_ERROR;
  out->stat[STAT_ERROR] = error;
  out->stat[STAT_CRASH] = out->ended;
  out->stat[STAT_PUBLISHED_ERROR] = published ? error : (double)NAN;
  out->stat[STAT_PUBLISHED_CRASH] = published ? out->ended : (double)NAN;
  out->stat[STAT_DIVE_CRASH] = episode->start == DIVE ? out->ended : (double)NAN;
}

static Task *hover_create(const TaskConfig *config, const TaskInputs *inputs, SimError *err) {
  Hover *hover = calloc(1, sizeof *hover);
  if (!hover) {
    sim_error(err, SIM_FAIL, "no memory for a task");
    return NULL;
  }
  *hover = (Hover){.task = {.name = config->name,
                            .layout = SIM_OBS_HOVER27,
                            .every = (int)config->every,
                            .physics = config->physics,
                            .world = config->world,
                            .stats = STATS,
                            .stat_name = {"success", "error", "crash", "published_error",
                                          "published_crash", "dive_crash"},
                            .success = STAT_SUCCESS,
                            .start = hover_start,
                            .observe = task_observe_goal,
                            .over = hover_over,
                            .judge = hover_judge},
                   .keys = config->own,
                   .recorded = inputs->hand_off,
                   .n = inputs->hand_offs};
  hover->task.time_max = hover->keys->time_max;
  return &hover->task;
}

const TaskKind task_hover = {.name = "hover",
                             .key = KEY,
                             .keys = sizeof KEY / sizeof KEY[0],
                             .size = sizeof(Keys),
                             .pricing = true,
                             .create = hover_create};
