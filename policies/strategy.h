// A strategy looks at the court at events and picks an option per head. Rule strategies need no
// file (`bot`, `random`); learned ones are policy files.
#ifndef POLICIES_STRATEGY_H_
#define POLICIES_STRATEGY_H_

#include "policies/file.h"
#include "policies/options.h"
#include "sim/referee.h"
#include "sim/world.h"

typedef enum PolStrategyKind { POL_BOT, POL_RANDOM, POL_STRATEGY_NET } PolStrategyKind;

typedef struct PolStrategy {
  PolStrategyKind kind;
  char name[POL_NAME_MAX];
  PolFile *file;  // POL_STRATEGY_NET
  bool sample;    // draw from the heads instead of the arg-max
} PolStrategy;

// What a strategy remembers within a rally, per match and team; zero it at reset.
typedef struct PolMemory {
  uint8_t held[POL_HEADS];  // options in force
  uint8_t phase;            // the bot's state
  bool attack_right;        // the bot's coin for the next attack
  bool started;
} PolMemory;

// Decides for team at an event of state (new rally, legal touch, crossing): fills memory->held.
// scratch: pol_net_scratch floats for networks. Networks see strategy100 with the stale flags; a
// head that their outputs leave out (the serve) takes option 0. Sampled and random choices are
// those of (seed, rally, step, team). Needs options that the strategy fits (pol_strategy_check).
void pol_strategy_decide(PolMemory *memory, const PolStrategy *strategy, const PolOptions *options,
                         const SimState *state, SimTeam team, float *scratch);

// SIM_BAD_INPUT when the strategy cannot decide over options: the bot needs its options (bot.h); a
// network must have one output per option, strategy100 as input, and must name this table with this
// hash.
SimStatus pol_strategy_check(const PolStrategy *strategy, const PolOptions *options, SimError *err);

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
void pol_strategy_mask(uint32_t legal[POL_HEADS], const PolOptions *options, const SimState *state,
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

#endif  // POLICIES_STRATEGY_H_
