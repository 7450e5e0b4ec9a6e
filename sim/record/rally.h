// One rally as plain arrays: what the recorder fills, the reader returns, and replay and export
// work on. The list below is the one place that names every column of a match log; structure,
// writer, reader, replay and export are generated from it.
//
// With T control steps there are T + 1 state rows (row 0 is the reset) and T action rows; row k of
// action, skill, goal and flight drives step k -> k + 1, and row k of rotor is after step k. SI
// units, court frame (x along the court, net at x = 0, near team x > 0, z up).
#ifndef SIM_RECORD_RALLY_H_
#define SIM_RECORD_RALLY_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/world.h"

// What one row of a column stands for.
typedef enum SimRows {
  SIM_ROWS_STATE,     // T + 1: a state
  SIM_ROWS_STEP,      // T: a control step
  SIM_ROWS_DECISION,  // E: a decision of a team's strategy
  SIM_ROWS_EVENT,     // K: an event of the referee
  SIM_ROWS_SNAPSHOT,  // S: an exact integration state
  SIM_ROWS_KINDS,
} SimRows;

typedef enum SimNumber {
  SIM_F32,
  SIM_F64,
  SIM_U8,
  SIM_I8,
  SIM_I32,
} SimNumber;

// X(field, number, C type, shape of a row, its two lengths (0 = none), rows, group, name, units,
//   names of the last axis). The length of a state row depends on the model.
// clang-format off
#define SIM_RALLY_COLUMNS(X)                                                                       \
  X(time,            F32, float,   ,        0, 0, STATE,    "",         "time",         "s",     NONE)  \
  X(ball_pos,        F32, float,   [3],     3, 0, STATE,    "ball",     "pos",          "m",     XYZ)   \
  X(ball_vel,        F32, float,   [3],     3, 0, STATE,    "ball",     "vel",          "m/s",   XYZ)   \
  X(pos,             F32, float,   [6][3],  6, 3, STATE,    "drones",   "pos",          "m",     XYZ)   \
  X(vel,             F32, float,   [6][3],  6, 3, STATE,    "drones",   "vel",          "m/s",   XYZ)   \
  X(quat,            F32, float,   [6][4],  6, 4, STATE,    "drones",   "quat",         "1",     WXYZ)  \
  X(angvel,          F32, float,   [6][3],  6, 3, STATE,    "drones",   "angvel",       "rad/s", XYZ)   \
  X(rotor,           F32, float,   [6][4],  6, 4, STATE,    "drones",   "rotor",        "1",     ROTOR) \
  X(action,          F32, float,   [6][4],  6, 4, STEP,     "drones",   "action",       "1",     ROTOR) \
  X(skill,           U8,  uint8_t, [6],     6, 0, STEP,     "drones",   "skill",        "1",     DRONE) \
  X(goal,            F32, float,   [6][3],  6, 3, STEP,     "drones",   "goal",         "m",     XYZ)   \
  X(flight,          F32, float,   [6],     6, 0, STEP,     "drones",   "flight",       "s",     DRONE) \
  X(strategy_step,   I32, int32_t, ,        0, 0, DECISION, "strategy", "step",         "step",  NONE)  \
  X(strategy_team,   U8,  uint8_t, ,        0, 0, DECISION, "strategy", "team",         "1",     NONE)  \
  X(strategy_action, U8,  uint8_t, [4],     4, 0, DECISION, "strategy", "action",       "1",     HEAD)  \
  X(event_step,      I32, int32_t, ,        0, 0, EVENT,    "events",   "step",         "step",  NONE)  \
  X(event_kind,      U8,  uint8_t, ,        0, 0, EVENT,    "events",   "kind",         "1",     NONE)  \
  X(event_drone,     I8,  int8_t,  ,        0, 0, EVENT,    "events",   "drone",        "1",     NONE)  \
  X(rewards,         F32, float,   [2],     2, 0, STEP,     "",         "rewards",      "1",     TEAM)  \
  X(terminations,    U8,  uint8_t, ,        0, 0, STEP,     "",         "terminations", "1",     NONE)  \
  X(truncations,     U8,  uint8_t, ,        0, 0, STEP,     "",         "truncations",  "1",     NONE)  \
  X(state,           F64, double,  ,        0, 0, SNAPSHOT, "",         "state",        "SI",    NONE)  \
  X(state_step,      I32, int32_t, ,        0, 0, SNAPSHOT, "",         "state_step",   "step",  NONE)
// clang-format on

typedef enum SimColumn {
#define SIM_COLUMN_ENUM(field, ...) SIM_COLUMN_##field,
  SIM_RALLY_COLUMNS(SIM_COLUMN_ENUM)
#undef SIM_COLUMN_ENUM
      SIM_COLUMNS
} SimColumn;

typedef struct SimColumnInfo {
  const char *group, *name;  // group is "" at the top of a rally
  SimNumber number;
  SimRows rows;
  int rank;               // of a row: 0 for one number
  int length[2];          // of the row's axes
  const char *units;      // "1" for numbers without a unit
  const char *const *of;  // names of the last axis, or NULL
  size_t field;           // offset of the pointer in SimRally
} SimColumnInfo;

enum {
  SIM_SNAPSHOT_STEPS = 100,  // steps between two exact states
  SIM_SHARD_RALLIES = 32,    // rallies of a shard, at most
  SIM_SKILL_NAMES_MAX = 64,
  SIM_SKILL_FLAT = 255,           // drones/skill of a drone flown by a flat policy
  SIM_RALLY_STEPS_MAX = 1000000,  // the reader refuses longer rallies
};

typedef struct SimRallyInfo {
  int64_t rally;  // number in the run
  uint64_t seed;
  SimTeam server;
  SimWinner winner;
  SimEventKind reason;
  int steps;              // T
  int hits;               // legal touches
  float serve_target[2];  // m, court frame
} SimRallyInfo;

typedef struct SimRally {
  SimRallyInfo info;
  int n[SIM_ROWS_KINDS];         // rows of each kind
  int capacity[SIM_ROWS_KINDS];  // rows that fit before the arrays grow
  int state_size;                // numbers in a row of state
#define SIM_COLUMN_FIELD(field, number, type, shape, ...) type(*field) shape;
  SIM_RALLY_COLUMNS(SIM_COLUMN_FIELD)
#undef SIM_COLUMN_FIELD
} SimRally;

enum { SIM_LOG_TEXT_MAX = 512 };

// What the top of a shard says; strings are UTF-8.
typedef struct SimLogInfo {
  char generator[SIM_LOG_TEXT_MAX];  // program and version
  char commit[SIM_LOG_TEXT_MAX];
  char frame[SIM_LOG_TEXT_MAX];  // filled by the recorder
  char near[SIM_LOG_TEXT_MAX], far[SIM_LOG_TEXT_MAX];
  char near_hash[SIM_LOG_TEXT_MAX], far_hash[SIM_LOG_TEXT_MAX];
  char options[SIM_LOG_TEXT_MAX];     // option tables, "near;far"
  char rules[SIM_LOG_TEXT_MAX];       // "court" or "paper"
  char model_hash[SIM_LOG_TEXT_MAX];  // 16 hex digits of SimModel.hash
  char state_spec[SIM_LOG_TEXT_MAX];  // parts of a state row, sim_world_row_spec
  double dt;                          // s
  uint64_t seed;
  int64_t first_rally;
  int skills;
  char skill[SIM_SKILL_NAMES_MAX][32];  // names that drones/skill indexes
} SimLogInfo;

// The list above as a table.
const SimColumnInfo *sim_column(SimColumn column);
size_t sim_number_size(SimNumber number);  // bytes
// Bytes of one row.
size_t sim_column_row_size(SimColumn column, const SimRally *rally);
// First byte of the column's rows, NULL when none were ever reserved.
void *sim_column_data(const SimRally *rally, SimColumn column);

// Makes room for n rows of one kind without losing those there are. SIM_FAIL when memory ends.
SimStatus sim_rally_reserve(SimRally *rally, SimRows rows, int n, SimError *err);
// Frees the arrays and zeroes the structure; zero-initialised rallies are fine.
void sim_rally_free(SimRally *rally);

// Writes one state as row `row` of the state columns: the only place where a log's float32 numbers
// are made, for the writer and for the replay that checks it.
void sim_rally_set_row(SimRally *rally, int row, const SimState *state);

// The parts of a rally that follow from its states alone. Attributes known at the reset:
void sim_rally_set_start(SimRally *rally, const SimState *state);
// Events of the step that led to `after`. SIM_FAIL when memory ends.
SimStatus sim_rally_add_events(SimRally *rally, const SimState *after, SimError *err);
// Attributes, reward (+1 to the winner, -1 to the loser), termination and truncation of a rally
// that `after` has ended; all action rows must be there.
void sim_rally_set_end(SimRally *rally, const SimState *after);

// First difference of two rallies that should be equal bit for bit.
typedef struct SimDifference {
  bool found;
  bool in_info;      // an attribute or a number of rows differs, see what
  SimColumn column;  // else this one
  int row, index;    // and the number in its row
  char what[64];     // "drones/pos", "attribute winner", ...
} SimDifference;
void sim_rally_compare(SimDifference *difference, const SimRally *a, const SimRally *b);
// One column; the rallies have the same number of its rows.
void sim_rally_compare_column(SimDifference *difference, const SimRally *a, const SimRally *b,
                              SimColumn column);

#endif  // SIM_RECORD_RALLY_H_
