// One step of the referee as functions of the processor and of a GPU: one pass over the drones for
// touches, then crossing, then faults, in the order of sim/README.md 5.1. Everything is judged from
// velocities and distances; contacts of the physics engine are not asked.
#ifndef SIM_JUDGE_H_
#define SIM_JUDGE_H_

#include <assert.h>
#include <math.h>
#include <string.h>

#include "sim/referee.h"
#include "sim/vec.h"

enum { SIM_JUDGE_NEVER = -10 };  // last_hit before the first touch

SIM_HD void sim_judge_reset(SimReferee *ref, SimTeam server) {
  assert(server == SIM_NEAR || server == SIM_FAR);
  memset(ref, 0, sizeof *ref);
  ref->server = ref->ball_side = ref->last_hit_side = server;
  ref->switched = true;
  ref->winner = SIM_PLAYING;
  ref->reason = SIM_EVENT_RESULT;
  for (int i = 0; i < SIM_DRONES; i++) {
    ref->last_hit[i] = SIM_JUDGE_NEVER;
  }
}

SIM_HD void sim_judge_add_event(SimEvents *events, SimEventKind kind, int drone) {
  assert(events->n < SIM_EVENTS_MAX);
  SimEvent *event = &events->event[events->n++];
  event->kind = kind;
  event->drone = drone;
}

// ---- touches (sim/README.md 5.2)

// What one step found, by drone.
typedef struct SimTouches {
  bool racket[SIM_DRONES], body[SIM_DRONES], twice[SIM_DRONES];
} SimTouches;

SIM_HD bool sim_judge_velocity_changed(const SimReferee *ref, const SimView *view, double dt) {
  double change[3];
  vec_sub(change, view->ball_vel, ref->ball_vel);
  return change[2] > SIM_TOUCH_DVZ * dt ||
         change[0] * change[0] + change[1] * change[1] > SIM_TOUCH_DVXY * SIM_TOUCH_DVXY;
}

SIM_HD bool sim_judge_near_racket(const SimDrone *drone, const double offset[3]) {
  double up[3], aside[3];
  rot_axis(up, drone->rot, 2);
  const double height = vec_dot(offset, up);
  vec_add_scaled(aside, offset, -height, up);
  return height >= 0 && height <= SIM_RACKET_HEIGHT &&
         vec_dot(aside, aside) <= SIM_RACKET_RADIUS * SIM_RACKET_RADIUS;
}

SIM_HD void sim_judge_find_touches(SimTouches *touches, SimReferee *ref, const SimView *view,
                                   double dt) {
  const bool changed = sim_judge_velocity_changed(ref, view, dt);
  memset(touches, 0, sizeof *touches);
  for (int i = 0; view->roster >> i; i++) {
    if (!sim_present(view, i)) {
      continue;
    }
    double offset[3];
    vec_sub(offset, view->ball_pos, view->drone[i].pos);
    const bool body = vec_dot(offset, offset) < SIM_BODY_NEAR * SIM_BODY_NEAR;
    // a racket is a part of that, by far: its corner is 0.28 m away
    const bool racket = body && sim_judge_near_racket(&view->drone[i], offset);
    if (changed && ref->step - ref->last_hit[i] > SIM_TOUCH_COOLDOWN) {
      touches->racket[i] = racket || ref->racket_near[i];
      touches->body[i] = (body || ref->body_near[i]) && !touches->racket[i];
    }
    ref->racket_near[i] = racket;
    ref->body_near[i] = body;
  }
}

SIM_HD bool sim_judge_legal(const SimTouches *touches, int drone) {
  return touches->racket[drone] && !touches->twice[drone];
}

// Steps with a legal touch of a passer count until a setter has touched (sim/README.md 5.6); both
// passers in one step are one.
SIM_HD void sim_judge_book_phase(SimReferee *ref, const SimTouches *touches) {
  bool passed = false;
  for (int i = 0; i < SIM_DRONES; i++) {
    ref->flags.is_rally |= sim_judge_legal(touches, i) && sim_role(i) == SIM_SETTER;
    passed |= sim_judge_legal(touches, i) && sim_role(i) == SIM_PASSER;
  }
  ref->serve_step += passed && !ref->flags.is_rally;
}

// events and counters of this step's racket hits; returns whether one was legal
SIM_HD bool sim_judge_book_touches(SimReferee *ref, const SimTouches *touches, SimEvents *events) {
  const bool opening = ref->hits == 0;
  int first_legal = -1;
  for (int i = 0; i < SIM_DRONES; i++) {
    if (!touches->racket[i]) {
      continue;
    }
    sim_judge_add_event(events, SIM_EVENT_TOUCH, i);
    ref->last_hit[i] = ref->step;
    ref->last_hit_side = sim_team(i);  // far comes later: it wins a tie (sim/README.md 10)
    if (sim_judge_legal(touches, i)) {
      ref->hits++;
      first_legal = first_legal < 0 ? i : first_legal;
    }
  }
  if (opening && first_legal >= 0) {
    sim_judge_add_event(events, SIM_EVENT_SERVE, first_legal);
  }
  sim_judge_book_phase(ref, touches);
  return first_legal >= 0;
}

// ---- possession (sim/README.md 5.3)

SIM_HD bool sim_judge_book_crossing(SimReferee *ref, const SimView *view) {
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
typedef struct SimCharges {
  bool team[SIM_TEAMS];
  SimEventKind reason;
} SimCharges;

SIM_HD void sim_judge_charge(SimCharges *charges, SimEvents *events, SimEventKind kind, int drone,
                             SimTeam loser) {
  assert(kind >= SIM_EVENT_DRONE_GROUND && kind <= SIM_EVENT_BALL_NET);
  assert(drone < 0 || sim_team(drone) == loser);
  if (!charges->team[SIM_NEAR] && !charges->team[SIM_FAR]) {
    charges->reason = kind;
  }
  charges->team[loser] = true;
  sim_judge_add_event(events, kind, drone);
}

SIM_HD bool sim_judge_over_net(const SimDrone *drone, int i) {
  return sim_team(i) == SIM_NEAR ? drone->pos[0] < SIM_NET_DRONE : drone->pos[0] > -SIM_NET_DRONE;
}

SIM_HD bool sim_judge_any_fault(const SimView *view, const SimTouches *touches) {
  bool fault = false;
  for (int i = 0; view->roster >> i; i++) {
    fault |= sim_present(view, i) &&
             (view->drone[i].pos[2] < SIM_GROUND || sim_judge_over_net(&view->drone[i], i) ||
              touches->twice[i] || touches->body[i]);
  }
  return fault;
}

SIM_HD void sim_judge_charge_drones(SimCharges *charges, SimEvents *events, const SimView *view,
                                    const SimTouches *touches) {
  if (!sim_judge_any_fault(view, touches)) {
    return;  // nearly always
  }
  for (int k = SIM_EVENT_DRONE_GROUND; k <= SIM_EVENT_BODY_TOUCH; k++) {
    const SimEventKind kind = (SimEventKind)k;
    for (int i = 0; view->roster >> i; i++) {
      if (!sim_present(view, i)) {
        continue;
      }
      const SimDrone *drone = &view->drone[i];
      const bool fault = kind == SIM_EVENT_DRONE_GROUND   ? drone->pos[2] < SIM_GROUND
                         : kind == SIM_EVENT_DRONE_NET    ? sim_judge_over_net(drone, i)
                         : kind == SIM_EVENT_DOUBLE_TOUCH ? touches->twice[i]
                                                          : touches->body[i];
      if (fault) {
        sim_judge_charge(charges, events, kind, i, sim_team(i));
      }
    }
  }
}

SIM_HD void sim_judge_charge_ball(SimCharges *charges, SimEvents *events, const SimReferee *ref,
                                  const double pos[3]) {
  const double x = pos[0], y = pos[1], z = pos[2];
  if (z < SIM_GROUND) {
    const bool inside = fabs(x) < SIM_COURT_HALF_X && fabs(y) < SIM_COURT_HALF_Y && x != 0;
    if (inside) {
      sim_judge_charge(charges, events, SIM_EVENT_BALL_IN, -1, x > 0 ? SIM_NEAR : SIM_FAR);
    } else {
      sim_judge_charge(charges, events, SIM_EVENT_BALL_OUT, -1, ref->last_hit_side);
    }
  }
  if (fabs(x) < SIM_NET_ZONE && fabs(y) < SIM_COURT_HALF_Y && z < SIM_NET_TOP) {
    sim_judge_charge(charges, events, SIM_EVENT_BALL_NET, -1, ref->last_hit_side);
  }
}

// SIM_PLAYING when nobody is charged
SIM_HD SimVerdict sim_judge_weigh(const SimCharges *charges) {
  const bool near = charges->team[SIM_NEAR], far = charges->team[SIM_FAR];
  SimVerdict verdict;
  if (near && far) {
    verdict.winner = SIM_DRAW;
    verdict.reason = SIM_EVENT_BOTH;
  } else {
    verdict.winner = near ? SIM_WIN_FAR : far ? SIM_WIN_NEAR : SIM_PLAYING;
    verdict.reason = charges->reason;
  }
  return verdict;
}

SIM_HD void sim_judge_give_result(SimReferee *ref, const SimCharges *charges, const SimRules *rules,
                                  SimEvents *events) {
  const SimVerdict verdict = sim_judge_weigh(charges);
  if (verdict.winner != SIM_PLAYING && !rules->play_on) {
    ref->winner = verdict.winner;
    ref->reason = verdict.reason;
  } else if (ref->step >= rules->steps_max) {
    ref->winner = SIM_DRAW;
    ref->reason = SIM_EVENT_TIMEOUT;
    sim_judge_add_event(events, SIM_EVENT_TIMEOUT, -1);
  }
  if (ref->winner != SIM_PLAYING) {
    sim_judge_add_event(events, SIM_EVENT_RESULT, -1);
  }
}

SIM_HD void sim_judge_step(SimEvents *events, SimReferee *ref, const SimRules *rules,
                           const SimView *view, double dt) {
  assert(ref->winner == SIM_PLAYING);
  assert(dt > 0 && rules->steps_max > 0);
  SimTouches touches;
  SimCharges charges = {{false, false}, SIM_EVENT_RESULT};
  events->n = 0;
  ref->step++;
  // observations are built before hits are judged
  ref->stale = ref->flags;
  sim_judge_find_touches(&touches, ref, view, dt);
  const bool crossed = sim_judge_book_crossing(ref, view);
  for (int i = 0; i < SIM_DRONES; i++) {
    // a crossing in the same step has cleared the flags of the side the ball left
    touches.twice[i] = touches.racket[i] && ref->flags.already_hit[i];
  }
  const bool touched = sim_judge_book_touches(ref, &touches, events);
  if (crossed) {
    sim_judge_add_event(events, SIM_EVENT_CROSS, -1);
  }
  sim_judge_charge_drones(&charges, events, view, &touches);
  sim_judge_charge_ball(&charges, events, ref, view->ball_pos);
  sim_judge_give_result(ref, &charges, rules, events);
  ref->switched = touched || crossed;
  for (int i = 0; i < SIM_DRONES; i++) {
    ref->flags.already_hit[i] |= touches.racket[i];
  }
  vec_copy(ref->ball_vel, view->ball_vel);
  assert(ref->winner == SIM_PLAYING || ref->reason >= SIM_EVENT_DRONE_GROUND);
}

#endif  // SIM_JUDGE_H_
