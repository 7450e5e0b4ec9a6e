// Reads match logs: a folder with its index, or one .h5 file. Files are treated as hostile (they
// are shared): every byte is looked at before it is believed, and a file whose hash is not in the
// index of its folder is first read from end to end in a child process with little memory, 30 s
// and no right to open files; what crashes or hangs does so there.
#ifndef SIM_RECORD_READER_H_
#define SIM_RECORD_READER_H_

#include "sim/record/rally.h"

typedef struct SimLog SimLog;

// path: a log folder, or a shard or exported file. A folder is opened with its index alone; its
// shards are opened when they are first read, one at a time. NULL and err (SIM_BAD_INPUT) when
// there is no log or the index or the single file is damaged.
SimLog *sim_log_open(const char *path, SimError *err);
void sim_log_close(SimLog *log);  // NULL is fine

int sim_log_rallies(const SimLog *log);  // listed
int sim_log_shards(const SimLog *log);

typedef struct SimShardInfo {
  char path[4096];
  int rallies, first;  // sim_log_read indices first .. first + rallies - 1
  uint64_t bytes;
} SimShardInfo;
void sim_log_shard(SimShardInfo *info, const SimLog *log, int shard);
// Opens the shard and reads all of it. SIM_BAD_INPUT with one sentence when it is damaged.
SimStatus sim_log_check(SimLog *log, int shard, SimError *err);

// The top of a shard.
SimStatus sim_log_info(SimLogInfo *info, SimLog *log, int shard, SimError *err);
// Rally i of 0 .. sim_log_rallies - 1, in order of their numbers in the run. rally must be
// zero-initialised or from an earlier read; the caller frees it with sim_rally_free.
SimStatus sim_log_read(SimRally *rally, SimLog *log, int i, SimError *err);
// Its attributes alone.
SimStatus sim_log_read_info(SimRallyInfo *info, SimLog *log, int i, SimError *err);
// Index of the rally that has this number in its run (SimRallyInfo.rally), -1 and err (SIM_USAGE)
// when the log does not hold it: a log may begin late, have holes, or be a file of chosen rallies.
int sim_log_find(SimLog *log, int64_t rally, SimError *err);
// Shard that holds rally i.
int sim_log_shard_of(const SimLog *log, int i);

// Reads a file held in memory from end to end in a child process with limits, and reports what the
// child found: SIM_OK, or SIM_BAD_INPUT with its sentence, also when it crashed or took longer.
enum { SIM_VET_SECONDS = 30 };
SimStatus sim_log_vet(const void *data, size_t size, const char *name, int seconds, SimError *err);

#endif  // SIM_RECORD_READER_H_
