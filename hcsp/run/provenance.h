// provenance.json: what was run, where and by what.
#ifndef HCSP_RUN_PROVENANCE_H_
#define HCSP_RUN_PROVENANCE_H_

#include "hcsp/run/folder.h"

// Writes path for a new run. The JSON object: program, version, commit, build, compiler, mujoco,
// host, cpu, cores, device, threads, command (array of words), seed (text, since it may need 64
// bits), config_hash (XXH3-64 of the config's text), inputs (hcsp/run/inputs.h), started (UTC),
// resumed (array).
SimStatus run_provenance_write(const char *path, const RunInfo *info, SimError *err);

// Reads path and writes it again with one more element of "resumed": the same keys that can differ,
// and "step". A file that is missing or damaged is started afresh with a warning.
SimStatus run_provenance_resume(const char *path, const RunInfo *info, SimError *err);

#endif  // HCSP_RUN_PROVENANCE_H_
