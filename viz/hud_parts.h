// What the parts of the flat picture have in common: what they are made from.
#ifndef VIZ_HUD_PARTS_H_
#define VIZ_HUD_PARTS_H_

#include "viz/hud_list.h"
#include "viz/keys.h"
#include "viz/player.h"
#include "viz/scene.h"

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

// What is only there when asked for: each from y on, returns where it ends.
int viz_hud_tables(VizHud *hud, const VizHudInput *in, int y);
int viz_hud_policies(VizHud *hud, const VizHudInput *in, int y);
void viz_hud_help(VizHud *hud, const VizHudInput *in);
// The decision of a team's strategy from y on; returns its height, 0 without one.
int viz_hud_choices(VizHud *hud, const VizHudInput *in, SimTeam team, int y);

#endif  // VIZ_HUD_PARTS_H_
