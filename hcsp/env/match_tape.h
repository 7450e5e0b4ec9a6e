// What a part of the matches has told in one control step, kept until the ranks of a job
// (hcsp/fleet) that have the other parts are done with it, and then told to everybody's recorder in
// the order in which one process would have told it.
#ifndef HCSP_ENV_MATCH_TAPE_H_
#define HCSP_ENV_MATCH_TAPE_H_

#include "hcsp/env/match_env.h"

typedef struct MatchTape {
  int inputs;  // floats of an observation
  // what was decided in the step, and what was paid and ended after that
  char *decided, *followed;
  size_t decided_size, followed_size, room;
  struct FleetBytes *all;  // [ranks], of a step
} MatchTape;

// For a step of so many matches.
MatchTape *match_tape_create(int matches, int inputs);
void match_tape_destroy(MatchTape *tape);  // NULL is fine

// Writes on the tape; `full`, `step` and `finish` are not its business.
EnvRecorder match_tape_recorder(MatchTape *tape);
// Tells what is on the tapes of all ranks, first what was decided, each by rank, and clears this
// one. own: how the step went here; the first failure is everybody's, and nothing is told then.
SimStatus match_tape_tell(const EnvRecorder *to, MatchTape *tape, SimStatus own, SimError *err);

#endif  // HCSP_ENV_MATCH_TAPE_H_
