// Ctrl-C, SIGTERM and the other signals of sim/base/stop.h ask long work to stop at its next safe
// point; a second Ctrl-C or SIGTERM kills.
#ifndef HCSP_RUN_INTERRUPT_H_
#define HCSP_RUN_INTERRUPT_H_

#include <stdbool.h>

void run_interrupt_install(void);
bool run_interrupted(void);
// Work of the calling thread is interrupted, too, while *flag is not 0, which another thread may
// set at any time; NULL: by signals alone. Returns the flag that was watched before.
const volatile int *run_interrupt_watch(const volatile int *flag);

#endif  // HCSP_RUN_INTERRUPT_H_
