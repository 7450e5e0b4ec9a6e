// How well a team serves, receives and returns, counted from the events of its rallies.
#ifndef HCSP_ENV_TASKS_FLAT_TALLY_H_
#define HCSP_ENV_TASKS_FLAT_TALLY_H_

#include "sim/world.h"

// What a team did; sums.
typedef struct TaskDeeds {
  double serves, legal, over;         // legal: struck by the server; over: and over the net at once
  double coming, received, returned;  // balls that came over, were touched, and went back over
} TaskDeeds;

// What is remembered of a rally, zero at its start; plain numbers.
typedef struct TaskTally {
  uint8_t touches;          // legal ones, up to 2
  uint8_t served;           // the first of them was the server's
  uint8_t over;             // and sent the ball over the net at once
  uint8_t came[SIM_TEAMS];  // the ball has come over to this side,
  uint8_t met[SIM_TEAMS];   //   and was touched there
} TaskTally;

// Books a control step of a rally. deeds[side] may be NULL. A serve and what became of it are
// counted when the rally ends, whether the ball was struck or not.
void task_tally_step(TaskDeeds *deeds[SIM_TEAMS], TaskTally *tally, const SimState *state);

#endif  // HCSP_ENV_TASKS_FLAT_TALLY_H_
