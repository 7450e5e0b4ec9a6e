// A run folder is told by config.yaml or checkpoints/; the folder of a stage holds such folders.
#include "hcsp/cli/info_run.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/pipeline/stages.h"
#include "hcsp/run/checkpoint.h"
#include "hcsp/run/folder.h"

enum { PARTS_MAX = 64, TEXT_MAX = 64 << 20 };

// ---- checkpoints

bool cli_info_is_checkpoint(const char *path) {
  const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
  char head[4096];
  size_t size;
  const int fd = sim_file_open(&size, path, SIZE_MAX, NULL);
  const ssize_t n = fd >= 0 ? pread(fd, head, sizeof head - 1, 0) : 0;
  if (fd >= 0) {
    close(fd);
  }
  for (ssize_t i = 0; i < n; i++) {
    head[i] = head[i] ? head[i] : ' ';
  }
  head[n > 0 ? n : 0] = '\0';
  return strncmp(name, "ckpt-", 5) == 0 || strstr(head, "hcsp-checkpoint") != NULL;
}

SimStatus cli_info_checkpoint(const char *path, SimError *err) {
  RunCheckpoint *checkpoint = run_checkpoint_load(path, err);
  if (!checkpoint) {
    return err->status;
  }
  char *meta = json_dumps(run_checkpoint_meta(checkpoint), JSON_COMPACT);
  printf("%s: checkpoint after step %lld, whole\n  says         %s\n", path,
         (long long)run_checkpoint_step(checkpoint), meta ? meta : "{}");
  free(meta);
  run_checkpoint_destroy(checkpoint);
  return SIM_OK;
}

// ---- runs

static bool part_path(char out[SIM_PATH_MAX], const char *path, const char *name) {
  return sim_path_join(out, path, name, NULL) == SIM_OK;
}

static int compare(const void *a, const void *b) {
  return strcmp(a, b);
}

// names of the run folders inside path, sorted
static int list_parts(char names[][64], const char *path) {
  int n = 0;
  DIR *folder = opendir(path);
  for (struct dirent *e = folder ? readdir(folder) : NULL; e && n < PARTS_MAX;
       e = readdir(folder)) {
    char inner[SIM_PATH_MAX];
    if (e->d_name[0] != '.' && strlen(e->d_name) < 64 && part_path(inner, path, e->d_name) &&
        run_exists(inner)) {
      memcpy(names[n++], e->d_name, strlen(e->d_name) + 1);
    }
  }
  if (folder) {
    closedir(folder);
  }
  qsort(names, (size_t)n, sizeof names[0], compare);
  return n;
}

static bool is_pipeline(const char *path) {
  char file[SIM_PATH_MAX];
  return part_path(file, path, "pipeline.json") && access(file, F_OK) == 0;
}

bool cli_info_is_run(const char *path) {
  char names[PARTS_MAX][64];
  return is_pipeline(path) || run_exists(path) || list_parts(names, path) > 0;
}

// the last whole line of metrics.jsonl, NULL when there is none
static json_t *last_figures(const char *path) {
  char file[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  if (!part_path(file, path, "metrics.jsonl") ||
      sim_file_read(&text, &size, file, TEXT_MAX, NULL) != SIM_OK) {
    return NULL;
  }
  while (size > 0 && text[size - 1] != '\n') {
    size--;
  }
  size_t start = size > 0 ? size - 1 : 0;
  while (start > 0 && text[start - 1] != '\n') {
    start--;
  }
  json_t *line = json_loadb(text + start, size - start, 0, NULL);
  free(text);
  return line;
}

static void print_figures(const char *path) {
  // of hcsp/train/tags.h, and what it was called in runs of before
  static const char *const SHOWN[] = {"task/success", "charts/episodic_return", "task/return",
                                      "task/error"};
  json_t *figures = last_figures(path);
  if (!figures) {
    printf(" no figures yet");
  } else {
    printf(" %.2f M steps, %.0f s", json_number_value(json_object_get(figures, "step")) / 1e6,
           json_number_value(json_object_get(figures, "seconds")));
  }
  for (int i = 0; figures && i < (int)(sizeof SHOWN / sizeof *SHOWN); i++) {
    const json_t *value = json_object_get(figures, SHOWN[i]);
    if (json_is_number(value)) {
      printf(", %s %.3g", strchr(SHOWN[i], '/') + 1, json_number_value(value));
    }
  }
  printf("\n");
  json_decref(figures);
}

static void print_provenance(const char *path) {
  char file[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  const bool there = part_path(file, path, "provenance.json") &&
                     sim_file_read(&text, &size, file, TEXT_MAX, NULL) == SIM_OK;
  json_t *json = there ? json_loadb(text, size, 0, NULL) : NULL;
  free(text);
  const char *commit = json_string_value(json_object_get(json, "commit"));
  const char *started = json_string_value(json_object_get(json, "started"));
  const char *seed = json_string_value(json_object_get(json, "seed"));
  if (json) {
    const json_t *model = json_object_get(json_object_get(json, "inputs"), "model");
    const char *physics = json_string_value(json_object_get(model, "physics"));
    const char *world = json_string_value(json_object_get(model, "world"));
    printf("  started      %s, seed %s, commit %.12s, physics %s, world %s\n",
           started ? started : "?", seed ? seed : "?", commit ? commit : "?",
           physics ? physics : "mujoco", world ? world : "paper");
  }
  json_decref(json);
}

static SimStatus print_checkpoints(const char *path) {
  char folder[SIM_PATH_MAX];
  const int n = part_path(folder, path, "checkpoints") ? run_checkpoint_files(folder) : 0;
  SimError damaged = {0};
  RunCheckpoint *newest = n ? run_checkpoint_latest(folder, &damaged) : NULL;
  if (newest) {
    printf("  checkpoints  %d, the newest whole one after step %lld%s\n", n,
           (long long)run_checkpoint_step(newest),
           json_is_true(json_object_get(run_checkpoint_meta(newest), "complete"))
               ? ": the run is complete"
               : ": it can be resumed");
  } else {
    printf("  checkpoints  none%s\n", n ? " that is whole" : "");
  }
  run_checkpoint_destroy(newest);
  return SIM_OK;
}

// ---- pipelines

static void print_stage(PipelineStageId id, const json_t *stages) {
  const PipelineStage *stage = pipeline_stage(id);
  const json_t *entry = json_object_get(stages, stage->name);
  const char *state = json_string_value(json_object_get(entry, "state"));
  const json_t *seconds = json_object_get(entry, "seconds");
  printf("  %-14s %-8s", stage->name, state ? state : "open");
  if (json_is_number(seconds)) {
    printf(" %6.0f s", json_number_value(seconds));
  }
  printf("  %s\n", stage->title);
}

static SimStatus print_pipeline(const char *path, SimError *err) {
  char file[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  int done = 0;
  if (!part_path(file, path, "pipeline.json") ||
      sim_file_read(&text, &size, file, TEXT_MAX, err) != SIM_OK) {
    return err->status;
  }
  json_t *json = json_loadb(text, size, 0, NULL);
  free(text);
  const char *format = json_string_value(json_object_get(json, "format"));
  const char *arguments = json_string_value(json_object_get(json, "arguments"));
  const json_t *stages = json_object_get(json, "stages");
  if (!format || strcmp(format, "hcsp-pipeline") != 0 || !json_is_object(stages)) {
    json_decref(json);
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: saw no list of stages, wanted what the pipeline wrote", file);
  }
  for (int i = 0; i < PIPELINE_STAGES; i++) {
    const json_t *entry = json_object_get(stages, pipeline_stage((PipelineStageId)i)->name);
    const char *state = json_string_value(json_object_get(entry, "state"));
    done += state && strcmp(state, "done") == 0;
  }
  printf("%s: pipeline, %d of %d stages done, begun with %s\n", path, done, PIPELINE_STAGES,
         arguments ? arguments : "?");
  for (int i = 0; i < PIPELINE_STAGES; i++) {
    print_stage((PipelineStageId)i, stages);
  }
  json_decref(json);
  return SIM_OK;
}

static void print_parts(const char *path) {
  char names[PARTS_MAX][64], inner[SIM_PATH_MAX];
  const int n = list_parts(names, path);
  printf("%s: %d runs\n", path, n);
  for (int i = 0; i < n; i++) {
    if (part_path(inner, path, names[i])) {
      printf("  %-12s", names[i]);
      print_figures(inner);
    }
  }
}

SimStatus cli_info_run(const char *path, SimError *err) {
  if (is_pipeline(path)) {
    const SimStatus status = print_pipeline(path, err);
    if (status == SIM_OK) {
      print_parts(path);
    }
    return status;
  }
  if (run_exists(path)) {
    printf("%s: run,", path);
    print_figures(path);
    print_provenance(path);
    return print_checkpoints(path);
  }
  print_parts(path);
  return SIM_OK;
}
