// The whole way from nothing to a team that is measured: Stage I, II and III, figures, a logged
// match and a report, in one run folder. What is done and whole is not done again; what was
// interrupted goes on, and ends with the same bits.
#ifndef HCSP_PIPELINE_PIPELINE_H_
#define HCSP_PIPELINE_PIPELINE_H_

#include "hcsp/pipeline/stages.h"

typedef struct PipelineOptions {
  SkillsPreset preset;
  const char *folder;  // of the run
  uint64_t seed;
  const char *device;        // for the trainings, NULL: as they choose
  int threads, checkpoint;   // checkpoint: s of wall clock between checkpoints
  const char *const *words;  // key=value (hcsp/pipeline/settings.h)
  int n_words;
} PipelineOptions;

// SIM_BAD_INPUT when the folder holds a run with other arguments, or a stage would start from
// something else than what the one before wrote; SIM_INTERRUPTED after Ctrl-C. Otherwise what the
// stage that failed returned, and its sentence.
SimStatus pipeline_run(const PipelineOptions *options, SimError *err);

#endif  // HCSP_PIPELINE_PIPELINE_H_
