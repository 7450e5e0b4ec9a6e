// hcsp: the program without a window. Finds the command and hands it its arguments.
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/fleet/fleet.h"
#include "hcsp/run/interrupt.h"
#include "sim/base/nearest.h"
#include "sim/base/output.h"
#include "sim/base/version.h"

typedef struct Command {
  const char *name;
  int (*run)(int argc, char **argv);
  bool splits;  // ranks share its work (hcsp/fleet); else rank 0 does it alone
  const char *help;
} Command;

static const Command COMMANDS[] = {
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
enum { N_COMMANDS = sizeof COMMANDS / sizeof COMMANDS[0] };

static void print_help(FILE *out) {
  fprintf(out, "Usage: hcsp COMMAND [OPTION...]\n\n"
               "3v3 drone volleyball: play, train, measure. Commands:\n\n");
  for (int i = 0; i < N_COMMANDS; i++) {
    fprintf(out, "  %-9s %s\n", COMMANDS[i].name, COMMANDS[i].help);
  }
  fprintf(out, "\nhcsp COMMAND --help tells the options of a command; hcsp --version the version.\n"
               "Exit codes: 0 ok, 1 failure, 2 usage, 3 bad input file, 4 disk full, "
               "130 interrupted.\n");
}

static int unknown_command(const char *name) {
  const char *names[N_COMMANDS];
  for (int i = 0; i < N_COMMANDS; i++) {
    names[i] = COMMANDS[i].name;
  }
  const char *near = sim_nearest(name, names, N_COMMANDS);
  fprintf(stderr,
          "hcsp: unknown command '%s'%s%s%s; wanted one of: play train calibrate export info eval "
          "pipeline ship bench\n",
          name, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
  return SIM_USAGE;
}

static int dispatch(int argc, char **argv) {
  const char *name = argv[1];
  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
    print_help(stdout);
    return SIM_OK;
  }
  if (strcmp(name, "--version") == 0) {
    printf("hcsp %s (%s), MuJoCo %s\n", sim_version(), sim_commit(), mj_versionString());
    return SIM_OK;
  }
  for (int i = 0; i < N_COMMANDS; i++) {
    if (strcmp(name, COMMANDS[i].name) == 0) {
      char full[64];
      snprintf(full, sizeof full, "hcsp %s", name);
      argv[1] = full;  // argp prints it in messages
      if (!COMMANDS[i].splits && !fleet_only_first()) {
        return SIM_OK;
      }
      return COMMANDS[i].run(argc - 1, argv + 1);
    }
  }
  return unknown_command(name);
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
    print_help(stderr);
    return SIM_USAGE;
  }
  return dispatch(argc, argv);
}
