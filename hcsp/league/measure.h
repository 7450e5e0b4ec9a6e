// A population that grows by best responses: its newest member plays the others, and what they
// scored tells whom the next response meets.
#ifndef HCSP_LEAGUE_MEASURE_H_
#define HCSP_LEAGUE_MEASURE_H_

#include "hcsp/league/population.h"
#include "hcsp/league/solver.h"
#include "hcsp/league/tournament.h"

typedef struct LeagueMeasure {
  LeagueTournament tournament;  // round r plays with its seed + r
  int points;                   // of a pair in a round, a multiple of LEAGUE_CELLS
  int points_max;               // no more rounds for a pair that has had as many,
  double width;                 // nor for one whose 95 % interval is no wider than this
} LeagueMeasure;

// Plays the newest member of a kind against the others of that kind and books what they scored.
SimStatus league_population_measure(LeaguePopulation *population, LeagueMemberKind kind,
                                    const LeagueMeasure *measure, SimError *err);
// weight[i] of the members of that kind as the solver wants it, from their results among each
// other; the weights of other members stay.
SimStatus league_population_solve(double weight[LEAGUE_POPULATION_MAX],
                                  const LeaguePopulation *population, LeagueMemberKind kind,
                                  LeagueSolver solver, SimError *err);

// Both, as after a member has joined: results are measured only where the solver reads them.
SimStatus league_population_update(double weight[LEAGUE_POPULATION_MAX],
                                   LeaguePopulation *population, LeagueMemberKind kind,
                                   LeagueSolver solver, const LeagueMeasure *measure,
                                   SimError *err);

#endif  // HCSP_LEAGUE_MEASURE_H_
