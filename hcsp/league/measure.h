// A population that grows by best responses: its newest member plays the others, and what they
// scored tells whom the next response meets.
#ifndef HCSP_LEAGUE_MEASURE_H_
#define HCSP_LEAGUE_MEASURE_H_

#include "hcsp/league/arena.h"
#include "hcsp/league/population.h"
#include "hcsp/league/solver.h"

enum { HCSP_POPULATION_MAX = 480 };  // members, fewer than HCSP_RIVALS_MAX

typedef struct HcspMeasure {
  HcspArena arena;  // round r plays with its seed + r
  int points;       // of a pair in a round, a multiple of HCSP_CELLS
  int points_max;   // no more rounds for a pair that has had as many,
  double width;     // nor for one whose 95 % interval is no wider than this
} HcspMeasure;

// Plays the newest member of a kind against the others of that kind and books what they scored.
SimStatus hcsp_population_measure(HcspPopulation *population, HcspMemberKind kind,
                                  const HcspMeasure *measure, SimError *err);
// weight[i] of the members of that kind as the solver wants it, from their results among each
// other; the weights of other members stay.
SimStatus hcsp_population_solve(double weight[HCSP_POPULATION_MAX],
                                const HcspPopulation *population, HcspMemberKind kind,
                                HcspSolver solver, SimError *err);

#endif  // HCSP_LEAGUE_MEASURE_H_
