// Best responses to targets: from nothing, and warm from several members of the target, by several
// seeds, each kept after several budgets. A response learns with settings of its own (the key
// `response` of configs/strategy). With a folder they are kept as policy files; what is found there
// is not trained again.
#ifndef HCSP_RECIPES_STRATEGY_RESPONSES_H_
#define HCSP_RECIPES_STRATEGY_RESPONSES_H_

#include "hcsp/recipes/strategy/learner.h"

enum { STRATEGY_BUDGETS_MAX = 8, STRATEGY_RESPONSE_SEEDS_MAX = 32 };

// Where an opponent of a target comes from.
typedef enum StrategyFrom {
  STRATEGY_FROM_NOTHING,  // trained from drawn weights
  STRATEGY_FROM_WARM,     // trained from a member of the target
  STRATEGY_FROM_ARGMAX,   // the target itself, each member taking its likeliest option
  STRATEGY_FROM_RULE,
} StrategyFrom;

// What is exploited: a mixture that plays with the skills and options of its team.
typedef struct StrategyTarget {
  const char *name;
  const PolTeam *team;
  LeaguePlayer player;
} StrategyTarget;

typedef struct StrategyResponsePlan {
  const EnvGame *game;           // as for EnvMatchOptions
  const StrategyConfig *config;  // of the responses
  const SimModel *model;         // on which they learn
  const SimRules *rules;
  const StrategyTarget *target;  // [targets]
  int targets;
  int64_t budget[STRATEGY_BUDGETS_MAX];  // rising; a response is one run to the last of them
  int budgets;                           // 0: none are trained
  int seeds;       // of each start; seed k is warm from the k-th likeliest member
  bool warm_only;  // nothing is trained from nothing where there is a member
  uint64_t seed;
  int threads;
  const char *keep;  // folder of the files; NULL: none are kept
  bool progress;     // told on stderr
} StrategyResponsePlan;

typedef struct StrategyResponse {
  int target;  // number of the one it was trained against
  StrategyFrom from;
  int seed;  // 1 to plan->seeds
  int64_t budget;
  PolFile *file;
} StrategyResponse;

typedef struct StrategyResponses {
  int n;
  StrategyResponse *response;  // [n], by target, seed, start, budget
} StrategyResponses;

// Trains or finds every response of the plan. SIM_INTERRUPTED after Ctrl-C; what was finished is
// kept. Free them even when this fails.
SimStatus strategy_responses_train(StrategyResponses *responses, const StrategyResponsePlan *plan,
                                   SimError *err);
void strategy_responses_free(StrategyResponses *responses);

// Number of the k-th likeliest member (k from 0) that is a network, those of one weight in their
// order; from the first again beyond the last. -1: the target has no network.
int strategy_likely_member(const LeaguePlayer *player, int k);
// Hash of everything that a response to the target depends on and that is not in the configuration.
uint64_t strategy_target_hash(const StrategyTarget *target, const SimRules *rules);

#endif  // HCSP_RECIPES_STRATEGY_RESPONSES_H_
