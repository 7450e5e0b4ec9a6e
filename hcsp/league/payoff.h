// Who beats whom: the results of every pair of a list of members, counted per side and server, as a
// square table that grows with the population. Counts are doubles, so that old ones can be given
// less weight; whole numbers up to 2^53 stay exact.
#ifndef HCSP_LEAGUE_PAYOFF_H_
#define HCSP_LEAGUE_PAYOFF_H_

#include <jansson.h>
#include <stdbool.h>

#include "sim/base/status.h"
#include "sim/view.h"

enum { HCSP_CELLS = 4, HCSP_MEMBERS_MAX = 1024, HCSP_MEMBER_NAME_MAX = 64 };

// Results of one member against another.
typedef struct HcspScore {
  double wins, losses, draws;
} HcspScore;

typedef struct HcspPayoff {
  int n;
  char (*name)[HCSP_MEMBER_NAME_MAX];  // [n]
  // [n * n][HCSP_CELLS], row against column; the two orders of a pair always tell the same
  HcspScore (*score)[HCSP_CELLS];
} HcspPayoff;

// The cell of a member that plays on side and serves or receives.
int hcsp_cell(SimTeam side, bool serves);
// The same points as the other team sees them.
int hcsp_cell_mirror(int cell);
// "near serves", "near receives", "far serves" or "far receives".
const char *hcsp_cell_name(int cell);

// An empty table. NULL and err without memory.
HcspPayoff *hcsp_payoff_create(SimError *err);
void hcsp_payoff_destroy(HcspPayoff *payoff);  // NULL is fine

// Appends a member without results; everything counted before stays. SIM_BAD_INPUT when name is
// empty or too long or the table is full. On failure the table is what it was.
SimStatus hcsp_payoff_grow(HcspPayoff *payoff, const char *name, SimError *err);

// Adds results of row against column, and the same to column against row. row != column.
void hcsp_payoff_add(HcspPayoff *payoff, int row, int column, int cell, const HcspScore *score);
const HcspScore *hcsp_payoff_cell(const HcspPayoff *payoff, int row, int column, int cell);
// Sum over the cells.
HcspScore hcsp_payoff_total(const HcspPayoff *payoff, int row, int column);

double hcsp_score_points(const HcspScore *score);
// (wins + draws / 2) / points: what game theory is done with; 0.5 without points.
double hcsp_score_value(const HcspScore *score);
// wins / (wins + losses), NaN when nothing is decided, and its Wilson 95 % interval.
double hcsp_score_win_rate(double *low, double *high, const HcspScore *score);

// value[n * n] by rows; 0.5 on the diagonal and for pairs that have not met.
void hcsp_payoff_values(double *value, const HcspPayoff *payoff);
// Value of each member against the mixture weight[n].
void hcsp_payoff_against(double *value, const HcspPayoff *payoff, const double *weight);

// As JSON, and back; the numbers come back bit for bit. Reading refuses whatever is not such a
// table: NULL with SIM_BAD_INPUT, where is the start of the sentence.
json_t *hcsp_payoff_json(const HcspPayoff *payoff);
HcspPayoff *hcsp_payoff_from_json(const json_t *json, const char *where, SimError *err);
// The same as a file, written whole or not at all.
SimStatus hcsp_payoff_save(const char *path, const HcspPayoff *payoff, SimError *err);
HcspPayoff *hcsp_payoff_load(const char *path, SimError *err);

#endif  // HCSP_LEAGUE_PAYOFF_H_
