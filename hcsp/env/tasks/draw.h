// Random starts shared by the tasks.
#ifndef HCSP_ENV_TASKS_DRAW_H_
#define HCSP_ENV_TASKS_DRAW_H_

#include <string.h>

#include "sim/base/rng.h"
#include "sim/view.h"

#define TASK_CEILING 6.0  // m, higher than this a drone is lost

SIM_HD void task_draw_box(double out[3], const double low[3], const double high[3], SimRng *rng) {
  for (int k = 0; k < 3; k++) {
    out[k] = sim_rng_uniform(rng, low[k], high[k]);
  }
}

// At rest at the origin, level, heading along x, rotors at hover.
SIM_HD SimDrone task_still_drone(void) {
  SimDrone drone;
  memset(&drone, 0, sizeof drone);
  drone.quat[0] = 1;
  for (int r = 0; r < SIM_ROTORS; r++) {
    drone.rotor[r] = SIM_HOVER_ROTOR;
  }
  return drone;
}

#endif  // HCSP_ENV_TASKS_DRAW_H_
