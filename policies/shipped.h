// The YAML files that come with the project: option tables and teams are found by name.
#ifndef POLICIES_SHIPPED_H_
#define POLICIES_SHIPPED_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policies/options.h"
#include "sim/base/file.h"

enum { POL_SHIPPED_MAX = 64 };

// Names of the files NAME.yaml of folder (below sim_home()), sorted; returns how many, at most max.
int pol_shipped_list(char names[][POL_NAME_MAX], int max, const char *folder);
// "a, b, c" of pol_shipped_list, for messages.
void pol_shipped_join(char *out, size_t size, const char *folder);
// The shipped name nearest to word, copied to out; false when none is near.
bool pol_shipped_nearest(char out[POL_NAME_MAX], const char *word, const char *folder);
// Fills path when NAME.yaml of folder is a file.
bool pol_shipped_find(char path[SIM_PATH_MAX], const char *folder, const char *name);

// True when text ends with ending.
bool pol_ends_with(const char *text, const char *ending);
// True for a text of printable ASCII that neither starts nor ends with a blank: safe in logs.
bool pol_is_plain(const char *text);
// Folds size bytes at data into hash, in order.
uint64_t pol_hash_chain(uint64_t hash, const void *data, size_t size);

#endif  // POLICIES_SHIPPED_H_
