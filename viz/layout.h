// How the picture is divided: a bar on top for the score, one below for time, a strip for decisions
// and a column for tables, each only while it is shown. What is left is the court's, so that no
// panel ever covers a player.
#ifndef VIZ_LAYOUT_H_
#define VIZ_LAYOUT_H_

#include <stdbool.h>

// Pixels, y from the top.
typedef struct VizRect {
  int x, y, width, height;
} VizRect;

typedef struct VizLayout {
  VizRect court, top, bottom, strip, side;  // those not shown are empty
} VizLayout;

// unit: height of a capital of the normal font. Small pictures do without what they have no room
// for.
void viz_layout(VizLayout *layout, int width, int height, int unit, bool bars, bool strip,
                bool side);

static inline bool viz_rects_meet(const VizRect *a, const VizRect *b) {
  return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
         b->y < a->y + a->height;
}
static inline bool viz_rect_has(const VizRect *rect, int x, int y) {
  return x >= rect->x && x < rect->x + rect->width && y >= rect->y && y < rect->y + rect->height;
}

#endif  // VIZ_LAYOUT_H_
