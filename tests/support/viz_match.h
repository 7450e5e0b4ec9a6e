// A short real match for the tests of the viewer.
#ifndef TESTS_SUPPORT_VIZ_MATCH_H_
#define TESTS_SUPPORT_VIZ_MATCH_H_

enum { TEST_MATCH_SEED = 5 };

// Writes the log of the first n rallies of the team classical against itself into this folder,
// which is emptied before. Fails the test when it cannot.
void test_viz_match(const char *folder, int n);

#endif  // TESTS_SUPPORT_VIZ_MATCH_H_
