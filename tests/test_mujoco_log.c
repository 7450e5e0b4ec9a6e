// MuJoCo's messages: in a process of its own each, for an error ends it.
#include "sim/mujoco_log.h"

#include <fcntl.h>
#include <mujoco/mujoco.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/model.h"
#include "tests/support/check.h"

// exit code of a process that makes a model and then lets MuJoCo talk; what it says goes to log
static int code_of(void (*talk)(void), const char *strict, const char *log) {
  const pid_t child = fork();
  if (child == 0) {
    SimError err;
    const SimModelOptions options = {.roster = 0};
    setenv("HCSP_STRICT", strict, 1);
    if (dup2(open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO) < 0) {
      _exit(98);
    }
    SimModel *model = sim_model_create(&options, &err);
    talk();
    sim_model_destroy(model);
    _exit(model ? 0 : 99);
  }
  int how = 0;
  assert_int_equal(waitpid(child, &how, 0), child);
  assert_true(WIFEXITED(how));
  return WEXITSTATUS(how);
}

static void warn(void) {
  mju_warning("the %s shakes", "net");
}

static void give_up(void) {
  mju_error("the %s is gone", "net");
}

static void assert_said(const char *log, const char *part) {
  char *text = test_read_file(log, NULL);
  if (!strstr(text, part)) {
    fail_msg("'%s'; wanted '%s'", text, part);
  }
  free(text);
  assert_int_not_equal(access("MUJOCO_LOG.TXT", F_OK), 0);
}

static void warnings_are_ours(void **state) {
  (void)state;
  assert_int_equal(code_of(warn, "", "warning.txt"), 0);
  assert_said("warning.txt", "warning: MuJoCo: the net shakes\n");
}

static void warnings_end_a_test(void **state) {
  (void)state;
  assert_int_equal(code_of(warn, "1", "strict.txt"), SIM_FAIL);
  assert_said("strict.txt", "test_mujoco_log: MuJoCo warns: the net shakes\n");
}

static void errors_end_the_program(void **state) {
  (void)state;
  assert_int_equal(code_of(give_up, "", "error.txt"), SIM_FAIL);
  assert_said("error.txt", "test_mujoco_log: MuJoCo gives up: the net is gone\n");
}

// every test runs with it
static void tests_are_strict(void **state) {
  (void)state;
  assert_non_null(getenv("HCSP_STRICT"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(warnings_are_ours),
      cmocka_unit_test(warnings_end_a_test),
      cmocka_unit_test(errors_end_the_program),
      cmocka_unit_test(tests_are_strict),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
