// Everything here follows from the referee's books and the ball's exact flight; nothing is
// remembered.
#include "policies/situation.h"

#include <math.h>

#include "sim/ballistics.h"

// ---- what the court shows

void pol_landing(double out[2], const SimState *state, SimTeam team) {
  double pos[3], vel[3];
  sim_mirror_vec(pos, state->view.ball_pos, team);
  sim_mirror_vec(vel, state->view.ball_vel, team);
  const double time = sim_fall_time(pos[2], vel[2], SIM_GROUND);
  const double left = isfinite(time) ? time : 0;
  out[0] = pos[0] + left * vel[0];
  out[1] = pos[1] + left * vel[1];
}

bool pol_passer_locked(const SimReferee *ref, SimTeam team) {
  // before the serve only the server, in its flight only the receiver, after the dig neither
  const bool plays = ref->serve_step == 0 ? ref->server == team : ref->server != team;
  return !ref->flags.is_rally && ref->serve_step <= 2 && (ref->serve_step == 2 || !plays);
}

PolHappened pol_happened(const SimState *state, SimTeam team) {
  PolHappened happened = {.own = -1};
  for (int i = 0; i < state->events.n; i++) {
    const SimEvent *event = &state->events.event[i];
    if (event->kind == SIM_EVENT_CROSS) {
      happened.cross = true;
    } else if (event->kind == SIM_EVENT_TOUCH && sim_team(event->drone) == team) {
      happened.own = (int)sim_role(event->drone);
    } else if (event->kind == SIM_EVENT_TOUCH) {
      happened.opponent = true;
    }
  }
  return happened;
}

// ---- legal options

static const double OUT_MARGIN = 0.12;  // m, the strategy recipe 4

// the opponent's ball, untouched by us, will land outside our half
static bool goes_out(const double landing[2], const SimReferee *ref, SimTeam team) {
  return ref->last_hit_side != team && (fabs(landing[1]) > SIM_COURT_HALF_Y + OUT_MARGIN ||
                                        landing[0] > SIM_COURT_HALF_X + OUT_MARGIN);
}

// the role whose turn it is, or -1
static int turn(const SimState *state, SimTeam team) {
  const SimReferee *ref = &state->referee;
  const bool *hit = &ref->flags.already_hit[sim_drone(team, SIM_PASSER)];
  double landing[2];
  pol_landing(landing, state, team);
  const bool ours = ref->ball_side == team;
  // the own serve is left alone until it has crossed
  const bool serving = ref->server == team && !ref->flags.is_rally && ref->serve_step <= 1 && ours;
  if (serving || (!ours && landing[0] <= 0) || goes_out(landing, ref, team) || hit[SIM_ATTACKER]) {
    return -1;
  }
  if (hit[SIM_SETTER]) {
    return SIM_ATTACKER;
  }
  return hit[SIM_PASSER] || pol_passer_locked(ref, team) ? SIM_SETTER : SIM_PASSER;
}

static uint32_t all_options(const PolOptions *options, PolHead head) {
  return options->n[head] >= 32 ? UINT32_MAX : (UINT32_C(1) << options->n[head]) - 1;
}

static bool is_hover(PolSlot slot) {
  return slot != POL_GOTO && !pol_slot_strikes(slot);
}

void pol_legal_options(uint32_t legal[POL_HEADS], const PolOptions *options, const SimState *state,
                       SimTeam team) {
  const int next = turn(state, team);
  for (int role = 0; role < SIM_ROLES; role++) {
    const bool hit = state->referee.flags.already_hit[sim_drone(team, (SimRole)role)];
    legal[role] = 0;
    for (int i = 0; i < options->n[role]; i++) {
      const PolSlot slot = options->option[role][i].slot;
      const bool fits =
          role == next ? pol_slot_strikes(slot) : (hit ? is_hover(slot) : slot == POL_GOTO);
      legal[role] |= fits ? UINT32_C(1) << i : 0;
    }
    legal[role] = legal[role] ? legal[role] : all_options(options, (PolHead)role);
  }
  legal[POL_HEAD_SERVE] = all_options(options, POL_HEAD_SERVE);
}
