// Helpers for the cmocka tests. Includes cmocka and what it needs, in the order it needs.
#ifndef TESTS_SUPPORT_CHECK_H_
#define TESTS_SUPPORT_CHECK_H_

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdbool.h>
#include <sys/types.h>

#include "sim/base/status.h"

// What a test needs and not every machine has. First of all in a test, before anything is held that
// would have to be freed: skipping jumps out of it. tests/check_skips.sh watches over that, and
// this is the one place that may skip.
#define test_needs(there, why_not)                                                                 \
  do {                                                                                             \
    if (!(there)) {                                                                                \
      print_message("%s\n", (why_not));                                                            \
      skip();                                                                                      \
    }                                                                                              \
  } while (0)

// Whether a sanitizer slows this build down.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TEST_SANITIZED 1
#endif
#endif
#ifndef TEST_SANITIZED
#define TEST_SANITIZED 0
#endif

// Doubles (cmocka 1.1.5 compares floats only): |a - b| <= tolerance, and none of them NaN.
#define assert_near(a, b, tolerance)                                                               \
  test_near((a), (b), (tolerance), #a " ~ " #b, __FILE__, __LINE__)
void test_near(double a, double b, double tolerance, const char *what, const char *file, int line);

// The status is SIM_OK; prints the error's sentence otherwise.
#define assert_ok(status, err) test_ok((status), (err), #status, __FILE__, __LINE__)
void test_ok(SimStatus status, const SimError *err, const char *what, const char *file, int line);

// The status is want and the sentence in err contains part.
#define assert_refused(status, want, err, part)                                                    \
  test_refused((status), (want), (err), (part), __FILE__, __LINE__)
void test_refused(SimStatus status, SimStatus want, const SimError *err, const char *part,
                  const char *file, int line);

// The program has warned (sim/base/log.h) in words that contain part, once or more since the last
// time this was asked. A test program in which warnings are left fails when it ends; what is said
// inside test_capture_stderr and test_capture_terminal is read there.
#define assert_warned(part) test_warned((part), __FILE__, __LINE__)
void test_warned(const char *part, const char *file, int line);
void test_warnings_pause(bool paused);

// Writes bytes to a file, fails the test when it cannot.
void test_write_file(const char *path, const void *data, size_t size);
// The whole file with a NUL behind it, to be freed; *size (may be NULL) is its length.
char *test_read_file(const char *path, size_t *size);
// text with the first `find` exchanged for `with`; to be freed. Fails when it is not there.
char *test_exchange(const char *text, const char *find, const char *with);
// Number of entries of a folder, without "." and "..".
int test_count_files(const char *folder);

// Runs fn(arg) and returns what it wrote to stderr, to be freed.
char *test_capture_stderr(void (*fn)(void *arg), void *arg);
// The same on a terminal of 60 columns whose TERM is term, into out; needs test_has_terminals().
void test_capture_terminal(char *out, size_t size, void (*fn)(void *arg), const char *term);
bool test_has_terminals(void);

// Kills a child that writes an int64_t to a pipe after each step of its work: waits for `steps` of
// them, then for `part` of the time the last one took (of 50 ms when steps is 0), so that a slow
// machine is killed in the same places as a fast one. Reads and closes the pipe; returns the last
// number, 0 for none.
int64_t test_kill_child(pid_t pid, int pipe, int steps, double part);

#endif  // TESTS_SUPPORT_CHECK_H_
