// The viewer without a screen: keys, playhead, score board, projection, dropped files.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/viz_match.h"
#include "viz/app.h"
#include "viz/overlay.h"
#include "viz/source_internal.h"
#include "viz/words.h"

enum { WIDTH = 1280, HEIGHT = 720 };

// about as large as viz_draw_fit_font chooses it
static VizFontSizes make_font(int height) {
  const int unit = height < 600 ? 10 : height < 950 ? 15 : 30;
  VizFontSizes font = {.height = {unit, unit * 8 / 5}};
  for (int i = 0; i < 128; i++) {
    font.width[VIZ_FONT_NORMAL][i] = unit * 3 / 5;
    font.width[VIZ_FONT_BIG][i] = unit;
  }
  return font;
}

static VizApp *open_app(const char *log) {
  SimError err = {0};
  VizOptions options = viz_options_default();
  VizApp *app = calloc(1, sizeof *app);
  options.log = log;
  options.seed = TEST_MATCH_SEED;
  assert_ok(viz_app_open(app, &options, &err), &err);
  return app;
}

static void close_app(VizApp *app) {
  viz_app_close(app);
  free(app);
}

static void compose(VizApp *app, int width, int height) {
  static VizFontSizes font;  // the picture points to it until the next one
  font = make_font(height);
  viz_app_compose(app, width, height, &font);
}

// whether a text of the last picture contains this
static bool has(const VizApp *app, const char *part) {
  for (int i = 0; i < app->hud.n; i++) {
    if (app->hud.item[i].is_text && strstr(app->hud.item[i].text, part)) {
      return true;
    }
  }
  return false;
}

static bool shows(VizApp *app, const char *part) {
  compose(app, WIDTH, HEIGHT);
  return has(app, part);
}

static int make_match(void **state) {
  (void)state;
  test_viz_match("match", 4);
  return 0;
}

// ---- playhead

static void rally_ends_with_reason_slow_motion_and_score(void **state) {
  (void)state;
  SimError err = {0};
  VizApp *app = open_app("match");
  VizPlayer *player = &app->player;
  const int last = viz_source_frames(app->source) - 1;
  const SimWinner winner = viz_source_frame(app->source, last)->state.referee.winner;
  char reason[112];
  viz_words_reason(reason, sizeof reason, app->source);
  assert_true(reason[0] != '\0');
  assert_true(shows(app, "rally 0 (1 of 4)"));
  assert_false(shows(app, reason));
  while (player->phase == VIZ_PLAY) {
    viz_app_advance(app, 0.02);
  }
  assert_int_equal(viz_player_frame(player), last);
  assert_int_equal(player->phase, VIZ_PAUSE_BEFORE_SLOW);
  assert_true(shows(app, reason));
  while (player->phase != VIZ_SLOW) {
    viz_app_advance(app, 0.02);
  }
  assert_int_equal(viz_player_frame(player), last - VIZ_DECIDING_FRAMES);
  assert_true(shows(app, "SLOW MOTION"));
  double seconds = 0;
  for (; player->phase == VIZ_SLOW; seconds += 0.02) {
    viz_app_advance(app, 0.02);
  }
  // half a second at a fifth of the speed
  assert_near(seconds, 2.5, 0.1);
  assert_int_equal(player->phase, VIZ_RESULT);
  for (int i = 0; i < 500 && viz_source_rally(app->source) == 0; i++) {
    viz_app_advance(app, 0.02);
  }
  assert_int_equal(viz_source_rally(app->source), 1);
  int score[SIM_TEAMS];
  viz_source_score(score, app->source);
  assert_int_equal(score[SIM_NEAR], winner == SIM_WIN_NEAR);
  assert_int_equal(score[SIM_FAR], winner == SIM_WIN_FAR);
  // switched off, the result comes at once
  viz_app_key(app, 'D', 0);
  viz_player_seek(player, viz_source_frames(app->source) - 2);
  viz_app_advance(app, 0.1);
  assert_int_equal(player->phase, VIZ_RESULT);
  // the last rally of a log stays
  assert_ok(viz_player_go_rally(player, 3, &err), &err);
  viz_player_seek(player, 100000);
  for (int i = 0; i < 500; i++) {
    viz_app_advance(app, 0.02);
  }
  assert_int_equal(viz_source_rally(app->source), 3);
  assert_true(player->paused);
  close_app(app);
}

static void time_can_be_steered(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  VizPlayer *player = &app->player;
  viz_app_key(app, ' ', 0);
  assert_true(player->paused && shows(app, "PAUSED"));
  viz_app_advance(app, 1);
  assert_int_equal(viz_player_frame(player), 0);
  viz_app_key(app, mjKEY_RIGHT, 0);
  assert_int_equal(viz_player_frame(player), 1);
  viz_app_key(app, mjKEY_LEFT, 0);
  viz_app_key(app, mjKEY_LEFT, 0);
  assert_int_equal(viz_player_frame(player), 0);
  // the first touch is the serve
  viz_app_key(app, mjKEY_RIGHT, VIZ_SHIFT);
  const VizFrame *frame = viz_source_frame(app->source, viz_player_frame(player));
  assert_int_equal(frame->state.events.event[0].kind, SIM_EVENT_TOUCH);
  viz_app_key(app, mjKEY_RIGHT, VIZ_CONTROL);
  assert_int_equal(viz_source_rally(app->source), 1);
  viz_app_key(app, mjKEY_LEFT, VIZ_CONTROL);
  viz_app_key(app, mjKEY_LEFT, VIZ_CONTROL);
  assert_int_equal(viz_source_rally(app->source), 0);
  viz_app_key(app, ' ', 0);
  viz_app_key(app, '-', 0);
  viz_app_key(app, '-', 0);
  assert_near(viz_player_speed(player), 0.5, 1e-12);
  viz_player_seek(player, 0);
  viz_app_advance(app, 1);
  assert_int_equal(viz_player_frame(player), 50);
  for (int i = 0; i < 20; i++) {
    viz_app_key(app, '=', 0);
  }
  assert_near(viz_player_speed(player), 8, 1e-12);
  viz_player_set_speed(player, 0.3);
  assert_near(viz_player_speed(player), 1.0 / 3, 1e-12);
  close_app(app);
}

static void instant_replay_comes_back(void **state) {
  (void)state;
  SimError err = {0};
  VizApp *app = open_app("match");
  assert_ok(viz_player_go_rally(&app->player, 1, &err), &err);
  viz_player_seek(&app->player, 123);
  viz_app_key(app, 'R', 0);
  assert_int_equal(viz_source_rally(app->source), 0);
  assert_true(app->player.instant && shows(app, "INSTANT REPLAY"));
  for (int i = 0; i < 100000 && app->player.instant; i++) {
    viz_app_advance(app, 0.02);
  }
  assert_int_equal(viz_source_rally(app->source), 1);
  assert_int_equal(viz_player_frame(&app->player), 123);
  close_app(app);
}

static void log_can_be_forked(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  viz_player_seek(&app->player, 150);
  viz_app_key(app, 'K', 0);
  assert_true(viz_source_info(app->source)->live);
  assert_int_equal(viz_player_frame(&app->player), 150);
  viz_app_advance(app, 0.5);
  assert_int_equal(viz_player_frame(&app->player), 200);
  assert_true(shows(app, "LIVE"));
  close_app(app);
}

// ---- the time line

static const VizHot *find_hot(const VizApp *app, VizDo what) {
  for (int i = 0; i < app->hud.hots; i++) {
    if (app->hud.hot[i].command.what == what) {
      return &app->hud.hot[i];
    }
  }
  return NULL;
}

static void click(VizApp *app, const VizRect *rect) {
  assert_true(viz_app_press(app, rect->x + rect->width / 2, rect->y + rect->height / 2));
  viz_app_release(app);
}

static void time_line_can_be_clicked_and_dragged(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  const int last = viz_source_frames(app->source) - 1;
  compose(app, WIDTH, HEIGHT);
  const VizHot line = *find_hot(app, VIZ_DO_SEEK);
  assert_int_equal(line.span, last);
  const int y = line.rect.y + line.rect.height / 2;
  assert_true(viz_app_press(app, line.rect.x + line.rect.width / 2, y));
  assert_near(viz_player_frame(&app->player), last / 2.0, last / 500.0 + 1);
  assert_true(app->player.paused);
  // while the button is down the mouse may leave the line
  assert_true(viz_app_point(app, line.rect.x + line.rect.width * 3, y - 200));
  assert_int_equal(viz_player_frame(&app->player), last);
  assert_true(viz_app_point(app, -5, y));
  assert_int_equal(viz_player_frame(&app->player), 0);
  viz_app_release(app);
  assert_false(app->player.paused);
  assert_false(viz_app_point(app, line.rect.x + 500, y));
  assert_int_equal(viz_player_frame(&app->player), 0);
  // nothing but the line and the buttons takes clicks
  assert_false(viz_app_press(app, WIDTH / 2, HEIGHT / 2));
  // pointing tells the time, and at a touch what it was
  assert_true(shows(app, " s") && !shows(app, "serve:"));
  const int serve = viz_source_touch(app->source, 0)->frame;
  viz_app_point(app, line.rect.x + line.rect.width * serve / last, y);
  char words[40];
  snprintf(words, sizeof words, "%.2f s  serve: classical", serve * SIM_DT);
  assert_true(shows(app, words));
  close_app(app);
}

static void buttons_and_keys_move_in_time(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  VizPlayer *player = &app->player;
  compose(app, WIDTH, HEIGHT);
  const VizHot *pause = find_hot(app, VIZ_DO_PAUSE);
  click(app, &pause->rect);
  assert_true(player->paused);
  viz_app_key(app, 'L', 0);
  viz_app_key(app, 'L', 0);
  assert_int_equal(viz_player_frame(player), 200);
  viz_app_key(app, 'J', 0);
  assert_int_equal(viz_player_frame(player), 100);
  viz_app_key(app, mjKEY_DOWN, 0);
  assert_int_equal(viz_player_frame(player), 0);
  for (int i = 0; i < viz_source_touches(app->source); i++) {
    viz_app_key(app, mjKEY_RIGHT, VIZ_SHIFT);
    assert_int_equal(viz_player_frame(player), viz_source_touch(app->source, i)->frame);
  }
  viz_app_key(app, mjKEY_LEFT, VIZ_SHIFT);
  assert_int_equal(viz_player_frame(player),
                   viz_source_touch(app->source, viz_source_touches(app->source) - 2)->frame);
  // a loop begins again at once
  viz_app_key(app, 'O', 0);
  viz_app_key(app, ' ', 0);
  viz_player_seek(player, viz_source_frames(app->source) - 3);
  viz_app_advance(app, 0.1);
  assert_int_equal(viz_player_frame(player), 0);
  assert_int_equal(viz_source_rally(app->source), 0);
  close_app(app);
}

static void type(VizApp *app, const char *keys) {
  for (; *keys; keys++) {
    viz_app_key(app, *keys == '\n' ? mjKEY_ENTER : *keys == '\b' ? mjKEY_BACKSPACE : *keys, 0);
  }
}

static void rallies_are_found_by_number_and_list(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  type(app, "G17");
  assert_true(shows(app, "go to rally: 17_"));
  type(app, "\b\b2\n");
  assert_int_equal(viz_source_number(app->source), 2);
  type(app, "G99\n");
  assert_true(app->message_bad && strstr(app->message, "99"));
  assert_int_equal(viz_source_number(app->source), 2);
  viz_app_key(app, mjKEY_F9, 0);
  assert_true(shows(app, "point for classical") || shows(app, "no point"));
  for (int i = 0; i < app->hud.hots; i++) {
    const VizHot *hot = &app->hud.hot[i];
    if (hot->command.what == VIZ_DO_RALLY_AT && hot->command.value == 3) {
      click(app, &hot->rect);
      break;
    }
  }
  assert_int_equal(viz_source_number(app->source), 3);
  close_app(app);
}

// ---- a match

// rallies of a source whose results are known
static void play_results(VizSource *source, const char *winners) {
  SimError err = {0};
  for (int i = 0; winners[i]; i++) {
    const VizResult result = {.number = i,
                              .winner = winners[i] == 'n'   ? SIM_WIN_NEAR
                                        : winners[i] == 'f' ? SIM_WIN_FAR
                                                            : SIM_DRAW};
    assert_ok(viz__source_result(source, i, &result, &err), &err);
  }
}

static void check_standing(const char *winners, int near, int far, int near_sets, int far_sets) {
  SimError err = {0};
  static const VizSourceKind frames_alone = {.select = NULL};
  VizSource *source = viz__source_create(&frames_alone, NULL, &err);
  VizRally *rally = viz_rally_create((int)strlen(winners), 3, 0);
  VizPlayer player;
  VizStanding standing;
  viz_rally_next(rally, NULL)->state.referee.winner = SIM_PLAYING;
  viz_rally_counted(rally);
  viz__source_show(source, rally);
  viz_player_init(&player, source);
  play_results(source, winners);
  viz_standing(&standing, &player, 5);
  assert_int_equal(standing.score[SIM_NEAR], near);
  assert_int_equal(standing.score[SIM_FAR], far);
  assert_int_equal(standing.sets[SIM_NEAR], near_sets);
  assert_int_equal(standing.sets[SIM_FAR], far_sets);
  assert_false(standing.decided);
  viz_source_close(source);
}

static void sets_are_won_two_ahead(void **state) {
  (void)state;
  check_standing("", 0, 0, 0, 0);
  check_standing("nnfdn", 3, 1, 0, 0);
  check_standing("nnnnn", 0, 0, 1, 0);
  check_standing("nnnnffffn", 5, 4, 0, 0);
  check_standing("nnnnffffnf", 5, 5, 0, 0);
  check_standing("nnnnffffnfff", 0, 0, 0, 1);
  check_standing("nnnnnfdffnff", 0, 0, 1, 1);
  check_standing("nnnnnfdfffffn", 1, 1, 1, 1);
}

static void decided_match_stops(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  app->options.points = 1;
  app->player.slow_motion = false;
  // the log has four rallies; a lead of two decides a match to one point
  int decided = 0;
  for (int i = 0; i < 20000 && !(app->player.paused && viz_source_rally(app->source) == 3); i++) {
    viz_app_advance(app, 0.05);
    if (app->player.paused && viz_source_rally(app->source) < 3) {
      assert_true(shows(app, "wins the match"));
      decided++;
      viz_app_key(app, ' ', 0);
    }
  }
  VizStanding standing;
  viz_standing(&standing, &app->player, 1);
  const int sets = standing.sets[SIM_NEAR] + standing.sets[SIM_FAR];
  assert_true(decided == sets || decided + 1 == sets);
  assert_true(shows(app, "to 1, sets"));
  close_app(app);
}

// ---- statistics

static void figures_are_those_of_the_log(void **state) {
  (void)state;
  SimError err = {0};
  VizApp *app = open_app("match");
  VizStats read = {.rallies = 0};
  VizStory *seen = malloc(sizeof *seen), *logged = malloc(sizeof *logged);
  SimRally rally = {.state_size = 0};
  SimLogInfo *info = malloc(sizeof *info);
  for (int i = 0; i < 4; i++) {
    assert_ok(viz_player_go_rally(&app->player, i, &err), &err);
    assert_ok(viz_source_read(&rally, info, app->source, i, &err), &err);
    viz_story(seen, app->source, true);
    viz_story_of_log(logged, &rally, info);
    assert_int_equal(seen->n, logged->n);
    assert_int_equal(seen->n, viz_source_touches(app->source));
    for (int k = 0; k < seen->n; k++) {
      assert_int_equal(seen->act[k].frame, logged->act[k].frame);
      assert_int_equal(seen->act[k].drone, logged->act[k].drone);
      assert_int_equal(seen->act[k].deed, logged->act[k].deed);
      assert_near(seen->act[k].landing[0], logged->act[k].landing[0], 1e-4);
    }
    viz_stats_add(&read, logged);
  }
  // the page counts what was played before and, once it has been seen, the rally on the screen
  viz_app_key(app, mjKEY_F8, 0);
  assert_true(shows(app, "figures of 3 rallies"));
  viz_player_seek(&app->player, 100000);
  assert_true(shows(app, "figures of 4 rallies"));
  assert_memory_equal(&app->stats, &read, sizeof read);
  const VizTeamStats *a = &read.team[SIM_NEAR], *b = &read.team[SIM_FAR];
  assert_int_equal(a->serves + b->serves, 4);
  assert_true(a->attacks + b->attacks >= a->kills + b->kills + a->attack_errors + b->attack_errors);
  sim_rally_free(&rally);
  free(info);
  free(seen);
  free(logged);
  close_app(app);
}

// touches of a rally and its end, and what the words for them are
typedef struct Case {
  int touches, drone[5];
  SimWinner winner;
  SimEventKind reason;
  VizDeed deed[5];
} Case;

static void touches_have_the_words_of_the_sport(void **state) {
  (void)state;
  static const Case CASE[] = {
      {1, {0}, SIM_WIN_NEAR, SIM_EVENT_BALL_IN, {VIZ_ACE}},
      {1, {3}, SIM_WIN_NEAR, SIM_EVENT_BALL_OUT, {VIZ_OUT}},
      {1, {3}, SIM_WIN_NEAR, SIM_EVENT_BALL_NET, {VIZ_INTO_NET}},
      {2, {0, 3}, SIM_WIN_NEAR, SIM_EVENT_BALL_OUT, {VIZ_ACE, VIZ_OUT}},
      {4,
       {0, 3, 4, 5},
       SIM_WIN_FAR,
       SIM_EVENT_BALL_IN,
       {VIZ_SERVE, VIZ_RECEPTION, VIZ_SET, VIZ_KILL}},
      {4,
       {0, 3, 4, 5},
       SIM_WIN_NEAR,
       SIM_EVENT_BALL_OUT,
       {VIZ_SERVE, VIZ_RECEPTION, VIZ_SET, VIZ_OUT}},
      {5,
       {0, 3, 4, 5, 0},
       SIM_WIN_FAR,
       SIM_EVENT_BALL_IN,
       {VIZ_SERVE, VIZ_RECEPTION, VIZ_SET, VIZ_KILL, VIZ_DIG}},
      {5,
       {0, 3, 4, 5, 2},
       SIM_WIN_NEAR,
       SIM_EVENT_BALL_IN,
       {VIZ_SERVE, VIZ_RECEPTION, VIZ_SET, VIZ_BLOCKED, VIZ_BLOCK}},
      {4,
       {0, 3, 4, 5},
       SIM_WIN_NEAR,
       SIM_EVENT_DRONE_NET,
       {VIZ_SERVE, VIZ_RECEPTION, VIZ_SET, VIZ_ATTACK}},
  };
  for (size_t c = 0; c < sizeof CASE / sizeof CASE[0]; c++) {
    VizStory *story = malloc(sizeof *story);
    SimLogInfo *info = calloc(1, sizeof *info);
    SimRally rally = {.info = {.winner = CASE[c].winner, .reason = CASE[c].reason}};
    SimError err = {0};
    assert_ok(sim_rally_reserve(&rally, SIM_ROWS_STATE, 200, &err), &err);
    assert_ok(sim_rally_reserve(&rally, SIM_ROWS_TOUCH, 5, &err), &err);
    memset(rally.ball_pos, 0, 200 * sizeof *rally.ball_pos);
    memset(rally.touch_landing, 0, 5 * sizeof *rally.touch_landing);
    rally.n[SIM_ROWS_STATE] = 200;
    rally.n[SIM_ROWS_TOUCH] = CASE[c].touches;
    for (int i = 0; i < CASE[c].touches; i++) {
      rally.touch_step[i] = 10 + 30 * i;
      rally.touch_drone[i] = (int8_t)CASE[c].drone[i];
      rally.touch_skill[i] = SIM_SKILL_FLAT;
    }
    viz_story_of_log(story, &rally, info);
    assert_int_equal(story->n, CASE[c].touches);
    for (int i = 0; i < story->n; i++) {
      if (story->act[i].deed != CASE[c].deed[i]) {
        print_error("case %zu, touch %d: %s instead of %s\n", c, i,
                    viz_deed_name(story->act[i].deed), viz_deed_name(CASE[c].deed[i]));
      }
      assert_int_equal(story->act[i].deed, CASE[c].deed[i]);
    }
    sim_rally_free(&rally);
    free(info);
    free(story);
  }
}

// ---- keys

static void keys_are_those_printed_on_the_keyboard(void **state) {
  (void)state;
  // German: Z and Y change places, + and - have keys of their own, umlauts are none of ours
  assert_int_equal(viz_keys_printed('Y', "z"), 'Z');
  assert_int_equal(viz_keys_printed('Z', "y"), 'Y');
  assert_int_equal(viz_keys_printed(']', "+"), '+');
  assert_int_equal(viz_keys_printed('/', "-"), '-');
  assert_int_equal(viz_keys_printed(';', "\xc3\xb6"), ';');
  // French: A where Q is, digits behind Shift
  assert_int_equal(viz_keys_printed('Q', "a"), 'A');
  assert_int_equal(viz_keys_printed('1', "&"), '1');
  assert_int_equal(viz_keys_printed(mjKEY_LEFT, NULL), mjKEY_LEFT);
  assert_int_equal(viz_keys_printed(mjKEY_NUMPAD_0 + 7, "7"), '7');
  assert_int_equal(viz_keys_command('+', 0).what, VIZ_DO_SPEED);
}

static void quitting_is_asked_for(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  viz_app_key(app, 'Q', 0);
  assert_true(shows(app, "quit?") && !app->wish.quit);
  viz_app_key(app, ' ', 0);
  assert_false(app->wish.quit || app->player.paused || shows(app, "quit?"));
  viz_app_key(app, 'Q', 0);
  viz_app_key(app, 'Q', 0);
  assert_true(app->wish.quit);
  close_app(app);
}

static void every_key_works_anywhere(void **state) {
  (void)state;
  enum { MAX = 200 };
  int keys[MAX], modifiers[MAX];
  const int n = viz_keys_list(keys, modifiers, MAX);
  assert_true(n > 40 && n < MAX);
  for (int i = 0; i < n; i++) {
    for (int k = i + 1; k < n; k++) {
      assert_false(keys[i] == keys[k] && modifiers[i] == modifiers[k]);
    }
  }
  const char *const logs[] = {"match", NULL};
  for (int l = 0; l < 2; l++) {
    VizApp *app = open_app(logs[l]);
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < n; i++) {
        assert_true(viz_app_key(app, keys[i], modifiers[i]));
        app->asks_number = app->asks_quit = false;
        viz_app_advance(app, 0.02);
        compose(app, i % 3 == 0 ? 1 : WIDTH, i % 3 == 0 ? 1 : HEIGHT);
      }
    }
    assert_true(app->wish.quit && app->wish.screenshot && app->wish.copy);
    assert_false(viz_app_key(app, '#', 0));
    close_app(app);
  }
}

static void assert_inside(const VizApp *app) {
  for (int i = 0; i < app->hud.n; i++) {
    const VizItem *item = &app->hud.item[i];
    const int width =
        item->is_text ? viz_hud_text_width(&app->hud, item->font, item->text) : item->width;
    const int height = item->is_text ? app->hud.font->height[item->font] : item->height;
    const bool inside = item->x >= 0 && item->y >= 0 && item->x + width <= app->hud.width &&
                        item->y + height <= app->hud.height;
    if (!inside) {
      print_error("%d x %d: '%s' at %d %d, %d x %d\n", app->hud.width, app->hud.height, item->text,
                  item->x, item->y, width, height);
    }
    assert_true(inside);
  }
}

static VizRect box_of(const VizHud *hud, const VizItem *item) {
  const int width = viz_hud_text_width(hud, item->font, item->text);
  return (VizRect){item->x, hud->height - item->y - hud->font->height[item->font], width,
                   hud->font->height[item->font]};
}

// no text lies on another
static void assert_apart(const VizApp *app) {
  const VizHud *hud = &app->hud;
  for (int i = 0; i < hud->n; i++) {
    for (int k = i + 1; hud->item[i].is_text && k < hud->n; k++) {
      const VizRect a = box_of(hud, &hud->item[i]), b = box_of(hud, &hud->item[k]);
      if (hud->item[k].is_text && viz_rects_meet(&a, &b)) {
        print_error("%d x %d: '%s' on '%s'\n", hud->width, hud->height, hud->item[i].text,
                    hud->item[k].text);
        fail();
      }
    }
  }
}

static bool names_cut(const VizApp *app) {
  for (int i = 0; i < app->hud.n; i++) {
    const VizItem *item = &app->hud.item[i];
    if (item->is_text && strstr(item->text, "..")) {
      print_error("cut: '%s' at %d x %d\n", item->text, app->hud.width, app->hud.height);
      return true;
    }
  }
  return false;
}

// with every panel, at every size, in every phase of a rally and with any camera
static void nothing_is_cut_or_overlaps(void **state) {
  (void)state;
  static const int SIZE[][2] = {{640, 360}, {1280, 720}, {3840, 2160}};
  VizApp *app = open_app("match");
  const int last = viz_source_frames(app->source) - 1;
  for (int s = 0; s < 3; s++) {
    for (int page = 0; page < VIZ_PAGES; page++) {
      app->page = (VizPage)page;
      for (int i = 0; i <= 20; i++) {
        app->switches.choices = i % 2;
        app->mouse_x = SIZE[s][0] * i / 20;
        app->mouse_y = SIZE[s][1] - (i % 3 == 0 ? 20 : i % 3 == 1 ? 40 : 100);
        viz_scene_set_camera(&app->scene, (VizCamera)(i % VIZ_CAMERAS));
        viz_player_seek(&app->player, i * last / 20);
        compose(app, SIZE[s][0], SIZE[s][1]);
        assert_inside(app);
        assert_apart(app);
        assert_false(names_cut(app));
        // panels leave the players alone
        const VizRect *court = &app->layout.court;
        assert_false(
            viz_rects_meet(court, &app->layout.side) || viz_rects_meet(court, &app->layout.strip) ||
            viz_rects_meet(court, &app->layout.top) || viz_rects_meet(court, &app->layout.bottom));
        assert_int_equal(app->layout.side.width > 0, page != VIZ_PAGE_NONE);
        // a small picture has room for one of them
        assert_int_equal(app->layout.strip.width > 0, i % 2 && (s > 0 || page == VIZ_PAGE_NONE));
      }
    }
  }
  close_app(app);
}

// every key and what it does is on some page, at any size, and F1 closes the last one
static void help_names_the_keys(void **state) {
  (void)state;
  static const int SIZE[][2] = {{640, 360}, {1280, 720}, {3840, 2160}};
  VizApp *app = open_app("match");
  assert_false(shows(app, "full screen"));
  int n;
  const VizHelp *help = viz_keys_help(&n);
  for (int s = 0; s < 3; s++) {
    bool *seen = calloc((size_t)n, sizeof *seen);
    for (viz_app_key(app, mjKEY_F1, 0), compose(app, SIZE[s][0], SIZE[s][1]); app->help > 0;
         viz_app_key(app, mjKEY_F1, 0), compose(app, SIZE[s][0], SIZE[s][1])) {
      assert_inside(app);
      for (int i = 0; i < n; i++) {
        seen[i] |= has(app, help[i].keys) && has(app, help[i].text);
      }
    }
    for (int i = 0; i < n; i++) {
      if (!seen[i]) {
        print_error("\"%s\" is not in the help of %d pixels\n", help[i].keys, SIZE[s][0]);
      }
      assert_true(seen[i]);
    }
    free(seen);
  }
  close_app(app);
}

static void enlarged_drones_are_announced(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  assert_false(shows(app, "not to scale"));
  viz_app_key(app, 'Z', 0);
  assert_true(shows(app, "not to scale: drones x2"));
  close_app(app);
}

// ---- scene

static void overlays_follow_their_switches(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  viz_player_seek(&app->player, 200);
  compose(app, WIDTH, HEIGHT);
  const int all = app->scene.scene.ngeom;
  const int keys[] = {'3', '4', '6', '2', '1', '0'};
  int before = all;
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    viz_app_key(app, keys[i], 0);
    compose(app, WIDTH, HEIGHT);
    assert_true(app->scene.scene.ngeom < before);
    before = app->scene.scene.ngeom;
  }
  close_app(app);
}

static void points_are_projected_where_they_are(void **state) {
  (void)state;
  VizApp *app = open_app("match");
  double pixel[2], left[2], right[2];
  // without bars the court has all of the picture
  viz_app_key(app, 'H', 0);
  viz_scene_set_camera(&app->scene, VIZ_CAMERA_TOP);
  compose(app, WIDTH, HEIGHT);
  const double centre[3] = {0, 0, 0}, near_end[3] = {6, 0, 0}, far_end[3] = {-6, 0, 0};
  assert_true(viz_scene_project(pixel, &app->scene, centre, WIDTH, HEIGHT));
  assert_near(pixel[0], WIDTH / 2, 2);
  assert_near(pixel[1], HEIGHT / 2, 2);
  assert_true(viz_scene_project(left, &app->scene, far_end, WIDTH, HEIGHT));
  assert_true(viz_scene_project(right, &app->scene, near_end, WIDTH, HEIGHT));
  // 12 m from 17 m up with a view 40 degrees high
  assert_near(fabs(right[0] - left[0]), 12 * HEIGHT / (2 * 17 * tan(20 * M_PI / 180)), 2);
  const double above[3] = {0, 0, 30};
  assert_false(viz_scene_project(pixel, &app->scene, above, WIDTH, HEIGHT));
  // the mouse finds a drone where it is drawn
  const double *pos = app->scene.view.drone[1].pos;
  assert_true(viz_scene_project(pixel, &app->scene, pos, WIDTH, HEIGHT));
  double point[3];
  assert_int_equal(viz_scene_pick(point, &app->scene, (double)WIDTH / HEIGHT, pixel[0] / WIDTH,
                                  pixel[1] / HEIGHT),
                   1);
  close_app(app);
}

static void every_camera_has_a_name(void **state) {
  (void)state;
  for (int i = 0; i <= VIZ_CAMERAS; i++) {
    assert_int_equal(viz_camera_find(viz_camera_name((VizCamera)i)), i);
  }
  assert_int_equal(viz_camera_find("behind_near"), VIZ_CAMERA_BEHIND_NEAR);
  assert_int_equal(viz_camera_find("behind"), -1);
  assert_int_equal(viz_camera_find("nets"), -1);
  assert_int_equal(viz_camera_find(""), -1);
}

// ---- dropped files

static void drop(void *arg) {
  VizApp *app = ((void **)arg)[0];
  viz_app_drop(app, ((void **)arg)[1]);
}

static void refuse_drop(VizApp *app, const char *path, const char *part) {
  const VizSource *before = app->source;
  char name[256];
  snprintf(name, sizeof name, "%s", path);
  void *arg[] = {app, name};
  char *said = test_capture_stderr(drop, arg);
  assert_ptr_equal(app->source, before);
  assert_true(app->message_bad);
  assert_non_null(strstr(app->message, part));
  // one sentence, on stderr too
  assert_non_null(strstr(said, part));
  assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
  // and on the screen, though perhaps on several lines
  char first[20];
  snprintf(first, sizeof first, "%.15s", app->message);
  assert_true(shows(app, first));
  free(said);
}

static void dropped_files_are_watched_or_refused(void **state) {
  (void)state;
  size_t size;
  char *data = test_read_file("match/00000.h5", &size);
  unlink("short.h5");
  test_write_file("short.h5", data, size / 3);
  data[size / 2] = (char)(data[size / 2] ^ 1);
  assert_int_equal(system("rm -rf flipped && cp -r match flipped && rm flipped/00000.h5"), 0);
  test_write_file("flipped/00000.h5", data, size);
  free(data);
  test_write_file("photo.png", "\x89PNG\r\n", 6);
  test_write_file("wrong.yaml", "name: wrong\nstrtegy: bot\n", 25);
  VizApp *app = open_app(NULL);
  refuse_drop(app, "short.h5", "short.h5");
  refuse_drop(app, "flipped", "damaged");
  refuse_drop(app, "photo.png", "photo.png");
  refuse_drop(app, "nowhere.h5", "nowhere.h5");
  refuse_drop(app, "wrong.yaml", "strtegy");
  viz_app_drop(app, "match");
  assert_false(app->message_bad);
  assert_int_equal(viz_source_info(app->source)->rallies, 4);
  char team[4200];
  snprintf(team, sizeof team, "%s/policies/teams/classical.yaml", getenv("HCSP_HOME"));
  viz_app_key(app, 'E', 0);
  viz_app_drop(app, team);
  assert_false(app->message_bad);
  assert_true(viz_source_info(app->source)->live);
  assert_string_equal(app->chosen[SIM_FAR], team);
  // it can be chosen again, once
  assert_string_equal(viz_app_team(app, viz_app_teams(app) - 1), team);
  viz_app_choose(app, SIM_NEAR, viz_app_team(app, viz_app_teams(app) - 1));
  assert_int_equal(app->others, 1);
  close_app(app);
}

static void wrong_options_are_refused(void **state) {
  (void)state;
  SimError err = {0};
  VizOptions options = viz_options_default();
  VizApp *app = calloc(1, sizeof *app);
  options.log = "match";
  options.rally = 4;
  assert_refused(viz_app_open(app, &options, &err), SIM_USAGE, &err, "0 to 3");
  options.log = NULL;
  options.near = "nobody";
  assert_refused(viz_app_open(app, &options, &err), SIM_USAGE, &err, "nobody");
  free(app);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rally_ends_with_reason_slow_motion_and_score),
      cmocka_unit_test(time_can_be_steered),
      cmocka_unit_test(instant_replay_comes_back),
      cmocka_unit_test(log_can_be_forked),
      cmocka_unit_test(time_line_can_be_clicked_and_dragged),
      cmocka_unit_test(buttons_and_keys_move_in_time),
      cmocka_unit_test(rallies_are_found_by_number_and_list),
      cmocka_unit_test(sets_are_won_two_ahead),
      cmocka_unit_test(decided_match_stops),
      cmocka_unit_test(figures_are_those_of_the_log),
      cmocka_unit_test(touches_have_the_words_of_the_sport),
      cmocka_unit_test(keys_are_those_printed_on_the_keyboard),
      cmocka_unit_test(quitting_is_asked_for),
      cmocka_unit_test(every_key_works_anywhere),
      cmocka_unit_test(nothing_is_cut_or_overlaps),
      cmocka_unit_test(help_names_the_keys),
      cmocka_unit_test(enlarged_drones_are_announced),
      cmocka_unit_test(overlays_follow_their_switches),
      cmocka_unit_test(points_are_projected_where_they_are),
      cmocka_unit_test(every_camera_has_a_name),
      cmocka_unit_test(dropped_files_are_watched_or_refused),
      cmocka_unit_test(wrong_options_are_refused),
  };
  return cmocka_run_group_tests(tests, make_match, NULL);
}
