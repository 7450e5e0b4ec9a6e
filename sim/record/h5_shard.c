// A shard: the library makes the file on disk without its numbers, which have their place in
// contiguous columns, and says where that is; what it wrote is read back, a few hundred kilobytes,
// and the whole file is then put out from its first byte to its last, the numbers straight from the
// rallies. Nothing as large as a shard is ever in memory besides these.
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/record/h5_internal.h"

typedef enum RunKind {
  RUN_COLUMN,
  RUN_KEY,
  RUN_RALLIES,
} RunKind;

// The numbers of one dataset.
typedef struct Run {
  RunKind kind;
  int index;  // column, table, column of the table rallies
  size_t start, size;
} Run;

enum { ROOM = 1 << 20 };  // bytes, for what is not numbers
enum { RUNS_MAX = SIM_COLUMNS + SIM_H5_TABLES + SIM_RALLIES_COLUMN_COUNT };

typedef struct Layout {
  Run run[RUNS_MAX];  // in order of the file
  int runs;
  size_t size;    // of the file
  uint8_t *made;  // what lies between the runs
} Layout;

// Columns without rows have no place.
static void add_run(Layout *layout, hid_t set, RunKind kind, int index) {
  const haddr_t start = set >= 0 ? H5Dget_offset(set) : HADDR_UNDEF;
  if (start != HADDR_UNDEF) {
    assert(layout->runs < RUNS_MAX);
    layout->run[layout->runs++] = (Run){.kind = kind,
                                        .index = index,
                                        .start = (size_t)start,
                                        .size = (size_t)H5Dget_storage_size(set)};
  }
}

static int by_start(const void *a, const void *b) {
  const size_t x = ((const Run *)a)->start, y = ((const Run *)b)->start;
  return (x > y) - (x < y);
}

static void find_runs(Layout *layout, const SimH5Writer *writer) {
  for (int c = 0; c < SIM_COLUMNS; c++) {
    add_run(layout, writer->set[c], RUN_COLUMN, c);
  }
  for (int t = 0; t < SIM_H5_TABLES; t++) {
    add_run(layout, writer->key[t], RUN_KEY, t);
  }
  for (int c = 0; c < SIM_RALLIES_COLUMN_COUNT; c++) {
    add_run(layout, writer->about[c], RUN_RALLIES, c);
  }
  qsort(layout->run, (size_t)layout->runs, sizeof *layout->run, by_start);
}

// The file without its numbers.
static bool make_file(Layout *layout, SimH5Writer *writer, const hsize_t rows[SIM_H5_TABLES],
                      int rallies) {
  bool made = sim_h5_writer_open(writer, writer->path, H5Pcreate(H5P_FILE_ACCESS)) &&
              sim_h5_writer_tables(writer, rows) && sim_h5_writer_rallies(writer, (hsize_t)rallies);
  if (made) {
    find_runs(layout, writer);
  }
  made = sim_h5_writer_close_objects(writer) && made;
  if (writer->file >= 0) {
    made = H5Fclose(writer->file) >= 0 && made;
    writer->file = -1;
  }
  return made;
}

static bool read_all(int fd, uint8_t *out, size_t from, size_t size) {
  while (size > 0) {
    const ssize_t done = pread(fd, out, size, (off_t)from);
    if (done == 0 || (done < 0 && errno != EINTR)) {
      return false;
    }
    out += done > 0 ? done : 0;
    from += done > 0 ? (size_t)done : 0;
    size -= done > 0 ? (size_t)done : 0;
  }
  return true;
}

static size_t run_end(const Layout *layout, int i) {
  return i < 0 ? 0 : layout->run[i].start + layout->run[i].size;
}

// Where the gap before run i ends.
static size_t gap_end(const Layout *layout, int i) {
  return i < layout->runs ? layout->run[i].start : layout->size;
}

// What the library wrote, gap by gap.
static bool read_gaps(Layout *layout, int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) {
    return false;
  }
  layout->size = (size_t)info.st_size;
  size_t left = layout->size;
  for (int i = 0; i < layout->runs; i++) {
    left -= layout->run[i].size;
  }
  layout->made = malloc(left + 1);
  bool read = layout->made != NULL;
  uint8_t *to = layout->made;
  for (int i = 0; i <= layout->runs && read; i++) {
    const size_t from = run_end(layout, i - 1), size = gap_end(layout, i) - from;
    read = read_all(fd, to, from, size);
    to += size;
  }
  return read;
}

// --- numbers

typedef struct Out {
  SimPutFn *put;
  void *arg;
  SimError *err;
} Out;

static SimStatus put(const Out *out, const void *data, size_t size) {
  return out->put(out->arg, data, size, out->err);
}

static int64_t table_rows(const SimRecording *rally, int table) {
  const SimRows rows = sim_h5_table_rows(table);
  return rows < SIM_ROWS_KINDS ? sim_recording_rows(rally, rows) : 1;
}

static SimStatus put_column(const Out *out, SimColumn column, const SimRecording *rally) {
  const SimRows rows = sim_column(column)->rows;
  const int n = sim_recording_rows(rally, rows);
  const size_t size = sim_column_row_size(column, &rally->rally);
  if (rows != SIM_ROWS_STATE && rows != SIM_ROWS_STEP) {
    return put(out, sim_column_data(&rally->rally, column), (size_t)n * size);
  }
  SimStatus status = sim_rows_put(out->put, out->arg, &rally->rows, column, n, out->err);
  if (rows == SIM_ROWS_STEP && status == SIM_OK) {
    char last[SIM_H5_ROW_MAX];
    assert(size <= sizeof last);
    sim_h5_pad(last, column, size);
    status = put(out, last, size);
  }
  return status;
}

static SimStatus put_key(const Out *out, int table, const SimRecording *rally) {
  int64_t number[512];
  const int64_t room = sizeof number / sizeof number[0];
  for (int i = 0; i < room; i++) {
    number[i] = rally->rally.info.rally;
  }
  SimStatus status = SIM_OK;
  for (int64_t left = table_rows(rally, table); left > 0 && status == SIM_OK; left -= room) {
    status = put(out, number, (size_t)(left < room ? left : room) * sizeof number[0]);
  }
  return status;
}

static SimStatus put_rallies(const Out *out, const SimH5Writer *writer, const Run *run) {
  double value[SIM_SHARD_RALLIES];  // the largest row: 8 bytes
  assert(run->size <= sizeof value);
  sim_h5_fill_rallies(value, writer, (SimRalliesColumn)run->index);
  return put(out, value, run->size);
}

static SimStatus put_run(const Out *out, const Run *run, const SimH5Writer *writer,
                         SimRecording *const *rally, int n) {
  SimStatus status = SIM_OK;
  if (run->kind == RUN_RALLIES) {
    return put_rallies(out, writer, run);
  }
  for (int i = 0; i < n && status == SIM_OK; i++) {
    status = run->kind == RUN_KEY ? put_key(out, run->index, rally[i])
                                  : put_column(out, (SimColumn)run->index, rally[i]);
  }
  return status;
}

static SimStatus put_file(const Out *out, const Layout *layout, const SimH5Writer *writer,
                          SimRecording *const *rally, int n) {
  const uint8_t *made = layout->made;
  SimStatus status = SIM_OK;
  for (int i = 0; i <= layout->runs && status == SIM_OK; i++) {
    const size_t size = gap_end(layout, i) - run_end(layout, i - 1);
    status = put(out, made, size);
    made += size;
    if (i < layout->runs && status == SIM_OK) {
      status = put_run(out, &layout->run[i], writer, rally, n);
    }
  }
  return status;
}

// Notes the rallies and counts the rows of each table.
static bool note_rallies(hsize_t rows[SIM_H5_TABLES], SimH5Writer *writer,
                         SimRecording *const *rally, int n) {
  bool noted = true;
  for (int i = 0; i < n && noted; i++) {
    int64_t of[SIM_H5_TABLES];
    for (int t = 0; t < SIM_H5_TABLES; t++) {
      of[t] = table_rows(rally[i], t);
      rows[t] += (hsize_t)of[t];
    }
    noted = sim_h5_writer_note(writer, &rally[i]->rally.info, of);
  }
  return noted;
}

static bool make_layout(Layout *layout, SimH5Writer *writer, const hsize_t rows[SIM_H5_TABLES],
                        int n) {
  if (!make_file(layout, writer, rows, n)) {
    return false;
  }
  const int fd = open(writer->path, O_RDONLY | O_CLOEXEC);
  const bool read = fd >= 0 && read_gaps(layout, fd);
  if (fd >= 0) {
    close(fd);
  }
  return read;
}

// Bytes of the numbers, and more than the rest takes.
static off_t expected_size(SimRecording *const *rally, int n) {
  size_t size = ROOM;
  for (int i = 0; i < n; i++) {
    for (int c = 0; c < SIM_COLUMNS; c++) {
      const SimColumn column = (SimColumn)c;
      const size_t rows = (size_t)sim_recording_rows(rally[i], sim_column(column)->rows) + 1;
      size += rows * sim_column_row_size(column, &rally[i]->rally);
    }
  }
  return (off_t)size;
}

// Whether the file can become as large as it will. To be known before the library has it open: one
// that it cannot close for want of room makes it crash when the program ends.
static bool has_room(const char *path, SimRecording *const *rally, int n) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) {
    return false;
  }
  const int error = posix_fallocate(fd, 0, expected_size(rally, n));
  close(fd);
  errno = error;
  return error == 0;
}

SimStatus sim_h5_write_shard(SimPutFn *put_bytes, void *arg, const char *path,
                             const SimLogInfo *info, SimRecording *const *rally, int n,
                             SimError *err) {
  assert(n >= 1 && n <= SIM_SHARD_RALLIES);
  SimH5Writer *writer = sim_h5_writer_new(path, info, false, err);
  if (writer == NULL) {
    return SIM_FAIL;
  }
  hsize_t rows[SIM_H5_TABLES] = {0};
  Layout layout = {.runs = 0};
  const Out out = {put_bytes, arg, err};
  writer->state_size = rally[0]->rally.state_size;
  SimStatus status = SIM_OK;
  errno = 0;
  if (!has_room(path, rally, n) || !note_rallies(rows, writer, rally, n) ||
      !make_layout(&layout, writer, rows, n)) {
    status = sim_error_errno(err, "%s: cannot make the log shard", path);
  } else {
    status = put_file(&out, &layout, writer, rally, n);
  }
  free(layout.made);
  sim_h5_writer_free(writer);
  return status;
}
