// Figures of a run: lines of JSON that read back exactly, TensorBoard records checked byte by byte
// with a checksum and a decoder of this file's own, and what resuming and a full disk leave.
#include "hcsp/train/metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <float.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "tests/support/check.h"

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
  assert_ok(sim_file_make_folder("m", &err), &err);
  remove_all("m");
  return 0;
}

// --- checksums

// CRC-32C written the other way round: highest bit first, as a polynomial division, with the bits
// of each byte and of the result mirrored
static uint32_t mirror(uint32_t value, int bits) {
  uint32_t out = 0;
  for (int i = 0; i < bits; i++) {
    out |= (value >> i & 1) << (bits - 1 - i);
  }
  return out;
}

static uint32_t other_crc(const unsigned char *data, size_t size) {
  uint32_t crc = 0xffffffff;
  for (size_t i = 0; i < size; i++) {
    crc ^= mirror(data[i], 8) << 24;
    for (int bit = 0; bit < 8; bit++) {
      crc = crc & 0x80000000 ? crc << 1 ^ 0x1edc6f41 : crc << 1;
    }
  }
  return mirror(crc, 32) ^ 0xffffffff;
}

static uint32_t other_mask(uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

static void checksum_is_castagnoli(void **state) {
  (void)state;
  // the last is in RFC 3720 B.4
  const unsigned char zeros[32] = {0};
  assert_int_equal(train_crc32c("", 0), 0);
  assert_int_equal(train_crc32c("123456789", 9), 0xe3069283);
  assert_int_equal(train_crc32c(zeros, 32), 0x8a9136aa);
  assert_int_equal(other_crc((const unsigned char *)"123456789", 9), 0xe3069283);
  assert_int_equal(other_crc(zeros, 32), 0x8a9136aa);
}

// --- a decoder

enum { DECODED_MAX = 64 };

typedef struct Decoded {
  double wall;
  int64_t step;
  bool has_version, starts;
  int n;
  char tag[DECODED_MAX][TRAIN_TAG_MAX];
  float value[DECODED_MAX];
} Decoded;

typedef struct Cursor {
  const unsigned char *at, *end;
} Cursor;

static uint64_t take_little(Cursor *cursor, int bytes) {
  assert_true(cursor->end - cursor->at >= bytes);
  uint64_t value = 0;
  for (int i = 0; i < bytes; i++) {
    value |= (uint64_t)*cursor->at++ << (8 * i);
  }
  return value;
}

static uint64_t take_varint(Cursor *cursor) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    assert_true(cursor->at < cursor->end && shift < 64);
    const unsigned char byte = *cursor->at++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) {
      return value;
    }
  }
}

static Cursor take_part(Cursor *cursor) {
  const uint64_t length = take_varint(cursor);
  assert_true(length <= (uint64_t)(cursor->end - cursor->at));
  Cursor part = {cursor->at, cursor->at + length};
  cursor->at += length;
  return part;
}

static void decode_value(Decoded *out, Cursor cursor) {
  assert_int_equal(take_varint(&cursor), 1 << 3 | 2);
  Cursor tag = take_part(&cursor);
  memcpy(out->tag[out->n], tag.at, (size_t)(tag.end - tag.at));
  assert_int_equal(take_varint(&cursor), 2 << 3 | 5);
  const uint32_t bits = (uint32_t)take_little(&cursor, 4);
  memcpy(&out->value[out->n++], &bits, sizeof bits);
  assert_true(cursor.at == cursor.end);
}

static void decode_event(Decoded *out, Cursor cursor) {
  memset(out, 0, sizeof *out);
  while (cursor.at < cursor.end) {
    const uint64_t key = take_varint(&cursor);
    if (key == (1 << 3 | 1)) {
      const uint64_t bits = take_little(&cursor, 8);
      memcpy(&out->wall, &bits, sizeof bits);
    } else if (key == 2 << 3) {
      out->step = (int64_t)take_varint(&cursor);
    } else if (key == (3 << 3 | 2)) {
      Cursor text = take_part(&cursor);
      assert_int_equal(text.end - text.at, 13);
      assert_memory_equal(text.at, "brain.Event:2", 13);
      out->has_version = true;
    } else if (key == (7 << 3 | 2)) {
      Cursor log = take_part(&cursor);
      assert_int_equal(take_varint(&log), 1 << 3);
      assert_int_equal(take_varint(&log), 1);
      out->starts = true;
    } else {
      assert_int_equal(key, 5 << 3 | 2);
      Cursor summary = take_part(&cursor);
      while (summary.at < summary.end) {
        assert_int_equal(take_varint(&summary), 1 << 3 | 2);
        decode_value(out, take_part(&summary));
      }
    }
  }
}

// takes one record off the front, checks its frame
static void take_record(Decoded *out, Cursor *cursor) {
  const unsigned char *head = cursor->at;
  const uint64_t length = take_little(cursor, 8);
  assert_int_equal(take_little(cursor, 4), other_mask(other_crc(head, 8)));
  assert_true(length <= (uint64_t)(cursor->end - cursor->at));
  const unsigned char *data = cursor->at;
  cursor->at += length;
  assert_int_equal(take_little(cursor, 4), other_mask(other_crc(data, length)));
  decode_event(out, (Cursor){data, data + length});
}

static void one_scalar_in_golden_bytes(void **state) {
  (void)state;
  // as TensorBoard itself writes it: {wall_time 1.5, step 300, summary {value {tag "a/b",
  // simple_value -0.25}}}
  static const unsigned char golden[] = {
      0x1a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x12, 0x9b,
      0xd8, 0x2d,                                                  // length 26, its checksum
      0x09, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x3f,        // 1: 1.5
      0x10, 0xac, 0x02,                                            // 2: 300
      0x2a, 0x0c,                                                  // 5: 12 bytes
      0x0a, 0x0a,                                                  // 1: 10 bytes
      0x0a, 0x03, 0x61, 0x2f, 0x62, 0x15, 0x00, 0x00, 0x80, 0xbe,  // 1: "a/b", 2: -0.25
      0xa5, 0xd1, 0x18, 0xe0,                                      // checksum of the data
  };
  unsigned char out[1024];
  const TrainScalar scalar = {.tag = "a/b", .value = -0.25};
  assert_true(train_tfevents_bound(1) <= sizeof out);
  assert_int_equal(train_tfevents_scalars(out, 1.5, 300, &scalar, 1), sizeof golden);
  assert_memory_equal(out, golden, sizeof golden);
}

static void long_sets_stay_in_bounds(void **state) {
  (void)state;
  TrainScalar *scalar = calloc(TRAIN_METRICS_MAX, sizeof *scalar);
  unsigned char *out = malloc(train_tfevents_bound(TRAIN_METRICS_MAX));
  for (int i = 0; i < TRAIN_METRICS_MAX; i++) {
    memset(scalar[i].tag, 'x', TRAIN_TAG_MAX - 1);
    scalar[i].value = i;
  }
  const size_t size = train_tfevents_scalars(out, 1e9, INT64_MAX, scalar, TRAIN_METRICS_MAX);
  assert_true(size <= train_tfevents_bound(TRAIN_METRICS_MAX));
  assert_true(size + 64 > (size_t)TRAIN_METRICS_MAX * 70);
  free(scalar);
  free(out);
}

// --- files

static void put_set(TrainMetrics *metrics, int64_t step) {
  SimError err = {0};
  train_metrics_begin(metrics, step);
  train_metrics_put(metrics, "loss/policy", 0.1 * (double)step);
  train_metrics_put(metrics, "task/return", 1e-7 / 3 + (double)step);
  train_metrics_put(metrics, "loss/policy", -0.1 * (double)step);
  assert_ok(train_metrics_flush(metrics, &err), &err);
}

// metrics.jsonl without its seconds, which no two runs share; to be freed
static char *lines_without_seconds(const char *path) {
  char *text = test_read_file(path, NULL), *out = calloc(1, strlen(text) + 1);
  size_t used = 0;
  for (const char *c = text; *c; c++) {
    if (strncmp(c, "\"seconds\":", 10) == 0) {
      c += strcspn(c, ",}");
    }
    out[used++] = *c;
  }
  free(text);
  return out;
}

// paths of the event files in the order of their names
static int find_events(char out[8][512], const char *folder) {
  struct dirent **list;
  const int n = scandir(folder, &list, NULL, alphasort);
  int found = 0;
  for (int i = 0; i < n; i++) {
    if (strncmp(list[i]->d_name, "events.out.tfevents.", 20) == 0) {
      assert_true(found < 8);
      snprintf(out[found++], 512, "%s/%s", folder, list[i]->d_name);
    }
    free(list[i]);
  }
  free(list);
  return found;
}

static void lines_and_records_agree(void **state) {
  (void)state;
  SimError err = {0};
  TrainMetrics *metrics = train_metrics_create("m", false, 0, &err);
  assert_non_null(metrics);
  put_set(metrics, 64);
  put_set(metrics, 128);
  assert_ok(train_metrics_sync(metrics, &err), &err);
  train_metrics_destroy(metrics);

  char *text = test_read_file("m/metrics.jsonl", NULL);
  assert_memory_equal(text, "{\"step\":64,\"seconds\":0.", 23);
  const char *want = ",\"loss/policy\":-6.4,\"task/return\":64.0000000333333";
  assert_non_null(strstr(text, want));
  json_t *line = json_loads(strchr(text, '\n') + 1, JSON_DISABLE_EOF_CHECK, NULL);
  assert_int_equal(json_integer_value(json_object_get(line, "step")), 128);
  // the very same double
  assert_near(json_real_value(json_object_get(line, "task/return")), 1e-7 / 3 + 128, 0);
  json_decref(line);
  free(text);

  char path[8][512];
  size_t size;
  assert_int_equal(find_events(path, "m"), 1);
  char *bytes = test_read_file(path[0], &size);
  Cursor cursor = {(unsigned char *)bytes, (unsigned char *)bytes + size};
  Decoded event;
  take_record(&event, &cursor);
  assert_true(event.has_version && event.wall > 1.6e9 && event.n == 0);
  for (int step = 64; step <= 128; step += 64) {
    take_record(&event, &cursor);
    assert_int_equal(event.step, step);
    assert_int_equal(event.n, 3);
    assert_string_equal(event.tag[2], "charts/SPS");
    assert_true(event.value[2] > 0);
    assert_string_equal(event.tag[0], "loss/policy");
    assert_string_equal(event.tag[1], "task/return");
    assert_true(event.value[0] == (float)(-0.1 * step));
    assert_true(event.value[1] == (float)(1e-7 / 3 + step));
  }
  assert_true(cursor.at == cursor.end);
  free(bytes);
}

static void numbers_that_are_none(void **state) {
  (void)state;
  SimError err = {0};
  static const double values[] = {0, 0, 0, 1e300, -1e300, DBL_MIN / 4, 9007199254740993.0, 1};
  TrainMetrics *metrics = train_metrics_create("m", false, 0, &err);
  assert_non_null(metrics);
  train_metrics_begin(metrics, 1);
  train_metrics_put(metrics, "n0", (double)NAN);
  train_metrics_put(metrics, "n1", (double)INFINITY);
  train_metrics_put(metrics, "n2", -(double)INFINITY);
  for (int i = 3; i < 8; i++) {
    char tag[16];
    snprintf(tag, sizeof tag, "n%d", i);
    train_metrics_put(metrics, tag, values[i]);
  }
  assert_ok(train_metrics_flush(metrics, &err), &err);
  train_metrics_destroy(metrics);
  char *text = test_read_file("m/metrics.jsonl", NULL);
  json_t *line = json_loads(text, 0, NULL);
  assert_non_null(line);
  for (int i = 0; i < 8; i++) {
    char tag[16];
    snprintf(tag, sizeof tag, "n%d", i);
    const json_t *value = json_object_get(line, tag);
    if (i < 3) {
      assert_true(json_is_null(value));
    } else {
      assert_near(json_number_value(value), values[i], 0);
    }
  }
  json_decref(line);
  free(text);
  char path[8][512];
  size_t size;
  find_events(path, "m");
  char *bytes = test_read_file(path[0], &size);
  Cursor cursor = {(unsigned char *)bytes, (unsigned char *)bytes + size};
  Decoded event;
  take_record(&event, &cursor);
  take_record(&event, &cursor);
  assert_int_equal(event.n, 9);
  assert_true(isnan(event.value[0]) && isinf(event.value[1]) && event.value[2] < -FLT_MAX);
  assert_true(isinf(event.value[3]) && isinf(event.value[4]) && event.value[4] < 0);
  free(bytes);
}

// --- resuming

static void run_steps(bool resume, int64_t at, int64_t first, int64_t last) {
  SimError err = {0};
  TrainMetrics *metrics = train_metrics_create("m", resume, at, &err);
  if (!metrics) {
    fail_msg("%s", err.text);
    return;
  }
  for (int64_t step = first; step <= last; step++) {
    put_set(metrics, step);
  }
  train_metrics_destroy(metrics);
}

static void resumed_equals_uninterrupted(void **state) {
  (void)state;
  run_steps(false, 0, 1, 20);
  char *want = lines_without_seconds("m/metrics.jsonl");
  remove_all("m");
  // killed at 13 with half a line, resumed at 10; killed at 17, resumed there
  run_steps(false, 0, 1, 13);
  size_t size;
  char *text = test_read_file("m/metrics.jsonl", &size);
  test_write_file("m/metrics.jsonl", text, size - 20);
  free(text);
  run_steps(true, 10, 11, 17);
  run_steps(true, 17, 18, 20);
  char *got = lines_without_seconds("m/metrics.jsonl");
  assert_string_equal(got, want);
  free(got);
  free(want);
  // the files are read in this order, and the later ones say what they supersede
  char path[8][512];
  assert_int_equal(find_events(path, "m"), 3);
  static const int64_t start[] = {0, 11, 18}, sets[] = {13, 7, 3};
  for (int i = 0; i < 3; i++) {
    char *bytes = test_read_file(path[i], &size);
    Cursor cursor = {(unsigned char *)bytes, (unsigned char *)bytes + size};
    Decoded event;
    take_record(&event, &cursor);
    assert_true(event.has_version);
    if (i > 0) {
      take_record(&event, &cursor);
      assert_true(event.starts && event.step == start[i]);
    }
    int64_t n = 0;
    for (; cursor.at < cursor.end; n++) {
      take_record(&event, &cursor);
    }
    assert_int_equal(n, sets[i]);
    free(bytes);
  }
}

static void a_torn_line_goes_at_any_byte(void **state) {
  (void)state;
  run_steps(false, 0, 1, 3);
  size_t size;
  char *text = test_read_file("m/metrics.jsonl", &size);
  const size_t third = (size_t)((char *)memrchr(text, '\n', size - 1) - text) + 1;
  for (size_t end = third; end < size; end++) {
    remove_all("m");
    test_write_file("m/metrics.jsonl", text, end);
    run_steps(true, 100, 0, -1);
    size_t now;
    char *after = test_read_file("m/metrics.jsonl", &now);
    assert_int_equal(now, third);
    assert_memory_equal(after, text, third);
    free(after);
  }
  free(text);
}

static void seconds_go_on(void **state) {
  (void)state;
  static const char lines[] = "{\"step\":1,\"seconds\":50.5}\n"
                              "nonsense\n"
                              "{\"step\":2,\"seconds\":100.25}\n"
                              "{\"step\":3,\"seconds\":150.0}\n";
  test_write_file("m/metrics.jsonl", lines, sizeof lines - 1);
  SimError err = {0};
  TrainMetrics *metrics = train_metrics_create("m", true, 2, &err);
  assert_non_null(metrics);
  assert_true(train_metrics_seconds(metrics) >= 100.25 && train_metrics_seconds(metrics) < 130);
  train_metrics_destroy(metrics);
  char *text = test_read_file("m/metrics.jsonl", NULL);
  assert_string_equal(text, "{\"step\":1,\"seconds\":50.5}\n{\"step\":2,\"seconds\":100.25}\n");
  free(text);
}

static void what_is_no_folder_is_refused(void **state) {
  (void)state;
  SimError err = {0};
  assert_null(train_metrics_create("none/here", false, 0, &err));
  assert_refused(err.status, SIM_FAIL, &err, "none/here/metrics.jsonl: cannot open");
  assert_int_equal(mkdir("m/metrics.jsonl", 0777), 0);
  assert_null(train_metrics_create("m", true, 0, &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "m/metrics.jsonl: saw a folder");
  assert_int_equal(rmdir("m/metrics.jsonl"), 0);
}

// --- full disk

static void full_disk_leaves_whole_lines(void **state) {
  (void)state;
  SimError err = {0};
  struct rlimit before, small;
  getrlimit(RLIMIT_FSIZE, &before);
  small = before;
  signal(SIGXFSZ, SIG_IGN);
  int refused = 0;
  for (rlim_t limit = 150; limit < 700; limit += 25) {
    remove_all("m");
    TrainMetrics *metrics = train_metrics_create("m", false, 0, &err);
    assert_non_null(metrics);
    put_set(metrics, 1);
    small.rlim_cur = limit;
    setrlimit(RLIMIT_FSIZE, &small);
    SimStatus status = SIM_OK;
    int64_t written = 1;
    while (status == SIM_OK) {
      train_metrics_begin(metrics, written + 1);
      train_metrics_put(metrics, "loss/policy", 0.125);
      status = train_metrics_flush(metrics, &err);
      written += status == SIM_OK;
    }
    setrlimit(RLIMIT_FSIZE, &before);
    assert_refused(status, SIM_DISK_FULL, &err, "cannot write");
    refused++;
    // there is room again
    put_set(metrics, written + 1);
    train_metrics_destroy(metrics);
    char *text = test_read_file("m/metrics.jsonl", NULL);
    int64_t lines = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
      json_t *json = json_loads(line, 0, NULL);
      assert_int_equal(json_integer_value(json_object_get(json, "step")), ++lines);
      json_decref(json);
    }
    assert_int_equal(lines, written + 1);
    free(text);
    char path[8][512];
    size_t size;
    find_events(path, "m");
    char *bytes = test_read_file(path[0], &size);
    Cursor cursor = {(unsigned char *)bytes, (unsigned char *)bytes + size};
    Decoded event;
    for (lines = -1; cursor.at < cursor.end; lines++) {
      take_record(&event, &cursor);
    }
    assert_int_equal(lines, written + 1);
    free(bytes);
  }
  assert_true(refused > 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(checksum_is_castagnoli),
      cmocka_unit_test(one_scalar_in_golden_bytes),
      cmocka_unit_test(long_sets_stay_in_bounds),
      cmocka_unit_test_setup(lines_and_records_agree, make_empty_folder),
      cmocka_unit_test_setup(numbers_that_are_none, make_empty_folder),
      cmocka_unit_test_setup(resumed_equals_uninterrupted, make_empty_folder),
      cmocka_unit_test_setup(a_torn_line_goes_at_any_byte, make_empty_folder),
      cmocka_unit_test_setup(seconds_go_on, make_empty_folder),
      cmocka_unit_test_setup(what_is_no_folder_is_refused, make_empty_folder),
      cmocka_unit_test_setup(full_disk_leaves_whole_lines, make_empty_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
