// Striking the ball so that it passes a goal: serve, set, attack, dig differ in their starts and
// goals only. Before the touch a potential pays for coming closer to the planned strike; the touch
// pays for the ball's velocity against the one that its true place calls for, and for the state the
// drone is left in, priced by the hover's critic. Source: hcsp/README.md 4.2;
// every number is a key.
#include "hcsp/env/tasks/strike.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/tasks/draw.h"
#include "policies/dig.h"
#include "sim/vec.h"

// what they mean: configs/skills/default.yaml
// clang-format off
#define KEYS(X)                                                                                    \
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

typedef struct Keys {
  KEYS(TASK_KEY_FIELD)
} Keys;
static const ConfigKey KEY[] = {KEYS(TASK_KEY_ROW)};

typedef enum Stat {
  STAT_SUCCESS,
  STAT_HIT,
  STAT_ERROR,
  STAT_VELOCITY,
  STAT_CLEARANCE,
  STAT_STATE,
  STAT_CRASH,
  STAT_BODY,
  STATS
} Stat;
_Static_assert((int)STATS <= (int)TASK_STATS_MAX, "room for every stat");

typedef struct Strike {
  Task task;
  const TaskConfig *config;
  const Keys *keys;
  const PolNet *critic;
  double weights;  // sum over the starts
  const TaskStrikeStart *recorded;
  int n;
} Strike;

#define SUCCESS_MISS 0.5   // m, hcsp/README.md 8.1
#define INCOMING_OVER 0.1  // m, a ball from the other side clears the net by this
#define BELOW_DRONE 0.35   // m, a ball this far below the drone
#define BELOW_PLAN 0.3     // m, and this far below the strike height is missed
#define REACTION 0.25      // s
#define NET_NEAR 0.35      // m, a drone is not asked to strike nearer to the net plane
#define CLEARANCE_LOW 0.2  // m, less than this over the net costs
#define CLEARANCE_SPAN 0.4
#define STATE_LOW -3.0  // bounds of the critic's price
#define STATE_HIGH 8.0
#define STATE_SCALE 6.0
#define TRIES 200
#define BRAKE_EXTRA 0.6  // a drone that brakes pushes with up to so much more than its weight

// ---- flight

// least height over the net's top while the ball is in the net zone, until it falls to low
static double net_clearance(const double pos[3], const double vel[3], double until) {
  if (fabs(vel[0]) < 1e-9) {
    return (double)INFINITY;
  }
  double t0 = (SIM_NET_ZONE - pos[0]) / vel[0], t1 = (-SIM_NET_ZONE - pos[0]) / vel[0];
  if (t0 > t1) {
    const double swap = t0;
    t0 = t1;
    t1 = swap;
  }
  t0 = fmax(t0, 0);
  t1 = fmin(t1, until);
  if (t0 >= t1 || fabs(pos[1] + vel[1] * t0) > SIM_COURT_HALF_Y + 1) {
    return (double)INFINITY;
  }
  // a parabola is lowest at an end
  const double z0 = pos[2] + vel[2] * t0 - SIM_GRAVITY * t0 * t0 / 2;
  const double z1 = pos[2] + vel[2] * t1 - SIM_GRAVITY * t1 * t1 / 2;
  return fmin(z0, z1) - SIM_NET_TOP;
}

void task_flight(TaskStrikeFlight *flight, const SimGoal *goal, const double pos[3],
                 const double vel[3]) {
  const double t = sim_fall_time(pos[2], vel[2], goal->point[2]);
  const double up = fmax(vel[2], 0) / SIM_GRAVITY;
  flight->apex = pos[2] + SIM_GRAVITY * up * up / 2;
  flight->arrives = !isnan(t);
  const double at = flight->arrives ? t : up;
  for (int k = 0; k < 2; k++) {
    flight->landing[k] = pos[k] + vel[k] * at;
  }
  flight->miss = hypot(flight->landing[0] - goal->point[0], flight->landing[1] - goal->point[1]) +
                 (flight->arrives ? 0 : 1.5 * (goal->point[2] - flight->apex));
  const double down = sim_fall_time(pos[2], vel[2], 0.2);
  flight->clearance = net_clearance(pos, vel, isnan(down) ? 0 : down);
}

static bool in_far_court(const double p[2]) {
  return p[0] < 0 && p[0] > -SIM_COURT_HALF_X && fabs(p[1]) < SIM_COURT_HALF_Y;
}

// ---- starts

static double pick(const double range[2], SimRng *rng) {
  return sim_rng_uniform(rng, range[0], range[1]);
}

static const TaskStart *draw_start(const Strike *strike, TaskEpisode *episode, SimRng *rng) {
  const TaskConfig *c = strike->config;
  assert(c->starts > 0 && c->starts <= TASK_STARTS_MAX && strike->weights > 0);
  double left = sim_rng_uniform(rng, 0, strike->weights);
  int i = 0;
  while (i < c->starts - 1 && left >= c->start[i].weight) {
    left -= c->start[i++].weight;
  }
  episode->start = i;
  return &c->start[i];
}

static void draw_drone(SimDrone *drone, const TaskStart *start, SimRng *rng) {
  double rpy[3];
  *drone = task_still_drone();
  task_draw_box(drone->pos, start->drone_low, start->drone_high, rng);
  for (int k = 0; k < 3; k++) {
    drone->vel[k] = sim_rng_uniform(rng, -start->speed, start->speed);
    rpy[k] = sim_rng_uniform(rng, -start->tilt, start->tilt);
    drone->angvel[k] = sim_rng_uniform(rng, -start->spin, start->spin);
  }
  quat_from_rpy(drone->quat, rpy[0], rpy[1], rpy[2]);
}

static void draw_ball(SimView *view, const TaskStart *start, SimRng *rng) {
  task_draw_box(view->ball_pos, start->ball_low, start->ball_high, rng);
  vec_set(view->ball_vel, 0, 0, 0);
  if (start->through_low) {
    // the ball comes as if somebody had struck it where it starts
    SimGoal flight = {.flight = (double)NAN, .apex = (double)NAN, .strike_z = view->ball_pos[2]};
    SimStrike launch;
    task_draw_box(flight.point, start->through_low, start->through_high, rng);
    if (start->ball_flight) {
      flight.flight = pick(start->ball_flight, rng);
    } else {
      flight.apex = pick(start->ball_apex, rng);
    }
    sim_strike_plan(&launch, &flight, view->ball_pos, view->ball_vel);
    vec_copy(view->ball_vel, launch.v_out);
  }
}

static void draw_goal(SimGoal *goal, const TaskStart *start, const SimView *view, SimRng *rng) {
  *goal = (SimGoal){.flight = (double)NAN, .apex = (double)NAN};
  task_draw_box(goal->point, start->goal_low, start->goal_high, rng);
  if (start->goal_flight) {
    goal->flight = pick(start->goal_flight, rng);
  } else {
    goal->apex = pick(start->goal_apex, rng);
  }
  goal->strike_z = pick(start->strike_z, rng);
  if (start->dig_height > 0 && sim_rng_uniform(rng, 0, 1) < start->dig_height) {
    const SimDrone *drone = &view->drone[TASK_LEARNER];
    goal->strike_z = pol_dig_height(goal, drone->pos, drone->vel, view->ball_pos, view->ball_vel);
  }
}

// whether a good drone could do it: the ball comes, gets there, and the racket can be had
static bool feasible(const Keys *c, const SimView *view, const SimGoal *goal) {
  const double *p = view->ball_pos, *v = view->ball_vel;
  if (p[0] < 0 && net_clearance(p, v, 10) < INCOMING_OVER) {
    return false;
  }
  if (isnan(sim_fall_time(p[2], v[2], goal->strike_z))) {
    return false;
  }
  SimStrike plan;
  sim_strike_plan(&plan, goal, p, v);
  if (goal->point[0] < 0 && net_clearance(plan.ball, plan.v_out, plan.flight) < c->clearance) {
    return false;
  }
  double way[3];
  vec_sub(way, plan.drone, view->drone[TASK_LEARNER].pos);
  const double time = fmax(plan.time - REACTION, 0), far = hypot(way[0], way[1]);
  const bool reached = c->reach <= 0 || far <= c->reach * time * time / 2 + 0.1;
  return reached && plan.normal[2] >= cos(c->tilt_max * M_PI / 180) &&
         -plan.speed * plan.normal[0] <= c->forward_max && plan.drone[0] > NET_NEAR;
}

// team-mates that hover, or that fly to where they will
static void draw_mates(SimWash *wash, const TaskStart *start, SimRng *rng) {
  for (uint32_t i = 0; i < start->mates_count; i++) {
    task_draw_box(wash->source[wash->n++].pos, start->mates[i], start->mates[i] + 3, rng);
  }
  for (uint32_t i = 0; i < start->mates_to_count; i++) {
    SimWashSource *mate = &wash->source[i];
    double to[3];
    task_draw_box(to, start->mates_to[i], start->mates_to[i] + 3, rng);
    mate->moves = pick(start->mates_time, rng);
    vec_sub(to, to, mate->pos);
    vec_add_scaled(mate->vel, mate->vel, 1 / mate->moves, to);
  }
}

// an opponent that leans away from the net to stop in front of it, and so blows over the net
static void draw_brake(SimWash *wash, const TaskStart *start, SimRng *rng) {
  if (start->brakes_count) {
    SimWashSource *drone = &wash->source[wash->n++];
    task_draw_box(drone->pos, start->brakes[0], start->brakes[0] + 3, rng);
    drone->lean[0] = -sin(pick(start->brake_tilt, rng) * M_PI / 180);
    drone->extra = sim_rng_uniform(rng, 0, BRAKE_EXTRA);
    drone->from = pick(start->brake_from, rng);
    drone->until = drone->from + pick(start->brake_time, rng);
  }
}

static void draw_wash(SimWash *wash, const Strike *strike, const TaskStart *start, SimRng *rng) {
  *wash = (SimWash){.n = 0};
  if (sim_rng_uniform(rng, 0, 1) < strike->keys->downwash_share) {
    draw_mates(wash, start, rng);
    draw_brake(wash, start, rng);
  }
}

double task_strike_closeness(const TaskConfig *config, const SimDrone *drone,
                             const SimStrike *plan) {
  const Keys *c = config->own;
  double way[3], up[3];
  vec_sub(way, plan->drone, drone->pos);
  vec_add_scaled(way, way, -plan->time, drone->vel);
  rot_axis(up, drone->rot, 2);
  const double angle = acos(fmin(fmax(vec_dot(up, plan->normal), -1), 1));
  return -exp(-plan->time / c->closeness_time) *
         (c->closeness_way * fmin(vec_norm(way), 2) + c->closeness_angle * angle +
          c->closeness_speed * fabs(vec_dot(drone->vel, plan->normal) - plan->speed));
}

// a strike of a match begins again
static void start_recorded(const Strike *strike, TaskEpisode *episode, SimView *view, SimRng *rng) {
  const TaskStrikeStart *start = &strike->recorded[sim_rng_below(rng, (uint32_t)strike->n)];
  view->drone[TASK_LEARNER] = start->drone;
  vec_copy(view->ball_pos, start->ball_pos);
  vec_copy(view->ball_vel, start->ball_vel);
  episode->goal = start->goal;
  episode->wash = start->wash;
  vec_copy(episode->next.point, start->next);
}

static void start_drawn(const Strike *strike, TaskEpisode *episode, SimView *view, SimRng *rng) {
  const TaskStart *start = draw_start(strike, episode, rng);
  int tries = 0;
  do {
    draw_drone(&view->drone[TASK_LEARNER], start, rng);
    draw_ball(view, start, rng);
    draw_goal(&episode->goal, start, view, rng);
  } while (!feasible(strike->keys, view, &episode->goal) && ++tries < TRIES);
  draw_wash(&episode->wash, strike, start, rng);
  vec_copy(episode->next.point, start->next);
}

static void strike_start(const Task *task, TaskEpisode *episode, SimView *view, SimRng *rng) {
  const Strike *strike = (const Strike *)task;
  const Keys *c = strike->keys;
  SimDrone *drone = &view->drone[TASK_LEARNER];
  episode->next = (SimGoal){.flight = (double)NAN, .apex = (double)NAN, .strike_z = (double)NAN};
  if (strike->n > 0 && sim_rng_uniform(rng, 0, 1) < c->start_recorded) {
    start_recorded(strike, episode, view, rng);
  } else {
    start_drawn(strike, episode, view, rng);
  }
  episode->limit = (int)(c->time_max / (SIM_DT * task->every));
  SimStrike plan;
  sim_strike_plan(&plan, &episode->goal, view->ball_pos, view->ball_vel);
  quat_to_rot(drone->rot, drone->quat);
  episode->closeness = task_strike_closeness(strike->config, drone, &plan);
}

// ---- reward

static bool touched(const SimState *state) {
  for (int i = 0; i < state->events.n; i++) {
    if (state->events.event[i].kind == SIM_EVENT_TOUCH &&
        state->events.event[i].drone == TASK_LEARNER) {
      return true;
    }
  }
  return false;
}

static bool missed(const SimState *state, const SimGoal *goal) {
  const double z = state->view.ball_pos[2];
  // a ball on its way up is still to come
  return (state->view.ball_vel[2] < 0 && z < state->view.drone[TASK_LEARNER].pos[2] - BELOW_DRONE &&
          z < goal->strike_z - BELOW_PLAN) ||
         z < SIM_GROUND;
}

static bool lost(const SimState *state) {
  const double *p = state->view.drone[TASK_LEARNER].pos;
  return p[2] < SIM_GROUND || p[0] < SIM_NET_DRONE || p[2] > TASK_CEILING;
}

static bool strike_over(const Task *task, const TaskEpisode *episode, const SimState *state) {
  (void)task;
  return state->referee.winner != SIM_PLAYING || touched(state) || lost(state) ||
         missed(state, &episode->goal);
}

static double price_state(const PolNet *critic, const SimGoal *next, const SimView *view) {
  if (!critic) {
    return 0;
  }
  float obs[SIM_OBS_MAX], value, scratch[TASK_CRITIC_SCRATCH];
  sim_obs_goal(obs, SIM_OBS_HOVER27, view, TASK_LEARNER, next);
  pol_net_forward(&value, critic, obs, 1, scratch);
  return fmin(fmax((double)value, STATE_LOW), STATE_HIGH);
}

// m, distance of the ball from the racket's axis
static double off_centre(const SimView *view) {
  const SimDrone *drone = &view->drone[TASK_LEARNER];
  double offset[3], up[3];
  vec_sub(offset, view->ball_pos, drone->pos);
  rot_axis(up, drone->rot, 2);
  vec_add_scaled(offset, offset, -vec_dot(offset, up), up);
  return vec_norm(offset);
}

// speed error of the ball against what its true place calls for
static double velocity_error(const SimView *view, const SimGoal *goal) {
  const double still[3] = {0, 0, 0};
  SimGoal here = *goal;
  SimStrike plan;
  double off[3];
  here.strike_z = view->ball_pos[2];
  sim_strike_plan(&plan, &here, view->ball_pos, still);
  vec_sub(off, view->ball_vel, plan.v_out);
  return vec_norm(off);
}

double task_strike_touch(TaskTouch *touch, const TaskConfig *config, const PolNet *critic,
                         const SimGoal *goal, const SimGoal *next, const SimView *view) {
  const Keys *c = config->own;
  TaskStrikeFlight flight;
  task_flight(&flight, goal, view->ball_pos, view->ball_vel);
  const double dv = velocity_error(view, goal), r = off_centre(view);
  const double worth = price_state(critic, next, view);
  double pay = c->touch_reward + c->velocity_reward * (1 - fmin(dv, 12) / 12) +
               c->velocity_sharp_reward * exp(-dv / 1.2) +
               c->velocity_sharper_reward * exp(-dv / 0.3) +
               c->place_reward * exp(-flight.miss / c->place_width) -
               c->centre_cost * pow(r / SIM_RACKET_RADIUS, 2) - (r > 0.15 ? c->edge_cost : 0) +
               c->recovery_reward * worth / STATE_SCALE;
  *touch = (TaskTouch){.good = flight.arrives && flight.miss < SUCCESS_MISS,
                       .miss = flight.miss,
                       .velocity_error = dv,
                       .clearance = (double)NAN,
                       .worth = worth};
  if (goal->point[0] < 0) {
    const double low = (CLEARANCE_LOW - flight.clearance) / CLEARANCE_SPAN;
    const bool in = flight.arrives && in_far_court(flight.landing);
    pay -= c->net_cost * fmin(fmax(low, 0), 1) + (in ? 0 : c->out_cost);
    touch->good = flight.clearance > 0 && in;
    touch->clearance = fmin(flight.clearance, 5);
  }
  return pay;
}

static double pay_touch(const Strike *strike, const TaskEpisode *episode, const SimState *state,
                        double *stat) {
  TaskTouch touch;
  const double pay = task_strike_touch(&touch, strike->config, strike->critic, &episode->goal,
                                       &episode->next, &state->view);
  stat[STAT_SUCCESS] = touch.good;
  stat[STAT_ERROR] = touch.miss;
  stat[STAT_VELOCITY] = touch.velocity_error;
  stat[STAT_CLEARANCE] = touch.clearance;
  stat[STAT_STATE] = touch.worth;
  return pay;
}

double task_strike_motion_cost(const TaskConfig *config, const SimDrone *drone) {
  const Keys *c = config->own;
  double rates[3];
  rot_apply_inverse(rates, drone->rot, drone->angvel);
  const double w2 = rates[0] * rates[0] + rates[1] * rates[1], z2 = rates[2] * rates[2];
  return c->heading_reward * (1 - drone->rot[0]) + c->tilt_rate_cost * w2 / (1 + 0.02 * w2) +
         c->yaw_rate_cost * z2 / (1 + 0.1 * z2);
}

double task_strike_lost_cost(const TaskConfig *config, bool crash) {
  const Keys *c = config->own;
  return crash ? c->crash_cost : c->miss_cost;
}

static double pay_approach(const TaskConfig *config, TaskEpisode *episode, const SimState *state) {
  SimStrike plan;
  sim_strike_plan(&plan, &episode->goal, state->view.ball_pos, state->view.ball_vel);
  // frozen from the strike's moment on and not taken back at the end
  if (plan.time <= 0) {
    return 0;
  }
  const double now = task_strike_closeness(config, &state->view.drone[TASK_LEARNER], &plan);
  const double pay = now - episode->closeness;
  episode->closeness = now;
  return pay;
}

static void strike_judge(const Task *task, TaskEpisode *episode, const SimState *state,
                         TaskStep *out) {
  const Strike *strike = (const Strike *)task;
  const bool hit = touched(state), crash = lost(state);
  for (int i = 0; i < STATS; i++) {
    out->stat[i] = (double)NAN;
  }
  out->ended = strike_over(task, episode, state);
  out->cut = !out->ended && episode->steps >= episode->limit;
  out->reward = -task_strike_motion_cost(strike->config, &state->view.drone[TASK_LEARNER]);
  out->stat[STAT_SUCCESS] = 0;
  out->stat[STAT_HIT] = hit;
  out->stat[STAT_CRASH] = crash;
  out->stat[STAT_BODY] = !hit && !crash && state->referee.reason == SIM_EVENT_BODY_TOUCH &&
                         state->referee.winner != SIM_PLAYING;
  if (hit && !crash) {
    out->reward += pay_touch(strike, episode, state, out->stat);
  } else if (out->ended) {
    out->reward -= task_strike_lost_cost(strike->config, crash);
  } else {
    out->reward += pay_approach(strike->config, episode, state);
  }
}

static Task *strike_create(const TaskConfig *config, const TaskInputs *inputs, SimError *err) {
  assert(!inputs->critic || pol_net_scratch(inputs->critic) <= TASK_CRITIC_SCRATCH);
  Strike *strike = calloc(1, sizeof *strike);
  if (!strike) {
    sim_error(err, SIM_FAIL, "no memory for a task");
    return NULL;
  }
  *strike = (Strike){.task = {.name = config->name,
                              .layout = SIM_OBS_STRIKE43,
                              .every = (int)config->every,
                              .physics = config->physics,
                              .world = config->world,
                              .stats = STATS,
                              .stat_name = {"success", "hit", "error", "velocity_error",
                                            "clearance", "state_value", "crash", "body"},
                              .success = STAT_SUCCESS,
                              .start = strike_start,
                              .observe = task_observe_goal,
                              .over = strike_over,
                              .judge = strike_judge},
                     .config = config,
                     .keys = config->own,
                     .critic = inputs->critic,
                     .recorded = inputs->strike,
                     .n = inputs->strikes};
  for (int i = 0; i < config->starts; i++) {
    strike->weights += config->start[i].weight;
  }
  strike->task.time_max = strike->keys->time_max;
  return &strike->task;
}

const TaskKind task_strike = {.name = "strike",
                              .key = KEY,
                              .keys = sizeof KEY / sizeof KEY[0],
                              .size = sizeof(Keys),
                              .starts = true,
                              .priced = true,
                              .create = strike_create};
