#include "hcsp/train/trainer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/fleet/fleet.h"
#include "hcsp/run/interrupt.h"
#include "sim/base/file.h"
#include "sim/base/log.h"
#include "sim/base/version.h"

// ---- checkpoints

static bool is_ignored(const TrainOps *ops, const char *line) {
  for (int i = 0; ops->ignored && ops->ignored[i]; i++) {
    if (strncmp(line, ops->ignored[i], strlen(ops->ignored[i])) == 0) {
      return true;
    }
  }
  return false;
}

// of the lines of the configuration that shape what is learnt
static void hash_config(char hash[17], const TrainSession *s) {
  uint64_t sum = 0;
  for (const char *line = s->config_text; *line;) {
    const char *end = strchr(line, '\n');
    const size_t size = end ? (size_t)(end - line) + 1 : strlen(line);
    if (!is_ignored(&s->ops, line)) {
      const uint64_t both[2] = {sum, sim_hash(line, size)};
      sum = sim_hash(both, sizeof both);
    }
    line += size;
  }
  sim_hash_hex(hash, sum);
}

double train_seconds(const TrainSession *s) {
  return sim_time_cpu() - s->cpu;
}

static json_t *new_meta(const TrainSession *s, bool complete) {
  assert(s->ops.kind && s->ops.name && s->ops.serialize);
  char hash[17];
  hash_config(hash, s);
  return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:b, s:O, s:f}", "kind", s->ops.kind,
                   "name", s->ops.name, "config", hash, "budget", (json_int_t)s->options->budget,
                   "decisions", (json_int_t)s->ops.decisions(s->training), "seed",
                   (json_int_t)s->options->seed, "commit", sim_commit(), "complete", complete,
                   "inputs", s->inputs, "cpu_seconds", train_seconds(s));
}

static SimStatus save(TrainSession *s, bool complete, SimError *err) {
  RunArchive archive = run_archive_writer(new_meta(s, complete), err);
  s->ops.serialize(s->training, &archive);
  train_history_serialize(&archive, &s->history);
  const SimStatus status =
      run_archive_save(&archive, run_checkpoints(s->run), s->ops.decisions(s->training));
  run_archive_close(&archive);
  return status;
}

// Writes a checkpoint, and what plays unless it is `complete`; what a GPU that was lost leaves
// behind is not stored.
static SimStatus store(TrainSession *s, bool complete, SimError *err) {
  assert(s->run && s->metrics);
  SimStatus status = s->device->ops->status(s->device, err);
  status = status == SIM_OK ? train_metrics_sync(s->metrics, err) : status;
  status = status == SIM_OK ? save(s, complete, err) : status;
  s->stored = sim_time_wall();
  return status == SIM_OK && !complete && s->ops.deploy ? s->ops.deploy(s->training, err) : status;
}

static SimStatus check_same(const TrainSession *s, const RunCheckpoint *file, const char *config,
                            SimError *err) {
  const json_t *meta = run_checkpoint_meta(file);
  const char *path = run_checkpoint_path(file),
             *made = json_string_value(json_object_get(meta, "config"));
  const json_int_t seed = json_integer_value(json_object_get(meta, "seed")),
                   budget = json_integer_value(json_object_get(meta, "budget"));
  const json_t *inputs = json_object_get(meta, "inputs");
  if (run_inputs_check_engine(s->inputs, inputs, path, err) != SIM_OK) {
    return SIM_BAD_INPUT;
  }
  if (!made || strcmp(made, config) != 0) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: made with another configuration; wanted the one in config.yaml beside it "
                     "(give it with --config)",
                     path);
  }
  if (seed != (json_int_t)s->options->seed) {
    return sim_error(err, SIM_BAD_INPUT, "%s: made with seed %lld; wanted %llu", path,
                     (long long)seed, (unsigned long long)s->options->seed);
  }
  if (budget != (json_int_t)s->options->budget) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: made with a budget of %lld decisions; wanted %lld (another preset?)",
                     path, (long long)budget, (long long)s->options->budget);
  }
  return run_inputs_check(s->inputs, inputs, path, err);
}

// the newest whole checkpoint, which must have been made with this configuration, seed and budget,
// from inputs of the same content
static SimStatus restore(TrainSession *s, SimError *err) {
  char hash[17];
  hash_config(hash, s);
  RunCheckpoint *file = run_checkpoint_latest(run_checkpoints(s->run), err);
  SimStatus status = file ? check_same(s, file, hash, err) : err->status;
  if (status == SIM_OK) {
    const json_t *meta = run_checkpoint_meta(file);
    RunArchive archive = run_archive_reader(file, err);
    s->cpu -= json_number_value(json_object_get(meta, "cpu_seconds"));
    s->complete = json_is_true(json_object_get(meta, "complete"));
    s->ops.serialize(s->training, &archive);
    train_history_serialize(&archive, &s->history);
    status = archive.status;
    run_archive_close(&archive);
  }
  run_checkpoint_destroy(file);
  return status;
}

// ---- the run

static SimStatus describe(const TrainSession *s, SimError *err) {
  const RunInfo info = {.argc = s->options->argc,
                        .argv = s->options->argv,
                        .seed = s->options->seed,
                        .threads = s->options->threads,
                        .device = s->device->ops->name,
                        .training = s->options->training,
                        .config = s->config_text,
                        .inputs = s->inputs,
                        .step = s->ops.decisions(s->training)};
  return run_describe(s->run, &info, err);
}

// ranks that follow one training see the same files
static SimStatus check_ranks(const TrainSession *s, SimError *err) {
  char *text = json_dumps(s->inputs, JSON_COMPACT | JSON_SORT_KEYS);
  const uint64_t both[2] = {sim_hash(s->config_text, strlen(s->config_text)),
                            text ? sim_hash(text, strlen(text)) : 0};
  free(text);
  return fleet_check_same(sim_hash(both, sizeof both), "configuration and inputs", err);
}

// the sentence of a folder that holds a run advises to resume it: not where that would be refused
static SimStatus refuse_second(const TrainSession *s, SimError *err) {
  char folder[SIM_PATH_MAX], hash[17];
  SimError why = {0};
  if (sim_path_join(folder, s->options->folder, "checkpoints", NULL) != SIM_OK ||
      run_checkpoint_files(folder) == 0) {
    return err->status;
  }
  hash_config(hash, s);
  RunCheckpoint *file = run_checkpoint_latest(folder, &why);
  if (!file || check_same(s, file, hash, &why) != SIM_OK) {
    sim_error(err, SIM_BAD_INPUT,
              "%.200s: saw a run in this folder, wanted a new one; it cannot be resumed with these "
              "arguments: %s",
              s->options->folder, why.text);
  }
  run_checkpoint_destroy(file);
  return err->status;
}

SimStatus train_open(TrainSession *s, const TrainOptions *options, const TrainOps *ops,
                     void *training, char *config_text, json_t *inputs, const KrnDevice *device,
                     SimError *err) {
  assert(ops->learn && ops->decisions);
  *s = (TrainSession){.options = options,
                      .ops = *ops,
                      .training = training,
                      .device = device,
                      .config_text = config_text,
                      .inputs = inputs,
                      .history = {.name = ops->curve, .columns = ops->curves},
                      .stored = sim_time_wall(),
                      .cpu = sim_time_cpu()};
  SIM_TRY(check_ranks(s, err));
  const bool resume = options->resume && run_exists(options->folder);
  s->run = run_open(options->folder, resume, options->resume_command, err);
  if (!s->run) {
    return options->resume ? err->status : refuse_second(s, err);
  }
  SimStatus status = SIM_OK;
  if (resume && run_checkpoint_files(run_checkpoints(s->run)) > 0) {
    status = restore(s, err);
  }
  if (status != SIM_OK || s->complete) {
    return status;
  }
  status = describe(s, err);
  if (status == SIM_OK) {
    s->metrics = train_metrics_create(options->folder, resume, ops->decisions(training), err);
    status = s->metrics ? SIM_OK : err->status;
  }
  return status;
}

static SimStatus interrupted(const TrainSession *s, SimError *err) {
  return sim_error(err, SIM_INTERRUPTED, "interrupted after %lld of %lld decisions; to go on: %s",
                   (long long)s->ops.decisions(s->training), (long long)s->options->budget,
                   s->options->resume_command);
}

static SimStatus show(TrainSession *s, const PpoStats *f, SimError *err) {
  TrainDashboard *d = s->dashboard;
  const double done = (double)s->ops.decisions(s->training);
  double *row = s->ops.curves > 0 ? train_history_add(&s->history) : NULL;
  train_metrics_begin(s->metrics, (int64_t)done);
  train_put_ppo(s->metrics, NULL, f);
  train_dashboard_row(d, "learn", f->std > 0 ? "std" : "entropy", "%.3f",
                      f->std > 0 ? f->std : f->entropy);
  train_dashboard_row(d, "learn", "kl", "%.4f", f->kl);
  train_dashboard_row(d, "learn", "rate", "%.2e", f->rate);
  train_dashboard_row(d, "learn", "explained", "%.3f", f->explained);
  if (s->ops.show) {
    s->ops.show(row, s->training, f);
  }
  train_dashboard_draw(d, done);
  return train_metrics_flush(s->metrics, err);
}

// One update. Ranks that follow one training stop after the same one, whoever was asked to.
static SimStatus update(TrainSession *s, SimError *err) {
  PpoStats stats = {0};
  SimStatus status = s->ops.learn(&stats, s->training, err);
  status = status ? sim_error_prefix(err, s->options->folder) : show(s, &stats, err);
  status = status || !s->ops.grow ? status : s->ops.grow(s->training, err);
  const bool stop = fleet_any(run_interrupted(), "an update");
  // they store together, since each may have a part of what is stored
  const bool due = fleet_first_says(sim_time_wall() - s->stored >= s->options->checkpoint_seconds,
                                    "a checkpoint");
  if (status == SIM_OK && (stop || due)) {
    status = store(s, false, err);
  }
  return status == SIM_OK && stop ? interrupted(s, err) : status;
}

static SimStatus run(TrainSession *s, SimError *err) {
  assert(s->run && s->metrics && !s->complete);
  SimStatus status = s->ops.begin ? s->ops.begin(s->training, err) : SIM_OK;
  s->dashboard =
      train_dashboard_create(s->ops.title ? s->ops.title : s->ops.name, (double)s->options->budget);
  train_dashboard_draw(s->dashboard, (double)s->ops.decisions(s->training));
  while (status == SIM_OK && s->ops.decisions(s->training) < s->options->budget) {
    status = update(s, err);
  }
  train_dashboard_end(s->dashboard, (double)s->ops.decisions(s->training));
  if (status == SIM_OK && s->ops.conclude) {
    status = store(s, false, err);
    status = status ? status : s->ops.conclude(s->training, err);
  }
  return status ? status : store(s, true, err);
}

SimStatus train_run(TrainSession *s, const TrainOptions *options, const TrainOps *ops,
                    void *training, char *config_text, json_t *inputs, const KrnDevice *device,
                    SimError *err) {
  const SimStatus status = train_open(s, options, ops, training, config_text, inputs, device, err);
  return status || s->complete ? status : run(s, err);
}

void train_close(TrainSession *s) {
  train_dashboard_destroy(s->dashboard);
  train_metrics_destroy(s->metrics);
  run_close(s->run);
  train_history_free(&s->history);
  free(s->config_text);
  json_decref(s->inputs);
  *s = (TrainSession){0};
}
