// Iterations of PPO that never leave the device: a rollout of episodes that live there
// (hcsp/env/resident.h), values, advantages, all epochs. One recorded graph an iteration, one copy
// in before it (the order of the samples and the rates of Adam) and one copy out behind it (losses,
// guards, sums over episodes). Weights are those that a rollout on the host would lead to, to
// rounding.
#ifndef HCSP_LEARN_PPO_RESIDENT_H_
#define HCSP_LEARN_PPO_RESIDENT_H_

#include "hcsp/env/resident.h"
#include "hcsp/learn/ppo.h"

typedef struct PpoResident PpoResident;

// Why such a configuration is learnt by way of the host; NULL: it can stay on the device.
const char *ppo_resident_why_not(const PpoConfig *config);
// Borrows both, which are on one device; ppo was made for steps x environments. NULL and err
// without memory.
PpoResident *ppo_resident_create(Ppo *ppo, EnvResident *env, int steps, SimError *err);
void ppo_resident_destroy(PpoResident *resident);  // NULL is fine

// One iteration: rollout and update. tally[ENV_TALLY] gets the sums over finished episodes.
// figures, *bad_row, done and errors as for ppo_update.
SimStatus ppo_resident_iterate(PpoStats *figures, double *tally, int *bad_row,
                               PpoResident *resident, double done, SimError *err);
// The rows of the last iteration, for whoever looks at a bad one.
void ppo_resident_rows(Rollout *rollout, const PpoResident *resident);

#endif  // HCSP_LEARN_PPO_RESIDENT_H_
