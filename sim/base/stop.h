// The signals that ask a program to stop.
#ifndef SIM_BASE_STOP_H_
#define SIM_BASE_STOP_H_

#include <stdbool.h>

// Installs handler for Ctrl-C and SIGTERM, and for the hang-up of a terminal (SIGHUP), the warning
// of a batch system (SIGUSR1) and of a limit on processor time (SIGXCPU) unless the program was
// started with them ignored, as nohup does.
void sim_stop_install(void (*handler)(int number));

// Whether a second signal of this kind should end the program at once: true where a person or a
// program insists; a limit on processor time says it every second.
bool sim_stop_insists(int number);

#endif  // SIM_BASE_STOP_H_
