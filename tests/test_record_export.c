// Exports hold what the log holds: every number of the CSV tables reads back to the same float, the
// JSON summary adds up, the compressed file equals the shards.
#include "tests/support/check.h"

#include <hdf5.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/record/export.h"
#include "tests/support/rallies.h"

enum { RALLIES = 40 };

static int record(void **state) {
  SimLogInfo info;
  SimError err;
  assert_int_equal(system("rm -rf log csv out.json out.h5"), 0);
  test_log_info(&info);
  SimRecorder *recorder = sim_recorder_create("log", &info, TEST_STATE_SIZE, &err);
  assert_non_null(recorder);
  assert_ok(test_record_rallies(recorder, 0, RALLIES, 5, &err), &err);
  assert_ok(sim_recorder_finish(recorder, &err), &err);
  sim_recorder_destroy(recorder);
  *state = sim_log_open("log", &err);
  return *state != NULL ? 0 : 1;
}

static int close_log(void **state) {
  sim_log_close(*state);
  return 0;
}

// --- CSV

// The next cell of a line; empty cells count.
static char *cell(char **rest) {
  char *text = strsep(rest, ",");
  assert_non_null(text);
  return text;
}

static void check_number(char **rest, float wanted) {
  const char *text = cell(rest);
  if (isnan(wanted)) {
    assert_string_equal(text, "");
  } else {
    assert_true(strtof(text, NULL) == wanted);
  }
}

static void check_numbers(char **rest, const float *wanted, int n) {
  for (int i = 0; i < n; i++) {
    check_number(rest, wanted[i]);
  }
}

static void check_empty(char **rest, int n) {
  for (int i = 0; i < n; i++) {
    assert_string_equal(cell(rest), "");
  }
}

static const char *const SKILL[] = {"goto", "serve", "serve_hover", "receive", "attack"};

static void check_inputs(char **rest, const SimRally *rally, int row) {
  check_numbers(rest, &rally->action[row][0][0], 24);
  for (int i = 0; i < 6; i++) {
    int index = rally->skill[row][i];
    assert_string_equal(cell(rest), index == 255 ? "flat" : SKILL[index]);
  }
  check_numbers(rest, &rally->goal[row][0][0], 18);
  check_numbers(rest, rally->flight[row], 6);
  check_numbers(rest, rally->apex[row], 6);
  check_numbers(rest, rally->strike_z[row], 6);
  check_numbers(rest, rally->rewards[row], 2);
  assert_int_equal(atoi(cell(rest)), rally->terminations[row]);
  assert_int_equal(atoi(cell(rest)), rally->truncations[row]);
}

static void check_step(char *line, const SimRally *rally, int row) {
  assert_int_equal(atoi(cell(&line)), rally->info.rally);
  assert_int_equal(atoi(cell(&line)), row);
  assert_true((float)strtod(cell(&line), NULL) == rally->time[row]);
  check_numbers(&line, rally->ball_pos[row], 3);
  check_numbers(&line, rally->ball_vel[row], 3);
  check_numbers(&line, &rally->pos[row][0][0], 18);
  check_numbers(&line, &rally->vel[row][0][0], 18);
  check_numbers(&line, &rally->quat[row][0][0], 24);
  check_numbers(&line, &rally->angvel[row][0][0], 18);
  check_numbers(&line, &rally->rotor[row][0][0], 24);
  if (row < rally->info.steps) {
    check_inputs(&line, rally, row);
  } else {
    check_empty(&line, 24 + 6 + 18 + 6 + 6 + 6 + 2 + 1 + 1);
  }
  assert_null(line);
}

static void check_heading(const char *line) {
  static const char *const wanted[] = {
      "rally,step,time [s],ball_pos_x [m],ball_pos_y [m],ball_pos_z [m],ball_vel_x [m/s],",
      ",near_passer_pos_x [m],",
      ",far_attacker_vel_z [m/s],",
      ",near_setter_quat_w,",
      ",far_passer_angvel_y [rad/s],",
      ",near_attacker_rotor_front_right,",
      ",far_setter_action_back_right,",
      ",near_passer_skill,",
      ",near_passer_goal_x [m],",
      ",far_attacker_flight [s],",
      ",far_attacker_apex [m],",
      ",near_setter_strike_z [m],",
      ",rewards_near,rewards_far,terminations,truncations",
  };
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    if (strstr(line, wanted[i]) == NULL) {
      fail_msg("no \"%s\" in %s", wanted[i], line);
    }
  }
}

static void check_steps(void) {
  char *text = test_read_file("csv/steps.csv", NULL), *rest = text;
  check_heading(strsep(&rest, "\n"));
  for (int i = 0; i < RALLIES; i++) {
    SimRally rally;
    test_expected_rally(&rally, (uint32_t)i);
    for (int row = 0; row <= rally.info.steps; row++) {
      check_step(strsep(&rest, "\n"), &rally, row);
    }
    sim_rally_free(&rally);
  }
  assert_string_equal(rest, "");
  free(text);
}

static void check_events(void) {
  char *text = test_read_file("csv/events.csv", NULL), *rest = text;
  assert_string_equal(strsep(&rest, "\n"),
                      "rally,step,time [s],kind,drone,ball_x [m],ball_y [m],ball_z [m]");
  for (int i = 0; i < RALLIES; i++) {
    SimRally rally;
    test_expected_rally(&rally, (uint32_t)i);
    for (int row = 0; row < rally.n[SIM_ROWS_EVENT]; row++) {
      char *line = strsep(&rest, "\n");
      int step = rally.event_step[row], drone = rally.event_drone[row];
      assert_int_equal(atoi(cell(&line)), i);
      assert_int_equal(atoi(cell(&line)), step);
      assert_near(atof(cell(&line)), step * SIM_DT, 1e-7);
      assert_string_equal(cell(&line), sim_event_name((SimEventKind)rally.event_kind[row]));
      assert_string_equal(cell(&line), drone >= 0 ? sim_drone_name(drone) : "");
      check_numbers(&line, rally.ball_pos[step], 3);
      assert_null(line);
    }
    sim_rally_free(&rally);
  }
  assert_string_equal(rest, "");
  free(text);
}

static const char *option_name(char out[8], int team, int head, int option) {
  snprintf(out, 8, "%d", option);
  if (option == 255) {
    return "";
  }
  if (team == 0 && head == 0 && option < 2) {
    return option == 0 ? "wait" : "dig";
  }
  return team == 0 && head == 2 && option == 0 ? "fast left" : out;
}

static void check_decisions(void) {
  char *text = test_read_file("csv/decisions.csv", NULL), *rest = text;
  assert_string_equal(strsep(&rest, "\n"),
                      "rally,step,time [s],team,passer,passer_probability,setter,"
                      "setter_probability,attacker,attacker_probability,serve,serve_probability,"
                      "shape,shape_probability,first,first_probability,second,second_probability,"
                      "third,third_probability,by");
  for (int i = 0; i < RALLIES; i++) {
    SimRally rally;
    test_expected_rally(&rally, (uint32_t)i);
    for (int row = 0; row < rally.n[SIM_ROWS_DECISION]; row++) {
      char *line = strsep(&rest, "\n"), name[8];
      const int team = rally.strategy_team[row];
      assert_int_equal(atoi(cell(&line)), i);
      assert_int_equal(atoi(cell(&line)), rally.strategy_step[row]);
      assert_near(atof(cell(&line)), rally.strategy_step[row] * SIM_DT, 1e-9);
      assert_string_equal(cell(&line), team == 0 ? "near" : "far");
      for (int head = 0; head < SIM_LOG_HEADS; head++) {
        assert_string_equal(cell(&line),
                            option_name(name, team, head, sim_rally_option(&rally, row, head)));
        check_number(&line, sim_rally_probability(&rally, row, head));
      }
      const bool known = rally.strategy_policy[row] != SIM_NO_POLICY;
      assert_string_equal(cell(&line), !known ? "" : team == 0 ? "bot" : "two");
      assert_null(line);
    }
    sim_rally_free(&rally);
  }
  assert_string_equal(rest, "");
  free(text);
}

static void check_touches(void) {
  char *text = test_read_file("csv/touches.csv", NULL), *rest = text;
  assert_string_equal(strsep(&rest, "\n"),
                      "rally,step,time [s],drone,skill,speed [m/s],landing_x [m],landing_y [m]");
  for (int i = 0; i < RALLIES; i++) {
    SimRally rally;
    test_expected_rally(&rally, (uint32_t)i);
    for (int row = 0; row < rally.n[SIM_ROWS_TOUCH]; row++) {
      char *line = strsep(&rest, "\n");
      const int drone = rally.touch_drone[row];
      assert_int_equal(atoi(cell(&line)), i);
      assert_int_equal(atoi(cell(&line)), rally.touch_step[row]);
      assert_near(atof(cell(&line)), rally.touch_step[row] * SIM_DT, 1e-9);
      assert_string_equal(cell(&line), drone >= 0 ? sim_drone_name(drone) : "");
      const char *skill = cell(&line);
      assert_string_equal(skill,
                          rally.touch_skill[row] == 255 ? "flat" : SKILL[rally.touch_skill[row]]);
      check_number(&line, rally.touch_speed[row]);
      check_numbers(&line, rally.touch_landing[row], 2);
      assert_null(line);
    }
    sim_rally_free(&rally);
  }
  assert_string_equal(rest, "");
  free(text);
}

// Times are told as a person would.
static void check_time(void) {
  char *text = test_read_file("csv/steps.csv", NULL);
  assert_non_null(strstr(text, "\n1,57,0.57,"));
  free(text);
}

static void test_csv(void **state) {
  SimError err;
  // a comma for a decimal point would break every row
  const char *locale = setlocale(LC_ALL, "de_DE.UTF-8");
  assert_ok(sim_export_csv("csv", *state, &err), &err);
  if (locale != NULL) {
    setlocale(LC_ALL, "C");
  }
  assert_int_equal(test_count_files("csv"), 5);
  check_steps();
  check_time();
  check_decisions();
  check_events();
  check_touches();
  char *text = test_read_file("csv/rallies.csv", NULL), *rest = text;
  assert_string_equal(strsep(&rest, "\n"), "rally,seed,server,winner,reason,steps,time [s],hits,"
                                           "serve_target_x [m],serve_target_y [m]");
  assert_string_equal(strsep(&rest, "\n"), "0,7,near,near,ball_out,1,0.01,0,1.5,-2.25");
  assert_string_equal(strsep(&rest, "\n"), "1,7,far,far,ball_out,99,0.99,33,2.5,-2.25");
  free(text);
}

// --- JSON

static void test_json(void **state) {
  SimError err;
  json_error_t error;
  assert_ok(sim_export_json("out.json", *state, &err), &err);
  json_t *object = json_load_file("out.json", 0, &error), *summary, *list;
  assert_non_null(object);
  summary = json_object_get(object, "summary");
  list = json_object_get(summary, "list");
  int wins[3] = {0}, hits = 0, steps = 0;
  for (int i = 0; i < RALLIES; i++) {
    SimRally rally;
    test_expected_rally(&rally, (uint32_t)i);
    wins[rally.info.winner]++;
    hits += rally.info.hits;
    steps += rally.info.steps;
    const json_t *entry = json_array_get(list, (size_t)i);
    assert_int_equal(json_integer_value(json_object_get(entry, "steps")), rally.info.steps);
    assert_string_equal(json_string_value(json_object_get(entry, "reason")),
                        sim_event_name(rally.info.reason));
    sim_rally_free(&rally);
  }
  assert_int_equal(json_array_size(list), RALLIES);
  assert_int_equal(json_integer_value(json_object_get(summary, "near")), wins[0]);
  assert_int_equal(json_integer_value(json_object_get(summary, "far")), wins[1]);
  assert_int_equal(json_integer_value(json_object_get(summary, "draws")), wins[2]);
  assert_near(json_real_value(json_object_get(summary, "hits_mean")), hits / (double)RALLIES, 1e-6);
  assert_near(json_real_value(json_object_get(summary, "steps_mean")), steps / (double)RALLIES,
              1e-6);
  assert_string_equal(json_string_value(json_object_get(object, "far")), "stage1 \xc3\xa9");
  assert_string_equal(json_string_value(json_object_get(object, "seed")), "18446744073709551614");
  assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "seed")), 7);
  json_decref(object);
}

// --- HDF5

static void test_h5(void **state) {
  SimError err = {.text = ""};
  assert_ok(sim_export_h5("out.h5", *state, NULL, &err), &err);
  SimLog *log = sim_log_open("out.h5", &err);
  assert_string_equal(err.text, "");
  assert_non_null(log);
  assert_int_equal(sim_log_rallies(log), RALLIES);
  SimRally rally = {.state_size = 0};
  for (int i = 0; i < RALLIES; i++) {
    SimRally wanted;
    SimDifference difference;
    test_expected_rally(&wanted, (uint32_t)i);
    assert_ok(sim_log_read(&rally, log, i, &err), &err);
    sim_rally_compare(&difference, &rally, &wanted);
    assert_false(difference.found);
    sim_rally_free(&wanted);
  }
  sim_rally_free(&rally);
  sim_log_close(log);
  // its chunks are compressed and have checksums
  hid_t file = H5Fopen("out.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t set = H5Dopen2(file, "steps/drone_pos", H5P_DEFAULT);
  hid_t list = H5Dget_create_plist(set);
  assert_int_equal(H5Pget_layout(list), H5D_CHUNKED);
  assert_int_equal(H5Pget_nfilters(list), 3);
  H5Pclose(list);
  H5Dclose(set);
  H5Fclose(file);
}

// --- full disk

static int export_limited(SimLog *log, int what) {
  const struct rlimit size = {20000, 20000};
  SimError err = {.text = ""};
  signal(SIGXFSZ, SIG_IGN);
  if (setrlimit(RLIMIT_FSIZE, &size) != 0) {
    return 99;
  }
  SimStatus status =
      what == 0 ? sim_export_csv("full", log, &err) : sim_export_h5("full/out.h5", log, NULL, &err);
  return err.text[0] != '\0' ? (int)status : 98;
}

static void test_full_disk(void **state) {
  for (int what = 0; what < 2; what++) {
    int status;
    assert_int_equal(system("rm -rf full && mkdir full"), 0);
    pid_t pid = fork();
    if (pid == 0) {
      _exit(export_limited(*state, what));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SIM_DISK_FULL);
    assert_int_equal(test_count_files("full"), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_csv),
      cmocka_unit_test(test_json),
      cmocka_unit_test(test_h5),
      cmocka_unit_test(test_full_disk),
  };
  return cmocka_run_group_tests(tests, record, close_log);
}
