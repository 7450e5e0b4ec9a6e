// The commands of the program `hcsp` and what they share. Every command is one file with its own
// argp parser and returns the exit code (design of the command line: README). Figures go to stdout,
// talk to stderr.
#ifndef HCSP_CLI_CLI_H_
#define HCSP_CLI_CLI_H_

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

// Parses an integer in low..high; a usage error ends the program with one sentence and exit code 2.
int64_t cli_arg_int(struct argp_state *state, const char *option, const char *text, int64_t low,
                    int64_t high);
// A number of points up to 10 million, as many for each side and server; a usage error as above.
int cli_arg_points(struct argp_state *state, const char *option, const char *text);
// A rule set by name; a usage error as above.
const SimRules *cli_arg_rules(struct argp_state *state, const char *text);

// An engine by name; a usage error as above.
SimPhysics cli_arg_physics(struct argp_state *state, const char *text);

// Options that commands share, each a child of their parsers: --seed, --threads, --rules, --json.
typedef struct CliCommon {
  uint64_t seed;
  int threads;
  const SimRules *rules;
  bool json;
} CliCommon;
extern const struct argp CLI_SEED, CLI_THREADS, CLI_RULES, CLI_JSON;
CliCommon cli_common(void);                      // seed 1, every core, the rules of the court
extern const struct argp_child CLI_MATCHES[];    // rules, seed, threads, JSON
extern const struct argp_child CLI_TRIALS[];     // seed, threads, JSON
extern const struct argp_child CLI_TRAININGS[];  // seed, threads

// How the options of a command are taken that only say something: a row each, the key and where in
// the command's Arguments its value goes.
typedef enum CliKind {
  CLI_TEXT,     // const char *
  CLI_FLAG,     // bool
  CLI_NUMBER,   // int from low to high
  CLI_POINTS,   // int, as cli_arg_points
  CLI_PHYSICS,  // SimPhysics, as cli_arg_physics
  CLI_PRESET,   // SkillsPreset
  CLI_DEVICE,   // const char *, of krn_device_open
} CliKind;

typedef struct CliOption {
  int key;
  CliKind kind;
  size_t offset;
  int64_t low, high;
} CliOption;
#define CLI_OPTION(key, kind, field)                                                               \
  { key, kind, offsetof(Arguments, field), 0, 0 }
#define CLI_COUNT(key, field, low, high)                                                           \
  { key, CLI_NUMBER, offsetof(Arguments, field), low, high }

typedef struct CliParser {
  const struct argp_option *options;  // their names, for messages
  const CliOption *take;
  int n;
  const struct argp_child *children;  // of CliCommon, or NULL
  size_t common;                      // where that is
} CliParser;
#define CLI_PARSER(children)                                                                       \
  { OPTIONS, TAKE, sizeof TAKE / sizeof TAKE[0], children, offsetof(Arguments, common) }

// What a parser does with keys that it has no other use for; usage errors as above.
error_t cli_parse(const CliParser *parser, int key, char *text, struct argp_state *state);

// Prints "hcsp: <text>" on stderr and returns the exit code of err.
int cli_report(const SimError *err);

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
