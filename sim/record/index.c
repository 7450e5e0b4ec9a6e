// The index is JSON, one object a line, so that `jq` and Python read it as it is. The reader takes
// exactly the five keys of the format; a file name may not leave the folder.
#include "sim/record/index.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/file.h"

enum { INDEX_CAP = 64 << 20, LINE_MAX_BYTES = 4096 };

// NNNNN.h5 and the like: no folders, no hidden files.
static bool plain_name(const char *name) {
  size_t size = strlen(name);
  if (size == 0 || size >= SIM_INDEX_NAME_MAX || name[0] == '.') {
    return false;
  }
  return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == size;
}

static bool hex16(const char *text, uint64_t *value) {
  if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16) {
    return false;
  }
  *value = strtoull(text, NULL, 16);
  return true;
}

static SimStatus parse_object(SimIndexEntry *entry, const json_t *object, const char *name,
                              int line, SimError *err) {
  const json_t *file = json_object_get(object, "file"), *hash = json_object_get(object, "xxh3");
  const json_t *rallies = json_object_get(object, "rallies");
  const json_t *first = json_object_get(object, "first_rally");
  const json_t *bytes = json_object_get(object, "bytes");
  if (!json_is_string(file) || !json_is_string(hash) || !json_is_integer(rallies) ||
      !json_is_integer(first) || !json_is_integer(bytes)) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s:%d: a key is missing or of the wrong type, wanted file, rallies, "
                     "first_rally, bytes and xxh3",
                     name, line);
  }
  if (!plain_name(json_string_value(file))) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s:%d: file is not the plain name of a file in this folder", name, line);
  }
  if (!hex16(json_string_value(hash), &entry->xxh3)) {
    return sim_error(err, SIM_BAD_INPUT, "%s:%d: xxh3 is not 16 hexadecimal digits", name, line);
  }
  json_int_t n = json_integer_value(rallies);
  if (n < 1 || n > 32) {
    return sim_error(err, SIM_BAD_INPUT, "%s:%d: rallies is %lld, wanted 1 to 32", name, line,
                     (long long)n);
  }
  if (json_integer_value(first) < 0 || json_integer_value(first) > UINT32_MAX ||
      json_integer_value(bytes) < 0) {
    return sim_error(err, SIM_BAD_INPUT, "%s:%d: first_rally or bytes is out of range", name, line);
  }
  snprintf(entry->file, sizeof entry->file, "%s", json_string_value(file));
  entry->rallies = (int)n;
  entry->first_rally = json_integer_value(first);
  entry->bytes = (uint64_t)json_integer_value(bytes);
  return SIM_OK;
}

static SimStatus parse_line(SimIndexEntry *entry, const char *text, size_t size, const char *name,
                            int line, SimError *err) {
  json_error_t error;
  json_t *object =
      size <= LINE_MAX_BYTES ? json_loadb(text, size, JSON_REJECT_DUPLICATES, &error) : NULL;
  if (!json_is_object(object)) {
    json_decref(object);
    return sim_error(err, SIM_BAD_INPUT, "%s:%d: is not a JSON object of one line", name, line);
  }
  SimStatus status = parse_object(entry, object, name, line, err);
  json_decref(object);
  return status;
}

static int by_first(const void *a, const void *b) {
  const SimIndexEntry *left = a, *right = b;
  return (left->first_rally > right->first_rally) - (left->first_rally < right->first_rally);
}

static SimStatus check_overlap(const SimIndexEntry *entry, int n, const char *name, SimError *err) {
  for (int i = 1; i < n; i++) {
    if (entry[i].first_rally < entry[i - 1].first_rally + entry[i - 1].rallies) {
      return sim_error(err, SIM_BAD_INPUT, "%s: %s and %s hold the same rallies", name,
                       entry[i - 1].file, entry[i].file);
    }
  }
  return SIM_OK;
}

SimStatus sim_index_parse(SimIndexEntry **entries, int *n, const char *name, const char *text,
                          size_t size, SimError *err) {
  int lines = 0;
  for (size_t i = 0; i < size; i++) {
    lines += text[i] == '\n';
  }
  *entries = NULL;
  *n = 0;
  if (lines == 0) {
    return SIM_OK;
  }
  SimIndexEntry *entry = calloc((size_t)lines, sizeof *entry);
  if (entry == NULL) {
    return sim_error(err, SIM_FAIL, "%s: no memory for %d lines", name, lines);
  }
  SimStatus status = SIM_OK;
  for (int line = 0; line < lines && status == SIM_OK; line++) {
    const char *end = memchr(text, '\n', size);
    status = parse_line(&entry[line], text, (size_t)(end - text), name, line + 1, err);
    size -= (size_t)(end + 1 - text);
    text = end + 1;
  }
  if (status == SIM_OK) {
    qsort(entry, (size_t)lines, sizeof *entry, by_first);
    status = check_overlap(entry, lines, name, err);
  }
  if (status != SIM_OK) {
    free(entry);
    return status;
  }
  *entries = entry;
  *n = lines;
  return SIM_OK;
}

SimStatus sim_index_read(SimIndexEntry **entries, int *n, const char *folder, SimError *err) {
  char path[SIM_PATH_MAX], *text;
  size_t size;
  *entries = NULL;
  *n = 0;
  SimStatus status = sim_path_join(path, folder, "index.jsonl", err);
  if (status == SIM_OK) {
    status = sim_file_read(&text, &size, path, INDEX_CAP, err);
  }
  if (status == SIM_OK) {
    status = sim_index_parse(entries, n, path, text, size, err);
    free(text);
  }
  return status;
}

SimStatus sim_index_create(const char *folder, SimError *err) {
  char path[SIM_PATH_MAX];
  const SimStatus status = sim_path_join(path, folder, "index.jsonl", err);
  if (status != SIM_OK) {
    return status;
  }
  const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd >= 0) {
    close(fd);
    return SIM_OK;
  }
  struct stat info;
  if (errno != EEXIST) {
    return sim_error_errno(err, "%s: cannot create", path);
  }
  const bool empty = stat(path, &info) == 0 && info.st_size == 0;
  return sim_error(err, SIM_USAGE, "%s: the folder holds %s, wanted a new or empty folder", folder,
                   empty ? "a log that another process writes or that was killed at its start"
                         : "a log already");
}

SimStatus sim_index_append(const char *folder, const SimIndexEntry *entry, SimError *err) {
  char path[SIM_PATH_MAX], line[256];
  SimStatus status = sim_path_join(path, folder, "index.jsonl", err);
  if (status != SIM_OK) {
    return status;
  }
  snprintf(line, sizeof line,
           "{\"file\":\"%s\",\"rallies\":%d,\"first_rally\":%lld,\"bytes\":%llu,"
           "\"xxh3\":\"%016llx\"}",
           entry->file, entry->rallies, (long long)entry->first_rally,
           (unsigned long long)entry->bytes, (unsigned long long)entry->xxh3);
  return sim_file_append_line(path, line, err);
}
