// Writing for export: the names of the match log, compressed, with a checksum over every chunk.
// Speed does not matter here; the library does all of it. Shuffle with deflate 1 is as small as
// higher levels on noisy float32 motion.
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/h5_internal.h"

enum { CHUNK_ROWS = 1024, DEFLATE = 1 };

struct SimH5Writer {
  hid_t file;
  char *path;
  SimLogInfo info;
  int rallies;
  hid_t text, scalar;
};

static bool write_attribute(hid_t loc, const char *name, hid_t type, hid_t space, hid_t memory,
                            const void *value) {
  hid_t attribute = H5Acreate2(loc, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  bool written = attribute >= 0 && H5Awrite(attribute, memory, value) >= 0;
  return H5Aclose(attribute) >= 0 && written;
}

static bool write_text(const SimH5Writer *writer, hid_t loc, const char *name, const char *text) {
  return write_attribute(loc, name, writer->text, writer->scalar, writer->text, &text);
}

static bool write_list(const SimH5Writer *writer, hid_t loc, const char *name,
                       const char *const *text, int n) {
  hsize_t length = (hsize_t)n;
  hid_t space = H5Screate_simple(1, &length, NULL);
  bool written = write_attribute(loc, name, writer->text, space, writer->text, text);
  H5Sclose(space);
  return written;
}

static bool write_int(const SimH5Writer *writer, hid_t loc, const char *name, int64_t value) {
  return write_attribute(loc, name, H5T_STD_I64LE, writer->scalar, H5T_NATIVE_INT64, &value);
}

static bool write_seed(const SimH5Writer *writer, hid_t loc, uint64_t value) {
  return write_attribute(loc, "seed", H5T_STD_U64LE, writer->scalar, H5T_NATIVE_UINT64, &value);
}

static bool write_top(const SimH5Writer *writer) {
  const SimLogInfo *info = &writer->info;
  hid_t loc = writer->file;
  const struct {
    const char *name, *text;
  } item[] = {{"schema", "hcsp-match"},     {"generator", info->generator},
              {"commit", info->commit},     {"units", "SI"},
              {"frame", info->frame},       {"near", info->near},
              {"far", info->far},           {"near_hash", info->near_hash},
              {"far_hash", info->far_hash}, {"options", info->options},
              {"rules", info->rules},       {"model_hash", info->model_hash}};
  bool written =
      write_int(writer, loc, "schema_version", 1) &&
      write_attribute(loc, "dt", H5T_IEEE_F64LE, writer->scalar, H5T_NATIVE_DOUBLE, &info->dt) &&
      write_seed(writer, loc, info->seed) &&
      write_int(writer, loc, "first_rally", info->first_rally);
  for (size_t i = 0; i < sizeof item / sizeof item[0] && written; i++) {
    written = write_text(writer, loc, item[i].name, item[i].text);
  }
  return written;
}

SimH5Writer *sim_h5_writer_create(const char *path, const SimLogInfo *info, SimError *err) {
  sim_h5_start();
  SimH5Writer *writer = calloc(1, sizeof *writer);
  char *name = strdup(path);
  if (writer == NULL || name == NULL) {
    free(writer);
    free(name);
    sim_error(err, SIM_FAIL, "%s: no memory to write it", path);
    return NULL;
  }
  writer->path = name;
  writer->info = *info;
  writer->text = sim_h5_text_type();
  writer->scalar = H5Screate(H5S_SCALAR);
  // readable since HDF5 1.8
  hid_t list = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_V18);
  H5Pset_file_locking(list, false, true);  // not every file system has locks
  errno = 0;
  writer->file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, list);
  H5Pclose(list);
  if (writer->file >= 0 && write_top(writer)) {
    return writer;
  }
  if (writer->file < 0) {
    sim_error_errno(err, "%s: cannot create the file", path);
  } else {
    sim_error_errno(err, "%s: cannot write the file", path);
  }
  sim_h5_writer_finish(writer, NULL);
  return NULL;
}

static hid_t stored_type(SimNumber number) {
  switch (number) {
  case SIM_F32:
    return H5T_IEEE_F32LE;
  case SIM_F64:
    return H5T_IEEE_F64LE;
  case SIM_U8:
    return H5T_STD_U8LE;
  case SIM_I8:
    return H5T_STD_I8LE;
  case SIM_I32:
    return H5T_STD_I32LE;
  }
  assert(false);
  return -1;
}

// Chunks of whole rows; a column without rows cannot be chunked.
static hid_t creation_list(int rank, const hsize_t *length) {
  hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  if (length[0] > 0) {
    hsize_t chunk[3] = {length[0] < CHUNK_ROWS ? length[0] : CHUNK_ROWS, length[1], length[2]};
    H5Pset_chunk(list, rank, chunk);
    H5Pset_shuffle(list);
    H5Pset_deflate(list, DEFLATE);
    H5Pset_fletcher32(list);
  }
  return list;
}

static bool write_state_names(const SimH5Writer *writer, hid_t dataset) {
  char text[SIM_LOG_TEXT_MAX];
  const char *part[32];
  int n = 0;
  snprintf(text, sizeof text, "%s", writer->info.state_spec);
  char *rest = text, *token;
  while (n < 32 && (token = strsep(&rest, ";")) != NULL) {
    part[n++] = token;
  }
  return write_list(writer, dataset, "columns", part, n) &&
         write_text(writer, dataset, "state_spec", writer->info.state_spec);
}

static bool write_names(const SimH5Writer *writer, hid_t dataset, SimColumn column) {
  const SimColumnInfo *info = sim_column(column);
  const char *name[SIM_SKILL_NAMES_MAX];
  bool written = write_text(writer, dataset, "units", info->units);
  if (info->of != NULL) {
    written =
        written && write_list(writer, dataset, "columns", info->of, info->length[info->rank - 1]);
  }
  if (column == SIM_COLUMN_state) {
    written = written && write_state_names(writer, dataset);
  }
  if (column == SIM_COLUMN_skill) {
    for (int i = 0; i < writer->info.skills; i++) {
      name[i] = writer->info.skill[i];
    }
    written = written && write_list(writer, dataset, "names", name, writer->info.skills);
  }
  if (column == SIM_COLUMN_event_kind) {
    for (int i = 0; i < SIM_EVENT_KINDS; i++) {
      name[i] = sim_event_name((SimEventKind)i);
    }
    written = written && write_list(writer, dataset, "names", name, SIM_EVENT_KINDS);
  }
  return written;
}

static bool write_dataset(const SimH5Writer *writer, hid_t loc, const SimRally *rally,
                          SimColumn column) {
  const SimColumnInfo *info = sim_column(column);
  hsize_t length[3] = {(hsize_t)rally->n[info->rows], (hsize_t)info->length[0],
                       (hsize_t)info->length[1]};
  int rank = 1 + info->rank;
  if (column == SIM_COLUMN_state) {
    rank = 2;
    length[1] = (hsize_t)rally->state_size;
  }
  hid_t space = H5Screate_simple(rank, length, NULL), list = creation_list(rank, length);
  hid_t dataset =
      H5Dcreate2(loc, info->name, stored_type(info->number), space, H5P_DEFAULT, list, H5P_DEFAULT);
  H5Pclose(list);
  H5Sclose(space);
  bool written = dataset >= 0 && write_names(writer, dataset, column);
  if (written && length[0] > 0) {
    written = H5Dwrite(dataset, sim_h5_memory_type(info->number), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       sim_column_data(rally, column)) >= 0;
  }
  return H5Dclose(dataset) >= 0 && written;
}

static bool write_rally_info(const SimH5Writer *writer, hid_t loc, const SimRallyInfo *info) {
  hsize_t two = 2;
  hid_t space = H5Screate_simple(1, &two, NULL);
  bool written =
      write_int(writer, loc, "rally", info->rally) && write_seed(writer, loc, info->seed) &&
      write_text(writer, loc, "server", info->server == SIM_NEAR ? "near" : "far") &&
      write_text(writer, loc, "winner", sim_winner_name(info->winner)) &&
      write_text(writer, loc, "reason", sim_event_name(info->reason)) &&
      write_int(writer, loc, "steps", info->steps) && write_int(writer, loc, "hits", info->hits) &&
      write_attribute(loc, "serve_target", H5T_IEEE_F32LE, space, H5T_NATIVE_FLOAT,
                      info->serve_target);
  H5Sclose(space);
  return written;
}

// A group is made when its first column comes and opened again for the others.
static hid_t open_group(hid_t episode, const char *name) {
  return H5Lexists(episode, name, H5P_DEFAULT) > 0
             ? H5Gopen2(episode, name, H5P_DEFAULT)
             : H5Gcreate2(episode, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

SimStatus sim_h5_writer_add(SimH5Writer *writer, const SimRally *rally, SimError *err) {
  char name[32];
  snprintf(name, sizeof name, "episode_%d", writer->rallies++);
  errno = 0;
  hid_t episode = H5Gcreate2(writer->file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  bool written = episode >= 0 && write_rally_info(writer, episode, &rally->info);
  for (int c = 0; c < SIM_COLUMNS && written; c++) {
    const char *group = sim_column((SimColumn)c)->group;
    hid_t loc = group[0] != '\0' ? open_group(episode, group) : episode;
    written = write_dataset(writer, loc, rally, (SimColumn)c);
    if (loc != episode) {
      H5Gclose(loc);
    }
  }
  if (episode >= 0) {
    H5Gclose(episode);
  }
  return written ? SIM_OK : sim_error_errno(err, "%s: cannot write %s", writer->path, name);
}

SimStatus sim_h5_writer_observations(SimH5Writer *writer, const SimObservations *obs,
                                     SimError *err) {
  char name[48];
  snprintf(name, sizeof name, "episode_%d/observations", writer->rallies - 1);
  const hsize_t length[3] = {(hsize_t)obs->rows, (hsize_t)obs->viewers, (hsize_t)obs->size};
  errno = 0;
  hid_t space = H5Screate_simple(3, length, NULL), list = creation_list(3, length);
  hid_t dataset =
      H5Dcreate2(writer->file, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
  H5Pclose(list);
  H5Sclose(space);
  bool written =
      dataset >= 0 && write_text(writer, dataset, "units", "SI") &&
      write_text(writer, dataset, "layout", sim_obs_name(obs->layout)) &&
      write_text(writer, dataset, "columns_text", sim_obs_columns(obs->layout)) &&
      H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, obs->value) >= 0;
  if (dataset >= 0) {
    written = H5Dclose(dataset) >= 0 && written;
  }
  return written ? SIM_OK : sim_error_errno(err, "%s: cannot write %s", writer->path, name);
}

SimStatus sim_h5_writer_finish(SimH5Writer *writer, SimError *err) {
  errno = 0;
  bool written = true;
  if (writer->file >= 0) {
    written = H5Fflush(writer->file, H5F_SCOPE_LOCAL) >= 0;
    int number = errno;
    written = H5Fclose(writer->file) >= 0 && written;
    errno = number != 0 ? number : errno;
  }
  SimStatus status =
      written ? SIM_OK : sim_error_errno(err, "%s: cannot write the file", writer->path);
  H5Tclose(writer->text);
  H5Sclose(writer->scalar);
  free(writer->path);
  free(writer);
  return status;
}
