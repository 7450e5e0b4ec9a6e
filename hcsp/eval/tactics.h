// How teams play, counted over rallies: which options their strategies take, which of them win
// points, where attacks land and where balls are dug. Sums of whole numbers over finished rallies,
// so that the order in which rallies end does not matter.
#ifndef HCSP_EVAL_TACTICS_H_
#define HCSP_EVAL_TACTICS_H_

#include "hcsp/eval/guess.h"
#include "policies/play.h"

// Cells of 1 m of the half of the team that has to dig, in its frame: x counts from the net, y from
// its left. The last row and the outer columns are out of the court.
enum { EVAL_COURT_ROWS = 7, EVAL_COURT_COLUMNS = 8 };

// One option of a head.
typedef struct EvalUse {
  int64_t chosen;   // where there was a choice
  int64_t touches;  // legal ones while it was in force
  int64_t kills;    // touches that won the point before the ball came back
} EvalUse;

typedef struct EvalUses {
  EvalUse head[POL_HEADS_MAX][POL_OPTIONS_MAX];
  int64_t touch[SIM_ROLES][SIM_ROLES];  // who took the first, second and third touches of a
                                        // possession, serves aside: [touch][drone]
} EvalUses;

typedef struct EvalSpot {
  int64_t balls, good;
} EvalSpot;
typedef struct EvalCourtMap {
  EvalSpot spot[EVAL_COURT_ROWS][EVAL_COURT_COLUMNS];
} EvalCourtMap;

typedef struct EvalTactics {
  EvalUses use[SIM_TEAMS];
  EvalCourtMap attack[SIM_TEAMS];  // where a team's attacks come down if nobody digs; good: kills
  // where a team's passer meets the ball; good: its setter is next. Of free roles: where its first
  // touch does; good: another drone is next
  EvalCourtMap dig[SIM_TEAMS];
  EvalGuess guess[SIM_TEAMS];  // by the team that attacks
} EvalTactics;

// A strike of which it is open whether it wins the point.
typedef struct EvalStrike {
  bool open, placed;  // placed: it is an attack whose spot is known
  int head, option, row, column;
} EvalStrike;

// What is counted of a rally in play; zero it at the start.
typedef struct EvalRallyTactics {
  EvalTactics book;
  EvalStrike strike[SIM_TEAMS];
  EvalStrike dig[SIM_TEAMS];  // open: nobody has touched the ball after it yet
} EvalRallyTactics;

// After every control step of match.
void eval_tactics_step(EvalRallyTactics *rally, const PolPlay *play, int match);
// Adds a finished rally.
void eval_tactics_add(EvalTactics *sum, const EvalRallyTactics *rally, SimWinner winner);
// Both teams as one, for a team against itself: in index SIM_NEAR.
void eval_tactics_merge(EvalTactics *tactics);

// Sums over the options of a head that strike (what = true) or move (what = false).
EvalUse eval_uses_total(const EvalUses *uses, const PolOptions *options, int head, bool strikes);
// The share of the touches that won the point before the ball came back; NaN without touches.
double eval_use_kill_share(const EvalUse *use);

#endif  // HCSP_EVAL_TACTICS_H_
