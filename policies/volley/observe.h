// volley230, the layout of strategies over a volley table: the court as court128 shows it, which
// touch is next, what the plan is, and for every option of the head that chooses now what its
// candidate would take. Team frame, and in it the frame of frame.h: all that is of drones, of left
// and right and of options stands in its order.
#ifndef POLICIES_VOLLEY_OBSERVE_H_
#define POLICIES_VOLLEY_OBSERVE_H_

#include "policies/situation.h"
#include "policies/volley/frame.h"

// Columns.
enum {
  POL_VOLLEY_TURN = 112,        // one-hot of PolTurn, behind the columns of pol_court_common
  POL_VOLLEY_STRIKER = 117,     // one-hot of who strikes
  POL_VOLLEY_PLACES = 120,      // x / 4 m, y / 4 m of where each waits
  POL_VOLLEY_SHAPE = 126,       // one-hot of the shape in force
  POL_VOLLEY_SHAPES = 8,        // later ones are not told apart
  POL_VOLLEY_CANDIDATES = 134,  // of option k: legal, effort / 10 m/s2, load
  POL_VOLLEY_FEATURES = 3,
  POL_VOLLEY_SIZE = POL_VOLLEY_CANDIDATES + POL_VOLLEY_FEATURES * POL_OPTIONS_MAX,
};

// memory as it was before the decision that the row is for. The load of a candidate that stays on
// the own half is that of who follows, as a share of what is within reach; of one that goes over,
// what it takes the nearest opponent to be where it comes down, / 10 m/s2. Options without a
// candidate, and all of them when a serve or a shape is chosen, are zero; efforts and loads are at
// most 2.
void pol_volley_observe(float out[POL_VOLLEY_SIZE], const PolFrame *frame,
                        const PolOptions *options, const PolMemory *memory, const SimState *state,
                        SimTeam team);

#endif  // POLICIES_VOLLEY_OBSERVE_H_
