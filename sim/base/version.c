// The only file that sees the commit, so that a new commit recompiles one file.
#include "sim/base/version.h"

#include "hcsp_commit.h"  // HCSP_COMMIT, written by hcsp/cmake/WriteCommit.cmake at each build

const char *sim_version(void) {
  return HCSP_VERSION;
}

const char *sim_commit(void) {
  return HCSP_COMMIT;
}
