// The file is made in memory by the HDF5 library and goes to the disk past the page cache (where
// the file system lets us): the cache costs more than half of all logging, and reading back from it
// would prove nothing about the disk. The hash proves that the disk has the bytes that were meant;
// that these bytes are a match log is proved by reading one rally of each shard (a different one
// from shard to shard), since all rallies are written by the same calls and reading all of them
// would cost more than logging may.
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

enum { BLOCK = 1 << 21 };  // a large page, which the kernel moves as one piece

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

static SimStatus write_file(const SimH5Image *image, const char *path, SimError *err) {
  int fd = open_direct(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (fd < 0) {
    return sim_error_errno(err, "%s: cannot create the log shard", path);
  }
  const SimStatus status = write_all(fd, image->data, image->size, path, err);
  if (close(fd) != 0 && status == SIM_OK) {
    return sim_error_errno(err, "%s: cannot write the log shard", path);
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
  entry->xxh3 = sim_hash(writer->image.data, writer->image.size);
  SimStatus status = write_file(&writer->image, temp, err);
  if (status == SIM_OK) {
    status = read_back(writer->block, temp, state, entry->bytes, entry->xxh3, err);
  }
  XXH3_freeState(state);
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
  if (status == SIM_OK) {
    status = sim_h5_write_image(&writer->image, info, rally, n, err);
  }
  if (status != SIM_OK) {
    return status;
  }
  entry->rallies = n;
  entry->first_rally = info->first_rally;
  entry->bytes = writer->image.size;
  status = write_and_check(entry, writer, temp, info, rally, n, err);
  if (status != SIM_OK) {
    unlink(temp);
    return status;
  }
  return sim_file_commit(temp, path, err);
}

void sim_shard_writer_free(SimShardWriter *writer) {
  sim_h5_image_free(&writer->image);
  sim_rally_free(&writer->check[0]);
  sim_rally_free(&writer->check[1]);
  free(writer->block);
  *writer = (SimShardWriter){0};
}
