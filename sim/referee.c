// One pass over the drones for touches, then crossing, then faults, in the order of
// sim/README.md 5.1. Everything is judged from velocities and distances; contacts of
// the physics engine are not asked.
#include "sim/referee.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "sim/vec.h"

enum { NEVER = -10 };  // last_hit before the first touch

static const SimRules RULES[] = {{.name = "court", .steps_max = 3000},
                                 {.name = "paper", .steps_max = 1500}};

const SimRules *sim_rules_find(const char *name) {
  for (size_t i = 0; i < sizeof RULES / sizeof RULES[0]; i++) {
    if (strcmp(RULES[i].name, name) == 0) {
      return &RULES[i];
    }
  }
  return NULL;
}

const char *sim_event_name(SimEventKind kind) {
  static const char *const NAME[SIM_EVENT_KINDS] = {
      "touch",   "serve",    "cross",    "drone_ground", "drone_net", "double_touch", "body_touch",
      "ball_in", "ball_out", "ball_net", "both",         "timeout",   "result"};
  return kind < SIM_EVENT_KINDS ? NAME[kind] : NULL;
}

const char *sim_winner_name(SimWinner winner) {
  static const char *const NAME[] = {"near", "far", "draw", "playing"};
  return winner <= SIM_PLAYING ? NAME[winner] : NULL;
}

void sim_referee_reset(SimReferee *ref, SimTeam server) {
  assert(server == SIM_NEAR || server == SIM_FAR);
  memset(ref, 0, sizeof *ref);
  ref->server = ref->ball_side = ref->last_hit_side = server;
  ref->switched = true;
  ref->winner = SIM_PLAYING;
  ref->reason = SIM_EVENT_RESULT;
  for (int i = 0; i < SIM_DRONES; i++) {
    ref->last_hit[i] = NEVER;
  }
}

static void add_event(SimEvents *events, SimEventKind kind, int drone) {
  assert(events->n < SIM_EVENTS_MAX);
  events->event[events->n++] = (SimEvent){kind, drone};
}

// ---- touches (sim/README.md 5.2)

// What one step found, by drone.
typedef struct Touches {
  bool racket[SIM_DRONES], body[SIM_DRONES], twice[SIM_DRONES];
} Touches;

static bool velocity_changed(const SimReferee *ref, const SimView *view, double dt) {
  double change[3];
  vec_sub(change, view->ball_vel, ref->ball_vel);
  return change[2] > SIM_TOUCH_DVZ * dt ||
         change[0] * change[0] + change[1] * change[1] > SIM_TOUCH_DVXY * SIM_TOUCH_DVXY;
}

static bool near_racket(const SimDrone *drone, const double offset[3]) {
  double up[3], aside[3];
  rot_axis(up, drone->rot, 2);
  const double height = vec_dot(offset, up);
  vec_add_scaled(aside, offset, -height, up);
  return height >= 0 && height <= SIM_RACKET_HEIGHT &&
         vec_dot(aside, aside) <= SIM_RACKET_RADIUS * SIM_RACKET_RADIUS;
}

static void find_touches(Touches *touches, SimReferee *ref, const SimView *view, double dt) {
  const bool changed = velocity_changed(ref, view, dt);
  memset(touches, 0, sizeof *touches);
  for (int i = 0; i < SIM_DRONES; i++) {
    if (!sim_present(view, i)) {
      continue;
    }
    double offset[3];
    vec_sub(offset, view->ball_pos, view->drone[i].pos);
    const bool body = vec_dot(offset, offset) < SIM_BODY_NEAR * SIM_BODY_NEAR;
    // a racket is a part of that, by far: its corner is 0.28 m away
    const bool racket = body && near_racket(&view->drone[i], offset);
    if (changed && ref->step - ref->last_hit[i] > SIM_TOUCH_COOLDOWN) {
      touches->racket[i] = racket || ref->racket_near[i];
      touches->body[i] = (body || ref->body_near[i]) && !touches->racket[i];
    }
    ref->racket_near[i] = racket;
    ref->body_near[i] = body;
  }
}

static bool legal(const Touches *touches, int drone) {
  return touches->racket[drone] && !touches->twice[drone];
}

// Steps with a legal touch of a passer count until a setter has touched (sim/README.md 5.6); both
// passers in one step are one.
static void book_phase(SimReferee *ref, const Touches *touches) {
  bool passed = false;
  for (int i = 0; i < SIM_DRONES; i++) {
    ref->flags.is_rally |= legal(touches, i) && sim_role(i) == SIM_SETTER;
    passed |= legal(touches, i) && sim_role(i) == SIM_PASSER;
  }
  ref->serve_step += passed && !ref->flags.is_rally;
}

// events and counters of this step's racket hits; returns whether one was legal
static bool book_touches(SimReferee *ref, const Touches *touches, SimEvents *events) {
  const bool opening = ref->hits == 0;
  int first_legal = -1;
  for (int i = 0; i < SIM_DRONES; i++) {
    if (!touches->racket[i]) {
      continue;
    }
    add_event(events, SIM_EVENT_TOUCH, i);
    ref->last_hit[i] = ref->step;
    ref->last_hit_side = sim_team(i);  // far comes later: it wins a tie (sim/README.md 10)
    if (legal(touches, i)) {
      ref->hits++;
      first_legal = first_legal < 0 ? i : first_legal;
    }
  }
  if (opening && first_legal >= 0) {
    add_event(events, SIM_EVENT_SERVE, first_legal);
  }
  book_phase(ref, touches);
  return first_legal >= 0;
}

// ---- possession (sim/README.md 5.3)

static bool book_crossing(SimReferee *ref, const SimView *view) {
  const SimTeam side = view->ball_pos[0] < 0 ? SIM_FAR : SIM_NEAR;
  if (side == ref->ball_side) {
    return false;
  }
  for (int role = 0; role < SIM_ROLES; role++) {
    ref->flags.already_hit[sim_drone(ref->ball_side, (SimRole)role)] = false;
  }
  ref->ball_side = side;
  return true;
}

// ---- faults (sim/README.md 5.4)

// Which team is charged, and the first charge of each in the order of the event kinds.
typedef struct Charges {
  bool team[SIM_TEAMS];
  SimEventKind reason;
} Charges;

static void charge(Charges *charges, SimEvents *events, SimEventKind kind, int drone,
                   SimTeam loser) {
  assert(kind >= SIM_EVENT_DRONE_GROUND && kind <= SIM_EVENT_BALL_NET);
  assert(drone < 0 || sim_team(drone) == loser);
  if (!charges->team[SIM_NEAR] && !charges->team[SIM_FAR]) {
    charges->reason = kind;
  }
  charges->team[loser] = true;
  add_event(events, kind, drone);
}

static bool over_net(const SimDrone *drone, int i) {
  return sim_team(i) == SIM_NEAR ? drone->pos[0] < SIM_NET_DRONE : drone->pos[0] > -SIM_NET_DRONE;
}

static bool any_fault(const SimView *view, const Touches *touches) {
  bool fault = false;
  for (int i = 0; i < SIM_DRONES; i++) {
    fault |= sim_present(view, i) &&
             (view->drone[i].pos[2] < SIM_GROUND || over_net(&view->drone[i], i) ||
              touches->twice[i] || touches->body[i]);
  }
  return fault;
}

static void charge_drones(Charges *charges, SimEvents *events, const SimView *view,
                          const Touches *touches) {
  if (!any_fault(view, touches)) {
    return;  // nearly always
  }
  for (SimEventKind kind = SIM_EVENT_DRONE_GROUND; kind <= SIM_EVENT_BODY_TOUCH; kind++) {
    for (int i = 0; i < SIM_DRONES; i++) {
      if (!sim_present(view, i)) {
        continue;
      }
      const SimDrone *drone = &view->drone[i];
      const bool fault = kind == SIM_EVENT_DRONE_GROUND   ? drone->pos[2] < SIM_GROUND
                         : kind == SIM_EVENT_DRONE_NET    ? over_net(drone, i)
                         : kind == SIM_EVENT_DOUBLE_TOUCH ? touches->twice[i]
                                                          : touches->body[i];
      if (fault) {
        charge(charges, events, kind, i, sim_team(i));
      }
    }
  }
}

static void charge_ball(Charges *charges, SimEvents *events, const SimReferee *ref,
                        const double pos[3]) {
  const double x = pos[0], y = pos[1], z = pos[2];
  if (z < SIM_GROUND) {
    const bool inside = fabs(x) < SIM_COURT_HALF_X && fabs(y) < SIM_COURT_HALF_Y && x != 0;
    if (inside) {
      charge(charges, events, SIM_EVENT_BALL_IN, -1, x > 0 ? SIM_NEAR : SIM_FAR);
    } else {
      charge(charges, events, SIM_EVENT_BALL_OUT, -1, ref->last_hit_side);
    }
  }
  if (fabs(x) < SIM_NET_ZONE && fabs(y) < SIM_COURT_HALF_Y && z < SIM_NET_TOP) {
    charge(charges, events, SIM_EVENT_BALL_NET, -1, ref->last_hit_side);
  }
}

// SIM_PLAYING when nobody is charged
static SimVerdict weigh(const Charges *charges) {
  const bool near = charges->team[SIM_NEAR], far = charges->team[SIM_FAR];
  if (near && far) {
    return (SimVerdict){SIM_DRAW, SIM_EVENT_BOTH};
  }
  return (SimVerdict){near ? SIM_WIN_FAR : far ? SIM_WIN_NEAR : SIM_PLAYING, charges->reason};
}

static void give_result(SimReferee *ref, const Charges *charges, const SimRules *rules,
                        SimEvents *events) {
  const SimVerdict verdict = weigh(charges);
  if (verdict.winner != SIM_PLAYING && !rules->play_on) {
    ref->winner = verdict.winner;
    ref->reason = verdict.reason;
  } else if (ref->step >= rules->steps_max) {
    ref->winner = SIM_DRAW;
    ref->reason = SIM_EVENT_TIMEOUT;
    add_event(events, SIM_EVENT_TIMEOUT, -1);
  }
  if (ref->winner != SIM_PLAYING) {
    add_event(events, SIM_EVENT_RESULT, -1);
  }
}

void sim_referee_step(SimEvents *events, SimReferee *ref, const SimRules *rules,
                      const SimView *view, double dt) {
  assert(ref->winner == SIM_PLAYING);
  assert(dt > 0 && rules->steps_max > 0);
  Touches touches;
  Charges charges = {.reason = SIM_EVENT_RESULT};
  events->n = 0;
  ref->step++;
  // observations are built before hits are judged
  ref->stale = ref->flags;
  find_touches(&touches, ref, view, dt);
  const bool crossed = book_crossing(ref, view);
  for (int i = 0; i < SIM_DRONES; i++) {
    // a crossing in the same step has cleared the flags of the side the ball left
    touches.twice[i] = touches.racket[i] && ref->flags.already_hit[i];
  }
  const bool touched = book_touches(ref, &touches, events);
  if (crossed) {
    add_event(events, SIM_EVENT_CROSS, -1);
  }
  charge_drones(&charges, events, view, &touches);
  charge_ball(&charges, events, ref, view->ball_pos);
  give_result(ref, &charges, rules, events);
  ref->switched = touched || crossed;
  for (int i = 0; i < SIM_DRONES; i++) {
    ref->flags.already_hit[i] |= touches.racket[i];
  }
  vec_copy(ref->ball_vel, view->ball_vel);
  assert(ref->winner == SIM_PLAYING || ref->reason >= SIM_EVENT_DRONE_GROUND);
}

// ---- what is to come

SimVerdict sim_referee_foresee(const SimReferee *ref, const SimView *view) {
  enum { STEPS_MAX = 3000 };  // the longest clock; a ball that is higher comes down too late
  double pos[3], vel[3];
  vec_copy(pos, view->ball_pos);
  vec_copy(vel, view->ball_vel);
  Charges charges = {.reason = SIM_EVENT_RESULT};
  for (int i = 0; i < STEPS_MAX && weigh(&charges).winner == SIM_PLAYING; i++) {
    SimEvents events = {.n = 0};
    // as MuJoCo's Euler integrator flies it: the velocity first
    vel[2] -= SIM_GRAVITY * SIM_DT;
    vec_add_scaled(pos, pos, SIM_DT, vel);
    charge_ball(&charges, &events, ref, pos);
  }
  return weigh(&charges);
}

// ---- serve phase (sim/README.md 5.6)

SimServePhase sim_referee_phase(const SimReferee *ref, const SimRules *rules, SimTeam team) {
  assert(ref->serve_step >= 0);
  if (ref->flags.is_rally || ref->serve_step >= 3) {
    return SIM_PHASE_FREE;
  }
  const bool serves = team == ref->server;
  switch (ref->serve_step) {
  case 0:
    return serves ? SIM_PHASE_SERVE : SIM_PHASE_RECEIVE_WAIT;
  case 1:
    return serves ? SIM_PHASE_SERVE_HOVER : SIM_PHASE_RECEIVE;
  default:
    return serves            ? SIM_PHASE_SERVE_HOVER
           : rules->released ? SIM_PHASE_FREE
                             : SIM_PHASE_RECEIVE_HOVER;
  }
}
