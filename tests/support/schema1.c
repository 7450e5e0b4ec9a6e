// Schema 1 as it was written until schema 2, here by the HDF5 library alone: a group for each
// rally.
#include "tests/support/schema1.h"

#include <assert.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/schema1.h"

typedef struct Writer {
  hid_t file;
  SimLogInfo info;
  int rallies;
  hid_t text, scalar;
} Writer;

static bool write_attribute(hid_t loc, const char *name, hid_t type, hid_t space, hid_t memory,
                            const void *value) {
  hid_t attribute = H5Acreate2(loc, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  bool written = attribute >= 0 && H5Awrite(attribute, memory, value) >= 0;
  return H5Aclose(attribute) >= 0 && written;
}

static bool write_text(const Writer *writer, hid_t loc, const char *name, const char *text) {
  return write_attribute(loc, name, writer->text, writer->scalar, writer->text, &text);
}

static bool write_list(const Writer *writer, hid_t loc, const char *name, const char *const *text,
                       int n) {
  hsize_t length = (hsize_t)n;
  hid_t space = H5Screate_simple(1, &length, NULL);
  bool written = write_attribute(loc, name, writer->text, space, writer->text, text);
  H5Sclose(space);
  return written;
}

static bool write_int(const Writer *writer, hid_t loc, const char *name, int64_t value) {
  return write_attribute(loc, name, H5T_STD_I64LE, writer->scalar, H5T_NATIVE_INT64, &value);
}

static bool write_seed(const Writer *writer, hid_t loc, uint64_t value) {
  return write_attribute(loc, "seed", H5T_STD_U64LE, writer->scalar, H5T_NATIVE_UINT64, &value);
}

static bool write_top(const Writer *writer) {
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
  case SIM_I64:
  case SIM_U64:
    break;  // no column of a rally
  }
  assert(false);
  return -1;
}

static bool write_state_names(const Writer *writer, hid_t dataset) {
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

static bool write_names(const Writer *writer, hid_t dataset, SimColumn column) {
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

static bool write_dataset(const Writer *writer, hid_t loc, const SimRally *rally,
                          SimColumn column) {
  const SimColumnInfo *info = sim_column(column);
  hsize_t length[3] = {(hsize_t)rally->n[info->rows], (hsize_t)info->length[0],
                       (hsize_t)info->length[1]};
  int rank = 1 + info->rank;
  if (column == SIM_COLUMN_state) {
    rank = 2;
    length[1] = (hsize_t)rally->state_size;
  }
  hid_t space = H5Screate_simple(rank, length, NULL);
  hid_t dataset = H5Dcreate2(loc, sim_schema1(column)->name, stored_type(info->number), space,
                             H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Sclose(space);
  bool written = dataset >= 0 && write_names(writer, dataset, column);
  if (written && length[0] > 0) {
    written = H5Dwrite(dataset, stored_type(info->number), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       sim_column_data(rally, column)) >= 0;
  }
  return H5Dclose(dataset) >= 0 && written;
}

static bool write_rally_info(const Writer *writer, hid_t loc, const SimRallyInfo *info) {
  // drawn, and used by nobody
  const float draw[2] = {5.5f, -0.25f};
  hsize_t two = 2;
  hid_t space = H5Screate_simple(1, &two, NULL);
  bool written =
      write_int(writer, loc, "rally", info->rally) && write_seed(writer, loc, info->seed) &&
      write_text(writer, loc, "server", info->server == SIM_NEAR ? "near" : "far") &&
      write_text(writer, loc, "winner", sim_winner_name(info->winner)) &&
      write_text(writer, loc, "reason", sim_event_name(info->reason)) &&
      write_int(writer, loc, "steps", info->steps) && write_int(writer, loc, "hits", info->hits) &&
      write_attribute(loc, "serve_target", H5T_IEEE_F32LE, space, H5T_NATIVE_FLOAT, draw);
  H5Sclose(space);
  return written;
}

// A group is made when its first column comes and opened again for the others.
static hid_t open_group(hid_t episode, const char *name) {
  return H5Lexists(episode, name, H5P_DEFAULT) > 0
             ? H5Gopen2(episode, name, H5P_DEFAULT)
             : H5Gcreate2(episode, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

static bool add(Writer *writer, const SimRally *rally) {
  char name[32];
  snprintf(name, sizeof name, "episode_%d", writer->rallies++);
  hid_t episode = H5Gcreate2(writer->file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  bool written = episode >= 0 && write_rally_info(writer, episode, &rally->info);
  for (int c = 0; c < SIM_COLUMNS && written; c++) {
    const SimSchema1 *at = sim_schema1((SimColumn)c);
    if (at != NULL) {
      hid_t loc = at->group[0] != '\0' ? open_group(episode, at->group) : episode;
      written = write_dataset(writer, loc, rally, (SimColumn)c);
      if (loc != episode) {
        H5Gclose(loc);
      }
    }
  }
  H5Gclose(episode);
  return written;
}

void test_write_schema1(const char *path, const SimLogInfo *info, const SimRally *rally, int n) {
  Writer writer = {.info = *info};
  writer.text = H5Tcopy(H5T_C_S1);
  H5Tset_size(writer.text, H5T_VARIABLE);
  H5Tset_cset(writer.text, H5T_CSET_UTF8);
  writer.scalar = H5Screate(H5S_SCALAR);
  hid_t list = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_V18);
  writer.file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, list);
  H5Pclose(list);
  bool written = writer.file >= 0 && write_top(&writer);
  for (int i = 0; i < n && written; i++) {
    written = add(&writer, &rally[i]);
  }
  written = writer.file >= 0 && H5Fclose(writer.file) >= 0 && written;
  H5Sclose(writer.scalar);
  H5Tclose(writer.text);
  if (!written) {
    abort();
  }
}
