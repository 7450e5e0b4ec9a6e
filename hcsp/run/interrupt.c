// The one mutable global of the program: a signal handler has nothing else to reach. A caller of
// the library has a flag of its own, which reaches what its thread calls without a word in between.
#include "hcsp/run/interrupt.h"

#include <signal.h>

#include "sim/base/stop.h"

static volatile sig_atomic_t interrupted;
static _Thread_local const volatile int *watched;

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
  return interrupted != 0 || (watched && __atomic_load_n(watched, __ATOMIC_RELAXED) != 0);
}

const volatile int *run_interrupt_watch(const volatile int *flag) {
  const volatile int *before = watched;
  watched = flag;
  return before;
}
