// Logs of schema 1, which the program reads and no longer writes.
#ifndef TESTS_SUPPORT_SCHEMA1_H_
#define TESTS_SUPPORT_SCHEMA1_H_

#include "sim/record/rally.h"

// Writes n rallies into one file as schema 1 had them, without what it did not hold. Aborts when it
// cannot.
void test_write_schema1(const char *path, const SimLogInfo *info, const SimRally *rally, int n);

#endif  // TESTS_SUPPORT_SCHEMA1_H_
