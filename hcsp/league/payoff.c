// The table is one allocation of names and one of scores, exchanged when a member comes. Both
// orders of a pair are stored, so that readers need not know which one was played.
#include "hcsp/league/payoff.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/league/interval.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

enum { VERSION = 1, PAYOFF_BYTES_MAX = 1 << 28 };
static const char FORMAT[] = "hcsp-payoff";
static const char *const CELL_NAMES[LEAGUE_CELLS] = {"near serves", "near receives", "far serves",
                                                     "far receives"};

int league_cell_mirror(int cell) {
  assert(cell >= 0 && cell < LEAGUE_CELLS);
  return LEAGUE_CELLS - 1 - cell;
}

const char *league_cell_name(int cell) {
  assert(cell >= 0 && cell < LEAGUE_CELLS);
  return CELL_NAMES[cell];
}

LeaguePayoff *league_payoff_create(void) {
  return sim_new(1, sizeof(LeaguePayoff));
}

void league_payoff_destroy(LeaguePayoff *payoff) {
  if (payoff) {
    free(payoff->name);
    free(payoff->score);
    free(payoff);
  }
}

static LeagueScore *cell_of(const LeaguePayoff *payoff, int row, int column, int cell) {
  assert(row >= 0 && row < payoff->n && column >= 0 && column < payoff->n);
  assert(cell >= 0 && cell < LEAGUE_CELLS);
  return &payoff->score[(size_t)row * (size_t)payoff->n + (size_t)column][cell];
}

SimStatus league_payoff_grow(LeaguePayoff *payoff, const char *name, SimError *err) {
  const int n = payoff->n;
  if (!name[0] || strlen(name) >= LEAGUE_MEMBER_NAME_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "a member named '%.80s'; wanted 1 to %d bytes", name,
                     LEAGUE_MEMBER_NAME_MAX - 1);
  }
  if (n == LEAGUE_MEMBERS_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "member '%s' is one too many; wanted at most %d", name,
                     LEAGUE_MEMBERS_MAX);
  }
  const size_t size = (size_t)n + 1;
  LeaguePayoff next = {.n = n + 1,
                       .name = sim_new(size, sizeof *next.name),
                       .score = sim_new(size * size, sizeof *next.score)};
  for (int row = 0; row < n; row++) {
    memcpy(next.name[row], payoff->name[row], sizeof *next.name);
    memcpy(cell_of(&next, row, 0, 0), cell_of(payoff, row, 0, 0), (size_t)n * sizeof *next.score);
  }
  snprintf(next.name[n], sizeof *next.name, "%s", name);
  free(payoff->name);
  free(payoff->score);
  *payoff = next;
  return SIM_OK;
}

// ---- counting

void league_payoff_add(LeaguePayoff *payoff, int row, int column, int cell,
                       const LeagueScore *score) {
  assert(row != column);
  assert(score->wins >= 0 && score->losses >= 0 && score->draws >= 0);
  LeagueScore *here = cell_of(payoff, row, column, cell);
  LeagueScore *there = cell_of(payoff, column, row, league_cell_mirror(cell));
  env_score_add(here, score);
  *there = (LeagueScore){.wins = here->losses, .losses = here->wins, .draws = here->draws};
}

const LeagueScore *league_payoff_cell(const LeaguePayoff *payoff, int row, int column, int cell) {
  return cell_of(payoff, row, column, cell);
}

LeagueScore league_payoff_total(const LeaguePayoff *payoff, int row, int column) {
  const LeagueScore *cell = cell_of(payoff, row, column, 0);
  LeagueScore total = {0};
  // the two orders of a pair add the same numbers in the same order
  for (int k = 0; k < LEAGUE_CELLS; k++) {
    env_score_add(&total, &cell[row < column ? k : league_cell_mirror(k)]);
  }
  return total;
}

double league_score_points(const LeagueScore *score) {
  return score->wins + score->losses + score->draws;
}

double league_score_value(const LeagueScore *score) {
  const double points = league_score_points(score);
  return points > 0 ? (score->wins + score->draws / 2) / points : 0.5;
}

double league_score_win_rate(double *low, double *high, const LeagueScore *score) {
  const double decided = score->wins + score->losses;
  double bound[2];
  league_wilson(low ? low : &bound[0], high ? high : &bound[1], score->wins, decided);
  return decided > 0 ? score->wins / decided : (double)NAN;
}

void league_payoff_values(double *value, const LeaguePayoff *payoff) {
  for (int row = 0; row < payoff->n; row++) {
    for (int column = 0; column < payoff->n; column++) {
      const LeagueScore total = league_payoff_total(payoff, row, column);
      *value++ = league_score_value(&total);
    }
  }
}

void league_payoff_against(double *value, const LeaguePayoff *payoff, const double *weight) {
  for (int row = 0; row < payoff->n; row++) {
    value[row] = 0;
    for (int column = 0; column < payoff->n; column++) {
      const LeagueScore total = league_payoff_total(payoff, row, column);
      value[row] += weight[column] * league_score_value(&total);
    }
  }
}

// ---- JSON

json_t *league_payoff_json(const LeaguePayoff *payoff) {
  json_t *names = json_array(), *cells = json_array(), *pairs = json_array();
  for (int i = 0; i < payoff->n; i++) {
    json_array_append_new(names, json_string(payoff->name[i]));
  }
  for (int k = 0; k < LEAGUE_CELLS; k++) {
    json_array_append_new(cells, json_string(CELL_NAMES[k]));
  }
  for (int i = 0; i < payoff->n; i++) {
    for (int j = i + 1; j < payoff->n; j++) {
      json_t *counts = json_array();
      for (int k = 0; k < LEAGUE_CELLS; k++) {
        const LeagueScore *score = cell_of(payoff, i, j, k);
        json_array_append_new(counts,
                              json_pack("[f,f,f]", score->wins, score->losses, score->draws));
      }
      json_array_append_new(pairs, counts);
    }
  }
  return json_pack("{s:s,s:i,s:o,s:o,s:o}", "format", FORMAT, "version", VERSION, "members", names,
                   "cells", cells, "counts", pairs);
}

static bool read_score(LeagueScore *score, const json_t *json) {
  double value[3];
  for (size_t i = 0; i < 3; i++) {
    const json_t *number = json_array_get(json, i);
    value[i] = json_number_value(number);
    if (!json_is_number(number) || !(value[i] >= 0 && value[i] < 1e15)) {
      return false;
    }
  }
  *score = (LeagueScore){.wins = value[0], .losses = value[1], .draws = value[2]};
  return json_array_size(json) == 3;
}

static SimStatus read_members(LeaguePayoff *payoff, const json_t *names, const char *where,
                              SimError *err) {
  if (!json_is_array(names) || json_array_size(names) > LEAGUE_MEMBERS_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "%s: members: wanted a list of at most %d names", where,
                     LEAGUE_MEMBERS_MAX);
  }
  for (size_t i = 0; i < json_array_size(names); i++) {
    const char *name = json_string_value(json_array_get(names, i));
    if (!name) {
      return sim_error(err, SIM_BAD_INPUT, "%s: members[%zu]: wanted a name", where, i);
    }
    if (league_payoff_grow(payoff, name, err) != SIM_OK) {
      return sim_error_prefix(err, where);
    }
  }
  return SIM_OK;
}

static SimStatus read_counts(LeaguePayoff *payoff, const json_t *pairs, const char *where,
                             SimError *err) {
  const size_t n = (size_t)payoff->n, wanted = n > 0 ? n * (n - 1) / 2 : 0;
  if (!json_is_array(pairs) || json_array_size(pairs) != wanted) {
    return sim_error(err, SIM_BAD_INPUT, "%s: counts: %zu entries; wanted %zu, one a pair", where,
                     json_array_size(pairs), wanted);
  }
  size_t pair = 0;
  for (int i = 0; i < payoff->n; i++) {
    for (int j = i + 1; j < payoff->n; j++, pair++) {
      const json_t *cells = json_array_get(pairs, pair);
      for (int k = 0; k < LEAGUE_CELLS; k++) {
        LeagueScore score;
        if (json_array_size(cells) != LEAGUE_CELLS ||
            !read_score(&score, json_array_get(cells, (size_t)k))) {
          return sim_error(err, SIM_BAD_INPUT,
                           "%s: counts[%zu]: wanted %d lists [wins, losses, draws] of numbers "
                           "from 0 to 1e15",
                           where, pair, LEAGUE_CELLS);
        }
        league_payoff_add(payoff, i, j, k, &score);
      }
    }
  }
  return SIM_OK;
}

LeaguePayoff *league_payoff_from_json(const json_t *json, const char *where, SimError *err) {
  const char *format = json_string_value(json_object_get(json, "format"));
  const json_t *version = json_object_get(json, "version");
  if (!format || strcmp(format, FORMAT) != 0 || json_integer_value(version) != VERSION) {
    sim_error(err, SIM_BAD_INPUT, "%s: no payoff table; wanted format %s, version %d", where,
              FORMAT, VERSION);
    return NULL;
  }
  LeaguePayoff *payoff = league_payoff_create();
  if (payoff && (read_members(payoff, json_object_get(json, "members"), where, err) != SIM_OK ||
                 read_counts(payoff, json_object_get(json, "counts"), where, err) != SIM_OK)) {
    league_payoff_destroy(payoff);
    return NULL;
  }
  return payoff;
}

SimStatus league_payoff_save(const char *path, const LeaguePayoff *payoff, SimError *err) {
  json_t *json = league_payoff_json(payoff);
  char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
  json_decref(json);
  return sim_text_save(path, text, err);
}

LeaguePayoff *league_payoff_load(const char *path, SimError *err) {
  char *text;
  size_t size;
  if (sim_file_read(&text, &size, path, PAYOFF_BYTES_MAX, err) != SIM_OK) {
    return NULL;
  }
  json_error_t reason;
  json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &reason);
  free(text);
  if (!json) {
    sim_error(err, SIM_BAD_INPUT, "%s:%d: %s; wanted a payoff table as JSON", path, reason.line,
              reason.text);
    return NULL;
  }
  LeaguePayoff *payoff = league_payoff_from_json(json, path, err);
  json_decref(json);
  return payoff;
}
