#include "hcsp/cli/field.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// several teams of one name are told apart by a number
static SimStatus name_team(HcspField *field, int team, SimError *err) {
  char name[HCSP_MEMBER_NAME_MAX];
  int same = 1;
  for (int i = 0; i < team; i++) {
    same += strcmp(field->team[i]->name, field->team[team]->name) == 0;
  }
  if (same > 1) {
    snprintf(name, sizeof name, "%s (%d)", field->team[team]->name, same);
  } else {
    snprintf(name, sizeof name, "%s", field->team[team]->name);
  }
  return hcsp_payoff_grow(field->payoff, name, err);
}

SimStatus hcsp_field_open(HcspField *field, const char *const *which, int n, SimError *err) {
  assert(n >= 1 && n <= HCSP_FIELD_MAX);
  SimModelOptions options = sim_model_default();
  options.scenery = false;
  *field = (HcspField){.n = n, .payoff = hcsp_payoff_create(err)};
  for (int i = 0; field->payoff && i < n; i++) {
    field->team[i] = pol_team_load(which[i], err);
    if (!field->team[i] || name_team(field, i, err) != SIM_OK) {
      return err->status;
    }
  }
  const int pairs = hcsp_pairs_count(n);
  field->pair = calloc((size_t)pairs + 1, sizeof *field->pair);
  if (!field->pair) {
    return sim_error(err, SIM_FAIL, "no memory for %d pairs", pairs);
  }
  field->model = sim_model_create(&options, err);
  return field->model && field->payoff ? SIM_OK : err->status;
}

void hcsp_field_close(HcspField *field) {
  for (int i = 0; i < field->n; i++) {
    pol_team_destroy(field->team[i]);
  }
  sim_model_destroy(field->model);
  hcsp_payoff_destroy(field->payoff);
  free(field->pair);
}

SimStatus hcsp_field_play(HcspStandings *standings, HcspField *field,
                          const HcspPairsOptions *options, SimError *err) {
  HcspPairsOptions all = *options;
  all.model = field->model;
  all.team = (const PolTeam *const *)field->team;
  all.teams = field->n;
  const SimStatus status = hcsp_pairs_play(field->pair, &all, err);
  for (int i = 0; status == SIM_OK && i < hcsp_pairs_count(field->n); i++) {
    hcsp_pair_count(field->payoff, &field->pair[i]);
  }
  return status == SIM_OK ? hcsp_standings_open(standings, field->payoff, err) : status;
}
