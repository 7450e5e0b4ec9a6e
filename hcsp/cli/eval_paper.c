// hcsp eval paper: the teams of configs/paper.yaml against each other, as the paper's table.
// Budgets are what the policies' provenance and the configuration say.
#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/eval/standings.h"
#include "hcsp/report/page.h"
#include "policies/team.h"
#include "sim/base/config.h"
#include "sim/base/file.h"
#include "sim/base/log.h"
#include "sim/base/text.h"

// What the table is made of, read from YAML (configs/paper.yaml).
typedef struct Published {
  double average, head_to_head;  // percent
} Published;

// What the training of a team took, as its run told.
typedef struct Spent {
  char *team;
  double match_steps, cpu_seconds;
} Spent;

typedef struct PaperConfig {
  char *rules;
  double points, other_points, seed;
  char **ours, **field, **besides, **also, **remarks;
  Spent *spent;
  uint32_t ours_count, field_count, besides_count, also_count, remarks_count, spent_count;
  Published published;
} PaperConfig;

typedef enum PaperPart {
  PAPER_OURS,     // rows of the table
  PAPER_FIELD,    // columns
  PAPER_BESIDES,  // columns that do not count for the average
  PAPER_ALSO,     // no columns, but in the Nash mixture and in Elo
} PaperPart;

enum { PAPER_TEAMS_MAX = 32 };

// The teams that are there, and what they scored.
typedef struct Paper {
  const PaperConfig *config;
  int n, missing;
  PolTeam *team[PAPER_TEAMS_MAX];
  PaperPart part[PAPER_TEAMS_MAX];
  const char *left_out[PAPER_TEAMS_MAX];
  LeaguePayoff *payoff;
  EvalPair pair[PAPER_TEAMS_MAX * (PAPER_TEAMS_MAX - 1) / 2];
  double cpu_seconds;
} Paper;

// ---- configuration

enum { NAME_MAX_HERE = SIM_PATH_MAX - 1 };

static const cyaml_schema_value_t NAME = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, NAME_MAX_HERE)};

static const cyaml_schema_field_t PUBLISHED_FIELDS[] = {
    CYAML_FIELD_FLOAT("average", CYAML_FLAG_DEFAULT, Published, average),
    CYAML_FIELD_FLOAT("head_to_head", CYAML_FLAG_DEFAULT, Published, head_to_head),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t SPENT_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("team", CYAML_FLAG_POINTER, Spent, team, 1, NAME_MAX_HERE),
    CYAML_FIELD_FLOAT("match_steps", CYAML_FLAG_OPTIONAL, Spent, match_steps),
    CYAML_FIELD_FLOAT("cpu_seconds", CYAML_FLAG_OPTIONAL, Spent, cpu_seconds),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t SPENT = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, Spent, SPENT_FIELDS)};
static const cyaml_schema_field_t FIELDS[] = {
    CYAML_FIELD_STRING_PTR("rules", CYAML_FLAG_POINTER, PaperConfig, rules, 1, 31),
    CYAML_FIELD_FLOAT("points", CYAML_FLAG_DEFAULT, PaperConfig, points),
    CYAML_FIELD_FLOAT("other_points", CYAML_FLAG_DEFAULT, PaperConfig, other_points),
    CYAML_FIELD_FLOAT("seed", CYAML_FLAG_DEFAULT, PaperConfig, seed),
    CYAML_FIELD_SEQUENCE("ours", CYAML_FLAG_POINTER, PaperConfig, ours, &NAME, 1, 8),
    CYAML_FIELD_SEQUENCE("field", CYAML_FLAG_POINTER, PaperConfig, field, &NAME, 1, 12),
    CYAML_FIELD_SEQUENCE("besides", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, PaperConfig, besides,
                         &NAME, 0, 12),
    CYAML_FIELD_SEQUENCE("also", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, PaperConfig, also, &NAME,
                         0, 12),
    CYAML_FIELD_SEQUENCE("remarks", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, PaperConfig, remarks,
                         &NAME, 0, 12),
    CYAML_FIELD_SEQUENCE("spent", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, PaperConfig, spent,
                         &SPENT, 0, PAPER_TEAMS_MAX),
    CYAML_FIELD_MAPPING("published", CYAML_FLAG_DEFAULT, PaperConfig, published, PUBLISHED_FIELDS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, PaperConfig, FIELDS)};

static SimStatus check_points(const char *path, const char *key, double points, SimError *err) {
  char saw[32];
  if (points >= LEAGUE_CELLS && points <= 1e7 && fmod(points, LEAGUE_CELLS) == 0) {
    return SIM_OK;
  }
  snprintf(saw, sizeof saw, "%g", points);
  return sim_config_refuse(err, path, key, saw, "a multiple of 4 from 4 to 1e7");
}

static SimStatus check_config(const PaperConfig *c, const char *path, SimError *err) {
  SIM_TRY(check_points(path, "points", c->points, err));
  SIM_TRY(check_points(path, "other_points", c->other_points, err));
  if (!(c->seed >= 0 && c->seed <= 1e15 && c->seed == floor(c->seed))) {
    return sim_config_refuse(err, path, "seed", "another number", "a whole number from 0 to 1e15");
  }
  if (c->ours_count + c->field_count + c->besides_count + c->also_count > PAPER_TEAMS_MAX) {
    return sim_config_refuse(err, path, "also", "too many teams", "at most 32 in all four lists");
  }
  for (uint32_t i = 0; i < c->spent_count; i++) {
    const Spent *spent = &c->spent[i];
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

static SimStatus add_team(Paper *paper, const char *name, PaperPart part, SimError *err) {
  SimError own = {0};
  PolTeam *team = pol_team_load(name, &own);
  if (!team && own.status == SIM_USAGE) {
    sim_log(SIM_LOG_WARNING, "there is no team '%s': left out", name);
    assert(paper->missing < PAPER_TEAMS_MAX);
    paper->left_out[paper->missing++] = name;
    return SIM_OK;
  }
  if (!team) {
    *err = own;
    return own.status;
  }
  assert(paper->n < PAPER_TEAMS_MAX);
  paper->part[paper->n] = part;
  paper->team[paper->n++] = team;
  return league_payoff_grow(paper->payoff, team->name, err);
}

static SimStatus add_teams(Paper *paper, char *const *name, uint32_t n, PaperPart part,
                           SimError *err) {
  for (uint32_t i = 0; i < n; i++) {
    SIM_TRY(add_team(paper, name[i], part, err));
  }
  return SIM_OK;
}

static SimStatus open_teams(Paper *paper, SimError *err) {
  const PaperConfig *c = paper->config;
  paper->payoff = league_payoff_create();
  SIM_TRY(add_teams(paper, c->ours, c->ours_count, PAPER_OURS, err));
  SIM_TRY(add_teams(paper, c->field, c->field_count, PAPER_FIELD, err));
  SIM_TRY(add_teams(paper, c->besides, c->besides_count, PAPER_BESIDES, err));
  SIM_TRY(add_teams(paper, c->also, c->also_count, PAPER_ALSO, err));
  if (paper->n < 2) {
    return sim_error(err, SIM_BAD_INPUT, "%d of the teams are there; wanted at least two",
                     paper->n);
  }
  return SIM_OK;
}

// ---- points

// a pair that the table is about
static bool is_shown(const Paper *paper, int i, int j) {
  return paper->part[i] == PAPER_OURS && paper->part[j] != PAPER_ALSO;
}

static SimStatus play(Paper *paper, const SimModel *model, const Arguments *args, SimError *err) {
  const PaperConfig *c = paper->config;
  SimStatus status = SIM_OK;
  EvalPair *pair = paper->pair;
  for (int i = 0; i < paper->n; i++) {
    for (int j = i + 1; status == SIM_OK && j < paper->n; j++, pair++) {
      const PolTeam *const both[2] = {paper->team[i], paper->team[j]};
      assert(pair < paper->pair + sizeof paper->pair / sizeof paper->pair[0]);
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

// ---- budgets

// What went into a team; 0 where no file tells.
typedef struct Budget {
  double skills;          // decisions of its skills
  double decisions;       // of its strategies or flat policies: of the run they are from
  double steps, seconds;  // match steps and CPU seconds of that run
} Budget;

static json_t *provenance_of(const PolFile *file) {
  return json_loads(file->provenance ? file->provenance : "{}", 0, NULL);
}

static double number_in(const json_t *json, const char *key) {
  const double value = json_number_value(json_object_get(json, key));
  return isfinite(value) && value > 0 ? value : 0;
}

static Budget budget_of(const PolTeam *team, const PaperConfig *config) {
  Budget b = {0};
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    const PolFile *file = team->skill[slot];
    bool again = file == NULL;
    for (int s = 0; s < slot; s++) {
      again = again || team->skill[s] == file;
    }
    json_t *json = again ? NULL : provenance_of(file);
    b.skills += number_in(json, "steps");
    json_decref(json);
  }
  // members of a mixture are snapshots of one run: the last one tells the most
  for (int i = 0; i < team->strategies; i++) {
    json_t *json = team->strategy[i].file ? provenance_of(team->strategy[i].file) : NULL;
    b.decisions = fmax(b.decisions, number_in(json, "steps"));
    b.steps = fmax(b.steps, number_in(json, "match_steps"));
    json_decref(json);
  }
  for (uint32_t i = 0; i < config->spent_count; i++) {
    if (strcmp(config->spent[i].team, team->name) == 0) {
      b.steps = fmax(b.steps, config->spent[i].match_steps);
      b.seconds = config->spent[i].cpu_seconds;
    }
  }
  return b;
}

static void write_count(FILE *out, double value, int digits) {
  if (value > 0) {
    fprintf(out, " %.*f |", digits, value);
  } else {
    fprintf(out, " - |");
  }
}

static void write_budgets(FILE *out, const Paper *paper) {
  fprintf(out,
          "\n## Budgets\n\nDecisions of skills are those of a drone; of a strategy those that "
          "were a choice; of a flat policy those of a drone. What nobody has told is "
          "left out.\n\n"
          "| team | skills, M decisions | strategy or flat, M decisions | match steps, M | CPU "
          "seconds |\n|---|---|---|---|---|\n");
  for (int i = 0; i < paper->n; i++) {
    const Budget b = budget_of(paper->team[i], paper->config);
    fprintf(out, "| %s |", paper->team[i]->name);
    write_count(out, b.skills / 1e6, 1);
    write_count(out, b.decisions / 1e6, 2);
    write_count(out, b.steps / 1e6, 1);
    write_count(out, b.seconds, 0);
    fprintf(out, "\n");
  }
}

// ---- win rates

static double rate_of(const Paper *paper, int i, int j) {
  const LeagueScore score = league_payoff_total(paper->payoff, i, j);
  return league_score_win_rate(NULL, NULL, &score);
}

static void write_rate(FILE *out, const Paper *paper, int i, int j) {
  const LeagueScore score = league_payoff_total(paper->payoff, i, j);
  double low, high;
  const double rate = league_score_win_rate(&low, &high, &score);
  if (i == j || !isfinite(rate)) {
    fprintf(out, " - |");
  } else {
    fprintf(out, " %.1f (%.1f-%.1f) |", 100 * rate, 100 * low, 100 * high);
  }
}

static int write_names(FILE *out, const Paper *paper, PaperPart part) {
  int columns = 0;
  for (int j = 0; j < paper->n; j++) {
    if (paper->part[j] == part) {
      fprintf(out, " %s |", paper->team[j]->name);
      columns++;
    }
  }
  return columns;
}

// team i against those of a part; the lowest rate and their sum
static void write_cells(FILE *out, double *lowest, double *sum, const Paper *paper, int i,
                        PaperPart part) {
  *lowest = 1;
  *sum = 0;
  for (int j = 0; j < paper->n; j++) {
    if (paper->part[j] == part) {
      write_rate(out, paper, i, j);
      *sum += rate_of(paper, i, j);
      *lowest = fmin(*lowest, rate_of(paper, i, j));
    }
  }
}

static void write_rows(FILE *out, const Paper *paper) {
  double lowest, sum;
  fprintf(out, "| |");
  const int columns = write_names(out, paper, PAPER_FIELD);
  fprintf(out, " average | lowest | published average |");
  const int besides = write_names(out, paper, PAPER_BESIDES);
  report_rule(out, 4 + columns + besides);
  for (int i = 0; i < paper->n; i++) {
    if (paper->part[i] != PAPER_OURS) {
      continue;
    }
    fprintf(out, "\n| %s |", paper->team[i]->name);
    write_cells(out, &lowest, &sum, paper, i, PAPER_FIELD);
    if (columns > 0 && isfinite(sum)) {
      fprintf(out, " %.1f | %.1f |", 100 * sum / columns, 100 * lowest);
    } else {
      fprintf(out, " - | - |");
    }
    fprintf(out, " %.1f |", paper->config->published.average);
    write_cells(out, &lowest, &sum, paper, i, PAPER_BESIDES);
  }
  fprintf(out, "\n%s",
          besides > 0 ? "\nRight of the published average: not part of the average.\n" : "");
}

// the last of ours and the one before it; false when there are not two
static bool last_two(int two[2], const Paper *paper) {
  two[0] = two[1] = -1;
  for (int i = 0; i < paper->n; i++) {
    if (paper->part[i] == PAPER_OURS) {
      two[0] = two[1];
      two[1] = i;
    }
  }
  return two[0] >= 0;
}

static void write_stages(FILE *out, const Paper *paper) {
  const Published *published = &paper->config->published;
  int two[2];
  if (!last_two(two, paper)) {
    return;
  }
  const char *before = paper->team[two[0]]->name, *after = paper->team[two[1]]->name;
  fprintf(out, "\n| | ours | published |\n|---|---|---|\n| %s over %s |", after, before);
  write_rate(out, paper, two[1], two[0]);
  fprintf(out, " %.1f |\n", published->head_to_head);
}

// ---- what the figures do not say

// legal touches of team j over its points against ours
typedef struct Touches {
  double points, hits;
  int again;
} Touches;

static Touches touches_of(const Paper *paper, int team) {
  Touches sum = {0};
  for (int k = 0; k < eval_pairs_count(paper->n); k++) {
    const EvalPair *pair = &paper->pair[k];
    for (int t = 0; t < 2; t++) {
      if (pair->team[t] == team && paper->part[pair->team[1 - t]] == PAPER_OURS) {
        const LeagueScore score = league_payoff_total(paper->payoff, pair->team[0], pair->team[1]);
        sum.points += league_score_points(&score);
        sum.hits += pair->team_hits[t];
        sum.again += pair->again[t];
      }
    }
  }
  return sum;
}

static void write_touches(FILE *out, const Paper *paper) {
  fprintf(out, "\n## Who plays\n\nLegal touches of each column's team in its points against the "
               "rows'. Who never touches the ball twice serves, and does not receive.\n\n"
               "| team | touches a rally | rallies with two or more, %% |\n|---|---|---|\n");
  for (int j = 0; j < paper->n; j++) {
    const Touches t = touches_of(paper, j);
    if (t.points > 0 && paper->part[j] != PAPER_OURS && paper->part[j] != PAPER_ALSO) {
      fprintf(out, "| %s | %.2f | %.1f%s |\n", paper->team[j]->name, t.hits / t.points,
              100 * t.again / t.points, t.again == 0 ? ": at most one touch" : "");
    }
  }
}

static void write_remarks(FILE *out, const Paper *paper, const EvalStandings *standings) {
  fprintf(out, "\n* One training seed behind every learned team: the intervals hold the luck of "
               "the points alone.\n* The published average is over other teams, which nobody has "
               "published: no figure to compare with.\n");
  for (int i = 0; i < paper->n; i++) {
    if (standings->nash[i] > 0.999) {
      fprintf(out,
              "* The Nash mixture of the teams below is %s alone: its 50 %% against that mixture "
              "are against itself.\n",
              paper->team[i]->name);
    }
  }
  for (uint32_t i = 0; i < paper->config->remarks_count; i++) {
    fprintf(out, "* %s\n", paper->config->remarks[i]);
  }
}

static void write_matrix(FILE *out, const Paper *paper, const EvalStandings *standings) {
  fprintf(out,
          "\n## Everybody\n\nPercent of the decided points, row against column, with 95 %% "
          "intervals; Nash: weight in the maximum-entropy mixture; against it: (wins + draws / "
          "2) / points.\n\n| |");
  for (int j = 0; j < paper->n; j++) {
    fprintf(out, " %s |", paper->team[j]->name);
  }
  fprintf(out, " Nash | against it | Elo |");
  report_rule(out, 4 + paper->n);
  for (int i = 0; i < paper->n; i++) {
    fprintf(out, "\n| %s |", paper->team[i]->name);
    for (int j = 0; j < paper->n; j++) {
      write_rate(out, paper, i, j);
    }
    fprintf(out, " %.3f | %.1f | %.0f |", standings->nash[i], 100 * standings->nash_value[i],
            standings->elo[i].rating);
  }
  fprintf(out, "\n");
}

static void write_points(FILE *out, const Paper *paper) {
  fprintf(out, "\n## Points\n\n| pair | points | won : lost | drawn %% | ended by the clock %% | "
               "legal touches | seconds |\n|---|---|---|---|---|---|---|\n");
  const int pairs = eval_pairs_count(paper->n);
  for (int k = 0; k < pairs; k++) {
    const EvalPair *pair = &paper->pair[k];
    const int i = pair->team[0], j = pair->team[1];
    const LeagueScore score = league_payoff_total(paper->payoff, i, j);
    const double n = league_score_points(&score);
    fprintf(out, "| %s : %s | %.0f | %.0f : %.0f | %.1f | %.1f | %.2f | %.2f |\n",
            paper->team[i]->name, paper->team[j]->name, n, score.wins, score.losses,
            100 * score.draws / n, 100 * pair->drawn[SIM_EVENT_TIMEOUT] / n, pair->hits / n,
            SIM_DT * pair->steps / n);
  }
}

static void write_reading(FILE *out, const Paper *paper) {
  fprintf(
      out,
      "\n## What is the same and what is not\n\n"
      "Same: the quadrotor, the ball, contact, court and rules; four non-hierarchical baselines "
      "that fly rotor commands from 57 numbers a drone, by MAPPO in self-play and over "
      "populations; win rates of decided points.\n\n"
      "Not the same: the simulator is MuJoCo instead of PhysX, every policy is trained by this "
      "project, and the rally clock is that of the rules `%s`. The paper's rule strategy and "
      "its pool of ten teams are not published: the column of a rule team over learned skills "
      "stands for the first, all teams above make up the pool of the Nash mixture, so that "
      "Nash averages compare within a table only. Points are balanced over sides and servers "
      "and each is played to its end.\n",
      paper->config->rules);
  for (int i = 0; i < paper->missing; i++) {
    fprintf(out, "%s%s%s", i ? ", " : "\nLeft out, for they are not there: ", paper->left_out[i],
            i == paper->missing - 1 ? ".\n" : "");
  }
}

static void write_table(FILE *out, const Paper *paper, const EvalStandings *standings) {
  fprintf(out,
          "# The paper's table\n\nPercent of the decided points that the row wins against the "
          "column, with 95 %% intervals. Rules %s, seed %.0f.\n\n",
          paper->config->rules, paper->config->seed);
  write_rows(out, paper);
  write_stages(out, paper);
  write_remarks(out, paper, standings);
  write_touches(out, paper);
  write_budgets(out, paper);
  write_matrix(out, paper, standings);
  write_points(out, paper);
  write_reading(out, paper);
}

// ---- output

static SimStatus write_report(const Paper *paper, const EvalStandings *standings,
                              const Arguments *args, SimError *err) {
  SimText text;
  write_table(sim_text_open(&text), paper, standings);
  char *report = sim_text_close(&text);
  if (!args->common.json) {
    fputs(report, stdout);
  }
  const SimStatus status =
      args->report ? sim_file_write(args->report, report, text.size, err) : SIM_OK;
  free(report);
  return status;
}

static void print_json(const Paper *paper, const EvalStandings *standings) {
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

static SimStatus eval_paper(Paper *paper, const Arguments *args, SimError *err) {
  SimStatus status = open_teams(paper, err);
  SimModel *model = status == SIM_OK ? sim_model_create(NULL, err) : NULL;
  SIM_TRY(model ? SIM_OK : err->status);
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
  Paper *paper = sim_new(1, sizeof *paper);
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
