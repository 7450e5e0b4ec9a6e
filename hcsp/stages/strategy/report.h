// report.md of a strategy's training: who was chosen and how far it can be exploited, progress and
// cycle of the snapshots, curves, payoffs, the meta-strategy over time, how the deployed team plays
// and what its strategies would do in canonical moments. Pictures are drawn by gnuplot where it is
// installed; the numbers stand in the report and in curves.csv either way.
#ifndef HCSP_STAGES_STRATEGY_REPORT_H_
#define HCSP_STAGES_STRATEGY_REPORT_H_

#include "hcsp/eval/summary.h"
#include "hcsp/stages/strategy/exploit.h"
#include "hcsp/stages/strategy/internal.h"

enum {
  HCSP_CANDIDATES = 3,
  HCSP_CYCLE_MAX = 16,
  HCSP_PROBE_FINAL = 4,  // points on which the worst is measured again, of those it is chosen on
};

// A mixture that might be deployed, and what was found against it.
typedef struct HcspCandidate {
  char name[48];
  HcspPlayer mixture;
  HcspExploit probe;
} HcspCandidate;

typedef struct HcspReport {
  HcspCandidate candidate[HCSP_CANDIDATES];
  int n, chosen;
  // what hcsp_report_measure fills
  HcspBout halves;            // the later half of the snapshots against the earlier half
  int cycles;                 // snapshots that were followed, evenly over the run
  int cycle[HCSP_CYCLE_MAX];  // numbers of the members
  HcspBout early[HCSP_CYCLE_MAX], late[HCSP_CYCLE_MAX];  // each against the two halves
  PolTeam *deployed;
  HcspSummary summary;  // of the deployed team against itself
  HcspTactics tactics;  // of both sides as one, index SIM_NEAR
} HcspReport;

// Plays what the report tells besides the candidates. The chosen one is deployed.
SimStatus hcsp_report_measure(HcspReport *report, const HcspTrainer *trainer, SimError *err);
void hcsp_report_free(HcspReport *report);  // what it holds of its own
SimStatus hcsp_report_write(const HcspTrainer *trainer, const HcspReport *report, SimError *err);

// ---- parts of it

// report_play.c
void hcsp_report_cycle(FILE *out, const HcspTrainer *trainer, const HcspReport *report);
void hcsp_report_play(FILE *out, const HcspReport *report);
void hcsp_report_moments(FILE *out, const HcspReport *report);
// report_pictures.c: curves.csv, and pictures where gnuplot is; *drawn tells.
SimStatus hcsp_report_draw(bool *drawn, const HcspTrainer *trainer, const HcspReport *report,
                           SimError *err);
// report.c: members that have met somebody; list[HCSP_MEMBERS_HERE].
int hcsp_report_met(int *list, const HcspPopulation *population);
// " 12.3 |", or " |" for a share that is not finite
void hcsp_report_percent(FILE *out, double share);

#endif  // HCSP_STAGES_STRATEGY_REPORT_H_
