#include "hcsp/env/tasks/flat_tally.h"

#include <assert.h>

static void touch(TaskDeeds *deeds[SIM_TEAMS], TaskTally *tally, const SimState *state, int drone) {
  assert(drone >= 0 && drone < SIM_DRONES);
  const SimTeam side = sim_team(drone), server = state->referee.server;
  if (tally->touches == 0) {
    tally->served = drone == sim_drone(server, SIM_PASSER);
  }
  tally->touches = tally->touches == 0 ? 1 : 2;
  if (tally->came[side] && !tally->met[side]) {
    tally->met[side] = 1;
    if (deeds[side]) {
      deeds[side]->received++;
    }
  }
}

static void cross(TaskDeeds *deeds[SIM_TEAMS], TaskTally *tally, const SimReferee *ref) {
  const SimTeam to = ref->ball_side, from = to == SIM_NEAR ? SIM_FAR : SIM_NEAR;
  if (tally->touches == 1 && tally->served && from == ref->server) {
    tally->over = 1;
  }
  if (deeds[from]) {
    deeds[from]->returned += tally->came[from] && tally->met[from];
  }
  if (deeds[to]) {
    deeds[to]->coming++;
  }
  tally->came[from] = 0;
  tally->came[to] = 1;
  tally->met[to] = 0;
}

void task_tally_step(TaskDeeds *deeds[SIM_TEAMS], TaskTally *tally, const SimState *state) {
  const SimReferee *ref = &state->referee;
  for (int i = 0; i < state->events.n; i++) {
    const SimEvent *event = &state->events.event[i];
    if (event->kind == SIM_EVENT_TOUCH) {
      touch(deeds, tally, state, event->drone);
    } else if (event->kind == SIM_EVENT_CROSS) {
      cross(deeds, tally, ref);
    }
  }
  if (ref->winner != SIM_PLAYING && deeds[ref->server]) {
    deeds[ref->server]->serves++;
    deeds[ref->server]->legal += tally->served;
    deeds[ref->server]->over += tally->over;
  }
}
