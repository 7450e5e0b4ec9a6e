// Outputs of policies that are not finite. Files are finite when they load, but what they compute
// need not be. The world takes such a rotor command as zero thrust and a strategy never chooses an
// option by such a logit; here they are counted by file and place, so that somebody is told.
#ifndef POLICIES_NONFINITE_H_
#define POLICIES_NONFINITE_H_

#include "policies/file.h"

enum { POL_NONFINITE_MAX = 16, POL_NONFINITE_PATH = 256 };

typedef struct PolNonfiniteSource {
  char file[POL_NONFINITE_PATH];  // its path, of a long one the end
  char place[24];                 // a slot, "flat" or "strategy"
  int64_t commands, decisions;    // rotor commands; decisions with such logits
} PolNonfiniteSource;

// Zero it to begin.
typedef struct PolNonfinite {
  int64_t commands, decisions;  // sums, also over sources for which there was no room
  int n;
  PolNonfiniteSource source[POL_NONFINITE_MAX];
} PolNonfinite;

// file NULL: a controller without one.
void pol_nonfinite_count(PolNonfinite *to, const PolFile *file, const char *place, int64_t commands,
                         int64_t decisions);
void pol_nonfinite_merge(PolNonfinite *to, const PolNonfinite *from);
// One warning per source, none when there is nothing.
void pol_nonfinite_warn(const PolNonfinite *nonfinite);

#endif  // POLICIES_NONFINITE_H_
