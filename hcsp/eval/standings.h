// What a payoff table says about its members (Nash mixture, value against it, Elo), as a table for
// people and as JSON.
#ifndef HCSP_EVAL_STANDINGS_H_
#define HCSP_EVAL_STANDINGS_H_

#include <stdio.h>

#include "hcsp/eval/pairs.h"
#include "hcsp/league/elo.h"

typedef struct EvalStandings {
  const LeaguePayoff *payoff;
  double *nash;        // [n] weight of each member in the maximum-entropy Nash mixture
  double *nash_value;  // [n] (wins + draws / 2) / points of each member against that mixture
  double gap;          // of the mixture, see league_nash_solve
  LeagueElo *elo;      // [n]
} EvalStandings;

// The payoff table stays the caller's. Fails as league_nash_solve and league_elo_rate do; nothing
// is then to be closed.
SimStatus eval_standings_open(EvalStandings *standings, const LeaguePayoff *payoff, SimError *err);
void eval_standings_close(EvalStandings *standings);

// pair[eval_pairs_count(n)] tells what the payoff table does not. The object of `hcsp eval teams
// --json`, without what only the command knows.
json_t *eval_standings_json(const EvalStandings *standings, const EvalPair *pair);
void eval_standings_print(FILE *out, const EvalStandings *standings, const EvalPair *pair);

#endif  // HCSP_EVAL_STANDINGS_H_
