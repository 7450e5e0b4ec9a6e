// The HDF5 library is not made for hostile files and cannot be hardened from outside, so a
// stranger's file is tried out where it can do no harm. The child may open no file (limit 0), takes
// a bounded amount of memory beyond what it inherits, and is killed when its time is up. What the
// libraries print while they fall over is not for users (HCSP_LOG=debug shows it).
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/record/h5.h"
#include "sim/record/reader.h"

#define MEMORY ((rlim_t)2 << 30)

// Address space in use, from the first number of statm; 0 when unknown.
static rlim_t memory_in_use(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (file != NULL) {
    if (fscanf(file, "%lu", &pages) != 1) {
      pages = 0;
    }
    fclose(file);
  }
  return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static bool limit(__rlimit_resource_t what, rlim_t value) {
  struct rlimit now;
  if (getrlimit(what, &now) != 0) {
    return false;
  }
  now.rlim_cur = value < now.rlim_max ? value : now.rlim_max;
  now.rlim_max = now.rlim_cur;
  return setrlimit(what, &now) == 0;
}

static void read_all(const void *data, size_t size, const char *name, SimError *err) {
  SimH5 *file = sim_h5_open_image(data, size, name, err);
  SimRally rally = {.state_size = 0};
  for (int i = 0; file != NULL && i < sim_h5_rallies(file); i++) {
    if (sim_h5_read(&rally, file, i, err) != SIM_OK) {
      break;
    }
  }
  sim_rally_free(&rally);
  sim_h5_close(file);
}

static void close_stderr(void) {
  const char *level = getenv("HCSP_LOG");
  int null = level == NULL || strcmp(level, "debug") != 0 ? open("/dev/null", O_WRONLY) : -1;
  if (null >= 0) {
    dup2(null, STDERR_FILENO);
  }
}

static _Noreturn void child(int out, rlim_t memory, int seconds, const void *data, size_t size,
                            const char *name) {
  SimError err = {.status = SIM_OK};
  close_stderr();
  // a crash here is expected and leaves no core
  bool limited = limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, (rlim_t)seconds) &&
                 limit(RLIMIT_NOFILE, 0) && (memory == 0 || limit(RLIMIT_AS, memory));
  if (limited) {
    read_all(data, size, name, &err);
  } else {
    sim_error_errno(&err, "%s: cannot limit the process that tries the file out", name);
  }
  const char *text = (const char *)&err;
  size_t left = sizeof err;
  while (left > 0) {
    ssize_t done = write(out, text, left);
    if (done <= 0) {
      _exit(1);
    }
    text += done;
    left -= (size_t)done;
  }
  _exit(0);
}

// Reads the child's answer until it is whole, the child is gone or time is up.
static bool read_answer(SimError *answer, int in, int seconds) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long end = now.tv_sec * 1000LL + now.tv_nsec / 1000000 + seconds * 1000LL;
  size_t seen = 0;
  while (seen < sizeof *answer) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long left = end - (now.tv_sec * 1000LL + now.tv_nsec / 1000000);
    struct pollfd wait = {.fd = in, .events = POLLIN};
    if (left <= 0) {
      return false;
    }
    int ready = poll(&wait, 1, (int)left);
    if (ready < 0 && errno == EINTR) {
      continue;
    }
    ssize_t done = ready > 0 ? read(in, (char *)answer + seen, sizeof *answer - seen) : 0;
    if (done <= 0) {
      return false;
    }
    seen += (size_t)done;
  }
  return true;
}

SimStatus sim_log_vet(const void *data, size_t size, const char *name, int seconds, SimError *err) {
  int ends[2];
  if (pipe(ends) != 0) {
    return sim_error_errno(err, "%s: cannot make a pipe to try the file out", name);
  }
  rlim_t used = memory_in_use();
  pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    child(ends[1], used > 0 ? used + MEMORY + 2 * (rlim_t)size : 0, seconds, data, size, name);
  }
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return sim_error_errno(err, "%s: cannot start a process to try the file out", name);
  }
  SimError answer = {.status = SIM_OK};
  bool whole = read_answer(&answer, ends[0], seconds);
  close(ends[0]);
  if (!whole) {
    kill(pid, SIGKILL);
  }
  int state = 0;
  while (waitpid(pid, &state, 0) < 0 && errno == EINTR) {
  }
  if (!whole) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: a process that tried to read it crashed or took more than %d s, so it is "
                     "damaged or hostile",
                     name, seconds);
  }
  answer.text[sizeof answer.text - 1] = '\0';
  return answer.status == SIM_OK ? SIM_OK : sim_error(err, answer.status, "%s", answer.text);
}
