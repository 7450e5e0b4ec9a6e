// Many matches of one model, stepped in one parallel pass (MuJoCo's mjbatch.h). The result of a
// match depends neither on the number of threads nor on its place in the batch.
#ifndef SIM_BATCH_H_
#define SIM_BATCH_H_

#include "sim/world.h"

typedef struct SimBatch SimBatch;

// n matches, not yet reset; threads >= 1. NULL and err when memory or the model fails.
SimBatch *sim_batch_create(const SimModel *model, const SimRules *rules, int n, int threads,
                           SimError *err);
void sim_batch_destroy(SimBatch *batch);

int sim_batch_size(const SimBatch *batch);
const SimState *sim_batch_state(const SimBatch *batch, int match);

// Starts rally number rally[i] of seed in match ids[i].
void sim_batch_reset(SimBatch *batch, const int *ids, int nid, uint64_t seed,
                     const uint32_t *rally);
// The same with a given server (sim_world_reset_served).
void sim_batch_reset_served(SimBatch *batch, const int *ids, int nid, uint64_t seed,
                            const uint32_t *rally, SimTeam server);
// Starts match from the bodies of view with the ball last touched by nobody, as if server served.
void sim_batch_place(SimBatch *batch, int match, const SimView *view, SimTeam server,
                     const SimWash *wash);
// Gives a match its still team-mates, which a row does not hold.
void sim_batch_set_wash(SimBatch *batch, int match, const SimWash *wash);
// One control step of the matches ids[0..nid-1]; action is indexed by match. Does not allocate.
// SIM_FAIL when MuJoCo reports an error.
SimStatus sim_batch_step(SimBatch *batch, const int *ids, int nid,
                         const float (*action)[SIM_DRONES][SIM_ROTORS], SimError *err);

// Exact state of one match, as sim_world_save and sim_world_load. A row has no events: load sets
// those of the last step to events, or to none when that is NULL.
void sim_batch_save(SimBatch *batch, int match, double *row);
SimStatus sim_batch_load(SimBatch *batch, int match, const double *row, const SimEvents *events,
                         SimError *err);

#endif  // SIM_BATCH_H_
