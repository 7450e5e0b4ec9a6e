// Rallies in play. What changes at every step goes into blocks of rows that are taken from one pool
// and go back to it; a block holds its rows column by column, so that a shard is written from whole
// runs of numbers, in the order of the file. What a drone is told to do stays the same for dozens
// of steps and is held once for all of them.
#ifndef SIM_RECORD_ROWS_H_
#define SIM_RECORD_ROWS_H_

#include "sim/record/rally.h"

enum { SIM_ROW_BLOCK = 64 };  // rows

// The columns of the table `steps` that blocks have, and those that are held.
#define SIM_ROWS_FIELDS(BLOCK, HELD)                                                               \
  BLOCK(time, float, )                                                                             \
  BLOCK(ball_pos, float, [3])                                                                      \
  BLOCK(ball_vel, float, [3])                                                                      \
  BLOCK(pos, float, [SIM_DRONES][3])                                                               \
  BLOCK(vel, float, [SIM_DRONES][3])                                                               \
  BLOCK(quat, float, [SIM_DRONES][4])                                                              \
  BLOCK(angvel, float, [SIM_DRONES][3])                                                            \
  BLOCK(rotor, float, [SIM_DRONES][SIM_ROTORS])                                                    \
  BLOCK(action, float, [SIM_DRONES][SIM_ROTORS])                                                   \
  HELD(goal, float, [SIM_DRONES][3])                                                               \
  HELD(flight, float, [SIM_DRONES])                                                                \
  HELD(apex, float, [SIM_DRONES])                                                                  \
  HELD(strike_z, float, [SIM_DRONES])                                                              \
  HELD(rewards, float, [SIM_TEAMS])                                                                \
  HELD(skill, uint8_t, [SIM_DRONES])                                                               \
  HELD(terminations, uint8_t, )                                                                    \
  HELD(truncations, uint8_t, )

#define SIM_ROWS_NONE(field, type, shape)

// Some rows of every column that changes at every step.
typedef struct SimRowBlock {
#define SIM_ROWS_FIELD(field, type, shape) type field[SIM_ROW_BLOCK] shape;
  SIM_ROWS_FIELDS(SIM_ROWS_FIELD, SIM_ROWS_NONE)
#undef SIM_ROWS_FIELD
  struct SimRowBlock *next;  // in the pool
} SimRowBlock;

// The other columns, from one step on. Without padding, so that two compare as bytes.
typedef struct SimHeld {
#define SIM_ROWS_FIELD(field, type, shape) type field shape;
  SIM_ROWS_FIELDS(SIM_ROWS_NONE, SIM_ROWS_FIELD)
#undef SIM_ROWS_FIELD
} SimHeld;

// Zero-initialise both. A list's blocks belong to the pool that it was filled from.
typedef struct SimRowPool {
  SimRowBlock *spare;
  void *slab;  // the one made last, which knows the one before
} SimRowPool;
typedef struct SimRowList {
  SimRowBlock *last;  // of the blocks
  int n;              // rows
  SimRowBlock **block;
  SimHeld *held;
  int *held_from;  // step
  int blocks, block_capacity, helds, held_capacity;
} SimRowList;

// Row i of a block.
typedef struct SimRowAt {
  SimRowBlock *block;
  int i;
} SimRowAt;

// A new last row, not initialised; a block of NULL when memory ends.
SimRowAt sim_rows_add(SimRowList *list, SimRowPool *pool);
SimRowAt sim_rows_last(const SimRowList *list);  // of a list with rows
// Holds values from step `step` on, which is not before the one of the call before. False when
// memory ends.
bool sim_rows_hold(SimRowList *list, int step, const SimHeld *held);
// Empties the list; its memory is used again.
void sim_rows_clear(SimRowList *list, SimRowPool *pool);
// Frees an empty list.
void sim_rows_free(SimRowList *list);
// Frees the rows of all lists.
void sim_row_pool_free(SimRowPool *pool);

// The state's part of row `row` of a rally: the only place where a log's float32 numbers are made,
// for the writer (into a block) and for the replay that checks it (into columns with room for it).
void sim_row_set_state(SimRowAt at, int row, const SimState *state);
void sim_rally_set_row(SimRally *rally, int row, const SimState *state);

// Where bytes of a file go, one after the other.
typedef SimStatus SimPutFn(void *arg, const void *data, size_t size, SimError *err);

// Puts the first n rows of a column of states or steps; the last row of all has no step.
SimStatus sim_rows_put(SimPutFn *put, void *arg, const SimRowList *list, SimColumn column, int n,
                       SimError *err);

// A rally in play, or one that has ended and is not written.
typedef struct SimRecording {
  SimRally rally;  // all but states and steps
  SimRowList rows;
} SimRecording;

// Everything that follows from a rally that the referee has ended (sim_rally_set_end,
// sim_rally_derive). SIM_FAIL when memory ends.
SimStatus sim_recording_end(SimRecording *recording, const SimReferee *referee,
                            const SimLogInfo *info, SimError *err);
int sim_recording_rows(const SimRecording *recording, SimRows rows);
// The same as columns; out has the state size. SIM_FAIL when memory ends.
SimStatus sim_recording_columns(SimRally *out, const SimRecording *recording, SimError *err);

#endif  // SIM_RECORD_ROWS_H_
