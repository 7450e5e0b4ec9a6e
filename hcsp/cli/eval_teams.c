// hcsp eval teams: every pair of the named teams, balanced over sides and serves.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/cli/eval.h"
#include "hcsp/eval/standings.h"
#include "sim/base/log.h"

enum { TEAMS_MAX = 64, POINTS = 400 };

typedef struct Arguments {
  const char *team[TEAMS_MAX];
  int teams, points, threads;
  const SimRules *rules;
  uint64_t seed;
  bool json;
} Arguments;

static const struct argp_option OPTIONS[] = {
    {"points", 'N', "N", 0,
     "points of each pair, a multiple of 4, default 400 (intervals of about +-5 %; 2400: +-2 %)",
     0},
    {"rules", 'r', "RULES", 0, "court (30 s clock, default) or paper (15 s clock)", 0},
    {"seed", 's', "SEED", 0, "starts and dice depend on it alone, default 1", 0},
    {"threads", 't', "T", 0, "default: every core; changes nothing but the time", 0},
    {"json", 'j', NULL, 0, "print one JSON object", 0},
    {NULL, 0, NULL, 0, NULL, 0}};

static error_t parse(int key, char *text, struct argp_state *state) {
  Arguments *args = state->input;
  switch (key) {
  case 'N':
    args->points = (int)hcsp_arg_int(state, "points", text, HCSP_CELLS, 10000000);
    if (args->points % HCSP_CELLS != 0) {
      argp_error(state, "--points: '%s'; wanted a multiple of 4, as many for each side and server",
                 text);
    }
    return 0;
  case 'r':
    args->rules = hcsp_arg_rules(state, text);
    return 0;
  case 's':
    args->seed = (uint64_t)hcsp_arg_int(state, "seed", text, 0, INT64_MAX);
    return 0;
  case 't':
    args->threads = (int)hcsp_arg_int(state, "threads", text, 1, 256);
    return 0;
  case 'j':
    args->json = true;
    return 0;
  case ARGP_KEY_ARG:
    if (args->teams == TEAMS_MAX) {
      argp_error(state, "'%s' is one team too many; wanted 2 to %d teams", text, TEAMS_MAX);
    }
    args->team[args->teams++] = text;
    return 0;
  case ARGP_KEY_END:
    if (args->teams < 2) {
      argp_error(state, "%s; wanted at least two teams",
                 args->teams ? "one team only" : "no teams");
    }
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

typedef struct Field {
  PolTeam *team[TEAMS_MAX];
  SimModel *model;
  HcspPayoff *payoff;
  HcspPair *pair;
} Field;

// several teams of one name are told apart by a number
static SimStatus name_team(Field *field, int team, SimError *err) {
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

static SimStatus open_field(Field *field, const Arguments *args, SimError *err) {
  SimModelOptions options = sim_model_default();
  options.scenery = false;
  field->payoff = hcsp_payoff_create(err);
  for (int i = 0; field->payoff && i < args->teams; i++) {
    field->team[i] = pol_team_load(args->team[i], err);
    if (!field->team[i] || name_team(field, i, err) != SIM_OK) {
      return err->status;
    }
  }
  const int pairs = hcsp_pairs_count(args->teams);
  field->pair = calloc((size_t)pairs, sizeof *field->pair);
  if (!field->pair) {
    return sim_error(err, SIM_FAIL, "no memory for %d pairs", pairs);
  }
  field->model = sim_model_create(&options, err);
  return field->model && field->payoff ? SIM_OK : err->status;
}

static void close_field(Field *field) {
  for (int i = 0; i < TEAMS_MAX; i++) {
    pol_team_destroy(field->team[i]);
  }
  sim_model_destroy(field->model);
  hcsp_payoff_destroy(field->payoff);
  free(field->pair);
}

static void print_json(const Arguments *args, const HcspStandings *standings, const Field *field,
                       double cpu) {
  json_t *json = hcsp_standings_json(standings, field->pair);
  json_object_set_new(json, "points", json_integer(args->points));
  json_object_set_new(json, "rules", json_string(args->rules->name));
  json_object_set_new(json, "seed", json_integer((json_int_t)args->seed));
  json_object_set_new(json, "cpu_seconds", json_real(cpu));
  json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(8));
  printf("\n");
  json_decref(json);
}

static SimStatus eval_teams(const Arguments *args, Field *field, SimError *err) {
  const HcspPairsOptions options = {.model = field->model,
                                    .team = (const PolTeam *const *)field->team,
                                    .teams = args->teams,
                                    .rules = args->rules,
                                    .seed = args->seed,
                                    .points = args->points,
                                    .threads = args->threads,
                                    .progress = true};
  const double begin = sim_time_cpu();
  SimStatus status = hcsp_pairs_play(field->pair, &options, err);
  if (status != SIM_OK) {
    return status;
  }
  const double cpu = sim_time_cpu() - begin;
  const int pairs = hcsp_pairs_count(args->teams);
  for (int i = 0; i < pairs; i++) {
    hcsp_pair_count(field->payoff, &field->pair[i]);
  }
  HcspStandings standings;
  status = hcsp_standings_open(&standings, field->payoff, err);
  if (status != SIM_OK) {
    return status;
  }
  if (args->json) {
    print_json(args, &standings, field, cpu);
  } else {
    hcsp_standings_print(stdout, &standings, field->pair);
    printf("\n%d points a pair, rules %s, seed %llu; %.1f s of CPU, %.1f ms a point\n",
           args->points, args->rules->name, (unsigned long long)args->seed, cpu,
           1e3 * cpu / args->points / pairs);
  }
  hcsp_standings_close(&standings);
  return SIM_OK;
}

int hcsp_eval_teams(int argc, char **argv) {
  static const struct argp PARSER = {
      OPTIONS,
      parse,
      "TEAM TEAM [TEAM...]",
      "Plays every pair of teams, as many points on each side and with each server, all from the "
      "same starts and each to its end. Prints who beats whom with 95 % intervals, the "
      "maximum-entropy Nash mixture, each team against it, and Elo ratings. TEAM is a shipped "
      "team, a .yaml file or a run folder.\v"
      "Example: hcsp eval teams classical stage1 --points 2400",
      NULL,
      NULL,
      NULL};
  Arguments args = {
      .points = POINTS, .rules = sim_rules_find("court"), .threads = hcsp_cores(), .seed = 1};
  argp_parse(&PARSER, argc, argv, 0, NULL, &args);
  Field field = {0};
  SimError err = {0};
  SimStatus status = open_field(&field, &args, &err);
  if (status == SIM_OK) {
    status = eval_teams(&args, &field, &err);
  }
  close_field(&field);
  return status == SIM_OK ? SIM_OK : hcsp_report(&err);
}
