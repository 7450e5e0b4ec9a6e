// Files: whole reads with a cap, atomic durable writes (temporary name, fsync, rename, fsync of the
// folder), hashes and paths.
#ifndef SIM_BASE_FILE_H_
#define SIM_BASE_FILE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

enum { SIM_PATH_MAX = 4096, SIM_NOTE_MAX = 320 };

// Reads a regular file of at most cap bytes; *data is malloc'ed with a NUL behind its end.
// SIM_BAD_INPUT when it is missing, not a regular file, or larger than cap.
SimStatus sim_file_read(char **data, size_t *size, const char *path, size_t cap, SimError *err);

// Hash of a regular file of at most 1 GiB (sim_hash), and its bytes written to another as
// sim_file_write does.
SimStatus sim_file_hash(uint64_t *hash, const char *path, SimError *err);
SimStatus sim_file_copy(const char *to, const char *from, SimError *err);

// Opens a regular file of at most cap bytes for reading, *size is what it has now; never waits for
// a pipe. -1 and err as above.
int sim_file_open(size_t *size, const char *path, size_t cap, SimError *err);

// Writes path so that it either holds all of data or what it held before, also after a power cut.
// SIM_DISK_FULL for ENOSPC, EDQUOT and EFBIG, here and below. A link at path is replaced.
SimStatus sim_file_write(const char *path, const void *data, size_t size, SimError *err);

// Gives a finished temporary file its name: fsync(temp), rename, fsync(folder). On failure temp is
// removed.
SimStatus sim_file_commit(const char *temp, const char *path, SimError *err);

// Appends one line (a line break is added) and syncs it. One writer at a time. A failed append
// leaves nothing; a kill may leave a torn last line, behind which the next append starts a new one.
SimStatus sim_file_append_line(const char *path, const char *line, SimError *err);

// Takes the lock on an open file for this process, its children and their copies of fd, without
// waiting. False while somebody else holds it. A file system without locks has nobody who could
// hold it, and is worked with all the same. SIM_FAIL for what else can go wrong; path is for
// messages.
SimStatus sim_file_lock(bool *taken, int fd, const char *path, SimError *err);

// Makes a folder and its parents; fine when it exists.
SimStatus sim_file_make_folder(const char *path, SimError *err);
// Removes a folder with all that is in it, links and not what they lead to; fine when there is
// none.
SimStatus sim_file_remove_folder(const char *path, SimError *err);

// dir/name, or name alone when it is absolute or dir is empty. SIM_BAD_INPUT when too long.
SimStatus sim_path_join(char out[SIM_PATH_MAX], const char *dir, const char *name, SimError *err);
// The folder part of path, "." when there is none.
void sim_path_folder(char out[SIM_PATH_MAX], const char *path);

// The folder that holds assets/, policies/ and configs/: the environment variable HCSP_HOME, else
// PREFIX/share/hcsp of an installed program or library, else the source tree it was built from.
const char *sim_home(void);
// Writes what is wrong with that folder, "; HCSP_HOME is ..." to stand behind a sentence; nothing
// when the three are there. Returns whether they are.
bool sim_home_check(char out[SIM_NOTE_MAX]);

uint64_t sim_hash(const void *data, size_t size);  // XXH3, 64 bits
void sim_hash_hex(char out[17], uint64_t hash);

#endif  // SIM_BASE_FILE_H_
