#include "hcsp/train/trainer.h"

#include <stdlib.h>
#include <string.h>

#include "hcsp/run/interrupt.h"
#include "sim/base/log.h"

static SimStatus describe(const TrainSession *s, const KrnDevice *device, SimError *err) {
  const RunInfo info = {.argc = s->order->argc,
                        .argv = s->order->argv,
                        .seed = s->order->seed,
                        .threads = s->order->threads,
                        .device = device->ops->name,
                        .training = s->order->training,
                        .config = s->config_text,
                        .inputs = s->inputs,
                        .step = s->does->decisions(s->training)};
  return run_describe(s->run, &info, err);
}

SimStatus train_open(TrainSession *s, const TrainOptions *order, const TrainOps *does,
                     void *training, char *config_text, json_t *inputs, const KrnDevice *device,
                     SimError *err) {
  *s = (TrainSession){.order = order,
                      .does = does,
                      .training = training,
                      .config_text = config_text,
                      .inputs = inputs,
                      .stored = sim_time_wall(),
                      .cpu = sim_time_cpu()};
  if (!config_text || !inputs) {
    return sim_error(err, SIM_FAIL, "no memory for a configuration");
  }
  const bool resume = order->resume && run_exists(order->folder);
  s->run = run_open(order->folder, resume, order->resume_command, err);
  if (!s->run) {
    return err->status;
  }
  SimStatus status = SIM_OK;
  if (resume && run_checkpoint_files(run_checkpoints(s->run)) > 0) {
    status = does->restore(training, &s->complete, err);
  }
  if (status != SIM_OK || s->complete) {
    return status;
  }
  status = describe(s, device, err);
  if (status == SIM_OK) {
    s->metrics = train_metrics_create(order->folder, resume, does->decisions(training), err);
    status = s->metrics ? SIM_OK : err->status;
  }
  return status;
}

static SimStatus interrupted(const TrainSession *s, SimError *err) {
  return sim_error(err, SIM_INTERRUPTED, "interrupted after %lld of %lld decisions; to go on: %s",
                   (long long)s->does->decisions(s->training), (long long)s->order->budget,
                   s->order->resume_command);
}

static SimStatus turn(TrainSession *s, SimError *err) {
  SimStatus status = s->does->iterate(s->training, err);
  const bool stop = run_interrupted();
  const bool due = sim_time_wall() - s->stored >= s->order->checkpoint_seconds;
  if (status == SIM_OK && (stop || due)) {
    status = s->does->store(s->training, false, err);
  }
  return status == SIM_OK && stop ? interrupted(s, err) : status;
}

SimStatus train_run(TrainSession *s, const char *title, SimError *err) {
  SimStatus status = SIM_OK;
  s->dashboard = train_dashboard_create(title, (double)s->order->budget);
  train_dashboard_draw(s->dashboard, (double)s->does->decisions(s->training));
  while (status == SIM_OK && s->does->decisions(s->training) < s->order->budget) {
    status = turn(s, err);
  }
  train_dashboard_end(s->dashboard, (double)s->does->decisions(s->training));
  return status;
}

void train_close(TrainSession *s) {
  train_dashboard_destroy(s->dashboard);
  train_metrics_destroy(s->metrics);
  run_close(s->run);
  free(s->config_text);
  json_decref(s->inputs);
  *s = (TrainSession){0};
}

SimStatus train_save(TrainSession *s, const KrnDevice *device, const RunBlob *blob, int n,
                     json_t *meta, SimError *err) {
  SimStatus status = meta ? device->ops->status(device, err)
                          : sim_error(err, SIM_FAIL, "no memory for a checkpoint");
  if (status == SIM_OK) {
    status = train_metrics_sync(s->metrics, err);
  }
  json_object_set(meta, "inputs", s->inputs);
  json_object_set_new(meta, "cpu_seconds", json_real(sim_time_cpu() - s->cpu));
  if (status == SIM_OK) {
    status = run_checkpoint_save(run_checkpoints(s->run), s->does->decisions(s->training), blob, n,
                                 meta, err);
  }
  json_decref(meta);
  s->stored = sim_time_wall();
  return status;
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
  if (seed != (json_int_t)s->order->seed) {
    return sim_error(err, SIM_BAD_INPUT, "%s: made with seed %lld; wanted %llu", path,
                     (long long)seed, (unsigned long long)s->order->seed);
  }
  if (budget != (json_int_t)s->order->budget) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: made with a budget of %lld decisions; wanted %lld (another preset?)",
                     path, (long long)budget, (long long)s->order->budget);
  }
  return run_inputs_check(s->inputs, inputs, path, err);
}

RunCheckpoint *train_latest(TrainSession *s, const char *config, SimError *err) {
  RunCheckpoint *file = run_checkpoint_latest(run_checkpoints(s->run), err);
  if (file && check_same(s, file, config, err) != SIM_OK) {
    run_checkpoint_destroy(file);
    return NULL;
  }
  if (file) {
    s->cpu -= json_number_value(json_object_get(run_checkpoint_meta(file), "cpu_seconds"));
  }
  return file;
}
