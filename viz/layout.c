#include "viz/layout.h"

#include <assert.h>

// in heights of a capital
enum { TOP = 3, BOTTOM = 5, STRIP = 14, STRIP_MIN = 52, SIDE = 29, COURT_MIN = 12 };

void viz_layout(VizLayout *layout, int width, int height, int unit, bool bars, bool strip,
                bool side) {
  assert(unit > 0);
  *layout = (VizLayout){.court = {0, 0, width, height}};
  VizRect *court = &layout->court;
  if (bars && height > (TOP + BOTTOM + COURT_MIN) * unit) {
    layout->top = (VizRect){0, 0, width, TOP * unit};
    layout->bottom = (VizRect){0, height - BOTTOM * unit, width, BOTTOM * unit};
    court->y = layout->top.height;
    court->height -= (TOP + BOTTOM) * unit;
  }
  if (side && width > (SIDE + COURT_MIN) * unit) {
    layout->side = (VizRect){width - SIDE * unit, court->y, SIDE * unit, court->height};
    court->width -= layout->side.width;
  }
  if (strip && court->height > (STRIP + COURT_MIN) * unit && court->width > STRIP_MIN * unit) {
    layout->strip =
        (VizRect){0, court->y + court->height - STRIP * unit, court->width, STRIP * unit};
    court->height -= layout->strip.height;
  }
}
