// hcsp eval teams: every pair of the named teams, balanced over sides and serves.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/cli/field.h"
#include "sim/base/log.h"

enum { POINTS = 400 };

typedef struct Arguments {
  const char *team[CLI_FIELD_MAX];
  int teams, points;
  const char *world;
  CliCommon common;
} Arguments;

static const CliOption OPTIONS[] = {
    CLI_OPTION("points", 'N', "N", CLI_POINTS, points,
               "points of each pair, a multiple of 4, default 400 (intervals of about +-5 %; 2400: "
               "+-2 %)"),
    CLI_OPTION("world", 'w', "NAME", CLI_TEXT, world,
               "physical numbers: paper (default), another of configs/worlds, a .yaml file")};

static bool same_skills(const PolTeam *a, const PolTeam *b) {
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    if (pol_team_skill_hash(a, (PolSlot)slot) != pol_team_skill_hash(b, (PolSlot)slot)) {
      return false;
    }
  }
  return true;
}

// by its name, or as the rule that it plays with the skills of this one
static bool met(const CliField *field, int team, int other) {
  const PolTeam *a = field->team[team], *b = field->team[other];
  const bool rule = !a->flat && !b->flat && b->strategy[0].kind != POL_STRATEGY_NET;
  return team != other && (pol_team_met(a, b->name) ||
                           (rule && pol_team_met(a, b->strategy[0].name) && same_skills(a, b)));
}

// for each team, whether its training met each other one; null where its file does not say
static json_t *met_json(const CliField *field) {
  json_t *rows = json_array();
  for (int i = 0; i < field->n; i++) {
    json_t *row = field->team[i]->met[0] ? json_array() : json_null();
    for (int j = 0; json_is_array(row) && j < field->n; j++) {
      json_array_append_new(row, json_boolean(met(field, i, j)));
    }
    json_array_append_new(rows, row);
  }
  return rows;
}

// for each team the seeds of its trainings; null where its file does not say
static json_t *seeds_json(const CliField *field) {
  json_t *rows = json_array();
  for (int i = 0; i < field->n; i++) {
    const char *at = field->team[i]->seeds;
    json_t *row = *at ? json_array() : json_null();
    while (*at) {
      char *end;
      json_array_append_new(row, json_integer((json_int_t)strtoull(at, &end, 10)));
      at = end + strspn(end, " ");
    }
    json_array_append_new(rows, row);
  }
  return rows;
}

// which of the figures above are against opponents of the training, and how many trainings there
// are
static void print_training(const CliField *field) {
  for (int i = 0; i < field->n; i++) {
    const PolTeam *team = field->team[i];
    for (int j = 0; j < field->n; j++) {
      if (met(field, i, j)) {
        printf("%s met %s in its training\n", field->payoff->name[i], field->payoff->name[j]);
      }
    }
    if (team->seeds[0]) {
      printf("%s: training seed %s; the intervals do not hold the luck of training\n",
             field->payoff->name[i], team->seeds);
    }
  }
}

static void print_json(const Arguments *args, const EvalStandings *standings, const CliField *field,
                       double cpu) {
  json_t *json = eval_standings_json(standings, field->pair);
  json_object_set_new(json, "points", json_integer(args->points));
  json_object_set_new(json, "world", json_string(field->model->world.name));
  json_object_set_new(json, "rules", json_string(args->common.rules->name));
  json_object_set_new(json, "seed", json_integer((json_int_t)args->common.seed));
  json_object_set_new(json, "met", met_json(field));
  json_object_set_new(json, "seeds", seeds_json(field));
  json_object_set_new(json, "cpu_seconds", json_real(cpu));
  cli_print_json(json);
}

static SimStatus eval_teams(const Arguments *args, CliField *field, SimError *err) {
  const EvalPairsOptions options = {.rules = args->common.rules,
                                    .seed = args->common.seed,
                                    .points = args->points,
                                    .threads = args->common.threads,
                                    .progress = true};
  EvalStandings standings;
  const double begin = sim_time_cpu();
  SIM_TRY(cli_field_play(&standings, field, &options, err));
  const double cpu = sim_time_cpu() - begin;
  if (args->common.json) {
    print_json(args, &standings, field, cpu);
  } else {
    eval_standings_print(stdout, &standings, field->pair);
    printf("\n");
    print_training(field);
    printf("%d points a pair, rules %s, seed %llu; %.1f s of CPU, %.1f ms a point\n", args->points,
           args->common.rules->name, (unsigned long long)args->common.seed, cpu,
           1e3 * cpu / args->points / eval_pairs_count(field->n));
  }
  eval_standings_close(&standings);
  return SIM_OK;
}

int cli_eval_teams(int argc, char **argv) {
  static const CliCommand COMMAND = {
      CLI_OPTIONS,
      CLI_SHARED(CLI_MATCHES),
      .usage = "TEAM TEAM [TEAM...]",
      .words = {2, CLI_FIELD_MAX, "team", "at least two teams", offsetof(Arguments, team),
                offsetof(Arguments, teams)},
      .help = "Plays every pair of teams, as many points on each side and with each server, all "
              "from the same starts and each to its end. Prints who beats whom with 95 % "
              "intervals, the maximum-entropy Nash mixture, each team against it, and Elo ratings. "
              "TEAM is a shipped team, a .yaml file or a run folder.\v"
              "Example: hcsp eval teams classical stage1 --points 2400",
  };
  Arguments args = {.points = POINTS, .common = cli_common()};
  cli_read(&args, &COMMAND, argc, argv);
  CliField field;
  SimError err = {0};
  SimStatus status = cli_field_open(&field, args.team, args.teams, args.world, &err);
  status = status ? status : eval_teams(&args, &field, &err);
  cli_field_close(&field);
  return status == SIM_OK ? SIM_OK : cli_report(&err);
}
