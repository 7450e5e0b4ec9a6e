// Random rallies for the tests of match logs: numbers without physics, which is all that writing
// and reading need.
#ifndef TESTS_SUPPORT_RALLIES_H_
#define TESTS_SUPPORT_RALLIES_H_

#include "sim/record/recorder.h"

enum { TEST_STATE_SIZE = 23 };

void test_log_info(SimLogInfo *info);

// Steps of rally number `rally`: 1 to 350, some of them multiples of 100.
int test_rally_steps(uint32_t rally);

// State `step` of a rally, its exact state row and the inputs of the step that led to it. Depends
// on (rally, step) alone.
void test_rally_state(SimState *state, double row[TEST_STATE_SIZE], SimRecordStep *drive,
                      uint32_t rally, int step);

// Records the whole rally.
SimStatus test_record_rally(SimRecorder *recorder, uint32_t rally, SimError *err);
// Records rallies first .. first + n - 1, `parallel` of them at a time.
SimStatus test_record_rallies(SimRecorder *recorder, uint32_t first, int n, int parallel,
                              SimError *err);

// What a reader should return, made without the recorder; free with sim_rally_free.
void test_expected_rally(SimRally *rally, uint32_t number);
// Makes it what a log of schema 1 can tell of it.
void test_forget_schema2(SimRally *rally);

#endif  // TESTS_SUPPORT_RALLIES_H_
