// Short real rallies for the tests of recording and replay: the drones hover with a little noise,
// and the serve falls to the ground.
#ifndef TESTS_SUPPORT_PLAYED_H_
#define TESTS_SUPPORT_PLAYED_H_

#include "sim/record/recorder.h"

// The model of these rallies, to be destroyed; aborts when it cannot be built.
SimModel *test_model(void);
void test_played_info(SimLogInfo *info);

// Plays rallies first .. first + n - 1 one after the other and records them.
SimStatus test_play_rallies(SimRecorder *recorder, const SimModel *model, uint32_t first, int n,
                            SimError *err);

#endif  // TESTS_SUPPORT_PLAYED_H_
