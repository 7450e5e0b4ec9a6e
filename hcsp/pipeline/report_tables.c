// Markdown tables. jansson takes NULL for "not there" throughout, so that chains of look-ups need
// no tests of their own.
#include "hcsp/pipeline/report_tables.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "hcsp/report/page.h"
#include "policies/skill.h"
#include "sim/physics.h"

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

void pipeline_table_teams(FILE *out, const json_t *teams) {
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

void pipeline_table_endings(FILE *out, const json_t *teams) {
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

void pipeline_table_skills(FILE *out, const PipelineResult *result, int n) {
  assert(n >= 1 && n <= PIPELINE_REPORT_COLUMNS);
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

static void play_row(FILE *out, const char *title, const PipelineResult *result, int n,
                     const char *key, double factor, int digits) {
  fprintf(out, "| %s |", title);
  for (int k = 0; k < n; k++) {
    number(out, json_object_get(result[k].json, key), factor, digits);
  }
  fprintf(out, "\n");
}

static void attacks_row(FILE *out, const PipelineResult *result, int n) {
  fprintf(out, "| attacks a rally |");
  for (int k = 0; k < n; k++) {
    const double rallies = json_number_value(json_object_get(result[k].json, "rallies"));
    const json_t *attack =
        json_object_get(json_object_get(result[k].json, "skills"), pol_slot_name(POL_ATTACK));
    number(out, json_object_get(attack, "hits"), rallies > 0 ? 1 / rallies : 0, 2);
  }
  fprintf(out, "\n");
}

static void clock_row(FILE *out, const PipelineResult *result, int n) {
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
static double chosen(const PipelineResult *result, const char *head, const char *option) {
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

static void option_rows(FILE *out, const PipelineResult *result, int n, const char *head) {
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

void pipeline_table_play(FILE *out, const PipelineResult *result, int n) {
  assert(n >= 1 && n <= PIPELINE_REPORT_COLUMNS);
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
