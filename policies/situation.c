// Everything here follows from the referee's books and the ball's exact flight; nothing is
// remembered.
#include "policies/situation.h"

#include <assert.h>
#include <math.h>
#include <string.h>

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

static const double OVER_MARGIN = 1;  // m, nearer balls can be struck before they cross

bool pol_ball_comes(const SimState *state, SimTeam team) {
  const SimReferee *ref = &state->referee;
  const SimWinner theirs = team == SIM_NEAR ? SIM_WIN_FAR : SIM_WIN_NEAR;
  return ref->last_hit_side == team ? ref->ball_side == team
                                    : sim_referee_foresee(ref, &state->view).winner == theirs;
}

bool pol_ball_goes_over(const SimState *state, SimTeam team) {
  const SimReferee *ref = &state->referee;
  double landing[2];
  pol_landing(landing, state, team);
  return ref->hits > 0 && ref->last_hit_side == team && landing[0] < -OVER_MARGIN &&
         sim_referee_foresee(ref, &state->view).reason != SIM_EVENT_BALL_NET;
}

int pol_turn(const SimState *state, SimTeam team) {
  const SimReferee *ref = &state->referee;
  const bool *hit = &ref->flags.already_hit[sim_drone(team, SIM_PASSER)];
  // the own serve is left alone until it has crossed
  const bool serving =
      ref->server == team && !ref->flags.is_rally && ref->serve_step <= 1 && ref->ball_side == team;
  if (serving || hit[SIM_ATTACKER] || !pol_ball_comes(state, team) ||
      pol_ball_goes_over(state, team)) {
    return -1;
  }
  if (hit[SIM_SETTER]) {
    return SIM_ATTACKER;
  }
  return hit[SIM_PASSER] || pol_passer_locked(ref, team) ? SIM_SETTER : SIM_PASSER;
}

bool pol_opponents_have_ball(const SimReferee *ref, SimTeam team) {
  if (ref->hits == 0) {
    return ref->server != team;
  }
  return ref->last_hit_side != team || ref->ball_side != team;
}

bool pol_serve_asked(const SimReferee *ref, SimTeam team) {
  return ref->step == 0 && ref->server == team;
}

bool pol_head_asked(const PolOptions *options, int head, const PolMemory *memory,
                    const SimState *state, SimTeam team) {
  if (options->kind == POL_TABLE_VOLLEY) {
    return pol_volley_asked((PolVolleyHead)head, &memory->plan, state, team);
  }
  return head != options->serve_head || pol_serve_asked(&state->referee, team);
}

void pol_note_decision(PolMemory *memory, const PolOptions *options, const SimState *state,
                       SimTeam team) {
  if (options->kind == POL_TABLE_VOLLEY) {
    pol_plan_update(&memory->plan, options, memory->held, state, team);
  } else {
    pol_note_attack(memory, state, team);
  }
}

void pol_reopen(PolMemory *memory) {
  memory->locked = 0;
  memory->plan.turn = POL_TURN_DEFEND;
}

bool pol_option_followed(int *head, int *option, const PolOptions *options, const PolMemory *memory,
                         PolSlot slot, int drone) {
  const int role = (int)sim_role(drone);
  const bool forced = slot == POL_RECEIVE || slot == POL_SERVE_HOVER || slot == POL_RECEIVE_HOVER;
  if (options->kind == POL_TABLE_VOLLEY) {
    *head = (int)pol_turn_head((PolTurn)memory->plan.turn);
    *option = memory->held[*head];
    return memory->plan.striker == role;
  }
  *head = slot == POL_SERVE ? options->serve_head : role;
  *option = memory->held[*head];
  return !forced;
}

static uint32_t all_options(const PolOptions *options, PolHead head) {
  assert(options->n[head] >= 1 && options->n[head] <= 32);
  return options->n[head] >= 32 ? UINT32_MAX : (UINT32_C(1) << options->n[head]) - 1;
}

static uint32_t lowest(uint32_t bits) {
  return bits & (~bits + 1);
}

static bool is_hover(PolSlot slot) {
  return slot != POL_GOTO && !pol_slot_strikes(slot);
}

// a drone that is to do nothing with the ball may hold option i
static bool fits_idle(const PolOptions *options, int role, int i, const SimReferee *ref,
                      SimTeam team) {
  assert(role >= 0 && role < SIM_ROLES);
  const PolSlot slot = options->option[role][i].slot;
  const bool theirs = pol_opponents_have_ball(ref, team);
  if (ref->flags.already_hit[sim_drone(team, (SimRole)role)] || (role == SIM_PASSER && !theirs)) {
    return is_hover(slot);
  }
  const bool spread = i == options->spread[role];
  return slot == POL_GOTO && (!spread || (theirs && !options->spread_by_rule));
}

void pol_legal_options(uint32_t legal[POL_HEADS_MAX], const PolOptions *options,
                       const SimState *state, SimTeam team) {
  memset(legal, 0, POL_HEADS_MAX * sizeof *legal);
  const SimReferee *ref = &state->referee;
  const int next = pol_turn(state, team);
  for (int role = 0; role < SIM_ROLES; role++) {
    for (int i = 0; i < options->n[role]; i++) {
      const bool fits = role == next ? pol_slot_strikes(options->option[role][i].slot)
                                     : fits_idle(options, role, i, ref, team);
      legal[role] |= fits ? UINT32_C(1) << i : 0;
    }
    legal[role] = legal[role] ? legal[role] : all_options(options, (PolHead)role);
  }
  if (!ref->flags.is_rally && ref->serve_step <= 2) {
    legal[POL_HEAD_PASSER] = lowest(legal[POL_HEAD_PASSER]);
  }
  const uint32_t serves = all_options(options, POL_HEAD_SERVE);
  legal[POL_HEAD_SERVE] = pol_serve_asked(ref, team) ? serves : 1;
}

void pol_legal(uint32_t legal[POL_HEADS_MAX], const PolOptions *options, const PolMemory *memory,
               const SimState *state, SimTeam team) {
  if (options->kind == POL_TABLE_VOLLEY) {
    pol_volley_legal(legal, options, memory->held, &memory->plan, state, team);
  } else {
    pol_legal_options(legal, options, state, team);
  }
}

void pol_lock_attack(uint32_t legal[POL_HEADS_MAX], const PolMemory *memory, const SimState *state,
                     SimTeam team) {
  if (memory->locked > 0 && pol_turn(state, team) == SIM_ATTACKER) {
    legal[POL_HEAD_ATTACKER] = UINT32_C(1) << (memory->locked - 1);
  }
}

void pol_note_attack(PolMemory *memory, const SimState *state, SimTeam team) {
  const bool attacks = pol_turn(state, team) == SIM_ATTACKER;
  memory->locked = attacks ? (uint8_t)(memory->held[POL_HEAD_ATTACKER] + 1) : 0;
}

const PolOption *pol_formation(const PolOptions *options, SimRole role, int held,
                               const SimReferee *ref, SimTeam team) {
  const PolOption *option = &options->option[role][held];
  const int spread = options->spread[role];
  const bool spreads = options->spread_by_rule && spread >= 0 && role != SIM_PASSER &&
                       option->slot == POL_GOTO && pol_opponents_have_ball(ref, team);
  return spreads ? &options->option[role][spread] : option;
}
