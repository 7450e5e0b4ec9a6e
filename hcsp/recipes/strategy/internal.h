// What the parts of a strategy's training share (trainer.c): the loop (strategy.c), its checkpoints
// (store.c), and what is deployed and told in the end (result.c).
#ifndef HCSP_RECIPES_STRATEGY_INTERNAL_H_
#define HCSP_RECIPES_STRATEGY_INTERNAL_H_

#include "hcsp/league/exploit.h"
#include "hcsp/league/learner.h"
#include "hcsp/league/measure.h"
#include "hcsp/league/schedule.h"
#include "hcsp/recipes/strategy/strategy.h"
#include "hcsp/train/engine.h"

// Columns of the history, one row an update.
typedef enum StrategyCurve {
  STRATEGY_CURVE_DECISIONS,
  STRATEGY_CURVE_SECONDS,  // CPU
  STRATEGY_CURVE_ENTROPY,
  STRATEGY_CURVE_KL,
  STRATEGY_CURVE_EXPLAINED,
  STRATEGY_CURVE_HITS,   // legal touches a rally
  STRATEGY_CURVE_DRAWS,  // share of the rallies
  STRATEGY_CURVE_BOT,  // win rates against rule strategies, bot_plus or bot_volley here, NaN where
                       // not met
  STRATEGY_CURVE_RANDOM,
  STRATEGY_CURVE_SNAPSHOTS,  // and against all snapshots met
  STRATEGY_CURVE_POOL,
  STRATEGY_CURVES,
} StrategyCurve;
extern const char *const STRATEGY_CURVE_NAMES[STRATEGY_CURVES];

// Plain numbers that a checkpoint holds besides networks and matches.
typedef struct StrategyProgress {
  double steps;  // control steps of all matches
  LeagueOracle response;
  int64_t exploiters;                   // done
  int64_t snapshots;                    // taken
  LeagueScore seen[ENV_OPPONENTS_MAX];  // the learner's recent points against each opponent, fading
  EnvOptionStats shares;                // recent, fading
  double late[3];                       // legal touches, rallies, draws; recent, fading
} StrategyProgress;

// The meta-strategy that was played against from some update on.
typedef struct StrategyMeta {
  int64_t decisions;
  int n;  // members at that time
  float weight[LEAGUE_POPULATION_MAX];
} StrategyMeta;

typedef struct StrategyTrainer {
  const StrategyTraining *t;
  StrategyConfig response;  // with which best responses learn
  PolTeam *team;
  PolTeam *guest;        // a team to be met, too, or NULL
  PolStrategy rule;      // that is imitated first, if one is
  PolFile *start;        // the network to go on from, or NULL
  PolNet *start_critic;  // of its learner, or NULL
  PolNet *critic;        // of the team's hover, for Stage III; NULL when the team has none
  TrainEngine engine;
  LeaguePopulation *population;
  LeagueLearner *learner;
  TrainSession session;
  StrategyProgress *progress;
  double
      weight[LEAGUE_POPULATION_MAX];  // meta-strategy over the members, for the algorithms with one
  StrategyMeta *meta;
  int metas;
  json_t *deployed;  // in the end: the mixture and what it was chosen by
} StrategyTrainer;

enum {
  STRATEGY_CANDIDATES = 3,
  STRATEGY_PROBE_FINAL =
      4,  // points on which the worst is measured again, of those it is chosen on
};

// A mixture that might be deployed, and what was found against it.
typedef struct StrategyCandidate {
  char name[48];
  LeaguePlayer mixture;
  LeagueExploit probe;
} StrategyCandidate;

// What was deployed, and among what it was chosen.
typedef struct StrategyChoice {
  StrategyCandidate candidate[STRATEGY_CANDIDATES];
  int n, chosen;
  PolTeam *team;  // as it lies in the run folder
} StrategyChoice;

// A meta-solver is at work, and best responses follow one another.
bool strategy_trainer_responds(const StrategyTrainer *trainer);
LeagueTournament strategy_trainer_tournament(const StrategyTrainer *trainer, uint64_t purpose);
LeagueLearnerOptions strategy_trainer_response_options(const StrategyTrainer *trainer,
                                                       uint64_t purpose);
// Sets the opponents of the matches from now on.
void strategy_trainer_set_opponents(StrategyTrainer *trainer);
// Notes the current meta-strategy.
void strategy_trainer_note_meta(StrategyTrainer *trainer);

// The newest config->late_share of the snapshots, at most config->mixture_max, evenly
LeaguePlayer strategy_late_mixture(const StrategyTrainer *trainer);
LeaguePlayer strategy_early_mixture(const StrategyTrainer *trainer);  // the same of the others

// store.c, for the session
void strategy_trainer_serialize(void *trainer, RunArchive *archive);

// result.c: writes the networks of the mixture and the team file.
SimStatus strategy_deploy(const StrategyTrainer *trainer, const LeaguePlayer *mixture,
                          SimError *err);
// Chooses the mixture, deploys it and writes the report.
SimStatus strategy_conclude(void *trainer, SimError *err);

#endif  // HCSP_RECIPES_STRATEGY_INTERNAL_H_
