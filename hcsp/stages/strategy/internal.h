// What the parts of a strategy's training share (trainer.c): the loop (strategy.c), its checkpoints
// (store.c), and what is deployed and told in the end (result.c).
#ifndef HCSP_STAGES_STRATEGY_INTERNAL_H_
#define HCSP_STAGES_STRATEGY_INTERNAL_H_

#include "hcsp/league/measure.h"
#include "hcsp/stages/strategy/learner.h"
#include "hcsp/stages/strategy/strategy.h"

enum {
  HCSP_MEMBERS_HERE = HCSP_POPULATION_MAX,
  // number of the first rival that is a guest; 0 is the learner itself, then the members
  HCSP_FIRST_GUEST = HCSP_MEMBERS_HERE + 1,
};

// Columns of the history, one row an update.
typedef enum HcspCurve {
  HCSP_CURVE_DECISIONS,
  HCSP_CURVE_SECONDS,  // CPU
  HCSP_CURVE_ENTROPY,
  HCSP_CURVE_KL,
  HCSP_CURVE_EXPLAINED,
  HCSP_CURVE_HITS,   // legal touches a rally
  HCSP_CURVE_DRAWS,  // share of the rallies
  HCSP_CURVE_BOT,    // win rates against rule strategies, NaN where not met
  HCSP_CURVE_RANDOM,
  HCSP_CURVE_SNAPSHOTS,  // and against all snapshots met
  HCSP_CURVE_POOL,
  HCSP_CURVES,
} HcspCurve;
const char *hcsp_curve_name(HcspCurve curve);

// Plain numbers that a checkpoint holds besides networks and matches.
typedef struct HcspProgress {
  double seconds;                   // CPU spent
  double steps;                     // control steps of all matches
  double best;                      // of the response in progress: highest smoothed win rate,
  int64_t best_update;              //   and when
  int64_t response_start;           // decisions when it began
  HcspScore response;               // its points
  int64_t responses;                // best responses done
  int64_t exploiters;               // done
  int64_t snapshots;                // taken
  HcspScore seen[HCSP_RIVALS_MAX];  // the learner's recent points against each rival, fading
  HcspShares shares;                // recent, fading
  double late[3];                   // legal touches, rallies, draws; recent, fading
} HcspProgress;

// The meta-strategy that was played against from some update on.
typedef struct HcspMeta {
  int64_t decisions;
  int n;  // members at that time
  float weight[HCSP_MEMBERS_HERE];
} HcspMeta;

typedef struct HcspTrainer {
  const HcspStrategyTraining *t;
  HcspStrategyConfig response;  // with which best responses learn
  PolTeam *team;
  PolTeam *guest;  // a team to be met, too, or NULL
  PolFile *start;  // the network to go on from, or NULL
  PolNet *critic;  // of the team's hover, for Stage III; NULL when the team has none
  SimModel *model;
  const SimRules *rules;
  HcspPopulation *population;
  HcspLearner *learner;
  HcspSession session;
  HcspProgress *progress;
  double weight[HCSP_MEMBERS_HERE];  // meta-strategy over the members, for the algorithms with one
  double (*history)[HCSP_CURVES];
  int histories, history_room;
  HcspMeta *meta;
  int metas;
  json_t *deployed;  // in the end: the mixture and what it was chosen by
  double cpu;        // process clock when `seconds` was last brought up to date
} HcspTrainer;

// A meta-solver is at work, and best responses follow one another.
bool hcsp_trainer_responds(const HcspTrainer *trainer);
HcspArena hcsp_trainer_arena(const HcspTrainer *trainer, uint64_t purpose);
HcspLearnerOptions hcsp_trainer_response_options(const HcspTrainer *trainer, uint64_t purpose);
// Tells the matches whom they may meet from now on.
void hcsp_trainer_set_rivals(HcspTrainer *trainer);
// Notes the meta-strategy in force.
SimStatus hcsp_trainer_note_meta(HcspTrainer *trainer, SimError *err);

// The newer half of the snapshots, at most config->mixture_max, evenly
HcspPlayer hcsp_late_mixture(const HcspTrainer *trainer);
HcspPlayer hcsp_early_mixture(const HcspTrainer *trainer);  // the same of the older half

// store.c
SimStatus hcsp_trainer_store(void *trainer, bool complete, SimError *err);
SimStatus hcsp_trainer_restore(void *trainer, bool *complete, SimError *err);

// result.c: writes the networks of the mixture and the team file.
SimStatus hcsp_deploy(const HcspTrainer *trainer, const HcspPlayer *mixture, SimError *err);
// Chooses the mixture, deploys it and writes the report.
SimStatus hcsp_conclude(HcspTrainer *trainer, SimError *err);

#endif  // HCSP_STAGES_STRATEGY_INTERNAL_H_
