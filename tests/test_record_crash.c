// Logging and bad luck: a kill at any moment loses at most the open shard, a full disk is reported
// as such, and what the index lists is whole and replays in every case.
#include "tests/support/check.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/log.h"
#include "sim/base/rng.h"
#include "sim/record/reader.h"
#include "sim/record/replay.h"
#include "tests/support/played.h"
#include "tests/support/rallies.h"

static void clear(const char *folder) {
  char command[256];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(system(command), 0);
}

static bool exists(const char *folder, const char *name) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return access(path, F_OK) == 0;
}

static int temporary_files(const char *folder) {
  int n = 0;
  DIR *dir = opendir(folder);
  const struct dirent *entry;
  while (dir != NULL && (entry = readdir(dir)) != NULL) {
    n += strstr(entry->d_name, ".tmp") != NULL;
  }
  if (dir != NULL) {
    closedir(dir);
  }
  return n;
}

// --- kill -9

enum { KILLS = 12, PLAYED_MAX = 2000 };

// Plays until it is killed and tells the pipe how many rallies are listed.
static _Noreturn void play_child(int out, const SimModel *model, const SimLogInfo *info) {
  SimError err;
  SimRecorder *recorder = sim_recorder_create("killed", info, sim_world_row_size(model), &err);
  for (uint32_t i = 0; recorder != NULL && i < PLAYED_MAX; i++) {
    int64_t before = sim_recorder_rallies(recorder);
    if (test_play_rallies(recorder, model, i, 1, &err) != SIM_OK) {
      break;
    }
    int64_t listed = sim_recorder_rallies(recorder);
    if (listed > before && write(out, &listed, sizeof listed) != sizeof listed) {
      break;
    }
  }
  _exit(1);
}

// Rallies the index lists; each must open and replay.
static int64_t check_log(const char *folder, const SimModel *model) {
  SimError err;
  if (!exists(folder, "index.jsonl")) {
    return 0;
  }
  SimLog *log = sim_log_open(folder, &err);
  if (log == NULL) {
    // killed between the making of the index and its first line
    assert_non_null(strstr(err.text, "lists no rallies"));
    return 0;
  }
  SimRally rally = {.state_size = 0};
  SimLogInfo info;
  int n = sim_log_rallies(log);
  for (int i = 0; i < n; i++) {
    assert_ok(sim_log_info(&info, log, sim_log_shard_of(log, i), &err), &err);
    assert_ok(sim_log_read(&rally, log, i, &err), &err);
    assert_int_equal(rally.info.rally, i);
    // replay costs as much as play: a part of the rallies of a large log
    if (i % 7 == 0) {
      assert_ok(sim_replay_verify(model, &info, &rally, &err), &err);
    }
  }
  sim_rally_free(&rally);
  sim_log_close(log);
  return n;
}

static void test_kill(void **state) {
  (void)state;
  SimModel *model = test_model();
  SimLogInfo info;
  test_played_info(&info);
  SimRng rng = sim_rng(3, 0, 0, SIM_RNG_TEST);
  int with_shards = 0;
  for (int i = 0; i < KILLS; i++) {
    int ends[2];
    clear("killed");
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
      close(ends[0]);
      play_child(ends[1], model, &info);
    }
    close(ends[1]);
    int64_t told = test_kill_child(pid, ends[0], i % 3, sim_rng_uniform(&rng, 0, 1));
    int64_t listed = check_log("killed", model);
    // nothing that was reported as listed is lost, and at most one shard was not reported yet
    assert_true(listed == told || listed == told + SIM_SHARD_RALLIES);
    with_shards += listed > 0;
  }
  assert_true(with_shards > 0);
  sim_model_destroy(model);
}

// --- full disk

static int record_child(const char *folder, rlim_t limit) {
  const struct rlimit size = {limit, limit};
  SimLogInfo info;
  SimError err;
  test_log_info(&info);
  signal(SIGXFSZ, SIG_IGN);
  if (limit != RLIM_INFINITY && setrlimit(RLIMIT_FSIZE, &size) != 0) {
    return 99;
  }
  SimRecorder *recorder = sim_recorder_create(folder, &info, TEST_STATE_SIZE, &err);
  if (recorder == NULL) {
    return (int)err.status;
  }
  SimStatus status = test_record_rallies(recorder, 0, 70, 8, &err);
  SimError again;
  if (status != SIM_OK && sim_recorder_finish(recorder, &again) != status) {
    return 98;  // a failed recorder stays failed
  }
  if (status == SIM_OK) {
    status = sim_recorder_finish(recorder, &err);
  }
  sim_recorder_destroy(recorder);
  return (int)status;
}

// what fn returns in a process of its own
static int in_child(int (*fn)(const void *arg), const void *arg) {
  int status;
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    _exit(fn(arg));
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

typedef struct {
  const char *folder;
  rlim_t limit;
} Limited;

static int limited_child(const void *arg) {
  const Limited *l = arg;
  return record_child(l->folder, l->limit);
}

static int run_limited(const char *folder, rlim_t limit) {
  return in_child(limited_child, &(Limited){folder, limit});
}

static int listed_and_whole(const char *folder) {
  SimError err;
  SimLog *log = sim_log_open(folder, &err);
  if (log == NULL) {
    return 0;
  }
  for (int i = 0; i < sim_log_shards(log); i++) {
    assert_ok(sim_log_check(log, i, &err), &err);
  }
  int n = sim_log_rallies(log);
  sim_log_close(log);
  return n;
}

static void test_full_disk(void **state) {
  (void)state;
  size_t size;
  clear("free");
  assert_int_equal(run_limited("free", RLIM_INFINITY), SIM_OK);
  assert_int_equal(listed_and_whole("free"), 70);
  char *shard = test_read_file("free/00000.h5", &size);
  free(shard);
  SimRng rng = sim_rng(4, 0, 0, SIM_RNG_TEST);
  for (int i = 0; i < 16; i++) {
    rlim_t limit = i < 4 ? (rlim_t)i * 40 : (rlim_t)sim_rng_below(&rng, (uint32_t)size);
    clear("full");
    assert_int_equal(run_limited("full", limit), SIM_DISK_FULL);
    assert_int_equal(listed_and_whole("full"), 0);
    assert_int_equal(temporary_files("full"), 0);
  }
}

// The second shard does not fit: the first stays listed and whole.
static void test_full_disk_later(void **state) {
  (void)state;
  size_t size[2];
  free(test_read_file("free/00000.h5", &size[0]));
  free(test_read_file("free/00001.h5", &size[1]));
  size_t small = size[0] < size[1] ? size[0] : size[1];
  bool first = size[0] < size[1];
  clear("later");
  assert_int_equal(run_limited("later", small), SIM_DISK_FULL);
  assert_int_equal(listed_and_whole("later"), first ? 32 : 0);
  assert_int_equal(temporary_files("later"), 0);
}

// The shard fits and its line in the index does not.
static void test_full_index(void **state) {
  (void)state;
  SimLogInfo info;
  SimError err;
  clear("noindex");
  test_log_info(&info);
  SimRecorder *recorder = sim_recorder_create("noindex", &info, TEST_STATE_SIZE, &err);
  assert_non_null(recorder);
  assert_int_equal(unlink("noindex/index.jsonl"), 0);
  assert_int_equal(symlink("/dev/full", "noindex/index.jsonl"), 0);
  assert_int_equal(test_record_rallies(recorder, 0, 32, 1, &err), SIM_DISK_FULL);
  assert_true(strlen(err.text) > 0);
  sim_recorder_destroy(recorder);
  assert_false(exists("noindex", "00000.h5"));
  assert_int_equal(temporary_files("noindex"), 0);
}

// A file system of 4 MB of its own, in a private view of the machine.
static bool mount_small(void) {
  mkdir("small", 0777);
  return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
         mount("tmpfs", "small", "tmpfs", 0, "size=4m") == 0;
}

static int mount_child(const void *arg) {
  (void)arg;
  return mount_small() ? 0 : 97;
}

static int mounted_child(const void *arg) {
  if (mount_child(arg) != 0) {
    return 97;
  }
  int status = record_child("small/log", RLIM_INFINITY);
  if (status != SIM_DISK_FULL || temporary_files("small/log") != 0) {
    return 96;
  }
  return listed_and_whole("small/log") == 32 ? 0 : 95;
}

static void test_full_file_system(void **state) {
  (void)state;
  test_needs(in_child(mount_child, NULL) == 0, "no right to mount a small file system here");
  assert_int_equal(in_child(mounted_child, NULL), 0);
}

static void test_no_folder(void **state) {
  (void)state;
  SimLogInfo info;
  SimError err;
  test_log_info(&info);
  test_write_file("file", "x", 1);
  assert_null(sim_recorder_create("file/log", &info, TEST_STATE_SIZE, &err));
  assert_true(err.status != SIM_OK && strlen(err.text) > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kill),
      cmocka_unit_test(test_full_disk),
      cmocka_unit_test(test_full_disk_later),
      cmocka_unit_test(test_full_index),
      cmocka_unit_test(test_full_file_system),
      cmocka_unit_test(test_no_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
