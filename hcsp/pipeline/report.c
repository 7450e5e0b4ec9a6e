// Text first goes to memory and then to its file in one piece. It is written anew at the end of
// every run, from files alone, so that nothing is lost when it is deleted.
// jansson takes NULL for "not there" throughout, so that chains of look-ups need
// no tests of their own.
#include "hcsp/pipeline/report.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/pipeline/stages.h"
#include "hcsp/report/chart.h"
#include "hcsp/report/page.h"
#include "hcsp/run/folder.h"
#include "policies/skill.h"
#include "sim/base/log.h"
#include "sim/base/shell.h"
#include "sim/base/text.h"
#include "sim/base/version.h"
#include "sim/physics.h"

enum { COLUMNS = 3 };

// One file of results and what its column is called.
typedef struct Result {
  const char *name;
  json_t *json;  // NULL: missing
} Result;

// ---- cells

static json_t *at(const json_t *json, size_t i, size_t j) {
  return json_array_get(json_array_get(json, i), j);
}

static const char *text_of(const json_t *json) {
  return json_is_string(json) ? json_string_value(json) : "";
}

static void number(FILE *out, const json_t *value, double factor, int digits) {
  report_cell(out, json_is_number(value) ? factor * json_number_value(value) : (double)NAN, digits);
}

// part of all in percent, nothing where there is none
static void share_cell(FILE *out, double part, double all) {
  report_cell(out, all > 0 ? 100 * part / all : (double)NAN, 1);
}

static void rule(FILE *out, size_t columns) {
  report_rule(out, (int)columns);
  fprintf(out, "\n");
}

// ---- teams

// `hcsp eval teams`: win rates with intervals, Nash mixture, Elo
static void table_teams(FILE *out, const json_t *teams) {
  const json_t *names = json_object_get(teams, "teams");
  const size_t n = json_array_size(names);
  if (n == 0) {
    return;
  }
  fprintf(out,
          "Row against column: wins in percent of the decided points with 95 %% intervals "
          "(Wilson), of %.0f points a pair. Sides and servers are balanced.\n\n| |",
          json_number_value(json_object_get(teams, "points")));
  for (size_t j = 0; j < n; j++) {
    fprintf(out, " %s |", text_of(json_array_get(names, j)));
  }
  fprintf(out, " Nash | against it | Elo |");
  rule(out, n + 4);
  for (size_t i = 0; i < n; i++) {
    fprintf(out, "| %s |", text_of(json_array_get(names, i)));
    for (size_t j = 0; j < n; j++) {
      const json_t *rate = at(json_object_get(teams, "win_rate"), i, j);
      if (i == j || !json_is_number(rate)) {
        fprintf(out, " |");
        continue;
      }
      fprintf(out, " %.1f (%.1f-%.1f) |", 100 * json_number_value(rate),
              100 * json_number_value(at(json_object_get(teams, "low"), i, j)),
              100 * json_number_value(at(json_object_get(teams, "high"), i, j)));
    }
    number(out, json_array_get(json_object_get(teams, "nash"), i), 1, 3);
    number(out, json_array_get(json_object_get(teams, "nash_win_rate"), i), 100, 1);
    number(out, json_array_get(json_object_get(teams, "elo"), i), 1, 0);
    fprintf(out, "\n");
  }
}

static void list_reasons(FILE *out, json_t *reasons) {
  const char *name, *separator = "";
  json_t *count;
  json_object_foreach(reasons, name, count) {
    fprintf(out, "%s%s %.0f", separator, name, json_number_value(count));
    separator = ", ";
  }
  fprintf(out, "%s |", *separator ? "" : "none");
}

// how the points of each pair ended
static void table_endings(FILE *out, const json_t *teams) {
  const json_t *names = json_object_get(teams, "teams"), *pairs = json_object_get(teams, "pairs");
  if (json_array_size(pairs) == 0) {
    return;
  }
  fprintf(out, "| pair | touches | seconds | server wins %% | the first lost by | the second lost "
               "by | drawn by |");
  rule(out, 7);
  for (size_t i = 0; i < json_array_size(pairs); i++) {
    const json_t *pair = json_array_get(pairs, i), *who = json_object_get(pair, "teams");
    const json_t *lost = json_object_get(pair, "lost");
    fprintf(out, "| %s : %s |",
            text_of(json_array_get(names, (size_t)json_integer_value(json_array_get(who, 0)))),
            text_of(json_array_get(names, (size_t)json_integer_value(json_array_get(who, 1)))));
    number(out, json_object_get(pair, "hits_mean"), 1, 2);
    number(out, json_object_get(pair, "steps_mean"), SIM_DT, 1);
    number(out, json_object_get(pair, "server_wins"), 100, 1);
    for (size_t k = 0; k < 2; k++) {
      fprintf(out, " ");
      list_reasons(out, json_array_get(lost, k));
    }
    fprintf(out, " ");
    list_reasons(out, json_object_get(pair, "drawn"));
    fprintf(out, "\n");
  }
}

// ---- skills

typedef struct Measure {
  const char *key, *title;
  double factor;
  int digits;
} Measure;

static const Measure SKILL_MEASURES[] = {{"hit_rate", "hit %", 100, 1},
                                         {"success_rate", "success %", 100, 1},
                                         {"error_mean", "error m", 1, 3},
                                         {"error_p90", "90 % m", 1, 3},
                                         {"landing_speed_mean", "landing m/s", 1, 2},
                                         {"survive_rate", "survive %", 100, 1},
                                         {"crash_rate", "crash %", 100, 1}};
enum { MEASURES = sizeof SKILL_MEASURES / sizeof SKILL_MEASURES[0] };

// `hcsp eval skill all` before and after
static void table_skills(FILE *out, const Result *result, int n) {
  assert(n >= 1 && n <= COLUMNS);
  const json_t *first = json_object_get(result[0].json, "skills");
  if (json_array_size(first) == 0) {
    return;
  }
  fprintf(out, "| skill | of |");
  for (int m = 0; m < MEASURES; m++) {
    fprintf(out, " %s |", SKILL_MEASURES[m].title);
  }
  rule(out, MEASURES + 2);
  for (size_t i = 0; i < json_array_size(first); i++) {
    for (int k = 0; k < n; k++) {
      const json_t *skill = json_array_get(json_object_get(result[k].json, "skills"), i);
      if (skill) {
        fprintf(out, "| %s | %s |", k ? "" : text_of(json_object_get(skill, "skill")),
                result[k].name);
        for (int m = 0; m < MEASURES; m++) {
          number(out, json_object_get(skill, SKILL_MEASURES[m].key), SKILL_MEASURES[m].factor,
                 SKILL_MEASURES[m].digits);
        }
        fprintf(out, "\n");
      }
    }
  }
}

// ---- play

static void play_row(FILE *out, const char *title, const Result *result, int n, const char *key,
                     double factor, int digits) {
  fprintf(out, "| %s |", title);
  for (int k = 0; k < n; k++) {
    number(out, json_object_get(result[k].json, key), factor, digits);
  }
  fprintf(out, "\n");
}

static void attacks_row(FILE *out, const Result *result, int n) {
  fprintf(out, "| attacks a rally |");
  for (int k = 0; k < n; k++) {
    const double rallies = json_number_value(json_object_get(result[k].json, "rallies"));
    const json_t *attack =
        json_object_get(json_object_get(result[k].json, "skills"), pol_slot_name(POL_ATTACK));
    number(out, json_object_get(attack, "hits"), rallies > 0 ? 1 / rallies : 0, 2);
  }
  fprintf(out, "\n");
}

static void clock_row(FILE *out, const Result *result, int n) {
  fprintf(out, "| ended by the clock %% |");
  for (int k = 0; k < n; k++) {
    const double rallies = json_number_value(json_object_get(result[k].json, "rallies"));
    const json_t *reasons = json_object_get(result[k].json, "reasons");
    const double clock = json_number_value(json_object_get(reasons, "timeout"));
    share_cell(out, clock, rallies);
  }
  fprintf(out, "\n");
}

// how often both sides chose an option, or all options of the head
static double chosen(const Result *result, const char *head, const char *option) {
  static const char *const SIDES[] = {"near", "far"};
  double sum = 0;
  for (int side = 0; side < 2; side++) {
    json_t *sides = json_object_get(result->json, "options"), *use;
    const char *name;
    json_object_foreach(json_object_get(json_object_get(sides, SIDES[side]), head), name, use) {
      sum += !option || strcmp(name, option) == 0 ? json_number_value(json_object_get(use, "uses"))
                                                  : 0;
    }
  }
  return sum;
}

static void option_rows(FILE *out, const Result *result, int n, const char *head) {
  // the last stage has the longest table
  const json_t *side = json_object_get(json_object_get(result[n - 1].json, "options"), "near");
  const char *name, *shown = head;
  json_t *use;
  json_object_foreach(json_object_get(side, head), name, use) {
    double any = 0;
    for (int k = 0; k < n; k++) {
      any += chosen(&result[k], head, name);
    }
    if (any > 0) {
      fprintf(out, "| %s | %s |", shown, name);
      shown = "";
      for (int k = 0; k < n; k++) {
        const double all = chosen(&result[k], head, NULL);
        share_cell(out, chosen(&result[k], head, name), all);
      }
      fprintf(out, "\n");
    }
  }
}

// `hcsp play` of each team against itself: rallies, and what strategies choose
static void table_play(FILE *out, const Result *result, int n) {
  assert(n >= 1 && n <= COLUMNS);
  if (!result[0].json) {
    return;
  }
  fprintf(out, "Each team against itself, %.0f rallies.\n\n| |",
          json_number_value(json_object_get(result[0].json, "rallies")));
  for (int k = 0; k < n; k++) {
    fprintf(out, " %s |", result[k].name);
  }
  rule(out, (size_t)n + 1);
  play_row(out, "legal touches a rally", result, n, "hits_mean", 1, 2);
  play_row(out, "seconds a rally", result, n, "steps_mean", SIM_DT, 1);
  play_row(out, "server wins %", result, n, "server_wins", 100, 1);
  attacks_row(out, result, n);
  clock_row(out, result, n);
  fprintf(out, "\nWhat the strategies choose where they have a choice, in percent of a head's "
               "choices: serves, formations, and who plays which first, second and third "
               "touch.\n\n| head | option |");
  for (int k = 0; k < n; k++) {
    fprintf(out, " %s |", result[k].name);
  }
  rule(out, (size_t)n + 2);
  static const char *const HEADS[] = {"serve", "shape", "first", "second", "third"};
  for (size_t h = 0; h < sizeof HEADS / sizeof HEADS[0]; h++) {
    option_rows(out, result, n, HEADS[h]);
  }
}

// ---- the report

enum { TEAMS_DRAWN = 32 };

// The files that the report is made of; NULL where one is missing.
typedef struct Results {
  json_t *skills[2], *teams, *own[3], *match;
} Results;

static void load_all(Results *r, const char *folder) {
  *r = (Results){.skills = {run_json(folder, "results/skills1.json"),
                            run_json(folder, "results/skills3.json")},
                 .teams = run_json(folder, "results/teams.json"),
                 .own = {run_json(folder, "results/own1.json"),
                         run_json(folder, "results/own2.json"),
                         run_json(folder, "results/own3.json")},
                 .match = run_json(folder, "results/match.json")};
}

static void free_all(Results *r) {
  json_t *const all[] = {r->skills[0], r->skills[1], r->teams, r->own[0],
                         r->own[1],    r->own[2],    r->match};
  _Static_assert(sizeof all == sizeof *r, "every result is freed");
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    json_decref(all[i]);
  }
}

// ---- the picture

// false when there is nothing to draw
static bool draw_teams(FILE *out, const json_t *teams) {
  const json_t *names = json_object_get(teams, "teams"), *rows = json_object_get(teams, "win_rate");
  const char *name[TEAMS_DRAWN];
  double value[TEAMS_DRAWN * TEAMS_DRAWN];
  const int n = (int)json_array_size(names);
  if (n < 1 || n > TEAMS_DRAWN) {
    return false;
  }
  for (int i = 0; i < n; i++) {
    const char *text = json_string_value(json_array_get(names, (size_t)i));
    name[i] = text ? text : "";
    for (int j = 0; j < n; j++) {
      const json_t *rate = json_array_get(json_array_get(rows, (size_t)i), (size_t)j);
      value[i * n + j] = i != j && json_is_number(rate) ? json_number_value(rate) : (double)NAN;
    }
  }
  chart_matrix(out, &(ChartMatrix){.title = "Wins of the row against the column, %",
                                   .rows = n,
                                   .columns = n,
                                   .row = name,
                                   .column = name,
                                   .value = value,
                                   .around_half = true});
  return true;
}

// whether payoffs.svg was drawn
static SimStatus draw(bool *drawn, const char *folder, const json_t *teams, SimError *err) {
  SimText text;
  FILE *out = sim_text_open(&text);
  *drawn = !out || draw_teams(out, teams);
  return report_picture_save(folder, "payoffs.svg", *drawn, sim_text_close(&text), err);
}

// ---- the text

static void write_times(FILE *out, const PipelineManifest *manifest) {
  double seconds = 0, cpu = 0;
  fprintf(out, "| stage | command | minutes | CPU minutes |\n|---|---|---|---|\n");
  for (int s = 0; s < PIPELINE_STAGES; s++) {
    const PipelineStage *stage = pipeline_stage((PipelineStageId)s);
    if (pipeline_manifest_state(manifest, stage->name) == PIPELINE_STAGE_DONE) {
      const double mine = pipeline_manifest_number(manifest, stage->name, "seconds");
      const double mine_cpu = pipeline_manifest_number(manifest, stage->name, "cpu");
      fprintf(out, "| %s | `hcsp %s` | %.1f | %.1f |\n", stage->title,
              pipeline_manifest_text(manifest, stage->name, "command"), mine / 60, mine_cpu / 60);
      seconds += mine;
      cpu += mine_cpu;
    }
  }
  fprintf(out, "| all | | %.1f | %.1f |\n\nCommands run in this folder.\n", seconds / 60, cpu / 60);
}

// pictures and reports that trainings wrote
static void write_links(FILE *out, const char *folder) {
  static const struct {
    const char *file, *text;
  } LINKS[] = {
      {"stage2/wins.svg", "![Stage II: wins while it learns](stage2/wins.svg)"},
      {"stage2/payoffs.svg", "![Stage II: its league, each against each](stage2/payoffs.svg)"},
      {"stage3/wins.svg", "![Stage III: wins while it learns](stage3/wins.svg)"},
      {"stage3/payoffs.svg", "![Stage III: its league, each against each](stage3/payoffs.svg)"},
      {"stage2/report.md", "[Stage II in detail](stage2/report.md)"},
      {"stage3/report.md", "[Stage III in detail](stage3/report.md)"}};
  char path[SIM_PATH_MAX];
  fprintf(out, "\n## Curves\n\n");
  for (size_t i = 0; i < sizeof LINKS / sizeof LINKS[0]; i++) {
    if (sim_path_join(path, folder, LINKS[i].file, NULL) == SIM_OK && access(path, R_OK) == 0) {
      fprintf(out, "%s\n\n", LINKS[i].text);
    }
  }
  fprintf(out, "`tensorboard --logdir .` in this folder shows every figure of every update.\n");
}

// folder/name as a word of a command
static void word_below(char out[SIM_PATH_MAX], const char *folder, const char *name) {
  char path[SIM_PATH_MAX];
  const bool fits = sim_path_join(path, folder, name, NULL) == SIM_OK;
  sim_shell_word(out, SIM_PATH_MAX, fits ? path : name);
}

static void write_match(FILE *out, const char *folder, const json_t *match) {
  const json_t *teams = json_object_get(match, "teams");
  const char *near = json_string_value(json_array_get(teams, 0));
  const char *far = json_string_value(json_array_get(teams, 1));
  if (!near || !far) {
    return;
  }
  char match_word[SIM_PATH_MAX], team_word[SIM_PATH_MAX];
  word_below(match_word, folder, "match");
  word_below(team_word, folder, "stage2");
  fprintf(out,
          "\n## The final\n\n%s against %s, %.0f rallies: %.0f : %.0f, %.0f draws. Logged in "
          "[match](match), replayed bit for bit ([results/verify.txt](results/verify.txt)).\n\n"
          "```\nhcsp-view %s                     # watch it\n"
          "hcsp-view %s --record final.mp4  # as a video\n"
          "hcsp play --near %s --far classical --rallies 100\n```\n",
          near, far, json_number_value(json_object_get(match, "rallies")),
          json_number_value(json_object_get(match, "near")),
          json_number_value(json_object_get(match, "far")),
          json_number_value(json_object_get(match, "draws")), match_word, match_word, team_word);
}

// What was not learnt here.
static void write_starts(FILE *out, const PipelineSettings *settings) {
  static const PipelineTrained trained[] = {PIPELINE_TRAINED_STRATEGY, PIPELINE_TRAINED_COSELF};
  static const char *const name[] = {"Stage II", "Stage III"};
  for (int i = 0; i < 2; i++) {
    const char *team = pipeline_stage_start(trained[i], settings);
    if (team) {
      fprintf(out,
              "%s started from team `%s` and not from what the stage before made: what it shows "
              "was for the most part learnt before.\n\n",
              name[i], team);
    }
  }
}

static void write_all(FILE *out, const char *folder, const PipelineManifest *manifest,
                      const PipelineSettings *settings, const Results *r, bool drawn) {
  const int n = r->own[2] ? 3 : 2;
  const Result skills[] = {{"Stage I", r->skills[0]}, {"Stage III", r->skills[1]}};
  const Result own[] = {{"stage1", r->own[0]}, {"stage2", r->own[1]}, {"stage3", r->own[2]}};
  fprintf(out, "# From nothing to a team\n\nMade by hcsp %s (%s) with `%s`.\n\n", sim_version(),
          sim_commit(), json_string_value(json_object_get(manifest->root, "arguments")));
  write_starts(out, settings);
  fprintf(out, "## Stages against each other\n\n");
  table_teams(out, r->teams);
  if (drawn) {
    fprintf(out, "\n![who beats whom](payoffs.svg)\n");
  }
  fprintf(out, "\n## How points end\n\n");
  table_endings(out, r->teams);
  fprintf(out, "\n## Skills\n\n");
  table_skills(out, skills, r->skills[1] ? 2 : 1);
  fprintf(out, "\n## What changed in play\n\n");
  table_play(out, own, n);
  write_links(out, folder);
  write_match(out, folder, r->match);
  fprintf(out, "\n## How long it took\n\n");
  write_times(out, manifest);
}

SimStatus pipeline_report(const char *folder, const PipelineManifest *manifest,
                          const PipelineSettings *settings, SimError *err) {
  SimText text = {.out = NULL};
  bool drawn = false;
  Results results;
  load_all(&results, folder);
  SimStatus status = draw(&drawn, folder, results.teams, err);
  FILE *out = status == SIM_OK ? sim_text_open(&text) : NULL;
  if (out) {
    write_all(out, folder, manifest, settings, &results, drawn);
  }
  status = report_page_save(folder, status, sim_text_close(&text), err);
  free_all(&results);
  return status;
}
