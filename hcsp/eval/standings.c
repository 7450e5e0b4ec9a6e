#include "hcsp/eval/standings.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/summary.h"
#include "hcsp/league/nash.h"

SimStatus eval_standings_open(EvalStandings *standings, const LeaguePayoff *payoff, SimError *err) {
  const size_t n = (size_t)payoff->n;
  double *value = sim_new(n * n + 1, sizeof *value);
  *standings = (EvalStandings){.payoff = payoff,
                               .nash = sim_new(n + 1, sizeof *standings->nash),
                               .nash_value = sim_new(n + 1, sizeof *standings->nash_value),
                               .elo = sim_new(n + 1, sizeof *standings->elo)};
  league_payoff_values(value, payoff);
  SimStatus status = league_nash_solve(standings->nash, &standings->gap, value, payoff->n, err);
  if (status == SIM_OK) {
    league_payoff_against(standings->nash_value, payoff, standings->nash);
    status = league_elo_rate(standings->elo, payoff, err);
  }
  free(value);
  if (status != SIM_OK) {
    eval_standings_close(standings);
  }
  return status;
}

void eval_standings_close(EvalStandings *standings) {
  free(standings->nash);
  free(standings->nash_value);
  free(standings->elo);
  *standings = (EvalStandings){0};
}

// Shares of a pair's points that say whether the conditions were fair.
typedef struct Balance {
  double decided, points, draws;
  double server_wins, near_wins;  // of the decided
} Balance;

static Balance balance_of(const EvalPair *pair) {
  Balance b = {0};
  for (int side = 0; side < SIM_TEAMS; side++) {
    for (int serves = 0; serves < 2; serves++) {
      const LeagueScore *score = &pair->cell[env_cell((SimTeam)side, serves)];
      b.points += league_score_points(score);
      b.draws += score->draws;
      b.decided += score->wins + score->losses;
      b.server_wins += serves ? score->wins : score->losses;
      b.near_wins += side == SIM_NEAR ? score->wins : score->losses;
    }
  }
  assert(b.server_wins <= b.decided && b.near_wins <= b.decided && b.decided <= b.points);
  return b;
}

static double share(double part, double whole) {
  return whole > 0 ? part / whole : (double)NAN;
}

// ---- JSON

static json_t *count(double value) {
  return json_integer((json_int_t)llround(value));
}

typedef enum Field { WINS, LOSSES, DRAWS, WIN_RATE, LOW, HIGH, FIELDS } Field;
static const char *const FIELD_NAMES[FIELDS] = {"wins",     "losses", "draws",
                                                "win_rate", "low",    "high"};

static json_t *entry(const LeaguePayoff *payoff, int row, int column, Field field) {
  assert(row >= 0 && row < payoff->n && column >= 0 && column < payoff->n);
  const LeagueScore total = league_payoff_total(payoff, row, column);
  double low, high;
  const double rate = league_score_win_rate(&low, &high, &total);
  switch (field) {
  case WINS:
    return count(total.wins);
  case LOSSES:
    return count(total.losses);
  case DRAWS:
    return count(total.draws);
  case WIN_RATE:
    // against itself a team wins half, without playing
    return row == column ? json_real(0.5) : eval_number_json(rate);
  case LOW:
    return json_real(row == column ? 0.5 : low);
  case HIGH:
  case FIELDS:
    break;
  }
  return json_real(row == column ? 0.5 : high);
}

static json_t *matrix_json(const LeaguePayoff *payoff, Field field) {
  json_t *rows = json_array();
  for (int i = 0; i < payoff->n; i++) {
    json_t *row = json_array();
    for (int j = 0; j < payoff->n; j++) {
      json_array_append_new(row, entry(payoff, i, j, field));
    }
    json_array_append_new(rows, row);
  }
  return rows;
}

static json_t *pair_json(const EvalPair *pair) {
  const Balance b = balance_of(pair);
  json_t *cells = json_object();
  for (int k = 0; k < LEAGUE_CELLS; k++) {
    const LeagueScore *score = &pair->cell[k];
    json_object_set_new(cells, league_cell_name(k),
                        json_pack("{s:o,s:o,s:o}", "wins", count(score->wins), "losses",
                                  count(score->losses), "draws", count(score->draws)));
  }
  return json_pack(
      "{s:[i,i],s:o,s:o,s:o,s:o,s:[o,o],s:o,s:[o,o],s:o}", "teams", pair->team[0], pair->team[1],
      "cells", cells, "server_wins", eval_number_json(share(b.server_wins, b.decided)), "near_wins",
      eval_number_json(share(b.near_wins, b.decided)), "hits_mean",
      eval_number_json(share(pair->hits, b.points)), "team_hits_mean",
      eval_number_json(share(pair->team_hits[0], b.points)),
      eval_number_json(share(pair->team_hits[1], b.points)), "steps_mean",
      eval_number_json(share(pair->steps, b.points)), "lost", eval_reasons_json(pair->lost[0]),
      eval_reasons_json(pair->lost[1]), "drawn", eval_reasons_json(pair->drawn));
}

json_t *eval_standings_json(const EvalStandings *standings, const EvalPair *pair) {
  const LeaguePayoff *payoff = standings->payoff;
  json_t *json = json_object(), *teams = json_array(), *pairs = json_array();
  json_t *nash = json_array(), *against = json_array();
  json_t *elo = json_array(), *low = json_array(), *high = json_array();
  for (int i = 0; i < payoff->n; i++) {
    json_array_append_new(teams, json_string(payoff->name[i]));
    json_array_append_new(nash, eval_number_json(standings->nash[i]));
    json_array_append_new(against, eval_number_json(standings->nash_value[i]));
    json_array_append_new(elo, eval_number_json(standings->elo[i].rating));
    json_array_append_new(low, eval_number_json(standings->elo[i].low));
    json_array_append_new(high, eval_number_json(standings->elo[i].high));
  }
  for (int i = 0; i < eval_pairs_count(payoff->n); i++) {
    json_array_append_new(pairs, pair_json(&pair[i]));
  }
  json_object_set_new(json, "teams", teams);
  for (int field = 0; field < FIELDS; field++) {
    json_object_set_new(json, FIELD_NAMES[field], matrix_json(payoff, (Field)field));
  }
  json_object_set_new(json, "nash", nash);
  json_object_set_new(json, "nash_win_rate", against);
  json_object_set_new(json, "nash_gap", eval_number_json(standings->gap));
  json_object_set_new(json, "elo", elo);
  json_object_set_new(json, "elo_low", low);
  json_object_set_new(json, "elo_high", high);
  json_object_set_new(json, "pairs", pairs);
  return json;
}

// ---- for people

static int name_width(const LeaguePayoff *payoff) {
  int width = 8;
  for (int i = 0; i < payoff->n; i++) {
    const int length = (int)strlen(payoff->name[i]);
    width = length > width ? length : width;
  }
  return width;
}

static void print_matrix(FILE *out, const LeaguePayoff *payoff, int width) {
  fprintf(out, "%% won of the decided points, row against column, with 95 %% intervals\n%*s",
          width + 4, "");
  for (int j = 0; j < payoff->n; j++) {
    fprintf(out, "  %18d", j + 1);
  }
  for (int i = 0; i < payoff->n; i++) {
    fprintf(out, "\n%3d %-*s", i + 1, width, payoff->name[i]);
    for (int j = 0; j < payoff->n; j++) {
      const LeagueScore total = league_payoff_total(payoff, i, j);
      double low, high;
      const double rate = league_score_win_rate(&low, &high, &total);
      char text[32] = "-";
      if (i != j && isfinite(rate)) {
        snprintf(text, sizeof text, "%.1f (%.1f-%.1f)", 100 * rate, 100 * low, 100 * high);
      }
      fprintf(out, "  %18s", text);
    }
  }
  fprintf(out, "\n");
}

static void print_ranks(FILE *out, const EvalStandings *standings, int width) {
  fprintf(out, "\n%*s  %8s  %10s  %s\n", width + 4, "", "nash", "against it", "elo");
  for (int i = 0; i < standings->payoff->n; i++) {
    const LeagueElo *elo = &standings->elo[i];
    fprintf(out, "%3d %-*s  %8.3f  %8.1f %%  %.0f (%.0f to %.0f)\n", i + 1, width,
            standings->payoff->name[i], standings->nash[i], 100 * standings->nash_value[i],
            elo->rating, elo->low, elo->high);
  }
  fprintf(out, "%*s  gap of the Nash mixture: %.1g\n", width + 4, "", standings->gap);
}

static void print_reasons(FILE *out, const char *what, const int reasons[SIM_EVENT_KINDS]) {
  int total = 0;
  for (int kind = 0; kind < SIM_EVENT_KINDS; kind++) {
    total += reasons[kind];
  }
  if (total == 0) {
    return;
  }
  fprintf(out, "    %-15s  ", what);
  eval_reasons_print(out, reasons);
  fprintf(out, "\n");
}

// "62.5 %", or "-" when nothing was decided
static const char *percent(char text[16], double value) {
  if (isfinite(value)) {
    snprintf(text, 16, "%.1f %%", 100 * value);
  } else {
    snprintf(text, 16, "-");
  }
  return text;
}

static void print_pair(FILE *out, const LeaguePayoff *payoff, const EvalPair *pair) {
  const Balance b = balance_of(pair);
  const int first = pair->team[0], second = pair->team[1];
  const LeagueScore total = league_payoff_total(payoff, first, second);
  char text[16], what[32];
  fprintf(out, "\n%d %s : %d %s\n", first + 1, payoff->name[first], second + 1,
          payoff->name[second]);
  fprintf(out, "    score            %.0f : %.0f, draws %.0f (%s)\n", total.wins, total.losses,
          total.draws, percent(text, share(b.draws, b.points)));
  snprintf(what, sizeof what, "cells of %d", first + 1);
  fprintf(out, "    %-15s  ", what);
  for (int k = 0; k < LEAGUE_CELLS; k++) {
    const LeagueScore *score = &pair->cell[k];
    fprintf(out, "%s%s %.0f : %.0f", k ? ", " : "", league_cell_name(k), score->wins,
            score->losses);
  }
  fprintf(out, "\n    server wins      %s of the decided\n",
          percent(text, share(b.server_wins, b.decided)));
  fprintf(out, "    near side wins   %s of the decided\n",
          percent(text, share(b.near_wins, b.decided)));
  fprintf(out, "    a point          %.2f legal touches, %.2f s\n", share(pair->hits, b.points),
          SIM_DT * share(pair->steps, b.points));
  for (int k = 0; k < 2; k++) {
    snprintf(what, sizeof what, "%d lost by", pair->team[k] + 1);
    print_reasons(out, what, pair->lost[k]);
  }
  print_reasons(out, "drawn by", pair->drawn);
}

void eval_standings_print(FILE *out, const EvalStandings *standings, const EvalPair *pair) {
  const int width = name_width(standings->payoff);
  print_matrix(out, standings->payoff, width);
  print_ranks(out, standings, width);
  for (int i = 0; i < eval_pairs_count(standings->payoff->n); i++) {
    print_pair(out, standings->payoff, &pair[i]);
  }
}
