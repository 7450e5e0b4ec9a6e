// What a strategy can tell from the state of a match before it decides: what just happened, where
// the ball will land, whose turn it is, and which options are legal.
#ifndef POLICIES_SITUATION_H_
#define POLICIES_SITUATION_H_

#include "policies/options.h"
#include "sim/world.h"

// What a strategy remembers within a rally, per match and team; zero it at reset.
typedef struct PolMemory {
  uint8_t held[POL_HEADS];  // options in force
  uint8_t phase;            // the bot's state
  bool attack_right;        // the bot's coin for the next attack
  bool started;
} PolMemory;

// Legal options, one bit each, after the canonical order of the strategy recipe 4: passer, setter,
// attacker. Never empty.
//   - the drone whose turn it is strikes: the ball is on or coming to the own half, no drone of its
//     team at or after it in the order has touched it, and the ball of an opponent is not about to
//     land more than 0.12 m outside the court
//   - a drone that has touched the ball in this possession hovers
//   - every other drone moves (goto)
//   - the serve head is free for the server before its serve; a head that is not asked, or has no
//     such option, has all bits set
// A passer that the serve phase keeps from playing (spec 5.6) has no turn: the setter has it.
void pol_legal_options(uint32_t legal[POL_HEADS], const PolOptions *options, const SimState *state,
                       SimTeam team);

// Where the ball will come down to 0.3 m, team frame: x, y in m. Exact parabola.
void pol_landing(double out[2], const SimState *state, SimTeam team);
// True while the serve phase of spec 5.6 keeps the team's passer from the ball: the receiver before
// the serve, the server after it, both after the dig until a setter has touched the ball.
bool pol_passer_locked(const SimReferee *ref, SimTeam team);
// What of the state's last events concerns team: the role of its own touch or -1, whether an
// opponent touched, whether the ball changed side.
typedef struct PolHappened {
  int own;  // SimRole or -1
  bool opponent, cross;
} PolHappened;
PolHappened pol_happened(const SimState *state, SimTeam team);

#endif  // POLICIES_SITUATION_H_
