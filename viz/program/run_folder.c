#include "viz/program/run_folder.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/file.h"
#include "viz/program/skill_task.h"

enum { TEXT_MAX = 1 << 20 };

static bool has(const char *folder, const char *name) {
  char path[SIM_PATH_MAX];
  struct stat info;
  return sim_path_join(path, folder, name, NULL) == SIM_OK && stat(path, &info) == 0;
}

// What provenance.json tells of a training; "" where it tells nothing.
typedef struct Training {
  char name[64];  // "skill set"
  char critic[SIM_PATH_MAX];
} Training;

static void read_training(Training *out, const char *folder) {
  char path[SIM_PATH_MAX], *text = NULL;
  size_t length = 0;
  *out = (Training){.name = ""};
  if (sim_path_join(path, folder, "provenance.json", NULL) != SIM_OK ||
      sim_file_read(&text, &length, path, TEXT_MAX, NULL) != SIM_OK) {
    return;
  }
  json_t *json = json_loadb(text, length, 0, NULL);
  const json_t *critic = json_object_get(json_object_get(json, "inputs"), "critic");
  const char *name = json_string_value(json_object_get(json, "training"));
  const char *file = json_string_value(json_object_get(critic, "file"));
  snprintf(out->name, sizeof out->name, "%s", name ? name : "");
  snprintf(out->critic, sizeof out->critic, "%s", file && strlen(file) < SIM_PATH_MAX ? file : "");
  json_decref(json);
  free(text);
}

// the latest stage of a pipeline that has a team
static SimStatus open_pipeline(VizRun *run, const char *path, SimError *err) {
  static const char *const STAGE[] = {"stage3", "stage2", "stage1"};
  for (size_t i = 0; i < sizeof STAGE / sizeof STAGE[0]; i++) {
    char team[64];
    snprintf(team, sizeof team, "%s/team.yaml", STAGE[i]);
    if (has(path, team)) {
      run->kind = VIZ_RUN_TEAM;
      return sim_path_join(run->team, path, STAGE[i], err);
    }
  }
  return sim_error(err, SIM_BAD_INPUT,
                   "%.3000s: a pipeline without a team yet, wanted stage1/team.yaml", path);
}

SimStatus viz_run_open(VizRun *run, const char *path, SimError *err) {
  static const char SKILL[] = "skill ";
  Training training;
  *run = (VizRun){.kind = VIZ_RUN_NONE};
  if (has(path, "pipeline.json")) {
    return open_pipeline(run, path, err);
  }
  if (has(path, "team.yaml")) {
    run->kind = VIZ_RUN_TEAM;
    snprintf(run->team, sizeof run->team, "%s", path);
    return SIM_OK;
  }
  read_training(&training, path);
  if (strncmp(training.name, SKILL, sizeof SKILL - 1) == 0) {
    run->kind = VIZ_RUN_PRACTICE;
    return viz_skill_task_open(&run->practice, path, training.name + sizeof SKILL - 1,
                               training.critic, err);
  }
  return !has(path, "config.yaml")
             ? SIM_OK
             : sim_error(err, SIM_BAD_INPUT,
                         "%.3000s: a run with nothing to watch yet, wanted team.yaml or the policy "
                         "of a skill",
                         path);
}
