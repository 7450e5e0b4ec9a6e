// Curves as CSV, and pictures as SVG beside the report.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/report/chart.h"
#include "hcsp/report/page.h"
#include "hcsp/report/strategy_report.h"
#include "sim/base/text.h"

enum { CURVES_SHOWN = 4, MEMBERS_DRAWN = 48 };

// ---- pictures

// What a picture is made of, and where it goes.
typedef struct Picture {
  const StrategyTrainer *tr;
  const Report *report;
} Picture;

// false when there is nothing to draw
typedef bool DrawFn(FILE *out, const Picture *picture);

static bool draw_wins(FILE *out, const Picture *p) {
  static const StrategyCurve SHOWN[CURVES_SHOWN] = {STRATEGY_CURVE_BOT, STRATEGY_CURVE_RANDOM,
                                                    STRATEGY_CURVE_SNAPSHOTS, STRATEGY_CURVE_DRAWS};
  static const char *const NAMES[CURVES_SHOWN] = {"bot", "random", "snapshots", "draws"};
  const ChartAxes axes = {.title = "Wins while it learns",
                          .x = "decisions",
                          .y = "share of the points",
                          .low = 0,
                          .high = 1,
                          .mark = 0.5};
  const TrainHistory *h = &p->tr->session.history;
  const int n = h->n;
  ChartSeries series[CURVES_SHOWN];
  if (n <= 1) {
    return false;
  }
  double *value = sim_new((size_t)n * (CURVES_SHOWN + 1), sizeof *value);
  for (int i = 0; i < n; i++) {
    value[i] = train_history_row(h, i)[STRATEGY_CURVE_DECISIONS];
    for (int k = 0; k < CURVES_SHOWN; k++) {
      value[(k + 1) * n + i] = train_history_row(h, i)[SHOWN[k]];
    }
  }
  for (int k = 0; k < CURVES_SHOWN; k++) {
    series[k] = (ChartSeries){.name = NAMES[k], .n = n, .x = value, .y = value + (k + 1) * n};
  }
  chart_lines(out, &axes, series, CURVES_SHOWN);
  free(value);
  return true;
}

static bool draw_payoffs(FILE *out, const Picture *p) {
  const LeaguePopulation *population = p->tr->population;
  int list[LEAGUE_POPULATION_MAX];
  char name[MEMBERS_DRAWN][16];
  const char *names[MEMBERS_DRAWN];
  double value[MEMBERS_DRAWN * MEMBERS_DRAWN];
  const int met = report_met(list, population);
  const int n = met < MEMBERS_DRAWN ? met : MEMBERS_DRAWN, first = met - n;
  for (int i = 0; i < n; i++) {
    snprintf(name[i], sizeof name[i], "%d", list[first + i]);
    names[i] = name[i];
    for (int j = 0; j < n; j++) {
      const LeagueScore score =
          league_payoff_total(population->payoff, list[first + i], list[first + j]);
      const bool played = i != j && league_score_points(&score) > 0;
      value[i * n + j] = played ? league_score_value(&score) : (double)NAN;
    }
  }
  if (n > 1) {
    chart_matrix(out, &(ChartMatrix){.title = "Points of the row against the column, %",
                                     .rows = n,
                                     .columns = n,
                                     .row = names,
                                     .column = names,
                                     .value = value,
                                     .around_half = true});
  }
  return n > 1;
}

static double rate_of(const LeaguePairing *pairing) {
  const LeagueScore score = league_pairing_total(pairing);
  return league_score_win_rate(NULL, NULL, &score);
}

static bool draw_cycle(FILE *out, const Picture *p) {
  const Report *report = p->report;
  const ChartAxes axes = {.title = "Single snapshots",
                          .x = "decisions",
                          .y = "win rate of the snapshot",
                          .low = 0,
                          .high = 1,
                          .mark = 0.5};
  double x[REPORT_CYCLE_MAX], early[REPORT_CYCLE_MAX], late[REPORT_CYCLE_MAX];
  const int n = report->cycles;
  assert(n >= 0 && n <= REPORT_CYCLE_MAX);
  for (int i = 0; i < n; i++) {
    x[i] = (double)p->tr->population->member[report->cycle[i]]->decisions;
    early[i] = rate_of(&report->early[i]);
    late[i] = rate_of(&report->late[i]);
  }
  const ChartSeries series[] = {{.name = "earlier half", .n = n, .x = x, .y = early},
                                {.name = "later half", .n = n, .x = x, .y = late}};
  if (n > 0) {
    chart_lines(out, &axes, series, 2);
  }
  return n > 0;
}

// weights over time, one row of the picture per member
static bool draw_meta(FILE *out, const Picture *p) {
  const StrategyTrainer *tr = p->tr;
  const int members = tr->population->n < MEMBERS_DRAWN ? tr->population->n : MEMBERS_DRAWN;
  const int solutions = tr->metas < MEMBERS_DRAWN ? tr->metas : MEMBERS_DRAWN;
  const char *names[MEMBERS_DRAWN];
  double value[MEMBERS_DRAWN * MEMBERS_DRAWN];
  for (int i = 0; i < members; i++) {
    names[i] = tr->population->member[i]->name;
    for (int k = 0; k < solutions; k++) {
      const StrategyMeta *meta = &tr->meta[tr->metas - solutions + k];
      value[i * solutions + k] = i < meta->n ? (double)meta->weight[i] : (double)NAN;
    }
  }
  if (tr->metas > 1) {
    chart_matrix(out, &(ChartMatrix){.title = "Weights of the members, solution by solution, %",
                                     .rows = members,
                                     .columns = solutions,
                                     .row = names,
                                     .value = value});
  }
  return tr->metas > 1;
}

enum { SPOTS = EVAL_COURT_ROWS * EVAL_COURT_COLUMNS };

static void fill_court(ChartCourt *court, double share[SPOTS], long long balls[SPOTS],
                       const EvalCourtMap *map, const char *title) {
  for (int i = 0; i < SPOTS; i++) {
    const EvalSpot *spot = &map->spot[i / EVAL_COURT_COLUMNS][i % EVAL_COURT_COLUMNS];
    balls[i] = spot->balls;
    share[i] = spot->balls > 0 ? (double)spot->good / (double)spot->balls : 0;
  }
  *court = (ChartCourt){.title = title,
                        .rows = EVAL_COURT_ROWS,
                        .columns = EVAL_COURT_COLUMNS,
                        .share = share,
                        .balls = balls};
}

static bool draw_maps(FILE *out, const Picture *p) {
  const EvalTactics *tactics = &p->report->tactics;
  double share[2][SPOTS];
  long long balls[2][SPOTS];
  ChartCourt court[2];
  fill_court(&court[0], share[0], balls[0], &tactics->attack[SIM_NEAR],
             "attacks: where they land, % that score");
  fill_court(&court[1], share[1], balls[1], &tactics->dig[SIM_NEAR],
             "digs: where, % that the setter plays");
  chart_courts(out, court, 2);
  return true;
}

static const struct {
  const char *file;
  DrawFn *draw;
} PICTURES[REPORT_PICTURES] = {[REPORT_WINS] = {"wins.svg", draw_wins},
                               [REPORT_PAYOFFS] = {"payoffs.svg", draw_payoffs},
                               [REPORT_CYCLE] = {"cycle.svg", draw_cycle},
                               [REPORT_META] = {"meta.svg", draw_meta},
                               [REPORT_MAPS] = {"maps.svg", draw_maps}};

static SimStatus draw_one(bool *drawn, const Picture *picture, int kind, SimError *err) {
  assert(kind >= 0 && kind < REPORT_PICTURES && PICTURES[kind].draw);
  SimText text;
  *drawn = PICTURES[kind].draw(sim_text_open(&text), picture);
  return report_picture_save(picture->tr->t->options.folder, PICTURES[kind].file, *drawn,
                             sim_text_close(&text), err);
}

SimStatus report_draw(bool drawn[REPORT_PICTURES], const StrategyTrainer *tr, const Report *report,
                      SimError *err) {
  const Picture picture = {.tr = tr, .report = report};
  SIM_TRY(report_curves_write(tr->t->options.folder, &tr->session.history, err));
  for (int kind = 0; kind < REPORT_PICTURES; kind++) {
    SIM_TRY(draw_one(&drawn[kind], &picture, kind, err));
  }
  return SIM_OK;
}

void report_show(FILE *out, const char *title, const bool drawn[REPORT_PICTURES],
                 ReportPicture kind) {
  if (drawn[kind]) {
    fprintf(out, "\n![%s](%s)\n", title, PICTURES[kind].file);
  }
}
