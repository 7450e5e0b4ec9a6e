// What `hcsp info` says of run folders and checkpoints.
#ifndef HCSP_CLI_INFO_RUN_H_
#define HCSP_CLI_INFO_RUN_H_

#include <stdbool.h>

#include "sim/base/status.h"

// Is there a run, or the runs of a stage, in this folder?
bool cli_info_is_run(const char *path);
// One run, or one line for each part of a stage, with the last figures of each.
SimStatus cli_info_run(const char *path, SimError *err);

// A checkpoint by its content; false when the file is something else.
bool cli_info_is_checkpoint(const char *path);
SimStatus cli_info_checkpoint(const char *path, SimError *err);

#endif  // HCSP_CLI_INFO_RUN_H_
