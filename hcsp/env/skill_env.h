// Many episodes of one task side by side: inference in tiles, physics in one batch, what an episode
// ends with counted in the order of the worlds. The same bits at any number of threads.
#ifndef HCSP_ENV_SKILL_ENV_H_
#define HCSP_ENV_SKILL_ENV_H_

#include "hcsp/env/tasks/task.h"
#include "hcsp/learn/ppo.h"
#include "sim/batch.h"

typedef struct EnvSkill EnvSkill;

// Sums over finished episodes since the last env_skill_clear.
typedef struct EnvSkillCount {
  double episodes, reward, steps;
  double sum[TASK_STATS_MAX], n[TASK_STATS_MAX];  // of stats that said something
} EnvSkillCount;

// Borrows task. Every world starts its first episode; stagger: with a part of its clock gone, so
// that not all clocks run out together, and not counted. NULL and err when memory or the model
// fails.
EnvSkill *env_skill_create(const Task *task, int worlds, bool stagger, int threads, uint64_t seed,
                           SimError *err);
void env_skill_destroy(EnvSkill *worlds);  // NULL is fine

// From now on the network acts on device, which is borrowed, and half of the worlds step while the
// other half is thought about. Actions then agree with those of the processor to rounding.
SimStatus env_skill_think_on(EnvSkill *worlds, KrnDevice *device, SimError *err);

// Who wants to see finished episodes, in the order of the worlds.
typedef struct EnvEpisodeWatcher {
  void *arg;
  void (*end)(void *arg, const TaskEpisode *episode, const SimState *state,
              const TaskStep *judgement);
} EnvEpisodeWatcher;

// rollout->steps decisions of every world with actor. Sampled actions, or the mean when sample is
// false. watcher may be NULL. SIM_FAIL when the physics fails.
SimStatus env_skill_collect(EnvSkill *worlds, Rollout *rollout, const PolNet *actor, bool sample,
                            const EnvEpisodeWatcher *watcher, SimError *err);

// Hash of the physics that the worlds have.
uint64_t env_skill_model(const EnvSkill *worlds);

// CPU seconds of the calling thread since the start: everything, when there is only one. Beside a
// device that acts, seconds of the wall clock.
typedef struct EnvSkillTime {
  double act;    // observing, inference, drawing actions
  double step;   // physics and referee
  double judge;  // rewards, ends, new episodes
  double wait;   // of act: for the device
} EnvSkillTime;
const EnvSkillTime *env_skill_time(const EnvSkill *worlds);

const EnvSkillCount *env_skill_count(const EnvSkill *worlds);
void env_skill_clear(EnvSkill *worlds);

// Everything the worlds hold, for a checkpoint: bytes of the whole.
size_t env_skill_size(const EnvSkill *worlds);
void env_skill_save(EnvSkill *worlds, void *bytes);
// SIM_BAD_INPUT when the bytes hold an impossible state; the worlds are of no use then.
SimStatus env_skill_load(EnvSkill *worlds, const void *bytes, SimError *err);

#endif  // HCSP_ENV_SKILL_ENV_H_
