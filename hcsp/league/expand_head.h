// A strategy over one option table becomes one over a larger table: every option starts as good as
// the one it comes from. An option comes from the old one of its name; a new one from the longest
// old name that its own ends with ("fast deep left" from "deep left").
#ifndef HCSP_LEAGUE_EXPAND_HEAD_H_
#define HCSP_LEAGUE_EXPAND_HEAD_H_

#include "policies/options.h"
#include "policies/strategy.h"

// The number of the option of `from` that option i of `to` comes from, or -1.
int league_expand_source(const PolOptions *from, const PolOptions *to, PolHead head, int i);

// A copy of file for the table `to`: rows of the heads, and what it sees of held options, are
// copied; rows of new options get normal noise of that deviation, drawn from seed. The file has no
// hash and no provenance. SIM_BAD_INPUT when an option comes from nowhere or file does not see
// court128, or volley230 where heads are touches.
PolFile *league_expand_head(const PolFile *file, const PolOptions *from, const PolOptions *to,
                            double noise, uint64_t seed, SimError *err);

#endif  // HCSP_LEAGUE_EXPAND_HEAD_H_
