// The rule-based strategy `bot`: receive or pass, set, attack left or right by a coin, and again.
// States: policies/README.md 4.3 (the VolleyBots 3v3 controller with its two dead ends closed).
//
// It plays any option table and finds what it needs by slot and name:
//   wait, base  the goto option called "middle" or "base", else the first goto option
//   strike      passer: pass, setter: set, attacker: attack; the first option of the wanted side,
//               else the first of the slot. Side = key `side`; an attack without it goes to the
//               side of its point
//   hover       the first pass_hover, set_hover, attack_hover
//   serve       the first option
#ifndef POLICIES_BOT_H_
#define POLICIES_BOT_H_

#include "policies/situation.h"

// The states and what passer, setter and attacker do in them.
typedef enum PolBotState {
  POL_BOT_WAIT,    // the opponent has the ball: wait, base, base
  POL_BOT_PASS,    // it comes over: pass, base, base
  POL_BOT_SET,     // hover, set, base
  POL_BOT_ATTACK,  // hover, hover, attack
  POL_BOT_DONE,    // hover, hover, hover
  POL_BOT_SERVE,   // we serve: serve (forced by the serve phase), base, base
  POL_BOT_SERVED,  // serve-hover (forced), base, base
  POL_BOT_STATES,
} PolBotState;

// SIM_BAD_INPUT when options lack something that the bot needs.
SimStatus pol_bot_check(const PolOptions *options, SimError *err);

// The state after the events of state, from phase; pure.
//   new rally            -> SERVE for the server, else WAIT
//   SERVE: own touch     -> SERVED
//   ball crosses to us   -> PASS        ball crosses to them -> WAIT
//   WAIT: the opponents' third touch sends the ball to our half -> PASS
//   own touch            -> the state of the next role; WAIT when the ball is on their half
//   opponent's touch of a ball on our half -> PASS
// A state whose drone may not touch (already hit, or a passer locked in the serve phase) gives way
// to the next one, and DONE comes after ATTACK.
PolBotState pol_bot_next(PolBotState phase, bool started, const SimState *state, SimTeam team);

// What a rule strategy with the bot's states does otherwise: numbers of options.
typedef struct PolBotStyle {
  int wait;       // of the passer
  int attack[2];  // on the left, on the right; which one is a coin
} PolBotStyle;
PolBotStyle pol_bot_style(const PolOptions *options);
// The style of `bot_plus`: the first attacks with a calibrated flight time (the fast deep ones) on
// either side, where the table has them.
PolBotStyle pol_bot_plus_style(const PolOptions *options);

// legal NULL: the bot's rules alone. Otherwise an option that is not legal gives way to the style's
// and then to the first that is.
void pol_bot_decide(PolMemory *memory, const PolBotStyle *style, const uint32_t *legal,
                    const PolOptions *options, const SimState *state, SimTeam team);

#endif  // POLICIES_BOT_H_
