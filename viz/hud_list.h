// The flat part of the picture as a list of rectangles and texts, and the places in it that take
// clicks. Knows nothing of matches, nor of OpenGL; viz/draw.h draws it.
#ifndef VIZ_HUD_LIST_H_
#define VIZ_HUD_LIST_H_

#include <stdbool.h>
#include <stddef.h>

#include "viz/command.h"
#include "viz/layout.h"

enum { VIZ_ITEMS_MAX = 1400, VIZ_ITEM_TEXT = 112, VIZ_HOT_MAX = 128 };
typedef enum VizFont { VIZ_FONT_NORMAL, VIZ_FONT_BIG, VIZ_FONTS } VizFont;

// Sizes of the two fonts in pixels. Their glyphs stand in the middle of cells that are taller than
// any of them: a text is laid out by the height of its capitals and drawn `drop` lower.
typedef struct VizFontSizes {
  int height[VIZ_FONTS], drop[VIZ_FONTS];
  int width[VIZ_FONTS][128];
} VizFontSizes;

typedef struct VizColor {
  float r, g, b, a;
} VizColor;

// Pixels from the bottom left, of a text's first cell.
typedef struct VizItem {
  bool is_text;
  int x, y, width, height;
  VizFont font;
  VizColor color;
  char text[VIZ_ITEM_TEXT];
} VizItem;

// A place that takes clicks, pixels from the top left.
typedef struct VizHot {
  VizRect rect;
  VizCommand command;
  int span;  // of a slider: the command's value goes from 0 at the left to this at the right
} VizHot;

typedef struct VizHud {
  int width, height;  // of the picture
  const VizFontSizes *font;
  int n, hots;
  VizItem item[VIZ_ITEMS_MAX];
  VizHot hot[VIZ_HOT_MAX];
} VizHud;

// y counts from the top in what follows.

int viz_hud_text_width(const VizHud *hud, VizFont font, const char *text);
void viz_hud_rect(VizHud *hud, int x, int y, int width, int height, VizColor color);
void viz_hud_pane(VizHud *hud, const VizRect *rect, VizColor color);
// Text whose line of the font's height starts at y.
void viz_hud_text(VizHud *hud, int x, int y, VizFont font, VizColor color, const char *text);
// The same with its right end at `right`.
void viz_hud_text_right(VizHud *hud, int right, int y, VizFont font, VizColor color,
                        const char *text);
// The same between x and x + width; what does not fit ends in "..".
void viz_hud_text_in(VizHud *hud, int x, int y, int width, VizFont font, VizColor color,
                     const char *text);
// Text on a coloured plate; returns its width.
int viz_hud_plate(VizHud *hud, int x, int y, VizFont font, VizColor back, const char *text);
int viz_hud_plate_width(const VizHud *hud, VizFont font, const char *text);
int viz_hud_line(const VizHud *hud, VizFont font);  // from one line to the next
// Clicks in rect give the command.
void viz_hud_hot(VizHud *hud, VizRect rect, VizCommand command);
// A plate that takes clicks; returns its width.
int viz_hud_button(VizHud *hud, int x, int y, VizColor back, const char *text, VizCommand command);
// What a click at (x, y) gives, sliders included; VIZ_DO_NOTHING where there is nothing. `at`,
// which may be NULL, gets the place.
VizCommand viz_hud_click(const VizHud *hud, int x, int y, const VizHot **at);
// What a slider gives at x, also left and right of it.
VizCommand viz_hud_slide(const VizHot *hot, int x);

#endif  // VIZ_HUD_LIST_H_
