// What the decisions of a strategy looked like to itself. Live play hands over the row that the
// network saw; of a log the row is made again from the replayed state and the decisions before it.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viz/source_internal.h"

void viz__candidates_find(VizCandidates *candidates, const PolOptions *options,
                          const SimState *state, SimTeam side) {
  PolCandidate found[POL_OPTIONS_MAX];
  const bool volley = options && options->kind == POL_TABLE_VOLLEY;
  const PolTurn turn = volley ? pol_volley_turn(state, side) : POL_TURN_DEFEND;
  candidates->head = -1;
  for (int i = 0; i < POL_OPTIONS_MAX; i++) {
    candidates->of[i] = (VizCandidate){.drone = -1};
  }
  if (turn < POL_TURN_FIRST) {
    return;
  }
  candidates->head = (int)pol_turn_head(turn);
  const int n = pol_candidates(found, options, state, side, turn);
  for (int i = 0; i < n; i++) {
    VizCandidate *to = &candidates->of[found[i].option];
    *to =
        (VizCandidate){.drone = found[i].drone, .legal = found[i].legal, .effort = found[i].effort};
    sim_mirror_vec(to->point, found[i].goal.point, side);
  }
}

static bool fill_probabilities(VizChoice *choice, const PolTeam *team, const PolStrategy *strategy,
                               const PolDecision *decision) {
  _Static_assert(sizeof choice->option == sizeof decision->option &&
                     sizeof choice->legal == sizeof decision->legal,
                 "copied as they are");
  const bool net = strategy->kind == POL_STRATEGY_NET;
  const size_t floats = net ? (size_t)pol_net_scratch(strategy->file->net) : 1;
  float *scratch = malloc(floats * sizeof *scratch);
  const bool known =
      scratch && pol_strategy_probabilities(choice->p, strategy, team->options, decision, scratch);
  free(scratch);
  return known;
}

void viz__choice_fill(VizChoice *choice, const PolTeam *team, const PolDecision *decision,
                      const SimState *state) {
  *choice = (VizChoice){.step = state->referee.step};
  memcpy(choice->option, decision->option, sizeof choice->option);
  if (!team) {
    return;
  }
  if (decision->person) {
    snprintf(choice->strategy, sizeof choice->strategy, VIZ_PERSON);
    return;
  }
  const int member = pol_team_member(team, state->seed, state->rally, decision->team);
  assert(member >= 0 && member < team->strategies);
  const PolStrategy *strategy = &team->strategy[member];
  snprintf(choice->strategy, sizeof choice->strategy, "%s", strategy->name);
  memcpy(choice->legal, decision->legal, sizeof choice->legal);
  choice->rules = strategy->kind != POL_STRATEGY_NET && strategy->kind != POL_RANDOM;
  choice->known = fill_probabilities(choice, team, strategy, decision);
}

// a log may hold anything
static bool follow(PolMemory *memory, const uint8_t option[POL_HEADS_MAX],
                   const PolOptions *options) {
  for (int head = 0; head < options->heads; head++) {
    if (option[head] != POL_NOT_ASKED && option[head] >= options->n[head]) {
      return false;
    }
    memory->held[head] = option[head] != POL_NOT_ASKED ? option[head] : memory->held[head];
  }
  return true;
}

void viz__choice_again(VizChoice *choice, PolMemory *memory, const PolTeam *team, SimTeam side,
                       const uint8_t option[POL_HEADS_MAX], const SimState *state) {
  PolDecision decision = {.team = side};
  if (team && team->options && !team->flat) {
    const int member = pol_team_member(team, state->seed, state->rally, side);
    assert(member >= 0 && member < team->strategies);
    pol_strategy_prepare(&decision, memory, &team->strategy[member], team->options, state, side);
    team = follow(memory, option, team->options) ? team : NULL;
    if (team) {
      pol_note_decision(memory, team->options, state, side);
    }
  } else {
    team = NULL;
  }
  memcpy(decision.option, option, sizeof decision.option);
  viz__choice_fill(choice, team, &decision, state);
}
