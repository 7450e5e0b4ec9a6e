// report.md of a strategy's training: who was chosen and how far it can be exploited, progress and
// cycle of the snapshots, curves, payoffs, the meta-strategy over time, how the deployed team plays
// and what its strategies would do in canonical moments, with pictures; the curves stand in
// curves.csv, too.
#ifndef HCSP_REPORT_STRATEGY_REPORT_H_
#define HCSP_REPORT_STRATEGY_REPORT_H_

#include "hcsp/eval/summary.h"
#include "hcsp/league/exploit.h"
#include "hcsp/recipes/strategy/internal.h"

enum { REPORT_CYCLE_MAX = 16 };

typedef struct Report {
  const StrategyChoice *choice;
  LeaguePairing halves;         // the later half of the snapshots against the earlier half
  int cycles;                   // snapshots that were followed, evenly over the run
  int cycle[REPORT_CYCLE_MAX];  // numbers of the members
  LeaguePairing early[REPORT_CYCLE_MAX], late[REPORT_CYCLE_MAX];  // each against the two halves
  EvalSummary summary;  // of the deployed team against itself
  EvalTactics tactics;  // of both sides as one, index SIM_NEAR
} Report;

// Plays what the report tells besides the candidates and writes it, as StrategyTraining.report.
SimStatus strategy_report(const StrategyTrainer *trainer, const StrategyChoice *choice,
                          SimError *err);

// ---- parts of it

// strategy_play.c
SimStatus report_measure(Report *report, const StrategyTrainer *trainer, SimError *err);
void report_cycle(FILE *out, const StrategyTrainer *trainer, const Report *report);
void report_play(FILE *out, const Report *report);
void report_moments(FILE *out, const Report *report);
// strategy_pictures.c: curves.csv and the pictures; drawn tells which there were numbers for.
typedef enum ReportPicture {
  REPORT_WINS,
  REPORT_PAYOFFS,
  REPORT_CYCLE,
  REPORT_META,
  REPORT_MAPS,
  REPORT_PICTURES,
} ReportPicture;
SimStatus report_draw(bool drawn[REPORT_PICTURES], const StrategyTrainer *trainer,
                      const Report *report, SimError *err);
void report_show(FILE *out, const char *title, const bool drawn[REPORT_PICTURES],
                 ReportPicture kind);
// strategy_report.c: members that have met somebody; list[LEAGUE_POPULATION_MAX].
int report_met(int *list, const LeaguePopulation *population);

#endif  // HCSP_REPORT_STRATEGY_REPORT_H_
