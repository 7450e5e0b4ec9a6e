// Puts scene and flat list on the current OpenGL context with MuJoCo's renderer.
#ifndef VIZ_DRAW_H_
#define VIZ_DRAW_H_

#include <mujoco/mujoco.h>

#include "viz/hud_list.h"
#include "viz/scene.h"

typedef enum VizQuality { VIZ_QUALITY_AUTO, VIZ_QUALITY_FULL, VIZ_QUALITY_FAST } VizQuality;

typedef struct VizDraw {
  mjrContext context;
  VizFontSizes font;
  bool made, fast;
  char renderer[128];  // GL_RENDERER
} VizDraw;

// Uploads the scene's model to the current context, with an off-screen buffer of width x height (0:
// none is wanted). AUTO is fast where the renderer is software. The scene's model copy takes on the
// looks of the quality.
SimStatus viz_draw_create(VizDraw *draw, VizScene *scene, VizQuality quality, int width, int height,
                          SimError *err);
void viz_draw_destroy(VizDraw *draw);  // zeroed is fine

// Picks the font for a picture of this height, in pixels times the screen's content scale.
void viz_draw_fit_font(VizDraw *draw, int height, double content_scale);

// Draws into the context's active buffer: the scene into its part of the viewport, the flat list
// over all of it.
void viz_draw(VizDraw *draw, mjrRect viewport, const VizRect *court, VizScene *scene,
              const VizHud *hud);
// The part of a viewport that a rectangle of the picture is.
mjrRect viz_draw_part(mjrRect viewport, const VizRect *rect);
// RGB, rows from the top, of the active buffer.
void viz_draw_read(unsigned char *rgb, const VizDraw *draw, int width, int height);
// OpenGL errors since the last call; 0 is good.
int viz_draw_errors(void);

#endif  // VIZ_DRAW_H_
