// Copies what a step of the players says (policies/play.h) into what the recorder wants
// (sim/record/recorder.h), which does not know policies.
#include "hcsp/eval/log_match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/record/recorder.h"

struct HcspMatchLog {
  SimRecorder *recorder;
  double *row;  // one exact state
};

static void fill_info(SimLogInfo *info, const HcspRalliesOptions *options) {
  sim_log_info_default(info, options->model);
  snprintf(info->near, sizeof info->near, "%s", options->near->name);
  snprintf(info->far, sizeof info->far, "%s", options->far->name);
  sim_hash_hex(info->near_hash, options->near->hash);
  sim_hash_hex(info->far_hash, options->far->hash);
  snprintf(info->options, sizeof info->options, "%s;%s", options->near->options->name,
           options->far->options->name);
  snprintf(info->rules, sizeof info->rules, "%s", options->rules->name);
  info->seed = options->seed;
  info->skills = POL_SLOTS;
  for (int s = 0; s < POL_SLOTS; s++) {
    snprintf(info->skill[s], sizeof info->skill[s], "%s", pol_slot_name((PolSlot)s));
  }
}

HcspMatchLog *hcsp_match_log_create(const char *folder, const HcspRalliesOptions *options,
                                    SimError *err) {
  HcspMatchLog *log = calloc(1, sizeof *log);
  SimLogInfo *info = calloc(1, sizeof *info);
  const int size = sim_world_row_size(options->model);
  double *row = calloc((size_t)size, sizeof *row);
  if (!log || !info || !row) {
    sim_error(err, SIM_FAIL, "no memory for a match log");
  } else {
    fill_info(info, options);
    log->row = row;
    log->recorder = sim_recorder_create(folder, info, size, err);
  }
  free(info);
  if (!log || !log->recorder) {
    free(row);
    free(log);
    return NULL;
  }
  return log;
}

static SimStatus on_start(void *arg, int match, const PolPlay *play, SimError *err) {
  HcspMatchLog *log = arg;
  sim_batch_save(pol_play_batch(play), match, log->row);
  return sim_recorder_begin(log->recorder, pol_play_state(play, match), log->row, err);
}

static SimStatus on_step(void *arg, int match, const PolPlay *play, SimError *err) {
  HcspMatchLog *log = arg;
  const PolDrive *drive = pol_play_drive(play, match);
  const SimState *state = pol_play_state(play, match);
  SimRecordStep step = {.decisions = drive->decisions};
  memcpy(step.action, drive->action, sizeof step.action);
  memcpy(step.skill, drive->slot, sizeof step.skill);
  memcpy(step.goal, drive->goal, sizeof step.goal);
  memcpy(step.flight, drive->flight, sizeof step.flight);
  for (int i = 0; i < drive->decisions; i++) {
    step.decision[i].team = drive->decision[i].team;
    memcpy(step.decision[i].option, drive->decision[i].option, sizeof step.decision[i].option);
  }
  const bool wants_row = sim_recorder_wants_row(state);
  if (wants_row) {
    sim_batch_save(pol_play_batch(play), match, log->row);
  }
  return sim_recorder_step(log->recorder, state, &step, wants_row ? log->row : NULL, err);
}

HcspWatcher hcsp_match_log_watcher(HcspMatchLog *log) {
  return (HcspWatcher){.arg = log, .start = on_start, .step = on_step};
}

SimStatus hcsp_match_log_finish(HcspMatchLog *log, SimError *err) {
  const SimStatus status = sim_recorder_finish(log->recorder, err);
  sim_recorder_destroy(log->recorder);
  free(log->row);
  free(log);
  return status;
}
