// What is played for the report, and the parts of it that tell how the deployed team plays.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/situations.h"
#include "hcsp/recipes/seeds.h"
#include "hcsp/report/page.h"
#include "hcsp/report/strategy_report.h"
#include "sim/base/log.h"

// ---- measuring

static int points_of(double wanted) {
  return (int)wanted / LEAGUE_CELLS * LEAGUE_CELLS;
}

// snapshots over the whole run, the first and the last among them
static void list_cycle(Report *report, const StrategyTrainer *tr) {
  int list[LEAGUE_POPULATION_MAX];
  const int n = league_population_list(list, tr->population, LEAGUE_MEMBER_SNAPSHOT);
  report->cycles = n < REPORT_CYCLE_MAX ? n : REPORT_CYCLE_MAX;
  for (int i = 0; i < report->cycles; i++) {
    report->cycle[i] = list[report->cycles > 1 ? i * (n - 1) / (report->cycles - 1) : 0];
  }
}

static SimStatus measure_pairings(Report *report, const StrategyTrainer *tr, SimError *err) {
  const StrategyConfig *c = tr->t->config;
  const LeaguePlayer late = strategy_late_mixture(tr), early = strategy_early_mixture(tr);
  LeagueTournament tournament = strategy_trainer_tournament(tr, RECIPE_SEED_PROGRESS);
  const int n = report->cycles;
  tournament.model = tr->engine.eval;
  LeaguePairing *pairing = sim_new(2 * (size_t)n + 1, sizeof *pairing);
  pairing[0] =
      (LeaguePairing){.first = late, .second = early, .points = 4 * points_of(c->probe_points)};
  for (int i = 0; i < n; i++) {
    const LeaguePlayer one = league_player(&tr->population->member[report->cycle[i]]->strategy);
    const int points = points_of(c->payoff_points);
    pairing[1 + i] = (LeaguePairing){.first = one, .second = early, .points = points};
    pairing[1 + n + i] = (LeaguePairing){.first = one, .second = late, .points = points};
  }
  const SimStatus status = league_tournament_play(pairing, 2 * n + 1, &tournament, err);
  report->halves = pairing[0];
  assert(n <= REPORT_CYCLE_MAX);
  memcpy(report->early, pairing + 1, (size_t)n * sizeof *pairing);
  memcpy(report->late, pairing + 1 + n, (size_t)n * sizeof *pairing);
  free(pairing);
  return status;
}

static SimStatus measure_play(Report *report, const StrategyTrainer *tr, SimError *err) {
  const int rallies = 4 * points_of(tr->t->config->probe_points);
  const EvalRalliesOptions options = {.model = tr->engine.eval,
                                      .near = report->choice->team,
                                      .far = report->choice->team,
                                      .rules = tr->engine.rules,
                                      .seed = tr->t->options.seed + RECIPE_SEED_PLAY,
                                      .rallies = rallies,
                                      .threads = tr->t->options.threads,
                                      .tactics = &report->tactics,
                                      .split = true};
  SIM_TRY(eval_rallies_summary(&report->summary, &options, err));
  eval_tactics_merge(&report->tactics);
  return SIM_OK;
}

SimStatus report_measure(Report *report, const StrategyTrainer *tr, SimError *err) {
  list_cycle(report, tr);
  SIM_TRY(measure_pairings(report, tr, err));
  return measure_play(report, tr, err);
}

// ---- snapshots

static void write_rate(FILE *out, const LeaguePairing *pairing) {
  const LeagueScore score = league_pairing_total(pairing);
  double low, high;
  const double rate = league_score_win_rate(&low, &high, &score);
  if (isfinite(rate)) {
    fprintf(out, " %.1f (%.1f to %.1f) |", 100 * rate, 100 * low, 100 * high);
  } else {
    fprintf(out, " |");
  }
}

void report_cycle(FILE *out, const StrategyTrainer *tr, const Report *report) {
  const LeagueScore halves = league_pairing_total(&report->halves);
  double low, high;
  const double rate = league_score_win_rate(&low, &high, &halves);
  fprintf(
      out,
      "\n## Progress\n\nThe mixture of the later half of the snapshots against that of the "
      "earlier half: %.1f %% (%.1f to %.1f) of the decided points, draws %.0f of %.0f.\n\n"
      "Single snapshots against these two mixtures, in percent of the decided points with 95 %% "
      "intervals. A column that rises and falls is a cycle: what a snapshot has learnt last "
      "beats what came just before it and loses to what was given up.\n\n"
      "| snapshot | decisions | against the earlier half | against the later half |\n"
      "|---|---|---|---|\n",
      100 * rate, 100 * low, 100 * high, halves.draws, league_score_points(&halves));
  for (int i = 0; i < report->cycles; i++) {
    const LeagueMember *member = tr->population->member[report->cycle[i]];
    fprintf(out, "| %s | %lld |", member->name, (long long)member->decisions);
    write_rate(out, &report->early[i]);
    write_rate(out, &report->late[i]);
    fprintf(out, "\n");
  }
}

// ---- play

static double part(int64_t some, int64_t all) {
  return all > 0 ? (double)some / (double)all : (double)NAN;
}

static void write_uses(FILE *out, const EvalUses *uses, const PolOptions *options) {
  fprintf(out, "\n");
  eval_touches_print(out, uses, options);
  fprintf(out,
          "\nShare of the choices of a head; of the legal touches made with the option, the share "
          "that won the point before the ball came back.\n\n"
          "| head | option | chosen %% | touches | kills %% |\n|---|---|---|---|---|\n");
  for (int head = 0; head < options->heads; head++) {
    int64_t sum = 0;
    for (int i = 0; i < options->n[head]; i++) {
      sum += uses->head[head][i].chosen;
    }
    for (int i = 0; i < options->n[head]; i++) {
      const EvalUse *use = &uses->head[head][i];
      if (use->chosen + use->touches > 0) {
        fprintf(out, "| %s | %s |", options->head[head], options->option[head][i].name);
        report_cell(out, 100 * part(use->chosen, sum), 1);
        fprintf(out, " %lld |", (long long)use->touches);
        report_cell(out, 100 * part(use->kills, use->touches), 1);
        fprintf(out, "\n");
      }
    }
  }
}

// rows from the net, columns from the left of the team that digs
static void write_map(FILE *out, const char *title, const EvalCourtMap *map) {
  fprintf(out, "\n%s\n\n| m from the net | left, out |", title);
  for (int c = 1; c < EVAL_COURT_COLUMNS - 1; c++) {
    fprintf(out, " %d to %d |", c - 1 - (int)SIM_COURT_HALF_Y, c - (int)SIM_COURT_HALF_Y);
  }
  fprintf(out, " right, out |");
  report_rule(out, 1 + EVAL_COURT_COLUMNS);
  for (int r = 0; r < EVAL_COURT_ROWS; r++) {
    if (r < EVAL_COURT_ROWS - 1) {
      fprintf(out, "\n| %d to %d |", r, r + 1);
    } else {
      fprintf(out, "\n| out |");
    }
    for (int c = 0; c < EVAL_COURT_COLUMNS; c++) {
      const EvalSpot *spot = &map->spot[r][c];
      if (spot->balls > 0) {
        fprintf(out, " %lld, %.0f %% |", (long long)spot->balls,
                100 * part(spot->good, spot->balls));
      } else {
        fprintf(out, " |");
      }
    }
  }
  fprintf(out, "\n");
}

static EvalSpot map_total(const EvalCourtMap *map) {
  EvalSpot sum = {0, 0};
  for (int i = 0; i < EVAL_COURT_ROWS * EVAL_COURT_COLUMNS; i++) {
    sum.balls += map->spot[i / EVAL_COURT_COLUMNS][i % EVAL_COURT_COLUMNS].balls;
    sum.good += map->spot[i / EVAL_COURT_COLUMNS][i % EVAL_COURT_COLUMNS].good;
  }
  return sum;
}

void report_play(FILE *out, const Report *report) {
  const EvalSummary *sum = &report->summary;
  const EvalTactics *tactics = &report->tactics;
  const PolOptions *options = report->choice->team->options;
  const bool free_roles = options->kind == POL_TABLE_VOLLEY;
  const EvalSpot digs = map_total(&tactics->dig[SIM_NEAR]);
  EvalVariety variety;
  eval_variety(&variety, &tactics->use[SIM_NEAR], options);
  fprintf(out,
          "\n## Play of the deployed team against itself\n\n%d rallies: %.2f legal hits and %.1f s "
          "a rally, draws %s %% (by the clock %s %%), the server wins %s %% of the decided. ",
          sum->rallies, sum->hits_mean, sum->steps_mean * SIM_DT,
          REPORT_NUMBER(100 * part(sum->draws, sum->rallies), 1),
          REPORT_NUMBER(100 * part(sum->reasons[SIM_EVENT_TIMEOUT], sum->rallies), 1),
          REPORT_NUMBER(100 * part(sum->server_wins, sum->near + sum->far), 1));
  fprintf(out,
          "Attacks kill %s %% of %lld; the most used is %s with %.1f %%; %d attacks and %d "
          "waiting places are above 5 %%. Of %lld digs %s could play %s %%.\n",
          REPORT_NUMBER(100 * part(variety.attacks.kills, variety.attacks.touches), 1),
          (long long)variety.attacks.touches, variety.most_used ? variety.most_used : "none",
          100 * variety.most_share, variety.attacks_5, variety.waiting_5, (long long)digs.balls,
          free_roles ? "a team-mate" : "the setter",
          REPORT_NUMBER(100 * part(digs.good, digs.balls), 1));
  fprintf(out, "\nHow rallies ended:");
  for (int k = 0; k < SIM_EVENT_KINDS; k++) {
    if (sum->reasons[k] > 0) {
      fprintf(out, " %s %.1f %%.", sim_event_name((SimEventKind)k),
              100 * part(sum->reasons[k], sum->rallies));
    }
  }
  fprintf(out, "\n");
  write_uses(out, &tactics->use[SIM_NEAR], options);
  write_map(
      out,
      "Where attacks come down when nobody digs, as the team that digs sees it: how many, and "
      "how many of them score. Columns are y in metres.",
      &tactics->attack[SIM_NEAR]);
  write_map(out,
            free_roles
                ? "Where first touches meet the ball: how many, and after how many of them a "
                  "team-mate plays it."
                : "Where the passer meets the ball: how many digs, and after how many of them the "
                  "setter plays it.",
            &tactics->dig[SIM_NEAR]);
}

// ---- canonical moments

// p of every member of a mixture in one moment, the whole mixture behind them
typedef struct Answers {
  uint32_t legal[POL_HEADS_MAX];
  int n;
  float p[POL_MIXTURE_MAX + 1][POL_HEADS_MAX][POL_OPTIONS_MAX];
} Answers;

static bool ask_all(Answers *answers, EvalMoment moment, const PolTeam *team) {
  assert(team->strategies >= 1 && team->strategies <= POL_MIXTURE_MAX);
  static const PolArch WIDEST = {.inputs = SIM_OBS_MAX,
                                 .outputs = POL_HEADS_MAX * POL_OPTIONS_MAX,
                                 .layers = 1,
                                 .hidden = {POL_NET_WIDTH_MAX}};
  const PolNet widest = {.arch = WIDEST};
  float *scratch = sim_new((size_t)pol_net_scratch(&widest), sizeof *scratch);
  EvalSituation situation;
  bool known = true;
  *answers = (Answers){.n = team->strategies};
  eval_situation_make(&situation, moment, team->options);
  for (int i = 0; known && i < team->strategies; i++) {
    known = eval_situation_ask(answers->p[i], answers->legal, &situation, &team->strategy[i],
                               team->options, scratch);
    for (int k = 0; known && k < POL_HEADS_MAX * POL_OPTIONS_MAX; k++) {
      answers->p[team->strategies][k / POL_OPTIONS_MAX][k % POL_OPTIONS_MAX] +=
          (float)team->weight[i] * answers->p[i][k / POL_OPTIONS_MAX][k % POL_OPTIONS_MAX];
    }
  }
  free(scratch);
  return known;
}

static void write_moment(FILE *out, EvalMoment moment, const Answers *answers,
                         const PolOptions *options) {
  for (int head = 0; head < options->heads; head++) {
    const uint32_t legal = answers->legal[head];
    for (int i = 0; pol_has_choice(legal) && i < options->n[head]; i++) {
      if (legal >> i & 1u) {
        fprintf(out, "| %s | %s: %s | **%.0f** |", eval_moment_name(moment), options->head[head],
                options->option[head][i].name, 100 * (double)answers->p[answers->n][head][i]);
        for (int k = 0; k < answers->n; k++) {
          fprintf(out, " %.0f |", 100 * (double)answers->p[k][head][i]);
        }
        fprintf(out, "\n");
      }
    }
  }
}

void report_moments(FILE *out, const Report *report) {
  const PolTeam *team = report->choice->team;
  Answers *answers = sim_new(1, sizeof *answers);
  fprintf(out,
          "\n## What the strategies would do\n\nMoments made by hand, seen by the near team: "
          "probability in percent of every option that could be chosen; the deployed mixture, then "
          "its members. Moments without a choice are left out.\n\n| moment | option | mixture |");
  for (int i = 0; i < team->strategies; i++) {
    fprintf(out, " %s |", team->strategy[i].name);
  }
  report_rule(out, 3 + team->strategies);
  fprintf(out, "\n");
  for (int moment = 0; moment < EVAL_MOMENTS; moment++) {
    if (ask_all(answers, (EvalMoment)moment, team)) {
      write_moment(out, (EvalMoment)moment, answers, team->options);
    }
  }
  free(answers);
}
