// A shard in memory: the library makes a file of contiguous columns, which have their place and no
// numbers, and says where that is; each rally is then copied there column by column, once.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/record/h5_internal.h"

enum {
  IMAGE_STEP = 1 << 21,       // a large page, by which an image grows
  IMAGE_STRUCTURE = 1 << 20,  // room for all that is not numbers
};

static void *image_malloc(size_t size, H5FD_file_image_op_t op, void *arg) {
  (void)op;
  SimH5Image *image = arg;
  if (size <= image->capacity) {
    return image->data;
  }
  const size_t capacity = (size + size / 4 + IMAGE_STEP - 1) / IMAGE_STEP * IMAGE_STEP;
  uint8_t *data = aligned_alloc(IMAGE_STEP, capacity);
  if (data == NULL) {
    return NULL;
  }
  madvise(data, capacity, MADV_HUGEPAGE);
  if (image->data != NULL) {
    memcpy(data, image->data, image->capacity);
  }
  free(image->data);
  image->data = data;
  image->capacity = capacity;
  return data;
}

static void *image_realloc(void *old, size_t size, H5FD_file_image_op_t op, void *arg) {
  (void)old;
  return image_malloc(size, op, arg);
}

static void *image_memcpy(void *to, const void *from, size_t size, H5FD_file_image_op_t op,
                          void *arg) {
  (void)op;
  (void)arg;
  return memcpy(to, from, size);
}

// the image outlives the file
static herr_t image_free(void *data, H5FD_file_image_op_t op, void *arg) {
  (void)data;
  (void)op;
  (void)arg;
  return 0;
}

static void *keep(void *arg) {
  return arg;
}

static herr_t drop(void *arg) {
  (void)arg;
  return 0;
}

static hid_t image_access(SimH5Image *image) {
  H5FD_file_image_callbacks_t calls = {.image_malloc = image_malloc,
                                       .image_memcpy = image_memcpy,
                                       .image_realloc = image_realloc,
                                       .image_free = image_free,
                                       .udata_copy = keep,
                                       .udata_free = drop,
                                       .udata = image};
  hid_t list = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(list, IMAGE_STEP, false);
  H5Pset_file_image_callbacks(list, &calls);
  return list;
}

// Addresses in the file; HADDR_UNDEF for columns without rows.
typedef struct Places {
  haddr_t set[SIM_COLUMNS], key[SIM_H5_TABLES], about[SIM_RALLIES_COLUMN_COUNT];
} Places;

static void find_places(Places *places, const SimH5Writer *writer) {
  for (int c = 0; c < SIM_COLUMNS; c++) {
    places->set[c] = H5Dget_offset(writer->set[c]);
  }
  for (int t = 0; t < SIM_H5_TABLES; t++) {
    places->key[t] = writer->key[t] >= 0 ? H5Dget_offset(writer->key[t]) : HADDR_UNDEF;
  }
  for (int c = 0; c < SIM_RALLIES_COLUMN_COUNT; c++) {
    places->about[c] = H5Dget_offset(writer->about[c]);
  }
}

// The file without its numbers.
static bool make_file(Places *places, SimH5Image *image, SimH5Writer *writer,
                      const hsize_t rows[SIM_H5_TABLES], int rallies) {
  bool made = sim_h5_writer_open(writer, writer->path, image_access(image)) &&
              sim_h5_writer_tables(writer, rows) && sim_h5_writer_rallies(writer, (hsize_t)rallies);
  if (made) {
    find_places(places, writer);
  }
  made = sim_h5_writer_close_objects(writer) && made;
  if (writer->file >= 0) {
    made = H5Fflush(writer->file, H5F_SCOPE_LOCAL) >= 0 && made;
    const ssize_t size = H5Fget_file_image(writer->file, NULL, 0);
    made = size > 0 && made;
    image->size = size > 0 ? (size_t)size : 0;
    made = H5Fclose(writer->file) >= 0 && made;
    writer->file = -1;
  }
  return made;
}

// Where row `row` of a column belongs.
static uint8_t *place(const SimH5Image *image, haddr_t start, int64_t row, size_t size, int64_t n) {
  const size_t at = (size_t)start + (size_t)row * size;
  assert(start != HADDR_UNDEF && at + (size_t)n * size <= image->size);
  (void)n;
  return image->data + at;
}

static int64_t table_rows(const SimRecording *rally, int table) {
  const SimRows rows = sim_h5_table_rows(table);
  return rows < SIM_ROWS_KINDS ? sim_recording_rows(rally, rows) : 1;
}

// All columns; those of small tables are copied here, those of steps by their owner.
static void put_columns(SimH5Image *image, const Places *places, const SimH5Writer *writer,
                        const SimRecording *rally) {
  void *to[SIM_COLUMNS] = {NULL};
  for (int c = 0; c < SIM_COLUMNS; c++) {
    const SimRows rows = sim_column((SimColumn)c)->rows;
    const int t = sim_h5_table(rows);
    const int64_t n = table_rows(rally, t);
    const size_t size = sim_column_row_size((SimColumn)c, &rally->rally);
    if (n == 0) {
      continue;
    }
    to[c] = place(image, places->set[c], writer->rows[t], size, n);
    if (rows != SIM_ROWS_STATE && rows != SIM_ROWS_STEP) {
      memcpy(to[c], sim_column_data(&rally->rally, (SimColumn)c), (size_t)n * size);
    }
  }
  sim_rows_put(to, &rally->rows);
  for (int c = 0; c < SIM_COLUMNS; c++) {
    if (sim_column((SimColumn)c)->rows == SIM_ROWS_STEP) {
      const size_t size = sim_column_row_size((SimColumn)c, &rally->rally);
      sim_h5_pad((char *)to[c] + (size_t)(rally->rows.n - 1) * size, (SimColumn)c, size);
    }
  }
}

static void put_key(SimH5Image *image, const Places *places, const SimH5Writer *writer, int table,
                    const SimRecording *rally) {
  const int64_t n = table_rows(rally, table), number = rally->rally.info.rally;
  if (n > 0) {
    uint8_t *out = place(image, places->key[table], writer->rows[table], sizeof number, n);
    for (int64_t k = 0; k < n; k++) {
      memcpy(out + (size_t)k * sizeof number, &number, sizeof number);
    }
  }
}

static bool put_rally(SimH5Image *image, const Places *places, SimH5Writer *writer,
                      const SimRecording *rally) {
  int64_t rows[SIM_H5_TABLES];
  put_columns(image, places, writer, rally);
  for (int t = 0; t < SIM_H5_TABLES; t++) {
    rows[t] = table_rows(rally, t);
    if (sim_h5_table_rows(t) != SIM_ROWS_KINDS) {
      put_key(image, places, writer, t, rally);
    }
  }
  return sim_h5_writer_note(writer, &rally->rally.info, rows);
}

static void put_rallies(SimH5Image *image, const Places *places, const SimH5Writer *writer) {
  double value[SIM_SHARD_RALLIES];  // the largest row: 8 bytes
  for (int c = 0; c < SIM_RALLIES_COLUMN_COUNT; c++) {
    const SimColumnInfo *info = sim_rallies_column((SimRalliesColumn)c);
    const size_t size =
        sim_number_size(info->number) * (size_t)(info->rank > 0 ? info->length[0] : 1);
    sim_h5_fill_rallies(value, writer, (SimRalliesColumn)c);
    memcpy(place(image, places->about[c], 0, size, writer->rallies), value,
           size * (size_t)writer->rallies);
  }
}

// Room for that many bytes, not initialised.
static bool reserve(SimH5Image *image, size_t size) {
  if (size <= image->capacity) {
    return true;
  }
  free(image->data);
  image->data = NULL;
  image->capacity = 0;
  return image_malloc(size, H5FD_FILE_IMAGE_OP_NO_OP, image) != NULL;
}

// Rows of each table, and the bytes of their numbers.
static size_t count_rows(hsize_t rows[SIM_H5_TABLES], SimRecording *const *rally, int n) {
  size_t size = 0;
  for (int i = 0; i < n; i++) {
    for (int t = 0; t < SIM_H5_TABLES; t++) {
      rows[t] += (hsize_t)table_rows(rally[i], t);
      size += (size_t)table_rows(rally[i], t) * sizeof(int64_t);
    }
    for (int c = 0; c < SIM_COLUMNS; c++) {
      size += sim_column_row_size((SimColumn)c, &rally[i]->rally) *
              (size_t)table_rows(rally[i], sim_h5_table(sim_column((SimColumn)c)->rows));
    }
  }
  return size;
}

static bool fill_image(SimH5Image *image, SimH5Writer *writer, SimRecording *const *rally, int n) {
  hsize_t rows[SIM_H5_TABLES] = {0};
  Places places;
  const size_t size = count_rows(rows, rally, n);
  writer->state_size = rally[0]->rally.state_size;
  bool made = reserve(image, size + IMAGE_STRUCTURE) && make_file(&places, image, writer, rows, n);
  for (int i = 0; i < n && made; i++) {
    made = put_rally(image, &places, writer, rally[i]);
  }
  if (made) {
    put_rallies(image, &places, writer);
  }
  return made;
}

SimStatus sim_h5_write_image(SimH5Image *image, const SimLogInfo *info, SimRecording *const *rally,
                             int n, SimError *err) {
  assert(n >= 1 && n <= SIM_SHARD_RALLIES);
  // no file is made: the library only wants a name that no other open file has
  char name[64];
  snprintf(name, sizeof name, "/dev/null/%p", (void *)image);
  SimH5Writer *writer = sim_h5_writer_new(name, info, false, err);
  if (writer == NULL) {
    return SIM_FAIL;
  }
  const bool written = fill_image(image, writer, rally, n);
  sim_h5_writer_free(writer);
  if (!written) {
    return sim_error(err, SIM_FAIL, "no memory for a log shard");
  }
  // whole blocks are written
  const size_t end = (image->size + SIM_FILE_ALIGN - 1) / SIM_FILE_ALIGN * SIM_FILE_ALIGN;
  if (end > image->capacity) {
    return sim_error(err, SIM_FAIL, "no memory for a log shard");
  }
  memset(image->data + image->size, 0, end - image->size);
  image->size = end;
  return SIM_OK;
}

void sim_h5_image_free(SimH5Image *image) {
  free(image->data);
  *image = (SimH5Image){0};
}
