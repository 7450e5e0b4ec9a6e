// Text first goes to memory and then to its file in one piece, so that a killed run leaves the
// report it had.
#include "hcsp/report/strategy_report.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/report/page.h"
#include "sim/base/log.h"
#include "sim/base/text.h"

enum { ROWS_SHOWN = 16 };

// ---- parts of the text

static void write_measure(FILE *out, const LeagueWon *m, const char *way) {
  if (isfinite(m->rate)) {
    fprintf(out, " %.1f (%.1f to %.1f)%s,", 100 * m->rate, 100 * m->low, 100 * m->high, way);
  }
  fprintf(out, " draws %.0f of %.0f |", m->score.draws, league_score_points(&m->score));
}

static const LeagueExploitRow *find_row(const LeagueExploit *probe, const LeagueExploitRow *like) {
  for (int i = 0; i < probe->n; i++) {
    if (strcmp(probe->row[i].name, like->name) == 0 && probe->row[i].seed == like->seed) {
      return &probe->row[i];
    }
  }
  return NULL;
}

// a row of the chosen candidate, and the same opponents of the others
static void write_row(FILE *out, const Report *report, int row) {
  assert(row >= 0 && row < report->choice->candidate[report->choice->chosen].probe.n);
  const LeagueExploitRow *of_chosen =
      &report->choice->candidate[report->choice->chosen].probe.row[row];
  fprintf(out, of_chosen->seed ? "| best response, %s, seed %d |" : "| %s |", of_chosen->name,
          of_chosen->seed);
  for (int i = 0; i < report->choice->n; i++) {
    const LeagueExploitRow *r = find_row(&report->choice->candidate[i].probe, of_chosen);
    const bool both = r && league_score_points(&r->greedy.score) > 0 &&
                      league_score_points(&r->sampled.score) > 0;
    const bool greedy =
        r && league_score_points(&r->greedy.score) > 0 && !(r->sampled.rate > r->greedy.rate);
    if (r) {
      write_measure(out, greedy ? &r->greedy : &r->sampled,
                    !both    ? ""
                    : greedy ? " greedy"
                             : " sampled");
    } else {
      fprintf(out, " |");
    }
  }
  fprintf(out, "\n");
}

static void write_again(FILE *out, const LeagueExploit *probe) {
  if (league_exploit_failed(probe)) {
    fprintf(out, " nothing found that wins half |");
  } else {
    write_measure(out, &probe->worst.again, "");
  }
}

static void write_candidates(FILE *out, const StrategyTrainer *tr, const Report *report) {
  const StrategyCandidate *candidate = report->choice->candidate;
  const int n = report->choice->n, chosen = report->choice->chosen;
  fprintf(out, "## Deployed: %s\n\n", candidate[chosen].name);
  fprintf(out, "| strategy | weight |\n|---|---|\n");
  for (int i = 0; i < candidate[chosen].mixture.n; i++) {
    fprintf(out, "| %s | %.3f |\n", candidate[chosen].mixture.strategy[i]->name,
            candidate[chosen].mixture.weight[i]);
  }
  fprintf(out,
          "\nWhat opponents win of the decided points, in percent, with 95 %% intervals, by the "
          "better of two ways to play: by their likeliest options (greedy) or drawn (sampled). "
          "Best responses of %.0f decisions, %.0f to each, which makes these lower bounds; one "
          "seed of the training. The worst was measured again with other points, since the largest "
          "of many figures is too large.\n\n| opponent |",
          tr->t->config->probe_budget * (double)tr->t->options.budget, tr->t->config->probe_seeds);
  for (int i = 0; i < n; i++) {
    fprintf(out, " %s |", candidate[i].name);
  }
  report_rule(out, 1 + n);
  fprintf(out, "\n");
  for (int row = 0; row < candidate[chosen].probe.n; row++) {
    write_row(out, report, row);
  }
  fprintf(out, "| the worst, measured again |");
  for (int i = 0; i < n; i++) {
    write_again(out, &candidate[i].probe);
  }
  fprintf(out, "\n");
}

static void write_curves(FILE *out, const StrategyTrainer *tr) {
  static const int DECIMALS[STRATEGY_CURVES] = {0, 0, 3, 4, 3, 2, -1, -1, -1, -1, 0};
  fprintf(out, "\n## Curves\n\n");
  report_curves_table(out, &tr->session.history, ROWS_SHOWN, DECIMALS);
  fprintf(out, "\nShares in percent; what is empty was not met.\n");
}

// members that have met somebody
int report_met(int *list, const LeaguePopulation *p) {
  int n = 0;
  for (int i = 0; i < p->n; i++) {
    bool met = false;
    for (int j = 0; j < p->n; j++) {
      const LeagueScore score = league_payoff_total(p->payoff, i, j);
      met = met || (i != j && league_score_points(&score) > 0);
    }
    if (met) {
      list[n++] = i;
    }
  }
  return n;
}

static void write_payoffs(FILE *out, const StrategyTrainer *tr) {
  const LeaguePopulation *p = tr->population;
  int list[LEAGUE_POPULATION_MAX];
  const int n = report_met(list, p);
  if (n == 0) {
    return;
  }
  fprintf(out,
          "\n## Payoffs\n\nRow against column: (wins + draws / 2) / points in percent.\n\n| |");
  for (int j = 0; j < n; j++) {
    fprintf(out, " %d |", list[j]);
  }
  report_rule(out, 1 + n);
  for (int i = 0; i < n; i++) {
    fprintf(out, "\n| %d %s |", list[i], p->member[list[i]]->name);
    for (int j = 0; j < n; j++) {
      const LeagueScore score = league_payoff_total(p->payoff, list[i], list[j]);
      const bool met = i != j && league_score_points(&score) > 0;
      report_cell(out, met ? 100 * league_score_value(&score) : (double)NAN, 1);
    }
  }
  fprintf(out, "\n");
}

static void write_meta(FILE *out, const StrategyTrainer *tr) {
  if (tr->metas == 0) {
    return;
  }
  fprintf(out, "\n## Meta-strategy\n\n| decisions | weights |\n|---|---|\n");
  for (int k = 0; k < tr->metas; k++) {
    const StrategyMeta *meta = &tr->meta[k];
    fprintf(out, "| %lld |", (long long)meta->decisions);
    for (int i = 0; i < meta->n; i++) {
      if (meta->weight[i] > 1e-3f) {
        fprintf(out, " %s %.2f", tr->population->member[i]->name, (double)meta->weight[i]);
      }
    }
    fprintf(out, " |\n");
  }
}

static void write_head(FILE *out, const StrategyTrainer *tr) {
  const StrategyProgress *g = tr->progress;
  const TrainHistory *h = &tr->session.history;
  const double seconds = h->n > 0 ? train_history_row(h, h->n - 1)[STRATEGY_CURVE_SECONDS] : 0;
  const double decisions = (double)tr->learner->decisions;
  fprintf(out, "# Strategy, %s\n\n", strategy_algorithm_name(tr->t->config->algorithm));
  fprintf(out,
          "%.0f decisions in %.0f CPU seconds (%.0f a second), %.1f hours of play; seed %llu, "
          "skills of the team %s, option table %s, rules %s; learnt with physics %s, measured with "
          "mujoco.\n",
          decisions, seconds, seconds > 0 ? decisions / seconds : 0, g->steps * SIM_DT / 3600,
          (unsigned long long)tr->t->options.seed, tr->team->name, tr->team->options->name,
          tr->engine.rules->name, tr->t->config->physics);
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

static void write_all(FILE *out, const StrategyTrainer *tr, const Report *report,
                      const bool drawn[REPORT_PICTURES]) {
  write_head(out, tr);
  write_candidates(out, tr, report);
  report_cycle(out, tr, report);
  report_show(out, "cycle of single snapshots", drawn, REPORT_CYCLE);
  report_play(out, report);
  report_show(out, "kill map and dig map", drawn, REPORT_MAPS);
  report_moments(out, report);
  write_curves(out, tr);
  report_show(out, "win rates", drawn, REPORT_WINS);
  write_payoffs(out, tr);
  report_show(out, "payoffs", drawn, REPORT_PAYOFFS);
  write_meta(out, tr);
  report_show(out, "meta-strategy over time", drawn, REPORT_META);
}

static SimStatus write_report(const StrategyTrainer *tr, const Report *report, SimError *err) {
  SimText text;
  bool drawn[REPORT_PICTURES];
  SIM_TRY(report_draw(drawn, tr, report, err));
  write_all(sim_text_open(&text), tr, report, drawn);
  SIM_TRY(report_page_save(tr->t->options.folder, SIM_OK, sim_text_close(&text), err));
  sim_log(SIM_LOG_INFO, "report: %s/report.html", tr->t->options.folder);
  return SIM_OK;
}

SimStatus strategy_report(const StrategyTrainer *tr, const StrategyChoice *choice, SimError *err) {
  Report *report = sim_new(1, sizeof *report);
  report->choice = choice;
  SimStatus status = report_measure(report, tr, err);
  status = status == SIM_OK ? write_report(tr, report, err) : status;
  free(report);
  return status;
}
