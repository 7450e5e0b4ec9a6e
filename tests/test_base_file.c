// Files: every system call of sim/base/file.c goes through the wrappers below (linker --wrap),
// which record it, let the n-th one fail, or end the process there as a kill would. After each of
// these the file must hold either all of the old or all of the new bytes.
#include "sim/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/check.h"

enum { CALLS_MAX = 64, KILLED = 99 };

typedef enum What { PASS, FAIL_ONE, KILL, INTERRUPT, SHORT } What;

// what the wrappers do; the only mutable state of this file
static struct Plan {
  What what;
  int at;          // number of the call, from 0
  const char *on;  // FAIL_ONE: only calls of this name count, NULL: all
  int number;      // errno
  int calls;       // counted so far
  char trace[CALLS_MAX][12];
  int traced;
} plan;

static void set_plan(What what, int at, const char *on, int number) {
  plan = (struct Plan){.what = what, .at = at, .on = on, .number = number};
}

// true when this call must fail
static bool meet(const char *name) {
  if (plan.traced < CALLS_MAX) {
    snprintf(plan.trace[plan.traced++], sizeof plan.trace[0], "%s", name);
  }
  if (plan.on && strcmp(plan.on, name) != 0) {
    return false;
  }
  int call = plan.calls++;
  if (plan.what == KILL && call == plan.at) {
    _exit(KILLED);
  }
  if (plan.what == FAIL_ONE && call == plan.at) {
    errno = plan.number;
    return true;
  }
  if (plan.what == INTERRUPT && call % 2 == 0) {
    errno = EINTR;
    return true;
  }
  return false;
}

int __real_open(const char *path, int flags, ...);
ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __real_write(int fd, const void *data, size_t size);
int __real_fsync(int fd);
int __real_close(int fd);
int __real_rename(const char *from, const char *to);
int __real_ftruncate(int fd, off_t size);
int __real_fstat(int fd, struct stat *info);
off_t __real_lseek(int fd, off_t offset, int whence);
ssize_t __real_pread(int fd, void *data, size_t size, off_t offset);
int __real_mkdir(const char *path, mode_t mode);

int __wrap_open(const char *path, int flags, ...);
ssize_t __wrap_read(int fd, void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __wrap_fsync(int fd);
int __wrap_close(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_ftruncate(int fd, off_t size);
int __wrap_fstat(int fd, struct stat *info);
off_t __wrap_lseek(int fd, off_t offset, int whence);
ssize_t __wrap_pread(int fd, void *data, size_t size, off_t offset);
int __wrap_mkdir(const char *path, mode_t mode);

int __wrap_open(const char *path, int flags, ...) {
  va_list args;
  va_start(args, flags);
  mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
  va_end(args);
  return meet("open") ? -1 : __real_open(path, flags, mode);
}

ssize_t __wrap_read(int fd, void *data, size_t size) {
  size_t most = plan.what == SHORT && size > 3 ? 3 : size;
  return meet("read") ? -1 : __real_read(fd, data, most);
}

ssize_t __wrap_write(int fd, const void *data, size_t size) {
  size_t most = plan.what == SHORT && size > 3 ? 3 : size;
  // a failing or last write leaves half of its bytes behind
  bool last = (plan.what == KILL || plan.what == FAIL_ONE) && plan.calls == plan.at &&
              (!plan.on || strcmp(plan.on, "write") == 0);
  if (last && __real_write(fd, data, size / 2) < 0) {
    abort();
  }
  return meet("write") ? -1 : __real_write(fd, data, most);
}

int __wrap_fsync(int fd) {
  return meet("fsync") ? -1 : __real_fsync(fd);
}

int __wrap_close(int fd) {
  bool fails = meet("close");
  int number = errno;
  __real_close(fd);
  errno = number;
  return fails ? -1 : 0;
}

int __wrap_rename(const char *from, const char *to) {
  return meet("rename") ? -1 : __real_rename(from, to);
}

int __wrap_ftruncate(int fd, off_t size) {
  return meet("ftruncate") ? -1 : __real_ftruncate(fd, size);
}

int __wrap_fstat(int fd, struct stat *info) {
  return meet("fstat") ? -1 : __real_fstat(fd, info);
}

off_t __wrap_lseek(int fd, off_t offset, int whence) {
  return meet("lseek") ? -1 : __real_lseek(fd, offset, whence);
}

ssize_t __wrap_pread(int fd, void *data, size_t size, off_t offset) {
  return meet("pread") ? -1 : __real_pread(fd, data, size, offset);
}

int __wrap_mkdir(const char *path, mode_t mode) {
  return meet("mkdir") ? -1 : __real_mkdir(path, mode);
}

// ---- helpers ----

static const char old_text[] = "the old text";
static const char new_text[] = "a new text of another length";

static void assert_holds(const char *path, const char *want) {
  char *text = test_read_file(path, NULL);
  assert_string_equal(text, want);
  free(text);
}

static bool holds(const char *path, const char *want) {
  char *text = test_read_file(path, NULL);
  bool same = strcmp(text, want) == 0;
  free(text);
  return same;
}

// an empty folder to write in
static int fresh_folder(void **state) {
  (void)state;
  set_plan(PASS, 0, NULL, 0);
  return system("rm -rf box && mkdir box");
}

static void assert_trace(const char *const *names, int n) {
  for (int i = 0; i < n; i++) {
    assert_true(i < plan.traced);
    assert_string_equal(plan.trace[i], names[i]);
  }
  assert_int_equal(plan.traced, n);
}

// ---- reading ----

static void reads_whole_files(void **state) {
  (void)state;
  test_write_file("box/a", "ab\0cd", 5);
  SimError err = {0};
  char *data;
  size_t size;
  set_plan(SHORT, 0, NULL, 0);
  assert_ok(sim_file_read(&data, &size, "box/a", 5, &err), &err);
  assert_int_equal(size, 5);
  assert_memory_equal(data, "ab\0cd", 6);
  free(data);
  test_write_file("box/empty", "", 0);
  assert_ok(sim_file_read(&data, &size, "box/empty", 5, &err), &err);
  assert_int_equal(size, 0);
  assert_int_equal(data[0], 0);
  free(data);
}

static void refuses_what_is_no_file(void **state) {
  (void)state;
  test_write_file("box/a", "12345", 5);
  assert_int_equal(mkfifo("box/pipe", 0600), 0);
  assert_int_equal(symlink("loop", "box/loop"), 0);
  static const struct {
    const char *path, *sentence;
  } cases[] = {
      {"box/none", "box/none: saw 'No such file or directory', wanted a readable file"},
      {"box/a/b", "box/a/b: saw 'Not a directory', wanted a readable file"},
      {"box/loop", "box/loop: saw 'Too many levels of symbolic links', wanted a readable file"},
      {"box", "box: saw a folder, wanted a regular file"},
      {"box/pipe", "box/pipe: saw a device, pipe or socket, wanted a regular file"},
      {"/dev/zero", "/dev/zero: saw a device, pipe or socket, wanted a regular file"},
      {"box/a", "box/a: saw 5 bytes, wanted at most 4"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    SimError err = {0};
    char *data = &err.text[0];
    size_t size = 1;
    SimStatus status = sim_file_read(&data, &size, cases[i].path, 4, &err);
    assert_refused(status, SIM_BAD_INPUT, &err, cases[i].sentence);
    assert_null(data);
    assert_int_equal(size, 0);
  }
}

static void failing_reads_are_reported(void **state) {
  (void)state;
  test_write_file("box/a", "12345", 5);
  static const char *const calls[] = {"open", "fstat", "read"};
  static const char *const sentences[] = {"cannot open", "cannot examine", "cannot read"};
  for (int i = 0; i < 3; i++) {
    set_plan(FAIL_ONE, 0, calls[i], EIO);
    SimError err = {0};
    char *data;
    size_t size;
    SimStatus status = sim_file_read(&data, &size, "box/a", 100, &err);
    assert_refused(status, SIM_FAIL, &err, sentences[i]);
    assert_non_null(strstr(err.text, "Input/output error"));
    assert_null(data);
  }
}

// ---- atomic writes ----

static void write_makes_its_calls_in_order(void **state) {
  (void)state;
  SimError err = {0};
  assert_ok(sim_file_write("box/a", new_text, strlen(new_text), &err), &err);
  static const char *const names[] = {"open",   "write", "fsync", "close",
                                      "rename", "open",  "fsync", "close"};
  assert_trace(names, 8);
  assert_holds("box/a", new_text);
  assert_int_equal(test_count_files("box"), 1);
  // replaces, also with nothing
  assert_ok(sim_file_write("box/a", "", 0, &err), &err);
  assert_holds("box/a", "");
}

// one call after the other fails, with each reason
static void every_failing_call_keeps_the_file_whole(void **state) {
  (void)state;
  static const int numbers[] = {EIO, ENOSPC, EDQUOT, EFBIG};
  for (int k = 0; k < 4; k++) {
    for (int at = 0; at < 8; at++) {
      set_plan(PASS, 0, NULL, 0);
      test_write_file("box/a", old_text, strlen(old_text));
      SimError err = {0};
      set_plan(FAIL_ONE, at, NULL, numbers[k]);
      SimStatus status = sim_file_write("box/a", new_text, strlen(new_text), &err);
      assert_int_equal(status, k == 0 ? SIM_FAIL : SIM_DISK_FULL);
      assert_int_equal(err.status, status);
      assert_non_null(strstr(err.text, "box"));
      assert_non_null(strstr(err.text, strerror(numbers[k])));
      // the rename is call 4
      assert_holds("box/a", at <= 4 ? old_text : new_text);
      assert_int_equal(test_count_files("box"), 1);
    }
  }
}

static void interrupted_and_short_calls_go_on(void **state) {
  (void)state;
  SimError err = {0};
  static const char *const calls[] = {"write", "fsync", "close", "read"};
  for (int i = 0; i < 4; i++) {
    set_plan(INTERRUPT, 0, calls[i], 0);
    assert_ok(sim_file_write("box/a", new_text, strlen(new_text), &err), &err);
    char *data;
    size_t size;
    assert_ok(sim_file_read(&data, &size, "box/a", 100, &err), &err);
    assert_string_equal(data, new_text);
    free(data);
  }
  set_plan(SHORT, 0, NULL, 0);
  assert_ok(sim_file_write("box/a", new_text, strlen(new_text), &err), &err);
  assert_holds("box/a", new_text);
}

// runs fn in a child that dies at call number at; true when it got that far
static bool dies_at(int at, SimStatus (*fn)(void)) {
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    set_plan(KILL, at, NULL, 0);
    fn();
    _exit(0);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status) == KILLED;
}

static SimStatus write_new(void) {
  return sim_file_write("box/a", new_text, strlen(new_text), NULL);
}

static void a_kill_at_any_call_keeps_the_file_whole(void **state) {
  (void)state;
  int at = 0;
  for (;; at++) {
    test_write_file("box/a", old_text, strlen(old_text));
    bool died = dies_at(at, write_new);
    assert_true(holds("box/a", old_text) || holds("box/a", new_text));
    if (!died) {
      break;
    }
    // the next try is not stopped by what the dead one left
    SimError err = {0};
    assert_ok(sim_file_write("box/a", new_text, strlen(new_text), &err), &err);
    assert_holds("box/a", new_text);
  }
  assert_int_equal(at, 8);
}

static void the_own_leftover_is_replaced(void **state) {
  (void)state;
  char temp[64];
  snprintf(temp, sizeof temp, "box/a.%d.tmp", (int)gettid());
  assert_int_equal(symlink("../outside", temp), 0);
  test_write_file("outside", "untouched", 9);
  SimError err = {0};
  assert_ok(sim_file_write("box/a", new_text, strlen(new_text), &err), &err);
  assert_holds("box/a", new_text);
  assert_holds("outside", "untouched");
  assert_int_equal(test_count_files("box"), 1);
}

static void a_real_size_limit_is_a_full_disk(void **state) {
  (void)state;
  test_write_file("box/a", old_text, strlen(old_text));
  static char big[100000];
  struct rlimit before, small;
  getrlimit(RLIMIT_FSIZE, &before);
  small = before;
  small.rlim_cur = 5000;
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  SimError err = {0};
  SimStatus status = sim_file_write("box/a", big, sizeof big, &err);
  setrlimit(RLIMIT_FSIZE, &before);
  assert_refused(status, SIM_DISK_FULL, &err, "File too large");
  assert_holds("box/a", old_text);
  assert_int_equal(test_count_files("box"), 1);
}

static void paths_that_cannot_be_written(void **state) {
  (void)state;
  SimError err = {0};
  SimStatus status = sim_file_write("box/none/a", "x", 1, &err);
  assert_refused(status, SIM_FAIL, &err, "No such file or directory");
  char path[SIM_PATH_MAX + 8];
  memset(path, 'a', sizeof path);
  path[sizeof path - 1] = '\0';
  status = sim_file_write(path, "x", 1, &err);
  assert_refused(status, SIM_BAD_INPUT, &err, "the path is longer than 4096 bytes");
  assert_int_equal(sim_file_make_folder(path, &err), SIM_BAD_INPUT);
}

// ---- commit ----

static void commit_makes_its_calls_in_order(void **state) {
  (void)state;
  test_write_file("box/t", new_text, strlen(new_text));
  SimError err = {0};
  assert_ok(sim_file_commit("box/t", "box/a", &err), &err);
  static const char *const names[] = {"open", "fsync", "close", "rename", "open", "fsync", "close"};
  assert_trace(names, 7);
  assert_holds("box/a", new_text);
  assert_int_equal(test_count_files("box"), 1);
}

static void a_failing_commit_removes_the_temporary(void **state) {
  (void)state;
  for (int at = 0; at < 7; at++) {
    set_plan(PASS, 0, NULL, 0);
    test_write_file("box/a", old_text, strlen(old_text));
    test_write_file("box/t", new_text, strlen(new_text));
    SimError err = {0};
    set_plan(FAIL_ONE, at, NULL, ENOSPC);
    SimStatus status = sim_file_commit("box/t", "box/a", &err);
    assert_refused(status, SIM_DISK_FULL, &err, "No space left on device");
    assert_holds("box/a", at <= 3 ? old_text : new_text);
    assert_int_equal(test_count_files("box"), 1);
  }
}

// ---- appended lines ----

static void lines_are_appended(void **state) {
  (void)state;
  SimError err = {0};
  assert_ok(sim_file_append_line("box/index", "one", &err), &err);
  static const char *const names[] = {"open",  "lseek", "write", "fsync",
                                      "close", "open",  "fsync", "close"};
  assert_trace(names, 8);
  assert_ok(sim_file_append_line("box/index", "two", &err), &err);
  assert_holds("box/index", "one\ntwo\n");
}

static void a_torn_line_is_left_alone(void **state) {
  (void)state;
  test_write_file("box/index", "one\nto", 6);
  SimError err = {0};
  assert_ok(sim_file_append_line("box/index", "three", &err), &err);
  assert_holds("box/index", "one\nto\nthree\n");
}

static void a_failing_append_leaves_no_half_line(void **state) {
  (void)state;
  static const char *const calls[] = {"open", "lseek", "pread", "write", "fsync"};
  for (int i = 0; i < 5; i++) {
    set_plan(PASS, 0, NULL, 0);
    test_write_file("box/index", "one\n", 4);
    SimError err = {0};
    set_plan(FAIL_ONE, 0, calls[i], ENOSPC);
    SimStatus status = sim_file_append_line("box/index", "two", &err);
    assert_refused(status, SIM_DISK_FULL, &err, "box/index");
    assert_holds("box/index", "one\n");
  }
  SimError err = {0};
  set_plan(PASS, 0, NULL, 0);
  SimStatus status = sim_file_append_line("/dev/full", "two", &err);
  assert_refused(status, SIM_DISK_FULL, &err, "No space left on device");
}

static SimStatus append_two(void) {
  return sim_file_append_line("box/index", "two", NULL);
}

static void a_kill_while_appending_loses_one_line_at_most(void **state) {
  (void)state;
  int at = 0;
  for (;; at++) {
    test_write_file("box/index", "one\n", 4);
    if (!dies_at(at, append_two)) {
      break;
    }
    SimError err = {0};
    assert_ok(sim_file_append_line("box/index", "three", &err), &err);
    char *text = test_read_file("box/index", NULL);
    assert_memory_equal(text, "one\n", 4);
    assert_string_equal(text + strlen(text) - 7, "\nthree\n");
    free(text);
  }
  assert_true(at >= 5);
}

// ---- folders, paths, hashes ----

static void folders_are_made(void **state) {
  (void)state;
  SimError err = {0};
  assert_ok(sim_file_make_folder("box/x//y/z/", &err), &err);
  assert_ok(sim_file_make_folder("box/x/y/z", &err), &err);
  assert_ok(sim_file_make_folder("/", &err), &err);
  struct stat info;
  assert_int_equal(stat("box/x/y/z", &info), 0);
  assert_true(S_ISDIR(info.st_mode));
  test_write_file("box/file", "", 0);
  SimStatus status = sim_file_make_folder("box/file/y", &err);
  assert_refused(status, SIM_BAD_INPUT, &err, "box/file: saw a file, wanted a folder");
  for (int at = 0; at < 3; at++) {
    set_plan(FAIL_ONE, at, "mkdir", ENOSPC);
    status = sim_file_make_folder("box/q/r", &err);
    assert_refused(status, SIM_DISK_FULL, &err, "cannot make the folder");
  }
}

static void folders_go_with_all_that_is_in_them(void **state) {
  (void)state;
  SimError err = {0};
  struct stat info;
  assert_ok(sim_file_make_folder("box/x/y", &err), &err);
  assert_ok(sim_file_make_folder("box/kept", &err), &err);
  test_write_file("box/x/y/.a", "1", 1);
  test_write_file("box/kept/b", "2", 1);
  assert_int_equal(symlink("../../kept", "box/x/y/link"), 0);
  assert_ok(sim_file_remove_folder("box/x", &err), &err);
  assert_int_not_equal(stat("box/x", &info), 0);
  assert_holds("box/kept/b", "2");
  assert_ok(sim_file_remove_folder("box/x", &err), &err);
}

static void files_are_hashed_and_copied(void **state) {
  (void)state;
  SimError err = {0};
  uint64_t hash;
  test_write_file("box/a", "abc", 3);
  assert_ok(sim_file_hash(&hash, "box/a", &err), &err);
  assert_true(hash == sim_hash("abc", 3));
  test_write_file("box/b", "longer than that", 16);
  assert_ok(sim_file_copy("box/b", "box/a", &err), &err);
  assert_holds("box/b", "abc");
  assert_refused(sim_file_hash(&hash, "box/none", &err), SIM_BAD_INPUT, &err, "box/none");
  assert_refused(sim_file_copy("box/b", "box/none", &err), SIM_BAD_INPUT, &err, "box/none");
  assert_holds("box/b", "abc");
}

static void paths_are_joined_and_split(void **state) {
  (void)state;
  static const char *const joins[][3] = {
      {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"},         {"a", "/b", "/b"},
      {"/", "b", "/b"},  {".", "b", "./b"},  {"a", "../b", "a/../b"}};
  char out[SIM_PATH_MAX];
  SimError err = {0};
  for (size_t i = 0; i < sizeof joins / sizeof joins[0]; i++) {
    assert_ok(sim_path_join(out, joins[i][0], joins[i][1], &err), &err);
    assert_string_equal(out, joins[i][2]);
  }
  char *many = malloc(SIM_PATH_MAX);
  assert_non_null(many);
  memset(many, 'a', SIM_PATH_MAX - 1);
  many[SIM_PATH_MAX - 1] = '\0';
  assert_ok(sim_path_join(out, "", many, &err), &err);
  SimStatus status = sim_path_join(out, "b", many, &err);
  assert_refused(status, SIM_BAD_INPUT, &err, "the path is longer than 4096 bytes");
  free(many);
  static const char *const folders[][2] = {{"a/b/c", "a/b"}, {"a", "."},  {"/a", "/"},
                                           {"/a/b", "/a"},   {"a/", "a"}, {"", "."}};
  for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
    sim_path_folder(out, folders[i][0]);
    assert_string_equal(out, folders[i][1]);
  }
}

static void home_follows_the_environment(void **state) {
  (void)state;
  char *kept = strdup(sim_home());
  setenv("HCSP_HOME", "/somewhere", 1);
  assert_string_equal(sim_home(), "/somewhere");
  unsetenv("HCSP_HOME");
  assert_string_equal(sim_home(), HCSP_SOURCE_DIR);
  setenv("HCSP_HOME", "", 1);
  assert_string_equal(sim_home(), HCSP_SOURCE_DIR);
  setenv("HCSP_HOME", kept, 1);
  free(kept);
}

static void hashes_are_xxh3(void **state) {
  (void)state;
  // published value of XXH3 64 bits for no input
  assert_true(sim_hash("", 0) == 0x2d06800538d394c2u);
  assert_true(sim_hash("a", 1) != sim_hash("b", 1));
  char hex[17];
  sim_hash_hex(hex, 0x0123456789abcdefu);
  assert_string_equal(hex, "0123456789abcdef");
  sim_hash_hex(hex, 5);
  assert_string_equal(hex, "0000000000000005");
}

#define in_box(test) cmocka_unit_test_setup(test, fresh_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      in_box(reads_whole_files),
      in_box(refuses_what_is_no_file),
      in_box(failing_reads_are_reported),
      in_box(write_makes_its_calls_in_order),
      in_box(every_failing_call_keeps_the_file_whole),
      in_box(interrupted_and_short_calls_go_on),
      in_box(a_kill_at_any_call_keeps_the_file_whole),
      in_box(the_own_leftover_is_replaced),
      in_box(a_real_size_limit_is_a_full_disk),
      in_box(paths_that_cannot_be_written),
      in_box(commit_makes_its_calls_in_order),
      in_box(a_failing_commit_removes_the_temporary),
      in_box(lines_are_appended),
      in_box(a_torn_line_is_left_alone),
      in_box(a_failing_append_leaves_no_half_line),
      in_box(a_kill_while_appending_loses_one_line_at_most),
      in_box(folders_are_made),
      in_box(folders_go_with_all_that_is_in_them),
      in_box(files_are_hashed_and_copied),
      in_box(paths_are_joined_and_split),
      in_box(home_follows_the_environment),
      in_box(hashes_are_xxh3),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
