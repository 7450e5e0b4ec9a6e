// hcsp: the program without a window. Finds the command and hands it its arguments.
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/fleet/fleet.h"
#include "hcsp/run/interrupt.h"
#include "sim/base/output.h"
#include "sim/base/version.h"

static const CliEntry COMMANDS[] = {
    {"play", cli_cmd_play, false,
     "play rallies between two teams, print figures, log them to HDF5"},
    {"train", cli_cmd_train, true,
     "train skills or teams in a run folder; --resume continues a run"},
    {"calibrate", cli_cmd_calibrate, true,
     "measure how fast the fast attacks must be for a team's skills"},
    {"export", cli_cmd_export, false,
     "turn a match log into CSV, JSON or HDF5, a policy into ONNX, C or PyTorch"},
    {"info", cli_cmd_info, false, "say what a file is, whole or damaged; --verify replays a log"},
    {"eval", cli_cmd_eval, true,
     "measure skills in their situations, and teams against each other"},
    {"pipeline", cli_cmd_pipeline, false,
     "all stages, figures, a logged match and a report in one go"},
    {"ship", cli_cmd_ship, false, "make a finished run's team one of those that ship"},
    {"bench", cli_cmd_bench, true, "measure speed: physics, nets, rollout, train, log, fleet"},
};
static const CliMenu MENU = {
    .program = "hcsp",
    .kind = "command",
    .before = "Usage: hcsp COMMAND [OPTION...]\n\n"
              "3v3 drone volleyball: play, train, measure. Commands:\n\n",
    .after = "\nhcsp COMMAND --help tells the options of a command; hcsp --version the version.\n"
             "Exit codes: 0 ok, 1 failure, 2 usage, 3 bad input file, 4 disk full, "
             "130 interrupted.\n",
    .entry = COMMANDS,
    .entries = sizeof COMMANDS / sizeof COMMANDS[0],
    .width = 9};

static int dispatch(int argc, char **argv) {
  const char *name = argv[1];
  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
    cli_menu_help(stdout, &MENU);
    return SIM_OK;
  }
  if (strcmp(name, "--version") == 0) {
    printf("hcsp %s (%s), MuJoCo %s\n", sim_version(), sim_commit(), mj_versionString());
    return SIM_OK;
  }
  return cli_menu_run(&MENU, argc, argv);
}

int main(int argc, char **argv) {
  setlocale(LC_ALL, "C");
  signal(SIGXFSZ, SIG_IGN);  // a size limit is a full disk, not a crash
  signal(SIGPIPE, SIG_IGN);
  run_interrupt_install();
  sim_output_watch();
  argp_err_exit_status = SIM_USAGE;
  SimError err = {0};
  if (fleet_open(argc, argv, &err) != SIM_OK) {
    return cli_report(&err);
  }
  if (argc < 2) {
    cli_menu_help(stderr, &MENU);
    return SIM_USAGE;
  }
  return dispatch(argc, argv);
}
