// Checkpoints: what was saved comes back bit by bit; three stay; a killed, torn or flipped file is
// noticed and the one before is used; a full disk and hostile bytes give one sentence.
#include "hcsp/run/checkpoint.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/base/rng.h"
#include "tests/support/check.h"

enum { WEIGHTS = 301, STATES = 17, FLAGS = 13 };

// a training in small
typedef struct Content {
  float weight[WEIGHTS];
  double state[STATES];
  uint8_t flag[FLAGS];
  int64_t counter[2];
} Content;

static void fill(Content *content, uint64_t seed) {
  SimRng rng = sim_rng(seed, 0, 0, SIM_RNG_TEST);
  memset(content, 0, sizeof *content);
  for (int i = 0; i < WEIGHTS; i++) {
    // any bits, not numbers of any taste
    const uint32_t bits = sim_rng_u32(&rng);
    memcpy(&content->weight[i], &bits, sizeof bits);
  }
  for (int i = 0; i < STATES; i++) {
    content->state[i] = sim_rng_uniform(&rng, -1e300, 1e300);
  }
  content->state[3] = (double)NAN;
  for (int i = 0; i < FLAGS; i++) {
    content->flag[i] = (uint8_t)sim_rng_below(&rng, 256);
  }
  content->counter[0] = INT64_MIN;
  content->counter[1] = (int64_t)seed;
}

static void list_blobs(RunBlob out[5], const Content *content) {
  // odd sizes first, so that order and alignment are put to the test
  out[0] = (RunBlob){"flags", POL_U8, FLAGS, content->flag};
  out[1] = (RunBlob){"net/weight", POL_F32, WEIGHTS, content->weight};
  out[2] = (RunBlob){"nothing", POL_F64, 0, NULL};
  out[3] = (RunBlob){"states", POL_F64, STATES, content->state};
  out[4] = (RunBlob){"counters", POL_I64, 2, content->counter};
}

static json_t *make_meta(int64_t step) {
  return json_pack("{s:s, s:I, s:f, s:[i,i]}", "task", "hover \"quick\" \xc3\xa9", "updates",
                   (json_int_t)(step * 3 + INT64_C(9007199254740993)), "lr", 0.1, "pool", 1, 2);
}

static SimStatus save(const char *folder, int64_t step, SimError *err) {
  Content content;
  RunBlob blob[5];
  fill(&content, (uint64_t)step);
  list_blobs(blob, &content);
  json_t *meta = make_meta(step);
  SimStatus status = run_checkpoint_save(folder, step, blob, 5, meta, err);
  json_decref(meta);
  return status;
}

static void assert_content(const RunCheckpoint *checkpoint, int64_t step) {
  Content want, got;
  SimError err;
  fill(&want, (uint64_t)step);
  memset(&got, 0, sizeof got);
  assert_int_equal(run_checkpoint_step(checkpoint), step);
  assert_ok(run_checkpoint_read(got.flag, checkpoint, "flags", POL_U8, FLAGS, &err), &err);
  assert_ok(run_checkpoint_read(got.weight, checkpoint, "net/weight", POL_F32, WEIGHTS, &err),
            &err);
  assert_ok(run_checkpoint_read(NULL, checkpoint, "nothing", POL_F64, 0, &err), &err);
  assert_ok(run_checkpoint_read(got.state, checkpoint, "states", POL_F64, STATES, &err), &err);
  assert_ok(run_checkpoint_read(got.counter, checkpoint, "counters", POL_I64, 2, &err), &err);
  assert_memory_equal(&got, &want, sizeof want);
  json_t *meta = make_meta(step);
  assert_true(json_equal(meta, run_checkpoint_meta(checkpoint)));
  json_decref(meta);
}

static int64_t latest_step(const char *folder) {
  SimError err = {0};
  RunCheckpoint *checkpoint = run_checkpoint_latest(folder, &err);
  if (!checkpoint) {
    fail_msg("%s", err.text);
    return -1;
  }
  const int64_t step = run_checkpoint_step(checkpoint);
  assert_content(checkpoint, step);
  run_checkpoint_destroy(checkpoint);
  return step;
}

static void remove_all(const char *folder) {
  DIR *dir = opendir(folder);
  const struct dirent *entry;
  while (dir && (entry = readdir(dir)) != NULL) {
    if (entry->d_name[0] != '.') {
      assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
    }
  }
  if (dir) {
    closedir(dir);
  }
}

static int make_empty_folder(void **state) {
  (void)state;
  SimError err;
  assert_ok(sim_file_make_folder("ck", &err), &err);
  remove_all("ck");
  return 0;
}

// --- saving

static void what_is_saved_comes_back(void **state) {
  (void)state;
  SimError err = {0};
  assert_ok(save("ck", 4096, &err), &err);
  assert_int_equal(access("ck/ckpt-000000004096.safetensors", F_OK), 0);
  assert_int_equal(latest_step("ck"), 4096);
  RunCheckpoint *checkpoint = run_checkpoint_latest("ck", &err);
  assert_non_null(checkpoint);
  assert_string_equal(run_checkpoint_path(checkpoint), "ck/ckpt-000000004096.safetensors");
  assert_int_equal(run_checkpoint_count(checkpoint, "states"), STATES);
  assert_int_equal(run_checkpoint_count(checkpoint, "nothing"), 0);
  assert_true(run_checkpoint_count(checkpoint, "none") == SIZE_MAX);
  float value[WEIGHTS];
  assert_refused(
      run_checkpoint_read(value, checkpoint, "net/weight", POL_F32, 300, &err), SIM_BAD_INPUT, &err,
      "ck/ckpt-000000004096.safetensors: array 'net/weight': saw 301 values, wanted 300");
  assert_refused(run_checkpoint_read(value, checkpoint, "states", POL_F32, STATES, &err),
                 SIM_BAD_INPUT, &err, "array 'states': saw F64, wanted F32");
  assert_refused(run_checkpoint_read(value, checkpoint, "none", POL_F32, 1, &err), SIM_BAD_INPUT,
                 &err, "array 'none': saw nothing, wanted 1 values");
  run_checkpoint_destroy(checkpoint);
}

static void same_content_gives_same_bytes_aligned(void **state) {
  (void)state;
  SimError err = {0};
  assert_ok(save("ck", 5, &err), &err);
  size_t size, again_size;
  char *one = test_read_file("ck/ckpt-000000000005.safetensors", &size);
  assert_ok(save("ck", 5, &err), &err);
  char *two = test_read_file("ck/ckpt-000000000005.safetensors", &again_size);
  assert_int_equal(size, again_size);
  assert_memory_equal(one, two, size);
  PolContainer container;
  const PolLimits limits = {.file = 1 << 20, .header = 1 << 16, .tensors = 8, .dtypes = 15};
  assert_ok(pol_container_open(&container, "one", one, size, &limits, &err), &err);
  assert_int_equal((container.data - one) % 8, 0);
  for (int i = 0; i < container.n; i++) {
    assert_int_equal(container.tensor[i].begin % pol_dtype_size(container.tensor[i].dtype), 0);
  }
  pol_container_close(&container);
  free(one);
  free(two);
}

static void three_stay(void **state) {
  (void)state;
  SimError err = {0};
  // files of other people
  test_write_file("ck/notes.txt", "keep", 4);
  test_write_file("ck/ckpt-7.safetensors", "no name of ours", 15);
  for (int64_t step = 0; step < 7; step++) {
    assert_ok(save("ck", step * 100, &err), &err);
    assert_int_equal(run_checkpoint_files("ck"), step < 3 ? step + 1 : 3);
  }
  assert_int_equal(latest_step("ck"), 600);
  assert_int_equal(access("ck/ckpt-000000000400.safetensors", F_OK), 0);
  assert_int_equal(test_count_files("ck"), 5);
  // a history that is written anew replaces the one it leaves
  assert_ok(save("ck", 450, &err), &err);
  assert_int_equal(latest_step("ck"), 450);
  assert_int_equal(run_checkpoint_files("ck"), 2);
}

static void none_is_refused(void **state) {
  (void)state;
  SimError err = {0};
  assert_null(run_checkpoint_latest("ck", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err,
                 "ck: saw 0 checkpoints and none of them whole, wanted one");
  assert_null(run_checkpoint_latest("no/such", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "no/such: saw no folder");
  assert_int_equal(run_checkpoint_files("no/such"), 0);
  assert_null(run_checkpoint_load("ck", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "ck: saw a folder");
}

// --- damage

typedef struct Attempt {
  int64_t step;  // -1 when nothing was found
} Attempt;

static void find_latest(void *arg) {
  Attempt *attempt = arg;
  SimError err = {0};
  RunCheckpoint *checkpoint = run_checkpoint_latest("ck", &err);
  attempt->step = checkpoint ? run_checkpoint_step(checkpoint) : -1;
  run_checkpoint_destroy(checkpoint);
}

// with these bytes as the newer one, the older is used and people are told
static void assert_passed_over(const char *bytes, size_t size) {
  test_write_file("ck/ckpt-000000000200.safetensors", bytes, size);
  Attempt attempt;
  char *said = test_capture_stderr(find_latest, &attempt);
  assert_int_equal(attempt.step, 100);
  assert_non_null(strstr(said, "warning: ck/ckpt-000000000200.safetensors: "));
  assert_non_null(strstr(said, "this checkpoint is passed over"));
  assert_non_null(strstr(said, "ck/ckpt-000000000100.safetensors is used instead"));
  free(said);
}

static void truncation_is_noticed(void **state) {
  (void)state;
  SimError err = {0};
  assert_ok(save("ck", 100, &err), &err);
  assert_ok(save("ck", 200, &err), &err);
  size_t size;
  char *bytes = test_read_file("ck/ckpt-000000000200.safetensors", &size);
  int cuts = 0;
  for (size_t end = 0; end < size; end += 97) {
    assert_passed_over(bytes, end);
    cuts++;
  }
  assert_true(cuts > 15);
  assert_passed_over(bytes, size - 1);
  char *longer = calloc(1, size + 1);
  memcpy(longer, bytes, size);
  assert_passed_over(longer, size + 1);
  test_write_file("ck/ckpt-000000000200.safetensors", bytes, size);
  assert_int_equal(latest_step("ck"), 200);
  free(longer);
  free(bytes);
}

static void flipped_bits_are_noticed(void **state) {
  (void)state;
  SimError err = {0};
  assert_ok(save("ck", 100, &err), &err);
  assert_ok(save("ck", 200, &err), &err);
  size_t size;
  char *bytes = test_read_file("ck/ckpt-000000000200.safetensors", &size);
  SimRng rng = sim_rng(11, 0, 0, SIM_RNG_TEST);
  for (int i = 0; i < 300; i++) {
    // the first bytes hold length, opening and hash: each of them once, and each of the last ones
    const size_t at = i < 60   ? (size_t)i
                      : i < 70 ? size - (size_t)(i - 59)
                               : sim_rng_below(&rng, (uint32_t)size);
    const char mask = (char)(1U << sim_rng_below(&rng, 8));
    bytes[at] ^= mask;
    assert_passed_over(bytes, size);
    bytes[at] ^= mask;
  }
  test_write_file("ck/ckpt-000000000200.safetensors", bytes, size);
  assert_int_equal(latest_step("ck"), 200);
  free(bytes);
}

static void all_damaged_is_refused(void **state) {
  (void)state;
  test_write_file("ck/ckpt-000000000200.safetensors", "x", 1);
  test_write_file("ck/ckpt-000000000100.safetensors", "", 0);
  SimError err = {0};
  Attempt attempt;
  free(test_capture_stderr(find_latest, &attempt));
  assert_int_equal(attempt.step, -1);
  assert_int_equal(run_checkpoint_files("ck"), 2);
  assert_ok(save("ck", 50, &err), &err);
  assert_int_equal(latest_step("ck"), 50);
}

// --- hostile bytes with a right hash

// the sentence for a file whose header is edited and sealed anew
static void assert_sentence(const char *find, const char *with, const char *part) {
  SimError err = {0};
  size_t size;
  char *bytes = test_read_file("ck/ckpt-000000000100.safetensors", &size);
  char *at = memmem(bytes, size, find, strlen(find));
  assert_non_null(at);
  assert_int_equal(strlen(find), strlen(with));
  memcpy(at, with, strlen(with));
  assert_true(run_checkpoint_seal(bytes, size));
  assert_null(run_checkpoint_parse("f", bytes, size, &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, part);
  assert_null(strchr(err.text, '\n'));
}

static void hostile_headers_give_one_sentence(void **state) {
  (void)state;
  SimError err = {0};
  assert_ok(save("ck", 100, &err), &err);
  assert_sentence("hcsp-checkpoint", "hcsp-checkpoinT", "f: format: saw hcsp-checkpoinT, wanted");
  assert_sentence("\"format\"", "\"fOrmat\"", "f: format: saw nothing, wanted hcsp-checkpoint");
  assert_sentence("\"version\":\"1\"", "\"version\":\"2\"", "f: version: saw 2, wanted 1");
  assert_sentence("\"step\":\"100\"", "\"step\":\"-10\"", "f: step: saw -10, wanted a whole");
  assert_sentence("\"step\":\"100\"", "\"step\":\"1e2\"", "f: step: saw 1e2, wanted a whole");
  assert_sentence("\"step\":\"100\"", "\"step\": 100 ", "metadata 'step': saw a value without");
  assert_sentence("\"meta\":\"{", "\"meta\":\"[", "f: meta: saw another text, wanted the text");
  assert_sentence("\"F64\"", "\"F16\"", "dtype: saw F16, wanted F32, F64, U8 or I64");
  assert_sentence("\"shape\":[301]", "\"shape\":[302]", "wanted the 1208 of its shape");
  assert_sentence("\"shape\":[301]", "\"shape\":[-01]", "header, byte");
  assert_sentence("\"dtype\"", "\"dtypo\"", "dtype: saw no text, wanted F32, F64, U8 or I64");
}

// --- a process killed while it saves

static void save_until_killed(int out) {
  for (int64_t step = 1;; step++) {
    SimError err;
    if (save("ck", step, &err) != SIM_OK || write(out, &step, sizeof step) != sizeof step) {
      _exit(1);
    }
  }
}

static void kill_while_saving(void **state) {
  (void)state;
  SimRng rng = sim_rng(5, 0, 0, SIM_RNG_TEST);
  int with_some = 0;
  for (int i = 0; i < 25; i++) {
    int ends[2];
    remove_all("ck");
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
      save_until_killed(ends[1]);
    }
    close(ends[1]);
    const int64_t told = test_kill_child(pid, ends[0], i % 8, sim_rng_uniform(&rng, 0, 1));
    if (told > 0) {
      const int64_t found = latest_step("ck");
      assert_true(found == told || found == told + 1);
      with_some++;
    }
    // a checkpoint is whole or not there
    assert_true(run_checkpoint_files("ck") <= RUN_CHECKPOINTS_KEPT + 1);
  }
  assert_true(with_some > 5);
}

// --- full disk

static void full_disk_keeps_the_older(void **state) {
  (void)state;
  SimError err = {0};
  assert_ok(save("ck", 100, &err), &err);
  struct rlimit before, small;
  getrlimit(RLIMIT_FSIZE, &before);
  small = before;
  signal(SIGXFSZ, SIG_IGN);
  for (rlim_t limit = 0; limit < 1800; limit += 300) {
    small.rlim_cur = limit;
    setrlimit(RLIMIT_FSIZE, &small);
    SimStatus status = save("ck", 200, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_refused(status, SIM_DISK_FULL, &err, "ck/ckpt-000000000200.safetensors");
    assert_int_equal(test_count_files("ck"), 1);
    assert_int_equal(latest_step("ck"), 100);
  }
  assert_ok(save("ck", 200, &err), &err);
  assert_int_equal(latest_step("ck"), 200);
}

static void too_much_is_refused(void **state) {
  (void)state;
  SimError err = {0};
  json_t *meta = json_object();
  // nothing is read from value before the sizes are known to be fine
  const RunBlob blob[2] = {{"a", POL_F64, 1 << 26, "x"}, {"b", POL_F64, SIZE_MAX / 4, "x"}};
  assert_refused(run_checkpoint_save("ck", 1, blob, 2, meta, &err), SIM_FAIL, &err,
                 "checkpoint: saw more data than");
  const RunBlob twice[2] = {{"a", POL_U8, 1, "x"}, {"a", POL_U8, 1, "y"}};
  assert_refused(run_checkpoint_save("ck", 1, twice, 2, meta, &err), SIM_FAIL, &err,
                 "checkpoint: array 'a': saw it twice, wanted it once");
  assert_int_equal(test_count_files("ck"), 0);
  json_decref(meta);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(what_is_saved_comes_back, make_empty_folder),
      cmocka_unit_test_setup(same_content_gives_same_bytes_aligned, make_empty_folder),
      cmocka_unit_test_setup(three_stay, make_empty_folder),
      cmocka_unit_test_setup(none_is_refused, make_empty_folder),
      cmocka_unit_test_setup(truncation_is_noticed, make_empty_folder),
      cmocka_unit_test_setup(flipped_bits_are_noticed, make_empty_folder),
      cmocka_unit_test_setup(all_damaged_is_refused, make_empty_folder),
      cmocka_unit_test_setup(hostile_headers_give_one_sentence, make_empty_folder),
      cmocka_unit_test_setup(kill_while_saving, make_empty_folder),
      cmocka_unit_test_setup(full_disk_keeps_the_older, make_empty_folder),
      cmocka_unit_test_setup(too_much_is_refused, make_empty_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
