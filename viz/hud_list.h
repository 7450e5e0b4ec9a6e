// The flat part of the picture as a list of rectangles and texts. Knows nothing of matches, nor of
// OpenGL; viz/draw.h draws it.
#ifndef VIZ_HUD_LIST_H_
#define VIZ_HUD_LIST_H_

#include <stdbool.h>

enum { VIZ_ITEMS_MAX = 900, VIZ_ITEM_TEXT = 112 };
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

typedef struct VizHud {
  int width, height;  // of the picture
  const VizFontSizes *font;
  int n;
  VizItem item[VIZ_ITEMS_MAX];
} VizHud;

// y counts from the top in what follows.

int viz_hud_text_width(const VizHud *hud, VizFont font, const char *text);
void viz_hud_rect(VizHud *hud, int x, int y, int width, int height, VizColor color);
// Text whose line of the font's height starts at y; longer ones are cut.
void viz_hud_text(VizHud *hud, int x, int y, VizFont font, VizColor color, const char *text);
// The same with its right end at `right`.
void viz_hud_text_right(VizHud *hud, int right, int y, VizFont font, VizColor color,
                        const char *text);
// Text on a coloured plate; returns its width.
int viz_hud_plate(VizHud *hud, int x, int y, VizFont font, VizColor back, const char *text);
int viz_hud_line(const VizHud *hud, VizFont font);  // from one line to the next

#endif  // VIZ_HUD_LIST_H_
