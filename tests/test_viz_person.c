// A person plays: keys choose among the legal options, time waits or slows, rallies are won and
// lost, scored and logged like any other, and the log says who chose and replays bit for bit.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/reader.h"
#include "sim/record/replay.h"
#include "viz/app.h"
#include "viz/program/match_log.h"

enum { RALLIES = 8, WIDTH = 640, HEIGHT = 360 };

static VizApp *open_app(const char *near, const char *far, const char *log, VizPace pace) {
  SimError err = {0};
  VizOptions options = viz_options_default();
  VizApp *app = calloc(1, sizeof *app);
  options.near = near;
  options.far = far;
  options.seed = 3;
  options.log_to = log;
  options.log_kind = viz_match_log();
  options.pace = pace;
  assert_non_null(app);
  assert_ok(viz_app_open(app, &options, &err), &err);
  app->player.slow_motion = false;
  return app;
}

static void close_app(VizApp *app) {
  viz_app_close(app);
  free(app);
}

static void compose(VizApp *app) {
  VizFontSizes font = {.height = {10, 16}};
  for (int i = 0; i < 128; i++) {
    font.width[VIZ_FONT_NORMAL][i] = 6;
    font.width[VIZ_FONT_BIG][i] = 10;
  }
  viz_app_compose(app, WIDTH, HEIGHT, &font);
}

// ---- a match by keys

// What was chosen, to be found again in the log.
typedef struct Chosen {
  int n;
  struct {
    int rally, step, head, option;
  } by[400];
} Chosen;

// answers what is asked: the key of a rally is the same throughout, where there is such an option
static void answer(VizApp *app, Chosen *chosen, int rally) {
  viz_app_advance(app, 0);
  const VizAsk ask = app->ask;
  const int head = ask.open ? viz_ask_head(&ask) : -1;
  if (head < 0) {
    return;
  }
  const int choices = __builtin_popcount(ask.legal[head]), pick = rally % choices;
  const int step = viz_source_frames(app->source) - 1, n = chosen->n;
  chosen->by[n].rally = rally;
  chosen->by[n].step = step;
  chosen->by[n].head = head;
  chosen->by[n].option = viz_ask_option(&ask, head, pick);
  chosen->n++;
  assert_true(chosen->n < 400 && pick < VIZ_KEYS_CHOICES);
  assert_true(viz_app_key(app, '1' + pick, 0));
  assert_false(app->ask.asked[head]);
}

static void play_rally(VizApp *app, Chosen *chosen, int rally) {
  for (int i = 0; !viz_source_over(app->source); i++) {
    assert_true(i < 100000);
    answer(app, chosen, rally);
    viz_app_advance(app, 0.02);
  }
}

// the option of head that a decision row of the person at this step or the one after it has
static bool is_logged(const SimRally *rally, const SimLogInfo *info, int step, int head,
                      int option) {
  for (int i = 0; i < rally->n[SIM_ROWS_DECISION]; i++) {
    const int policy = rally->strategy_policy[i], at = rally->strategy_step[i];
    if (rally->strategy_team[i] == SIM_NEAR && policy < info->policies[SIM_NEAR] &&
        strcmp(info->policy[SIM_NEAR][policy], "person") == 0 && (at == step || at == step + 1) &&
        rally->strategy_action[i][head] == option) {
      return true;
    }
  }
  return false;
}

static int count_persons(const SimRally *rally, const SimLogInfo *info) {
  int n = 0;
  for (int i = 0; i < rally->n[SIM_ROWS_DECISION]; i++) {
    const int policy = rally->strategy_policy[i];
    n += strcmp(info->policy[rally->strategy_team[i]][policy], "person") == 0;
  }
  return n;
}

static void check_log(const char *path, const Chosen *chosen, const SimWinner winner[RALLIES]) {
  SimError err = {0};
  SimRally rally = {.state_size = 0};
  SimLogInfo *info = malloc(sizeof *info);
  const SimModelOptions options = sim_model_default();
  SimModel *model = sim_model_create(&options, &err);
  SimLog *log = sim_log_open(path, &err);
  assert_non_null(log);
  assert_int_equal(sim_log_rallies(log), RALLIES);
  assert_ok(sim_log_info(info, log, 0, &err), &err);
  assert_string_equal(info->near, "human");
  int at = 0;
  for (int i = 0; i < RALLIES; i++) {
    assert_ok(sim_log_read(&rally, log, i, &err), &err);
    assert_ok(sim_replay_verify(model, info, &rally, &err), &err);
    assert_int_equal(rally.info.winner, winner[i]);
    int own = 0;
    for (; at < chosen->n && chosen->by[at].rally == i; at++, own++) {
      assert_true(
          is_logged(&rally, info, chosen->by[at].step, chosen->by[at].head, chosen->by[at].option));
    }
    // strategies decide, too, and are told apart
    assert_true(count_persons(&rally, info) <= own);
    assert_true(rally.n[SIM_ROWS_DECISION] > count_persons(&rally, info));
  }
  assert_int_equal(at, chosen->n);
  sim_rally_free(&rally);
  sim_log_close(log);
  sim_model_destroy(model);
  free(info);
}

static void keys_win_and_lose_rallies(void **state) {
  (void)state;
  SimError err = {0};
  assert_int_equal(system("rm -rf mine"), 0);
  VizApp *app = open_app("human:stage3_court", "stage2_court", "mine", VIZ_PACE_STOP);
  Chosen *chosen = calloc(1, sizeof *chosen);
  SimWinner winner[RALLIES];
  int won = 0, lost = 0, score[SIM_TEAMS];
  for (int i = 0; i < RALLIES; i++) {
    assert_ok(viz_player_go_rally(&app->player, i, &err), &err);
    play_rally(app, chosen, i);
    const int last = viz_source_frames(app->source) - 1;
    winner[i] = viz_source_frame(app->source, last)->state.referee.winner;
    won += winner[i] == SIM_WIN_NEAR;
    lost += winner[i] == SIM_WIN_FAR;
  }
  print_message("%d won, %d lost, %d choices\n", won, lost, chosen->n);
  assert_true(won > 0 && lost > 0 && chosen->n > RALLIES);
  assert_ok(viz_player_go_rally(&app->player, RALLIES, &err), &err);
  viz_source_score(score, app->source);
  assert_int_equal(score[SIM_NEAR], won);
  assert_int_equal(score[SIM_FAR], lost);
  close_app(app);
  check_log("mine", chosen, winner);
  free(chosen);
}

// ---- choosing

// plays until something is asked about the next strike
static void wait_for_question(VizApp *app) {
  for (int i = 0; i < 100000 && !(app->ask.open && app->ask.urgent); i++) {
    if (app->ask.open) {
      viz_app_key(app, mjKEY_ENTER, 0);
    }
    viz_app_advance(app, 0.01);
    if (viz_source_over(app->source)) {
      SimError err = {0};
      assert_ok(viz_player_go_rally(&app->player, viz_source_rally(app->source) + 1, &err), &err);
    }
  }
  assert_true(app->ask.open && app->ask.urgent);
}

static int frames_of(VizApp *app, double seconds) {
  const int before = viz_source_frames(app->source);
  for (int i = 0; i < 100; i++) {
    viz_app_advance(app, seconds / 100);
  }
  return viz_source_frames(app->source) - before;
}

static void time_waits_or_slows_while_one_chooses(void **state) {
  (void)state;
  VizApp *app = open_app("stage2_court", "human", NULL, VIZ_PACE_STOP);
  wait_for_question(app);
  assert_int_equal(app->ask.team, SIM_FAR);
  const int start = frames_of(app, 0.5);
  assert_true(start <= 2);
  viz_app_key(app, 'A', 0);
  assert_int_equal(app->pace, VIZ_PACE_REAL);
  viz_app_key(app, 'A', 0);
  assert_int_equal(app->pace, VIZ_PACE_SLOW);
  const int slow = frames_of(app, 0.16);
  assert_true(slow >= 1 && slow <= 3);
  // Enter leaves it to the team, and time goes on
  while (app->ask.open) {
    viz_app_key(app, mjKEY_ENTER, 0);
  }
  assert_true(frames_of(app, 0.1) >= 9);
  close_app(app);
}

// a recording has nobody who could answer
static void nobody_waits_without_a_person(void **state) {
  (void)state;
  VizApp *app = open_app("human", "stage2_court", NULL, VIZ_PACE_STOP);
  wait_for_question(app);
  assert_true(frames_of(app, 0.3) <= 2);
  app->options.unattended = true;
  assert_true(frames_of(app, 0.3) >= 25);
  close_app(app);
}

static void mouse_chooses_on_court_and_strip(void **state) {
  (void)state;
  for (int last = 0; last < 2; last++) {
    VizApp *app = open_app("human", "stage2_court", NULL, VIZ_PACE_STOP);
    wait_for_question(app);
    compose(app);
    const int head = viz_ask_head(&app->ask), option = viz_ask_option(&app->ask, head, 1);
    const VizHot *hot = NULL;
    // the strip's button is drawn before the mark on the court
    for (int i = 0; i < app->hud.hots; i++) {
      const VizCommand *command = &app->hud.hot[i].command;
      const bool ours =
          command->what == VIZ_DO_CHOOSE && command->value == head * VIZ_CHOOSE_OPTIONS + option;
      hot = ours && (last || !hot) ? &app->hud.hot[i] : hot;
    }
    assert_non_null(hot);
    assert_int_equal(viz_rects_meet(&hot->rect, &app->layout.court), last);
    assert_true(viz_app_press(app, hot->rect.x + 2, hot->rect.y + 2));
    assert_false(app->ask.asked[head]);
    viz_app_advance(app, 0.03);
    viz_app_advance(app, 0.03);
    const int newest = viz_source_frames(app->source) - 1;
    assert_int_equal(viz_source_frame(app->source, newest)->option[SIM_NEAR][head], option);
    close_app(app);
  }
}

// whether a drone of the person's side has this option's goal
static bool is_flown(VizApp *app, const PolOption *option) {
  const VizFrame *frame = viz_source_frame(app->source, viz_source_frames(app->source) - 1);
  for (int drone = 0; drone < SIM_ROLES; drone++) {
    bool same = true;
    for (int k = 0; k < 3; k++) {
      same &= fabs((double)frame->goal[drone][k] - option->goal.point[k]) < 1e-5;
    }
    if (same && frame->skill[drone] == option->slot) {
      return true;
    }
  }
  return false;
}

// the same moment again and again: whatever is chosen is what the team then does
static void every_choice_is_flown(void **state) {
  (void)state;
  int choices = 2;
  for (int i = 0; i < choices; i++) {
    VizApp *app = open_app("human", "stage2_court", NULL, VIZ_PACE_STOP);
    wait_for_question(app);
    const int head = viz_ask_head(&app->ask), option = viz_ask_option(&app->ask, head, i);
    choices = __builtin_popcount(app->ask.legal[head]);
    assert_true(viz_app_key(app, '1' + i, 0));
    for (int k = 0; k < 3; k++) {
      viz_app_advance(app, 0.01);
    }
    assert_true(
        is_flown(app, &viz_source_info(app->source)->options[SIM_NEAR]->option[head][option]));
    close_app(app);
  }
  assert_true(choices >= 2);
}

static void what_is_not_legal_is_not_taken(void **state) {
  (void)state;
  SimError err = {0};
  VizApp *app = open_app("human", "stage2_court", NULL, VIZ_PACE_STOP);
  wait_for_question(app);
  const int head = viz_ask_head(&app->ask);
  for (int i = 0; i < POL_OPTIONS_MAX; i++) {
    if ((app->ask.legal[head] >> i & 1u) == 0) {
      assert_false(viz_source_choose(app->source, head, i));
    }
  }
  assert_false(viz_source_choose(app->source, -1, 0));
  assert_false(viz_source_choose(app->source, POL_HEADS_MAX, 0));
  close_app(app);
  VizOptions options = viz_options_default();
  VizApp *two = calloc(1, sizeof *two);
  options.near = options.far = "human";
  assert_refused(viz_app_open(two, &options, &err), SIM_USAGE, &err, "two sides");
  options.far = "human:nobody";
  options.near = "stage2_court";
  assert_refused(viz_app_open(two, &options, &err), SIM_USAGE, &err, "nobody");
  free(two);
}

// the match goes on when its log cannot
static void log_ends_where_rallies_are_not_in_order(void **state) {
  (void)state;
  SimError err = {0};
  assert_int_equal(system("rm -rf broken"), 0);
  VizApp *app = open_app("human", "stage2_court", "broken", VIZ_PACE_REAL);
  assert_ok(viz_source_produce(app->source, 100000, &err), &err);
  assert_ok(viz_player_go_rally(&app->player, 5, &err), &err);
  viz_app_advance(app, 0.02);
  assert_non_null(strstr(app->message, "in order"));
  close_app(app);
  SimLog *log = sim_log_open("broken", &err);
  assert_non_null(log);
  assert_int_equal(sim_log_rallies(log), 1);
  sim_log_close(log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_win_and_lose_rallies),
      cmocka_unit_test(time_waits_or_slows_while_one_chooses),
      cmocka_unit_test(nobody_waits_without_a_person),
      cmocka_unit_test(mouse_chooses_on_court_and_strip),
      cmocka_unit_test(every_choice_is_flown),
      cmocka_unit_test(what_is_not_legal_is_not_taken),
      cmocka_unit_test(log_ends_where_rallies_are_not_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
