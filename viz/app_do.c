// Carries out commands: the only way in which keys, clicks and panels change what is watched.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viz/app.h"
#include "viz/words.h"

static void say_error(VizApp *app, SimStatus status, const SimError *err) {
  if (status != SIM_OK) {
    viz_app_say(app, true, "%s", err->text);
  }
}

static void say_switch(VizApp *app, const char *what, int on) {
  viz_app_say(app, false, "%s %s", what, on ? "on" : "off");
}

// ---- time

static bool do_time(VizApp *app, VizDo what, int value) {
  VizPlayer *player = &app->player;
  SimError err = {0};
  switch ((int)what) {
  case VIZ_DO_PAUSE:
    player->paused = !player->paused;
    return true;
  case VIZ_DO_STEP:
    say_error(app, viz_player_step(player, value, &err), &err);
    return true;
  case VIZ_DO_TOUCH:
    viz_player_step_touch(player, value);
    return true;
  case VIZ_DO_RALLY:
    say_error(app, viz_player_go_rally(player, viz_source_rally(app->source) + value, &err), &err);
    return true;
  case VIZ_DO_END:
    viz_player_seek(player, value ? viz_source_frames(app->source) - 1 : 0);
    return true;
  case VIZ_DO_SEEK:
    viz_player_seek(player, value);
    return true;
  case VIZ_DO_SKIP:
    viz_player_skip(player, value);
    return true;
  case VIZ_DO_LOOP:
    player->loop = !player->loop;
    say_switch(app, "this rally again and again:", player->loop);
    return true;
  case VIZ_DO_RALLY_AT:
    say_error(app, viz_player_go_rally(player, value, &err), &err);
    return true;
  case VIZ_DO_SPEED:
    viz_player_change_speed(player, value);
    return true;
  case VIZ_DO_SET_SPEED:
    viz_player_change_speed(player, value - player->speed_step);
    return true;
  case VIZ_DO_RESTART:
    say_error(app, viz_source_restart(app->source, &err), &err);
    viz_player_rewind(player, app->source);
    return true;
  case VIZ_DO_INSTANT:
    say_error(app, viz_player_instant_replay(player, &err), &err);
    return true;
  case VIZ_DO_SLOW_MOTION:
    player->slow_motion = !player->slow_motion;
    say_switch(app, "slow motion of the deciding half second", player->slow_motion);
    return true;
  case VIZ_DO_GO_ON:
    player->go_on = !player->go_on;
    return true;
  default:
    return false;
  }
}

// ---- going to a rally by its number

static void go_to_number(VizApp *app, const char *digits) {
  SimError err = {0};
  const int at = viz_source_find(app->source, strtoll(digits, NULL, 10), &err);
  say_error(app, at >= 0 ? viz_player_go_rally(&app->player, at, &err) : err.status, &err);
}

// a key while a number is typed: digits, Backspace, Enter; any other ends it
static void type_number(VizApp *app, int key) {
  const size_t n = strlen(app->number);
  app->message_left = 0;
  if (key >= '0' && key <= '9' && n + 1 < sizeof app->number) {
    app->number[n] = (char)key;
    app->number[n + 1] = '\0';
  } else if (key == mjKEY_BACKSPACE && n > 0) {
    app->number[n - 1] = '\0';
  } else {
    app->asks_number = false;
    if (key == mjKEY_ENTER && n > 0) {
      go_to_number(app, app->number);
    }
  }
}

// ---- what is watched

static bool do_match(VizApp *app, VizDo what) {
  switch ((int)what) {
  case VIZ_DO_NEXT_SEED:
    app->options.seed++;
    viz_app_play_live(app);
    return true;
  case VIZ_DO_LIVE:
    viz_app_play_live(app);
    return true;
  case VIZ_DO_FORK:
    viz_app_fork(app);
    return true;
  case VIZ_DO_RELOAD:
    viz_app_reload(app);
    return true;
  case VIZ_DO_DROP_SIDE:
    app->drop_side = !app->drop_side;
    viz_app_say(app, false, "the next dropped team plays %s", viz_team_colour(app->drop_side));
    return true;
  default:
    return false;
  }
}

// ---- camera

static void turn_camera(VizScene *scene, int by) {
  const int now = (int)scene->preset, n = VIZ_CAMERAS;
  const int from = now < n ? now : by > 0 ? n - 1 : 0;
  viz_scene_set_camera(scene, (VizCamera)((from + by + n) % n));
}

static bool do_camera(VizApp *app, VizDo what, int value) {
  VizScene *scene = &app->scene;
  switch ((int)what) {
  case VIZ_DO_CAMERA:
    viz_scene_set_camera(scene, (VizCamera)value);
    return true;
  case VIZ_DO_TURN_CAMERA:
    turn_camera(scene, value);
    return true;
  case VIZ_DO_FREE_CAMERA:
    viz_scene_free_camera(scene);
    return true;
  case VIZ_DO_ALIGN:
    mjv_defaultFreeCamera(scene->mj, &scene->camera);
    scene->preset = VIZ_CAMERA_FREE;
    return true;
  case VIZ_DO_SELECT:
    scene->selected = scene->selected >= SIM_DRONES - 1 ? -1 : scene->selected + 1;
    return true;
  default:
    return false;
  }
}

// ---- looks and the window

static void wish(VizApp *app, int what) {
  bool *const of[] = {&app->wish.quit, &app->wish.screenshot, &app->wish.full_screen,
                      &app->wish.copy};
  assert(what >= 0 && what < (int)(sizeof of / sizeof of[0]));
  *of[what] = true;
}

static bool do_choice(VizApp *app, VizDo what, int value) {
  static const char *const PACE[VIZ_PACES] = {"slow", "stopped", "real"};
  switch ((int)what) {
  case VIZ_DO_CHOOSE:
    app->more = 0;
    viz_source_choose(app->source, value / VIZ_CHOOSE_OPTIONS, value % VIZ_CHOOSE_OPTIONS);
    break;
  case VIZ_DO_LEAVE:
    viz_source_leave(app->source);
    break;
  case VIZ_DO_PACE:
    app->pace = (app->pace + 1) % VIZ_PACES;
    viz_app_say(app, false, "time while you choose: %s", PACE[app->pace]);
    break;
  case VIZ_DO_MORE:
    app->more += VIZ_KEYS_CHOICES;
    break;
  default:
    return false;
  }
  viz_source_ask(&app->ask, app->source);
  return true;
}

static void do_looks(VizApp *app, VizDo what, int value) {
  VizSwitches *switches = &app->switches;
  bool *const panel = value ? &app->wish.right_panel : &app->wish.left_panel;
  switch ((int)what) {
  case VIZ_DO_HELP:
    app->help++;  // to 0 behind the last page, which the picture knows
    break;
  case VIZ_DO_PAGE:
    app->page = app->page == (VizPage)value ? VIZ_PAGE_NONE : (VizPage)value;
    break;
  case VIZ_DO_SWITCH: {
    int *on = (int *)(void *)((char *)switches + value);
    *on = !*on;
    break;
  }
  case VIZ_DO_SCALE:
    switches->drone_scale = switches->drone_scale % 3 + 1;
    switches->ball_scale = switches->drone_scale > 1 ? 2 : 1;
    break;
  case VIZ_DO_PANEL:
    *panel = !*panel;
    break;
  case VIZ_DO_ASK_RALLY:
    app->asks_number = true;
    app->number[0] = '\0';
    break;
  case VIZ_DO_ASK_QUIT:
    app->asks_quit = true;
    break;
  case VIZ_DO_WISH:
    wish(app, value);
    break;
  default:
    break;
  }
}

bool viz_app_do(VizApp *app, VizCommand command) {
  if (!do_time(app, command.what, command.value) && !do_match(app, command.what) &&
      !do_camera(app, command.what, command.value) &&
      !do_choice(app, command.what, command.value)) {
    do_looks(app, command.what, command.value);
  }
  return command.what != VIZ_DO_NOTHING;
}

// what a key means while a person is asked: a number of the options on the screen, 0 the next ones,
// Enter none of them
static VizCommand choice_of(const VizApp *app, int key, int modifiers) {
  const VizAsk *ask = &app->ask;
  if (!ask->open || modifiers != 0) {
    return (VizCommand){.what = VIZ_DO_NOTHING};
  }
  if (key == mjKEY_ENTER) {
    return (VizCommand){.what = VIZ_DO_LEAVE};
  }
  if (key == '0') {
    return (VizCommand){.what = VIZ_DO_MORE};
  }
  const int head = viz_ask_head(ask);
  const int option = viz_ask_option(ask, head, app->more + key - '1');
  return key >= '1' && key <= '9' && option >= 0
             ? (VizCommand){VIZ_DO_CHOOSE, head * VIZ_CHOOSE_OPTIONS + option}
             : (VizCommand){.what = VIZ_DO_NOTHING};
}

bool viz_app_key(VizApp *app, int key, int modifiers) {
  if (app->asks_number) {
    type_number(app, key);
    return true;
  }
  if (app->asks_quit) {
    app->asks_quit = false;
    app->wish.quit = key == 'Q' || key == mjKEY_ENTER;
    return true;
  }
  const VizCommand choice = choice_of(app, key, modifiers);
  return viz_app_do(app, choice.what != VIZ_DO_NOTHING ? choice : viz_keys_command(key, modifiers));
}

// ---- mouse

bool viz_app_press(VizApp *app, int x, int y) {
  const VizHot *hot = NULL;
  const VizCommand command = viz_hud_click(&app->hud, x, y, &hot);
  if (hot && hot->span > 0) {
    app->drag = *hot;
    app->drag_paused = app->player.paused;
    app->player.paused = true;
  }
  return viz_app_do(app, command);
}

bool viz_app_point(VizApp *app, int x, int y) {
  app->mouse_x = x;
  app->mouse_y = y;
  return app->drag.span > 0 && viz_app_do(app, viz_hud_slide(&app->drag, x));
}

void viz_app_release(VizApp *app) {
  if (app->drag.span > 0) {
    app->player.paused = app->drag_paused;
    app->drag.span = 0;
  }
}
