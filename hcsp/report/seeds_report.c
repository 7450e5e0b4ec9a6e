// A figure of one seed says little: what differs between two settings by less than between two
// seeds of one of them is not known to differ. So the report puts the seeds side by side.
#include "hcsp/report/seeds_report.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/report/chart.h"
#include "hcsp/report/page.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

enum { LATE_SHARE = 10, METRICS_BYTES_MAX = 1 << 30, SERIES_MAX = 16, TAG_MAX = 64 };

// Scalars that are drawn, where a training has them.
static const char *const DRAWN[] = {"charts/episodic_return", "task/success", "wins/bot_plus",
                                    "wins/random", "wins/snapshots"};
enum { DRAWINGS = sizeof DRAWN / sizeof DRAWN[0] };

// The metrics of one seed: a JSON object for each update.
typedef struct Curve {
  uint64_t seed;
  json_t *rows;
} Curve;

// What a scalar came to.
typedef struct Late {
  double *value;  // [seeds], NaN where it has none
  double mean, deviation, low, high;
  int n;
} Late;

SimStatus seeds_folder(char *out, const char *folder, uint64_t seed, SimError *err) {
  char name[40];
  snprintf(name, sizeof name, "seed-%llu", (unsigned long long)seed);
  return sim_path_join(out, folder, name, err);
}

// ---- reading

static SimStatus read_curve(Curve *curve, const char *folder, SimError *err) {
  char inner[SIM_PATH_MAX], path[SIM_PATH_MAX], *text = NULL;
  size_t size;
  SimStatus status = seeds_folder(inner, folder, curve->seed, err);
  status = status == SIM_OK ? sim_path_join(path, inner, "metrics.jsonl", err) : status;
  status = status == SIM_OK ? sim_file_read(&text, &size, path, METRICS_BYTES_MAX, err) : status;
  curve->rows = json_array();
  int number = 1;
  for (char *line = text; status == SIM_OK && line && *line; number++) {
    const size_t n = strcspn(line, "\n");
    json_t *row = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(row)) {
      status =
          sim_error(err, SIM_BAD_INPUT,
                    "%s:%d: saw no JSON object, wanted the metrics of an update", path, number);
    }
    json_array_append_new(curve->rows, row ? row : json_null());
    line += n + (line[n] == '\n');
  }
  free(text);
  return status;
}

static double scalar(const json_t *row, const char *tag) {
  const json_t *value = json_object_get(row, tag);
  return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

// mean over the last updates, NaN where there is none
static double late_mean(const Curve *curve, const char *tag) {
  const size_t rows = json_array_size(curve->rows), late = (rows + LATE_SHARE - 1) / LATE_SHARE;
  assert(late <= rows);
  double sum = 0;
  int n = 0;
  for (size_t i = rows - late; i < rows; i++) {
    const double value = scalar(json_array_get(curve->rows, i), tag);
    if (isfinite(value)) {
      sum += value;
      n++;
    }
  }
  return n > 0 ? sum / n : (double)NAN;
}

// mean, deviation between the seeds (n - 1) and range
static void summarise(Late *late, const Curve *curve, int n, const char *tag) {
  assert(n >= 1 && late->value);
  double sum = 0, squares = 0;
  late->n = 0;
  late->low = (double)INFINITY;
  late->high = -(double)INFINITY;
  for (int k = 0; k < n; k++) {
    const double value = late->value[k] = late_mean(&curve[k], tag);
    if (isfinite(value)) {
      sum += value;
      late->n++;
      late->low = fmin(late->low, value);
      late->high = fmax(late->high, value);
    }
  }
  late->mean = late->n > 0 ? sum / late->n : (double)NAN;
  for (int k = 0; k < n; k++) {
    squares += isfinite(late->value[k]) ? pow(late->value[k] - late->mean, 2) : 0;
  }
  late->deviation = late->n > 1 ? sqrt(squares / (late->n - 1)) : (double)NAN;
}

// ---- pictures

// name.svg: the curve of every seed; false: nothing to draw
static bool draw(FILE *out, const Curve *curve, int n, const char *tag) {
  ChartSeries series[SERIES_MAX];
  char name[SERIES_MAX][32];
  double *store[SERIES_MAX] = {NULL}, low = 0, high = 0;
  bool any = false;
  const int shown = n < SERIES_MAX ? n : SERIES_MAX;
  for (int k = 0; k < shown; k++) {
    const size_t rows = json_array_size(curve[k].rows);
    store[k] = sim_new(2 * rows + 1, sizeof *store[k]);
    for (size_t i = 0; i < rows; i++) {
      const json_t *row = json_array_get(curve[k].rows, i);
      const double value = scalar(row, tag);
      store[k][i] = scalar(row, "step");
      store[k][rows + i] = value;
      any |= isfinite(value);
      low = isfinite(value) ? fmin(low, value) : low;
      high = isfinite(value) ? fmax(high, value) : high;
    }
    snprintf(name[k], sizeof name[k], "seed %llu", (unsigned long long)curve[k].seed);
    series[k] = (ChartSeries){.name = name[k], .n = (int)rows, .x = store[k], .y = store[k] + rows};
  }
  const ChartAxes axes = {.title = tag,
                          .x = "decisions",
                          .y = tag,
                          .low = low,
                          .high = high > low ? high : low + 1,
                          .mark = (double)NAN};
  if (any) {
    chart_lines(out, &axes, series, shown);
  }
  for (int k = 0; k < shown; k++) {
    free(store[k]);
  }
  return any;
}

// the file that shows a scalar, "wins_bot_plus.svg"
static void picture_name(char out[TAG_MAX + 8], const char *tag) {
  snprintf(out, TAG_MAX + 8, "%.60s.svg", tag);
  for (char *c = out; *c; c++) {
    *c = *c == '/' ? '_' : *c;
  }
}

static SimStatus write_picture(bool *drawn, const char *folder, const Curve *curve, int n,
                               const char *tag, SimError *err) {
  char name[TAG_MAX + 8];
  SimText text;
  *drawn = draw(sim_text_open(&text), curve, n, tag);
  picture_name(name, tag);
  return report_picture_save(folder, name, *drawn, sim_text_close(&text), err);
}

// ---- text

static void tell_number(FILE *out, double value) {
  fprintf(out, isfinite(value) ? " %.4g |" : " - |", value);
}

static void tell_scalar(FILE *out, const char *tag, const Late *late, int n) {
  fprintf(out, "| %s |", tag);
  tell_number(out, late->mean);
  tell_number(out, late->deviation);
  tell_number(out, late->low);
  tell_number(out, late->high);
  for (int k = 0; k < n; k++) {
    tell_number(out, late->value[k]);
  }
  fprintf(out, "\n");
}

// a run's own report, where its training writes one
static void tell_run(FILE *out, const char *folder, uint64_t seed) {
  char path[SIM_PATH_MAX], inner[64];
  const unsigned long long number = seed;
  snprintf(inner, sizeof inner, "seed-%llu/report.md", number);
  const bool told = sim_path_join(path, folder, inner, NULL) == SIM_OK && access(path, R_OK) == 0;
  fprintf(out, told ? "[seed-%llu](seed-%llu/report.md)" : "seed-%llu", number, number);
}

static void tell_heading(FILE *out, const char *folder, const char *training, const Curve *curve,
                         int n) {
  fprintf(out,
          "# %s, %d seeds\n\nEach figure is the mean over the last tenth of a run's updates; "
          "deviation, lowest and highest are between the seeds. Runs: ",
          training, n);
  for (int k = 0; k < n; k++) {
    fputs(k ? ", " : "", out);
    tell_run(out, folder, curve[k].seed);
  }
  fprintf(out, ".\n\n| scalar | mean | deviation | lowest | highest |");
  for (int k = 0; k < n; k++) {
    fprintf(out, " %llu |", (unsigned long long)curve[k].seed);
  }
  report_rule(out, 5 + n);
  fprintf(out, "\n");
}

static json_t *json_of(const Late *late, int n) {
  json_t *values = json_array();
  for (int k = 0; k < n; k++) {
    json_array_append_new(values,
                          isfinite(late->value[k]) ? json_real(late->value[k]) : json_null());
  }
  json_t *json = json_pack("{s:f, s:f, s:f, s:o}", "mean", late->mean, "lowest", late->low,
                           "highest", late->high, "seeds", values);
  json_object_set_new(json, "deviation",
                      isfinite(late->deviation) ? json_real(late->deviation) : json_null());
  return json;
}

// every scalar that a seed has, as text and as JSON
static void tell_all(FILE *out, json_t *json, const Curve *curve, int n, Late *late) {
  const json_t *rows = curve[0].rows;
  json_t *last = json_array_get(rows, json_array_size(rows) - 1);
  const char *tag;
  json_t *value;
  json_object_foreach(last, tag, value) {
    summarise(late, curve, n, tag);
    if (strcmp(tag, "step") != 0 && strcmp(tag, "seconds") != 0 && late->n > 0) {
      tell_scalar(out, tag, late, n);
      json_object_set_new(json, tag, json_of(late, n));
    }
  }
}

static SimStatus write_json(const char *folder, const json_t *json, SimError *err) {
  char path[SIM_PATH_MAX];
  const SimStatus status = sim_path_join(path, folder, "seeds.json", err);
  return status
             ? status
             : sim_text_save(path, json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17)), err);
}

static SimStatus write_all(const char *folder, const char *training, const Curve *curve, int n,
                           SimError *err) {
  char name[TAG_MAX + 8];
  SimText text;
  json_t *json = json_object();
  Late late = {.value = sim_new((size_t)n, sizeof *late.value)};
  FILE *out = sim_text_open(&text);
  SimStatus status = SIM_OK;
  tell_heading(out, folder, training, curve, n);
  tell_all(out, json, curve, n, &late);
  for (int i = 0; status == SIM_OK && i < DRAWINGS; i++) {
    bool drawn = false;
    status = write_picture(&drawn, folder, curve, n, DRAWN[i], err);
    picture_name(name, DRAWN[i]);
    if (drawn) {
      fprintf(out, "\n![%s](%s)\n", DRAWN[i], name);
    }
  }
  status = status ? status : write_json(folder, json, err);
  json_decref(json);
  free(late.value);
  return report_page_save(folder, status, sim_text_close(&text), err);
}

SimStatus seeds_report(const char *folder, const char *training, uint64_t first, int n,
                       SimError *err) {
  assert(n >= 1);
  Curve *curve = sim_new((size_t)n, sizeof *curve);
  SimStatus status = SIM_OK;
  for (int k = 0; status == SIM_OK && k < n; k++) {
    curve[k].seed = first + (uint64_t)k;
    status = read_curve(&curve[k], folder, err);
  }
  status = status == SIM_OK ? write_all(folder, training, curve, n, err) : status;
  for (int k = 0; k < n; k++) {
    json_decref(curve[k].rows);
  }
  free(curve);
  return status;
}
