// The one mutable global of the program: a signal handler has nothing else to reach.
#include "hcsp/run/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
  interrupted = 1;
  signal(number, SIG_DFL);
}

void hcsp_interrupt_install(void) {
  struct sigaction action = {.sa_handler = on_signal};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

bool hcsp_interrupted(void) {
  return interrupted != 0;
}
