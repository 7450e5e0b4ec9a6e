// Who beats whom: the results of every pair of a list of members, counted per side and server, as a
// square table that grows with the population. Counts are doubles, so that old ones can be given
// less weight; whole numbers up to 2^53 stay exact.
#ifndef HCSP_LEAGUE_PAYOFF_H_
#define HCSP_LEAGUE_PAYOFF_H_

#include <jansson.h>
#include <stdbool.h>

#include "hcsp/env/score.h"
#include "sim/base/status.h"

enum { LEAGUE_CELLS = ENV_CELLS, LEAGUE_MEMBERS_MAX = 1024, LEAGUE_MEMBER_NAME_MAX = 64 };

// Results of one member against another.
typedef EnvScore LeagueScore;

typedef struct LeaguePayoff {
  int n;
  char (*name)[LEAGUE_MEMBER_NAME_MAX];  // [n]
  // [n * n][LEAGUE_CELLS], row against column; the two orders of a pair always tell the same
  LeagueScore (*score)[LEAGUE_CELLS];
} LeaguePayoff;

// The cell (env_cell) in which the other team sees the same points.
int league_cell_mirror(int cell);
// "near serves", "near receives", "far serves" or "far receives".
const char *league_cell_name(int cell);

// An empty table. NULL and err without memory.
LeaguePayoff *league_payoff_create(void);
void league_payoff_destroy(LeaguePayoff *payoff);  // NULL is fine

// Appends a member without results; everything counted before stays. SIM_BAD_INPUT when name is
// empty or too long or the table is full. On failure the table is what it was.
SimStatus league_payoff_grow(LeaguePayoff *payoff, const char *name, SimError *err);

// Adds results of row against column, and the same to column against row. row != column.
void league_payoff_add(LeaguePayoff *payoff, int row, int column, int cell,
                       const LeagueScore *score);
const LeagueScore *league_payoff_cell(const LeaguePayoff *payoff, int row, int column, int cell);
// Sum over the cells.
LeagueScore league_payoff_total(const LeaguePayoff *payoff, int row, int column);

double league_score_points(const LeagueScore *score);
// (wins + draws / 2) / points: what game theory is done with; 0.5 without points.
double league_score_value(const LeagueScore *score);
// wins / (wins + losses), NaN when nothing is decided, and its Wilson 95 % interval; NULL: nobody
// asks for a bound.
double league_score_win_rate(double *low, double *high, const LeagueScore *score);

// value[n * n] by rows; 0.5 on the diagonal and for pairs that have not met.
void league_payoff_values(double *value, const LeaguePayoff *payoff);
// Value of each member against the mixture weight[n].
void league_payoff_against(double *value, const LeaguePayoff *payoff, const double *weight);

// As JSON, and back; the numbers come back bit for bit. Reading refuses whatever is not such a
// table: NULL with SIM_BAD_INPUT, where is the start of the sentence.
json_t *league_payoff_json(const LeaguePayoff *payoff);
LeaguePayoff *league_payoff_from_json(const json_t *json, const char *where, SimError *err);
// The same as a file, written whole or not at all.
SimStatus league_payoff_save(const char *path, const LeaguePayoff *payoff, SimError *err);
LeaguePayoff *league_payoff_load(const char *path, SimError *err);

#endif  // HCSP_LEAGUE_PAYOFF_H_
