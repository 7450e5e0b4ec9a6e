// Training of a team without skills in a run folder: self-play, fictitious self-play, or
// policy-space response oracles over a population of flat policies. Killed at any moment it goes on
// from its last checkpoint and ends with the same bits.
//
// What comes out: policies/NAME.safetensors of the policies that are deployed, team.yaml (kept
// playable while it trains), payoffs.json, report.md.
#ifndef HCSP_STAGES_FLAT_H_
#define HCSP_STAGES_FLAT_H_

#include "hcsp/stages/flat_config.h"

typedef struct HcspFlatTraining {
  const HcspFlatConfig *config;
  const char *folder;          // run folder, made when it is not there
  const char *resume_command;  // what to type to go on
  bool resume;                 // a run in the folder goes on; else it is refused
  int64_t budget;              // decisions of a drone that are learnt from
  uint64_t seed;
  int threads;
  const char *device;         // for krn_device_open
  double checkpoint_seconds;  // wall clock between checkpoints
  int argc;                   // for provenance
  char *const *argv;
} HcspFlatTraining;

// SIM_INTERRUPTED after Ctrl-C, with a checkpoint. After a NaN anywhere SIM_FAIL, nothing stored of
// that update.
SimStatus hcsp_flat_train(const HcspFlatTraining *training, SimError *err);

#endif  // HCSP_STAGES_FLAT_H_
