// Networks that a training leaves behind, and where they are from.
#ifndef HCSP_TRAIN_POLICY_H_
#define HCSP_TRAIN_POLICY_H_

#include "hcsp/train/trainer.h"
#include "policies/file.h"

typedef struct TrainOrigin {
  int64_t steps;       // timesteps that it has learnt from
  double match_steps;  // control steps of the run until now; 0: not told
  uint64_t seed;
} TrainOrigin;

// Writes file as policies/NAME.safetensors of the session's run; its provenance is told of origin.
// Rotor commands are drawn with a log deviation of at most log_std_play; infinite: as they are. No
// time: the same training writes the same bytes. path (NULL: nobody asks): where it is then.
SimStatus train_policy_save(char path[SIM_PATH_MAX], const TrainSession *session,
                            const PolFile *file, const char *name, const TrainOrigin *origin,
                            double log_std_play, SimError *err);

#endif  // HCSP_TRAIN_POLICY_H_
