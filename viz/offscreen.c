#include "viz/offscreen.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GL/osmesa.h>
#include <assert.h>
#include <dlfcn.h>
#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OSMESA_SIZE = 16 };

typedef enum Kind { KIND_EGL, KIND_OSMESA, KIND_GLFW, KINDS } Kind;
static const char *const KIND_NAME[KINDS] = {"EGL", "OSMesa", "GLFW"};
static const char *const KIND_KEY[KINDS] = {"egl", "osmesa", "glfw"};

// what is used of the two libraries
typedef struct Egl {
  __typeof__(eglGetProcAddress) *get_proc_address;
  __typeof__(eglGetDisplay) *get_display;
  __typeof__(eglInitialize) *initialize;
  __typeof__(eglBindAPI) *bind_api;
  __typeof__(eglChooseConfig) *choose_config;
  __typeof__(eglCreateContext) *create_context;
  __typeof__(eglMakeCurrent) *make_current;
  __typeof__(eglDestroyContext) *destroy_context;
  __typeof__(eglTerminate) *terminate;
} Egl;

typedef struct Osmesa {
  __typeof__(OSMesaCreateContextExt) *create_context;
  __typeof__(OSMesaMakeCurrent) *make_current;
  __typeof__(OSMesaDestroyContext) *destroy_context;
} Osmesa;

struct VizOffscreen {
  Kind kind;
  void *library;
  Egl egl;
  EGLDisplay display;
  EGLContext egl_context;
  Osmesa osmesa;
  OSMesaContext osmesa_context;
  unsigned char pixels[OSMESA_SIZE * OSMESA_SIZE * 4];
  GLFWwindow *window;
};

// a function of a library; data and function pointers cannot be converted in ISO C
static bool find(void *function, void *library, const char *name) {
  void *symbol = dlsym(library, name);
  memcpy(function, &symbol, sizeof symbol);
  return symbol != NULL;
}

static bool open_library(VizOffscreen *off, const char *first, const char *second, char *why,
                         size_t size) {
  off->library = dlopen(first, RTLD_NOW | RTLD_GLOBAL);
  if (!off->library && second) {
    off->library = dlopen(second, RTLD_NOW | RTLD_GLOBAL);
  }
  if (!off->library) {
    snprintf(why, size, "no %s", first);
  }
  return off->library != NULL;
}

// ---- EGL

static bool find_egl(Egl *egl, void *library) {
  return find(&egl->get_proc_address, library, "eglGetProcAddress") &&
         find(&egl->get_display, library, "eglGetDisplay") &&
         find(&egl->initialize, library, "eglInitialize") &&
         find(&egl->bind_api, library, "eglBindAPI") &&
         find(&egl->choose_config, library, "eglChooseConfig") &&
         find(&egl->create_context, library, "eglCreateContext") &&
         find(&egl->make_current, library, "eglMakeCurrent") &&
         find(&egl->destroy_context, library, "eglDestroyContext") &&
         find(&egl->terminate, library, "eglTerminate");
}

// Mesa's display without a surface, else the first graphics device
static EGLDisplay find_display(const Egl *egl) {
  PFNEGLGETPLATFORMDISPLAYEXTPROC get_platform_display =
      (PFNEGLGETPLATFORMDISPLAYEXTPROC)egl->get_proc_address("eglGetPlatformDisplayEXT");
  PFNEGLQUERYDEVICESEXTPROC query_devices =
      (PFNEGLQUERYDEVICESEXTPROC)egl->get_proc_address("eglQueryDevicesEXT");
  EGLDisplay display = EGL_NO_DISPLAY;
  EGLDeviceEXT device;
  EGLint devices = 0;
  if (!get_platform_display) {
    return egl->get_display(EGL_DEFAULT_DISPLAY);
  }
  // a card of its own comes before software
  if (query_devices && query_devices(1, &device, &devices) && devices > 0) {
    display = get_platform_display(EGL_PLATFORM_DEVICE_EXT, device, NULL);
    if (display != EGL_NO_DISPLAY && egl->initialize(display, NULL, NULL)) {
      return display;
    }
  }
  return get_platform_display(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
}

static const char *start_egl(VizOffscreen *off) {
  static const EGLint WANTED[] = {
      EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_SURFACE_TYPE, 0, EGL_RED_SIZE, 8, EGL_NONE};
  const Egl *egl = &off->egl;
  EGLConfig config;
  EGLint configs = 0;
  off->display = find_display(egl);
  if (off->display == EGL_NO_DISPLAY || !egl->initialize(off->display, NULL, NULL)) {
    off->display = EGL_NO_DISPLAY;
    return "no display without a surface";
  }
  if (!egl->bind_api(EGL_OPENGL_API) ||
      !egl->choose_config(off->display, WANTED, &config, 1, &configs) || configs == 0) {
    return "no desktop OpenGL";
  }
  off->egl_context = egl->create_context(off->display, config, EGL_NO_CONTEXT, NULL);
  if (off->egl_context == EGL_NO_CONTEXT ||
      !egl->make_current(off->display, EGL_NO_SURFACE, EGL_NO_SURFACE, off->egl_context)) {
    return "no context";
  }
  return NULL;
}

static bool open_egl(VizOffscreen *off, char *why, size_t size) {
  if (!open_library(off, "libEGL.so.1", "libEGL.so", why, size)) {
    return false;
  }
  const char *problem = find_egl(&off->egl, off->library) ? start_egl(off) : "functions missing";
  if (problem) {
    snprintf(why, size, "%s", problem);
  }
  return problem == NULL;
}

static void close_egl(VizOffscreen *off) {
  if (off->display != EGL_NO_DISPLAY) {
    off->egl.make_current(off->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    if (off->egl_context != EGL_NO_CONTEXT) {
      off->egl.destroy_context(off->display, off->egl_context);
    }
    off->egl.terminate(off->display);
  }
}

// ---- OSMesa

static bool open_osmesa(VizOffscreen *off, char *why, size_t size) {
  Osmesa *osmesa = &off->osmesa;
  if (!open_library(off, "libOSMesa.so.8", "libOSMesa.so", why, size)) {
    return false;
  }
  if (!find(&osmesa->create_context, off->library, "OSMesaCreateContextExt") ||
      !find(&osmesa->make_current, off->library, "OSMesaMakeCurrent") ||
      !find(&osmesa->destroy_context, off->library, "OSMesaDestroyContext")) {
    snprintf(why, size, "functions missing");
    return false;
  }
  off->osmesa_context = osmesa->create_context(OSMESA_RGBA, 24, 8, 0, NULL);
  // 0x1401 = GL_UNSIGNED_BYTE; pictures are drawn into a frame buffer of their own
  if (!off->osmesa_context ||
      !osmesa->make_current(off->osmesa_context, off->pixels, 0x1401, OSMESA_SIZE, OSMESA_SIZE)) {
    snprintf(why, size, "no context");
    return false;
  }
  return true;
}

// ---- GLFW

static bool open_glfw(VizOffscreen *off, char *why, size_t size) {
  const char *text = NULL;
  if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY")) {
    // GLFW 3.4 speaks of platforms only
    snprintf(why, size, "DISPLAY is not set");
    return false;
  }
  if (!glfwInit()) {
    glfwGetError(&text);
    snprintf(why, size, "%.80s", text ? text : "cannot start");
    return false;
  }
  glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
  off->window = glfwCreateWindow(64, 64, "hcsp-view", NULL, NULL);
  if (!off->window) {
    glfwGetError(&text);
    snprintf(why, size, "%.80s", text ? text : "no window");
    glfwTerminate();
    return false;
  }
  glfwMakeContextCurrent(off->window);
  return true;
}

// ---- any of them

static bool try_kind(VizOffscreen *off, Kind kind, char *why, size_t size) {
  *off = (VizOffscreen){.kind = kind, .display = EGL_NO_DISPLAY, .egl_context = EGL_NO_CONTEXT};
  switch (kind) {
  case KIND_EGL:
    if (open_egl(off, why, size)) {
      return true;
    }
    close_egl(off);
    break;
  case KIND_OSMESA:
    if (open_osmesa(off, why, size)) {
      return true;
    }
    if (off->osmesa_context) {
      off->osmesa.destroy_context(off->osmesa_context);
    }
    break;
  case KIND_GLFW:
    return open_glfw(off, why, size);
  case KINDS:
    break;
  }
  if (off->library) {
    dlclose(off->library);
  }
  return false;
}

VizOffscreen *viz_offscreen_create(SimError *err) {
  const char *only = getenv("HCSP_GL");
  char why[KINDS][100] = {"not tried", "not tried", "not tried"};
  VizOffscreen *off = malloc(sizeof *off);
  if (!off) {
    sim_error(err, SIM_FAIL, "no memory to draw without a window");
    return NULL;
  }
  for (int kind = 0; kind < KINDS; kind++) {
    const bool wanted = !only || only[0] == '\0' || strcmp(only, KIND_KEY[kind]) == 0;
    if (wanted && try_kind(off, (Kind)kind, why[kind], sizeof why[kind])) {
      return off;
    }
  }
  free(off);
  sim_error(err, SIM_FAIL,
            "no OpenGL without a window: EGL without a surface (%s), OSMesa (%s), hidden GLFW "
            "window (%s); install one of the packages libegl1 with libgl1-mesa-dri, libosmesa6, "
            "or xvfb (then: xvfb-run hcsp-view ...)",
            why[KIND_EGL], why[KIND_OSMESA], why[KIND_GLFW]);
  return NULL;
}

void viz_offscreen_destroy(VizOffscreen *off) {
  if (!off) {
    return;
  }
  switch (off->kind) {
  case KIND_EGL:
    close_egl(off);
    break;
  case KIND_OSMESA:
    off->osmesa.destroy_context(off->osmesa_context);
    break;
  case KIND_GLFW:
    glfwDestroyWindow(off->window);
    glfwTerminate();
    break;
  case KINDS:
    break;
  }
  // the libraries stay: Mesa's threads and MuJoCo's pointers may still lead into them
  free(off);
}

const char *viz_offscreen_name(const VizOffscreen *off) {
  assert(off->kind < KINDS);
  return KIND_NAME[off->kind];
}

void viz_gl_renderer(char *out, size_t size) {
  typedef const unsigned char *GetString(unsigned name);
  GetString *get = NULL;
  snprintf(out, size, "%s", "");
  // the context's library is open: as EGL's and GLX's libGL, or as OSMesa
  static const char *const LIBRARY[] = {"libOSMesa.so.8", "libOpenGL.so.0", "libGL.so.1"};
  for (size_t i = 0; i < sizeof LIBRARY / sizeof LIBRARY[0]; i++) {
    void *library = dlopen(LIBRARY[i], RTLD_NOW | (i == 0 ? RTLD_NOLOAD : 0));
    if (library && find(&get, library, "glGetString")) {
      const unsigned char *text = get(0x1F01);  // GL_RENDERER
      dlclose(library);
      if (text) {
        snprintf(out, size, "%s", (const char *)text);
        return;
      }
    }
  }
}
