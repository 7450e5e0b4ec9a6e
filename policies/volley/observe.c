// An effort that no drone can make says as little as one twice as large, so columns end at 2.
#include "policies/volley/observe.h"

#include <math.h>
#include <string.h>

#include "policies/court.h"

#define EFFORT_SCALE 10.0  // m/s2
#define PLACE_SCALE 4.0    // m
#define MOST 2.0

static void put_candidate(float *out, const PolCandidate *c, const PolReach *reach, PolTurn turn) {
  const double limit[2] = {turn == POL_TURN_FIRST ? reach->set : reach->travel, reach->travel};
  double load = 0;
  for (int k = 0; k < 2; k++) {
    load = c->next[k] >= 0 ? fmax(load, c->next_effort[k] / limit[k]) : load;
  }
  out[0] = c->legal;
  out[1] = (float)fmin(c->effort / EFFORT_SCALE, MOST);
  out[2] = (float)fmin(load, MOST);
}

void pol_volley_observe(float out[POL_VOLLEY_SIZE], const PolOptions *options,
                        const PolMemory *memory, const SimState *state, SimTeam team) {
  const PolTurn turn = pol_volley_turn(state, team);
  const PolPlan *plan = &memory->plan;
  pol_court_common(out, state, team);
  memset(out + POL_VOLLEY_TURN, 0, (POL_VOLLEY_SIZE - POL_VOLLEY_TURN) * sizeof *out);
  out[POL_VOLLEY_TURN + (int)turn] = 1;
  for (int i = 0; i < SIM_ROLES; i++) {
    out[POL_VOLLEY_STRIKER + i] = state->referee.step > 0 && plan->striker == i;
    out[POL_VOLLEY_PLACES + 2 * i] = (float)(plan->place[i][0] / PLACE_SCALE);
    out[POL_VOLLEY_PLACES + 2 * i + 1] = (float)(plan->place[i][1] / PLACE_SCALE);
  }
  if (turn < POL_TURN_FIRST || !pol_volley_asked(pol_turn_head(turn), plan, state, team)) {
    return;
  }
  PolCandidate candidate[POL_OPTIONS_MAX];
  const int n = pol_candidates(candidate, options, state, team, turn);
  for (int i = 0; i < n; i++) {
    const int at = POL_VOLLEY_CANDIDATES + POL_VOLLEY_FEATURES * candidate[i].option;
    put_candidate(out + at, &candidate[i], &options->reach, turn);
  }
}
