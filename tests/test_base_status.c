// Error sentences and version texts.
#include "sim/base/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/version.h"
#include "tests/support/check.h"

static void a_sentence_is_one_line(void **state) {
  (void)state;
  SimError err = {0};
  SimStatus status = sim_error(&err, SIM_BAD_INPUT, "%s: saw '%s'", "f", "a\nb\x1b[2J\x7f");
  assert_int_equal(status, SIM_BAD_INPUT);
  assert_int_equal(err.status, SIM_BAD_INPUT);
  assert_string_equal(err.text, "f: saw 'a b [2J '");
  assert_int_equal(sim_error(NULL, SIM_USAGE, "%d", 1), SIM_USAGE);
}

static void a_long_sentence_ends_in_dots(void **state) {
  (void)state;
  static char many[3000];
  memset(many, 'x', sizeof many - 1);
  SimError err = {0};
  sim_error(&err, SIM_FAIL, "%s", many);
  assert_int_equal(strlen(err.text), sizeof err.text - 1);
  assert_string_equal(err.text + sizeof err.text - 5, "x...");
  // one that just fits does not
  many[sizeof err.text - 1] = '\0';
  sim_error(&err, SIM_FAIL, "%s", many);
  assert_string_equal(err.text, many);
}

static void system_errors_become_status_codes(void **state) {
  (void)state;
  static const struct {
    int number;
    SimStatus want;
  } cases[] = {{ENOSPC, SIM_DISK_FULL},
               {EDQUOT, SIM_DISK_FULL},
               {EFBIG, SIM_DISK_FULL},
               {EIO, SIM_FAIL},
               {ENOENT, SIM_FAIL}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    SimError err = {0};
    errno = cases[i].number;
    assert_int_equal(sim_error_errno(&err, "%s: cannot write", "log.h5"), cases[i].want);
    assert_int_equal(errno, cases[i].number);
    assert_int_equal(err.status, cases[i].want);
    char want[256];
    snprintf(want, sizeof want, "log.h5: cannot write: %s", strerror(cases[i].number));
    assert_string_equal(err.text, want);
    assert_int_equal(sim_error_errno(NULL, "x"), cases[i].want);
  }
}

static void prefixes_come_in_front(void **state) {
  (void)state;
  SimError err = {0};
  sim_error(&err, SIM_DISK_FULL, "no space");
  assert_int_equal(sim_error_prefix(&err, "matches/00001.h5"), SIM_DISK_FULL);
  assert_string_equal(err.text, "matches/00001.h5: no space");
  // the arguments may be the error itself
  sim_error(&err, SIM_FAIL, "again %s", err.text);
  assert_string_equal(err.text, "again matches/00001.h5: no space");
  assert_int_equal(sim_error_prefix(NULL, "x"), SIM_FAIL);
}

static void the_version_is_told(void **state) {
  (void)state;
  assert_string_equal(sim_version(), HCSP_VERSION);
  size_t n = strspn(sim_commit(), "0123456789abcdef");
  assert_true(strcmp(sim_commit(), "unknown") == 0 ||
              (n == 40 && strspn(sim_commit() + n, "+") == strlen(sim_commit()) - n));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_sentence_is_one_line),
      cmocka_unit_test(a_long_sentence_ends_in_dots),
      cmocka_unit_test(system_errors_become_status_codes),
      cmocka_unit_test(prefixes_come_in_front),
      cmocka_unit_test(the_version_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
