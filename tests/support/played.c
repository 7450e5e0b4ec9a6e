#include "tests/support/played.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"

enum { SEED = 5 };

SimModel *test_model(void) {
  SimError err;
  SimModelOptions options = sim_model_default();
  SimModel *model = sim_model_create(&options, &err);
  if (model == NULL) {
    fprintf(stderr, "%s\n", err.text);
    abort();
  }
  return model;
}

void test_played_info(SimLogInfo *info) {
  SimModel *model = test_model();
  sim_log_info_default(info, model);
  sim_model_destroy(model);
  snprintf(info->near, sizeof info->near, "hover");
  snprintf(info->far, sizeof info->far, "hover");
  snprintf(info->options, sizeof info->options, "none;none");
  snprintf(info->rules, sizeof info->rules, "court");
  info->seed = SEED;
  info->skills = 1;
  snprintf(info->skill[0], sizeof info->skill[0], "hover");
}

static void drive_step(SimRecordStep *drive, uint32_t rally, int step) {
  SimRng rng = sim_rng(SEED, rally, (uint32_t)step, SIM_RNG_TEST);
  memset(drive, 0, sizeof *drive);
  for (int i = 0; i < SIM_DRONES; i++) {
    drive->flight[i] = drive->apex[i] = drive->strike_z[i] = NAN;
    if (i > 0) {  // strikes by flight time and by apex, one move
      drive->flight[i] = i % 2 != 0 ? 0.9f : NAN;
      drive->apex[i] = i % 2 != 0 ? NAN : 3.5f;
      drive->strike_z[i] = 1.25f;
      drive->goal[i][0] = i < 3 ? 1.5f : -1.5f;
      drive->goal[i][2] = 2;
    }
    for (int r = 0; r < SIM_ROTORS; r++) {
      drive->action[i][r] = (float)(SIM_HOVER_COMMAND + sim_rng_uniform(&rng, -0.02, 0.02));
    }
  }
  if (step == 0) {
    drive->decisions = SIM_TEAMS;
    drive->decision[0].team = SIM_NEAR;
    drive->decision[1].team = SIM_FAR;
  }
}

static SimStatus play_one(SimRecorder *recorder, mjData *data, double *row, const SimModel *model,
                          uint32_t rally, SimError *err) {
  SimState state;
  SimRecordStep drive;
  sim_world_reset(&state, data, model, SEED, rally);
  sim_world_save(row, &state, data, model);
  SimStatus status = sim_recorder_begin(recorder, &state, row, err);
  for (int step = 0; status == SIM_OK && state.referee.winner == SIM_PLAYING; step++) {
    drive_step(&drive, rally, step);
    sim_world_step(&state, data, model, sim_rules_find("court"),
                   (const float(*)[SIM_ROTORS])drive.action);
    bool wanted = sim_recorder_wants_row(&state);
    if (wanted) {
      sim_world_save(row, &state, data, model);
    }
    status = sim_recorder_step(recorder, &state, &drive, wanted ? row : NULL, err);
  }
  return status;
}

SimStatus test_play_rallies(SimRecorder *recorder, const SimModel *model, uint32_t first, int n,
                            SimError *err) {
  mjData *data = mj_makeData(model->mj);
  double *row = malloc((size_t)sim_world_row_size(model) * sizeof *row);
  if (data == NULL || row == NULL) {
    abort();
  }
  SimStatus status = SIM_OK;
  for (int i = 0; i < n && status == SIM_OK; i++) {
    status = play_one(recorder, data, row, model, first + (uint32_t)i, err);
  }
  free(row);
  mj_deleteData(data);
  return status;
}
