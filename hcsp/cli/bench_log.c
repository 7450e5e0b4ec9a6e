// Log: CPU time spent in the recorder (copies, shards, verification) against that of the match
// itself, both measured in the same run by clocks around the recorder's calls. The difference of
// two whole runs would drown in noise: the log costs less than a neighbour on the machine. Learned
// teams play four times as fast as the rules of the classical one, so the log's share is larger.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/cli/bench.h"
#include "hcsp/cli/cli.h"
#include "hcsp/eval/log_match.h"
#include "sim/base/file.h"
#include "sim/base/log.h"

enum { RALLIES = 512, REPETITIONS = 3 };  // long enough that memory is used again

typedef struct Play {
  EvalRalliesOptions options;
  EvalRally result[RALLIES];
  int steps;
} Play;

// a watcher that times another one
typedef struct Timer {
  EvalWatcher inner;
  double seconds;
  int calls;
} Timer;

static SimStatus timed(Timer *timer, EvalWatchFn *fn, int match, const PolPlay *play,
                       SimError *err) {
  const double start = sim_time_thread();
  const SimStatus status = fn(timer->inner.arg, match, play, err);
  timer->seconds += sim_time_thread() - start;
  timer->calls++;
  return status;
}

static SimStatus timed_start(void *arg, int match, const PolPlay *play, SimError *err) {
  Timer *timer = arg;
  return timed(timer, timer->inner.start, match, play, err);
}

static SimStatus timed_step(void *arg, int match, const PolPlay *play, SimError *err) {
  Timer *timer = arg;
  return timed(timer, timer->inner.step, match, play, err);
}

static SimStatus nothing(void *arg, int match, const PolPlay *play, SimError *err) {
  (void)arg;
  (void)match;
  (void)play;
  (void)err;
  return SIM_OK;
}

// CPU seconds of timing one call: all of it, and what the timer takes for the call's
static void time_clock(double *all, double *part) {
  enum { CALLS = 100000 };
  Timer timer = {.inner = {.step = nothing}};
  SimError err = {0};
  const double start = sim_time_thread();
  for (int i = 0; i < CALLS; i++) {
    timed(&timer, nothing, 0, NULL, &err);
  }
  *all = (sim_time_thread() - start) / CALLS;
  *part = timer.seconds / CALLS;
}

// CPU seconds of one logged run: the match, and the log
static SimStatus time_play(double *match, double *part, Play *play, const char *folder,
                           SimError *err) {
  int played;
  double clock_all, clock_part;
  time_clock(&clock_all, &clock_part);
  const double start = sim_time_cpu();
  EvalMatchLog *log = eval_match_log_create(folder, &play->options, err);
  SIM_TRY(log ? SIM_OK : err->status);
  Timer timer = {.inner = eval_match_log_watcher(log)};
  const EvalWatcher watcher = {.arg = &timer, .start = timed_start, .step = timed_step};
  play->options.watcher = &watcher;
  SimStatus status = eval_rallies_play(play->result, &played, &play->options, err);
  const double finish = sim_time_thread();
  const SimStatus closed = eval_match_log_finish(log, status == SIM_OK ? err : NULL);
  const double seen = timer.seconds + sim_time_thread() - finish;
  *match = sim_time_cpu() - start - seen - timer.calls * (clock_all - clock_part);
  *part = seen - timer.calls * clock_part;
  play->steps = 0;
  for (int i = 0; i < played; i++) {
    play->steps += play->result[i].steps;
  }
  return status == SIM_OK ? closed : status;
}

// names: of the play's figure, the log's and their ratio
static SimStatus measure(CliBenchReport *report, Play *play, const char *const names[3],
                         const char *folder, SimError *err) {
  double match[REPETITIONS], log[REPETITIONS], share[REPETITIONS];
  for (int i = 0; i < REPETITIONS; i++) {
    SIM_TRY(time_play(&match[i], &log[i], play, folder, err));
    SIM_TRY(sim_file_remove_folder(folder, err));
    share[i] = log[i] / match[i];
  }
  const double per_step = 1e6 / play->steps;
  cli_bench_add(report, names[0], per_step * cli_median(match, REPETITIONS),
                "us CPU per control step, without the log");
  cli_bench_add(report, names[1], per_step * cli_median(log, REPETITIONS),
                "us CPU per control step, recording, writing and verifying");
  cli_bench_add(report, names[2], cli_median(share, REPETITIONS),
                "CPU time of the log / of the play");
  return SIM_OK;
}

static SimStatus measure_team(CliBenchReport *report, const char *team, const char *const names[3],
                              const char *folder, SimError *err) {
  char log[SIM_PATH_MAX];
  CliMatchup matchup;
  SIM_TRY(cli_matchup_open(&matchup, team, team, SIM_PHYSICS_MUJOCO, NULL, err));
  Play *play = sim_new(1, sizeof *play);
  play->options = (EvalRalliesOptions){.model = matchup.model,
                                       .near = matchup.near,
                                       .far = matchup.far,
                                       .rules = sim_rules_find("court"),
                                       .seed = 1,
                                       .rallies = RALLIES,
                                       .threads = 1};
  SimStatus status = sim_path_join(log, folder, "match", err);
  status = status == SIM_OK ? measure(report, play, names, log, err) : status;
  free(play);
  cli_matchup_close(&matchup);
  return status;
}

SimStatus cli_bench_log(CliBenchReport *report, SimError *err) {
  static const char *const learned[] = {"learned_play_us", "learned_log_us", "learned_share"};
  static const char *const rules[] = {"classical_play_us", "classical_log_us", "classical_share"};
  char folder[] = "/tmp/hcsp-bench-XXXXXX";
  if (!mkdtemp(folder)) {
    return sim_error_errno(err, "%s: cannot be made", folder);
  }
  SimStatus status = measure_team(report, "stage3_court", learned, folder, err);
  status = status == SIM_OK ? measure_team(report, "classical", rules, folder, err) : status;
  sim_file_remove_folder(folder, NULL);
  return status;
}
