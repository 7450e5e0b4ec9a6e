// Teams that are measured together: loaded, given names that differ, every pair played.
#ifndef HCSP_CLI_FIELD_H_
#define HCSP_CLI_FIELD_H_

#include "hcsp/eval/standings.h"

enum { CLI_FIELD_MAX = 64 };

typedef struct CliField {
  int n;
  PolTeam *team[CLI_FIELD_MAX];
  SimModel *model;
  LeaguePayoff *payoff;
  EvalPair *pair;  // [eval_pairs_count(n)]
} CliField;

// Loads n teams as pol_team_load takes them and a model of world (NULL: the paper's). Close it even
// when this fails.
SimStatus cli_field_open(CliField *field, const char *const *which, int n, const char *world,
                         SimError *err);
void cli_field_close(CliField *field);

// Plays every pair (points, rules, seed, threads and progress of options) and rates the teams. The
// standings are to be closed when this succeeds.
SimStatus cli_field_play(EvalStandings *standings, CliField *field, const EvalPairsOptions *options,
                         SimError *err);

#endif  // HCSP_CLI_FIELD_H_
