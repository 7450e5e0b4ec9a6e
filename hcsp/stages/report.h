// report.md of a strategy's training: who was chosen and how far it can be exploited, curves,
// payoffs, shares of the options, the meta-strategy over time. Pictures are drawn by gnuplot where
// it is installed; the numbers stand in curves.csv either way.
#ifndef HCSP_STAGES_REPORT_H_
#define HCSP_STAGES_REPORT_H_

#include "hcsp/stages/exploit.h"
#include "hcsp/stages/strategy_internal.h"

enum { HCSP_CANDIDATES = 3, HCSP_PROGRESS_BOUTS = 2 };

// A mixture that might be deployed, and what was found against it.
typedef struct HcspCandidate {
  char name[48];
  HcspPlayer mixture;
  HcspExploit probe;
} HcspCandidate;

// progress: the later half of the run against the earlier one, the deployed mixture against itself.
SimStatus hcsp_report_write(const HcspTrainer *trainer, const HcspCandidate *candidate, int n,
                            int chosen, const HcspBout progress[HCSP_PROGRESS_BOUTS],
                            SimError *err);

#endif  // HCSP_STAGES_REPORT_H_
