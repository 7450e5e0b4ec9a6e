// hcsp export: a match log as CSV tables, one JSON summary or one compressed HDF5 file; a policy as
// ONNX, C or PyTorch.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/eval/log_observe.h"
#include "policies/export/export.h"
#include "policies/shipped.h"
#include "sim/base/file.h"
#include "sim/record/export.h"
#include "sim/record/replay.h"

// those of logs, then those of policies in the order of PolExport
typedef enum Format { FORMAT_CSV, FORMAT_JSON, FORMAT_H5, FORMAT_HTML, FORMAT_POLICY } Format;
static const char *const FORMAT_NAME[] = {"csv", "json", "h5", "html"};

typedef struct Arguments {
  const char *in, *out;
  int format;     // Format, or FORMAT_POLICY + PolExport; -1 when nothing was said
  int layout;     // of --obs, -1 without
  int64_t rally;  // -1: all
} Arguments;

static void take_format(void *arguments, char *text, struct argp_state *state) {
  Arguments *args = arguments;
  for (int f = 0; f < FORMAT_POLICY; f++) {
    if (strcmp(text, FORMAT_NAME[f]) == 0) {
      args->format = f;
      return;
    }
  }
  const int kind = pol_export_find(text);
  if (kind < 0) {
    argp_error(state,
               "--to: '%s'; wanted csv, json, h5 or html of a log, onnx, c or torch of a policy",
               text);
  }
  args->format = FORMAT_POLICY + kind;
}

static void take_layout(void *arguments, char *text, struct argp_state *state) {
  Arguments *args = arguments;
  args->layout = sim_obs_find(text);
  if (args->layout < 0) {
    argp_error(state, "--obs: '%s'; wanted a layout that hcsp info lists, such as strategy100",
               text);
  }
}

static void take_rally(void *arguments, char *text, struct argp_state *state) {
  Arguments *args = arguments;
  args->rally = cli_arg_int(state, "rally", text, 0, INT64_MAX);
}

static bool is_policy(const char *path) {
  return pol_ends_with(path, ".safetensors");
}

// what is made by default, and what goes with what
static void settle_format(void *arguments, struct argp_state *state) {
  Arguments *args = arguments;
  const bool policy = is_policy(args->in);
  if (args->format < 0) {
    args->format = policy ? FORMAT_POLICY + POL_EXPORT_ONNX : FORMAT_CSV;
  }
  if (policy != (args->format >= FORMAT_POLICY)) {
    argp_error(state, "%s is a %s; wanted --to %s", args->in, policy ? "policy" : "log",
               policy ? "onnx, c or torch" : "csv, json, h5 or html");
  }
  if (args->layout >= 0 && args->format != FORMAT_H5) {
    argp_error(state, "--obs goes with --to h5 only");
  }
  if (args->rally >= 0 && args->format != FORMAT_HTML) {
    argp_error(state, "--rally goes with --to html only");
  }
}

static const CliOption OPTIONS[] = {
    CLI_TAKEN("to", 't', "FORMAT", take_format,
              "of a log: csv (default), json, h5 (one compressed file) or html (a page that plays "
              "it); of a policy: onnx (default), c or torch"),
    CLI_OPTION("out", 'o', "PATH", CLI_TEXT, out,
               "csv: folder, default the log's name + .csv; h5: file, default NAME.export.h5; "
               "json: file, default stdout; html: file, default NAME.html; policies: file, default "
               "NAME.onnx, NAME.c (with NAME.h), NAME.py"),
    CLI_TAKEN("obs", 'b', "LAYOUT", take_layout,
              "with --to h5: add the observations of a layout (hcsp info lists them)"),
    CLI_TAKEN("rally", 'N', "N", take_rally, "with --to html: the rally of this number alone")};

// "match/" and "match/00000.h5" with an ending of their own
static SimStatus default_out(char out[SIM_PATH_MAX], const char *log, const char *ending,
                             SimError *err) {
  static const char *const KNOWN[] = {".h5", ".safetensors"};
  size_t n = strlen(log);
  while (n > 1 && log[n - 1] == '/') {
    n--;
  }
  for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
    const size_t length = strlen(KNOWN[i]);
    if (n > length && strncmp(log + n - length, KNOWN[i], length) == 0) {
      n -= length;
    }
  }
  const int length = snprintf(out, SIM_PATH_MAX, "%.*s%s", (int)n, log, ending);
  return length < SIM_PATH_MAX ? SIM_OK : sim_error(err, SIM_USAGE, "%s: path too long", log);
}

static SimStatus print_json(SimLog *log, SimError *err) {
  char *text = sim_export_json_text(log, err);
  SIM_TRY(text ? SIM_OK : err->status);
  printf("%s\n", text);
  free(text);
  return SIM_OK;
}

static SimStatus export_h5(const char *path, SimLog *log, int layout, SimError *err) {
  if (layout < 0) {
    return sim_export_h5(path, log, NULL, err);
  }
  SimModelOptions options = sim_model_default();
  SimLogInfo *info = sim_new(1, sizeof *info);
  SimStatus found = sim_log_shards(log) > 0 ? sim_log_info(info, log, 0, err) : SIM_OK;
  found = found == SIM_OK ? sim_replay_engine(&options, info, err) : found;
  // the options point to the name of the world in info
  SimModel *model = found == SIM_OK ? sim_model_create(&options, err) : NULL;
  SimStatus status = model ? SIM_OK : err->status;
  EvalLogObserver observer = {.layout = (SimLayout)layout};
  const bool wanted = eval_log_observer_wanted((SimLayout)layout);
  if (status == SIM_OK && wanted) {
    status = eval_log_observer_create(&observer, info, (SimLayout)layout, err);
  }
  if (status == SIM_OK) {
    const SimTeamObserver team = {.arg = &observer, .observe = eval_log_observe};
    const SimExportObs obs = {
        .model = model, .layout = (SimLayout)layout, .team = wanted ? &team : NULL};
    status = sim_export_h5(path, log, &obs, err);
  }
  eval_log_observer_destroy(&observer);
  sim_model_destroy(model);
  free(info);
  return status;
}

static SimStatus export_html(const char *path, SimLog *log, int64_t rally, SimError *err) {
  const int index = rally < 0 ? -1 : sim_log_find(log, rally, err);
  return rally >= 0 && index < 0 ? err->status : sim_export_html(path, log, index, err);
}

static SimStatus export_log(const Arguments *args, SimLog *log, SimError *err) {
  static const char *const ENDING[] = {".csv", ".json", ".export.h5", ".html"};
  char path[SIM_PATH_MAX];
  SimStatus status = SIM_OK;
  if (args->format == FORMAT_JSON && !args->out) {
    return print_json(log, err);
  }
  if (args->out) {
    status = sim_path_join(path, "", args->out, err);
  } else {
    status = default_out(path, args->in, ENDING[args->format], err);
  }
  if (status == SIM_OK) {
    switch ((Format)args->format) {
    case FORMAT_CSV:
      status = sim_export_csv(path, log, err);
      break;
    case FORMAT_JSON:
      status = sim_export_json(path, log, err);
      break;
    case FORMAT_HTML:
      status = export_html(path, log, args->rally, err);
      break;
    case FORMAT_H5:
    case FORMAT_POLICY:
      status = export_h5(path, log, args->layout, err);
      break;
    }
  }
  if (status == SIM_OK) {
    fprintf(stderr, "%d rallies exported to %s\n", args->rally < 0 ? sim_log_rallies(log) : 1,
            path);
  }
  return status;
}

static SimStatus export_policy(const Arguments *args, SimError *err) {
  const PolExport kind = (PolExport)(args->format - FORMAT_POLICY);
  char path[SIM_PATH_MAX];
  SimStatus status = args->out ? sim_path_join(path, "", args->out, err)
                               : default_out(path, args->in, pol_export_ending(kind), err);
  PolFile *file = status == SIM_OK ? pol_file_load(args->in, err) : NULL;
  SIM_TRY(file ? SIM_OK : err->status);
  status = pol_export(path, file, kind, err);
  if (status == SIM_OK) {
    fprintf(stderr, "%s exported to %s\n", file->name, path);
  }
  pol_file_destroy(file);
  return status;
}

static SimStatus export_of_log(const Arguments *args, SimError *err) {
  SimLog *log = sim_log_open(args->in, err);
  SIM_TRY(log ? SIM_OK : err->status);
  const SimStatus status = export_log(args, log, err);
  sim_log_close(log);
  return status;
}

int cli_cmd_export(int argc, char **argv) {
  static const CliCommand COMMAND = {
      CLI_OPTIONS,
      .usage = "LOG|POLICY",
      .words = {1, 1, "log", "one log (a folder or an .h5 file) or policy", offsetof(Arguments, in),
                CLI_UNCOUNTED},
      .check = settle_format,
      .help = "Turns a match log (a folder or one .h5 file) or a policy (.safetensors) into what "
              "other programs read.\v"
              "csv: steps.csv, decisions.csv, events.csv, touches.csv, rallies.csv with units in "
              "the header row.\n"
              "Examples: hcsp export match --to csv --out tables\n"
              "          hcsp export match --to html --rally 3\n"
              "          hcsp export policies/skills/set.safetensors --to c --out set.c",
  };
  Arguments args = {.format = -1, .layout = -1, .rally = -1};
  cli_read(&args, &COMMAND, argc, argv);
  SimError err = {0};
  const SimStatus status =
      args.format >= FORMAT_POLICY ? export_policy(&args, &err) : export_of_log(&args, &err);
  return status == SIM_OK ? SIM_OK : cli_report(&err);
}
