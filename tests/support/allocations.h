// Counts every allocation of the process, in our code and in the libraries it calls. For the
// promise that a step allocates nothing. Link test_allocations to get it.
#ifndef TESTS_SUPPORT_ALLOCATIONS_H_
#define TESTS_SUPPORT_ALLOCATIONS_H_

#include <stdint.h>

// Calls of malloc, calloc, realloc and their aligned kin since the start, by all threads; -1 under
// a sanitizer, which has its own allocator.
int64_t test_allocations(void);

#endif  // TESTS_SUPPORT_ALLOCATIONS_H_
