// index.jsonl of a log folder: one line per finished shard. What is listed is whole.
#ifndef SIM_RECORD_INDEX_H_
#define SIM_RECORD_INDEX_H_

#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

enum { SIM_INDEX_NAME_MAX = 64 };

typedef struct SimIndexEntry {
  char file[SIM_INDEX_NAME_MAX];  // in the folder of the index
  int rallies;
  int64_t first_rally;
  uint64_t bytes, xxh3;  // of the file
} SimIndexEntry;

// Reads FOLDER/index.jsonl in order of first_rally; *entries is malloc'ed (NULL when *n is 0). A
// last line without a line break was being written when the writer died and is left out.
SimStatus sim_index_read(SimIndexEntry **entries, int *n, const char *folder, SimError *err);
// The same from memory; name is for messages.
SimStatus sim_index_parse(SimIndexEntry **entries, int *n, const char *name, const char *text,
                          size_t size, SimError *err);

// Makes an empty index where there is none, in one step, so that of two writers of a folder one is
// told (SIM_USAGE). It needs no lock, which some file systems do not have.
SimStatus sim_index_create(const char *folder, SimError *err);
// Appends a line and syncs it; when that fails the index is as it was.
SimStatus sim_index_append(const char *folder, const SimIndexEntry *entry, SimError *err);

#endif  // SIM_RECORD_INDEX_H_
