// The viewer without a screen: what is watched, how, and what keys and dropped files do. The window
// and the recorder both drive this.
#ifndef VIZ_APP_H_
#define VIZ_APP_H_

#include <time.h>

#include "viz/draw.h"
#include "viz/hud.h"
#include "viz/keys.h"
#include "viz/player.h"
#include "viz/scene.h"
#include "viz/source.h"

// who plays when nobody is asked for: the best shipped teams
#define VIZ_DEFAULT_NEAR "stage3"
#define VIZ_DEFAULT_FAR "stage2"

enum { VIZ_TEAMS_MAX = 24, VIZ_OTHERS_MAX = 4 };

// What a folder has to show.
typedef enum VizRunKind { VIZ_RUN_NONE, VIZ_RUN_TEAM, VIZ_RUN_PRACTICE } VizRunKind;
typedef struct VizRun {
  VizRunKind kind;
  char team[4096];       // as pol_team_load takes it
  VizPractice practice;  // the receiver's
} VizRun;

typedef struct VizOptions {
  const char *near, *far;  // NULL: not given
  const char *log;         // a log or a run folder, NULL: live
  // tells run folders from logs, NULL: there are only logs
  SimStatus (*open_run)(VizRun *run, const char *path, SimError *err);
  uint64_t seed;
  const SimRules *rules;
  const char *world;  // of configs/worlds, or a .yaml file; NULL: paper. A log has its own
  int rally;          // its number in the run; -1: the first one
  double at;          // s into the rally
  double seconds;     // length of a recording, 0: to the end of the rally
  double speed;
  VizCamera camera;
  VizQuality quality;
  int width, height;
  bool threaded;  // for a window: live play keeps the clock by itself
  VizPage page;   // shown from the start, as are decisions and help
  bool decisions, help;
  const VizLogKind *log_kind;  // with log_to: live play is written there
  const char *log_to;
  VizPace pace;
  bool unattended;  // nobody is there to choose: time does not wait
  int points;       // of a match, 0: rallies are only counted
} VizOptions;
VizOptions viz_options_default(void);

// What a key asks the window for; the app cannot do it.
typedef struct VizWishes {
  bool quit, screenshot, full_screen, copy;
  bool left_panel, right_panel;  // toggled
} VizWishes;

typedef struct VizApp {
  VizOptions options;
  SimModel *model;
  VizSource *source;
  VizPlayer player;
  VizScene scene;
  VizSwitches switches;
  VizHud hud;
  VizWishes wish;
  char path[4096];  // of the log on the screen, "" when live
  int teams;        // shipped ones, for the panels
  char team[VIZ_TEAMS_MAX][POL_NAME_MAX];
  int others;  // chosen ones that are not shipped, the newest last
  char other[VIZ_OTHERS_MAX][4096];
  char chosen[SIM_TEAMS][4096];        // teams of the next live match or fork
  struct timespec written[SIM_TEAMS];  // when the newest file of a team was, of those that train
  int drop_side;                       // which team a dropped file replaces
  VizLayout layout;                    // of the last picture
  int help;                            // page of the help from 1 on, 0: none
  VizPage page;
  VizStats stats;
  int stopped_at;    // rally that decided a match, -1: none
  int stats_next;    // the first rally that they leave out
  bool asks_number;  // a rally's number is being typed
  char number[12];
  bool asks_quit;  // one more Q quits
  VizAsk ask;      // of a person, as of the last picture
  VizPace pace;
  int more;  // options of the head that is asked which are passed over
  int mouse_x, mouse_y;
  VizHot drag;       // span > 0: it is being dragged
  bool drag_paused;  // how it was before
  char message[1100];
  bool message_bad;
  double message_left;  // s
  bool fast;
  char renderer[128];
  VizTiming timing;
} VizApp;

// SIM_USAGE, SIM_BAD_INPUT or SIM_FAIL and err when there is nothing to show.
SimStatus viz_app_open(VizApp *app, const VizOptions *options, SimError *err);
void viz_app_close(VizApp *app);  // zeroed is fine

// Carries out a command; false for VIZ_DO_NOTHING.
bool viz_app_do(VizApp *app, VizCommand command);
// What a key asks for; false when it means nothing.
bool viz_app_key(VizApp *app, int key, int modifiers);

// The mouse in the last picture, from its top left: a press and a move that were meant for the flat
// picture give true.
bool viz_app_press(VizApp *app, int x, int y);
bool viz_app_point(VizApp *app, int x, int y);
void viz_app_release(VizApp *app);

// dt seconds of screen time pass. What goes wrong is said on the screen and on stderr.
void viz_app_advance(VizApp *app, double dt);
// Fills app->scene and app->hud for a picture of width x height.
void viz_app_compose(VizApp *app, int width, int height, const VizFontSizes *font);

// The teams that can be chosen: shipped ones, then others. Name i of viz_app_teams.
int viz_app_teams(const VizApp *app);
const char *viz_app_team(const VizApp *app, int i);
// The team plays from the next live match on.
void viz_app_choose(VizApp *app, SimTeam side, const char *name);

// Opens a log, or lets a team play; what was on stays when that fails.
void viz_app_drop(VizApp *app, const char *path);
// Live match of the chosen teams from rally 0.
void viz_app_play_live(VizApp *app);
// Goes on from the frame on the screen with the chosen teams.
void viz_app_fork(VizApp *app);
void viz_app_reload(VizApp *app);

// Says one sentence on the screen; a bad one also on stderr.
void viz_app_say(VizApp *app, bool bad, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif  // VIZ_APP_H_
