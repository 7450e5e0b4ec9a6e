// Many episodes of one task side by side: inference in tiles, physics in one batch, what an episode
// ends with counted in the order of the worlds. The same bits at any number of threads.
#ifndef HCSP_LEARN_WORLDS_H_
#define HCSP_LEARN_WORLDS_H_

#include "hcsp/learn/ppo.h"
#include "hcsp/tasks/task.h"
#include "sim/batch.h"

typedef struct HcspWorlds HcspWorlds;

// Sums over finished episodes since the last hcsp_worlds_clear.
typedef struct HcspCount {
  double episodes, reward, steps;
  double sum[HCSP_STATS_MAX], n[HCSP_STATS_MAX];  // of stats that said something
} HcspCount;

// Borrows task. Every world starts its first episode; stagger: with a part of its clock gone, so
// that not all clocks run out together, and not counted. NULL and err when memory or the model
// fails.
HcspWorlds *hcsp_worlds_create(const HcspTask *task, int worlds, bool stagger, int threads,
                               uint64_t seed, SimError *err);
void hcsp_worlds_destroy(HcspWorlds *worlds);  // NULL is fine

// From now on the network acts on device, which is borrowed, and half of the worlds step while the
// other half is thought about. Actions then agree with those of the processor to rounding.
SimStatus hcsp_worlds_think_on(HcspWorlds *worlds, KrnDevice *device, SimError *err);

// Who wants to see finished episodes, in the order of the worlds.
typedef struct HcspEpisodeWatcher {
  void *arg;
  void (*end)(void *arg, const HcspEpisode *episode, const SimState *state,
              const HcspJudgement *judgement);
} HcspEpisodeWatcher;

// rollout->steps decisions of every world with actor. Sampled actions, or the mean when sample is
// false. watcher may be NULL. SIM_FAIL when the physics fails.
SimStatus hcsp_worlds_collect(HcspWorlds *worlds, HcspRollout *rollout, const PolNet *actor,
                              bool sample, const HcspEpisodeWatcher *watcher, SimError *err);

// Hash of the physics that the worlds have.
uint64_t hcsp_worlds_model(const HcspWorlds *worlds);

// CPU seconds of the calling thread since the start: everything, when there is only one. Beside a
// device that acts, seconds of the wall clock.
typedef struct HcspWorldsTime {
  double act;    // observing, inference, drawing actions
  double step;   // physics and referee
  double judge;  // rewards, ends, new episodes
  double wait;   // of act: for the device
} HcspWorldsTime;
const HcspWorldsTime *hcsp_worlds_time(const HcspWorlds *worlds);

const HcspCount *hcsp_worlds_count(const HcspWorlds *worlds);
void hcsp_worlds_clear(HcspWorlds *worlds);

// Everything the worlds hold, for a checkpoint: bytes of the whole.
size_t hcsp_worlds_size(const HcspWorlds *worlds);
void hcsp_worlds_save(HcspWorlds *worlds, void *bytes);
// SIM_BAD_INPUT when the bytes hold an impossible state; the worlds are of no use then.
SimStatus hcsp_worlds_load(HcspWorlds *worlds, const void *bytes, SimError *err);

#endif  // HCSP_LEARN_WORLDS_H_
