// Whom a learner meets while its population grows, and when a best response to it is done: the same
// for strategies over skills and for flat policies.
#ifndef HCSP_LEAGUE_SCHEDULE_H_
#define HCSP_LEAGUE_SCHEDULE_H_

#include "hcsp/env/opponent.h"
#include "hcsp/league/population.h"
#include "policies/team.h"

// ---- opponents

enum {
  // number of the first opponent of the external team; 0 is the learner itself, then the members
  LEAGUE_FIRST_GUEST = LEAGUE_POPULATION_MAX + 1,
};

// Shares of the points.
typedef struct LeagueShares {
  double self, snapshot, exploiter, rule;
  double eval;      // against rules where `rule` is 0: counted and not learnt from
  double external;  // against the external team
  double pfsp_exponent;
} LeagueShares;

typedef struct LeagueSchedule {
  const LeaguePopulation *population;
  LeagueShares shares;
  // [members]: the meta-strategy by which members are met; NULL: snapshots and exploiters, those
  // more that win more
  const double *weight;
  const LeagueScore *seen;  // [1 + members]: the learner's recent points; NULL: none
  const PolTeam *guest;     // the external team, or NULL
} LeagueSchedule;

// Fills opponent and returns how many there are. What no member takes goes to the learner itself.
int league_schedule_opponents(EnvOpponent opponent[ENV_OPPONENTS_MAX],
                              const LeagueSchedule *schedule);

// ---- best responses that follow one another

// The one in progress (the oracle of PSRO); plain numbers of a checkpoint.
typedef struct LeagueOracle {
  int64_t done;         // until now
  int64_t start;        // timesteps when the one in progress began
  LeagueScore score;    // its points
  double best;          // its highest win rate,
  int64_t best_update;  //   and when
} LeagueOracle;

typedef struct LeagueStop {
  double share;         // timesteps of a response
  double budget;        // and of the run: at its end a response is done that has had
  double share_min;     //   this part of its share; infinite: none is
  double rate, points;  // it is done when its win rate is surely above that, after so many points
  double share_points;  //   and this part of its share
  double plateau_updates;  // or when its win rate has not risen for so many; infinite: it may stay
} LeagueStop;

void league_oracle_begin(LeagueOracle *response, int64_t timesteps, int64_t update);
// Adds points of an update against the members that have weight.
void league_oracle_count(LeagueOracle *response, const EnvMatchup *matchup, const double *weight,
                         int members);
// Why the response is done, after an update; NULL while it is not.
const char *league_oracle_over(LeagueOracle *response, const LeagueStop *stop, int64_t timesteps,
                               int64_t update);

#endif  // HCSP_LEAGUE_SCHEDULE_H_
