// The two panels at the sides of the window, with MuJoCo's mjui.
#ifndef VIZ_PANEL_H_
#define VIZ_PANEL_H_

#include "viz/app.h"

typedef struct VizPanels VizPanels;

enum { VIZ_RECT_WINDOW, VIZ_RECT_LEFT, VIZ_RECT_RIGHT, VIZ_RECT_SCENE, VIZ_RECTS };

VizPanels *viz_panels_create(VizApp *app, SimError *err);
void viz_panels_destroy(VizPanels *panels);  // NULL is fine

// Takes over a list of teams that has changed, which asks for a fit; false when it has not.
bool viz_panels_refresh(VizPanels *panels, VizApp *app);
void viz_panels_toggle(VizPanels *panels, bool right);
// Sizes and buffers for a window and a font; call when either has changed.
void viz_panels_fit(VizPanels *panels, int width, int height, mjrContext *context);
// The part of the window that the panels leave.
mjrRect viz_panels_scene(const VizPanels *panels);

// Mouse and keyboard as mjui sees them; the window fills it before viz_panels_event.
mjuiState *viz_panels_state(VizPanels *panels);
// Lets the panels have the event; true when it was theirs.
bool viz_panels_event(VizPanels *panels, VizApp *app, const mjrContext *context);

// Draws them. Values that keys have changed meanwhile are taken over.
void viz_panels_render(VizPanels *panels, const VizApp *app, const mjrContext *context);

#endif  // VIZ_PANEL_H_
