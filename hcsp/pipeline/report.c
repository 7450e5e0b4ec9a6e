// Text first goes to memory and then to its file in one piece. It is written anew at the end of
// every run, from files alone, so that nothing is lost when it is deleted.
#include "hcsp/pipeline/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/pipeline/report_tables.h"
#include "hcsp/pipeline/stages.h"
#include "hcsp/report/chart.h"
#include "hcsp/report/page.h"
#include "sim/base/log.h"
#include "sim/base/shell.h"
#include "sim/base/text.h"
#include "sim/base/version.h"

enum { RESULT_MAX = 64 << 20, TEAMS_DRAWN = 32 };  // bytes

// The files that the report is made of; NULL where one is missing.
typedef struct Results {
  json_t *skills[2], *teams, *own[3], *match;
} Results;

static json_t *load(const char *folder, const char *name) {
  char path[SIM_PATH_MAX], *text;
  size_t size;
  if (sim_path_join(path, folder, name, NULL) != SIM_OK ||
      sim_file_read(&text, &size, path, RESULT_MAX, NULL) != SIM_OK) {
    return NULL;
  }
  json_t *json = json_loadb(text, size, 0, NULL);
  free(text);
  return json;
}

static void load_all(Results *r, const char *folder) {
  *r = (Results){
      .skills = {load(folder, "results/skills1.json"), load(folder, "results/skills3.json")},
      .teams = load(folder, "results/teams.json"),
      .own = {load(folder, "results/own1.json"), load(folder, "results/own2.json"),
              load(folder, "results/own3.json")},
      .match = load(folder, "results/match.json")};
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
  const PipelineResult skills[] = {{"Stage I", r->skills[0]}, {"Stage III", r->skills[1]}};
  const PipelineResult own[] = {
      {"stage1", r->own[0]}, {"stage2", r->own[1]}, {"stage3", r->own[2]}};
  fprintf(out, "# From nothing to a team\n\nMade by hcsp %s (%s) with `%s`.\n\n", sim_version(),
          sim_commit(), json_string_value(json_object_get(manifest->root, "arguments")));
  write_starts(out, settings);
  fprintf(out, "## Stages against each other\n\n");
  pipeline_table_teams(out, r->teams);
  if (drawn) {
    fprintf(out, "\n![who beats whom](payoffs.svg)\n");
  }
  fprintf(out, "\n## How points end\n\n");
  pipeline_table_endings(out, r->teams);
  fprintf(out, "\n## Skills\n\n");
  pipeline_table_skills(out, skills, r->skills[1] ? 2 : 1);
  fprintf(out, "\n## What changed in play\n\n");
  pipeline_table_play(out, own, n);
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
