// The window: GLFW brings keys, mouse and files, the app says what they do, MuJoCo draws. All calls
// come from the main thread.
#ifndef VIZ_WINDOW_H_
#define VIZ_WINDOW_H_

#include "viz/app.h"

typedef struct VizWindow VizWindow;

// Opens a window of options.width x options.height; live play runs on its own thread. NULL and err
// when there is nothing to show (see viz_app_open), no display or no OpenGL.
VizWindow *viz_window_create(const VizOptions *options, SimError *err);
void viz_window_destroy(VizWindow *window);  // NULL is fine

// Handles what has happened since the last call and draws one picture. False when the window is to
// be closed.
bool viz_window_picture(VizWindow *window);
// Opens, shows until it is closed or *stop is set, closes.
SimStatus viz_window_run(const VizOptions *options, const volatile int *stop, SimError *err);

// ---- what GLFW reports, also for tests

void viz_window_key(VizWindow *window, int key, int modifiers);
// The mouse at a point of the window, in its own units from the top left: moved there, or clicked.
void viz_window_point(VizWindow *window, double x, double y);
void viz_window_click(VizWindow *window, double x, double y);
void viz_window_drop(VizWindow *window, int n, const char **paths);
void viz_window_resize(VizWindow *window, int width, int height);
VizApp *viz_window_app(VizWindow *window);
int viz_window_errors(const VizWindow *window);    // of OpenGL so far
int viz_window_pictures(const VizWindow *window);  // drawn so far

#endif  // VIZ_WINDOW_H_
