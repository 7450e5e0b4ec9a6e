// court128, our own layout for strategies: strategy100 scaled to order 1 and with fresh flags, and
// what that layout keeps from its readers. Team frame; a court mirrored between the teams gives
// both the same rows (sim/README.md 6.3).
#ifndef POLICIES_COURT_H_
#define POLICIES_COURT_H_

#include "policies/situation.h"

// Columns behind the first hundred.
enum {
  POL_COURT_HAPPENED =
      100,                  // new rally; own passer, setter, attacker touched; theirs; ball crossed
  POL_COURT_SECONDS = 108,  // since the start, / 20 s
  POL_COURT_LANDING = 109,  // predicted x / 6 m, y / 4 m, time until then / 1.5 s
  POL_COURT_WAIT = 112,     // k-th goto option of the passer in force
  POL_COURT_ATTACK = 120,   // k-th strike option of the attacker in force
  POL_COURT_SIZE = 128,
  POL_COURT_KINDS_MAX = 8,
};

// The first 112 columns, which need no memory and no table.
void pol_court_common(float out[POL_COURT_WAIT], const SimState *state, SimTeam team);
// memory as it was before the decision that the row is for.
void pol_court_observe(float out[POL_COURT_SIZE], const PolOptions *options,
                       const PolMemory *memory, const SimState *state, SimTeam team);
// True when the table has no more waiting places and attacks than the layout has columns.
bool pol_court_fits(const PolOptions *options);

#endif  // POLICIES_COURT_H_
