// Rollouts: an actor in an environment whose agents all act at every step. On the processor, rows
// are observed and thought about in tiles over all threads. With a device that works beside it, the
// environments go in two halves: one is stepped while the device thinks about the other. Either way
// the rows are the same, and the bits do not depend on the number of threads.
#ifndef HCSP_LEARN_COLLECT_H_
#define HCSP_LEARN_COLLECT_H_

#include "hcsp/env/env.h"
#include "hcsp/learn/rollout.h"
#include "policies/net.h"

typedef struct LearnCollector LearnCollector;

// Seconds since the start: CPU time of the calling thread, which is everything when there is only
// one; of the wall clock beside a device.
typedef struct LearnCollectTime {
  double act;   // observing, inference, drawing actions
  double wait;  // of these: for the device
  double step;  // in the environment
} LearnCollectTime;

// Borrows the environment, and the device; that is NULL, or one that works beside the processor.
// NULL and err without memory.
LearnCollector *learn_collector_create(const Env *env, KrnDevice *device, int threads,
                                       SimError *err);
void learn_collector_destroy(LearnCollector *collector);  // NULL is fine

// Fills rollout, whose worlds are the rows of the environment: rollout->steps steps of the actor.
// Actions are drawn, or the mean when `sample` is false. SIM_FAIL when physics or device fail.
SimStatus learn_collect(LearnCollector *collector, Rollout *rollout, const PolNet *actor,
                        bool sample, SimError *err);
const LearnCollectTime *learn_collect_time(const LearnCollector *collector);

#endif  // HCSP_LEARN_COLLECT_H_
