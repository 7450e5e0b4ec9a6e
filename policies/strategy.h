// A strategy looks at the court at events and picks an option per head. Rule strategies need no
// file (`bot`, `random`); learned ones are policy files.
#ifndef POLICIES_STRATEGY_H_
#define POLICIES_STRATEGY_H_

#include "policies/file.h"
#include "policies/options.h"
#include "policies/situation.h"

typedef enum PolStrategyKind { POL_BOT, POL_RANDOM, POL_STRATEGY_NET } PolStrategyKind;

typedef struct PolStrategy {
  PolStrategyKind kind;
  char name[POL_NAME_MAX];
  PolFile *file;  // POL_STRATEGY_NET
  bool sample;    // draw from the heads instead of the arg-max
} PolStrategy;

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

#endif  // POLICIES_STRATEGY_H_
