#include "tests/support/rules.h"

#include <string.h>

static bool has(const SimEvents *events, SimEventKind kind, int drone) {
  for (int i = 0; i < events->n; i++) {
    if (events->event[i].kind == kind && events->event[i].drone == drone) {
      return true;
    }
  }
  return false;
}

// the team that an event charges, or -1
static int charged(const SimEvent *event, const SimView *view, const SimReferee *after) {
  switch (event->kind) {
  case SIM_EVENT_DRONE_GROUND:
  case SIM_EVENT_DRONE_NET:
  case SIM_EVENT_DOUBLE_TOUCH:
  case SIM_EVENT_BODY_TOUCH:
    return (int)sim_team(event->drone);
  case SIM_EVENT_BALL_IN:
    return view->ball_pos[0] > 0 ? SIM_NEAR : SIM_FAR;
  case SIM_EVENT_BALL_OUT:
  case SIM_EVENT_BALL_NET:
    return (int)after->last_hit_side;
  case SIM_EVENT_TOUCH:
  case SIM_EVENT_SERVE:
  case SIM_EVENT_CROSS:
  case SIM_EVENT_BOTH:
  case SIM_EVENT_TIMEOUT:
  case SIM_EVENT_RESULT:
  case SIM_EVENT_KINDS:
    break;
  }
  return -1;
}

static const char *broken_touches(const SimReferee *before, const SimReferee *after,
                                  const SimEvents *events) {
  const bool cross = has(events, SIM_EVENT_CROSS, -1);
  int legal = 0;
  for (int i = 0; i < SIM_DRONES; i++) {
    const bool touch = has(events, SIM_EVENT_TOUCH, i);
    const bool twice = has(events, SIM_EVENT_DOUBLE_TOUCH, i);
    legal += touch && !twice;
    if (twice && !touch) {
      return "a double touch without a touch";
    }
    if (touch && !twice && before->flags.already_hit[i] &&
        !(cross && sim_team(i) == before->ball_side)) {
      return "two legal touches of a drone in one possession";
    }
    if (touch && !after->flags.already_hit[i]) {
      return "a touch is not remembered";
    }
    if (touch && after->step - before->last_hit[i] <= SIM_TOUCH_COOLDOWN) {
      return "a touch within the cool-down";
    }
  }
  if (after->hits != before->hits + legal) {
    return "hits are not the legal touches";
  }
  if (after->switched != (legal > 0 || cross)) {
    return "strategies are asked without an event, or not asked at one";
  }
  return NULL;
}

static const char *broken_result(const SimReferee *after, const SimEvents *events,
                                 const SimView *view, const SimRules *rules) {
  bool loses[SIM_TEAMS] = {false, false}, reason_seen = false;
  for (int i = 0; i < events->n; i++) {
    const int team = charged(&events->event[i], view, after);
    if (team >= 0) {
      loses[team] = true;
      reason_seen |= events->event[i].kind == after->reason;
    }
  }
  const bool fault = loses[SIM_NEAR] || loses[SIM_FAR], late = after->step >= rules->steps_max;
  if (has(events, SIM_EVENT_RESULT, -1) != (after->winner != SIM_PLAYING)) {
    return "the result has no event, or the event no result";
  }
  if ((after->winner != SIM_PLAYING) != (fault || late)) {
    return "the rally ends without a fault or the clock, or goes on after one";
  }
  if (!fault) {
    return late && (after->winner != SIM_DRAW || after->reason != SIM_EVENT_TIMEOUT)
               ? "the clock's end is not a draw"
               : NULL;
  }
  const SimWinner wanted = loses[SIM_NEAR] && loses[SIM_FAR] ? SIM_DRAW
                           : loses[SIM_NEAR]                 ? SIM_WIN_FAR
                                                             : SIM_WIN_NEAR;
  if (after->winner != wanted) {
    return "the wrong team wins";
  }
  return (wanted == SIM_DRAW ? after->reason == SIM_EVENT_BOTH : reason_seen)
             ? NULL
             : "the reason is not a fault of the loser";
}

const char *test_broken_rule(const SimReferee *before, const SimReferee *after,
                             const SimEvents *events, const SimView *view, const SimRules *rules) {
  if (after->step != before->step + 1) {
    return "a step is not counted once";
  }
  if (memcmp(&after->stale, &before->flags, sizeof after->stale) != 0) {
    return "stale flags are not those before the step";
  }
  if (before->flags.is_rally && !after->flags.is_rally) {
    return "a rally became a serve again";
  }
  bool passed = false, set = before->flags.is_rally;
  for (int i = 0; i < SIM_DRONES; i++) {
    const bool legal = has(events, SIM_EVENT_TOUCH, i) && !has(events, SIM_EVENT_DOUBLE_TOUCH, i);
    passed |= legal && sim_role(i) == SIM_PASSER;
    set |= legal && sim_role(i) == SIM_SETTER;
  }
  if (after->flags.is_rally != set) {
    return "a rally begins without a setter's touch, or not at one";
  }
  if (after->serve_step != before->serve_step + (passed && !set)) {
    return "the serve counter is not the steps with a touch of a passer";
  }
  if (after->ball_side != (view->ball_pos[0] < 0 ? SIM_FAR : SIM_NEAR)) {
    return "the ball's side is wrong";
  }
  for (int i = 1; i < events->n; i++) {
    if (events->event[i].kind < events->event[i - 1].kind) {
      return "events are out of order";
    }
  }
  const char *broken = broken_touches(before, after, events);
  return broken ? broken : broken_result(after, events, view, rules);
}
