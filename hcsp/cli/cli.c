// What the commands share: finding them, numbers from text, error reports, the two teams of a
// match.
#include "hcsp/cli/cli.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/fleet/fleet.h"
#include "hcsp/league/payoff.h"
#include "sim/base/cores.h"
#include "sim/base/file.h"
#include "sim/base/nearest.h"

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

void cli_menu_help(FILE *out, const CliMenu *menu) {
  fputs(menu->before, out);
  for (int i = 0; i < menu->entries; i++) {
    fprintf(out, "  %-*s %s\n", menu->width, menu->entry[i].name, menu->entry[i].help);
  }
  fputs(menu->after, out);
}

static int refuse_entry(const CliMenu *menu, const char *name) {
  enum { NAMES_MAX = 16 };
  const char *names[NAMES_MAX];
  assert(menu->entries <= NAMES_MAX);
  for (int i = 0; i < menu->entries; i++) {
    names[i] = menu->entry[i].name;
  }
  const char *near = name ? sim_nearest(name, names, menu->entries) : NULL;
  fprintf(stderr, name ? "%s: unknown %s '%s'" : "%s: no %s", menu->program, menu->kind, name);
  fprintf(stderr, "%s%s%s; wanted one of: ", near ? " (did you mean '" : "", near ? near : "",
          near ? "'?)" : "");
  for (int i = 0; i < menu->entries; i++) {
    fprintf(stderr, "%s%s", i ? ", " : "", names[i]);
  }
  fprintf(stderr, "\n");
  return SIM_USAGE;
}

int cli_menu_run(const CliMenu *menu, int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : NULL;
  for (int i = 0; name && i < menu->entries; i++) {
    if (strcmp(name, menu->entry[i].name) == 0) {
      char full[64];
      snprintf(full, sizeof full, "%s %s", menu->program, name);
      argv[1] = full;  // argp prints it in messages
      if (!menu->entry[i].splits && !fleet_only_first()) {
        return SIM_OK;
      }
      return menu->entry[i].run(argc - 1, argv + 1);
    }
  }
  return refuse_entry(menu, name);
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
