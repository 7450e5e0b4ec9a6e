// Replay: a recorded rally gives the same bits again, wherever one starts; every planted change is
// found and named.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/observe.h"
#include "sim/record/reader.h"
#include "sim/record/replay.h"
#include "sim/record/rows.h"
#include "tests/support/played.h"

enum { RALLIES = 12 };

typedef struct Fixture {
  SimModel *model;
  SimLogInfo info;
  SimRally rally[RALLIES];
  int longest;  // of the rallies
} Fixture;

static int setup(void **state) {
  Fixture *f = calloc(1, sizeof *f);
  SimError err;
  assert_non_null(f);
  assert_int_equal(system("rm -rf played"), 0);
  f->model = test_model();
  test_played_info(&f->info);
  SimRecorder *recorder =
      sim_recorder_create("played", &f->info, sim_world_row_size(f->model), &err);
  assert_non_null(recorder);
  assert_ok(test_play_rallies(recorder, f->model, 0, RALLIES, &err), &err);
  assert_ok(sim_recorder_finish(recorder, &err), &err);
  sim_recorder_destroy(recorder);
  SimLog *log = sim_log_open("played", &err);
  assert_non_null(log);
  assert_ok(sim_log_info(&f->info, log, 0, &err), &err);
  for (int i = 0; i < RALLIES; i++) {
    assert_ok(sim_log_read(&f->rally[i], log, i, &err), &err);
    f->longest = f->rally[i].info.steps > f->rally[f->longest].info.steps ? i : f->longest;
  }
  sim_log_close(log);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  Fixture *f = *state;
  for (int i = 0; i < RALLIES; i++) {
    sim_rally_free(&f->rally[i]);
  }
  sim_model_destroy(f->model);
  free(f);
  return 0;
}

static void test_verify(void **state) {
  Fixture *f = *state;
  SimError err;
  int snapshots = 0;
  for (int i = 0; i < RALLIES; i++) {
    assert_ok(sim_replay_verify(f->model, &f->info, &f->rally[i], &err), &err);
    snapshots += f->rally[i].n[SIM_ROWS_SNAPSHOT];
  }
  // there is more than the first exact state to check
  assert_true(snapshots > RALLIES);
}

// observations: positions as the log has them, goals and turns as asked, two rows per team layout
static void test_observations(void **state) {
  Fixture *f = *state;
  SimError err;
  SimRally *rally = &f->rally[f->longest];
  SimObservations moves, balls, teams;
  assert_ok(sim_observe_rally(&moves, f->model, &f->info, rally, SIM_OBS_GOTO26, NULL, &err), &err);
  assert_ok(sim_observe_rally(&balls, f->model, &f->info, rally, SIM_OBS_BALL34, NULL, &err), &err);
  assert_ok(sim_observe_rally(&teams, f->model, &f->info, rally, SIM_OBS_STRATEGY100, NULL, &err),
            &err);
  assert_int_equal(balls.rows, rally->info.steps + 1);
  assert_int_equal(teams.viewers, SIM_TEAMS);
  for (int row = 0; row < rally->info.steps; row++) {
    for (int drone = 0; drone < SIM_DRONES; drone++) {
      const float sign = sim_team(drone) == SIM_NEAR ? 1 : -1;
      const float *ball = balls.value + (row * SIM_DRONES + drone) * 34;
      const float *move = moves.value + (row * SIM_DRONES + drone) * 26;
      assert_near((double)ball[0], (double)(sign * rally->pos[row][drone][0]), 0);
      assert_near((double)ball[23], (double)(sign * rally->ball_pos[row][0]), 0);
      assert_near((double)ball[25], (double)rally->ball_pos[row][2], 0);
      assert_near((double)ball[32] + (double)ball[33], 1, 0);
      const float goal = rally->goal[row][drone][0];
      if (isfinite(goal)) {
        assert_near((double)move[0], (double)(sign * (goal - rally->pos[row][drone][0])), 1e-5);
      }
    }
    assert_near((double)teams.value[(row * SIM_TEAMS + 1) * 100 + 80],
                (double)rally->ball_pos[row][2], 0);
  }
  sim_observations_free(&moves);
  sim_observations_free(&balls);
  sim_observations_free(&teams);
  // a rally that does not replay has no observations
  SimLogInfo other = f->info;
  snprintf(other.model_hash, sizeof other.model_hash, "0123456789abcdef");
  assert_int_equal(sim_observe_rally(&balls, f->model, &other, rally, SIM_OBS_BALL34, NULL, &err),
                   SIM_BAD_INPUT);
  assert_null(balls.value);
}

// The goal of a strike is logged in full: what its network saw comes out bit for bit.
static void test_strike_observations(void **state) {
  Fixture *f = *state;
  SimError err;
  const SimRally *rally = &f->rally[f->longest];
  SimObservations obs;
  assert_ok(sim_observe_rally(&obs, f->model, &f->info, rally, SIM_OBS_STRIKE43, NULL, &err), &err);
  assert_int_equal(obs.size, 43);
  SimReplay *replay = sim_replay_create(f->model, &f->info, rally, false, &err);
  for (int row = 0; row < rally->info.steps; row += 37) {
    assert_ok(sim_replay_seek(replay, row, &err), &err);
    for (int drone = 1; drone < SIM_DRONES; drone++) {
      float wanted[43];
      const SimGoal goal = {.point = {1.5, 0, 2},
                            .flight = drone % 2 != 0 ? (double)0.9f : (double)NAN,
                            .apex = drone % 2 != 0 ? (double)NAN : 3.5,
                            .strike_z = 1.25};
      sim_obs_goal(wanted, SIM_OBS_STRIKE43, &sim_replay_state(replay)->view, drone, &goal);
      const float *seen = obs.value + (row * SIM_DRONES + drone) * 43;
      for (int k = 0; k < 43; k++) {
        assert_true(seen[k] == wanted[k]);
      }
    }
  }
  sim_replay_destroy(replay);
  sim_observations_free(&obs);
  assert_refused(sim_observe_rally(&obs, f->model, &f->info, rally, SIM_OBS_COURT128, NULL, &err),
                 SIM_USAGE, &err, "what the strategies remember");
}

static float nudge(float value) {
  return nextafterf(value, 1e30f);
}

static void refuse(const Fixture *f, const SimRally *rally, const char *part) {
  SimError err;
  assert_refused(sim_replay_verify(f->model, &f->info, rally, &err), SIM_BAD_INPUT, &err, part);
  assert_null(strchr(err.text, '\n'));
}

// One bit of one number.
static void test_bit_in_a_state(void **state) {
  Fixture *f = *state;
  SimRally *rally = &f->rally[0];
  float before = rally->vel[57][3][1];
  rally->vel[57][3][1] = nudge(before);
  refuse(f, rally, "rally 0: steps/drone_vel differs first in row 57, number 10: logged ");
  rally->vel[57][3][1] = before;
  before = rally->ball_pos[rally->info.steps][2];
  rally->ball_pos[rally->info.steps][2] = nudge(before);
  refuse(f, rally, "steps/ball_pos differs first in row");
  rally->ball_pos[rally->info.steps][2] = before;
}

// A changed action shows in the next state at the earliest.
static void test_bit_in_an_action(void **state) {
  Fixture *f = *state;
  SimRally *rally = &f->rally[0];
  float before = rally->action[40][2][1];
  rally->action[40][2][1] = before + 0.1f;
  refuse(f, rally, "differs first in row 41");
  rally->action[40][2][1] = before;
}

static void test_change_elsewhere(void **state) {
  Fixture *f = *state;
  SimRally *rally = &f->rally[f->longest];
  int last = rally->info.steps;
  assert_true(rally->n[SIM_ROWS_SNAPSHOT] > 1);
  double *number = &rally->state[rally->state_size + 3], before = *number;
  *number = nextafter(before, 1e30);
  refuse(f, rally, "state differs first in row 1, number 3");
  *number = before;
  rally->rewards[last - 1][0] += 1;
  refuse(f, rally, "rewards differs first");
  rally->rewards[last - 1][0] -= 1;
  rally->truncations[0] = 1;
  refuse(f, rally, "truncations differs first in row 0");
  rally->truncations[0] = 0;
  rally->info.hits++;
  refuse(f, rally, "another rallies/hits");
  rally->info.hits--;
  rally->event_kind[0] ^= 1;
  refuse(f, rally, "events/kind differs first in row 0");
  rally->event_kind[0] ^= 1;
  rally->n[SIM_ROWS_EVENT]--;
  refuse(f, rally, "another row count of events");
  rally->n[SIM_ROWS_EVENT]++;
  SimError err;
  assert_ok(sim_replay_verify(f->model, &f->info, rally, &err), &err);
}

static void test_log_goes_on(void **state) {
  Fixture *f = *state;
  SimRally longer = f->rally[0];
  SimError err;
  // the log claims a step less than the rally took
  longer.info.steps--;
  longer.n[SIM_ROWS_STATE]--;
  longer.n[SIM_ROWS_STEP]--;
  assert_refused(sim_replay_verify(f->model, &f->info, &longer, &err), SIM_BAD_INPUT, &err,
                 "rally 0: replay gives another");
}

static void test_other_model(void **state) {
  Fixture *f = *state;
  SimError err;
  SimLogInfo info = f->info;
  snprintf(info.model_hash, sizeof info.model_hash, "0123456789abcdef");
  assert_null(sim_replay_create(f->model, &info, &f->rally[0], false, &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "was played with model 0123456789abcdef");
  SimReplay *replay = sim_replay_create(f->model, &info, &f->rally[0], true, &err);
  assert_non_null(replay);
  sim_replay_destroy(replay);
  info = f->info;
  snprintf(info.rules, sizeof info.rules, "beach");
  assert_null(sim_replay_create(f->model, &info, &f->rally[0], false, &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "rules \"beach\" are not known");
}

static void test_impossible_state(void **state) {
  Fixture *f = *state;
  SimRally *rally = &f->rally[0];
  SimError err;
  double before = rally->state[0];
  rally->state[0] = (double)NAN;
  assert_null(sim_replay_create(f->model, &f->info, rally, false, &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "rally 0: state row 0");
  rally->state[0] = before;
}

// Frames in any order are those of the log, and the hidden state is that of playing through.
static void test_seek(void **state) {
  Fixture *f = *state;
  SimRally *rally = &f->rally[f->longest];
  SimError err;
  int last = rally->info.steps, size = rally->state_size;
  assert_true(last > 103);
  SimReplay *replay = sim_replay_create(f->model, &f->info, rally, false, &err);
  SimReplay *linear = sim_replay_create(f->model, &f->info, rally, false, &err);
  double *a = malloc((size_t)size * sizeof *a), *b = malloc((size_t)size * sizeof *b);
  assert_true(replay != NULL && linear != NULL && a != NULL && b != NULL);
  const int row[] = {0, 57, 56, 101, 100, 99, last, 103, 102, 0, last};
  for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
    assert_ok(sim_replay_seek(replay, row[i], &err), &err);
    assert_int_equal(sim_replay_row(replay), row[i]);
    SimRally one = {.state_size = size};
    assert_ok(sim_rally_reserve(&one, SIM_ROWS_STATE, last + 1, &err), &err);
    sim_rally_set_row(&one, row[i], sim_replay_state(replay));
    assert_memory_equal(one.pos[row[i]], rally->pos[row[i]], sizeof rally->pos[0]);
    assert_memory_equal(one.ball_vel[row[i]], rally->ball_vel[row[i]], sizeof rally->ball_vel[0]);
    sim_rally_free(&one);
    sim_replay_destroy(linear);
    linear = sim_replay_create(f->model, &f->info, rally, false, &err);
    for (int k = 0; k <= row[i]; k++) {
      assert_ok(sim_replay_seek(linear, k, &err), &err);
    }
    sim_world_save(a, sim_replay_state(replay), sim_replay_data(replay), f->model);
    sim_world_save(b, sim_replay_state(linear), sim_replay_data(linear), f->model);
    assert_memory_equal(a, b, (size_t)size * sizeof *a);
  }
  free(a);
  free(b);
  sim_replay_destroy(replay);
  sim_replay_destroy(linear);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_verify),
      cmocka_unit_test(test_observations),
      cmocka_unit_test(test_strike_observations),
      cmocka_unit_test(test_bit_in_a_state),
      cmocka_unit_test(test_bit_in_an_action),
      cmocka_unit_test(test_change_elsewhere),
      cmocka_unit_test(test_log_goes_on),
      cmocka_unit_test(test_other_model),
      cmocka_unit_test(test_impossible_state),
      cmocka_unit_test(test_seek),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
