// A person plays: keys choose among the legal options, time waits or slows, rallies are won and
// lost, scored and logged like any other, and the log says who chose and replays bit for bit.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/log_observe.h"
#include "sim/record/reader.h"
#include "sim/record/replay.h"
#include "viz/app.h"
#include "viz/program/match_log.h"
#include "viz/source_internal.h"

enum { RALLIES_MIN = 4, RALLIES_MAX = 40, CHOSEN_MAX = 2000, WIDTH = 640, HEIGHT = 360 };
enum { SEEN_MAX = 3001 };

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

// What was chosen, to be found again in the log, unless it was out of reach a moment later.
typedef struct Chosen {
  int n;
  struct {
    int rally, step, head, option;
    bool late;
  } by[CHOSEN_MAX];
} Chosen;

// Answers what is asked. In every other rally all but the first is left to the team, which plays
// better; in the rest where to stand is, and touches are taken otherwise than the team would.
static void answer(VizApp *app, Chosen *chosen, int rally) {
  viz_source_ask(&app->ask, app->source);
  const VizAsk ask = app->ask;
  const int head = ask.open ? viz_ask_head(&ask) : -1;
  const bool begun = chosen->n > 0 && chosen->by[chosen->n - 1].rally == rally;
  if (head < 0) {
    return;
  }
  if (rally % 2 == 0 ? begun : !ask.urgent) {
    assert_true(viz_app_key(app, mjKEY_ENTER, 0));
    return;
  }
  const int choices = __builtin_popcount(ask.legal[head]);
  const int last = (choices < VIZ_KEYS_CHOICES ? choices : VIZ_KEYS_CHOICES) - 1;
  const int pick = rally % 2 == 0 ? rally / 2 % (last + 1) : last;
  const int step = viz_source_frames(app->source) - 1, n = chosen->n;
  chosen->by[n].rally = rally;
  chosen->by[n].step = step;
  chosen->by[n].head = head;
  chosen->by[n].option = viz_ask_option(&ask, head, pick);
  chosen->n++;
  assert_true(chosen->n < CHOSEN_MAX && pick < VIZ_KEYS_CHOICES);
  assert_true(viz_app_key(app, '1' + pick, 0));
  assert_false(app->ask.asked[head]);
}

// whether what was chosen at the last frames is out of reach by now
static void find_late(Chosen *chosen, const VizApp *app, int from) {
  const PolPlay *play = app->source->play;
  uint32_t legal[POL_HEADS_MAX];
  PolMemory memory = *pol_play_held(play, 0, SIM_NEAR);
  pol_reopen(&memory);
  pol_legal(legal, pol_play_options(play, 0, SIM_NEAR), &memory, pol_play_state(play, 0), SIM_NEAR);
  for (int i = from; i < chosen->n; i++) {
    chosen->by[i].late = (legal[chosen->by[i].head] >> chosen->by[i].option & 1u) == 0;
  }
}

// What the team's strategy would see in some frames of a rally.
typedef struct Seen {
  int n, row[SEEN_MAX];
  float value[SEEN_MAX][POL_VOLLEY_SIZE];
} Seen;

static void look(Seen *seen, const VizApp *app) {
  PolFrame frame;
  const PolPlay *play = app->source->play;
  const SimState *state = pol_play_state(play, 0);
  assert_true(seen->n < SEEN_MAX);
  seen->row[seen->n] = state->referee.step;
  pol_frame_find(&frame, state, SIM_NEAR);
  pol_volley_observe(seen->value[seen->n++], &frame, pol_play_options(play, 0, SIM_NEAR),
                     pol_play_held(play, 0, SIM_NEAR), state, SIM_NEAR);
}

static void play_rally(VizApp *app, Chosen *chosen, Seen *seen, int rally) {
  for (int i = 0; !viz_source_over(app->source); i++) {
    const int from = chosen->n;
    assert_true(i < 100000);
    answer(app, chosen, rally);
    viz_app_advance(app, 0.02);
    find_late(chosen, app, from);
    look(seen, app);
  }
}

// the place in a log of a head of the team's table
static int logged_head(const PolOptions *options, int head) {
  for (int i = 0; i < SIM_LOG_HEADS; i++) {
    if (strcmp(options->head[head], sim_log_head(i)) == 0) {
      return i;
    }
  }
  return -1;
}

// a decision row of the person at this step or the one after it has this option
static bool is_logged(const SimRally *rally, const SimLogInfo *info, int step, int head,
                      int option) {
  for (int i = 0; i < rally->n[SIM_ROWS_DECISION]; i++) {
    const int policy = rally->strategy_policy[i], at = rally->strategy_step[i];
    if (rally->strategy_team[i] == SIM_NEAR && policy < info->policies[SIM_NEAR] &&
        strcmp(info->policy[SIM_NEAR][policy], "person") == 0 && (at == step || at == step + 1) &&
        sim_rally_option(rally, i, head) == option) {
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

// an export tells from the log what the team remembered, the person's decisions included
static void check_seen(const Seen *seen, const SimModel *model, const SimLogInfo *info,
                       const SimRally *rally) {
  SimError err = {0};
  EvalLogObserver observer;
  SimObservations obs;
  assert_ok(eval_log_observer_create(&observer, info, SIM_OBS_VOLLEY230, &err), &err);
  const SimTeamObserver team = {.arg = &observer, .observe = eval_log_observe};
  assert_ok(sim_observe_rally(&obs, model, info, rally, SIM_OBS_VOLLEY230, &team, &err), &err);
  for (int i = 0; i < seen->n; i++) {
    assert_memory_equal(obs.value + (size_t)(2 * seen->row[i] * obs.size), seen->value[i],
                        sizeof seen->value[i]);
  }
  sim_observations_free(&obs);
  eval_log_observer_destroy(&observer);
}

static void check_log(const char *path, const Chosen *chosen, const SimWinner winner[],
                      const Seen *seen, int rallies) {
  SimError err = {0};
  PolOptions *table = pol_options_load("volley", &err);
  SimRally rally = {.state_size = 0};
  SimLogInfo *info = malloc(sizeof *info);
  SimModelOptions options = sim_model_default();
  options.scenery = true;
  SimModel *model = sim_model_create(&options, &err);
  SimLog *log = sim_log_open(path, &err);
  assert_non_null(log);
  assert_non_null(table);
  assert_int_equal(sim_log_rallies(log), rallies);
  assert_ok(sim_log_info(info, log, 0, &err), &err);
  assert_string_equal(info->near, "human");
  int at = 0, flown = 0;
  for (int i = 0; i < rallies; i++) {
    assert_ok(sim_log_read(&rally, log, i, &err), &err);
    assert_ok(sim_replay_verify(model, info, &rally, &err), &err);
    assert_int_equal(rally.info.winner, winner[i]);
    check_seen(&seen[i], model, info, &rally);
    int own = 0;
    for (; at < chosen->n && chosen->by[at].rally == i; at++, own++) {
      const int head = logged_head(table, chosen->by[at].head);
      const bool logged = is_logged(&rally, info, chosen->by[at].step, head, chosen->by[at].option);
      assert_true(logged || chosen->by[at].late);
      flown += logged;
    }
    // strategies decide, too, and are told apart
    assert_true(count_persons(&rally, info) <= own);
    assert_true(rally.n[SIM_ROWS_DECISION] > count_persons(&rally, info));
  }
  assert_int_equal(at, chosen->n);
  assert_true(2 * flown > at);
  pol_options_destroy(table);
  sim_rally_free(&rally);
  sim_log_close(log);
  sim_model_destroy(model);
  free(info);
}

static void keys_win_and_lose_rallies(void **state) {
  (void)state;
  SimError err = {0};
  assert_int_equal(system("rm -rf mine"), 0);
  VizApp *app = open_app("human", "stage3", "mine", VIZ_PACE_STOP);
  Chosen *chosen = calloc(1, sizeof *chosen);
  SimWinner winner[RALLIES_MAX];
  Seen *seen = calloc(RALLIES_MAX, sizeof *seen);
  int rallies = 0, won = 0, lost = 0, score[SIM_TEAMS];
  while (rallies < RALLIES_MIN || ((won == 0 || lost == 0) && rallies < RALLIES_MAX)) {
    assert_ok(viz_player_go_rally(&app->player, rallies, &err), &err);
    play_rally(app, chosen, &seen[rallies], rallies);
    const int last = viz_source_frames(app->source) - 1;
    winner[rallies] = viz_source_frame(app->source, last)->state.referee.winner;
    won += winner[rallies] == SIM_WIN_NEAR;
    lost += winner[rallies] == SIM_WIN_FAR;
    rallies++;
  }
  int touches = 0;
  for (int i = 0; i < chosen->n; i++) {
    touches += chosen->by[i].head >= POL_HEAD_FIRST;
  }
  print_message("%d won, %d lost, %d choices, %d of touches\n", won, lost, chosen->n, touches);
  assert_true(won > 0 && lost > 0 && touches > 0);
  assert_ok(viz_player_go_rally(&app->player, rallies, &err), &err);
  viz_source_score(score, app->source);
  assert_int_equal(score[SIM_NEAR], won);
  assert_int_equal(score[SIM_FAR], lost);
  close_app(app);
  check_log("mine", chosen, winner, seen, rallies);
  free(chosen);
  free(seen);
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

// whether a drone of the person's side strikes to this point
static bool is_flown(VizApp *app, const double point[3], int drone, PolSlot slot) {
  const VizFrame *frame = viz_source_frame(app->source, viz_source_frames(app->source) - 1);
  for (int i = 0; i < SIM_ROLES; i++) {
    bool same = (drone < 0 || drone == i) && frame->skill[i] == slot;
    for (int k = 0; k < 3; k++) {
      same &= fabs((double)frame->goal[i][k] - point[k]) < 1e-5;
    }
    if (same) {
      return true;
    }
  }
  return false;
}

// keys of the i-th option of head, which may be on a later page
static void press_option(VizApp *app, int i) {
  for (int page = 0; page < i / VIZ_KEYS_CHOICES; page++) {
    assert_true(viz_app_key(app, '0', 0));
  }
  assert_true(viz_app_key(app, '1' + i % VIZ_KEYS_CHOICES, 0));
}

// Opens the same moment again, `late` seconds after it was asked, and takes its i-th option; the
// team then does that. Returns how many options there are.
static int choose_and_fly(const char *near, int i, double late) {
  VizApp *app = open_app(near, "stage2_court", NULL, late > 0 ? VIZ_PACE_REAL : VIZ_PACE_STOP);
  wait_for_question(app);
  const int step = app->ask.step;
  for (double t = 0; t < late; t += 0.01) {
    viz_app_advance(app, 0.01);
  }
  const PolOptions *options = viz_source_info(app->source)->options[SIM_NEAR];
  const int head = viz_ask_head(&app->ask), option = viz_ask_option(&app->ask, head, i);
  assert_true(app->ask.open && app->ask.step == step && option >= 0);
  const int choices = __builtin_popcount(app->ask.legal[head]);
  const bool touch = app->ask.candidates.head == head;
  const int drone = touch ? app->ask.candidates.of[option].drone : -1;
  double point[3];
  viz_ask_point(point, &app->ask, options, head, option);
  press_option(app, i);
  for (int k = 0; k < 3; k++) {
    viz_app_advance(app, 0.01);
  }
  assert_true(is_flown(app, point, drone, options->option[head][option].slot));
  close_app(app);
  return choices;
}

// the same moment again and again: whatever is chosen is what the team then does
static void every_choice_is_flown(void **state) {
  (void)state;
  static const char *const TEAM[] = {"human", "human:stage3_court"};
  for (int team = 0; team < 2; team++) {
    int choices = 2;
    for (int i = 0; i < choices; i++) {
      choices = choose_and_fly(TEAM[team], i, 0);
    }
    assert_true(choices >= 2);
  }
}

// the strategy has chosen long before, and its drone is on its way
static void choice_may_come_late(void **state) {
  (void)state;
  choose_and_fly("human", 1, 0.15);
  choose_and_fly("human:stage3_court", 1, 0.15);
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
      cmocka_unit_test(choice_may_come_late),
      cmocka_unit_test(what_is_not_legal_is_not_taken),
      cmocka_unit_test(log_ends_where_rallies_are_not_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
