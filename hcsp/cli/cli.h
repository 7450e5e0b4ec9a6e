// The commands of the program `hcsp` and what they share. Every command is one file with its own
// argp parser and returns the exit code (design of the command line: README). Figures go to stdout,
// talk to stderr.
#ifndef HCSP_CLI_CLI_H_
#define HCSP_CLI_CLI_H_

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "policies/team.h"
#include "sim/model.h"
#include "sim/referee.h"

int cli_cmd_play(int argc, char **argv);
int cli_cmd_train(int argc, char **argv);
int cli_cmd_calibrate(int argc, char **argv);
int cli_cmd_export(int argc, char **argv);
int cli_cmd_info(int argc, char **argv);
int cli_cmd_eval(int argc, char **argv);
int cli_cmd_pipeline(int argc, char **argv);
int cli_cmd_ship(int argc, char **argv);
int cli_cmd_bench(int argc, char **argv);
// The measurements of `hcsp eval`; argv[0] is the name that one shows.
int cli_eval_skill(int argc, char **argv);
int cli_eval_teams(int argc, char **argv);
int cli_eval_exploit(int argc, char **argv);
int cli_eval_robust(int argc, char **argv);
int cli_eval_paper(int argc, char **argv);

// What can be asked for by a first word: the commands of the program, the measurements of one.
typedef struct CliEntry {
  const char *name;
  int (*run)(int argc, char **argv);
  bool splits;  // ranks share its work (hcsp/fleet); else rank 0 does it alone
  const char *help;
} CliEntry;
typedef struct CliMenu {
  const char *program, *kind;  // "hcsp eval", "measurement"
  const char *before, *after;  // of the help, around the list
  const CliEntry *entry;       // [entries]
  int entries, width;          // columns of the names
} CliMenu;
void cli_menu_help(FILE *out, const CliMenu *menu);
// Runs what argv[1] names, or says what there is; returns the exit code.
int cli_menu_run(const CliMenu *menu, int argc, char **argv);

// Parses an integer in low..high; a usage error ends the program with one sentence and exit code 2.
int64_t cli_arg_int(struct argp_state *state, const char *option, const char *text, int64_t low,
                    int64_t high);
// A number of points up to 10 million, as many for each side and server; a usage error as above.
int cli_arg_points(struct argp_state *state, const char *option, const char *text);
// A rule set by name; a usage error as above.
const SimRules *cli_arg_rules(struct argp_state *state, const char *text);

// An engine by name; a usage error as above.
SimPhysics cli_arg_physics(struct argp_state *state, const char *text);

// Options that commands share.
typedef struct CliCommon {
  uint64_t seed;
  int threads;
  const SimRules *rules;
  bool json;
} CliCommon;
CliCommon cli_common(void);  // seed 1, every core, the rules of the court
enum {
  CLI_RULES = 1,
  CLI_SEED = 2,
  CLI_THREADS = 4,
  CLI_JSON = 8,
  CLI_TRAININGS = CLI_SEED | CLI_THREADS,
  CLI_TRIALS = CLI_TRAININGS | CLI_JSON,
  CLI_MATCHES = CLI_TRIALS | CLI_RULES
};

// ---- the command line of a command as a table, whose values go to its structure Arguments

// How the value of an option is taken, and what it becomes.
typedef enum CliKind {
  CLI_TEXT,           // const char *
  CLI_FLAG,           // bool
  CLI_NUMBER,         // int from low to high
  CLI_POINTS,         // int, as cli_arg_points
  CLI_PHYSICS,        // SimPhysics, as cli_arg_physics
  CLI_PRESET,         // SkillsPreset
  CLI_DEVICE,         // const char *, of krn_device_open
  CLI_OWN,            // by the command
  CLI_SHARED_RULES,   // const SimRules *, as cli_arg_rules
  CLI_SHARED_SEED,    // uint64_t, with room for what trainings multiply it with
  CLI_SHARED_THREADS  // int
} CliKind;

// Takes the value of an option of its own kind, or a word; a usage error as above.
typedef void CliTakeFn(void *arguments, char *text, struct argp_state *state);

typedef struct CliOption {
  const char *name;
  int letter;         // 0: none
  const char *value;  // as the help calls it; NULL for a flag
  CliKind kind;
  size_t offset;
  int64_t low, high;
  CliTakeFn *take;  // of CLI_OWN
  const char *help;
} CliOption;
#define CLI_OPTION(name, letter, value, kind, field, help)                                         \
  { name, letter, value, kind, offsetof(Arguments, field), 0, 0, NULL, help }
#define CLI_SWITCH(name, letter, field, help) CLI_OPTION(name, letter, NULL, CLI_FLAG, field, help)
#define CLI_COUNT(name, letter, value, field, low, high, help)                                     \
  { name, letter, value, CLI_NUMBER, offsetof(Arguments, field), low, high, NULL, help }
#define CLI_TAKEN(name, letter, value, take, help)                                                 \
  { name, letter, value, CLI_OWN, 0, 0, 0, take, help }

// Words that are no options: how many there must be, where they go, and what an error says of them.
typedef struct CliWords {
  int least, most;
  const char *what, *wanted;  // "no <what>; wanted <wanted>"
  size_t word;                // const char *[most]
  size_t n;                   // int, how many there are; CLI_UNCOUNTED
} CliWords;
#define CLI_UNCOUNTED SIZE_MAX

typedef struct CliCommand {
  const char *usage, *help;
  const CliOption *option;  // [options]
  int options;
  int shared;     // CLI_SEED | ...
  size_t common;  // the CliCommon of these
  CliWords words;
  CliTakeFn *word;  // takes each word instead; NULL: they go where `words` says
  void (*check)(void *arguments, struct argp_state *state);  // of all together; NULL: nothing to
} CliCommand;
#define CLI_OPTIONS .option = OPTIONS, .options = sizeof OPTIONS / sizeof OPTIONS[0]
#define CLI_SHARED(which) .shared = (which), .common = offsetof(Arguments, common)

// Fills arguments. --help and usage errors end the program.
void cli_read(void *arguments, const CliCommand *command, int argc, char **argv);

// Prints "hcsp: <text>" on stderr and returns the exit code of err.
int cli_report(const SimError *err);

// Prints a JSON object, which is freed, on stdout.
void cli_print_json(json_t *json);

// Threads by default: the processors this process may use (sim/base/cores.h), at most
// CLI_THREADS_MAX.
enum { CLI_THREADS_MAX = 256 };
int cli_cores(void);

// Two teams and a six-drone model, what every match needs.
typedef struct CliMatchup {
  SimModel *model;
  PolTeam *near, *far;
} CliMatchup;
SimStatus cli_matchup_open(CliMatchup *matchup, const char *near, const char *far,
                           SimPhysics physics, const char *world, SimError *err);
void cli_matchup_close(CliMatchup *matchup);

#endif  // HCSP_CLI_CLI_H_
