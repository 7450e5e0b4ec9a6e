#include "hcsp/run/archive.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 96 };

RunArchive run_archive_writer(json_t *meta, SimError *err) {
  RunArchive ar = {.meta = meta, .prefix = "", .err = err};
  if (!meta) {
    ar.status = sim_error(err, SIM_FAIL, "a checkpoint's description cannot be made");
  }
  return ar;
}

RunArchive run_archive_reader(const RunCheckpoint *file, SimError *err) {
  assert(file);
  json_t *meta = (json_t *)(uintptr_t)run_checkpoint_meta(file);
  return (RunArchive){.file = file, .meta = meta, .prefix = "", .err = err};
}

void run_archive_close(RunArchive *ar) {
  for (int i = 0; i < ar->n; i++) {
    free((void *)(uintptr_t)ar->blob[i].name);
    free((void *)(uintptr_t)ar->blob[i].value);
  }
  free(ar->blob);
  free(ar->scratch);
  if (!ar->file) {
    json_decref(ar->meta);
  }
  *ar = (RunArchive){.status = SIM_FAIL};
}

SimStatus run_archive_save(RunArchive *ar, const char *folder, int64_t step) {
  assert(!ar->file && step >= 0);
  if (ar->status == SIM_OK) {
    ar->status = run_checkpoint_save(folder, step, ar->blob, ar->n, ar->meta, ar->err);
  }
  return ar->status;
}

bool run_archive_reads(const RunArchive *ar) {
  return ar->file != NULL;
}

bool run_archive_ok(const RunArchive *ar) {
  return ar->status == SIM_OK;
}

void run_archive_fail(RunArchive *ar, SimStatus status) {
  assert(status != SIM_OK);
  ar->status = ar->status == SIM_OK ? status : ar->status;
}

// ---- arrays

static void full_name(char out[NAME_MAX_BYTES], const RunArchive *ar, const char *name) {
  const int length = snprintf(out, NAME_MAX_BYTES, "%s%s", ar->prefix, name);
  assert(length > 0 && length < NAME_MAX_BYTES);
  (void)length;
}

// room for one more array, which the archive owns
static void *append(RunArchive *ar, const char *name, PolDtype dtype, size_t count) {
  char full[NAME_MAX_BYTES];
  if (ar->n == ar->room) {
    const int room = ar->room ? 2 * ar->room : 32;
    ar->blob = sim_regrow(ar->blob, (size_t)room, sizeof *ar->blob);
    ar->room = room;
  }
  full_name(full, ar, name);
  void *value = sim_new(count + 1, pol_dtype_size(dtype));
  ar->blob[ar->n++] =
      (RunBlob){.name = sim_new_text(full), .dtype = dtype, .count = count, .value = value};
  return value;
}

static void read_array(RunArchive *ar, const char *name, PolDtype dtype, size_t count,
                       void *value) {
  char full[NAME_MAX_BYTES];
  full_name(full, ar, name);
  ar->status = run_checkpoint_read(value, ar->file, full, dtype, count, ar->err);
}

void run_archive_values(RunArchive *ar, const char *name, PolDtype dtype, size_t count,
                        void *value) {
  assert(value || count == 0);
  if (ar->status != SIM_OK) {
    return;
  }
  if (ar->file) {
    read_array(ar, name, dtype, count, value);
    return;
  }
  void *copy = append(ar, name, dtype, count);
  if (count > 0) {
    memcpy(copy, value, count * pol_dtype_size(dtype));
  }
}

size_t run_archive_count(RunArchive *ar, const char *name, size_t count, size_t row) {
  char full[NAME_MAX_BYTES];
  assert(row > 0 && (ar->file || count % row == 0));
  if (ar->status != SIM_OK || !ar->file) {
    return ar->status == SIM_OK ? count : 0;
  }
  full_name(full, ar, name);
  const size_t seen = run_checkpoint_count(ar->file, full);
  if (seen == SIZE_MAX || seen % row) {
    ar->status =
        sim_error(ar->err, SIM_BAD_INPUT, "%s: saw no array '%s' of rows of %zu, wanted one",
                  run_checkpoint_path(ar->file), full, row);
    return 0;
  }
  return seen;
}

void *run_archive_bytes(RunArchive *ar, const char *name, size_t size) {
  if (ar->status != SIM_OK) {
    return NULL;
  }
  if (!ar->file) {
    return append(ar, name, POL_U8, size);
  }
  free(ar->scratch);
  ar->scratch = sim_new(size + 1, 1);
  read_array(ar, name, POL_U8, size, ar->scratch);
  return ar->status == SIM_OK ? ar->scratch : NULL;
}
