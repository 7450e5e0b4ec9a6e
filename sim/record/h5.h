// The one place that includes the HDF5 library: writes match files of schema 2, and reads those of
// schemas 1 and 2, which it treats as hostile. Only fixed names are opened; every dataset must be a
// hard link to plain or compressed data inside the file (no external or virtual storage, no plugin
// filter) with the class, size, rank and lengths that the schema asks for; every number is checked
// against its range.
#ifndef SIM_RECORD_H5_H_
#define SIM_RECORD_H5_H_

#include "sim/record/observe.h"
#include "sim/record/rows.h"

typedef struct SimH5 SimH5;

// Opens a match file held in memory, which may be released afterwards; name is for messages. NULL
// and err when it is not a match file.
SimH5 *sim_h5_open_image(const void *data, size_t size, const char *name, SimError *err);
// The same from disk, for files that this process has just written.
SimH5 *sim_h5_open_path(const char *path, SimError *err);
void sim_h5_close(SimH5 *file);  // NULL is fine

const SimLogInfo *sim_h5_info(const SimH5 *file);
int sim_h5_rallies(const SimH5 *file);

// Attributes of rally i of the file.
SimStatus sim_h5_read_info(SimRallyInfo *info, const SimH5 *file, int i, SimError *err);
// Everything of rally i; rally must be zero-initialised or from an earlier read.
SimStatus sim_h5_read(SimRally *rally, const SimH5 *file, int i, SimError *err);

// Makes the file of n rallies: puts its bytes from the first to the last, the same ones for the
// same rallies. Before that the library makes its structure at `path`, which is overwritten and
// left there for the caller to overwrite. SIM_FAIL when memory ends, SIM_DISK_FULL, the failures of
// put.
SimStatus sim_h5_write_shard(SimPutFn *put, void *arg, const char *path, const SimLogInfo *info,
                             SimRecording *const *rally, int n, SimError *err);

// Writes rallies one by one into a compressed file (shuffle, deflate 1, checksums). Used by export.
typedef struct SimH5Writer SimH5Writer;
SimH5Writer *sim_h5_writer_create(const char *path, const SimLogInfo *info, SimError *err);
SimStatus sim_h5_writer_add(SimH5Writer *writer, SimRally *rally, SimError *err);
// Adds what was seen in the rally added last to `steps/observations` (attributes layout,
// columns_text); to every rally or to none.
SimStatus sim_h5_writer_observations(SimH5Writer *writer, const SimObservations *obs,
                                     SimError *err);
// Closes the file; SIM_DISK_FULL or SIM_FAIL when anything failed to reach it.
SimStatus sim_h5_writer_finish(SimH5Writer *writer, SimError *err);

#endif  // SIM_RECORD_H5_H_
