// The folder of a run. The lock is flock on a file that stays: it goes with the process, however
// that ends, and the question whether a run is there is asked again under it, so that two processes
// that start at once cannot both find the folder empty.
// What the program knows by itself comes from the version of sim/base, from the
// compiler's own macros and from the kernel's tables.
#include "hcsp/run/folder.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <jansson.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/cores.h"
#include "sim/base/log.h"
#include "sim/base/text.h"
#include "sim/base/version.h"

enum { CONFIG_MAX = 1 << 20, JSON_MAX = 64 << 20 };  // bytes
enum { TAIL = 1 << 16 };                             // of metrics.jsonl, that hold a whole line

struct Run {
  char path[SIM_PATH_MAX], checkpoints[SIM_PATH_MAX], policies[SIM_PATH_MAX];
  bool resumed;
  int lock, log;  // file descriptors
};

static bool holds(const char *path, const char *name) {
  char full[SIM_PATH_MAX];
  return sim_path_join(full, path, name, NULL) == SIM_OK && access(full, F_OK) == 0;
}

bool run_exists(const char *path) {
  return holds(path, "config.yaml") || holds(path, "checkpoints");
}

json_t *run_json(const char *path, const char *name) {
  char file[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  const bool there = sim_path_join(file, path, name, NULL) == SIM_OK &&
                     sim_file_read(&text, &size, file, JSON_MAX, NULL) == SIM_OK;
  json_t *json = there ? json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
  free(text);
  return json;
}

json_t *run_last_metrics(const char *path) {
  char file[SIM_PATH_MAX];
  size_t size = 0;
  const int fd = sim_path_join(file, path, "metrics.jsonl", NULL) == SIM_OK
                     ? sim_file_open(&size, file, SIZE_MAX, NULL)
                     : -1;
  if (fd < 0) {
    return NULL;
  }
  char *text = sim_new(TAIL, 1);
  const ssize_t got = pread(fd, text, TAIL, size > TAIL ? (off_t)(size - TAIL) : 0);
  close(fd);
  // what stands behind the last line break is torn
  const char *end = got > 0 ? memrchr(text, '\n', (size_t)got) : NULL;
  const char *before = end ? memrchr(text, '\n', (size_t)(end - text)) : NULL;
  const char *line = before ? before + 1 : text;
  json_t *json = end ? json_loadb(line, (size_t)(end - line), 0, NULL) : NULL;
  free(text);
  return json;
}

// ---- one training a folder

// what provenance.json says is trained; "" when it does not
static void read_training(char out[64], const char *path) {
  json_t *json = run_json(path, "provenance.json");
  const char *training = json_string_value(json_object_get(json, "training"));
  snprintf(out, 64, "%s", training ? training : "");
  json_decref(json);
}

static SimStatus refuse_training(const char *path, const char *seen, const char *wanted,
                                 SimError *err) {
  return sim_error(err, SIM_BAD_INPUT,
                   "%s: saw a run of %s in this folder, wanted one of '%s' or a new folder", path,
                   seen, wanted);
}

// A run at path itself, or (part) in a folder inside. Trainings of many parts have no run at path.
static SimStatus check_one(const char *top, const char *path, bool part, const char *training,
                           SimError *err) {
  char seen[64], quoted[72];
  read_training(seen, path);
  snprintf(quoted, sizeof quoted, "'%s'", seen);
  const bool of_parts = strcmp(training, "skills") == 0 || strcmp(training, "coself") == 0;
  if (seen[0] && strcmp(seen, training) != 0) {
    return refuse_training(top, quoted, training, err);
  }
  return part == of_parts
             ? SIM_OK
             : refuse_training(top, part ? "several parts" : "one part", training, err);
}

SimStatus run_check_training(const char *path, const char *training, SimError *err) {
  if (holds(path, "pipeline.lock")) {
    return refuse_training(path, "'hcsp pipeline'", training, err);
  }
  if (strcmp(training, "coself") != 0 && holds(path, "coself.json")) {
    return refuse_training(path, "'coself'", training, err);
  }
  SimStatus status = run_exists(path) ? check_one(path, path, false, training, err) : SIM_OK;
  DIR *dir = status == SIM_OK ? opendir(path) : NULL;
  for (struct dirent *entry; dir && status == SIM_OK && (entry = readdir(dir));) {
    char inner[SIM_PATH_MAX];
    if (entry->d_name[0] != '.' && sim_path_join(inner, path, entry->d_name, NULL) == SIM_OK &&
        run_exists(inner)) {
      status = check_one(path, inner, true, training, err);
    }
  }
  if (dir) {
    closedir(dir);
  }
  return status;
}

// ---- what killed processes leave

// NAME.NUMBER.tmp, as sim_file_write calls what is not whole yet
static bool is_leftover(const char *name) {
  const char *end = strrchr(name, '.'), *number = end;
  while (number && number > name && isdigit((unsigned char)number[-1])) {
    number--;
  }
  return end && strcmp(end, ".tmp") == 0 && number < end && number > name + 1 && number[-1] == '.';
}

static int remove_leftover(const char *path, const struct stat *info, int kind, struct FTW *walk) {
  (void)info;
  if (kind == FTW_D && walk->level > 0 && holds(path, "lock")) {
    return FTW_SKIP_SUBTREE;
  }
  if (kind == FTW_F && is_leftover(path + walk->base) && unlink(path) != 0) {
    sim_log(SIM_LOG_WARNING, "%s: half a file that cannot be removed", path);
  }
  return FTW_CONTINUE;
}

void run_remove_leftovers(const char *path) {
  nftw(path, remove_leftover, 8, FTW_PHYS | FTW_ACTIONRETVAL);
}

// ---- opening

static SimStatus check_wanted(const char *path, bool resume, const char *resume_command,
                              SimError *err) {
  const bool there = run_exists(path);
  if (there && !resume) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: saw a run in this folder, wanted a new one; to resume it: %s", path,
                     resume_command);
  }
  if (!there && resume) {
    return sim_error(err, SIM_BAD_INPUT, "%s: saw no run in this folder, wanted one to resume",
                     path);
  }
  return SIM_OK;
}

// the number of the process that holds the lock, as it wrote it there; 0 when it did not
static int holder_of(int fd) {
  char text[32] = "";
  const ssize_t n = pread(fd, text, sizeof text - 1, 0);
  return n > 0 ? atoi(text) : 0;
}

static SimStatus take_lock(Run *run, SimError *err) {
  char path[SIM_PATH_MAX], text[32];
  SIM_TRY(sim_path_join(path, run->path, "lock", err));
  run->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (run->lock < 0) {
    return sim_error_errno(err, "%s: cannot open", path);
  }
  bool taken;
  SIM_TRY(sim_file_lock(&taken, run->lock, path, err));
  if (!taken) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: saw process %d training in this folder, wanted no other than this one",
                     run->path, holder_of(run->lock));
  }
  // for people only; a disk too full for it shows soon enough
  const int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
  if (ftruncate(run->lock, 0) != 0 || pwrite(run->lock, text, (size_t)n, 0) != n) {
    return SIM_OK;
  }
  return SIM_OK;
}

static SimStatus open_log(Run *run, SimError *err) {
  char path[SIM_PATH_MAX];
  SIM_TRY(sim_path_join(path, run->path, "log.txt", err));
  run->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (run->log < 0) {
    return sim_error_errno(err, "%s: cannot open", path);
  }
  sim_log_tee(run->log);
  return SIM_OK;
}

static SimStatus make_subfolder(char out[SIM_PATH_MAX], const Run *run, const char *name,
                                SimError *err) {
  SIM_TRY(sim_path_join(out, run->path, name, err));
  return sim_file_make_folder(out, err);
}

static SimStatus open_all(Run *run, const char *path, bool resume, const char *resume_command,
                          SimError *err) {
  SIM_TRY(sim_path_join(run->path, "", path, err));
  // asked before anything is made, so that a mistyped name leaves no folder behind
  SIM_TRY(check_wanted(path, resume, resume_command, err));
  SIM_TRY(sim_file_make_folder(path, err));
  SIM_TRY(take_lock(run, err));
  SIM_TRY(check_wanted(path, resume, resume_command, err));
  SIM_TRY(make_subfolder(run->checkpoints, run, "checkpoints", err));
  SIM_TRY(make_subfolder(run->policies, run, "policies", err));
  if (resume) {
    run_remove_leftovers(path);
  }
  return open_log(run, err);
}

Run *run_open(const char *path, bool resume, const char *resume_command, SimError *err) {
  if (path[0] == '\0') {
    sim_error(err, SIM_BAD_INPUT, "run folder: saw an empty path, wanted one");
    return NULL;
  }
  Run *run = sim_new(1, sizeof *run);
  run->resumed = resume;
  run->lock = -1;
  run->log = -1;
  if (open_all(run, path, resume, resume_command, err) != SIM_OK) {
    run_close(run);
    return NULL;
  }
  return run;
}

void run_close(Run *run) {
  if (!run) {
    return;
  }
  if (run->log >= 0) {
    sim_log_tee(-1);
    close(run->log);
  }
  if (run->lock >= 0) {
    close(run->lock);
  }
  free(run);
}

// ---- provenance.json: what was run, where and by what

#ifdef __clang__
#define COMPILER __VERSION__  // "Debian Clang 14.0.6"
#else
#define COMPILER "gcc " __VERSION__
#endif

enum { PROVENANCE_MAX = 16 << 20 };  // bytes

static void format_now(char out[32]) {
  const time_t now = time(NULL);
  struct tm utc;
  gmtime_r(&now, &utc);
  strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

// "model name : AMD EPYC ..." of the first core
static void find_cpu(char *out, size_t size) {
  snprintf(out, size, "unknown");
  FILE *file = fopen("/proc/cpuinfo", "re");
  char line[256];
  while (file && fgets(line, sizeof line, file)) {
    char *value = strchr(line, ':');
    if (value && strncmp(line, "model name", 10) == 0) {
      value += 1 + strspn(value + 1, " ");
      value[strcspn(value, "\n")] = '\0';
      snprintf(out, size, "%s", value);
      break;
    }
  }
  if (file) {
    fclose(file);
  }
}

// words that are not UTF-8 lose those bytes rather than the whole file
static json_t *json_words(int argc, char *const *argv) {
  assert(argc == 0 || argv);
  json_t *words = json_array();
  for (int i = 0; i < argc; i++) {
    json_t *word = json_string(argv[i]);
    if (!word) {
      char plain[256];
      size_t used = 0;
      for (const char *c = argv[i]; *c && used + 1 < sizeof plain; c++) {
        plain[used++] = (unsigned char)*c < 0x80 ? *c : '?';
      }
      plain[used] = '\0';
      word = json_string(plain);
    }
    json_array_append_new(words, word);
  }
  return words;
}

static void set_text(json_t *json, const char *key, const char *text) {
  json_t *value = json_string(text);
  json_object_set_new(json, key, value ? value : json_string("?"));
}

// what can differ between the start and a later part of a run
static json_t *describe_process(const RunInfo *info, const char *time_key) {
  char now[32], cpu[128], seed[32], hash[17];
  format_now(now);
  find_cpu(cpu, sizeof cpu);
  snprintf(seed, sizeof seed, "%" PRIu64, info->seed);
  sim_hash_hex(hash, sim_hash(info->config, strlen(info->config)));
  struct utsname host;
  if (uname(&host) != 0) {
    snprintf(host.nodename, sizeof host.nodename, "unknown");
  }
  json_t *json = json_object();
  set_text(json, time_key, now);
  set_text(json, "version", sim_version());
  set_text(json, "commit", sim_commit());
  set_text(json, "build", HCSP_BUILD);
  set_text(json, "compiler", COMPILER);
  set_text(json, "mujoco", mj_versionString());
  set_text(json, "host", host.nodename);
  set_text(json, "cpu", cpu);
  json_object_set_new(json, "cores", json_integer(sim_cores()));
  set_text(json, "device", info->device);
  json_object_set_new(json, "threads", json_integer(info->threads));
  json_object_set_new(json, "command", json_words(info->argc, info->argv));
  set_text(json, "seed", seed);
  set_text(json, "config_hash", hash);
  json_object_set_new(json, "inputs", info->inputs ? json_incref(info->inputs) : json_object());
  return json;
}

static SimStatus write_json(const char *path, json_t *json, SimError *err) {
  char *text = json_dumps(json, JSON_INDENT(2));
  json_decref(json);
  return sim_text_save(path, text, err);
}

// Writes path for a new run. The JSON object: program, version, commit, build, compiler, mujoco,
// host, cpu, cores, device, threads, command (array of words), seed (text, since it may need 64
// bits), config_hash (XXH3-64 of the config's text), inputs (hcsp/run/inputs.h), started (UTC),
// resumed (array).
static SimStatus write_provenance(const char *path, const RunInfo *info, SimError *err) {
  json_t *json = describe_process(info, "started");
  set_text(json, "program", "hcsp");
  if (info->training) {
    set_text(json, "training", info->training);
  }
  json_object_set_new(json, "resumed", json_array());
  return write_json(path, json, err);
}

// Reads path and writes it again with one more element of "resumed": the same keys that can differ,
// and "step". A file that is missing or damaged is started afresh with a warning.
static SimStatus resume_provenance(const char *path, const RunInfo *info, SimError *err) {
  char *text = NULL;
  size_t size = 0;
  SimError why = {.text = "it is no JSON object with an array 'resumed'"};
  json_t *json = NULL;
  if (sim_file_read(&text, &size, path, PROVENANCE_MAX, &why) == SIM_OK) {
    json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
  }
  free(text);
  if (!json_is_array(json_object_get(json, "resumed"))) {
    sim_log(SIM_LOG_WARNING, "%s is written afresh: %s", path, why.text);
    json_decref(json);
    json = describe_process(info, "started");
    json_object_set_new(json, "resumed", json_array());
  }
  json_t *again = describe_process(info, "at");
  json_object_set_new(again, "step", json_integer(info->step));
  json_array_append_new(json_object_get(json, "resumed"), again);
  return write_json(path, json, err);
}

// a config that is there and says the same is left alone
static SimStatus write_config(const Run *run, const char *text, SimError *err) {
  char path[SIM_PATH_MAX];
  SIM_TRY(run_file(path, run, "config.yaml", err));
  char *before = NULL;
  size_t size = 0;
  const bool there = sim_file_read(&before, &size, path, CONFIG_MAX, NULL) == SIM_OK;
  const bool same = there && size == strlen(text) && memcmp(before, text, size) == 0;
  free(before);
  if (same) {
    return SIM_OK;
  }
  if (there) {
    sim_log(SIM_LOG_WARNING, "%s: the settings differ from those the run had before", path);
  }
  return sim_file_write(path, text, strlen(text), err);
}

SimStatus run_describe(Run *run, const RunInfo *info, SimError *err) {
  assert(info->config && info->device);
  char path[SIM_PATH_MAX];
  SIM_TRY(run_file(path, run, "provenance.json", err));
  SIM_TRY(run->resumed ? resume_provenance(path, info, err) : write_provenance(path, info, err));
  return write_config(run, info->config, err);
}

const char *run_checkpoints(const Run *run) {
  return run->checkpoints;
}

const char *run_policies(const Run *run) {
  return run->policies;
}

SimStatus run_file(char out[SIM_PATH_MAX], const Run *run, const char *name, SimError *err) {
  return sim_path_join(out, run->path, name, err);
}
