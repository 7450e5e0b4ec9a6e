// One stage after the other, each a command in a process of its own. The manifest is the only
// memory: a run that goes on asks it what is done, and looks at the files.
#include "hcsp/pipeline/pipeline.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hcsp/pipeline/manifest.h"
#include "hcsp/pipeline/progress.h"
#include "hcsp/pipeline/report.h"
#include "hcsp/run/folder.h"
#include "hcsp/run/interrupt.h"
#include "sim/base/log.h"
#include "sim/base/shell.h"

enum { LOCK_SECONDS = 5 };

typedef struct Pipeline {
  const PipelineOptions *options;
  PipelineSettings *settings;
  PipelineOrder order;
  PipelineManifest manifest;
  PipelineProgress progress;
  int lock, log;
} Pipeline;

// ---- the folder

// Killed processes of this run may need a moment to go, and hold the lock until then: children
// inherit it.
static SimStatus take_lock(Pipeline *p, SimError *err) {
  char path[SIM_PATH_MAX];
  SimStatus status;
  SIM_TRY(sim_path_join(path, p->options->folder, "pipeline.lock", err));
  p->lock = open(path, O_RDWR | O_CREAT, 0666);
  if (p->lock < 0) {
    return sim_error_errno(err, "%s: cannot be opened", path);
  }
  const double begun = sim_time_wall();
  bool taken = false;
  while ((status = sim_file_lock(&taken, p->lock, path, err)) == SIM_OK && !taken) {
    if (sim_time_wall() - begun > LOCK_SECONDS) {
      return sim_error(err, SIM_BAD_INPUT,
                       "%s: saw another pipeline at work in this folder, wanted none",
                       p->options->folder);
    }
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
  }
  return status;
}

static SimStatus open_log(Pipeline *p, SimError *err) {
  char path[SIM_PATH_MAX];
  SIM_TRY(sim_path_join(path, p->options->folder, "pipeline.log", err));
  p->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  return p->log >= 0 ? SIM_OK : sim_error_errno(err, "%s: cannot be opened", path);
}

// what must be the same when the run goes on
static void arguments_of(char *out, size_t size, const PipelineOptions *o) {
  size_t used = (size_t)snprintf(out, size, "--preset %s --seed %llu",
                                 skills_preset_name(o->preset), (unsigned long long)o->seed);
  if (o->device) {
    used += (size_t)snprintf(out + used, size - used, " --device %s", o->device);
  }
  for (int i = 0; i < o->n_words && used < size; i++) {
    out[used++] = ' ';
    used += sim_shell_word(out + used, size - used, o->words[i]);
  }
}

// commands run in the run folder, where a relative HCSP_HOME would mean something else
static SimStatus fix_home(SimError *err) {
  const char *home = getenv("HCSP_HOME");
  char *absolute = home && home[0] ? realpath(home, NULL) : NULL;
  const bool well = !absolute || setenv("HCSP_HOME", absolute, 1) == 0;
  free(absolute);
  return well ? SIM_OK : sim_error(err, SIM_FAIL, "no memory for the environment");
}

// ---- one stage

// hash of all that a stage starts from
static void from_of(char out[17], const Pipeline *p, const PipelineStage *stage) {
  char text[PIPELINE_STAGES * 20] = "";
  size_t used = 0;
  for (int s = 0; s < PIPELINE_STAGES; s++) {
    if (stage->from & (1U << s)) {
      const char *made =
          pipeline_manifest_text(&p->manifest, pipeline_stage((PipelineStageId)s)->name, "made");
      used += (size_t)snprintf(text + used, sizeof text - used, "%.16s ", made);
    }
  }
  assert(used < sizeof text);
  sim_hash_hex(out, sim_hash(text, used));
}

static SimStatus advise(const Pipeline *p, const PipelineStage *stage, SimError *err) {
  assert(stage->folder && err->status != SIM_OK);
  char text[sizeof err->text];
  snprintf(text, sizeof text, "%s", err->text);
  return sim_error(err, err->status, "%.800s; put it back, or remove %.150s/%s to make it again",
                   text, p->options->folder, stage->folder);
}

// what it starts from must still be what it was when it was booked
static SimStatus check_sources(const Pipeline *p, const PipelineStage *stage, SimError *err) {
  for (int s = 0; s < PIPELINE_STAGES; s++) {
    const PipelineStage *source = pipeline_stage((PipelineStageId)s);
    bool gone;
    if ((stage->from & (1U << s)) &&
        pipeline_manifest_check(&gone, &p->manifest, source->name, err) != SIM_OK) {
      return source->folder ? advise(p, source, err) : err->status;
    }
  }
  return SIM_OK;
}

static SimStatus refuse_sources(const Pipeline *p, const PipelineStage *stage, SimError *err) {
  assert(stage->folder);
  return sim_error(err, SIM_BAD_INPUT,
                   "%s/%s: made from other files than the stages before it hold now; put those "
                   "back, or remove it to make it again",
                   p->options->folder, stage->folder);
}

static bool is_there(const Pipeline *p, const char *name) {
  char path[SIM_PATH_MAX];
  return sim_path_join(path, p->options->folder, name, NULL) == SIM_OK && access(path, F_OK) == 0;
}

// shipped files and the user's own that it was begun with; a figure is just measured again
static SimStatus check_inputs(bool *todo, const Pipeline *p, const PipelineStage *stage,
                              SimError *err) {
  SimError seen = {0};
  if (pipeline_manifest_check_inputs(&p->manifest, stage->name, &seen) == SIM_OK) {
    return SIM_OK;
  }
  *todo = true;
  if (!stage->kept) {
    return SIM_OK;
  }
  *err = seen;
  return advise(p, stage, err);
}

// a stage that is booked as done: is there something to do again?
static SimStatus look_at_done(bool *todo, const Pipeline *p, const PipelineStage *stage, bool same,
                              SimError *err) {
  bool gone;
  SimError seen = {0};
  const SimStatus status = pipeline_manifest_check(&gone, &p->manifest, stage->name, &seen);
  *todo = gone || (!stage->kept && (status != SIM_OK || !same));
  if (*todo) {
    return SIM_OK;
  }
  if (status == SIM_OK && same) {
    return check_inputs(todo, p, stage, err);
  }
  if (status == SIM_OK) {
    return refuse_sources(p, stage, err);
  }
  *err = seen;
  return advise(p, stage, err);
}

// whether there is something to do; refuses what is not as it was left
static SimStatus look_at(bool *todo, const Pipeline *p, const PipelineStage *stage,
                         const char *from, const char *command, SimError *err) {
  const PipelineManifest *m = &p->manifest;
  const bool same_from = strcmp(pipeline_manifest_text(m, stage->name, "from"), from) == 0;
  const bool same_command = strcmp(pipeline_manifest_text(m, stage->name, "command"), command) == 0;
  *todo = true;
  switch (pipeline_manifest_state(m, stage->name)) {
  case PIPELINE_STAGE_DONE:
    return look_at_done(todo, p, stage, same_from && (stage->kept || same_command), err);
  case PIPELINE_STAGE_BEGUN:
    if (!stage->resumes || !is_there(p, stage->folder)) {
      return SIM_OK;
    }
    return same_from ? check_inputs(todo, p, stage, err) : refuse_sources(p, stage, err);
  case PIPELINE_STAGE_OPEN:
    break;
  }
  return SIM_OK;
}

// what an attempt that did not end has left
static SimStatus clear(const Pipeline *p, PipelineStageId id, SimError *err) {
  char path[SIM_PATH_MAX];
  SIM_TRY(sim_path_join(path, p->options->folder, "results", err));
  SIM_TRY(sim_file_make_folder(path, err));
  if (id == PIPELINE_STAGE_MATCH) {
    SIM_TRY(sim_path_join(path, p->options->folder, "match", err));
    SIM_TRY(sim_file_remove_folder(path, err));
  }
  return SIM_OK;
}

static SimStatus run_command(PipelineChildResult *result, Pipeline *p, PipelineStageId id,
                             SimError *err) {
  PipelineCommand command = {0};
  pipeline_command_add(&command, "hcsp");
  pipeline_stage_command_here(&command, id, &p->order);
  const PipelineChild child = {.folder = p->options->folder,
                               .log = p->log,
                               .tick = pipeline_progress_tick,
                               .arg = &p->progress};
  const SimStatus status = pipeline_child_run(result, &command, &child, err);
  pipeline_command_free(&command);
  return status;
}

static SimStatus store_output(const Pipeline *p, const PipelineStage *stage,
                              const PipelineChildResult *result, SimError *err) {
  assert(result->text);
  char path[SIM_PATH_MAX];
  if (!stage->out) {
    return SIM_OK;
  }
  SIM_TRY(sim_path_join(path, p->options->folder, stage->out, err));
  return sim_file_write(path, result->text, result->size, err);
}

static SimStatus make(Pipeline *p, PipelineStageId id, const char *from, const char *text,
                      SimError *err) {
  const PipelineStage *stage = pipeline_stage(id);
  PipelineChildResult result = {0};
  SimStatus status = check_sources(p, stage, err);
  status = status ? status : clear(p, id, err);
  status =
      status ? status
             : pipeline_manifest_begin(&p->manifest, stage->name, from, text, stage->shipped, err);
  if (status != SIM_OK) {
    return status;
  }
  status = run_command(&result, p, id, err);
  if (status == SIM_OK) {
    status = store_output(p, stage, &result, err);
    if (status == SIM_OK) {
      const char *trained = pipeline_stage_trained(id) >= 0 ? stage->folder : NULL;
      status = pipeline_manifest_end(&p->manifest, stage->name, stage->files, trained,
                                     result.seconds, result.cpu, err);
    }
  } else {
    pipeline_manifest_spent(&p->manifest, stage->name, result.seconds, result.cpu, NULL);
    sim_error_prefix(err, stage->title);
    sim_error_prefix(err, p->options->folder);
  }
  free(result.text);
  return status;
}

static SimStatus do_stage(Pipeline *p, PipelineStageId id, SimError *err) {
  const PipelineStage *stage = pipeline_stage(id);
  char from[17], text[SIM_PATH_MAX];
  PipelineCommand command = {0};
  bool todo = true;
  from_of(from, p, stage);
  pipeline_stage_command(&command, id, &p->order);
  pipeline_command_text(text, sizeof text, &command);
  pipeline_command_free(&command);
  assert(text[0]);
  SIM_TRY(look_at(&todo, p, stage, from, text, err));
  pipeline_progress_begin(&p->progress, id, todo);
  SimStatus status = todo ? make(p, id, from, text, err) : SIM_OK;
  pipeline_progress_end(&p->progress, status == SIM_OK,
                        pipeline_manifest_number(&p->manifest, stage->name, "seconds"));
  return status;
}

// ---- all

// what is shown is then not all learnt here
static void tell_starts(const Pipeline *p) {
  static const PipelineStageId stage[] = {PIPELINE_STAGE_STRATEGY, PIPELINE_STAGE_COSELF};
  for (size_t i = 0; i < sizeof stage / sizeof stage[0]; i++) {
    const PipelineTrained trained = (PipelineTrained)pipeline_stage_trained(stage[i]);
    const char *team = pipeline_stage_start(trained, p->settings);
    if (team) {
      sim_log(SIM_LOG_INFO, "%s: starts from team %s, not from what the stage before makes",
              pipeline_stage(stage[i])->title, team);
    }
  }
}

static SimStatus open_pipeline(Pipeline *p, SimError *err) {
  assert(p->lock < 0 && p->log < 0);
  const PipelineOptions *o = p->options;
  char arguments[SIM_PATH_MAX];
  p->settings = pipeline_settings_load(o->preset, o->words, o->n_words, err);
  SIM_TRY(p->settings ? SIM_OK : err->status);
  p->order = (PipelineOrder){.settings = p->settings,
                             .seed = o->seed,
                             .device = o->device,
                             .threads = o->threads,
                             .checkpoint = o->checkpoint};
  arguments_of(arguments, sizeof arguments, o);
  SIM_TRY(fix_home(err));
  SIM_TRY(sim_file_make_folder(o->folder, err));
  SIM_TRY(take_lock(p, err));
  SIM_TRY(pipeline_manifest_open(&p->manifest, o->folder, arguments, err));
  SIM_TRY(open_log(p, err));
  run_remove_leftovers(o->folder);
  sim_log_tee(p->log);
  tell_starts(p);
  pipeline_progress_open(&p->progress, o->folder, &p->order);
  return SIM_OK;
}

static void close_pipeline(Pipeline *p) {
  sim_log_tee(-1);
  if (p->log >= 0) {
    close(p->log);
  }
  if (p->lock >= 0) {
    close(p->lock);
  }
  pipeline_manifest_close(&p->manifest);
  free(p->settings);
}

SimStatus pipeline_run(const PipelineOptions *options, SimError *err) {
  assert(options->folder && options->threads >= 1 && options->checkpoint >= 0);
  Pipeline *p = sim_new(1, sizeof *p);
  p->options = options;
  p->lock = p->log = -1;
  SimStatus status = open_pipeline(p, err);
  for (int s = 0; status == SIM_OK && s < PIPELINE_STAGES; s++) {
    status = do_stage(p, (PipelineStageId)s, err);
    if (status == SIM_OK && run_interrupted()) {
      status = sim_error(err, SIM_INTERRUPTED, "%s: interrupted", options->folder);
    }
  }
  status = status ? status : pipeline_report(options->folder, &p->manifest, p->settings, err);
  close_pipeline(p);
  free(p);
  return status;
}
