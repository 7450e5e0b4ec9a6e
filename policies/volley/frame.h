// How a strategy over a volley table sees the court: from the ball's side, and drones by how near
// they are to where the ball will come down instead of by number. A team that stands the other way
// round, or in the mirror, then is the same team to its network, which need not learn it twice:
// what is learnt for one drone and one half holds for all, exactly.
//
// Numbers of options in the frame: a row of the head `first` or `second` that names a drone is that
// of the drone's place in the order, and in the mirror left is right.
#ifndef POLICIES_VOLLEY_FRAME_H_
#define POLICIES_VOLLEY_FRAME_H_

#include "policies/options.h"
#include "sim/world.h"

typedef struct PolFrame {
  bool mirrored;                        // the ball is on the left (y < 0), seen in the mirror
  uint8_t order[SIM_TEAMS][SIM_ROLES];  // of the own team and of theirs: nearest to farthest
} PolFrame;

void pol_frame_find(PolFrame *frame, const SimState *state, SimTeam team);

// The number in the frame of option i of head, and the option of a number in the frame.
int pol_frame_option(const PolFrame *frame, const PolOptions *options, int head, int i);
int pol_frame_option_back(const PolFrame *frame, const PolOptions *options, int head, int number);
// The same of a set of options, one bit each.
uint32_t pol_frame_bits(const PolFrame *frame, const PolOptions *options, int head, uint32_t bits);

#endif  // POLICIES_VOLLEY_FRAME_H_
