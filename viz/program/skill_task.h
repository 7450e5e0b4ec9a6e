// A skill of a run folder at its own task: what it is asked for, what it is paid, whether it
// succeeds. The policy is read again when the training has written a new one.
#ifndef VIZ_PROGRAM_SKILL_TASK_H_
#define VIZ_PROGRAM_SKILL_TASK_H_

#include "viz/source.h"

// critic: file of the network that prices the state left behind, "": nothing is paid for it.
// SIM_BAD_INPUT when the run has no such policy yet or one of its files is damaged.
SimStatus viz_skill_task_open(VizPractice *practice, const char *run, const char *skill,
                              const char *critic, SimError *err);

#endif  // VIZ_PROGRAM_SKILL_TASK_H_
