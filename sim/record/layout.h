// Lays out a shard as an HDF5 file without the library: a shard is always the same nine hundred
// small headers, which the library takes about 60 ms to make and this takes 2 ms, and logging may
// cost no more than a tenth of play. The format is public and frozen (HDF5 File Format
// Specification 3.0: superblock version 2, object headers version 2, compact groups, contiguous
// data); the library remains the judge, because every shard is read back through it.
//
// The file is: superblock, data of all rallies, object headers, one heap of strings, which also
// takes the padding to whole blocks. Data stay in the rallies' arrays until they are written.
#ifndef SIM_RECORD_LAYOUT_H_
#define SIM_RECORD_LAYOUT_H_

#include "sim/record/rally.h"

typedef struct SimBytes {
  uint8_t *data;
  size_t size, capacity;
  bool failed;  // memory ended; what was put since is lost
} SimBytes;

enum { SIM_SUPERBLOCK_SIZE = 48, SIM_DATA_ALIGN = 8, SIM_FILE_ALIGN = 4096 };

// A shard as it will be in the file, but for the data, which stay in the rallies.
typedef struct SimShardLayout {
  SimBytes superblock, headers, heap;
  uint64_t data_end;      // file offset of the headers
  uint64_t heap_address;  // file offset of the heap
  uint64_t size;          // of the file, a multiple of SIM_FILE_ALIGN
  uint32_t strings;       // in the heap
} SimShardLayout;

// Lays out n rallies. Zero-initialise layout before the first call; buffers are reused.
SimStatus sim_layout_shard(SimShardLayout *layout, const SimLogInfo *info, SimRally *const *rally,
                           int n, SimError *err);
void sim_layout_free(SimShardLayout *layout);

// Bytes of a column in the file without its padding to SIM_DATA_ALIGN.
size_t sim_layout_column_size(const SimRally *rally, SimColumn column);

// Checksum of the format's metadata (Jenkins' lookup3, hashlittle, from 0).
uint32_t sim_layout_checksum(const uint8_t *data, size_t size);

#endif  // SIM_RECORD_LAYOUT_H_
