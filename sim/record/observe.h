// Observations of a recorded rally in a named layout: the rally is replayed and each state is seen
// as a drone or team would see it.
#ifndef SIM_RECORD_OBSERVE_H_
#define SIM_RECORD_OBSERVE_H_

#include "sim/obs.h"
#include "sim/record/rally.h"

// Rows of one rally: per-drone layouts [T + 1][6][n], strategy layouts [T + 1][2][n], float32.
typedef struct SimObservations {
  SimLayout layout;
  int rows, viewers, size;
  float *value;
} SimObservations;

// Layouts of a team that need what its strategy remembers come from the layer that knows
// strategies: observe fills the rows of both teams, [2][size of the layout]. It is called for rows
// 0, 1, ... of each rally; NULL where there is none.
typedef struct SimTeamObserver {
  void *arg;
  void (*observe)(float *out, void *arg, const SimRally *rally, int row, const SimState *state);
} SimTeamObserver;

// What a row was asked follows from the log: row k carries the skill and goal that drive step
// k -> k + 1 (the last row those before it). my turn = that skill strikes; the side bits are those
// of an attack on the side of its goal, else none; flags are as the layout carries them, one step
// late. SIM_USAGE for strike43 of a log of schema 1, which does not hold goals in full, and for
// court128 and volley230 without an observer; SIM_BAD_INPUT when the rally does not replay.
SimStatus sim_observe_rally(SimObservations *obs, const SimModel *model, const SimLogInfo *info,
                            const SimRally *rally, SimLayout layout, const SimTeamObserver *team,
                            SimError *err);
void sim_observations_free(SimObservations *obs);  // zero-initialised is fine

#endif  // SIM_RECORD_OBSERVE_H_
