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
  SIM_ROWS_TOUCH,     // C: a racket hit, and what came of it
  SIM_ROWS_SNAPSHOT,  // S: an exact integration state
  SIM_ROWS_KINDS,
} SimRows;

typedef enum SimNumber {
  SIM_F32,
  SIM_F64,
  SIM_U8,
  SIM_I8,
  SIM_I32,
  SIM_I64,
  SIM_U64,
} SimNumber;

// X(field, number, C type, shape of a row, its two lengths (0 = none), rows, name in the file,
//   units, names of the last axis, frame, range, description). The length of a state row depends on
// the model. Columns of SIM_ROWS_STATE and SIM_ROWS_STEP share one table of the file, `steps`, of
// T + 1 rows a rally; the last row of the latter is there padding.
// clang-format off
#define SIM_RALLY_COLUMNS(X)                                                                       \
  X(time, F32, float, , 0, 0, STATE, "time", "s", NONE, "", "0 to 30",                              \
    "time since the start of the rally")                                                            \
  X(ball_pos, F32, float, [3], 3, 0, STATE, "ball_pos", "m", XYZ, "court", "",                      \
    "centre of the ball")                                                                           \
  X(ball_vel, F32, float, [3], 3, 0, STATE, "ball_vel", "m/s", XYZ, "court", "",                    \
    "velocity of the ball")                                                                         \
  X(pos, F32, float, [6][3], 6, 3, STATE, "drone_pos", "m", XYZ, "court", "",                       \
    "position of each drone")                                                                       \
  X(vel, F32, float, [6][3], 6, 3, STATE, "drone_vel", "m/s", XYZ, "court", "",                     \
    "velocity of each drone")                                                                       \
  X(quat, F32, float, [6][4], 6, 4, STATE, "drone_quat", "1", WXYZ, "body to court", "w >= 0",      \
    "attitude of each drone, a unit quaternion")                                                    \
  X(angvel, F32, float, [6][3], 6, 3, STATE, "drone_angvel", "rad/s", XYZ, "court axes, not the body's", "", \
    "angular velocity of each drone")                                                               \
  X(rotor, F32, float, [6][4], 6, 4, STATE, "drone_rotor", "1", ROTOR, "", "0 to 1",                \
    "rotor speed as a share of the full one; thrust goes with its square")                          \
  X(action, F32, float, [6][4], 6, 4, STEP, "action", "1", ROTOR, "", "-1 to 1 after the plant has clipped it", \
    "rotor command as the policy gave it, for the step from this row to the next")                  \
  X(skill, U8, uint8_t, [6], 6, 0, STEP, "skill", "1", DRONE, "", "index of names; 255: a flat policy flies", \
    "skill that each drone flies in the step from this row to the next")                            \
  X(goal, F32, float, [6][3], 6, 3, STEP, "goal", "m", XYZ, "court", "NaN for a flat policy",       \
    "point of the skill's goal: where to go, or through which a struck ball is to fall")            \
  X(flight, F32, float, [6], 6, 0, STEP, "flight", "s", DRONE, "", "NaN: an apex is asked for, or a move", \
    "flight time that a strike's goal asks for")                                                    \
  X(apex, F32, float, [6], 6, 0, STEP, "apex", "m", DRONE, "court", "NaN: a flight time is asked for, or a move", \
    "height of the ball's centre at the top of its flight that a strike's goal asks for")           \
  X(strike_z, F32, float, [6], 6, 0, STEP, "strike_z", "m", DRONE, "court", "NaN for moves",        \
    "height of the ball's centre at which to strike")                                               \
  X(rewards, F32, float, [2], 2, 0, STEP, "rewards", "1", TEAM, "", "-1 to 1",                      \
    "+1 to the winner and -1 to the loser for the last step, else 0")                               \
  X(terminations, U8, uint8_t, , 0, 0, STEP, "terminations", "1", NONE, "", "0 or 1",               \
    "1 for the last step of a rally that a fault ended")                                            \
  X(truncations, U8, uint8_t, , 0, 0, STEP, "truncations", "1", NONE, "", "0 or 1",                 \
    "1 for the last step of a rally that the clock ended")                                          \
  X(strategy_step, I32, int32_t, , 0, 0, DECISION, "step", "step", NONE, "", "0 to T - 1",          \
    "state row the team decided from; the choice governs the steps from there on")                  \
  X(strategy_team, U8, uint8_t, , 0, 0, DECISION, "team", "1", NONE, "", "0 near, 1 far",           \
    "team that decided")                                                                            \
  X(strategy_action, U8, uint8_t, [4], 4, 0, DECISION, "option", "1", HEAD, "", "index of options_TEAM_HEAD; 255: not asked", \
    "option chosen by each head")                                                                   \
  X(probability, F32, float, [4], 4, 0, DECISION, "probability", "1", HEAD, "", "0 to 1; NaN: not asked, or a rule strategy", \
    "probability that the strategy gave to the option it chose")                                    \
  X(strategy_policy, U8, uint8_t, , 0, 0, DECISION, "policy", "1", NONE, "", "index of near_policies or far_policies; 255: not known", \
    "who decided: one of the team's strategies, or a person")                                       \
  X(touch_action, U8, uint8_t, [4], 4, 0, DECISION, "touch_option", "1", TOUCH, "", "index of options_TEAM_HEAD; 255: not asked", \
    "option chosen by each head of a table whose heads are touches; its serve is in option")         \
  X(touch_probability, F32, float, [4], 4, 0, DECISION, "touch_probability", "1", TOUCH, "", "0 to 1; NaN: not asked, or a rule strategy", \
    "probability that the strategy gave to it")                                                     \
  X(event_step, I32, int32_t, , 0, 0, EVENT, "step", "step", NONE, "", "1 to T",                    \
    "state row after the step in which the referee saw it")                                         \
  X(event_kind, U8, uint8_t, , 0, 0, EVENT, "kind", "1", NONE, "", "index of names",                \
    "what happened")                                                                                \
  X(event_drone, I8, int8_t, , 0, 0, EVENT, "drone", "1", NONE, "", "0 to 5; -1: none",             \
    "drone that did it")                                                                            \
  X(touch_step, I32, int32_t, , 0, 0, TOUCH, "step", "step", NONE, "", "1 to T",                    \
    "state row after the step in which racket and ball met; speed and landing are of the row after it, or of the last") \
  X(touch_drone, I8, int8_t, , 0, 0, TOUCH, "drone", "1", NONE, "", "0 to 5",                       \
    "drone whose racket it was")                                                                    \
  X(touch_skill, U8, uint8_t, , 0, 0, TOUCH, "skill", "1", NONE, "", "index of names of steps/skill; 255: a flat policy", \
    "skill that drone was flying")                                                                  \
  X(touch_speed, F32, float, , 0, 0, TOUCH, "speed", "m/s", NONE, "", "",                           \
    "speed of the ball after the touch")                                                            \
  X(touch_landing, F32, float, [2], 2, 0, TOUCH, "landing", "m", XY, "court", "",                   \
    "where the ball comes down (its centre at 0.3 m) if nobody touches it, net and posts aside")    \
  X(state, F64, double, , 0, 0, SNAPSHOT, "state", "SI", NONE, "", "",                              \
    "exact state of the match, from which a replay gives the same bits")                            \
  X(state_step, I32, int32_t, , 0, 0, SNAPSHOT, "step", "step", NONE, "", "0, 100, 200, ...",       \
    "state row that it belongs to")

// X(field of SimRallyInfo or NONE, number, length of a row (0 = one number), name, units, names,
//   frame, range, description): one row a rally.
#define SIM_RALLIES_COLUMNS(X)                                                                     \
  X(rally, I64, 0, "rally", "1", NONE, "", "", "number in the run; rally i depends on (seed of the run, i) alone") \
  X(seed, U64, 0, "seed", "1", NONE, "", "", "seed of the rally's draws")                           \
  X(server, U8, 0, "server", "1", NONE, "", "index of names", "team that serves")                   \
  X(winner, U8, 0, "winner", "1", NONE, "", "index of names", "team that wins the point")           \
  X(reason, U8, 0, "reason", "1", NONE, "", "index of names", "fault that ended it; both: on either side at once; timeout: the clock") \
  X(first_step, I64, 0, "first_step", "row", NONE, "", "", "its first row in the columns of steps, of steps + 1") \
  X(steps, I32, 0, "steps", "step", NONE, "", "1 or more", "T, its control steps; its last state is row first_step + steps") \
  X(hits, I32, 0, "hits", "1", NONE, "", "", "legal touches")                                       \
  X(serve_target, F32, 2, "serve_target", "m", XY, "court", "NaN: a flat policy served", "landing point that the serve was aimed at")
// clang-format on

typedef enum SimColumn {
#define SIM_COLUMN_ENUM(field, ...) SIM_COLUMN_##field,
  SIM_RALLY_COLUMNS(SIM_COLUMN_ENUM)
#undef SIM_COLUMN_ENUM
      SIM_COLUMNS
} SimColumn;

typedef struct SimColumnInfo {
  const char *name;  // in its table, "ball_pos"
  SimNumber number;
  SimRows rows;
  int rank;               // of a row: 0 for one number
  int length[2];          // of the row's axes
  const char *units;      // "1" for numbers without a unit
  const char *const *of;  // names of the last axis, or NULL
  const char *frame;      // "" for numbers without one
  const char *range;      // "" when they have none
  const char *description;
  size_t field;  // offset of the pointer in SimRally
} SimColumnInfo;

// Columns of the table `rallies`.
typedef enum SimRalliesColumn {
#define SIM_COLUMN_ENUM(field, ...) SIM_RALLIES_##field,
  SIM_RALLIES_COLUMNS(SIM_COLUMN_ENUM)
#undef SIM_COLUMN_ENUM
      SIM_RALLIES_COLUMN_COUNT
} SimRalliesColumn;

enum {
  SIM_SNAPSHOT_STEPS = 100,  // steps between two exact states
  SIM_SHARD_RALLIES = 32,    // rallies of a shard, at most
  SIM_SKILL_NAMES_MAX = 64,
  SIM_SKILL_FLAT = 255,           // drones/skill of a drone flown by a flat policy
  SIM_RALLY_STEPS_MAX = 1000000,  // the reader refuses longer rallies
  SIM_LOG_SCHEMA = 2,             // that is written; the reader takes 1 too
  SIM_LOG_HEADS = 8,              // of a strategy: the names of both kinds of tables
  SIM_LOG_HEADS_SPLIT = 4,        // the first ones are in option, the others in touch_option
  SIM_LOG_OPTIONS_MAX = 32,       // of a head
  SIM_LOG_POLICIES_MAX = 64,      // strategies or flat policies that a team is a mixture of
};

typedef struct SimRallyInfo {
  int64_t rally;  // number in the run
  uint64_t seed;
  SimTeam server;
  SimWinner winner;
  SimEventKind reason;
  int steps;              // T
  int hits;               // legal touches
  float serve_target[2];  // m, court frame: what the serve was aimed at; NaN where not known
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
  char physics[SIM_LOG_TEXT_MAX];     // "mujoco", "flight"; "" in a log of schema 1
  char world[SIM_LOG_TEXT_MAX];  // of configs/worlds, "" in a log from before there were others
  char world_hash[SIM_LOG_TEXT_MAX];  // 16 hex digits of its numbers
  double dt;                          // s
  int schema;
  uint64_t seed;
  int64_t first_rally;
  int skills;
  char skill[SIM_SKILL_NAMES_MAX][32];  // names that steps/skill indexes
  // names that decisions/option indexes, and of the strategies or flat policies of each team; none
  // in a log of schema 1
  int options_of[SIM_TEAMS][SIM_LOG_HEADS], policies[SIM_TEAMS];
  char option[SIM_TEAMS][SIM_LOG_HEADS][SIM_LOG_OPTIONS_MAX][48];
  char policy[SIM_TEAMS][SIM_LOG_POLICIES_MAX][48];
} SimLogInfo;

// "passer", "setter", "attacker", "serve", "shape", "first", "second", "third".
const char *sim_log_head(int head);
// What they chose in a decision; probabilities alike.
uint8_t sim_rally_option(const SimRally *rally, int decision, int head);
float sim_rally_probability(const SimRally *rally, int decision, int head);
// The list above as a table.
const SimColumnInfo *sim_column(SimColumn column);
// The columns of the table `rallies`; rows, rank 0 or 1, and no field.
const SimColumnInfo *sim_rallies_column(SimRalliesColumn column);
size_t sim_number_size(SimNumber number);       // bytes
const char *sim_number_name(SimNumber number);  // "float32", ...
const char *const *sim_axis_drones(void);       // names of an axis of six drones
// "steps", "decisions", ...: the table that columns of this kind of row are in.
const char *sim_rows_table(SimRows rows);
// Bytes of one row.
size_t sim_column_row_size(SimColumn column, const SimRally *rally);
// First byte of the column's rows, NULL when none were ever reserved.
void *sim_column_data(const SimRally *rally, SimColumn column);

// Makes room for n rows of one kind without losing those there are. SIM_FAIL when memory ends.
SimStatus sim_rally_reserve(SimRally *rally, SimRows rows, int n, SimError *err);
// Makes the rows of one kind those of another rally with states of the same size. SIM_FAIL when
// memory ends.
SimStatus sim_rally_copy(SimRally *out, const SimRally *from, SimRows rows, SimError *err);
// Frees the arrays and zeroes the structure; zero-initialised rallies are fine.
void sim_rally_free(SimRally *rally);

// The parts of a rally that follow from its states alone. What is known at the reset:
void sim_rally_set_start(SimRally *rally, const SimState *state);
// Events of the step that led to `after`. SIM_FAIL when memory ends.
SimStatus sim_rally_add_events(SimRally *rally, const SimState *after, SimError *err);
// Attributes, reward (+1 to the winner, -1 to the loser), termination and truncation of a rally
// that the referee has ended; all action rows must be there.
void sim_rally_set_end(SimRally *rally, const SimReferee *referee);

// What follows from the rows of a whole rally: where its serve was aimed, its touches. SIM_FAIL
// when memory ends.
SimStatus sim_rally_derive(SimRally *rally, const SimLogInfo *info, SimError *err);
// What the two are made of, for rallies that do not lie in columns: attributes of the end; rewards
// and flags of the last step, which were 0; the aim, if that step's skills and goals serve (a flat
// policy has none); the touch of an event, from the ball in the row after it and the skills of the
// step to it.
void sim_rally_end_info(SimRallyInfo *info, const SimReferee *referee, int steps);
void sim_rally_reward(float rewards[SIM_TEAMS], uint8_t *termination, uint8_t *truncation,
                      const SimReferee *referee);
bool sim_rally_aim(SimRallyInfo *out, const uint8_t skill[SIM_DRONES],
                   const float goal[SIM_DRONES][3], const SimLogInfo *info);
SimStatus sim_rally_add_touch(SimRally *rally, int event, const float pos[3], const float vel[3],
                              const uint8_t skill[SIM_DRONES], SimError *err);

// First difference of two rallies that should be equal bit for bit.
typedef struct SimDifference {
  bool found;
  bool in_info;      // an attribute or a number of rows differs, see what
  SimColumn column;  // else this one
  int row, index;    // and the number in its row
  char what[64];     // "steps/ball_pos", "rallies/winner", ...
} SimDifference;
void sim_rally_compare(SimDifference *difference, const SimRally *a, const SimRally *b);
// One column; the rallies have the same number of its rows.
void sim_rally_compare_column(SimDifference *difference, const SimRally *a, const SimRally *b,
                              SimColumn column);

#endif  // SIM_RECORD_RALLY_H_
