// Episodes of a skill that live on a GPU. Flight, referee, rewards, ends and new episodes are its
// kernels' (hcsp/env/skill_device.h), of the sources that the processor runs and with its bits;
// what a learner reads is written where the learner has it. The state of the episodes crosses when
// they go in, and when somebody wants them back: for a checkpoint, which is the one of EnvSkill.
#ifndef HCSP_ENV_RESIDENT_H_
#define HCSP_ENV_RESIDENT_H_

#include "hcsp/env/skill_device.h"
#include "hcsp/env/skill_env.h"

typedef struct EnvResident EnvResident;

// Why episodes cannot live on the device; NULL: they can.
const char *env_resident_why_not(KrnDevice *device, const EnvSkill *skill);
// For iterations of `steps` decisions. Borrows both; the episodes are still the skill's. NULL and
// err without memory.
EnvResident *env_resident_create(KrnDevice *device, EnvSkill *skill, int steps, SimError *err);
void env_resident_destroy(EnvResident *resident);  // NULL is fine

// The skill's episodes go to the device, and come back.
void env_resident_put(EnvResident *resident);
void env_resident_get(const EnvResident *resident);

int env_resident_envs(const EnvResident *resident);
int env_resident_inputs(const EnvResident *resident);
// Rows of cut_obs: how many clocks can run out in an iteration, times the environments.
int env_resident_cut_rows(const EnvResident *resident);

// Queues the parts of an iteration: the first observations; decision t, after its actions have been
// queued; and total[ENV_TALLY] of the finished episodes, which env_skill_add takes. rows: memory of
// the device, but for cut_index and draw, which are this one's.
void env_resident_begin(EnvResident *resident, const EnvCudaRows *rows);
void env_resident_step(EnvResident *resident, const EnvCudaRows *rows, int t);
void env_resident_total(EnvResident *resident, double *total);
// Adds that total, once it is on the host, to the skill's counts.
void env_resident_count(EnvResident *resident, const double *total);
// cut_index [steps][envs] and draw [envs]
const int32_t *env_resident_cut_index(const EnvResident *resident);
const KrnDraw *env_resident_draw(const EnvResident *resident);

#endif  // HCSP_ENV_RESIDENT_H_
