// Many episodes of one task side by side: physics in one batch, what an episode ends with counted
// in the order of the environments. The same bits at any number of threads.
#ifndef HCSP_ENV_SKILL_ENV_H_
#define HCSP_ENV_SKILL_ENV_H_

#include "hcsp/env/env.h"
#include "hcsp/env/tasks/task.h"
#include "sim/batch.h"

typedef struct EnvSkill EnvSkill;
typedef struct EnvWorld EnvWorld;  // hcsp/env/skill_device.h
typedef struct EnvCuda EnvCuda;

// Sums over finished episodes since the statistics were cleared.
typedef struct EnvSkillCount {
  double episodes, reward, steps;
  double sum[TASK_STATS_MAX], n[TASK_STATS_MAX];  // of stats that said something
} EnvSkillCount;

// Borrows task. Every environment starts its first episode; stagger: with a part of its clock gone,
// so that not all clocks run out together, and not counted. NULL and err when memory or the model
// fails.
EnvSkill *env_skill_create(const Task *task, int num_envs, bool stagger, int threads, uint64_t seed,
                           SimError *err);
void env_skill_destroy(EnvSkill *skill);  // NULL is fine
// As an environment of one agent.
Env env_skill_env(EnvSkill *skill);

// Who wants to see finished episodes, in the order of the environments.
typedef struct EnvEpisodeWatcher {
  void *arg;
  void (*end)(void *arg, const TaskEpisode *episode, const SimState *state,
              const TaskStep *judgement);
} EnvEpisodeWatcher;

// From now on; NULL: nobody.
void env_skill_watch(EnvSkill *skill, const EnvEpisodeWatcher *watcher);

// Hash of the physics.
uint64_t env_skill_model(const EnvSkill *skill);
const EnvSkillCount *env_skill_count(const EnvSkill *skill);

// ---- its episodes elsewhere (hcsp/env/resident.h)

// Why these episodes cannot live on a device; NULL: they can.
const char *env_skill_keeps(const EnvSkill *skill);
// What kernels have to know; recorded starts are the host's.
void env_skill_describe(EnvCuda *cuda, const EnvSkill *skill);
void env_skill_get_world(EnvWorld *world, const EnvSkill *skill, int env);
void env_skill_set_world(EnvSkill *skill, int env, const EnvWorld *world);
// Adds sums over episodes that finished elsewhere, in the order of ENV_TALLY.
void env_skill_add(EnvSkill *skill, const double *tally);

// CPU seconds of the calling thread spent in steps since the start; of the wall clock with several
// threads.
typedef struct EnvSkillTime {
  double step;    // physics and referee
  double reward;  // rewards, ends, new episodes
} EnvSkillTime;
const EnvSkillTime *env_skill_time(const EnvSkill *skill);

#endif  // HCSP_ENV_SKILL_ENV_H_
