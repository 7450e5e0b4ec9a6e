// The folder of a run. The lock is flock on a file that stays: it goes with the process, however
// that ends, and the question whether a run is there is asked again under it, so that two processes
// that start at once cannot both find the folder empty.
#include "hcsp/run/folder.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/run/provenance.h"
#include "sim/base/log.h"

enum { CONFIG_MAX = 1 << 20 };  // bytes

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

// ---- one training a folder

// what provenance.json says is trained; "" when it does not
static void read_training(char out[64], const char *path) {
  char file[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  out[0] = '\0';
  if (sim_path_join(file, path, "provenance.json", NULL) == SIM_OK &&
      sim_file_read(&text, &size, file, CONFIG_MAX, NULL) == SIM_OK) {
    json_t *json = json_loadb(text, size, 0, NULL);
    const char *training = json_string_value(json_object_get(json, "training"));
    snprintf(out, 64, "%s", training ? training : "");
    json_decref(json);
  }
  free(text);
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
  SIM_TRY(run->resumed ? run_provenance_resume(path, info, err)
                       : run_provenance_write(path, info, err));
  return write_config(run, info->config, err);
}

const char *run_path(const Run *run) {
  return run->path;
}

bool run_resumed(const Run *run) {
  return run->resumed;
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
