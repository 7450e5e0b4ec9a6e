// Match logs: what is written is read back number for number, with exactly the names, shapes, types
// and attributes of the format; raw calls of the HDF5 library are the second opinion.
#include "tests/support/check.h"

#include <errno.h>
#include <hdf5.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/record/dictionary.h"
#include "sim/record/index.h"
#include "sim/record/reader.h"
#include "tests/support/rallies.h"

// Takes the place of the C library's for everything in this process, the HDF5 library included.
static bool g_locks_missing = false;
int flock(int fd, int operation) {
  if (g_locks_missing) {
    errno = ENOLCK;
    return -1;
  }
  return (int)syscall(SYS_flock, fd, operation);
}

// A new folder with n rallies in it.
static void record(const char *folder, int n, int parallel) {
  SimLogInfo info;
  SimError err;
  char command[256];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(system(command), 0);
  test_log_info(&info);
  SimRecorder *recorder = sim_recorder_create(folder, &info, TEST_STATE_SIZE, &err);
  assert_non_null(recorder);
  assert_ok(test_record_rallies(recorder, 0, n, parallel, &err), &err);
  assert_ok(sim_recorder_finish(recorder, &err), &err);
  assert_int_equal(sim_recorder_rallies(recorder), n);
  sim_recorder_destroy(recorder);
}

static void check_rallies(const char *path, int n) {
  SimError err = {.text = ""};
  SimLog *log = sim_log_open(path, &err);
  assert_string_equal(err.text, "");
  assert_non_null(log);
  assert_int_equal(sim_log_rallies(log), n);
  SimRally rally = {.state_size = 0};
  for (int i = 0; i < n; i++) {
    SimRally expected;
    SimDifference difference;
    test_expected_rally(&expected, (uint32_t)i);
    assert_ok(sim_log_read(&rally, log, i, &err), &err);
    sim_rally_compare(&difference, &rally, &expected);
    if (difference.found) {
      fail_msg("rally %d: %s, row %d", i, difference.what, difference.row);
    }
    SimRallyInfo info;
    assert_ok(sim_log_read_info(&info, log, i, &err), &err);
    assert_int_equal(info.rally, i);
    assert_int_equal(info.steps, expected.info.steps);
    sim_rally_free(&expected);
  }
  sim_rally_free(&rally);
  sim_log_close(log);
}

static void test_round_trip(void **state) {
  (void)state;
  record("round", 70, 1);
  check_rallies("round", 70);
  assert_int_equal(test_count_files("round"), 4);
}

static void test_parallel_is_the_same(void **state) {
  (void)state;
  record("alone", 70, 1);
  record("parallel", 70, 50);
  for (int i = 0; i < 3; i++) {
    char path[64];
    size_t size[2];
    snprintf(path, sizeof path, "alone/%05d.h5", i);
    char *alone = test_read_file(path, &size[0]);
    snprintf(path, sizeof path, "parallel/%05d.h5", i);
    char *parallel = test_read_file(path, &size[1]);
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(alone, parallel, size[0]);
    free(alone);
    free(parallel);
  }
}

static void test_one_file(void **state) {
  (void)state;
  record("one", 3, 1);
  check_rallies("one/00000.h5", 3);
  // without its index it is a stranger's file and goes through the child process
  assert_int_equal(unlink("one/index.jsonl"), 0);
  check_rallies("one/00000.h5", 3);
}

static void test_two_at_once(void **state) {
  (void)state;
  record("two", 33, 1);
  SimError err;
  SimRallyInfo info;
  SimLog *first = sim_log_open("two/00000.h5", &err), *second = sim_log_open("two/00001.h5", &err);
  assert_true(first != NULL && second != NULL);
  assert_ok(sim_log_read_info(&info, second, 0, &err), &err);
  assert_int_equal(info.rally, 32);
  assert_ok(sim_log_read_info(&info, first, 0, &err), &err);
  assert_int_equal(info.rally, 0);
  sim_log_close(first);
  assert_ok(sim_log_read_info(&info, second, 0, &err), &err);
  sim_log_close(second);
}

static void test_info(void **state) {
  (void)state;
  record("info", 40, 1);
  SimLogInfo wanted, info;
  SimError err;
  SimShardInfo shard;
  test_log_info(&wanted);
  wanted.first_rally = 32;
  SimLog *log = sim_log_open("info", &err);
  assert_non_null(log);
  assert_int_equal(sim_log_shards(log), 2);
  assert_ok(sim_log_info(&info, log, 1, &err), &err);
  // all but the padding behind the last member
  assert_memory_equal(&info, &wanted, offsetof(SimLogInfo, policy) + sizeof info.policy);
  sim_log_shard(&shard, log, 1);
  assert_int_equal(shard.first, 32);
  assert_int_equal(shard.rallies, 8);
  assert_string_equal(shard.path, "info/00001.h5");
  assert_int_equal(sim_log_shard_of(log, 31), 0);
  assert_int_equal(sim_log_shard_of(log, 32), 1);
  assert_ok(sim_log_check(log, 0, &err), &err);
  sim_log_close(log);
}

// --- the format, read with raw calls

static void check_text(hid_t loc, const char *name, const char *wanted) {
  hid_t attribute = H5Aopen(loc, name, H5P_DEFAULT);
  assert_true(attribute >= 0);
  hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  assert_int_equal(H5Tget_class(type), H5T_STRING);
  assert_true(H5Tis_variable_str(type) > 0);
  assert_int_equal(H5Tget_cset(type), H5T_CSET_UTF8);
  assert_int_equal(H5Sget_simple_extent_type(space), H5S_SCALAR);
  char *text = NULL;
  assert_true(H5Aread(attribute, type, &text) >= 0);
  assert_string_equal(text != NULL ? text : "", wanted);
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, &text);
  H5Sclose(space);
  H5Tclose(type);
  H5Aclose(attribute);
}

// words separated by blanks
static void check_list(hid_t loc, const char *name, const char *wanted) {
  hid_t attribute = H5Aopen(loc, name, H5P_DEFAULT);
  assert_true(attribute >= 0);
  hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  char *text[64] = {NULL}, seen[1024] = "";
  hssize_t n = H5Sget_simple_extent_npoints(space);
  assert_true(H5Tis_variable_str(type) > 0 && n >= 1 && n <= 64);
  assert_int_equal(H5Sget_simple_extent_ndims(space), 1);
  assert_true(H5Aread(attribute, type, text) >= 0);
  for (hssize_t i = 0; i < n; i++) {
    size_t used = strlen(seen);
    snprintf(seen + used, sizeof seen - used, "%s%s", i > 0 ? " " : "", text[i]);
  }
  assert_string_equal(seen, wanted);
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, text);
  H5Sclose(space);
  H5Tclose(type);
  H5Aclose(attribute);
}

static void check_number(hid_t loc, const char *name, hid_t type, const void *wanted, size_t size) {
  char value[16];
  hid_t attribute = H5Aopen(loc, name, H5P_DEFAULT);
  assert_true(attribute >= 0);
  hid_t stored = H5Aget_type(attribute);
  assert_true(H5Tequal(stored, type) > 0);
  assert_true(H5Aread(attribute, type, value) >= 0);
  assert_memory_equal(value, wanted, size);
  H5Tclose(stored);
  H5Aclose(attribute);
}

static void check_int(hid_t loc, const char *name, int64_t wanted) {
  check_number(loc, name, H5T_STD_I64LE, &wanted, sizeof wanted);
}

typedef struct Wanted {
  const char *path;
  char type;     // f: float32, d: float64, u: uint8, b: int8, i: int32, l: int64, U: uint64
  int shape[3];  // rows: -1 steps, -2 decisions, ... as kRows; 0 ends it
  const char *units, *axis1, *axis2;
} Wanted;

static hid_t wanted_type(char type) {
  switch (type) {
  case 'f':
    return H5T_IEEE_F32LE;
  case 'd':
    return H5T_IEEE_F64LE;
  case 'u':
    return H5T_STD_U8LE;
  case 'b':
    return H5T_STD_I8LE;
  case 'l':
    return H5T_STD_I64LE;
  case 'U':
    return H5T_STD_U64LE;
  default:
    return H5T_STD_I32LE;
  }
}

// Rows of the tables of a shard of 32 rallies.
typedef struct Totals {
  int rows[6];  // steps, decisions, events, touches, states, rallies
} Totals;

static Totals total_rows(void) {
  static const SimRows kind[5] = {SIM_ROWS_STATE, SIM_ROWS_DECISION, SIM_ROWS_EVENT, SIM_ROWS_TOUCH,
                                  SIM_ROWS_SNAPSHOT};
  Totals totals = {.rows = {0, 0, 0, 0, 0, 32}};
  for (uint32_t i = 0; i < 32; i++) {
    SimRally rally;
    test_expected_rally(&rally, i);
    for (int k = 0; k < 5; k++) {
      totals.rows[k] += rally.n[kind[k]];
    }
    sim_rally_free(&rally);
  }
  return totals;
}

static void check_axis(hid_t dataset, const char *name, const char *wanted) {
  if (wanted != NULL) {
    check_list(dataset, name, wanted);
  } else {
    assert_int_equal(H5Aexists(dataset, name), 0);
  }
}

static void check_dataset(hid_t file, const Wanted *wanted, const Totals *totals) {
  hid_t dataset = H5Dopen2(file, wanted->path, H5P_DEFAULT);
  if (dataset < 0) {
    fail_msg("%s is missing", wanted->path);
  }
  hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  hid_t list = H5Dget_create_plist(dataset);
  assert_true(H5Tequal(type, wanted_type(wanted->type)) > 0);
  assert_int_equal(H5Pget_layout(list), H5D_CONTIGUOUS);
  hsize_t length[3] = {0};
  int rank = 0;
  while (rank < 3 && wanted->shape[rank] != 0) {
    rank++;
  }
  assert_int_equal(H5Sget_simple_extent_dims(space, length, NULL), rank);
  for (int i = 0; i < rank; i++) {
    int want = wanted->shape[i] > 0 ? wanted->shape[i] : totals->rows[-wanted->shape[i] - 1];
    if ((int)length[i] != want) {
      fail_msg("%s: axis %d has %d, wanted %d", wanted->path, i, (int)length[i], want);
    }
  }
  check_text(dataset, "units", wanted->units);
  check_axis(dataset, "axis1", wanted->axis1);
  check_axis(dataset, "axis2", wanted->axis2);
  assert_true(H5Aexists(dataset, "description") > 0 && H5Aexists(dataset, "axis0") > 0);
  H5Pclose(list);
  H5Sclose(space);
  H5Tclose(type);
  H5Dclose(dataset);
}

#define DRONES "near_passer near_setter near_attacker far_passer far_setter far_attacker"
#define ROTORS "front_right back_left front_left back_right"
#define HEADS "passer setter attacker serve"
#define TOUCHES "shape first second third"

static void check_datasets(hid_t file, const Totals *totals) {
  static const Wanted wanted[] = {
      {"steps/rally", 'l', {-1}, "1", NULL, NULL},
      {"steps/time", 'f', {-1}, "s", NULL, NULL},
      {"steps/ball_pos", 'f', {-1, 3}, "m", "x y z", NULL},
      {"steps/ball_vel", 'f', {-1, 3}, "m/s", "x y z", NULL},
      {"steps/drone_pos", 'f', {-1, 6, 3}, "m", DRONES, "x y z"},
      {"steps/drone_vel", 'f', {-1, 6, 3}, "m/s", DRONES, "x y z"},
      {"steps/drone_quat", 'f', {-1, 6, 4}, "1", DRONES, "w x y z"},
      {"steps/drone_angvel", 'f', {-1, 6, 3}, "rad/s", DRONES, "x y z"},
      {"steps/drone_rotor", 'f', {-1, 6, 4}, "1", DRONES, ROTORS},
      {"steps/action", 'f', {-1, 6, 4}, "1", DRONES, ROTORS},
      {"steps/skill", 'u', {-1, 6}, "1", DRONES, NULL},
      {"steps/goal", 'f', {-1, 6, 3}, "m", DRONES, "x y z"},
      {"steps/flight", 'f', {-1, 6}, "s", DRONES, NULL},
      {"steps/apex", 'f', {-1, 6}, "m", DRONES, NULL},
      {"steps/strike_z", 'f', {-1, 6}, "m", DRONES, NULL},
      {"steps/rewards", 'f', {-1, 2}, "1", "near far", NULL},
      {"steps/terminations", 'u', {-1}, "1", NULL, NULL},
      {"steps/truncations", 'u', {-1}, "1", NULL, NULL},
      {"decisions/rally", 'l', {-2}, "1", NULL, NULL},
      {"decisions/step", 'i', {-2}, "step", NULL, NULL},
      {"decisions/team", 'u', {-2}, "1", NULL, NULL},
      {"decisions/option", 'u', {-2, 4}, "1", HEADS, NULL},
      {"decisions/probability", 'f', {-2, 4}, "1", HEADS, NULL},
      {"decisions/policy", 'u', {-2}, "1", NULL, NULL},
      {"decisions/touch_option", 'u', {-2, 4}, "1", TOUCHES, NULL},
      {"decisions/touch_probability", 'f', {-2, 4}, "1", TOUCHES, NULL},
      {"events/rally", 'l', {-3}, "1", NULL, NULL},
      {"events/step", 'i', {-3}, "step", NULL, NULL},
      {"events/kind", 'u', {-3}, "1", NULL, NULL},
      {"events/drone", 'b', {-3}, "1", NULL, NULL},
      {"touches/rally", 'l', {-4}, "1", NULL, NULL},
      {"touches/step", 'i', {-4}, "step", NULL, NULL},
      {"touches/drone", 'b', {-4}, "1", NULL, NULL},
      {"touches/skill", 'u', {-4}, "1", NULL, NULL},
      {"touches/speed", 'f', {-4}, "m/s", NULL, NULL},
      {"touches/landing", 'f', {-4, 2}, "m", "x y", NULL},
      {"states/rally", 'l', {-5}, "1", NULL, NULL},
      {"states/state", 'd', {-5, TEST_STATE_SIZE}, "SI", "integration 20 rotor 3", NULL},
      {"states/step", 'i', {-5}, "step", NULL, NULL},
      {"rallies/rally", 'l', {-6}, "1", NULL, NULL},
      {"rallies/seed", 'U', {-6}, "1", NULL, NULL},
      {"rallies/server", 'u', {-6}, "1", NULL, NULL},
      {"rallies/winner", 'u', {-6}, "1", NULL, NULL},
      {"rallies/reason", 'u', {-6}, "1", NULL, NULL},
      {"rallies/first_step", 'l', {-6}, "row", NULL, NULL},
      {"rallies/steps", 'i', {-6}, "step", NULL, NULL},
      {"rallies/hits", 'i', {-6}, "1", NULL, NULL},
      {"rallies/serve_target", 'f', {-6, 2}, "m", "x y", NULL},
  };
  static const char *const table[] = {"steps",   "decisions", "events",
                                      "touches", "states",    "rallies"};
  int found = 0;
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    check_dataset(file, &wanted[i], totals);
  }
  for (int i = 0; i < 6; i++) {
    H5G_info_t group;
    assert_true(H5Gget_info_by_name(file, table[i], &group, H5P_DEFAULT) >= 0);
    found += (int)group.nlinks;
  }
  assert_int_equal(found, sizeof wanted / sizeof wanted[0]);
}

// Numbers of one column as raw calls see them.
static void read_column(hid_t file, const char *path, hid_t type, void *out) {
  hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
  assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) >= 0);
  H5Dclose(dataset);
}

// Rally i is where the table says, its last row of actions is padding.
static void check_rows(hid_t file, int i, const Totals *totals) {
  enum { ROWS_MAX = 32 * 351 };
  static float pos[ROWS_MAX][3], action[ROWS_MAX][6][4];
  static uint8_t skill[ROWS_MAX][6];
  static int64_t key[ROWS_MAX];
  int64_t first[32];
  int32_t steps[32];
  SimRally rally;
  assert_true(totals->rows[0] <= ROWS_MAX);
  test_expected_rally(&rally, (uint32_t)i);
  read_column(file, "rallies/first_step", H5T_NATIVE_INT64, first);
  read_column(file, "rallies/steps", H5T_NATIVE_INT32, steps);
  read_column(file, "steps/ball_pos", H5T_NATIVE_FLOAT, pos);
  read_column(file, "steps/action", H5T_NATIVE_FLOAT, action);
  read_column(file, "steps/skill", H5T_NATIVE_UINT8, skill);
  read_column(file, "steps/rally", H5T_NATIVE_INT64, key);
  assert_int_equal(steps[i], rally.info.steps);
  assert_memory_equal(pos[first[i]], rally.ball_pos, sizeof *pos * (size_t)(steps[i] + 1));
  assert_memory_equal(action[first[i]], rally.action, sizeof *action * (size_t)steps[i]);
  const int64_t last = first[i] + steps[i];
  assert_true(isnan(action[last][0][0]) && isnan(action[last][5][3]));
  assert_int_equal(skill[last][0], 255);
  assert_true(key[first[i]] == i && key[last] == i);
  sim_rally_free(&rally);
}

static void check_names(hid_t file) {
  hid_t dataset = H5Dopen2(file, "steps/skill", H5P_DEFAULT);
  check_list(dataset, "names", "goto serve serve_hover receive attack");
  H5Dclose(dataset);
  dataset = H5Dopen2(file, "events/kind", H5P_DEFAULT);
  check_list(dataset, "names",
             "touch serve cross drone_ground drone_net double_touch body_touch ball_in ball_out "
             "ball_net both timeout result");
  H5Dclose(dataset);
  dataset = H5Dopen2(file, "states/state", H5P_DEFAULT);
  check_text(dataset, "state_spec", "integration 20;rotor 3");
  H5Dclose(dataset);
  dataset = H5Dopen2(file, "steps/drone_angvel", H5P_DEFAULT);
  check_text(dataset, "frame", "court axes, not the body's");
  H5Dclose(dataset);
  dataset = H5Dopen2(file, "decisions/option", H5P_DEFAULT);
  check_list(dataset, "near_passer", "wait dig");
  check_list(dataset, "near_attacker", "fast left");
  assert_int_equal(H5Aexists(dataset, "far_serve"), 0);
  H5Dclose(dataset);
  check_list(file, "near_policies", "bot");
  check_list(file, "far_policies", "one two");
}

static void test_exact_names(void **state) {
  (void)state;
  record("names", 35, 1);
  hid_t file = H5Fopen("names/00000.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
  assert_true(file >= 0);
  H5G_info_t group;
  H5Gget_info(file, &group);
  assert_int_equal(group.nlinks, 6);
  const double dt = 0.01;
  const uint64_t seed = UINT64_MAX - 1;
  check_text(file, "schema", "hcsp-match");
  check_int(file, "schema_version", 2);
  check_text(file, "generator", "hcsp 0");
  check_text(file, "commit", "0123456789abcdef");
  check_number(file, "dt", H5T_IEEE_F64LE, &dt, 8);
  check_text(file, "units", "SI");
  check_text(file, "frame", "court");
  check_number(file, "seed", H5T_STD_U64LE, &seed, 8);
  check_text(file, "near", "classical");
  check_text(file, "far", "stage1 \xc3\xa9");
  check_text(file, "near_hash", "00000000000000aa");
  check_text(file, "far_hash", "");
  check_text(file, "options", "court;paper");
  check_text(file, "rules", "court");
  check_text(file, "model_hash", "00000000000000bb");
  check_int(file, "first_rally", 0);
  check_text(file, "physics", "mujoco");
  const Totals totals = total_rows();
  check_datasets(file, &totals);
  check_names(file);
  for (int i = 0; i < 32; i++) {
    check_rows(file, i, &totals);
  }
  assert_int_equal(H5Fget_obj_count(file, H5F_OBJ_ALL), 1);
  H5Fclose(file);
}

// The dictionary of the page is the one of the code.
static void test_dictionary(void **state) {
  (void)state;
  char path[SIM_PATH_MAX], *made;
  SimError err;
  size_t size;
  FILE *file = open_memstream(&made, &size);
  assert_non_null(file);
  sim_dictionary_print(file);
  fclose(file);
  assert_ok(sim_path_join(path, sim_home(), "sim/record/README.md", &err), &err);
  char *page = test_read_file(path, NULL);
  if (strstr(page, made) == NULL) {
    fail_msg("%s: lacks what hcsp info --dictionary prints", path);
  }
  free(page);
  free(made);
}

static void test_index_line(void **state) {
  (void)state;
  record("index", 33, 1);
  size_t size;
  char *shard = test_read_file("index/00001.h5", &size), wanted[256], hash[17];
  char *index = test_read_file("index/index.jsonl", NULL);
  sim_hash_hex(hash, sim_hash(shard, size));
  snprintf(
      wanted, sizeof wanted,
      "{\"file\":\"00001.h5\",\"rallies\":1,\"first_rally\":32,\"bytes\":%zu,\"xxh3\":\"%s\"}\n",
      size, hash);
  char *second = strchr(index, '\n') + 1;
  assert_string_equal(second, wanted);
  free(shard);
  free(index);
}

static void test_folder_is_used_once(void **state) {
  (void)state;
  record("used", 1, 1);
  SimLogInfo info;
  SimError err;
  test_log_info(&info);
  assert_null(sim_recorder_create("used", &info, TEST_STATE_SIZE, &err));
  assert_refused(err.status, SIM_USAGE, &err, "holds a log already");
}

// The second of two writers is told at once; a log without a rally leaves the folder as it was.
static void test_one_writer(void **state) {
  (void)state;
  SimLogInfo info;
  SimError err;
  assert_int_equal(system("rm -rf shared"), 0);
  test_log_info(&info);
  SimRecorder *first = sim_recorder_create("shared", &info, TEST_STATE_SIZE, &err);
  assert_non_null(first);
  assert_null(sim_recorder_create("shared", &info, TEST_STATE_SIZE, &err));
  assert_refused(err.status, SIM_USAGE, &err, "another process writes");
  sim_recorder_destroy(first);
  assert_int_equal(test_count_files("shared"), 0);
  record("shared", 2, 1);
  check_rallies("shared", 2);
}

static void test_file_system_without_locks(void **state) {
  (void)state;
  g_locks_missing = true;
  hid_t file = H5Fcreate("locked.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  record("lockless", 33, 1);
  check_rallies("lockless", 33);
  g_locks_missing = false;
  // the library itself would have given up
  assert_true(file < 0);
}

// Numbers in the run, with the first shard gone and in a file of its own.
static void test_find(void **state) {
  (void)state;
  SimError err;
  record("holes", 70, 1);
  size_t size;
  char *index = test_read_file("holes/index.jsonl", &size), *second = strchr(index, '\n') + 1;
  test_write_file("holes/index.jsonl", second, strlen(second));
  free(index);
  SimLog *log = sim_log_open("holes", &err);
  assert_non_null(log);
  assert_int_equal(sim_log_find(log, 32, &err), 0);
  assert_int_equal(sim_log_find(log, 69, &err), 37);
  assert_int_equal(sim_log_find(log, 31, &err), -1);
  assert_refused(err.status, SIM_USAGE, &err, "has no rally 31");
  assert_int_equal(sim_log_find(log, 70, &err), -1);
  sim_log_close(log);
  log = sim_log_open("holes/00002.h5", &err);
  assert_non_null(log);
  assert_int_equal(sim_log_find(log, 66, &err), 2);
  assert_int_equal(sim_log_find(log, 2, &err), -1);
  sim_log_close(log);
}

static void test_skill_without_a_name(void **state) {
  (void)state;
  SimLogInfo info;
  SimError err;
  SimState rally;
  SimRecordStep drive;
  double row[TEST_STATE_SIZE];
  assert_int_equal(system("rm -rf unnamed"), 0);
  test_log_info(&info);
  SimRecorder *recorder = sim_recorder_create("unnamed", &info, TEST_STATE_SIZE, &err);
  assert_non_null(recorder);
  test_rally_state(&rally, row, &drive, 1, 0);
  assert_ok(sim_recorder_begin(recorder, &rally, row, &err), &err);
  test_rally_state(&rally, row, &drive, 1, 1);
  drive.skill[3] = 5;
  assert_refused(sim_recorder_step(recorder, &rally, &drive, NULL, &err), SIM_FAIL, &err,
                 "no name for");
  assert_int_equal(sim_recorder_finish(recorder, &err), SIM_FAIL);
  sim_recorder_destroy(recorder);
}

// A log holds rallies 0 to n - 1 at any time: full shards behind a rally that did not end are
// listed when it ends, and go when it does not.
static void finish_behind(const char *folder, int more, bool end) {
  SimLogInfo info;
  SimError err;
  SimState rally;
  SimRecordStep drive;
  double row[TEST_STATE_SIZE];
  char command[256];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(system(command), 0);
  test_log_info(&info);
  SimRecorder *recorder = sim_recorder_create(folder, &info, TEST_STATE_SIZE, &err);
  assert_non_null(recorder);
  assert_ok(test_record_rallies(recorder, 0, 5, 1, &err), &err);
  test_rally_state(&rally, row, &drive, 5, 0);
  assert_ok(sim_recorder_begin(recorder, &rally, row, &err), &err);
  assert_ok(test_record_rallies(recorder, 6, more, 1, &err), &err);
  assert_int_equal(sim_recorder_rallies(recorder), 0);
  for (int step = 1; end && step <= test_rally_steps(5); step++) {
    test_rally_state(&rally, row, &drive, 5, step);
    assert_ok(sim_recorder_step(recorder, &rally, &drive, row, &err), &err);
  }
  assert_ok(sim_recorder_finish(recorder, &err), &err);
  const int kept = end ? 6 + more : 5;
  assert_int_equal(sim_recorder_rallies(recorder), kept);
  sim_recorder_destroy(recorder);
  check_rallies(folder, kept);
  assert_int_equal(test_count_files(folder), 1 + (kept + 31) / 32);
}

static void test_finish_keeps_what_ended(void **state) {
  (void)state;
  finish_behind("part", 4, false);
  finish_behind("part", 100, false);
  finish_behind("part", 100, true);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_parallel_is_the_same),
      cmocka_unit_test(test_one_file),
      cmocka_unit_test(test_two_at_once),
      cmocka_unit_test(test_info),
      cmocka_unit_test(test_exact_names),
      cmocka_unit_test(test_dictionary),
      cmocka_unit_test(test_index_line),
      cmocka_unit_test(test_folder_is_used_once),
      cmocka_unit_test(test_one_writer),
      cmocka_unit_test(test_file_system_without_locks),
      cmocka_unit_test(test_find),
      cmocka_unit_test(test_skill_without_a_name),
      cmocka_unit_test(test_finish_keeps_what_ended),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
