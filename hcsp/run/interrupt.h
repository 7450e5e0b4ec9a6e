// Ctrl-C and SIGTERM ask long work to stop at its next safe point; a second Ctrl-C kills.
#ifndef HCSP_RUN_INTERRUPT_H_
#define HCSP_RUN_INTERRUPT_H_

#include <stdbool.h>

void hcsp_interrupt_install(void);
bool hcsp_interrupted(void);

#endif  // HCSP_RUN_INTERRUPT_H_
