// The ball's flight is taken some steps after the touch, when the contact is certainly over, or
// from the last state before somebody else touches it; from then on it is a parabola. The drone
// under test is of the near team, so its frame is the court's.
#include "hcsp/eval/skill_outcome.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "hcsp/env/tasks/strike_form.h"
#include "sim/vec.h"

// what a success is, m (hcsp/README.md 8.1)
#define LANDING_HEIGHT 0.2
#define STRIKE_TOLERANCE 0.5
#define APEX_TOLERANCE 0.3
#define HOVER_TOLERANCE 0.1

enum { LAST_SECOND = 100 };

const char *eval_fault_name(EvalFault fault) {
  static const char *const NAME[EVAL_FAULTS] = {
      "drone_ground", "drone_net", "double_touch", "body_touch", "missed",
      "ball_net",     "ball_out",  "wrong_side",   "apex",       "off_target"};
  return fault < EVAL_FAULTS ? NAME[fault] : NULL;
}

// ---- the ball's flight

void eval_flight_from(EvalFlight *flight, const double pos[3], const double vel[3]) {
  vec_copy(flight->pos, pos);
  vec_copy(flight->vel, vel);
  flight->vel[2] -= SIM_GRAVITY * SIM_DT / 2;
}

static void flight_at(double pos[3], const EvalFlight *flight, double time) {
  vec_add_scaled(pos, flight->pos, time, flight->vel);
  pos[2] -= SIM_GRAVITY * time * time / 2;
}

bool eval_flight_fall(double pos[3], double vel[3], const EvalFlight *flight, double height) {
  const double time = sim_fall_time(flight->pos[2], flight->vel[2], height);
  // a ball that is already below and falling has passed
  if (isnan(time) || (time <= 0 && flight->pos[2] < height)) {
    return false;
  }
  flight_at(pos, flight, time);
  vec_set(vel, flight->vel[0], flight->vel[1], flight->vel[2] - SIM_GRAVITY * time);
  return true;
}

static double flight_apex(const EvalFlight *flight) {
  const double rise = fmax(flight->vel[2], 0);
  return flight->pos[2] + rise * rise / (2 * SIM_GRAVITY);
}

// lowest height of the ball over the net's zone, from `lowest` on; *hits when it is in the net
static double net_height(bool *hits, const EvalFlight *flight, double landing_time, double lowest) {
  double begin, end;
  strike_net_times(&begin, &end, flight->pos, flight->vel, landing_time);
  *hits = lowest < SIM_NET_TOP;
  if (!(begin <= end)) {
    return lowest;
  }
  // concave: lowest at one of the ends
  for (int i = 0; i < 2; i++) {
    double pos[3];
    flight_at(pos, flight, i ? end : begin);
    *hits |= pos[2] < SIM_NET_TOP && fabs(pos[1]) < SIM_COURT_HALF_Y;
    lowest = fmin(lowest, pos[2]);
  }
  return lowest;
}

// ---- while it runs

void eval_watch_start(EvalWatch *watch) {
  *watch = (EvalWatch){.drone_fault = EVAL_NO_FAULT,
                       .highest = -HUGE_VAL,
                       .lowest = HUGE_VAL,
                       .speed = (double)NAN,
                       .fall = (double)NAN};
}

static EvalFault fault_of(SimEventKind kind) {
  switch (kind) {
  case SIM_EVENT_DRONE_GROUND:
    return EVAL_FAULT_DRONE_GROUND;
  case SIM_EVENT_DRONE_NET:
    return EVAL_FAULT_DRONE_NET;
  case SIM_EVENT_DOUBLE_TOUCH:
    return EVAL_FAULT_DOUBLE_TOUCH;
  case SIM_EVENT_BODY_TOUCH:
    return EVAL_FAULT_BODY_TOUCH;
  default:
    return EVAL_NO_FAULT;
  }
}

// what the referee saw: touches and faults of the drone under test; returns whether anybody touched
// the ball
static bool watch_events(EvalWatch *watch, const EvalTrial *trial, const SimState *state) {
  bool touched = false;
  for (int i = 0; i < state->events.n; i++) {
    const SimEvent *event = &state->events.event[i];
    touched |= event->kind == SIM_EVENT_TOUCH || event->kind == SIM_EVENT_BODY_TOUCH;
    if (event->drone != trial->drone) {
      continue;
    }
    if (watch->drone_fault == EVAL_NO_FAULT) {
      watch->drone_fault = fault_of(event->kind);
    }
    // the first touch of a drone is always legal
    if (event->kind == SIM_EVENT_TOUCH && !watch->touched) {
      watch->touched = state->referee.step;
    }
  }
  return touched;
}

static void watch_ball(EvalWatch *watch, const SimState *state, bool touched) {
  const double *pos = state->view.ball_pos, *vel = state->view.ball_vel;
  const int age = state->referee.step - watch->touched;
  assert(age >= 0);
  if (watch->followed || (age > 0 && touched)) {
    watch->followed = true;
    return;
  }
  if (age <= 1) {
    watch->speed = vec_norm(vel);
    watch->fall = vel[2] < 0;
  }
  watch->highest = fmax(watch->highest, pos[2]);
  if (fabs(pos[0]) < SIM_NET_ZONE && fabs(pos[1]) < SIM_COURT_HALF_Y) {
    watch->lowest = fmin(watch->lowest, pos[2]);
  }
  eval_flight_from(&watch->flight, pos, vel);
  watch->followed = age >= SIM_TOUCH_COOLDOWN;
}

// the point that a mover is to be at
static const double *hold_point(const EvalTrial *trial) {
  const EvalPart *part = &trial->part[trial->drone];
  return part->strike == POL_SLOTS ? part->wait.point : part->rest.point;
}

static double distance(const double a[3], const double b[3]) {
  double gap[3];
  vec_sub(gap, a, b);
  return vec_norm(gap);
}

bool eval_watch_step(EvalWatch *watch, const EvalTrial *trial, const SimState *state, int steps) {
  const bool touched = watch_events(watch, trial, state);
  const int step = state->referee.step;
  watch->upstream |= trial->upstream < 0 || eval_trial_touched(state, trial->upstream);
  if (watch->touched) {
    watch_ball(watch, state, touched);
  }
  if (step > steps - LAST_SECOND) {
    watch->error_sum += distance(state->view.drone[trial->drone].pos, hold_point(trial));
    watch->error_steps++;
  }
  const bool too_late = !watch->upstream && state->view.ball_pos[2] < SIM_GROUND;
  assert(watch->error_steps <= LAST_SECOND);
  return watch->drone_fault != EVAL_NO_FAULT || step >= steps || too_late;
}

// ---- at the end

// serve, attack: where the ball lands
static EvalFault judge_landing(EvalOutcome *out, const EvalWatch *watch, const SimGoal *goal,
                               bool sided) {
  double pos[3], vel[3];
  bool net = false;
  const double time = sim_fall_time(watch->flight.pos[2], watch->flight.vel[2], LANDING_HEIGHT);
  const double lowest = net_height(&net, &watch->flight, isfinite(time) ? time : 0, watch->lowest);
  out->clearance = isfinite(lowest) ? lowest - SIM_NET_TOP : (double)NAN;
  if (!eval_flight_fall(pos, vel, &watch->flight, LANDING_HEIGHT)) {
    return EVAL_FAULT_BALL_OUT;
  }
  out->error = hypot(pos[0] - goal->point[0], pos[1] - goal->point[1]);
  out->landing_speed = vec_norm(vel);
  out->in_court = pos[0] < 0 && pos[0] > -SIM_COURT_HALF_X && fabs(pos[1]) < SIM_COURT_HALF_Y;
  out->right_side = out->in_court && pos[1] * goal->point[1] >= 0;
  return net                         ? EVAL_FAULT_BALL_NET
         : !out->in_court            ? EVAL_FAULT_BALL_OUT
         : sided && !out->right_side ? EVAL_FAULT_WRONG_SIDE
                                     : EVAL_NO_FAULT;
}

// receive, pass, set: where the ball falls through the height of the goal
static EvalFault judge_point(EvalOutcome *out, const EvalWatch *watch, const SimGoal *goal,
                             bool apex_counts) {
  double pos[3], vel[3];
  if (eval_flight_fall(pos, vel, &watch->flight, LANDING_HEIGHT)) {
    out->landing_speed = vec_norm(vel);
  }
  const bool passes = eval_flight_fall(pos, vel, &watch->flight, goal->point[2]);
  if (passes) {
    out->error = hypot(pos[0] - goal->point[0], pos[1] - goal->point[1]);
  }
  if (apex_counts && !(fabs(out->apex - goal->apex) <= APEX_TOLERANCE)) {
    return EVAL_FAULT_APEX;
  }
  return passes && out->error <= STRIKE_TOLERANCE ? EVAL_NO_FAULT : EVAL_FAULT_OFF_TARGET;
}

static EvalFault judge_strike(EvalOutcome *out, const EvalWatch *watch, const EvalTrial *trial) {
  const SimGoal *goal = &trial->part[trial->drone].goal;
  out->hit = watch->touched > 0;
  if (!out->hit) {
    return EVAL_FAULT_MISSED;
  }
  out->speed = watch->speed;
  out->fall = watch->fall;
  out->apex = fmax(watch->highest, flight_apex(&watch->flight));
  if (trial->slot == POL_SERVE || trial->slot == POL_ATTACK) {
    return judge_landing(out, watch, goal, trial->slot == POL_ATTACK);
  }
  return judge_point(out, watch, goal, trial->slot == POL_SET && isfinite(goal->apex));
}

static EvalFault judge_hold(EvalOutcome *out, const EvalWatch *watch) {
  out->hit = watch->touched > 0;
  if (watch->drone_fault != EVAL_NO_FAULT || watch->error_steps < LAST_SECOND) {
    return EVAL_FAULT_OFF_TARGET;
  }
  out->error = watch->error_sum / watch->error_steps;
  return out->error < HOVER_TOLERANCE ? EVAL_NO_FAULT : EVAL_FAULT_OFF_TARGET;
}

void eval_watch_end(EvalOutcome *outcome, const EvalWatch *watch, const EvalTrial *trial,
                    const SimState *state) {
  assert(trial->drone >= 0 && trial->drone < SIM_DRONES);
  const double nan = (double)NAN;
  *outcome = (EvalOutcome){.counted = watch->upstream,
                           .crashed = watch->drone_fault != EVAL_NO_FAULT,
                           .steps = state->referee.step,
                           .error = nan,
                           .apex = nan,
                           .clearance = nan,
                           .speed = nan,
                           .landing_speed = nan,
                           .fall = nan};
  const bool strikes = pol_slot_strikes(trial->slot);
  const EvalFault miss = strikes ? judge_strike(outcome, watch, trial) : judge_hold(outcome, watch);
  outcome->success = miss == EVAL_NO_FAULT;
  // what ended the trial comes before what the ball did
  outcome->fault = outcome->crashed ? watch->drone_fault : miss;
}
