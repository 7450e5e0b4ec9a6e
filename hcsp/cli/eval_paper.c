// hcsp eval paper: the teams of configs/paper.yaml against each other, as the paper's table.
#include "hcsp/cli/eval_paper.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/cli/eval.h"
#include "sim/base/config.h"
#include "sim/base/file.h"
#include "sim/base/log.h"
#include "sim/base/text.h"

// ---- configuration

enum { NAME_MAX_HERE = SIM_PATH_MAX - 1 };

static const cyaml_schema_value_t NAME = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, NAME_MAX_HERE)};

static const cyaml_schema_field_t PUBLISHED_FIELDS[] = {
    CYAML_FIELD_FLOAT("average", CYAML_FLAG_DEFAULT, CliPublished, average),
    CYAML_FIELD_FLOAT("head_to_head", CYAML_FLAG_DEFAULT, CliPublished, head_to_head),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t SPENT_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("team", CYAML_FLAG_POINTER, CliSpent, team, 1, NAME_MAX_HERE),
    CYAML_FIELD_FLOAT("match_steps", CYAML_FLAG_OPTIONAL, CliSpent, match_steps),
    CYAML_FIELD_FLOAT("cpu_seconds", CYAML_FLAG_OPTIONAL, CliSpent, cpu_seconds),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t SPENT = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, CliSpent, SPENT_FIELDS)};
static const cyaml_schema_field_t FIELDS[] = {
    CYAML_FIELD_STRING_PTR("rules", CYAML_FLAG_POINTER, CliPaperConfig, rules, 1, 31),
    CYAML_FIELD_FLOAT("points", CYAML_FLAG_DEFAULT, CliPaperConfig, points),
    CYAML_FIELD_FLOAT("other_points", CYAML_FLAG_DEFAULT, CliPaperConfig, other_points),
    CYAML_FIELD_FLOAT("seed", CYAML_FLAG_DEFAULT, CliPaperConfig, seed),
    CYAML_FIELD_SEQUENCE("ours", CYAML_FLAG_POINTER, CliPaperConfig, ours, &NAME, 1, 8),
    CYAML_FIELD_SEQUENCE("field", CYAML_FLAG_POINTER, CliPaperConfig, field, &NAME, 1, 12),
    CYAML_FIELD_SEQUENCE("besides", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, CliPaperConfig,
                         besides, &NAME, 0, 12),
    CYAML_FIELD_SEQUENCE("also", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, CliPaperConfig, also,
                         &NAME, 0, 12),
    CYAML_FIELD_SEQUENCE("remarks", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, CliPaperConfig,
                         remarks, &NAME, 0, 12),
    CYAML_FIELD_SEQUENCE("spent", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, CliPaperConfig, spent,
                         &SPENT, 0, CLI_PAPER_TEAMS_MAX),
    CYAML_FIELD_MAPPING("published", CYAML_FLAG_DEFAULT, CliPaperConfig, published,
                        PUBLISHED_FIELDS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, CliPaperConfig, FIELDS)};

static SimStatus check_points(const char *path, const char *key, double points, SimError *err) {
  char saw[32];
  if (points >= LEAGUE_CELLS && points <= 1e7 && fmod(points, LEAGUE_CELLS) == 0) {
    return SIM_OK;
  }
  snprintf(saw, sizeof saw, "%g", points);
  return sim_config_refuse(err, path, key, saw, "a multiple of 4 from 4 to 1e7");
}

static SimStatus check_config(const CliPaperConfig *c, const char *path, SimError *err) {
  SIM_TRY(check_points(path, "points", c->points, err));
  SIM_TRY(check_points(path, "other_points", c->other_points, err));
  if (!(c->seed >= 0 && c->seed <= 1e15 && c->seed == floor(c->seed))) {
    return sim_config_refuse(err, path, "seed", "another number", "a whole number from 0 to 1e15");
  }
  for (uint32_t i = 0; i < c->spent_count; i++) {
    const CliSpent *spent = &c->spent[i];
    if (!(spent->match_steps >= 0 && spent->match_steps <= 1e15 && spent->cpu_seconds >= 0 &&
          spent->cpu_seconds <= 1e15)) {
      return sim_config_refuse(err, path, "spent", spent->team, "numbers from 0 to 1e15");
    }
  }
  if (!sim_rules_find(c->rules)) {
    return sim_config_refuse(err, path, "rules", c->rules, "court or paper");
  }
  return SIM_OK;
}

// ---- arguments

typedef struct Arguments {
  const char *config, *report;
  int points;  // points: 0 = as configured
  CliCommon common;
} Arguments;

static const CliOption OPTIONS[] = {
    CLI_OPTION("config", 'c', "FILE", CLI_TEXT, config, "default configs/paper.yaml"),
    CLI_OPTION("points", 'N', "N", CLI_POINTS, points,
               "of every pair, a multiple of 4, instead of what the file says"),
    CLI_OPTION("report", 'o', "FILE", CLI_TEXT, report, "write the table there as well")};

// ---- teams

static SimStatus add_team(CliPaper *paper, const char *name, CliPaperPart part, SimError *err) {
  SimError own = {0};
  PolTeam *team = pol_team_load(name, &own);
  if (!team && own.status == SIM_USAGE) {
    sim_log(SIM_LOG_WARNING, "there is no team '%s': left out", name);
    paper->left_out[paper->missing++] = name;
    return SIM_OK;
  }
  if (!team) {
    *err = own;
    return own.status;
  }
  paper->part[paper->n] = part;
  paper->team[paper->n++] = team;
  return league_payoff_grow(paper->payoff, team->name, err);
}

static SimStatus add_teams(CliPaper *paper, char *const *name, uint32_t n, CliPaperPart part,
                           SimError *err) {
  for (uint32_t i = 0; i < n; i++) {
    SIM_TRY(add_team(paper, name[i], part, err));
  }
  return SIM_OK;
}

static SimStatus open_teams(CliPaper *paper, SimError *err) {
  const CliPaperConfig *c = paper->config;
  paper->payoff = league_payoff_create();
  SIM_TRY(paper->payoff ? SIM_OK : err->status);
  SIM_TRY(add_teams(paper, c->ours, c->ours_count, CLI_PAPER_OURS, err));
  SIM_TRY(add_teams(paper, c->field, c->field_count, CLI_PAPER_FIELD, err));
  SIM_TRY(add_teams(paper, c->besides, c->besides_count, CLI_PAPER_BESIDES, err));
  SIM_TRY(add_teams(paper, c->also, c->also_count, CLI_PAPER_ALSO, err));
  if (paper->n < 2) {
    return sim_error(err, SIM_BAD_INPUT, "%d of the teams are there; wanted at least two",
                     paper->n);
  }
  return SIM_OK;
}

// ---- points

// a pair that the table is about
static bool is_shown(const CliPaper *paper, int i, int j) {
  return paper->part[i] == CLI_PAPER_OURS && paper->part[j] != CLI_PAPER_ALSO;
}

static SimStatus play(CliPaper *paper, const SimModel *model, const Arguments *args,
                      SimError *err) {
  const CliPaperConfig *c = paper->config;
  SimStatus status = SIM_OK;
  EvalPair *pair = paper->pair;
  for (int i = 0; i < paper->n; i++) {
    for (int j = i + 1; status == SIM_OK && j < paper->n; j++, pair++) {
      const PolTeam *const both[2] = {paper->team[i], paper->team[j]};
      const double points = is_shown(paper, i, j) ? c->points : c->other_points;
      const EvalPairsOptions options = {.model = model,
                                        .team = both,
                                        .teams = 2,
                                        .rules = sim_rules_find(c->rules),
                                        .seed = (uint64_t)c->seed,
                                        .points = args->points ? args->points : (int)points,
                                        .threads = args->common.threads};
      status = eval_pairs_play(pair, &options, err);
      if (status == SIM_OK) {
        paper->points[pair - paper->pair] = options.points;
        pair->team[0] = i;
        pair->team[1] = j;
        eval_pair_count(paper->payoff, pair);
        const LeagueScore score = league_payoff_total(paper->payoff, i, j);
        sim_log(SIM_LOG_INFO, "%s : %s %.0f : %.0f, draws %.0f", both[0]->name, both[1]->name,
                score.wins, score.losses, score.draws);
      }
    }
  }
  return status;
}

// ---- output

static SimStatus write_report(const CliPaper *paper, const EvalStandings *standings,
                              const Arguments *args, SimError *err) {
  SimText text;
  cli_paper_write(sim_text_open(&text), paper, standings);
  char *report = sim_text_close(&text);
  if (!args->common.json) {
    fputs(report, stdout);
  }
  const SimStatus status =
      args->report ? sim_file_write(args->report, report, text.size, err) : SIM_OK;
  free(report);
  return status;
}

static void print_json(const CliPaper *paper, const EvalStandings *standings) {
  json_t *json = eval_standings_json(standings, paper->pair);
  json_t *missing = json_array();
  for (int i = 0; i < paper->missing; i++) {
    json_array_append_new(missing, json_string(paper->left_out[i]));
  }
  json_object_set_new(json, "missing", missing);
  json_object_set_new(json, "rules", json_string(paper->config->rules));
  json_object_set_new(json, "seed", json_integer((json_int_t)paper->config->seed));
  json_object_set_new(json, "cpu_seconds", json_real(paper->cpu_seconds));
  cli_print_json(json);
}

static SimStatus eval_paper(CliPaper *paper, const Arguments *args, SimError *err) {
  SimStatus status = open_teams(paper, err);
  SimModel *model = status == SIM_OK ? sim_model_create(NULL, err) : NULL;
  if (!model) {
    return err->status;
  }
  const double begin = sim_time_cpu();
  status = play(paper, model, args, err);
  paper->cpu_seconds = sim_time_cpu() - begin;
  sim_model_destroy(model);
  sim_log(SIM_LOG_INFO, "%.0f seconds of CPU", paper->cpu_seconds);
  EvalStandings standings;
  status = status == SIM_OK ? eval_standings_open(&standings, paper->payoff, err) : status;
  if (status != SIM_OK) {
    return status;
  }
  status = write_report(paper, &standings, args, err);
  if (status == SIM_OK && args->common.json) {
    print_json(paper, &standings);
  }
  eval_standings_close(&standings);
  return status;
}

static SimStatus run(const Arguments *args, SimError *err) {
  char path[SIM_PATH_MAX];
  SimStatus status = args->config ? sim_path_join(path, "", args->config, err)
                                  : sim_path_join(path, sim_home(), "configs/paper.yaml", err);
  void *config = NULL;
  status = status == SIM_OK ? sim_config_load(&config, path, &SCHEMA, err) : status;
  if (status != SIM_OK) {
    return status;
  }
  CliPaper *paper = sim_new(1, sizeof *paper);
  status = check_config(config, path, err);
  if (status == SIM_OK) {
    paper->config = config;
    status = eval_paper(paper, args, err);
  }
  for (int i = 0; i < paper->n; i++) {
    pol_team_destroy(paper->team[i]);
  }
  league_payoff_destroy(paper->payoff);
  free(paper);
  sim_config_free(config, &SCHEMA);
  return status;
}

int cli_eval_paper(int argc, char **argv) {
  static const CliCommand COMMAND = {
      CLI_OPTIONS,
      CLI_SHARED(CLI_THREADS | CLI_JSON),
      .usage = "",
      .words = {.wanted = "no argument, teams stand in the file"},
      .help = "Plays the teams that ship against each other and prints the paper's table with the "
              "published figures beside it: win rates with 95 % intervals, Nash average, Elo, and "
              "what each team was trained with.\v"
              "Example: hcsp eval paper --report paper.md",
  };
  Arguments args = {.common = cli_common()};
  cli_read(&args, &COMMAND, argc, argv);
  SimError err = {0};
  return run(&args, &err) == SIM_OK ? SIM_OK : cli_report(&err);
}
