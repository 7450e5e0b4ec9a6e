// Each case is one small edit of the first or second rally. Most damages come in both schemas;
// those of schema 1 keep the reader of old logs as careful as that of new ones.
#include "tests/support/broken_logs.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(int ok) {
  if (!ok) {
    abort();
  }
}

// --- tools

static void replace(hid_t file, const char *path, hid_t type, int rank, const hsize_t *length) {
  need(H5Ldelete(file, path, H5P_DEFAULT) >= 0);
  hid_t space = H5Screate_simple(rank, length, NULL), list = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
  hid_t set = H5Dcreate2(file, path, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
  need(set >= 0);
  H5Dclose(set);
  H5Pclose(list);
  H5Sclose(space);
}

// Rows of a column of the file.
static hsize_t rows_of(hid_t file, const char *path) {
  hsize_t length[4];
  hid_t set = H5Dopen2(file, path, H5P_DEFAULT), space = H5Dget_space(set);
  need(H5Sget_simple_extent_dims(space, length, NULL) >= 1);
  H5Sclose(space);
  H5Dclose(set);
  return length[0];
}

// Overwrites number `at` of a column.
static void poke(hid_t file, const char *path, size_t at, double value) {
  hid_t set = H5Dopen2(file, path, H5P_DEFAULT), space = H5Dget_space(set);
  hssize_t n = H5Sget_simple_extent_npoints(space);
  need((hssize_t)at < n);
  double *data = malloc((size_t)n * sizeof *data);
  need(data != NULL && H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  data[at] = value;
  need(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  free(data);
  H5Sclose(space);
  H5Dclose(set);
}

static void put_attribute(hid_t file, const char *object, const char *name, hid_t type, int length,
                          const void *value) {
  hsize_t size = (hsize_t)length;
  H5Adelete_by_name(file, object, name, H5P_DEFAULT);
  hid_t space = length > 0 ? H5Screate_simple(1, &size, NULL) : H5Screate(H5S_SCALAR);
  hid_t attribute =
      H5Acreate_by_name(file, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  need(attribute >= 0 && H5Awrite(attribute, type, value) >= 0);
  H5Aclose(attribute);
  H5Sclose(space);
}

static void put_int(hid_t file, const char *object, const char *name, int64_t value) {
  put_attribute(file, object, name, H5T_NATIVE_INT64, 0, &value);
}

static void put_text(hid_t file, const char *object, const char *name, const char *text) {
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  put_attribute(file, object, name, type, 0, &text);
  H5Tclose(type);
}

static void remove_link(hid_t file, const char *path) {
  need(H5Ldelete(file, path, H5P_DEFAULT) >= 0);
}

// A chunked dataset in the place of path.
static void replace_chunked(hid_t file, const char *path, hsize_t rows, hsize_t chunk,
                            void (*filter)(hid_t list)) {
  hsize_t length[2] = {rows, 3}, piece[2] = {chunk, 3};
  remove_link(file, path);
  hid_t space = H5Screate_simple(2, length, NULL), list = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(list, 2, piece);
  filter(list);
  hid_t set = H5Dcreate2(file, path, H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
  need(set >= 0);
  H5Dclose(set);
  H5Pclose(list);
  H5Sclose(space);
}

static void no_filter(hid_t list) {
  (void)list;
}

static void odd_filter(hid_t list) {
  H5Pset_scaleoffset(list, H5Z_SO_FLOAT_DSCALE, 3);
  H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
}

// --- structure

static void dataset_missing(hid_t file) {
  remove_link(file, "episode_1/drones/angvel");
}

static void top_dataset_missing(hid_t file) {
  remove_link(file, "episode_0/rewards");
}

static void group_missing(hid_t file) {
  remove_link(file, "episode_1/ball");
}

static void rally_missing(hid_t file) {
  need(H5Lmove(file, "episode_1", file, "episode_7", H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void no_rallies(hid_t file) {
  remove_link(file, "episode_0");
  remove_link(file, "episode_1");
}

static void group_is_dataset(hid_t file) {
  const hsize_t length = 3;
  remove_link(file, "episode_1/strategy");
  hid_t space = H5Screate_simple(1, &length, NULL);
  H5Dclose(H5Dcreate2(file, "episode_1/strategy", H5T_STD_U8LE, space, H5P_DEFAULT, H5P_DEFAULT,
                      H5P_DEFAULT));
  H5Sclose(space);
}

static void dataset_is_group(hid_t file) {
  remove_link(file, "episode_1/time");
  H5Gclose(H5Gcreate2(file, "episode_1/time", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void wrong_rank(hid_t file) {
  hsize_t length[2] = {rows_of(file, "episode_1/drones/pos"), 18};
  replace(file, "episode_1/drones/pos", H5T_IEEE_F32LE, 2, length);
}

static void wrong_axis(hid_t file) {
  hsize_t length[3] = {rows_of(file, "episode_1/drones/quat"), 6, 3};
  replace(file, "episode_1/drones/quat", H5T_IEEE_F32LE, 3, length);
}

static void wrong_size(hid_t file) {
  hsize_t length[2] = {rows_of(file, "episode_1/ball/vel"), 3};
  replace(file, "episode_1/ball/vel", H5T_IEEE_F64LE, 2, length);
}

static void wrong_class(hid_t file) {
  hsize_t length[2] = {rows_of(file, "episode_1/ball/vel"), 3};
  replace(file, "episode_1/ball/vel", H5T_STD_I32LE, 2, length);
}

static void wrong_sign(hid_t file) {
  hsize_t length = rows_of(file, "episode_1/events/drone");
  replace(file, "episode_1/events/drone", H5T_STD_U8LE, 1, &length);
}

static void scalar_time(hid_t file) {
  remove_link(file, "episode_1/time");
  hid_t space = H5Screate(H5S_SCALAR);
  H5Dclose(H5Dcreate2(file, "episode_1/time", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT,
                      H5P_DEFAULT));
  H5Sclose(space);
}

static void row_too_few(hid_t file) {
  hsize_t length[2] = {rows_of(file, "episode_1/ball/pos") - 1, 3};
  replace(file, "episode_1/ball/pos", H5T_IEEE_F32LE, 2, length);
}

static void steps_disagree(hid_t file) {
  put_int(file, "episode_1", "steps", 42);
}

static void events_disagree(hid_t file) {
  hsize_t length = rows_of(file, "episode_1/events/kind") + 5;
  replace(file, "episode_1/events/kind", H5T_STD_U8LE, 1, &length);
}

static void huge_rows(hid_t file) {
  replace_chunked(file, "episode_1/ball/pos", (hsize_t)1 << 40, 1024, no_filter);
}

static void never_written(hid_t file) {
  hsize_t rows = 1000000;
  put_int(file, "episode_1", "steps", 999999);
  remove_link(file, "episode_1/time");
  hsize_t chunk = rows;
  hid_t space = H5Screate_simple(1, &rows, NULL), list = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(list, 1, &chunk);
  hid_t set =
      H5Dcreate2(file, "episode_1/time", H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
  need(set >= 0);
  H5Dclose(set);
  H5Pclose(list);
  H5Sclose(space);
}

static void data_not_there(hid_t file) {
  replace_chunked(file, "episode_1/ball/pos", rows_of(file, "episode_1/ball/pos"), 7, no_filter);
}

static void filter_unknown(hid_t file) {
  replace_chunked(file, "episode_1/ball/pos", rows_of(file, "episode_1/ball/pos"), 7, odd_filter);
}

static void state_too_wide(hid_t file) {
  hsize_t length[2] = {rows_of(file, "episode_1/state"), 5000};
  replace(file, "episode_1/state", H5T_IEEE_F64LE, 2, length);
}

// --- attributes

static void text_is_number(hid_t file) {
  put_int(file, "episode_1", "winner", 1);
}

static void number_is_text(hid_t file) {
  put_text(file, "episode_1", "hits", "three");
}

static void number_is_float(hid_t file) {
  const double rally = 1;
  put_attribute(file, "episode_1", "rally", H5T_NATIVE_DOUBLE, 0, &rally);
}

static void text_is_fixed(hid_t file) {
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, 5);
  put_attribute(file, "/", "rules", type, 0, "court");
  H5Tclose(type);
}

static void attribute_missing(hid_t file) {
  need(H5Adelete_by_name(file, "episode_1", "reason", H5P_DEFAULT) >= 0);
}

static void top_attribute_missing(hid_t file) {
  need(H5Adelete(file, "model_hash") >= 0);
}

static void list_for_one(hid_t file) {
  const int64_t steps[2] = {1, 2};
  put_attribute(file, "episode_1", "steps", H5T_NATIVE_INT64, 2, steps);
}

static void three_for_two(hid_t file) {
  const float target[3] = {1, 2, 3};
  put_attribute(file, "episode_1", "serve_target", H5T_NATIVE_FLOAT, 3, target);
}

static void target_infinite(hid_t file) {
  const float target[2] = {1, INFINITY};
  put_attribute(file, "episode_1", "serve_target", H5T_NATIVE_FLOAT, 2, target);
}

static void schema_other(hid_t file) {
  put_text(file, "/", "schema", "robomimic");
}

static void schema_newer(hid_t file) {
  put_int(file, "/", "schema_version", 3);
}

static void dt_negative(hid_t file) {
  const double dt = -0.01;
  put_attribute(file, "/", "dt", H5T_NATIVE_DOUBLE, 0, &dt);
}

static void no_steps(hid_t file) {
  put_int(file, "episode_1", "steps", 0);
}

static void too_many_steps(hid_t file) {
  put_int(file, "episode_1", "steps", 1000001);
}

static void winner_unknown(hid_t file) {
  put_text(file, "episode_1", "winner", "nobody");
}

static void reason_ends_nothing(hid_t file) {
  put_text(file, "episode_1", "reason", "touch");
}

static void text_drives_terminal(hid_t file) {
  put_text(file, "/", "near", "\x1b[2J");
}

static void text_too_long(hid_t file) {
  char text[1001];
  memset(text, 'a', 1000);
  text[1000] = '\0';
  put_text(file, "/", "far", text);
}

static void names_missing(hid_t file) {
  need(H5Adelete_by_name(file, "episode_0/drones/skill", "names", H5P_DEFAULT) >= 0);
}

static void rally_negative(hid_t file) {
  put_int(file, "episode_1", "rally", -3);
}

// --- content

static void not_a_number(hid_t file) {
  poke(file, "episode_1/ball/pos", 3 * 5 + 1, (double)NAN);
}

static void state_infinite(hid_t file) {
  poke(file, "episode_1/state", 4, (double)INFINITY);
}

static void kind_unknown(hid_t file) {
  poke(file, "episode_1/events/kind", 2, 99);
}

static void drone_unknown(hid_t file) {
  poke(file, "episode_1/events/drone", 1, 6);
}

static void event_before_start(hid_t file) {
  poke(file, "episode_1/events/step", 0, 0);
}

static void event_back_in_time(hid_t file) {
  poke(file, "episode_1/events/step", 0, 80);
}

static void team_unknown(hid_t file) {
  poke(file, "episode_1/strategy/team", 0, 2);
}

static void decision_too_late(hid_t file) {
  poke(file, "episode_1/strategy/step", rows_of(file, "episode_1/strategy/step") - 1, 99);
}

static void skill_unknown(hid_t file) {
  poke(file, "episode_1/drones/skill", 6 * 3 + 2, 5);
}

static void state_step_wrong(hid_t file) {
  poke(file, "episode_1/state_step", 0, 1);
}

static void flag_is_two(hid_t file) {
  poke(file, "episode_1/terminations", 4, 2);
}

const BrokenLog *test_broken_logs1(int *n) {
  static const BrokenLog logs[] = {
      {"dataset missing", dataset_missing, "episode_1/drones/angvel", "is missing"},
      {"top dataset missing", top_dataset_missing, "episode_0/rewards", "is missing"},
      {"group missing", group_missing, "episode_1/ball", "is missing"},
      {"rally missing", rally_missing, "episode_1", "is missing"},
      {"no rallies", no_rallies, "broken.h5", "has no rallies"},
      {"group is a dataset", group_is_dataset, "episode_1/strategy", "is not a group"},
      {"dataset is a group", dataset_is_group, "episode_1/time", "is not a dataset"},
      {"wrong rank", wrong_rank, "episode_1/drones/pos", "has 2 axes, wanted 3"},
      {"wrong axis", wrong_axis, "episode_1/drones/quat", "has length 3, wanted 4"},
      {"wrong size", wrong_size, "episode_1/ball/vel", "a float of 8 bytes, wanted float32"},
      {"wrong class", wrong_class, "episode_1/ball/vel", "an integer of 4 bytes, wanted float32"},
      {"wrong sign", wrong_sign, "episode_1/events/drone", "wanted int8"},
      {"scalar", scalar_time, "episode_1/time", "has 0 axes, wanted 1"},
      {"row too few", row_too_few, "episode_1/ball/pos", "has 99 rows, wanted 100"},
      {"steps disagree", steps_disagree, "episode_1/time", "has 100 rows, wanted 43"},
      {"events disagree", events_disagree, "episode_1/events/kind", "rows, wanted"},
      {"huge rows", huge_rows, "episode_1/ball/pos", "has 1099511627776 rows, wanted 100"},
      {"data never written", never_written, "episode_1/time", "lacks a part of its data"},
      {"data not there", data_not_there, "episode_1/ball/pos", "lacks a part of its data"},
      {"filter unknown", filter_unknown, "episode_1/ball/pos", "uses filter 6, wanted deflate"},
      {"state too wide", state_too_wide, "episode_1/state", "rows of 5000 numbers"},
      {"text is a number", text_is_number, "episode_1/winner", "wanted variable-length text"},
      {"number is a text", number_is_text, "episode_1/hits", "wanted int64"},
      {"number is a float", number_is_float, "episode_1/rally", "wanted int64"},
      {"text is fixed", text_is_fixed, "rules", "wanted variable-length text"},
      {"attribute missing", attribute_missing, "episode_1/reason", "the attribute is missing"},
      {"top attribute missing", top_attribute_missing, "model_hash", "the attribute is missing"},
      {"list for one", list_for_one, "episode_1/steps", "wanted a single value"},
      {"three for two", three_for_two, "episode_1/serve_target", "wrong shape"},
      {"target infinite", target_infinite, "episode_1/serve_target", "is not finite"},
      {"schema other", schema_other, "schema", "is \"robomimic\", wanted \"hcsp-match\""},
      {"schema newer", schema_newer, "schema_version", "is 3, wanted 1 to 2"},
      {"dt negative", dt_negative, "dt", "is -0.01 s, wanted"},
      {"no steps", no_steps, "episode_1/steps", "is 0, wanted 1 to 1000000"},
      {"too many steps", too_many_steps, "episode_1/steps", "is 1000001, wanted 1 to 1000000"},
      {"winner unknown", winner_unknown, "episode_1/winner", "is \"nobody\""},
      {"reason ends nothing", reason_ends_nothing, "episode_1/reason", "is \"touch\""},
      {"text drives a terminal", text_drives_terminal, "near", "not printable"},
      {"text too long", text_too_long, "far", "longer than 511 bytes"},
      {"names missing", names_missing, "episode_0/names", "the attribute is missing"},
      {"rally negative", rally_negative, "episode_1/rally", "is -3, wanted"},
      {"not a number", not_a_number, "episode_1/ball/pos", "row 5 is not finite"},
      {"state infinite", state_infinite, "episode_1/state", "row 0 is not finite"},
      {"kind unknown", kind_unknown, "episode_1/events/kind", "row 2 is 99, wanted 0 to 12"},
      {"drone unknown", drone_unknown, "episode_1/events/drone", "row 1 is 6, wanted -1 to 5"},
      {"event before start", event_before_start, "episode_1/events/step", "row 0 is 0, wanted 1"},
      {"event back in time", event_back_in_time, "episode_1/events/step", "wanted 80 to 99"},
      {"team unknown", team_unknown, "episode_1/strategy/team", "row 0 is 2, wanted 0 to 1"},
      {"decision too late", decision_too_late, "episode_1/strategy/step", "is 99, wanted"},
      {"skill unknown", skill_unknown, "episode_1/drones/skill", "row 3 is 5, wanted 0 to 4"},
      {"state step wrong", state_step_wrong, "episode_1/state_step", "row 0 is 1, wanted 0"},
      {"flag is two", flag_is_two, "episode_1/terminations", "row 4 is neither 0 nor 1"},
  };
  *n = (int)(sizeof logs / sizeof logs[0]);
  return logs;
}

// --- schema 2

static void set_is_missing(hid_t file) {
  remove_link(file, "steps/drone_angvel");
}

static void key_is_missing(hid_t file) {
  remove_link(file, "events/rally");
}

static void table_is_missing(hid_t file) {
  remove_link(file, "touches");
}

static void rallies_are_missing(hid_t file) {
  remove_link(file, "rallies");
}

static void table_is_empty(hid_t file) {
  hsize_t length = 0;
  replace(file, "rallies/rally", H5T_STD_I64LE, 1, &length);
}

static void table_is_dataset(hid_t file) {
  const hsize_t length = 3;
  remove_link(file, "decisions");
  hid_t space = H5Screate_simple(1, &length, NULL);
  H5Dclose(
      H5Dcreate2(file, "decisions", H5T_STD_U8LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(space);
}

static void set_is_group(hid_t file) {
  remove_link(file, "steps/time");
  H5Gclose(H5Gcreate2(file, "steps/time", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void rank_is_wrong(hid_t file) {
  hsize_t length[2] = {rows_of(file, "steps/drone_pos"), 18};
  replace(file, "steps/drone_pos", H5T_IEEE_F32LE, 2, length);
}

static void axis_is_wrong(hid_t file) {
  hsize_t length[3] = {rows_of(file, "steps/drone_quat"), 6, 3};
  replace(file, "steps/drone_quat", H5T_IEEE_F32LE, 3, length);
}

static void class_is_wrong(hid_t file) {
  hsize_t length[2] = {rows_of(file, "steps/ball_vel"), 3};
  replace(file, "steps/ball_vel", H5T_STD_I32LE, 2, length);
}

static void size_is_wrong(hid_t file) {
  hsize_t length = rows_of(file, "rallies/steps");
  replace(file, "rallies/steps", H5T_STD_I64LE, 1, &length);
}

static void sign_is_wrong(hid_t file) {
  hsize_t length = rows_of(file, "events/drone");
  replace(file, "events/drone", H5T_STD_U8LE, 1, &length);
}

static void row_is_missing(hid_t file) {
  hsize_t length[2] = {rows_of(file, "steps/ball_pos") - 1, 3};
  replace(file, "steps/ball_pos", H5T_IEEE_F32LE, 2, length);
}

static void rows_are_huge(hid_t file) {
  replace_chunked(file, "steps/ball_pos", (hsize_t)1 << 40, 1024, no_filter);
}

static void data_are_missing(hid_t file) {
  replace_chunked(file, "steps/ball_pos", rows_of(file, "steps/ball_pos"), 7, no_filter);
}

static void filter_is_unknown(hid_t file) {
  replace_chunked(file, "steps/ball_pos", rows_of(file, "steps/ball_pos"), 7, odd_filter);
}

static void state_is_too_wide(hid_t file) {
  hsize_t length[2] = {rows_of(file, "states/state"), 5000};
  replace(file, "states/state", H5T_IEEE_F64LE, 2, length);
}

static void one_rally_too_few(hid_t file) {
  hsize_t length = 1;
  replace(file, "rallies/seed", H5T_STD_U64LE, 1, &length);
}

static void steps_too_many(hid_t file) {
  poke(file, "rallies/steps", 1, 1000001);
}

static void steps_none(hid_t file) {
  poke(file, "rallies/steps", 1, 0);
}

static void steps_differ(hid_t file) {
  poke(file, "rallies/steps", 1, 42);
}

static void start_is_elsewhere(hid_t file) {
  poke(file, "rallies/first_step", 1, 1);
}

static void start_is_far_away(hid_t file) {
  poke(file, "rallies/first_step", 1, 1e15);
}

static void rally_is_twice(hid_t file) {
  poke(file, "rallies/rally", 1, 0);
}

static void rally_is_negative(hid_t file) {
  poke(file, "rallies/rally", 0, -3);
}

static void winner_is_nobody(hid_t file) {
  poke(file, "rallies/winner", 1, 3);
}

static void server_is_nobody(hid_t file) {
  poke(file, "rallies/server", 1, 2);
}

static void reason_is_a_touch(hid_t file) {
  poke(file, "rallies/reason", 1, 0);
}

static void hits_are_negative(hid_t file) {
  poke(file, "rallies/hits", 1, -1);
}

static void key_is_of_nobody(hid_t file) {
  poke(file, "events/rally", 2, 9);
}

static void key_goes_back(hid_t file) {
  poke(file, "steps/rally", rows_of(file, "steps/rally") - 1, 0);
}

static void key_is_of_the_other(hid_t file) {
  poke(file, "states/rally", 1, 0);
}

static void physics_are_missing(hid_t file) {
  need(H5Adelete(file, "physics") >= 0);
}

static void skills_have_no_names(hid_t file) {
  need(H5Adelete_by_name(file, "steps/skill", "names", H5P_DEFAULT) >= 0);
}

static void option_drives_terminal(hid_t file) {
  const char *name[2] = {"\x1b[2J", "b"};
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  put_attribute(file, "decisions/option", "near_passer", type, 2, name);
  H5Tclose(type);
}

static void options_are_too_many(hid_t file) {
  const char *name[33];
  for (int i = 0; i < 33; i++) {
    name[i] = "a";
  }
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  put_attribute(file, "decisions/option", "far_serve", type, 33, name);
  H5Tclose(type);
}

static void pos_is_not_a_number(hid_t file) {
  poke(file, "steps/ball_pos", 3 * 5 + 1, (double)NAN);
}

static void landing_is_infinite(hid_t file) {
  poke(file, "touches/landing", 0, (double)INFINITY);
}

static void exact_state_is_infinite(hid_t file) {
  poke(file, "states/state", 4, (double)INFINITY);
}

static void kind_is_unknown(hid_t file) {
  poke(file, "events/kind", 2, 99);
}

static void drone_is_unknown(hid_t file) {
  poke(file, "events/drone", 1, 6);
}

static void event_is_before_start(hid_t file) {
  poke(file, "events/step", 0, 0);
}

static void touch_is_after_end(hid_t file) {
  poke(file, "touches/step", rows_of(file, "touches/step") - 1, 1000);
}

static void toucher_is_unknown(hid_t file) {
  poke(file, "touches/drone", 0, -2);
}

static void team_is_unknown(hid_t file) {
  poke(file, "decisions/team", 0, 2);
}

static void decision_is_too_late(hid_t file) {
  poke(file, "decisions/step", rows_of(file, "decisions/step") - 1, 99);
}

static void skill_is_unknown(hid_t file) {
  poke(file, "steps/skill", 6 * 3 + 2, 5);
}

static void state_step_is_wrong(hid_t file) {
  poke(file, "states/step", 0, 1);
}

static void end_is_two(hid_t file) {
  poke(file, "steps/terminations", 4, 2);
}

const BrokenLog *test_broken_logs(int *n) {
  static const BrokenLog logs[] = {
      {"dataset missing", set_is_missing, "steps/drone_angvel", "is missing"},
      {"key missing", key_is_missing, "events/rally", "is missing"},
      {"table missing", table_is_missing, "touches", "is missing"},
      {"rallies missing", rallies_are_missing, "rallies", "is missing"},
      {"no rallies", table_is_empty, "broken.h5", "has no rallies"},
      {"table is a dataset", table_is_dataset, "decisions", "is not a group"},
      {"dataset is a group", set_is_group, "steps/time", "is not a dataset"},
      {"wrong rank", rank_is_wrong, "steps/drone_pos", "has 2 axes, wanted 3"},
      {"wrong axis", axis_is_wrong, "steps/drone_quat", "has length 3, wanted 4"},
      {"wrong class", class_is_wrong, "steps/ball_vel", "an integer of 4 bytes, wanted float32"},
      {"wrong size", size_is_wrong, "rallies/steps", "an integer of 8 bytes, wanted int32"},
      {"wrong sign", sign_is_wrong, "events/drone", "wanted int8"},
      {"row missing", row_is_missing, "steps/ball_pos", "rows, wanted"},
      {"huge rows", rows_are_huge, "steps/ball_pos", "has 1099511627776 rows, wanted"},
      {"data not there", data_are_missing, "steps/ball_pos", "lacks a part of its data"},
      {"filter unknown", filter_is_unknown, "steps/ball_pos", "uses filter 6, wanted deflate"},
      {"state too wide", state_is_too_wide, "states/state", "rows of 5000 numbers"},
      {"one rally too few", one_rally_too_few, "rallies/seed", "has 1 rows, wanted 2"},
      {"too many steps", steps_too_many, "rally 1: steps", "is 1000001, wanted 1 to 1000000"},
      {"no steps", steps_none, "rally 1: steps", "is 0, wanted 1 to 1000000"},
      {"steps disagree", steps_differ, "steps/rally", "has 102 rows, wanted 45"},
      {"start elsewhere", start_is_elsewhere, "rallies/first_step", "row 1 is 1, wanted 2"},
      {"start far away", start_is_far_away, "rallies/first_step", "wanted 2"},
      {"rally twice", rally_is_twice, "rallies/rally", "row 1 is 0, wanted more"},
      {"rally negative", rally_is_negative, "rally", "is -3, wanted"},
      {"winner nobody", winner_is_nobody, "rallies/winner", "row 1 is 3, wanted 0 to 2"},
      {"server nobody", server_is_nobody, "rallies/server", "row 1 is 2, wanted 0 to 1"},
      {"reason a touch", reason_is_a_touch, "rallies/reason", "row 1 is 0, wanted"},
      {"hits negative", hits_are_negative, "rally 1: hits", "is -1, wanted"},
      {"key of nobody", key_is_of_nobody, "events/rally", "is 9, which is out of order"},
      {"key goes back", key_goes_back, "steps/rally", "is 0, which is out of order"},
      {"key of the other", key_is_of_the_other, "rally 0: states", "has 2 rows, wanted 1"},
      {"physics missing", physics_are_missing, "physics", "the attribute is missing"},
      {"names missing", skills_have_no_names, "names", "the attribute is missing"},
      {"option drives a terminal", option_drives_terminal, "near_passer", "not printable"},
      {"too many options", options_are_too_many, "far_serve", "wrong shape"},
      {"text is fixed", text_is_fixed, "rules", "wanted variable-length text"},
      {"top attribute missing", top_attribute_missing, "model_hash", "the attribute is missing"},
      {"schema other", schema_other, "schema", "is \"robomimic\", wanted \"hcsp-match\""},
      {"schema newer", schema_newer, "schema_version", "is 3, wanted 1 to 2"},
      {"dt negative", dt_negative, "dt", "is -0.01 s, wanted"},
      {"text drives a terminal", text_drives_terminal, "near", "not printable"},
      {"text too long", text_too_long, "far", "longer than 511 bytes"},
      {"not a number", pos_is_not_a_number, "rally 1: steps/ball_pos", "row 3 is not finite"},
      {"landing infinite", landing_is_infinite, "touches/landing", "row 0 is not finite"},
      {"state infinite", exact_state_is_infinite, "states/state", "row 0 is not finite"},
      {"kind unknown", kind_is_unknown, "events/kind", "is 99, wanted 0 to 12"},
      {"drone unknown", drone_is_unknown, "events/drone", "is 6, wanted -1 to 5"},
      {"event before start", event_is_before_start, "events/step", "row 0 is 0, wanted 1"},
      {"touch after end", touch_is_after_end, "touches/step", "is 1000, wanted"},
      {"toucher unknown", toucher_is_unknown, "touches/drone", "row 0 is -2, wanted -1 to 5"},
      {"team unknown", team_is_unknown, "decisions/team", "row 0 is 2, wanted 0 to 1"},
      {"decision too late", decision_is_too_late, "decisions/step", "is 99, wanted"},
      {"skill unknown", skill_is_unknown, "rally 1: steps/skill", "is 5, wanted 0 to 4"},
      {"state step wrong", state_step_is_wrong, "states/step", "row 0 is 1, wanted 0"},
      {"flag is two", end_is_two, "steps/terminations", "row 2 is neither 0 nor 1"},
  };
  *n = (int)(sizeof logs / sizeof logs[0]);
  return logs;
}

// --- traps, for a dataset of positions and the group it is in

static hid_t trap_space(hsize_t rows) {
  hsize_t length[2] = {rows, 3};
  return H5Screate_simple(2, length, NULL);
}

static void external_link(hid_t file, const char *path) {
  char name[32];
  snprintf(name, sizeof name, "/pos%d", (int)rows_of(file, path));
  remove_link(file, path);
  need(H5Lcreate_external("secret.h5", name, file, path, H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void external_storage_at(hid_t file, const char *path, hsize_t rows) {
  hid_t space = trap_space(rows), list = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(list, "secret.bin", 0, H5F_UNLIMITED);
  hid_t set = H5Dcreate2(file, path, H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
  need(set >= 0);
  H5Dclose(set);
  H5Pclose(list);
  H5Sclose(space);
}

static void external_storage(hid_t file, const char *path) {
  const hsize_t rows = rows_of(file, path);
  remove_link(file, path);
  external_storage_at(file, path, rows);
}

static void virtual_dataset(hid_t file, const char *path) {
  char name[32];
  const hsize_t rows = rows_of(file, path);
  snprintf(name, sizeof name, "/pos%d", (int)rows);
  hid_t space = trap_space(rows), list = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_virtual(list, space, "secret.h5", name, space);
  remove_link(file, path);
  hid_t set = H5Dcreate2(file, path, H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
  need(set >= 0);
  H5Dclose(set);
  H5Pclose(list);
  H5Sclose(space);
}

static void soft_link(hid_t file, const char *path) {
  external_storage_at(file, "/hidden", rows_of(file, path));
  remove_link(file, path);
  need(H5Lcreate_soft("/hidden", file, path, H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void external_group(hid_t file, const char *group, const char *root) {
  remove_link(file, group);
  need(H5Lcreate_external("secret.h5", root, file, group, H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

#define POS "steps/ball_pos"
#define POS1 "episode_1/ball/pos"

static void link_outside(hid_t file) {
  external_link(file, POS);
}

static void link_outside1(hid_t file) {
  external_link(file, POS1);
}

static void data_outside(hid_t file) {
  external_storage(file, POS);
}

static void data_outside1(hid_t file) {
  external_storage(file, POS1);
}

static void layout_outside(hid_t file) {
  virtual_dataset(file, POS);
}

static void layout_outside1(hid_t file) {
  virtual_dataset(file, POS1);
}

static void link_aside(hid_t file) {
  soft_link(file, POS);
}

static void link_aside1(hid_t file) {
  soft_link(file, POS1);
}

static void group_outside(hid_t file) {
  external_group(file, "steps", "/steps");
}

static void group_outside1(hid_t file) {
  external_group(file, "episode_1/ball", "/");
}

const BrokenLog *test_trap_logs(int *n) {
  static const BrokenLog logs[] = {
      {"external link", link_outside, POS, "is a link to elsewhere"},
      {"external storage", data_outside, POS, "keeps its data in another file"},
      {"virtual dataset", layout_outside, POS, "has a virtual layout"},
      {"soft link", link_aside, POS, "is a link to elsewhere"},
      {"external group", group_outside, "steps", "is a link to elsewhere"},
  };
  *n = (int)(sizeof logs / sizeof logs[0]);
  return logs;
}

const BrokenLog *test_trap_logs1(int *n) {
  static const BrokenLog logs[] = {
      {"external link", link_outside1, POS1, "is a link to elsewhere"},
      {"external storage", data_outside1, POS1, "keeps its data in another file"},
      {"virtual dataset", layout_outside1, POS1, "has a virtual layout"},
      {"soft link", link_aside1, POS1, "is a link to elsewhere"},
      {"external group", group_outside1, "episode_1/ball", "is a link to elsewhere"},
  };
  *n = (int)(sizeof logs / sizeof logs[0]);
  return logs;
}
