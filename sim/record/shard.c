// The file is filled block by block past the page cache (where the file system lets us): the cache
// costs more than half of all logging, and reading back from it would prove nothing about the disk.
// The hash proves that the disk has the bytes that were meant; that these bytes are a match log is
// proved by the library, on one rally of each shard (a different one from shard to shard), since
// all rallies are laid out by the same code and opening all of them would cost more than logging
// may.
#include "sim/record/shard.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// compiled here, the hash uses the vector instructions of this machine
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sim/base/file.h"
#include "sim/record/h5.h"

enum { BLOCK = 1 << 21 };  // a large page, which the kernel moves as one piece

typedef struct Stream {
  int fd;
  const char *path;
  SimError *err;
  XXH3_state_t *hash;
  uint8_t *block;
  size_t used;
  SimStatus status;
} Stream;

// Past the cache when the file system can.
static int open_direct(const char *path, int flags) {
  int fd = open(path, flags | O_DIRECT | O_CLOEXEC, 0666);
  return fd < 0 && errno == EINVAL ? open(path, flags | O_CLOEXEC, 0666) : fd;
}

// True when errno says that direct access does not work after all, and it is now off.
static bool leave_direct(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return errno == EINVAL && (flags & O_DIRECT) != 0 && fcntl(fd, F_SETFL, flags & ~O_DIRECT) == 0;
}

static void flush(Stream *stream) {
  const uint8_t *at = stream->block;
  size_t left = stream->used;
  stream->used = 0;
  XXH3_64bits_update(stream->hash, at, left);
  while (left > 0 && stream->status == SIM_OK) {
    ssize_t done = write(stream->fd, at, left);
    // a short write leaves a rest that is not aligned
    if (done > 0 && (size_t)done < left) {
      errno = EINVAL;
      leave_direct(stream->fd);
    }
    if (done >= 0) {
      at += done;
      left -= (size_t)done;
    } else if (errno != EINTR && !leave_direct(stream->fd)) {
      stream->status = sim_error_errno(stream->err, "%s: cannot write the log shard", stream->path);
    }
  }
}

static void add(Stream *stream, const void *data, size_t size) {
  const uint8_t *from = data;
  while (size > 0) {
    size_t part = BLOCK - stream->used < size ? BLOCK - stream->used : size;
    memcpy(stream->block + stream->used, from, part);
    stream->used += part;
    from += part;
    size -= part;
    if (stream->used == BLOCK) {
      flush(stream);
    }
  }
}

static void add_data(Stream *stream, SimRally *const *rally, int n) {
  static const uint8_t zero[SIM_DATA_ALIGN];
  for (int i = 0; i < n; i++) {
    for (int c = 0; c < SIM_COLUMNS; c++) {
      size_t size = sim_layout_column_size(rally[i], (SimColumn)c);
      add(stream, sim_column_data(rally[i], (SimColumn)c), size);
      add(stream, zero, (SIM_DATA_ALIGN - size % SIM_DATA_ALIGN) % SIM_DATA_ALIGN);
    }
  }
}

static SimStatus write_file(uint64_t *hash, SimShardWriter *writer, XXH3_state_t *state,
                            const char *path, SimRally *const *rally, int n, SimError *err) {
  const SimShardLayout *layout = &writer->layout;
  int fd = open_direct(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (fd < 0) {
    return sim_error_errno(err, "%s: cannot create the log shard", path);
  }
  XXH3_64bits_reset(state);
  Stream stream = {.fd = fd, .path = path, .err = err, .hash = state, .block = writer->block};
  add(&stream, layout->superblock.data, layout->superblock.size);
  add_data(&stream, rally, n);
  add(&stream, layout->headers.data, layout->headers.size);
  add(&stream, layout->heap.data, layout->heap.size);
  flush(&stream);
  *hash = XXH3_64bits_digest(state);
  if (close(fd) != 0 && stream.status == SIM_OK) {
    return sim_error_errno(err, "%s: cannot write the log shard", path);
  }
  return stream.status;
}

static SimStatus read_back(uint8_t *block, const char *path, XXH3_state_t *state, uint64_t size,
                           uint64_t hash, SimError *err) {
  int fd = open_direct(path, O_RDONLY);
  if (fd < 0) {
    return sim_error_errno(err, "%s: cannot read the log shard back", path);
  }
  uint64_t seen = 0;
  ssize_t done;
  XXH3_64bits_reset(state);
  while ((done = read(fd, block, BLOCK)) != 0) {
    if (done > 0) {
      XXH3_64bits_update(state, block, (size_t)done);
      seen += (uint64_t)done;
    } else if (errno != EINTR && !leave_direct(fd)) {
      break;
    }
  }
  SimStatus status = SIM_OK;
  if (done < 0) {
    status = sim_error_errno(err, "%s: cannot read the log shard back", path);
  }
  close(fd);
  if (status == SIM_OK && (seen != size || XXH3_64bits_digest(state) != hash)) {
    return sim_error(err, SIM_FAIL, "%s: the disk holds other bytes than were written to it", path);
  }
  return status;
}

static SimStatus check_rally(SimRally *check, const char *path, const SimLogInfo *info,
                             SimRally *const *rally, int n, SimError *err) {
  SimH5 *file = sim_h5_open_path(path, err);
  if (file == NULL) {
    return SIM_FAIL;
  }
  int chosen = (int)(info->first_rally / SIM_SHARD_RALLIES % n);
  SimStatus status = sim_h5_rallies(file) == n
                         ? sim_h5_read(check, file, chosen, err)
                         : sim_error(err, SIM_FAIL, "%s: has %d rallies, wanted %d", path,
                                     sim_h5_rallies(file), n);
  sim_h5_close(file);
  if (status != SIM_OK) {
    return SIM_FAIL;
  }
  SimDifference difference;
  sim_rally_compare(&difference, check, rally[chosen]);
  if (difference.found) {
    return sim_error(err, SIM_FAIL, "%s: episode_%d: %s reads back different in row %d", path,
                     chosen, difference.what, difference.row);
  }
  return SIM_OK;
}

static SimStatus write_and_check(SimIndexEntry *entry, SimShardWriter *writer, const char *temp,
                                 const SimLogInfo *info, SimRally *const *rally, int n,
                                 SimError *err) {
  XXH3_state_t *state = XXH3_createState();
  if (writer->block == NULL) {
    writer->block = aligned_alloc(BLOCK, BLOCK);
    if (writer->block != NULL) {
      madvise(writer->block, BLOCK, MADV_HUGEPAGE);
    }
  }
  if (state == NULL || writer->block == NULL) {
    XXH3_freeState(state);
    return sim_error(err, SIM_FAIL, "%s: no memory to write it", temp);
  }
  SimStatus status = write_file(&entry->xxh3, writer, state, temp, rally, n, err);
  if (status == SIM_OK) {
    status = read_back(writer->block, temp, state, entry->bytes, entry->xxh3, err);
  }
  XXH3_freeState(state);
  if (status == SIM_OK) {
    status = check_rally(&writer->check, temp, info, rally, n, err);
  }
  return status;
}

SimStatus sim_shard_write(SimIndexEntry *entry, SimShardWriter *writer, const char *folder,
                          const SimLogInfo *info, SimRally *const *rally, int n, SimError *err) {
  char path[SIM_PATH_MAX], temp[SIM_PATH_MAX], name[SIM_INDEX_NAME_MAX + 8];
  snprintf(name, sizeof name, "%s.tmp", entry->file);
  SimStatus status = sim_path_join(path, folder, entry->file, err);
  if (status == SIM_OK) {
    status = sim_path_join(temp, folder, name, err);
  }
  if (status == SIM_OK) {
    status = sim_layout_shard(&writer->layout, info, rally, n, err);
  }
  if (status != SIM_OK) {
    return status;
  }
  entry->rallies = n;
  entry->first_rally = info->first_rally;
  entry->bytes = writer->layout.size;
  status = write_and_check(entry, writer, temp, info, rally, n, err);
  if (status != SIM_OK) {
    unlink(temp);
    return status;
  }
  return sim_file_commit(temp, path, err);
}

void sim_shard_writer_free(SimShardWriter *writer) {
  sim_layout_free(&writer->layout);
  sim_rally_free(&writer->check);
  free(writer->block);
  *writer = (SimShardWriter){0};
}
