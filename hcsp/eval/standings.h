// What a payoff table says about its members (Nash mixture, value against it, Elo), as a table for
// people and as JSON.
#ifndef HCSP_EVAL_STANDINGS_H_
#define HCSP_EVAL_STANDINGS_H_

#include <stdio.h>

#include "hcsp/eval/pairs.h"
#include "hcsp/league/elo.h"

typedef struct HcspStandings {
  const HcspPayoff *payoff;
  double *nash;        // [n] weight of each member in the maximum-entropy Nash mixture
  double *nash_value;  // [n] (wins + draws / 2) / points of each member against that mixture
  double gap;          // of the mixture, see hcsp_nash_solve
  HcspElo *elo;        // [n]
} HcspStandings;

// The payoff table stays the caller's. Fails as hcsp_nash_solve and hcsp_elo_rate do; nothing is
// then to be closed.
SimStatus hcsp_standings_open(HcspStandings *standings, const HcspPayoff *payoff, SimError *err);
void hcsp_standings_close(HcspStandings *standings);

// pair[hcsp_pairs_count(n)] tells what the payoff table does not. The object of `hcsp eval teams
// --json`, without what only the command knows.
json_t *hcsp_standings_json(const HcspStandings *standings, const HcspPair *pair);
void hcsp_standings_print(FILE *out, const HcspStandings *standings, const HcspPair *pair);

#endif  // HCSP_EVAL_STANDINGS_H_
