#include "viz/draw.h"

#include <assert.h>
#include <string.h>

#include "viz/offscreen.h"

// software renderers: a picture of 1280x720 takes them 200 ms with everything, 30 ms without
static bool is_software(const char *renderer) {
  static const char *const NAME[] = {"llvmpipe", "softpipe", "OSMesa", "Software", "SwiftShader"};
  for (size_t i = 0; i < sizeof NAME / sizeof NAME[0]; i++) {
    if (strstr(renderer, NAME[i])) {
      return true;
    }
  }
  return false;
}

static void make_fast(mjModel *mj) {
  mj->vis.quality.offsamples = 0;
  mj->vis.quality.shadowsize = 0;
  mj->vis.quality.numslices = 12;
  mj->vis.quality.numstacks = 6;
  for (int i = 0; i < mj->nmat; i++) {
    mj->mat_reflectance[i] = 0;
  }
}

static void take_font(VizDraw *draw) {
  const mjrContext *context = &draw->context;
  const int cell[VIZ_FONTS] = {context->charHeight, context->charHeightBig};
  assert(cell[VIZ_FONT_NORMAL] > 0 && cell[VIZ_FONT_BIG] > 0);
  for (int i = 0; i < VIZ_FONTS; i++) {
    draw->font.height[i] = cell[i] * 5 / 9;
    draw->font.drop[i] = cell[i] * 2 / 9;
  }
  for (int i = 0; i < 127; i++) {
    draw->font.width[VIZ_FONT_NORMAL][i] = context->charWidth[i];
    draw->font.width[VIZ_FONT_BIG][i] = context->charWidthBig[i];
  }
}

SimStatus viz_draw_create(VizDraw *draw, VizScene *scene, VizQuality quality, int width, int height,
                          SimError *err) {
  *draw = (VizDraw){.made = false};
  viz_gl_renderer(draw->renderer, sizeof draw->renderer);
  draw->fast =
      quality == VIZ_QUALITY_FAST || (quality == VIZ_QUALITY_AUTO && is_software(draw->renderer));
  if (draw->fast) {
    make_fast(scene->mj);
  }
  scene->mj->vis.global.offwidth = width > 0 ? width : 1;
  scene->mj->vis.global.offheight = height > 0 ? height : 1;
  mjr_defaultContext(&draw->context);
  mjr_makeContext(scene->mj, &draw->context, mjFONTSCALE_100);
  draw->made = true;
  if (width > 0) {
    mjr_setBuffer(mjFB_OFFSCREEN, &draw->context);
    if (draw->context.currentBuffer != mjFB_OFFSCREEN) {
      return sim_error(err, SIM_FAIL, "OpenGL has no buffer of %d x %d pixels to draw into", width,
                       height);
    }
  }
  take_font(draw);
  return SIM_OK;
}

void viz_draw_destroy(VizDraw *draw) {
  if (draw->made) {
    mjr_freeContext(&draw->context);
  }
  *draw = (VizDraw){.made = false};
}

void viz_draw_fit_font(VizDraw *draw, int height, double content_scale) {
  assert(draw->made);
  const int pixels = (int)(height * (content_scale > 1 ? 1 / content_scale : 1));
  int scale = pixels < 300   ? mjFONTSCALE_50
              : pixels < 600 ? mjFONTSCALE_100
              : pixels < 950 ? mjFONTSCALE_150
                             : mjFONTSCALE_200;
  scale += content_scale >= 1.5 ? 100 : 0;
  scale = scale > mjFONTSCALE_300 ? mjFONTSCALE_300 : scale;
  if (draw->context.fontScale != scale) {
    mjr_changeFont(scale, &draw->context);
    take_font(draw);
  }
}

static void draw_item(const VizDraw *draw, const VizItem *item, mjrRect viewport) {
  const VizColor *c = &item->color;
  assert(item->font < VIZ_FONTS && item->width >= 0 && item->height >= 0);
  if (!item->is_text) {
    const mjrRect rect = {viewport.left + item->x, viewport.bottom + item->y, item->width,
                          item->height};
    mjr_rectangle(rect, c->r, c->g, c->b, c->a);
    return;
  }
  // a text goes to a place relative to the viewport that the last rectangle has set: an invisible
  // one, and small, because blending costs software dear
  const mjrRect rect = {viewport.left + item->x, viewport.bottom + item->y, item->height,
                        item->height};
  mjr_rectangle(rect, 0, 0, 0, 0);
  mjr_text(item->font == VIZ_FONT_BIG ? mjFONT_BIG : mjFONT_NORMAL, item->text, &draw->context, 0,
           0, c->r, c->g, c->b);
}

mjrRect viz_draw_part(mjrRect viewport, const VizRect *rect) {
  return (mjrRect){viewport.left + rect->x,
                   viewport.bottom + viewport.height - rect->y - rect->height, rect->width,
                   rect->height};
}

void viz_draw(VizDraw *draw, mjrRect viewport, const VizRect *court, VizScene *scene,
              const VizHud *hud) {
  assert(draw->made && hud->n <= VIZ_ITEMS_MAX);
  if (viewport.width < 1 || viewport.height < 1) {
    return;
  }
  if (court->width > 0 && court->height > 0) {
    mjr_render(viz_draw_part(viewport, court), &scene->scene, &draw->context);
  }
  for (int i = 0; i < hud->n; i++) {
    draw_item(draw, &hud->item[i], viewport);
  }
}

void viz_draw_read(unsigned char *rgb, const VizDraw *draw, int width, int height) {
  assert(draw->made && width > 0 && height > 0);
  const mjrRect all = {0, 0, width, height};
  mjr_readPixels(rgb, NULL, all, &draw->context);
  // OpenGL counts rows from the bottom
  const size_t row = (size_t)width * 3;
  for (int y = 0; y < height / 2; y++) {
    unsigned char *a = rgb + (size_t)y * row, *b = rgb + (size_t)(height - 1 - y) * row;
    for (size_t i = 0; i < row; i++) {
      const unsigned char keep = a[i];
      a[i] = b[i];
      b[i] = keep;
    }
  }
}

int viz_draw_errors(void) {
  int errors = 0;
  while (mjr_getError() != 0 && errors < 100) {
    errors++;
  }
  return errors;
}
