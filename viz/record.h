// Pictures, videos and figures without a window. Time is that of the match: a second of video is a
// second of screen time at VIZ_VIDEO_RATE pictures, however long it takes to draw them.
#ifndef VIZ_RECORD_H_
#define VIZ_RECORD_H_

#include "viz/app.h"
#include "viz/offscreen.h"

// An app that draws into a buffer of options.width x options.height.
typedef struct VizRecorder {
  VizApp app;
  VizOffscreen *offscreen;
  VizDraw draw;
  unsigned char *rgb;  // the last picture, rows from the top
  int errors;          // of OpenGL so far
} VizRecorder;

SimStatus viz_recorder_open(VizRecorder *recorder, const VizOptions *options, SimError *err);
void viz_recorder_close(VizRecorder *recorder);

// Draws the moment on the screen into recorder->rgb.
void viz_recorder_picture(VizRecorder *recorder);

SimStatus viz_screenshot(const VizOptions *options, const char *path, SimError *err);
// *stop may be set from a signal handler: what there is then is finished and SIM_INTERRUPTED
// returned.
SimStatus viz_record(const VizOptions *options, const char *path, const volatile int *stop,
                     SimError *err);

// The viewer's own time and the speed of drawing.
typedef struct VizBench {
  char renderer[128], context[16];
  bool fast;
  int pictures;
  double own_ms;   // CPU time a picture of everything but drawing, median
  double draw_ms;  // wall-clock time a picture of drawing and reading back, median
  double fps;      // pictures a second of both together, over all of them
} VizBench;
SimStatus viz_bench(VizBench *bench, const VizOptions *options, int pictures, SimError *err);

#endif  // VIZ_RECORD_H_
