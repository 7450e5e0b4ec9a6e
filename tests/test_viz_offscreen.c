// Pictures and videos without a display: the ball is where it should be, both teams are there, the
// score board is written, a video has its length and ends whole, and without OpenGL one sentence
// says what to install.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/viz_match.h"
#include "viz/overlay.h"
#include "viz/png.h"
#include "viz/record.h"
#include "viz/video.h"

enum { WIDTH = 1280, HEIGHT = 720, BYTES = WIDTH * HEIGHT * 3 };
static const volatile int NEVER = 0;

static VizOptions make_options(const char *log) {
  VizOptions options = viz_options_default();
  options.log = log;
  options.width = WIDTH;
  options.height = HEIGHT;
  options.quality = VIZ_QUALITY_FAST;
  return options;
}

static VizRecorder *open_recorder(const VizOptions *options) {
  SimError err = {0};
  VizRecorder *recorder = malloc(sizeof *recorder);
  assert_ok(viz_recorder_open(recorder, options, &err), &err);
  return recorder;
}

static void close_recorder(VizRecorder *recorder) {
  assert_int_equal(recorder->errors, 0);
  viz_recorder_close(recorder);
  free(recorder);
}

static int make_match(void **state) {
  (void)state;
  unsetenv("DISPLAY");
  test_viz_match("match", 2);
  return 0;
}

// centre of the pixels that differ by more than threshold; false when there are fewer than five
static bool difference(double centre[2], int box[4], const unsigned char *a, const unsigned char *b,
                       int threshold) {
  double x_sum = 0, y_sum = 0;
  int n = 0;
  for (int y = box[2]; y <= box[3]; y++) {
    for (int x = box[0]; x <= box[1]; x++) {
      const size_t at = ((size_t)y * WIDTH + (size_t)x) * 3;
      const int d = abs(a[at] - b[at]) + abs(a[at + 1] - b[at + 1]) + abs(a[at + 2] - b[at + 2]);
      if (d > threshold) {
        x_sum += x;
        y_sum += y;
        n++;
      }
    }
  }
  centre[0] = x_sum / (n > 0 ? n : 1);
  centre[1] = y_sum / (n > 0 ? n : 1);
  return n >= 5;
}

static void bare(VizSwitches *switches) {
  switches->labels = switches->trails = switches->rings = 0;
  switches->touches = switches->shadow = switches->hud = 0;
  switches->shadows = switches->reflections = 0;
}

// pixels from the top
static bool project_ball(double pixel[2], const VizApp *app) {
  const VizRect *court = &app->layout.court;
  const bool ahead =
      viz_scene_project(pixel, &app->scene, app->scene.view.ball_pos, court->width, court->height);
  pixel[0] += court->x;
  pixel[1] = court->y + court->height - 1 - pixel[1];
  return ahead && pixel[0] > 20 && pixel[0] < WIDTH - 20 && pixel[1] > 20 && pixel[1] < HEIGHT - 20;
}

static void ball_is_drawn_where_it_is(void **state) {
  (void)state;
  const VizOptions options = make_options("match");
  VizRecorder *recorder = open_recorder(&options);
  VizApp *app = &recorder->app;
  unsigned char *with = malloc(BYTES);
  bare(&app->switches);
  int seen = 0;
  const int frames = viz_source_frames(app->source);
  for (int i = 0; i < 15; i++) {
    double pixel[2], centre[2];
    int all[4] = {0, WIDTH - 1, 0, HEIGHT - 1};
    viz_scene_set_camera(&app->scene, (VizCamera)(i % 5));
    viz_player_seek(&app->player, 5 + i * frames / 16);
    app->switches.group_ball = 1;
    viz_recorder_picture(recorder);
    memcpy(with, recorder->rgb, BYTES);
    app->switches.group_ball = 0;
    viz_recorder_picture(recorder);
    // behind net, post or drone the ball is partly hidden
    if (project_ball(pixel, app) && difference(centre, all, with, recorder->rgb, 30)) {
      assert_near(centre[0], pixel[0], 3);
      assert_near(centre[1], pixel[1], 3);
      seen++;
    }
  }
  assert_true(seen >= 10);
  free(with);
  close_recorder(recorder);
}

static int count_near(const unsigned char *rgb, const int color[3], int box[4]) {
  int n = 0;
  for (int y = box[2]; y < box[3]; y++) {
    for (int x = box[0]; x < box[1]; x++) {
      const unsigned char *p = rgb + ((size_t)y * WIDTH + (size_t)x) * 3;
      n += abs(p[0] - color[0]) < 40 && abs(p[1] - color[1]) < 40 && abs(p[2] - color[2]) < 40;
    }
  }
  return n;
}

static void teams_and_score_board_are_there(void **state) {
  (void)state;
  const VizOptions options = make_options("match");
  VizRecorder *recorder = open_recorder(&options);
  VizApp *app = &recorder->app;
  viz_player_seek(&app->player, 100);
  viz_recorder_picture(recorder);
  int board[4] = {0, 420, 0, 150}, white[3] = {255, 255, 255};
  assert_true(count_near(recorder->rgb, white, board) > 100);
  for (int team = 0; team < SIM_TEAMS; team++) {
    const float *c = viz_team_color((SimTeam)team);
    const int color[3] = {(int)(255 * c[0]), (int)(255 * c[1]), (int)(255 * c[2])};
    assert_true(count_near(recorder->rgb, color, board) > 50);
  }
  app->switches.hud = 0;
  viz_recorder_picture(recorder);
  assert_true(count_near(recorder->rgb, white, board) < 20);
  // the teams' colours on the drones themselves: pictures with and without them
  bare(&app->switches);
  viz_recorder_picture(recorder);
  unsigned char *with = malloc(BYTES);
  memcpy(with, recorder->rgb, BYTES);
  app->switches.group_drones = 0;
  viz_recorder_picture(recorder);
  int warm = 0, cold = 0;
  for (int i = 0; i < BYTES; i += 3) {
    const unsigned char *p = with + i;
    const bool drone = memcmp(p, recorder->rgb + i, 3) != 0;
    warm += drone && p[0] > p[2] + 80;
    cold += drone && p[2] > p[0] + 80;
  }
  assert_true(warm > 50 && cold > 50);
  free(with);
  close_recorder(recorder);
}

static void picture_file_is_the_same_each_time(void **state) {
  (void)state;
  SimError err = {0};
  VizOptions options = make_options("match");
  options.at = 1.5;
  options.width = 640;
  options.height = 361;
  assert_ok(viz_screenshot(&options, "a.png", &err), &err);
  assert_ok(viz_screenshot(&options, "b.png", &err), &err);
  size_t a, b;
  char *first = test_read_file("a.png", &a), *second = test_read_file("b.png", &b);
  assert_int_equal(a, b);
  assert_memory_equal(first, second, a);
  assert_memory_equal(first, "\x89PNG", 4);
  free(first);
  free(second);
  assert_int_not_equal(viz_screenshot(&options, "no/such/folder.png", &err), SIM_OK);
  assert_non_null(strstr(err.text, "no/such/folder.png"));
}

static void other_ways_without_a_display(void **state) {
  (void)state;
  SimError err = {0};
  setenv("HCSP_GL", "osmesa", 1);
  VizOffscreen *osmesa = viz_offscreen_create(&err);
  if (osmesa) {
    assert_string_equal(viz_offscreen_name(osmesa), "OSMesa");
    viz_offscreen_destroy(osmesa);
  } else {
    print_message("no OSMesa here: %s\n", err.text);
  }
  setenv("HCSP_GL", "glfw", 1);
  assert_null(viz_offscreen_create(&err));
  const char *const wanted[] = {"EGL", "OSMesa", "GLFW", "libegl1", "libosmesa6", "DISPLAY"};
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    assert_non_null(strstr(err.text, wanted[i]));
  }
  assert_null(strchr(err.text, '\n'));
  unsetenv("HCSP_GL");
}

// ---- video

static void pictures_go_to_a_folder(void **state) {
  (void)state;
  SimError err = {0};
  VizOptions options = make_options("match");
  options.width = 320;
  options.height = 180;
  options.seconds = 0.2;
  assert_int_equal(system("rm -rf frames frames2"), 0);
  assert_ok(viz_record(&options, "frames", &NEVER, &err), &err);
  assert_int_equal(test_count_files("frames"), 10);
  // without ffmpeg a video becomes a folder
  char *path = strdup(getenv("PATH"));
  setenv("PATH", "/nowhere", 1);
  assert_ok(viz_record(&options, "frames2.mp4", &NEVER, &err), &err);
  setenv("PATH", path, 1);
  free(path);
  assert_int_equal(test_count_files("frames2"), 10);
}

static const char NO_FFMPEG[] = "ffmpeg and ffprobe are not installed: no video is made";

static bool have_ffmpeg(void) {
  return system("ffmpeg -version >/dev/null 2>&1") == 0 &&
         system("ffprobe -version >/dev/null 2>&1") == 0;
}

// what a program prints in its first line
static void ask(char *out, int size, const char *command) {
  FILE *pipe = popen(command, "r");
  assert_non_null(pipe);
  out[0] = '\0';
  assert_non_null(fgets(out, size, pipe));
  pclose(pipe);
  out[strcspn(out, "\n")] = '\0';
}

// decodes picture number n of match.mp4 into rgb
static void decode(unsigned char *rgb, int n) {
  char command[256];
  snprintf(command, sizeof command,
           "ffmpeg -loglevel error -y -i match.mp4 -vf \"select=eq(n\\,%d)\" -frames:v 1 "
           "-f rawvideo -pix_fmt rgb24 picture.raw",
           n);
  assert_int_equal(system(command), 0);
  size_t size;
  char *data = test_read_file("picture.raw", &size);
  assert_int_equal(size, BYTES);
  memcpy(rgb, data, size);
  free(data);
}

static void video_of_a_match_is_whole(void **state) {
  (void)state;
  test_needs(have_ffmpeg(), NO_FFMPEG);
  SimError err = {0};
  VizOptions options = make_options("match");
  options.seconds = 2;
  unlink("match.mp4");
  assert_ok(viz_record(&options, "match.mp4", &NEVER, &err), &err);
  assert_int_not_equal(access("match.tmp.mp4", F_OK), 0);
  char line[200];
  ask(line, sizeof line,
      "ffprobe -v error -count_frames -select_streams v -of csv=p=0 "
      "-show_entries stream=width,height,r_frame_rate,nb_read_frames match.mp4");
  assert_string_equal(line, "1280,720,50/1,100");
  // the ball of a decoded picture is that of the moment
  VizRecorder *recorder = open_recorder(&options);
  VizApp *app = &recorder->app;
  unsigned char *decoded = malloc(BYTES);
  app->switches.group_ball = 0;
  int seen = 0;
  for (int i = 15; i < 100; i += 21) {
    double pixel[2], centre[2];
    decode(decoded, i);
    viz_player_seek(&app->player, 2 * i);
    app->switches.trails = app->switches.touches = 0;
    viz_recorder_picture(recorder);
    if (project_ball(pixel, app)) {
      const int x = (int)pixel[0], y = (int)pixel[1];
      int box[4] = {x - 6, x + 6, y - 6, y + 6};
      if (difference(centre, box, decoded, recorder->rgb, 120)) {
        assert_near(centre[0], pixel[0], 3);
        assert_near(centre[1], pixel[1], 3);
        seen++;
      }
    }
  }
  assert_true(seen >= 2);
  free(decoded);
  close_recorder(recorder);
}

static void video_that_fails_leaves_nothing(void **state) {
  (void)state;
  test_needs(have_ffmpeg(), NO_FFMPEG);
  SimError err = {0};
  static const unsigned char picture[16 * 16 * 3];
  assert_int_equal(system("rm -rf gone && mkdir gone"), 0);
  VizVideo *video = viz_video_create("gone/a.mp4", 16, 16, &err);
  assert_non_null(video);
  assert_ok(viz_video_add(video, picture, &err), &err);
  viz_video_destroy(video);
  assert_int_equal(test_count_files("gone"), 0);
  // ffmpeg cannot write there; the sentence names the file
  video = viz_video_create("gone/no/a.mp4", 16, 16, &err);
  assert_non_null(video);
  SimStatus status = SIM_OK;
  for (int i = 0; i < 1000 && status == SIM_OK; i++) {
    status = viz_video_add(video, picture, &err);
  }
  status = status == SIM_OK ? viz_video_finish(video, &err) : status;
  assert_refused(status, SIM_FAIL, &err, "gone/no/a.mp4");
  viz_video_destroy(video);
}

static void bench_reports_both_times(void **state) {
  (void)state;
  SimError err = {0};
  VizBench bench;
  const VizOptions options = make_options("match");
  assert_ok(viz_bench(&bench, &options, 40, &err), &err);
  print_message("viewer %.3f ms, drawing %.1f ms, %.1f pictures a second, %s\n", bench.own_ms,
                bench.draw_ms, bench.fps, bench.renderer);
  assert_true(bench.own_ms > 0 && bench.draw_ms > 0 && bench.fps > 0);
  assert_true(bench.own_ms < 1);
}

int main(void) {
  test_keep_driver();
  SimError err = {0};
  unsetenv("DISPLAY");
  unsetenv("HCSP_GL");
  VizOffscreen *offscreen = viz_offscreen_create(&err);
  if (!offscreen) {
    printf("skipped: %s\n", err.text);
    return 77;
  }
  viz_offscreen_destroy(offscreen);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ball_is_drawn_where_it_is),
      cmocka_unit_test(teams_and_score_board_are_there),
      cmocka_unit_test(picture_file_is_the_same_each_time),
      cmocka_unit_test(other_ways_without_a_display),
      cmocka_unit_test(pictures_go_to_a_folder),
      cmocka_unit_test(video_of_a_match_is_whole),
      cmocka_unit_test(video_that_fails_leaves_nothing),
      cmocka_unit_test(bench_reports_both_times),
  };
  return cmocka_run_group_tests(tests, make_match, NULL);
}
