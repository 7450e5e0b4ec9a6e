// What the parts of the flat picture have in common: what they are made from. y counts from the
// top.
#ifndef VIZ_HUD_PARTS_H_
#define VIZ_HUD_PARTS_H_

#include "viz/hud_list.h"
#include "viz/player.h"
#include "viz/scene.h"
#include "viz/standing.h"
#include "viz/stats.h"

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
  const VizLayout *layout;
  const char *message;  // for a few seconds, or NULL
  bool message_bad;
  int help;      // page of the help from 1 on, 0: none
  VizPage page;  // of the column at the side
  const VizStats *stats;
  const VizStanding *standing;
  int points;         // of a match, 0: rallies are only counted
  const VizAsk *ask;  // of a person
  VizPace pace;
  int more;              // options that are passed over
  bool fast;             // quality preset
  const char *renderer;  // of the graphics card, or NULL
  int mouse_x, mouse_y;  // in the picture; -1: elsewhere
  VizTiming timing;
} VizHudInput;

// Colours of the flat picture.
#define VIZ_WHITE ((VizColor){1, 1, 1, 1})
#define VIZ_SOFT ((VizColor){0.78f, 0.82f, 0.88f, 1})
#define VIZ_PANE ((VizColor){0.04f, 0.06f, 0.10f, 0.80f})
#define VIZ_SOLID ((VizColor){0.03f, 0.045f, 0.075f, 1})
#define VIZ_RAISED ((VizColor){0.10f, 0.13f, 0.19f, 1})
#define VIZ_TROUGH ((VizColor){0.25f, 0.28f, 0.34f, 1})
#define VIZ_RED ((VizColor){0.86f, 0.16f, 0.18f, 0.95f})
#define VIZ_AMBER ((VizColor){0.90f, 0.62f, 0.12f, 0.95f})
#define VIZ_YELLOW ((VizColor){1, 0.86f, 0.45f, 1})
#define VIZ_GREY ((VizColor){0.30f, 0.35f, 0.42f, 0.9f})
#define VIZ_GREEN ((VizColor){0.16f, 0.56f, 0.34f, 0.95f})
VizColor viz_hud_team(SimTeam team, float alpha);

// Places over the court that are taken, for what comes later to keep clear of.
enum { VIZ_TAKEN_MAX = 32 };
typedef struct VizTaken {
  int n;
  VizRect rect[VIZ_TAKEN_MAX];
} VizTaken;
void viz_hud_take(VizTaken *taken, VizRect rect);

// Where the ball is in the picture.
typedef struct VizBallMark {
  bool seen;
  int x, y, radius;  // pixels
} VizBallMark;
void viz_hud_find_ball(VizBallMark *ball, const VizHud *hud, const VizHudInput *in);
// The ball as a disc with an outline, over everything.
void viz_hud_ball(VizHud *hud, const VizBallMark *ball, const VizLayout *layout);

// The bar on top, what a rally ended with, warnings and messages.
void viz_hud_score(VizHud *hud, const VizHudInput *in, const VizFrame *frame, VizTaken *taken);
void viz_hud_messages(VizHud *hud, const VizHudInput *in, VizTaken *taken);
// The bar of time below: timeline, buttons, what the mouse points at.
void viz_hud_timeline(VizHud *hud, const VizHudInput *in, VizTaken *taken);
// Number, role and task beside each drone, clear of the ball and of what is taken.
void viz_hud_labels(VizHud *hud, const VizHudInput *in, const VizFrame *frame,
                    const VizBallMark *ball, VizTaken *taken);
// The column at the side.
void viz_hud_page(VizHud *hud, const VizHudInput *in);
// The strip of decisions.
void viz_hud_choices(VizHud *hud, const VizHudInput *in);
// What a person is asked: the options in the strip and, numbered, where they lead on the court.
void viz_hud_ask(VizHud *hud, const VizHudInput *in, VizTaken *taken);
void viz_hud_help(VizHud *hud, const VizHudInput *in);
// How many pages the help has in this picture.
int viz_hud_help_pages(const VizHud *hud);

#endif  // VIZ_HUD_PARTS_H_
