// The folder of a run: who may open it, what is refused and in which words, what it says about its
// origin, and the copy of all messages.
#include "hcsp/run/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/log.h"
#include "sim/base/version.h"
#include "tests/support/check.h"

static const char resume_words[] = "hcsp train skill hover --run runs/a --resume";

// Takes the place of the C library's for everything in this process.
static int g_lock_error = 0;
int flock(int fd, int operation) {
  errno = g_lock_error;
  return g_lock_error != 0 ? -1 : (int)syscall(SYS_flock, fd, operation);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk) {
  (void)info;
  (void)kind;
  (void)walk;
  return remove(path);
}

static int remove_runs(void **state) {
  (void)state;
  nftw("runs", remove_entry, 8, FTW_DEPTH | FTW_PHYS);
  return 0;
}

static Run *open_run(const char *path, bool resume) {
  SimError err = {0};
  Run *run = run_open(path, resume, resume_words, &err);
  if (!run) {
    fail_msg("%s", err.text);
  }
  return run;
}

static void assert_not_opened(const char *path, bool resume, const char *sentence) {
  SimError err = {0};
  assert_null(run_open(path, resume, resume_words, &err));
  assert_int_equal(err.status, SIM_BAD_INPUT);
  assert_string_equal(err.text, sentence);
}

static void describe(Run *run, const char *config, int64_t step) {
  SimError err = {0};
  char *words[] = {"hcsp", "train", "skill", "hover", "note=\xff\"x\""};
  const RunInfo info = {.argc = 5,
                        .argv = words,
                        .seed = UINT64_MAX,
                        .threads = 2,
                        .device = "cpu",
                        .config = config,
                        .step = step};
  assert_ok(run_describe(run, &info, &err), &err);
}

// --- opening

static void a_new_folder_is_made(void **state) {
  (void)state;
  assert_false(run_exists("runs/a"));
  Run *run = open_run("runs/a", false);
  assert_true(run_exists("runs/a"));
  assert_string_equal(run_checkpoints(run), "runs/a/checkpoints");
  assert_string_equal(run_policies(run), "runs/a/policies");
  assert_int_equal(access("runs/a/policies", F_OK), 0);
  char path[SIM_PATH_MAX];
  SimError err;
  assert_ok(run_file(path, run, "team.yaml", &err), &err);
  assert_string_equal(path, "runs/a/team.yaml");
  run_close(run);
  run_close(NULL);
}

static void a_run_is_not_overwritten(void **state) {
  (void)state;
  static const char sentence[] =
      "runs/a: saw a run in this folder, wanted a new one; to resume it: "
      "hcsp train skill hover --run runs/a --resume";
  Run *run = open_run("runs/a", false);
  run_close(run);
  assert_not_opened("runs/a", false, sentence);
  // either of the two makes it a run
  assert_int_equal(rmdir("runs/a/checkpoints"), 0);
  run_close(open_run("runs/a", false));
  assert_int_equal(rmdir("runs/a/checkpoints"), 0);
  test_write_file("runs/a/config.yaml", "seed: 1\n", 8);
  assert_not_opened("runs/a", false, sentence);
  run_close(open_run("runs/a", true));
}

static void only_a_run_is_resumed(void **state) {
  (void)state;
  assert_not_opened("runs/a", true, "runs/a: saw no run in this folder, wanted one to resume");
  assert_int_not_equal(access("runs/a", F_OK), 0);
  SimError err;
  assert_ok(sim_file_make_folder("runs/b", &err), &err);
  assert_not_opened("runs/b", true, "runs/b: saw no run in this folder, wanted one to resume");
  assert_int_equal(test_count_files("runs/b"), 0);
}

static void half_files_of_killed_processes_go(void **state) {
  (void)state;
  static const char *const GO[] = {"runs/a/team.yaml.12.tmp",
                                   "runs/a/checkpoints/ckpt-000000000007.safetensors.123.tmp",
                                   "runs/a/policies/skills/set.safetensors.20338.tmp"};
  // other people's, and those of a run inside, which somebody may write
  static const char *const STAY[] = {"runs/a/notes.tmp",        "runs/a/12.tmp",
                                     "runs/a/.12.tmp",          "runs/a/policies/set.12.tmp.bak",
                                     "runs/a/policies/x12.tmp", "runs/a/seed-1/log.12.tmp"};
  SimError err = {0};
  run_close(open_run("runs/a", false));
  assert_ok(sim_file_make_folder("runs/a/policies/skills", &err), &err);
  run_close(open_run("runs/a/seed-1", false));
  for (size_t i = 0; i < sizeof GO / sizeof GO[0]; i++) {
    test_write_file(GO[i], "half", 4);
  }
  for (size_t i = 0; i < sizeof STAY / sizeof STAY[0]; i++) {
    test_write_file(STAY[i], "all", 3);
  }
  run_close(open_run("runs/a", true));
  for (size_t i = 0; i < sizeof GO / sizeof GO[0]; i++) {
    assert_int_not_equal(access(GO[i], F_OK), 0);
  }
  for (size_t i = 0; i < sizeof STAY / sizeof STAY[0]; i++) {
    assert_int_equal(access(STAY[i], F_OK), 0);
  }
}

static void a_file_is_no_folder(void **state) {
  (void)state;
  SimError err = {0};
  assert_ok(sim_file_make_folder("runs", &err), &err);
  test_write_file("runs/a", "text", 4);
  assert_not_opened("runs/a", false, "runs/a: saw a file, wanted a folder");
  assert_not_opened("", false, "run folder: saw an empty path, wanted one");
}

// --- file systems without locks

static void no_locks_on_the_disk(void **state) {
  (void)state;
  SimError err = {0};
  g_lock_error = ENOLCK;
  run_close(open_run("runs/unlocked", false));
  g_lock_error = EIO;
  assert_null(run_open("runs/broken", false, resume_words, &err));
  g_lock_error = 0;
  assert_refused(err.status, SIM_FAIL, &err, "cannot be locked");
}

// --- lock

static void one_process_at_a_time(void **state) {
  (void)state;
  int ends[2], status;
  char byte;
  assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
  const pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    // must not outlive a test that fails
    alarm(30);
    SimError err;
    Run *run = run_open("runs/a", false, resume_words, &err);
    byte = run ? 'y' : 'n';
    if (write(ends[1], &byte, 1) == 1) {
      pause();
    }
    _exit(1);
  }
  assert_int_equal(read(ends[0], &byte, 1), 1);
  assert_int_equal(byte, 'y');
  char sentence[200];
  snprintf(sentence, sizeof sentence,
           "runs/a: saw process %d training in this folder, wanted no other than this one",
           (int)pid);
  assert_not_opened("runs/a", true, sentence);
  // the lock goes with the process, however that ends
  assert_int_equal(kill(pid, SIGKILL), 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  run_close(open_run("runs/a", true));
  close(ends[0]);
  close(ends[1]);
}

enum { CHILDREN = 6 };

// number of processes, started at once, that get the folder; each gives it free again at once
static int race(void) {
  pid_t pid[CHILDREN];
  int start[2], status, winners = 0;
  assert_int_equal(pipe2(start, O_CLOEXEC), 0);
  for (int i = 0; i < CHILDREN; i++) {
    pid[i] = fork();
    assert_true(pid[i] >= 0);
    if (pid[i] == 0) {
      char byte;
      SimError err;
      close(start[1]);
      const bool waited = read(start[0], &byte, 1) == 0;
      Run *run = run_open("runs/a", false, resume_words, &err);
      run_close(run);
      _exit(!waited ? 9 : run ? 0 : (int)err.status);
    }
  }
  close(start[0]);
  close(start[1]);
  for (int i = 0; i < CHILDREN; i++) {
    assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
    assert_true(WIFEXITED(status));
    winners += WEXITSTATUS(status) == 0;
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == SIM_BAD_INPUT);
  }
  return winners;
}

static void one_of_many_wins(void **state) {
  for (int i = 0; i < 40; i++) {
    remove_runs(state);
    assert_int_equal(race(), 1);
  }
}

// --- origin

static const char *text_of(const json_t *json, const char *key) {
  const char *text = json_string_value(json_object_get(json, key));
  assert_non_null(text);
  return text;
}

static json_t *load_provenance(void) {
  json_t *json = json_load_file("runs/a/provenance.json", JSON_REJECT_DUPLICATES, NULL);
  assert_non_null(json);
  return json;
}

static void provenance_tells_the_origin(void **state) {
  (void)state;
  static const char config[] = "seed: 1\nlr: 0.1\n";
  Run *run = open_run("runs/a", false);
  describe(run, config, 0);
  run_close(run);
  char *text = test_read_file("runs/a/config.yaml", NULL), hash[17];
  assert_string_equal(text, config);
  free(text);
  json_t *json = load_provenance();
  sim_hash_hex(hash, sim_hash(config, strlen(config)));
  assert_string_equal(text_of(json, "config_hash"), hash);
  assert_string_equal(text_of(json, "version"), sim_version());
  assert_string_equal(text_of(json, "commit"), sim_commit());
  assert_string_equal(text_of(json, "mujoco"), "4.0.1");
  assert_string_equal(text_of(json, "device"), "cpu");
  // 64 bits do not fit a JSON number
  assert_string_equal(text_of(json, "seed"), "18446744073709551615");
  assert_int_equal(json_integer_value(json_object_get(json, "threads")), 2);
  assert_true(json_integer_value(json_object_get(json, "cores")) >= 1);
  assert_int_equal(strlen(text_of(json, "started")), strlen("2025-01-01T00:00:00Z"));
  assert_true(strlen(text_of(json, "compiler")) > 2 && strlen(text_of(json, "cpu")) > 2);
  assert_true(strlen(text_of(json, "host")) > 0 && strlen(text_of(json, "build")) > 0);
  const json_t *words = json_object_get(json, "command");
  assert_int_equal(json_array_size(words), 5);
  assert_string_equal(json_string_value(json_array_get(words, 4)), "note=?\"x\"");
  assert_int_equal(json_array_size(json_object_get(json, "resumed")), 0);
  json_decref(json);
}

static void resuming_adds_to_it(void **state) {
  (void)state;
  Run *run = open_run("runs/a", false);
  describe(run, "seed: 1\n", 0);
  run_close(run);
  json_t *before = load_provenance();
  for (int i = 1; i <= 2; i++) {
    run = open_run("runs/a", true);
    describe(run, "seed: 1\n", 1000 * i);
    run_close(run);
  }
  json_t *after = load_provenance();
  const json_t *resumed = json_object_get(after, "resumed");
  assert_int_equal(json_array_size(resumed), 2);
  const json_t *second = json_array_get(resumed, 1);
  assert_int_equal(json_integer_value(json_object_get(second, "step")), 2000);
  assert_string_equal(text_of(second, "seed"), "18446744073709551615");
  assert_true(strlen(text_of(second, "at")) > 10);
  // what it said before it still says
  json_array_clear(json_object_get(after, "resumed"));
  assert_true(json_equal(before, after));
  json_decref(before);
  json_decref(after);
}

static void resume_with_other_settings(void *arg) {
  (void)arg;
  Run *run = open_run("runs/a", true);
  test_write_file("runs/a/provenance.json", "{\"resumed\": 3", 13);
  describe(run, "seed: 2\n", 5);
  run_close(run);
}

static void changes_are_told(void **state) {
  (void)state;
  Run *run = open_run("runs/a", false);
  describe(run, "seed: 1\n", 0);
  run_close(run);
  char *said = test_capture_stderr(resume_with_other_settings, NULL);
  assert_non_null(strstr(said, "warning: runs/a/provenance.json is written afresh"));
  assert_non_null(strstr(said, "warning: runs/a/config.yaml: the settings differ from those"));
  free(said);
  char *text = test_read_file("runs/a/config.yaml", NULL);
  assert_string_equal(text, "seed: 2\n");
  free(text);
  json_t *json = load_provenance();
  assert_int_equal(json_array_size(json_object_get(json, "resumed")), 1);
  json_decref(json);
}

static void full_disk_is_told(void **state) {
  (void)state;
  Run *run = open_run("runs/a", false);
  SimError err = {0};
  char *words[] = {"hcsp"};
  const RunInfo info = {
      .argc = 1, .argv = words, .threads = 1, .device = "cpu", .config = "seed: 1\n"};
  struct rlimit before, small;
  getrlimit(RLIMIT_FSIZE, &before);
  small = before;
  small.rlim_cur = 50;
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  SimStatus status = run_describe(run, &info, &err);
  setrlimit(RLIMIT_FSIZE, &before);
  assert_refused(status, SIM_DISK_FULL, &err, "runs/a/provenance.json");
  assert_int_not_equal(access("runs/a/config.yaml", F_OK), 0);
  run_close(run);
}

// --- log.txt

static void talk(void *arg) {
  sim_log(SIM_LOG_INFO, "before");
  Run *run = open_run("runs/a", *(bool *)arg);
  sim_log(SIM_LOG_INFO, "training %d", 1);
  sim_log(SIM_LOG_DEBUG, "dropped");
  sim_log(SIM_LOG_WARNING, "slow");
  run_close(run);
  // most likely gets the number that the log had
  int fd = open("other.txt", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  int next = open("next.txt", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  sim_log(SIM_LOG_INFO, "after");
  close(fd);
  close(next);
}

// "2025-01-01T00:00:00.000Z " in front
static void assert_dated(const char *line, const char *text) {
  static const char pattern[] = "dddd-dd-ddTdd:dd:dd.dddZ ";
  for (size_t i = 0; pattern[i]; i++) {
    if (pattern[i] == 'd') {
      assert_in_range(line[i], '0', '9');
    } else {
      assert_int_equal(line[i], pattern[i]);
    }
  }
  assert_string_equal(line + sizeof pattern - 1, text);
}

static void messages_are_copied(void **state) {
  (void)state;
  bool resume = false;
  char *said = test_capture_stderr(talk, &resume);
  assert_non_null(strstr(said, "] before\n"));
  assert_non_null(strstr(said, "] training 1\n"));
  assert_non_null(strstr(said, "] after\n"));
  free(said);
  resume = true;
  free(test_capture_stderr(talk, &resume));
  char *text = test_read_file("runs/a/log.txt", NULL), *rest = text;
  static const char *const want[] = {"training 1", "warning: slow", "training 1", "warning: slow"};
  for (int i = 0; i < 4; i++) {
    char *line = strsep(&rest, "\n");
    assert_non_null(line);
    assert_dated(line, want[i]);
  }
  assert_string_equal(rest, "");
  free(text);
  size_t size, next;
  free(test_read_file("other.txt", &size));
  free(test_read_file("next.txt", &next));
  assert_int_equal(size + next, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(a_new_folder_is_made, remove_runs),
      cmocka_unit_test_setup(a_run_is_not_overwritten, remove_runs),
      cmocka_unit_test_setup(only_a_run_is_resumed, remove_runs),
      cmocka_unit_test_setup(half_files_of_killed_processes_go, remove_runs),
      cmocka_unit_test_setup(a_file_is_no_folder, remove_runs),
      cmocka_unit_test_setup(no_locks_on_the_disk, remove_runs),
      cmocka_unit_test_setup(one_process_at_a_time, remove_runs),
      cmocka_unit_test_setup(one_of_many_wins, remove_runs),
      cmocka_unit_test_setup(provenance_tells_the_origin, remove_runs),
      cmocka_unit_test_setup(resuming_adds_to_it, remove_runs),
      cmocka_unit_test_setup(changes_are_told, remove_runs),
      cmocka_unit_test_setup(full_disk_is_told, remove_runs),
      cmocka_unit_test_setup(messages_are_copied, remove_runs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
