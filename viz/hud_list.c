#include "viz/hud_list.h"

#include <assert.h>
#include <stdio.h>

static VizItem *add(VizHud *hud) {
  assert(hud->n >= 0 && hud->n <= VIZ_ITEMS_MAX);
  return hud->n < VIZ_ITEMS_MAX ? &hud->item[hud->n++] : NULL;
}

int viz_hud_text_width(const VizHud *hud, VizFont font, const char *text) {
  assert(font < VIZ_FONTS);
  int width = 0;
  for (const char *c = text; *c; c++) {
    width += hud->font->width[font][(unsigned char)*c & 127];
  }
  return width;
}

int viz_hud_line(const VizHud *hud, VizFont font) {
  return hud->font->height[font] * 8 / 5;
}

void viz_hud_rect(VizHud *hud, int x, int y, int width, int height, VizColor color) {
  VizItem *item = width > 0 && height > 0 ? add(hud) : NULL;
  if (item) {
    *item = (VizItem){
        .x = x, .y = hud->height - y - height, .width = width, .height = height, .color = color};
  }
}

void viz_hud_text(VizHud *hud, int x, int y, VizFont font, VizColor color, const char *text) {
  const int line = viz_hud_line(hud, font);
  // a bitmap text that starts outside of the picture is not drawn at all
  VizItem *item = x >= 0 && x < hud->width && y >= 0 && y + line < hud->height ? add(hud) : NULL;
  if (item) {
    *item = (VizItem){.is_text = true,
                      .x = x,
                      .y = hud->height - y - hud->font->height[font] - hud->font->drop[font],
                      .height = line,
                      .font = font,
                      .color = color};
    snprintf(item->text, sizeof item->text, "%s", text);
    // names come from files: anything outside of the font becomes a point
    for (char *c = item->text; *c; c++) {
      *c = *c >= ' ' && *c <= '~' ? *c : '.';
    }
  }
}

void viz_hud_text_right(VizHud *hud, int right, int y, VizFont font, VizColor color,
                        const char *text) {
  viz_hud_text(hud, right - viz_hud_text_width(hud, font, text), y, font, color, text);
}

int viz_hud_plate(VizHud *hud, int x, int y, VizFont font, VizColor back, const char *text) {
  const int pad = hud->font->height[font] * 2 / 3;
  const int width = viz_hud_text_width(hud, font, text) + 2 * pad;
  viz_hud_rect(hud, x, y, width, 2 * hud->font->height[font], back);
  viz_hud_text(hud, x + pad, y + hud->font->height[font] / 2, font, (VizColor){1, 1, 1, 1}, text);
  return width;
}
