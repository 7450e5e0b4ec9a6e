// Pictures as PNG files.
#ifndef VIZ_PNG_H_
#define VIZ_PNG_H_

#include "sim/base/status.h"

// Writes RGB pixels, rows from the top, whole or not at all. SIM_DISK_FULL without space.
SimStatus viz_png_write(const char *path, const unsigned char *rgb, int width, int height,
                        SimError *err);

#endif  // VIZ_PNG_H_
