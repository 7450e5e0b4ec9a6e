// Files. The order of calls is the whole point: temporary file in the same folder, write, fsync,
// close, rename, fsync of the folder (Pillai et al., OSDI 2014). Tests replace each system call by
// one that fails, with the linker's --wrap, so all of them are called by their plain names.
#include "sim/base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { COPIED_MAX = 1 << 30, FOLDERS_OPEN = 8 };  // bytes, descriptors

static SimStatus cannot_open(const char *path, SimError *err) {
  switch (errno) {
  case ENOENT:
  case ENOTDIR:
  case EACCES:
  case ELOOP:
  case ENAMETOOLONG: {
    char reason[128];
    return sim_error(err, SIM_BAD_INPUT, "%s: saw '%s', wanted a readable file", path,
                     strerror_r(errno, reason, sizeof reason));
  }
  default:
    return sim_error_errno(err, "%s: cannot open", path);
  }
}

static SimStatus check_size(size_t *size, int fd, const char *path, size_t cap, SimError *err) {
  struct stat info;
  if (fstat(fd, &info) != 0) {
    return sim_error_errno(err, "%s: cannot examine", path);
  }
  if (!S_ISREG(info.st_mode)) {
    return sim_error(err, SIM_BAD_INPUT, "%s: saw a %s, wanted a regular file", path,
                     S_ISDIR(info.st_mode) ? "folder" : "device, pipe or socket");
  }
  if ((uintmax_t)info.st_size > cap) {
    return sim_error(err, SIM_BAD_INPUT, "%s: saw %jd bytes, wanted at most %zu", path,
                     (intmax_t)info.st_size, cap);
  }
  *size = (size_t)info.st_size;
  return SIM_OK;
}

// reads until size bytes or the end of the file; *size becomes what was read
static SimStatus read_all(char *data, size_t *size, int fd, const char *path, SimError *err) {
  size_t done = 0;
  while (done < *size) {
    ssize_t n = read(fd, data + done, *size - done);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return sim_error_errno(err, "%s: cannot read", path);
    }
    if (n == 0) {
      break;
    }
    done += (size_t)n;
  }
  data[done] = '\0';
  *size = done;
  return SIM_OK;
}

int sim_file_open(size_t *size, const char *path, size_t cap, SimError *err) {
  // a pipe without a writer must not block before it is refused
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    cannot_open(path, err);
    return -1;
  }
  if (check_size(size, fd, path, cap, err) != SIM_OK) {
    close(fd);
    return -1;
  }
  return fd;
}

SimStatus sim_file_read(char **data, size_t *size, const char *path, size_t cap, SimError *err) {
  SimError own = {0};
  err = err ? err : &own;
  *data = NULL;
  *size = 0;
  size_t bytes = 0;
  const int fd = sim_file_open(&bytes, path, cap, err);
  if (fd < 0) {
    return err->status;
  }
  char *buffer = malloc(bytes + 1);
  const SimStatus status =
      buffer ? read_all(buffer, &bytes, fd, path, err)
             : sim_error(err, SIM_FAIL, "%s: no memory for %zu bytes", path, bytes);
  close(fd);
  if (status != SIM_OK) {
    free(buffer);
    return status;
  }
  *data = buffer;
  *size = bytes;
  return SIM_OK;
}

static SimStatus write_all(int fd, const char *path, const void *data, size_t size, SimError *err) {
  const char *next = data;
  while (size > 0) {
    ssize_t n = write(fd, next, size);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return sim_error_errno(err, "%s: cannot write", path);
    }
    next += n;
    size -= (size_t)n;
  }
  return SIM_OK;
}

static SimStatus sync_fd(int fd, const char *path, SimError *err) {
  int rc;
  do {
    rc = fsync(fd);
  } while (rc != 0 && errno == EINTR);
  return rc == 0 ? SIM_OK : sim_error_errno(err, "%s: cannot sync", path);
}

// closes fd in every case; some file systems report a failed write only here
static SimStatus close_fd(int fd, const char *path, SimStatus so_far, SimError *err) {
  int rc = close(fd);
  if (so_far != SIM_OK) {
    return so_far;
  }
  return rc == 0 || errno == EINTR ? SIM_OK : sim_error_errno(err, "%s: cannot close", path);
}

static SimStatus sync_path(const char *path, int flags, SimError *err) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
  if (fd < 0) {
    return sim_error_errno(err, "%s: cannot open", path);
  }
  return close_fd(fd, path, sync_fd(fd, path, err), err);
}

static SimStatus sync_folder_of(const char *path, SimError *err) {
  char folder[SIM_PATH_MAX];
  sim_path_folder(folder, path);
  return sync_path(folder, O_DIRECTORY, err);
}

// temp is synced already
static SimStatus rename_synced(const char *temp, const char *path, SimError *err) {
  if (rename(temp, path) != 0) {
    return sim_error_errno(err, "%s: cannot rename %s to it", path, temp);
  }
  return sync_folder_of(path, err);
}

// on failure temp goes; errno stays for the caller's caller
static SimStatus remove_unless_ok(SimStatus status, const char *temp) {
  if (status != SIM_OK) {
    int number = errno;
    unlink(temp);
    errno = number;
  }
  return status;
}

SimStatus sim_file_commit(const char *temp, const char *path, SimError *err) {
  SimStatus status = sync_path(temp, 0, err);
  if (status == SIM_OK) {
    status = rename_synced(temp, path, err);
  }
  return remove_unless_ok(status, temp);
}

static SimStatus write_temporary(const char *temp, const void *data, size_t size, SimError *err) {
  // the name holds the thread's number: a leftover under it can only be from a dead process
  unlink(temp);
  int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) {
    return sim_error_errno(err, "%s: cannot create", temp);
  }
  SimStatus status = write_all(fd, temp, data, size, err);
  if (status == SIM_OK) {
    status = sync_fd(fd, temp, err);
  }
  return close_fd(fd, temp, status, err);
}

SimStatus sim_file_write(const char *path, const void *data, size_t size, SimError *err) {
  char temp[SIM_PATH_MAX];
  int n = snprintf(temp, sizeof temp, "%s.%d.tmp", path, (int)gettid());
  if (n >= (int)sizeof temp) {
    return sim_error(err, SIM_BAD_INPUT, "%.80s...: the path is longer than %d bytes", path,
                     SIM_PATH_MAX);
  }
  SimStatus status = write_temporary(temp, data, size, err);
  if (status == SIM_OK) {
    status = rename_synced(temp, path, err);
  }
  return remove_unless_ok(status, temp);
}

// the line break that a torn last line lacks, or nothing; *end is the file's size
static SimStatus find_end(const char **lead, off_t *end, int fd, const char *path, SimError *err) {
  *lead = "";
  *end = lseek(fd, 0, SEEK_END);
  if (*end < 0) {
    return sim_error_errno(err, "%s: cannot find its end", path);
  }
  if (*end > 0) {
    char last = '\n';
    if (pread(fd, &last, 1, *end - 1) < 0) {
      return sim_error_errno(err, "%s: cannot read", path);
    }
    *lead = last == '\n' ? "" : "\n";
  }
  return SIM_OK;
}

static SimStatus append_text(int fd, const char *path, const char *line, SimError *err) {
  const char *lead;
  off_t end;
  SimStatus status = find_end(&lead, &end, fd, path, err);
  if (status != SIM_OK) {
    return status;
  }
  char *text = NULL;
  int n = asprintf(&text, "%s%s\n", lead, line);
  if (n < 0) {
    return sim_error(err, SIM_FAIL, "%s: no memory for a line", path);
  }
  status = write_all(fd, path, text, (size_t)n, err);
  free(text);
  if (status == SIM_OK) {
    status = sync_fd(fd, path, err);
  }
  // half a line must not stay behind; when even this fails, the next append starts a new line
  if (status != SIM_OK && ftruncate(fd, end) != 0) {
    return status;
  }
  return status;
}

SimStatus sim_file_append_line(const char *path, const char *line, SimError *err) {
  assert(!strchr(line, '\n'));
  bool is_new = access(path, F_OK) != 0;
  int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) {
    return sim_error_errno(err, "%s: cannot open", path);
  }
  SimStatus status = append_text(fd, path, line, err);
  status = close_fd(fd, path, status, err);
  return status == SIM_OK && is_new ? sync_folder_of(path, err) : status;
}

static SimStatus make_one_folder(const char *path, SimError *err) {
  if (mkdir(path, 0777) == 0) {
    return SIM_OK;
  }
  int number = errno;
  struct stat info;
  if (number == EEXIST && stat(path, &info) == 0) {
    return S_ISDIR(info.st_mode)
               ? SIM_OK
               : sim_error(err, SIM_BAD_INPUT, "%s: saw a file, wanted a folder", path);
  }
  errno = number;
  return sim_error_errno(err, "%s: cannot make the folder", path);
}

SimStatus sim_file_lock(bool *taken, int fd, const char *path, SimError *err) {
  *taken = flock(fd, LOCK_EX | LOCK_NB) == 0;
  if (*taken || errno == EWOULDBLOCK) {
    return SIM_OK;
  }
  if (errno != ENOLCK && errno != EOPNOTSUPP && errno != ENOSYS) {
    return sim_error_errno(err, "%s: cannot be locked", path);
  }
  *taken = true;
  return SIM_OK;
}

SimStatus sim_file_make_folder(const char *path, SimError *err) {
  char part[SIM_PATH_MAX];
  if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part) {
    return sim_error(err, SIM_BAD_INPUT, "%.80s...: the path is longer than %d bytes", path,
                     SIM_PATH_MAX);
  }
  for (char *c = part + 1; part[0] && *c; c++) {
    if (*c != '/') {
      continue;
    }
    *c = '\0';
    SimStatus status = make_one_folder(part, err);
    if (status != SIM_OK) {
      return status;
    }
    *c = '/';
  }
  return make_one_folder(part, err);
}

SimStatus sim_path_join(char out[SIM_PATH_MAX], const char *dir, const char *name, SimError *err) {
  size_t end = strlen(dir);
  bool alone = end == 0 || name[0] == '/';
  const char *slash = alone || dir[end - 1] == '/' ? "" : "/";
  int n = snprintf(out, SIM_PATH_MAX, "%s%s%s", alone ? "" : dir, slash, name);
  if (n >= SIM_PATH_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "%.80s...: the path is longer than %d bytes", out,
                     SIM_PATH_MAX);
  }
  return SIM_OK;
}

void sim_path_folder(char out[SIM_PATH_MAX], const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash) {
    snprintf(out, SIM_PATH_MAX, ".");
  } else {
    int length = slash == path ? 1 : (int)(slash - path);
    snprintf(out, SIM_PATH_MAX, "%.*s", length, path);
  }
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place) {
  (void)info, (void)kind, (void)place;
  return remove(path);
}

SimStatus sim_file_remove_folder(const char *path, SimError *err) {
  return nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT
             ? SIM_OK
             : sim_error_errno(err, "%s: cannot be removed", path);
}

SimStatus sim_file_hash(uint64_t *hash, const char *path, SimError *err) {
  char *data;
  size_t size;
  SIM_TRY(sim_file_read(&data, &size, path, COPIED_MAX, err));
  *hash = sim_hash(data, size);
  free(data);
  return SIM_OK;
}

SimStatus sim_file_copy(const char *to, const char *from, SimError *err) {
  char *data;
  size_t size;
  SIM_TRY(sim_file_read(&data, &size, from, COPIED_MAX, err));
  const SimStatus status = sim_file_write(to, data, size, err);
  free(data);
  return status;
}

uint64_t sim_hash(const void *data, size_t size) {
  return XXH3_64bits(data, size);
}

void sim_hash_hex(char out[17], uint64_t hash) {
  snprintf(out, 17, "%016jx", (uintmax_t)hash);
}
