// Inputs of a training: which files of a team are listed, and that whatever has changed since is
// refused with one sentence that names its file.
#include "hcsp/run/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"

static json_t *list(const char *what, const char *name) {
  SimError err = {0};
  PolTeam *team = pol_team_load(name, &err);
  json_t *inputs = json_object();
  assert_ok(err.status, &err);
  run_inputs_put_team(inputs, what, team);
  pol_team_destroy(team);
  return inputs;
}

static const char *text_of(const json_t *inputs, const char *what, const char *key) {
  return json_string_value(json_object_get(json_object_get(inputs, what), key));
}

static bool ends_with(const char *text, const char *end) {
  return text && strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static void test_team(void **state) {
  (void)state;
  json_t *inputs = list("base", "stage3_court");
  static const char *const files[][2] = {
      {"base.set", "skills/stage3_court/set.safetensors"},
      {"base.goto", "skills/hover.safetensors"},
      {"base.strategy[0]", "strategies/stage3_court-024.safetensors"},
      {"base.strategy[7]", "strategies/stage3_court-017.safetensors"},
      {"base.options", "configs/options/court3.yaml"},
      {"base.calibration", "skills/stage3_court/calibration.json"},
      {"base", "teams/stage3_court.yaml"}};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    assert_true(ends_with(text_of(inputs, files[i][0], "file"), files[i][1]));
    assert_int_equal(strlen(text_of(inputs, files[i][0], "hash")), 16);
  }
  // eleven slots, eight strategies, table, calibration, the team; nobody is model-based
  assert_int_equal(json_object_size(inputs), 11 + 8 + 3);
  json_decref(inputs);
  inputs = list("base", "classical");
  assert_true(ends_with(text_of(inputs, "base.gains", "file"), "configs/classical.yaml"));
  assert_int_equal(json_object_size(inputs), 3);
  json_decref(inputs);
}

static void test_changes(void **state) {
  (void)state;
  SimError err = {0};
  json_t *was = list("team", "stage1"), *now = list("team", "stage1");
  test_write_file("critic", "one", 3);
  assert_ok(run_inputs_put_file(was, "critic", "critic", &err), &err);
  assert_ok(run_inputs_put_file(now, "critic", "critic", &err), &err);
  assert_ok(run_inputs_check(now, was, "here", &err), &err);
  test_write_file("critic", "two", 3);
  assert_ok(run_inputs_put_file(now, "critic", "critic", &err), &err);
  assert_refused(run_inputs_check(now, was, "here", &err), SIM_BAD_INPUT, &err,
                 "here: was begun with another critic (critic): saw content");
  json_object_del(now, "critic");
  assert_refused(run_inputs_check(now, was, "here", &err), SIM_BAD_INPUT, &err,
                 "here: was begun with critic (critic)");
  json_object_del(was, "critic");
  // a file is named before the team, which changes with it
  run_inputs_put(now, "team.set", "x/set.safetensors", 1);
  run_inputs_put(now, "team", "x/team.yaml", 2);
  assert_refused(run_inputs_check(now, was, "here", &err), SIM_BAD_INPUT, &err,
                 "another x/set.safetensors (team.set)");
  json_decref(now);
  now = list("team", "stage1");
  run_inputs_put(now, "guest", "g.yaml", 1);
  assert_refused(run_inputs_check(now, was, "here", &err), SIM_BAD_INPUT, &err,
                 "here: was begun without g.yaml (guest)");
  assert_refused(run_inputs_check(now, NULL, "here", &err), SIM_BAD_INPUT, &err, "begun without");
  assert_refused(run_inputs_put_file(now, "start", "nowhere", &err), SIM_BAD_INPUT, &err,
                 "nowhere");
  json_decref(now);
  json_decref(was);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_team), cmocka_unit_test(test_changes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
