// Plays a recorded rally again: from an exact state and the recorded actions come the same bits,
// row for row, on the same machine and build. The viewer moves through a rally with it; verify
// proves a log.
#ifndef SIM_RECORD_REPLAY_H_
#define SIM_RECORD_REPLAY_H_

#include "sim/record/rally.h"

typedef struct SimReplay SimReplay;

// Tells a model that is to be made in which world a log was played and who moved its bodies. info
// must outlive the making. SIM_BAD_INPUT when this program
// does not know the engine.
SimStatus sim_replay_engine(SimModelOptions *options, const SimLogInfo *info, SimError *err);

// Stands at row 0. model, info and rally stay the caller's and must not change meanwhile. NULL and
// err (SIM_BAD_INPUT) when the log was made with another model or rules this build does not know;
// other_model replays it all the same, and the bits will differ.
SimReplay *sim_replay_create(const SimModel *model, const SimLogInfo *info, const SimRally *rally,
                             bool other_model, SimError *err);
void sim_replay_destroy(SimReplay *replay);  // NULL is fine

// Goes to a state row (0 .. info.steps): from where it stands when that is nearer, else from the
// nearest exact state before; the same bits either way.
SimStatus sim_replay_seek(SimReplay *replay, int row, SimError *err);
int sim_replay_row(const SimReplay *replay);
const SimState *sim_replay_state(const SimReplay *replay);
const mjData *sim_replay_data(const SimReplay *replay);  // for drawing

// Replays the whole rally from its first state and compares every column that follows from states
// and actions, bit for bit. SIM_BAD_INPUT and one sentence (rally, step, quantity, logged value,
// replayed value) at the first difference.
SimStatus sim_replay_verify(const SimModel *model, const SimLogInfo *info, const SimRally *rally,
                            SimError *err);

#endif  // SIM_RECORD_REPLAY_H_
