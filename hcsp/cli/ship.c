// hcsp ship: a finished run's team becomes one that ships.
#include <stdio.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/pipeline/ship.h"
#include "sim/base/file.h"

typedef struct Arguments {
  const char *run, *name, *into;
} Arguments;

static const CliOption OPTIONS[] = {
    CLI_OPTION("as", 'a', "NAME", CLI_TEXT, name, "what the team is called from now on"),
    CLI_OPTION("into", 0, "DIR", CLI_TEXT, into,
               "default: the folder policies/ of the teams that ship")};

static void check(void *arguments, struct argp_state *state) {
  const Arguments *args = arguments;
  if (!args->name) {
    argp_error(state, "no name; wanted a run folder and --as NAME");
  }
}

// without the slashes at its end, below which its parts are told
static void strip(char out[SIM_PATH_MAX], const char *run) {
  size_t n = (size_t)snprintf(out, SIM_PATH_MAX, "%s", run);
  for (n = n < SIM_PATH_MAX ? n : SIM_PATH_MAX - 1; n > 1 && out[n - 1] == '/'; n--) {
    out[n - 1] = '\0';
  }
}

int cli_cmd_ship(int argc, char **argv) {
  static const CliCommand COMMAND = {
      CLI_OPTIONS,
      .usage = "RUN",
      .words = {1, 1, "run folder", "a run folder and --as NAME", offsetof(Arguments, run),
                CLI_UNCOUNTED},
      .check = check,
      .help = "Copies the team of a finished run into the folder of those that ship, weights under "
              "fixed names, with commands, commits, seeds and CPU time of the run and what chose "
              "its mixture in the team file. Refused is what was not made by a clean commit, has "
              "not ended, or is not the team that the run itself has chosen.\v"
              "Example: hcsp ship runs/pipeline/stage3 --as stage3_b",
  };
  Arguments args = {0};
  char run[SIM_PATH_MAX], into[SIM_PATH_MAX];
  SimError err = {0};
  cli_read(&args, &COMMAND, argc, argv);
  strip(run, args.run);
  SimStatus status = sim_path_join(into, sim_home(), "policies", &err);
  const char *folder = args.into ? args.into : into;
  status = status == SIM_OK ? pipeline_ship(run, args.name, folder, &err) : status;
  if (status != SIM_OK) {
    return cli_report(&err);
  }
  printf("%s/teams/%s.yaml\n", folder, args.name);
  return SIM_OK;
}
