// Match logs from strangers. The first byte chooses: 0 to 63, the rest is an index; else the rest
// is a list of edits (place in three bytes, value in one) of a good shard that is made at the
// start, so that most inputs get past the superblock. Shards are read where users' are: in a child
// process with limits, whose crashes are the file's fault and not ours.
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/record/index.h"
#include "sim/record/reader.h"
#include "tests/support/rallies.h"

typedef struct Base {
  uint8_t *data;
  size_t size;
} Base;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int ok) {
  if (!ok) {
    abort();
  }
}

static void make_base(Base *base) {
  char folder[] = "/tmp/hcsp_fuzz_XXXXXX", path[SIM_PATH_MAX], *data;
  SimLogInfo info;
  SimError err;
  require(mkdtemp(folder) != NULL);
  test_log_info(&info);
  SimRecorder *recorder = sim_recorder_create(folder, &info, TEST_STATE_SIZE, &err);
  require(recorder != NULL && test_record_rallies(recorder, 0, 2, 1, &err) == SIM_OK &&
          sim_recorder_finish(recorder, &err) == SIM_OK);
  sim_recorder_destroy(recorder);
  snprintf(path, sizeof path, "%s/00000.h5", folder);
  require(sim_file_read(&data, &base->size, path, 1 << 24, &err) == SIM_OK);
  base->data = (uint8_t *)data;
  unlink(path);
  snprintf(path, sizeof path, "%s/index.jsonl", folder);
  unlink(path);
  rmdir(folder);
}

static void check_error(const SimError *err, const char *name) {
  require(strncmp(err->text, name, strlen(name)) == 0 && strchr(err->text, '\n') == NULL);
}

static void run_index(const uint8_t *data, size_t size) {
  SimIndexEntry *entry;
  SimError err;
  int n;
  SimStatus status = sim_index_parse(&entry, &n, "index.jsonl", (const char *)data, size, &err);
  if (status != SIM_OK) {
    require(status == SIM_BAD_INPUT && entry == NULL && n == 0);
    check_error(&err, "index.jsonl");
    return;
  }
  for (int i = 0; i < n; i++) {
    require(entry[i].rallies >= 1 && entry[i].rallies <= 32 && entry[i].first_rally >= 0);
    require(strchr(entry[i].file, '/') == NULL && entry[i].file[0] != '.');
  }
  free(entry);
}

static void run_shard(const Base *base, const uint8_t *data, size_t size) {
  uint8_t *file = malloc(base->size);
  SimError err;
  require(file != NULL);
  memcpy(file, base->data, base->size);
  for (size_t i = 0; i + 4 <= size; i += 4) {
    // the headers are at the start
    size_t at = (data[i] | (size_t)data[i + 1] << 8 | (size_t)data[i + 2] << 16) % base->size;
    file[at] = data[i + 3];
  }
  SimStatus status = sim_log_vet(file, base->size, "input.h5", 2, &err);
  if (status != SIM_OK) {
    require(status == SIM_BAD_INPUT || status == SIM_FAIL);
    check_error(&err, "input.h5");
  }
  free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static Base base;
  if (base.data == NULL) {
    make_base(&base);
  }
  if (size > 0 && data[0] < 64) {
    run_index(data + 1, size - 1);
  } else if (size > 0) {
    run_shard(&base, data + 1, size - 1);
  }
  return 0;
}
