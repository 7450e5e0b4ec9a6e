// What a strategy can tell from the state of a match before it decides: what just happened, where
// the ball will land, whose turn it is, and which options are legal.
#ifndef POLICIES_SITUATION_H_
#define POLICIES_SITUATION_H_

#include "policies/options.h"
#include "policies/volley/plan.h"
#include "sim/world.h"

// What a strategy remembers within a rally, per match and team; zero it at reset.
typedef struct PolMemory {
  uint8_t held[POL_HEADS_MAX];  // options in force
  uint8_t phase;                // the bot's state
  bool attack_right;            // the bot's coin for the next attack
  bool started;
  uint8_t locked;  // the attack chosen at the own set contact + 1, until the ball is gone; else 0
  PolPlan plan;    // of a volley table
} PolMemory;

// Legal options, one bit each, after the canonical order passer, setter, attacker
// (policies/README.md 4.2). Never empty.
//   - the drone whose turn it is strikes: the ball comes (pol_ball_comes) and no drone of its team
//     at or after it in the order has touched it
//   - an own ball that is about to clear the net and to land more than 1 m behind it is left alone
//   - a drone that has touched the ball in this possession hovers
//   - a passer waits (goto) while the opponents have the ball, and hovers otherwise
//   - setter and attacker move (goto); the option "spread" only while the opponents have the ball,
//     and never in a table that spreads by rule
//   - the serve head is free for the server before its serve
// A head without such an option has all bits set. A head whose option has no effect has one bit: a
// passer that the serve phase drives (sim/README.md 5.6), the serve head when there is nothing to
// serve. A passer that the serve phase keeps from playing has no turn: the setter has it.
void pol_legal_options(uint32_t legal[POL_HEADS_MAX], const PolOptions *options,
                       const SimState *state, SimTeam team);
// The same for a table of any kind; memory as before the decision.
void pol_legal(uint32_t legal[POL_HEADS_MAX], const PolOptions *options, const PolMemory *memory,
               const SimState *state, SimTeam team);
// The role whose turn it is to strike, or -1.
int pol_turn(const SimState *state, SimTeam team);
// The ball is team's to play. One that the opponents touched last: when untouched it would lose us
// the rally, by the referee's own verdict; into the net, outside the court or down on their half it
// is their fault. An own one: while it is on our half.
bool pol_ball_comes(const SimState *state, SimTeam team);
// An own ball is about to clear the net and to land more than 1 m behind it.
bool pol_ball_goes_over(const SimState *state, SimTeam team);
// The opponents serve, touched the ball last or have it on their half: until our own first touch.
bool pol_opponents_have_ball(const SimReferee *ref, SimTeam team);
// The kind of attack is fixed at the own set contact: while the attacker's turn lasts, its only
// legal option is the one of memory. Then, once memory holds what was decided, it is noted there.
void pol_lock_attack(uint32_t legal[POL_HEADS_MAX], const PolMemory *memory, const SimState *state,
                     SimTeam team);
void pol_note_attack(PolMemory *memory, const SimState *state, SimTeam team);
// True when the head decides something for team now. Heads of drones always do, the serve head
// before the own serve; those of a volley table by the touch that is next (volley/plan.h).
bool pol_head_asked(const PolOptions *options, int head, const PolMemory *memory,
                    const SimState *state, SimTeam team);
// The head and its option that a drone of team follows whose skill is slot; false when it follows
// none, as in the serve phase of tables of roles.
bool pol_option_followed(int *head, int *option, const PolOptions *options, const PolMemory *memory,
                         PolSlot slot, int drone);
// After the heads have chosen: the plan of a volley table is made, or the attack noted.
void pol_note_decision(PolMemory *memory, const PolOptions *options, const SimState *state,
                       SimTeam team);
// Opens what is chosen once in a turn again, for somebody who decides after the strategy has
// (PolChooseFn): memory to say what is legal by, and to be noted in afterwards.
void pol_reopen(PolMemory *memory);
// True when team is to choose its serve now.
bool pol_serve_asked(const SimReferee *ref, SimTeam team);
// The option that a drone told to move follows: its own, or the spread formation by rule.
const PolOption *pol_formation(const PolOptions *options, SimRole role, int held,
                               const SimReferee *ref, SimTeam team);

// Where the ball will come down to 0.3 m, team frame: x, y in m. Exact parabola.
void pol_landing(double out[2], const SimState *state, SimTeam team);
// True while the serve phase (sim/README.md 5.6) keeps the team's passer from the ball: the
// receiver before the serve, the server after it, both after the dig until a setter has touched the
// ball.
bool pol_passer_locked(const SimReferee *ref, SimTeam team);
// What of the state's last events concerns team: the role of its own touch or -1, whether an
// opponent touched, whether the ball changed side.
typedef struct PolHappened {
  int own;  // SimRole or -1
  bool opponent, cross;
} PolHappened;
PolHappened pol_happened(const SimState *state, SimTeam team);

#endif  // POLICIES_SITUATION_H_
