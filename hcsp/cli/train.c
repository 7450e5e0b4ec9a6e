// hcsp train: grows policies in a run folder.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/cli/train_seeds.h"
#include "hcsp/fleet/fleet.h"
#include "hcsp/recipes/coself/coself.h"
#include "hcsp/recipes/flat/flat.h"
#include "hcsp/recipes/skills/skills.h"
#include "hcsp/recipes/strategy/strategy.h"
#include "hcsp/report/coself_report.h"
#include "hcsp/report/flat_report.h"
#include "hcsp/report/strategy_report.h"
#include "hcsp/run/folder.h"
#include "kernels/ops.h"
#include "sim/base/file.h"
#include "sim/base/shell.h"

enum { OVERRIDES_MAX = 64, WORDS_MAX = 2, ARGUMENTS_MAX = 128 };

typedef struct Arguments {
  const char *word[WORDS_MAX];  // "skill" NAME | "skills" | "strategy" | "flat"
  int words;
  const char *run, *config, *critic, *from, *device;
  SkillsPreset preset;
  bool resume, help_config;
  int checkpoint;
  int seeds;  // runs by as many seeds; 0: one run
  const char *override[OVERRIDES_MAX];
  int overrides;
  char world[300];
  CliCommon common;
} Arguments;

enum { KEY_RESUME = 256, KEY_CRITIC, KEY_FROM, KEY_DEVICE, KEY_CHECKPOINT, KEY_HELP_CONFIG };

static const struct argp_option OPTIONS[] = {
    {"preset", 'p', "PRESET", 0, "smoke, quick (default) or full: how many steps", 0},
    {"world", 'w', "NAME", 0,
     "the same as world=NAME: physical numbers, of configs/worlds or a .yaml file", 0},
    {"config", 'c', "FILE", 0, "YAML laid over the shipped configuration", 0},
    {"run", 'R', "DIR", 0, "run folder, default runs/WHAT", 0},
    {"resume", KEY_RESUME, NULL, 0, "resume the run in the folder", 0},
    {"device", KEY_DEVICE, "DEVICE", 0,
     "cpu (default), cuda, or auto: the GPU that is there; cuda-plain and cuda-graphs to compare",
     0},
    {"checkpoint", KEY_CHECKPOINT, "SECONDS", 0, "time between checkpoints, default 20", 0},
    {"critic", KEY_CRITIC, "FILE", 0,
     "skill: hover critic that prices the states after a strike; default: the one that ships", 0},
    {"from", KEY_FROM, "FILE", 0, "skill: a policy file to continue from; default: from nothing",
     0},
    {"help-config", KEY_HELP_CONFIG, NULL, 0, "list the keys with type, range, value and help", 0},
    {NULL, 0, NULL, 0, NULL, 0}};

static void take_word(Arguments *args, char *text, struct argp_state *state) {
  if (strncmp(text, "seeds=", 6) == 0) {
    args->seeds = (int)cli_arg_int(state, "seeds", text + 6, 1, CLI_SEEDS_MAX);
  } else if (strchr(text, '=')) {
    if (args->overrides == OVERRIDES_MAX) {
      argp_error(state, "more than %d key=value", OVERRIDES_MAX);
    } else {
      args->override[args->overrides++] = text;
    }
  } else if (args->words == WORDS_MAX) {
    argp_error(state, "'%s'; wanted: skill NAME | skills | strategy | flat, then key=value", text);
  } else {
    args->word[args->words++] = text;
  }
}

static void take_world(Arguments *args, const char *text, struct argp_state *state) {
  const int n = snprintf(args->world, sizeof args->world, "world=%s", text);
  if (n >= (int)sizeof args->world) {
    argp_error(state, "--world '%.40s...'; wanted a shorter name", text);
  }
  take_word(args, args->world, state);
}

static const CliOption TAKE[] = {CLI_OPTION('p', CLI_PRESET, preset),
                                 CLI_OPTION('c', CLI_TEXT, config),
                                 CLI_OPTION('R', CLI_TEXT, run),
                                 CLI_OPTION(KEY_RESUME, CLI_FLAG, resume),
                                 CLI_OPTION(KEY_HELP_CONFIG, CLI_FLAG, help_config),
                                 CLI_OPTION(KEY_CRITIC, CLI_TEXT, critic),
                                 CLI_OPTION(KEY_FROM, CLI_TEXT, from),
                                 CLI_COUNT(KEY_CHECKPOINT, checkpoint, 0, 86400),
                                 CLI_OPTION(KEY_DEVICE, CLI_DEVICE, device)};
static const CliParser PARSER = CLI_PARSER(CLI_TRAININGS);

static error_t parse(int key, char *text, struct argp_state *state) {
  Arguments *args = state->input;
  switch (key) {
  case 'w':
    take_world(args, text, state);
    return 0;
  case ARGP_KEY_ARG:
    take_word(args, text, state);
    return 0;
  default:
    return cli_parse(&PARSER, key, text, state);
  }
}

// What the user would type to resume this run, with the program named as it was named; argv[0]
// is "hcsp train". A command too long for a sentence is described: half of it would do harm.
static void resume_command(char *out, size_t size, int argc, char **argv) {
  const char *word[ARGUMENTS_MAX + 3] = {program_invocation_name, "train"};
  int n = 2;
  for (int i = 1; i < argc && n < ARGUMENTS_MAX + 2; i++) {
    if (strcmp(argv[i], "--resume") != 0) {
      word[n++] = argv[i];
    }
  }
  word[n++] = "--resume";
  if (argc > ARGUMENTS_MAX || sim_shell_words(out, size, word, n) >= size) {
    snprintf(out, size, "the same command with --resume");
  }
}

static SimStatus train_strategy(const SkillsTraining *t, SimError *err) {
  StrategyConfig config;
  const SimStatus status = strategy_config_load(&config, skills_preset_name(t->preset), t->config,
                                                t->overrides, t->n_overrides, err);
  const double budget[] = {config.timesteps_smoke, config.timesteps_quick, config.timesteps_full};
  StrategyTraining training = {.config = &config, .order = t->order, .report = strategy_report};
  training.order.budget = (int64_t)budget[t->preset];
  return status == SIM_OK ? strategy_train(&training, err) : status;
}

static SimStatus train_flat(const SkillsTraining *t, SimError *err) {
  FlatConfig config;
  const SimStatus status = flat_config_load(&config, t->config, t->overrides, t->n_overrides, err);
  const double budget[] = {config.timesteps_smoke, config.timesteps_quick, config.timesteps_full};
  FlatTraining training = {.config = &config, .order = t->order, .report = flat_report};
  training.order.budget = (int64_t)budget[t->preset];
  return status == SIM_OK ? flat_train(&training, err) : status;
}

// ---- the keys of what would be trained

static SimStatus help_strategy(const SkillsTraining *t, SimError *err) {
  StrategyConfig config;
  const SimStatus status = strategy_config_load(&config, skills_preset_name(t->preset), t->config,
                                                t->overrides, t->n_overrides, err);
  if (status == SIM_OK) {
    strategy_config_help(stdout, &config);
  }
  return status;
}

static SimStatus help_flat(const SkillsTraining *t, SimError *err) {
  FlatConfig config;
  const SimStatus status = flat_config_load(&config, t->config, t->overrides, t->n_overrides, err);
  if (status == SIM_OK) {
    flat_config_help(stdout, &config);
  }
  return status;
}

static SimStatus help_coself(const SkillsTraining *t, SimError *err) {
  CoselfConfig config;
  const SimStatus status = coself_config_load(&config, skills_preset_name(t->preset), t->config,
                                              t->overrides, t->n_overrides, err);
  if (status == SIM_OK) {
    coself_config_help(stdout, &config);
  }
  return status;
}

static SimStatus help_skill(const SkillsTraining *t, const char *skill, SimError *err) {
  TaskConfig *config = task_skill_config_load(skill, t->config, t->overrides, t->n_overrides, err);
  if (!config) {
    return err->status;
  }
  task_skill_config_help(stdout, config);
  task_skill_config_destroy(config);
  return SIM_OK;
}

static SimStatus help_config(const Arguments *args, const SkillsTraining *t, SimError *err) {
  const char *what = t->order.training;
  if (strcmp(what, "strategy") == 0) {
    return help_strategy(t, err);
  }
  if (strcmp(what, "flat") == 0) {
    return help_flat(t, err);
  }
  if (strcmp(what, "coself") == 0) {
    return help_coself(t, err);
  }
  if (args->words == 2 && strcmp(args->word[0], "skill") == 0) {
    return help_skill(t, args->word[1], err);
  }
  return sim_error(err, SIM_USAGE,
                   "--help-config of '%s'; wanted skill NAME, strategy, flat or coself", what);
}

static SimStatus train(const Arguments *args, const SkillsTraining *training, SimError *err) {
  const TrainOptions *order = &training->order;
  if (args->help_config) {
    return help_config(args, training, err);
  }
  const SimStatus status = run_check_training(order->folder, order->training, err);
  if (status != SIM_OK) {
    return status;
  }
  if (args->words == 1 && strcmp(args->word[0], "skills") == 0) {
    return skills_train(training, err);
  }
  if (args->words == 2 && strcmp(args->word[0], "skill") == 0) {
    return skills_train_one(training, args->word[1], args->critic, args->from, err);
  }
  if (args->words == 1 && strcmp(args->word[0], "strategy") == 0) {
    return train_strategy(training, err);
  }
  if (args->words == 1 && strcmp(args->word[0], "flat") == 0) {
    return train_flat(training, err);
  }
  if (args->words == 1 && strcmp(args->word[0], "coself") == 0) {
    const CoselfReports reports = {.whole = coself_report, .strategy = strategy_report};
    return coself_train(training, &reports, err);
  }
  return sim_error(err, SIM_USAGE,
                   "train '%s'; wanted: skill NAME | skills | strategy | flat | coself",
                   order->training);
}

static SimStatus train_as_told(void *arg, const SkillsTraining *training, SimError *err) {
  return train(arg, training, err);
}

// Ranks follow a training together, each in a folder of its own, and share what is played in it and
// the updates; the skills of Stage I and several seeds are handed out.
static SimStatus train_on_ranks(Arguments *args, SkillsTraining *training, SimError *err) {
  char folder[SIM_PATH_MAX];
  const bool whole = args->words == 1 && strcmp(args->word[0], "skills") == 0;
  if (args->help_config) {
    return fleet_only_first() ? train(args, training, err) : SIM_OK;
  }
  if (training->order.resume && fleet_rank() == 0 && !run_exists(training->order.folder)) {
    run_remove_leftovers(training->order.folder);  // beside runs of parts or seeds
  }
  if (args->seeds > 0) {
    return cli_train_seeds(training, args->seeds, train_as_told, args, err);
  }
  if (whole) {
    return train(args, training, err);
  }
  SimStatus status = fleet_folder(folder, sizeof folder, training->order.folder, err);
  training->order.folder = folder;
  return status == SIM_OK ? train(args, training, err) : status;
}

int cli_cmd_train(int argc, char **argv) {
  static const struct argp COMMAND = {
      OPTIONS,
      parse,
      "skill NAME | skills | strategy | flat | coself [key=value...]",
      "Trains one skill (hover, serve, set, attack, receive, pass, another file of configs/skills) "
      "or all of Stage I in a run folder, "
      "showing how it goes: the skills of table volley, or with options=court those of the tables "
      "with fixed roles. Ctrl-C stores a checkpoint; --resume goes on. seeds=N trains by N "
      "seeds "
      "from --seed on, each in a folder seed-K of the run folder, and reports how far they are "
      "apart. Several processes under mpirun or srun share the work (hcsp/fleet/README.md).\v"
      "Example: hcsp train skills --preset quick --run runs/skills",
      CLI_TRAININGS,
      NULL,
      NULL};
  Arguments args = {.preset = SKILLS_QUICK, .checkpoint = 20, .common = cli_common()};
  char command[640], folder[SIM_PATH_MAX], what[64];
  resume_command(command, sizeof command, argc, argv);
  argp_parse(&COMMAND, argc, argv, 0, NULL, &args);
  SimError err = {0};
  snprintf(folder, sizeof folder, "runs/%s", args.words ? args.word[args.words - 1] : "run");
  snprintf(what, sizeof what, "%s%s%s", args.words ? args.word[0] : "", args.words > 1 ? " " : "",
           args.words > 1 ? args.word[1] : "");
  SkillsTraining training = {.preset = args.preset,
                             .order = {.folder = args.run ? args.run : folder,
                                       .training = what,
                                       .resume_command = command,
                                       .resume = args.resume,
                                       .seed = args.common.seed,
                                       .threads = args.common.threads,
                                       .device = args.device,
                                       .checkpoint_seconds = args.checkpoint,
                                       .argc = argc,
                                       .argv = argv},
                             .config = args.config,
                             .overrides = args.override,
                             .n_overrides = args.overrides};
  return train_on_ranks(&args, &training, &err) == SIM_OK ? SIM_OK : cli_report(&err);
}
