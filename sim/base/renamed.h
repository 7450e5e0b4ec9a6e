// Keys of configuration files that have another name today.
#ifndef SIM_BASE_RENAMED_H_
#define SIM_BASE_RENAMED_H_

// The entry of known (n strings) that is today's name of the key old; NULL when there is none.
const char *sim_renamed(const char *old, const char *const *known, int n);

#endif  // SIM_BASE_RENAMED_H_
