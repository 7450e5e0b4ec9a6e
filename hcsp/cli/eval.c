// hcsp eval: finds the measurement and hands it its arguments.
#include <stdio.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "sim/base/nearest.h"

typedef struct Measurement {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *help;
} Measurement;

static const Measurement MEASUREMENTS[] = {
    {"skill", cli_eval_skill, "one skill, or all, in the situations they were made for"},
    {"teams", cli_eval_teams, "teams against each other: who beats whom, Nash mixture, Elo"},
    {"exploit", cli_eval_exploit, "how much a team can be exploited with its own skills"},
    {"robust", cli_eval_robust, "what a team or a skill stands: other masses, delays, noise, wind"},
    {"paper", cli_eval_paper, "the paper's table, from the teams that ship"},
};
enum { N_MEASUREMENTS = sizeof MEASUREMENTS / sizeof MEASUREMENTS[0] };

static void print_help(FILE *out) {
  fprintf(out, "Usage: hcsp eval WHAT [OPTION...]\n\nMeasures skills and teams:\n\n");
  for (int i = 0; i < N_MEASUREMENTS; i++) {
    fprintf(out, "  %-8s %s\n", MEASUREMENTS[i].name, MEASUREMENTS[i].help);
  }
  fprintf(out, "\nhcsp eval WHAT --help tells the options of a measurement.\n");
}

static int refuse(const char *what) {
  const char *names[N_MEASUREMENTS];
  char wanted[128] = "";
  size_t used = 0;
  for (int i = 0; i < N_MEASUREMENTS && used < sizeof wanted; i++) {
    names[i] = MEASUREMENTS[i].name;
    used += (size_t)snprintf(wanted + used, sizeof wanted - used, "%s%s", i ? ", " : "", names[i]);
  }
  if (!what) {
    fprintf(stderr, "hcsp eval: nothing to measure; wanted %s\n", wanted);
    return SIM_USAGE;
  }
  const char *near = sim_nearest(what, names, N_MEASUREMENTS);
  fprintf(stderr, "hcsp eval: '%s'%s%s%s; wanted %s\n", what, near ? " (did you mean '" : "",
          near ? near : "", near ? "'?)" : "", wanted);
  return SIM_USAGE;
}

int cli_cmd_eval(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : NULL;
  if (what && (strcmp(what, "--help") == 0 || strcmp(what, "-?") == 0)) {
    print_help(stdout);
    return SIM_OK;
  }
  for (int i = 0; what && i < N_MEASUREMENTS; i++) {
    if (strcmp(what, MEASUREMENTS[i].name) == 0) {
      char full[64];
      snprintf(full, sizeof full, "hcsp eval %s", what);
      argv[1] = full;  // argp prints it in messages
      return MEASUREMENTS[i].run(argc - 1, argv + 1);
    }
  }
  return refuse(what);
}
