// Matches of play that fly on a GPU while nobody is to decide (match_resident.h), step by step as
// the processor would have played them.
//
// The device goes MATCH_AHEAD_SPAN control steps ahead of what has been asked for. A match that it
// parks on its way, because a strategy is to decide, drones are near or the rally is over, is the
// processor's from that step to the end of the span, and goes back when the next begins. Whoever
// wants all matches at one step before that has them fly again from the span's start.
#ifndef HCSP_ENV_MATCH_AHEAD_H_
#define HCSP_ENV_MATCH_AHEAD_H_

#include "policies/play.h"

enum { MATCH_AHEAD_SPAN = 8 };

typedef struct MatchAhead MatchAhead;

// Why matches with these options cannot fly on options->device; NULL: they can. Rallies in which a
// guest sits whose skills cannot stay the processor's.
const char *match_ahead_why_not(const PolPlayOptions *options, const SimModel *model,
                                const PolTeam *team);
// play is the caller's, made with the options but without the device, both sides being `team`'s.
// NULL and err without memory.
MatchAhead *match_ahead_create(PolPlay *play, const PolPlayOptions *options, const SimModel *model,
                               const PolTeam *team, SimError *err);
void match_ahead_destroy(MatchAhead *ahead);  // NULL is fine

// The skills' weights may have changed; between settle and the next step.
SimStatus match_ahead_refresh(MatchAhead *ahead, SimError *err);
// One control step of all matches.
SimStatus match_ahead_step(MatchAhead *ahead, SimError *err);
// The matches that are in play as the last step has left them, in their order; all the others have
// flown, nothing else has happened in them, and play knows no more of them.
const int *match_ahead_here(int *n, const MatchAhead *ahead);
// All of them are in play, as the last step has left them.
SimStatus match_ahead_settle(MatchAhead *ahead, SimError *err);

// Steps of matches so far.
typedef struct MatchAheadCount {
  double there, here;  // on the device, on the processor
  double vain;         // on the device, beyond what was asked for, and taken back
} MatchAheadCount;
MatchAheadCount match_ahead_count(const MatchAhead *ahead);

#endif  // HCSP_ENV_MATCH_AHEAD_H_
