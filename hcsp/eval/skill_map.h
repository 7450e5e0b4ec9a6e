// How well a strike does over everything that can be asked of it: one cell per target and flight
// time, or, for a dig, per waiting place, landing point and flight time of the incoming ball.
#ifndef HCSP_EVAL_SKILL_MAP_H_
#define HCSP_EVAL_SKILL_MAP_H_

#include "hcsp/eval/skill.h"

enum { HCSP_MAP_STEPS = 600 };  // length of a trial of a map, 6 s

typedef struct HcspMapTotals {
  int cells, n, hits, successes, survivals;
} HcspMapTotals;

// The grid of a slot that strikes; *cells is malloc'ed. Waiting places of digs are those of goals.
// Returns how many, 0 without memory.
int hcsp_map_grid(HcspCell **cells, PolSlot slot, const PolOptions *goals);
// Measures every cell with run->trials trials and writes one CSV row per cell to path, atomically.
// table (NULL: none) gets success rates for people, one row per target, one column per flight time.
SimStatus hcsp_skill_map(HcspMapTotals *totals, const char *path, FILE *table,
                         const HcspSkillRun *run, SimError *err);

#endif  // HCSP_EVAL_SKILL_MAP_H_
