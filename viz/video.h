// A video out of pictures: MP4 through the program ffmpeg, or a folder of numbered PNG files.
#ifndef VIZ_VIDEO_H_
#define VIZ_VIDEO_H_

#include <stdbool.h>

#include "sim/base/status.h"

typedef struct VizVideo VizVideo;

enum { VIZ_VIDEO_RATE = 50 };  // pictures a second: every second control step at full speed

// path ending in .mp4: a video, which has its name once it is whole; anything else, or .mp4 without
// ffmpeg on this machine, which a line on stderr tells: a folder of PNG files (path without
// ".mp4"). NULL and err when it cannot be started or the folder holds pictures of another
// recording. Makes the process ignore SIGPIPE.
VizVideo *viz_video_create(const char *path, int width, int height, SimError *err);
// RGB, rows from the top. SIM_FAIL when ffmpeg has gone.
SimStatus viz_video_add(VizVideo *video, const unsigned char *rgb, SimError *err);
// Finishes the file. A video is only there when this gives SIM_OK.
SimStatus viz_video_finish(VizVideo *video, SimError *err);
void viz_video_destroy(VizVideo *video);  // NULL is fine; without finish nothing of an MP4 stays

const char *viz_video_path(const VizVideo *video);  // what is written
int viz_video_pictures(const VizVideo *video);

#endif  // VIZ_VIDEO_H_
