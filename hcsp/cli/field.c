#include "hcsp/cli/field.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// several teams of one name are told apart by a number
static SimStatus name_team(CliField *field, int team, SimError *err) {
  char name[LEAGUE_MEMBER_NAME_MAX];
  int same = 1;
  for (int i = 0; i < team; i++) {
    same += strcmp(field->team[i]->name, field->team[team]->name) == 0;
  }
  if (same > 1) {
    snprintf(name, sizeof name, "%s (%d)", field->team[team]->name, same);
  } else {
    snprintf(name, sizeof name, "%s", field->team[team]->name);
  }
  return league_payoff_grow(field->payoff, name, err);
}

SimStatus cli_field_open(CliField *field, const char *const *which, int n, const char *world,
                         SimError *err) {
  assert(n >= 1 && n <= CLI_FIELD_MAX);
  SimModelOptions options = sim_model_default();
  options.world = world;
  *field = (CliField){.n = n, .payoff = league_payoff_create()};
  for (int i = 0; i < n; i++) {
    field->team[i] = pol_team_load(which[i], err);
    if (!field->team[i] || name_team(field, i, err) != SIM_OK) {
      return err->status;
    }
  }
  const int pairs = eval_pairs_count(n);
  field->pair = sim_new((size_t)pairs + 1, sizeof *field->pair);
  field->model = sim_model_create(&options, err);
  return field->model ? SIM_OK : err->status;
}

void cli_field_close(CliField *field) {
  for (int i = 0; i < field->n; i++) {
    pol_team_destroy(field->team[i]);
  }
  sim_model_destroy(field->model);
  league_payoff_destroy(field->payoff);
  free(field->pair);
}

SimStatus cli_field_play(EvalStandings *standings, CliField *field, const EvalPairsOptions *options,
                         SimError *err) {
  EvalPairsOptions all = *options;
  all.model = field->model;
  all.team = (const PolTeam *const *)field->team;
  all.teams = field->n;
  SIM_TRY(eval_pairs_play(field->pair, &all, err));
  for (int i = 0; i < eval_pairs_count(field->n); i++) {
    eval_pair_count(field->payoff, &field->pair[i]);
  }
  return eval_standings_open(standings, field->payoff, err);
}
