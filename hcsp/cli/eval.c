// hcsp eval: finds the measurement and hands it its arguments.
#include <stdio.h>
#include <string.h>

#include "hcsp/cli/cli.h"

// ranks share all of it
static const CliEntry MEASUREMENTS[] = {
    {"skill", cli_eval_skill, true, "one skill, or all, in the situations they were made for"},
    {"teams", cli_eval_teams, true, "teams against each other: who beats whom, Nash mixture, Elo"},
    {"exploit", cli_eval_exploit, true, "how much a team can be exploited with its own skills"},
    {"robust", cli_eval_robust, true,
     "what a team or a skill stands: other masses, delays, noise, wind"},
    {"paper", cli_eval_paper, true, "the paper's table, from the teams that ship"},
};

static const CliMenu MENU = {
    .program = "hcsp eval",
    .kind = "measurement",
    .before = "Usage: hcsp eval WHAT [OPTION...]\n\nMeasures skills and teams:\n\n",
    .after = "\nhcsp eval WHAT --help tells the options of a measurement.\n",
    .entry = MEASUREMENTS,
    .entries = sizeof MEASUREMENTS / sizeof MEASUREMENTS[0],
    .width = 8};

int cli_cmd_eval(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : NULL;
  if (what && (strcmp(what, "--help") == 0 || strcmp(what, "-?") == 0)) {
    cli_menu_help(stdout, &MENU);
    return SIM_OK;
  }
  return cli_menu_run(&MENU, argc, argv);
}
