// How well a strike does over everything that can be asked of it: one cell per target and flight
// time, or, for a dig, per waiting place, landing point and flight time of the incoming ball.
#ifndef HCSP_EVAL_SKILL_MAP_H_
#define HCSP_EVAL_SKILL_MAP_H_

#include "hcsp/eval/skill.h"

enum { EVAL_MAP_STEPS = 600 };  // length of a trial of a map, 6 s

typedef struct EvalMapTotals {
  int cells, n, hits, successes, survivals;
} EvalMapTotals;

// The grid of a slot that strikes; *cells is malloc'ed. Waiting places of digs are those of goals.
// Returns how many, 0 without memory.
int eval_map_grid(EvalCell **cells, PolSlot slot, const PolOptions *goals);
// Measures every cell with run->trials trials and writes one CSV row per cell to path, atomically.
// table (NULL: none) gets success rates for people, one row per target, one column per flight time.
SimStatus eval_skill_map(EvalMapTotals *totals, const char *path, FILE *table,
                         const EvalSkillRun *run, SimError *err);

#endif  // HCSP_EVAL_SKILL_MAP_H_
