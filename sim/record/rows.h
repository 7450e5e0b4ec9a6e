// Rallies in play, row by row: what a step adds to a log lies together, in blocks that are taken
// from one pool and go back to it. The columns of a SimRally would be two dozen places in memory a
// step, none of which the processor expects; here it is one.
#ifndef SIM_RECORD_ROWS_H_
#define SIM_RECORD_ROWS_H_

#include "sim/record/rally.h"

// One row of every column of the table `steps`.
typedef struct SimRallyRow {
#define SIM_ROW_OF_STATE(...) __VA_ARGS__
#define SIM_ROW_OF_STEP(...) __VA_ARGS__
#define SIM_ROW_OF_DECISION(...)
#define SIM_ROW_OF_EVENT(...)
#define SIM_ROW_OF_TOUCH(...)
#define SIM_ROW_OF_SNAPSHOT(...)
#define SIM_ROW_FIELD(field, number, type, shape, a, b, rows, ...)                                 \
  SIM_ROW_OF_##rows(type field shape;)
  SIM_RALLY_COLUMNS(SIM_ROW_FIELD)
#undef SIM_ROW_FIELD
} SimRallyRow;

typedef struct SimRowBlock SimRowBlock;

// Zero-initialise both. A list's blocks belong to the pool that it was filled from.
typedef struct SimRowPool {
  SimRowBlock *spare;
  void *slab;  // the one made last, which knows the one before
} SimRowPool;
typedef struct SimRowList {
  SimRowBlock *first, *last;
  int n;  // rows
} SimRowList;

// A new last row, not initialised; NULL when memory ends.
SimRallyRow *sim_rows_add(SimRowList *list, SimRowPool *pool);
SimRallyRow *sim_rows_last(const SimRowList *list);  // of a list with rows
// Empties the list.
void sim_rows_clear(SimRowList *list, SimRowPool *pool);
// Frees the rows of all lists.
void sim_row_pool_free(SimRowPool *pool);

// The state's part of a row: the only place where a log's float32 numbers are made, for the writer
// and for the replay that checks it.
void sim_row_set_state(SimRallyRow *out, int row, const SimState *state);

// The same as row `row` of the state columns, which have room for it.
void sim_rally_set_row(SimRally *rally, int row, const SimState *state);

// Copies the rows into columns: to[column] is where row 0 of each column of states and steps goes.
// The last row has no step, and what it holds of one means nothing.
void sim_rows_put(void *const to[SIM_COLUMNS], const SimRowList *list);

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
