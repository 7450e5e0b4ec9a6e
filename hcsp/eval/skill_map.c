// The grids are fixed, so that maps of different skills can be laid side by side.
#include "hcsp/eval/skill_map.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"

// evenly spaced numbers, both ends included
typedef struct Axis {
  double low, high;
  int n;
} Axis;

static double axis_at(const Axis *axis, int i) {
  return axis->n > 1 ? axis->low + (axis->high - axis->low) * i / (axis->n - 1) : axis->low;
}

typedef struct Grid {
  Axis x, y, flight;
  double z;   // m, height of the targets
  bool digs;  // besides: where the passer waits
} Grid;

static const Grid SERVE_GRID = {{-5.5, -1.5, 5}, {-2.4, 2.4, 5}, {0.9, 1.9, 6}, 0.2, false};
static const Grid SET_GRID = {{0.8, 4.0, 5}, {-2.4, 2.4, 5}, {0.7, 1.5, 5}, 3.6, false};
static const Grid ATTACK_GRID = {{-5.5, -1.5, 5}, {-2.4, 2.4, 5}, {0.6, 1.5, 10}, 0.2, false};
static const Grid DIG_GRID = {{2.5, 5.5, 4}, {-2.4, 2.4, 5}, {0.8, 1.5, 8}, 0.2, true};

static const Grid *grid_of(PolSlot slot) {
  assert(pol_slot_strikes(slot));
  return slot == POL_SERVE    ? &SERVE_GRID
         : slot == POL_SET    ? &SET_GRID
         : slot == POL_ATTACK ? &ATTACK_GRID
                              : &DIG_GRID;
}

// waiting places of the passer: the k-th, or how many there are for NULL
static int find_wait(const double **point, int k, const PolOptions *goals) {
  int n = 0;
  for (int i = 0; i < goals->n[POL_HEAD_PASSER]; i++) {
    const PolOption *option = &goals->option[POL_HEAD_PASSER][i];
    if (option->slot == POL_GOTO) {
      if (point && n == k) {
        *point = option->goal.point;
      }
      n++;
    }
  }
  return n;
}

int eval_map_grid(EvalCell **cells, PolSlot slot, const PolOptions *goals) {
  const Grid *grid = grid_of(slot);
  const int waits = grid->digs ? find_wait(NULL, 0, goals) : 1;
  const int total = waits * grid->x.n * grid->y.n * grid->flight.n;
  EvalCell *cell = *cells = sim_new((size_t)total + 1, sizeof *cell);
  for (int i = 0; i < total; i++) {
    int rest = i;
    cell[i].flight = axis_at(&grid->flight, rest % grid->flight.n);
    rest /= grid->flight.n;
    cell[i].point[1] = axis_at(&grid->y, rest % grid->y.n);
    rest /= grid->y.n;
    cell[i].point[0] = axis_at(&grid->x, rest % grid->x.n);
    cell[i].point[2] = grid->z;
    if (grid->digs) {
      const double *wait = NULL;
      find_wait(&wait, rest / grid->x.n, goals);
      assert(wait);
      memcpy(cell[i].wait, wait, sizeof cell[i].wait);
    }
  }
  return total;
}

static void write_cell(FILE *out, const EvalCell *cell, const EvalSkillSummary *sum, bool digs) {
  if (digs) {
    fprintf(out, "%g,%g,%g", cell->wait[0], cell->wait[1], cell->wait[2]);
  } else {
    fprintf(out, ",,");
  }
  fprintf(out, ",%g,%g,%g,%g,%d,%d,%d,%d,", cell->point[0], cell->point[1], cell->point[2],
          cell->flight, sum->episodes, sum->hits, sum->successes, sum->survivals);
  if (isfinite(sum->error_mean)) {
    fprintf(out, "%.4f", sum->error_mean);
  }
  fprintf(out, "\n");
}

// one cell of the table for people, a heading where a new part or row begins
static void print_cell(FILE *table, const EvalSkillRun *run, int c, const EvalSkillSummary *sum) {
  const Grid *grid = grid_of(run->trial.slot);
  const EvalCell *cell = &run->cell[c];
  const int columns = grid->flight.n, part = columns * grid->x.n * grid->y.n;
  if (c % part == 0) {
    fprintf(table,
            grid->digs ? "\nhits / successes in %%, waiting at (%.1f, %.1f, %.1f); ball to\n"
                       : "hits / successes in %%, ball to\n",
            cell->wait[0], cell->wait[1], cell->wait[2]);
    fprintf(table, "%14s", "x     y  in s");
    for (int k = 0; k < columns; k++) {
      fprintf(table, " %8.2f", axis_at(&grid->flight, k));
    }
  }
  if (c % columns == 0) {
    fprintf(table, "\n%6.1f %5.1f  ", cell->point[0], cell->point[1]);
  }
  char text[16] = "-";
  if (sum->episodes > 0) {
    snprintf(text, sizeof text, "%.0f/%.0f", 100.0 * sum->hits / sum->episodes,
             100.0 * sum->successes / sum->episodes);
  }
  fprintf(table, " %8s%s", text, c % part == part - 1 ? "\n" : "");
}

// one line per cell behind the heading
static void write_map(EvalMapTotals *totals, FILE *out, FILE *table, const EvalSkillRun *run,
                      const EvalOutcome *outcome) {
  fprintf(out, "wait_x [m],wait_y [m],wait_z [m],x [m],y [m],z [m],flight [s],n,"
               "hits,successes,survivals,error_mean [m]\n");
  *totals = (EvalMapTotals){.cells = run->cells};
  for (int c = 0; c < run->cells; c++) {
    EvalSkillSummary sum;
    eval_skill_summarise(&sum, run->trial.slot, outcome + (size_t)c * (size_t)run->trials,
                         run->trials);
    write_cell(out, &run->cell[c], &sum, grid_of(run->trial.slot)->digs);
    if (table) {
      print_cell(table, run, c, &sum);
    }
    totals->n += sum.episodes;
    totals->hits += sum.hits;
    totals->successes += sum.successes;
    totals->survivals += sum.survivals;
  }
}

SimStatus eval_skill_map(EvalMapTotals *totals, const char *path, FILE *table,
                         const EvalSkillRun *options, SimError *err) {
  EvalCell *cells;
  EvalSkillRun run = *options;
  run.cells = eval_map_grid(&cells, run.trial.slot, run.trial.goals);
  run.cell = cells;
  run.steps = run.steps < EVAL_MAP_STEPS ? run.steps : EVAL_MAP_STEPS;
  EvalOutcome *outcome = sim_new((size_t)run.cells * (size_t)run.trials + 1, sizeof *outcome);
  SimStatus status = eval_skill_measure(outcome, &run, err);
  if (status == SIM_OK) {
    SimText text;
    write_map(totals, sim_text_open(&text), table, &run, outcome);
    status = sim_text_save(path, sim_text_close(&text), err);
  }
  free(cells);
  free(outcome);
  return status;
}
