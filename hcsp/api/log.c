// Match logs for other programs: one rally at a time as plain columns.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/api/internal.h"
#include "hcsp/eval/log_observe.h"
#include "sim/record/reader.h"
#include "sim/record/replay.h"

struct HcspLog {
  SimLog *log;
  SimLogInfo top;
  HcspLogInfo info;
  SimRally rally;  // that was read last
  HcspRallyInfo rally_info;
  SimModel *model;  // to replay with, once it has been asked for
  SimObservations obs;
  int shard;  // that `top` is of
};

static void describe(HcspLog *log) {
  const SimLogInfo *top = &log->top;
  log->info = (HcspLogInfo){.near_team = top->near,
                            .far_team = top->far,
                            .rules = top->rules,
                            .world = top->world,
                            .generator = top->generator,
                            .rallies = sim_log_rallies(log->log),
                            .seed = top->seed,
                            .seconds = top->dt};
}

HcspLog *hcsp_log_open(const char *path, HcspError *err) {
  SimError why = {0};
  HcspLog *log = sim_new(1, sizeof *log);
  if (!path) {
    sim_error(&why, SIM_USAGE, "log: saw no path, wanted a folder of a match log or a file of it");
  } else {
    log->log = sim_log_open(path, &why);
  }
  if (log->log && sim_log_shards(log->log) == 0) {
    sim_error(&why, SIM_BAD_INPUT, "%.256s: holds no rally", path);
  }
  if (why.status == SIM_OK && sim_log_info(&log->top, log->log, 0, &why) == SIM_OK) {
    describe(log);
  }
  api_status(err, &why);
  if (why.status != SIM_OK) {
    hcsp_log_close(log);
    return NULL;
  }
  return log;
}

void hcsp_log_close(HcspLog *log) {
  if (log) {
    sim_observations_free(&log->obs);
    sim_rally_free(&log->rally);
    sim_model_destroy(log->model);
    sim_log_close(log->log);
    free(log);
  }
}

const HcspLogInfo *hcsp_log_info(const HcspLog *log) {
  return &log->info;
}

static void describe_rally(HcspLog *log) {
  static const char *const WINNER[] = {"near", "far", "draw"};
  const SimRallyInfo *r = &log->rally.info;
  log->rally_info = (HcspRallyInfo){.rally = r->rally,
                                    .seed = r->seed,
                                    .server = r->server == SIM_NEAR ? "near" : "far",
                                    .winner = WINNER[r->winner == SIM_WIN_NEAR  ? 0
                                                     : r->winner == SIM_WIN_FAR ? 1
                                                                                : 2],
                                    .reason = sim_event_name(r->reason),
                                    .steps = r->steps,
                                    .hits = r->hits};
}

const HcspRallyInfo *hcsp_log_read(HcspLog *log, int i, HcspError *err) {
  SimError why = {0};
  if (api_check_range("rally", i, 0, sim_log_rallies(log->log) - 1, &why) == SIM_OK &&
      sim_log_read(&log->rally, log->log, i, &why) == SIM_OK) {
    const int shard = sim_log_shard_of(log->log, i);
    if (shard != log->shard && sim_log_info(&log->top, log->log, shard, &why) == SIM_OK) {
      log->shard = shard;
    }
    describe_rally(log);
  }
  return api_status(err, &why) == SIM_OK ? &log->rally_info : NULL;
}

int hcsp_log_column(HcspColumn *column, const HcspLog *log, int i) {
  if (i < 0 || i >= SIM_COLUMNS) {
    return HCSP_USAGE;
  }
  const SimColumnInfo *info = sim_column((SimColumn)i);
  *column = (HcspColumn){.table = sim_rows_table(info->rows),
                         .name = info->name,
                         .units = info->units,
                         .description = info->description,
                         .type = sim_number_name(info->number),
                         .rows = log->rally.n[info->rows],
                         .rank = info->rank,
                         .length = {info->length[0], info->length[1]},
                         .data = sim_column_data(&log->rally, (SimColumn)i)};
  if (i == SIM_COLUMN_state) {
    column->rank = 1;
    column->length[0] = log->rally.state_size;
  }
  return HCSP_OK;
}

// replays go with the world and the physics that the log names
static SimStatus need_model(HcspLog *log, SimError *err) {
  SimModelOptions options = sim_model_default();
  if (log->model) {
    return SIM_OK;
  }
  SIM_TRY(sim_replay_engine(&options, &log->top, err));
  log->model = sim_model_create(&options, err);
  return log->model ? SIM_OK : err->status;
}

static SimStatus observe(HcspLog *log, SimLayout layout, SimError *err) {
  EvalLogObserver observer = {.layout = layout};
  const SimTeamObserver team = {.arg = &observer, .observe = eval_log_observe};
  const bool wanted = eval_log_observer_wanted(layout);
  SimStatus status = need_model(log, err);
  if (status == SIM_OK && wanted) {
    status = eval_log_observer_create(&observer, &log->top, layout, err);
  }
  status = status ? status
                  : sim_observe_rally(&log->obs, log->model, &log->top, &log->rally, layout,
                                      wanted ? &team : NULL, err);
  eval_log_observer_destroy(&observer);
  return status;
}

const float *hcsp_log_observe(int shape[3], HcspLog *log, const char *layout, HcspError *err) {
  SimError why = {0};
  const int which = layout ? sim_obs_find(layout) : -1;
  if (which < 0) {
    sim_error(&why, SIM_USAGE, "layout: saw '%.64s', wanted one of sim/README.md 6",
              layout ? layout : "");
  } else if (log->rally.info.steps < 1) {
    sim_error(&why, SIM_USAGE, "observe: no rally was read yet");
  } else {
    observe(log, (SimLayout)which, &why);
  }
  if (api_status(err, &why) != SIM_OK) {
    return NULL;
  }
  shape[0] = log->obs.rows;
  shape[1] = log->obs.viewers;
  shape[2] = log->obs.size;
  return log->obs.value;
}
