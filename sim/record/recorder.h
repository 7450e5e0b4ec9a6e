// Writes the log of a run: rallies are collected in memory, and a shard of 32 consecutive ones goes
// to the disk when its last rally ends (sim/record/README.md 1: what is listed is whole).
// Rallies may run in parallel and end in any order, shards are listed in theirs, so that a log
// holds rallies 0 .. n - 1 at any time; calls must not overlap in time.
#ifndef SIM_RECORD_RECORDER_H_
#define SIM_RECORD_RECORDER_H_

#include "sim/record/rally.h"

enum { SIM_RECORD_HEADS = SIM_LOG_HEADS, SIM_NOT_ASKED = 255, SIM_NO_POLICY = 255 };

// What drove one match through one step. Court frame.
typedef struct SimRecordDecision {
  SimTeam team;
  uint8_t option[SIM_RECORD_HEADS];     // in the order of sim_log_head; SIM_NOT_ASKED
  float probability[SIM_RECORD_HEADS];  // that the strategy gave it, or NaN
  uint8_t policy;                       // index into SimLogInfo.policy, or SIM_NO_POLICY
} SimRecordDecision;
typedef struct SimRecordStep {
  float action[SIM_DRONES][SIM_ROTORS];  // as given, before the plant clips
  uint8_t skill[SIM_DRONES];             // index into SimLogInfo.skill, or SIM_SKILL_FLAT
  float goal[SIM_DRONES][3];             // m, or NaN
  float flight[SIM_DRONES];              // s, or NaN
  float apex[SIM_DRONES];                // m, or NaN
  float strike_z[SIM_DRONES];            // m, or NaN
  int decisions;
  SimRecordDecision decision[SIM_TEAMS];  // made from the state before the step
} SimRecordStep;

typedef struct SimRecorder SimRecorder;

// Zeroed, with what the base knows filled in: generator, commit, frame, dt, hash and state_spec of
// the model. The caller adds teams, options, rules, seed and skills.
void sim_log_info_default(SimLogInfo *info, const SimModel *model);

// Makes the folder. NULL and err when it cannot be made or already holds a log, be it one that
// another process is writing (SIM_USAGE).
// state_size: sim_world_row_size of the model.
SimRecorder *sim_recorder_create(const char *folder, const SimLogInfo *info, int state_size,
                                 SimError *err);

// Starts rally state->rally with the state after the reset. state_row: sim_world_save of it.
SimStatus sim_recorder_begin(SimRecorder *recorder, const SimState *state, const double *state_row,
                             SimError *err);
// True when the step to `after` wants a state row: every 100 steps.
bool sim_recorder_wants_row(const SimState *after);
// One step of rally after->rally, which must have begun. When it ends the rally and that completes
// a shard, the shard is written. state_row may be NULL unless sim_recorder_wants_row.
// SIM_DISK_FULL or SIM_FAIL: nothing more is written, and every later call fails alike.
SimStatus sim_recorder_step(SimRecorder *recorder, const SimState *after, const SimRecordStep *step,
                            const double *state_row, SimError *err);

// Writes and lists what is still open up to the first rally that has not ended. What ended behind
// that one is left out.
SimStatus sim_recorder_finish(SimRecorder *recorder, SimError *err);
// NULL is fine. Writes nothing; shards that are not listed go, and an index without a shard.
void sim_recorder_destroy(SimRecorder *recorder);

int64_t sim_recorder_rallies(const SimRecorder *recorder);  // listed in the index

#endif  // SIM_RECORD_RECORDER_H_
