// Text first goes to memory and then to its file in one piece, so that a killed run leaves the
// report it had.
#include "hcsp/stages/report.h"

#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "sim/base/log.h"

extern char **environ;

enum { ROWS_SHOWN = 16 };

// ---- parts of the text

static void write_percent(FILE *out, double share) {
  if (isfinite(share)) {
    fprintf(out, " %.1f |", 100 * share);
  } else {
    fprintf(out, " |");
  }
}

static void write_candidates(FILE *out, const HcspTrainer *tr, const HcspCandidate *candidate,
                             int n, int chosen) {
  fprintf(out, "## Deployed: %s\n\n", candidate[chosen].name);
  fprintf(out, "| strategy | weight |\n|---|---|\n");
  for (int i = 0; i < candidate[chosen].mixture.n; i++) {
    fprintf(out, "| %s | %.3f |\n", candidate[chosen].mixture.strategy[i]->name,
            candidate[chosen].mixture.weight[i]);
  }
  fprintf(out,
          "\nWhat opponents win of the decided points, in percent, with 95 %% intervals. Best "
          "responses had %.0f decisions, which makes these lower bounds.\n\n| opponent |",
          tr->t->config->probe_budget * (double)tr->t->budget);
  for (int i = 0; i < n; i++) {
    fprintf(out, " %s |", candidate[i].name);
  }
  fprintf(out, "\n|---|---|---|%s\n", n > 2 ? "---|" : "");
  for (int row = 0; row < candidate[0].probe.n; row++) {
    fprintf(out, "| %s |", candidate[0].probe.row[row].name);
    for (int i = 0; i < n; i++) {
      const HcspExploitRow *r = &candidate[i].probe.row[row];
      fprintf(out, " %.1f (%.1f to %.1f), draws %.0f of %.0f |", 100 * r->rate, 100 * r->low,
              100 * r->high, r->score.draws, hcsp_score_points(&r->score));
    }
    fprintf(out, "\n");
  }
}

static void write_progress(FILE *out, const HcspBout progress[HCSP_PROGRESS_BOUTS]) {
  const HcspScore halves = hcsp_bout_total(&progress[0]);
  double low, high;
  const double rate = hcsp_score_win_rate(&low, &high, &halves);
  const HcspBout *own = &progress[1];
  fprintf(out,
          "\nThe mixture of the later half of the snapshots against that of the earlier half: "
          "%.1f %% (%.1f to %.1f) of the decided points, draws %.0f of %.0f.\n",
          100 * rate, 100 * low, 100 * high, halves.draws, hcsp_score_points(&halves));
  fprintf(out,
          "The deployed mixture against itself: %.2f legal hits and %.1f s a rally, %.1f %% ended "
          "by the clock.\n",
          own->hits / own->points, own->steps * SIM_DT / own->points,
          100 * own->timeouts / own->points);
}

static void write_curves(FILE *out, const HcspTrainer *tr) {
  fprintf(out, "\n## Curves\n\n|");
  for (int k = 0; k < HCSP_CURVES; k++) {
    fprintf(out, " %s |", hcsp_curve_name((HcspCurve)k));
  }
  fprintf(out, "\n|");
  for (int k = 0; k < HCSP_CURVES; k++) {
    fprintf(out, "---|");
  }
  const int shown = tr->histories < ROWS_SHOWN ? tr->histories : ROWS_SHOWN;
  for (int i = 0; i < shown; i++) {
    const double *row = tr->history[(int64_t)(i + 1) * tr->histories / shown - 1];
    fprintf(out, "\n| %.0f | %.0f | %.3f | %.4f | %.3f | %.2f |", row[HCSP_CURVE_DECISIONS],
            row[HCSP_CURVE_SECONDS], row[HCSP_CURVE_ENTROPY], row[HCSP_CURVE_KL],
            row[HCSP_CURVE_EXPLAINED], row[HCSP_CURVE_HITS]);
    for (int k = HCSP_CURVE_DRAWS; k < HCSP_CURVE_POOL; k++) {
      write_percent(out, row[k]);
    }
    fprintf(out, " %.0f |", row[HCSP_CURVE_POOL]);
  }
  fprintf(out, "\n\nShares in percent; what is empty was not met.\n");
}

// members that have met somebody
static int list_met(int *list, const HcspPopulation *p) {
  int n = 0;
  for (int i = 0; i < p->n; i++) {
    bool met = false;
    for (int j = 0; j < p->n; j++) {
      const HcspScore score = hcsp_payoff_total(p->payoff, i, j);
      met = met || (i != j && hcsp_score_points(&score) > 0);
    }
    if (met) {
      list[n++] = i;
    }
  }
  return n;
}

static void write_payoffs(FILE *out, const HcspTrainer *tr) {
  const HcspPopulation *p = tr->population;
  int list[HCSP_MEMBERS_HERE];
  const int n = list_met(list, p);
  if (n == 0) {
    return;
  }
  fprintf(out,
          "\n## Payoffs\n\nRow against column: (wins + draws / 2) / points in percent.\n\n| |");
  for (int j = 0; j < n; j++) {
    fprintf(out, " %d |", list[j]);
  }
  fprintf(out, "\n|---|");
  for (int j = 0; j < n; j++) {
    fprintf(out, "---|");
  }
  for (int i = 0; i < n; i++) {
    fprintf(out, "\n| %d %s |", list[i], p->member[list[i]]->name);
    for (int j = 0; j < n; j++) {
      const HcspScore score = hcsp_payoff_total(p->payoff, list[i], list[j]);
      const bool met = i != j && hcsp_score_points(&score) > 0;
      write_percent(out, met ? hcsp_score_value(&score) : (double)NAN);
    }
  }
  fprintf(out, "\n");
}

static void write_options(FILE *out, const HcspTrainer *tr) {
  const PolOptions *table = tr->team->options;
  const HcspShares *s = &tr->progress->shares;
  fprintf(out,
          "\n## Options at the end\n\nShare of the choices of a head; of the touches made with the "
          "option, the share that won the point before the ball came back.\n\n| head | option | "
          "chosen %% | touches | kills %% |\n|---|---|---|---|---|\n");
  for (int head = 0; head < POL_HEADS; head++) {
    double sum = 0;
    for (int i = 0; i < table->n[head]; i++) {
      sum += s->taken[head][i];
    }
    for (int i = 0; i < table->n[head]; i++) {
      fprintf(out, "| %s | %s | %.1f | %.0f |", pol_head_name((PolHead)head),
              table->option[head][i].name, sum > 0 ? 100 * s->taken[head][i] / sum : 0,
              s->strikes[head][i]);
      write_percent(out, s->strikes[head][i] > 0 ? s->kills[head][i] / s->strikes[head][i]
                                                 : (double)NAN);
      fprintf(out, "\n");
    }
  }
  double rallies = 0;
  for (int k = 0; k < SIM_EVENT_KINDS; k++) {
    rallies += s->reasons[k];
  }
  fprintf(out, "\nHow rallies ended:");
  for (int k = 0; k < SIM_EVENT_KINDS; k++) {
    if (s->reasons[k] > 0) {
      fprintf(out, " %s %.1f %%,", sim_event_name((SimEventKind)k), 100 * s->reasons[k] / rallies);
    }
  }
  fprintf(out, " of the last %.0f or so.\n", rallies);
}

static void write_meta(FILE *out, const HcspTrainer *tr) {
  if (tr->metas == 0) {
    return;
  }
  fprintf(out, "\n## Meta-strategy\n\n| decisions | weights |\n|---|---|\n");
  for (int k = 0; k < tr->metas; k++) {
    const HcspMeta *meta = &tr->meta[k];
    fprintf(out, "| %lld |", (long long)meta->decisions);
    for (int i = 0; i < meta->n; i++) {
      if (meta->weight[i] > 1e-3f) {
        fprintf(out, " %s %.2f", tr->population->member[i]->name, (double)meta->weight[i]);
      }
    }
    fprintf(out, " |\n");
  }
}

static void write_head(FILE *out, const HcspTrainer *tr) {
  const HcspProgress *g = tr->progress;
  const double decisions = (double)tr->learner->decisions;
  fprintf(out, "# Strategy, %s\n\n", hcsp_algorithm_name(tr->t->config->algorithm));
  fprintf(out,
          "%.0f decisions in %.0f CPU seconds (%.0f a second), %.1f hours of play; seed %llu, "
          "skills of the team %s, option table %s, rules %s.\n",
          decisions, g->seconds, g->seconds > 0 ? decisions / g->seconds : 0,
          g->steps * SIM_DT / 3600, (unsigned long long)tr->t->seed, tr->team->name,
          tr->team->options->name, tr->rules->name);
  fprintf(out, "Deviation of the skills' rotor commands:");
  const PolFile *last = NULL;
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    const PolFile *file = tr->team->skill[slot];
    if (file && file != last && file->net->log_std && tr->team->sample_skills) {
      fprintf(out, " %s %.3f,", pol_slot_name((PolSlot)slot), exp((double)file->net->log_std[0]));
    }
    last = file;
  }
  fprintf(out, " others 0.\n\n");
}

// ---- pictures

static SimStatus write_csv(const HcspTrainer *tr, SimError *err) {
  char path[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) {
    return sim_error(err, SIM_FAIL, "no memory for curves");
  }
  for (int k = 0; k < HCSP_CURVES; k++) {
    fprintf(out, "%s%s", k ? "," : "", hcsp_curve_name((HcspCurve)k));
  }
  for (int i = 0; i < tr->histories; i++) {
    for (int k = 0; k < HCSP_CURVES; k++) {
      fprintf(out, "%s%.8g", k ? "," : "\n", tr->history[i][k]);
    }
  }
  fprintf(out, "\n");
  fclose(out);
  SimStatus status = hcsp_run_file(path, tr->run, "curves.csv", err);
  status = status == SIM_OK ? sim_file_write(path, text, size, err) : status;
  free(text);
  return status;
}

static void write_script(FILE *out, const HcspTrainer *tr) {
  const char *folder = tr->t->folder;
  fprintf(out,
          "set terminal pngcairo size 900,500\nset datafile separator ','\n"
          "set key outside\nset xlabel 'decisions'\nset output '%s/wins.png'\n"
          "set ylabel 'win rate'\nset yrange [0:1]\n"
          "plot '%s/curves.csv' using 1:%d skip 1 with lines title 'bot\\_plus', "
          "'' using 1:%d skip 1 with lines title 'random', "
          "'' using 1:%d skip 1 with lines title 'snapshots', "
          "'' using 1:%d skip 1 with lines title 'draws'\n",
          folder, folder, HCSP_CURVE_BOT + 1, HCSP_CURVE_RANDOM + 1, HCSP_CURVE_SNAPSHOTS + 1,
          HCSP_CURVE_DRAWS + 1);
  const HcspPopulation *p = tr->population;
  int list[HCSP_MEMBERS_HERE];
  const int n = list_met(list, p);
  if (n < 2) {
    return;
  }
  fprintf(out,
          "set output '%s/payoffs.png'\nset yrange [*:*] reverse\nset xlabel 'column'\nset ylabel "
          "'row'\nset cbrange [0:1]\nset palette defined (0 'red', 0.5 'white', 1 'blue')\n"
          "set datafile separator whitespace\n$payoffs << END\n",
          folder);
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      const HcspScore score = hcsp_payoff_total(p->payoff, list[i], list[j]);
      fprintf(out, "%s%.4f", j ? " " : "", i == j ? 0.5 : hcsp_score_value(&score));
    }
    fprintf(out, "\n");
  }
  fprintf(out, "END\nplot $payoffs matrix with image notitle\n");
}

// true when gnuplot has drawn; without it the numbers have to do
static bool draw_pictures(const HcspTrainer *tr) {
  char path[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  FILE *out = strchr(tr->t->folder, '\'') ? NULL : open_memstream(&text, &size);
  if (!out) {
    return false;
  }
  write_script(out, tr);
  fclose(out);
  bool drawn = hcsp_run_file(path, tr->run, "pictures.gnuplot", NULL) == SIM_OK &&
               sim_file_write(path, text, size, NULL) == SIM_OK;
  free(text);
  char program[] = "gnuplot";
  char *const arguments[] = {program, path, NULL};
  pid_t child;
  int code = 1;
  drawn = drawn && posix_spawnp(&child, program, NULL, NULL, arguments, environ) == 0 &&
          waitpid(child, &code, 0) == child && code == 0;
  return drawn;
}

SimStatus hcsp_report_write(const HcspTrainer *tr, const HcspCandidate *candidate, int n,
                            int chosen, const HcspBout progress[HCSP_PROGRESS_BOUTS],
                            SimError *err) {
  char path[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  SimStatus status = write_csv(tr, err);
  const bool drawn = status == SIM_OK && draw_pictures(tr);
  FILE *out = status == SIM_OK ? open_memstream(&text, &size) : NULL;
  if (!out) {
    return status != SIM_OK ? status : sim_error(err, SIM_FAIL, "no memory for a report");
  }
  write_head(out, tr);
  write_candidates(out, tr, candidate, n, chosen);
  write_progress(out, progress);
  write_curves(out, tr);
  if (drawn) {
    fprintf(out, "\n![win rates](wins.png)\n![payoffs](payoffs.png)\n");
  }
  write_payoffs(out, tr);
  write_options(out, tr);
  write_meta(out, tr);
  fclose(out);
  status = hcsp_run_file(path, tr->run, "report.md", err);
  status = status == SIM_OK ? sim_file_write(path, text, size, err) : status;
  free(text);
  if (status == SIM_OK) {
    sim_log(SIM_LOG_INFO, "report: %s", path);
  }
  return status;
}
