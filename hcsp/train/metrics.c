// Figures of a run. Both files are written with one write a set, at a known end to which they are
// cut back when that fails, so a full disk leaves whole lines and whole records. Only a kill can
// tear the last line, and resuming drops it.
#include "hcsp/train/metrics.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/base/log.h"

enum {
  FILE_MAX = 1 << 30,  // bytes of metrics.jsonl that are read again
  NUMBER_MAX = 32,     // characters of a number
  LINE_MAX_SIZE = TRAIN_METRICS_MAX * (TRAIN_TAG_MAX + NUMBER_MAX) + 128,
};

// a file that grows by whole pieces
typedef struct Stream {
  char path[SIM_PATH_MAX];
  int fd;
  off_t end;
} Stream;

struct TrainMetrics {
  Stream lines, events;
  double seconds_before, started;  // s
  double flushed;                  // seconds at the last set
  int64_t step, flushed_step;
  int n;
  TrainScalar scalar[TRAIN_METRICS_MAX + 1];  // the last one: steps per second
  char line[LINE_MAX_SIZE];
  unsigned char *record;
};

// ---------------------------------------------------------------------------------------- streams

static SimStatus stream_open(Stream *stream, int flags, SimError *err) {
  stream->fd = open(stream->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0666);
  if (stream->fd < 0) {
    return sim_error_errno(err, "%s: cannot open", stream->path);
  }
  stream->end = lseek(stream->fd, 0, SEEK_END);
  return stream->end >= 0 ? SIM_OK : sim_error_errno(err, "%s: cannot seek", stream->path);
}

static SimStatus stream_put(Stream *stream, const void *data, size_t size, SimError *err) {
  const char *next = data;
  size_t left = size;
  while (left > 0) {
    const ssize_t n = write(stream->fd, next, left);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return sim_error_errno(err, "%s: cannot write", stream->path);
    }
    next += n;
    left -= (size_t)n;
  }
  return SIM_OK;
}

// takes back what was written behind the known end
static void stream_cut(const Stream *stream) {
  if (ftruncate(stream->fd, stream->end) != 0) {
    sim_log(SIM_LOG_WARNING, "%s: its last entry may be torn", stream->path);
  }
}

// the host's name in letters that a file name may have
static void host_word(char out[64]) {
  if (gethostname(out, 64) != 0) {
    snprintf(out, 64, "host");
  }
  out[63] = '\0';
  for (char *c = out; *c; c++) {
    const bool plain = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
                       (*c >= 'A' && *c <= 'Z') || *c == '-';
    *c = plain ? *c : '-';
  }
}

// the largest time in the names of the event files of folder, 0 when there are none
static SimStatus last_event_time(long long *last, const char *folder, SimError *err) {
  *last = 0;
  DIR *dir = opendir(folder);
  if (!dir) {
    return sim_error_errno(err, "%s: cannot open", folder);
  }
  const struct dirent *entry;
  while ((entry = readdir(dir)) != NULL) {
    long long time = 0;
    if (sscanf(entry->d_name, "events.out.tfevents.%10lld.", &time) == 1 && time > *last) {
      *last = time;
    }
  }
  closedir(dir);
  return SIM_OK;
}

// TensorBoard reads the files in the order of their names, so a later one needs a later time
static SimStatus open_events(TrainMetrics *metrics, const char *folder, bool resume, int64_t step,
                             SimError *err) {
  long long last = 0, now = (long long)time(NULL);
  SIM_TRY(last_event_time(&last, folder, err));
  char host[64], name[128];
  host_word(host);
  snprintf(name, sizeof name, "events.out.tfevents.%010lld.%s.%d", now > last ? now : last + 1,
           host, (int)getpid());
  SimStatus status = sim_path_join(metrics->events.path, folder, name, err);
  status = status ? status : stream_open(&metrics->events, O_EXCL, err);
  unsigned char head[512];
  assert(sizeof head >= 2 * train_tfevents_bound(0));
  size_t size = train_tfevents_version(head, (double)now);
  if (resume) {
    size += train_tfevents_start(head + size, (double)now, step + 1);
  }
  status = status ? status : stream_put(&metrics->events, head, size, err);
  metrics->events.end += (off_t)size;
  return status;
}

// ----------------------------------------------------------------------------------------- resume

// does this line of length bytes belong to a step up to last? its seconds, too
static bool line_stays(double *seconds, const char *line, size_t length, int64_t last) {
  json_t *json = json_loadb(line, length, 0, NULL);
  const json_t *step = json_object_get(json, "step");
  const bool stays = json_is_integer(step) && json_integer_value(step) <= last;
  if (stays) {
    *seconds = json_number_value(json_object_get(json, "seconds"));
  }
  json_decref(json);
  return stays;
}

// moves the lines that stay to the front of text and returns their length
static size_t keep_lines(char *text, size_t size, int64_t last, double *seconds) {
  size_t kept = 0;
  for (size_t at = 0; at < size;) {
    const char *line_break = memchr(text + at, '\n', size - at);
    if (!line_break) {
      break;
    }
    const size_t next = (size_t)(line_break - text) + 1;
    if (line_stays(seconds, text + at, next - at - 1, last)) {
      memmove(text + kept, text + at, next - at);
      kept += next - at;
    }
    at = next;
  }
  return kept;
}

static SimStatus cut_lines(TrainMetrics *metrics, int64_t step, SimError *err) {
  const char *path = metrics->lines.path;
  if (access(path, F_OK) != 0) {
    return SIM_OK;
  }
  char *text = NULL;
  size_t size = 0;
  SimStatus status = SIM_OK;
  SIM_TRY(sim_file_read(&text, &size, path, FILE_MAX, err));
  const size_t kept = keep_lines(text, size, step, &metrics->seconds_before);
  if (kept != size) {
    sim_log(SIM_LOG_INFO, "%s: dropped the %zu bytes behind step %" PRId64, path, size - kept,
            step);
    status = sim_file_write(path, text, kept, err);
  }
  free(text);
  return status;
}

static SimStatus open_files(TrainMetrics *metrics, const char *folder, bool resume, int64_t step,
                            SimError *err) {
  SIM_TRY(sim_path_join(metrics->lines.path, folder, "metrics.jsonl", err));
  if (resume) {
    SIM_TRY(cut_lines(metrics, step, err));
  }
  SIM_TRY(stream_open(&metrics->lines, 0, err));
  return open_events(metrics, folder, resume, step, err);
}

// -------------------------------------------------------------------------------------- interface

TrainMetrics *train_metrics_create(const char *folder, bool resume, int64_t step, SimError *err) {
  TrainMetrics *metrics = sim_new(1, sizeof *metrics);
  metrics->record = sim_new(1, train_tfevents_bound(TRAIN_METRICS_MAX + 1));
  metrics->lines.fd = -1;
  metrics->events.fd = -1;
  metrics->step = -1;
  if (open_files(metrics, folder, resume, step, err) != SIM_OK) {
    train_metrics_destroy(metrics);
    return NULL;
  }
  metrics->started = sim_time_wall();
  metrics->flushed = metrics->seconds_before;
  metrics->flushed_step = resume ? step : 0;
  return metrics;
}

void train_metrics_destroy(TrainMetrics *metrics) {
  if (!metrics) {
    return;
  }
  if (metrics->lines.fd >= 0) {
    close(metrics->lines.fd);
  }
  if (metrics->events.fd >= 0) {
    close(metrics->events.fd);
  }
  free(metrics->record);
  free(metrics);
}

void train_metrics_begin(TrainMetrics *metrics, int64_t step) {
  assert(step >= 0);
  metrics->step = step;
  metrics->n = 0;
}

static bool tag_is_plain(const char *tag) {
  const size_t length = strlen(tag);
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-";
  return length > 0 && length < TRAIN_TAG_MAX && strspn(tag, plain) == length &&
         strcmp(tag, "step") != 0 && strcmp(tag, "seconds") != 0;
}

static int find_tag(const TrainMetrics *metrics, const char *tag) {
  int i = 0;
  while (i < metrics->n && strcmp(metrics->scalar[i].tag, tag) != 0) {
    i++;
  }
  return i;
}

void train_metrics_put(TrainMetrics *metrics, const char *tag, double value) {
  const bool plain = tag_is_plain(tag);
  assert(metrics->step >= 0 && plain);
  (void)plain;
  const int i = find_tag(metrics, tag);
  assert(i < TRAIN_METRICS_MAX);
  TrainScalar *scalar = &metrics->scalar[i];
  snprintf(scalar->tag, sizeof scalar->tag, "%s", tag);
  scalar->value = value;
  metrics->n = i == metrics->n ? i + 1 : metrics->n;
}

double train_metrics_seconds(const TrainMetrics *metrics) {
  return metrics->seconds_before + sim_time_wall() - metrics->started;
}

// the shortest of a few lengths that reads back as the same double
static void format_number(char out[NUMBER_MAX], double value) {
  if (!isfinite(value)) {
    snprintf(out, NUMBER_MAX, "null");
    return;
  }
  static const int digits[] = {6, 9, 15, 16, 17};
  for (size_t i = 0; i < sizeof digits / sizeof digits[0]; i++) {
    snprintf(out, NUMBER_MAX, "%.*g", digits[i], value);
    if (strtod(out, NULL) == value) {
      return;
    }
  }
}

static size_t format_line(TrainMetrics *metrics, double seconds) {
  char *line = metrics->line;
  size_t used = (size_t)snprintf(line, LINE_MAX_SIZE, "{\"step\":%" PRId64 ",\"seconds\":%.3f",
                                 metrics->step, seconds);
  for (int i = 0; i < metrics->n; i++) {
    char number[NUMBER_MAX];
    format_number(number, metrics->scalar[i].value);
    used += (size_t)snprintf(line + used, LINE_MAX_SIZE - used, ",\"%s\":%s",
                             metrics->scalar[i].tag, number);
  }
  used += (size_t)snprintf(line + used, LINE_MAX_SIZE - used, "}\n");
  assert(used < LINE_MAX_SIZE);
  return used;
}

static double seconds_since_1970(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

SimStatus train_metrics_flush(TrainMetrics *metrics, SimError *err) {
  assert(metrics->step >= 0);
  const double seconds = train_metrics_seconds(metrics), spent = seconds - metrics->flushed;
  const size_t length = format_line(metrics, seconds);
  const double steps = (double)(metrics->step - metrics->flushed_step);
  metrics->scalar[metrics->n] =
      (TrainScalar){.tag = TRAIN_TAG_SPS, .value = spent > 0 ? steps / spent : (double)NAN};
  const size_t size = train_tfevents_scalars(metrics->record, seconds_since_1970(), metrics->step,
                                             metrics->scalar, metrics->n + 1);
  SimStatus status = stream_put(&metrics->lines, metrics->line, length, err);
  status = status ? status : stream_put(&metrics->events, metrics->record, size, err);
  if (status != SIM_OK) {
    stream_cut(&metrics->lines);
    stream_cut(&metrics->events);
    return status;
  }
  metrics->lines.end += (off_t)length;
  metrics->events.end += (off_t)size;
  metrics->flushed = seconds;
  metrics->flushed_step = metrics->step;
  return SIM_OK;
}

SimStatus train_metrics_sync(TrainMetrics *metrics, SimError *err) {
  if (fsync(metrics->lines.fd) != 0) {
    return sim_error_errno(err, "%s: cannot sync", metrics->lines.path);
  }
  if (fsync(metrics->events.fd) != 0) {
    return sim_error_errno(err, "%s: cannot sync", metrics->events.path);
  }
  return SIM_OK;
}
