// Datasets. The checks follow four planted traps: an external link, a virtual dataset, a dataset
// whose raw storage is another file, and a soft link to one of them. A link that is hard stops the
// first and the last only, hence the creation list is looked at too. Every handle is closed on
// every path, because a leaked property list of a virtual dataset crashes the library at exit.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "sim/record/h5_internal.h"

enum { STATE_SIZE_MAX = 4096, CHUNK_BYTES_MAX = 64 << 20, FILTERS_MAX = 4 };

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
  static const char *const wanted[] = {"float32", "float64", "uint8", "int8", "int32"};
  hid_t type = H5Dget_type(dataset);
  H5T_class_t class = number == SIM_F32 || number == SIM_F64 ? H5T_FLOAT : H5T_INTEGER;
  SimStatus status = SIM_OK;
  if (!sim_h5_type_fits(type, class, sim_number_size(number),
                        number == SIM_I8 || number == SIM_I32)) {
    status = sim_h5_bad(place, what, "holds %s of %zu bytes, wanted %s",
                        class_name(H5Tget_class(type)), H5Tget_size(type), wanted[number]);
  }
  H5Tclose(type);
  return status;
}

// Rank and the lengths of a row; *rows is the length of the first axis, *width of the second.
static SimStatus check_shape(const SimH5Place *place, const char *what, hid_t dataset,
                             SimColumn column, hsize_t *rows, hsize_t *width) {
  const SimColumnInfo *info = sim_column(column);
  hsize_t length[H5S_MAX_RANK] = {0};
  hid_t space = H5Dget_space(dataset);
  int wanted = 1 + (column == SIM_COLUMN_state ? 1 : info->rank);
  int rank = H5Sget_simple_extent_type(space) == H5S_SIMPLE
                 ? H5Sget_simple_extent_dims(space, length, NULL)
                 : 0;
  H5Sclose(space);
  if (rank != wanted) {
    return sim_h5_bad(place, what, "has %d axes, wanted %d", rank, wanted);
  }
  for (int i = 0; i < info->rank; i++) {
    if (length[i + 1] != (hsize_t)info->length[i]) {
      return sim_h5_bad(place, what, "axis %d has length %llu, wanted %d", i + 1,
                        (unsigned long long)length[i + 1], info->length[i]);
    }
  }
  *rows = length[0];
  *width = length[1];
  return SIM_OK;
}

// Most rows that a column of this kind may have; states and steps have exactly that many.
static hsize_t most_rows(const SimRally *rally, SimRows rows) {
  hsize_t steps = (hsize_t)rally->info.steps;
  switch (rows) {
  case SIM_ROWS_STATE:
    return steps + 1;
  case SIM_ROWS_STEP:
    return steps;
  case SIM_ROWS_DECISION:
    return SIM_TEAMS * steps;
  case SIM_ROWS_EVENT:
    return SIM_EVENTS_MAX * steps;
  case SIM_ROWS_SNAPSHOT:
    return steps / SIM_SNAPSHOT_STEPS + 1;
  case SIM_ROWS_KINDS:
    break;
  }
  assert(false);
  return 0;
}

// The number of rows is that of the column's siblings.
static SimStatus check_rows(const SimH5Place *place, const char *what, SimRally *rally,
                            SimRows rows, hsize_t seen) {
  bool free = rows == SIM_ROWS_DECISION || rows == SIM_ROWS_EVENT;
  hsize_t most = most_rows(rally, rows);
  if (rally->n[rows] >= 0) {
    most = (hsize_t)rally->n[rows];
    free = false;
  }
  if (seen > most || (seen < most && !free)) {
    return sim_h5_bad(place, what, "has %llu rows, wanted %s%llu", (unsigned long long)seen,
                      free ? "at most " : "", (unsigned long long)most);
  }
  rally->n[rows] = (int)seen;
  return SIM_OK;
}

static SimStatus read_open_dataset(const SimH5Place *place, const char *what, hid_t dataset,
                                   SimRally *rally, SimColumn column) {
  const SimColumnInfo *info = sim_column(column);
  hsize_t rows = 0, width = 0;
  if (check_type(place, what, dataset, info->number) != SIM_OK ||
      check_shape(place, what, dataset, column, &rows, &width) != SIM_OK ||
      check_rows(place, what, rally, info->rows, rows) != SIM_OK) {
    return SIM_BAD_INPUT;
  }
  if (column == SIM_COLUMN_state) {
    if (width < 1 || width > STATE_SIZE_MAX) {
      return sim_h5_bad(place, what, "has rows of %llu numbers, wanted 1 to %d",
                        (unsigned long long)width, STATE_SIZE_MAX);
    }
    // rows of another length need other arrays
    if (rally->state_size != (int)width) {
      rally->state_size = (int)width;
      rally->capacity[SIM_ROWS_SNAPSHOT] = 0;
    }
  }
  size_t bytes = sim_column_row_size(column, rally) * (size_t)rows;
  hid_t list = H5Dget_create_plist(dataset);
  SimStatus status =
      check_storage(place, what, dataset, list, bytes, sim_number_size(info->number));
  H5Pclose(list);
  if (status == SIM_OK) {
    status = sim_rally_reserve(rally, info->rows, (int)rows, place->err);
  }
  if (status == SIM_OK && bytes > 0 &&
      H5Dread(dataset, sim_h5_memory_type(info->number), H5S_ALL, H5S_ALL, H5P_DEFAULT,
              sim_column_data(rally, column)) < 0) {
    status = sim_h5_bad(place, what, "the data cannot be read");
  }
  return status;
}

static SimStatus read_dataset(const SimH5Place *place, hid_t loc, SimRally *rally,
                              SimColumn column) {
  const SimColumnInfo *info = sim_column(column);
  char what[64];
  snprintf(what, sizeof what, "%s%s%s", info->group, info->group[0] != '\0' ? "/" : "", info->name);
  H5L_info_t link;
  if (H5Lget_info(loc, info->name, &link, H5P_DEFAULT) < 0) {
    return sim_h5_bad(place, what, "the dataset is missing");
  }
  if (link.type != H5L_TYPE_HARD) {
    return sim_h5_bad(place, what, "is a link to elsewhere, wanted a dataset of this file");
  }
  hid_t dataset = H5Dopen2(loc, info->name, H5P_DEFAULT);
  if (dataset < 0) {
    return sim_h5_bad(place, what, "is not a dataset that can be opened");
  }
  SimStatus status = read_open_dataset(place, what, dataset, rally, column);
  H5Dclose(dataset);
  return status;
}

SimStatus sim_h5_columns(const SimH5Place *place, hid_t episode, SimRally *rally) {
  hid_t group = -1;
  const char *open = "";
  SimStatus status = SIM_OK;
  for (int c = 0; c < SIM_COLUMNS && status == SIM_OK; c++) {
    const char *name = sim_column((SimColumn)c)->group;
    if (strcmp(name, open) != 0) {
      if (group >= 0) {
        H5Gclose(group);
      }
      open = name;
      group = name[0] != '\0' ? sim_h5_group(place, episode, name, name) : -1;
      if (name[0] != '\0' && group < 0) {
        return SIM_BAD_INPUT;
      }
    }
    status = read_dataset(place, group >= 0 ? group : episode, rally, (SimColumn)c);
  }
  if (group >= 0) {
    H5Gclose(group);
  }
  return status;
}
