// The JSON tree itself is the representation; it is small, and every change is written at once.
#include "hcsp/pipeline/manifest.h"

#include <assert.h>
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/base/version.h"

static const char FORMAT[] = "hcsp-pipeline";
enum { VERSION = 1, MANIFEST_MAX = 16 << 20 };  // bytes

// ---- reading and writing

static SimStatus damaged(const PipelineManifest *m, SimError *err) {
  return sim_error(err, SIM_BAD_INPUT,
                   "%s: saw no list of stages, wanted what the pipeline wrote; remove it to start "
                   "over, what is trained goes on",
                   m->path);
}

// whether an argument begins here, and not the value of one: --key value, or key=value
static bool begins(const char *text) {
  return *text == '-' || strcspn(text, "=") < strcspn(text, " ");
}

// the first argument in which two lists differ
static size_t first_other(const char *a, const char *b) {
  size_t first = 0;
  for (size_t i = 0; a[i] && a[i] == b[i]; i++) {
    first = a[i] == ' ' && begins(a + i + 1) && begins(b + i + 1) ? i + 1 : first;
  }
  return first;
}

static SimStatus check_arguments(const PipelineManifest *m, const char *arguments, SimError *err) {
  const char *begun = json_string_value(json_object_get(m->root, "arguments"));
  if (!begun || !json_is_object(json_object_get(m->root, "stages"))) {
    return damaged(m, err);
  }
  if (strcmp(begun, arguments) != 0) {
    const size_t first = first_other(begun, arguments);
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: holds a run with %s%.300s; wanted %.300s: give the same arguments, or "
                     "another --run",
                     m->folder, first > 0 ? "... " : "", begun + first, arguments + first);
  }
  return SIM_OK;
}

static SimStatus read_manifest(PipelineManifest *m, const char *arguments, SimError *err) {
  char *text;
  size_t size;
  SIM_TRY(sim_file_read(&text, &size, m->path, MANIFEST_MAX, err));
  m->root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
  free(text);
  const char *format = json_string_value(json_object_get(m->root, "format"));
  const json_t *version = json_object_get(m->root, "version");
  if (!format || strcmp(format, FORMAT) != 0 || json_integer_value(version) != VERSION) {
    return damaged(m, err);
  }
  return check_arguments(m, arguments, err);
}

static SimStatus store(const PipelineManifest *m, SimError *err) {
  assert(json_is_object(m->root));
  return sim_text_save(m->path, json_dumps(m->root, JSON_INDENT(1) | JSON_REAL_PRECISION(8)), err);
}

SimStatus pipeline_manifest_open(PipelineManifest *m, const char *folder, const char *arguments,
                                 SimError *err) {
  *m = (PipelineManifest){0};
  snprintf(m->folder, sizeof m->folder, "%s", folder);
  SIM_TRY(sim_path_join(m->path, folder, "pipeline.json", err));
  if (access(m->path, F_OK) == 0) {
    return read_manifest(m, arguments, err);
  }
  m->root = json_pack("{s:s,s:i,s:s,s:{}}", "format", FORMAT, "version", VERSION, "arguments",
                      arguments, "stages");
  return m->root ? store(m, err) : sim_error(err, SIM_FAIL, "%s: no memory", m->path);
}

void pipeline_manifest_close(PipelineManifest *m) {
  json_decref(m->root);
  m->root = NULL;
}

// ---- asking

static json_t *stage_of(const PipelineManifest *m, const char *stage) {
  return json_object_get(json_object_get(m->root, "stages"), stage);
}

const char *pipeline_manifest_text(const PipelineManifest *m, const char *stage, const char *key) {
  const char *text = json_string_value(json_object_get(stage_of(m, stage), key));
  return text ? text : "";
}

double pipeline_manifest_number(const PipelineManifest *m, const char *stage, const char *key) {
  return json_number_value(json_object_get(stage_of(m, stage), key));
}

PipelineStageState pipeline_manifest_state(const PipelineManifest *m, const char *stage) {
  const char *state = pipeline_manifest_text(m, stage, "state");
  return strcmp(state, "done") == 0    ? PIPELINE_STAGE_DONE
         : strcmp(state, "begun") == 0 ? PIPELINE_STAGE_BEGUN
                                       : PIPELINE_STAGE_OPEN;
}

// ---- files

static SimStatus hash_file(char out[17], const char *path, SimError *err) {
  uint64_t hash;
  SIM_TRY(sim_file_hash(&hash, path, err));
  sim_hash_hex(out, hash);
  return SIM_OK;
}

SimStatus pipeline_manifest_check(bool *gone, const PipelineManifest *m, const char *stage,
                                  SimError *err) {
  const char *name;
  json_t *value;
  SimStatus status = SIM_OK;
  *gone = true;
  json_object_foreach(json_object_get(stage_of(m, stage), "files"), name, value) {
    char path[SIM_PATH_MAX], hash[17] = "";
    const char *wanted = json_string_value(value);
    const bool named = sim_path_join(path, m->folder, name, NULL) == SIM_OK;
    const bool there = named && access(path, F_OK) == 0;
    *gone = *gone && !there;
    if (status != SIM_OK) {
      continue;
    }
    if (!there) {
      status = sim_error(err, SIM_BAD_INPUT, "%s/%s: missing, wanted what stage '%s' wrote",
                         m->folder, name, stage);
    } else if (hash_file(hash, path, err) != SIM_OK) {
      status = err->status;
    } else if (!wanted || strcmp(hash, wanted) != 0) {
      status = sim_error(err, SIM_BAD_INPUT, "%s: saw content %s, wanted %s, what stage '%s' wrote",
                         path, hash, wanted ? wanted : "none", stage);
    }
  }
  return status;
}

// a regular file that is no leftover of an interrupted write
static bool counts(const char *path, const char *name) {
  struct stat info;
  const size_t n = strlen(name);
  const bool left_over = name[0] == '.' || (n > 4 && strcmp(name + n - 4, ".tmp") == 0);
  return !left_over && stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

// lists all files that lie in folders called policies, at any depth below folder
static SimStatus hash_policies(json_t *files, int *n, const PipelineManifest *m, const char *folder,
                               bool inside, SimError *err) {
  char path[SIM_PATH_MAX], inner[SIM_PATH_MAX], hash[17];
  struct stat info;
  SimStatus status = sim_path_join(path, m->folder, folder, err);
  DIR *dir = status == SIM_OK ? opendir(path) : NULL;
  for (struct dirent *e = dir ? readdir(dir) : NULL; status == SIM_OK && e; e = readdir(dir)) {
    if (e->d_name[0] == '.' || sim_path_join(inner, folder, e->d_name, NULL) != SIM_OK ||
        sim_path_join(path, m->folder, inner, NULL) != SIM_OK || stat(path, &info) != 0) {
      continue;
    }
    if (S_ISDIR(info.st_mode)) {
      status = hash_policies(files, n, m, inner, inside || strcmp(e->d_name, "policies") == 0, err);
    } else if (inside && counts(path, e->d_name)) {
      status = hash_file(hash, path, err);
      json_object_set_new(files, inner, json_string(hash));
      ++*n;
    }
  }
  if (dir) {
    closedir(dir);
  }
  return status;
}

// lists what matches a pattern: a folder below base and a name, in which * may stand
static SimStatus hash_name(json_t *files, int *n, const char *base, const char *pattern,
                           SimError *err) {
  char inner[SIM_PATH_MAX], folder[SIM_PATH_MAX], path[SIM_PATH_MAX], hash[17];
  const char *slash = strrchr(pattern, '/');
  snprintf(inner, sizeof inner, "%.*s", slash ? (int)(slash - pattern) : 0, pattern);
  SimStatus status = sim_path_join(folder, base, inner, err);
  DIR *dir = status == SIM_OK ? opendir(folder) : NULL;
  for (struct dirent *e = dir ? readdir(dir) : NULL; status == SIM_OK && e; e = readdir(dir)) {
    if (fnmatch(slash ? slash + 1 : pattern, e->d_name, 0) == 0 &&
        sim_path_join(path, folder, e->d_name, NULL) == SIM_OK && counts(path, e->d_name)) {
      status = hash_file(hash, path, err);
      status = status ? status : sim_path_join(path, inner, e->d_name, err);
      json_object_set_new(files, path, json_string(hash));
      ++*n;
    }
  }
  if (dir) {
    closedir(dir);
  }
  return status;
}

static SimStatus hash_pattern(json_t *files, const PipelineManifest *m, const char *pattern,
                              SimError *err) {
  static const char ALL[] = "/**";
  const size_t length = strlen(pattern), tail = sizeof ALL - 1;
  char folder[256];
  int n = 0;
  SimStatus status;
  if (length > tail && strcmp(pattern + length - tail, ALL) == 0) {
    snprintf(folder, sizeof folder, "%.*s", (int)(length - tail), pattern);
    status = hash_policies(files, &n, m, folder, false, err);
  } else {
    status = hash_name(files, &n, m->folder, pattern, err);
  }
  return status != SIM_OK || n > 0
             ? status
             : sim_error(err, SIM_FAIL, "%s/%s: missing, wanted it from the stage that has ended",
                         m->folder, pattern);
}

// ---- inputs from outside

SimStatus pipeline_manifest_check_inputs(const PipelineManifest *m, const char *stage,
                                         SimError *err) {
  const char *name;
  json_t *value;
  json_object_foreach(json_object_get(stage_of(m, stage), "inputs"), name, value) {
    char path[SIM_PATH_MAX], hash[17];
    const char *wanted = json_string_value(value);
    SimStatus status = sim_path_join(path, sim_home(), name, err);
    status = status ? status : hash_file(hash, path, err);
    if (status == SIM_OK && (!wanted || strcmp(hash, wanted) != 0)) {
      status = sim_error(err, SIM_BAD_INPUT,
                         "%s: saw content %s, wanted %s, what stage '%s' was begun with", path,
                         hash, wanted ? wanted : "none", stage);
    }
    if (status != SIM_OK) {
      return status;
    }
  }
  return SIM_OK;
}

static SimStatus hash_shipped(json_t *inputs, const char *const *shipped, SimError *err) {
  int n = 0;
  for (int i = 0; shipped[i]; i++) {
    SIM_TRY(hash_name(inputs, &n, sim_home(), shipped[i], err));
  }
  return SIM_OK;
}

// path from sim_home() on where it is below, else path
static const char *below_home(const char *path) {
  const char *home = sim_home();
  const size_t n = strlen(home);
  return strncmp(path, home, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

// adds the files from outside that a training's provenance names
static SimStatus add_named(json_t *inputs, const char *provenance, SimError *err) {
  json_t *json = json_load_file(provenance, JSON_REJECT_DUPLICATES, NULL), *input;
  const char *what;
  SimStatus status = SIM_OK;
  json_object_foreach(json_object_get(json, "inputs"), what, input) {
    const char *file = json_string_value(json_object_get(input, "file"));
    char hash[17];
    struct stat info;
    // commands run in the run folder: its own files have relative paths
    if (status == SIM_OK && file && file[0] == '/' && stat(file, &info) == 0 &&
        S_ISREG(info.st_mode)) {
      status = hash_file(hash, file, err);
      json_object_set_new(inputs, below_home(file), json_string(hash));
    }
  }
  json_decref(json);
  return status;
}

// the same of all runs of a training: its folder and those in it
static SimStatus add_trained(json_t *inputs, const PipelineManifest *m, const char *folder,
                             int depth, SimError *err) {
  char path[SIM_PATH_MAX], inner[SIM_PATH_MAX];
  struct stat info;
  SimStatus status = sim_path_join(path, m->folder, folder, err);
  DIR *dir = status == SIM_OK && depth < 4 ? opendir(path) : NULL;
  for (struct dirent *e = dir ? readdir(dir) : NULL; status == SIM_OK && e; e = readdir(dir)) {
    if (e->d_name[0] == '.' || sim_path_join(inner, folder, e->d_name, NULL) != SIM_OK ||
        sim_path_join(path, m->folder, inner, NULL) != SIM_OK || stat(path, &info) != 0) {
      continue;
    }
    if (S_ISDIR(info.st_mode)) {
      status = add_trained(inputs, m, inner, depth + 1, err);
    } else if (strcmp(e->d_name, "provenance.json") == 0) {
      status = add_named(inputs, path, err);
    }
  }
  if (dir) {
    closedir(dir);
  }
  return status;
}

// ---- changing

static SimStatus put(PipelineManifest *m, const char *stage, json_t *entry, SimError *err) {
  if (!entry || json_object_set_new(json_object_get(m->root, "stages"), stage, entry) != 0) {
    return sim_error(err, SIM_FAIL, "%s: no memory", m->path);
  }
  return store(m, err);
}

SimStatus pipeline_manifest_begin(PipelineManifest *m, const char *stage, const char *from,
                                  const char *command, const char *const *shipped, SimError *err) {
  const double seconds = pipeline_manifest_number(m, stage, "seconds");
  const double cpu = pipeline_manifest_number(m, stage, "cpu");
  json_t *inputs = json_object();
  const SimStatus status = hash_shipped(inputs, shipped, err);
  if (status != SIM_OK) {
    json_decref(inputs);
    return status;
  }
  return put(m, stage,
             json_pack("{s:s,s:s,s:s,s:o,s:f,s:f}", "state", "begun", "from", from, "command",
                       command, "inputs", inputs, "seconds", seconds, "cpu", cpu),
             err);
}

static void add_time(json_t *entry, double seconds, double cpu) {
  assert(json_is_object(entry) && seconds >= 0 && cpu >= 0);
  const double before = json_number_value(json_object_get(entry, "seconds"));
  const double cpu_before = json_number_value(json_object_get(entry, "cpu"));
  json_object_set_new(entry, "seconds", json_real(before + seconds));
  json_object_set_new(entry, "cpu", json_real(cpu_before + cpu));
}

SimStatus pipeline_manifest_end(PipelineManifest *m, const char *stage, const char *const *patterns,
                                const char *trained, double seconds, double cpu, SimError *err) {
  assert(patterns[0] && pipeline_manifest_state(m, stage) == PIPELINE_STAGE_BEGUN);
  json_t *entry = stage_of(m, stage), *files = json_object();
  SimStatus status = SIM_OK;
  for (int i = 0; status == SIM_OK && patterns[i]; i++) {
    status = hash_pattern(files, m, patterns[i], err);
  }
  if (status == SIM_OK && trained) {
    status = add_trained(json_object_get(entry, "inputs"), m, trained, 0, err);
  }
  char *text = status == SIM_OK ? json_dumps(files, JSON_SORT_KEYS) : NULL;
  if (text) {
    char made[17];
    sim_hash_hex(made, sim_hash(text, strlen(text)));
    json_object_set_new(entry, "made", json_string(made));
    json_object_set(entry, "files", files);
    json_object_set_new(entry, "state", json_string("done"));
    json_object_set_new(entry, "commit", json_string(sim_commit()));
    add_time(entry, seconds, cpu);
    status = store(m, err);
  }
  free(text);
  json_decref(files);
  return status;
}

SimStatus pipeline_manifest_spent(PipelineManifest *m, const char *stage, double seconds,
                                  double cpu, SimError *err) {
  add_time(stage_of(m, stage), seconds, cpu);
  return store(m, err);
}
