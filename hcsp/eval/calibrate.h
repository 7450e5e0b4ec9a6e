// How fast the fast attacks of an option table must be for a set of skills. At every flight time
// the game is a matrix: waiting place of the passer against kind of attack, with the share of
// attacks that score less the share that are errors. The time is chosen at which the value of that
// game is 0.37, so that neither attack nor defence decides alone (policies/README.md 3.3).
#ifndef HCSP_EVAL_CALIBRATE_H_
#define HCSP_EVAL_CALIBRATE_H_

#include "policies/play.h"

enum { EVAL_KINDS_MAX = 16, EVAL_TIMES_MAX = 16 };

// value of the game. At 0.335 what 1.2 M decisions learnt ran to the clock in 7.5 % of its rallies
#define EVAL_CALIBRATE_TARGET 0.37
#define EVAL_CALIBRATE_LOW 0.30  // between these the flight time will do
#define EVAL_CALIBRATE_HIGH 0.40

// One cell: what came of the attacks in which the setter's ball was there to be struck.
typedef struct EvalKills {
  int kills;     // the point was won before the ball came back
  int errors;    // the point was lost by the attack
  int returned;  // the ball came back, or nobody won
} EvalKills;
double eval_kills_value(const EvalKills *kills);  // (kills - errors) / all, 0 without attacks

typedef struct EvalKillTable {
  int points;                                           // attacks tried per cell
  double flight;                                        // s
  EvalKills cell[EVAL_KINDS_MAX][EVAL_KINDS_MAX];       // [attack][wait]
  double value;                                         // of the game, for the attack
  double attack[EVAL_KINDS_MAX], wait[EVAL_KINDS_MAX];  // mixtures that secure it
} EvalKillTable;

typedef struct EvalCalibration {
  int attacks, waits;
  int attack[EVAL_KINDS_MAX], wait[EVAL_KINDS_MAX];  // their option numbers
  int times;
  EvalKillTable table[EVAL_TIMES_MAX];  // by flight time
  int chosen;                           // the table whose time is taken
  int points;                           // of that table
  uint64_t seed;
} EvalCalibration;

typedef struct EvalCalibrateOptions {
  const PolTeam *team;  // both teams; its option table has calibrated attacks
  int points;           // attacks per cell of the table that counts
  int threads;
  uint64_t seed;
  double target;
  int times_max;  // kill tables to measure, 1..EVAL_TIMES_MAX
  bool progress;  // show a progress line
} EvalCalibrateOptions;

// Fills attacks and waits: the calibrated attacks of the table and its waiting places.
void eval_calibrate_kinds(EvalCalibration *calibration, const PolOptions *table);
// One kill table at table->flight with table->points attacks a cell. SIM_BAD_INPUT when the option
// table has no calibrated attacks or lacks what the situation needs.
SimStatus eval_kill_table(EvalKillTable *table, const EvalCalibrateOptions *options, SimError *err);
// Looks for the flight time with a quarter of the points, measures the kill table there with all of
// them, and goes on from there until the value is near the target.
SimStatus eval_calibrate(EvalCalibration *calibration, const EvalCalibrateOptions *options,
                         SimError *err);

// The calibration as JSON text; malloc'ed, NULL without memory.
char *eval_calibration_text(const EvalCalibration *calibration, const PolTeam *team);
// Writes it to path, atomically.
SimStatus eval_calibration_save(const char *path, const EvalCalibration *calibration,
                                const PolTeam *team, SimError *err);

// The flight time at which the value would be target, between two measured tables, or of the
// nearest step outside of them when they do not straddle it; NaN when there is nothing left to try.
double eval_calibrate_next(const EvalCalibration *calibration, double target);

#endif  // HCSP_EVAL_CALIBRATE_H_
