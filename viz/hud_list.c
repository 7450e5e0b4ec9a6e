#include "viz/hud_list.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const VizColor WHITE = {1, 1, 1, 1};

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
  assert(font < VIZ_FONTS);
  return hud->font->height[font] * 8 / 5;
}

void viz_hud_rect(VizHud *hud, int x, int y, int width, int height, VizColor color) {
  VizItem *item = width > 0 && height > 0 ? add(hud) : NULL;
  if (item) {
    *item = (VizItem){
        .x = x, .y = hud->height - y - height, .width = width, .height = height, .color = color};
  }
}

void viz_hud_pane(VizHud *hud, const VizRect *rect, VizColor color) {
  viz_hud_rect(hud, rect->x, rect->y, rect->width, rect->height, color);
}

void viz_hud_text(VizHud *hud, int x, int y, VizFont font, VizColor color, const char *text) {
  const int line = viz_hud_line(hud, font);
  // a bitmap text that starts outside of the picture is not drawn at all
  const bool inside = x >= 0 && x < hud->width && y >= 0 && y + line < hud->height;
  VizItem *item = inside && text[0] ? add(hud) : NULL;
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

void viz_hud_text_in(VizHud *hud, int x, int y, int width, VizFont font, VizColor color,
                     const char *text) {
  char fit[VIZ_ITEM_TEXT];
  snprintf(fit, sizeof fit, "%s", text);
  for (size_t n = strlen(fit); n > 0 && viz_hud_text_width(hud, font, fit) > width;) {
    n--;
    snprintf(fit + n, sizeof fit - n, "..");
    if (n == 0 && viz_hud_text_width(hud, font, fit) > width) {
      fit[0] = '\0';
    }
  }
  viz_hud_text(hud, x, y, font, color, fit);
}

int viz_hud_plate_width(const VizHud *hud, VizFont font, const char *text) {
  return viz_hud_text_width(hud, font, text) + hud->font->height[font] * 2 / 3 * 2;
}

int viz_hud_plate(VizHud *hud, int x, int y, VizFont font, VizColor back, const char *text) {
  const int pad = hud->font->height[font] * 2 / 3, width = viz_hud_plate_width(hud, font, text);
  viz_hud_rect(hud, x, y, width, 2 * hud->font->height[font], back);
  viz_hud_text(hud, x + pad, y + hud->font->height[font] / 2, font, WHITE, text);
  return width;
}

// ---- clicks

static VizHot *add_hot(VizHud *hud) {
  assert(hud->hots >= 0 && hud->hots <= VIZ_HOT_MAX);
  return hud->hots < VIZ_HOT_MAX ? &hud->hot[hud->hots++] : NULL;
}

void viz_hud_hot(VizHud *hud, VizRect rect, VizCommand command) {
  VizHot *hot = add_hot(hud);
  if (hot) {
    *hot = (VizHot){.rect = rect, .command = command};
  }
}

int viz_hud_button(VizHud *hud, int x, int y, VizColor back, const char *text, VizCommand command) {
  const int width = viz_hud_plate(hud, x, y, VIZ_FONT_NORMAL, back, text);
  viz_hud_hot(hud, (VizRect){x, y, width, 2 * hud->font->height[VIZ_FONT_NORMAL]}, command);
  return width;
}

VizCommand viz_hud_slide(const VizHot *hot, int x) {
  VizCommand command = hot->command;
  const int width = hot->rect.width > 1 ? hot->rect.width - 1 : 1;
  if (hot->span > 0) {
    const int from = x - hot->rect.x;
    const int in = from < 0 ? 0 : from > width ? width : from;
    command.value = (int)((double)in * hot->span / width + 0.5);
  }
  return command;
}

VizCommand viz_hud_click(const VizHud *hud, int x, int y, const VizHot **at) {
  // what was drawn last lies on top
  for (int i = hud->hots - 1; i >= 0; i--) {
    const VizHot *hot = &hud->hot[i];
    if (viz_rect_has(&hot->rect, x, y)) {
      if (at) {
        *at = hot;
      }
      return viz_hud_slide(hot, x);
    }
  }
  return (VizCommand){.what = VIZ_DO_NOTHING};
}
