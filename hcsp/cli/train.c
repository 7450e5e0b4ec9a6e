// hcsp train: grows policies in a run folder.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/fleet/fleet.h"
#include "hcsp/recipes/coself/coself.h"
#include "hcsp/recipes/flat/flat.h"
#include "hcsp/recipes/skills/skills.h"
#include "hcsp/recipes/strategy/strategy.h"
#include "hcsp/report/coself_report.h"
#include "hcsp/report/flat_report.h"
#include "hcsp/report/seeds_report.h"
#include "hcsp/report/strategy_report.h"
#include "hcsp/run/folder.h"
#include "kernels/ops.h"
#include "sim/base/file.h"
#include "sim/base/log.h"
#include "sim/base/shell.h"

enum { OVERRIDES_MAX = 64, WORDS_MAX = 2, ARGUMENTS_MAX = 128, SEEDS_MAX = 1000 };

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

static void take_word(void *arguments, char *text, struct argp_state *state) {
  Arguments *args = arguments;
  if (strncmp(text, "seeds=", 6) == 0) {
    args->seeds = (int)cli_arg_int(state, "seeds", text + 6, 1, SEEDS_MAX);
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

static void take_world(void *arguments, char *text, struct argp_state *state) {
  Arguments *args = arguments;
  const int n = snprintf(args->world, sizeof args->world, "world=%s", text);
  if (n >= (int)sizeof args->world) {
    argp_error(state, "--world '%.40s...'; wanted a shorter name", text);
  }
  take_word(args, args->world, state);
}

static const CliOption OPTIONS[] = {
    CLI_OPTION("preset", 'p', "PRESET", CLI_PRESET, preset,
               "smoke, quick (default) or full: how many steps"),
    CLI_TAKEN("world", 'w', "NAME", take_world,
              "the same as world=NAME: physical numbers, of configs/worlds or a .yaml file"),
    CLI_OPTION("config", 'c', "FILE", CLI_TEXT, config, "YAML laid over the shipped configuration"),
    CLI_OPTION("run", 'R', "DIR", CLI_TEXT, run, "run folder, default runs/WHAT"),
    CLI_SWITCH("resume", 0, resume, "resume the run in the folder"),
    CLI_OPTION("device", 0, "DEVICE", CLI_DEVICE, device,
               "cpu (default), cuda, or auto: the GPU that is there; cuda-plain and cuda-graphs to "
               "compare"),
    CLI_COUNT("checkpoint", 0, "SECONDS", checkpoint, 0, 86400,
              "time between checkpoints, default 20"),
    CLI_OPTION(
        "critic", 0, "FILE", CLI_TEXT, critic,
        "skill: hover critic that prices the states after a strike; default: the one that ships"),
    CLI_OPTION("from", 0, "FILE", CLI_TEXT, from,
               "skill: a policy file to continue from; default: from nothing"),
    CLI_SWITCH("help-config", 0, help_config, "list the keys with type, range, value and help")};

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

// ---- the recipes: each trains, or lists the keys of what would be trained

static SimStatus skills(const Arguments *args, const SkillsTraining *t, SimError *err) {
  return args->help_config ? sim_error(err, SIM_USAGE,
                                       "--help-config of 'skills'; wanted skill NAME, strategy, "
                                       "flat or coself")
                           : skills_train(t, err);
}

static SimStatus skill(const Arguments *args, const SkillsTraining *t, SimError *err) {
  const char *name = args->word[1];
  if (!args->help_config) {
    return skills_train_one(t, name, args->critic, args->from, err);
  }
  TaskConfig *config = task_skill_config_load(name, t->config, t->overrides, t->n_overrides, err);
  SIM_TRY(config ? SIM_OK : err->status);
  task_skill_config_help(stdout, config);
  task_skill_config_destroy(config);
  return SIM_OK;
}

static SimStatus strategy(const Arguments *args, const SkillsTraining *t, SimError *err) {
  StrategyConfig config;
  SIM_TRY(strategy_config_load(&config, skills_preset_name(t->preset), t->config, t->overrides,
                               t->n_overrides, err));
  if (args->help_config) {
    strategy_config_help(stdout, &config);
    return SIM_OK;
  }
  StrategyTraining training = {.config = &config, .options = t->options, .report = strategy_report};
  training.options.budget = (int64_t)SKILLS_OF_PRESET(&config, timesteps, t->preset);
  return strategy_train(&training, err);
}

static SimStatus flat(const Arguments *args, const SkillsTraining *t, SimError *err) {
  FlatConfig config;
  SIM_TRY(flat_config_load(&config, t->config, t->overrides, t->n_overrides, err));
  if (args->help_config) {
    flat_config_help(stdout, &config);
    return SIM_OK;
  }
  FlatTraining training = {.config = &config, .options = t->options, .report = flat_report};
  training.options.budget = (int64_t)SKILLS_OF_PRESET(&config, timesteps, t->preset);
  return flat_train(&training, err);
}

static SimStatus coself(const Arguments *args, const SkillsTraining *t, SimError *err) {
  const CoselfReports reports = {.whole = coself_report, .strategy = strategy_report};
  CoselfConfig config;
  if (!args->help_config) {
    return coself_train(t, &reports, err);
  }
  SIM_TRY(coself_config_load(&config, skills_preset_name(t->preset), t->config, t->overrides,
                             t->n_overrides, err));
  coself_config_help(stdout, &config);
  return SIM_OK;
}

static const struct {
  const char *name;
  int words;
  SimStatus (*run)(const Arguments *args, const SkillsTraining *t, SimError *err);
} RECIPES[] = {{"skills", 1, skills},
               {"skill", 2, skill},
               {"strategy", 1, strategy},
               {"flat", 1, flat},
               {"coself", 1, coself}};

static SimStatus train(const Arguments *args, const SkillsTraining *t, SimError *err) {
  if (!args->help_config) {
    SIM_TRY(run_check_training(t->options.folder, t->options.training, err));
  }
  for (size_t i = 0; i < sizeof RECIPES / sizeof RECIPES[0]; i++) {
    if (args->words == RECIPES[i].words && strcmp(args->word[0], RECIPES[i].name) == 0) {
      return RECIPES[i].run(args, t, err);
    }
  }
  return sim_error(err, SIM_USAGE,
                   "train '%s'; wanted: skill NAME | skills | strategy | flat | coself",
                   t->options.training);
}

// ---- several seeds

typedef struct Seeds {
  const SkillsTraining *training;
  Arguments *args;
} Seeds;

static SimStatus train_seed(FleetBytes *left, int item, void *arg, SimError *err) {
  (void)left;
  const Seeds *seeds = arg;
  SkillsTraining one = *seeds->training;
  char folder[SIM_PATH_MAX];
  one.options.seed += (uint64_t)item;
  SIM_TRY(seeds_folder(folder, seeds->training->options.folder, one.options.seed, err));
  one.options.folder = folder;
  one.options.resume = one.options.resume && run_exists(folder);
  sim_log(SIM_LOG_INFO, "seed %llu: %s", (unsigned long long)one.options.seed, folder);
  return train(seeds->args, &one, err);
}

// by the seeds options->seed and those that follow, each in a folder seed-K under that of options,
// and what they show together; ranks take seeds as they are free, in a folder that all see
static SimStatus train_seeds(Arguments *args, const SkillsTraining *t, SimError *err) {
  const TrainOptions *options = &t->options;
  const int n = args->seeds;
  Seeds seeds = {.training = t, .args = args};
  SimStatus status =
      run_exists(options->folder)
          ? sim_error(err, SIM_BAD_INPUT,
                      "%s: saw a run by one seed, wanted a folder for runs by several",
                      options->folder)
          : SIM_OK;
  status = status == SIM_OK ? fleet_check_shared(options->folder, err) : status;
  status = status == SIM_OK ? fleet_items(NULL, n, train_seed, &seeds, "seeds", err) : status;
  if (status == SIM_OK && fleet_rank() == 0) {
    status = seeds_report(options->folder, options->training, options->seed, n, err);
  }
  return fleet_agree("report of the seeds", status, err);
}

// Ranks follow a training together, each in a folder of its own, and share what is played in it and
// the updates; the skills of Stage I and several seeds are handed out.
static SimStatus train_on_ranks(Arguments *args, SkillsTraining *training, SimError *err) {
  char folder[SIM_PATH_MAX];
  const bool whole = args->words == 1 && strcmp(args->word[0], "skills") == 0;
  if (args->help_config) {
    return fleet_only_first() ? train(args, training, err) : SIM_OK;
  }
  if (training->options.resume && fleet_rank() == 0 && !run_exists(training->options.folder)) {
    run_remove_leftovers(training->options.folder);  // beside runs of parts or seeds
  }
  if (args->seeds > 0) {
    return train_seeds(args, training, err);
  }
  if (whole) {
    return train(args, training, err);
  }
  SIM_TRY(fleet_folder(folder, sizeof folder, training->options.folder, err));
  training->options.folder = folder;
  return train(args, training, err);
}

int cli_cmd_train(int argc, char **argv) {
  static const CliCommand COMMAND = {
      CLI_OPTIONS,
      CLI_SHARED(CLI_TRAININGS),
      .usage = "skill NAME | skills | strategy | flat | coself [key=value...]",
      .word = take_word,
      .help = "Trains one skill (hover, serve, set, attack, receive, pass, another file of "
              "configs/skills) or all of Stage I in a run folder, showing how it goes: the skills "
              "of table volley, or with options=court those of the tables with fixed roles. Ctrl-C "
              "stores a checkpoint; --resume goes on. seeds=N trains by N seeds from --seed on, "
              "each in a folder seed-K of the run folder, and reports how far they are apart. "
              "Several processes under mpirun or srun share the work (hcsp/fleet/README.md).\v"
              "Example: hcsp train skills --preset quick --run runs/skills",
  };
  Arguments args = {.preset = SKILLS_QUICK, .checkpoint = 20, .common = cli_common()};
  char command[640], folder[SIM_PATH_MAX], what[64];
  resume_command(command, sizeof command, argc, argv);
  cli_read(&args, &COMMAND, argc, argv);
  SimError err = {0};
  snprintf(folder, sizeof folder, "runs/%s", args.words ? args.word[args.words - 1] : "run");
  snprintf(what, sizeof what, "%s%s%s", args.words ? args.word[0] : "", args.words > 1 ? " " : "",
           args.words > 1 ? args.word[1] : "");
  SkillsTraining training = {.preset = args.preset,
                             .options = {.folder = args.run ? args.run : folder,
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
