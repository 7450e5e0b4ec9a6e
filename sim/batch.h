// Many matches of one model, stepped in one parallel pass (MuJoCo's mjbatch.h). The result of a
// match depends neither on the number of threads nor on its place in the batch.
#ifndef SIM_BATCH_H_
#define SIM_BATCH_H_

#include "sim/link.h"
#include "sim/match.h"
#include "sim/solo.h"
#include "sim/world.h"

typedef struct SimBatch SimBatch;

// n matches, not yet reset; threads >= 1. NULL and err when memory or the model fails.
SimBatch *sim_batch_create(const SimModel *model, const SimRules *rules, int n, int threads,
                           SimError *err);
void sim_batch_destroy(SimBatch *batch);

int sim_batch_size(const SimBatch *batch);
const SimState *sim_batch_state(const SimBatch *batch, int match);

// What a policy of match sees: its state, in a filtered world with an old and noisy view. Valid
// until the match steps again; not to be called for one match from two threads at once.
const SimState *sim_batch_seen(const SimBatch *batch, int match);
// The rotor commands that the drones of match had in the last step, which are not those of the
// policies where these come late or ask for body rates; NULL where they are the same.
const float (*sim_batch_applied(const SimBatch *batch, int match))[SIM_ROTORS];
// Drones whose commands are collective thrust and body rates from now on (bit i: drone i of match).
// Makes room for links where there were none; SIM_FAIL when memory ends.
SimStatus sim_batch_allow_ctbr(SimBatch *batch, SimError *err);
void sim_batch_set_ctbr(SimBatch *batch, int match, unsigned drones);

// Starts rally number rally[i] of seed in match ids[i].
void sim_batch_reset(SimBatch *batch, const int *ids, int nid, uint64_t seed,
                     const uint32_t *rally);
// The same with a given server (sim_world_reset_served).
void sim_batch_reset_served(SimBatch *batch, const int *ids, int nid, uint64_t seed,
                            const uint32_t *rally, SimTeam server);
// Gives match the number of a rally, from which sim_batch_place draws physical numbers and noise.
void sim_batch_set_rally(SimBatch *batch, int match, uint64_t seed, uint32_t rally);
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

// A match that the closed form moves, out of the batch and back: besides its state's plant, and
// referee and events, which are what they are.
void sim_batch_get_match(SimMatch *out, const SimBatch *batch, int match);
void sim_batch_set_match(SimBatch *batch, int match, const SimMatch *from,
                         const SimReferee *referee, const SimEvents *events, int bad_commands);
// The world of one drone that the closed form moves, out of the batch and back: besides its state's
// referee and plant, which are `referee` and what they are.
void sim_batch_get_solo(SimSolo *solo, const SimBatch *batch, int match);
void sim_batch_set_solo(SimBatch *batch, int match, const SimSolo *solo, const SimReferee *referee,
                        int bad_commands);

// What a match holds besides its row: nothing, or its link as bytes.
size_t sim_batch_link_size(const SimBatch *batch);
void sim_batch_link_save(const SimBatch *batch, int match, void *out);
void sim_batch_link_load(SimBatch *batch, int match, const void *in);

#endif  // SIM_BATCH_H_
