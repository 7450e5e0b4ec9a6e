// The expected rally is filled here number by number, on purpose not with the functions under test.
#include "tests/support/rallies.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/ballistics.h"
#include "sim/base/rng.h"

enum { SEED = 7 };

void test_log_info(SimLogInfo *info) {
  static const char *const skill[] = {"goto", "serve", "serve_hover", "receive", "attack"};
  *info = (SimLogInfo){.generator = "hcsp 0",
                       .commit = "0123456789abcdef",
                       .frame = "court",
                       .near = "classical",
                       .far = "stage1 \xc3\xa9",
                       .near_hash = "00000000000000aa",
                       .far_hash = "",
                       .options = "court;paper",
                       .rules = "court",
                       .model_hash = "00000000000000bb",
                       .state_spec = "integration 20;rotor 3",
                       .physics = "mujoco",
                       .dt = SIM_DT,
                       .schema = SIM_LOG_SCHEMA,
                       .seed = UINT64_MAX - 1,
                       .skills = 5,
                       .options_of = {{2, 0, 1}},
                       .policies = {1, 2},
                       .option = {{{"wait", "dig"}, {""}, {"fast left"}}},
                       .policy = {{"bot"}, {"one", "two"}}};
  for (int i = 0; i < info->skills; i++) {
    snprintf(info->skill[i], sizeof info->skill[i], "%s", skill[i]);
  }
}

int test_rally_steps(uint32_t rally) {
  static const int special[] = {1, 99, 100, 101, 200};
  SimRng rng = sim_rng(SEED, rally, UINT32_MAX, SIM_RNG_TEST);
  return rally % 7 < 5 ? special[rally % 5] : 1 + (int)sim_rng_below(&rng, 350);
}

static void fill(double *out, int n, SimRng *rng) {
  for (int i = 0; i < n; i++) {
    out[i] = sim_rng_uniform(rng, -10, 10);
  }
}

static void fill_floats(float *out, int n, SimRng *rng) {
  for (int i = 0; i < n; i++) {
    out[i] = (float)sim_rng_uniform(rng, -10, 10);
  }
}

static void fill_view(SimView *view, SimRng *rng) {
  *view = (SimView){.roster = SIM_ALL_DRONES};
  fill(view->ball_pos, 3, rng);
  fill(view->ball_vel, 3, rng);
  for (int i = 0; i < SIM_DRONES; i++) {
    fill(view->drone[i].pos, 3, rng);
    fill(view->drone[i].vel, 3, rng);
    fill(view->drone[i].quat, 4, rng);
    fill(view->drone[i].angvel, 3, rng);
    fill(view->drone[i].rotor, 4, rng);
  }
}

static void fill_events(SimState *state, SimRng *rng) {
  state->events.n = state->referee.step > 0 ? (int)sim_rng_below(rng, 3) : 0;
  for (int i = 0; i < state->events.n; i++) {
    state->events.event[i].kind = (SimEventKind)sim_rng_below(rng, SIM_EVENT_KINDS);
    state->events.event[i].drone = (int)sim_rng_below(rng, SIM_DRONES + 1) - 1;
  }
}

static void fill_referee(SimReferee *referee, uint32_t rally, int step) {
  *referee = (SimReferee){.step = step,
                          .server = rally % 2 != 0 ? SIM_FAR : SIM_NEAR,
                          .hits = step / 3,
                          .winner = SIM_PLAYING};
  if (step == test_rally_steps(rally)) {
    referee->winner = (SimWinner)(rally % 3);
    referee->reason =
        rally % 3 != 2 ? SIM_EVENT_BALL_OUT : (rally % 2 != 0 ? SIM_EVENT_TIMEOUT : SIM_EVENT_BOTH);
  }
}

// Every fifth server is flown by a flat policy, which aims at nothing; the others serve first.
static void fill_server(SimRecordStep *drive, uint32_t rally, int step) {
  const int server = rally % 2 != 0 ? 3 : 0;
  if (rally % 5 == 4) {
    drive->skill[server] = SIM_SKILL_FLAT;
  } else if (step == 1) {
    drive->skill[server] = 1;
    drive->goal[server][0] = 1.5f + (float)rally;
    drive->goal[server][1] = -2.25f;
  }
}

static void fill_drive(SimRecordStep *drive, SimRng *rng) {
  fill_floats(&drive->action[0][0], SIM_DRONES * SIM_ROTORS, rng);
  fill_floats(&drive->goal[0][0], SIM_DRONES * 3, rng);
  fill_floats(drive->flight, SIM_DRONES, rng);
  fill_floats(drive->apex, SIM_DRONES, rng);
  fill_floats(drive->strike_z, SIM_DRONES, rng);
  drive->flight[2] = NAN;
  for (int i = 0; i < SIM_DRONES; i++) {
    drive->skill[i] = (uint8_t)sim_rng_below(rng, 5);
  }
  drive->skill[5] = SIM_SKILL_FLAT;
  drive->decisions = sim_rng_below(rng, 4) == 0 ? (int)sim_rng_below(rng, 3) : 0;
  for (int i = 0; i < drive->decisions; i++) {
    drive->decision[i].team = i != 0 ? SIM_FAR : SIM_NEAR;
    drive->decision[i].policy = (uint8_t)(drive->action[0][0] > 0 ? i : SIM_NO_POLICY);
    for (int h = 0; h < SIM_RECORD_HEADS; h++) {
      drive->decision[i].option[h] = (uint8_t)sim_rng_below(rng, 256);
      drive->decision[i].probability[h] = h == 1 ? NAN : (float)sim_rng_uniform(rng, 0, 1);
    }
  }
}

void test_rally_state(SimState *state, double row[TEST_STATE_SIZE], SimRecordStep *drive,
                      uint32_t rally, int step) {
  SimRng rng = sim_rng(SEED, rally, (uint32_t)step, SIM_RNG_TEST);
  *state = (SimState){.seed = SEED, .rally = rally};
  fill_referee(&state->referee, rally, step);
  fill_view(&state->view, &rng);
  fill_events(state, &rng);
  fill(row, TEST_STATE_SIZE, &rng);
  fill_drive(drive, &rng);
  fill_server(drive, rally, step);
}

static SimStatus record_step(SimRecorder *recorder, uint32_t rally, int step, SimError *err) {
  SimState state;
  SimRecordStep drive;
  double row[TEST_STATE_SIZE];
  test_rally_state(&state, row, &drive, rally, step);
  if (step == 0) {
    return sim_recorder_begin(recorder, &state, row, err);
  }
  return sim_recorder_step(recorder, &state, &drive, sim_recorder_wants_row(&state) ? row : NULL,
                           err);
}

SimStatus test_record_rally(SimRecorder *recorder, uint32_t rally, SimError *err) {
  return test_record_rallies(recorder, rally, 1, 1, err);
}

SimStatus test_record_rallies(SimRecorder *recorder, uint32_t first, int n, int parallel,
                              SimError *err) {
  enum { PARALLEL_MAX = 256 };
  uint32_t rally[PARALLEL_MAX];
  int step[PARALLEL_MAX], next = 0, playing = 0;
  SimStatus status = SIM_OK;
  parallel = parallel < PARALLEL_MAX ? parallel : PARALLEL_MAX;
  while (status == SIM_OK && (next < n || playing > 0)) {
    while (playing < parallel && next < n) {
      rally[playing] = first + (uint32_t)next++;
      step[playing++] = 0;
    }
    for (int i = 0; i < playing && status == SIM_OK; i++) {
      status = record_step(recorder, rally[i], step[i], err);
      if (step[i]++ == test_rally_steps(rally[i])) {
        playing--;
        rally[i] = rally[playing];
        step[i] = step[playing];
        i--;
      }
    }
  }
  return status;
}

// --- what a reader should see

static void copy_floats(float *out, const double *in, int n) {
  for (int i = 0; i < n; i++) {
    out[i] = (float)in[i];
  }
}

static void reserve(SimRally *rally, int steps) {
  const int n[SIM_ROWS_KINDS] = {steps + 1, steps,     2 * steps,
                                 2 * steps, 2 * steps, steps / 100 + 1};
  SimError err;
  rally->state_size = TEST_STATE_SIZE;
  for (int i = 0; i < SIM_ROWS_KINDS; i++) {
    if (sim_rally_reserve(rally, (SimRows)i, n[i], &err) != SIM_OK) {
      abort();
    }
  }
}

static void expect_state(SimRally *rally, const SimState *state, const double *row, int step) {
  rally->time[step] = (float)(step * SIM_DT);
  copy_floats(rally->ball_pos[step], state->view.ball_pos, 3);
  copy_floats(rally->ball_vel[step], state->view.ball_vel, 3);
  for (int i = 0; i < SIM_DRONES; i++) {
    const SimDrone *drone = &state->view.drone[i];
    copy_floats(rally->pos[step][i], drone->pos, 3);
    copy_floats(rally->vel[step][i], drone->vel, 3);
    copy_floats(rally->quat[step][i], drone->quat, 4);
    copy_floats(rally->angvel[step][i], drone->angvel, 3);
    copy_floats(rally->rotor[step][i], drone->rotor, 4);
  }
  if (step % 100 == 0) {
    rally->state_step[step / 100] = step;
    memcpy(rally->state + (size_t)(step / 100) * TEST_STATE_SIZE, row,
           TEST_STATE_SIZE * sizeof *row);
  }
}

static void expect_step(SimRally *rally, const SimState *state, const SimRecordStep *drive,
                        int step) {
  memcpy(rally->action[step - 1], drive->action, sizeof drive->action);
  memcpy(rally->skill[step - 1], drive->skill, sizeof drive->skill);
  memcpy(rally->goal[step - 1], drive->goal, sizeof drive->goal);
  memcpy(rally->flight[step - 1], drive->flight, sizeof drive->flight);
  memcpy(rally->apex[step - 1], drive->apex, sizeof drive->apex);
  memcpy(rally->strike_z[step - 1], drive->strike_z, sizeof drive->strike_z);
  for (int i = 0; i < drive->decisions; i++) {
    int row = rally->n[SIM_ROWS_DECISION]++;
    rally->strategy_step[row] = step - 1;
    rally->strategy_team[row] = (uint8_t)drive->decision[i].team;
    memcpy(rally->strategy_action[row], drive->decision[i].option, 4);
    memcpy(rally->touch_action[row], drive->decision[i].option + 4, 4);
    memcpy(rally->probability[row], drive->decision[i].probability, sizeof rally->probability[row]);
    memcpy(rally->touch_probability[row], drive->decision[i].probability + 4,
           sizeof rally->touch_probability[row]);
    rally->strategy_policy[row] = drive->decision[i].policy;
  }
  for (int i = 0; i < state->events.n; i++) {
    int row = rally->n[SIM_ROWS_EVENT]++;
    rally->event_step[row] = step;
    rally->event_kind[row] = (uint8_t)state->events.event[i].kind;
    rally->event_drone[row] = (int8_t)state->events.event[i].drone;
  }
  rally->rewards[step - 1][0] = rally->rewards[step - 1][1] = 0;
  rally->terminations[step - 1] = rally->truncations[step - 1] = 0;
}

// Of each racket hit, from the row after it or the last one.
static void expect_touches(SimRally *rally, int steps) {
  for (int i = 0; i < rally->n[SIM_ROWS_EVENT]; i++) {
    if (rally->event_kind[i] != SIM_EVENT_TOUCH) {
      continue;
    }
    const int row = rally->event_step[i] == steps ? steps : rally->event_step[i] + 1;
    const int touch = rally->n[SIM_ROWS_TOUCH]++;
    const double x = (double)rally->ball_pos[row][0], y = (double)rally->ball_pos[row][1];
    const double u = (double)rally->ball_vel[row][0], v = (double)rally->ball_vel[row][1];
    const double w = (double)rally->ball_vel[row][2];
    const double fall = sim_fall_time((double)rally->ball_pos[row][2], w, 0.3);
    const double time = isnan(fall) ? 0 : fall;
    rally->touch_step[touch] = rally->event_step[i];
    rally->touch_drone[touch] = rally->event_drone[i];
    const int drone = rally->event_drone[i];
    rally->touch_skill[touch] = drone < 0 ? 255 : rally->skill[rally->event_step[i] - 1][drone];
    rally->touch_speed[touch] = (float)sqrt(u * u + v * v + w * w);
    rally->touch_landing[touch][0] = (float)(x + time * u);
    rally->touch_landing[touch][1] = (float)(y + time * v);
  }
}

void test_forget_schema2(SimRally *rally) {
  for (int row = 0; row < rally->n[SIM_ROWS_STEP]; row++) {
    for (int i = 0; i < SIM_DRONES; i++) {
      rally->apex[row][i] = rally->strike_z[row][i] = NAN;
    }
  }
  for (int row = 0; row < rally->n[SIM_ROWS_DECISION]; row++) {
    rally->strategy_policy[row] = SIM_NO_POLICY;
    for (int h = 0; h < 4; h++) {
      rally->probability[row][h] = rally->touch_probability[row][h] = NAN;
      rally->touch_action[row][h] = SIM_NOT_ASKED;
    }
  }
}

void test_expected_rally(SimRally *rally, uint32_t number) {
  int steps = test_rally_steps(number);
  SimState state;
  SimRecordStep drive;
  double row[TEST_STATE_SIZE];
  *rally = (SimRally){.state_size = 0};
  reserve(rally, steps);
  for (int step = 0; step <= steps; step++) {
    test_rally_state(&state, row, &drive, number, step);
    expect_state(rally, &state, row, step);
    if (step > 0) {
      expect_step(rally, &state, &drive, step);
    }
  }
  rally->n[SIM_ROWS_STATE] = steps + 1;
  rally->n[SIM_ROWS_STEP] = steps;
  rally->n[SIM_ROWS_SNAPSHOT] = steps / 100 + 1;
  expect_touches(rally, steps);
  bool far = number % 2 != 0, aimed = number % 5 != 4;
  rally->info =
      (SimRallyInfo){.rally = number,
                     .seed = SEED,
                     .server = far ? SIM_FAR : SIM_NEAR,
                     .winner = state.referee.winner,
                     .reason = state.referee.reason,
                     .steps = steps,
                     .hits = steps / 3,
                     .serve_target = {aimed ? 1.5f + (float)number : NAN, aimed ? -2.25f : NAN}};
  if (state.referee.reason == SIM_EVENT_TIMEOUT) {
    rally->truncations[steps - 1] = 1;
  } else {
    rally->terminations[steps - 1] = 1;
  }
  if (state.referee.winner != SIM_DRAW) {
    rally->rewards[steps - 1][0] = state.referee.winner == SIM_WIN_NEAR ? 1 : -1;
    rally->rewards[steps - 1][1] = -rally->rewards[steps - 1][0];
  }
}
