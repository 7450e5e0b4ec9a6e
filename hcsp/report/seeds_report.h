// One training by several seeds: what its runs show together, and how far apart they are.
#ifndef HCSP_REPORT_SEEDS_REPORT_H_
#define HCSP_REPORT_SEEDS_REPORT_H_

#include <stdint.h>

#include "sim/base/status.h"

// Reads the metrics of folder/seed-K, K = first to first + n - 1, and writes folder/seeds.json,
// pictures, report.md and report.html: of every scalar the mean over the last tenth of each run,
// their mean, standard deviation and range. training: what was trained, for the heading.
SimStatus seeds_report(const char *folder, const char *training, uint64_t first, int n,
                       SimError *err);
// folder/seed-K
SimStatus seeds_folder(char *out, const char *folder, uint64_t seed, SimError *err);

#endif  // HCSP_REPORT_SEEDS_REPORT_H_
