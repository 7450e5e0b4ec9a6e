// Edits of a match file with raw calls of the HDF5 library, for the tests of the reader.
#ifndef TESTS_SUPPORT_BROKEN_LOGS_H_
#define TESTS_SUPPORT_BROKEN_LOGS_H_

#include <hdf5.h>

typedef struct BrokenLog {
  const char *name;          // of the case
  void (*edit)(hid_t file);  // makes a good file of two rallies a bad one
  const char *place, *seen;  // parts of the sentence that the reader must give
} BrokenLog;

// Files that are broken by mistake, and how many; the second of schema 1.
const BrokenLog *test_broken_logs(int *n);
const BrokenLog *test_broken_logs1(int *n);
// Files that lead the library to another file, "secret.h5" or "secret.bin" of this folder.
const BrokenLog *test_trap_logs(int *n);
const BrokenLog *test_trap_logs1(int *n);

#endif  // TESTS_SUPPORT_BROKEN_LOGS_H_
