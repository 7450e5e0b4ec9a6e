// The ball is seen at every touch, from every camera, whatever is drawn besides: pictures with all
// labels, panels and marks are compared, around the ball, with pictures without any. In few of
// those a drone hides it. HCSP_BALL_RALLIES=50 HCSP_BALL_STRIDE=2 test_viz_ball looks at more than
// the suite has time for.
#include "tests/support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/viz_match.h"
#include "viz/record.h"

enum { WIDTH = 320, HEIGHT = 180, BYTES = WIDTH * HEIGHT * 3, CAMERAS = 6, NEAR_TOUCH = 10 };

static int count_of(const char *name, int otherwise) {
  const char *text = getenv(name);
  return text ? atoi(text) : otherwise;
}

static int make_match(void **state) {
  (void)state;
  unsetenv("DISPLAY");
  test_viz_match_of("match", "stage3", "stage2", count_of("HCSP_BALL_RALLIES", 2), 0);
  return 0;
}

static void show_all(VizSwitches *switches, bool all) {
  const int on = all ? 1 : 0;
  switches->labels = switches->trails = switches->rings = on;
  switches->touches = switches->shadow = on;
}

static bool looks_like_a_ball(const unsigned char *p) {
  const bool yellow = p[0] > 180 && p[1] > 150 && p[2] < 200 && p[0] > p[2] + 60;
  const bool band = p[2] > 140 && p[0] < 90;
  return yellow || band;
}

// Pixels of the disc around the ball that look like it in both pictures, in the bare one, and of
// the disc.
static void compare(int *same, int *clear, int *disc, const VizApp *app, const unsigned char *with,
                    const unsigned char *bare) {
  double pixel[2];
  const VizRect *court = &app->layout.court;
  *same = *clear = *disc = 0;
  if (!viz_scene_project(pixel, &app->scene, app->scene.view.ball_pos, court->width,
                         court->height)) {
    return;
  }
  const int x = court->x + (int)pixel[0], y = court->y + court->height - 1 - (int)pixel[1];
  for (int dy = -2; dy <= 2; dy++) {
    for (int dx = -2; dx <= 2; dx++) {
      if (dx * dx + dy * dy <= 5 && x + dx >= 0 && x + dx < WIDTH && y + dy >= 0 &&
          y + dy < HEIGHT) {
        const int at = ((y + dy) * WIDTH + x + dx) * 3;
        (*disc)++;
        *clear += looks_like_a_ball(bare + at);
        *same += looks_like_a_ball(bare + at) && looks_like_a_ball(with + at);
      }
    }
  }
}

typedef struct Tally {
  int frames[CAMERAS], bare[CAMERAS], seen[CAMERAS];  // looked at; no drone hides it; nothing does
} Tally;

// whether the ball is seen at this moment
static void look(Tally *tally, int camera, VizRecorder *recorder, unsigned char *bare) {
  VizApp *app = &recorder->app;
  int same, clear, disc;
  show_all(&app->switches, false);
  viz_recorder_picture(recorder);
  memcpy(bare, recorder->rgb, BYTES);
  show_all(&app->switches, true);
  viz_recorder_picture(recorder);
  compare(&same, &clear, &disc, app, recorder->rgb, bare);
  tally->frames[camera]++;
  tally->bare[camera] += disc > 0 && 2 * clear > disc;
  tally->seen[camera] += disc > 0 && 2 * same > disc;
}

static void watch_touches(Tally *tally, VizRecorder *recorder, unsigned char *bare, int stride) {
  VizApp *app = &recorder->app;
  const int last = viz_source_frames(app->source) - 1;
  for (int t = 0; t < viz_source_touches(app->source); t++) {
    const int touch = viz_source_touch(app->source, t)->frame;
    for (int frame = touch - NEAR_TOUCH; frame <= touch + NEAR_TOUCH; frame += stride) {
      for (int camera = 0; frame >= 0 && frame <= last && camera < CAMERAS; camera++) {
        viz_scene_set_camera(&app->scene, (VizCamera)camera);
        viz_player_seek(&app->player, frame);
        look(tally, camera, recorder, bare);
      }
    }
  }
}

static void ball_is_seen_at_every_touch(void **state) {
  (void)state;
  SimError err = {0};
  VizOptions options = viz_options_default();
  VizRecorder *recorder = malloc(sizeof *recorder);
  unsigned char *bare = malloc(BYTES);
  Tally tally = {.frames = {0}};
  int frames = 0, clear = 0, seen = 0;
  options.log = "match";
  options.width = WIDTH;
  options.height = HEIGHT;
  options.quality = VIZ_QUALITY_FAST;
  assert_ok(viz_recorder_open(recorder, &options, &err), &err);
  for (int rally = 0; rally < viz_source_info(recorder->app.source)->rallies; rally++) {
    assert_ok(viz_player_go_rally(&recorder->app.player, rally, &err), &err);
    watch_touches(&tally, recorder, bare, count_of("HCSP_BALL_STRIDE", NEAR_TOUCH));
  }
  for (int camera = 0; camera < CAMERAS; camera++) {
    print_message("%-12s %d of %d, %d without overlays\n", viz_camera_name((VizCamera)camera),
                  tally.seen[camera], tally.frames[camera], tally.bare[camera]);
    frames += tally.frames[camera];
    clear += tally.bare[camera];
    seen += tally.seen[camera];
  }
  assert_int_equal(recorder->errors, 0);
  assert_true(frames > 100 && clear >= 0.97 * frames && seen >= 0.99 * clear);
  viz_recorder_close(recorder);
  free(recorder);
  free(bare);
}

// what is drawn over the ball is noticed
static void covered_ball_is_noticed(void **state) {
  (void)state;
  VizApp app = {.layout = {.court = {0, 0, WIDTH, HEIGHT}}};
  unsigned char *bare = calloc(BYTES, 1), *with = calloc(BYTES, 1);
  int same, clear, disc;
  app.scene.scene.camera[0] = app.scene.scene.camera[1] = (mjvGLCamera){.pos = {0, -10, 0},
                                                                        .forward = {0, 1, 0},
                                                                        .up = {0, 0, 1},
                                                                        .frustum_bottom = -0.1f,
                                                                        .frustum_top = 0.1f,
                                                                        .frustum_near = 0.1f,
                                                                        .frustum_far = 100};
  for (int i = 0; i < BYTES; i += 3) {
    memcpy(bare + i, "\xff\xdb\x29", 3);
  }
  memcpy(with, bare, BYTES);
  compare(&same, &clear, &disc, &app, with, bare);
  assert_true(disc > 15 && same == disc && clear == disc);
  memset(with, 40, BYTES);
  compare(&same, &clear, &disc, &app, with, bare);
  assert_int_equal(same, 0);
  assert_int_equal(clear, disc);
  free(bare);
  free(with);
}

int main(void) {
  test_keep_driver();
  SimError err = {0};
  VizOffscreen *offscreen = viz_offscreen_create(&err);
  if (!offscreen) {
    printf("skipped: %s\n", err.text);
    return 77;
  }
  viz_offscreen_destroy(offscreen);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(covered_ball_is_noticed),
      cmocka_unit_test(ball_is_seen_at_every_touch),
  };
  return cmocka_run_group_tests(tests, make_match, NULL);
}
