// Talk for people. Each message leaves in one write, so lines of several threads never mix. The
// only state is the moment of the first message and where copies go: levels are read from the
// environment each time, which costs nothing at the rate people read.
#include "sim/base/log.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 2048 };

static const char *const level_names[] = {"debug", "info", "warning", "error"};

static double clock_seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double sim_time_wall(void) {
  return clock_seconds(CLOCK_MONOTONIC);
}

double sim_time_cpu(void) {
  return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

double sim_time_thread(void) {
  return clock_seconds(CLOCK_THREAD_CPUTIME_ID);
}

// seconds since the program began, which calls this once
static double age(void) {
  static _Atomic int64_t start_ns = 0;
  int64_t now = (int64_t)(sim_time_wall() * 1e9);
  int64_t start = 0;
  if (atomic_compare_exchange_strong(&start_ns, &start, now)) {
    return 0;
  }
  return 1e-9 * (double)(now - start);
}

// a first message may come late: loading and setting up count, too
__attribute__((constructor)) static void start_clock(void) {
  age();
}

static SimLogLevel lowest_level(void) {
  const char *wanted = getenv("HCSP_LOG");
  for (int i = SIM_LOG_DEBUG; wanted && i <= SIM_LOG_ERROR; i++) {
    if (strcmp(wanted, level_names[i]) == 0) {
      return (SimLogLevel)i;
    }
  }
  return SIM_LOG_INFO;
}

// a terminal on which a line can be redrawn
static bool redraws(void) {
  const char *term = getenv("TERM");
  return isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

// where copies of the messages go, -1 for nowhere
static _Atomic int *tee(void) {
  static _Atomic int fd = -1;
  return &fd;
}

void sim_log_tee(int fd) {
  atomic_store(tee(), fd);
}

static void copy_line(int fd, const char *prefix, const char *text) {
  struct timespec now;
  struct tm utc;
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &utc);
  char date[32];
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  char line[LINE_SIZE + 64];
  const int n =
      snprintf(line, sizeof line, "%s.%03ldZ %s%s\n", date, now.tv_nsec / 1000000, prefix, text);
  // talk must never stop the work
  if (write(fd, line, (size_t)n) < 0) {
    return;
  }
}

void sim_log(SimLogLevel level, const char *format, ...) {
  if (level < lowest_level()) {
    return;
  }
  char text[LINE_SIZE];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);

  // a progress line may stand where this message goes
  const char *erase = redraws() ? "\r\033[K" : "";
  bool plain = level == SIM_LOG_INFO;
  char prefix[16] = "", line[LINE_SIZE + 64];
  if (!plain) {
    snprintf(prefix, sizeof prefix, "%s: ", level_names[level]);
  }
  snprintf(line, sizeof line, "%s[%8.2f s] %s%s\n", erase, age(), prefix, text);
  fputs(line, stderr);
  const int copy = atomic_load(tee());
  if (copy >= 0) {
    copy_line(copy, prefix, text);
  }
}

void sim_format_duration(char out[32], double seconds) {
  // a thousand years is as good as never
  if (!(seconds >= 0 && seconds < 3e10)) {
    snprintf(out, 32, "?");
    return;
  }
  const long s = (long)(seconds + 0.5);
  if (s < 100) {
    snprintf(out, 32, "%ld s", s);
  } else if (s < 6000) {
    snprintf(out, 32, "%ld min %02ld s", s / 60, s % 60);
  } else {
    snprintf(out, 32, "%ld h %02ld min", s / 3600, s / 60 % 60);
  }
}

static void format_progress(char *out, size_t size, const SimProgress *p, double done,
                            const char *note, double now) {
  double elapsed = now - p->started;
  double rate = elapsed > 0 ? done / elapsed : 0;
  char left[32] = "?";
  if (rate > 0) {
    sim_format_duration(left, fmax(0, p->total - done) / rate);
  }
  double share = p->total > 0 ? 100 * done / p->total : 0;
  snprintf(out, size, "%s %.0f/%.0f (%.0f %%), %.3g/s, %s left%s%s", p->what, done, p->total, share,
           rate, left, note && *note ? ", " : "", note ? note : "");
}

void sim_progress(SimProgress *p, double done, const char *note) {
  assert(p->what);
  double now = sim_time_wall();
  if (p->started <= 0) {
    p->started = now;
  }
  bool redraw = redraws();
  double since = now - (p->shown > 0 ? p->shown : p->started);
  if (since < (redraw ? 0.2 : 10.0)) {
    return;
  }
  p->shown = now;
  char text[LINE_SIZE - 64];
  format_progress(text, sizeof text, p, done, note, now);
  if (!redraw) {
    sim_log(SIM_LOG_INFO, "%s", text);
    return;
  }
  char line[LINE_SIZE];
  snprintf(line, sizeof line, "\r\033[K%s", text);
  fputs(line, stderr);
}

void sim_progress_end(SimProgress *p) {
  if (p->shown > 0 && redraws()) {
    fputs("\r\033[K", stderr);
  }
  p->started = 0;
  p->shown = 0;
}
