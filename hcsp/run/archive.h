// What a checkpoint holds, as one list that is walked in both directions: the same calls that write
// an object read it back, so that nothing can be stored and not restored. Objects offer
// X_serialize(archive, object); a training calls those of its parts, in an order that suits
// reading.
//
// The first thing that goes wrong ends the walk: calls after it do nothing, and the status says
// what it was.
#ifndef HCSP_RUN_ARCHIVE_H_
#define HCSP_RUN_ARCHIVE_H_

#include "hcsp/run/checkpoint.h"

typedef struct RunArchive {
  const RunCheckpoint *file;  // that is read; NULL: the archive is written
  json_t *meta;        // JSON object beside the arrays, the archive's own while it is written
  const char *prefix;  // of the names that follow, "" at first
  RunBlob *blob;       // [n], written ones, with names and values of their own
  int n, room;
  void *scratch;  // bytes that are read, until the next call
  SimStatus status;
  SimError *err;
} RunArchive;

// For writing; meta becomes the archive's, NULL tells that it could not be made.
RunArchive run_archive_writer(json_t *meta, SimError *err);
// For reading; the file stays the caller's.
RunArchive run_archive_reader(const RunCheckpoint *file, SimError *err);
void run_archive_close(RunArchive *archive);
// Writes what was listed as the checkpoint of `step` in folder. The status of all of it.
SimStatus run_archive_save(RunArchive *archive, const char *folder, int64_t step);

bool run_archive_reads(const RunArchive *archive);
bool run_archive_ok(const RunArchive *archive);
// Ends the walk with a status that err holds already.
void run_archive_fail(RunArchive *archive, SimStatus status);

// count values that stay the caller's: copied out of them, or into them.
void run_archive_values(RunArchive *archive, const char *name, PolDtype dtype, size_t count,
                        void *value);
// How many values an array has: `count` while writing, as stored while reading; 0 and SIM_BAD_INPUT
// when there is none, or no multiple of `row`.
size_t run_archive_count(RunArchive *archive, const char *name, size_t count, size_t row);
// `size` bytes, to be filled by the caller while writing, filled while reading; theirs until the
// next call on a reader. NULL when the walk has ended.
void *run_archive_bytes(RunArchive *archive, const char *name, size_t size);

#endif  // HCSP_RUN_ARCHIVE_H_
