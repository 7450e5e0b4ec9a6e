// hcsp eval robust: what a team or a skill stands. One number of the world after another is
// changed, or a grid of two of them, and success is measured in each: a table, JSON, a picture.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/eval/robust.h"
#include "hcsp/eval/summary.h"
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

static void label_row(char *out, size_t size, const Arguments *args, int row) {
  const EvalRobustAxis axis = args->grid ? args->axis[0] : (EvalRobustAxis)row;
  if (args->grid) {
    snprintf(out, size, "%s %g %s", eval_robust_name(axis), eval_robust_value(axis, row),
             eval_robust_unit(axis));
  } else {
    snprintf(out, size, "%s %s", eval_robust_name(axis), eval_robust_unit(axis));
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

enum { PANEL_W = 220, PANEL_H = 170, LEFT = 44, TOP = 46, PLOT_W = 150, PLOT_H = 100 };

static void draw_text(FILE *out, double x, double y, const char *anchor, const char *text) {
  fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
  for (const char *c = text; *c; c++) {  // a team may be called anything
    if (*c == '<' || *c == '&') {
      fprintf(out, "&#%d;", *c);
    } else {
      fputc(*c, out);
    }
  }
  fprintf(out, "</text>\n");
}

// one axis: a point and its interval a level
static void draw_panel(FILE *out, const Table *table, int row) {
  const double x0 = LEFT + row % 4 * PANEL_W, y0 = TOP + row / 4 * PANEL_H;
  char text[64];
  label_row(text, sizeof text, table->args, row);
  draw_text(out, x0 + PLOT_W / 2.0, y0 - 8, "middle", text);
  for (int k = 0; k <= 2; k++) {
    const double y = y0 + PLOT_H * (1 - k / 2.0);
    fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ccc\"/>\n", x0, y,
            x0 + PLOT_W, y);
    snprintf(text, sizeof text, "%d %%", 50 * k);
    draw_text(out, x0 - 4, y + 4, "end", text);
  }
  for (int level = 0; level < LEVELS; level++) {
    const EvalRobustCell *cell = &table->cell[row][level];
    const double x = x0 + (level + 0.5) * PLOT_W / LEVELS;
    snprintf(text, sizeof text, "%g", eval_robust_value((EvalRobustAxis)row, level));
    draw_text(out, x, y0 + PLOT_H + 16, "middle", text);
    if (cell->n > 0) {
      fprintf(out,
              "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#2a6fbb\" "
              "stroke-width=\"2\"/><circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#2a6fbb\"/>\n",
              x, y0 + PLOT_H * (1 - cell->low), x, y0 + PLOT_H * (1 - cell->high), x,
              y0 + PLOT_H * (1 - cell->rate));
    }
  }
}

static void draw_grid(FILE *out, const Table *table) {
  enum { W = 110, H = 44 };
  char text[64];
  draw_text(out, 130 + W * LEVELS / 2.0, TOP - 10, "middle",
            eval_robust_name(table->args->axis[1]));
  for (int row = 0; row < LEVELS; row++) {
    label_row(text, sizeof text, table->args, row);
    draw_text(out, 122, TOP + row * H + 40, "end", text);
    for (int level = 0; level < LEVELS; level++) {
      const EvalRobustCell *cell = &table->cell[row][level];
      const double rate = cell->n > 0 ? cell->rate : 0, x = 130 + level * W, y = TOP + 14 + row * H;
      fprintf(
          out,
          "<rect x=\"%.0f\" y=\"%.0f\" width=\"%d\" height=\"%d\" fill=\"rgb(%.0f,%.0f,%.0f)\"/>\n",
          x, y, W - 2, H - 2, 250 - 160 * rate, 250 - 80 * rate, 250 - 30 * rate);
      snprintf(text, sizeof text, "%.0f (%.0f-%.0f)", 100 * rate, 100 * cell->low,
               100 * cell->high);
      draw_text(out, x + W / 2.0, y + 26, "middle", cell->n > 0 ? text : "-");
      snprintf(text, sizeof text, "%g", eval_robust_value(table->args->axis[1], level));
      draw_text(out, x + W / 2.0, TOP + 8, "middle", row == 0 ? text : "");
    }
  }
}

static SimStatus draw(const Table *table, SimError *err) {
  SimText text;
  FILE *out = sim_text_open(&text);
  const bool grid = table->args->grid;
  fprintf(out,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
          "font-family=\"sans-serif\" font-size=\"12\"><rect width=\"100%%\" height=\"100%%\" "
          "fill=\"white\"/>\n",
          grid ? 700 : 4 * PANEL_W, grid ? 300 : 2 * PANEL_H + 20);
  char title[256];
  snprintf(title, sizeof title, "%s: success in %%, %d a world, 95 %% intervals", table->what,
           table->args->n);
  draw_text(out, grid ? 350 : 2 * PANEL_W, 18, "middle", title);
  if (grid) {
    draw_grid(out, table);
  }
  for (int row = 0; !grid && row < table->rows; row++) {
    draw_panel(out, table, row);
  }
  fprintf(out, "</svg>\n");
  return sim_text_save(table->args->picture, sim_text_close(&text), err);
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
