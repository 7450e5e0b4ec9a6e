// Ctrl-C, SIGTERM and the other signals of sim/base/stop.h ask long work to stop at its next safe
// point; a second Ctrl-C or SIGTERM kills.
#ifndef HCSP_RUN_INTERRUPT_H_
#define HCSP_RUN_INTERRUPT_H_

#include <stdbool.h>

void run_interrupt_install(void);
bool run_interrupted(void);

#endif  // HCSP_RUN_INTERRUPT_H_
