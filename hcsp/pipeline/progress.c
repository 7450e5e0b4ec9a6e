// The estimate has two sources: the pace of a training since this process began it, once that says
// something, and the costs before and for everything else.
#include "hcsp/pipeline/progress.h"

#include <assert.h>
#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/run/folder.h"
#include "sim/base/log.h"

#define STAGE_SECONDS 0.3   // s, to start a program and to store what it made
#define PACE_SHARE 0.03     // what must be done before the pace counts,
#define PACE_SECONDS 4.0    //   and for how long it must have run
#define REDRAW_SECONDS 0.5  // terminal
#define TELL_SECONDS 30.0   // elsewhere

// ---- how far a training is

// the number behind "step" in the last whole line
static double last_step(const char *run) {
  json_t *line = run_last_metrics(run);
  const double step = json_number_value(json_object_get(line, "step"));
  json_decref(line);
  return step;
}

double pipeline_progress_share(const char *folder, double decisions) {
  char inner[SIM_PATH_MAX];
  double sum = last_step(folder);
  // Stage I is a folder of runs
  DIR *dir = sum > 0 ? NULL : opendir(folder);
  for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
    if (e->d_name[0] != '.' && sim_path_join(inner, folder, e->d_name, NULL) == SIM_OK) {
      sum += last_step(inner);
    }
  }
  if (dir) {
    closedir(dir);
  }
  return decisions > 0 ? fmin(1, sum / decisions) : 0;
}

// of the stage that runs, 0 where nothing tells
static double share_now(const PipelineProgress *p) {
  char path[SIM_PATH_MAX];
  const int trained = pipeline_stage_trained(p->stage);
  return trained >= 0 &&
                 sim_path_join(path, p->folder, pipeline_stage(p->stage)->folder, NULL) == SIM_OK
             ? pipeline_progress_share(path, p->work[trained])
             : 0;
}

// ---- how long it takes

void pipeline_progress_open(PipelineProgress *p, const char *folder, const PipelineOrder *order) {
  assert(order->threads >= 1);
  *p = (PipelineProgress){0};
  snprintf(p->folder, sizeof p->folder, "%s", folder);
  for (int s = 0; s < PIPELINE_STAGES; s++) {
    const double cost = pipeline_stage_cost((PipelineStageId)s, order->settings);
    p->predicted[s] = cost / order->threads + STAGE_SECONDS;
  }
  memcpy(p->work, order->settings->work, sizeof p->work);
}

double pipeline_progress_left(double *all, PipelineProgress *p, double share, double now) {
  assert(p->stage < PIPELINE_STAGES && share >= 0 && share <= 1);
  const double scale = p->predicted_for > 0 ? p->took / p->predicted_for : 1;
  double mine = (1 - p->begun_share) * p->predicted[p->stage] * scale - (now - p->begun);
  double others = 0;
  if (share > p->moved_share) {
    p->moved = now;
    p->moved_share = share;
  }
  // the pace of the last news, less what has passed since
  const double since = p->moved_share - p->begun_share, seconds = p->moved - p->begun;
  if (since > PACE_SHARE && seconds > PACE_SECONDS) {
    mine = seconds * (1 - p->moved_share) / since - (now - p->moved);
  }
  for (int s = 0; s < PIPELINE_STAGES; s++) {
    others += p->over[s] || s == (int)p->stage ? 0 : p->predicted[s];
  }
  mine = fmax(mine, 0);
  *all = mine + others * scale;
  return mine;
}

// ---- showing

static bool on_terminal(void) {
  const char *term = getenv("TERM");
  return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

static void clear_line(void) {
  if (on_terminal()) {
    fprintf(stderr, "\r\033[K");
  }
}

static void show(PipelineProgress *p, double now) {
  char line[256], left[48] = "longer than expected", all[32], rest[64] = "", done[16] = "";
  const double share = share_now(p);
  double seconds_all;
  const double seconds = pipeline_progress_left(&seconds_all, p, share, now);
  if (seconds > 0) {
    sim_format_duration(all, seconds);
    snprintf(left, sizeof left, "%s left", all);
  }
  // nobody knows how much longer than expected
  if (seconds_all > 0) {
    sim_format_duration(all, seconds_all);
    snprintf(rest, sizeof rest, "; all stages %s left", all);
  }
  // what is trained is measured and stored before the stage is over
  if (pipeline_stage_trained(p->stage) >= 0) {
    snprintf(done, sizeof done, " %d %%,", share < 1 ? (int)(100 * share) : 99);
  }
  snprintf(line, sizeof line, "%d/%d %s:%s %s%s", p->number, PIPELINE_STAGES,
           pipeline_stage(p->stage)->title, done, left, rest);
  if (on_terminal()) {
    fprintf(stderr, "\r\033[K%.100s", line);
    fflush(stderr);
  } else {
    sim_log(SIM_LOG_INFO, "%s", line);
  }
  p->shown = now;
}

void pipeline_progress_begin(PipelineProgress *p, PipelineStageId stage, bool todo) {
  assert(stage < PIPELINE_STAGES && p->number < PIPELINE_STAGES);
  p->stage = stage;
  p->number++;
  p->todo = todo;
  p->begun = sim_time_wall();
  p->moved = p->begun;
  p->begun_share = p->moved_share = share_now(p);
  if (todo) {
    show(p, p->begun);
  }
}

void pipeline_progress_tick(void *arg) {
  PipelineProgress *p = arg;
  const double now = sim_time_wall();
  if (now - p->shown >= (on_terminal() ? REDRAW_SECONDS : TELL_SECONDS)) {
    show(p, now);
  }
}

void pipeline_progress_end(PipelineProgress *p, bool made, double seconds) {
  char took[32], all[32];
  double left = 0;
  clear_line();
  if (!made) {
    return;
  }
  p->over[p->stage] = true;
  p->took += seconds;
  p->predicted_for += p->predicted[p->stage];
  assert(p->predicted_for > 0);
  for (int s = 0; s < PIPELINE_STAGES; s++) {
    left += p->over[s] ? 0 : p->predicted[s] * p->took / p->predicted_for;
  }
  sim_format_duration(took, seconds);
  sim_format_duration(all, left);
  sim_log(SIM_LOG_INFO, "%d/%d %s: %s, %s; all stages %s left", p->number, PIPELINE_STAGES,
          pipeline_stage(p->stage)->title, p->todo ? "done" : "done before, whole", took, all);
}
