// Teams that are measured together: loaded, given names that differ, every pair played.
#ifndef HCSP_CLI_FIELD_H_
#define HCSP_CLI_FIELD_H_

#include "hcsp/eval/standings.h"

enum { HCSP_FIELD_MAX = 64 };

typedef struct HcspField {
  int n;
  PolTeam *team[HCSP_FIELD_MAX];
  SimModel *model;
  HcspPayoff *payoff;
  HcspPair *pair;  // [hcsp_pairs_count(n)]
} HcspField;

// Loads n teams as pol_team_load takes them and a model. Close it even when this fails.
SimStatus hcsp_field_open(HcspField *field, const char *const *which, int n, SimError *err);
void hcsp_field_close(HcspField *field);

// Plays every pair (points, rules, seed, threads and progress of options) and rates the teams. The
// standings are to be closed when this succeeds.
SimStatus hcsp_field_play(HcspStandings *standings, HcspField *field,
                          const HcspPairsOptions *options, SimError *err);

#endif  // HCSP_CLI_FIELD_H_
