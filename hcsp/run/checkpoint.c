// Checkpoints. The hash is the first value of the header and therefore at a fixed place; it is
// computed with sixteen zeros standing there and checked before a byte is believed. Behind it the
// container's own checks still hold, for a hash can be made by anyone.
//
// Arrays are stored by falling size of their values, which keeps each aligned for whoever maps the
// file. meta travels as one JSON text, since the format's metadata are strings only.
#include "hcsp/run/checkpoint.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/base/log.h"

static const PolLimits limits = {.file = RUN_CHECKPOINT_MAX,
                                 .header = 16 << 20,
                                 .tensors = RUN_CHECKPOINT_BLOBS,
                                 .dtypes = (1U << POL_DTYPES) - 1};

// what stands between the length of the header and the hash
static const char opening[] = "{\"__metadata__\":{\"hash\":\"";
static const char no_hash[] = "0000000000000000";
enum { HASH_AT = 8 + sizeof opening - 1, HASH_DIGITS = sizeof no_hash - 1 };

struct RunCheckpoint {
  char *path;
  char *bytes;
  PolContainer container;
  int64_t step;
  json_t *meta;
};

// ---------------------------------------------------------------------------------------- hash

static bool opens_right(const char *bytes, size_t size) {
  return size >= HASH_AT + HASH_DIGITS && memcmp(bytes + 8, opening, sizeof opening - 1) == 0;
}

// the hash of all bytes but those of the hash itself, which are unchanged afterwards
static void compute_hash(char out[HASH_DIGITS + 1], char *bytes, size_t size) {
  char kept[HASH_DIGITS];
  memcpy(kept, bytes + HASH_AT, HASH_DIGITS);
  memcpy(bytes + HASH_AT, no_hash, HASH_DIGITS);
  sim_hash_hex(out, sim_hash(bytes, size));
  memcpy(bytes + HASH_AT, kept, HASH_DIGITS);
}

bool run_checkpoint_seal(char *bytes, size_t size) {
  if (!opens_right(bytes, size)) {
    return false;
  }
  char hash[HASH_DIGITS + 1];
  compute_hash(hash, bytes, size);
  memcpy(bytes + HASH_AT, hash, HASH_DIGITS);
  return true;
}

static SimStatus check_hash(const char *name, char *bytes, size_t size, SimError *err) {
  if (!opens_right(bytes, size)) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: saw %zu bytes that begin otherwise, wanted a checkpoint", name, size);
  }
  char wanted[HASH_DIGITS + 1];
  compute_hash(wanted, bytes, size);
  if (memcmp(bytes + HASH_AT, wanted, HASH_DIGITS) != 0) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: damaged: saw bytes whose hash is %s, wanted those of the hash stored",
                     name, wanted);
  }
  return SIM_OK;
}

// --------------------------------------------------------------------------------------- writing

// a name that comes twice would overwrite its first array unseen
static SimStatus check_names(const RunBlob *blob, int n, SimError *err) {
  for (int i = 0; i < n; i++) {
    for (int k = 0; k < i; k++) {
      if (strcmp(blob[i].name, blob[k].name) == 0) {
        return sim_error(err, SIM_FAIL, "checkpoint: array '%s': saw it twice, wanted it once",
                         blob[i].name);
      }
    }
  }
  return SIM_OK;
}

// by falling size of a value, otherwise in the order given
static void sort_blobs(PolBlob *out, const RunBlob *blob, int n) {
  int used = 0;
  for (size_t size = 8; size > 0; size /= 2) {
    for (int i = 0; i < n; i++) {
      if (pol_dtype_size(blob[i].dtype) == size) {
        out[used++] = (PolBlob){.name = blob[i].name,
                                .dtype = blob[i].dtype,
                                .dims = 1,
                                .dim = {blob[i].count, 1},
                                .value = blob[i].value};
      }
    }
  }
  assert(used == n);
}

static SimStatus check_total(const RunBlob *blob, int n, SimError *err) {
  assert(n >= 0);
  size_t left = RUN_CHECKPOINT_MAX - limits.header;
  for (int i = 0; i < n; i++) {
    const size_t size = pol_dtype_size(blob[i].dtype);
    if (blob[i].count > left / size) {
      return sim_error(err, SIM_FAIL,
                       "checkpoint: saw more data than %zu bytes, wanted at most those",
                       RUN_CHECKPOINT_MAX - limits.header);
    }
    left -= blob[i].count * size;
  }
  if (n > RUN_CHECKPOINT_BLOBS) {
    return sim_error(err, SIM_FAIL, "checkpoint: saw %d arrays, wanted at most %d", n,
                     (int)RUN_CHECKPOINT_BLOBS);
  }
  return check_names(blob, n, err);
}

static json_t *make_metadata(int64_t step, const json_t *meta) {
  char number[32];
  snprintf(number, sizeof number, "%" PRId64, step);
  char *text = json_dumps(meta, JSON_COMPACT);
  json_t *metadata =
      text ? json_pack("{s:s, s:s, s:s, s:s, s:s}", "hash", no_hash, "format", "hcsp-checkpoint",
                       "version", "1", "step", number, "meta", text)
           : NULL;
  free(text);
  return metadata;
}

SimStatus run_checkpoint_format(char **bytes, size_t *size, int64_t step, const RunBlob *blob,
                                int n, const json_t *meta, SimError *err) {
  assert(step >= 0 && json_is_object(meta));
  *bytes = NULL;
  *size = 0;
  SIM_TRY(check_total(blob, n, err));
  json_t *metadata = make_metadata(step, meta);
  PolBlob *sorted = sim_new((size_t)n + 1, sizeof *sorted);
  sort_blobs(sorted, blob, n);
  const SimStatus status = metadata
                               ? pol_container_build(bytes, size, metadata, sorted, n, err)
                               : sim_error(err, SIM_FAIL, "checkpoint: its header cannot be made");
  free(sorted);
  json_decref(metadata);
  if (status == SIM_OK) {
    const bool sealed = run_checkpoint_seal(*bytes, *size);
    assert(sealed);
    (void)sealed;
  }
  return status;
}

// ---------------------------------------------------------------------------------------- folder

typedef struct StepList {
  int64_t *step;  // falling
  int n, capacity;
} StepList;

static void format_name(char out[64], int64_t step) {
  snprintf(out, 64, "ckpt-%012" PRId64 ".safetensors", step);
}

// -1 when name is not that of a checkpoint
static int64_t step_of_name(const char *name) {
  char *end = NULL;
  if (strncmp(name, "ckpt-", 5) != 0 || name[5] < '0' || name[5] > '9') {
    return -1;
  }
  errno = 0;
  const long long step = strtoll(name + 5, &end, 10);
  char again[64];
  format_name(again, step);
  return errno == 0 && step >= 0 && strcmp(again, name) == 0 ? step : -1;
}

static int compare_falling(const void *a, const void *b) {
  const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left < right) - (left > right);
}

static void list_add(StepList *list, int64_t step) {
  if (list->n == list->capacity) {
    list->capacity = list->capacity * 2 + 16;
    list->step = sim_regrow(list->step, (size_t)list->capacity, sizeof *list->step);
  }
  list->step[list->n++] = step;
}

// lists the checkpoints of folder
static SimStatus list_steps(StepList *list, const char *folder, SimError *err) {
  *list = (StepList){0};
  DIR *dir = opendir(folder);
  if (!dir) {
    return errno == ENOENT ? sim_error(err, SIM_BAD_INPUT,
                                       "%s: saw no folder, wanted one of checkpoints", folder)
                           : sim_error_errno(err, "%s: cannot open", folder);
  }
  const struct dirent *entry;
  while ((entry = readdir(dir)) != NULL) {
    const int64_t step = step_of_name(entry->d_name);
    if (step >= 0) {
      list_add(list, step);
    }
  }
  closedir(dir);
  if (list->n > 0) {
    qsort(list->step, (size_t)list->n, sizeof list->step[0], compare_falling);
  }
  return SIM_OK;
}

static SimStatus path_of(char out[SIM_PATH_MAX], const char *folder, int64_t step, SimError *err) {
  char name[64];
  format_name(name, step);
  return sim_path_join(out, folder, name, err);
}

// removes what nobody needs once step is on disk
static void prune(const char *folder, int64_t step) {
  StepList list;
  if (list_steps(&list, folder, NULL) != SIM_OK) {
    return;
  }
  int kept = 0;
  for (int i = 0; i < list.n; i++) {
    if (list.step[i] <= step && kept < RUN_CHECKPOINTS_KEPT) {
      kept++;
      continue;
    }
    char path[SIM_PATH_MAX];
    if (path_of(path, folder, list.step[i], NULL) == SIM_OK && unlink(path) != 0) {
      sim_log(SIM_LOG_WARNING, "%s: cannot remove this old checkpoint", path);
    }
  }
  free(list.step);
}

SimStatus run_checkpoint_save(const char *folder, int64_t step, const RunBlob *blob, int n,
                              const json_t *meta, SimError *err) {
  char path[SIM_PATH_MAX];
  char *bytes = NULL;
  size_t size = 0;
  SimStatus status = path_of(path, folder, step, err);
  status = status ? status : run_checkpoint_format(&bytes, &size, step, blob, n, meta, err);
  status = status ? status : sim_file_write(path, bytes, size, err);
  free(bytes);
  if (status == SIM_OK) {
    prune(folder, step);
  }
  return status;
}

int run_checkpoint_files(const char *folder) {
  StepList list;
  if (list_steps(&list, folder, NULL) != SIM_OK) {
    return 0;
  }
  free(list.step);
  return list.n;
}

// --------------------------------------------------------------------------------------- reading

static SimStatus take_metadata(RunCheckpoint *checkpoint, const char *name, SimError *err) {
  const json_t *metadata = checkpoint->container.metadata;
  const char *format = json_string_value(json_object_get(metadata, "format"));
  const char *version = json_string_value(json_object_get(metadata, "version"));
  const char *step = json_string_value(json_object_get(metadata, "step"));
  const char *meta = json_string_value(json_object_get(metadata, "meta"));
  if (!format || strcmp(format, "hcsp-checkpoint") != 0) {
    return sim_error(err, SIM_BAD_INPUT, "%s: format: saw %.40s, wanted hcsp-checkpoint", name,
                     format ? format : "nothing");
  }
  if (!version || strcmp(version, "1") != 0) {
    return sim_error(err, SIM_BAD_INPUT, "%s: version: saw %.40s, wanted 1", name,
                     version ? version : "nothing");
  }
  char again[32] = "";
  checkpoint->step = step ? strtoll(step, NULL, 10) : -1;
  snprintf(again, sizeof again, "%" PRId64, checkpoint->step);
  if (checkpoint->step < 0 || strcmp(again, step) != 0) {
    return sim_error(err, SIM_BAD_INPUT, "%s: step: saw %.40s, wanted a whole number from 0", name,
                     step ? step : "nothing");
  }
  checkpoint->meta = meta ? json_loads(meta, JSON_REJECT_DUPLICATES, NULL) : NULL;
  if (!json_is_object(checkpoint->meta)) {
    return sim_error(err, SIM_BAD_INPUT, "%s: meta: saw %s, wanted the text of a JSON object", name,
                     meta ? "another text" : "nothing");
  }
  return SIM_OK;
}

RunCheckpoint *run_checkpoint_parse(const char *name, char *bytes, size_t size, SimError *err) {
  RunCheckpoint *checkpoint = sim_new(1, sizeof *checkpoint);
  checkpoint->path = sim_new_text(name);
  checkpoint->bytes = bytes;
  SimStatus status = check_hash(name, bytes, size, err);
  status =
      status ? status : pol_container_open(&checkpoint->container, name, bytes, size, &limits, err);
  status = status ? status : take_metadata(checkpoint, name, err);
  if (status != SIM_OK) {
    run_checkpoint_destroy(checkpoint);
    return NULL;
  }
  return checkpoint;
}

RunCheckpoint *run_checkpoint_load(const char *path, SimError *err) {
  char *bytes = NULL;
  size_t size = 0;
  if (sim_file_read(&bytes, &size, path, limits.file, err) != SIM_OK) {
    return NULL;
  }
  return run_checkpoint_parse(path, bytes, size, err);
}

RunCheckpoint *run_checkpoint_latest(const char *folder, SimError *err) {
  StepList list;
  if (list_steps(&list, folder, err) != SIM_OK) {
    return NULL;
  }
  RunCheckpoint *found = NULL;
  for (int i = 0; i < list.n && !found; i++) {
    char path[SIM_PATH_MAX];
    SimError why = {0};
    if (path_of(path, folder, list.step[i], &why) == SIM_OK) {
      found = run_checkpoint_load(path, &why);
    }
    if (!found) {
      sim_log(SIM_LOG_WARNING, "%s; this checkpoint is passed over", why.text);
    } else if (i > 0) {
      sim_log(SIM_LOG_WARNING, "%s is used instead", path);
    }
  }
  free(list.step);
  if (!found) {
    sim_error(err, SIM_BAD_INPUT, "%s: saw %d checkpoints and none of them whole, wanted one",
              folder, list.n);
  }
  return found;
}

void run_checkpoint_destroy(RunCheckpoint *checkpoint) {
  if (checkpoint) {
    pol_container_close(&checkpoint->container);
    json_decref(checkpoint->meta);
    free(checkpoint->bytes);
    free(checkpoint->path);
    *checkpoint = (RunCheckpoint){0};
  }
  free(checkpoint);
}

int64_t run_checkpoint_step(const RunCheckpoint *checkpoint) {
  return checkpoint->step;
}

const char *run_checkpoint_path(const RunCheckpoint *checkpoint) {
  return checkpoint->path;
}

const json_t *run_checkpoint_meta(const RunCheckpoint *checkpoint) {
  return checkpoint->meta;
}

static size_t stored_count(const PolStored *stored) {
  return (stored->end - stored->begin) / pol_dtype_size(stored->dtype);
}

size_t run_checkpoint_count(const RunCheckpoint *checkpoint, const char *name) {
  const PolStored *stored = pol_container_find(&checkpoint->container, name);
  return stored ? stored_count(stored) : SIZE_MAX;
}

SimStatus run_checkpoint_read(void *out, const RunCheckpoint *checkpoint, const char *name,
                              PolDtype dtype, size_t count, SimError *err) {
  assert(out || count == 0);
  const PolStored *stored = pol_container_find(&checkpoint->container, name);
  if (!stored) {
    return sim_error(err, SIM_BAD_INPUT, "%s: array '%s': saw nothing, wanted %zu values",
                     checkpoint->path, name, count);
  }
  if (stored->dtype != dtype) {
    return sim_error(err, SIM_BAD_INPUT, "%s: array '%s': saw %s, wanted %s", checkpoint->path,
                     name, pol_dtype_name(stored->dtype), pol_dtype_name(dtype));
  }
  if (stored_count(stored) != count) {
    return sim_error(err, SIM_BAD_INPUT, "%s: array '%s': saw %zu values, wanted %zu",
                     checkpoint->path, name, stored_count(stored), count);
  }
  if (count > 0) {
    pol_container_read(out, &checkpoint->container, stored);
  }
  return SIM_OK;
}
