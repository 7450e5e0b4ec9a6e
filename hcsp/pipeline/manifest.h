// What a pipeline has done: RUN/pipeline.json says with which arguments it was begun and, for every
// stage, from what it started and which files it left, by hash. A stage that is listed as done and
// whose files are whole is not done again. Inputs are the files from outside the run folder: paths
// below the folder of assets/ and configs/ (sim_home) are told from there.
//
//   {"format": "hcsp-pipeline", "version": 1, "arguments": "--preset quick --seed 1",
//    "stages": {"skills": {"state": "done", "from": "0123456789abcdef", "made": "...",
//                          "files": {"stage1/team.yaml": "...", ...},
//                          "inputs": {"configs/skills/set.yaml": "...", ...},
//                          "command": "train skills ...", "seconds": 61.2, "cpu": 118.0,
//                          "commit": "..."}, ...}}
#ifndef HCSP_PIPELINE_MANIFEST_H_
#define HCSP_PIPELINE_MANIFEST_H_

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/file.h"
#include "sim/base/status.h"

typedef struct PipelineManifest {
  char folder[SIM_PATH_MAX];  // the run
  char path[SIM_PATH_MAX];
  json_t *root;
} PipelineManifest;

typedef enum PipelineStageState {
  PIPELINE_STAGE_OPEN,   // nothing is known of it
  PIPELINE_STAGE_BEGUN,  // it may have left something
  PIPELINE_STAGE_DONE,
} PipelineStageState;

// Reads folder/pipeline.json, or starts one. SIM_BAD_INPUT when the file is damaged or the run was
// begun with other arguments.
SimStatus pipeline_manifest_open(PipelineManifest *manifest, const char *folder,
                                 const char *arguments, SimError *err);
void pipeline_manifest_close(PipelineManifest *manifest);

PipelineStageState pipeline_manifest_state(const PipelineManifest *manifest, const char *stage);
// A text that the stage is known by ("from", "made", "command"); "" when there is none.
const char *pipeline_manifest_text(const PipelineManifest *manifest, const char *stage,
                                   const char *key);
double pipeline_manifest_number(const PipelineManifest *manifest, const char *stage,
                                const char *key);

// Are the files that the stage left what they were? SIM_BAD_INPUT names the first that is not;
// *gone tells that none is left at all.
SimStatus pipeline_manifest_check(bool *gone, const PipelineManifest *manifest, const char *stage,
                                  SimError *err);

// Are the inputs that the stage was begun with what they were? SIM_BAD_INPUT names the first that
// is not.
SimStatus pipeline_manifest_check_inputs(const PipelineManifest *manifest, const char *stage,
                                         SimError *err);

// Each of these stores the manifest.
// shipped: patterns of the inputs below sim_home(), ends with NULL.
SimStatus pipeline_manifest_begin(PipelineManifest *manifest, const char *stage, const char *from,
                                  const char *command, const char *const *shipped, SimError *err);
// patterns: of the files it left, below the run folder, ends with NULL: "folder/name", where * may
// stand in the name, or "folder/**", all that lies in folders called policies below it. At least
// one file must match each. trained: the folder of a training, NULL: none; what its provenance.json
// names as inputs from outside the run is added to those of the stage. seconds and cpu are added to
// what earlier attempts took.
SimStatus pipeline_manifest_end(PipelineManifest *manifest, const char *stage,
                                const char *const *patterns, const char *trained, double seconds,
                                double cpu, SimError *err);
// Notes the time of an attempt that did not end.
SimStatus pipeline_manifest_spent(PipelineManifest *manifest, const char *stage, double seconds,
                                  double cpu, SimError *err);

#endif  // HCSP_PIPELINE_MANIFEST_H_
