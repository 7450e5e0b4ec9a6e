// What one rally comes to, counted while it is played: from the events of its steps and the skills
// that the drones fly.
#ifndef HCSP_EVAL_RALLY_TALLY_H_
#define HCSP_EVAL_RALLY_TALLY_H_

#include "policies/play.h"

// One finished rally.
typedef struct EvalRally {
  uint32_t rally;
  SimTeam server;
  SimWinner winner;
  SimEventKind reason;
  int steps;
  int hits;                  // legal touches
  int team_hits[SIM_TEAMS];  // of them, each team's
  bool full_attack;          // passer, setter, attacker of one team in one possession
  int full_attacks;          // how many such sequences
  bool legal_serve;          // the first touch was the server's racket
  bool serve_crossed;        // and the ball crossed the net before anybody else touched it
  int calls[POL_SLOTS], skill_hits[POL_SLOTS];  // switches to a skill, its legal touches
} EvalRally;

// A rally in play; zero it at the start.
typedef struct EvalRallyTally {
  EvalRally rally;
  uint8_t slot[SIM_DRONES];  // skill of the last step
  int stage[SIM_TEAMS];      // 0 nothing, 1 passer, 2 passer and setter in this possession
  int touches;
} EvalRallyTally;

// After a control step in which the drones flew the skills of slot (POL_SLOTS and more: none).
void eval_rally_tally_step(EvalRallyTally *tally, const SimState *state,
                           const uint8_t slot[SIM_DRONES]);
// The rally is over: *rally is what it came to.
void eval_rally_tally_end(EvalRally *rally, const EvalRallyTally *tally, const SimState *state);

#endif  // HCSP_EVAL_RALLY_TALLY_H_
