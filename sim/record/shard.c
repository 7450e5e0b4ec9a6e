// The file goes to the disk block by block past the page cache (where the file system lets us): the
// cache costs more than half of all logging, and reading back from it would prove nothing about the
// disk. A block is filled, hashed and written while the processor still has it. The hash proves
// that the disk has the bytes that were meant; that these bytes are a match log is proved by
// reading one rally of each shard (a different one from shard to shard), since all rallies are
// written by the same calls and reading all of them would cost more than logging may.
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

enum {
  BLOCK = 1 << 21,  // a large page, which the kernel moves as one piece
  ALIGN = 4096,
};

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

static SimStatus write_all(int fd, const uint8_t *at, size_t left, const char *path,
                           SimError *err) {
  while (left > 0) {
    ssize_t done = write(fd, at, left);
    // a short write leaves a rest that is not aligned
    if (done > 0 && (size_t)done < left) {
      errno = EINVAL;
      leave_direct(fd);
    }
    if (done >= 0) {
      at += done;
      left -= (size_t)done;
    } else if (errno != EINTR && !leave_direct(fd)) {
      return sim_error_errno(err, "%s: cannot write the log shard", path);
    }
  }
  return SIM_OK;
}

// A file on its way out.
typedef struct Sink {
  const char *path;
  int fd;  // -1 before the first block
  uint8_t *block;
  size_t n;  // bytes in it
  uint64_t size;
  XXH3_state_t *state;
} Sink;

// Writes the block, as a multiple of ALIGN bytes.
static SimStatus flush(Sink *sink, SimError *err) {
  const size_t size = (sink->n + ALIGN - 1) / ALIGN * ALIGN;
  memset(sink->block + sink->n, 0, size - sink->n);
  if (sink->fd < 0) {
    sink->fd = open_direct(sink->path, O_WRONLY | O_CREAT | O_TRUNC);
  }
  if (sink->fd < 0) {
    return sim_error_errno(err, "%s: cannot create the log shard", sink->path);
  }
  XXH3_64bits_update(sink->state, sink->block, size);
  sink->size += size;
  sink->n = 0;
  return write_all(sink->fd, sink->block, size, sink->path, err);
}

static SimStatus put(void *arg, const void *data, size_t size, SimError *err) {
  Sink *sink = arg;
  const uint8_t *from = data;
  while (size > 0) {
    const size_t room = BLOCK - sink->n, part = size < room ? size : room;
    memcpy(sink->block + sink->n, from, part);
    sink->n += part;
    from += part;
    size -= part;
    if (sink->n == BLOCK && flush(sink, err) != SIM_OK) {
      return err->status;
    }
  }
  return SIM_OK;
}

static SimStatus write_file(Sink *sink, const SimLogInfo *info, SimRecording *const *rally, int n,
                            SimError *err) {
  XXH3_64bits_reset(sink->state);
  SimStatus status = sim_h5_write_shard(put, sink, sink->path, info, rally, n, err);
  if (status == SIM_OK && sink->n > 0) {
    status = flush(sink, err);
  }
  if (sink->fd >= 0 && close(sink->fd) != 0 && status == SIM_OK) {
    return sim_error_errno(err, "%s: cannot write the log shard", sink->path);
  }
  return status;
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

static SimStatus check_rally(SimShardWriter *writer, const char *path, const SimLogInfo *info,
                             SimRecording *const *rally, int n, SimError *err) {
  SimRally *check = &writer->check[0], *wanted = &writer->check[1];
  SimH5 *file = sim_h5_open_path(path, err);
  if (file == NULL) {
    return SIM_FAIL;
  }
  const int chosen = (int)(info->first_rally / SIM_SHARD_RALLIES % n);
  SimStatus status = sim_h5_rallies(file) == n
                         ? sim_h5_read(check, file, chosen, err)
                         : sim_error(err, SIM_FAIL, "%s: has %d rallies, wanted %d", path,
                                     sim_h5_rallies(file), n);
  sim_h5_close(file);
  wanted->state_size = rally[chosen]->rally.state_size;
  if (status != SIM_OK || sim_recording_columns(wanted, rally[chosen], err) != SIM_OK) {
    return SIM_FAIL;
  }
  SimDifference difference;
  sim_rally_compare(&difference, check, wanted);
  if (difference.found) {
    return sim_error(err, SIM_FAIL, "%s: rally %lld: %s reads back different in row %d", path,
                     (long long)wanted->info.rally, difference.what, difference.row);
  }
  return SIM_OK;
}

static SimStatus write_and_check(SimIndexEntry *entry, SimShardWriter *writer, const char *temp,
                                 const SimLogInfo *info, SimRecording *const *rally, int n,
                                 SimError *err) {
  Sink sink = {.path = temp, .fd = -1, .state = XXH3_createState()};
  if (writer->block == NULL) {
    writer->block = aligned_alloc(BLOCK, BLOCK);
    if (writer->block != NULL) {
      madvise(writer->block, BLOCK, MADV_HUGEPAGE);
    }
  }
  if (sink.state == NULL || writer->block == NULL) {
    XXH3_freeState(sink.state);
    return sim_error(err, SIM_FAIL, "%s: no memory to write it", temp);
  }
  sink.block = writer->block;
  SimStatus status = write_file(&sink, info, rally, n, err);
  entry->bytes = sink.size;
  entry->xxh3 = XXH3_64bits_digest(sink.state);
  if (status == SIM_OK) {
    status = read_back(writer->block, temp, sink.state, entry->bytes, entry->xxh3, err);
  }
  XXH3_freeState(sink.state);
  if (status == SIM_OK) {
    status = check_rally(writer, temp, info, rally, n, err);
  }
  return status;
}

SimStatus sim_shard_write(SimIndexEntry *entry, SimShardWriter *writer, const char *folder,
                          const SimLogInfo *info, SimRecording *const *rally, int n,
                          SimError *err) {
  char path[SIM_PATH_MAX], temp[SIM_PATH_MAX], name[SIM_INDEX_NAME_MAX + 8];
  snprintf(name, sizeof name, "%s.tmp", entry->file);
  SimStatus status = sim_path_join(path, folder, entry->file, err);
  if (status == SIM_OK) {
    status = sim_path_join(temp, folder, name, err);
  }
  if (status != SIM_OK) {
    return status;
  }
  entry->rallies = n;
  entry->first_rally = info->first_rally;
  status = write_and_check(entry, writer, temp, info, rally, n, err);
  if (status != SIM_OK) {
    unlink(temp);
    return status;
  }
  return sim_file_commit(temp, path, err);
}

void sim_shard_writer_free(SimShardWriter *writer) {
  sim_rally_free(&writer->check[0]);
  sim_rally_free(&writer->check[1]);
  free(writer->block);
  *writer = (SimShardWriter){0};
}
