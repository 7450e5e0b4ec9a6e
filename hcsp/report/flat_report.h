// report.md and curves.csv of a flat policy's training.
#ifndef HCSP_REPORT_FLAT_REPORT_H_
#define HCSP_REPORT_FLAT_REPORT_H_

#include "hcsp/recipes/flat/flat.h"

// Plays what it tells and writes it, as FlatTraining.report.
SimStatus flat_report(const struct FlatTrainer *trainer, SimError *err);

#endif  // HCSP_REPORT_FLAT_REPORT_H_
