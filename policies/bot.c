// The state is one byte per match and team; everything else is read from the state of the match.
// No state can hold a team forever: SET, ATTACK and DONE end when the ball crosses or comes down,
// WAIT ends when it comes back, and a locked or used-up drone is skipped.
#include "policies/bot.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/rng.h"

// ---- options by convention

typedef enum Side { SIDE_ANY, SIDE_LEFT, SIDE_RIGHT } Side;

static Side side_of(const PolOption *option) {
  const SimGoal *goal = &option->goal;
  if (goal->side[0] || goal->side[1]) {
    return goal->side[1] ? SIDE_LEFT : SIDE_RIGHT;
  }
  if (option->slot == POL_ATTACK && goal->point[1] != 0) {
    return goal->point[1] < 0 ? SIDE_LEFT : SIDE_RIGHT;
  }
  return SIDE_ANY;
}

// the first option of slot on side, else the first of slot, else -1
static int find_slot(const PolOptions *options, PolHead head, PolSlot slot, Side side) {
  assert((int)head < options->heads);
  int first = -1;
  for (int i = 0; i < options->n[head]; i++) {
    const PolOption *option = &options->option[head][i];
    if (option->slot == slot && side_of(option) == side) {
      return i;
    }
    first = option->slot == slot && first < 0 ? i : first;
  }
  return first;
}

static int find_wait(const PolOptions *options, PolHead head) {
  static const char *const names[] = {"middle", "base"};
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
    const int i = pol_options_find(options, (int)head, names[k]);
    if (i >= 0 && options->option[head][i].slot == POL_GOTO) {
      return i;
    }
  }
  return find_slot(options, head, POL_GOTO, SIDE_ANY);
}

static const PolSlot STRIKE[SIM_ROLES] = {POL_PASS, POL_SET, POL_ATTACK};
static const PolSlot HOVER[SIM_ROLES] = {POL_PASS_HOVER, POL_SET_HOVER, POL_ATTACK_HOVER};

SimStatus pol_bot_check(const PolOptions *options, SimError *err) {
  if (options->kind != POL_TABLE_ROLES) {
    return sim_error(err, SIM_BAD_INPUT,
                     "option table '%s': saw heads that are touches, wanted bot_volley for them",
                     options->name);
  }
  for (int role = 0; role < SIM_ROLES; role++) {
    const PolSlot needed[] = {POL_GOTO, STRIKE[role], HOVER[role]};
    for (size_t k = 0; k < sizeof needed / sizeof needed[0]; k++) {
      if (find_slot(options, (PolHead)role, needed[k], SIDE_ANY) < 0) {
        return sim_error(
            err, SIM_BAD_INPUT,
            "option table '%s': saw no option with skill %s below '%s', wanted one for "
            "the strategy bot",
            options->name, pol_slot_name(needed[k]), options->head[role]);
      }
    }
  }
  return SIM_OK;
}

// ---- the state machine

// the state in which the first role from `from` on that may touch the ball strikes
static PolBotState next_free(const SimReferee *ref, SimTeam team, int from) {
  for (int role = from; role < SIM_ROLES; role++) {
    const bool locked = role == SIM_PASSER && pol_passer_locked(ref, team);
    if (!locked && !ref->flags.already_hit[sim_drone(team, (SimRole)role)]) {
      return (PolBotState)(POL_BOT_PASS + role);
    }
  }
  return POL_BOT_DONE;
}

static PolBotState start_state(const SimReferee *ref, SimTeam team) {
  if (ref->server == team && ref->hits == 0) {
    return POL_BOT_SERVE;
  }
  return ref->ball_side == team ? next_free(ref, team, SIM_PASSER) : POL_BOT_WAIT;
}

// the opponents have used their three touches and the ball comes to us
static bool comes_over(const SimState *state, SimTeam team) {
  const SimTeam other = team == SIM_NEAR ? SIM_FAR : SIM_NEAR;
  for (int role = 0; role < SIM_ROLES; role++) {
    if (!state->referee.flags.already_hit[sim_drone(other, (SimRole)role)]) {
      return false;
    }
  }
  return pol_ball_comes(state, team);
}

PolBotState pol_bot_next(PolBotState phase, bool started, const SimState *state, SimTeam team) {
  const SimReferee *ref = &state->referee;
  const PolHappened happened = pol_happened(state, team);
  const bool ours = ref->ball_side == team;
  if (!started) {
    return start_state(ref, team);
  }
  if (happened.cross) {
    return ours ? next_free(ref, team, SIM_PASSER) : POL_BOT_WAIT;
  }
  if (!ours && happened.own >= 0) {
    return POL_BOT_WAIT;
  }
  if (!ours) {
    return happened.opponent && comes_over(state, team) ? next_free(ref, team, SIM_PASSER) : phase;
  }
  if (phase == POL_BOT_SERVE && happened.own == SIM_PASSER) {
    return POL_BOT_SERVED;
  }
  if (happened.own >= 0) {
    return next_free(ref, team, happened.own + 1);
  }
  return happened.opponent ? next_free(ref, team, SIM_PASSER) : phase;
}

// ---- what to hold in each state

static Side expected_side(const SimState *state, SimTeam team) {
  double landing[2];
  pol_landing(landing, state, team);
  return landing[1] < 0 ? SIDE_LEFT : SIDE_RIGHT;
}

PolBotStyle pol_bot_style(const PolOptions *options) {
  return (PolBotStyle){.wait = find_wait(options, POL_HEAD_PASSER),
                       .attack = {find_slot(options, POL_HEAD_ATTACKER, POL_ATTACK, SIDE_LEFT),
                                  find_slot(options, POL_HEAD_ATTACKER, POL_ATTACK, SIDE_RIGHT)}};
}

PolBotStyle pol_bot_plus_style(const PolOptions *options) {
  PolBotStyle style = pol_bot_style(options);
  const Side sides[2] = {SIDE_LEFT, SIDE_RIGHT};
  for (int k = 0; k < 2; k++) {
    bool found = false;
    for (int i = 0; i < options->n[POL_HEAD_ATTACKER] && !found; i++) {
      const PolOption *option = &options->option[POL_HEAD_ATTACKER][i];
      found = option->calibrated && side_of(option) == sides[k];
      style.attack[k] = found ? i : style.attack[k];
    }
  }
  return style;
}

// strike in the own state, wait before it, hover after it
static int choose(const PolOptions *options, const PolBotStyle *style, PolHead head,
                  const PolMemory *memory, Side side) {
  assert((int)head < SIM_ROLES);
  const int own = POL_BOT_PASS + (int)head;
  if (memory->phase == own) {
    return head == POL_HEAD_ATTACKER ? style->attack[memory->attack_right]
                                     : find_slot(options, head, STRIKE[head], side);
  }
  const bool after = (int)memory->phase > own && memory->phase <= POL_BOT_DONE;
  if (after) {
    return find_slot(options, head, HOVER[head], SIDE_ANY);
  }
  return head == POL_HEAD_PASSER ? style->wait : find_wait(options, head);
}

// the first legal one of: what was chosen, what the style knows, any
static int obey(int option, const PolBotStyle *style, PolHead head, bool right, uint32_t legal) {
  assert(option >= 0 && option < 32 && legal != 0);
  const int known = head == POL_HEAD_PASSER     ? style->wait
                    : head == POL_HEAD_ATTACKER ? style->attack[right]
                                                : option;
  if (legal >> option & 1u) {
    return option;
  }
  return legal >> known & 1u ? known : __builtin_ctz(legal);
}

void pol_bot_decide(PolMemory *memory, const PolBotStyle *style, const uint32_t *legal,
                    const PolOptions *options, const SimState *state, SimTeam team) {
  const PolBotState before = (PolBotState)memory->phase;
  const PolBotState phase = pol_bot_next(before, memory->started, state, team);
  if (phase == POL_BOT_ATTACK && before != POL_BOT_ATTACK) {
    SimRng rng = sim_rng(state->seed, state->rally, (uint32_t)state->referee.step,
                         (uint32_t)(SIM_RNG_STRATEGY + team));
    memory->attack_right = (sim_rng_u32(&rng) & 1u) != 0;
  }
  memory->phase = (uint8_t)phase;
  memory->started = true;
  const Side side = expected_side(state, team);
  for (int role = 0; role < SIM_ROLES; role++) {
    const PolHead head = (PolHead)role;
    int option = choose(options, style, head, memory, role == SIM_PASSER ? side : SIDE_ANY);
    option = legal ? obey(option, style, head, memory->attack_right, legal[role]) : option;
    assert(option >= 0);
    memory->held[role] = (uint8_t)option;
  }
  memory->held[POL_HEAD_SERVE] = 0;
}
