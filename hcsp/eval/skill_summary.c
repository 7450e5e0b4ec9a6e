// Sums over trials in their order, so that the figures depend on the seed alone.
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/skill.h"
#include "hcsp/eval/summary.h"
#include "hcsp/league/interval.h"

// the values of one measure where it applies
typedef struct Sample {
  double *value;
  int n;
} Sample;

static void add(Sample *sample, double value) {
  if (isfinite(value)) {
    sample->value[sample->n++] = value;
  }
}

static double mean(const Sample *sample) {
  double sum = 0;
  for (int i = 0; i < sample->n; i++) {
    sum += sample->value[i];
  }
  return sample->n > 0 ? sum / sample->n : (double)NAN;
}

static double deviation(const Sample *sample) {
  const double middle = mean(sample);
  double sum = 0;
  for (int i = 0; i < sample->n; i++) {
    const double gap = sample->value[i] - middle;
    sum += gap * gap;
  }
  return sample->n > 1 ? sqrt(sum / (sample->n - 1)) : (double)NAN;
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

// linear between the nearest two; sorts in place
static double percentile(Sample *sample, double share) {
  assert(share >= 0 && share <= 1);
  if (sample->n == 0) {
    return (double)NAN;
  }
  qsort(sample->value, (size_t)sample->n, sizeof *sample->value, compare);
  const double at = share * (sample->n - 1);
  const int below = (int)at, above = below + 1 < sample->n ? below + 1 : below;
  return sample->value[below] + (at - below) * (sample->value[above] - sample->value[below]);
}

static double ratio(int part, int whole) {
  return whole > 0 ? (double)part / whole : (double)NAN;
}

// one measure of the counted trials, chosen by its place in EvalOutcome
static void collect(Sample *sample, const EvalOutcome *outcome, int n, size_t offset) {
  sample->n = 0;
  for (int i = 0; i < n; i++) {
    if (outcome[i].counted) {
      double value;
      memcpy(&value, (const char *)&outcome[i] + offset, sizeof value);
      add(sample, value);
    }
  }
}

static void summarise_samples(EvalSkillSummary *sum, Sample *sample, const EvalOutcome *outcome,
                              int n) {
  collect(sample, outcome, n, offsetof(EvalOutcome, error));
  sum->error_mean = mean(sample);
  sum->error_p90 = percentile(sample, 0.9);
  collect(sample, outcome, n, offsetof(EvalOutcome, apex));
  sum->apex_mean = mean(sample);
  sum->apex_std = deviation(sample);
  collect(sample, outcome, n, offsetof(EvalOutcome, speed));
  sum->speed_mean = mean(sample);
  collect(sample, outcome, n, offsetof(EvalOutcome, landing_speed));
  sum->landing_speed_mean = mean(sample);
  collect(sample, outcome, n, offsetof(EvalOutcome, fall));
  sum->fall_rate = mean(sample);
  collect(sample, outcome, n, offsetof(EvalOutcome, clearance));
  sum->clearance_p10 = percentile(sample, 0.1);
}

void eval_skill_summarise(EvalSkillSummary *summary, PolSlot slot, const EvalOutcome *outcome,
                          int n) {
  const double nan = (double)NAN;
  Sample sample = {.value = sim_new((size_t)n + 1, sizeof *sample.value)};
  *summary = (EvalSkillSummary){.slot = slot};
  int crashed = 0, in_court = 0, right_side = 0;
  double steps = 0;
  for (int i = 0; i < n; i++) {
    const EvalOutcome *out = &outcome[i];
    if (!out->counted) {
      summary->skipped++;
      continue;
    }
    summary->episodes++;
    summary->hits += out->hit;
    summary->successes += out->success;
    crashed += out->crashed;
    summary->survivals += out->hit && !out->crashed;
    in_court += out->in_court;
    right_side += out->right_side;
    steps += out->steps;
    if (out->fault != EVAL_NO_FAULT) {
      summary->faults[out->fault]++;
    }
  }
  const bool strikes = pol_slot_strikes(slot);
  summary->hit_rate = strikes ? ratio(summary->hits, summary->episodes) : nan;
  summary->success_rate = ratio(summary->successes, summary->episodes);
  league_wilson(&summary->low, &summary->high, summary->successes, summary->episodes);
  summary->side_rate = slot == POL_ATTACK ? ratio(right_side, in_court) : nan;
  summary->survive_rate = slot == POL_GOTO ? nan : ratio(summary->survivals, summary->hits);
  summary->crash_rate = ratio(crashed, summary->episodes);
  summary->steps_mean = summary->episodes > 0 ? steps / summary->episodes : nan;
  summarise_samples(summary, &sample, outcome, n);
  free(sample.value);
  assert(summary->episodes + summary->skipped == n);
  assert(summary->successes <= summary->episodes && summary->survivals <= summary->hits);
}

SimStatus eval_skill_summary(EvalSkillSummary *summary, const EvalSkillRun *run, SimError *err) {
  assert(!run->cell);
  EvalOutcome *outcome = sim_new((size_t)run->trials, sizeof *outcome);
  const SimStatus status = eval_skill_measure(outcome, run, err);
  if (status == SIM_OK) {
    eval_skill_summarise(summary, run->trial.slot, outcome, run->trials);
  }
  free(outcome);
  return status;
}

// ---- printing

json_t *eval_skill_json(const EvalSkillSummary *sum) {
  const struct {
    const char *key;
    double value;
  } rows[] = {
      {"hit_rate", sum->hit_rate},
      {"success_rate", sum->success_rate},
      {"low", sum->low},
      {"high", sum->high},
      {"error_mean", sum->error_mean},
      {"error_p90", sum->error_p90},
      {"apex_mean", sum->apex_mean},
      {"apex_std", sum->apex_std},
      {"speed_mean", sum->speed_mean},
      {"landing_speed_mean", sum->landing_speed_mean},
      {"fall_rate", sum->fall_rate},
      {"clearance_p10", sum->clearance_p10},
      {"side_rate", sum->side_rate},
      {"survive_rate", sum->survive_rate},
      {"crash_rate", sum->crash_rate},
  };
  json_t *json = json_pack("{s:s,s:i,s:i}", "skill", pol_slot_name(sum->slot), "episodes",
                           sum->episodes, "skipped", sum->skipped);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    json_object_set_new(json, rows[i].key, eval_number_json(rows[i].value));
  }
  json_t *faults = json_object();
  for (int f = 0; f < EVAL_FAULTS; f++) {
    if (sum->faults[f] > 0) {
      json_object_set_new(faults, eval_fault_name((EvalFault)f), json_integer(sum->faults[f]));
    }
  }
  json_object_set_new(json, "faults", faults);
  return json;
}

static void print_share(FILE *out, const char *name, double share, const char *what) {
  if (isfinite(share)) {
    fprintf(out, "%-16s %.2f %%  %s\n", name, 100 * share, what);
  }
}

static void print_value(FILE *out, const char *name, double value, const char *what) {
  if (isfinite(value)) {
    fprintf(out, "%-16s %.3f %s\n", name, value, what);
  }
}

static void print_faults(FILE *out, const EvalSkillSummary *sum) {
  const char *separator = "";
  for (int f = 0; f < EVAL_FAULTS; f++) {
    if (sum->faults[f] > 0) {
      fprintf(out, "%s%s %d", separator, eval_fault_name((EvalFault)f), sum->faults[f]);
      separator = ", ";
    }
  }
}

void eval_skill_print(FILE *out, const EvalSkillSummary *sum) {
  char interval[64];
  snprintf(interval, sizeof interval, "(95 %%: %.2f-%.2f)", 100 * sum->low, 100 * sum->high);
  fprintf(out, "skill            %s\n", pol_slot_name(sum->slot));
  fprintf(out, "episodes         %d, and %d skipped because the skill was not called\n",
          sum->episodes, sum->skipped);
  print_share(out, "hit", sum->hit_rate, "legal touches");
  print_share(out, "success", sum->success_rate, interval);
  print_value(out, "error mean", sum->error_mean, "m");
  print_value(out, "error 90 %", sum->error_p90, "m");
  print_value(out, "apex mean", sum->apex_mean, "m");
  print_value(out, "apex deviation", sum->apex_std, "m");
  print_value(out, "speed", sum->speed_mean, "m/s after the touch");
  print_value(out, "landing speed", sum->landing_speed_mean, "m/s");
  print_share(out, "falling", sum->fall_rate, "of the balls already after the touch");
  print_value(out, "clearance 10 %", sum->clearance_p10, "m over the net");
  print_share(out, "right side", sum->side_rate, "of the balls in court");
  print_share(out, "survive", sum->survive_rate, "after the touch");
  print_share(out, "crash", sum->crash_rate, "of the episodes");
  fprintf(out, "went wrong       ");
  print_faults(out, sum);
  fprintf(out, "\n");
}

void eval_skill_print_heading(FILE *out) {
  fprintf(out, "%-14s %8s %7s %7s %13s %6s %6s %13s %7s %7s %7s  %s\n", "skill", "episodes",
          "hit %", "ok %", "95 %", "err m", "90 %", "apex m", "land", "surv %", "crash %",
          "went wrong");
}

// a number in a column, or a dash where it does not apply
static void print_cell(FILE *out, int width, int digits, double value) {
  if (isfinite(value)) {
    fprintf(out, " %*.*f", width, digits, value);
  } else {
    fprintf(out, " %*s", width, "-");
  }
}

void eval_skill_print_row(FILE *out, const EvalSkillSummary *sum) {
  char pair[32];
  fprintf(out, "%-14s %8d", pol_slot_name(sum->slot), sum->episodes);
  print_cell(out, 7, 2, 100 * sum->hit_rate);
  print_cell(out, 7, 2, 100 * sum->success_rate);
  snprintf(pair, sizeof pair, "%.2f-%.2f", 100 * sum->low, 100 * sum->high);
  fprintf(out, " %13s", pair);
  print_cell(out, 6, 3, sum->error_mean);
  print_cell(out, 6, 3, sum->error_p90);
  snprintf(pair, sizeof pair, "%.2f +- %.2f", sum->apex_mean, sum->apex_std);
  fprintf(out, " %13s", isfinite(sum->apex_std) ? pair : "-");
  print_cell(out, 7, 2, sum->landing_speed_mean);
  print_cell(out, 7, 2, 100 * sum->survive_rate);
  print_cell(out, 7, 2, 100 * sum->crash_rate);
  fprintf(out, "  ");
  print_faults(out, sum);
  fprintf(out, "\n");
}
