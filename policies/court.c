// Written front to back like the published layouts; scales are the court's and the drones' usual
// speeds.
#include "policies/court.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "sim/ballistics.h"

enum { PLAYER = 13 };

// position, quaternion, velocity, angular velocity
static const float PLAYER_SCALE[PLAYER] = {4, 4, 2, 1, 1, 1, 1, 3, 3, 3, 5, 5, 5};
static const float BALL_SCALE[6] = {6, 4, 4, 6, 4, 6};
#define SECONDS_SCALE 20.0
#define FALL_SCALE 1.5

static void scale_published(float *out) {
  for (int i = 0; i < SIM_DRONES * PLAYER; i++) {
    out[i] /= PLAYER_SCALE[i % PLAYER];
  }
  for (int i = 0; i < 6; i++) {
    out[SIM_DRONES * PLAYER + i] /= BALL_SCALE[i];
  }
}

static void put_happened(float out[8], const SimState *state, SimTeam team) {
  out[0] = state->referee.step == 0 ? 1 : 0;
  for (int i = 0; i < state->events.n; i++) {
    const SimEvent *event = &state->events.event[i];
    if (event->kind == SIM_EVENT_TOUCH) {
      const bool own = sim_team(event->drone) == team;
      out[(own ? 1 : 1 + SIM_ROLES) + (int)sim_role(event->drone)] = 1;
    } else if (event->kind == SIM_EVENT_CROSS) {
      out[7] = 1;
    }
  }
}

static void put_landing(float out[3], const SimState *state, SimTeam team) {
  double place[2];
  pol_landing(place, state, team);
  const double time = sim_fall_time(state->view.ball_pos[2], state->view.ball_vel[2], SIM_GROUND);
  out[0] = (float)(place[0] / 6);
  out[1] = (float)(place[1] / 4);
  out[2] = (float)((isfinite(time) ? time : 0) / FALL_SCALE);
}

static bool is_kind(PolSlot slot, bool strike) {
  return strike ? pol_slot_strikes(slot) : slot == POL_GOTO;
}

// one-hot of the held option among those of head that strike, or that move
static void put_held(float out[POL_COURT_KINDS_MAX], const PolOptions *options, PolHead head,
                     int held, bool strike) {
  int k = 0;
  if (!is_kind(options->option[head][held].slot, strike)) {
    return;
  }
  for (int i = 0; i < held; i++) {
    k += is_kind(options->option[head][i].slot, strike);
  }
  assert(k < POL_COURT_KINDS_MAX);
  out[k] = 1;
}

void pol_court_common(float out[POL_COURT_WAIT], const SimState *state, SimTeam team) {
  const SimReferee *ref = &state->referee;
  sim_obs_strategy(out, &state->view, &ref->flags, team);
  scale_published(out);
  memset(out + POL_COURT_HAPPENED, 0, (POL_COURT_WAIT - POL_COURT_HAPPENED) * sizeof *out);
  put_happened(out + POL_COURT_HAPPENED, state, team);
  out[POL_COURT_SECONDS] = (float)(ref->step * SIM_DT / SECONDS_SCALE);
  put_landing(out + POL_COURT_LANDING, state, team);
}

void pol_court_observe(float out[POL_COURT_SIZE], const PolOptions *options,
                       const PolMemory *memory, const SimState *state, SimTeam team) {
  pol_court_common(out, state, team);
  memset(out + POL_COURT_WAIT, 0, (POL_COURT_SIZE - POL_COURT_WAIT) * sizeof *out);
  if (state->referee.step > 0) {
    put_held(out + POL_COURT_WAIT, options, POL_HEAD_PASSER, memory->held[POL_HEAD_PASSER], false);
    put_held(out + POL_COURT_ATTACK, options, POL_HEAD_ATTACKER, memory->held[POL_HEAD_ATTACKER],
             true);
  }
}

static int count(const PolOptions *options, PolHead head, bool strike) {
  int n = 0;
  for (int i = 0; i < options->n[head]; i++) {
    n += is_kind(options->option[head][i].slot, strike);
  }
  return n;
}

bool pol_court_fits(const PolOptions *options) {
  return options->kind == POL_TABLE_ROLES &&
         count(options, POL_HEAD_PASSER, false) <= POL_COURT_KINDS_MAX &&
         count(options, POL_HEAD_ATTACKER, true) <= POL_COURT_KINDS_MAX;
}
