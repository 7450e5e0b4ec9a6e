#include "viz/record.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/log.h"
#include "viz/png.h"
#include "viz/video.h"

#define PICTURE_SECONDS (1.0 / VIZ_VIDEO_RATE)
// s of screen time after which a recording without a length ends at the latest
#define LENGTH_MAX 3600.0

SimStatus viz_recorder_open(VizRecorder *recorder, const VizOptions *options, SimError *err) {
  VizOptions own = *options;
  own.threaded = false;
  own.unattended = true;
  recorder->offscreen = NULL;
  recorder->draw = (VizDraw){.made = false};
  recorder->rgb = NULL;
  recorder->errors = 0;
  SimStatus status = viz_app_open(&recorder->app, &own, err);
  if (status != SIM_OK) {
    return status;
  }
  recorder->offscreen = viz_offscreen_create(err);
  recorder->rgb = malloc((size_t)own.width * (size_t)own.height * 3);
  if (!recorder->offscreen || !recorder->rgb) {
    status =
        recorder->offscreen ? sim_error(err, SIM_FAIL, "no memory for a picture") : err->status;
  } else {
    status = viz_draw_create(&recorder->draw, &recorder->app.scene, own.quality, own.width,
                             own.height, err);
  }
  if (status != SIM_OK) {
    viz_recorder_close(recorder);
    return status;
  }
  viz_draw_fit_font(&recorder->draw, own.height, 1);
  recorder->app.fast = recorder->draw.fast;
  snprintf(recorder->app.renderer, sizeof recorder->app.renderer, "%s", recorder->draw.renderer);
  return SIM_OK;
}

void viz_recorder_close(VizRecorder *recorder) {
  viz_draw_destroy(&recorder->draw);
  viz_offscreen_destroy(recorder->offscreen);
  viz_app_close(&recorder->app);
  free(recorder->rgb);
  recorder->offscreen = NULL;
  recorder->rgb = NULL;
}

static void compose(VizRecorder *recorder) {
  const VizOptions *options = &recorder->app.options;
  viz_app_compose(&recorder->app, options->width, options->height, &recorder->draw.font);
}

static void paint(VizRecorder *recorder) {
  const VizOptions *options = &recorder->app.options;
  const mjrRect all = {0, 0, options->width, options->height};
  viz_draw(&recorder->draw, all, &recorder->app.layout.court, &recorder->app.scene,
           &recorder->app.hud);
  viz_draw_read(recorder->rgb, &recorder->draw, options->width, options->height);
  recorder->errors += viz_draw_errors();
}

void viz_recorder_picture(VizRecorder *recorder) {
  compose(recorder);
  paint(recorder);
}

static VizRecorder *open_new(const VizOptions *options, SimError *err) {
  VizRecorder *recorder = malloc(sizeof *recorder);
  if (!recorder) {
    sim_error(err, SIM_FAIL, "no memory to draw");
    return NULL;
  }
  if (viz_recorder_open(recorder, options, err) != SIM_OK) {
    free(recorder);
    return NULL;
  }
  return recorder;
}

SimStatus viz_screenshot(const VizOptions *options, const char *path, SimError *err) {
  VizRecorder *recorder = open_new(options, err);
  if (!recorder) {
    return err->status;
  }
  viz_recorder_picture(recorder);
  const SimStatus status = viz_png_write(path, recorder->rgb, options->width, options->height, err);
  viz_recorder_close(recorder);
  free(recorder);
  return status;
}

// ---- video

static bool wants_more(const VizApp *app, double seconds) {
  const double length = app->options.seconds;
  if (length > 0) {
    return seconds < length - PICTURE_SECONDS / 2;
  }
  const bool over = app->player.phase == VIZ_RESULT && app->player.phase_time > 1.5;
  return !over && !app->player.paused && seconds < LENGTH_MAX;
}

static SimStatus record(VizRecorder *recorder, VizVideo *video, const volatile int *stop,
                        SimError *err) {
  SimStatus status = SIM_OK;
  SimProgress progress = {.what = "pictures",
                          .total = recorder->app.options.seconds > 0
                                       ? recorder->app.options.seconds * VIZ_VIDEO_RATE
                                       : 0};
  for (int i = 0; status == SIM_OK && !*stop && wants_more(&recorder->app, i * PICTURE_SECONDS);
       i++) {
    viz_recorder_picture(recorder);
    status = viz_video_add(video, recorder->rgb, err);
    viz_app_advance(&recorder->app, PICTURE_SECONDS);
    if (progress.total > 0) {
      sim_progress(&progress, i + 1, "");
    }
  }
  if (progress.total > 0) {
    sim_progress_end(&progress);
  }
  return status;
}

SimStatus viz_record(const VizOptions *options, const char *path, const volatile int *stop,
                     SimError *err) {
  VizRecorder *recorder = open_new(options, err);
  if (!recorder) {
    return err->status;
  }
  recorder->app.player.go_on = options->seconds > 0;
  VizVideo *video = viz_video_create(path, options->width, options->height, err);
  SimStatus status = video ? record(recorder, video, stop, err) : err->status;
  if (status == SIM_OK) {
    status = viz_video_finish(video, err);
  }
  if (status == SIM_OK) {
    fprintf(stderr, "hcsp-view: %s, %d pictures\n", viz_video_path(video),
            viz_video_pictures(video));
    if (*stop) {
      status = sim_error(err, SIM_INTERRUPTED, "interrupted; the video ends early");
    }
  }
  viz_video_destroy(video);
  viz_recorder_close(recorder);
  free(recorder);
  return status;
}

// ---- bench

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, int n) {
  assert(n > 0);
  qsort(values, (size_t)n, sizeof *values, by_size);
  return values[n / 2];
}

SimStatus viz_bench(VizBench *bench, const VizOptions *options, int pictures, SimError *err) {
  VizRecorder *recorder = open_new(options, err);
  double *own = malloc((size_t)pictures * sizeof *own),
         *draw = malloc((size_t)pictures * sizeof *draw);
  SimStatus status = recorder ? SIM_OK : err->status;
  if (recorder && own && draw) {
    const double start = sim_time_wall();
    for (int i = 0; i < pictures; i++) {
      const double before = sim_time_thread();
      // the match is played ahead; physics has a thread of its own in the window
      viz_source_produce(recorder->app.source, 4 * pictures, err);
      const double ready = sim_time_thread();
      viz_app_advance(&recorder->app, PICTURE_SECONDS);
      compose(recorder);
      own[i] = 1e3 * (sim_time_thread() - (i == 0 ? before : ready));
      const double painting = sim_time_wall();
      paint(recorder);
      draw[i] = 1e3 * (sim_time_wall() - painting);
    }
    *bench = (VizBench){.fast = recorder->draw.fast,
                        .pictures = pictures,
                        .fps = pictures / (sim_time_wall() - start),
                        .own_ms = median(own, pictures),
                        .draw_ms = median(draw, pictures)};
    snprintf(bench->renderer, sizeof bench->renderer, "%s", recorder->draw.renderer);
    snprintf(bench->context, sizeof bench->context, "%s", viz_offscreen_name(recorder->offscreen));
  } else if (recorder) {
    status = sim_error(err, SIM_FAIL, "no memory to measure");
  }
  if (recorder) {
    viz_recorder_close(recorder);
  }
  free(recorder);
  free(own);
  free(draw);
  return status;
}
