#include "viz/keys.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef void Action(VizApp *app, int argument);

typedef struct Key {
  int key, modifiers;
  Action *action;
  int argument;
} Key;

static void say_error(VizApp *app, SimStatus status, const SimError *err) {
  if (status != SIM_OK) {
    viz_app_say(app, true, "%s", err->text);
  }
}

static void say_switch(VizApp *app, const char *what, int on) {
  viz_app_say(app, false, "%s %s", what, on ? "on" : "off");
}

// ---- time

static void run(VizApp *app, int argument) {
  (void)argument;
  app->player.paused = !app->player.paused;
}

static void step(VizApp *app, int by) {
  SimError err = {0};
  say_error(app, viz_player_step(&app->player, by, &err), &err);
}

static void touch(VizApp *app, int by) {
  viz_player_step_touch(&app->player, by);
}

static void rally(VizApp *app, int by) {
  SimError err = {0};
  say_error(app, viz_player_go_rally(&app->player, viz_source_rally(app->source) + by, &err), &err);
}

static void ends(VizApp *app, int end) {
  viz_player_seek(&app->player, end ? viz_source_frames(app->source) - 1 : 0);
}

static void speed(VizApp *app, int by) {
  viz_player_change_speed(&app->player, by);
}

static void restart(VizApp *app, int argument) {
  SimError err = {0};
  (void)argument;
  say_error(app, viz_source_restart(app->source, &err), &err);
  viz_player_rewind(&app->player, app->source);
}

static void next_seed(VizApp *app, int argument) {
  (void)argument;
  app->options.seed++;
  viz_app_play_live(app);
}

static void instant(VizApp *app, int argument) {
  SimError err = {0};
  (void)argument;
  say_error(app, viz_player_instant_replay(&app->player, &err), &err);
}

static void slow_motion(VizApp *app, int argument) {
  (void)argument;
  app->player.slow_motion = !app->player.slow_motion;
  say_switch(app, "slow motion of the deciding half second", app->player.slow_motion);
}

static void live(VizApp *app, int argument) {
  (void)argument;
  viz_app_play_live(app);
}

static void fork_key(VizApp *app, int argument) {
  (void)argument;
  viz_app_fork(app);
}

static void reload(VizApp *app, int argument) {
  (void)argument;
  viz_app_reload(app);
}

static void drop_side(VizApp *app, int argument) {
  (void)argument;
  app->drop_side = !app->drop_side;
  viz_app_say(app, false, "the next dropped team plays %s", app->drop_side ? "far" : "near");
}

// ---- camera

static void preset(VizApp *app, int camera) {
  viz_scene_set_camera(&app->scene, (VizCamera)camera);
}

static void turn_preset(VizApp *app, int by) {
  const int now = (int)app->scene.preset, n = VIZ_CAMERAS;
  const int from = now < n ? now : by > 0 ? n - 1 : 0;
  viz_scene_set_camera(&app->scene, (VizCamera)((from + by + n) % n));
}

static void free_camera(VizApp *app, int argument) {
  (void)argument;
  viz_scene_free_camera(&app->scene);
}

static void align(VizApp *app, int argument) {
  (void)argument;
  mjv_defaultFreeCamera(app->scene.mj, &app->scene.camera);
  app->scene.preset = VIZ_CAMERA_FREE;
}

static void next_drone(VizApp *app, int argument) {
  (void)argument;
  app->scene.selected = app->scene.selected >= SIM_DRONES - 1 ? -1 : app->scene.selected + 1;
}

// ---- looks

static void show(VizApp *app, int what) {
  bool *const shown[] = {&app->show_help, &app->show_info, &app->show_profiler, &app->show_policy};
  assert(what >= 0 && what < (int)(sizeof shown / sizeof shown[0]));
  *shown[what] = !*shown[what];
}

// the switches that a key turns, by number
enum {
  TRAILS,
  RINGS,
  TOUCHES,
  LABELS,
  HUD,
  FRAMES,
  TRANSPARENT,
  WIREFRAME,
  SHADOWS,
  COM,
  CONTACTS,
  FORCES,
  COURT,
  DRONES,
  BALL,
  SHADOW,
  CHOICES
};

static void toggle(VizApp *app, int which) {
  VizSwitches *s = &app->switches;
  int *const of[] = {
      &s->trails,      &s->rings,        &s->touches,    &s->labels, &s->hud,      &s->frames,
      &s->transparent, &s->wireframe,    &s->shadows,    &s->com,    &s->contacts, &s->forces,
      &s->group_court, &s->group_drones, &s->group_ball, &s->shadow, &s->choices};
  assert(which >= 0 && which < (int)(sizeof of / sizeof of[0]));
  *of[which] = !*of[which];
}

static void scale(VizApp *app, int argument) {
  (void)argument;
  app->switches.drone_scale = app->switches.drone_scale % 3 + 1;
  app->switches.ball_scale = app->switches.drone_scale > 1 ? 2 : 1;
}

// ---- the window

static void panel(VizApp *app, int right) {
  if (right) {
    app->wish.right_panel = !app->wish.right_panel;
  } else {
    app->wish.left_panel = !app->wish.left_panel;
  }
}

static void wish(VizApp *app, int what) {
  bool *const of[] = {&app->wish.quit, &app->wish.screenshot, &app->wish.full_screen,
                      &app->wish.copy};
  assert(what >= 0 && what < (int)(sizeof of / sizeof of[0]));
  *of[what] = true;
}

static const Key KEYS[] = {
    {' ', 0, run, 0},
    {mjKEY_RIGHT, 0, step, 1},
    {mjKEY_LEFT, 0, step, -1},
    {mjKEY_RIGHT, VIZ_SHIFT, touch, 1},
    {mjKEY_LEFT, VIZ_SHIFT, touch, -1},
    {mjKEY_RIGHT, VIZ_CONTROL, rally, 1},
    {mjKEY_LEFT, VIZ_CONTROL, rally, -1},
    {mjKEY_HOME, 0, ends, 0},
    {mjKEY_END, 0, ends, 1},
    {'-', 0, speed, -1},
    {'=', 0, speed, 1},
    {mjKEY_BACKSPACE, 0, restart, 0},
    {mjKEY_BACKSPACE, VIZ_SHIFT, next_seed, 0},
    {'R', 0, instant, 0},
    {'D', 0, slow_motion, 0},
    {'L', 0, live, 0},
    {'K', 0, fork_key, 0},
    {'L', VIZ_CONTROL, reload, 0},
    {'E', 0, drop_side, 0},
    {']', 0, turn_preset, 1},
    {'[', 0, turn_preset, -1},
    {mjKEY_ESCAPE, 0, free_camera, 0},
    {'A', VIZ_CONTROL, align, 0},
    {'B', 0, preset, VIZ_CAMERA_BROADCAST},
    {'N', 0, preset, VIZ_CAMERA_NET},
    {',', 0, preset, VIZ_CAMERA_BEHIND_FAR},
    {'.', 0, preset, VIZ_CAMERA_BEHIND_NEAR},
    {'U', 0, preset, VIZ_CAMERA_TOP},
    {'J', 0, preset, VIZ_CAMERA_FOLLOW_BALL},
    {'I', 0, preset, VIZ_CAMERA_FOLLOW_DRONE},
    {'X', 0, next_drone, 0},
    {'Z', 0, scale, 0},
    {'H', 0, toggle, HUD},
    {mjKEY_F1, 0, show, 0},
    {mjKEY_F2, 0, show, 1},
    {mjKEY_F3, 0, show, 2},
    {mjKEY_F4, 0, show, 3},
    {mjKEY_F5, 0, wish, 2},
    {mjKEY_F6, 0, toggle, FRAMES},
    {mjKEY_F7, 0, toggle, LABELS},
    {'0', 0, toggle, COURT},
    {'1', 0, toggle, DRONES},
    {'2', 0, toggle, BALL},
    {'3', 0, toggle, TRAILS},
    {'4', 0, toggle, RINGS},
    {'5', 0, toggle, TOUCHES},
    {'6', 0, toggle, SHADOW},
    {'7', 0, toggle, CHOICES},
    {'C', 0, toggle, CONTACTS},
    {'F', 0, toggle, FORCES},
    {'M', 0, toggle, COM},
    {'T', 0, toggle, TRANSPARENT},
    {'W', 0, toggle, WIREFRAME},
    {'S', 0, toggle, SHADOWS},
    {mjKEY_TAB, 0, panel, 0},
    {mjKEY_TAB, VIZ_SHIFT, panel, 1},
    {'P', 0, wish, 1},
    {'C', VIZ_CONTROL, wish, 3},
    {'Q', 0, wish, 0},
    {'Q', VIZ_CONTROL, wish, 0},
};
enum { N_KEYS = sizeof KEYS / sizeof KEYS[0] };

bool viz_key(VizApp *app, int key, int modifiers) {
  for (int i = 0; i < N_KEYS; i++) {
    if (KEYS[i].key == key && KEYS[i].modifiers == modifiers) {
      KEYS[i].action(app, KEYS[i].argument);
      return true;
    }
  }
  return false;
}

int viz_keys_list(int keys[], int modifiers[], int max) {
  for (int i = 0; i < N_KEYS && i < max; i++) {
    keys[i] = KEYS[i].key;
    modifiers[i] = KEYS[i].modifiers;
  }
  return N_KEYS;
}

const VizHelp *viz_keys_help(int *n) {
  static const VizHelp HELP[] = {
      {"Space", "run, pause"},
      {"Left  Right", "one step back, forward"},
      {"Shift + Left  Right", "one touch back, forward"},
      {"Ctrl + Left  Right", "one rally back, forward"},
      {"Home  End", "start and end of the rally"},
      {"-  =", "slower, faster"},
      {"Backspace", "rally from its start"},
      {"Shift + Backspace", "live match with the next seed"},
      {"R", "instant replay of the last rally"},
      {"D", "slow motion of the deciding moment"},
      {"L", "live match of the chosen teams"},
      {"K", "play on from here with them"},
      {"E", "side of the next dropped team"},
      {"Ctrl + L", "load again"},
      {"[  ]", "previous, next camera"},
      {"B  N  ,  .  U", "broadcast, net, behind far, near, top"},
      {"J  I", "follow ball, follow drone"},
      {"X", "select the next drone"},
      {"Esc   Ctrl + A", "free camera, aligned"},
      {"Z", "size of drones and ball"},
      {"H", "score board and timeline"},
      {"F1  F2  F3  F4", "help, facts, profiler, policies"},
      {"F5  F6  F7", "full screen, frames, labels"},
      {"0  1  2", "court, drones, ball"},
      {"3  4  5  6", "trails, targets, touches, landing"},
      {"7", "decisions of the strategies"},
      {"T  W  S", "transparent, wires, shadows"},
      {"C  F  M", "contacts, their forces, centres of mass"},
      {"Tab   Shift + Tab", "left, right panel"},
      {"P   Ctrl + C", "picture to a file, state to the clipboard"},
      {"Q", "quit"},
      {"mouse left, right", "turn, move (Shift: level)"},
      {"wheel", "nearer, farther"},
      {"double click", "select; right: look at; Ctrl: follow"},
      {"Ctrl + left, right", "twist, pull the selected body"},
      {"drop a file", "watch a log or let a team play"},
  };
  *n = sizeof HELP / sizeof HELP[0];
  return HELP;
}
