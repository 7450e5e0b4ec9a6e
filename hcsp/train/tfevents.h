// Records of TensorBoard's event files, written by hand: TFRecord framing (u64 length, masked
// CRC-32C of it, data, masked CRC-32C of them) around an Event in protobuf's wire format. Fields
// from tensorboard/compat/proto/event.proto and summary.proto: Event {wall_time 1 double, step 2
// int64, file_version 3 string, summary 5, session_log 7}, Summary {value 1 repeated}, Value {tag 1
// string, simple_value 2 float}, SessionLog {status 1, START = 1}.
#ifndef HCSP_TRAIN_TFEVENTS_H_
#define HCSP_TRAIN_TFEVENTS_H_

#include <stddef.h>
#include <stdint.h>

enum { TRAIN_TAG_MAX = 64 };  // bytes of a tag with its NUL

typedef struct TrainScalar {
  char tag[TRAIN_TAG_MAX];
  double value;
} TrainScalar;

// Bytes that a record of n scalars needs at most.
size_t train_tfevents_bound(int n);

// Each writes one record to out, which has room for train_tfevents_bound(n) bytes (n = 0 in the
// first two), and returns its length. wall is in seconds since 1970.
size_t train_tfevents_version(unsigned char *out, double wall);  // first in each file
// A session starts at step: points at step or later in earlier files are superseded.
size_t train_tfevents_start(unsigned char *out, double wall, int64_t step);
size_t train_tfevents_scalars(unsigned char *out, double wall, int64_t step,
                              const TrainScalar *scalar, int n);

// CRC-32C (Castagnoli, reflected 0x82f63b78), as in RFC 3720 B.4.
uint32_t train_crc32c(const void *data, size_t size);

#endif  // HCSP_TRAIN_TFEVENTS_H_
