// What the attacks of a table whose heads are touches are worth: a team plays itself in one shape
// after the other and draws its attacks evenly, so that every target and speed meets every shape.
// Nothing is set by it: speeds are the strategy's choice (policies/README.md 3.6).
#ifndef HCSP_EVAL_KILL_REPORT_H_
#define HCSP_EVAL_KILL_REPORT_H_

#include <stdio.h>

#include "hcsp/eval/tactics.h"

typedef struct EvalKillReport {
  int shapes, attacks;  // attacks: options of the head third, pushes included
  EvalUse cell[POL_OPTIONS_MAX][POL_OPTIONS_MAX];           // [attack][shape]: touches and kills
  double touches[POL_OPTIONS_MAX], draws[POL_OPTIONS_MAX];  // a rally; share. By shape
} EvalKillReport;

// The guess between attack and shape, which both sides choose before they see the other's choice,
// as a matrix game over the report's shares: what the attackers win at best and the mixtures that
// secure it. Estimates of few attacks flatter whom the noise favours, by 0.02 to 0.05 at 60 a cell.
typedef struct EvalKillGame {
  double value;                                            // share of the attacks that score
  double attack[POL_OPTIONS_MAX], shape[POL_OPTIONS_MAX];  // each adds up to 1
} EvalKillGame;

typedef struct EvalKillReportOptions {
  PolTeam *team;  // is played under rules of the report's and not given back as it was
  int rallies;    // in each shape
  int threads;
  uint64_t seed;
  bool progress;
} EvalKillReportOptions;

// SIM_BAD_INPUT when the table has no such heads.
SimStatus eval_kill_report(EvalKillReport *report, const EvalKillReportOptions *options,
                           SimError *err);
// Attacks that met some shape fewer than EVAL_KILL_LEAST times are left out. SIM_BAD_INPUT when
// none is left.
enum { EVAL_KILL_LEAST = 10 };
SimStatus eval_kill_report_solve(EvalKillGame *game, const EvalKillReport *report,
                                 const PolOptions *table, SimError *err);
// game: NULL without one.
void eval_kill_report_print(FILE *out, const EvalKillReport *report, const EvalKillGame *game,
                            const PolTeam *team);

#endif  // HCSP_EVAL_KILL_REPORT_H_
