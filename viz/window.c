#include "viz/window.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/log.h"
#include "viz/offscreen.h"
#include "viz/panel.h"
#include "viz/png.h"
#include "viz/pull.h"

#define DOUBLE_CLICK 0.3  // s
// the longest step of the screen's clock: a window that stood still does not make a rally jump
#define STEP_MAX 0.25

struct VizWindow {
  VizApp app;
  VizDraw draw;
  VizPanels *panels;
  GLFWwindow *glfw;
  int width, height;  // of the frame buffer
  double shown;       // when the last picture was, s
  int errors, pictures;
  // mouse
  int button, modifiers;
  double x, y, clicked;
  int click_button;
  bool taken;  // the button that is down was meant for the flat picture
  // where the window was before it filled the screen
  int old_x, old_y, old_width, old_height;
  // for the true speed and the pictures a second
  double measured;
  int measured_pictures, measured_step;
};

static void on_error(int code, const char *text) {
  // GLFW keeps the text for glfwGetError, which is where it is asked for
  (void)code;
  (void)text;
}

static VizWindow *of(GLFWwindow *glfw) {
  return glfwGetWindowUserPointer(glfw);
}

// ---- size

static void fit(VizWindow *window) {
  float scale = 1, scale_y = 1;
  glfwGetFramebufferSize(window->glfw, &window->width, &window->height);
  glfwGetWindowContentScale(window->glfw, &scale, &scale_y);
  viz_draw_fit_font(&window->draw, window->height, (double)scale);
  viz_panels_fit(window->panels, window->width, window->height, &window->draw.context);
}

static void on_resize(GLFWwindow *glfw, int width, int height) {
  (void)width;
  (void)height;
  fit(of(glfw));
}

void viz_window_resize(VizWindow *window, int width, int height) {
  glfwSetWindowSize(window->glfw, width, height);
}

static void toggle_full_screen(VizWindow *window) {
  GLFWmonitor *monitor = glfwGetPrimaryMonitor();
  const GLFWvidmode *mode = monitor ? glfwGetVideoMode(monitor) : NULL;
  if (glfwGetWindowMonitor(window->glfw)) {
    glfwSetWindowMonitor(window->glfw, NULL, window->old_x, window->old_y, window->old_width,
                         window->old_height, GLFW_DONT_CARE);
  } else if (mode) {
    glfwGetWindowPos(window->glfw, &window->old_x, &window->old_y);
    glfwGetWindowSize(window->glfw, &window->old_width, &window->old_height);
    glfwSetWindowMonitor(window->glfw, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
  }
}

// ---- keys and files

static int modifiers_of(int glfw) {
  return ((glfw & GLFW_MOD_SHIFT) ? VIZ_SHIFT : 0) | ((glfw & GLFW_MOD_CONTROL) ? VIZ_CONTROL : 0) |
         ((glfw & GLFW_MOD_ALT) ? VIZ_ALT : 0);
}

static void set_state(VizWindow *window, mjtEvent type, int modifiers) {
  mjuiState *state = viz_panels_state(window->panels);
  int wide = 1, tall = 1;
  glfwGetWindowSize(window->glfw, &wide, &tall);
  const double x = wide > 0 ? window->x * window->width / wide : 0;
  const double y = tall > 0 ? window->height - window->y * window->height / tall : 0;
  state->type = (int)type;
  state->control = (modifiers & VIZ_CONTROL) != 0;
  state->shift = (modifiers & VIZ_SHIFT) != 0;
  state->alt = (modifiers & VIZ_ALT) != 0;
  state->dx = x - state->x;
  state->dy = y - state->y;
  state->x = x;
  state->y = y;
  state->left = window->button == mjBUTTON_LEFT;
  state->right = window->button == mjBUTTON_RIGHT;
  state->middle = window->button == mjBUTTON_MIDDLE;
  state->mouserect = mjr_findRect((int)x, (int)y, state->nrect - 1, state->rect + 1) + 1;
}

void viz_window_key(VizWindow *window, int key, int modifiers) {
  set_state(window, mjEVENT_KEY, modifiers);
  mjuiState *state = viz_panels_state(window->panels);
  state->key = key;
  state->keytime = glfwGetTime();
  if (!viz_panels_event(window->panels, &window->app, &window->draw.context)) {
    viz_app_key(&window->app, key, modifiers);
  }
}

// GLFW names keys by their place on an American keyboard; people look at what is printed on theirs
static void on_key(GLFWwindow *glfw, int key, int scan_code, int action, int modifiers) {
  if (action != GLFW_RELEASE) {
    const char *printed = glfwGetKeyName(key, scan_code);
    viz_window_key(of(glfw), viz_keys_printed(key, printed), modifiers_of(modifiers));
  }
}

void viz_window_drop(VizWindow *window, int n, const char **paths) {
  for (int i = 0; i < n; i++) {
    viz_app_drop(&window->app, paths[i]);
  }
}

static void on_drop(GLFWwindow *glfw, int n, const char **paths) {
  viz_window_drop(of(glfw), n, paths);
}

// ---- mouse

// the part of the window that shows the court
static mjrRect court_of(const VizWindow *window) {
  return viz_draw_part(viz_panels_scene(window->panels), &window->app.layout.court);
}

// the mouse in the picture, from its top left
static void picture_point(int out[2], const VizWindow *window) {
  const mjrRect rect = viz_panels_scene(window->panels);
  const mjuiState *state = viz_panels_state(window->panels);
  out[0] = (int)state->x - rect.left;
  out[1] = rect.bottom + rect.height - 1 - (int)state->y;
}

static double aspect(const VizWindow *window) {
  const mjrRect rect = court_of(window);
  return rect.height > 0 ? (double)rect.width / rect.height : 1;
}

// double click: left selects, right looks there, with Ctrl follows
static void double_click(VizWindow *window, int button, int modifiers) {
  const mjrRect rect = court_of(window);
  const mjuiState *state = viz_panels_state(window->panels);
  VizScene *scene = &window->app.scene;
  double point[3] = {0, 0, 0};
  if (rect.width < 1 || rect.height < 1) {
    return;
  }
  const int body = viz_scene_pick(point, scene, aspect(window), (state->x - rect.left) / rect.width,
                                  (state->y - rect.bottom) / rect.height);
  if (button == mjBUTTON_LEFT) {
    scene->selected = body;
  } else if (modifiers & VIZ_CONTROL) {
    scene->selected = body;
    viz_scene_set_camera(scene, body == SIM_BALL ? VIZ_CAMERA_FOLLOW_BALL
                                : body >= 0      ? VIZ_CAMERA_FOLLOW_DRONE
                                                 : scene->preset);
  } else if (mju_norm3(point) > 0) {
    viz_scene_free_camera(scene);
    mju_copy3(scene->camera.lookat, point);
  }
}

static void press_button(VizWindow *window, int button, int modifiers) {
  const double now = glfwGetTime();
  const bool twice = button == window->click_button && now - window->clicked < DOUBLE_CLICK;
  mjuiState *state = viz_panels_state(window->panels);
  window->button = button;
  window->click_button = button;
  window->clicked = now;
  set_state(window, mjEVENT_PRESS, modifiers);
  state->button = button;
  state->doubleclick = twice;
  state->buttontime = now;
  if (state->mouserect) {
    state->dragrect = state->mouserect;
    state->dragbutton = button;
  }
  if (viz_panels_event(window->panels, &window->app, &window->draw.context)) {
    return;
  }
  int at[2];
  picture_point(at, window);
  if (button == mjBUTTON_LEFT && viz_app_press(&window->app, at[0], at[1])) {
    window->taken = true;
  } else if (twice) {
    double_click(window, button, modifiers);
  } else if ((modifiers & VIZ_CONTROL) && button != mjBUTTON_MIDDLE) {
    viz_pull_start(&window->app, button == mjBUTTON_LEFT);
  }
}

static void release_button(VizWindow *window, int modifiers) {
  set_state(window, mjEVENT_RELEASE, modifiers);
  mjuiState *state = viz_panels_state(window->panels);
  viz_panels_event(window->panels, &window->app, &window->draw.context);
  window->button = mjBUTTON_NONE;
  window->taken = false;
  viz_app_release(&window->app);
  state->left = state->right = state->middle = 0;
  state->dragrect = state->dragbutton = 0;
  viz_pull_stop(&window->app);
}

static void on_button(GLFWwindow *glfw, int button, int action, int modifiers) {
  VizWindow *window = of(glfw);
  const int mine = button == GLFW_MOUSE_BUTTON_LEFT    ? mjBUTTON_LEFT
                   : button == GLFW_MOUSE_BUTTON_RIGHT ? mjBUTTON_RIGHT
                                                       : mjBUTTON_MIDDLE;
  window->modifiers = modifiers_of(modifiers);
  if (action == GLFW_PRESS) {
    press_button(window, mine, window->modifiers);
  } else {
    release_button(window, window->modifiers);
  }
}

void viz_window_point(VizWindow *window, double x, double y) {
  window->x = x;
  window->y = y;
  set_state(window, mjEVENT_MOVE, window->modifiers);
  const mjuiState *state = viz_panels_state(window->panels);
  int at[2];
  picture_point(at, window);
  if (viz_app_point(&window->app, at[0], at[1]) || window->taken) {
    return;
  }
  if (window->button == mjBUTTON_NONE || window->height < 1 ||
      viz_panels_event(window->panels, &window->app, &window->draw.context)) {
    return;
  }
  const bool shift = (window->modifiers & VIZ_SHIFT) != 0;
  const double dx = state->dx / window->height, dy = -state->dy / window->height;
  const int move = shift ? mjMOUSE_MOVE_H : mjMOUSE_MOVE_V;
  const int turn = shift ? mjMOUSE_ROTATE_H : mjMOUSE_ROTATE_V;
  const int action = window->button == mjBUTTON_RIGHT  ? move
                     : window->button == mjBUTTON_LEFT ? turn
                                                       : mjMOUSE_ZOOM;
  VizScene *scene = &window->app.scene;
  if (scene->perturb.active) {
    viz_pull_move(&window->app, action, dx, dy);
  } else if (!(window->modifiers & VIZ_CONTROL)) {
    viz_scene_free_camera(scene);
    mjv_moveCamera(scene->mj, action, dx, dy, &scene->camera);
  }
}

static void on_move(GLFWwindow *glfw, double x, double y) {
  viz_window_point(of(glfw), x, y);
}

void viz_window_click(VizWindow *window, double x, double y) {
  viz_window_point(window, x, y);
  press_button(window, mjBUTTON_LEFT, 0);
  release_button(window, 0);
}

static void on_scroll(GLFWwindow *glfw, double dx, double dy) {
  VizWindow *window = of(glfw);
  mjuiState *state = viz_panels_state(window->panels);
  set_state(window, mjEVENT_SCROLL, window->modifiers);
  state->sx = dx;
  state->sy = dy;
  if (!viz_panels_event(window->panels, &window->app, &window->draw.context)) {
    VizScene *scene = &window->app.scene;
    viz_scene_free_camera(scene);
    mjv_moveCamera(scene->mj, mjMOUSE_ZOOM, 0, -0.05 * dy, &scene->camera);
  }
}

// ---- wishes

static void write_picture(VizWindow *window) {
  SimError err = {0};
  char path[64];
  unsigned char *rgb = malloc((size_t)window->width * (size_t)window->height * 3);
  snprintf(path, sizeof path, "hcsp-view-%lld-%d.png",
           (long long)viz_source_number(window->app.source), viz_player_frame(&window->app.player));
  if (!rgb || window->width < 1 || window->height < 1) {
    viz_app_say(&window->app, true, "no picture of a window of %d x %d pixels", window->width,
                window->height);
  } else {
    viz_draw_read(rgb, &window->draw, window->width, window->height);
    if (viz_png_write(path, rgb, window->width, window->height, &err) == SIM_OK) {
      viz_app_say(&window->app, false, "wrote %s", path);
    } else {
      viz_app_say(&window->app, true, "%s", err.text);
    }
  }
  free(rgb);
}

static void copy_state(VizWindow *window) {
  VizApp *app = &window->app;
  const int frame = viz_player_frame(&app->player);
  const SimView *view = &viz_source_frame(app->source, frame)->state.view;
  char text[256];
  snprintf(text, sizeof text,
           "seed %llu rally %lld step %d ball %.6f %.6f %.6f velocity %.6f %.6f %.6f",
           (unsigned long long)viz_source_info(app->source)->seed,
           (long long)viz_source_number(app->source), frame, view->ball_pos[0], view->ball_pos[1],
           view->ball_pos[2], view->ball_vel[0], view->ball_vel[1], view->ball_vel[2]);
  glfwSetClipboardString(window->glfw, text);
  viz_app_say(app, false, "copied: %s", text);
}

// what keys have asked for; a picture is taken after drawing
static void grant(VizWindow *window) {
  VizWishes *wish = &window->app.wish;
  if (wish->left_panel) {
    viz_panels_toggle(window->panels, false);
  }
  if (wish->right_panel) {
    viz_panels_toggle(window->panels, true);
  }
  if (wish->full_screen) {
    toggle_full_screen(window);
  }
  if (wish->copy) {
    copy_state(window);
  }
  const VizWishes left = {.quit = wish->quit, .screenshot = wish->screenshot};
  *wish = left;
}

// ---- pictures

// once a second: pictures a second and how fast the match really runs
static void measure(VizWindow *window) {
  VizTiming *timing = &window->app.timing;
  const double now = sim_time_wall(), span = now - window->measured;
  const int step = viz_source_frames(window->app.source);
  if (span < 1) {
    return;
  }
  const int steps = step - window->measured_step;
  timing->fps = (window->pictures - window->measured_pictures) / span;
  timing->true_speed =
      viz_player_live(&window->app.player) && steps > 0 ? steps * SIM_DT / span : 0;
  window->measured = now;
  window->measured_pictures = window->pictures;
  window->measured_step = step;
}

static void smooth(double *mean, double value) {
  *mean += 0.1 * (value - *mean);
}

static void set_title(VizWindow *window) {
  const VizInfo *info = viz_source_info(window->app.source);
  char title[200];
  snprintf(title, sizeof title, "%s - %s   hcsp-view", info->team[SIM_NEAR], info->team[SIM_FAR]);
  glfwSetWindowTitle(window->glfw, title);
}

bool viz_window_picture(VizWindow *window) {
  VizApp *app = &window->app;
  glfwPollEvents();
  grant(window);
  if (viz_panels_refresh(window->panels, app)) {
    fit(window);
    set_title(window);
  }
  const double now = sim_time_wall(), start = sim_time_thread();
  const double dt = window->shown > 0 ? now - window->shown : 0;
  window->shown = now;
  viz_app_advance(app, dt < STEP_MAX ? dt : STEP_MAX);
  const mjrRect rect = viz_panels_scene(window->panels);
  viz_app_compose(app, rect.width, rect.height, &window->draw.font);
  viz_pull_apply(app);
  smooth(&app->timing.own, 1e3 * (sim_time_thread() - start));
  const double painting = sim_time_wall();
  mjr_setBuffer(mjFB_WINDOW, &window->draw.context);
  viz_draw(&window->draw, rect, &app->layout.court, &app->scene, &app->hud);
  viz_panels_render(window->panels, app, &window->draw.context);
  smooth(&app->timing.draw, 1e3 * (sim_time_wall() - painting));
  if (app->wish.screenshot) {
    app->wish.screenshot = false;
    write_picture(window);
  }
  glfwSwapBuffers(window->glfw);
  window->errors += viz_draw_errors();
  if (window->pictures++ % 50 == 0) {
    set_title(window);
  }
  measure(window);
  return !app->wish.quit && !glfwWindowShouldClose(window->glfw);
}

// ---- opening and closing

static void set_callbacks(VizWindow *window) {
  GLFWwindow *glfw = window->glfw;
  glfwSetWindowUserPointer(glfw, window);
  glfwSetFramebufferSizeCallback(glfw, on_resize);
  glfwSetKeyCallback(glfw, on_key);
  glfwSetMouseButtonCallback(glfw, on_button);
  glfwSetCursorPosCallback(glfw, on_move);
  glfwSetScrollCallback(glfw, on_scroll);
  glfwSetDropCallback(glfw, on_drop);
}

static SimStatus glfw_error(SimError *err, const char *what) {
  const char *text = NULL;
  glfwGetError(&text);
  return sim_error(err, SIM_FAIL, "%s: %.200s; --screenshot and --record work without a display",
                   what, text ? text : "GLFW does not say why");
}

static GLFWwindow *open_glfw(const VizOptions *options, int samples) {
  glfwWindowHint(GLFW_SAMPLES, samples);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_FALSE);
  GLFWwindow *glfw = glfwCreateWindow(options->width, options->height, "hcsp-view", NULL, NULL);
  if (glfw) {
    glfwMakeContextCurrent(glfw);
    glfwSwapInterval(1);
  }
  return glfw;
}

static SimStatus open_window(VizWindow *window, SimError *err) {
  const VizOptions *options = &window->app.options;
  glfwSetErrorCallback(on_error);
  if (!glfwInit()) {
    return glfw_error(err, "no window");
  }
  const bool fast = options->quality == VIZ_QUALITY_FAST;
  window->glfw = open_glfw(options, fast ? 0 : 4);
  if (!window->glfw) {
    window->glfw = open_glfw(options, 0);
  }
  if (!window->glfw) {
    return glfw_error(err, "no window with OpenGL");
  }
  SimStatus status =
      viz_draw_create(&window->draw, &window->app.scene, options->quality, 0, 0, err);
  if (status == SIM_OK && window->draw.fast && !fast) {
    // software draws: smooth edges would cost it half of its pictures
    viz_draw_destroy(&window->draw);
    glfwDestroyWindow(window->glfw);
    window->glfw = open_glfw(options, 0);
    status = window->glfw
                 ? viz_draw_create(&window->draw, &window->app.scene, VIZ_QUALITY_FAST, 0, 0, err)
                 : glfw_error(err, "no window with OpenGL");
  }
  return status;
}

VizWindow *viz_window_create(const VizOptions *options, SimError *err) {
  VizWindow *window = calloc(1, sizeof *window);
  if (!window) {
    sim_error(err, SIM_FAIL, "no memory for a window");
    return NULL;
  }
  VizOptions own = *options;
  own.threaded = true;
  SimStatus status = viz_app_open(&window->app, &own, err);
  if (status == SIM_OK) {
    status = open_window(window, err);
  }
  window->panels = status == SIM_OK ? viz_panels_create(&window->app, err) : NULL;
  if (!window->panels) {
    viz_window_destroy(window);
    return NULL;
  }
  window->app.fast = window->draw.fast;
  snprintf(window->app.renderer, sizeof window->app.renderer, "%s", window->draw.renderer);
  set_callbacks(window);
  fit(window);
  viz_app_say(&window->app, false, "F1 lists the keys");
  return window;
}

void viz_window_destroy(VizWindow *window) {
  if (window) {
    viz_panels_destroy(window->panels);
    viz_draw_destroy(&window->draw);
    if (window->glfw) {
      glfwDestroyWindow(window->glfw);
    }
    glfwTerminate();
    viz_app_close(&window->app);
    free(window);
  }
}

SimStatus viz_window_run(const VizOptions *options, const volatile int *stop, SimError *err) {
  VizWindow *window = viz_window_create(options, err);
  if (!window) {
    return err->status;
  }
  while (!*stop && viz_window_picture(window)) {
  }
  viz_window_destroy(window);
  return SIM_OK;
}

VizApp *viz_window_app(VizWindow *window) {
  return &window->app;
}

int viz_window_errors(const VizWindow *window) {
  return window->errors;
}

int viz_window_pictures(const VizWindow *window) {
  return window->pictures;
}
