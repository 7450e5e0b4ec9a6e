// What the parts of a flat policy's training share: what it does in the loop and stores (flat.c),
// and what is deployed and told (result.c).
#ifndef HCSP_RECIPES_FLAT_INTERNAL_H_
#define HCSP_RECIPES_FLAT_INTERNAL_H_

#include "hcsp/league/measure.h"
#include "hcsp/league/schedule.h"
#include "hcsp/recipes/flat/flat.h"
#include "hcsp/recipes/flat/learner.h"
#include "hcsp/train/engine.h"

// Columns of the history, one row an update.
typedef enum FlatCurve {
  FLAT_CURVE_DECISIONS,
  FLAT_CURVE_STEPS,    // control steps of all matches
  FLAT_CURVE_SECONDS,  // CPU
  FLAT_CURVE_POOL,
  FLAT_CURVE_RESPONSE,  // win rate of the response in progress
  FLAT_CURVE_LENGTH,    // s, of a rally
  FLAT_CURVE_HITS,      // legal touches a rally
  FLAT_CURVE_LEGAL,     // shares of the serves
  FLAT_CURVE_OVER,
  FLAT_CURVE_RECEIVED,  // shares of the balls that come over
  FLAT_CURVE_RETURNED,
  FLAT_CURVE_STD,
  FLAT_CURVE_KL,
  FLAT_CURVE_EXPLAINED,
  FLAT_CURVES,
} FlatCurve;
extern const char *const FLAT_CURVE_NAMES[FLAT_CURVES];

// Plain numbers that a checkpoint holds besides networks and rallies.
typedef struct FlatProgress {
  LeagueOracle response;  // policies that are done are members of the population
  // recent, fading
  double late[3];  // rallies, hits, steps
  TaskDeeds deeds;
} FlatProgress;

typedef struct FlatTrainer {
  const FlatTraining *t;
  TrainEngine engine;
  LeaguePopulation *population;
  FlatLearner *learner;
  TrainSession session;
  FlatProgress *progress;
  double weight[LEAGUE_POPULATION_MAX];  // meta-strategy over the members
} FlatTrainer;

// Best responses follow one another.
bool flat_responds(const FlatTrainer *trainer);
// result.c, also for the session: writes the current policies and the team file
SimStatus flat_deploy(void *trainer, SimError *err);
// Deploys and has it told how it went.
SimStatus flat_conclude(void *trainer, SimError *err);

#endif  // HCSP_RECIPES_FLAT_INTERNAL_H_
