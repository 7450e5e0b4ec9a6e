// TensorBoard records. Inner messages come before their length is known, so their sizes are
// computed first and everything is then written in one go.
#include "hcsp/train/tfevents.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

enum { FRAME = 16, EVENT_HEAD = 64, VALUE_BOUND = TRAIN_TAG_MAX + 24 };

// field numbers with their wire types
enum {
  EVENT_WALL_TIME = 1 << 3 | 1,
  EVENT_STEP = 2 << 3,
  EVENT_FILE_VERSION = 3 << 3 | 2,
  EVENT_SUMMARY = 5 << 3 | 2,
  EVENT_SESSION_LOG = 7 << 3 | 2,
  SUMMARY_VALUE = 1 << 3 | 2,
  VALUE_TAG = 1 << 3 | 2,
  VALUE_SIMPLE = 2 << 3 | 5,
  SESSION_STATUS = 1 << 3,
};

static const char version_text[] = "brain.Event:2";

size_t train_tfevents_bound(int n) {
  return FRAME + EVENT_HEAD + (size_t)n * VALUE_BOUND;
}

uint32_t train_crc32c(const void *data, size_t size) {
  const unsigned char *byte = data;
  uint32_t crc = ~UINT32_C(0);
  for (size_t i = 0; i < size; i++) {
    crc ^= byte[i];
    // records are small and few: eight steps a byte need no table
    for (int bit = 0; bit < 8; bit++) {
      crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82f63b78) : 0);
    }
  }
  return ~crc;
}

// ------------------------------------------------------------------------------------ wire format

static unsigned char *put_little(unsigned char *out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) {
    out[i] = (unsigned char)(value >> (8 * i) & 0xff);
  }
  return out + bytes;
}

static unsigned char *put_varint(unsigned char *out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) {
    *out++ = (unsigned char)(value & 0x7f) | 0x80;
  }
  *out++ = (unsigned char)value;
  return out;
}

static size_t varint_size(uint64_t value) {
  size_t n = 1;
  for (; value >= 0x80; value >>= 7) {
    n++;
  }
  return n;
}

static unsigned char *put_double(unsigned char *out, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return put_little(out, bits, 8);
}

static unsigned char *put_float(unsigned char *out, double value) {
  // beyond the range of float32 a conversion is undefined
  const double near = fabs(value) > (double)FLT_MAX ? copysign((double)INFINITY, value) : value;
  const float single = (float)near;
  uint32_t bits;
  memcpy(&bits, &single, sizeof bits);
  return put_little(out, bits, 4);
}

static unsigned char *put_text(unsigned char *out, const char *text, size_t length) {
  out = put_varint(out, length);
  memcpy(out, text, length);
  return out + length;
}

static size_t value_size(const TrainScalar *scalar) {
  const size_t length = strlen(scalar->tag);
  return 1 + varint_size(length) + length + 1 + 4;
}

static unsigned char *put_value(unsigned char *out, const TrainScalar *scalar) {
  *out++ = SUMMARY_VALUE;
  out = put_varint(out, value_size(scalar));
  *out++ = VALUE_TAG;
  out = put_text(out, scalar->tag, strlen(scalar->tag));
  *out++ = VALUE_SIMPLE;
  return put_float(out, scalar->value);
}

// ---------------------------------------------------------------------------------------- records

// the mask keeps a checksum of bytes that hold checksums from being special
static uint32_t masked_crc(const unsigned char *data, size_t size) {
  const uint32_t crc = train_crc32c(data, size);
  return (crc >> 15 | crc << 17) + UINT32_C(0xa282ead8);
}

// puts the frame around the event that ends at end and begins 12 bytes behind out
static size_t close_record(unsigned char *out, const unsigned char *end) {
  const size_t size = (size_t)(end - (out + 12));
  put_little(out, size, 8);
  put_little(out + 8, masked_crc(out, 8), 4);
  put_little(out + 12 + size, masked_crc(out + 12, size), 4);
  return size + FRAME;
}

static unsigned char *open_record(unsigned char *out, double wall) {
  out += 12;
  *out++ = EVENT_WALL_TIME;
  return put_double(out, wall);
}

static unsigned char *put_step(unsigned char *out, int64_t step) {
  *out++ = EVENT_STEP;
  return put_varint(out, (uint64_t)step);
}

size_t train_tfevents_version(unsigned char *out, double wall) {
  unsigned char *at = open_record(out, wall);
  *at++ = EVENT_FILE_VERSION;
  at = put_text(at, version_text, sizeof version_text - 1);
  return close_record(out, at);
}

size_t train_tfevents_start(unsigned char *out, double wall, int64_t step) {
  unsigned char *at = put_step(open_record(out, wall), step);
  *at++ = EVENT_SESSION_LOG;
  at = put_varint(at, 2);
  *at++ = SESSION_STATUS;
  at = put_varint(at, 1);
  return close_record(out, at);
}

size_t train_tfevents_scalars(unsigned char *out, double wall, int64_t step,
                              const TrainScalar *scalar, int n) {
  size_t size = 0;
  for (int i = 0; i < n; i++) {
    const size_t value = value_size(&scalar[i]);
    size += 1 + varint_size(value) + value;
  }
  unsigned char *at = put_step(open_record(out, wall), step);
  *at++ = EVENT_SUMMARY;
  at = put_varint(at, size);
  for (int i = 0; i < n; i++) {
    at = put_value(at, &scalar[i]);
  }
  assert((size_t)(at - out) <= train_tfevents_bound(n));
  return close_record(out, at);
}
