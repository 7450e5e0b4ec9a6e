// One shard on its way to the disk.
#ifndef SIM_RECORD_SHARD_H_
#define SIM_RECORD_SHARD_H_

#include "sim/record/h5.h"
#include "sim/record/index.h"

typedef struct SimShardWriter {
  uint8_t *block;     // of the file, aligned, on its way to the disk or back
  SimRally check[2];  // the rally that is read back through the library, and what it should be
} SimShardWriter;

void sim_shard_writer_free(SimShardWriter *writer);

// Writes n rallies as FOLDER/entry->file and fills the rest of entry: to a temporary name, every
// byte read back and compared by hash, one rally read back and compared number
// by number, synced, renamed. On failure the temporary file is gone. SIM_DISK_FULL when there is no
// room.
SimStatus sim_shard_write(SimIndexEntry *entry, SimShardWriter *writer, const char *folder,
                          const SimLogInfo *info, SimRecording *const *rally, int n, SimError *err);

#endif  // SIM_RECORD_SHARD_H_
