// hcsp eval robust: what a team or a skill stands. One number of the world after another is
// changed, or a grid of two of them, and success is measured in each: a table, JSON, a picture.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/eval/robust.h"
#include "hcsp/eval/summary.h"
#include "hcsp/report/chart.h"
#include "sim/base/file.h"
#include "sim/base/log.h"
#include "sim/base/text.h"

enum { LEVELS = EVAL_ROBUST_LEVELS, EPISODES = 200 };

typedef struct Arguments {
  const char *word[2];
  int words;
  const char *team, *world, *picture;
  bool grid;
  EvalRobustAxis axis[2];  // of the grid
  int n;
  CliCommon common;
} Arguments;

// What was measured: a row an axis, or of a grid a row a level of the first axis.
typedef struct Table {
  const Arguments *args;
  char what[160];
  int rows;
  EvalRobustCell cell[EVAL_ROBUST_AXES][LEVELS];
  EvalRobustCell base;
} Table;

static void take_grid(void *arguments, char *text, struct argp_state *state) {
  Arguments *args = arguments;
  char first[32], second[32];
  args->grid = sscanf(text, "%31[a-z],%31[a-z]", first, second) == 2 &&
               eval_robust_find(&args->axis[0], first) &&
               eval_robust_find(&args->axis[1], second) && args->axis[0] != args->axis[1];
  if (!args->grid) {
    argp_error(state,
               "--grid: '%s'; wanted two different ones of mass, thrust, lag, delay, noise, "
               "restitution, drag, wind, as mass,delay",
               text);
  }
}

static void check(void *arguments, struct argp_state *state) {
  const Arguments *args = arguments;
  if ((args->words == 2) != (strcmp(args->word[0], "skill") == 0)) {
    argp_error(state, "wanted a team, or skill NAME");
  }
}

static const CliOption OPTIONS[] = {
    CLI_OPTION("team", 'T', "TEAM", CLI_TEXT, team,
               "of a skill: flies it and everything else; a shipped team, a .yaml file or a run "
               "folder, default stage1"),
    CLI_TAKEN("grid", 'g', "A,B", take_grid,
              "every level of A with every level of B: two of mass, thrust, lag, delay, noise, "
              "restitution, drag, wind; default: each alone"),
    CLI_OPTION("world", 'w', "NAME", CLI_TEXT, world, "the world that is changed, default paper"),
    CLI_COUNT("episodes", 'n', "N", n, 1, 1000000,
              "episodes of a skill, rallies of a team, in each world; default 200"),
    CLI_OPTION("picture", 'P', "FILE.svg", CLI_TEXT, picture, "draw the table, with intervals")};

// ---- measuring

// the same world is measured once
static SimStatus measure_cell(EvalRobustCell *cell, Table *table, const EvalRobustRun *run,
                              const SimWorldFile *base, const SimWorldFile *world, SimError *err) {
  if (world->hash == base->hash) {
    *cell = table->base;
    return SIM_OK;
  }
  return eval_robust_measure(cell, run, world, err);
}

static SimStatus measure_all(Table *table, const EvalRobustRun *run, const SimWorldFile *base,
                             SimError *err) {
  const Arguments *args = table->args;
  SimProgress progress = {.what = "worlds", .total = table->rows * LEVELS};
  SimStatus status = eval_robust_measure(&table->base, run, base, err);
  for (int i = 0; status == SIM_OK && i < table->rows * LEVELS; i++) {
    const int row = i / LEVELS, level = i % LEVELS;
    assert(row < EVAL_ROBUST_AXES);
    SimWorldFile world = *base;
    if (args->grid) {
      eval_robust_set(&world, args->axis[0], row);
    }
    eval_robust_set(&world, args->grid ? args->axis[1] : (EvalRobustAxis)row, level);
    status = measure_cell(&table->cell[row][level], table, run, base, &world, err);
    sim_progress(&progress, i + 1, "");
  }
  sim_progress_end(&progress);
  return status;
}

static SimStatus find_slot(PolSlot *slot, const char *name, SimError *err) {
  const int found = pol_slot_find(name);
  if (found < 0) {
    return sim_error(err, SIM_USAGE, "skill '%.40s'; wanted one that `hcsp eval skill` knows",
                     name);
  }
  *slot = (PolSlot)found;
  return SIM_OK;
}

static SimStatus measure(Table *table, SimError *err) {
  const Arguments *args = table->args;
  const bool skill = args->words == 2;
  SimWorldFile base;
  PolTeam *team = pol_team_load(skill ? args->team : args->word[0], err);
  PolOptions *goals = team ? pol_options_load("paper", err) : NULL;
  EvalRobustRun run = {.rules = args->common.rules,
                       .seed = args->common.seed,
                       .n = args->n,
                       .threads = args->common.threads,
                       .skill = {.trial = {.goals = goals},
                                 .team = team,
                                 .threads = args->common.threads,
                                 .steps = EVAL_TRIAL_STEPS,
                                 .seed = args->common.seed}};
  SimStatus status = goals ? sim_world_file_load(&base, args->world, err) : err->status;
  if (status == SIM_OK && skill) {
    status = team->flat ? sim_error(err, SIM_BAD_INPUT, "team '%s': a flat policy has no skills",
                                    team->name)
                        : find_slot(&run.skill.trial.slot, args->word[1], err);
    snprintf(table->what, sizeof table->what, "skill %.40s of %.80s", args->word[1], team->name);
  } else if (status == SIM_OK) {
    run.team = team;
    snprintf(table->what, sizeof table->what, "team %.80s", team->name);
  }
  table->rows = args->grid ? LEVELS : EVAL_ROBUST_AXES;
  status = status == SIM_OK ? measure_all(table, &run, &base, err) : status;
  pol_team_destroy(team);
  pol_options_destroy(goals);
  return status;
}

// ---- telling

static EvalRobustAxis row_axis(const Arguments *args, int row) {
  return args->grid ? args->axis[1] : (EvalRobustAxis)row;
}

static void label_level(char *out, size_t size, EvalRobustAxis axis, int level) {
  snprintf(out, size, "%s %g %s", eval_robust_name(axis), eval_robust_value(axis, level),
           eval_robust_unit(axis));
}

static void label_row(char *out, size_t size, const Arguments *args, int row) {
  if (args->grid) {
    label_level(out, size, args->axis[0], row);
  } else {
    snprintf(out, size, "%s %s", eval_robust_name((EvalRobustAxis)row),
             eval_robust_unit((EvalRobustAxis)row));
  }
}

static void print_table(const Table *table) {
  const Arguments *args = table->args;
  const EvalRobustCell *base = &table->base;
  printf("%s in world %s: success in %% of %d %s, with 95 %% intervals\n", table->what, args->world,
         args->n, args->words == 2 ? "episodes" : "rallies with a whole attack, against itself");
  printf("unchanged        %.1f (%.1f to %.1f)\n\n", 100 * base->rate, 100 * base->low,
         100 * base->high);
  for (int row = 0; row < table->rows; row++) {
    const EvalRobustAxis axis = row_axis(args, row);
    char label[64];
    label_row(label, sizeof label, args, row);
    if (!args->grid || row == 0) {
      printf("%-16s", args->grid ? eval_robust_name(axis) : label);
      for (int level = 0; level < LEVELS; level++) {
        printf(" %18g", eval_robust_value(axis, level));
      }
      printf("\n");
    }
    printf("%-16s", args->grid ? label : "");
    for (int level = 0; level < LEVELS; level++) {
      const EvalRobustCell *cell = &table->cell[row][level];
      char text[32];
      snprintf(text, sizeof text, "%.1f (%.1f-%.1f)", 100 * cell->rate, 100 * cell->low,
               100 * cell->high);
      printf(" %18s", cell->n > 0 ? text : "-");
    }
    printf("\n");
  }
}

static json_t *cell_json(const EvalRobustCell *cell) {
  return json_pack("{s:i, s:i, s:o, s:f, s:f}", "n", cell->n, "successes", cell->successes, "rate",
                   eval_number_json(cell->rate), "low", cell->low, "high", cell->high);
}

static void print_json(const Table *table, double cpu) {
  const Arguments *args = table->args;
  json_t *list = json_array();
  for (int i = 0; i < table->rows * LEVELS; i++) {
    const int row = i / LEVELS, level = i % LEVELS;
    const EvalRobustAxis axis = row_axis(args, row);
    json_t *cell = cell_json(&table->cell[row][level]);
    if (args->grid) {
      json_object_set_new(cell, eval_robust_name(args->axis[0]),
                          json_real(eval_robust_value(args->axis[0], row)));
    }
    json_object_set_new(cell, eval_robust_name(axis), json_real(eval_robust_value(axis, level)));
    json_array_append_new(list, cell);
  }
  json_t *json = json_pack("{s:s, s:s, s:I, s:o, s:o, s:f}", "what", table->what, "world",
                           args->world, "seed", (json_int_t)args->common.seed, "unchanged",
                           cell_json(&table->base), "cells", list, "cpu_seconds", cpu);
  cli_print_json(json);
}

// ---- the picture

static SimStatus draw(const Table *table, SimError *err) {
  enum { CELLS = EVAL_ROBUST_AXES * LEVELS };
  const Arguments *args = table->args;
  double x[CELLS], value[CELLS], low[CELLS], high[CELLS];
  char title[256], row[EVAL_ROBUST_AXES][64], column[LEVELS][64];
  const char *rows[EVAL_ROBUST_AXES], *columns[LEVELS];
  ChartPanel panel[EVAL_ROBUST_AXES];
  for (int i = 0; i < table->rows * LEVELS; i++) {
    const EvalRobustCell *cell = &table->cell[i / LEVELS][i % LEVELS];
    x[i] = eval_robust_value(row_axis(args, i / LEVELS), i % LEVELS);
    value[i] = cell->rate;
    low[i] = cell->low;
    high[i] = cell->high;
  }
  for (int r = 0; r < table->rows; r++) {
    const int first = r * LEVELS;
    label_row(row[r], sizeof row[r], args, r);
    rows[r] = row[r];
    panel[r] = (ChartPanel){row[r], LEVELS, x + first, value + first, low + first, high + first};
  }
  for (int level = 0; level < LEVELS; level++) {
    label_level(column[level], sizeof column[level], row_axis(args, 0), level);
    columns[level] = column[level];
  }
  snprintf(title, sizeof title, "%s: success in %%, %d a world, 95 %% intervals", table->what,
           args->n);
  const ChartMatrix matrix = {.title = title,
                              .rows = LEVELS,
                              .columns = LEVELS,
                              .row = rows,
                              .column = columns,
                              .value = value,
                              .low = low,
                              .high = high};
  SimText text;
  FILE *out = sim_text_open(&text);
  if (args->grid) {
    chart_matrix(out, &matrix);
  } else {
    chart_panels(out, title, panel, table->rows);
  }
  return sim_text_save(args->picture, sim_text_close(&text), err);
}

int cli_eval_robust(int argc, char **argv) {
  static const CliCommand COMMAND = {
      CLI_OPTIONS,
      CLI_SHARED(CLI_MATCHES),
      .usage = "TEAM\nskill NAME",
      .words = {1, 2, "team", "a team, or skill NAME", offsetof(Arguments, word),
                offsetof(Arguments, words)},
      .check = check,
      .help = "What a team or a skill stands: success in worlds that differ from the one it knows "
              "in one number, or in two (--grid). A skill's success is that of `hcsp eval skill`; "
              "a team plays itself, and a rally with a whole attack (passer, setter, attacker) is "
              "a success. MuJoCo moves the bodies.\v"
              "Examples: hcsp eval robust stage1 --picture stage1.svg\n"
              "          hcsp eval robust skill goto --team stage1 --grid mass,delay",
  };
  Arguments args = {.team = "stage1", .world = "paper", .n = EPISODES, .common = cli_common()};
  cli_read(&args, &COMMAND, argc, argv);
  SimError err = {0};
  Table *table = sim_new(1, sizeof *table);
  table->args = &args;
  const double begin = sim_time_cpu();
  SimStatus status = measure(table, &err);
  if (status == SIM_OK && args.picture) {
    status = draw(table, &err);
  }
  if (status == SIM_OK && args.common.json) {
    print_json(table, sim_time_cpu() - begin);
  } else if (status == SIM_OK) {
    print_table(table);
  }
  free(table);
  return status == SIM_OK ? SIM_OK : cli_report(&err);
}
