// What the referee has seen in a step.
#ifndef HCSP_ENV_EVENTS_H_
#define HCSP_ENV_EVENTS_H_

#include <stdbool.h>

#include "sim/referee.h"

// Whether an event of that kind is among them, of that drone; -1: of any, or of none.
static inline bool env_happened(const SimEvents *events, SimEventKind kind, int drone) {
  for (int i = 0; i < events->n; i++) {
    if (events->event[i].kind == kind && (drone < 0 || events->event[i].drone == drone)) {
      return true;
    }
  }
  return false;
}

#endif  // HCSP_ENV_EVENTS_H_
