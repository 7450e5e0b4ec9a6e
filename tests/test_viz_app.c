// The viewer without a screen: keys, playhead, score board, projection, dropped files.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/viz_match.h"
#include "viz/app.h"
#include "viz/overlay.h"
#include "viz/words.h"

enum { WIDTH = 1280, HEIGHT = 720 };

static VizFontSizes make_font(void) {
  VizFontSizes font = {.height = {16, 28}};
  for (int i = 0; i < 128; i++) {
    font.width[VIZ_FONT_NORMAL][i] = 8;
    font.width[VIZ_FONT_BIG][i] = 14;
  }
  return font;
}

static VizApp *open_app(const char *log) {
  SimError err = {0};
  VizOptions options = viz_options_default();
  VizApp *app = calloc(1, sizeof *app);
  options.log = log;
  options.seed = TEST_MATCH_SEED;
  assert_ok(viz_app_open(app, &options, &err), &err);
  return app;
}

static void close_app(VizApp *app) {
  viz_app_close(app);
  free(app);
}

static void compose(VizApp *app, int width, int height) {
  const VizFontSizes font = make_font();
  viz_app_compose(app, width, height, &font);
}

// whether a text of the picture contains this
static bool shows(VizApp *app, const char *part) {
  compose(app, WIDTH, HEIGHT);
  for (int i = 0; i < app->hud.n; i++) {
    if (app->hud.item[i].is_text && strstr(app->hud.item[i].text, part)) {
      return true;
    }
  }
  return false;
}

static int make_match(void **state) {
  (void)state;
  test_viz_match("match", 4);
  return 0;
}

// ---- playhead

static void rally_ends_with_reason_slow_motion_and_score(void **state) {
  (void)state;
  SimError err = {0};
  VizApp *app = open_app("match");
  VizPlayer *player = &app->player;
  const int last = viz_source_frames(app->source) - 1;
  const SimWinner winner = viz_source_frame(app->source, last)->state.referee.winner;
  char reason[112];
  viz_words_reason(reason, sizeof reason, app->source);
  assert_true(reason[0] != '\0');
  assert_true(shows(app, "rally 0 (1 of 4)"));
  assert_false(shows(app, reason));
  while (player->phase == VIZ_PLAY) {
    viz_app_advance(app, 0.02);
  }
  assert_int_equal(viz_player_frame(player), last);
  assert_int_equal(player->phase, VIZ_PAUSE_BEFORE_SLOW);
  assert_true(shows(app, reason));
  while (player->phase != VIZ_SLOW) {
    viz_app_advance(app, 0.02);
  }
  assert_int_equal(viz_player_frame(player), last - VIZ_DECIDING_FRAMES);
  assert_true(shows(app, "SLOW MOTION"));
  double seconds = 0;
  for (; player->phase == VIZ_SLOW; seconds += 0.02) {
    viz_app_advance(app, 0.02);
  }
  // half a second at a fifth of the speed
  assert_near(seconds, 2.5, 0.1);
  assert_int_equal(player->phase, VIZ_RESULT);
  for (int i = 0; i < 500 && viz_source_rally(app->source) == 0; i++) {
    viz_app_advance(app, 0.02);
  }
  assert_int_equal(viz_source_rally(app->source), 1);
  int score[SIM_TEAMS];
  viz_source_score(score, app->source);
  assert_int_equal(score[SIM_NEAR], winner == SIM_WIN_NEAR);
  assert_int_equal(score[SIM_FAR], winner == SIM_WIN_FAR);
  // switched off, the result comes at once
  viz_app_key(app, 'D', 0);
  viz_player_seek(player, viz_source_frames(app->source) - 2);
  viz_app_advance(app, 0.1);
  assert_int_equal(player->phase, VIZ_RESULT);
  // the last rally of a log stays
  assert_ok(viz_player_go_rally(player, 3, &err), &err);
  viz_player_seek(player, 100000);
  for (int i = 0; i < 500; i++) {
    viz_app_advance(app, 0.02);
  }
  assert_int_equal(viz_source_rally(app->source), 3);
  assert_true(player->paused);
  close_app(app);
}

static void time_can_be_steered(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  VizPlayer *player = &app->player;
  viz_app_key(app, ' ', 0);
  assert_true(player->paused && shows(app, "PAUSED"));
  viz_app_advance(app, 1);
  assert_int_equal(viz_player_frame(player), 0);
  viz_app_key(app, mjKEY_RIGHT, 0);
  assert_int_equal(viz_player_frame(player), 1);
  viz_app_key(app, mjKEY_LEFT, 0);
  viz_app_key(app, mjKEY_LEFT, 0);
  assert_int_equal(viz_player_frame(player), 0);
  // the first touch is the serve
  viz_app_key(app, mjKEY_RIGHT, VIZ_SHIFT);
  const VizFrame *frame = viz_source_frame(app->source, viz_player_frame(player));
  assert_int_equal(frame->state.events.event[0].kind, SIM_EVENT_TOUCH);
  viz_app_key(app, mjKEY_RIGHT, VIZ_CONTROL);
  assert_int_equal(viz_source_rally(app->source), 1);
  viz_app_key(app, mjKEY_LEFT, VIZ_CONTROL);
  viz_app_key(app, mjKEY_LEFT, VIZ_CONTROL);
  assert_int_equal(viz_source_rally(app->source), 0);
  viz_app_key(app, ' ', 0);
  viz_app_key(app, '-', 0);
  viz_app_key(app, '-', 0);
  assert_near(viz_player_speed(player), 0.5, 1e-12);
  viz_player_seek(player, 0);
  viz_app_advance(app, 1);
  assert_int_equal(viz_player_frame(player), 50);
  for (int i = 0; i < 20; i++) {
    viz_app_key(app, '=', 0);
  }
  assert_near(viz_player_speed(player), 8, 1e-12);
  viz_player_set_speed(player, 0.3);
  assert_near(viz_player_speed(player), 1.0 / 3, 1e-12);
  close_app(app);
}

static void instant_replay_comes_back(void **state) {
  (void)state;
  SimError err = {0};
  VizApp *app = open_app("match");
  assert_ok(viz_player_go_rally(&app->player, 1, &err), &err);
  viz_player_seek(&app->player, 123);
  viz_app_key(app, 'R', 0);
  assert_int_equal(viz_source_rally(app->source), 0);
  assert_true(app->player.instant && shows(app, "INSTANT REPLAY"));
  for (int i = 0; i < 100000 && app->player.instant; i++) {
    viz_app_advance(app, 0.02);
  }
  assert_int_equal(viz_source_rally(app->source), 1);
  assert_int_equal(viz_player_frame(&app->player), 123);
  close_app(app);
}

static void log_can_be_forked(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  viz_player_seek(&app->player, 150);
  viz_app_key(app, 'K', 0);
  assert_true(viz_source_info(app->source)->live);
  assert_int_equal(viz_player_frame(&app->player), 150);
  viz_app_advance(app, 0.5);
  assert_int_equal(viz_player_frame(&app->player), 200);
  assert_true(shows(app, "LIVE"));
  close_app(app);
}

// ---- keys

static void every_key_works_anywhere(void **state) {
  (void)state;
  enum { MAX = 200 };
  int keys[MAX], modifiers[MAX];
  const int n = viz_keys_list(keys, modifiers, MAX);
  assert_true(n > 40 && n < MAX);
  for (int i = 0; i < n; i++) {
    for (int k = i + 1; k < n; k++) {
      assert_false(keys[i] == keys[k] && modifiers[i] == modifiers[k]);
    }
  }
  const char *const logs[] = {"match", NULL};
  for (int l = 0; l < 2; l++) {
    VizApp *app = open_app(logs[l]);
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < n; i++) {
        assert_true(viz_app_key(app, keys[i], modifiers[i]));
        viz_app_advance(app, 0.02);
        compose(app, i % 3 == 0 ? 1 : WIDTH, i % 3 == 0 ? 1 : HEIGHT);
      }
    }
    assert_true(app->wish.quit && app->wish.screenshot && app->wish.copy);
    assert_false(viz_app_key(app, 'Y', 0));
    close_app(app);
  }
}

static void help_names_the_keys(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  assert_false(shows(app, "full screen"));
  viz_app_key(app, mjKEY_F1, 0);
  int n;
  const VizHelp *help = viz_keys_help(&n);
  for (int i = 0; i < n; i++) {
    assert_true(shows(app, help[i].keys) && shows(app, help[i].text));
  }
  // nothing lies outside of the picture
  for (int i = 0; i < app->hud.n; i++) {
    const VizItem *item = &app->hud.item[i];
    assert_true(item->x >= 0 && item->y >= 0 && item->x + item->width <= WIDTH &&
                item->y + item->height <= HEIGHT);
  }
  close_app(app);
}

static void enlarged_drones_are_announced(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  assert_false(shows(app, "not to scale"));
  viz_app_key(app, 'Z', 0);
  assert_true(shows(app, "not to scale: drones x2"));
  close_app(app);
}

// ---- scene

static void overlays_follow_their_switches(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  viz_player_seek(&app->player, 200);
  compose(app, WIDTH, HEIGHT);
  const int all = app->scene.scene.ngeom;
  const int keys[] = {'3', '4', '6', '2', '1', '0'};
  int before = all;
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    viz_app_key(app, keys[i], 0);
    compose(app, WIDTH, HEIGHT);
    assert_true(app->scene.scene.ngeom < before);
    before = app->scene.scene.ngeom;
  }
  close_app(app);
}

static void points_are_projected_where_they_are(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  double pixel[2], left[2], right[2];
  viz_scene_set_camera(&app->scene, VIZ_CAMERA_TOP);
  compose(app, WIDTH, HEIGHT);
  const double centre[3] = {0, 0, 0}, near_end[3] = {6, 0, 0}, far_end[3] = {-6, 0, 0};
  assert_true(viz_scene_project(pixel, &app->scene, centre, WIDTH, HEIGHT));
  assert_near(pixel[0], WIDTH / 2, 2);
  assert_near(pixel[1], HEIGHT / 2, 2);
  assert_true(viz_scene_project(left, &app->scene, far_end, WIDTH, HEIGHT));
  assert_true(viz_scene_project(right, &app->scene, near_end, WIDTH, HEIGHT));
  // 12 m from 17 m up with a view 40 degrees high
  assert_near(fabs(right[0] - left[0]), 12 * HEIGHT / (2 * 17 * tan(20 * M_PI / 180)), 2);
  const double above[3] = {0, 0, 30};
  assert_false(viz_scene_project(pixel, &app->scene, above, WIDTH, HEIGHT));
  // the mouse finds a drone where it is drawn
  const double *pos = app->scene.view.drone[1].pos;
  assert_true(viz_scene_project(pixel, &app->scene, pos, WIDTH, HEIGHT));
  double point[3];
  assert_int_equal(viz_scene_pick(point, &app->scene, (double)WIDTH / HEIGHT, pixel[0] / WIDTH,
                                  pixel[1] / HEIGHT),
                   1);
  close_app(app);
}

static void every_camera_has_a_name(void **state) {
  (void)state;
  for (int i = 0; i <= VIZ_CAMERAS; i++) {
    assert_int_equal(viz_camera_find(viz_camera_name((VizCamera)i)), i);
  }
  assert_int_equal(viz_camera_find("behind_near"), VIZ_CAMERA_BEHIND_NEAR);
  assert_int_equal(viz_camera_find("behind"), -1);
  assert_int_equal(viz_camera_find("nets"), -1);
  assert_int_equal(viz_camera_find(""), -1);
}

// ---- dropped files

static void drop(void *arg) {
  VizApp *app = ((void **)arg)[0];
  viz_app_drop(app, ((void **)arg)[1]);
}

static void refuse_drop(VizApp *app, const char *path, const char *part) {
  const VizSource *before = app->source;
  char name[256];
  snprintf(name, sizeof name, "%s", path);
  void *arg[] = {app, name};
  char *said = test_capture_stderr(drop, arg);
  assert_ptr_equal(app->source, before);
  assert_true(app->message_bad);
  assert_non_null(strstr(app->message, part));
  // one sentence, on stderr too
  assert_non_null(strstr(said, part));
  assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
  // and on the screen, though perhaps on several lines
  char first[20];
  snprintf(first, sizeof first, "%.15s", app->message);
  assert_true(shows(app, first));
  free(said);
}

static void dropped_files_are_watched_or_refused(void **state) {
  (void)state;
  size_t size;
  char *data = test_read_file("match/00000.h5", &size);
  unlink("short.h5");
  test_write_file("short.h5", data, size / 3);
  data[size / 2] = (char)(data[size / 2] ^ 1);
  assert_int_equal(system("rm -rf flipped && cp -r match flipped && rm flipped/00000.h5"), 0);
  test_write_file("flipped/00000.h5", data, size);
  free(data);
  test_write_file("photo.png", "\x89PNG\r\n", 6);
  test_write_file("wrong.yaml", "name: wrong\nstrtegy: bot\n", 25);
  VizApp *app = open_app(NULL);
  refuse_drop(app, "short.h5", "short.h5");
  refuse_drop(app, "flipped", "damaged");
  refuse_drop(app, "photo.png", "photo.png");
  refuse_drop(app, "nowhere.h5", "nowhere.h5");
  refuse_drop(app, "wrong.yaml", "strtegy");
  viz_app_drop(app, "match");
  assert_false(app->message_bad);
  assert_int_equal(viz_source_info(app->source)->rallies, 4);
  char team[4200];
  snprintf(team, sizeof team, "%s/policies/teams/classical.yaml", getenv("HCSP_HOME"));
  viz_app_key(app, 'E', 0);
  viz_app_drop(app, team);
  assert_false(app->message_bad);
  assert_true(viz_source_info(app->source)->live);
  assert_string_equal(app->chosen[SIM_FAR], team);
  close_app(app);
}

static void wrong_options_are_refused(void **state) {
  (void)state;
  SimError err = {0};
  VizOptions options = viz_options_default();
  VizApp *app = calloc(1, sizeof *app);
  options.log = "match";
  options.rally = 4;
  assert_refused(viz_app_open(app, &options, &err), SIM_USAGE, &err, "0 to 3");
  options.log = NULL;
  options.near = "nobody";
  assert_refused(viz_app_open(app, &options, &err), SIM_USAGE, &err, "nobody");
  free(app);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rally_ends_with_reason_slow_motion_and_score),
      cmocka_unit_test(time_can_be_steered),
      cmocka_unit_test(instant_replay_comes_back),
      cmocka_unit_test(log_can_be_forked),
      cmocka_unit_test(every_key_works_anywhere),
      cmocka_unit_test(help_names_the_keys),
      cmocka_unit_test(enlarged_drones_are_announced),
      cmocka_unit_test(overlays_follow_their_switches),
      cmocka_unit_test(points_are_projected_where_they_are),
      cmocka_unit_test(every_camera_has_a_name),
      cmocka_unit_test(dropped_files_are_watched_or_refused),
      cmocka_unit_test(wrong_options_are_refused),
  };
  return cmocka_run_group_tests(tests, make_match, NULL);
}
