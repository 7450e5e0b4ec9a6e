// Bits that stay what they are from one version to the next, where the same build on the same kind
// of machine makes them.
#ifndef TESTS_SUPPORT_GOLDEN_H_
#define TESTS_SUPPORT_GOLDEN_H_

#include <stdint.h>

// Fails when hash is not the number that tests/golden/bits.txt has for `what` from this compiler,
// kind of build, C library, processor and `with`, the other libraries that shape these bits. Passes
// and says so where nobody has stored one. With HCSP_GOLDEN=1 in the environment it stores hash.
void test_golden(const char *what, const char *with, uint64_t hash);

#endif  // TESTS_SUPPORT_GOLDEN_H_
