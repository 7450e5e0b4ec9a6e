// A strategy looks at the court at events and picks an option per head. Rule strategies need no
// file (`bot`, `bot_plus`, `bot_volley`, `wild`, `random`, `rule:WAIT:ATTACK`); learned ones are
// policy files. A flat policy stands in the same place and decides nothing: it flies every drone of
// its team itself.
#ifndef POLICIES_STRATEGY_H_
#define POLICIES_STRATEGY_H_

#include "policies/bot.h"
#include "policies/court.h"
#include "policies/file.h"
#include "policies/options.h"
#include "policies/situation.h"
#include "policies/volley/bot.h"
#include "policies/volley/frame.h"

typedef enum PolStrategyKind {
  POL_BOT,
  POL_RANDOM,  // uniform over the legal options
  POL_STRATEGY_NET,
  POL_BOT_PLUS,       // the bot with the fast attacks of a table, within the legal options
  POL_RULE,           // the same with one waiting place and one attack
  POL_STRATEGY_FLAT,  // rotor commands from flat57, neither options nor skills
  POL_WILD,           // bot_plus that sends every other dig anywhere
  POL_BOT_VOLLEY,     // the rule strategy of volley tables
  POL_CALLER,         // whoever runs the match decides: `choice`
  POL_STRATEGY_KINDS,
} PolStrategyKind;

typedef struct PolStrategy {
  PolStrategyKind kind;
  char name[POL_NAME_MAX];
  // of POL_STRATEGY_NET and _FLAT; its weights may change between steps. Of a rule: a network that
  // looks on, for which decisions carry the row that it would see
  PolFile *file;
  bool sample;        // draw from the distribution instead of the arg-max or the mean
  bool unmasked;      // a network may choose illegal options; one that sees strategy100 always may
  PolBotStyle style;  // POL_RULE: numbers of its options
  // POL_CALLER: [heads], an option of each, as its network would number them; one that is not legal
  // stands for the first that is
  const uint8_t *choice;
} PolStrategy;

// A decision and what it was made from.
typedef struct PolDecision {
  SimTeam team;
  uint8_t option[POL_HEADS_MAX];  // POL_NOT_ASKED where a head was not asked
  uint32_t legal[POL_HEADS_MAX];  // what could be chosen, one bit where a head was not asked
  bool choice;                    // some head had two legal options
  bool person;                    // somebody besides the strategy decided (PolPlayOptions.choose)
  bool nonfinite;                 // the network had outputs that are not finite; they chose nothing
  PolFrame frame;                 // of a volley table: how its network numbers the options
  float obs[SIM_OBS_MAX];         // the row that a network or a caller saw; undefined for rules
} PolDecision;

// The strategy without a file that is called word ("bot", "rule:left:deep_right", blanks of names
// as _). SIM_BAD_INPUT when there is none or it does not fit the table.
SimStatus pol_strategy_rule(PolStrategy *strategy, const char *word, const PolOptions *options,
                            SimError *err);
// The same without a sentence: false and what is wanted instead.
bool pol_strategy_find_rule(PolStrategy *strategy, char *wanted, size_t size, const char *word,
                            const PolOptions *options);
// The other strategies without a file that play over options, but for `wild`, separated by blanks.
const char *pol_rule_words(const PolOptions *options);
// Names of the fixed rules "rule:WAIT:ATTACK" of the table, every waiting place with every attack,
// of a volley table with those that its rule strategy draws often; returns how many, of which at
// most max are written.
int pol_rule_list(char names[][POL_NAME_MAX], int max, const PolOptions *options);

// Decides for team at an event of state (new rally, legal touch, crossing): fills memory->held, and
// *decision unless that is NULL. scratch: pol_net_scratch floats for networks. Networks that see
// strategy100 get the stale flags; a head that their outputs leave out (the serve) takes option 0.
// Sampled and random choices are those of (seed, rally, step, team). Needs options that the
// strategy fits (pol_strategy_check).
void pol_strategy_decide(PolMemory *memory, PolDecision *decision, const PolStrategy *strategy,
                         const PolOptions *options, const SimState *state, SimTeam team,
                         float *scratch);
// What else a strategy does to the goal of a drone of team whose skill is slot: POL_WILD exchanges
// that of every other dig, drawn anew after each touch, for a place and a flight time at random, so
// that balls go out, into the net and straight over it. Skills that see no goal dig as ever.
void pol_strategy_bend(SimGoal *goal, const PolStrategy *strategy, PolSlot slot,
                       const SimState *state, SimTeam team);
// What it would decide from now: fills team, legal, choice and, for networks and callers, obs.
void pol_strategy_prepare(PolDecision *decision, const PolMemory *memory,
                          const PolStrategy *strategy, const PolOptions *options,
                          const SimState *state, SimTeam team);
// With what probability each option is drawn in a decision that is prepared or made: 0 for illegal
// ones; a head that was not asked has one legal option. A strategy that does not sample takes the
// largest.
// false, and nothing is filled, for rule strategies, whose rules are no distribution over options.
bool pol_strategy_probabilities(float p[POL_HEADS_MAX][POL_OPTIONS_MAX],
                                const PolStrategy *strategy, const PolOptions *options,
                                const PolDecision *decision, float *scratch);
// A decision that was made, in the numbers of its network: options[heads] and legal bits[heads]; a
// head that was not asked has the only option 0.
void pol_strategy_seen(uint8_t option[POL_HEADS_MAX], uint32_t legal[POL_HEADS_MAX],
                       const PolDecision *decision, const PolOptions *options);
// What may be chosen in a decision that is prepared, in the same numbers.
void pol_strategy_seen_legal(uint32_t legal[POL_HEADS_MAX], const PolDecision *decision,
                             const PolOptions *options);
// The row that the network of strategy or a caller would see now; a caller sees
// pol_strategy_layout.
void pol_strategy_observe(float out[SIM_OBS_MAX], const PolStrategy *strategy,
                          const PolOptions *options, const PolMemory *memory, const SimState *state,
                          SimTeam team);
// The layout in which a new network learns over options: court128, strategy100 when that is too
// small for the table.
SimLayout pol_strategy_layout(const PolOptions *options);

// SIM_BAD_INPUT when the strategy cannot decide over options: the bots need their options (bot.h);
// a network must have one output per option, see strategy100 or court128, and name this table with
// this hash and the calibration in use, where it names any; a flat policy must see flat57 and
// command rotors.
SimStatus pol_strategy_check(const PolStrategy *strategy, const PolOptions *options, SimError *err);

#endif  // POLICIES_STRATEGY_H_
