#include "viz/panel.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"

struct VizPanels {
  mjUI left, right;
  mjuiState state;
  bool show_left, show_right;
  uint64_t listed;  // hash of the list of teams that is shown
  // values the items point to
  int team[SIM_TEAMS], camera, drop_side, slow_motion, go_on;
  mjtNum place, speed;  // 0..1 of the rally; step of the speed ladder
};

// ---- tables

// items that give a command
typedef struct Press {
  const char *name;
  VizCommand command;
} Press;
static const Press PRESS[] = {
    {"Run / pause", {VIZ_DO_PAUSE, 0}},
    {"Instant replay", {VIZ_DO_INSTANT, 0}},
    {"Restart", {VIZ_DO_RESTART, 0}},
    {"Next seed", {VIZ_DO_NEXT_SEED, 0}},
    {"Last rally", {VIZ_DO_RALLY, -1}},
    {"Next rally", {VIZ_DO_RALLY, 1}},
    {"Live match", {VIZ_DO_LIVE, 0}},
    {"Fork here", {VIZ_DO_FORK, 0}},
    {"Picture", {VIZ_DO_WISH, VIZ_WISH_PICTURE}},
    {"Help", {VIZ_DO_HELP, 0}},
};
enum { N_PRESS = sizeof PRESS / sizeof PRESS[0] };

static void add_section(mjUI *ui, const char *name) {
  mjuiDef def[2] = {{.type = mjITEM_SECTION, .state = mjSECT_OPEN}, {.type = mjITEM_END}};
  snprintf(def[0].name, sizeof def[0].name, "%s", name);
  mjui_add(ui, def);
}

static void add_item(mjUI *ui, mjtItem type, const char *name, void *data, const char *other) {
  mjuiDef def[2] = {{.type = type, .state = 1, .pdata = data}, {.type = mjITEM_END}};
  snprintf(def[0].name, sizeof def[0].name, "%s", name);
  snprintf(def[0].other, sizeof def[0].other, "%s", other);
  mjui_add(ui, def);
}

// the last part of a path says most
static const char *short_name(const char *team) {
  const char *slash = strrchr(team, '/');
  return slash && slash[1] ? slash + 1 : team;
}

static void join_teams(char *out, size_t size, const VizApp *app) {
  size_t used = 0;
  out[0] = '\0';
  for (int i = 0; i < viz_app_teams(app) && i < mjMAXUIMULTI && used + POL_NAME_MAX < size; i++) {
    used += (size_t)snprintf(out + used, size - used, "%s%.30s", i > 0 ? "\n" : "",
                             short_name(viz_app_team(app, i)));
  }
}

// what the list of teams is made from, to notice that it has changed
static uint64_t list_hash(const VizApp *app) {
  char teams[mjMAXUITEXT];
  join_teams(teams, sizeof teams, app);
  return sim_hash(teams, strlen(teams));
}

static void fill_left(VizPanels *panels, const VizApp *app) {
  mjUI *ui = &panels->left;
  char teams[mjMAXUITEXT];
  add_section(ui, "Match");
  for (int i = 0; i < N_PRESS; i++) {
    add_item(ui, mjITEM_BUTTON, PRESS[i].name, NULL, "");
  }
  add_item(ui, mjITEM_SLIDERNUM, "Place", &panels->place, "0 1");
  add_item(ui, mjITEM_SLIDERNUM, "Speed", &panels->speed, "0 15");
  add_item(ui, mjITEM_CHECKINT, "Slow motion", &panels->slow_motion, "");
  add_item(ui, mjITEM_CHECKINT, "Next rally", &panels->go_on, "");
  add_section(ui, "Teams");
  join_teams(teams, sizeof teams, app);
  if (viz_app_teams(app) > 0) {
    add_item(ui, mjITEM_SELECT, "Orange", &panels->team[SIM_NEAR], teams);
    add_item(ui, mjITEM_SELECT, "Blue", &panels->team[SIM_FAR], teams);
  }
  add_item(ui, mjITEM_RADIO, "Drop on", &panels->drop_side, "orange\nblue");
}

static void fill_right(VizPanels *panels, VizApp *app) {
  VizSwitches *s = &app->switches;
  mjUI *ui = &panels->right;
  char cameras[mjMAXUITEXT] = "";
  for (int i = 0; i <= VIZ_CAMERAS; i++) {
    const size_t used = strlen(cameras);
    snprintf(cameras + used, sizeof cameras - used, "%s%s", i > 0 ? "\n" : "",
             viz_camera_name((VizCamera)i));
  }
  add_section(ui, "Camera");
  add_item(ui, mjITEM_SELECT, "View", &panels->camera, cameras);
  add_section(ui, "Show");
  add_item(ui, mjITEM_CHECKINT, "Score board", &s->hud, "");
  add_item(ui, mjITEM_CHECKINT, "Labels", &s->labels, "");
  add_item(ui, mjITEM_CHECKINT, "Trails", &s->trails, "");
  add_item(ui, mjITEM_CHECKINT, "Targets", &s->rings, "");
  add_item(ui, mjITEM_CHECKINT, "Touches", &s->touches, "");
  add_item(ui, mjITEM_CHECKINT, "Landing", &s->shadow, "");
  add_item(ui, mjITEM_CHECKINT, "Decisions", &s->choices, "");
  add_item(ui, mjITEM_CHECKINT, "Court", &s->group_court, "");
  add_item(ui, mjITEM_CHECKINT, "Drones", &s->group_drones, "");
  add_item(ui, mjITEM_CHECKINT, "Ball", &s->group_ball, "");
  add_item(ui, mjITEM_SLIDERINT, "Drone size", &s->drone_scale, "1 3");
  add_item(ui, mjITEM_SLIDERINT, "Ball size", &s->ball_scale, "1 3");
  add_section(ui, "Drawing");
  add_item(ui, mjITEM_CHECKINT, "Shadows", &s->shadows, "");
  add_item(ui, mjITEM_CHECKINT, "Reflections", &s->reflections, "");
  add_item(ui, mjITEM_CHECKINT, "Transparent", &s->transparent, "");
  add_item(ui, mjITEM_CHECKINT, "Wireframe", &s->wireframe, "");
  add_item(ui, mjITEM_CHECKINT, "Frames", &s->frames, "");
  add_item(ui, mjITEM_CHECKINT, "Mass centres", &s->com, "");
  add_item(ui, mjITEM_CHECKINT, "Contacts", &s->contacts, "");
  add_item(ui, mjITEM_CHECKINT, "Forces", &s->forces, "");
}

static void fill(VizPanels *panels, VizApp *app) {
  mjUI *const ui[2] = {&panels->left, &panels->right};
  for (int i = 0; i < 2; i++) {
    memset(ui[i], 0, sizeof *ui[i]);
    ui[i]->spacing = mjui_themeSpacing(0);
    ui[i]->color = mjui_themeColor(0);
    ui[i]->rectid = VIZ_RECT_LEFT + i;
    ui[i]->auxid = i;
  }
  fill_left(panels, app);
  fill_right(panels, app);
  panels->listed = list_hash(app);
}

VizPanels *viz_panels_create(VizApp *app, SimError *err) {
  VizPanels *panels = calloc(1, sizeof *panels);
  if (!panels) {
    sim_error(err, SIM_FAIL, "no memory for the panels");
    return NULL;
  }
  fill(panels, app);
  panels->state.nrect = VIZ_RECTS;
  return panels;
}

bool viz_panels_refresh(VizPanels *panels, VizApp *app) {
  const bool changed = panels->listed != list_hash(app);
  if (changed) {
    fill(panels, app);
  }
  return changed;
}

void viz_panels_destroy(VizPanels *panels) {
  free(panels);
}

void viz_panels_toggle(VizPanels *panels, bool right) {
  bool *shown = right ? &panels->show_right : &panels->show_left;
  *shown = !*shown;
}

// ---- layout

static void set_rects(VizPanels *panels, int width, int height) {
  const int left = panels->show_left && panels->left.width < width ? panels->left.width : 0;
  const int rest = width - left;
  const int right = panels->show_right && panels->right.width < rest ? panels->right.width : 0;
  assert(left + right <= width);
  mjrRect *rect = panels->state.rect;
  rect[VIZ_RECT_WINDOW] = (mjrRect){0, 0, width, height};
  rect[VIZ_RECT_LEFT] = (mjrRect){0, 0, left, height};
  rect[VIZ_RECT_RIGHT] = (mjrRect){width - right, 0, right, height};
  rect[VIZ_RECT_SCENE] = (mjrRect){left, 0, width - left - right, height};
}

void viz_panels_fit(VizPanels *panels, int width, int height, mjrContext *context) {
  mjUI *const ui[2] = {&panels->left, &panels->right};
  for (int i = 0; i < 2; i++) {
    mjui_resize(ui[i], context);
    if (context->auxWidth[i] != ui[i]->width || context->auxHeight[i] != ui[i]->maxheight) {
      mjr_addAux(i, ui[i]->width, ui[i]->maxheight, 0, context);
    }
  }
  set_rects(panels, width, height);
}

mjrRect viz_panels_scene(const VizPanels *panels) {
  return panels->state.rect[VIZ_RECT_SCENE];
}

mjuiState *viz_panels_state(VizPanels *panels) {
  return &panels->state;
}

// ---- values

static void read_values(VizPanels *panels, const VizApp *app) {
  const int last = viz_source_frames(app->source) - 1;
  panels->place = last > 0 ? (mjtNum)viz_player_frame(&app->player) / last : 0;
  panels->speed = app->player.speed_step;
  panels->slow_motion = app->player.slow_motion;
  panels->go_on = app->player.go_on;
  panels->camera = (int)app->scene.preset;
  panels->drop_side = app->drop_side;
  for (int team = 0; team < SIM_TEAMS; team++) {
    for (int i = 0; i < viz_app_teams(app); i++) {
      if (strcmp(app->chosen[team], viz_app_team(app, i)) == 0) {
        panels->team[team] = i;
      }
    }
  }
}

static void press(VizApp *app, const char *name, int item) {
  if (item < N_PRESS && strcmp(PRESS[item].name, name) == 0) {
    viz_app_do(app, PRESS[item].command);
  }
}

static void write_value(VizPanels *panels, VizApp *app, const mjuiItem *item) {
  const void *data = item->pdata;
  assert(item->itemid >= 0);
  if (item->type == mjITEM_BUTTON) {
    press(app, item->name, item->itemid);
  } else if (data == &panels->place) {
    app->player.paused = true;
    viz_player_seek(&app->player,
                    (int)(panels->place * (viz_source_frames(app->source) - 1) + 0.5));
  } else if (data == &panels->speed) {
    viz_player_change_speed(&app->player, (int)(panels->speed + 0.5) - app->player.speed_step);
  } else if (data == &panels->slow_motion) {
    app->player.slow_motion = panels->slow_motion != 0;
  } else if (data == &panels->go_on) {
    app->player.go_on = panels->go_on != 0;
  } else if (data == &panels->camera) {
    viz_scene_set_camera(&app->scene, (VizCamera)panels->camera);
  } else if (data == &panels->drop_side) {
    app->drop_side = panels->drop_side;
  } else {
    for (int team = 0; team < SIM_TEAMS; team++) {
      if (data == &panels->team[team]) {
        viz_app_choose(app, (SimTeam)team, viz_app_team(app, panels->team[team]));
      }
    }
  }
}

bool viz_panels_event(VizPanels *panels, VizApp *app, const mjrContext *context) {
  mjUI *const ui[2] = {&panels->left, &panels->right};
  const bool shown[2] = {panels->show_left, panels->show_right};
  mjuiState *state = &panels->state;
  for (int i = 0; i < 2; i++) {
    const bool mine = state->dragrect == ui[i]->rectid ||
                      (state->dragrect == 0 && state->mouserect == ui[i]->rectid);
    // keys belong to a panel only while a text is edited in it
    const bool wanted = state->type == mjEVENT_KEY ? ui[i]->editsect > 0 : mine;
    if (shown[i] && wanted) {
      const mjuiItem *item = mjui_event(ui[i], state, context);
      if (item) {
        write_value(panels, app, item);
      }
      return true;
    }
  }
  return false;
}

void viz_panels_render(VizPanels *panels, const VizApp *app, const mjrContext *context) {
  mjUI *const ui[2] = {&panels->left, &panels->right};
  const bool shown[2] = {panels->show_left, panels->show_right};
  const mjrRect *window = &panels->state.rect[VIZ_RECT_WINDOW];
  set_rects(panels, window->width, window->height);
  read_values(panels, app);
  for (int i = 0; i < 2; i++) {
    if (shown[i] && panels->state.rect[ui[i]->rectid].width > 0) {
      mjui_update(-1, -1, ui[i], &panels->state, context);
      mjui_render(ui[i], &panels->state, context);
    }
  }
}
