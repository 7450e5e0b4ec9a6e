// How well a strike does on the starts that its skill file draws (configs/skills): real physics,
// the others blowing as there, the mean action, then the team's hover. By family of starts, by how
// hard the ball is to reach, and by where and how fast it is to be played. Judged by the referee
// and the ball's true flight, never by a reward.
#ifndef HCSP_EVAL_STRIKE_STARTS_H_
#define HCSP_EVAL_STRIKE_STARTS_H_

#include <jansson.h>
#include <stdio.h>

#include "hcsp/env/tasks/strike.h"
#include "policies/team.h"

// One trial. Strikes over the net are good in court, others within 0.5 m of the goal's point.
typedef struct EvalStart {
  int family;     // of the skill file
  double effort;  // m/s2, to get there in time (policies/dig.h)
  double way;     // m, horizontally to the drone's place at the strike
  double x;       // m, of the strike
  double flight;  // s, that the ball is to take
  bool over;      // the net
  bool hit, good, survived;
  double error;  // m, from the goal's point; NaN without a hit
} EvalStart;

typedef struct EvalStartsRun {
  const TaskConfig *config;  // of a skill whose task is a strike
  const PolNet *net, *hover;
  int trials;
  uint64_t seed;
} EvalStartsRun;

// Fills start[trials]; trial i depends on (seed, i) alone. SIM_USAGE when the task is no strike.
SimStatus eval_starts_measure(EvalStart *start, const EvalStartsRun *run, SimError *err);

// Tables for people, shares in % with Wilson 95 % intervals.
void eval_starts_print(FILE *out, const EvalStart *start, const EvalStartsRun *run);
// The same rows.
json_t *eval_starts_json(const EvalStart *start, const EvalStartsRun *run);

#endif  // HCSP_EVAL_STRIKE_STARTS_H_
