// hcsp play: rallies between two teams, figures on stdout, a match log on request.
#include <stdio.h>
#include <stdlib.h>

#include "hcsp/cli/cli.h"
#include "hcsp/eval/log_match.h"
#include "hcsp/eval/rallies.h"
#include "hcsp/eval/summary.h"
#include "sim/base/log.h"

typedef struct Arguments {
  const char *near, *far, *log, *world;
  SimPhysics physics;
  int rallies;
  CliCommon common;
} Arguments;

static const CliOption OPTIONS[] = {
    CLI_OPTION("near", 'n', "TEAM", CLI_TEXT, near,
               "near team: a shipped team, a .yaml file or a run folder"),
    CLI_OPTION("far", 'f', "TEAM", CLI_TEXT, far, "far team"),
    CLI_COUNT("rallies", 'N', "N", rallies, 1, 10000000, "rallies to play, default 64"),
    CLI_OPTION(
        "physics", 'p', "ENGINE", CLI_PHYSICS, physics,
        "mujoco (default), or flight: faster, for a look; figures to be published are MuJoCo's"),
    CLI_OPTION("world", 'w', "NAME", CLI_TEXT, world,
               "physical numbers: paper (default), another of configs/worlds, a .yaml file"),
    CLI_OPTION("log", 'l', "DIR", CLI_TEXT, log, "write a match log into this new folder")};

static json_t *options_json(const CliMatchup *matchup, const EvalTactics *tactics) {
  json_t *json = json_object();
  const PolTeam *const team[SIM_TEAMS] = {matchup->near, matchup->far};
  for (int side = 0; side < SIM_TEAMS; side++) {
    const PolOptions *table = team[side]->options;
    if (table) {
      json_t *uses = eval_uses_json(&tactics->use[side], table);
      json_object_set_new(uses, "guess", eval_guess_json(&tactics->guess[side], table));
      json_object_set_new(json, side == SIM_NEAR ? "near" : "far", uses);
    }
  }
  return json;
}

// one table for a team that plays itself
static void print_options(const CliMatchup *matchup, const EvalTactics *tactics) {
  const PolTeam *const team[SIM_TEAMS] = {matchup->near, matchup->far};
  const bool same = team[SIM_NEAR]->hash == team[SIM_FAR]->hash;
  EvalTactics shown = *tactics;
  if (same) {
    eval_tactics_merge(&shown);
  }
  for (int side = 0; side < (same ? 1 : SIM_TEAMS); side++) {
    char name[POL_NAME_MAX + 8];
    snprintf(name, sizeof name, "%s%s",
             same               ? ""
             : side == SIM_NEAR ? "near "
                                : "far ",
             team[side]->name);
    if (team[side]->options) {
      eval_uses_print(stdout, &shown.use[side], team[side]->options, name);
      eval_guess_print(stdout, &shown.guess[side], team[side]->options, name);
    }
  }
}

static void print_result(const Arguments *args, const CliMatchup *matchup,
                         const EvalSummary *summary, const EvalTactics *tactics,
                         const PolNonfinite *nonfinite) {
  if (args->common.json) {
    json_t *json = eval_summary_json(summary, matchup->near->name, matchup->far->name);
    json_object_set_new(json, "world", json_string(matchup->model->world.name));
    json_object_set_new(json, "physics", json_string(sim_physics_name(args->physics)));
    json_object_set_new(json, "nonfinite",
                        json_integer(nonfinite->commands + nonfinite->decisions));
    json_object_set_new(json, "options", options_json(matchup, tactics));
    cli_print_json(json);
  } else {
    eval_summary_print(stdout, summary, matchup->near->name, matchup->far->name);
    if (args->log) {
      printf("log              %s\n", args->log);
    }
    print_options(matchup, tactics);
  }
}

static SimStatus play(const Arguments *args, const CliMatchup *matchup, EvalRally *result,
                      SimError *err) {
  EvalTactics tactics = {0};
  PolNonfinite nonfinite = {.n = 0};
  const EvalRalliesOptions options = {.model = matchup->model,
                                      .near = matchup->near,
                                      .far = matchup->far,
                                      .rules = args->common.rules,
                                      .seed = args->common.seed,
                                      .rallies = args->rallies,
                                      .threads = args->common.threads,
                                      .progress = true,
                                      .tactics = &tactics,
                                      .nonfinite = &nonfinite};
  int played = 0;
  const double start = sim_time_wall();
  const SimStatus status = eval_rallies_play_logged(result, &played, &options, args->log, err);
  const double seconds = sim_time_wall() - start;
  pol_nonfinite_warn(&nonfinite);
  if (status == SIM_OK || status == SIM_INTERRUPTED) {
    EvalSummary summary;
    eval_summarise(&summary, result, args->rallies);
    summary.seconds = seconds;
    print_result(args, matchup, &summary, &tactics, &nonfinite);
  }
  return status;
}

int cli_cmd_play(int argc, char **argv) {
  static const CliCommand COMMAND = {
      CLI_OPTIONS,
      CLI_SHARED(CLI_MATCHES),
      .words = {.wanted = "options only"},
      .help = "Plays rallies 0..N-1 between two teams, each to its end, and prints the figures.\v"
              "Example: hcsp play --near classical --far classical --rallies 64 --log match",
  };
  Arguments args = {.near = "classical", .far = "classical", .rallies = 64, .common = cli_common()};
  cli_read(&args, &COMMAND, argc, argv);
  CliMatchup matchup;
  SimError err = {0};
  SimStatus status =
      cli_matchup_open(&matchup, args.near, args.far, args.physics, args.world, &err);
  if (status != SIM_OK) {
    return cli_report(&err);
  }
  EvalRally *result = sim_new((size_t)args.rallies, sizeof *result);
  status = play(&args, &matchup, result, &err);
  free(result);
  cli_matchup_close(&matchup);
  return status == SIM_OK ? SIM_OK : cli_report(&err);
}
