// hcsp calibrate: how fast the fast attacks must be for a team's skills; writes the calibration
// file that teams with these skills then use.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/eval/calibrate.h"
#include "hcsp/eval/kill_report.h"
#include "hcsp/report/chart.h"
#include "sim/base/file.h"
#include "sim/base/log.h"
#include "sim/base/text.h"

enum { POINTS = 150, TIMES = 10 };

typedef struct Arguments {
  const char *team, *out, *options, *picture;
  int points;
  CliCommon common;
} Arguments;

static const CliOption OPTIONS[] = {
    CLI_COUNT("points", 'n', "N", points, 1, 1000000,
              "attacks tried per cell of the kill table, default 150"),
    CLI_OPTION("options", 'O', "TABLE", CLI_TEXT, options, "another option table than the team's"),
    CLI_OPTION("out", 'o', "FILE", CLI_TEXT, out,
               "default: calibration.json beside the team's attack skill"),
    CLI_OPTION("picture", 'P', "FILE.svg", CLI_TEXT, picture,
               "draw the kill table of a team with free roles")};

// ---- for people

static void print_table(const EvalCalibration *c, const EvalKillTable *table,
                        const PolOptions *options) {
  assert(c->waits <= POL_OPTIONS_MAX && c->attacks <= POL_OPTIONS_MAX && c->chosen < c->times);
  printf("\nflight %.3f s, %d attacks a cell, value %.3f%s\n%-16s", table->flight, table->points,
         table->value, table == &c->table[c->chosen] ? ", chosen" : "", "");
  for (int w = 0; w < c->waits; w++) {
    printf(" %12s", options->option[POL_HEAD_PASSER][c->wait[w]].name);
  }
  printf("  played\n");
  for (int a = 0; a < c->attacks; a++) {
    printf("%-16s", options->option[POL_HEAD_ATTACKER][c->attack[a]].name);
    for (int w = 0; w < c->waits; w++) {
      const EvalKills *cell = &table->cell[a][w];
      const int all = cell->kills + cell->errors + cell->returned;
      const double share = all > 0 ? 1.0 / all : 0;
      printf("    %.2f -%.2f", share * cell->kills, share * cell->errors);
    }
    printf("  %5.1f %%\n", 100 * table->attack[a]);
  }
  printf("%-16s", "played");
  for (int w = 0; w < c->waits; w++) {
    printf(" %10.1f %%", 100 * table->wait[w]);
  }
  printf("\n");
}

static void print_all(const EvalCalibration *c, const PolTeam *team, const char *path) {
  const EvalKillTable *chosen = &c->table[c->chosen];
  printf("kill tables of '%s': share of attacks that score and, behind it, of own errors; one row "
         "per attack, one column per waiting place\n",
         team->name);
  for (int i = 0; i < c->times; i++) {
    print_table(c, &c->table[i], team->options);
  }
  printf("\nflight time      %.3f s, value %.3f\nwritten          %s\n", chosen->flight,
         chosen->value, path);
}

// ---- where it goes

// beside the attack skill
static SimStatus find_path(char path[SIM_PATH_MAX], const Arguments *args, const PolTeam *team,
                           SimError *err) {
  return sim_path_join(path, "", args->out ? args->out : team->calibration_path, err);
}

static void warn_of_value(const EvalCalibration *c) {
  const double value = c->table[c->chosen].value;
  if (value < EVAL_CALIBRATE_LOW || value > EVAL_CALIBRATE_HIGH) {
    sim_log(SIM_LOG_WARNING,
            "no flight time has a value from %.2f to %.2f; took the nearest, %.3f at %.3f s",
            EVAL_CALIBRATE_LOW, EVAL_CALIBRATE_HIGH, value, c->table[c->chosen].flight);
  }
}

static void tell(const EvalCalibration *c, const Arguments *args, const PolTeam *team,
                 const char *path) {
  warn_of_value(c);
  if (!args->common.json) {
    print_all(c, team, path);
    return;
  }
  char *text = eval_calibration_text(c, team);
  printf("%s\n", text);
  free(text);
}

static SimStatus calibrate(const Arguments *args, const PolTeam *team, SimError *err) {
  if (args->picture) {
    return sim_error(err, SIM_USAGE,
                     "saw --picture for the option table '%s', wanted a table with free roles",
                     team->flat ? "none" : team->options->name);
  }
  char path[SIM_PATH_MAX];
  const EvalCalibrateOptions options = {.team = team,
                                        .points = args->points,
                                        .threads = args->common.threads,
                                        .seed = args->common.seed,
                                        .target = EVAL_CALIBRATE_TARGET,
                                        .times_max = TIMES,
                                        .progress = true};
  if (team->flat) {
    return sim_error(err, SIM_BAD_INPUT, "team '%s': saw a flat team, wanted one with skills",
                     team->name);
  }
  EvalCalibration *c = sim_new(1, sizeof *c);
  SimStatus status = find_path(path, args, team, err);
  status = status ? status : eval_calibrate(c, &options, err);
  status = status ? status : eval_calibration_save(path, c, team, err);
  if (status == SIM_OK) {
    tell(c, args, team, path);
  }
  free(c);
  return status;
}

static SimStatus draw_kills(const char *path, const EvalKillReport *report, const PolTeam *team,
                            SimError *err) {
  const PolOptions *table = team->options;
  const char *row[POL_OPTIONS_MAX], *column[POL_OPTIONS_MAX];
  char name[POL_OPTIONS_MAX][POL_NAME_MAX + 16], title[POL_NAME_MAX + 64];
  double value[POL_OPTIONS_MAX * POL_OPTIONS_MAX];
  assert(report->attacks <= POL_OPTIONS_MAX && report->shapes <= POL_OPTIONS_MAX);
  for (int i = 0; i < report->attacks; i++) {
    const PolOption *option = &table->option[table->attack_head][i];
    snprintf(name[i], sizeof name[i], "%s %.2f s", option->name, option->goal.flight);
    row[i] = name[i];
    for (int s = 0; s < report->shapes; s++) {
      column[s] = table->option[table->wait_head][s].name;
      value[i * report->shapes + s] = eval_use_kill_share(&report->cell[i][s]);
    }
  }
  snprintf(title, sizeof title, "%s: attacks that score, by shape, %%", team->name);
  SimText text;
  chart_matrix(sim_text_open(&text), &(ChartMatrix){.title = title,
                                                    .rows = report->attacks,
                                                    .columns = report->shapes,
                                                    .row = row,
                                                    .column = column,
                                                    .value = value});
  return sim_text_save(path, sim_text_close(&text), err);
}

// of a table whose heads are touches, which has nothing to calibrate
static SimStatus report_kills(const Arguments *args, PolTeam *team, SimError *err) {
  const EvalKillReportOptions options = {.team = team,
                                         .rallies = args->points,
                                         .threads = args->common.threads,
                                         .seed = args->common.seed,
                                         .progress = true};
  if (args->out || args->common.json) {
    return sim_error(err, SIM_USAGE,
                     "saw --%s for the option table '%s', wanted neither --out nor "
                     "--json: its attacks have no calibrated flight time to write",
                     args->out ? "out" : "json", team->options->name);
  }
  EvalKillReport *report = sim_new(1, sizeof *report);
  SimStatus status = eval_kill_report(report, &options, err);
  if (status == SIM_OK) {
    EvalKillGame game;
    SimError none;  // too few attacks for a game are enough for the table
    const SimStatus solved = eval_kill_report_solve(&game, report, team->options, &none);
    eval_kill_report_print(stdout, report, solved == SIM_OK ? &game : NULL, team);
  }
  if (status == SIM_OK && args->picture) {
    status = draw_kills(args->picture, report, team, err);
  }
  free(report);
  return status;
}

int cli_cmd_calibrate(int argc, char **argv) {
  static const CliCommand COMMAND = {
      CLI_OPTIONS,
      CLI_SHARED(CLI_TRIALS),
      .usage = "TEAM",
      .words = {1, 1, "team", "one team: a shipped one, a .yaml file or a run folder",
                offsetof(Arguments, team), CLI_UNCOUNTED},
      .help = "Measures how often each fast attack scores against each waiting place at several "
              "flight times, solves the game, takes the time at which its value is 0.37, and "
              "writes it beside the skills for all teams that use them. Of a team with free roles, "
              "whose attacks are nowhere slowed down, it reports what each attack is worth against "
              "each shape, and the mixtures that secure most; N is then the rallies of a shape.\v"
              "Example: hcsp calibrate stage1_plus",
  };
  Arguments args = {.points = POINTS, .common = cli_common()};
  cli_read(&args, &COMMAND, argc, argv);
  SimError err = {0};
  PolTeam *team = pol_team_load(args.team, &err);
  SimStatus status = team ? SIM_OK : err.status;
  if (status == SIM_OK && args.options) {
    status = pol_team_set_options(team, args.options, &err);
  }
  if (status == SIM_OK) {
    const bool touches = !team->flat && team->options->kind == POL_TABLE_VOLLEY;
    status = touches ? report_kills(&args, team, &err) : calibrate(&args, team, &err);
  }
  pol_team_destroy(team);
  return status == SIM_OK ? SIM_OK : cli_report(&err);
}
