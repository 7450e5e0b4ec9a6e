#include "sim/base/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/base/status.h"

// also after argp has printed --help or --version and called exit
static void check(int code, void *unused) {
  (void)unused;
  const int failed_before = ferror(stdout);
  if ((fflush(stdout) != 0 || failed_before) && code == 0) {
    fprintf(stderr, "%s: stdout cannot be written\n", program_invocation_short_name);
    _exit(SIM_FAIL);
  }
}

void sim_output_watch(void) {
  on_exit(check, NULL);
}
