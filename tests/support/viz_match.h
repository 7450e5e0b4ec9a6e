// A short real match, and the graphics driver, for the tests of the viewer.
#ifndef TESTS_SUPPORT_VIZ_MATCH_H_
#define TESTS_SUPPORT_VIZ_MATCH_H_

#include <stdint.h>

enum { TEST_MATCH_SEED = 5 };

// Writes the log of the first n rallies of the team classical against itself into this folder,
// which is emptied before. Fails the test when it cannot.
void test_viz_match(const char *folder, int n);
// The same of other teams; the log claims hashes of theirs that differ in the bits of `other`.
void test_viz_match_of(const char *folder, const char *near, const char *far, int n,
                       uint64_t other);

// Keeps Mesa's software driver loaded until the end, so that the leak sanitizer can tell its few
// permanent objects (support/lsan.supp) from ours.
void test_keep_driver(void);

#endif  // TESTS_SUPPORT_VIZ_MATCH_H_
