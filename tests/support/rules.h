// What must be true of the referee after any step, whatever the bodies do: shared by the random
// test and the fuzzer.
#ifndef TESTS_SUPPORT_RULES_H_
#define TESTS_SUPPORT_RULES_H_

#include "sim/referee.h"

// The first rule that the step from before to after breaks, in words, or NULL.
const char *test_broken_rule(const SimReferee *before, const SimReferee *after,
                             const SimEvents *events, const SimView *view, const SimRules *rules);

#endif  // TESTS_SUPPORT_RULES_H_
