#include "sim/base/stop.h"

#include <signal.h>
#include <stddef.h>

static void install(int number, void (*handler)(int number)) {
  struct sigaction action = {.sa_handler = handler};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

void sim_stop_install(void (*handler)(int number)) {
  static const int POLITE[] = {SIGHUP, SIGUSR1, SIGXCPU};
  // a shell starts what it puts in the background with SIGINT ignored; kill -INT must still reach
  install(SIGINT, handler);
  install(SIGTERM, handler);
  for (size_t i = 0; i < sizeof POLITE / sizeof POLITE[0]; i++) {
    struct sigaction before;
    if (sigaction(POLITE[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
      install(POLITE[i], handler);
    }
  }
}

bool sim_stop_insists(int number) {
  return number == SIGINT || number == SIGTERM;
}
