// A strategy that learns: networks, matches against rivals, the book of its decisions.
#ifndef HCSP_STAGES_STRATEGY_LEARNER_H_
#define HCSP_STAGES_STRATEGY_LEARNER_H_

#include "hcsp/league/arena.h"
#include "hcsp/league/matches.h"
#include "hcsp/league/population.h"
#include "hcsp/learn/ppo.h"
#include "hcsp/run/checkpoint.h"
#include "hcsp/stages/strategy/config.h"
#include "sim/base/log.h"

typedef struct HcspLearnerOptions {
  const HcspGame *game;  // NULL: volleyball
  const HcspStrategyConfig *config;
  const SimModel *model;
  const PolTeam *team;  // skills and options
  const SimRules *rules;
  int threads;
  const char *device;  // for krn_device_open
  uint64_t seed;
  const PolFile *start;  // network to start from, NULL: drawn
  const PolTeam *guest;  // as for HcspMatchesOptions, like the next two
  HcspStrikes *strikes;
  bool strict;
  SimProgress *progress;  // of best responses, told on stderr; NULL: not told
  double before;          // decisions of that progress before this one
} HcspLearnerOptions;

typedef struct HcspLearner {
  HcspLearnerOptions options;
  KrnDevice *device;
  HcspPpo *ppo;
  PolFile file;          // what it would be stored as; the network is the actor's host copy
  PolStrategy strategy;  // as it plays
  HcspMatches *matches;
  HcspDecisions *book;
  float *advantage, *wanted;
  int64_t decisions;
} HcspLearner;

// NULL and err without memory, or when options->start does not fit the team's table.
HcspLearner *hcsp_learner_create(const HcspLearnerOptions *options, SimError *err);
void hcsp_learner_destroy(HcspLearner *learner);  // NULL is fine

// The two halves of an update: play until there is a batch, or until a skill that learns, too, has
// its own; then learn from what is stored, which is at least one decision.
SimStatus hcsp_learner_collect(HcspLearner *learner, SimError *err);
SimStatus hcsp_learner_learn(HcspPpoFigures *figures, HcspLearner *learner, double done,
                             SimError *err);
// One batch and one update. done = share of the budget that was spent before it.
SimStatus hcsp_learner_update(HcspPpoFigures *figures, HcspLearner *learner, double done,
                              SimError *err);

// Everything that goes on, as named arrays; free with hcsp_learner_blobs_free. Returns their
// number, 0 without memory.
enum { HCSP_LEARNER_BLOBS = 16 };
int hcsp_learner_blobs(HcspBlob blob[HCSP_LEARNER_BLOBS], HcspLearner *learner);
void hcsp_learner_blobs_free(HcspBlob blob[HCSP_LEARNER_BLOBS], int n);
// Back; the rivals have been set. Iterations and steps of the optimiser are read, too.
SimStatus hcsp_learner_restore(HcspLearner *learner, const HcspCheckpoint *file, SimError *err);

// Trains a best response to target, from options->start or from nothing, for budget[n - 1]
// decisions. file[n] are the caller's: what it was after each budget, which rise; the learning rate
// falls towards the last. *late: its points of the last half of the training.
SimStatus hcsp_best_response(PolFile **file, HcspScore *late, const HcspLearnerOptions *options,
                             const HcspPlayer *target, const int64_t *budget, int n, SimError *err);

#endif  // HCSP_STAGES_STRATEGY_LEARNER_H_
