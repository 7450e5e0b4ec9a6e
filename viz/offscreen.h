// OpenGL without a window: EGL without a surface, then OSMesa, then a hidden window. The libraries
// are opened at run time, so that the program also starts where one is missing. The environment
// variable HCSP_GL=egl|osmesa|glfw asks for one of them only.
#ifndef VIZ_OFFSCREEN_H_
#define VIZ_OFFSCREEN_H_

#include <stddef.h>

#include "sim/base/status.h"

typedef struct VizOffscreen VizOffscreen;

// Makes a context current on the calling thread. NULL with SIM_FAIL and one sentence that names the
// three attempts, why each failed and the packages to install.
VizOffscreen *viz_offscreen_create(SimError *err);
void viz_offscreen_destroy(VizOffscreen *offscreen);            // NULL is fine
const char *viz_offscreen_name(const VizOffscreen *offscreen);  // "EGL", "OSMesa", "GLFW"

// GL_RENDERER of the current context, "" when it cannot be asked.
void viz_gl_renderer(char *out, size_t size);

#endif  // VIZ_OFFSCREEN_H_
