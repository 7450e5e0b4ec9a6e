// The one mutable global of the program: a signal handler has nothing else to reach.
#include "hcsp/run/interrupt.h"

#include <signal.h>

#include "sim/base/stop.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
  interrupted = 1;
  if (sim_stop_insists(number)) {
    signal(number, SIG_DFL);
  }
}

void run_interrupt_install(void) {
  sim_stop_install(on_signal);
}

bool run_interrupted(void) {
  return interrupted != 0;
}
