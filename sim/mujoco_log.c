#include "sim/mujoco_log.h"

#include <errno.h>
#include <mujoco/mujoco.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/base/log.h"
#include "sim/base/status.h"

// _exit: the caller may be any thread, with locks of MuJoCo's held
static void on_message(const mjLogMessage *message) {
  const char *strict = getenv("HCSP_STRICT");
  const bool warning = message->level == mjLOG_WARNING;
  if (message->level == mjLOG_ERROR || (warning && strict && strict[0])) {
    fprintf(stderr, "%s: MuJoCo %s: %s\n", program_invocation_short_name,
            warning ? "warns" : "gives up", message->subject);
    _exit(SIM_FAIL);
  }
  sim_log(warning ? SIM_LOG_WARNING : SIM_LOG_DEBUG, "MuJoCo: %s", message->subject);
}

void sim_mujoco_log_install(void) {
  mju_setLogHandler(on_message);
}
