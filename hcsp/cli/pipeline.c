// hcsp pipeline: Stage I, II and III, figures, a logged match and a report in one run folder.
#include <stdio.h>
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

static const CliOption OPTIONS[] = {
    CLI_OPTION("preset", 'p', "PRESET", CLI_PRESET, options.preset,
               "smoke (proves that all of it runs), quick (default) or full"),
    CLI_OPTION("run", 'R', "DIR", CLI_TEXT, options.folder, "run folder, default runs/pipeline"),
    CLI_OPTION("device", 0, "DEVICE", CLI_DEVICE, options.device,
               "of the trainings: cpu (default), cuda, cuda-graphs or auto: the GPU that is there"),
    CLI_COUNT("checkpoint", 0, "SECONDS", options.checkpoint, 0, 86400,
              "time between checkpoints, default 20")};

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
  static const CliCommand COMMAND = {
      CLI_OPTIONS,
      CLI_SHARED(CLI_TRAININGS),
      .usage = "[key=value...]",
      .words = {0, PIPELINE_WORDS_MAX, "word", "fewer key=value", offsetof(Arguments, word),
                offsetof(Arguments, options.n_words)},
      .help = "Trains Stage I, II and III, measures them, plays and logs a match of the last two "
              "and writes report.html and report.md. Killed at any moment and started again with "
              "the same arguments, it goes on where it was. points=400 and its like change a "
              "number of configs/pipeline.yaml; skills.KEY=VALUE, strategy.KEY=VALUE and "
              "coself.KEY=VALUE reach the trainings (files in them: absolute paths).\v"
              "Example: hcsp pipeline --preset quick --run runs/mine",
  };
  Arguments args = {
      .options = {.preset = SKILLS_QUICK, .folder = "runs/pipeline", .checkpoint = 20},
      .common = cli_common()};
  args.options.words = args.word;
  cli_read(&args, &COMMAND, argc, argv);
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
