// Measures skills in their original chained situations: many trials on a batch of worlds, with all
// drones of the situation, downwash, and the team's real skills upstream. Trial i depends on (seed,
// i) alone: the same figures at any number of threads and wherever a trial sits in the batch.
#ifndef HCSP_EVAL_SKILL_H_
#define HCSP_EVAL_SKILL_H_

#include <jansson.h>
#include <stdio.h>

#include "hcsp/eval/skill_outcome.h"

typedef struct EvalSkillRun {
  EvalTrialOptions trial;
  const PolTeam *team;  // flies everything, the skill under test included
  bool sample;          // draw the commands of the drone under test, too, instead of their means
  int trials, threads;  // trials: of each cell
  int steps;            // EVAL_TRIAL_STEPS, or fewer
  uint64_t seed;
  const EvalCell *cell;  // NULL: the usual situation
  int cells;
  const char *world;            // NULL: the paper's
  const SimWorldFile *numbers;  // instead of a file; NULL: the file
  const char *progress;         // what a progress line calls it, NULL: no line
} EvalSkillRun;

// Fills outcome[trials], with cells outcome[cells * trials], cell after cell. Trial i of every cell
// starts alike. SIM_INTERRUPTED after run_interrupted() became true.
SimStatus eval_skill_measure(EvalOutcome *outcome, const EvalSkillRun *run, SimError *err);

// Figures over many trials, as hcsp/README.md 8.1 defines them; NaN where they do not apply.
typedef struct EvalSkillSummary {
  PolSlot slot;
  int episodes, skipped, hits, successes, survivals;
  double hit_rate, success_rate, low, high;
  double error_mean, error_p90, apex_mean, apex_std, speed_mean, landing_speed_mean, fall_rate;
  double clearance_p10, side_rate, survive_rate, crash_rate;
  int faults[EVAL_FAULTS];
  double steps_mean;
} EvalSkillSummary;

// Measures run->trials trials without cells, and sums them up.
SimStatus eval_skill_summary(EvalSkillSummary *summary, const EvalSkillRun *run, SimError *err);
// Of outcomes that there are.
void eval_skill_summarise(EvalSkillSummary *summary, PolSlot slot, const EvalOutcome *outcome,
                          int n);
json_t *eval_skill_json(const EvalSkillSummary *summary);
// The figures of one skill, one a line.
void eval_skill_print(FILE *out, const EvalSkillSummary *summary);
// One line a skill under a heading, for the table of a team.
void eval_skill_print_heading(FILE *out);
void eval_skill_print_row(FILE *out, const EvalSkillSummary *summary);

#endif  // HCSP_EVAL_SKILL_H_
