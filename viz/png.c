#include "viz/png.h"

#include <assert.h>
#include <png.h>
#include <stdlib.h>

#include "sim/base/file.h"

SimStatus viz_png_write(const char *path, const unsigned char *rgb, int width, int height,
                        SimError *err) {
  assert(width > 0 && height > 0);
  png_image image = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)width,
                     .height = (png_uint_32)height,
                     .format = PNG_FORMAT_RGB};
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  void *data = malloc(size);
  if (!data || !png_image_write_to_memory(&image, data, &size, 0, rgb, 0, NULL)) {
    free(data);
    return sim_error(err, SIM_FAIL, "%s: a picture of %d x %d pixels cannot be packed", path, width,
                     height);
  }
  const SimStatus status = sim_file_write(path, data, size, err);
  free(data);
  return status;
}
