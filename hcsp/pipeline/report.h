// RUN/report.md: what a pipeline has made, from the JSON files of its results. A part whose file is
// missing is left out.
#ifndef HCSP_PIPELINE_REPORT_H_
#define HCSP_PIPELINE_REPORT_H_

#include "hcsp/pipeline/manifest.h"
#include "hcsp/pipeline/settings.h"

// Writes report.md, report.html and payoffs.svg into folder.
SimStatus pipeline_report(const char *folder, const PipelineManifest *manifest,
                          const PipelineSettings *settings, SimError *err);

#endif  // HCSP_PIPELINE_REPORT_H_
