// hcsp eval skill: one skill, or all eleven, in the situations of the published tasks.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/cli.h"
#include "hcsp/eval/skill.h"
#include "hcsp/eval/skill_map.h"
#include "hcsp/eval/strike_starts.h"
#include "sim/base/log.h"
#include "sim/base/nearest.h"

static const char TEAM_GOALS[] = "team";
enum { ALL = POL_SLOTS, NOTHING = -1, FILE_OF_STARTS = -2, EPISODES = 500, MAP_EPISODES = 20 };

typedef struct Arguments {
  int slot;           // PolSlot, ALL or NOTHING
  const char *skill;  // a file of configs/skills instead, NULL: none
  const char *policy, *team, *map, *goals, *world;
  int episodes;  // episodes 0: the default
  bool sample, match_targets, wide;
  CliCommon common;
} Arguments;

// ---- arguments

static int parse_slot(struct argp_state *state, const char *text) {
  const char *names[POL_SLOTS + 1];
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    names[slot] = pol_slot_name((PolSlot)slot);
  }
  names[ALL] = "all";
  for (int i = 0; i <= ALL; i++) {
    if (strcmp(text, names[i]) == 0) {
      return i;
    }
  }
  if (task_skill_known(text)) {
    return FILE_OF_STARTS;
  }
  const char *near = sim_nearest(text, names, POL_SLOTS + 1);
  argp_error(state,
             "'%s'%s%s%s; wanted all or one of goto, serve, serve_hover, receive, receive_hover, "
             "pass, pass_hover, set, set_hover, attack, attack_hover, or a file of configs/skills",
             text, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
  return NOTHING;
}

// true for the second of two words
static bool parse_choice(struct argp_state *state, const char *option, const char *text,
                         const char *first, const char *second) {
  if (strcmp(text, first) != 0 && strcmp(text, second) != 0) {
    argp_error(state, "--%s: '%s'; wanted %s or %s", option, text, first, second);
  }
  return strcmp(text, second) == 0;
}

static void take_targets(void *arguments, char *text, struct argp_state *state) {
  ((Arguments *)arguments)->match_targets = parse_choice(state, "targets", text, "wide", "match");
}

static void take_starts(void *arguments, char *text, struct argp_state *state) {
  ((Arguments *)arguments)->wide = parse_choice(state, "starts", text, "published", "wide");
}

static void take_skill(void *arguments, char *text, struct argp_state *state) {
  Arguments *args = arguments;
  if (args->slot != NOTHING) {
    argp_error(state, "'%s'; wanted one skill", text);
  }
  args->slot = parse_slot(state, text);
  args->skill = args->slot == FILE_OF_STARTS ? text : NULL;
}

static void check_combination(void *arguments, struct argp_state *state) {
  const Arguments *args = arguments;
  if (args->slot == NOTHING) {
    argp_error(state, "no skill; wanted all or a skill, such as serve");
  }
  if (args->skill && (args->map || args->goals || !args->policy)) {
    argp_error(state,
               "%s draws starts of its own; wanted --policy FILE, and neither --map nor --goals",
               args->skill);
    return;
  }
  if (args->map && (args->slot == ALL || !pol_slot_strikes((PolSlot)args->slot))) {
    argp_error(state, "--map with %s; wanted serve, receive, pass, set or attack",
               args->slot == ALL ? "all" : pol_slot_name((PolSlot)args->slot));
  }
  if (args->slot == ALL && args->policy && strcmp(args->policy, "classical") != 0) {
    argp_error(state, "--policy: '%s' with all; wanted classical, or no --policy", args->policy);
  }
}

static const CliOption OPTIONS[] = {
    CLI_OPTION("policy", 'p', "FILE", CLI_TEXT, policy,
               "flies the skill: a .safetensors file or classical; default: what the team has"),
    CLI_OPTION(
        "team", 'T', "TEAM", CLI_TEXT, team,
        "flies everything else: a shipped team, a .yaml file or a run folder; default classical"),
    CLI_COUNT("episodes", 'n', "N", episodes, 1, 1000000, "default 500, of a map 20 a cell"),
    CLI_SWITCH("sample", 0, sample, "draw the skill's commands instead of taking their means"),
    CLI_TAKEN("targets", 0, "WHICH", take_targets,
              "serve: wide (default; x -4.5 to -5.6, y -2 to 2) or match (as matches draw them)"),
    CLI_TAKEN("starts", 0, "WHICH", take_starts,
              "goto: published (default) or wide (fast, tilted, anywhere in the own half)"),
    CLI_OPTION("world", 'w', "NAME", CLI_TEXT, world,
               "physical numbers: paper (default), another of configs/worlds, a .yaml file"),
    CLI_OPTION("goals", 0, "TABLE", CLI_TEXT, goals,
               "option table that says what is asked for: paper (default), team (its own, as in "
               "its matches: default of a map), or another"),
    CLI_OPTION("map", 0, "FILE.csv", CLI_TEXT, map,
               "serve, set, attack: a grid of targets and flight times; receive, pass: of waiting "
               "places, landing points and flight times, with the strike heights of the table. A "
               "CSV file, and a table on the screen")};

// ---- the team and the skill under test

// A team of which one slot is exchanged for a while.
typedef struct Lineup {
  PolTeam *team;
  const PolOptions *goals;
  PolOptions *loaded;       // the goals, when they are not the team's
  PolFile *policy;          // the file under test, NULL: the team's own or classical
  PolFile *own[POL_SLOTS];  // the team's, put back before it is freed
} Lineup;

static SimStatus open_policy(Lineup *lineup, const Arguments *args, SimError *err) {
  if (!args->policy) {
    return SIM_OK;
  }
  if (strcmp(args->policy, "classical") == 0) {
    PolTeam *team = lineup->team;
    team->classical = team->classical ? team->classical : pol_classical_create(NULL, err);
    return team->classical ? SIM_OK : err->status;
  }
  lineup->policy = pol_file_load(args->policy, err);
  SIM_TRY(lineup->policy ? SIM_OK : err->status);
  return pol_team_check_skill(lineup->policy, (PolSlot)args->slot, err) == SIM_OK
             ? SIM_OK
             : sim_error_prefix(err, args->policy);
}

static SimStatus open_lineup(Lineup *lineup, const Arguments *args, SimError *err) {
  *lineup = (Lineup){.team = pol_team_load(args->team    ? args->team
                                           : args->skill ? "stage1"
                                                         : "classical",
                                           err)};
  SIM_TRY(lineup->team ? SIM_OK : err->status);
  memcpy(lineup->own, lineup->team->skill, sizeof lineup->own);
  if (lineup->team->flat) {
    return sim_error(err, SIM_BAD_INPUT, "team '%s': a flat policy; wanted a team with skills",
                     lineup->team->name);
  }
  const char *table = args->goals ? args->goals : args->map ? TEAM_GOALS : "paper";
  if (strcmp(table, TEAM_GOALS) == 0) {
    lineup->goals = lineup->team->options;
  } else {
    lineup->loaded = pol_options_load(table, err);
    lineup->goals = lineup->loaded;
  }
  SIM_TRY(lineup->goals ? SIM_OK : err->status);
  return args->skill ? SIM_OK : open_policy(lineup, args, err);
}

static void exchange(Lineup *lineup, const Arguments *args, PolSlot slot) {
  memcpy(lineup->team->skill, lineup->own, sizeof lineup->own);
  if (lineup->team->options->kind == POL_TABLE_VOLLEY) {
    // digs take serves, too; the slot holds the save
    lineup->team->skill[POL_RECEIVE] = lineup->own[POL_PASS];
  }
  if (args->policy) {
    lineup->team->skill[slot] = lineup->policy;
  }
}

static void close_lineup(Lineup *lineup) {
  if (lineup->team) {
    memcpy(lineup->team->skill, lineup->own, sizeof lineup->own);
  }
  pol_team_destroy(lineup->team);
  pol_options_destroy(lineup->loaded);
  pol_file_destroy(lineup->policy);
}

// ---- measuring

static EvalSkillRun make_run(const Arguments *args, const Lineup *lineup, PolSlot slot) {
  const int usual = args->map ? MAP_EPISODES : EPISODES;
  return (EvalSkillRun){.world = args->world,
                        .trial = {.slot = slot,
                                  .goals = lineup->goals,
                                  .match_targets = args->match_targets,
                                  .wide = args->wide},
                        .team = lineup->team,
                        .sample = args->sample,
                        .trials = args->episodes ? args->episodes : usual,
                        .threads = args->common.threads,
                        .steps = EVAL_TRIAL_STEPS,
                        .seed = args->common.seed,
                        .progress = pol_slot_name(slot)};
}

// what every object says about how it was measured
static json_t *header_json(const Arguments *args, const Lineup *lineup) {
  return json_pack("{s:s,s:s,s:s,s:s,s:I,s:b,s:s,s:s}", "world",
                   args->world ? args->world : "paper", "team", lineup->team->name, "goals",
                   lineup->goals->name, "policy", args->policy ? args->policy : "team", "seed",
                   (json_int_t)args->common.seed, "sample", args->sample, "targets",
                   args->match_targets ? "match" : "wide", "starts",
                   args->wide ? "wide" : "published");
}

static void print_json(json_t *json, double cpu) {
  json_object_set_new(json, "cpu_seconds", json_real(cpu));
  cli_print_json(json);
}

static SimStatus eval_one(const Arguments *args, Lineup *lineup, SimError *err) {
  const PolSlot slot = (PolSlot)args->slot;
  const double begin = sim_time_cpu();
  exchange(lineup, args, slot);
  const EvalSkillRun run = make_run(args, lineup, slot);
  EvalSkillSummary summary;
  SIM_TRY(eval_skill_summary(&summary, &run, err));
  const double cpu = sim_time_cpu() - begin;
  if (args->common.json) {
    json_t *json = header_json(args, lineup);
    json_t *figures = eval_skill_json(&summary);
    json_object_update(json, figures);
    json_decref(figures);
    print_json(json, cpu);
  } else {
    eval_skill_print(stdout, &summary);
    printf("time             %.1f s of CPU, %.1f ms an episode\n", cpu, 1e3 * cpu / run.trials);
  }
  return SIM_OK;
}

static SimStatus eval_all(const Arguments *args, Lineup *lineup, SimError *err) {
  const double begin = sim_time_cpu();
  json_t *list = json_array();
  SimStatus status = SIM_OK;
  if (!args->common.json) {
    eval_skill_print_heading(stdout);
  }
  for (int slot = 0; status == SIM_OK && slot < POL_SLOTS; slot++) {
    exchange(lineup, args, (PolSlot)slot);
    const EvalSkillRun run = make_run(args, lineup, (PolSlot)slot);
    EvalSkillSummary summary;
    status = eval_skill_summary(&summary, &run, err);
    if (status == SIM_OK && args->common.json) {
      json_array_append_new(list, eval_skill_json(&summary));
    } else if (status == SIM_OK) {
      eval_skill_print_row(stdout, &summary);
      fflush(stdout);
    }
  }
  if (status == SIM_OK && args->common.json) {
    json_t *json = header_json(args, lineup);
    json_object_set(json, "skills", list);
    print_json(json, sim_time_cpu() - begin);
  } else if (status == SIM_OK) {
    printf("%.1f s of CPU\n", sim_time_cpu() - begin);
  }
  json_decref(list);
  return status;
}

static SimStatus eval_map(const Arguments *args, Lineup *lineup, SimError *err) {
  const PolSlot slot = (PolSlot)args->slot;
  const double begin = sim_time_cpu();
  exchange(lineup, args, slot);
  EvalSkillRun run = make_run(args, lineup, slot);
  EvalMapTotals totals;
  SIM_TRY(eval_skill_map(&totals, args->map, args->common.json ? NULL : stdout, &run, err));
  const double cpu = sim_time_cpu() - begin;
  if (args->common.json) {
    json_t *json = header_json(args, lineup);
    json_object_set_new(json, "skill", json_string(pol_slot_name(slot)));
    json_object_set_new(json, "map", json_string(args->map));
    json_object_set_new(json, "cells", json_integer(totals.cells));
    json_object_set_new(json, "episodes", json_integer(totals.n));
    json_object_set_new(json, "hits", json_integer(totals.hits));
    json_object_set_new(json, "successes", json_integer(totals.successes));
    json_object_set_new(json, "survivals", json_integer(totals.survivals));
    print_json(json, cpu);
  } else {
    printf("\nmap              %s: %d cells, %d episodes, %d hits, %d successes, %d survivals\n",
           args->map, totals.cells, totals.n, totals.hits, totals.successes, totals.survivals);
    printf("time             %.1f s of CPU\n", cpu);
  }
  return SIM_OK;
}

// ---- a skill file: the starts of its training

static SimStatus open_starts(EvalStartsRun *run, TaskConfig **config, PolFile **policy,
                             const Lineup *lineup, const Arguments *args, SimError *err) {
  const PolFile *hover = lineup->team->skill[POL_PASS_HOVER];
  *config = task_skill_config_load(args->skill, NULL, NULL, 0, err);
  *policy = *config ? pol_file_load(args->policy, err) : NULL;
  if (!*policy) {
    return err->status;
  }
  if (strcmp((*policy)->obs, sim_obs_name(SIM_OBS_STRIKE43)) != 0) {
    return sim_error(err, SIM_BAD_INPUT, "%s: saw the layout %s, wanted strike43", args->policy,
                     (*policy)->obs);
  }
  if (!hover || strcmp(hover->obs, sim_obs_name(SIM_OBS_HOVER27)) != 0) {
    return sim_error(err, SIM_BAD_INPUT,
                     "team '%s': saw no pass_hover that observes hover27, wanted one",
                     lineup->team->name);
  }
  *run = (EvalStartsRun){.config = *config,
                         .net = (*policy)->net,
                         .hover = hover->net,
                         .trials = args->episodes ? args->episodes : 10 * EPISODES,
                         .seed = args->common.seed};
  return SIM_OK;
}

static SimStatus eval_starts(const Arguments *args, const Lineup *lineup, SimError *err) {
  EvalStartsRun run;
  TaskConfig *config = NULL;
  PolFile *policy = NULL;
  const double begin = sim_time_cpu();
  SimStatus status = open_starts(&run, &config, &policy, lineup, args, err);
  EvalStart *start = status == SIM_OK ? sim_new((size_t)run.trials, sizeof *start) : NULL;
  status = status ? status : eval_starts_measure(start, &run, err);
  if (status == SIM_OK && args->common.json) {
    json_t *json = json_pack("{s:s,s:s,s:s,s:I,s:i}", "skill", args->skill, "policy", args->policy,
                             "team", lineup->team->name, "seed", (json_int_t)args->common.seed,
                             "episodes", run.trials);
    json_object_set_new(json, "rows", eval_starts_json(start, &run));
    print_json(json, sim_time_cpu() - begin);
  } else if (status == SIM_OK) {
    eval_starts_print(stdout, start, &run);
    printf("time             %.1f s of CPU\n", sim_time_cpu() - begin);
  }
  free(start);
  pol_file_destroy(policy);
  task_skill_config_destroy(config);
  return status;
}

int cli_eval_skill(int argc, char **argv) {
  static const CliCommand COMMAND = {
      CLI_OPTIONS,
      CLI_SHARED(CLI_TRIALS),
      .usage = "NAME|all|FILE",
      .word = take_skill,
      .check = check_combination,
      .help = "Measures a skill where it was made for: real physics, all drones of the situation, "
              "the team's own skills upstream. The skill takes its mean action, the others what "
              "their team says.\v"
              "Example: hcsp eval skill attack --team classical --episodes 500\n"
              "A table of all eleven: hcsp eval skill all --team classical\n"
              "What can be dug:       hcsp eval skill pass --team stage1 --map digs.csv\n"
              "On a skill file's starts, by effort and place, hovering as the team does (default "
              "stage1):\n"
              "                       hcsp eval skill volley_dig --policy "
              "runs/p/policies/volley_dig.safetensors",
  };
  Arguments args = {.slot = NOTHING, .common = cli_common()};
  cli_read(&args, &COMMAND, argc, argv);
  Lineup lineup;
  SimError err = {0};
  SimStatus status = open_lineup(&lineup, &args, &err);
  status = status             ? status
           : args.skill       ? eval_starts(&args, &lineup, &err)
           : args.map         ? eval_map(&args, &lineup, &err)
           : args.slot == ALL ? eval_all(&args, &lineup, &err)
                              : eval_one(&args, &lineup, &err);
  close_lineup(&lineup);
  return status == SIM_OK ? SIM_OK : cli_report(&err);
}
