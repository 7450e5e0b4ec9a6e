// Best responses to targets: from nothing, and warm from several members of the target, by several
// seeds, each kept after several budgets. A response learns with settings of its own (the key
// `response` of configs/strategy). With a folder they are kept as policy files; what is found there
// is not trained again.
#ifndef HCSP_STAGES_STRATEGY_RESPONSES_H_
#define HCSP_STAGES_STRATEGY_RESPONSES_H_

#include "hcsp/stages/strategy/learner.h"

enum { HCSP_BUDGETS_MAX = 8, HCSP_RESPONSE_SEEDS_MAX = 32 };

// Where an opponent of a target comes from.
typedef enum HcspFrom {
  HCSP_FROM_NOTHING,  // trained from drawn weights
  HCSP_FROM_WARM,     // trained from a member of the target
  HCSP_FROM_ARGMAX,   // the target itself, each member taking its likeliest option
  HCSP_FROM_RULE,
} HcspFrom;

// What is exploited: a mixture that plays with the skills and options of its team.
typedef struct HcspTarget {
  const char *name;
  const PolTeam *team;
  HcspPlayer player;
} HcspTarget;

typedef struct HcspResponsePlan {
  const HcspGame *game;              // as for HcspMatchesOptions
  const HcspStrategyConfig *config;  // of the responses
  const SimModel *model;             // on which they learn
  const SimRules *rules;
  const HcspTarget *target;  // [targets]
  int targets;
  int64_t budget[HCSP_BUDGETS_MAX];  // rising; a response is one run to the last of them
  int budgets;                       // 0: none are trained
  int seeds;                         // of each start; seed k is warm from the k-th likeliest member
  bool warm_only;                    // nothing is trained from nothing where there is a member
  uint64_t seed;
  int threads;
  const char *keep;  // folder of the files; NULL: none are kept
  bool progress;     // told on stderr
} HcspResponsePlan;

typedef struct HcspResponse {
  int target;  // number of the one it was trained against
  HcspFrom from;
  int seed;  // 1 to plan->seeds
  int64_t budget;
  PolFile *file;
} HcspResponse;

typedef struct HcspResponses {
  int n;
  HcspResponse *response;  // [n], by target, seed, start, budget
} HcspResponses;

// Trains or finds every response of the plan. SIM_INTERRUPTED after Ctrl-C; what was finished is
// kept. Free them even when this fails.
SimStatus hcsp_responses_train(HcspResponses *responses, const HcspResponsePlan *plan,
                               SimError *err);
void hcsp_responses_free(HcspResponses *responses);

// Number of the k-th likeliest member (k from 0) that is a network, those of one weight in their
// order; from the first again beyond the last. -1: the target has no network.
int hcsp_likely_member(const HcspPlayer *player, int k);
// Hash of everything that a response to the target depends on and that is not in the configuration.
uint64_t hcsp_target_hash(const HcspTarget *target, const SimRules *rules);

#endif  // HCSP_STAGES_STRATEGY_RESPONSES_H_
