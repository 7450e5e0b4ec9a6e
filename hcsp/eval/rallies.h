// Plays numbered rallies of two teams on a batch of matches: each match takes the next rally when
// its own is over, so that all cores stay busy. Rally i depends on (seed, i) alone.
#ifndef HCSP_EVAL_RALLIES_H_
#define HCSP_EVAL_RALLIES_H_

#include <stdbool.h>
#include <stdint.h>

#include "hcsp/eval/rally_tally.h"
#include "hcsp/eval/tactics.h"
#include "policies/play.h"

// Who wants to see every step; called from the calling thread, in match order.
typedef SimStatus EvalWatchFn(void *arg, int match, const PolPlay *play, SimError *err);
typedef struct EvalWatcher {
  void *arg;
  // state is the start of the rally
  EvalWatchFn *start;
  // state is the one after the step; the referee tells when it was the last
  EvalWatchFn *step;
} EvalWatcher;

typedef struct EvalRalliesOptions {
  const SimModel *model;
  const PolTeam *near, *far;
  const SimRules *rules;
  PolServer server;  // by default as the rally's number draws it
  uint64_t seed;
  int rallies, threads;
  bool progress;               // show a progress line
  const EvalWatcher *watcher;  // may be NULL
  EvalTactics *tactics;        // gets what rallies 0..*played-1 add; may be NULL
  bool person[SIM_TEAMS];      // decides for a side besides its strategies: for the log
  PolNonfinite *nonfinite;     // gets outputs that were not finite; NULL: they are warned of
  bool split;                  // ranks share them; a watcher then sees what its rank plays
} EvalRalliesOptions;

// Plays rallies 0..n-1 to their ends and fills result[n], by rally number. SIM_INTERRUPTED after
// run_interrupted() became true: rallies 0..*played-1 have then all ended and are in result and in
// tactics. Of the others, which have winner SIM_PLAYING, the short ones had ended, too: with them,
// figures would be biased. Of shared ones none are then there.
SimStatus eval_rallies_play(EvalRally *result, int *played, const EvalRalliesOptions *options,
                            SimError *err);

#endif  // HCSP_EVAL_RALLIES_H_
