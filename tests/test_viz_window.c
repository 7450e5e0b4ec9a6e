// The window on a virtual display: it opens, plays, answers every key, survives any size and any
// dropped file, and closes without OpenGL errors and without leaving memory behind.
#include "tests/support/check.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/log.h"
#include "tests/support/viz_match.h"
#include "viz/pull.h"
#include "viz/window.h"

static VizWindow *open_window(const char *log) {
  SimError err = {0};
  VizOptions options = viz_options_default();
  options.log = log;
  options.width = 480;
  options.height = 270;
  VizWindow *window = viz_window_create(&options, &err);
  assert_ok(window ? SIM_OK : err.status, &err);
  return window;
}

static void pictures(VizWindow *window, int n) {
  for (int i = 0; i < n; i++) {
    viz_window_picture(window);
  }
}

static int make_match(void **state) {
  (void)state;
  test_viz_match("match", 3);
  size_t size;
  char *data = test_read_file("match/00000.h5", &size);
  unlink("short.h5");
  test_write_file("short.h5", data, size / 2);
  test_write_file("photo.jpg", "\xff\xd8\xff", 3);
  test_write_file("team.yaml", "name: [", 7);
  free(data);
  return 0;
}

static void plays_three_hundred_pictures(void **state) {
  (void)state;
  VizWindow *window = open_window(NULL);
  VizApp *app = viz_window_app(window);
  pictures(window, 300);
  assert_int_equal(viz_window_pictures(window), 300);
  assert_true(viz_source_info(app->source)->live);
  // a rally may be over and the next one young
  assert_true(viz_source_frames(app->source) > 50 || viz_source_rally(app->source) > 0);
  assert_int_equal(viz_window_errors(window), 0);
  viz_window_destroy(window);
}

static void answers_every_key(void **state) {
  (void)state;
  enum { MAX = 200 };
  int keys[MAX], modifiers[MAX];
  const int n = viz_keys_list(keys, modifiers, MAX);
  VizWindow *window = open_window("match");
  for (int i = 0; i < n; i++) {
    viz_window_key(window, keys[i], modifiers[i]);
    const bool goes_on = viz_window_picture(window);
    const bool asks = keys[i] == 'Q' && modifiers[i] == 0, quits = keys[i] == 'Q' && !asks;
    assert_int_equal(goes_on, !quits);
    assert_int_equal(viz_window_app(window)->asks_quit, asks);
    viz_window_app(window)->wish.quit = viz_window_app(window)->asks_quit = false;
    viz_window_app(window)->asks_number = false;
  }
  // with both panels open
  viz_window_key(window, mjKEY_TAB, 0);
  viz_window_key(window, mjKEY_TAB, VIZ_SHIFT);
  pictures(window, 3);
  assert_int_equal(viz_window_errors(window), 0);
  viz_window_destroy(window);
  assert_int_equal(system("rm hcsp-view-*.png"), 0);
}

// clicks whatever takes clicks in the picture, one picture after the other
static int click_everything(VizWindow *window, VizPage page) {
  VizApp *app = viz_window_app(window);
  app->page = page;
  pictures(window, 1);
  const int n = app->hud.hots;
  for (int i = 0; i < n && i < app->hud.hots; i++) {
    const VizRect rect = app->hud.hot[i].rect;
    viz_window_point(window, rect.x + 2, rect.y + 2);
    pictures(window, 1);
    viz_window_click(window, rect.x + rect.width / 2.0, rect.y + rect.height / 2.0);
    app->page = page;  // a button may have put it away
    pictures(window, 1);
  }
  return n;
}

static void answers_every_click(void **state) {
  (void)state;
  VizWindow *window = open_window("match");
  VizApp *app = viz_window_app(window);
  viz_window_resize(window, 640, 360);
  pictures(window, 4);
  int clicks = 0;
  for (int page = 0; page < VIZ_PAGES; page++) {
    app->switches.choices = page % 2;
    clicks += click_everything(window, (VizPage)page);
  }
  assert_true(clicks > 40);
  // the list of rallies has taken the last clicks
  assert_int_equal(viz_source_rally(app->source), 2);
  assert_int_equal(viz_window_errors(window), 0);
  viz_window_destroy(window);
}

static void person_plays_with_the_mouse(void **state) {
  (void)state;
  SimError err = {0};
  VizOptions options = viz_options_default();
  options.near = "human";
  options.far = "stage3";
  options.seed = 2;  // near serves
  options.width = 640;
  options.height = 360;
  VizWindow *window = viz_window_create(&options, &err);
  assert_ok(window ? SIM_OK : err.status, &err);
  VizApp *app = viz_window_app(window);
  pictures(window, 5);
  assert_true(app->ask.open && app->ask.serve);
  // nobody serves before it is chosen how
  assert_int_equal(viz_source_frames(app->source), 1);
  for (int i = 0; i < app->hud.hots; i++) {
    const VizRect rect = app->hud.hot[i].rect;
    if (app->hud.hot[i].command.what == VIZ_DO_CHOOSE) {
      viz_window_click(window, rect.x + 3, rect.y + 3);
      break;
    }
  }
  pictures(window, 10);
  assert_false(app->ask.open && app->ask.serve);
  assert_true(viz_source_frames(app->source) > 1);
  assert_int_equal(viz_window_errors(window), 0);
  viz_window_destroy(window);
}

static void survives_any_size(void **state) {
  (void)state;
  static const int SIZE[][2] = {{1, 1}, {2, 700}, {900, 3}, {300, 200}, {1200, 800}, {800, 450}};
  VizWindow *window = open_window("match");
  viz_window_key(window, mjKEY_F1, 0);
  viz_window_key(window, mjKEY_F2, 0);
  viz_window_key(window, mjKEY_F4, 0);
  for (size_t i = 0; i < sizeof SIZE / sizeof SIZE[0]; i++) {
    viz_window_resize(window, SIZE[i][0], SIZE[i][1]);
    pictures(window, 4);
    viz_window_key(window, mjKEY_TAB, 0);
    viz_window_key(window, 'P', 0);
    pictures(window, 4);
  }
  assert_int_equal(viz_window_errors(window), 0);
  viz_window_destroy(window);
}

static void survives_any_file(void **state) {
  (void)state;
  const char *bad[] = {"short.h5", "photo.jpg", "team.yaml", "nowhere", "/", "/dev/null"};
  const char *good[] = {"match", "match/00000.h5"};
  VizWindow *window = open_window(NULL);
  VizApp *app = viz_window_app(window);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    viz_window_drop(window, 1, &bad[i]);
    assert_true(app->message_bad);
    assert_true(viz_source_info(app->source)->live);
    pictures(window, 3);
  }
  // with the panels open a dropped team is taken into their lists
  viz_window_key(window, mjKEY_TAB, 0);
  pictures(window, 2);
  assert_int_equal(system("sed \"s|[.][.]/|$HCSP_HOME/policies/|\" "
                          "$HCSP_HOME/policies/teams/classical.yaml > mine.yaml"),
                   0);
  const char *mine = "mine.yaml";
  viz_window_drop(window, 1, &mine);
  assert_false(app->message_bad);
  assert_string_equal(viz_app_team(app, viz_app_teams(app) - 1), "mine.yaml");
  pictures(window, 3);
  viz_window_drop(window, 2, good);
  assert_false(app->message_bad);
  assert_int_equal(viz_source_info(app->source)->rallies, 3);
  pictures(window, 3);
  assert_int_equal(viz_window_errors(window), 0);
  viz_window_destroy(window);
}

static void body_can_be_pulled(void **state) {
  (void)state;
  VizWindow *window = open_window(NULL);
  VizApp *app = viz_window_app(window);
  pictures(window, 5);
  // nothing is selected, then a drone is
  viz_pull_start(app, false);
  assert_int_equal(app->scene.perturb.active, 0);
  app->scene.selected = 1;
  const double y = app->scene.view.drone[1].pos[1];
  viz_pull_start(app, false);
  viz_pull_move(app, mjMOUSE_MOVE_V, 0.3, 0);
  const double start = sim_time_wall();
  while (sim_time_wall() - start < 0.5) {
    pictures(window, 1);
  }
  viz_pull_stop(app);
  const VizFrame *frame = viz_source_frame(app->source, viz_player_frame(&app->player));
  assert_true(frame->perturbed);
  assert_true(app->scene.view.drone[1].pos[1] != y);
  pictures(window, 2);
  bool banner = false;
  for (int i = 0; i < app->hud.n; i++) {
    banner |= strstr(app->hud.item[i].text, "no longer counts") != NULL;
  }
  assert_true(banner);
  // a replay cannot be pulled at
  const char *log = "match";
  viz_window_drop(window, 1, &log);
  viz_pull_start(app, false);
  assert_int_equal(app->scene.perturb.active, 0);
  assert_int_equal(viz_window_errors(window), 0);
  viz_window_destroy(window);
}

// opening and closing again and again must not need ever more memory; the graphics library keeps
// some of the first times, and up to 130 kB of every time (Mesa 25, GLFW 3.4 on Debian 13)
static void leaves_nothing_behind(void **state) {
  (void)state;
  size_t used[4];
  for (int i = 0; i < 4; i++) {
    VizWindow *window = open_window("match");
    viz_window_key(window, mjKEY_TAB, 0);
    pictures(window, 5);
    viz_window_destroy(window);
    used[i] = mallinfo2().uordblks;
  }
  print_message("in use after each: %zu %zu %zu %zu kB\n", used[0] >> 10, used[1] >> 10,
                used[2] >> 10, used[3] >> 10);
  // a rally has 14 MB
  assert_true(used[3] < used[1] + 2 * 200 * 1024);
}

static void says_when_there_is_no_display(void **state) {
  (void)state;
  SimError err = {0};
  char *display = strdup(getenv("DISPLAY"));
  VizOptions options = viz_options_default();
  options.log = "match";
  setenv("DISPLAY", ":9999", 1);
  assert_null(viz_window_create(&options, &err));
  setenv("DISPLAY", display, 1);
  free(display);
  assert_refused(err.status, SIM_FAIL, &err, "--screenshot");
}

// ---- the virtual display

// starts Xvfb on a free display and sets DISPLAY; 0 when there is none
static pid_t start_display(void) {
  int ends[2];
  if (pipe(ends) != 0) {
    return 0;
  }
  const pid_t child = fork();
  if (child == 0) {
    char number[16];
    snprintf(number, sizeof number, "%d", ends[1]);
    close(ends[0]);
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    execlp("Xvfb", "Xvfb", "-displayfd", number, "-screen", "0", "1280x1024x24", "-nolisten", "tcp",
           (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  char text[16] = ":";
  struct pollfd ready = {.fd = ends[0], .events = POLLIN};
  // the number comes in pieces, and the server dies when nobody reads the last one
  size_t n = 1;
  while (child > 0 && n < sizeof text - 1 && text[n - 1] != '\n' && poll(&ready, 1, 30000) == 1 &&
         read(ends[0], text + n, 1) == 1) {
    n++;
  }
  close(ends[0]);
  if (n < 3) {
    return 0;
  }
  text[n - 1] = '\0';
  setenv("DISPLAY", text, 1);
  return child;
}

int main(void) {
  test_keep_driver();
  const pid_t display = start_display();
  if (display == 0) {
    printf("skipped: Xvfb cannot be started (package xvfb)\n");
    return 77;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plays_three_hundred_pictures),
      cmocka_unit_test(answers_every_key),
      cmocka_unit_test(answers_every_click),
      cmocka_unit_test(person_plays_with_the_mouse),
      cmocka_unit_test(survives_any_size),
      cmocka_unit_test(survives_any_file),
      cmocka_unit_test(body_can_be_pulled),
      cmocka_unit_test(leaves_nothing_behind),
      cmocka_unit_test(says_when_there_is_no_display),
  };
  cmocka_set_test_filter(getenv("HCSP_VIZ_TEST"));  // NULL: all
  const int failed = cmocka_run_group_tests(tests, make_match, NULL);
  kill(display, SIGTERM);
  waitpid(display, NULL, 0);
  return failed;
}
