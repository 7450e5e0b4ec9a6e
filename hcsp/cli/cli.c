// What the commands share: numbers from text, error reports, the two teams of a match.
#include "hcsp/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "hcsp/fleet/fleet.h"
#include "hcsp/league/payoff.h"
#include "sim/base/cores.h"
#include "sim/base/file.h"

int64_t cli_arg_int(struct argp_state *state, const char *option, const char *text, int64_t low,
                    int64_t high) {
  char *end = NULL;
  errno = 0;
  const long long value = strtoll(text, &end, 10);
  if (errno || end == text || *end || value < low || value > high) {
    argp_error(state, "--%s: '%s'; wanted a whole number from %lld to %lld", option, text,
               (long long)low, (long long)high);
  }
  return value;
}

int cli_arg_points(struct argp_state *state, const char *option, const char *text) {
  const int64_t points = cli_arg_int(state, option, text, LEAGUE_CELLS, 10000000);
  if (points % LEAGUE_CELLS != 0) {
    argp_error(state, "--%s: '%s'; wanted a multiple of 4, as many for each side and server",
               option, text);
  }
  return (int)points;
}

const SimRules *cli_arg_rules(struct argp_state *state, const char *text) {
  const SimRules *rules = sim_rules_find(text);
  if (!rules) {
    argp_error(state, "--rules: '%s'; wanted court (30 s clock) or paper (15 s clock)", text);
  }
  return rules;
}

SimPhysics cli_arg_physics(struct argp_state *state, const char *text) {
  SimPhysics physics = SIM_PHYSICS_MUJOCO;
  if (!sim_physics_find(&physics, text)) {
    argp_error(state, "--physics: '%s'; wanted mujoco or flight", text);
  }
  return physics;
}

int cli_report(const SimError *err) {
  char note[SIM_NOTE_MAX];
  fleet_note_error(err);
  const bool home = sim_home_check(note);
  fprintf(stderr, "hcsp: %s%s\n", err->text, note);
  // a name that is unknown because nothing is known is not the user's mistake
  return !home && err->status == SIM_USAGE ? SIM_BAD_INPUT : (int)err->status;
}

void cli_print_json(json_t *json) {
  json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(8));
  printf("\n");
  json_decref(json);
}

int cli_cores(void) {
  const int n = sim_cores();
  return n < CLI_THREADS_MAX ? n : CLI_THREADS_MAX;
}

SimStatus cli_matchup_open(CliMatchup *matchup, const char *near, const char *far,
                           SimPhysics physics, const char *world, SimError *err) {
  SimModelOptions options = sim_model_default();
  options.physics = physics;
  options.world = world;
  *matchup = (CliMatchup){.near = pol_team_load(near, err)};
  if (matchup->near) {
    matchup->far = pol_team_load(far, err);
  }
  if (matchup->far) {
    matchup->model = sim_model_create(&options, err);
  }
  if (!matchup->model) {
    cli_matchup_close(matchup);
    return err->status;
  }
  return SIM_OK;
}

void cli_matchup_close(CliMatchup *matchup) {
  pol_team_destroy(matchup->near);
  pol_team_destroy(matchup->far);
  sim_model_destroy(matchup->model);
  *matchup = (CliMatchup){0};
}
