// The hover task as functions of the processor and of a GPU: starts, end, reward. Reward and
// starts: hcsp/README.md 4.3; every number is a configuration key.
#ifndef HCSP_ENV_TASKS_HOVER_H_
#define HCSP_ENV_TASKS_HOVER_H_

#include <assert.h>
#include <math.h>

#include "hcsp/env/tasks/draw.h"
#include "hcsp/env/tasks/episode.h"
#include "sim/angle.h"
#include "sim/referee.h"
#include "sim/vec.h"

// what they mean: configs/skills/default.yaml
// clang-format off
#define HOVER_KEYS(X)                                                                                  \
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

typedef struct HoverKeys {
  HOVER_KEYS(TASK_KEY_FIELD)
} HoverKeys;

typedef struct HoverSetup {
  const HoverKeys *keys;
  const TaskHandOff *recorded;  // [n]
  int n, every;                 // control steps per decision
} HoverSetup;

typedef enum HoverStart {
  HOVER_WIDE,
  HOVER_PUBLISHED,
  HOVER_NEAR_POINT,
  HOVER_RECORDED,
  HOVER_DIVE
} HoverStart;

typedef enum HoverStat {
  HOVER_SUCCESS,
  HOVER_ERROR,
  HOVER_CRASH,
  HOVER_PUBLISHED_ERROR,
  HOVER_PUBLISHED_CRASH,
  HOVER_DIVE_CRASH,
  HOVER_STATS
} HoverStat;

// where a match wants its drones to hover
#define HOVER_TARGET_LOW                                                                           \
  { 1, -2.5, 0.8 }
#define HOVER_TARGET_HIGH                                                                          \
  { 6, 2.5, 2.7 }
#define HOVER_ROOM_LOW                                                                             \
  { 0.4, -4, 0.5 }
#define HOVER_ROOM_HIGH                                                                            \
  { 7, 4, 4.5 }
#define HOVER_WIDE_OFFSET 5.0     // m
#define HOVER_WIDE_SPEED 6.0      // m/s
#define HOVER_WIDE_TILT 1.4835    // rad, 85 degrees
#define HOVER_WIDE_YAW 1.0472     // rad, 60 degrees
#define HOVER_WIDE_RATE 6.0       // rad/s; 0.4 of that about the vertical
#define HOVER_SUCCESS_ERROR 0.1   // m, hcsp/README.md 8.1
#define HOVER_DIVE_SPEED 4.5      // m/s, horizontally
#define HOVER_DIVE_TILT 1.1345    // rad, 65 degrees
#define HOVER_DIVE_AHEAD 0.5      // s, a diver is asked to hover where it would be by then
#define HOVER_BRAKE 5.0           // m/s2 that a drone can brake with once it is level
#define HOVER_LEVELLING_RATE 4.0  // rad/s
#define HOVER_REACTION 0.25       // s
// m above the point; nearer than 1 m a drone that hovers straight below cannot hold its height
#define HOVER_WASH_LOW 1.0
#define HOVER_WASH_HIGH 2.5

SIM_HD double hover_mix(SimRng *rng, double half) {
  return sim_rng_uniform(rng, -half, half);
}

// Draws of one expression come from the last to the first, on every compiler.
SIM_HD void hover_mix3(double out[3], SimRng *rng, double half) {
  for (int k = 2; k >= 0; k--) {
    out[k] = hover_mix(rng, half);
  }
}

SIM_HD void hover_direction(double out[3], SimRng *rng) {
  const double z = sim_rng_uniform(rng, -1, 1), turn = sim_rng_uniform(rng, 0, 2 * SIM_ANGLE_PI);
  const double r = sqrt(1 - z * z);
  double sine, cosine;
  sim_angle_turn(&sine, &cosine, turn);
  vec_set(out, r * cosine, r * sine, z);
}

SIM_HD bool hover_inside(const double p[3], const double low[3], const double high[3]) {
  return p[0] >= low[0] && p[0] <= high[0] && p[1] >= low[1] && p[1] <= high[1] && p[2] >= low[2] &&
         p[2] <= high[2];
}

// tilted by tilt about a random horizontal axis, on top of a heading
SIM_HD void hover_tilted(double quat[4], double tilt, double yaw, SimRng *rng) {
  const double about = sim_rng_uniform(rng, 0, 2 * SIM_ANGLE_PI);
  double s, c, about_s, about_c, yaw_s, yaw_c;
  sim_angle_sincos(&s, &c, tilt / 2);
  sim_angle_turn(&about_s, &about_c, about);
  sim_angle_sincos(&yaw_s, &yaw_c, yaw / 2);
  const double a[4] = {c, s * about_c, s * about_s, 0}, b[4] = {yaw_c, 0, 0, yaw_s};
  quat[0] = a[0] * b[0] - a[3] * b[3];
  quat[1] = a[1] * b[0] + a[2] * b[3];
  quat[2] = a[2] * b[0] - a[1] * b[3];
  quat[3] = a[3] * b[0] + a[0] * b[3];
}

// whether braking as well as one can keeps the drone off the floor and the net
SIM_HD bool hover_can_be_saved(const SimDrone *drone, double tilt) {
  double sine, cosine;
  sim_angle_sincos(&sine, &cosine, tilt);
  const double wait = HOVER_REACTION + tilt / HOVER_LEVELLING_RATE;
  const double sink = drone->vel[2] - SIM_GRAVITY * (1 - cosine) * wait;
  const double low = drone->pos[2] + (drone->vel[2] + sink) / 2 * wait -
                     (sink < 0 ? sink * sink / (2 * HOVER_BRAKE) : 0);
  const double vx = drone->vel[0];
  const double close =
      vx < 0 ? drone->pos[0] + vx * wait - vx * vx / (2 * HOVER_BRAKE) : drone->pos[0];
  return low > SIM_GROUND + 0.05 && close > SIM_NET_DRONE + 0.1;
}

SIM_HD double hover_draw_wide(SimDrone *drone, const double point[3], SimRng *rng) {
  const double low[3] = HOVER_ROOM_LOW, high[3] = HOVER_ROOM_HIGH;
  double way[3];
  do {
    hover_direction(way, rng);
    vec_add_scaled(drone->pos, point, sim_rng_uniform(rng, 0, HOVER_WIDE_OFFSET), way);
  } while (!hover_inside(drone->pos, low, high));
  hover_direction(way, rng);
  const double speed = sim_rng_uniform(rng, 0, HOVER_WIDE_SPEED);
  vec_set(drone->vel, speed * way[0], speed * way[1], speed * way[2]);
  const double tilt = sim_rng_uniform(rng, 0, HOVER_WIDE_TILT);
  hover_tilted(drone->quat, tilt, hover_mix(rng, HOVER_WIDE_YAW), rng);
  hover_direction(way, rng);
  const double rate = sim_rng_uniform(rng, 0, HOVER_WIDE_RATE);
  vec_set(drone->angvel, rate * way[0], rate * way[1], 0.4 * rate * way[2]);
  for (int r = 0; r < SIM_ROTORS; r++) {
    drone->rotor[r] = sim_rng_uniform(rng, 0.3, 1);
  }
  return tilt;
}

SIM_HD void hover_start_wide(const HoverSetup *hover, SimDrone *drone, const double point[3],
                             SimRng *rng) {
  // the critic must see lost states, too, because it prices strikes
  const bool any = sim_rng_uniform(rng, 0, 1) < hover->keys->start_hopeless;
  double tilt;
  do {
    tilt = hover_draw_wide(drone, point, rng);
  } while (!any && !hover_can_be_saved(drone, tilt));
}

SIM_HD void hover_draw_dive(SimDrone *drone, double *tilt, SimRng *rng) {
  const double low[3] = {1.5, -2.8, 0.55}, high[3] = {5.5, 2.8, 1.2};
  const double turn = sim_rng_uniform(rng, 0, 2 * SIM_ANGLE_PI);
  const double speed = sim_rng_uniform(rng, 0, HOVER_DIVE_SPEED);
  *tilt = sim_rng_uniform(rng, 0, HOVER_DIVE_TILT);
  task_draw_box(drone->pos, low, high, rng);
  double sine, cosine;
  sim_angle_turn(&sine, &cosine, turn);
  vec_set(drone->vel, speed * cosine, speed * sine, sim_rng_uniform(rng, -1.5, 0.8));
  hover_tilted(drone->quat, *tilt, hover_mix(rng, 0.3), rng);
  for (int k = 0; k < 3; k++) {
    drone->angvel[k] = hover_mix(rng, k < 2 ? 3 : 0.5);
  }
  for (int r = 0; r < SIM_ROTORS; r++) {
    drone->rotor[r] = sim_rng_uniform(rng, 0.5, 1);
  }
}

// low after a dig, fast and leaning; it goes on where it flies to, higher up
SIM_HD void hover_start_dive(const HoverSetup *hover, SimDrone *drone, double point[3],
                             SimRng *rng) {
  const bool any = sim_rng_uniform(rng, 0, 1) < hover->keys->start_hopeless;
  const double least[3] = HOVER_TARGET_LOW, most[3] = HOVER_TARGET_HIGH;
  double tilt;
  do {
    hover_draw_dive(drone, &tilt, rng);
  } while (!any && !hover_can_be_saved(drone, tilt));
  vec_add_scaled(point, drone->pos, HOVER_DIVE_AHEAD, drone->vel);
  point[0] = fmin(fmax(point[0], least[0]), most[0]);
  point[1] = fmin(fmax(point[1], -3.0), 3.0);
  point[2] = sim_rng_uniform(rng, 1.5, 2.4);
}

// goto's published ranges about its target at 1.8 m (hcsp/README.md 4.6)
SIM_HD void hover_start_published(SimDrone *drone, const double point[3], SimRng *rng) {
  const double low[3] = HOVER_ROOM_LOW;
  double turn[3];
  drone->pos[2] = sim_rng_uniform(rng, 1.0, 2.5);
  drone->pos[1] = point[1] + hover_mix(rng, 2.5);
  drone->pos[0] = fmax(point[0] + hover_mix(rng, 2.5), low[0]);
  hover_mix3(turn, rng, SIM_ANGLE_PI / 3);
  sim_angle_quat(drone->quat, turn[0], turn[1], turn[2]);
}

SIM_HD void hover_start_near(SimDrone *drone, const double point[3], SimRng *rng) {
  double turn[3];
  for (int k = 0; k < 3; k++) {
    drone->pos[k] = point[k] + hover_mix(rng, 0.5);
    drone->vel[k] = hover_mix(rng, 0.5);
  }
  hover_mix3(turn, rng, 0.1);
  sim_angle_quat(drone->quat, turn[0], turn[1], turn[2]);
}

SIM_HD void hover_start_recorded(const HoverSetup *hover, SimDrone *drone, double point[3],
                                 SimRng *rng) {
  assert(hover->n > 0 && hover->recorded);
  const TaskHandOff *off = &hover->recorded[sim_rng_below(rng, (uint32_t)hover->n)];
  *drone = off->drone;
  vec_copy(point, off->point);
  if (sim_rng_uniform(rng, 0, 1) < 0.5) {
    for (int k = 0; k < 3; k++) {
      drone->vel[k] += hover_mix(rng, 0.2);
      drone->angvel[k] += hover_mix(rng, 0.5);
    }
  }
}

SIM_HD HoverStart hover_draw_kind(const HoverSetup *hover, SimRng *rng) {
  const HoverKeys *c = hover->keys;
  const double recorded = hover->n ? c->start_recorded : 0;
  double u = sim_rng_uniform(rng, 0, 1);
  if (u < recorded) {
    return HOVER_RECORDED;
  }
  const double drawn = c->start_wide + c->start_published + c->start_near;
  u = (u - recorded) / (1 - recorded) * (drawn + c->start_dive);
  return u < c->start_wide                        ? HOVER_WIDE
         : u < c->start_wide + c->start_published ? HOVER_PUBLISHED
         : u < drawn || c->start_dive <= 0        ? HOVER_NEAR_POINT
                                                  : HOVER_DIVE;
}

// Fills an episode that is zero but for its number, and its drone; ball gets its place.
SIM_HD void hover_begin(TaskEpisode *episode, SimDrone *drone, double ball[3],
                        const HoverSetup *hover, SimRng *rng) {
  const HoverKeys *c = hover->keys;
  const double low[3] = HOVER_TARGET_LOW, high[3] = HOVER_TARGET_HIGH;
  double *point = episode->goal.point;
  episode->goal.flight = episode->goal.apex = episode->goal.strike_z = (double)NAN;
  const HoverStart kind = hover_draw_kind(hover, rng);
  task_draw_box(point, low, high, rng);
  *drone = task_still_drone();
  if (kind == HOVER_WIDE) {
    hover_start_wide(hover, drone, point, rng);
  } else if (kind == HOVER_PUBLISHED) {
    hover_start_published(drone, point, rng);
  } else if (kind == HOVER_NEAR_POINT) {
    hover_start_near(drone, point, rng);
  } else if (kind == HOVER_RECORDED) {
    hover_start_recorded(hover, drone, point, rng);
  } else {
    hover_start_dive(hover, drone, point, rng);
  }
  episode->start = (int)kind;
  if (sim_rng_uniform(rng, 0, 1) < c->downwash_share) {
    // one team-mate somewhere above the point
    double *from = episode->wash.source[0].pos;
    episode->wash.n = 1;
    from[2] = point[2] + sim_rng_uniform(rng, HOVER_WASH_LOW, HOVER_WASH_HIGH);
    from[1] = point[1] + hover_mix(rng, 1.2);
    from[0] = point[0] + hover_mix(rng, 1.2);
  }
  const double second = 1 / (SIM_DT * hover->every);
  episode->limit = (int)(second * sim_rng_uniform(rng, c->time_min, c->time_max));
  // far up, so that it does not come down while the episode lasts
  vec_set(ball, 3, 30, 500);
}

SIM_HD bool hover_ended(const SimReferee *referee, const SimDrone *drone) {
  return referee->winner != SIM_PLAYING || drone->pos[2] > TASK_CEILING;
}

SIM_HD double hover_pay(const HoverKeys *c, const SimDrone *drone, double away) {
  double rates[3];
  rot_apply_inverse(rates, drone->rot, drone->angvel);
  const double w2 = rates[0] * rates[0] + rates[1] * rates[1], z2 = rates[2] * rates[2];
  const double v2 = vec_dot(drone->vel, drone->vel), at = away / c->at_width;
  return c->near_reward / (1 + away) + c->at_reward / (1 + at * at) +
         c->heading_reward * drone->rot[0] + c->up_reward * drone->rot[8] -
         c->tilt_rate_cost * w2 / (1 + 0.02 * w2) - c->yaw_rate_cost * z2 / (1 + 0.1 * z2) -
         c->speed_cost * v2 / (1 + 0.05 * v2);
}

SIM_HD void hover_pay_step(TaskStep *out, const HoverKeys *c, const TaskEpisode *episode,
                           const SimReferee *referee, const SimDrone *drone) {
  double way[3];
  vec_sub(way, episode->goal.point, drone->pos);
  const double away = vec_norm(way);
  out->ended = hover_ended(referee, drone);
  out->cut = !out->ended && episode->steps >= episode->limit;
  out->reward = hover_pay(c, drone, away) - (out->ended ? c->crash_cost : 0);
  const bool published = episode->start == HOVER_PUBLISHED;
  const double error = out->ended ? (double)NAN : away;
  out->stat[HOVER_SUCCESS] = !out->ended && away < HOVER_SUCCESS_ERROR;
  out->stat[HOVER_ERROR] = error;
  out->stat[HOVER_CRASH] = out->ended;
  out->stat[HOVER_PUBLISHED_ERROR] = published ? error : (double)NAN;
  out->stat[HOVER_PUBLISHED_CRASH] = published ? out->ended : (double)NAN;
  out->stat[HOVER_DIVE_CRASH] = episode->start == HOVER_DIVE ? out->ended : (double)NAN;
}

#endif  // HCSP_ENV_TASKS_HOVER_H_
