// Frames of a log. A rally is replayed once, from its first state with the recorded actions, when
// it is selected (3000 steps take about 50 ms); every row is compared with what the log says. Where
// this build does not reproduce a log, the recorded rows are shown instead, the referee judges them
// anew, and the window says so.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/replay.h"
#include "sim/record/rows.h"
#include "sim/vec.h"
#include "viz/source_internal.h"

// positions beyond this are no volleyball and would only blind the camera
#define FAR_AWAY 1000.0

// Walks along the decisions of a rally.
typedef struct Walk {
  VizRally *out;
  const PolTeam *const *team;  // [SIM_TEAMS], NULL where not known
  const VizInfo *info;
  int decision;
  PolMemory memory[SIM_TEAMS];
} Walk;

// in the order of the team's table; that of a table of roles where none is known
static void take_decision(uint8_t option[POL_HEADS_MAX], const SimRally *rally, int decision,
                          const PolOptions *options) {
  memset(option, POL_NOT_ASKED, POL_HEADS_MAX);
  for (int i = 0; i < SIM_LOG_HEADS; i++) {
    for (int head = 0; options && head < options->heads; head++) {
      if (strcmp(options->head[head], sim_log_head(i)) == 0) {
        option[head] = sim_rally_option(rally, decision, i);
      }
    }
    if (!options && i < SIM_LOG_HEADS_SPLIT) {
      option[i] = sim_rally_option(rally, decision, i);
    }
  }
}

static void take_options(VizFrame *frame, const SimRally *rally, int row, Walk *walk) {
  assert(row > 0 && row <= rally->info.steps);
  while (walk->decision < rally->n[SIM_ROWS_DECISION] &&
         rally->strategy_step[walk->decision] < row) {
    const int d = walk->decision++, team = rally->strategy_team[d];
    if (team < SIM_TEAMS) {
      VizChoice choice;
      take_decision(frame->option[team], rally, d, walk->info->options[team]);
      const int policy = rally->strategy_policy[d];
      const char *who =
          policy < walk->info->strategies[team] ? walk->info->strategy[team][policy] : "";
      const bool person = strcmp(who, VIZ_PERSON) == 0;
      viz__choice_again(&choice, &walk->memory[team], person ? NULL : walk->team[team],
                        (SimTeam)team, frame->option[team], &frame[-1].state);
      viz__candidates_find(&choice.candidates, walk->info->options[team], &frame[-1].state,
                           (SimTeam)team);
      if (who[0]) {
        snprintf(choice.strategy, sizeof choice.strategy, "%s", who);
      }
      viz_rally_choose(walk->out, frame, (SimTeam)team, &choice);
    }
  }
}

// what drove the step to row
static void take_drive(VizFrame *frame, const VizFrame *before, const SimRally *rally, int row,
                       Walk *walk) {
  if (row == 0) {
    return;
  }
  memcpy(frame->action, rally->action[row - 1], sizeof frame->action);
  memcpy(frame->skill, rally->skill[row - 1], sizeof frame->skill);
  memcpy(frame->goal, rally->goal[row - 1], sizeof frame->goal);
  memcpy(frame->flight, rally->flight[row - 1], sizeof frame->flight);
  memcpy(frame->option, before->option, sizeof frame->option);
  memcpy(frame->choice, before->choice, sizeof frame->choice);
  take_options(frame, rally, row, walk);
}

// whether a state is, as float32, the logged row; `one` has room for a row
static bool same_row(SimRally *one, const SimState *state, const SimRally *rally, int row) {
  assert(row >= 0 && row < rally->n[SIM_ROWS_STATE]);
  sim_rally_set_row(one, 0, state);
  for (int c = 0; c < SIM_COLUMNS; c++) {
    const SimColumn column = (SimColumn)c;
    if (sim_column(column)->rows == SIM_ROWS_STATE && column != SIM_COLUMN_time) {
      const size_t size = sim_column_row_size(column, rally);
      const char *logged = (const char *)sim_column_data(rally, column) + (size_t)row * size;
      if (memcmp(sim_column_data(one, column), logged, size) != 0) {
        return false;
      }
    }
  }
  return true;
}

// SIM_BAD_INPUT with the place when a row comes out different
static SimStatus fill_replayed(Walk *walk, SimReplay *replay, const SimModel *model,
                               const SimRally *rally, SimRally *one, SimError *err) {
  VizRally *out = walk->out;
  for (int row = 0; row <= rally->info.steps; row++) {
    const SimStatus status = sim_replay_seek(replay, row, err);
    if (status != SIM_OK) {
      return status;
    }
    if (!same_row(one, sim_replay_state(replay), rally, row)) {
      return sim_error(err, SIM_BAD_INPUT, "rally %lld: the replay differs from the log at step %d",
                       (long long)rally->info.rally, row);
    }
    double *exact;
    VizFrame *frame = viz_rally_next(out, &exact);
    frame->state = *sim_replay_state(replay);
    sim_world_save(exact, &frame->state, sim_replay_data(replay), model);
    take_drive(frame, frame - 1, rally, row, walk);
    viz_rally_counted(out);
  }
  return SIM_OK;
}

static VizRally *replayed(const VizSource *source, const SimLogInfo *info, const SimRally *rally,
                          int number, SimError *err) {
  const SimModel *model = source->model;
  SimReplay *replay = sim_replay_create(model, info, rally, false, err);
  if (!replay) {
    return NULL;
  }
  SimRally one = {.state_size = 0};
  VizRally *out = viz_rally_create(number, rally->info.steps + 1, sim_world_row_size(model));
  SimStatus status =
      out ? sim_rally_reserve(&one, SIM_ROWS_STATE, 1, err)
          : sim_error(err, SIM_FAIL, "no memory for a rally of %d steps", rally->info.steps);
  if (status == SIM_OK) {
    Walk walk = {.out = out, .team = (const PolTeam *const *)source->team, .info = &source->info};
    status = fill_replayed(&walk, replay, model, rally, &one, err);
  }
  sim_rally_free(&one);
  sim_replay_destroy(replay);
  if (status != SIM_OK) {
    viz_rally_destroy(out);
    return NULL;
  }
  return out;
}

// ---- rows as they were recorded

static bool to_double(double *out, const float *in, int n, double limit) {
  for (int i = 0; i < n; i++) {
    out[i] = (double)in[i];
    if (!(fabs(out[i]) <= limit)) {
      return false;
    }
  }
  return true;
}

// false when a number is not finite or out of this world
static bool take_view(SimView *view, const SimRally *rally, int row) {
  assert(row >= 0 && row < rally->n[SIM_ROWS_STATE]);
  bool ok = to_double(view->ball_pos, rally->ball_pos[row], 3, FAR_AWAY) &&
            to_double(view->ball_vel, rally->ball_vel[row], 3, FAR_AWAY);
  view->roster = SIM_ALL_DRONES;
  for (int i = 0; ok && i < SIM_DRONES; i++) {
    SimDrone *drone = &view->drone[i];
    ok = to_double(drone->pos, rally->pos[row][i], 3, FAR_AWAY) &&
         to_double(drone->vel, rally->vel[row][i], 3, FAR_AWAY) &&
         to_double(drone->quat, rally->quat[row][i], 4, 2) &&
         to_double(drone->angvel, rally->angvel[row][i], 3, FAR_AWAY) &&
         to_double(drone->rotor, rally->rotor[row][i], SIM_ROTORS, 2);
    quat_to_rot(drone->rot, drone->quat);
  }
  return ok;
}

// the referee judges the recorded rows; the log has the last word on the end
static void judge(VizFrame *frame, const VizFrame *before, const SimRally *rally, int row,
                  const SimRules *rules) {
  SimState *state = &frame->state;
  state->seed = rally->info.seed;
  state->rally = (uint32_t)rally->info.rally;
  if (row == 0) {
    sim_referee_reset(&state->referee, rally->info.server);
    memcpy(state->referee.ball_vel, state->view.ball_vel, sizeof state->referee.ball_vel);
    return;
  }
  state->referee = before->state.referee;
  state->referee.winner = SIM_PLAYING;
  sim_referee_step(&state->events, &state->referee, rules, &state->view, SIM_DT);
  const bool last = row == rally->info.steps;
  state->referee.winner = last ? rally->info.winner : SIM_PLAYING;
  state->referee.reason = rally->info.reason;
}

static VizRally *as_recorded(const VizSource *source, const SimRally *rally, const SimRules *rules,
                             int number, SimError *err) {
  VizRally *out = viz_rally_create(number, rally->info.steps + 1, 0);
  Walk walk = {.out = out, .team = (const PolTeam *const *)source->team, .info = &source->info};
  for (int row = 0; out && row <= rally->info.steps; row++) {
    VizFrame *frame = viz_rally_next(out, NULL);
    if (!take_view(&frame->state.view, rally, row)) {
      sim_error(err, SIM_BAD_INPUT, "rally %lld: row %d holds numbers that are no place on a court",
                (long long)rally->info.rally, row);
      viz_rally_destroy(out);
      return NULL;
    }
    judge(frame, frame - 1, rally, row, rules);
    take_drive(frame, frame - 1, rally, row, &walk);
    viz_rally_counted(out);
  }
  if (!out) {
    sim_error(err, SIM_FAIL, "no memory for a rally of %d steps", rally->info.steps);
  }
  return out;
}

// ---- selecting

static VizRally *make_rally(VizSource *source, const SimLogInfo *info, const SimRally *rally,
                            int number, SimError *err) {
  const SimRules *rules = sim_rules_find(info->rules);
  if (!rules || rally->info.steps > rules->steps_max) {
    sim_error(err, SIM_BAD_INPUT,
              "rally %lld: %d steps under rules \"%.20s\"; wanted at most 3000 "
              "under court or 1500 under paper",
              (long long)rally->info.rally, rally->info.steps, info->rules);
    return NULL;
  }
  SimError why = {0};
  VizRally *out = replayed(source, info, rally, number, &why);
  if (!out) {
    out = as_recorded(source, rally, rules, number, err);
    if (out) {
      snprintf(out->warning, sizeof out->warning, "shown as recorded: %.200s", why.text);
    }
  }
  return out;
}

// the shipped team that played, where it still is the same
static void find_team(VizSource *source, SimTeam side, const char *name, const char *hash) {
  char own[17];
  SimError why = {0};
  PolTeam *team = name[0] && !strpbrk(name, "/.") ? pol_team_load(name, &why) : NULL;
  if (team) {
    sim_hash_hex(own, team->hash);
  }
  if (team && strcmp(own, hash) != 0) {
    pol_team_destroy(team);
    team = NULL;
  }
  source->team[side] = team;
}

static void take_info(VizSource *source, const SimLogInfo *info) {
  VizInfo *out = &source->info;
  snprintf(out->team[SIM_NEAR], sizeof out->team[0], "%.63s", info->near);
  snprintf(out->team[SIM_FAR], sizeof out->team[0], "%.63s", info->far);
  out->seed = info->seed;
  out->rules = sim_rules_find(info->rules);
  out->skills = info->skills;
  memcpy(out->skill, info->skill, sizeof out->skill);
  find_team(source, SIM_NEAR, info->near, info->near_hash);
  find_team(source, SIM_FAR, info->far, info->far_hash);
  // tables that are not shipped here only cost their names
  char name[SIM_LOG_TEXT_MAX];
  snprintf(name, sizeof name, "%s", info->options);
  char *semicolon = strchr(name, ';');
  const char *of[SIM_TEAMS] = {name, semicolon ? semicolon + 1 : name};
  if (semicolon) {
    *semicolon = '\0';
  }
  for (int team = 0; team < SIM_TEAMS; team++) {
    if (source->team[team]) {
      viz__source_members(source, (SimTeam)team, source->team[team]);
    } else {
      out->strategies[team] = info->policies[team];
      memcpy(out->strategy[team], info->policy[team], sizeof out->strategy[team]);
    }
    const bool plain = of[team][0] != '\0' && !strchr(of[team], '/');
    source->options[team] = plain && !source->team[team] ? pol_options_load(of[team], NULL) : NULL;
    out->options[team] = source->team[team] ? source->team[team]->options : source->options[team];
  }
}

SimStatus viz_source_engine(SimModelOptions *options, SimLogInfo *info, const char *path,
                            SimError *err) {
  SimLog *log = sim_log_open(path, err);
  SimStatus status = log ? sim_log_info(info, log, 0, err) : err->status;
  status = status == SIM_OK ? sim_replay_engine(options, info, err) : status;
  sim_log_close(log);
  return status;
}

static void log_close(VizSource *source) {
  for (int team = 0; team < SIM_TEAMS; team++) {
    pol_options_destroy(source->options[team]);
  }
  sim_log_close(source->log);
}

static SimStatus log_look_up(VizSource *source, int rally, SimError *err) {
  SimRallyInfo info;
  const SimStatus status = sim_log_read_info(&info, source->log, rally, err);
  const VizResult result = {
      .number = info.rally, .winner = info.winner, .reason = info.reason, .steps = info.steps};
  return status == SIM_OK ? viz__source_result(source, rally, &result, err) : status;
}

// results of the rallies before `rallies`, for the score
static SimStatus log_results(VizSource *source, int rallies, SimError *err) {
  for (int i = 0; i < rallies; i++) {
    const bool known = i < source->results && source->result[i].winner != SIM_PLAYING;
    const SimStatus status = known ? SIM_OK : log_look_up(source, i, err);
    if (status != SIM_OK) {
      return status;
    }
  }
  return SIM_OK;
}

static SimStatus log_read(SimRally *out, SimLogInfo *info, VizSource *source, int rally,
                          SimError *err) {
  const SimStatus status = sim_log_read(out, source->log, rally, err);
  return status == SIM_OK
             ? sim_log_info(info, source->log, sim_log_shard_of(source->log, rally), err)
             : status;
}

static SimStatus log_select(VizSource *source, int rally, SimError *err) {
  if (rally >= source->info.rallies) {
    return sim_error(err, SIM_USAGE, "rally %d; the log has rallies 0 to %d", rally,
                     source->info.rallies - 1);
  }
  SimRally logged = {.state_size = 0};
  SimLogInfo info;
  SimStatus status = log_results(source, rally, err);
  status = status == SIM_OK ? log_read(&logged, &info, source, rally, err) : status;
  VizRally *made = status == SIM_OK ? make_rally(source, &info, &logged, rally, err) : NULL;
  sim_rally_free(&logged);
  if (!made) {
    return status == SIM_OK ? err->status : status;
  }
  viz__source_show(source, made);
  return SIM_OK;
}

// ---- opening

static int log_find(VizSource *source, int64_t number, SimError *err) {
  return sim_log_find(source->log, number, err);
}

static const VizSourceKind LOG = {log_select, log_find, log_close, log_read, log_look_up};

VizSource *viz_source_open_log(const SimModel *model, const char *path, SimError *err) {
  SimLogInfo info;
  VizSource *source = viz__source_create(&LOG, model, err);
  if (!source) {
    return NULL;
  }
  source->log = sim_log_open(path, err);
  if (!source->log || sim_log_info(&info, source->log, 0, err) != SIM_OK) {
    viz_source_close(source);
    return NULL;
  }
  take_info(source, &info);
  source->info.rallies = sim_log_rallies(source->log);
  return source;
}
