// What people see on stderr: levels, one line a message, progress that does not flood a file and
// redraws on a terminal.
#include "sim/base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/check.h"

static void say_all(void *arg) {
  (void)arg;
  sim_log(SIM_LOG_DEBUG, "d%d", 1);
  sim_log(SIM_LOG_INFO, "i%d", 2);
  sim_log(SIM_LOG_WARNING, "w%d", 3);
  sim_log(SIM_LOG_ERROR, "e%d", 4);
}

// the lines without their "[    0.00 s] "
static void assert_lines(char *text, const char *const *want, int n) {
  char *rest = text;
  for (int i = 0; i < n; i++) {
    char *line = strsep(&rest, "\n");
    assert_non_null(line);
    double seconds = -1;
    int used = 0;
    assert_int_equal(sscanf(line, "[%lf s] %n", &seconds, &used), 1);
    assert_true(seconds >= 0 && seconds < 1000);
    assert_string_equal(line + used, want[i]);
  }
  assert_string_equal(rest, "");
  free(text);
}

static void levels_filter(void **state) {
  (void)state;
  static const char *const all[] = {"debug: d1", "i2", "warning: w3", "error: e4"};
  static const char *const names[] = {"debug", "info", "warning", "error"};
  for (int i = 0; i < 4; i++) {
    setenv("HCSP_LOG", names[i], 1);
    assert_lines(test_capture_stderr(say_all, NULL), all + i, 4 - i);
  }
  setenv("HCSP_LOG", "nonsense", 1);
  assert_lines(test_capture_stderr(say_all, NULL), all + 1, 3);
  unsetenv("HCSP_LOG");
  assert_lines(test_capture_stderr(say_all, NULL), all + 1, 3);
}

// The first message of all tells how long the program has run.
static void the_clock_starts_with_the_program(void **state) {
  (void)state;
  const struct timespec nap = {.tv_nsec = 50000000};
  nanosleep(&nap, NULL);
  char *text = test_capture_stderr(say_all, NULL);
  double seconds = 0;
  assert_int_equal(sscanf(text, "[%lf s]", &seconds), 1);
  assert_true(seconds >= 0.05);
  free(text);
}

static void say_much(void *arg) {
  sim_log(SIM_LOG_INFO, "%s", (const char *)arg);
}

static void long_messages_stay_one_line(void **state) {
  (void)state;
  char many[5000];
  memset(many, 'x', sizeof many - 1);
  many[sizeof many - 1] = '\0';
  char *text = test_capture_stderr(say_much, many);
  assert_true(strlen(text) < 2200);
  assert_true(strchr(text, '\n') == text + strlen(text) - 1);
  free(text);
}

static void progress_quickly(void *arg) {
  (void)arg;
  SimProgress p = {.what = "rallies", .total = 1000};
  for (int i = 0; i <= 1000; i++) {
    sim_progress(&p, i, "going well");
  }
  sim_progress_end(&p);
}

static void progress_late(void *arg) {
  (void)arg;
  double now = sim_time_wall();
  SimProgress p = {.what = "rallies", .total = 400, .started = now - 100, .shown = now - 11};
  sim_progress(&p, 100, "going well");
  sim_progress(&p, 101, "too soon");
  sim_progress_end(&p);
}

static void progress_in_a_file(void **state) {
  (void)state;
  char *text = test_capture_stderr(progress_quickly, NULL);
  assert_string_equal(text, "");
  free(text);
  static const char *const want[] = {"rallies 100/400 (25 %), 1/s, 5 min 00 s left, going well"};
  assert_lines(test_capture_stderr(progress_late, NULL), want, 1);
}

static void talk_and_progress(void *arg) {
  progress_late(arg);
  sim_log(SIM_LOG_INFO, "done");
}

static void progress_on_a_terminal(void **state) {
  (void)state;
  test_needs(test_has_terminals(), "no pseudo-terminal on this machine");
  char text[1024];
  test_capture_terminal(text, sizeof text, talk_and_progress, "xterm");
  static const char want[] = "\r\033[Krallies 100/400 (25 %), 1/s, 5 min 00 s left, going well"
                             "\r\033[K\r\033[K[";
  assert_memory_equal(text, want, sizeof want - 1);
  test_capture_terminal(text, sizeof text, talk_and_progress, "dumb");
  assert_null(strchr(text, '\033'));
}

static void clocks_run(void **state) {
  (void)state;
  double wall = sim_time_wall(), cpu = sim_time_cpu(), thread = sim_time_thread();
  while (sim_time_thread() - thread < 0.01) {
  }
  assert_true(sim_time_wall() - wall >= 0.0099);
  assert_true(sim_time_cpu() - cpu >= 0.0099);
  wall = sim_time_wall();
  cpu = sim_time_cpu();
  usleep(50000);
  assert_true(sim_time_wall() - wall >= 0.0499);
  assert_true(sim_time_cpu() - cpu < 0.03);
}

// exit code of a process that warns and ends well
static int code_of(bool expects) {
  const pid_t child = fork();
  if (child == 0) {
    if (!freopen("warned.txt", "w", stderr)) {
      _exit(98);
    }
    sim_log(SIM_LOG_WARNING, "the %s shakes", "net");
    if (expects) {
      assert_warned("net shakes");
    }
    exit(0);
  }
  int how = 0;
  assert_int_equal(waitpid(child, &how, 0), child);
  assert_true(WIFEXITED(how));
  return WEXITSTATUS(how);
}

static void a_warning_fails_a_test_that_does_not_expect_it(void **state) {
  (void)state;
  assert_int_equal(code_of(true), 0);
  assert_int_equal(code_of(false), 1);
  char *said = test_read_file("warned.txt", NULL);
  assert_non_null(strstr(said, "a warning that no test expects: the net shakes"));
  free(said);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_clock_starts_with_the_program),
      cmocka_unit_test(levels_filter),
      cmocka_unit_test(long_messages_stay_one_line),
      cmocka_unit_test(progress_in_a_file),
      cmocka_unit_test(progress_on_a_terminal),
      cmocka_unit_test(clocks_run),
      cmocka_unit_test(a_warning_fails_a_test_that_does_not_expect_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
