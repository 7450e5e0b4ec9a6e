// report.md of co-self-play: how the new team plays the old one, what its skills have become, and
// how often each is used.
#ifndef HCSP_REPORT_COSELF_REPORT_H_
#define HCSP_REPORT_COSELF_REPORT_H_

#include "hcsp/recipes/coself/coself.h"

// Plays what it tells and writes it, as CoselfReports.whole.
SimStatus coself_report(const SkillsTraining *training, const CoselfConfig *config, SimError *err);

#endif  // HCSP_REPORT_COSELF_REPORT_H_
