#include "viz/app.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "policies/shipped.h"

#define MESSAGE_SECONDS 6.0
#define PACE_SLOW 0.125

VizOptions viz_options_default(void) {
  return (VizOptions){.rally = -1,
                      .seed = 1,
                      .rules = sim_rules_find("court"),
                      .speed = 1,
                      .camera = VIZ_CAMERA_BROADCAST,
                      .width = 1280,
                      .height = 720};
}

void viz_app_say(VizApp *app, bool bad, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(app->message, sizeof app->message, format, list);
  va_end(list);
  app->message_bad = bad;
  app->message_left = bad ? 2 * MESSAGE_SECONDS : MESSAGE_SECONDS;
  if (bad) {
    fprintf(stderr, "hcsp-view: %s\n", app->message);
  }
}

// ---- what is watched

static void choose(VizApp *app, SimTeam team, const char *name) {
  assert(team == SIM_NEAR || team == SIM_FAR);
  snprintf(app->chosen[team], sizeof app->chosen[team], "%s", name);
}

// teams for a fork: those of the log where they are shipped here
static void choose_from(VizApp *app, const VizInfo *info) {
  for (int team = 0; team < SIM_TEAMS; team++) {
    for (int i = 0; i < app->teams; i++) {
      if (strcmp(app->team[i], info->team[team]) == 0) {
        choose(app, (SimTeam)team, app->team[i]);
      }
    }
  }
}

// takes a new source over when it is fit to be shown
static SimStatus adopt(VizApp *app, VizSource *source, int rally, SimError *err) {
  assert(rally >= 0 && source != app->source);
  SimStatus status = SIM_OK;
  if (viz_source_rally(source) < 0) {
    status = viz_source_select(source, rally, err);
  }
  if (status == SIM_OK && app->options.threaded) {
    status = viz_source_start_thread(source, err);
  }
  if (status != SIM_OK) {
    viz_source_close(source);
    return status;
  }
  viz_source_close(app->source);
  app->source = source;
  viz_player_rewind(&app->player, source);
  app->stats = (VizStats){.rallies = 0};
  app->stats_next = 0;
  const char *warning = viz_source_warning(source);
  if (warning[0]) {
    fprintf(stderr, "hcsp-view: %s\n", warning);
  }
  return SIM_OK;
}

// rally: its number, -1 the first one
static SimStatus open_log(VizApp *app, const char *path, int rally, SimError *err) {
  VizSource *source = viz_source_open_log(app->model, path, err);
  const int at = source && rally >= 0 ? viz_source_find(source, rally, err) : source ? 0 : -1;
  if (source && at < 0) {
    viz_source_close(source);
    source = NULL;
  }
  SimStatus status = source ? adopt(app, source, at, err) : err->status;
  if (status == SIM_OK) {
    snprintf(app->path, sizeof app->path, "%s", path);
    choose_from(app, viz_source_info(app->source));
  }
  return status;
}

static SimStatus open_live(VizApp *app, int rally, SimError *err) {
  const VizLive live = {.near = app->chosen[SIM_NEAR],
                        .far = app->chosen[SIM_FAR],
                        .seed = app->options.seed,
                        .rules = app->options.rules,
                        .log_kind = app->options.log_to ? app->options.log_kind : NULL,
                        .log = app->options.log_to};
  VizSource *source = viz_source_open_live(app->model, &live, err);
  SimStatus status = source ? adopt(app, source, rally > 0 ? rally : 0, err) : err->status;
  if (status == SIM_OK) {
    app->path[0] = '\0';
  }
  return status;
}

static SimStatus fork_here(VizApp *app, SimError *err) {
  const int frame = viz_player_frame(&app->player);
  VizSource *source =
      viz_source_fork(app->source, frame, app->chosen[SIM_NEAR], app->chosen[SIM_FAR], err);
  SimStatus status = source ? adopt(app, source, 0, err) : err->status;
  if (status == SIM_OK) {
    app->path[0] = '\0';
    viz_player_seek(&app->player, frame);
  }
  return status;
}

static SimStatus open_asked(VizApp *app, SimError *err) {
  const VizOptions *options = &app->options;
  choose(app, SIM_NEAR, options->near ? options->near : VIZ_DEFAULT_NEAR);
  choose(app, SIM_FAR, options->far ? options->far : VIZ_DEFAULT_FAR);
  SimStatus status = options->log ? open_log(app, options->log, options->rally, err)
                                  : open_live(app, options->rally, err);
  if (status != SIM_OK) {
    return status;
  }
  const int frame = (int)lround(options->at / SIM_DT);
  status = viz_source_produce(app->source, frame + 1, err);
  if (status == SIM_OK && frame > 0) {
    viz_player_seek(&app->player, frame);
  }
  if (status == SIM_OK && options->log && (options->near || options->far)) {
    // a log and teams: play on from there
    choose(app, SIM_NEAR, options->near ? options->near : app->chosen[SIM_NEAR]);
    choose(app, SIM_FAR, options->far ? options->far : app->chosen[SIM_FAR]);
    status = fork_here(app, err);
  }
  return status;
}

SimStatus viz_app_open(VizApp *app, const VizOptions *options, SimError *err) {
  memset(app, 0, sizeof *app);
  app->options = *options;
  app->switches = viz_switches_default();
  app->mouse_x = app->mouse_y = -1;
  app->page = options->page;
  app->switches.choices = options->decisions;
  app->help = options->help;
  app->pace = options->pace;
  app->teams = pol_team_list(app->team, VIZ_TEAMS_MAX);
  SimModelOptions model = sim_model_default();
  SimStatus status = options->log ? viz_source_engine(&model, options->log, err) : SIM_OK;
  app->model = status == SIM_OK ? sim_model_create(&model, err) : NULL;
  status = app->model ? viz_scene_create(&app->scene, app->model, err) : err->status;
  if (status == SIM_OK) {
    viz_player_init(&app->player, NULL);
    viz_player_set_speed(&app->player, options->speed);
    viz_scene_set_camera(&app->scene, options->camera);
    status = open_asked(app, err);
  }
  if (status != SIM_OK) {
    viz_app_close(app);
  }
  return status;
}

void viz_app_close(VizApp *app) {
  viz_source_close(app->source);
  viz_scene_destroy(&app->scene);
  sim_model_destroy(app->model);
  app->source = NULL;
  app->model = NULL;
}

// ---- while it runs

// how fast time runs while a person is asked, as a share of the speed
static double pace_of(const VizApp *app) {
  const VizAsk *ask = &app->ask;
  if (!ask->open || (!ask->serve && !ask->urgent)) {
    return 1;
  }
  return ask->serve || app->pace == VIZ_PACE_STOP ? 0 : app->pace == VIZ_PACE_SLOW ? PACE_SLOW : 1;
}

static void look_for_questions(VizApp *app) {
  const VizAsk before = app->ask;
  char note[200];
  viz_source_ask(&app->ask, app->source);
  if (app->ask.step != before.step || !app->ask.open) {
    app->more = 0;
  }
  if (viz_source_take_note(note, sizeof note, app->source)) {
    viz_app_say(app, true, "%s", note);
  }
}

void viz_app_advance(VizApp *app, double dt) {
  SimError err = {0};
  const int rally = viz_source_rally(app->source);
  app->message_left -= dt;
  look_for_questions(app);
  // what has happened already is shown at its own speed; without a thread two frames lie ahead
  const bool newest = viz_player_frame(&app->player) + 3 >= viz_source_frames(app->source);
  const double pace = newest ? pace_of(app) : 1;
  if (viz_player_advance(&app->player, dt * pace, &err) != SIM_OK ||
      (!app->player.paused && viz_source_failure(app->source, &err) != SIM_OK)) {
    app->player.paused = true;
    viz_app_say(app, true, "%s", err.text);
  }
  if (viz_source_rally(app->source) != rally && viz_source_warning(app->source)[0]) {
    fprintf(stderr, "hcsp-view: %s\n", viz_source_warning(app->source));
  }
  look_for_questions(app);
  viz_source_run(app->source,
                 viz_player_live(&app->player) ? viz_player_speed(&app->player) * pace_of(app) : 0);
}

// ---- figures of the match

static void add_story(VizApp *app, const VizStory *story) {
  viz_stats_add(&app->stats, story);
  app->stats_next++;
}

// a rally of a log that nobody has watched; one a picture, so that no picture waits
static void read_story(VizApp *app, VizStory *story, SimLogInfo *info) {
  SimRally rally = {.state_size = 0};
  SimError err = {0};
  if (viz_source_read(&rally, info, app->source, app->stats_next, &err) == SIM_OK) {
    viz_story_of_log(story, &rally, info);
    add_story(app, story);
  } else {
    app->stats_next++;  // damaged, or of live play and not watched
  }
  sim_rally_free(&rally);
}

static void follow_stats(VizApp *app) {
  const int now = viz_source_rally(app->source);
  const bool ended = viz_player_knows_end(&app->player) && app->stats_next == now;
  const bool late = app->page == VIZ_PAGE_STATS && app->stats_next < now;
  VizStory *story = ended || late ? malloc(sizeof *story) : NULL;
  SimLogInfo *info = late && !ended ? malloc(sizeof *info) : NULL;
  if (story && ended) {
    viz_story(story, app->source, true);
    add_story(app, story);
  } else if (story && info) {
    read_story(app, story, info);
  }
  free(info);
  free(story);
}

// ---- the picture

static const char *message_of(VizApp *app, char *space, size_t size) {
  if (app->asks_number) {
    snprintf(space, size, "go to rally: %s_   (Enter)", app->number);
    return space;
  }
  if (app->asks_quit) {
    return "quit? Q or Enter: yes, any other key: no";
  }
  return app->message_left > 0 ? app->message : NULL;
}

static void build_hud(VizApp *app, int width, int height, const VizFontSizes *font) {
  char space[64];
  app->hud.width = width;
  app->hud.height = height;
  app->hud.font = font;
  app->help = app->help > viz_hud_help_pages(&app->hud) ? 0 : app->help;
  const bool told = app->asks_number || app->asks_quit;
  const VizHudInput in = {.player = &app->player,
                          .scene = &app->scene,
                          .switches = &app->switches,
                          .layout = &app->layout,
                          .message = message_of(app, space, sizeof space),
                          .message_bad = app->message_bad && !told,
                          .help = app->help,
                          .page = app->page,
                          .stats = &app->stats,
                          .ask = &app->ask,
                          .pace = app->pace,
                          .more = app->more,
                          .fast = app->fast,
                          .renderer = app->renderer,
                          .mouse_x = app->mouse_x,
                          .mouse_y = app->mouse_y,
                          .timing = app->timing};
  viz_hud_build(&app->hud, &in);
}

void viz_app_compose(VizApp *app, int width, int height, const VizFontSizes *font) {
  assert(app->source && app->model);
  const VizSwitches *switches = &app->switches;
  viz_layout(&app->layout, width, height, font->height[VIZ_FONT_NORMAL], switches->hud != 0,
             switches->choices != 0 || viz_source_info(app->source)->person >= 0,
             app->page != VIZ_PAGE_NONE);
  const VizRect *court = &app->layout.court;
  const double aspect = court->height > 0 ? (double)court->width / court->height : 1;
  viz_scene_update(&app->scene, app->source, viz_player_frame(&app->player),
                   viz_player_fraction(&app->player), switches, aspect);
  viz_source_ask(&app->ask, app->source);
  const int behind = app->stats_next;
  follow_stats(app);
  for (int i = behind; !app->options.threaded && i < viz_source_rally(app->source); i++) {
    follow_stats(app);  // a picture for a file may wait
  }
  build_hud(app, width, height, font);
}

// ---- what people ask for

void viz_app_play_live(VizApp *app) {
  SimError err = {0};
  if (open_live(app, 0, &err) != SIM_OK) {
    viz_app_say(app, true, "%s", err.text);
  } else {
    app->player.paused = false;
    viz_app_say(app, false, "live: %s against %s", viz_source_info(app->source)->team[SIM_NEAR],
                viz_source_info(app->source)->team[SIM_FAR]);
  }
}

void viz_app_fork(VizApp *app) {
  SimError err = {0};
  if (fork_here(app, &err) != SIM_OK) {
    viz_app_say(app, true, "%s", err.text);
  } else {
    app->player.paused = false;
    viz_app_say(app, false, "from here on live: %s against %s",
                viz_source_info(app->source)->team[SIM_NEAR],
                viz_source_info(app->source)->team[SIM_FAR]);
  }
}

void viz_app_reload(VizApp *app) {
  SimError err = {0};
  const int rally = (int)viz_source_number(app->source);
  char path[sizeof app->path];
  snprintf(path, sizeof path, "%s", app->path);
  if ((path[0] ? open_log(app, path, rally, &err) : open_live(app, rally, &err)) != SIM_OK) {
    viz_app_say(app, true, "%s", err.text);
  }
}

static bool is_log(const char *path) {
  struct stat info;
  char index[4200], team[4200];
  snprintf(index, sizeof index, "%s/index.jsonl", path);
  snprintf(team, sizeof team, "%s/team.yaml", path);
  return stat(index, &info) == 0 || (stat(team, &info) != 0 && !pol_ends_with(path, ".yaml"));
}

static void drop_team(VizApp *app, const char *path) {
  SimError err = {0};
  char before[sizeof app->chosen[0]];
  char *chosen = app->chosen[app->drop_side];
  snprintf(before, sizeof before, "%s", chosen);
  choose(app, (SimTeam)app->drop_side, path);
  if (open_live(app, 0, &err) != SIM_OK) {
    snprintf(chosen, sizeof before, "%s", before);
    viz_app_say(app, true, "%s", err.text);
  } else {
    viz_app_say(app, false, "%s plays %s", viz_source_info(app->source)->team[app->drop_side],
                app->drop_side == SIM_NEAR ? "near" : "far");
  }
}

void viz_app_drop(VizApp *app, const char *path) {
  SimError err = {0};
  if (!is_log(path)) {
    drop_team(app, path);
  } else if (open_log(app, path, -1, &err) != SIM_OK) {
    viz_app_say(app, true, "%s", err.text);
  } else {
    viz_app_say(app, false, "%d rallies of %s", viz_source_info(app->source)->rallies, path);
  }
}
