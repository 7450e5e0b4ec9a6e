// Where the viewer's frames come from: what is shown is, bit for bit, what was played, however the
// playhead came there; a fork with the same teams plays on as the match did; bad logs give one
// sentence.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/log.h"
#include "sim/record/replay.h"
#include "tests/support/viz_match.h"
#include "viz/player.h"
#include "viz/source_internal.h"
#include "viz/words.h"

enum { RALLIES = 5 };
static const char LOG[] = "match";

static SimModel *make_model(bool downwash) {
  SimError err = {0};
  SimModelOptions options = sim_model_default();
  options.downwash = downwash;
  options.scenery = true;
  SimModel *model = sim_model_create(&options, &err);
  assert_non_null(model);
  return model;
}

static int make_match(void **state) {
  test_viz_match(LOG, RALLIES);
  *state = make_model(true);
  return 0;
}

static int free_model(void **state) {
  sim_model_destroy(*state);
  return 0;
}

static VizSource *open_log(const SimModel *model) {
  SimError err = {0};
  VizSource *source = viz_source_open_log(model, LOG, &err);
  assert_ok(source ? SIM_OK : err.status, &err);
  return source;
}

static VizSource *open_live(const SimModel *model, uint64_t seed) {
  SimError err = {0};
  const VizLive live = {
      .near = "classical", .far = "classical", .seed = seed, .rules = sim_rules_find("court")};
  VizSource *source = viz_source_open_live(model, &live, &err);
  assert_ok(source ? SIM_OK : err.status, &err);
  assert_ok(viz_source_select(source, 0, &err), &err);
  return source;
}

// all numbers of the bodies, as bits
static bool same_view(const SimView *a, const SimView *b) {
  return memcmp(a, b, offsetof(SimView, roster)) == 0;
}

static void replay_shows_what_was_played(void **state) {
  const SimModel *model = *state;
  SimError err = {0};
  VizSource *source = open_log(model);
  SimLog *log = sim_log_open(LOG, &err);
  SimRally rally = {.state_size = 0};
  SimLogInfo info;
  assert_ok(sim_log_info(&info, log, 0, &err), &err);
  assert_int_equal(viz_source_info(source)->rallies, RALLIES);
  assert_string_equal(viz_source_info(source)->team[SIM_FAR], "classical");
  for (int r = 0; r < 2; r++) {
    assert_ok(sim_log_read(&rally, log, r, &err), &err);
    assert_ok(viz_source_select(source, r, &err), &err);
    assert_int_equal(viz_source_frames(source), rally.info.steps + 1);
    assert_string_equal(viz_source_warning(source), "");
    SimReplay *replay = sim_replay_create(model, &info, &rally, false, &err);
    for (int row = 0; row <= rally.info.steps; row++) {
      const VizFrame *frame = viz_source_frame(source, row);
      assert_ok(sim_replay_seek(replay, row, &err), &err);
      assert_true(same_view(&frame->state.view, &sim_replay_state(replay)->view));
      assert_int_equal(frame->state.referee.step, row);
      if (row > 0) {
        assert_memory_equal(frame->goal, rally.goal[row - 1], sizeof frame->goal);
        assert_memory_equal(frame->skill, rally.skill[row - 1], sizeof frame->skill);
      }
    }
    sim_replay_destroy(replay);
  }
  sim_rally_free(&rally);
  sim_log_close(log);
  viz_source_close(source);
}

// plays rally 1 to a frame, jumps there from other rallies, backwards and after the rally was
// dropped from memory
static void scrubbing_shows_the_same_bits(void **state) {
  SimError err = {0};
  VizSource *source = open_log(*state);
  VizPlayer player;
  assert_ok(viz_source_select(source, 1, &err), &err);
  viz_player_init(&player, source);
  const int n = viz_source_frames(source);
  SimView *played = calloc((size_t)n, sizeof *played);
  while (player.phase == VIZ_PLAY) {
    const int frame = viz_player_frame(&player);
    played[frame] = viz_source_frame(source, frame)->state.view;
    assert_ok(viz_player_advance(&player, SIM_DT, &err), &err);
  }
  for (int i = 0; i < RALLIES; i++) {
    assert_ok(viz_player_go_rally(&player, i, &err), &err);
  }
  assert_ok(viz_player_go_rally(&player, 1, &err), &err);
  for (int i = 0; i < 200; i++) {
    const int to = (i * 7919) % (n - 1);
    viz_player_seek(&player, to);
    assert_int_equal(viz_player_frame(&player), to);
    assert_true(same_view(&viz_source_frame(source, to)->state.view, &played[to]));
  }
  assert_ok(viz_player_step(&player, -1, &err), &err);
  free(played);
  viz_source_close(source);
}

static void fork_with_the_same_teams_plays_on_alike(void **state) {
  SimError err = {0};
  VizSource *source = open_log(*state);
  assert_ok(viz_source_select(source, 2, &err), &err);
  const int n = viz_source_frames(source);
  for (int i = 1; i <= 3; i++) {
    const int at = i * n / 4;
    VizSource *fork = viz_source_fork(source, at, "classical", "classical", &err);
    assert_non_null(fork);
    assert_int_equal(viz_source_rally(fork), 2);
    assert_int_equal(viz_source_frames(fork), at + 1);
    assert_ok(viz_source_produce(fork, 100000, &err), &err);
    assert_int_equal(viz_source_frames(fork), n);
    for (int k = 0; k < n; k++) {
      assert_true(same_view(&viz_source_frame(fork, k)->state.view,
                            &viz_source_frame(source, k)->state.view));
    }
    int score[SIM_TEAMS], expected[SIM_TEAMS];
    viz_source_score(score, fork);
    viz_source_score(expected, source);
    assert_memory_equal(score, expected, sizeof score);
    viz_source_close(fork);
  }
  assert_null(viz_source_fork(source, n - 1, "classical", "classical", &err));
  assert_refused(err.status, SIM_USAGE, &err, "over");
  assert_null(viz_source_fork(source, 0, "classical", "nobody", &err));
  assert_refused(err.status, SIM_USAGE, &err, "nobody");
  viz_source_close(source);
}

static void live_play_is_the_logged_match(void **state) {
  SimError err = {0};
  VizSource *log = open_log(*state), *live = open_live(*state, TEST_MATCH_SEED);
  assert_ok(viz_source_select(log, 0, &err), &err);
  assert_ok(viz_source_produce(live, 100000, &err), &err);
  assert_int_equal(viz_source_frames(live), viz_source_frames(log));
  for (int i = 0; i < viz_source_frames(log); i++) {
    const VizFrame *a = viz_source_frame(log, i), *b = viz_source_frame(live, i);
    assert_true(same_view(&a->state.view, &b->state.view));
    assert_memory_equal(a->option, b->option, sizeof a->option);
  }
  viz_source_close(log);
  viz_source_close(live);
}

// the thread keeps its clock, stands still when told, and plays what plays without it
static void thread_plays_the_same(void **state) {
  SimError err = {0};
  VizSource *alone = open_live(*state, 9), *threaded = open_live(*state, 9);
  assert_ok(viz_source_start_thread(threaded, &err), &err);
  viz_source_run(threaded, 8);
  const double start = sim_time_wall();
  while (viz_source_frames(threaded) < 200 && sim_time_wall() - start < 60) {
    usleep(1000);
  }
  viz_source_run(threaded, 0);
  const int n = viz_source_frames(threaded);
  assert_true(n >= 200);
  usleep(50000);
  assert_int_equal(viz_source_frames(threaded), n);
  assert_ok(viz_source_produce(alone, n, &err), &err);
  for (int i = 0; i < n; i++) {
    assert_true(same_view(&viz_source_frame(alone, i)->state.view,
                          &viz_source_frame(threaded, i)->state.view));
  }
  assert_ok(viz_source_failure(threaded, &err), &err);
  viz_source_close(alone);
  viz_source_close(threaded);
}

static void rallies_come_back_as_they_were(void **state) {
  SimError err = {0};
  VizSource *source = open_live(*state, 3);
  assert_ok(viz_source_produce(source, 100000, &err), &err);
  const int n = viz_source_frames(source);
  const SimView last = viz_source_frame(source, n - 1)->state.view;
  for (int i = 1; i <= VIZ_KEPT; i++) {
    assert_ok(viz_source_select(source, i, &err), &err);
    assert_ok(viz_source_produce(source, 100000, &err), &err);
  }
  int score[SIM_TEAMS];
  viz_source_score(score, source);
  assert_true(score[0] + score[1] <= VIZ_KEPT);
  // rally 0 is no longer in memory and is played again
  assert_ok(viz_source_select(source, 0, &err), &err);
  assert_int_equal(viz_source_frames(source), 1);
  assert_ok(viz_source_produce(source, 100000, &err), &err);
  assert_int_equal(viz_source_frames(source), n);
  assert_true(same_view(&viz_source_frame(source, n - 1)->state.view, &last));
  viz_source_close(source);
}

static void pull_moves_a_body_and_is_remembered(void **state) {
  SimError err = {0};
  VizSource *free_play = open_live(*state, 4), *pulled = open_live(*state, 4);
  const VizPull pull = {.body = SIM_BALL, .force = {0, 0.05, 0}};
  const VizPull twist = {.body = 1, .torque = {0, 0, 0.5}};
  const VizPull none = {.body = -1};
  viz_source_pull(pulled, &pull);
  assert_ok(viz_source_produce(pulled, 21, &err), &err);
  viz_source_pull(pulled, &twist);
  assert_ok(viz_source_produce(pulled, 26, &err), &err);
  viz_source_pull(pulled, &none);
  assert_ok(viz_source_produce(pulled, 31, &err), &err);
  assert_ok(viz_source_produce(free_play, 31, &err), &err);
  const VizFrame *a = viz_source_frame(pulled, 20), *b = viz_source_frame(free_play, 20);
  // 0.05 N on 5 g for 0.2 s
  assert_near(a->state.view.ball_vel[1] - b->state.view.ball_vel[1], 2, 1e-9);
  assert_near(a->state.view.ball_vel[2], b->state.view.ball_vel[2], 1e-9);
  const VizFrame *end = viz_source_frame(pulled, 30);
  assert_true(fabs(viz_source_frame(pulled, 25)->state.view.drone[1].angvel[2] -
                   viz_source_frame(free_play, 25)->state.view.drone[1].angvel[2]) > 0.05);
  assert_true(end->perturbed);
  assert_false(viz_source_frame(pulled, 0)->perturbed);
  assert_false(viz_source_frame(free_play, 30)->perturbed);
  viz_source_close(free_play);
  viz_source_close(pulled);
}

// a program with another model shows what the log says and says so
static void foreign_physics_are_shown_as_recorded(void **state) {
  (void)state;
  SimError err = {0};
  SimModel *model = make_model(false);
  VizSource *source = open_log(model);
  SimLog *log = sim_log_open(LOG, &err);
  SimRally rally = {.state_size = 0};
  assert_ok(sim_log_read(&rally, log, 1, &err), &err);
  assert_ok(viz_source_select(source, 1, &err), &err);
  assert_non_null(strstr(viz_source_warning(source), "as recorded"));
  assert_int_equal(viz_source_frames(source), rally.info.steps + 1);
  int touches = 0, logged = 0;
  for (int i = 0; i <= rally.info.steps; i++) {
    const SimState *at = &viz_source_frame(source, i)->state;
    assert_true((float)at->view.ball_pos[0] == rally.ball_pos[i][0]);
    assert_int_equal(at->referee.winner == SIM_PLAYING, i < rally.info.steps);
    for (int e = 0; e < at->events.n; e++) {
      touches += at->events.event[e].kind == SIM_EVENT_TOUCH;
    }
  }
  for (int i = 0; i < rally.n[SIM_ROWS_EVENT]; i++) {
    logged += rally.event_kind[i] == SIM_EVENT_TOUCH;
  }
  assert_int_equal(touches, logged);
  assert_null(viz_source_fork(source, 10, "classical", "classical", &err));
  sim_rally_free(&rally);
  sim_log_close(log);
  viz_source_close(source);
  sim_model_destroy(model);
}

static void refuse_file(const SimModel *model, const char *name, const void *data, size_t size) {
  SimError err = {0};
  unlink(name);
  test_write_file(name, data, size);
  VizSource *source = viz_source_open_log(model, name, &err);
  SimStatus status = source ? SIM_OK : err.status;
  for (int i = 0; status == SIM_OK && i < viz_source_info(source)->rallies; i++) {
    status = viz_source_select(source, i, &err);
  }
  assert_int_equal(status, SIM_BAD_INPUT);
  assert_true(err.text[0] != '\0' && strchr(err.text, '\n') == NULL);
  viz_source_close(source);
}

static void damaged_logs_give_one_sentence(void **state) {
  size_t size;
  char *data = test_read_file("match/00000.h5", &size);
  refuse_file(*state, "short.h5", data, size / 2);
  refuse_file(*state, "empty.h5", data, 0);
  refuse_file(*state, "foreign.h5", "this is no match", 16);
  // flipped bytes of a listed shard are always noticed
  SimError err = {0};
  assert_int_equal(system("rm -rf flipped && cp -r match flipped"), 0);
  for (int i = 0; i < 5; i++) {
    const size_t at = (size / 6) * (size_t)(i + 1);
    data[at] = (char)(data[at] ^ 0x10);
    unlink("flipped/00000.h5");
    test_write_file("flipped/00000.h5", data, size);
    VizSource *source = viz_source_open_log(*state, "flipped", &err);
    assert_null(source);
    assert_refused(err.status, SIM_BAD_INPUT, &err, "damaged");
    data[at] = (char)(data[at] ^ 0x10);
  }
  free(data);
  assert_null(viz_source_open_log(*state, "nowhere", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "nowhere");
}

// ---- the reason in words

static void end_with(VizRally *rally, SimWinner winner, SimEventKind reason, int drone) {
  VizFrame *frame = viz_rally_next(rally, NULL);
  *frame = rally->frame[0];
  frame->state.referee.winner = winner;
  frame->state.referee.reason = reason;
  frame->state.referee.step = 3000;
  frame->state.events.n = 1;
  frame->state.events.event[0] = (SimEvent){reason, drone};
  viz_rally_counted(rally);
}

static void expect_reason(SimEventKind reason, SimWinner winner, int toucher, int drone,
                          const char *expected) {
  SimError err = {0};
  char text[112];
  static const VizSourceKind frames_alone = {.select = NULL};
  VizSource *source = viz__source_create(&frames_alone, NULL, &err);
  VizRally *rally = viz_rally_create(0, 3, 0);
  snprintf(source->info.team[SIM_NEAR], sizeof source->info.team[0], "A");
  snprintf(source->info.team[SIM_FAR], sizeof source->info.team[0], "B");
  source->info.skills = 1;
  snprintf(source->info.skill[0], sizeof source->info.skill[0], "attack");
  for (int i = 0; i < 2; i++) {
    VizFrame *frame = viz_rally_next(rally, NULL);
    frame->state.referee.winner = SIM_PLAYING;
    if (i == 1 && toucher >= 0) {
      frame->state.events.n = 1;
      frame->state.events.event[0] = (SimEvent){SIM_EVENT_TOUCH, toucher};
      frame->skill[toucher] = 0;
    }
    viz_rally_counted(rally);
  }
  viz__source_show(source, rally);
  viz_words_reason(text, sizeof text, source);
  assert_string_equal(text, "");
  end_with(rally, winner, reason, drone);
  viz_words_reason(text, sizeof text, source);
  assert_string_equal(text, expected);
  viz_source_close(source);
}

// the log's first rallies are gone: numbers are still those of the run
static void rallies_keep_their_numbers(void **state) {
  static const char LATE[] = "late";
  SimError err = {0};
  test_viz_match(LATE, 33);
  char *index = test_read_file("late/index.jsonl", NULL), *second = strchr(index, '\n') + 1;
  test_write_file("late/index.jsonl", second, strlen(second));
  free(index);
  VizSource *source = viz_source_open_log(*state, LATE, &err);
  assert_ok(source ? SIM_OK : err.status, &err);
  assert_int_equal(viz_source_find(source, 0, &err), -1);
  assert_refused(err.status, SIM_USAGE, &err, "has no rally 0");
  const int at = viz_source_find(source, 32, &err);
  assert_int_equal(at, 0);
  assert_ok(viz_source_select(source, at, &err), &err);
  assert_int_equal(viz_source_number(source), 32);
  assert_string_equal(viz_source_warning(source), "");
  viz_source_close(source);
}

static void every_reason_has_words(void **state) {
  (void)state;
  expect_reason(SIM_EVENT_BALL_OUT, SIM_WIN_NEAR, 5, -1, "out by B, 3 attacker");
  expect_reason(SIM_EVENT_BALL_NET, SIM_WIN_FAR, 2, -1, "into the net by A, 3 attacker");
  expect_reason(SIM_EVENT_BALL_IN, SIM_WIN_NEAR, 0, -1, "ace by A, 1 passer");
  expect_reason(SIM_EVENT_BALL_IN, SIM_WIN_NEAR, 4, -1,
                "ball down in the own court by B, 2 setter");
  expect_reason(SIM_EVENT_BALL_IN, SIM_WIN_FAR, -1, -1,
                "no touch: the ball is down on the side of A");
  expect_reason(SIM_EVENT_DRONE_GROUND, SIM_WIN_FAR, 2, 1, "fault of A: 2 setter on the ground");
  expect_reason(SIM_EVENT_DRONE_NET, SIM_WIN_NEAR, 2, 5, "fault of B: 3 attacker in the net");
  expect_reason(SIM_EVENT_DOUBLE_TOUCH, SIM_WIN_NEAR, 3, 3,
                "fault of B: 1 passer touched the ball twice");
  expect_reason(SIM_EVENT_BODY_TOUCH, SIM_WIN_FAR, 2, 0,
                "fault of A: 1 passer hit the ball with its body");
  // no roles where any drone takes any touch
  char text[32];
  const PolOptions free_roles = {.kind = POL_TABLE_VOLLEY};
  const VizInfo info = {.options = {NULL, &free_roles}};
  viz_words_drone(text, sizeof text, &info, 1);
  assert_string_equal(text, "2 setter");
  viz_words_drone(text, sizeof text, &info, 4);
  assert_string_equal(text, "drone 2");
  expect_reason(SIM_EVENT_BOTH, SIM_DRAW, 2, -1, "a fault on each side at once");
  expect_reason(SIM_EVENT_TIMEOUT, SIM_DRAW, 2, -1, "the clock of 30 s ran out");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(replay_shows_what_was_played),
      cmocka_unit_test(scrubbing_shows_the_same_bits),
      cmocka_unit_test(fork_with_the_same_teams_plays_on_alike),
      cmocka_unit_test(live_play_is_the_logged_match),
      cmocka_unit_test(thread_plays_the_same),
      cmocka_unit_test(rallies_come_back_as_they_were),
      cmocka_unit_test(pull_moves_a_body_and_is_remembered),
      cmocka_unit_test(foreign_physics_are_shown_as_recorded),
      cmocka_unit_test(damaged_logs_give_one_sentence),
      cmocka_unit_test(rallies_keep_their_numbers),
      cmocka_unit_test(every_reason_has_words),
  };
  return cmocka_run_group_tests(tests, make_match, free_model);
}
