// hcsp info: what any of our files is, whole or damaged; --verify replays a log and compares every
// row; without a file, what ships.
// A run folder is told by config.yaml or checkpoints/; the folder of a stage holds such folders.
#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcsp/cli/cli.h"
#include "hcsp/pipeline/stages.h"
#include "hcsp/run/checkpoint.h"
#include "hcsp/run/folder.h"
#include "kernels/ops.h"
#include "policies/file.h"
#include "policies/file_metadata.h"
#include "policies/shipped.h"
#include "sim/base/file.h"
#include "sim/base/log.h"
#include "sim/obs.h"
#include "sim/record/dictionary.h"
#include "sim/record/reader.h"
#include "sim/record/replay.h"

enum { FILES_MAX = 1024, NAMES_MAX = 64 };

typedef struct Arguments {
  const char *file[FILES_MAX];
  int files;
  int rallies;  // wanted in a log, 0 = any number
  bool verify, dictionary;
} Arguments;

static const CliOption OPTIONS[] = {
    CLI_SWITCH("dictionary", 'd', dictionary, "print what every column of a log means"),
    CLI_SWITCH("verify", 'v', verify,
               "replay every rally of a log and compare every row bit for bit"),
    CLI_COUNT("rallies", 'N', "N", rallies, 1, 10000000,
              "fail unless the log holds exactly N rallies")};

// ---- without a file: what ships

static void print_names(const char *title, char names[][POL_NAME_MAX], int n) {
  printf("%-14s", title);
  for (int i = 0; i < n; i++) {
    printf(" %s", names[i]);
  }
  printf("%s\n", n > 0 ? "" : " none");
}

// where --device cuda would learn, or why it would not
static void print_gpu(void) {
  SimError err = {0};
  KrnDevice *device = krn_cuda_create(KRN_GRAPHS_NEVER, &err);
  printf("%-14s %s\n", "GPU", device ? device->ops->describe(device) : err.text);
  krn_device_destroy(device);
}

static SimStatus list_shipped(void) {
  char names[NAMES_MAX][POL_NAME_MAX];
  print_names("teams", names, pol_team_list(names, NAMES_MAX));
  print_names("option tables", names, pol_options_list(names, NAMES_MAX));
  print_names("worlds", names, pol_shipped_list(names, NAMES_MAX, "configs/worlds"));
  printf("rule sets      court (30 s clock, default) paper (15 s clock)\n");
  print_gpu();
  printf("layouts\n");
  for (int layout = 0; layout < SIM_OBS_LAYOUTS; layout++) {
    printf("  %-12s %s\n", sim_obs_name((SimLayout)layout), sim_obs_columns((SimLayout)layout));
  }
  return SIM_OK;
}

// ---- logs

typedef struct Verifier {
  SimModel *model;
  int rallies, steps;
} Verifier;

static SimStatus verify_shard(Verifier *verifier, SimLog *log, int shard, SimError *err) {
  SimShardInfo range;
  SimLogInfo *info = sim_new(1, sizeof *info);
  SimRally rally = {0};
  sim_log_shard(&range, log, shard);
  SimStatus status = sim_log_info(info, log, shard, err);
  for (int i = range.first; status == SIM_OK && i < range.first + range.rallies; i++) {
    status = sim_log_read(&rally, log, i, err);
    status = status ? status : sim_replay_verify(verifier->model, info, &rally, err);
    if (status == SIM_OK) {
      verifier->rallies++;
      verifier->steps += rally.info.steps;
    }
  }
  sim_rally_free(&rally);
  free(info);
  return status;
}

static SimStatus verify_log(SimLog *log, const SimLogInfo *info, SimError *err) {
  SimModelOptions options = sim_model_default();
  SIM_TRY(sim_replay_engine(&options, info, err));
  Verifier verifier = {.model = sim_model_create(&options, err)};
  SimProgress progress = {.what = "shards replayed", .total = sim_log_shards(log)};
  SimStatus status = verifier.model ? SIM_OK : err->status;
  for (int s = 0; status == SIM_OK && s < sim_log_shards(log); s++) {
    status = verify_shard(&verifier, log, s, err);
    sim_progress(&progress, s + 1, "");
  }
  sim_progress_end(&progress);
  if (status == SIM_OK) {
    printf("  replayed     %d rallies, %d control steps: every row bit for bit as logged\n",
           verifier.rallies, verifier.steps);
  }
  sim_model_destroy(verifier.model);
  return status;
}

static void print_rally(const SimRallyInfo *info) {
  printf("  rally %-6lld served by %-5s %-5s %-13s %2d touches %5.2f s\n", (long long)info->rally,
         info->server == SIM_NEAR ? "near," : "far,", sim_winner_name(info->winner),
         sim_event_name(info->reason), info->hits, info->steps * SIM_DT);
}

// checks every shard, says which are damaged, and goes on with the others
static SimStatus print_shards(SimLog *log, SimError *err) {
  SimStatus result = SIM_OK;
  for (int s = 0; s < sim_log_shards(log); s++) {
    SimError shard_err = {0};
    SimShardInfo shard;
    sim_log_shard(&shard, log, s);
    const SimStatus status = sim_log_check(log, s, &shard_err);
    printf("  %-12s %d rallies, %.1f MB, %s\n",
           strrchr(shard.path, '/') ? strrchr(shard.path, '/') + 1 : shard.path, shard.rallies,
           1e-6 * (double)shard.bytes, status == SIM_OK ? "whole" : "damaged");
    if (status != SIM_OK) {
      printf("    %s\n", shard_err.text);
      *err = shard_err;
      result = status;
    }
  }
  return result;
}

static SimStatus print_log(const char *path, const Arguments *args, SimError *err) {
  SimLog *log = sim_log_open(path, err);
  SIM_TRY(log ? SIM_OK : err->status);
  SimLogInfo *info = sim_new(1, sizeof *info);
  const int n = sim_log_rallies(log);
  printf("%s: match log, %d rallies in %d shards\n", path, n, sim_log_shards(log));
  SimStatus status = print_shards(log, err);
  if (status == SIM_OK && sim_log_shards(log) > 0) {
    status = sim_log_info(info, log, 0, err);
    printf("  teams        near %s, far %s (options %s), rules %s, seed %llu\n", info->near,
           info->far, info->options, info->rules, (unsigned long long)info->seed);
    printf("  made by      %s, commit %.12s, model %s, physics %s, world %s\n", info->generator,
           info->commit, info->model_hash, info->physics[0] ? info->physics : "mujoco",
           info->world[0] ? info->world : "paper");
  }
  for (int i = 0; status == SIM_OK && i < n && i < 8; i++) {
    SimRallyInfo rally;
    status = sim_log_read_info(&rally, log, i, err);
    if (status == SIM_OK) {
      print_rally(&rally);
    }
  }
  if (status == SIM_OK && n > 8) {
    printf("  ... %d more\n", n - 8);
  }
  if (status == SIM_OK && args->rallies > 0 && n != args->rallies) {
    status = sim_error(err, SIM_BAD_INPUT, "%s: %d rallies; wanted %d", path, n, args->rallies);
  }
  if (status == SIM_OK && args->verify) {
    status = verify_log(log, info, err);
  }
  free(info);
  sim_log_close(log);
  return status;
}

// ---- policies, teams, tables

static void print_arch(const PolArch *arch) {
  printf("  network      %d", arch->inputs);
  for (int l = 0; l < arch->layers; l++) {
    printf("-%d", arch->hidden[l]);
  }
  printf("-%d, %s%s\n", arch->outputs, pol_activation_words[arch->activation],
         arch->hidden_norm ? ", layer norm" : "");
}

static SimStatus print_policy(const char *path, SimError *err) {
  PolFile *file = pol_file_load(path, err);
  SIM_TRY(file ? SIM_OK : err->status);
  printf("%s: policy '%s' (%s), whole, its probe agrees\n", path, file->name,
         pol_kind_words[file->kind]);
  printf("  observes     %s, acts %s every %d steps of %g s\n", file->obs, file->act, file->every,
         file->dt);
  print_arch(&file->net->arch);
  if (file->options[0]) {
    char table[17], times[17];
    sim_hash_hex(table, file->options_hash);
    sim_hash_hex(times, file->calibration_hash);
    printf("  decides over   option table '%s' %s, calibration %s\n", file->options, table,
           file->calibration_hash ? times : "any");
  }
  printf("  provenance   %s\n", file->provenance);
  pol_file_destroy(file);
  return SIM_OK;
}

static void print_options(const char *path, const PolOptions *options) {
  char hash[17];
  sim_hash_hex(hash, options->hash);
  printf("%s: option table '%s', hash %s\n", path, options->name, hash);
  for (int h = 0; h < options->heads; h++) {
    printf("  %-12s", options->head[h]);
    for (int i = 0; i < options->n[h]; i++) {
      printf(" %s", options->option[h][i].name);
    }
    printf("\n");
  }
}

// where the time of attacks with a calibrated one is from
static void print_flight(const PolOptions *options) {
  for (int i = 0; i < options->n[options->attack_head]; i++) {
    const PolOption *option = &options->option[options->attack_head][i];
    if (option->calibrated) {
      printf("  fast attacks   %.3f s, %s\n", option->goal.flight,
             options->calibration_hash ? "calibrated for these skills"
                                       : "the default: not calibrated for these skills");
      return;
    }
  }
}

static SimStatus print_team(const char *path, SimError *err) {
  PolTeam *team = pol_team_load(path, err);
  SIM_TRY(team ? SIM_OK : err->status);
  char hash[17];
  sim_hash_hex(hash, team->hash);
  printf("%s: team '%s', options %s, hash %s\n", path, team->name,
         team->options ? team->options->name : "none", hash);
  for (int s = 0; s < team->strategies; s++) {
    printf("  %-12s %s, weight %.3f\n", team->flat ? "flat" : "strategy", team->strategy[s].name,
           team->weight[s]);
  }
  if (!team->flat) {
    print_flight(team->options);
  }
  for (int s = 0; s < POL_SLOTS && !team->flat; s++) {
    printf("  %-14s %s\n", pol_slot_name((PolSlot)s),
           team->skill[s] ? team->skill[s]->name : "classical");
  }
  pol_team_destroy(team);
  return SIM_OK;
}

// a YAML file is a team or an option table; the table is tried when it is no team
static SimStatus print_yaml(const char *path, SimError *err) {
  SimError table_err = {0};
  PolOptions *options = pol_options_load(path, &table_err);
  if (options) {
    print_options(path, options);
    pol_options_destroy(options);
    return SIM_OK;
  }
  return print_team(path, err);
}

enum { PARTS_MAX = 64 };

// ---- checkpoints

static bool is_checkpoint(const char *path) {
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

static SimStatus print_checkpoint(const char *path, SimError *err) {
  RunCheckpoint *checkpoint = run_checkpoint_load(path, err);
  SIM_TRY(checkpoint ? SIM_OK : err->status);
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

static bool is_run(const char *path) {
  char names[PARTS_MAX][64];
  return is_pipeline(path) || run_exists(path) || list_parts(names, path) > 0;
}

static void print_figures(const char *path) {
  // of hcsp/train/tags.h, and what it was called in runs of before
  static const char *const SHOWN[] = {"task/success", "charts/episodic_return", "task/return",
                                      "task/error"};
  json_t *figures = run_last_metrics(path);
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
  json_t *json = run_json(path, "provenance.json");
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
  int done = 0;
  json_t *json = run_json(path, "pipeline.json");
  const char *format = json_string_value(json_object_get(json, "format"));
  const char *arguments = json_string_value(json_object_get(json, "arguments"));
  const json_t *stages = json_object_get(json, "stages");
  if (!format || strcmp(format, "hcsp-pipeline") != 0 || !json_is_object(stages)) {
    json_decref(json);
    return sim_error(err, SIM_BAD_INPUT,
                     "%s/pipeline.json: saw no list of stages, wanted what the pipeline wrote",
                     path);
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

static SimStatus print_run(const char *path, SimError *err) {
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

static bool ends_with(const char *text, const char *end) {
  const size_t n = strlen(text), m = strlen(end);
  return n >= m && strcmp(text + n - m, end) == 0;
}

static SimStatus print_file(const char *path, const Arguments *args, SimError *err) {
  struct stat status;
  if (stat(path, &status) != 0) {
    return sim_error(err, SIM_BAD_INPUT, "%s: cannot be opened; wanted one of our files", path);
  }
  if (ends_with(path, ".safetensors")) {
    return is_checkpoint(path) ? print_checkpoint(path, err) : print_policy(path, err);
  }
  if (S_ISDIR(status.st_mode) && is_run(path)) {
    return print_run(path, err);
  }
  if (ends_with(path, ".yaml")) {
    return print_yaml(path, err);
  }
  if (S_ISDIR(status.st_mode) || ends_with(path, ".h5")) {
    return print_log(path, args, err);
  }
  return sim_error(err, SIM_BAD_INPUT,
                   "%s: unknown kind of file; wanted a match log (folder or .h5), a run folder, "
                   ".yaml or .safetensors",
                   path);
}

int cli_cmd_info(int argc, char **argv) {
  static const CliCommand COMMAND = {
      CLI_OPTIONS,
      .usage = "[FILE ...]",
      .words = {0, FILES_MAX, "file", "fewer files", offsetof(Arguments, file),
                offsetof(Arguments, files)},
      .help = "Says what match logs, runs, checkpoints, policies, teams and option tables are, "
              "whole or damaged. Without a file: what ships.\v"
              "Example: hcsp info --verify match",
  };
  Arguments args = {0};
  cli_read(&args, &COMMAND, argc, argv);
  if (args.dictionary) {
    sim_dictionary_print(stdout);
    return SIM_OK;
  }
  if (args.files == 0) {
    char note[SIM_NOTE_MAX];
    SimError none = {0};
    if (!sim_home_check(note)) {
      sim_error(&none, SIM_BAD_INPUT, "nothing ships here");
      return cli_report(&none);
    }
    return (int)list_shipped();
  }
  int code = SIM_OK;
  for (int i = 0; i < args.files; i++) {
    SimError err = {0};
    if (print_file(args.file[i], &args, &err) != SIM_OK) {
      fflush(stdout);
      code = cli_report(&err);
    }
  }
  return code;
}
