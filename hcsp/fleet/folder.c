// Folders of a job. A training that every rank follows has one run folder, rank 0's; the others
// read and write a copy in a temporary folder, so that trainings know nothing of ranks, and a
// machine need not see the folder at all.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hcsp/fleet/internal.h"
#include "sim/base/file.h"
#include "sim/base/log.h"

enum { FILE_MAX = 1 << 30, DEPTH_MAX = 16, YOUNG = 60 };
static const char PREFIX[] = "hcsp-rank-";
static const char MARK[] = ".fleet";

// ---- a folder as bytes: length of the name, size, name, content, file after file

typedef struct Pack {
  FILE *out;
  size_t root;  // characters of the path that names leave out
} Pack;

static SimStatus pack_file(Pack *pack, const char *path, SimError *err) {
  char *data;
  size_t size;
  SimStatus status = sim_file_read(&data, &size, path, FILE_MAX, err);
  if (status == SIM_OK) {
    const char *name = path + pack->root;
    const size_t head[2] = {strlen(name), size};
    fwrite(head, sizeof head, 1, pack->out);
    fwrite(name, 1, head[0], pack->out);
    fwrite(data, 1, size, pack->out);
    free(data);
  }
  return status;
}

static SimStatus pack_folder(Pack *pack, const char *path, int depth, SimError *err) {
  DIR *folder = opendir(path);
  SimStatus status =
      folder || errno == ENOENT ? SIM_OK : sim_error_errno(err, "%s: cannot be listed", path);
  for (struct dirent *entry; status == SIM_OK && folder && (entry = readdir(folder));) {
    char inner[SIM_PATH_MAX];
    struct stat about;
    if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lock") == 0) {
      continue;
    }
    status = sim_path_join(inner, path, entry->d_name, err);
    if (status != SIM_OK || lstat(inner, &about) != 0) {
      continue;
    }
    if (S_ISDIR(about.st_mode) && depth < DEPTH_MAX) {
      status = pack_folder(pack, inner, depth + 1, err);
    } else if (S_ISREG(about.st_mode)) {
      status = pack_file(pack, inner, err);
    }
  }
  if (folder) {
    closedir(folder);
  }
  return status;
}

static SimStatus pack_all(FleetBytes *bytes, const char *folder, SimError *err) {
  char path[SIM_PATH_MAX];
  snprintf(path, sizeof path, "%s", folder);
  for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--) {
    path[n - 1] = '\0';  // names follow right behind
  }
  Pack pack = {.out = open_memstream(&bytes->data, &bytes->size), .root = strlen(path) + 1};
  if (!pack.out) {
    return sim_error(err, SIM_FAIL, "no memory for a copy of %s", path);
  }
  const SimStatus status = pack_folder(&pack, path, 0, err);
  fclose(pack.out);
  return status;
}

static SimStatus unpack_one(const char *to, const char *name, size_t length, const char *data,
                            size_t size, SimError *err) {
  char inner[SIM_PATH_MAX], path[SIM_PATH_MAX], folder[SIM_PATH_MAX];
  snprintf(inner, sizeof inner, "%.*s", (int)length, name);
  SIM_TRY(sim_path_join(path, to, inner, err));
  sim_path_folder(folder, path);
  SIM_TRY(sim_file_make_folder(folder, err));
  return sim_file_write(path, data, size, err);
}

static SimStatus unpack_all(const char *to, const FleetBytes *bytes, SimError *err) {
  SimStatus status = SIM_OK;
  for (size_t at = 0; status == SIM_OK && at < bytes->size;) {
    size_t head[2];
    memcpy(head, bytes->data + at, sizeof head);
    const char *name = bytes->data + at + sizeof head;
    status = unpack_one(to, name, head[0], name + head[0], head[1], err);
    at += sizeof head + head[0] + head[1];
  }
  return status;
}

// ---- temporary folders

void fleet_scratch_remove(void) {
  Fleet *f = fleet_here();
  if (f->scratch[0]) {
    sim_file_remove_folder(f->scratch, NULL);
    f->scratch[0] = '\0';
  }
}

// what ranks that were killed have left behind: nobody holds it any more
static void remove_left(const char *place) {
  DIR *folder = opendir(place);
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    char path[SIM_PATH_MAX];
    struct stat about;
    if (strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) != 0 ||
        sim_path_join(path, place, entry->d_name, NULL) != SIM_OK) {
      continue;
    }
    const int held = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (held >= 0 && fstat(held, &about) == 0 && about.st_uid == geteuid() &&
        time(NULL) - about.st_mtime > YOUNG && flock(held, LOCK_EX | LOCK_NB) == 0) {
      sim_file_remove_folder(path, NULL);
    }
    if (held >= 0) {
      close(held);
    }
  }
  if (folder) {
    closedir(folder);
  }
}

// held by a lock for as long as the process lives
static SimStatus make_scratch(SimError *err) {
  Fleet *f = fleet_here();
  const char *place = getenv("TMPDIR");
  place = place && place[0] ? place : "/tmp";
  if (f->scratch[0]) {
    return SIM_OK;
  }
  remove_left(place);
  char path[sizeof f->scratch];
  if (snprintf(path, sizeof path, "%s/%sXXXXXX", place, PREFIX) >= (int)sizeof path ||
      !mkdtemp(path)) {
    return sim_error_errno(err, "%s: no temporary folder can be made in it", place);
  }
  memcpy(f->scratch, path, sizeof path);
  const int held = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (held < 0 || flock(held, LOCK_EX | LOCK_NB) != 0) {
    return sim_error_errno(err, "%s: cannot be held", path);
  }
  return SIM_OK;
}

SimStatus fleet_folder(char *out, size_t size, const char *path, SimError *err) {
  snprintf(out, size, "%s", path);
  if (fleet_size() == 1) {
    return SIM_OK;
  }
  const bool mine = fleet_rank() == 0;
  FleetBytes copy = {0};
  SimStatus status = mine ? pack_all(&copy, path, err) : make_scratch(err);
  status = fleet_broadcast(&copy, "run folder", status, err);
  if (status == SIM_OK && !mine) {
    snprintf(out, size, "%s/run", fleet_here()->scratch);
    status = unpack_all(out, &copy, err);
  }
  free(copy.data);
  return fleet_agree("copies of the run folder", status, err);
}

// ---- a folder that all see

static SimStatus see_mark(const char *path, const FleetBytes *mark, SimError *err) {
  char *data = NULL;
  size_t size = 0;
  const SimStatus status = sim_file_read(&data, &size, path, 64, NULL);
  const bool same = status == SIM_OK && size == mark->size && memcmp(data, mark->data, size) == 0;
  free(data);
  return same ? SIM_OK
              : sim_error(err, SIM_BAD_INPUT,
                          "%s: not the folder that rank 0 sees; wanted one that all machines share",
                          path);
}

SimStatus fleet_check_shared(const char *path, SimError *err) {
  if (fleet_size() == 1) {
    return SIM_OK;
  }
  char file[SIM_PATH_MAX], text[64];
  FleetBytes mark = {.data = text};
  SimStatus status = sim_path_join(file, path, MARK, err);
  if (fleet_rank() == 0) {
    mark.size = (size_t)snprintf(text, sizeof text, "%ld %.9f", (long)getpid(), sim_time_wall());
    status = status == SIM_OK ? sim_file_make_folder(path, err) : status;
    status = status == SIM_OK ? sim_file_write(file, text, mark.size, err) : status;
  }
  status = fleet_broadcast(&mark, "shared folder", status, err);
  if (fleet_rank() > 0) {
    status = status == SIM_OK ? see_mark(file, &mark, err) : status;
    free(mark.data == text ? NULL : mark.data);
  }
  status = fleet_agree("shared folder", status, err);
  if (fleet_rank() == 0) {
    unlink(file);
  }
  return status;
}
