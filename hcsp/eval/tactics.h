// How teams play, counted over rallies: which options their strategies take, which of them win
// points, where attacks land and where balls are dug. Sums of whole numbers over finished rallies,
// so that the order in which rallies end does not matter.
#ifndef HCSP_EVAL_TACTICS_H_
#define HCSP_EVAL_TACTICS_H_

#include "policies/play.h"

// Cells of 1 m of the half of the team that has to dig, in its frame: x counts from the net, y from
// its left. The last row and the outer columns are out of the court.
enum { HCSP_COURT_ROWS = 7, HCSP_COURT_COLUMNS = 8 };

// One option of a head.
typedef struct HcspUse {
  int64_t chosen;   // where there was a choice
  int64_t touches;  // legal ones while it was in force
  int64_t kills;    // touches that won the point before the ball came back
} HcspUse;

typedef struct HcspUses {
  HcspUse head[POL_HEADS][POL_OPTIONS_MAX];
} HcspUses;

typedef struct HcspSpot {
  int64_t balls, good;
} HcspSpot;
typedef struct HcspCourtMap {
  HcspSpot spot[HCSP_COURT_ROWS][HCSP_COURT_COLUMNS];
} HcspCourtMap;

typedef struct HcspTactics {
  HcspUses use[SIM_TEAMS];
  HcspCourtMap attack[SIM_TEAMS];  // where a team's attacks come down if nobody digs; good: kills
  HcspCourtMap dig[SIM_TEAMS];     // where a team's passer meets the ball; good: its setter is next
} HcspTactics;

// A strike of which it is open whether it wins the point.
typedef struct HcspStrike {
  bool open, placed;  // placed: it is an attack whose spot is known
  int head, option, row, column;
} HcspStrike;

// What is counted of a rally in play; zero it at the start.
typedef struct HcspRallyTactics {
  HcspTactics book;
  HcspStrike strike[SIM_TEAMS];
  HcspStrike dig[SIM_TEAMS];  // open: by the passer, the setter has not touched yet
} HcspRallyTactics;

// After every control step of match.
void hcsp_tactics_step(HcspRallyTactics *rally, const PolPlay *play, int match);
// Adds a finished rally.
void hcsp_tactics_add(HcspTactics *sum, const HcspRallyTactics *rally, SimWinner winner);
// Both teams as one, for a team against itself: in index SIM_NEAR.
void hcsp_tactics_merge(HcspTactics *tactics);

// Sums over the options of a head that strike (what = true) or move (what = false).
HcspUse hcsp_uses_total(const HcspUses *uses, const PolOptions *options, PolHead head,
                        bool strikes);

#endif  // HCSP_EVAL_TACTICS_H_
