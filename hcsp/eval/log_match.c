// Copies what a step of the players says (policies/play.h) into what the recorder wants
// (sim/record/recorder.h), which does not know policies.
#include "hcsp/eval/log_match.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/record/recorder.h"

struct EvalMatchLog {
  SimRecorder *recorder;
  double *row;  // one exact state
  const PolTeam *team[SIM_TEAMS];
  float *scratch;  // of the largest network that decides
};

_Static_assert((int)SIM_NOT_ASKED == (int)POL_NOT_ASKED, "options are logged as they are");
_Static_assert((int)POL_SLOTS <= (int)SIM_SKILL_NAMES_MAX, "every slot has a name in the log");
_Static_assert((int)POL_OPTIONS_MAX <= (int)SIM_LOG_OPTIONS_MAX, "and every option");

// where the log keeps a head
static int log_head(const PolOptions *options, int head) {
  for (int i = 0; i < SIM_LOG_HEADS; i++) {
    if (strcmp(options->head[head], sim_log_head(i)) == 0) {
      return i;
    }
  }
  assert(false);
  return 0;
}

static void fill_team(SimLogInfo *info, const PolTeam *team, bool person, SimTeam side) {
  for (int head = 0; head < team->options->heads && !team->flat; head++) {
    const int at = log_head(team->options, head);
    info->options_of[side][at] = team->options->n[head];
    for (int i = 0; i < team->options->n[head]; i++) {
      snprintf(info->option[side][at][i], sizeof info->option[side][at][i], "%s",
               team->options->option[head][i].name);
    }
  }
  while (info->policies[side] < team->strategies && info->policies[side] < SIM_LOG_POLICIES_MAX) {
    const int i = info->policies[side]++;
    snprintf(info->policy[side][i], sizeof info->policy[side][i], "%s", team->strategy[i].name);
  }
  if (person && info->policies[side] < SIM_LOG_POLICIES_MAX) {
    const int i = info->policies[side]++;
    snprintf(info->policy[side][i], sizeof info->policy[side][i], "person");
  }
}

static void fill_info(SimLogInfo *info, const EvalRalliesOptions *options) {
  sim_log_info_default(info, options->model);
  snprintf(info->near, sizeof info->near, "%s",
           options->person[SIM_NEAR] ? "human" : options->near->name);
  snprintf(info->far, sizeof info->far, "%s",
           options->person[SIM_FAR] ? "human" : options->far->name);
  sim_hash_hex(info->near_hash, options->near->hash);
  sim_hash_hex(info->far_hash, options->far->hash);
  snprintf(info->options, sizeof info->options, "%s;%s", options->near->options->name,
           options->far->options->name);
  snprintf(info->rules, sizeof info->rules, "%s", options->rules->name);
  fill_team(info, options->near, options->person[SIM_NEAR], SIM_NEAR);
  fill_team(info, options->far, options->person[SIM_FAR], SIM_FAR);
  info->seed = options->seed;
  info->skills = POL_SLOTS;
  for (int s = 0; s < POL_SLOTS; s++) {
    snprintf(info->skill[s], sizeof info->skill[s], "%s", pol_slot_name((PolSlot)s));
  }
}

// Floats that any strategy of the teams wants to work in.
static size_t scratch_size(const EvalMatchLog *log) {
  size_t size = 1;
  for (int side = 0; side < SIM_TEAMS; side++) {
    for (int i = 0; i < log->team[side]->strategies; i++) {
      const PolStrategy *strategy = &log->team[side]->strategy[i];
      const size_t wanted =
          strategy->kind == POL_STRATEGY_NET ? (size_t)pol_net_scratch(strategy->file->net) : 0;
      size = wanted > size ? wanted : size;
    }
  }
  return size;
}

static void free_log(EvalMatchLog *log) {
  if (log) {
    free(log->scratch);
    free(log->row);
    free(log);
  }
}

EvalMatchLog *eval_match_log_create(const char *folder, const EvalRalliesOptions *options,
                                    SimError *err) {
  EvalMatchLog *log = sim_new(1, sizeof *log);
  SimLogInfo *info = sim_new(1, sizeof *info);
  const int size = sim_world_row_size(options->model);
  log->team[SIM_NEAR] = options->near;
  log->team[SIM_FAR] = options->far;
  log->row = sim_new((size_t)size, sizeof *log->row);
  log->scratch = sim_new(scratch_size(log), sizeof *log->scratch);
  fill_info(info, options);
  log->recorder = sim_recorder_create(folder, info, size, err);
  free(info);
  if (!log->recorder) {
    free_log(log);
    return NULL;
  }
  return log;
}

static SimStatus on_start(void *arg, int match, const PolPlay *play, SimError *err) {
  EvalMatchLog *log = arg;
  sim_batch_save(pol_play_batch(play), match, log->row);
  return sim_recorder_begin(log->recorder, pol_play_state(play, match), log->row, err);
}

// Who decided, what, and how likely a strategy was to choose that.
static void take_decision(SimRecordDecision *out, EvalMatchLog *log, const SimState *state,
                          const PolDecision *decision) {
  const PolTeam *team = log->team[decision->team];
  const int member = pol_team_member(team, state->seed, state->rally, decision->team);
  float p[POL_HEADS_MAX][POL_OPTIONS_MAX];
  const bool known =
      !decision->person &&
      pol_strategy_probabilities(p, &team->strategy[member], team->options, decision, log->scratch);
  *out = (SimRecordDecision){.team = decision->team,
                             .policy = (uint8_t)(decision->person ? team->strategies : member)};
  for (int i = 0; i < SIM_RECORD_HEADS; i++) {
    out->option[i] = SIM_NOT_ASKED;
    out->probability[i] = (float)NAN;
  }
  for (int head = 0; head < team->options->heads; head++) {
    const int at = log_head(team->options, head);
    const uint8_t option = decision->option[head];
    assert(option == POL_NOT_ASKED || option < team->options->n[head]);
    out->option[at] = option;
    out->probability[at] = known && option != POL_NOT_ASKED ? p[head][option] : (float)NAN;
  }
}

static SimStatus on_step(void *arg, int match, const PolPlay *play, SimError *err) {
  EvalMatchLog *log = arg;
  const PolDrive *drive = pol_play_drive(play, match);
  const SimState *state = pol_play_state(play, match);
  SimRecordStep step = {.decisions = drive->decisions};
  assert(drive->decisions >= 0 && drive->decisions <= SIM_TEAMS);
  _Static_assert(sizeof step.action == sizeof drive->action &&
                     sizeof step.goal == sizeof drive->goal,
                 "copied as they are");
  const float(*applied)[SIM_ROTORS] = sim_batch_applied(pol_play_batch(play), match);
  memcpy(step.action, applied ? applied : (const float(*)[SIM_ROTORS])drive->action,
         sizeof step.action);
  memcpy(step.skill, drive->slot, sizeof step.skill);
  memcpy(step.goal, drive->goal, sizeof step.goal);
  memcpy(step.flight, drive->flight, sizeof step.flight);
  memcpy(step.apex, drive->apex, sizeof step.apex);
  memcpy(step.strike_z, drive->strike_z, sizeof step.strike_z);
  for (int i = 0; i < drive->decisions; i++) {
    take_decision(&step.decision[i], log, state, &drive->decision[i]);
  }
  const bool wants_row = sim_recorder_wants_row(state);
  if (wants_row) {
    sim_batch_save(pol_play_batch(play), match, log->row);
  }
  return sim_recorder_step(log->recorder, state, &step, wants_row ? log->row : NULL, err);
}

EvalWatcher eval_match_log_watcher(EvalMatchLog *log) {
  return (EvalWatcher){.arg = log, .start = on_start, .step = on_step};
}

SimStatus eval_match_log_finish(EvalMatchLog *log, SimError *err) {
  const SimStatus status = sim_recorder_finish(log->recorder, err);
  sim_recorder_destroy(log->recorder);
  free_log(log);
  return status;
}

SimStatus eval_rallies_play_logged(EvalRally *result, int *played,
                                   const EvalRalliesOptions *options, const char *folder,
                                   SimError *err) {
  EvalRalliesOptions logged = *options;
  *played = 0;
  if (!folder) {
    return eval_rallies_play(result, played, options, err);
  }
  EvalMatchLog *log = eval_match_log_create(folder, options, err);
  SIM_TRY(log ? SIM_OK : err->status);
  const EvalWatcher watcher = eval_match_log_watcher(log);
  logged.watcher = &watcher;
  const SimStatus status = eval_rallies_play(result, played, &logged, err);
  const SimStatus closed = eval_match_log_finish(log, status == SIM_OK ? err : NULL);
  return status == SIM_OK ? closed : status;
}
