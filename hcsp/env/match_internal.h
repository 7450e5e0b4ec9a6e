// What the parts of match_env.h share: rallies and what is told of them (match_env.c), and the
// environment whose caller chooses (match_choices.c).
#ifndef HCSP_ENV_MATCH_INTERNAL_H_
#define HCSP_ENV_MATCH_INTERNAL_H_

#include "hcsp/env/match_env.h"
#include "hcsp/env/match_tape.h"

enum { NO_STRIKE = 255 };

// What is remembered of a match besides its play; plain numbers.
typedef struct Table {
  uint32_t rallies;           // started so far
  int32_t rival;              // whom the learner meets
  uint8_t learns[SIM_TEAMS];  // sides that the learner plays
  uint8_t watched;            // nothing is learnt
  uint8_t held;               // the rival plays with a handicap
  uint8_t head[SIM_TEAMS];    // the last strike of each side
  uint8_t option[SIM_TEAMS];
} Table;

// Counts, in one piece for checkpoints.
typedef struct Counts {
  EnvMatchup meeting[ENV_OPPONENTS_MAX];
  EnvOptionStats shares;
  double steps;
} Counts;

struct EnvMatch {
  EnvMatchOptions options;
  const EnvGame *game;
  void *play;                 // of the game
  const char *why_not_ahead;  // its matches do not live on a device; NULL: they do
  Table *table;               // [matches]
  int *ids;                   // [matches], all of them
  int *running;               // [matches], of the caller's step in progress
  EnvOpponent rival[ENV_OPPONENTS_MAX];
  int rivals;
  double handicap;
  Counts *counts;
  // of a caller who decides, [2 * matches]
  PolStrategy *caller;
  uint8_t (*choice)[POL_HEADS_MAX];
  const EnvResult *result;  // of its step in progress
  // decisions of the learner in this step
  int asked;
  int *asked_row;  // [2 * matches]
  int inputs;
  float *obs;  // [2 * matches][inputs]
  float *logits, *scratch;
  // With other ranks that follow the same training, each plays a part of the matches, once they
  // have been timed; the others' are out of date here.
  int timed;
  double alone;     // s, the shortest step of all matches
  MatchTape *tape;  // NULL: not shared
  int first, end;   // of this rank
};

// One control step of the matches ids[n]; what is over starts again.
SimStatus env_match_step(EnvMatch *m, const EnvRecorder *to, const int *ids, int n, SimError *err);
// Starts the rallies that have not been started yet, or all of them.
void env_match_start(EnvMatch *m, bool all);

#endif  // HCSP_ENV_MATCH_INTERNAL_H_
