#include "viz/words.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

const char *viz_team_side(SimTeam team) {
  return team == SIM_NEAR ? "near" : "far";
}

const char *viz_role_name(SimRole role) {
  assert(role <= SIM_ATTACKER);
  static const char *const NAME[SIM_ROLES] = {"passer", "setter", "attacker"};
  return NAME[role];
}

const char *viz_skill_name(const VizInfo *info, uint8_t skill) {
  if (skill == SIM_SKILL_FLAT) {
    return "flat";
  }
  return skill < info->skills ? info->skill[skill] : "-";
}

int viz_touches(const SimState *state) {
  int most = 0;
  for (int team = 0; team < SIM_TEAMS; team++) {
    int touches = 0;
    for (int role = 0; role < SIM_ROLES; role++) {
      touches += state->referee.flags.already_hit[sim_drone((SimTeam)team, (SimRole)role)];
    }
    most = touches > most ? touches : most;
  }
  return most;
}

bool viz_landing(double point[2], double *time, const SimView *view, double height) {
  const double drop = view->ball_pos[2] - height, vz = view->ball_vel[2];
  const double square = vz * vz + 2 * SIM_GRAVITY * drop;
  if (square < 0) {
    return false;
  }
  *time = fmax((vz + sqrt(square)) / SIM_GRAVITY, 0);
  for (int k = 0; k < 2; k++) {
    point[k] = view->ball_pos[k] + *time * view->ball_vel[k];
  }
  return true;
}

void viz_words_result(char *out, size_t size, SimWinner winner) {
  if (winner == SIM_WIN_NEAR || winner == SIM_WIN_FAR) {
    snprintf(out, size, "point for %s", winner == SIM_WIN_NEAR ? "near" : "far");
  } else {
    snprintf(out, size, "%s", winner == SIM_DRAW ? "draw" : "");
  }
}

// the last touch of the rally: drone and the skill it was flying; -1 when nobody touched
static int last_touch(uint8_t *skill, const VizSource *source) {
  for (int i = viz_source_frames(source) - 1; i > 0; i--) {
    const VizFrame *frame = viz_source_frame(source, i);
    for (int e = 0; e < frame->state.events.n; e++) {
      const SimEvent *event = &frame->state.events.event[e];
      if (event->kind == SIM_EVENT_TOUCH && event->drone >= 0) {
        *skill = frame->skill[event->drone];
        return event->drone;
      }
    }
  }
  return -1;
}

// the drone that the last frame charges with a fault of this kind, -1 when none
static int charged(const VizFrame *frame, SimEventKind kind) {
  for (int e = 0; e < frame->state.events.n; e++) {
    if (frame->state.events.event[e].kind == kind) {
      return frame->state.events.event[e].drone;
    }
  }
  return -1;
}

static void ball_words(char *out, size_t size, const VizSource *source, SimTeam loser,
                       SimEventKind reason) {
  uint8_t skill = VIZ_NO_SKILL;
  const int drone = last_touch(&skill, source);
  const char *side = viz_team_side(loser), *what = viz_skill_name(viz_source_info(source), skill);
  assert(drone < SIM_DRONES);
  if (drone < 0) {
    snprintf(out, size, "%s: ball down without a touch", side);
  } else if (reason == SIM_EVENT_BALL_IN && sim_team(drone) != loser) {
    snprintf(out, size, "%s: ball down in the court after %s by %s", side, what,
             viz_team_side(sim_team(drone)));
  } else {
    const char *where = reason == SIM_EVENT_BALL_OUT   ? "ball out"
                        : reason == SIM_EVENT_BALL_NET ? "ball in the net"
                                                       : "ball down in its own court";
    snprintf(out, size, "%s: %s after %s", side, where, what);
  }
}

static void drone_words(char *out, size_t size, const VizFrame *frame, SimTeam loser,
                        SimEventKind reason) {
  const int drone = charged(frame, reason);
  const char *what = reason == SIM_EVENT_DRONE_GROUND   ? "on the ground"
                     : reason == SIM_EVENT_DRONE_NET    ? "at the net"
                     : reason == SIM_EVENT_DOUBLE_TOUCH ? "touched the ball twice"
                                                        : "hit the ball with its body";
  snprintf(out, size, "%s: %s %s", viz_team_side(loser),
           drone >= 0 ? viz_role_name(sim_role(drone)) : "drone", what);
}

void viz_words_reason(char *out, size_t size, const VizSource *source) {
  const int n = viz_source_frames(source);
  snprintf(out, size, "%s", "");
  if (n == 0 || !viz_source_over(source)) {
    return;
  }
  const VizFrame *frame = viz_source_frame(source, n - 1);
  const SimReferee *referee = &frame->state.referee;
  const SimTeam loser = referee->winner == SIM_WIN_NEAR ? SIM_FAR : SIM_NEAR;
  switch (referee->reason) {
  case SIM_EVENT_DRONE_GROUND:
  case SIM_EVENT_DRONE_NET:
  case SIM_EVENT_DOUBLE_TOUCH:
  case SIM_EVENT_BODY_TOUCH:
    drone_words(out, size, frame, loser, referee->reason);
    break;
  case SIM_EVENT_BALL_IN:
  case SIM_EVENT_BALL_OUT:
  case SIM_EVENT_BALL_NET:
    ball_words(out, size, source, loser, referee->reason);
    break;
  case SIM_EVENT_BOTH:
    snprintf(out, size, "both: a fault on each side at once");
    break;
  case SIM_EVENT_TIMEOUT:
    snprintf(out, size, "both: the clock of %d s ran out", referee->step / 100);
    break;
  case SIM_EVENT_TOUCH:
  case SIM_EVENT_SERVE:
  case SIM_EVENT_CROSS:
  case SIM_EVENT_RESULT:
  case SIM_EVENT_KINDS:
    break;
  }
}
