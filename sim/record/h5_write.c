// Writing schema 2, for shards and for export: one dataset per column. A shard is contiguous and
// its sizes are known when it is made: the library makes the file in memory without the numbers,
// says where they belong, and they are copied there once. An export is a compressed file on disk
// that grows by one rally at a time: shuffle with deflate 1 is as small as higher levels on noisy
// float32 motion, and speed does not matter there.
//
// Files of the same rallies are the same bytes: no times are stored.
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/record/h5_internal.h"

enum {
  CHUNK_ROWS = 1024,
  DEFLATE = 1,
  COMPACT_MAX = 64,      // links of a group, attributes of an object, that stay in its header
  META_BLOCK = 1 << 17,  // headers and names of a shard lie together
};

// --- attributes

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

// A list of names of one size in memory; an empty one is left out.
static bool write_names(const SimH5Writer *writer, hid_t loc, const char *name, const char *first,
                        size_t size, int n) {
  const char *text[SIM_SKILL_NAMES_MAX];
  assert(n <= SIM_SKILL_NAMES_MAX);
  for (int i = 0; i < n; i++) {
    text[i] = first + (size_t)i * size;
  }
  return n == 0 || write_list(writer, loc, name, text, n);
}

static bool write_int(const SimH5Writer *writer, hid_t loc, const char *name, int64_t value) {
  return write_attribute(loc, name, H5T_STD_I64LE, writer->scalar, H5T_NATIVE_INT64, &value);
}

static bool write_top(const SimH5Writer *writer) {
  const SimLogInfo *info = &writer->info;
  hid_t loc = writer->file;
  const struct {
    const char *name, *text;
  } item[] = {{"schema", "hcsp-match"},
              {"generator", info->generator},
              {"commit", info->commit},
              {"units", "SI"},
              {"frame", info->frame},
              {"near", info->near},
              {"far", info->far},
              {"near_hash", info->near_hash},
              {"far_hash", info->far_hash},
              {"options", info->options},
              {"rules", info->rules},
              {"model_hash", info->model_hash},
              {"physics", info->physics},
              {"world", info->world},
              {"world_hash", info->world_hash}};
  bool written =
      write_int(writer, loc, "schema_version", SIM_LOG_SCHEMA) &&
      write_attribute(loc, "dt", H5T_IEEE_F64LE, writer->scalar, H5T_NATIVE_DOUBLE, &info->dt) &&
      write_attribute(loc, "seed", H5T_STD_U64LE, writer->scalar, H5T_NATIVE_UINT64, &info->seed) &&
      write_int(writer, loc, "first_rally", info->first_rally);
  for (size_t i = 0; i < sizeof item / sizeof item[0] && written; i++) {
    written = write_text(writer, loc, item[i].name, item[i].text);
  }
  for (int team = 0; team < SIM_TEAMS && written; team++) {
    written =
        write_names(writer, loc, team == SIM_NEAR ? "near_policies" : "far_policies",
                    info->policy[team][0], sizeof info->policy[team][0], info->policies[team]);
  }
  return written;
}

// --- datasets

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
    return H5T_STD_I64LE;
  case SIM_U64:
    return H5T_STD_U64LE;
  }
  assert(false);
  return -1;
}

// Contiguous of `rows` rows, which have their place and no numbers yet, or compressed in chunks of
// whole rows, without rows yet.
static hid_t create_set(const SimH5Writer *writer, hid_t loc, const char *name, hid_t type,
                        int rank, const hsize_t *length) {
  hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_obj_track_times(list, false);
  H5Pset_attr_phase_change(list, COMPACT_MAX, 0);
  hsize_t now[3] = {0}, most[3] = {0}, chunk[3] = {0};
  for (int i = 0; i < rank; i++) {
    now[i] = most[i] = chunk[i] = length[i];
  }
  if (!writer->compressed) {
    H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
  } else {
    now[0] = 0;
    most[0] = H5S_UNLIMITED;
    chunk[0] = CHUNK_ROWS;
    H5Pset_chunk(list, rank, chunk);
    H5Pset_shuffle(list);
    H5Pset_deflate(list, DEFLATE);
    H5Pset_fletcher32(list);
  }
  hid_t space = H5Screate_simple(rank, now, most);
  hid_t set = H5Dcreate2(loc, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
  H5Sclose(space);
  H5Pclose(list);
  return set;
}

static const char *axis0_of(SimRows rows) {
  switch (rows) {
  case SIM_ROWS_STATE:
    return "state rows 0 to T of each rally, one rally after the other";
  case SIM_ROWS_STEP:
    return "steps from state rows 0 to T - 1 of each rally, and one row of padding after them";
  case SIM_ROWS_DECISION:
  case SIM_ROWS_EVENT:
  case SIM_ROWS_TOUCH:
    return "in order of time, one rally after the other";
  case SIM_ROWS_SNAPSHOT:
    return "every 100 steps, one rally after the other";
  case SIM_ROWS_KINDS:
    return "rallies in order of their numbers";
  }
  assert(false);
  return "";
}

static bool describe(const SimH5Writer *writer, hid_t set, const SimColumnInfo *info) {
  bool written = write_text(writer, set, "description", info->description) &&
                 write_text(writer, set, "units", info->units) &&
                 write_text(writer, set, "axis0", axis0_of(info->rows));
  if (info->frame[0] != '\0') {
    written = written && write_text(writer, set, "frame", info->frame);
  }
  if (info->range[0] != '\0') {
    written = written && write_text(writer, set, "range", info->range);
  }
  for (int axis = 0; axis < info->rank && written; axis++) {
    const bool last = axis == info->rank - 1;
    written = write_list(writer, set, axis == 0 ? "axis1" : "axis2",
                         last ? info->of : sim_axis_drones(), info->length[axis]);
  }
  return written;
}

static bool write_events(const SimH5Writer *writer, hid_t set) {
  const char *name[SIM_EVENT_KINDS];
  for (int i = 0; i < SIM_EVENT_KINDS; i++) {
    name[i] = sim_event_name((SimEventKind)i);
  }
  return write_list(writer, set, "names", name, SIM_EVENT_KINDS);
}

// Parts of a state row become a list: "integration 203;rotor 24" -> two names.
static bool write_state_names(const SimH5Writer *writer, hid_t set) {
  char text[SIM_LOG_TEXT_MAX];
  const char *part[32];
  int n = 0;
  snprintf(text, sizeof text, "%s", writer->info.state_spec);
  char *rest = text, *token;
  while (n < 32 && (token = strsep(&rest, ";")) != NULL) {
    part[n++] = token;
  }
  return write_list(writer, set, "axis1", part, n) &&
         write_text(writer, set, "state_spec", writer->info.state_spec);
}

static bool write_options(const SimH5Writer *writer, hid_t set, int first) {
  const SimLogInfo *info = &writer->info;
  bool written = true;
  for (int team = 0; team < SIM_TEAMS; team++) {
    for (int head = first; head < first + SIM_LOG_HEADS_SPLIT && written; head++) {
      char name[64];
      sim_h5_option_attribute(name, team, head);
      written = write_names(writer, set, name, info->option[team][head][0],
                            sizeof info->option[team][head][0], info->options_of[team][head]);
    }
  }
  return written;
}

static bool describe_column(const SimH5Writer *writer, hid_t set, SimColumn column) {
  if (!describe(writer, set, sim_column(column))) {
    return false;
  }
  switch (column) {
  case SIM_COLUMN_state:
    return write_state_names(writer, set);
  case SIM_COLUMN_event_kind:
    return write_events(writer, set);
  case SIM_COLUMN_strategy_action:
    return write_options(writer, set, 0);
  case SIM_COLUMN_touch_action:
    return write_options(writer, set, SIM_LOG_HEADS_SPLIT);
  case SIM_COLUMN_skill:
    return write_names(writer, set, "names", writer->info.skill[0], sizeof writer->info.skill[0],
                       writer->info.skills);
  default:
    return true;
  }
}

static hid_t open_table(const SimH5Writer *writer, SimRows rows) {
  hid_t list = H5Pcreate(H5P_GROUP_CREATE);
  H5Pset_obj_track_times(list, false);
  H5Pset_link_phase_change(list, COMPACT_MAX, 0);
  hid_t group = H5Gcreate2(writer->file, sim_rows_table(rows), H5P_DEFAULT, list, H5P_DEFAULT);
  H5Pclose(list);
  return group;
}

static const SimColumnInfo kKey = {.name = "rally",
                                   .number = SIM_I64,
                                   .units = "1",
                                   .frame = "",
                                   .range = "",
                                   .description = "number of the rally it belongs to"};

// The tables with their columns, for that many rows.
bool sim_h5_writer_tables(SimH5Writer *writer, const hsize_t rows[SIM_H5_TABLES]) {
  bool made = true;
  for (int t = 0; t < SIM_H5_TABLES && made; t++) {
    const SimRows kind = sim_h5_table_rows(t);
    writer->table[t] = open_table(writer, kind);
    made = writer->table[t] >= 0;
    if (made && kind != SIM_ROWS_KINDS) {
      SimColumnInfo key = kKey;
      key.rows = kind;
      writer->key[t] =
          create_set(writer, writer->table[t], kKey.name, stored_type(kKey.number), 1, &rows[t]);
      made = writer->key[t] >= 0 && describe(writer, writer->key[t], &key);
    }
  }
  for (int c = 0; c < SIM_COLUMNS && made; c++) {
    const SimColumnInfo *info = sim_column((SimColumn)c);
    const int t = sim_h5_table(info->rows);
    const bool is_state = c == SIM_COLUMN_state;
    const hsize_t length[3] = {rows[t], (hsize_t)(is_state ? writer->state_size : info->length[0]),
                               (hsize_t)info->length[1]};
    writer->set[c] = create_set(writer, writer->table[t], info->name, stored_type(info->number),
                                1 + (is_state ? 1 : info->rank), length);
    made = writer->set[c] >= 0 && describe_column(writer, writer->set[c], (SimColumn)c);
  }
  return made;
}

// --- rows

// Rows `from` .. `from + n - 1`, which become the last ones of a compressed set.
static bool write_rows(hid_t set, hid_t memory, int64_t from, int64_t n, const void *data) {
  if (n == 0) {
    return true;
  }
  hid_t space = H5Dget_space(set);
  hsize_t length[3], start[3] = {(hsize_t)from, 0, 0};
  const int rank = H5Sget_simple_extent_dims(space, length, NULL);
  length[0] = (hsize_t)(from + n);
  bool written = H5Dset_extent(set, length) >= 0;
  H5Sclose(space);
  space = H5Dget_space(set);
  length[0] = (hsize_t)n;
  hid_t part = H5Screate_simple(rank, length, NULL);
  written = written && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, length, NULL) >= 0 &&
            H5Dwrite(set, memory, part, space, H5P_DEFAULT, data) >= 0;
  H5Sclose(part);
  H5Sclose(space);
  return written;
}

static int64_t table_rows(const SimRally *rally, int table) {
  const SimRows rows = sim_h5_table_rows(table);
  return rows < SIM_ROWS_KINDS ? rally->n[rows] : 1;
}

// The row behind a rally's last step: no number, no skill, no reward.
void sim_h5_pad(void *out, SimColumn column, size_t size) {
  const SimColumnInfo *info = sim_column(column);
  memset(out, column == SIM_COLUMN_skill ? SIM_SKILL_FLAT : 0, size);
  for (size_t at = 0; info->number == SIM_F32 && column != SIM_COLUMN_rewards && at < size;
       at += sizeof(float)) {
    const float none = NAN;
    memcpy((char *)out + at, &none, sizeof none);
  }
}

static bool write_column(SimH5Writer *writer, SimColumn column, const SimRally *rally) {
  const SimColumnInfo *info = sim_column(column);
  const int t = sim_h5_table(info->rows);
  const hid_t memory = sim_h5_memory_type(info->number);
  const size_t size = sim_column_row_size(column, rally);
  const int n = rally->n[info->rows];
  bool written =
      write_rows(writer->set[column], memory, writer->rows[t], n, sim_column_data(rally, column));
  if (info->rows == SIM_ROWS_STEP && written) {
    char last[SIM_H5_ROW_MAX];
    assert(size <= sizeof last);
    sim_h5_pad(last, column, size);
    written = write_rows(writer->set[column], memory, writer->rows[t] + n, 1, last);
  }
  return written;
}

static bool write_key(SimH5Writer *writer, int table, const SimRally *rally) {
  const int64_t n = table_rows(rally, table);
  int64_t *number = malloc((size_t)(n + 1) * sizeof *number);
  for (int64_t k = 0; number != NULL && k < n; k++) {
    number[k] = rally->info.rally;
  }
  const bool written = number != NULL && write_rows(writer->key[table], H5T_NATIVE_INT64,
                                                    writer->rows[table], n, number);
  free(number);
  return written;
}

bool sim_h5_writer_note(SimH5Writer *writer, const SimRallyInfo *rally,
                        const int64_t rows[SIM_H5_TABLES]) {
  if (writer->rallies == writer->capacity) {
    const int capacity = 2 * writer->rallies + SIM_SHARD_RALLIES;
    SimRallyInfo *info = realloc(writer->rally, (size_t)capacity * sizeof *info);
    writer->rally = info != NULL ? info : writer->rally;
    int64_t *first = realloc(writer->first_step, (size_t)capacity * sizeof *first);
    writer->first_step = first != NULL ? first : writer->first_step;
    if (info == NULL || first == NULL) {
      return false;
    }
    writer->capacity = capacity;
  }
  writer->rally[writer->rallies] = *rally;
  writer->first_step[writer->rallies++] = writer->rows[sim_h5_table(SIM_ROWS_STATE)];
  for (int t = 0; t < SIM_H5_TABLES; t++) {
    writer->rows[t] += rows[t];
  }
  return true;
}

static bool add_rally(SimH5Writer *writer, const SimRally *rally) {
  bool written = true;
  for (int c = 0; c < SIM_COLUMNS && written; c++) {
    written = write_column(writer, (SimColumn)c, rally);
  }
  for (int t = 0; t < SIM_H5_TABLES && written; t++) {
    written = writer->key[t] < 0 || write_key(writer, t, rally);
  }
  int64_t rows[SIM_H5_TABLES];
  for (int t = 0; t < SIM_H5_TABLES; t++) {
    rows[t] = table_rows(rally, t);
  }
  return written && sim_h5_writer_note(writer, &rally->info, rows);
}

// --- the table of rallies

void sim_h5_fill_rallies(void *out, const SimH5Writer *writer, SimRalliesColumn column) {
  int64_t *i64 = out;
  uint64_t *u64 = out;
  int32_t *i32 = out;
  uint8_t *u8 = out;
  float *f32 = out;
  for (int i = 0; i < writer->rallies; i++) {
    const SimRallyInfo *info = &writer->rally[i];
    switch (column) {
    case SIM_RALLIES_rally:
      i64[i] = info->rally;
      break;
    case SIM_RALLIES_seed:
      u64[i] = info->seed;
      break;
    case SIM_RALLIES_server:
      u8[i] = (uint8_t)info->server;
      break;
    case SIM_RALLIES_winner:
      u8[i] = (uint8_t)info->winner;
      break;
    case SIM_RALLIES_reason:
      u8[i] = (uint8_t)info->reason;
      break;
    case SIM_RALLIES_first_step:
      i64[i] = writer->first_step[i];
      break;
    case SIM_RALLIES_steps:
      i32[i] = info->steps;
      break;
    case SIM_RALLIES_hits:
      i32[i] = info->hits;
      break;
    case SIM_RALLIES_serve_target:
      memcpy(f32 + 2 * i, info->serve_target, sizeof info->serve_target);
      break;
    case SIM_RALLIES_COLUMN_COUNT:
      break;
    }
  }
}

static bool describe_rallies(const SimH5Writer *writer, hid_t set, SimRalliesColumn column) {
  static const char *const team[] = {"near", "far", "draw"};
  if (!describe(writer, set, sim_rallies_column(column))) {
    return false;
  }
  switch (column) {
  case SIM_RALLIES_server:
    return write_list(writer, set, "names", team, 2);
  case SIM_RALLIES_winner:
    return write_list(writer, set, "names", team, 3);
  case SIM_RALLIES_reason:
    return write_events(writer, set);
  default:
    return true;
  }
}

bool sim_h5_writer_rallies(SimH5Writer *writer, hsize_t rows) {
  const hid_t table = writer->table[sim_h5_table(SIM_ROWS_KINDS)];
  bool made = true;
  for (int c = 0; c < SIM_RALLIES_COLUMN_COUNT && made; c++) {
    const SimColumnInfo *info = sim_rallies_column((SimRalliesColumn)c);
    const hsize_t length[2] = {rows, (hsize_t)info->length[0]};
    writer->about[c] =
        create_set(writer, table, info->name, stored_type(info->number), 1 + info->rank, length);
    made = writer->about[c] >= 0 && describe_rallies(writer, writer->about[c], (SimRalliesColumn)c);
  }
  return made;
}

static bool write_rallies(SimH5Writer *writer) {
  double *value = calloc((size_t)writer->rallies + 1, sizeof *value);  // the largest row: 8 bytes
  bool written = value != NULL && sim_h5_writer_rallies(writer, 0);
  for (int c = 0; c < SIM_RALLIES_COLUMN_COUNT && written; c++) {
    const SimNumber number = sim_rallies_column((SimRalliesColumn)c)->number;
    sim_h5_fill_rallies(value, writer, (SimRalliesColumn)c);
    written = write_rows(writer->about[c], sim_h5_memory_type(number), 0, writer->rallies, value);
  }
  free(value);
  return written;
}

// --- files

SimH5Writer *sim_h5_writer_new(const char *path, const SimLogInfo *info, bool compressed,
                               SimError *err) {
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
  writer->compressed = compressed;
  writer->text = sim_h5_text_type();
  writer->scalar = H5Screate(H5S_SCALAR);
  writer->file = writer->obs = -1;
  for (int t = 0; t < SIM_H5_TABLES; t++) {
    writer->table[t] = writer->key[t] = -1;
  }
  for (int c = 0; c < SIM_COLUMNS; c++) {
    writer->set[c] = -1;
  }
  for (int c = 0; c < SIM_RALLIES_COLUMN_COUNT; c++) {
    writer->about[c] = -1;
  }
  return writer;
}

bool sim_h5_writer_open(SimH5Writer *writer, const char *name, hid_t list) {
  hid_t create = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_obj_track_times(create, false);
  H5Pset_attr_phase_change(create, COMPACT_MAX, 0);
  H5Pset_link_phase_change(create, COMPACT_MAX, 0);
  // readable since HDF5 1.8
  H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_V18);
  H5Pset_file_locking(list, false, true);  // not every file system has locks
  H5Pset_meta_block_size(list, META_BLOCK);
  errno = 0;
  writer->file = H5Fcreate(name, H5F_ACC_TRUNC, create, list);
  H5Pclose(list);
  H5Pclose(create);
  return writer->file >= 0 && write_top(writer);
}

static void close_set(hid_t *set, bool *written) {
  if (*set >= 0) {
    *written = H5Dclose(*set) >= 0 && *written;
    *set = -1;
  }
}

bool sim_h5_writer_close_objects(SimH5Writer *writer) {
  bool written = true;
  close_set(&writer->obs, &written);
  for (int c = 0; c < SIM_COLUMNS; c++) {
    close_set(&writer->set[c], &written);
  }
  for (int c = 0; c < SIM_RALLIES_COLUMN_COUNT; c++) {
    close_set(&writer->about[c], &written);
  }
  for (int t = 0; t < SIM_H5_TABLES; t++) {
    close_set(&writer->key[t], &written);
    if (writer->table[t] >= 0) {
      written = H5Gclose(writer->table[t]) >= 0 && written;
      writer->table[t] = -1;
    }
  }
  return written;
}

void sim_h5_writer_free(SimH5Writer *writer) {
  H5Tclose(writer->text);
  H5Sclose(writer->scalar);
  free(writer->rally);
  free(writer->first_step);
  free(writer->path);
  free(writer);
}

SimH5Writer *sim_h5_writer_create(const char *path, const SimLogInfo *info, SimError *err) {
  SimH5Writer *writer = sim_h5_writer_new(path, info, true, err);
  if (writer == NULL || sim_h5_writer_open(writer, path, H5Pcreate(H5P_FILE_ACCESS))) {
    return writer;
  }
  sim_error_errno(err, "%s: cannot %s the file", path, writer->file < 0 ? "create" : "write");
  sim_h5_writer_finish(writer, NULL);
  return NULL;
}

SimStatus sim_h5_writer_add(SimH5Writer *writer, SimRally *rally, SimError *err) {
  static const hsize_t none[SIM_H5_TABLES] = {0};
  const bool first = writer->rallies == 0;
  if (!first && rally->state_size != writer->state_size) {
    return sim_error(err, SIM_BAD_INPUT,
                     "rally %lld: has states of %d numbers, wanted %d as in the rallies before",
                     (long long)rally->info.rally, rally->state_size, writer->state_size);
  }
  errno = 0;
  writer->state_size = rally->state_size;
  const bool written = (!first || sim_h5_writer_tables(writer, none)) && add_rally(writer, rally);
  return written ? SIM_OK
                 : sim_error_errno(err, "%s: cannot write rally %lld", writer->path,
                                   (long long)rally->info.rally);
}

static bool write_doubles(hid_t loc, const char *name, const double *value, int n) {
  const hsize_t length = (hsize_t)n;
  hid_t space = H5Screate_simple(1, &length, NULL);
  const bool written = write_attribute(loc, name, H5T_IEEE_F64LE, space, H5T_NATIVE_DOUBLE, value);
  H5Sclose(space);
  return written;
}

// What each column is: name, unit, how to get back to it.
static bool describe_observations(const SimH5Writer *writer, hid_t set, SimLayout layout) {
  static const char *const ATTRIBUTE[] = {"axis2", "column_units", "column_form"};
  SimObsColumn column[SIM_OBS_MAX];
  const char *text[3][SIM_OBS_MAX];
  double scale[SIM_OBS_MAX], offset[SIM_OBS_MAX];
  const int n = sim_obs_size(layout);
  for (int i = 0; i < n; i++) {
    sim_obs_column(&column[i], layout, i);
    text[0][i] = column[i].name;
    text[1][i] = column[i].units;
    text[2][i] = column[i].form;
    scale[i] = column[i].scale;
    offset[i] = column[i].offset;
  }
  bool written = write_doubles(set, "column_scale", scale, n) &&
                 write_doubles(set, "column_offset", offset, n);
  for (int i = 0; i < 3 && written; i++) {
    written = write_list(writer, set, ATTRIBUTE[i], text[i], n);
  }
  return written;
}

static bool create_observations(SimH5Writer *writer, const SimObservations *obs) {
  const hsize_t length[3] = {0, (hsize_t)obs->viewers, (hsize_t)obs->size};
  static const char *const team[] = {"near", "far"};
  hid_t set = create_set(writer, writer->table[sim_h5_table(SIM_ROWS_STATE)], "observations",
                         H5T_IEEE_F32LE, 3, length);
  writer->obs = set;
  return set >= 0 &&
         write_text(writer, set, "description",
                    "what each drone, or each team's strategy, saw in this row") &&
         write_text(writer, set, "units",
                    "value * column_scale + column_offset is in column_units") &&
         write_text(writer, set, "frame", "of the team that sees") &&
         write_text(writer, set, "axis0", axis0_of(SIM_ROWS_STATE)) &&
         write_list(writer, set, "axis1", obs->viewers == SIM_TEAMS ? team : sim_axis_drones(),
                    obs->viewers) &&
         write_text(writer, set, "layout", sim_obs_name(obs->layout)) &&
         write_text(writer, set, "columns_text", sim_obs_columns(obs->layout)) &&
         describe_observations(writer, set, obs->layout);
}

SimStatus sim_h5_writer_observations(SimH5Writer *writer, const SimObservations *obs,
                                     SimError *err) {
  errno = 0;
  const int64_t all = writer->rows[sim_h5_table(SIM_ROWS_STATE)];
  const bool written =
      (writer->obs >= 0 || create_observations(writer, obs)) &&
      write_rows(writer->obs, H5T_NATIVE_FLOAT, all - obs->rows, obs->rows, obs->value);
  return written ? SIM_OK : sim_error_errno(err, "%s: cannot write observations", writer->path);
}

SimStatus sim_h5_writer_finish(SimH5Writer *writer, SimError *err) {
  errno = 0;
  bool written = true;
  int number = 0;
  if (writer->file >= 0) {
    written = writer->rallies == 0 || write_rallies(writer);
    written = sim_h5_writer_close_objects(writer) && written;
    written = H5Fflush(writer->file, H5F_SCOPE_LOCAL) >= 0 && written;
    number = errno;
    written = H5Fclose(writer->file) >= 0 && written;
    errno = number != 0 ? number : errno;
  }
  SimStatus status =
      written ? SIM_OK : sim_error_errno(err, "%s: cannot write the file", writer->path);
  sim_h5_writer_free(writer);
  return status;
}
