// A shard is taken into memory as a whole, hashed, and opened from there, so that the bytes that
// were checked are the bytes that are read. One shard is open at a time.
#include "sim/record/reader.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/file.h"
#include "sim/record/h5.h"
#include "sim/record/index.h"

// 32 rallies of 30 s take 60 MB; one exported file may hold many shards
#define FILE_CAP ((size_t)1 << 30)

struct SimLog {
  char folder[SIM_PATH_MAX];
  SimIndexEntry *entry;
  int entries, rallies;
  bool single;  // opened by the name of one file
  int open;     // shard that file is, -1: none
  SimH5 *file;
};

static SimStatus shard_path(char path[SIM_PATH_MAX], const SimLog *log, int shard, SimError *err) {
  return sim_path_join(path, log->folder, log->entry[shard].file, err);
}

// A file of a folder must be what the index says.
static SimStatus check_listed(const SimIndexEntry *entry, const char *path, const void *data,
                              size_t size, SimError *err) {
  if (size != entry->bytes) {
    return sim_error(err, SIM_BAD_INPUT, "%s: has %zu bytes, index.jsonl says %llu", path, size,
                     (unsigned long long)entry->bytes);
  }
  uint64_t hash = sim_hash(data, size);
  if (hash != entry->xxh3) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: is damaged: its hash is %016llx, index.jsonl says %016llx", path,
                     (unsigned long long)hash, (unsigned long long)entry->xxh3);
  }
  return SIM_OK;
}

static SimStatus check_opened(const SimLog *log, int shard, const SimH5 *file, const char *path,
                              SimError *err) {
  const SimIndexEntry *entry = &log->entry[shard];
  if (log->single) {
    return SIM_OK;
  }
  if (sim_h5_rallies(file) != entry->rallies ||
      sim_h5_info(file)->first_rally != entry->first_rally) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: holds %d rallies from %lld on, index.jsonl says %d from %lld on", path,
                     sim_h5_rallies(file), (long long)sim_h5_info(file)->first_rally,
                     entry->rallies, (long long)entry->first_rally);
  }
  return SIM_OK;
}

static SimStatus open_data(SimLog *log, int shard, const char *path, const void *data, size_t size,
                           bool vetted, SimError *err) {
  SimStatus status = vetted ? SIM_OK : sim_log_vet(data, size, path, SIM_VET_SECONDS, err);
  if (status != SIM_OK) {
    return status;
  }
  SimH5 *file = sim_h5_open_image(data, size, path, err);
  if (file == NULL) {
    return SIM_BAD_INPUT;
  }
  status = check_opened(log, shard, file, path, err);
  if (status != SIM_OK) {
    sim_h5_close(file);
    return status;
  }
  log->file = file;
  log->open = shard;
  return SIM_OK;
}

static SimStatus open_shard(SimLog *log, int shard, SimError *err) {
  assert(shard >= 0 && shard < log->entries);
  if (log->open == shard) {
    return SIM_OK;
  }
  sim_h5_close(log->file);
  log->file = NULL;
  log->open = -1;
  char path[SIM_PATH_MAX], *data;
  size_t size;
  SimStatus status = shard_path(path, log, shard, err);
  if (status == SIM_OK) {
    status = sim_file_read(&data, &size, path, FILE_CAP, err);
  }
  if (status != SIM_OK) {
    return status;
  }
  if (!log->single) {
    status = check_listed(&log->entry[shard], path, data, size, err);
  }
  if (status == SIM_OK) {
    status = open_data(log, shard, path, data, size, !log->single, err);
  }
  free(data);
  return status;
}

// --- opening

static SimStatus open_folder(SimLog *log, const char *path, SimError *err) {
  snprintf(log->folder, sizeof log->folder, "%s", path);
  return sim_index_read(&log->entry, &log->entries, path, err);
}

// The line of the file in the index of its folder, when there is one and it is the same file.
static bool listed(SimIndexEntry *found, const char *folder, const char *name, const void *data,
                   size_t size) {
  SimIndexEntry *entry;
  int n;
  SimError ignored;
  bool same = false;
  // a broken index is not this file's fault: the file is then a stranger's
  if (sim_index_read(&entry, &n, folder, &ignored) != SIM_OK) {
    return false;
  }
  for (int i = 0; i < n && !same; i++) {
    same = strcmp(entry[i].file, name) == 0 && entry[i].bytes == size &&
           entry[i].xxh3 == sim_hash(data, size);
    *found = same ? entry[i] : *found;
  }
  free(entry);
  return same;
}

static SimStatus open_single(SimLog *log, const char *path, SimError *err) {
  const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
  char *data;
  size_t size;
  if (strlen(name) >= SIM_INDEX_NAME_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "%s: the file's name is longer than %d bytes", path,
                     SIM_INDEX_NAME_MAX - 1);
  }
  log->entry = calloc(1, sizeof *log->entry);
  if (log->entry == NULL) {
    return sim_error(err, SIM_FAIL, "%s: no memory to open it", path);
  }
  sim_path_folder(log->folder, path);
  log->entries = 1;
  log->single = true;
  snprintf(log->entry->file, sizeof log->entry->file, "%s", name);
  SimStatus status = sim_file_read(&data, &size, path, FILE_CAP, err);
  if (status != SIM_OK) {
    return status;
  }
  bool known = listed(log->entry, log->folder, name, data, size);
  status = open_data(log, 0, path, data, size, known, err);
  free(data);
  if (status == SIM_OK) {
    log->entry->rallies = sim_h5_rallies(log->file);
    log->entry->first_rally = sim_h5_info(log->file)->first_rally;
    log->entry->bytes = size;
  }
  return status;
}

SimLog *sim_log_open(const char *path, SimError *err) {
  struct stat info;
  if (strlen(path) >= SIM_PATH_MAX || stat(path, &info) != 0) {
    sim_error(err, SIM_BAD_INPUT, "%s: cannot be found, wanted a log folder or an .h5 file", path);
    return NULL;
  }
  SimLog *log = calloc(1, sizeof *log);
  if (log == NULL) {
    sim_error(err, SIM_FAIL, "%s: no memory to open it", path);
    return NULL;
  }
  log->open = -1;
  SimStatus status =
      S_ISDIR(info.st_mode) ? open_folder(log, path, err) : open_single(log, path, err);
  for (int i = 0; i < log->entries; i++) {
    log->rallies += log->entry[i].rallies;
  }
  if (status == SIM_OK && log->rallies == 0) {
    status = sim_error(err, SIM_BAD_INPUT, "%s: index.jsonl lists no rallies", path);
  }
  if (status != SIM_OK) {
    sim_log_close(log);
    return NULL;
  }
  return log;
}

void sim_log_close(SimLog *log) {
  if (log != NULL) {
    sim_h5_close(log->file);
    free(log->entry);
    free(log);
  }
}

// --- reading

int sim_log_rallies(const SimLog *log) {
  return log->rallies;
}

int sim_log_shards(const SimLog *log) {
  return log->entries;
}

static int first_of(const SimLog *log, int shard) {
  int first = 0;
  for (int i = 0; i < shard; i++) {
    first += log->entry[i].rallies;
  }
  return first;
}

int sim_log_shard_of(const SimLog *log, int i) {
  assert(i >= 0 && i < log->rallies);
  int shard = 0;
  while (i >= log->entry[shard].rallies) {
    i -= log->entry[shard].rallies;
    shard++;
  }
  return shard;
}

void sim_log_shard(SimShardInfo *info, const SimLog *log, int shard) {
  assert(shard >= 0 && shard < log->entries);
  *info = (SimShardInfo){.rallies = log->entry[shard].rallies,
                         .first = first_of(log, shard),
                         .bytes = log->entry[shard].bytes};
  if (shard_path(info->path, log, shard, NULL) != SIM_OK) {
    snprintf(info->path, sizeof info->path, "%s", log->entry[shard].file);
  }
}

SimStatus sim_log_info(SimLogInfo *info, SimLog *log, int shard, SimError *err) {
  SimStatus status = open_shard(log, shard, err);
  if (status == SIM_OK) {
    *info = *sim_h5_info(log->file);
  }
  return status;
}

SimStatus sim_log_read(SimRally *rally, SimLog *log, int i, SimError *err) {
  int shard = sim_log_shard_of(log, i);
  SimStatus status = open_shard(log, shard, err);
  return status == SIM_OK ? sim_h5_read(rally, log->file, i - first_of(log, shard), err) : status;
}

SimStatus sim_log_read_info(SimRallyInfo *info, SimLog *log, int i, SimError *err) {
  int shard = sim_log_shard_of(log, i);
  SimStatus status = open_shard(log, shard, err);
  return status == SIM_OK ? sim_h5_read_info(info, log->file, i - first_of(log, shard), err)
                          : status;
}

// Where shards and whole files have it; a file may hold any rallies, which is asked of each.
static int find_in(const SimLog *log, int shard, int64_t rally, SimError *err) {
  const SimIndexEntry *entry = &log->entry[shard];
  const int64_t at = rally - entry->first_rally;
  if (!log->single) {
    return at >= 0 && at < entry->rallies ? (int)at : -1;
  }
  SimRallyInfo info;
  for (int i = 0; i < entry->rallies; i++) {
    if (sim_h5_read_info(&info, log->file, i, err) != SIM_OK) {
      return -1;
    }
    if (info.rally == rally) {
      return i;
    }
  }
  return -1;
}

int sim_log_find(SimLog *log, int64_t rally, SimError *err) {
  SimError own = {.status = SIM_OK};
  int first = 0;
  for (int shard = 0; shard < log->entries; shard++) {
    const int at = find_in(log, shard, rally, &own);
    if (at >= 0) {
      return first + at;
    }
    if (own.status != SIM_OK) {
      sim_error(err, own.status, "%s", own.text);
      return -1;
    }
    first += log->entry[shard].rallies;
  }
  SimRallyInfo last = {.rally = 0};
  if (sim_log_read_info(&last, log, log->rallies - 1, err) == SIM_OK) {
    sim_error(err, SIM_USAGE, "%s: has no rally %lld, wanted one of its %d from %lld to %lld",
              log->folder, (long long)rally, log->rallies, (long long)log->entry[0].first_rally,
              (long long)last.rally);
  }
  return -1;
}

SimStatus sim_log_check(SimLog *log, int shard, SimError *err) {
  SimRally rally = {.state_size = 0};
  SimStatus status = open_shard(log, shard, err);
  for (int i = 0; status == SIM_OK && i < log->entry[shard].rallies; i++) {
    status = sim_h5_read(&rally, log->file, i, err);
  }
  sim_rally_free(&rally);
  return status;
}
