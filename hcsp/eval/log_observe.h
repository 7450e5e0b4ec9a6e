// What strategies saw in a recorded rally, in the layouts that need what they remember (court128,
// volley230): options in force and plans follow from the logged decisions and the replayed states.
#ifndef HCSP_EVAL_LOG_OBSERVE_H_
#define HCSP_EVAL_LOG_OBSERVE_H_

#include "policies/court.h"
#include "policies/volley/observe.h"
#include "sim/record/observe.h"

typedef struct EvalLogObserver {
  SimLayout layout;
  PolOptions *options[SIM_TEAMS];  // NULL: the team's table is of another kind, its rows are NaN
  PolMemory memory[SIM_TEAMS];
  int person[SIM_TEAMS];  // number of the person among those who decide, -1: none
  int next;               // decision of the rally that has not been made yet
} EvalLogObserver;

// True for the layouts that are made here.
bool eval_log_observer_wanted(SimLayout layout);
// Loads the option tables that a log names. SIM_BAD_INPUT when a table has other options today than
// in the log; SIM_USAGE when the layout is of neither table. destroy is fine after a failure.
SimStatus eval_log_observer_create(EvalLogObserver *observer, const SimLogInfo *info,
                                   SimLayout layout, SimError *err);
void eval_log_observer_destroy(EvalLogObserver *observer);
// For sim_observe_rally: arg is an EvalLogObserver.
void eval_log_observe(float *out, void *arg, const SimRally *rally, int row, const SimState *state);

#endif  // HCSP_EVAL_LOG_OBSERVE_H_
