// Bad match files and indexes: each is refused with one sentence that names the file, the place,
// what was seen and what was wanted; nothing of another file is ever read; every damaged byte of a
// listed shard is noticed.
#include "tests/support/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/rng.h"
#include "sim/record/reader.h"
#include "tests/support/broken_logs.h"
#include "tests/support/rallies.h"
#include "tests/support/schema1.h"

static void record(const char *folder, int n) {
  SimLogInfo info;
  SimError err;
  char command[256];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(system(command), 0);
  test_log_info(&info);
  SimRecorder *recorder = sim_recorder_create(folder, &info, TEST_STATE_SIZE, &err);
  assert_non_null(recorder);
  assert_ok(test_record_rallies(recorder, 0, n, 1, &err), &err);
  assert_ok(sim_recorder_finish(recorder, &err), &err);
  sim_recorder_destroy(recorder);
}

// base/00000.h5 and base/schema1.h5: good files of two rallies
static int record_base(void **state) {
  (void)state;
  SimRally rally[2];
  SimLogInfo info;
  record("base", 2);
  test_log_info(&info);
  for (uint32_t i = 0; i < 2; i++) {
    test_expected_rally(&rally[i], i);
  }
  test_write_schema1("base/schema1.h5", &info, rally, 2);
  sim_rally_free(&rally[0]);
  sim_rally_free(&rally[1]);
  return 0;
}

// A good file, to be edited; rally 0 has 1 step, rally 1 has 99.
static void make_from(const char *base) {
  size_t size;
  char *data = test_read_file(base, &size);
  // a new file: writing over an old one waits for the disk on some file systems
  unlink("broken.h5");
  test_write_file("broken.h5", data, size);
  free(data);
}

static void make_base(void) {
  make_from("base/00000.h5");
}

static void refuse(const char *path, const char *name, const char *place, const char *seen) {
  SimError err = {.text = ""};
  SimLog *log = sim_log_open(path, &err);
  SimStatus status = err.status;
  if (log != NULL) {
    status = SIM_OK;
    for (int i = 0; i < sim_log_shards(log) && status == SIM_OK; i++) {
      status = sim_log_check(log, i, &err);
    }
    sim_log_close(log);
  }
  if (status != SIM_BAD_INPUT || strstr(err.text, place) == NULL ||
      strstr(err.text, seen) == NULL || strncmp(err.text, path, strlen(path)) != 0 ||
      strchr(err.text, '\n') != NULL) {
    fail_msg("%s: status %d, \"%s\", wanted \"%s\" and \"%s\"", name, (int)status, err.text, place,
             seen);
  }
}

static void run_cases(const char *base, const BrokenLog *logs, int n) {
  for (int i = 0; i < n; i++) {
    make_from(base);
    hid_t file = H5Fopen("broken.h5", H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0);
    logs[i].edit(file);
    assert_true(H5Fclose(file) >= 0);
    refuse("broken.h5", logs[i].name, logs[i].place, logs[i].seen);
  }
}

static void test_base_is_good(void **state) {
  (void)state;
  make_base();
  SimError err;
  SimLog *log = sim_log_open("broken.h5", &err);
  assert_non_null(log);
  assert_ok(sim_log_check(log, 0, &err), &err);
  sim_log_close(log);
}

static void test_broken(void **state) {
  (void)state;
  int n;
  const BrokenLog *logs = test_broken_logs(&n);
  assert_true(n >= 50);
  run_cases("base/00000.h5", logs, n);
  logs = test_broken_logs1(&n);
  assert_true(n >= 50);
  run_cases("base/schema1.h5", logs, n);
}

// Positions of as many rows as the column has in either schema.
static void make_secrets(void) {
  enum { ROWS = 102 };
  static float pos[ROWS][3];
  static const char *const name[] = {"pos100", "pos102", "steps/ball_pos"};
  test_write_file("secret.bin", pos, sizeof pos);
  hid_t file = H5Fcreate("secret.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(H5Gcreate2(file, "steps", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  for (int i = 0; i < 3; i++) {
    const hsize_t length[2] = {i == 0 ? 100 : ROWS, 3};
    hid_t space = H5Screate_simple(2, length, NULL);
    hid_t set =
        H5Dcreate2(file, name[i], H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, pos) >= 0);
    H5Dclose(set);
    H5Sclose(space);
  }
  hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
  H5Lcreate_hard(root, "pos100", root, "pos", H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(root);
  H5Fclose(file);
}

// The traps work on the library itself, else refusing them proves nothing.
static void check_trap_works(const char *path) {
  float pos[102][3];
  hid_t file = H5Fopen("broken.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t set = H5Dopen2(file, path, H5P_DEFAULT);
  assert_true(set >= 0);
  assert_true(H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, pos) >= 0);
  H5Dclose(set);
  H5Fclose(file);
}

static void run_traps(const char *base, const char *path, const BrokenLog *logs, int n) {
  for (int i = 0; i < n; i++) {
    make_from(base);
    hid_t file = H5Fopen("broken.h5", H5F_ACC_RDWR, H5P_DEFAULT);
    logs[i].edit(file);
    assert_true(H5Fclose(file) >= 0);
    check_trap_works(path);
    refuse("broken.h5", logs[i].name, logs[i].place, logs[i].seen);
  }
}

static void test_traps(void **state) {
  (void)state;
  int n;
  make_secrets();
  const BrokenLog *logs = test_trap_logs(&n);
  run_traps("base/00000.h5", "steps/ball_pos", logs, n);
  logs = test_trap_logs1(&n);
  run_traps("base/schema1.h5", "episode_1/ball/pos", logs, n);
}

static void test_not_a_log(void **state) {
  (void)state;
  size_t size;
  make_base();
  char *data = test_read_file("broken.h5", &size);
  test_write_file("broken.h5", data, size / 2);
  refuse("broken.h5", "half a file", "broken.h5", "cut short or damaged");
  test_write_file("broken.h5", data, 60);
  refuse("broken.h5", "superblock alone", "broken.h5", "cut short or damaged");
  free(data);
  test_write_file("broken.h5", "", 0);
  refuse("broken.h5", "empty", "broken.h5", "is not an HDF5 file");
  test_write_file("broken.h5", "rally,step\n", 11);
  refuse("broken.h5", "text", "broken.h5", "is not an HDF5 file");
  refuse("absent.h5", "absent", "absent.h5", "cannot be found");
  unlink("pipe.h5");
  assert_int_equal(mkfifo("pipe.h5", 0600), 0);
  refuse("pipe.h5", "pipe", "pipe.h5", "wanted a regular file");
  mkdir("folder", 0777);
  refuse("folder", "folder", "folder/index.jsonl", "wanted");
}

typedef struct BadIndex {
  const char *text, *seen;
} BadIndex;

static void test_bad_index(void **state) {
  (void)state;
  static const BadIndex bad[] = {
      {"", "lists no rallies"},
      {"nonsense\n", ":1: is not a JSON object"},
      {"[1]\n", ":1: is not a JSON object"},
      {"{\"file\":\"00000.h5\"}\n", ":1: a key is missing"},
      {"{\"file\":7,\"rallies\":2,\"first_rally\":0,\"bytes\":1,\"xxh3\":\"0000000000000000\"}\n",
       ":1: a key is missing or of the wrong type"},
      {"{\"file\":\"../x.h5\",\"rallies\":2,\"first_rally\":0,\"bytes\":1,"
       "\"xxh3\":\"0000000000000000\"}\n",
       ":1: file is not the plain name"},
      {"{\"file\":\"x.h5\",\"rallies\":33,\"first_rally\":0,\"bytes\":1,"
       "\"xxh3\":\"0000000000000000\"}\n",
       ":1: rallies is 33, wanted 1 to 32"},
      {"{\"file\":\"x.h5\",\"rallies\":2,\"first_rally\":-1,\"bytes\":1,"
       "\"xxh3\":\"0000000000000000\"}\n",
       "out of range"},
      {"{\"file\":\"x.h5\",\"rallies\":2,\"first_rally\":0,\"bytes\":1,\"xxh3\":\"00\"}\n",
       ":1: xxh3 is not 16 hexadecimal digits"},
      {"{\"file\":\"x.h5\",\"file\":\"y.h5\",\"rallies\":2,\"first_rally\":0,\"bytes\":1,"
       "\"xxh3\":\"0000000000000000\"}\n",
       ":1: is not a JSON object"},
      {"{\"file\":\"x.h5\",\"rallies\":2,\"first_rally\":0,\"bytes\":1,"
       "\"xxh3\":\"0000000000000000\"}\n{\"file\":\"y.h5\",\"rallies\":2,\"first_rally\":1,"
       "\"bytes\":1,\"xxh3\":\"0000000000000000\"}\n",
       "hold the same rallies"},
  };
  mkdir("badindex", 0777);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    test_write_file("badindex/index.jsonl", bad[i].text, strlen(bad[i].text));
    refuse("badindex", bad[i].text, "index.jsonl", bad[i].seen);
  }
}

// The last line was being written when the writer died.
static void test_torn_index(void **state) {
  (void)state;
  record("torn", 40);
  size_t size;
  SimError err;
  char *index = test_read_file("torn/index.jsonl", &size);
  test_write_file("torn/index.jsonl", index, size - 20);
  free(index);
  SimLog *log = sim_log_open("torn", &err);
  assert_non_null(log);
  assert_int_equal(sim_log_rallies(log), 32);
  sim_log_close(log);
}

static void test_shard_is_not_what_is_listed(void **state) {
  (void)state;
  size_t size;
  record("listed", 40);
  char *first = test_read_file("listed/00000.h5", &size);
  test_write_file("listed/00000.h5", first, size - 4096);
  refuse("listed", "short", "listed/00000.h5", "index.jsonl says");
  free(first);
  unlink("listed/00000.h5");
  refuse("listed", "gone", "listed/00000.h5", "wanted a readable file");
}

// A flip is caught by the hash, without the library ever seeing the file.
static void test_every_flip_is_caught(void **state) {
  (void)state;
  size_t size;
  record("flip", 2);
  char *data = test_read_file("flip/00000.h5", &size);
  SimRng rng = sim_rng(11, 0, 0, SIM_RNG_TEST);
  int fd = open("flip/00000.h5", O_WRONLY | O_CLOEXEC);
  assert_true(fd >= 0);
  for (int i = 0; i < 1000; i++) {
    off_t at = (off_t)sim_rng_below(&rng, (uint32_t)size);
    char flipped = (char)(data[at] ^ (1 << sim_rng_below(&rng, 8)));
    assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
    SimError err;
    SimLog *log = sim_log_open("flip", &err);
    assert_non_null(log);
    assert_refused(sim_log_check(log, 0, &err), SIM_BAD_INPUT, &err, "is damaged: its hash is");
    sim_log_close(log);
    assert_int_equal(pwrite(fd, &data[at], 1, at), 1);
  }
  close(fd);
  free(data);
}

// Without an index the file is read all the same: whatever the flip, the process lives, and what is
// read is either refused or within the schema.
static void test_flips_without_an_index(void **state) {
  (void)state;
  size_t size;
  make_base();
  char *data = test_read_file("broken.h5", &size);
  SimRng rng = sim_rng(12, 0, 0, SIM_RNG_TEST);
  int refused = 0;
  for (int i = 0; i < 100; i++) {
    // two thirds of them in the headers, which are at the start
    size_t part = i % 3 != 0 ? 90000 : size;
    size_t at = sim_rng_below(&rng, (uint32_t)part);
    char before = data[at];
    data[at] = (char)sim_rng_u32(&rng);
    SimError err;
    refused += sim_log_vet(data, size, "flipped", SIM_VET_SECONDS, &err) != SIM_OK;
    data[at] = before;
  }
  assert_true(refused > 0);
  free(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_base_is_good),
      cmocka_unit_test(test_broken),
      cmocka_unit_test(test_traps),
      cmocka_unit_test(test_not_a_log),
      cmocka_unit_test(test_bad_index),
      cmocka_unit_test(test_torn_index),
      cmocka_unit_test(test_shard_is_not_what_is_listed),
      cmocka_unit_test(test_every_flip_is_caught),
      cmocka_unit_test(test_flips_without_an_index),
  };
  return cmocka_run_group_tests(tests, record_base, NULL);
}
