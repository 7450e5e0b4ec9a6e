// hcsp pipeline: Stage I, II and III, figures, a logged match and a report in one run folder.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/cli/cli.h"
#include "hcsp/pipeline/pipeline.h"
#include "kernels/ops.h"
#include "sim/base/shell.h"

typedef struct Arguments {
  PipelineOptions options;
  CliCommon common;
  const char *word[PIPELINE_WORDS_MAX];
} Arguments;

enum { KEY_DEVICE = 256, KEY_CHECKPOINT };

static const struct argp_option OPTIONS[] = {
    {"preset", 'p', "PRESET", 0, "smoke (proves that all of it runs), quick (default) or full", 0},
    {"run", 'R', "DIR", 0, "run folder, default runs/pipeline", 0},
    {"device", KEY_DEVICE, "DEVICE", 0,
     "of the trainings: cpu (default), cuda, cuda-graphs or auto: the GPU that is there", 0},
    {"checkpoint", KEY_CHECKPOINT, "SECONDS", 0, "time between checkpoints, default 20", 0},
    {NULL, 0, NULL, 0, NULL, 0}};

static const CliOption TAKE[] = {CLI_OPTION('p', CLI_PRESET, options.preset),
                                 CLI_OPTION('R', CLI_TEXT, options.folder),
                                 CLI_OPTION(KEY_DEVICE, CLI_DEVICE, options.device),
                                 CLI_COUNT(KEY_CHECKPOINT, options.checkpoint, 0, 86400)};
static const CliParser PARSER = CLI_PARSER(CLI_TRAININGS);

static error_t parse(int key, char *text, struct argp_state *state) {
  Arguments *args = state->input;
  PipelineOptions *o = &args->options;
  switch (key) {
  case ARGP_KEY_ARG:
    if (o->n_words == PIPELINE_WORDS_MAX) {
      argp_error(state, "more than %d key=value", PIPELINE_WORDS_MAX);
    }
    args->word[o->n_words++] = text;
    return 0;
  default:
    return cli_parse(&PARSER, key, text, state);
  }
}

// the folder of this program, from here where it is below
static void find_programs(char out[SIM_PATH_MAX]) {
  char here[SIM_PATH_MAX];
  const ssize_t n = readlink("/proc/self/exe", out, SIM_PATH_MAX - 1);
  out[n > 0 ? n : 0] = '\0';
  char *slash = strrchr(out, '/');
  if (slash) {
    *slash = '\0';
  }
  const size_t length = getcwd(here, sizeof here) ? strlen(here) : 0;
  if (length > 1 && strncmp(out, here, length) == 0 && out[length] == '/') {
    memmove(out, out + length + 1, strlen(out + length + 1) + 1);
  }
}

// folder/name, as a word of a command
static void join_word(char out[SIM_PATH_MAX], const char *folder, const char *name) {
  char path[SIM_PATH_MAX];
  const bool fits = sim_path_join(path, folder, name, NULL) == SIM_OK;
  sim_shell_word(out, SIM_PATH_MAX, fits ? path : name);
}

static void print_where(const char *run) {
  char programs[SIM_PATH_MAX], hcsp[SIM_PATH_MAX], view[SIM_PATH_MAX], match[SIM_PATH_MAX],
      team[SIM_PATH_MAX];
  find_programs(programs);
  join_word(hcsp, programs, "hcsp");
  join_word(view, programs, "hcsp-view");
  join_word(match, run, "match");
  join_word(team, run, "stage3");
  printf("report           %s/report.html\n", run);
  printf("teams            %s/stage1 %s/stage2 %s/stage3  (play them: %s play --near %s --far "
         "classical)\n",
         run, run, run, hcsp, team);
  printf("the final        %s/match  (%s info %s)\n", run, hcsp, match);
  printf("watch it         %s %s\n", view, match);
  printf("as a video       %s %s --record final.mp4\n", view, match);
}

int cli_cmd_pipeline(int argc, char **argv) {
  static const struct argp COMMAND = {
      OPTIONS,
      parse,
      "[key=value...]",
      "Trains Stage I, II and III, measures them, plays and logs a match of the last two and "
      "writes report.html and report.md. Killed at any moment and started again with the same "
      "arguments, it goes "
      "on where it was. points=400 and its like change a number of configs/pipeline.yaml; "
      "skills.KEY=VALUE, strategy.KEY=VALUE and coself.KEY=VALUE reach the trainings (files in "
      "them: "
      "absolute paths).\v"
      "Example: hcsp pipeline --preset quick --run runs/mine",
      CLI_TRAININGS,
      NULL,
      NULL};
  Arguments args = {
      .options = {.preset = SKILLS_QUICK, .folder = "runs/pipeline", .checkpoint = 20},
      .common = cli_common()};
  args.options.words = args.word;
  argp_parse(&COMMAND, argc, argv, 0, NULL, &args);
  args.options.seed = args.common.seed;
  args.options.threads = args.common.threads;
  SimError err = {0};
  const SimStatus status = pipeline_run(&args.options, &err);
  if (status == SIM_INTERRUPTED) {
    fprintf(stderr, "hcsp: %s; started again with the same arguments it goes on\n", err.text);
    return (int)status;
  }
  if (status != SIM_OK) {
    return cli_report(&err);
  }
  print_where(args.options.folder);
  return SIM_OK;
}
