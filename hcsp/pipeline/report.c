// Text first goes to memory and then to its file in one piece. It is written anew at the end of
// every run, from files alone, so that nothing is lost when it is deleted.
#include "hcsp/pipeline/report.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcsp/pipeline/report_tables.h"
#include "hcsp/pipeline/stages.h"
#include "sim/base/log.h"
#include "sim/base/shell.h"
#include "sim/base/version.h"

extern char **environ;

enum { RESULT_MAX = 64 << 20 };  // bytes

// The files that the report is made of; NULL where one is missing.
typedef struct Results {
  json_t *skills[2], *teams, *kills[2], *own[3], *match;
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
      .kills = {load(folder, "stage1/policies/calibration.json"),
                load(folder, "results/kills3.json")},
      .own = {load(folder, "results/own1.json"), load(folder, "results/own2.json"),
              load(folder, "results/own3.json")},
      .match = load(folder, "results/match.json")};
}

static void free_all(Results *r) {
  json_t *const all[] = {r->skills[0], r->skills[1], r->teams,  r->kills[0], r->kills[1],
                         r->own[0],    r->own[1],    r->own[2], r->match};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    json_decref(all[i]);
  }
}

// ---- the picture

static void write_script(FILE *out, const json_t *teams) {
  const json_t *names = json_object_get(teams, "teams"), *rows = json_object_get(teams, "win_rate");
  const size_t n = json_array_size(names);
  fprintf(out, "set terminal pngcairo size 640,520\nset output 'payoffs.png'\n"
               "set title 'wins of the row against the column, %%'\nset cbrange [0:100]\n"
               "set palette defined (0 '#b2182b', 50 '#f7f7f7', 100 '#2166ac')\n"
               "set yrange [*:*] reverse\nunset key\nset tics scale 0\n");
  for (int axis = 0; axis < 2; axis++) {
    fprintf(out, "set %ctics (", "xy"[axis]);
    for (size_t i = 0; i < n; i++) {
      // names may hold quotes and what gnuplot reads as markup
      fprintf(out, "%s'", i ? ", " : "");
      for (const char *c = json_string_value(json_array_get(names, i)); c && *c; c++) {
        fprintf(out, *c == '_' ? "\\_" : "%c", strchr("'\\\n^{}@&~", *c) ? ' ' : *c);
      }
      fprintf(out, "' %zu", i);
    }
    fprintf(out, ")\n");
  }
  fprintf(out, "$wins << END\n");
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) {
      const json_t *rate = json_array_get(json_array_get(rows, i), j);
      fprintf(out, "%zu %zu %.1f\n", j, i,
              json_is_number(rate) ? 100 * json_number_value(rate) : 50);
    }
    fprintf(out, "\n");
  }
  fprintf(out, "END\nplot $wins using 1:2:3 with image, '' using 1:2:(sprintf('%%.1f', $3)) with "
               "labels\n");
}

static bool run_gnuplot(const char *folder) {
  char program[] = "gnuplot", script[] = "results/payoffs.gnuplot";
  char *const arguments[] = {program, script, NULL};
  posix_spawn_file_actions_t actions;
  pid_t child;
  int code = 1;
  if (posix_spawn_file_actions_init(&actions) != 0) {
    return false;
  }
  const bool started = posix_spawn_file_actions_addchdir_np(&actions, folder) == 0 &&
                       posix_spawnp(&child, program, &actions, NULL, arguments, environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  return started && waitpid(child, &code, 0) == child && code == 0;
}

// true when gnuplot has drawn; without it the numbers have to do
static bool draw(const char *folder, const json_t *teams) {
  char path[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  FILE *out =
      json_array_size(json_object_get(teams, "teams")) ? open_memstream(&text, &size) : NULL;
  if (!out) {
    return false;
  }
  write_script(out, teams);
  fclose(out);
  const bool drawn = sim_path_join(path, folder, "results/payoffs.gnuplot", NULL) == SIM_OK &&
                     sim_file_write(path, text, size, NULL) == SIM_OK && run_gnuplot(folder);
  free(text);
  return drawn;
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
      {"stage2/wins.png", "![Stage II: wins while it learns](stage2/wins.png)"},
      {"stage2/payoffs.png", "![Stage II: its league, each against each](stage2/payoffs.png)"},
      {"stage3/wins.png", "![Stage III: wins while it learns](stage3/wins.png)"},
      {"stage3/payoffs.png", "![Stage III: its league, each against each](stage3/payoffs.png)"},
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

static void write_all(FILE *out, const char *folder, const PipelineManifest *manifest,
                      const Results *r, bool drawn) {
  const int n = r->own[2] ? 3 : 2;
  const PipelineResult skills[] = {{"Stage I", r->skills[0]}, {"Stage III", r->skills[1]}};
  const PipelineResult own[] = {
      {"stage1_plus", r->own[0]}, {"stage2", r->own[1]}, {"stage3", r->own[2]}};
  fprintf(out, "# From nothing to a team\n\nMade by hcsp %s (%s) with `%s`.\n\n", sim_version(),
          sim_commit(), json_string_value(json_object_get(manifest->root, "arguments")));
  fprintf(out, "## Stages against each other\n\n");
  pipeline_table_teams(out, r->teams);
  if (drawn) {
    fprintf(out, "\n![who beats whom](payoffs.png)\n");
  }
  fprintf(out, "\n## How points end\n\n");
  pipeline_table_endings(out, r->teams);
  fprintf(out, "\n## Skills\n\n");
  pipeline_table_skills(out, skills, r->skills[1] ? 2 : 1);
  fprintf(out, "\n## Kill tables\n\nOf the attacks against each waiting place, kills / own errors "
               "in percent. The rest comes back over the net.\n");
  pipeline_table_kills(out, "Stage I", r->kills[0]);
  pipeline_table_kills(out, "Stage III", r->kills[1]);
  fprintf(out, "\n## What changed in play\n\n");
  pipeline_table_play(out, own, n);
  write_links(out, folder);
  write_match(out, folder, r->match);
  fprintf(out, "\n## How long it took\n\n");
  write_times(out, manifest);
}

SimStatus pipeline_report(const char *folder, const PipelineManifest *manifest, SimError *err) {
  char path[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  Results results;
  load_all(&results, folder);
  const bool drawn = draw(folder, results.teams);
  FILE *out = open_memstream(&text, &size);
  SimStatus status = out ? SIM_OK : sim_error(err, SIM_FAIL, "%s: no memory for a report", folder);
  if (out) {
    write_all(out, folder, manifest, &results, drawn);
    fclose(out);
    status = sim_path_join(path, folder, "report.md", err);
    status = status == SIM_OK ? sim_file_write(path, text, size, err) : status;
  }
  free(text);
  free_all(&results);
  return status;
}
