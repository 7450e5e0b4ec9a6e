#include "hcsp/eval/rally_tally.h"

#include <assert.h>
#include <string.h>

#include "hcsp/env/events.h"

static void tally_skills(EvalRallyTally *tally, const uint8_t slot[SIM_DRONES], bool first) {
  for (int i = 0; i < SIM_DRONES; i++) {
    if (slot[i] < POL_SLOTS && (first || slot[i] != tally->slot[i])) {
      tally->rally.calls[slot[i]]++;
    }
    tally->slot[i] = slot[i];
  }
}

static void tally_touch(EvalRallyTally *tally, const SimState *state, int drone) {
  EvalRally *rally = &tally->rally;
  const SimTeam team = sim_team(drone);
  assert(tally->stage[team] < SIM_ROLES);
  if (tally->slot[drone] < POL_SLOTS) {
    rally->skill_hits[tally->slot[drone]]++;
  }
  rally->team_hits[team]++;
  if (tally->touches++ == 0) {
    rally->legal_serve = drone == sim_drone(state->referee.server, SIM_PASSER);
  }
  // the sequence starts over with the passer, whoever touched before
  const int role = (int)sim_role(drone);
  tally->stage[team] = role == tally->stage[team] ? role + 1 : role == SIM_PASSER;
  tally->stage[1 - team] = 0;
  if (tally->stage[team] == SIM_ROLES) {
    rally->full_attack = true;
    rally->full_attacks++;
    tally->stage[team] = 0;
  }
}

void eval_rally_tally_step(EvalRallyTally *tally, const SimState *state,
                           const uint8_t slot[SIM_DRONES]) {
  const SimEvents *events = &state->events;
  tally_skills(tally, slot, state->referee.step == 1);
  for (int i = 0; i < events->n; i++) {
    const SimEvent *event = &events->event[i];
    if (event->kind == SIM_EVENT_TOUCH &&
        !env_happened(events, SIM_EVENT_DOUBLE_TOUCH, event->drone)) {
      tally_touch(tally, state, event->drone);
    }
  }
  if (env_happened(events, SIM_EVENT_CROSS, -1)) {
    memset(tally->stage, 0, sizeof tally->stage);
    tally->rally.serve_crossed |= tally->rally.legal_serve && tally->touches == 1;
  }
}

void eval_rally_tally_end(EvalRally *rally, const EvalRallyTally *tally, const SimState *state) {
  assert(state->referee.winner != SIM_PLAYING);
  const SimReferee *ref = &state->referee;
  *rally = tally->rally;
  rally->rally = state->rally;
  rally->server = ref->server;
  rally->winner = ref->winner;
  rally->reason = ref->reason;
  rally->steps = ref->step;
  rally->hits = ref->hits;
}
