// Curves as CSV and, where gnuplot is installed, pictures: it is started directly, never through a
// shell, on a script that stays in the run folder.
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "hcsp/report/strategy_report.h"

extern char **environ;

static SimStatus write_csv(const StrategyTrainer *tr, SimError *err) {
  char path[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) {
    return sim_error(err, SIM_FAIL, "no memory for curves");
  }
  for (int k = 0; k < STRATEGY_CURVES; k++) {
    fprintf(out, "%s%s", k ? "," : "", strategy_curve_name((StrategyCurve)k));
  }
  for (int i = 0; i < tr->histories; i++) {
    for (int k = 0; k < STRATEGY_CURVES; k++) {
      fprintf(out, "%s%.8g", k ? "," : "\n", tr->history[i][k]);
    }
  }
  fprintf(out, "\n");
  fclose(out);
  SimStatus status = run_file(path, tr->session.run, "curves.csv", err);
  status = status == SIM_OK ? sim_file_write(path, text, size, err) : status;
  free(text);
  return status;
}

// ---- parts of the script

static void begin_picture(FILE *out, const char *folder, const char *name) {
  fprintf(out, "reset\nset terminal pngcairo size 900,500\nset output '%s/%s.png'\n", folder, name);
}

static void draw_curves(FILE *out, const char *folder) {
  begin_picture(out, folder, "wins");
  fprintf(out,
          "set datafile separator ','\nset key outside\nset xlabel 'decisions'\n"
          "set ylabel 'win rate'\nset yrange [0:1]\n"
          "plot '%s/curves.csv' using 1:%d skip 1 with lines title 'bot\\_plus', "
          "'' using 1:%d skip 1 with lines title 'random', "
          "'' using 1:%d skip 1 with lines title 'snapshots', "
          "'' using 1:%d skip 1 with lines title 'draws'\n",
          folder, STRATEGY_CURVE_BOT + 1, STRATEGY_CURVE_RANDOM + 1, STRATEGY_CURVE_SNAPSHOTS + 1,
          STRATEGY_CURVE_DRAWS + 1);
}

static void draw_payoffs(FILE *out, const char *folder, const LeaguePopulation *p) {
  int list[STRATEGY_MEMBERS_HERE];
  const int n = report_met(list, p);
  if (n < 2) {
    return;
  }
  begin_picture(out, folder, "payoffs");
  fprintf(out,
          "set yrange [*:*] reverse\nset xlabel 'column'\nset ylabel 'row'\nset cbrange [0:1]\n"
          "set palette defined (0 'red', 0.5 'white', 1 'blue')\n$payoffs << END\n");
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      const LeagueScore score = league_payoff_total(p->payoff, list[i], list[j]);
      const bool met = i == j || league_score_points(&score) > 0;
      fprintf(out, "%s%.4f", j ? " " : "", i == j || !met ? 0.5 : league_score_value(&score));
    }
    fprintf(out, "\n");
  }
  fprintf(out, "END\nplot $payoffs matrix with image notitle\n");
}

static double rate_of(const LeaguePairing *bout) {
  const LeagueScore score = league_pairing_total(bout);
  double low, high;
  return league_score_win_rate(&low, &high, &score);
}

static void draw_cycle(FILE *out, const char *folder, const StrategyTrainer *tr,
                       const Report *report) {
  begin_picture(out, folder, "cycle");
  fprintf(out, "set key outside\nset xlabel 'decisions'\nset ylabel 'win rate of the snapshot'\n"
               "set yrange [0:1]\n$cycle << END\n");
  for (int i = 0; i < report->cycles; i++) {
    fprintf(out, "%lld %.4f %.4f\n", (long long)tr->population->member[report->cycle[i]]->decisions,
            rate_of(&report->early[i]), rate_of(&report->late[i]));
  }
  fprintf(out, "END\nplot $cycle using 1:2 with linespoints title 'against the earlier half', "
               "'' using 1:3 with linespoints title 'against the later half', 0.5 notitle\n");
}

// weights over time, one row of the picture per member
static void draw_meta(FILE *out, const char *folder, const StrategyTrainer *tr) {
  if (tr->metas < 2) {
    return;
  }
  begin_picture(out, folder, "meta");
  fprintf(out, "set xlabel 'solution'\nset ylabel 'member'\nset cbrange [0:1]\n"
               "set palette defined (0 'white', 1 'blue')\n$meta << END\n");
  for (int i = 0; i < tr->population->n; i++) {
    for (int k = 0; k < tr->metas; k++) {
      fprintf(out, "%s%.4f", k ? " " : "", i < tr->meta[k].n ? (double)tr->meta[k].weight[i] : 0.0);
    }
    fprintf(out, "\n");
  }
  fprintf(out, "END\nplot $meta matrix with image notitle\n");
}

// seen from above with the net at the bottom, so that y counts to the left; a point outside of the
// picture keeps an empty map from being an error
static void draw_map(FILE *out, const char *title, const EvalCourtMap *map, int number) {
  fprintf(out, "set title '%s'\n$map%d << END\n-9 -9 0 0\n", title, number);
  for (int r = 0; r < EVAL_COURT_ROWS; r++) {
    for (int c = 0; c < EVAL_COURT_COLUMNS; c++) {
      const EvalSpot *spot = &map->spot[r][c];
      if (spot->balls > 0) {
        fprintf(out, "%g %g %.4f %lld\n", c - 0.5 - SIM_COURT_HALF_Y, r + 0.5,
                (double)spot->good / (double)spot->balls, (long long)spot->balls);
      }
    }
  }
  fprintf(out,
          "END\nplot $map%d using 1:2:3 with points pt 5 ps 5 palette notitle, "
          "'' using 1:2:4 with labels notitle\n",
          number);
}

static void draw_maps(FILE *out, const char *folder, const Report *report) {
  begin_picture(out, folder, "maps");
  fprintf(out, "set xlabel 'y, m (left of the team that digs: y < 0)'\nset ylabel 'm from the "
               "net'\nset xrange [4.2:-4.2]\n"
               "set yrange [-0.2:7.2]\nset cbrange [0:1]\n"
               "set palette defined (0 'white', 1 'red')\nset arrow from -3,6 to 3,6 nohead\n"
               "set arrow from -3,0 to -3,6 nohead\nset arrow from 3,0 to 3,6 nohead\n"
               "set multiplot layout 1,2\n");
  draw_map(out, "attacks: landing, share that scores", &report->tactics.attack[SIM_NEAR], 1);
  draw_map(out, "digs: place, share the setter plays", &report->tactics.dig[SIM_NEAR], 2);
  fprintf(out, "unset multiplot\n");
}

// ---- the program

static bool run_gnuplot(char *path) {
  char program[] = "gnuplot";
  char *const arguments[] = {program, path, NULL};
  pid_t child;
  int code = 1;
  return posix_spawnp(&child, program, NULL, NULL, arguments, environ) == 0 &&
         waitpid(child, &code, 0) == child && code == 0;
}

SimStatus report_draw(bool *drawn, const StrategyTrainer *tr, const Report *report, SimError *err) {
  char path[SIM_PATH_MAX], *text = NULL;
  const char *folder = tr->t->order.folder;
  size_t size = 0;
  *drawn = false;
  const SimStatus status = write_csv(tr, err);
  // a quote in the name would end the script's strings
  FILE *out = status == SIM_OK && !strchr(folder, '\'') ? open_memstream(&text, &size) : NULL;
  if (!out) {
    return status;
  }
  draw_curves(out, folder);
  draw_payoffs(out, folder, tr->population);
  draw_cycle(out, folder, tr, report);
  draw_meta(out, folder, tr);
  draw_maps(out, folder, report);
  fclose(out);
  *drawn = run_file(path, tr->session.run, "pictures.gnuplot", NULL) == SIM_OK &&
           sim_file_write(path, text, size, NULL) == SIM_OK && run_gnuplot(path);
  free(text);
  return SIM_OK;
}
