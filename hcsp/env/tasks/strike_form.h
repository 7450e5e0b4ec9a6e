// The task of striking as functions of the processor and of a GPU: starts, end, reward, and the
// flight it judges by. What it is about: strike.c. Everything in the frame of the drone's team.
#ifndef HCSP_ENV_TASKS_STRIKE_FORM_H_
#define HCSP_ENV_TASKS_STRIKE_FORM_H_

#include <assert.h>
#include <math.h>
#include <string.h>

#include "hcsp/env/tasks/draw.h"
#include "hcsp/env/tasks/episode.h"
#include "hcsp/env/tasks/start.h"
#include "policies/dig.h"
#include "sim/angle.h"
#include "sim/ballistics.h"
#include "sim/referee.h"
#include "sim/vec.h"

// what they mean: configs/skills/default.yaml
// clang-format off
#define STRIKE_KEYS(X)                                                                                    \
  X(heading_reward, 0, 100, "", "per decision, for facing the wanted way")                         \
  X(tilt_rate_cost, 0, 100, "", "of rolling and pitching, per decision")                           \
  X(yaw_rate_cost, 0, 100, "", "of yawing, per decision")                                          \
  X(crash_cost, 0, 100, "", "floor, net plane, ceiling")                                           \
  X(closeness_time, 1e-3, 10, "s", "time constant of the potential for coming closer")             \
  X(closeness_way, 0, 100, "per m", "weight of the way in it")                                     \
  X(closeness_angle, 0, 100, "per rad", "of the angle of the racket")                              \
  X(closeness_speed, 0, 100, "per m/s", "of the speed along the normal")                           \
  X(touch_reward, 0, 100, "", "a legal touch")                                                     \
  X(velocity_reward, 0, 100, "", "falls linearly with the error of the ball's velocity")           \
  X(velocity_sharp_reward, 0, 100, "", "x exp(-error / 1.2 m/s)")                                  \
  X(velocity_sharper_reward, 0, 100, "", "x exp(-error / 0.3 m/s)")                                \
  X(place_reward, 0, 100, "", "x exp(-miss / place_width)")                                        \
  X(place_width, 1e-3, 10, "m", "width of place_reward")                                           \
  X(centre_cost, 0, 100, "", "x (distance from the racket's axis / its radius)^2")                 \
  X(edge_cost, 0, 100, "", "a touch more than 0.15 m from the axis")                               \
  X(recovery_reward, 0, 100, "", "x price of the state left behind, by the critic of the hover")   \
  X(miss_cost, 0, 100, "", "no touch")                                                             \
  X(net_cost, 0, 100, "", "a ball low over the net or in it")                                      \
  X(out_cost, 0, 100, "", "a ball that lands outside the court")                                   \
  X(clearance, -1, 3, "m", "that asked balls clear the net by")                                    \
  X(tilt_max, 0, 90, "degrees", "of the planned racket, of starts that are asked")                 \
  X(forward_max, 0, 20, "m/s", "of the planned racket towards the net")                            \
  X(reach, 0, 100, "m/s2", "acceleration at which a strike must be reachable; 0: any")             \
  X(start_recorded, 0, 1, "", "share that start as a recorded strike ended or began")              \
  X(downwash_share, 0, 1, "", "share of the episodes in which team-mates blow")                    \
  X(time_max, 0.1, 100, "s", "longest clock of an episode")
// clang-format on

typedef struct StrikeKeys {
  STRIKE_KEYS(TASK_KEY_FIELD)
} StrikeKeys;

typedef struct StrikeSetup {
  const StrikeKeys *keys;
  const TaskStart *start;           // [starts]
  const TaskStrikeStart *recorded;  // [n]
  int starts, n, every;             // every: control steps per decision
  double weights;                   // sum over the starts
  double upright;                   // cosine of keys->tilt_max
} StrikeSetup;

typedef enum StrikeStat {
  STRIKE_SUCCESS,
  STRIKE_HIT,
  STRIKE_ERROR,
  STRIKE_VELOCITY,
  STRIKE_CLEARANCE,
  STRIKE_STATE,
  STRIKE_CRASH,
  STRIKE_BODY,
  STRIKE_STATS
} StrikeStat;

// What a strike is judged by, after a control step; touched: by the drone, in that step.
typedef struct StrikeSeen {
  const SimReferee *referee;
  const SimDrone *drone;
  const double *ball_pos, *ball_vel;  // m, m/s
  bool touched;
} StrikeSeen;

#define STRIKE_MISS 0.5           // m, hcsp/README.md 8.1
#define STRIKE_INCOMING_OVER 0.1  // m, a ball from the other side clears the net by this
#define STRIKE_BELOW_DRONE 0.35   // m, a ball this far below the drone
#define STRIKE_BELOW_PLAN 0.3     // m, and this far below the strike height is missed
#define STRIKE_REACTION 0.25      // s
#define STRIKE_APART 0.5          // m between ball and drone, at least, before it can react
#define STRIKE_NET_NEAR 0.35      // m, a drone is not asked to strike nearer to the net plane
#define STRIKE_CLEARANCE_LOW 0.2  // m, less than this over the net costs
#define STRIKE_CLEARANCE_SPAN 0.4
#define STRIKE_STATE_LOW -3.0  // bounds of the critic's price
#define STRIKE_STATE_HIGH 8.0
#define STRIKE_STATE_SCALE 6.0
#define STRIKE_TRIES 200
#define STRIKE_BRAKE_EXTRA                                                                         \
  0.6  // a drone that brakes pushes with up to so much more than its weight

// ---- flight

// when a ball is in the net's zone, from now on and until a time; in no order: never
SIM_HD void strike_net_times(double *begin, double *end, const double pos[3], const double vel[3],
                             double until) {
  const double near = (SIM_NET_ZONE - pos[0]) / vel[0], far = (-SIM_NET_ZONE - pos[0]) / vel[0];
  *begin = fmax(near > far ? far : near, 0.0);
  *end = fmin(near > far ? near : far, until);
}

// least height over the net's top while the ball is in the net zone, until it falls to low
SIM_HD double strike_net_clearance(const double pos[3], const double vel[3], double until) {
  double t0, t1;
  if (fabs(vel[0]) < 1e-9) {
    return (double)INFINITY;
  }
  strike_net_times(&t0, &t1, pos, vel, until);
  if (t0 >= t1 || fabs(pos[1] + vel[1] * t0) > SIM_COURT_HALF_Y + 1) {
    return (double)INFINITY;
  }
  // a parabola is lowest at an end
  const double z0 = pos[2] + vel[2] * t0 - SIM_GRAVITY * t0 * t0 / 2;
  const double z1 = pos[2] + vel[2] * t1 - SIM_GRAVITY * t1 * t1 / 2;
  return fmin(z0, z1) - SIM_NET_TOP;
}

// The ball as the touch leaves it, judged by its exact flight.
typedef struct TaskStrikeFlight {
  double miss;  // m, horizontally, where it falls through the goal's height
  double apex;  // m
  double
      clearance;  // m over the net's top while it is in the net zone; +inf when it is never there
  double landing[2];  // m, where it falls through the goal's height
  bool arrives;       // it gets to the goal's height on the way down
} TaskStrikeFlight;
SIM_HD void task_flight(TaskStrikeFlight *flight, const SimGoal *goal, const double pos[3],
                        const double vel[3]) {
  const double t = sim_fall_time(pos[2], vel[2], goal->point[2]);
  const double up = fmax(vel[2], 0.0) / SIM_GRAVITY;
  flight->apex = pos[2] + SIM_GRAVITY * up * up / 2;
  flight->arrives = !isnan(t);
  const double at = flight->arrives ? t : up;
  for (int k = 0; k < 2; k++) {
    flight->landing[k] = pos[k] + vel[k] * at;
  }
  const double dx = flight->landing[0] - goal->point[0], dy = flight->landing[1] - goal->point[1];
  flight->miss =
      sqrt(dx * dx + dy * dy) + (flight->arrives ? 0 : 1.5 * (goal->point[2] - flight->apex));
  const double down = sim_fall_time(pos[2], vel[2], 0.2);
  flight->clearance = strike_net_clearance(pos, vel, isnan(down) ? 0 : down);
}

SIM_HD bool strike_in_far_court(const double p[2]) {
  return p[0] < 0 && p[0] > -SIM_COURT_HALF_X && fabs(p[1]) < SIM_COURT_HALF_Y;
}

// ---- starts

SIM_HD double strike_pick(const double range[2], SimRng *rng) {
  return sim_rng_uniform(rng, range[0], range[1]);
}

SIM_HD void strike_no_goal(SimGoal *goal) {
  memset(goal, 0, sizeof *goal);
  goal->flight = goal->apex = (double)NAN;
}

SIM_HD const TaskStart *strike_draw_start(const StrikeSetup *strike, TaskEpisode *episode,
                                          SimRng *rng) {
  assert(strike->starts > 0 && strike->weights > 0);
  double left = sim_rng_uniform(rng, 0, strike->weights);
  int i = 0;
  while (i < strike->starts - 1 && left >= strike->start[i].weight) {
    left -= strike->start[i++].weight;
  }
  episode->start = i;
  return &strike->start[i];
}

SIM_HD void strike_draw_drone(SimDrone *drone, const TaskStart *start, SimRng *rng) {
  double rpy[3];
  *drone = task_still_drone();
  task_draw_box(drone->pos, start->drone_low, start->drone_high, rng);
  for (int k = 0; k < 3; k++) {
    drone->vel[k] = sim_rng_uniform(rng, -start->speed, start->speed);
    rpy[k] = sim_rng_uniform(rng, -start->tilt, start->tilt);
    drone->angvel[k] = sim_rng_uniform(rng, -start->spin, start->spin);
  }
  sim_angle_quat(drone->quat, rpy[0], rpy[1], rpy[2]);
}

SIM_HD void strike_draw_ball(double pos[3], double vel[3], const TaskStart *start, SimRng *rng) {
  task_draw_box(pos, start->ball_low, start->ball_high, rng);
  vec_set(vel, 0, 0, 0);
  if (start->through_low_count) {
    // the ball comes as if somebody had struck it where it starts
    SimGoal flight;
    SimStrike launch;
    strike_no_goal(&flight);
    flight.strike_z = pos[2];
    task_draw_box(flight.point, start->through_low, start->through_high, rng);
    if (start->ball_flight_count) {
      flight.flight = strike_pick(start->ball_flight, rng);
    } else {
      flight.apex = strike_pick(start->ball_apex, rng);
    }
    sim_strike_plan(&launch, &flight, pos, vel);
    vec_copy(vel, launch.v_out);
  }
}

SIM_HD void strike_draw_goal(SimGoal *goal, const TaskStart *start, const SimDrone *drone,
                             const double pos[3], const double vel[3], SimRng *rng) {
  strike_no_goal(goal);
  task_draw_box(goal->point, start->goal_low, start->goal_high, rng);
  if (start->goal_flight_count) {
    goal->flight = strike_pick(start->goal_flight, rng);
  } else {
    goal->apex = strike_pick(start->goal_apex, rng);
  }
  goal->strike_z = strike_pick(start->strike_z, rng);
  if (start->dig_height > 0 && sim_rng_uniform(rng, 0, 1) < start->dig_height) {
    goal->strike_z = pol_dig_height(goal, drone->pos, drone->vel, pos, vel);
  }
}

// whether the ball would fly into a drone that cannot react yet
SIM_HD bool strike_hits_at_once(const SimDrone *drone, const double p[3], const double v[3]) {
  double way[3], speed[3];
  vec_sub(way, p, drone->pos);
  vec_sub(speed, v, drone->vel);
  speed[2] -= SIM_GRAVITY * STRIKE_REACTION / 2;  // as it is in the mean
  const double along = vec_dot(speed, speed);
  const double nearest =
      along > 0 ? fmin(fmax(-vec_dot(way, speed) / along, 0), STRIKE_REACTION) : 0;
  vec_add_scaled(way, way, nearest, speed);
  return vec_norm(way) < STRIKE_APART;
}

// whether a good drone could do it: the ball comes, gets there, and the racket can be had
SIM_HD bool strike_feasible(const StrikeSetup *strike, const SimDrone *drone, const double p[3],
                            const double v[3], const SimGoal *goal) {
  const StrikeKeys *c = strike->keys;
  if (p[0] < 0 && strike_net_clearance(p, v, 10) < STRIKE_INCOMING_OVER) {
    return false;
  }
  if (isnan(sim_fall_time(p[2], v[2], goal->strike_z)) || strike_hits_at_once(drone, p, v)) {
    return false;
  }
  SimStrike plan;
  sim_strike_plan(&plan, goal, p, v);
  if (goal->point[0] < 0 &&
      strike_net_clearance(plan.ball, plan.v_out, plan.flight) < c->clearance) {
    return false;
  }
  double way[3];
  vec_sub(way, plan.drone, drone->pos);
  const double time = fmax(plan.time - STRIKE_REACTION, 0.0),
               far = sqrt(way[0] * way[0] + way[1] * way[1]);
  const bool reached = c->reach <= 0 || far <= c->reach * time * time / 2 + 0.1;
  return reached && plan.normal[2] >= strike->upright &&
         -plan.speed * plan.normal[0] <= c->forward_max && plan.drone[0] > STRIKE_NET_NEAR;
}

// team-mates that hover, or that fly to where they will
SIM_HD void strike_draw_mates(SimWash *wash, const TaskStart *start, SimRng *rng) {
  for (int i = 0; i < start->mates_count; i++) {
    task_draw_box(wash->source[wash->n++].pos, start->mates[i], start->mates[i] + 3, rng);
  }
  for (int i = 0; i < start->mates_to_count; i++) {
    SimWashSource *mate = &wash->source[i];
    double to[3];
    task_draw_box(to, start->mates_to[i], start->mates_to[i] + 3, rng);
    mate->moves = strike_pick(start->mates_time, rng);
    vec_sub(to, to, mate->pos);
    vec_add_scaled(mate->vel, mate->vel, 1 / mate->moves, to);
  }
}

// an opponent that leans away from the net to stop in front of it, and so blows over the net
SIM_HD void strike_draw_brake(SimWash *wash, const TaskStart *start, SimRng *rng) {
  if (start->brakes_count) {
    SimWashSource *drone = &wash->source[wash->n++];
    task_draw_box(drone->pos, start->brakes[0], start->brakes[0] + 3, rng);
    double sine, cosine;
    sim_angle_sincos(&sine, &cosine, strike_pick(start->brake_tilt, rng) * SIM_ANGLE_PI / 180);
    drone->lean[0] = -sine;
    drone->extra = sim_rng_uniform(rng, 0, STRIKE_BRAKE_EXTRA);
    drone->from = strike_pick(start->brake_from, rng);
    drone->until = drone->from + strike_pick(start->brake_time, rng);
  }
}

SIM_HD void strike_draw_wash(SimWash *wash, const StrikeSetup *strike, const TaskStart *start,
                             SimRng *rng) {
  memset(wash, 0, sizeof *wash);
  if (sim_rng_uniform(rng, 0, 1) < strike->keys->downwash_share) {
    strike_draw_mates(wash, start, rng);
    strike_draw_brake(wash, start, rng);
  }
}

SIM_HD double strike_closeness(const StrikeKeys *c, const SimDrone *drone, const SimStrike *plan) {
  double way[3], up[3];
  vec_sub(way, plan->drone, drone->pos);
  vec_add_scaled(way, way, -plan->time, drone->vel);
  rot_axis(up, drone->rot, 2);
  const double angle = sim_angle_acos(fmin(fmax(vec_dot(up, plan->normal), -1.0), 1.0));
  return -sim_exp(-plan->time / c->closeness_time) *
         (c->closeness_way * fmin(vec_norm(way), 2.0) + c->closeness_angle * angle +
          c->closeness_speed * fabs(vec_dot(drone->vel, plan->normal) - plan->speed));
}

// a strike of a match begins again
SIM_HD void strike_begin_recorded(TaskEpisode *episode, SimDrone *drone, double pos[3],
                                  double vel[3], const StrikeSetup *strike, SimRng *rng) {
  const TaskStrikeStart *start = &strike->recorded[sim_rng_below(rng, (uint32_t)strike->n)];
  *drone = start->drone;
  vec_copy(pos, start->ball_pos);
  vec_copy(vel, start->ball_vel);
  episode->goal = start->goal;
  episode->wash = start->wash;
  vec_copy(episode->next.point, start->next);
}

SIM_HD void strike_begin_drawn(TaskEpisode *episode, SimDrone *drone, double pos[3], double vel[3],
                               const StrikeSetup *strike, SimRng *rng) {
  const TaskStart *start = strike_draw_start(strike, episode, rng);
  int tries = 0;
  do {
    strike_draw_drone(drone, start, rng);
    strike_draw_ball(pos, vel, start, rng);
    strike_draw_goal(&episode->goal, start, drone, pos, vel, rng);
  } while (!strike_feasible(strike, drone, pos, vel, &episode->goal) && ++tries < STRIKE_TRIES);
  strike_draw_wash(&episode->wash, strike, start, rng);
  vec_copy(episode->next.point, start->next);
}

// Fills an episode that is zero but for its number, its drone, and the ball at pos with vel.
SIM_HD void strike_begin(TaskEpisode *episode, SimDrone *drone, double pos[3], double vel[3],
                         const StrikeSetup *strike, SimRng *rng) {
  const StrikeKeys *c = strike->keys;
  strike_no_goal(&episode->next);
  episode->next.strike_z = (double)NAN;
  if (strike->n > 0 && sim_rng_uniform(rng, 0, 1) < c->start_recorded) {
    strike_begin_recorded(episode, drone, pos, vel, strike, rng);
  } else {
    strike_begin_drawn(episode, drone, pos, vel, strike, rng);
  }
  episode->limit = (int)(c->time_max / (SIM_DT * strike->every));
  SimStrike plan;
  sim_strike_plan(&plan, &episode->goal, pos, vel);
  quat_to_rot(drone->rot, drone->quat);
  episode->closeness = strike_closeness(c, drone, &plan);
}

// ---- end

SIM_HD bool strike_missed(const StrikeSeen *seen, const SimGoal *goal) {
  const double z = seen->ball_pos[2];
  // a ball on its way up is still to come
  return (seen->ball_vel[2] < 0 && z < seen->drone->pos[2] - STRIKE_BELOW_DRONE &&
          z < goal->strike_z - STRIKE_BELOW_PLAN) ||
         z < SIM_GROUND;
}

SIM_HD bool strike_lost(const StrikeSeen *seen) {
  const double *p = seen->drone->pos;
  return p[2] < SIM_GROUND || p[0] < SIM_NET_DRONE || p[2] > TASK_CEILING;
}

SIM_HD bool strike_ended(const StrikeSeen *seen, const SimGoal *goal) {
  return seen->referee->winner != SIM_PLAYING || seen->touched || strike_lost(seen) ||
         strike_missed(seen, goal);
}

// whether a touch is to be paid, for which the state left behind has to be priced
SIM_HD bool strike_pays_touch(const StrikeSeen *seen) {
  return seen->touched && !strike_lost(seen);
}

// ---- reward

// price of a state of which the hover's critic says so much
SIM_HD double strike_worth(float value) {
  return fmin(fmax((double)value, STRIKE_STATE_LOW), STRIKE_STATE_HIGH);
}

// A legal touch: how well it was done.
typedef struct TaskTouch {
  bool good;              // the ball goes where it should: within 0.5 m, or over the net and in
  double miss;            // m
  double velocity_error;  // m/s
  double clearance;       // m over the net, at most 5; NaN for strikes that stay on the own side
  double worth;           // price of the state left behind
} TaskTouch;

// m, distance of the ball from the racket's axis
SIM_HD double strike_off_centre(const StrikeSeen *seen) {
  double offset[3], up[3];
  vec_sub(offset, seen->ball_pos, seen->drone->pos);
  rot_axis(up, seen->drone->rot, 2);
  vec_add_scaled(offset, offset, -vec_dot(offset, up), up);
  return vec_norm(offset);
}

// speed error of the ball against what its true place calls for
SIM_HD double strike_velocity_error(const StrikeSeen *seen, const SimGoal *goal) {
  const double still[3] = {0, 0, 0};
  SimGoal here = *goal;
  SimStrike plan;
  double off[3];
  here.strike_z = seen->ball_pos[2];
  sim_strike_plan(&plan, &here, seen->ball_pos, still);
  vec_sub(off, seen->ball_vel, plan.v_out);
  return vec_norm(off);
}

// What a touch pays, right behind it; worth: price of the state left behind.
SIM_HD double strike_pay_touch(TaskTouch *touch, const StrikeKeys *c, const SimGoal *goal,
                               const StrikeSeen *seen, double worth) {
  TaskStrikeFlight flight;
  task_flight(&flight, goal, seen->ball_pos, seen->ball_vel);
  const double dv = strike_velocity_error(seen, goal), r = strike_off_centre(seen),
               aside = r / SIM_RACKET_RADIUS;
  double pay = c->touch_reward + c->velocity_reward * (1 - fmin(dv, 12.0) / 12) +
               c->velocity_sharp_reward * sim_exp(-dv / 1.2) +
               c->velocity_sharper_reward * sim_exp(-dv / 0.3) +
               c->place_reward * sim_exp(-flight.miss / c->place_width) -
               c->centre_cost * (aside * aside) - (r > 0.15 ? c->edge_cost : 0) +
               c->recovery_reward * worth / STRIKE_STATE_SCALE;
  touch->good = flight.arrives && flight.miss < STRIKE_MISS;
  touch->miss = flight.miss;
  touch->velocity_error = dv;
  touch->clearance = (double)NAN;
  touch->worth = worth;
  if (goal->point[0] < 0) {
    const double low = (STRIKE_CLEARANCE_LOW - flight.clearance) / STRIKE_CLEARANCE_SPAN;
    const bool in = flight.arrives && strike_in_far_court(flight.landing);
    pay -= c->net_cost * fmin(fmax(low, 0.0), 1.0) + (in ? 0 : c->out_cost);
    touch->good = flight.clearance > 0 && in;
    touch->clearance = fmin(flight.clearance, 5.0);
  }
  return pay;
}

// what each decision costs: a crooked heading and fast turns
SIM_HD double strike_motion_cost(const StrikeKeys *c, const SimDrone *drone) {
  double rates[3];
  rot_apply_inverse(rates, drone->rot, drone->angvel);
  const double w2 = rates[0] * rates[0] + rates[1] * rates[1], z2 = rates[2] * rates[2];
  return c->heading_reward * (1 - drone->rot[0]) + c->tilt_rate_cost * w2 / (1 + 0.02 * w2) +
         c->yaw_rate_cost * z2 / (1 + 0.1 * z2);
}

// what a strike costs that never touches the ball; crash: because the drone is lost
SIM_HD double strike_lost_cost(const StrikeKeys *c, bool crash) {
  return crash ? c->crash_cost : c->miss_cost;
}

SIM_HD double strike_pay_approach(const StrikeKeys *c, TaskEpisode *episode,
                                  const StrikeSeen *seen) {
  SimStrike plan;
  sim_strike_plan(&plan, &episode->goal, seen->ball_pos, seen->ball_vel);
  // frozen from the strike's moment on and not taken back at the end
  if (plan.time <= 0) {
    return 0;
  }
  const double now = strike_closeness(c, seen->drone, &plan);
  const double pay = now - episode->closeness;
  episode->closeness = now;
  return pay;
}

SIM_HD void strike_say_touch(TaskStep *out, const TaskTouch *touch) {
  out->stat[STRIKE_SUCCESS] = touch->good;
  out->stat[STRIKE_ERROR] = touch->miss;
  out->stat[STRIKE_VELOCITY] = touch->velocity_error;
  out->stat[STRIKE_CLEARANCE] = touch->clearance;
  out->stat[STRIKE_STATE] = touch->worth;
}

// After the control steps of a decision; worth: where strike_pays_touch.
SIM_HD void strike_pay_step(TaskStep *out, const StrikeKeys *c, TaskEpisode *episode,
                            const StrikeSeen *seen, double worth) {
  const bool crash = strike_lost(seen);
  for (int i = 0; i < STRIKE_STATS; i++) {
    out->stat[i] = (double)NAN;
  }
  out->ended = strike_ended(seen, &episode->goal);
  out->cut = !out->ended && episode->steps >= episode->limit;
  out->reward = -strike_motion_cost(c, seen->drone);
  out->stat[STRIKE_SUCCESS] = 0;
  out->stat[STRIKE_HIT] = seen->touched;
  out->stat[STRIKE_CRASH] = crash;
  out->stat[STRIKE_BODY] = !seen->touched && !crash &&
                           seen->referee->reason == SIM_EVENT_BODY_TOUCH &&
                           seen->referee->winner != SIM_PLAYING;
  if (strike_pays_touch(seen)) {
    TaskTouch touch;
    out->reward += strike_pay_touch(&touch, c, &episode->goal, seen, worth);
    strike_say_touch(out, &touch);
  } else if (out->ended) {
    out->reward -= strike_lost_cost(c, crash);
  } else {
    out->reward += strike_pay_approach(c, episode, seen);
  }
}

#endif  // HCSP_ENV_TASKS_STRIKE_FORM_H_
