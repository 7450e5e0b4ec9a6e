// Helpers for the cmocka tests: they fail with the caller's file and line.
#include "tests/support/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/log.h"

void test_near(double a, double b, double tolerance, const char *what, const char *file, int line) {
  if (!(fabs(a - b) <= tolerance)) {
    print_error("%s: %.17g and %.17g differ by %.3g, wanted at most %.3g\n", what, a, b,
                fabs(a - b), tolerance);
    _fail(file, line);
  }
}

void test_ok(SimStatus status, const SimError *err, const char *what, const char *file, int line) {
  if (status != SIM_OK) {
    print_error("%s: status %d, \"%s\"\n", what, (int)status, err ? err->text : "");
    _fail(file, line);
  }
}

void test_refused(SimStatus status, SimStatus want, const SimError *err, const char *part,
                  const char *file, int line) {
  if (status != want || err->status != want || !strstr(err->text, part)) {
    print_error("status %d, wanted %d; sentence \"%s\", wanted \"%s\" in it\n", (int)status,
                (int)want, err->text, part);
    _fail(file, line);
  }
}

void test_write_file(const char *path, const void *data, size_t size) {
  FILE *f = fopen(path, "wb");
  if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0) {
    fail_msg("cannot write %s", path);
  }
}

char *test_read_file(const char *path, size_t *size) {
  FILE *f = fopen(path, "rb");
  if (!f) {
    fail_msg("cannot open %s", path);
    return NULL;
  }
  fseek(f, 0, SEEK_END);
  size_t bytes = (size_t)ftell(f);
  rewind(f);
  char *data = malloc(bytes + 1);
  if (!data || fread(data, 1, bytes, f) != bytes) {
    fail_msg("cannot read %s", path);
  }
  fclose(f);
  data[bytes] = '\0';
  if (size) {
    *size = bytes;
  }
  return data;
}

int test_count_files(const char *folder) {
  DIR *dir = opendir(folder);
  if (!dir) {
    fail_msg("cannot open %s", folder);
  }
  int n = -2;
  while (readdir(dir)) {
    n++;
  }
  closedir(dir);
  return n;
}

char *test_capture_stderr(void (*fn)(void *arg), void *arg) {
  const char *path = "captured_stderr.txt";
  fflush(stderr);
  int kept = dup(STDERR_FILENO);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_true(kept >= 0 && fd >= 0);
  dup2(fd, STDERR_FILENO);
  test_warnings_pause(true);
  fn(arg);
  test_warnings_pause(false);
  fflush(stderr);
  dup2(kept, STDERR_FILENO);
  close(kept);
  close(fd);
  return test_read_file(path, NULL);
}

bool test_has_terminals(void) {
  int ours, theirs;
  if (openpty(&ours, &theirs, NULL, NULL, NULL) != 0) {
    return false;
  }
  close(ours);
  close(theirs);
  return true;
}

void test_capture_terminal(char *out, size_t size, void (*fn)(void *arg), const char *term) {
  int ours, theirs;
  const struct winsize window = {.ws_row = 40, .ws_col = 60};
  setenv("TERM", term, 1);
  assert_int_equal(openpty(&ours, &theirs, NULL, NULL, &window), 0);
  fflush(stderr);
  int kept = dup(STDERR_FILENO);
  dup2(theirs, STDERR_FILENO);
  test_warnings_pause(true);
  fn(NULL);
  test_warnings_pause(false);
  dup2(kept, STDERR_FILENO);
  close(kept);
  // the kernel hands the text on in pieces
  size_t used = 0;
  struct pollfd ready = {.fd = ours, .events = POLLIN};
  while (used + 1 < size && poll(&ready, 1, 100) == 1) {
    ssize_t n = read(ours, out + used, size - 1 - used);
    assert_true(n > 0);
    used += (size_t)n;
  }
  out[used] = '\0';
  close(ours);
  close(theirs);
}

int64_t test_kill_child(pid_t pid, int pipe, int steps, double part) {
  int64_t told = 0, value;
  int status;
  double took = 0.05, before = sim_time_wall();
  for (int i = 0; i < steps && read(pipe, &value, sizeof value) == sizeof value; i++) {
    told = value;
    took = sim_time_wall() - before;
    before += took;
  }
  usleep((useconds_t)(1e6 * part * took));
  assert_int_equal(kill(pid, SIGKILL), 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFSIGNALED(status));
  while (read(pipe, &value, sizeof value) == sizeof value) {
    told = value;
  }
  close(pipe);
  return told;
}

char *test_exchange(const char *text, const char *find, const char *with) {
  const char *at = strstr(text, find);
  assert_non_null(at);
  const size_t size = strlen(text) + strlen(with) + 1;
  char *out = malloc(size);
  assert_non_null(out);
  snprintf(out, size, "%.*s%s%s", (int)(at - text), text, with, at + strlen(find));
  return out;
}
