// Datasets. The checks follow four planted traps: an external link, a virtual dataset, a dataset
// whose raw storage is another file, and a soft link to one of them. A link that is hard stops the
// first and the last only, hence the creation list is looked at too. Every handle is closed on
// every path, because a leaked property list of a virtual dataset crashes the library at exit.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/record/h5_internal.h"

enum { CHUNK_BYTES_MAX = 64 << 20, FILTERS_MAX = 4 };

static SimStatus check_filters(const SimH5Place *place, const char *what, hid_t list) {
  int n = H5Pget_nfilters(list);
  if (n < 0 || n > FILTERS_MAX) {
    return sim_h5_bad(place, what, "has %d filters, wanted at most %d", n, FILTERS_MAX);
  }
  for (int i = 0; i < n; i++) {
    unsigned flags, config, values[8];
    size_t count = 8;
    H5Z_filter_t filter =
        H5Pget_filter2(list, (unsigned)i, &flags, &count, values, 0, NULL, &config);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
        filter != H5Z_FILTER_FLETCHER32) {
      return sim_h5_bad(place, what, "uses filter %d, wanted deflate, shuffle or fletcher32 only",
                        filter);
    }
  }
  return SIM_OK;
}

// Chunks of a bounded size, and all of them there: a file of a few bytes may not stand for
// gigabytes of nothing.
static SimStatus check_chunks(const SimH5Place *place, const char *what, hid_t dataset, hid_t list,
                              size_t number) {
  hsize_t chunk[H5S_MAX_RANK], length[H5S_MAX_RANK], size = number, wanted = 1, seen = 0;
  hid_t space = H5Dget_space(dataset);
  int rank = H5Pget_chunk(list, H5S_MAX_RANK, chunk);
  bool known = rank >= 1 && H5Sget_simple_extent_dims(space, length, NULL) == rank &&
               H5Dget_num_chunks(dataset, space, &seen) >= 0;
  H5Sclose(space);
  if (!known) {
    return sim_h5_bad(place, what, "has chunks that cannot be counted");
  }
  for (int i = 0; i < rank; i++) {
    if (chunk[i] < 1 || chunk[i] > CHUNK_BYTES_MAX || size * chunk[i] > CHUNK_BYTES_MAX) {
      return sim_h5_bad(place, what, "has chunks of more than %d bytes", CHUNK_BYTES_MAX);
    }
    size *= chunk[i];
    wanted *= (length[i] + chunk[i] - 1) / chunk[i];
  }
  return seen == wanted ? SIM_OK : sim_h5_bad(place, what, "lacks a part of its data");
}

// Where the data are: in this file, and of a size that may be taken into memory.
static SimStatus check_storage(const SimH5Place *place, const char *what, hid_t dataset, hid_t list,
                               hsize_t bytes, size_t number) {
  H5D_layout_t layout = H5Pget_layout(list);
  if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED) {
    return sim_h5_bad(place, what, "has a virtual layout, wanted data in this file");
  }
  if (H5Pget_external_count(list) != 0) {
    return sim_h5_bad(place, what, "keeps its data in another file, wanted data in this file");
  }
  if (check_filters(place, what, list) != SIM_OK) {
    return SIM_BAD_INPUT;
  }
  if (layout == H5D_CHUNKED) {
    return check_chunks(place, what, dataset, list, number);
  }
  H5D_space_status_t allocated = H5D_SPACE_STATUS_ERROR;
  H5Dget_space_status(dataset, &allocated);
  if (bytes > 0 && allocated != H5D_SPACE_STATUS_ALLOCATED) {
    return sim_h5_bad(place, what, "lacks a part of its data");
  }
  return SIM_OK;
}

static const char *class_name(H5T_class_t class) {
  switch (class) {
  case H5T_INTEGER:
    return "an integer";
  case H5T_FLOAT:
    return "a float";
  case H5T_STRING:
    return "text";
  case H5T_COMPOUND:
    return "a compound";
  case H5T_NO_CLASS:
  case H5T_TIME:
  case H5T_BITFIELD:
  case H5T_OPAQUE:
  case H5T_REFERENCE:
  case H5T_ENUM:
  case H5T_VLEN:
  case H5T_ARRAY:
  case H5T_NCLASSES:
    return "something else";
  }
  return "something else";
}

static SimStatus check_type(const SimH5Place *place, const char *what, hid_t dataset,
                            SimNumber number) {
  hid_t type = H5Dget_type(dataset);
  H5T_class_t class = number == SIM_F32 || number == SIM_F64 ? H5T_FLOAT : H5T_INTEGER;
  SimStatus status = SIM_OK;
  if (!sim_h5_type_fits(type, class, sim_number_size(number),
                        number == SIM_I8 || number == SIM_I32 || number == SIM_I64)) {
    status = sim_h5_bad(place, what, "holds %s of %zu bytes, wanted %s",
                        class_name(H5Tget_class(type)), H5Tget_size(type), sim_number_name(number));
  }
  H5Tclose(type);
  return status;
}

SimH5Wanted sim_h5_wanted(SimColumn column) {
  const SimColumnInfo *info = sim_column(column);
  const bool is_state = column == SIM_COLUMN_state;
  return (SimH5Wanted){.number = info->number,
                       .rank = is_state ? 1 : info->rank,
                       .length = {(hsize_t)info->length[0], (hsize_t)info->length[1]}};
}

// Rank and the lengths of a row; *rows is the length of the first axis, *width of the second.
static SimStatus check_shape(const SimH5Place *place, const char *what, hid_t dataset,
                             const SimH5Wanted *wanted, hsize_t *rows, hsize_t *width) {
  hsize_t length[H5S_MAX_RANK] = {0};
  hid_t space = H5Dget_space(dataset);
  int rank = H5Sget_simple_extent_type(space) == H5S_SIMPLE
                 ? H5Sget_simple_extent_dims(space, length, NULL)
                 : 0;
  H5Sclose(space);
  if (rank != 1 + wanted->rank) {
    return sim_h5_bad(place, what, "has %d axes, wanted %d", rank, 1 + wanted->rank);
  }
  for (int i = 0; i < wanted->rank; i++) {
    if (wanted->length[i] == 0 && (length[i + 1] < 1 || length[i + 1] > SIM_H5_STATE_MAX)) {
      return sim_h5_bad(place, what, "has rows of %llu numbers, wanted 1 to %d",
                        (unsigned long long)length[i + 1], SIM_H5_STATE_MAX);
    }
    if (wanted->length[i] != 0 && length[i + 1] != wanted->length[i]) {
      return sim_h5_bad(place, what, "axis %d has length %llu, wanted %llu", i + 1,
                        (unsigned long long)length[i + 1], (unsigned long long)wanted->length[i]);
    }
  }
  if (length[0] > wanted->rows || (length[0] < wanted->rows && !wanted->free)) {
    return sim_h5_bad(place, what, "has %llu rows, wanted %s%llu", (unsigned long long)length[0],
                      wanted->free ? "at most " : "", (unsigned long long)wanted->rows);
  }
  *rows = length[0];
  *width = length[1];
  return SIM_OK;
}

static SimStatus check_set(const SimH5Place *place, const char *what, hid_t dataset,
                           const SimH5Wanted *wanted, hsize_t *rows, hsize_t *width) {
  if (check_type(place, what, dataset, wanted->number) != SIM_OK ||
      check_shape(place, what, dataset, wanted, rows, width) != SIM_OK) {
    return SIM_BAD_INPUT;
  }
  hid_t list = H5Dget_create_plist(dataset);
  SimStatus status =
      check_storage(place, what, dataset, list, *rows, sim_number_size(wanted->number));
  H5Pclose(list);
  return status;
}

hid_t sim_h5_set(const SimH5Place *place, hid_t loc, const char *name, const char *shown,
                 const SimH5Wanted *wanted, hsize_t *rows, hsize_t *width) {
  H5L_info_t link;
  if (H5Lget_info(loc, name, &link, H5P_DEFAULT) < 0) {
    sim_h5_bad(place, shown, "the dataset is missing");
    return -1;
  }
  if (link.type != H5L_TYPE_HARD) {
    sim_h5_bad(place, shown, "is a link to elsewhere, wanted a dataset of this file");
    return -1;
  }
  hid_t set = H5Dopen2(loc, name, H5P_DEFAULT);
  if (set < 0) {
    sim_h5_bad(place, shown, "is not a dataset that can be opened");
    return -1;
  }
  if (check_set(place, shown, set, wanted, rows, width) != SIM_OK) {
    H5Dclose(set);
    return -1;
  }
  return set;
}

SimStatus sim_h5_rows(const SimH5Place *place, hid_t set, const char *shown, SimNumber number,
                      int64_t from, int64_t n, void *data) {
  if (n == 0) {
    return SIM_OK;
  }
  hsize_t length[3] = {0}, start[3] = {(hsize_t)from, 0, 0};
  hid_t space = H5Dget_space(set);
  const int rank = H5Sget_simple_extent_dims(space, length, NULL);
  assert(rank >= 1 && rank <= 3 && (hsize_t)(from + n) <= length[0]);
  length[0] = (hsize_t)n;
  hid_t part = H5Screate_simple(rank, length, NULL);
  bool read = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, length, NULL) >= 0 &&
              H5Dread(set, sim_h5_memory_type(number), part, space, H5P_DEFAULT, data) >= 0;
  H5Sclose(part);
  H5Sclose(space);
  return read ? SIM_OK : sim_h5_bad(place, shown, "the data cannot be read");
}

bool sim_h5_newer(SimColumn column) {
  return column == SIM_COLUMN_strategy_policy || column == SIM_COLUMN_touch_action ||
         column == SIM_COLUMN_touch_probability;
}

void sim_h5_forget(SimRally *rally, SimColumn column) {
  const SimColumnInfo *info = sim_column(column);
  const size_t size = (size_t)rally->n[info->rows] * sim_column_row_size(column, rally);
  float *f32 = sim_column_data(rally, column);
  if (size > 0 && info->number == SIM_U8) {
    memset(f32, UINT8_MAX, size);
    return;
  }
  for (size_t i = 0; i < size / sizeof *f32; i++) {
    f32[i] = NAN;
  }
}

void sim_h5_set_state_size(SimRally *rally, int size) {
  if (rally->state_size != size) {
    rally->state_size = size;
    rally->capacity[SIM_ROWS_SNAPSHOT] = 0;
  }
}
