// Checkpoints: named arrays and a JSON object, one safetensors file each (Python's safetensors
// opens them), `ckpt-000000012345.safetensors` in a folder of their own. The file proves itself:
// its metadata holds the XXH3-64 of every other byte, so a flipped bit or a missing end is noticed
// anywhere. It appears under its name whole and synced or not at all; the newest three stay.
#ifndef HCSP_RUN_CHECKPOINT_H_
#define HCSP_RUN_CHECKPOINT_H_

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policies/safetensors.h"
#include "sim/base/status.h"

enum {
  RUN_CHECKPOINTS_KEPT = 3,
  RUN_CHECKPOINT_MAX = 1 << 30,    // bytes of a file
  RUN_CHECKPOINT_BLOBS = 1 << 14,  // arrays in a file
};

// An array to be saved.
typedef struct RunBlob {
  const char *name;  // UTF-8, one of a kind in its checkpoint
  PolDtype dtype;    // POL_F32, POL_F64, POL_U8 or POL_I64
  size_t count;      // values, 0 is fine
  const void *value;
} RunBlob;

// Saves the state after step (0 or more) into folder, which exists, then removes all but the newest
// three, those of later steps (they belong to a history that is being replaced) and what a killed
// process left half written. One process at a time. meta is a JSON object of anything; jansson
// keeps its numbers exact (integers within int64). SIM_DISK_FULL leaves the older ones as they
// were; SIM_FAIL without memory, beyond RUN_CHECKPOINT_MAX or with a name that comes twice.
SimStatus run_checkpoint_save(const char *folder, int64_t step, const RunBlob *blob, int n,
                              const json_t *meta, SimError *err);

typedef struct RunCheckpoint RunCheckpoint;

// The newest whole one of folder. A damaged one is named in a warning and passed over. NULL with
// SIM_BAD_INPUT when there is none.
RunCheckpoint *run_checkpoint_latest(const char *folder, SimError *err);
// Number of checkpoints in folder, damaged ones too; 0 when there is no such folder.
int run_checkpoint_files(const char *folder);

// One file. NULL with SIM_BAD_INPUT when it is missing, damaged or no checkpoint.
RunCheckpoint *run_checkpoint_load(const char *path, SimError *err);
// The same from memory; name stands for the path in messages. bytes, malloc'ed, belong to the
// checkpoint from now on, also when it is refused.
RunCheckpoint *run_checkpoint_parse(const char *name, char *bytes, size_t size, SimError *err);
void run_checkpoint_destroy(RunCheckpoint *checkpoint);  // NULL is fine

int64_t run_checkpoint_step(const RunCheckpoint *checkpoint);
const char *run_checkpoint_path(const RunCheckpoint *checkpoint);
const json_t *run_checkpoint_meta(const RunCheckpoint *checkpoint);
// Values of an array, SIZE_MAX when there is none of that name.
size_t run_checkpoint_count(const RunCheckpoint *checkpoint, const char *name);
// Copies count values of an array to out. SIM_BAD_INPUT when it is missing, of another type or of
// another length; out is then untouched.
SimStatus run_checkpoint_read(void *out, const RunCheckpoint *checkpoint, const char *name,
                              PolDtype dtype, size_t count, SimError *err);

// The bytes of a file as run_checkpoint_save writes it, malloc'ed. SIM_FAIL as there.
SimStatus run_checkpoint_format(char **bytes, size_t *size, int64_t step, const RunBlob *blob,
                                int n, const json_t *meta, SimError *err);
// Stores the hash of bytes in them: what a test needs to make a wrong file with a right hash. false
// when they do not begin as a checkpoint does.
bool run_checkpoint_seal(char *bytes, size_t size);

#endif  // HCSP_RUN_CHECKPOINT_H_
