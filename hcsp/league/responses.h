// Best responses to targets: from nothing, and warm from several members of the target, by several
// seeds, each kept after several budgets. A response learns with settings of its own (the key
// `response` of configs/strategy). With a folder they are kept as policy files; what is found there
// is not trained again.
#ifndef HCSP_LEAGUE_RESPONSES_H_
#define HCSP_LEAGUE_RESPONSES_H_

#include "hcsp/league/learner.h"

enum { LEAGUE_BUDGETS_MAX = 8, LEAGUE_RESPONSE_SEEDS_MAX = 32 };

// Where an opponent of a target comes from.
typedef enum LeagueFrom {
  LEAGUE_FROM_NOTHING,  // trained from drawn weights
  LEAGUE_FROM_WARM,     // trained from a member of the target
  LEAGUE_FROM_ARGMAX,   // the target itself, each member taking its likeliest option
  LEAGUE_FROM_RULE,
} LeagueFrom;

// What is exploited: a mixture that plays with the skills and options of its team.
typedef struct LeagueTarget {
  const char *name;
  const PolTeam *team;
  LeaguePlayer player;
} LeagueTarget;

typedef struct LeagueResponsePlan {
  const EnvGame *game;           // as for EnvMatchOptions
  const StrategyConfig *config;  // of the responses
  const SimModel *model;         // on which they learn
  const SimRules *rules;
  const LeagueTarget *target;  // [targets]
  int targets;
  int64_t budget[LEAGUE_BUDGETS_MAX];  // rising; a response is one run to the last of them
  int budgets;                         // 0: none are trained
  int seeds;       // of each start; seed k is warm from the k-th likeliest member
  bool warm_only;  // nothing is trained from nothing where there is a member
  uint64_t seed;
  int threads;
  const char *keep;  // folder of the files; NULL: none are kept
  bool progress;     // told on stderr
} LeagueResponsePlan;

typedef struct LeagueResponse {
  int target;  // number of the one it was trained against
  LeagueFrom from;
  int seed;  // 1 to plan->seeds
  int64_t budget;
  PolFile *file;
} LeagueResponse;

typedef struct LeagueResponses {
  int n;
  LeagueResponse *response;  // [n], by target, seed, start, budget
} LeagueResponses;

// Trains or finds every response of the plan. SIM_INTERRUPTED after Ctrl-C; what was finished is
// kept. Free them even when this fails.
SimStatus league_responses_train(LeagueResponses *responses, const LeagueResponsePlan *plan,
                                 SimError *err);
void league_responses_free(LeagueResponses *responses);

// The mixture of a team that has a strategy.
LeaguePlayer league_team_player(const PolTeam *team);
// Number of the k-th likeliest member (k from 0) that is a network, those of one weight in their
// order; from the first again beyond the last. -1: the target has no network.
int league_likely_member(const LeaguePlayer *player, int k);
// Hash of everything that a response to the target depends on and that is not in the configuration.
uint64_t league_target_hash(const LeagueTarget *target, const SimRules *rules);

#endif  // HCSP_LEAGUE_RESPONSES_H_
