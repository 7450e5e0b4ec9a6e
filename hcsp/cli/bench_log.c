// Log: CPU time of `hcsp play` with and without a match log, verification included, interleaved.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/cli/bench.h"
#include "hcsp/cli/cli.h"
#include "hcsp/eval/log_match.h"
#include "sim/base/file.h"
#include "sim/base/log.h"

enum { RALLIES = 128, REPETITIONS = 7 };

typedef struct Play {
  HcspRalliesOptions options;
  HcspRally result[RALLIES];
  int steps;
} Play;

// CPU seconds of one run; folder NULL: without a log
static SimStatus time_play(double *seconds, Play *play, const char *folder, SimError *err) {
  HcspMatchLog *log = NULL;
  HcspWatcher watcher;
  int played;
  const double start = sim_time_cpu();
  play->options.watcher = NULL;
  if (folder) {
    log = hcsp_match_log_create(folder, &play->options, err);
    if (!log) {
      return err->status;
    }
    watcher = hcsp_match_log_watcher(log);
    play->options.watcher = &watcher;
  }
  SimStatus status = hcsp_rallies_play(play->result, &played, &play->options, err);
  if (log) {
    const SimStatus closed = hcsp_match_log_finish(log, status == SIM_OK ? err : NULL);
    status = status == SIM_OK ? closed : status;
  }
  *seconds = sim_time_cpu() - start;
  play->steps = 0;
  for (int i = 0; i < played; i++) {
    play->steps += play->result[i].steps;
  }
  return status;
}

// removes the shards and the index of a log of ours
static void remove_log(const char *folder) {
  char path[SIM_PATH_MAX + 32];
  for (int shard = 0; shard <= RALLIES / 32; shard++) {
    snprintf(path, sizeof path, "%s/%05d.h5", folder, shard);
    unlink(path);
  }
  snprintf(path, sizeof path, "%s/index.jsonl", folder);
  unlink(path);
  rmdir(folder);
}

static SimStatus measure(HcspReport *report, Play *play, const char *folder, SimError *err) {
  double without[REPETITIONS], with[REPETITIONS], ratio[REPETITIONS];
  for (int i = 0; i < REPETITIONS; i++) {
    SimStatus status = time_play(&without[i], play, NULL, err);
    if (status == SIM_OK) {
      status = time_play(&with[i], play, folder, err);
      remove_log(folder);
    }
    if (status != SIM_OK) {
      return status;
    }
    ratio[i] = with[i] / without[i] - 1;
  }
  const double per_step = 1e6 / play->steps;
  hcsp_bench_add(report, "play_us", per_step * hcsp_median(without, REPETITIONS),
                 "us CPU per control step, classical against classical, no log");
  hcsp_bench_add(report, "play_logged_us", per_step * hcsp_median(with, REPETITIONS),
                 "us CPU per control step, logged and verified");
  hcsp_bench_add(report, "log_share", hcsp_median(ratio, REPETITIONS),
                 "CPU time of the log / of the play (at most 0.10)");
  return SIM_OK;
}

SimStatus hcsp_bench_log(HcspReport *report, SimError *err) {
  char folder[] = "/tmp/hcsp-bench-XXXXXX", log[sizeof folder + 8];
  HcspMatchup matchup;
  SimStatus status = hcsp_matchup_open(&matchup, "classical", "classical", err);
  if (status != SIM_OK) {
    return status;
  }
  Play *play = calloc(1, sizeof *play);
  if (!play || !mkdtemp(folder)) {
    status = sim_error_errno(err, "%s: cannot be made", folder);
  } else {
    play->options = (HcspRalliesOptions){.model = matchup.model,
                                         .near = matchup.near,
                                         .far = matchup.far,
                                         .rules = sim_rules_find("court"),
                                         .seed = 1,
                                         .rallies = RALLIES,
                                         .threads = 1};
    snprintf(log, sizeof log, "%s/match", folder);
    status = measure(report, play, log, err);
    rmdir(folder);
  }
  free(play);
  hcsp_matchup_close(&matchup);
  return status;
}
