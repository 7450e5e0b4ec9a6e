// The rule strategy of a volley table, `bot_volley`: of what the candidates offer it takes what
// costs least, and it draws the rest, so that nobody can wait for it.
#ifndef POLICIES_VOLLEY_BOT_H_
#define POLICIES_VOLLEY_BOT_H_

#include "policies/situation.h"

// Options that a rule strategy always takes, or -1: drawn.
typedef struct PolVolleyStyle {
  int shape, target;
} PolVolleyStyle;

// SIM_BAD_INPUT when options are no volley table.
SimStatus pol_volley_bot_check(const PolOptions *options, SimError *err);
// Fills memory->held for the heads that are asked.
void pol_volley_bot_decide(PolMemory *memory, const PolVolleyStyle *style,
                           const PolOptions *options, const SimState *state, SimTeam team);

#endif  // POLICIES_VOLLEY_BOT_H_
