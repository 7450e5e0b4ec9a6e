// hcsp ship: a finished run's team becomes one that ships.
#include <stdio.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/pipeline/ship.h"
#include "sim/base/file.h"

typedef struct Arguments {
  const char *run, *name, *into;
} Arguments;

enum { KEY_INTO = 256 };

static const struct argp_option OPTIONS[] = {
    {"as", 'a', "NAME", 0, "what the team is called from now on", 0},
    {"into", KEY_INTO, "DIR", 0, "default: the folder policies/ of the teams that ship", 0},
    {NULL, 0, NULL, 0, NULL, 0}};

static const CliOption TAKE[] = {CLI_OPTION('a', CLI_TEXT, name),
                                 CLI_OPTION(KEY_INTO, CLI_TEXT, into)};
static const CliParser PARSER = {OPTIONS, TAKE, sizeof TAKE / sizeof TAKE[0], NULL, 0};

static error_t parse(int key, char *text, struct argp_state *state) {
  Arguments *args = state->input;
  switch (key) {
  case ARGP_KEY_ARG:
    if (args->run) {
      argp_error(state, "'%s' is one word too many; wanted one run folder", text);
    }
    args->run = text;
    return 0;
  case ARGP_KEY_END:
    if (!args->run || !args->name) {
      argp_error(state, "wanted a run folder and --as NAME");
    }
    return 0;
  default:
    return cli_parse(&PARSER, key, text, state);
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
  static const struct argp COMMAND = {
      OPTIONS,
      parse,
      "RUN",
      "Copies the team of a finished run into the folder of those that ship, weights under fixed "
      "names, with commands, commits, seeds and CPU time of the run and what chose its mixture in "
      "the team file. Refused is what was not made by a clean commit, has not ended, or is not "
      "the team that the run itself has chosen.\v"
      "Example: hcsp ship runs/pipeline/stage3 --as stage3_b",
      NULL,
      NULL,
      NULL};
  Arguments args = {0};
  char run[SIM_PATH_MAX], into[SIM_PATH_MAX];
  SimError err = {0};
  argp_parse(&COMMAND, argc, argv, 0, NULL, &args);
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
