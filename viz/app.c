#include "viz/app.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "policies/shipped.h"
#include "viz/words.h"

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

int viz_app_teams(const VizApp *app) {
  return app->teams + app->others;
}

const char *viz_app_team(const VizApp *app, int i) {
  assert(i >= 0 && i < viz_app_teams(app));
  return i < app->teams ? app->team[i] : app->other[i - app->teams];
}

// lists a team that is not listed yet, in the place of the oldest when there are many
static void list_other(VizApp *app, const char *name) {
  for (int i = 0; i < viz_app_teams(app); i++) {
    if (strcmp(viz_app_team(app, i), name) == 0) {
      return;
    }
  }
  if (app->others == VIZ_OTHERS_MAX) {
    memmove(app->other[0], app->other[1], sizeof app->other - sizeof app->other[0]);
    app->others--;
  }
  snprintf(app->other[app->others++], sizeof app->other[0], "%s", name);
}

void viz_app_choose(VizApp *app, SimTeam side, const char *name) {
  char own[sizeof app->chosen[0]];  // name may be one of those that are listed
  assert(side == SIM_NEAR || side == SIM_FAR);
  snprintf(own, sizeof own, "%s", name);
  memcpy(app->chosen[side], own, sizeof own);
  list_other(app, own);
}

// teams for a fork: those of the log where they are shipped here
static void choose_from(VizApp *app, const VizInfo *info) {
  for (int team = 0; team < SIM_TEAMS; team++) {
    for (int i = 0; i < app->teams; i++) {
      if (strcmp(app->team[i], info->team[team]) == 0) {
        viz_app_choose(app, (SimTeam)team, app->team[i]);
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
  app->stopped_at = -1;
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

// ---- teams that train while they are watched

// when the newest of what a run keeps of its team was written; zero for other teams
static struct timespec written_at(const char *team) {
  static const char *const PART[] = {"team.yaml", "policies"};
  struct timespec newest = {0, 0};
  for (size_t i = 0; i < sizeof PART / sizeof PART[0]; i++) {
    struct stat info;
    char path[4300];
    snprintf(path, sizeof path, "%s/%s", team, PART[i]);
    const bool there = stat(path, &info) == 0;
    if (there && (info.st_mtim.tv_sec > newest.tv_sec || (info.st_mtim.tv_sec == newest.tv_sec &&
                                                          info.st_mtim.tv_nsec > newest.tv_nsec))) {
      newest = info.st_mtim;
    }
  }
  return newest;
}

static bool has_trained(const VizApp *app) {
  for (int team = 0; team < SIM_TEAMS; team++) {
    const struct timespec now = written_at(app->chosen[team]), then = app->written[team];
    if (now.tv_sec != then.tv_sec || now.tv_nsec != then.tv_nsec) {
      return true;
    }
  }
  return false;
}

static SimStatus open_live(VizApp *app, int rally, SimError *err) {
  const VizLive live = {.near = app->chosen[SIM_NEAR],
                        .far = app->chosen[SIM_FAR],
                        .seed = app->options.seed,
                        .rules = app->options.rules,
                        .log_kind = app->options.log_to ? app->options.log_kind : NULL,
                        .log = app->options.log_to};
  struct timespec written[SIM_TEAMS] = {written_at(live.near), written_at(live.far)};
  VizSource *source = viz_source_open_live(app->model, &live, err);
  SimStatus status = source ? adopt(app, source, rally > 0 ? rally : 0, err) : err->status;
  memcpy(app->written, written, sizeof written);
  if (status == SIM_OK) {
    app->path[0] = '\0';
  }
  return status;
}

static SimStatus open_practice(VizApp *app, const VizPractice *practice, const char *path,
                               int rally, SimError *err) {
  VizSource *source = viz_source_open_practice(app->model, practice, err);
  SimStatus status = source ? adopt(app, source, rally > 0 ? rally : 0, err) : err->status;
  if (status == SIM_OK) {
    snprintf(app->path, sizeof app->path, "%s", path);
  }
  return status;
}

// whatever lies there: a log, a run with a team, which plays the near side, or a skill's
static SimStatus open_path(VizApp *app, const char *path, int rally, SimError *err) {
  VizRun run = {.kind = VIZ_RUN_NONE};
  const SimStatus status = app->options.open_run ? app->options.open_run(&run, path, err) : SIM_OK;
  if (status != SIM_OK) {
    return status;
  }
  if (run.kind == VIZ_RUN_PRACTICE) {
    return open_practice(app, &run.practice, path, rally, err);
  }
  if (run.kind == VIZ_RUN_TEAM) {
    viz_app_choose(app, SIM_NEAR, run.team);
    return open_live(app, rally, err);
  }
  return open_log(app, path, rally, err);
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
  viz_app_choose(app, SIM_NEAR, options->near ? options->near : VIZ_DEFAULT_NEAR);
  viz_app_choose(app, SIM_FAR, options->far ? options->far : VIZ_DEFAULT_FAR);
  SimStatus status = options->log ? open_path(app, options->log, options->rally, err)
                                  : open_live(app, options->rally, err);
  if (status != SIM_OK) {
    return status;
  }
  const int frame = (int)lround(options->at / SIM_DT);
  status = viz_source_produce(app->source, frame + 1, err);
  if (status == SIM_OK && frame > 0) {
    viz_player_seek(&app->player, frame);
  }
  if (status == SIM_OK && options->log && !viz_source_info(app->source)->live &&
      (options->near || options->far)) {
    // a log and teams: play on from there
    viz_app_choose(app, SIM_NEAR, options->near ? options->near : app->chosen[SIM_NEAR]);
    viz_app_choose(app, SIM_FAR, options->far ? options->far : app->chosen[SIM_FAR]);
    status = fork_here(app, err);
  }
  return status;
}

// a folder without an index may be a run
static bool is_log(const char *path) {
  struct stat info;
  char index[4200];
  snprintf(index, sizeof index, "%s/index.jsonl", path);
  return stat(index, &info) == 0 || (stat(path, &info) == 0 && S_ISREG(info.st_mode));
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
  SimLogInfo *info = options->log && is_log(options->log) ? calloc(1, sizeof *info) : NULL;
  model.world = options->world;
  model.scenery = true;
  SimStatus status = info ? viz_source_engine(&model, info, options->log, err) : SIM_OK;
  app->model = status == SIM_OK ? sim_model_create(&model, err) : NULL;
  free(info);
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
  if (app->options.unattended || !ask->open || (!ask->serve && !ask->urgent)) {
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

// a decided match stands still, once, until somebody goes on
static void stop_at_match(VizApp *app) {
  VizStanding standing;
  const int rally = viz_source_rally(app->source);
  if (app->options.points == 0 || app->player.phase != VIZ_RESULT || app->stopped_at == rally) {
    return;
  }
  viz_standing(&standing, &app->player, app->options.points);
  if (standing.decided) {
    app->stopped_at = rally;
    app->player.paused = true;
    viz_app_say(app, false, "the match is decided; Space begins the next one");
  }
}

// A rally begins: a team that has trained meanwhile plays it as it is now. What cannot be read yet
// is read before the next one.
static void follow_training(VizApp *app) {
  SimError err = {0};
  if (viz_source_info(app->source)->live && !app->options.log_to && has_trained(app) &&
      open_live(app, viz_source_rally(app->source), &err) == SIM_OK) {
    viz_app_say(app, false, "a team has trained on; this is the new one");
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
  if (viz_source_rally(app->source) != rally) {
    follow_training(app);
  }
  stop_at_match(app);
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
  VizStanding standing;
  viz_standing(&standing, &app->player, app->options.points);
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
                          .standing = &standing,
                          .points = app->options.points,
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
  if ((path[0] ? open_path(app, path, rally, &err) : open_live(app, rally, &err)) != SIM_OK) {
    viz_app_say(app, true, "%s", err.text);
  }
}

static bool is_team(const char *path) {
  struct stat info;
  char team[4200];
  snprintf(team, sizeof team, "%s/team.yaml", path);
  return pol_ends_with(path, ".yaml") || (stat(team, &info) == 0 && !is_log(path));
}

static void drop_team(VizApp *app, const char *path) {
  SimError err = {0};
  char before[sizeof app->chosen[0]];
  char *chosen = app->chosen[app->drop_side];
  snprintf(before, sizeof before, "%s", chosen);
  snprintf(chosen, sizeof before, "%s", path);
  if (open_live(app, 0, &err) != SIM_OK) {
    snprintf(chosen, sizeof before, "%s", before);
    viz_app_say(app, true, "%s", err.text);
  } else {
    list_other(app, path);
    viz_app_say(app, false, "%s plays %s", viz_source_info(app->source)->team[app->drop_side],
                viz_team_colour(app->drop_side));
  }
}

static void say_what_is_on(VizApp *app, const char *path) {
  const VizInfo *info = viz_source_info(app->source);
  if (info->practice) {
    viz_app_say(app, false, "the task of the skill %s", info->task);
  } else if (info->live) {
    viz_app_say(app, false, "live: %s against %s", info->team[SIM_NEAR], info->team[SIM_FAR]);
  } else {
    viz_app_say(app, false, "%d rallies of %s", info->rallies, path);
  }
}

void viz_app_drop(VizApp *app, const char *path) {
  SimError err = {0};
  if (is_team(path)) {
    drop_team(app, path);
  } else if (open_path(app, path, -1, &err) != SIM_OK) {
    viz_app_say(app, true, "%s", err.text);
  } else {
    say_what_is_on(app, path);
  }
}
