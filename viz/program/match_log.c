#include "viz/program/match_log.h"

#include "hcsp/eval/log_match.h"

static void *open(const char *folder, const VizMatch *match, SimError *err) {
  const EvalRalliesOptions options = {.model = match->model,
                                      .near = match->team[SIM_NEAR],
                                      .far = match->team[SIM_FAR],
                                      .rules = match->rules,
                                      .seed = match->seed,
                                      .person = {match->person[SIM_NEAR], match->person[SIM_FAR]}};
  return eval_match_log_create(folder, &options, err);
}

static SimStatus start(void *log, const PolPlay *play, SimError *err) {
  const EvalWatcher watcher = eval_match_log_watcher(log);
  return watcher.start(watcher.arg, 0, play, err);
}

static SimStatus step(void *log, const PolPlay *play, SimError *err) {
  const EvalWatcher watcher = eval_match_log_watcher(log);
  return watcher.step(watcher.arg, 0, play, err);
}

static SimStatus close(void *log, SimError *err) {
  return eval_match_log_finish(log, err);
}

const VizLogKind *viz_match_log(void) {
  static const VizLogKind KIND = {open, start, step, close};
  return &KIND;
}
