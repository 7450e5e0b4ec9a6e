// The flat part of the picture as a list of rectangles and texts: score board, state of play,
// labels on the drones, timeline, result, help. Made without OpenGL; viz/draw.h draws it.
#ifndef VIZ_HUD_H_
#define VIZ_HUD_H_

#include "viz/player.h"
#include "viz/scene.h"

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

// One line of the help: what to press and what it does.
typedef struct VizHelp {
  const char *keys, *text;
} VizHelp;

// What the profiler shows, ms of CPU time a picture, and shares.
typedef struct VizTiming {
  double own, draw;   // ms a picture
  double fps;         // pictures a second
  double true_speed;  // match seconds a second, 0 when not known
} VizTiming;

typedef struct VizHudInput {
  VizPlayer *player;
  const VizScene *scene;
  const VizSwitches *switches;
  const char *message;  // for a few seconds, or NULL
  bool message_bad;
  bool show_help, show_info, show_profiler, show_policy;
  bool fast;             // quality preset
  const char *renderer;  // of the graphics card, or NULL
  const VizHelp *help;
  int helps;
  VizTiming timing;
} VizHudInput;

// Fills hud for a picture of hud->width x hud->height with hud->font, both set by the caller.
void viz_hud_build(VizHud *hud, const VizHudInput *in);

// ---- for the parts of the list; y counts from the top here

int viz_hud_text_width(const VizHud *hud, VizFont font, const char *text);
void viz_hud_rect(VizHud *hud, int x, int y, int width, int height, VizColor color);
// Text whose line of the font's height starts at y; longer ones are cut.
void viz_hud_text(VizHud *hud, int x, int y, VizFont font, VizColor color, const char *text);
int viz_hud_line(const VizHud *hud, VizFont font);  // from one line to the next

// Help, information, profiler, policies, decisions.
void viz_hud_panels(VizHud *hud, const VizHudInput *in);
// The decision of a team's strategy from y on; returns its height, 0 without one.
int viz_hud_choices(VizHud *hud, const VizHudInput *in, SimTeam team, int y);

#endif  // VIZ_HUD_H_
