// The dashboard: every line fits, figures are where they belong, speed and time left are right, and
// a terminal is redrawn while a file gets a line now and then.
#include "hcsp/train/dashboard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/log.h"
#include "tests/support/check.h"

double __wrap_sim_time_wall(void);

// the dashboard's clock (linker --wrap): a busy machine must not change what is drawn
static double clock_now = 1000;

double __wrap_sim_time_wall(void) {
  clock_now += 1e-6;
  return clock_now;
}

static const TrainScreen plain = {.columns = 80, .lines = 24};

static TrainDashboard *make_dashboard(void) {
  TrainDashboard *dashboard = train_dashboard_create("hover", 2e6);
  assert_non_null(dashboard);
  train_dashboard_row(dashboard, "learn", "policy loss", "%.4f", -0.0123);
  train_dashboard_row(dashboard, "learn", "value loss", "%.3f", 0.456);
  train_dashboard_row(dashboard, "task", "error", "%.2f m", 0.12);
  train_dashboard_row(dashboard, "learn", "kl", "%.4f", 0.0101);
  train_dashboard_row(dashboard, "learn", "gradient norm", "%.2f", 0.5);
  for (int i = 0; i < 50; i++) {
    train_dashboard_curve(dashboard, "task", "return", i, "%.2f", (double)i);
    train_dashboard_curve(dashboard, "task", "success", 0.5, "%d %%", 50);
  }
  train_dashboard_row(dashboard, "task", "crash", "%d %%", 3);
  return dashboard;
}

static char *render(const TrainDashboard *dashboard, const TrainScreen *screen, int *lines) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  const int n = train_dashboard_render(out, dashboard, screen);
  fclose(out);
  if (lines) {
    *lines = n;
  }
  return text;
}

static void the_picture(void **state) {
  (void)state;
  TrainDashboard *dashboard = make_dashboard();
  // 50 k/s for 20 s, then 25 k/s for 20 s
  for (int i = 0; i <= 80; i++) {
    train_dashboard_tick(dashboard, i <= 40 ? 25000.0 * i : 1e6 + 12500.0 * (i - 40),
                         100 + 0.5 * i);
  }
  static const char want[] =
      "hover                                                              elapsed 40 s\n"
      "#######################################..............  75 %           20 s left\n"
      "1.50 M of 2.00 M steps    25.0 k/s now    37.5 k/s overall\n"
      "\n"
      "learn   policy loss    -0.0123  value loss       0.456  kl              0.0101\n"
      "        gradient norm     0.50\n"
      "task    error           0.12 m\n"
      "        return           49.00  _____.....:::::-----=====+++++*****#####\n"
      "        success           50 %  ----------------------------------------\n"
      "        crash              3 %\n";
  int lines;
  char *text = render(dashboard, &plain, &lines);
  assert_string_equal(text, want);
  assert_int_equal(lines, 10);
  free(text);
  char line[1024];
  train_dashboard_line(line, sizeof line, dashboard);
  assert_string_equal(line, "hover: 1.50 M of 2.00 M steps (75 %), 25.0 k/s, 20 s left, "
                            "return 49.00, success 50 %");
  train_dashboard_curve(dashboard, "task", "success", (double)NAN, "%.0f %%", (double)NAN);
  train_dashboard_line(line, sizeof line, dashboard);
  assert_non_null(strstr(line, "return 49.00, success -"));
  train_dashboard_destroy(dashboard);
}

// columns of the longest line, escape sequences not counted
static int widest(const char *text) {
  int most = 0, columns = 0;
  for (const char *c = text; *c; c++) {
    if (*c == '\033') {
      c += strcspn(c, "mKJA");
    } else if (*c == '\n') {
      columns = 0;
    } else if (((unsigned char)*c & 0xc0) != 0x80 && *c != '\r') {
      columns++;
    }
    most = columns > most ? columns : most;
  }
  return most;
}

static void no_line_is_too_long(void **state) {
  (void)state;
  TrainDashboard *dashboard = train_dashboard_create(
      "a title of \xc3\xa4\xc3\xb6\xc3\xbc that is much too long for any screen at all, say 63",
      1e13);
  train_dashboard_row(dashboard, "a long group name", "a long name of a value", "%.10f", 1e10 / 3);
  train_dashboard_row(dashboard, "a long group name", "tab\tand\033[31mred", "%s", "x\ny");
  train_dashboard_row(dashboard, "a long group name", "not a number", "%f", (double)NAN);
  for (int i = 0; i < 60; i++) {
    const double value = i % 7 == 0 ? (double)NAN : i % 11 == 0 ? 1e308 : -1e308;
    train_dashboard_curve(dashboard, "curves", "of anything whatsoever", value, "%g", value);
  }
  train_dashboard_tick(dashboard, 0, 0);
  train_dashboard_tick(dashboard, 1e12, 1e7);
  for (int style = 0; style < 4; style++) {
    for (int columns = 1; columns < 200; columns++) {
      const TrainScreen screen = {.redraw = style & 1,
                                  .color = style & 1,
                                  .unicode = style & 2,
                                  .columns = columns,
                                  .lines = 24};
      char *text = render(dashboard, &screen, NULL);
      assert_true(widest(text) < columns || columns == 1);
      assert_true(widest(text) < 80);
      assert_null(strchr(text, '\t'));
      assert_null(strstr(text, "\033[31m"));
      free(text);
    }
  }
  // at full width most of it is used
  char *text = render(dashboard, &plain, NULL);
  assert_true(widest(text) > 70);
  free(text);
  train_dashboard_destroy(dashboard);
}

static void a_low_screen_gets_fewer_lines(void **state) {
  (void)state;
  TrainDashboard *dashboard = make_dashboard();
  train_dashboard_tick(dashboard, 0, 0);
  for (int height = 2; height < 15; height++) {
    const TrainScreen screen = {.columns = 80, .lines = height};
    int lines;
    char *text = render(dashboard, &screen, &lines);
    int breaks = 0;
    for (const char *c = text; *c; c++) {
      breaks += *c == '\n';
    }
    assert_int_equal(lines, breaks);
    assert_int_equal(lines, height < 11 ? height - 1 : 10);
    free(text);
  }
  train_dashboard_destroy(dashboard);
}

static void blocks_on_a_screen_that_has_them(void **state) {
  (void)state;
  TrainDashboard *dashboard = train_dashboard_create("x", 8);
  for (int i = 0; i < 8; i++) {
    train_dashboard_curve(dashboard, "task", "return", i, "%d", i);
  }
  train_dashboard_tick(dashboard, 4, 0);
  const TrainScreen screen = {
      .redraw = true, .color = true, .unicode = true, .columns = 80, .lines = 24};
  char *text = render(dashboard, &screen, NULL);
  assert_non_null(strstr(text, "▁▂▃▄▅▆▇█"));
  assert_non_null(strstr(text, "█░"));
  assert_non_null(strstr(text, "\033[1mx\033[0m"));
  free(text);
  train_dashboard_destroy(dashboard);
}

static void time_left(void **state) {
  (void)state;
  char line[256];
  TrainDashboard *dashboard = train_dashboard_create("x", 1000);
  train_dashboard_tick(dashboard, 500, 10);
  train_dashboard_line(line, sizeof line, dashboard);
  assert_string_equal(line, "x: 500 of 1.00 k steps (50 %), 0/s, ? left");
  // what was done before a resume does not count for the speed
  train_dashboard_tick(dashboard, 510, 12);
  train_dashboard_line(line, sizeof line, dashboard);
  assert_string_equal(line, "x: 510 of 1.00 k steps (51 %), 5/s, 98 s left");
  train_dashboard_tick(dashboard, 999, 13);
  train_dashboard_line(line, sizeof line, dashboard);
  assert_non_null(strstr(line, "(99 %)"));
  train_dashboard_tick(dashboard, 1001, 14);
  train_dashboard_line(line, sizeof line, dashboard);
  assert_non_null(strstr(line, "(100 %), 125/s, 0 s left"));
  train_dashboard_destroy(dashboard);
}

// updates slower than the window: speed is that of the last one
static void slow_updates(void **state) {
  (void)state;
  char line[256];
  TrainDashboard *dashboard = train_dashboard_create("x", 1000);
  for (int i = 0; i < 100; i++) {
    train_dashboard_tick(dashboard, i < 50 ? i : 50 + 2 * (i - 50), 60.0 * i);
  }
  train_dashboard_line(line, sizeof line, dashboard);
  assert_string_equal(line, "x: 148 of 1.00 k steps (14 %), 0.03/s, 7 h 06 min left");
  train_dashboard_destroy(dashboard);
}

static void nothing_to_draw_on(void **state) {
  (void)state;
  train_dashboard_row(NULL, "a", "b", "%d", 1);
  train_dashboard_curve(NULL, "a", "b", 1, "%d", 1);
  train_dashboard_draw(NULL, 1);
  train_dashboard_end(NULL, 1);
  train_dashboard_destroy(NULL);
}

static void more_values_than_places(void **state) {
  (void)state;
  TrainDashboard *dashboard = train_dashboard_create("x", 1);
  for (int i = 0; i < 100; i++) {
    char name[16];
    snprintf(name, sizeof name, "v%d", i);
    train_dashboard_row(dashboard, "many", name, "%d", i);
    train_dashboard_curve(dashboard, "many", name, i, "%d", i);
  }
  const TrainScreen high = {.columns = 80, .lines = 200};
  char *text = render(dashboard, &high, NULL);
  assert_non_null(strstr(text, "v63 "));
  assert_null(strstr(text, "v64 "));
  free(text);
  train_dashboard_destroy(dashboard);
}

// --- showing

static void train_quickly(void *arg) {
  (void)arg;
  TrainDashboard *dashboard = make_dashboard();
  for (int i = 0; i <= 1000; i++) {
    train_dashboard_draw(dashboard, 2000.0 * i);
  }
  train_dashboard_end(dashboard, 2e6);
  train_dashboard_destroy(dashboard);
}

static void one_line_in_a_file(void **state) {
  (void)state;
  char *text = test_capture_stderr(train_quickly, NULL);
  // only the end: ten seconds have not passed
  assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
  assert_non_null(strstr(text, "] hover: 2.00 M of 2.00 M steps (100 %), "));
  assert_null(strchr(text, '\033'));
  free(text);
}

static void train_slowly(void *arg) {
  (void)arg;
  TrainDashboard *dashboard = make_dashboard();
  train_dashboard_draw(dashboard, 0);
  clock_now += 0.25;
  train_dashboard_draw(dashboard, 1000);
  train_dashboard_draw(dashboard, 1001);
  sim_log(SIM_LOG_INFO, "a message");
  train_dashboard_end(dashboard, 2000);
  train_dashboard_destroy(dashboard);
}

static int count(const char *text, const char *part) {
  int n = 0;
  for (const char *at = text; (at = strstr(at, part)) != NULL; at++) {
    n++;
  }
  return n;
}

static void redrawn_on_a_terminal(void **state) {
  (void)state;
  test_needs(test_has_terminals(), "no pseudo-terminal on this machine");
  char text[16384];
  unsetenv("NO_COLOR");
  unsetenv("COLUMNS");
  unsetenv("LINES");
  setenv("LC_ALL", "C.UTF-8", 1);
  test_capture_terminal(text, sizeof text, train_slowly, "xterm");
  // two pictures: after 0.25 s and at the end; only the first is drawn over
  assert_int_equal(count(text, "overall"), 2);
  assert_int_equal(count(text, "\033[J"), 2);
  assert_int_equal(count(text, "\033[10A"), 1);
  assert_int_equal(count(text, "A"), 1);
  const char *message = strstr(text, "] a message\r\n");
  assert_non_null(message);
  assert_true(message > strstr(text, "\033[10A") && message < strstr(text, "2.00 k of"));
  assert_string_equal(text + strlen(text) - 5, "\r\n\033[J");
  assert_non_null(strstr(text, "░"));
  assert_true(widest(text) < 60);
}

static void plain_where_wanted(void **state) {
  (void)state;
  test_needs(test_has_terminals(), "no pseudo-terminal on this machine");
  char text[16384];
  test_capture_terminal(text, sizeof text, train_slowly, "dumb");
  assert_null(strchr(text, '\033'));
  assert_int_equal(count(text, " steps ("), 1);
  setenv("NO_COLOR", "1", 1);
  test_capture_terminal(text, sizeof text, train_slowly, "xterm");
  assert_int_equal(count(text, " steps ("), 1);
  assert_int_equal(count(text, "\033[J"), 0);
  unsetenv("NO_COLOR");
  // the terminal's console and a locale of plain letters have no blocks
  setenv("LC_ALL", "C", 1);
  test_capture_terminal(text, sizeof text, train_slowly, "xterm");
  assert_null(strstr(text, "░"));
  setenv("LC_ALL", "C.UTF-8", 1);
  test_capture_terminal(text, sizeof text, train_slowly, "linux");
  assert_null(strstr(text, "░"));
  setenv("COLUMNS", "40", 1);
  test_capture_terminal(text, sizeof text, train_slowly, "xterm");
  assert_true(widest(text) < 40);
  unsetenv("COLUMNS");
}

// the speed of now is that of the last seconds, whatever was before
static void speed_is_that_of_now(void **state) {
  (void)state;
  char line[512];
  TrainDashboard *d = train_dashboard_create("test", 10005);
  for (int t = 0; t <= 600; t++) {
    train_dashboard_tick(d, t <= 585 ? t : 585 + 10 * (t - 585), t);
  }
  train_dashboard_line(line, sizeof line, d);
  if (!strstr(line, ", 10/s, ")) {
    fail_msg("no 10/s in '%s'", line);
  }
  // 9,270 steps at ten a second
  assert_non_null(strstr(line, "15 min 27 s left"));
  train_dashboard_destroy(d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(speed_is_that_of_now),
      cmocka_unit_test(the_picture),
      cmocka_unit_test(no_line_is_too_long),
      cmocka_unit_test(a_low_screen_gets_fewer_lines),
      cmocka_unit_test(blocks_on_a_screen_that_has_them),
      cmocka_unit_test(time_left),
      cmocka_unit_test(slow_updates),
      cmocka_unit_test(nothing_to_draw_on),
      cmocka_unit_test(more_values_than_places),
      cmocka_unit_test(one_line_in_a_file),
      cmocka_unit_test(redrawn_on_a_terminal),
      cmocka_unit_test(plain_where_wanted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
