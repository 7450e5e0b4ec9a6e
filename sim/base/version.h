// What was built: for log files, provenance and --version.
#ifndef SIM_BASE_VERSION_H_
#define SIM_BASE_VERSION_H_

// "0.1.0", as in the top CMakeLists.txt.
const char *sim_version(void);
// Commit of the source tree at build time (40 hex digits, "+" behind them when files had been
// changed since), "unknown" where it was no git checkout.
const char *sim_commit(void);

#endif  // SIM_BASE_VERSION_H_
