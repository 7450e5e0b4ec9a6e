// Episodes of a skill in the memory of a GPU: what they are made of, and what starts the kernels
// that let them go on. Plain C; each call queues its work on the stream, which is that of the
// device (KrnOps.queue), and returns.
#ifndef HCSP_ENV_SKILL_DEVICE_H_
#define HCSP_ENV_SKILL_DEVICE_H_

#include <stddef.h>
#include <stdint.h>

#include "hcsp/env/tasks/hover.h"
#include "hcsp/env/tasks/strike_form.h"
#include "kernels/fused.h"
#include "kernels/row.h"
#include "sim/solo.h"

// One environment, on the device as words (cuda/words.h).
typedef struct EnvWorld EnvWorld;
struct EnvWorld {
  SimSolo solo;
  SimReferee referee;
  TaskEpisode episode;
  uint32_t decision;     // taken since the start
  int32_t bad_commands;  // of the rally
};

enum { ENV_WORLD_WORDS = sizeof(EnvWorld) / sizeof(uint64_t) };

// Sums over finished episodes, in the order of EnvSkillCount; an episode counts in `n` of a stat
// when the stat said something.
enum {
  ENV_TALLY_EPISODES,
  ENV_TALLY_REWARD,
  ENV_TALLY_STEPS,
  ENV_TALLY_SUM,
  ENV_TALLY_N = ENV_TALLY_SUM + TASK_STATS_MAX,
  ENV_TALLY = ENV_TALLY_N + TASK_STATS_MAX,
};

// The tasks that have kernels.
typedef enum EnvForm { ENV_HOVER, ENV_STRIKE } EnvForm;

// Everything the kernels know; pointers are the device's, but for those that env_skill_describe
// gives.
typedef struct EnvCuda EnvCuda;
struct EnvCuda {
  uint64_t *word;  // [ENV_WORLD_WORDS][n]
  double *tally;   // [ENV_TALLY][n]
  int32_t *cuts;   // [n], of the iteration
  int n, every, slots, inputs;
  int limit;              // decisions of the shortest clock
  bool stagger, play_on;  // the first episode's clock is only a part, and does not count
  uint64_t seed;
  SimPlant plant;
  EnvForm form;
  HoverSetup hover;    // of the one form
  StrikeSetup strike;  // of the other
  KrnFusedNet critic;  // prices states that strikes leave behind; no layers: nobody does
};

// Where an iteration of `steps` decisions leaves its rows, memory of the device: row t * n + e.
typedef struct EnvCudaRows {
  float *obs;           // [steps + 1][n][inputs]
  const float *action;  // [steps][n][SIM_ROTORS]
  float *reward;        // [steps][n]
  uint8_t *ended;       // [steps][n]
  float *cut_obs;       // [slots][n][inputs]: what would have been seen next
  int32_t *cut_index;   // [steps][n]: the row of cut_obs where only the time ran out, or -1
  KrnDraw *draw;        // [n], of the next action
} EnvCudaRows;

#ifdef __cplusplus
extern "C" {
#endif

// The first observations of an iteration, whose counts begin.
void env_cuda_begin(void *stream, const EnvCuda *env, const EnvCudaRows *rows);
// Decision t: control steps, rewards, ends, new episodes, the next observations.
void env_cuda_step(void *stream, const EnvCuda *env, const EnvCudaRows *rows, int t);
// total[ENV_TALLY] = sums over the environments, in a fixed order
void env_cuda_total(void *stream, double *total, const EnvCuda *env);

#ifdef __cplusplus
}
#endif

#endif  // HCSP_ENV_SKILL_DEVICE_H_
