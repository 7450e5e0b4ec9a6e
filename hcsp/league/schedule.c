#include "hcsp/league/schedule.h"

#include <assert.h>
#include <math.h>

#define DOUBT 20.0  // points, half of them lost, that stand for what is not known of an opponent

_Static_assert((int)LEAGUE_FIRST_GUEST + (int)POL_MIXTURE_MAX <= (int)ENV_OPPONENTS_MAX, "guests");

// ---- opponents

// share of the recent points that a member takes from the learner, from one half before any
static double danger(const LeagueSchedule *s, int member) {
  assert(member >= 0 && member < s->population->n);
  const LeagueScore none = {0}, *seen = s->seen ? &s->seen[1 + member] : &none;
  return (seen->losses + seen->draws / 2 + DOUBT / 2) / (league_score_points(seen) + DOUBT);
}

// spreads share over the members of a kind, more to those that win more; what nobody takes is
// returned
static double spread(EnvOpponent *opponent, const LeagueSchedule *s, LeagueMemberKind kind,
                     double share, bool watched) {
  int list[LEAGUE_POPULATION_MAX];
  const int n = league_population_list(list, s->population, kind);
  double sum = 0;
  for (int i = 0; i < n; i++) {
    opponent[1 + list[i]].weight = pow(danger(s, list[i]), s->shares.pfsp_exponent);
    opponent[1 + list[i]].watched = watched;
    sum += opponent[1 + list[i]].weight;
  }
  assert(n == 0 || sum > 0);
  for (int i = 0; i < n; i++) {
    opponent[1 + list[i]].weight *= share / sum;
  }
  return n > 0 ? 0 : share;
}

int league_schedule_opponents(EnvOpponent opponent[ENV_OPPONENTS_MAX], const LeagueSchedule *s) {
  const LeaguePopulation *p = s->population;
  const LeagueShares *shares = &s->shares;
  assert(p->n < LEAGUE_FIRST_GUEST);
  double self = shares->self;
  for (int i = 0; i < ENV_OPPONENTS_MAX; i++) {
    opponent[i] = (EnvOpponent){.strategy = NULL};
  }
  for (int i = 0; i < p->n; i++) {
    opponent[1 + i] = (EnvOpponent){.strategy = &p->member[i]->strategy};
    opponent[1 + i].weight = s->weight ? shares->snapshot * s->weight[i] : 0;
  }
  if (!s->weight) {
    self += spread(opponent, s, LEAGUE_MEMBER_SNAPSHOT, shares->snapshot, false);
    self += spread(opponent, s, LEAGUE_MEMBER_EXPLOITER, shares->exploiter, false);
  }
  opponent[0].weight = self;
  if (shares->rule > 0) {
    opponent[0].weight += spread(opponent, s, LEAGUE_MEMBER_RULE, shares->rule, false);
  } else {
    spread(opponent, s, LEAGUE_MEMBER_RULE, shares->eval, true);
  }
  // guests keep their numbers while the population grows
  for (int i = 0; s->guest && i < s->guest->strategies; i++) {
    opponent[LEAGUE_FIRST_GUEST + i] =
        (EnvOpponent){.strategy = &s->guest->strategy[i],
                      .weight = shares->external * s->guest->weight[i],
                      .guest = true};
  }
  return s->guest ? ENV_OPPONENTS_MAX : 1 + p->n;
}

// ---- best responses

void league_oracle_begin(LeagueOracle *r, int64_t timesteps, int64_t update) {
  *r = (LeagueOracle){.done = r->done, .start = timesteps, .best_update = update};
}

void league_oracle_count(LeagueOracle *r, const EnvMatchup *matchup, const double *weight,
                         int members) {
  for (int i = 0; i < members; i++) {
    if (weight[i] > 0) {
      const LeagueScore score = env_matchup_total(&matchup[1 + i], 1);
      env_score_add(&r->score, &score);
    }
  }
}

const char *league_oracle_over(LeagueOracle *r, const LeagueStop *stop, int64_t timesteps,
                               int64_t update) {
  double low, high;
  const double rate = league_score_win_rate(&low, &high, &r->score);
  const double spent = (double)(timesteps - r->start);
  const bool told = r->score.wins + r->score.losses >= stop->points;
  if (isfinite(rate) && rate > r->best) {
    r->best = rate;
    r->best_update = update;
  }
  if (spent >= stop->share) {
    return "its share of the budget is spent";
  }
  // what is left of the budget is rarely a whole share; one that had too little of it is dropped
  if ((double)timesteps >= stop->budget && spent >= stop->share_min * stop->share) {
    return "the budget is spent";
  }
  if (told && spent >= stop->share_points * stop->share && low >= stop->rate) {
    return "its lower bound has passed the goal";
  }
  if (told && (double)(update - r->best_update) >= stop->plateau_updates) {
    return "its win rate rises no more";
  }
  return NULL;
}
