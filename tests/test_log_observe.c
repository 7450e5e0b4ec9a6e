// What an export says that strategies saw is what they saw: rows from the log alone against those
// of the match while it was played, bit for bit. And every column of every layout is what the list
// of columns says.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/log_match.h"
#include "hcsp/eval/log_observe.h"
#include "sim/base/rng.h"
#include "sim/physics.h"
#include "sim/record/reader.h"

enum { RALLIES = 2, ROWS_MAX = 4000 };

// Both layouts of a match, one team each, while it is played.
typedef struct Live {
  EvalWatcher log;
  const PolTeam *team[SIM_TEAMS];
  int rows[RALLIES], decided;
  float (*court)[POL_COURT_SIZE];    // [RALLIES * ROWS_MAX], the near team
  float (*volley)[POL_VOLLEY_SIZE];  // the far team
  bool(*chosen);                     // a network chose from the row of court
  float (*seen)[POL_COURT_SIZE];     // and saw this
} Live;

static void note(Live *live, int match, const PolPlay *play) {
  const SimState *state = pol_play_state(play, match);
  const int row = live->rows[state->rally]++, at = (int)state->rally * ROWS_MAX + row;
  assert_true(row < ROWS_MAX && row == state->referee.step);
  pol_court_observe(live->court[at], live->team[SIM_NEAR]->options,
                    pol_play_held(play, match, SIM_NEAR), state, SIM_NEAR);
  PolFrame frame;
  pol_frame_find(&frame, state, SIM_FAR);
  pol_volley_observe(live->volley[at], &frame, live->team[SIM_FAR]->options,
                     pol_play_held(play, match, SIM_FAR), state, SIM_FAR);
}

static SimStatus on_start(void *arg, int match, const PolPlay *play, SimError *err) {
  Live *live = arg;
  note(live, match, play);
  return live->log.start(live->log.arg, match, play, err);
}

static SimStatus on_step(void *arg, int match, const PolPlay *play, SimError *err) {
  Live *live = arg;
  const PolDrive *drive = pol_play_drive(play, match);
  const SimState *state = pol_play_state(play, match);
  const int before = (int)state->rally * ROWS_MAX + live->rows[state->rally] - 1;
  for (int i = 0; i < drive->decisions; i++) {
    if (drive->decision[i].team == SIM_NEAR) {
      memcpy(live->seen[before], drive->decision[i].obs, sizeof live->seen[before]);
      live->chosen[before] = true;
      live->decided++;
    }
  }
  note(live, match, play);
  return live->log.step(live->log.arg, match, play, err);
}

static void play(Live *live, const SimModel *model) {
  SimError err = {0};
  EvalRalliesOptions options = {.model = model,
                                .near = live->team[SIM_NEAR],
                                .far = live->team[SIM_FAR],
                                .rules = sim_rules_find("court"),
                                .seed = 3,
                                .rallies = RALLIES,
                                .threads = 1};
  EvalRally rally[RALLIES];
  int played;
  assert_int_equal(system("rm -rf seen"), 0);
  EvalMatchLog *log = eval_match_log_create("seen", &options, &err);
  assert_non_null(log);
  live->log = eval_match_log_watcher(log);
  const EvalWatcher watcher = {.arg = live, .start = on_start, .step = on_step};
  options.watcher = &watcher;
  assert_ok(eval_rallies_play(rally, &played, &options, &err), &err);
  assert_ok(eval_match_log_finish(log, &err), &err);
}

static void check_rally(const Live *live, const SimModel *model, const SimLogInfo *info,
                        const SimRally *rally) {
  static const SimLayout layout[] = {SIM_OBS_COURT128, SIM_OBS_VOLLEY230};
  SimError err = {0};
  for (int k = 0; k < 2; k++) {
    EvalLogObserver observer;
    SimObservations obs;
    assert_ok(eval_log_observer_create(&observer, info, layout[k], &err), &err);
    const SimTeamObserver team = {.arg = &observer, .observe = eval_log_observe};
    assert_ok(sim_observe_rally(&obs, model, info, rally, layout[k], &team, &err), &err);
    assert_int_equal(obs.rows, live->rows[rally->info.rally]);
    for (int row = 0; row < obs.rows; row++) {
      const int at = (int)rally->info.rally * ROWS_MAX + row;
      const float *own = obs.value + (size_t)((2 * row + k) * obs.size),
                  *other = obs.value + (size_t)((2 * row + 1 - k) * obs.size);
      const void *wanted = k == 0 ? (void *)live->court[at] : (void *)live->volley[at];
      assert_memory_equal(own, wanted, (size_t)obs.size * sizeof *own);
      assert_true(isnan(other[0]));
      if (k == 0 && live->chosen[at]) {
        assert_memory_equal(own, live->seen[at], sizeof live->seen[at]);
      }
    }
    sim_observations_free(&obs);
    eval_log_observer_destroy(&observer);
  }
}

static void test_strategies(void **state) {
  (void)state;
  SimError err = {0};
  SimModelOptions options = sim_model_default();
  SimModel *model = sim_model_create(&options, &err);
  PolTeam *team[SIM_TEAMS] = {pol_team_load("stage2_court", &err),
                              pol_team_load("stage1_volley", &err)};
  assert_true(model && team[SIM_NEAR] && team[SIM_FAR]);
  Live live = {.team = {team[SIM_NEAR], team[SIM_FAR]}};
  const size_t rows = (size_t)(RALLIES * ROWS_MAX);
  live.court = calloc(rows, sizeof *live.court);
  live.volley = calloc(rows, sizeof *live.volley);
  live.chosen = calloc(rows, sizeof *live.chosen);
  live.seen = calloc(rows, sizeof *live.seen);
  assert_true(live.court && live.volley && live.chosen && live.seen);
  play(&live, model);
  assert_true(live.decided > 2 * RALLIES);
  SimLog *log = sim_log_open("seen", &err);
  SimLogInfo *info = calloc(1, sizeof *info);
  SimRally rally = {.state_size = 0};
  assert_true(log && info);
  assert_ok(sim_log_info(info, log, 0, &err), &err);
  for (int i = 0; i < RALLIES; i++) {
    assert_ok(sim_log_read(&rally, log, i, &err), &err);
    check_rally(&live, model, info, &rally);
  }
  // a table that has changed since
  EvalLogObserver observer;
  snprintf(info->option[SIM_NEAR][2][0], sizeof info->option[SIM_NEAR][2][0], "gone");
  assert_refused(eval_log_observer_create(&observer, info, SIM_OBS_COURT128, &err), SIM_BAD_INPUT,
                 &err, "'gone' in the log");
  eval_log_observer_destroy(&observer);
  snprintf(info->options, sizeof info->options, "volley;volley");
  memset(info->options_of, 0, sizeof info->options_of);
  assert_refused(eval_log_observer_create(&observer, info, SIM_OBS_COURT128, &err), SIM_USAGE, &err,
                 "wanted strategy100 or volley230");
  eval_log_observer_destroy(&observer);
  sim_rally_free(&rally);
  free(info);
  sim_log_close(log);
  free(live.court);
  free(live.volley);
  free(live.chosen);
  free(live.seen);
  pol_team_destroy(team[SIM_NEAR]);
  pol_team_destroy(team[SIM_FAR]);
  sim_model_destroy(model);
}

// ---- the list of columns

static void fill(double *out, int n, SimRng *rng) {
  for (int i = 0; i < n; i++) {
    out[i] = sim_rng_uniform(rng, 0.5, 0.9);
  }
}

// A state in which no column is clipped.
static void make_state(SimState *state) {
  SimRng rng = sim_rng(1, 0, 0, SIM_RNG_TEST);
  *state = (SimState){.view.roster = SIM_ALL_DRONES, .referee.step = 50};
  fill(state->view.ball_pos, 3, &rng);
  fill(state->view.ball_vel, 3, &rng);
  for (int i = 0; i < SIM_DRONES; i++) {
    SimDrone *drone = &state->view.drone[i];
    fill(drone->pos, 3, &rng);
    fill(drone->vel, 3, &rng);
    fill(drone->quat, 4, &rng);
    fill(drone->angvel, 3, &rng);
    fill(drone->rotor, 4, &rng);
    for (int k = 0; k < 9; k++) {
      drone->rot[k] = k % 4 == 0;
    }
  }
}

static void observe(float *out, SimLayout layout, const SimState *state) {
  const SimAsk ask = {.point = {0.2, 0.3, 0.4}, .my_turn = true};
  const SimGoal goal = {.point = {0.9, 0.8, 0.7}, .flight = NAN, .apex = 3, .strike_z = 1};
  const PolMemory memory = {.started = true};
  SimError err = {0};
  if (eval_log_observer_wanted(layout)) {
    PolOptions *options = pol_options_load(layout == SIM_OBS_COURT128 ? "court" : "volley", &err);
    assert_non_null(options);
    if (layout == SIM_OBS_COURT128) {
      pol_court_observe(out, options, &memory, state, SIM_NEAR);
    } else {
      PolFrame frame;
      pol_frame_find(&frame, state, SIM_NEAR);
      pol_volley_observe(out, &frame, options, &memory, state, SIM_NEAR);
    }
    pol_options_destroy(options);
  } else if (sim_obs_per_team(layout)) {
    sim_obs_strategy(out, &state->view, &state->referee.stale, SIM_NEAR);
  } else if (layout == SIM_OBS_FLAT57) {
    sim_obs_flat(out, &state->view, &state->referee.flags, 0);
  } else if (sim_obs_has_goal(layout)) {
    sim_obs_goal(out, layout, &state->view, 0, &goal);
  } else {
    sim_obs_drone(out, layout, &state->view, 0, &ask);
  }
}

// What a name says, where it is a part of the state itself; false for others.
static bool quantity(double *out, const char *name, const SimState *state) {
  static const char *const player[] = {"own_passer_",    "own_setter_",   "own_attacker_",
                                       "their_passer_",  "their_setter_", "their_attacker_",
                                       "own_nearest_",   "own_middle_",   "own_farthest_",
                                       "their_nearest_", "their_middle_", "their_farthest_"};
  const SimView *view = &state->view;
  PolFrame frame;
  pol_frame_find(&frame, state, SIM_NEAR);
  static const char *const rotor[] = {"front_right", "back_left", "front_left", "back_right"};
  const SimDrone *drone = &view->drone[0];
  for (int i = 0; i < 2 * SIM_DRONES; i++) {
    if (strncmp(name, player[i], strlen(player[i])) == 0) {
      const int k = i % SIM_DRONES, team = k / SIM_ROLES, place = k % SIM_ROLES;
      drone = &view->drone[i < SIM_DRONES ? i : SIM_ROLES * team + frame.order[team][place]];
      name += strlen(player[i]);
    }
  }
  const struct {
    const char *start;
    const double *value;
    const char *axes;
  } vec[] = {{"pos_", drone->pos, "xyz"},          {"vel_", drone->vel, "xyz"},
             {"quat_", drone->quat, "wxyz"},       {"angvel_", drone->angvel, "xyz"},
             {"body_vel_", drone->vel, "xyz"},     {"body_rate_", drone->angvel, "xyz"},
             {"ball_pos_", view->ball_pos, "xyz"}, {"ball_vel_", view->ball_vel, "xyz"}};
  for (size_t i = 0; i < sizeof vec / sizeof vec[0]; i++) {
    const size_t n = strlen(vec[i].start);
    const char *axis = strncmp(name, vec[i].start, n) == 0 && name[n] != '\0' && name[n + 1] == '\0'
                           ? strchr(vec[i].axes, name[n])
                           : NULL;
    if (axis) {
      *out = vec[i].value[axis - vec[i].axes];
      return true;
    }
  }
  for (int i = 0; i < SIM_ROTORS; i++) {
    if (strncmp(name, "rotor_", 6) == 0 && strcmp(name + 6, rotor[i]) == 0) {
      *out = drone->rotor[i];
      return true;
    }
  }
  if (strcmp(name, "height") == 0 || strcmp(name, "net_distance") == 0) {
    *out = name[0] == 'h' ? drone->pos[2] : drone->pos[0];
    return true;
  }
  if (strcmp(name, "seconds") == 0) {
    *out = 50 * SIM_DT;
    return true;
  }
  return false;
}

static void test_columns(void **arg) {
  (void)arg;
  // parts of the state in each layout, so that none is missed for its name
  static const int known[SIM_OBS_LAYOUTS] = {14, 23, 23, 23, 84, 12, 12, 85, 85, 38};
  SimState state;
  make_state(&state);
  for (int l = 0; l < SIM_OBS_LAYOUTS; l++) {
    const SimLayout layout = (SimLayout)l;
    float row[SIM_OBS_MAX];
    int found = 0;
    observe(row, layout, &state);
    assert_int_equal(sim_obs_columns_listed(layout), sim_obs_size(layout));
    for (int i = 0; i < sim_obs_size(layout); i++) {
      SimObsColumn column, other;
      double wanted;
      sim_obs_column(&column, layout, i);
      assert_true(strlen(column.name) > 0 && strlen(column.units) > 0);
      if (quantity(&wanted, column.name, &state)) {
        found++;
        if (fabs((double)row[i] * column.scale + column.offset - wanted) > 1e-5) {
          fail_msg("%s %s: column %g is %g, wanted %g", sim_obs_name(layout), column.name,
                   (double)row[i], (double)row[i] * column.scale + column.offset, wanted);
        }
      }
      for (int k = 0; k < i; k++) {
        sim_obs_column(&other, layout, k);
        assert_string_not_equal(column.name, other.name);
      }
    }
    if (found != known[l]) {
      fail_msg("%s: %d columns are parts of the state, wanted %d", sim_obs_name(layout), found,
               known[l]);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_columns),
      cmocka_unit_test(test_strategies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
