// Guesses what a mistyped word was meant to be.
#ifndef SIM_BASE_NEAREST_H_
#define SIM_BASE_NEAREST_H_

// The entry of known (n strings) nearest to word by edit distance, or NULL when none is near.
const char *sim_nearest(const char *word, const char *const *known, int n);

#endif  // SIM_BASE_NEAREST_H_
