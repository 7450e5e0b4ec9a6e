// Logs of schema 1: they are read, replayed and verified, and export brings them over to schema 2
// without losing a number.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/record/export.h"
#include "sim/record/observe.h"
#include "sim/record/replay.h"
#include "tests/support/played.h"
#include "tests/support/rallies.h"
#include "tests/support/schema1.h"

enum { RALLIES = 12 };

// The expected rallies in one file, and an index in front of it as a folder of that time had.
static void make_old(const char *folder) {
  SimRally rally[RALLIES];
  SimLogInfo info;
  char path[64], line[256], command[64];
  size_t size;
  snprintf(command, sizeof command, "rm -rf %s && mkdir %s", folder, folder);
  assert_int_equal(system(command), 0);
  snprintf(path, sizeof path, "%s/00000.h5", folder);
  test_log_info(&info);
  for (int i = 0; i < RALLIES; i++) {
    test_expected_rally(&rally[i], (uint32_t)i);
  }
  test_write_schema1(path, &info, rally, RALLIES);
  for (int i = 0; i < RALLIES; i++) {
    sim_rally_free(&rally[i]);
  }
  char *data = test_read_file(path, &size);
  const int n = snprintf(line, sizeof line,
                         "{\"file\":\"00000.h5\",\"rallies\":%d,\"first_rally\":0,\"bytes\":%zu,"
                         "\"xxh3\":\"%016llx\"}\n",
                         RALLIES, size, (unsigned long long)sim_hash(data, size));
  free(data);
  snprintf(path, sizeof path, "%s/index.jsonl", folder);
  test_write_file(path, line, (size_t)n);
}

static void check_rallies(const char *path) {
  SimError err = {.text = ""};
  SimLog *log = sim_log_open(path, &err);
  assert_string_equal(err.text, "");
  assert_int_equal(sim_log_rallies(log), RALLIES);
  SimRally rally = {.state_size = 0};
  for (int i = 0; i < RALLIES; i++) {
    SimRally expected;
    SimDifference difference;
    test_expected_rally(&expected, (uint32_t)i);
    test_forget_schema2(&expected);
    assert_ok(sim_log_read(&rally, log, i, &err), &err);
    sim_rally_compare(&difference, &rally, &expected);
    if (difference.found) {
      fail_msg("%s: rally %d: %s, row %d", path, i, difference.what, difference.row);
    }
    sim_rally_free(&expected);
  }
  assert_int_equal(sim_log_find(log, 7, &err), 7);
  sim_rally_free(&rally);
  sim_log_close(log);
}

static void old_logs_are_read(void **state) {
  (void)state;
  SimError err;
  SimLogInfo info;
  SimRallyInfo rally;
  make_old("old");
  check_rallies("old");
  check_rallies("old/00000.h5");
  SimLog *log = sim_log_open("old", &err);
  assert_ok(sim_log_info(&info, log, 0, &err), &err);
  assert_int_equal(info.schema, 1);
  assert_string_equal(info.skill[1], "serve");
  assert_string_equal(info.physics, "");
  // the aim is found with the rows, not with the attributes alone
  assert_ok(sim_log_read_info(&rally, log, 1, &err), &err);
  assert_true(isnan(rally.serve_target[0]) && rally.steps == 99);
  sim_log_close(log);
}

static void export_brings_them_over(void **state) {
  (void)state;
  SimError err = {.text = ""};
  SimLogInfo info;
  make_old("old");
  SimLog *log = sim_log_open("old", &err);
  assert_ok(sim_export_h5("new.h5", log, NULL, &err), &err);
  sim_log_close(log);
  check_rallies("new.h5");
  log = sim_log_open("new.h5", &err);
  assert_ok(sim_log_info(&info, log, 0, &err), &err);
  assert_int_equal(info.schema, 2);
  assert_string_equal(info.far, "stage1 \xc3\xa9");
  sim_log_close(log);
}

// Real rallies, recorded now, written as they were then.
static void old_logs_replay(void **state) {
  (void)state;
  enum { PLAYED = 3 };
  SimError err;
  SimLogInfo info;
  SimRally rally[PLAYED], old = {.state_size = 0};
  SimModel *model = test_model();
  assert_int_equal(system("rm -rf played"), 0);
  test_played_info(&info);
  SimRecorder *recorder = sim_recorder_create("played", &info, sim_world_row_size(model), &err);
  assert_ok(test_play_rallies(recorder, model, 0, PLAYED, &err), &err);
  assert_ok(sim_recorder_finish(recorder, &err), &err);
  sim_recorder_destroy(recorder);
  SimLog *log = sim_log_open("played", &err);
  memset(rally, 0, sizeof rally);
  for (int i = 0; i < PLAYED; i++) {
    assert_ok(sim_log_read(&rally[i], log, i, &err), &err);
  }
  sim_log_close(log);
  test_write_schema1("played1.h5", &info, rally, PLAYED);
  log = sim_log_open("played1.h5", &err);
  assert_non_null(log);
  assert_ok(sim_log_info(&info, log, 0, &err), &err);
  for (int i = 0; i < PLAYED; i++) {
    SimObservations obs;
    assert_ok(sim_log_read(&old, log, i, &err), &err);
    assert_ok(sim_replay_verify(model, &info, &old, &err), &err);
    old.vel[10][2][1] = nextafterf(old.vel[10][2][1], 1e30f);
    assert_refused(sim_replay_verify(model, &info, &old, &err), SIM_BAD_INPUT, &err,
                   "steps/drone_vel differs first in row 10");
    // goals in full came with schema 2
    assert_refused(sim_observe_rally(&obs, model, &info, &old, SIM_OBS_STRIKE43, NULL, &err),
                   SIM_USAGE, &err, "does not hold");
    sim_rally_free(&rally[i]);
  }
  sim_rally_free(&old);
  sim_log_close(log);
  sim_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(old_logs_are_read),
      cmocka_unit_test(export_brings_them_over),
      cmocka_unit_test(old_logs_replay),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
