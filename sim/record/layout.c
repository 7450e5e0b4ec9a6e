// The few message kinds of the HDF5 format that a shard needs, in the order of the specification:
// superblock (II.A), global heap (III.E), object header (IV.A.1.b) and its messages (IV.A.2). All
// numbers are little-endian, as is the machine, which the compiler checks.
#include "sim/record/layout.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "data are written as they are in memory");

enum {
  MESSAGE_DATASPACE = 0x01,
  MESSAGE_LINK_INFO = 0x02,
  MESSAGE_DATATYPE = 0x03,
  MESSAGE_FILL = 0x05,
  MESSAGE_LINK = 0x06,
  MESSAGE_LAYOUT = 0x08,
  MESSAGE_GROUP_INFO = 0x0a,
  MESSAGE_ATTRIBUTE = 0x0c,
  MESSAGE_CONSTANT = 1,  // flag: must not change
  HEAP_MIN = 4096,       // smallest heap of the format
};
#define ADDRESS_NONE UINT64_MAX

// Types that attributes and datasets have.
typedef enum Type {
  TYPE_F32,
  TYPE_F64,
  TYPE_U8,
  TYPE_I8,
  TYPE_I32,
  TYPE_I64,
  TYPE_U64,
  TYPE_TEXT
} Type;

// --- bytes

static void grow(SimBytes *bytes, size_t size) {
  size_t capacity = 2 * (bytes->size + size) + 65536;
  uint8_t *grown = bytes->failed ? NULL : realloc(bytes->data, capacity);
  if (grown == NULL) {
    bytes->failed = true;
    return;
  }
  bytes->data = grown;
  bytes->capacity = capacity;
}

static inline void put(SimBytes *bytes, const void *data, size_t size) {
  if (bytes->size + size > bytes->capacity) {
    grow(bytes, size);
  }
  if (!bytes->failed) {
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
  }
}

static inline void put8(SimBytes *bytes, unsigned value) {
  uint8_t byte = (uint8_t)value;
  put(bytes, &byte, 1);
}

static inline void put16(SimBytes *bytes, unsigned value) {
  uint16_t word = (uint16_t)value;
  put(bytes, &word, 2);
}

static inline void put32(SimBytes *bytes, uint32_t value) {
  put(bytes, &value, 4);
}

static inline void put64(SimBytes *bytes, uint64_t value) {
  put(bytes, &value, 8);
}

static void patch(SimBytes *bytes, size_t at, const void *data, size_t size) {
  if (!bytes->failed) {
    assert(at + size <= bytes->size);
    memcpy(bytes->data + at, data, size);
  }
}

// --- checksum

static inline uint32_t rotate(uint32_t x, int by) {
  return x << by | x >> (32 - by);
}

// x = (x - z) ^ rotate(z), z += y, over the three words in turn.
static inline void mix_word(uint32_t *x, uint32_t *z, uint32_t y, int by) {
  *x = (*x - *z) ^ rotate(*z, by);
  *z += y;
}

static inline void mix(uint32_t s[3]) {
  mix_word(&s[0], &s[2], s[1], 4);
  mix_word(&s[1], &s[0], s[2], 6);
  mix_word(&s[2], &s[1], s[0], 8);
  mix_word(&s[0], &s[2], s[1], 16);
  mix_word(&s[1], &s[0], s[2], 19);
  mix_word(&s[2], &s[1], s[0], 4);
}

static void mix_last(uint32_t s[3]) {
  static const int by[7] = {14, 11, 25, 16, 4, 14, 24};
  for (int i = 0; i < 7; i++) {
    uint32_t *x = &s[(i + 2) % 3], y = s[(i + 1) % 3];
    *x = (*x ^ y) - rotate(y, by[i]);
  }
}

uint32_t sim_layout_checksum(const uint8_t *data, size_t size) {
  uint32_t start = 0xdeadbeefu + (uint32_t)size;
  uint32_t s[3] = {start, start, start};
  while (size > 12) {
    uint32_t word[3];
    memcpy(word, data, 12);
    for (int i = 0; i < 3; i++) {
      s[i] += word[i];
    }
    mix(s);
    data += 12;
    size -= 12;
  }
  if (size == 0) {
    return s[2];
  }
  uint32_t word[3] = {0};
  memcpy(word, data, size);
  for (int i = 0; i < 3; i++) {
    s[i] += word[i];
  }
  mix_last(s);
  return s[2];
}

// --- object headers

static size_t begin_header(SimBytes *bytes) {
  size_t start = bytes->size;
  put(bytes, "OHDR", 4);
  put8(bytes, 2);  // version
  put8(bytes, 2);  // the size below takes four bytes; no times, so that equal runs are equal files
  put32(bytes, 0);
  return start;
}

static void end_header(SimBytes *bytes, size_t start) {
  uint32_t size = (uint32_t)(bytes->size - start - 10);
  patch(bytes, start + 6, &size, 4);
  if (!bytes->failed) {
    put32(bytes, sim_layout_checksum(bytes->data + start, bytes->size - start));
  }
}

static size_t begin_message(SimBytes *bytes, unsigned type, unsigned flags) {
  put8(bytes, type);
  put16(bytes, 0);
  put8(bytes, flags);
  return bytes->size;
}

static void end_message(SimBytes *bytes, size_t start) {
  uint16_t size = (uint16_t)(bytes->size - start);
  assert(bytes->size - start <= UINT16_MAX);
  patch(bytes, start - 3, &size, 2);
}

static void put_integer(SimBytes *bytes, uint32_t size, bool is_signed) {
  put8(bytes, 0x10);  // version 1, class fixed point
  put8(bytes, is_signed ? 8 : 0);
  put16(bytes, 0);
  put32(bytes, size);
  put16(bytes, 0);         // first bit
  put16(bytes, 8 * size);  // bits
}

// IEEE 754, with the most significant bit of the mantissa implied.
static void put_float(SimBytes *bytes, uint32_t size, unsigned exponent, unsigned mantissa) {
  put8(bytes, 0x11);  // version 1, class floating point
  put8(bytes, 0x20);
  put8(bytes, 8 * size - 1);  // the sign's place
  put8(bytes, 0);
  put32(bytes, size);
  put16(bytes, 0);
  put16(bytes, 8 * size);
  put8(bytes, mantissa);  // place and bits of the exponent, of the mantissa
  put8(bytes, exponent);
  put8(bytes, 0);
  put8(bytes, mantissa);
  put32(bytes, (1u << (exponent - 1)) - 1);
}

static void put_type(SimBytes *bytes, Type type) {
  switch (type) {
  case TYPE_F32:
    put_float(bytes, 4, 8, 23);
    break;
  case TYPE_F64:
    put_float(bytes, 8, 11, 52);
    break;
  case TYPE_U8:
    put_integer(bytes, 1, false);
    break;
  case TYPE_I8:
    put_integer(bytes, 1, true);
    break;
  case TYPE_I32:
    put_integer(bytes, 4, true);
    break;
  case TYPE_I64:
    put_integer(bytes, 8, true);
    break;
  case TYPE_U64:
    put_integer(bytes, 8, false);
    break;
  case TYPE_TEXT:
    put8(bytes, 0x19);  // version 1, class variable length
    put8(bytes, 1);     // a string that ends with NUL
    put8(bytes, 1);     // in UTF-8
    put8(bytes, 0);
    put32(bytes, 16);  // length, heap and index
    put_integer(bytes, 1, false);
    break;
  }
}

static Type type_of(SimNumber number) {
  switch (number) {
  case SIM_F32:
    return TYPE_F32;
  case SIM_F64:
    return TYPE_F64;
  case SIM_U8:
    return TYPE_U8;
  case SIM_I8:
    return TYPE_I8;
  case SIM_I32:
    return TYPE_I32;
  }
  assert(false);
  return TYPE_F32;
}

// rank 0 is a single number.
static void put_space(SimBytes *bytes, int rank, const uint64_t *length) {
  put8(bytes, 2);
  put8(bytes, (unsigned)rank);
  put8(bytes, 0);
  put8(bytes, rank > 0);
  put(bytes, length, 8 * (size_t)rank);
}

// --- attributes

// Appends a string to the heap and its reference to the headers.
static void put_text(SimShardLayout *layout, const char *text) {
  static const uint8_t zero[8] = {0};
  size_t size = strlen(text);
  SimBytes *heap = &layout->heap;
  layout->strings++;
  put16(heap, layout->strings);
  put16(heap, 0);
  put32(heap, 0);
  put64(heap, size);
  put(heap, text, size);
  put(heap, zero, (8 - size % 8) % 8);
  put32(&layout->headers, (uint32_t)size);
  put64(&layout->headers, layout->heap_address);
  put32(&layout->headers, layout->strings);
}

// Everything of an attribute but its value; length 0 is a single value, else a list.
static size_t begin_attribute(SimBytes *bytes, const char *name, Type type, uint64_t length) {
  static const uint8_t type_size[] = {20, 20, 12, 12, 12, 12, 12, 20};
  size_t start = begin_message(bytes, MESSAGE_ATTRIBUTE, 0);
  put8(bytes, 3);  // version
  put8(bytes, 0);
  put16(bytes, (unsigned)strlen(name) + 1);
  put16(bytes, type_size[type]);
  put16(bytes, length > 0 ? 12 : 4);
  put8(bytes, 0);
  put(bytes, name, strlen(name) + 1);
  put_type(bytes, type);
  put_space(bytes, length > 0, &length);
  return start;
}

static void attribute_text(SimShardLayout *layout, const char *name, const char *text) {
  size_t start = begin_attribute(&layout->headers, name, TYPE_TEXT, 0);
  put_text(layout, text);
  end_message(&layout->headers, start);
}

static void attribute_list(SimShardLayout *layout, const char *name, const char *const *text,
                           int n) {
  size_t start = begin_attribute(&layout->headers, name, TYPE_TEXT, (uint64_t)n);
  for (int i = 0; i < n; i++) {
    put_text(layout, text[i]);
  }
  end_message(&layout->headers, start);
}

static void attribute_number(SimShardLayout *layout, const char *name, Type type,
                             const void *value) {
  size_t start = begin_attribute(&layout->headers, name, type, 0);
  put(&layout->headers, value, 8);
  end_message(&layout->headers, start);
}

static void attribute_int(SimShardLayout *layout, const char *name, int64_t value) {
  attribute_number(layout, name, TYPE_I64, &value);
}

// --- datasets and groups

typedef struct Link {
  const char *name;
  uint64_t address;
} Link;

static uint64_t here(const SimShardLayout *layout) {
  return layout->data_end + layout->headers.size;
}

// Parts of a state row become a list: "integration 203;rotor 24" -> two names.
static void attribute_parts(SimShardLayout *layout, const char *spec) {
  char text[SIM_LOG_TEXT_MAX];
  const char *part[32];
  int n = 0;
  snprintf(text, sizeof text, "%s", spec);
  char *rest = text, *token;
  while (n < 32 && (token = strsep(&rest, ";")) != NULL) {
    part[n++] = token;
  }
  attribute_list(layout, "columns", part, n);
  attribute_text(layout, "state_spec", spec);
}

static void column_attributes(SimShardLayout *layout, const SimLogInfo *info, SimColumn column) {
  const SimColumnInfo *c = sim_column(column);
  attribute_text(layout, "units", c->units);
  if (c->of != NULL) {
    attribute_list(layout, "columns", c->of, c->length[c->rank - 1]);
  }
  if (column == SIM_COLUMN_state) {
    attribute_parts(layout, info->state_spec);
  }
  const char *name[SIM_SKILL_NAMES_MAX];
  if (column == SIM_COLUMN_skill) {
    for (int i = 0; i < info->skills; i++) {
      name[i] = info->skill[i];
    }
    attribute_list(layout, "names", name, info->skills);
  }
  if (column == SIM_COLUMN_event_kind) {
    for (int i = 0; i < SIM_EVENT_KINDS; i++) {
      name[i] = sim_event_name((SimEventKind)i);
    }
    attribute_list(layout, "names", name, SIM_EVENT_KINDS);
  }
}

static uint64_t put_dataset(SimShardLayout *layout, const SimLogInfo *info, const SimRally *rally,
                            SimColumn column, uint64_t data) {
  const SimColumnInfo *c = sim_column(column);
  SimBytes *bytes = &layout->headers;
  uint64_t address = here(layout), size = sim_layout_column_size(rally, column);
  uint64_t length[3] = {(uint64_t)rally->n[c->rows], (uint64_t)c->length[0],
                        (uint64_t)c->length[1]};
  int rank = 1 + c->rank;
  if (column == SIM_COLUMN_state) {
    rank = 2;
    length[1] = (uint64_t)rally->state_size;
  }
  size_t header = begin_header(bytes);
  size_t message = begin_message(bytes, MESSAGE_DATASPACE, 0);
  put_space(bytes, rank, length);
  end_message(bytes, message);
  message = begin_message(bytes, MESSAGE_DATATYPE, MESSAGE_CONSTANT);
  put_type(bytes, type_of(c->number));
  end_message(bytes, message);
  message = begin_message(bytes, MESSAGE_FILL, MESSAGE_CONSTANT);
  put8(bytes, 3);  // version
  put8(bytes, 6);  // never written: all space is data
  end_message(bytes, message);
  message = begin_message(bytes, MESSAGE_LAYOUT, 0);
  put8(bytes, 3);  // version
  put8(bytes, 1);  // contiguous
  put64(bytes, size > 0 ? data : ADDRESS_NONE);
  put64(bytes, size);
  end_message(bytes, message);
  column_attributes(layout, info, column);
  end_header(bytes, header);
  return address;
}

// A group's header is open until its attributes are in; see end_header.
static size_t begin_group(SimShardLayout *layout, const Link *link, int n) {
  SimBytes *bytes = &layout->headers;
  size_t header = begin_header(bytes);
  size_t message = begin_message(bytes, MESSAGE_LINK_INFO, 0);
  put16(bytes, 0);             // version, flags
  put64(bytes, ADDRESS_NONE);  // links are messages of this header
  put64(bytes, ADDRESS_NONE);
  end_message(bytes, message);
  message = begin_message(bytes, MESSAGE_GROUP_INFO, MESSAGE_CONSTANT);
  put16(bytes, 0);
  end_message(bytes, message);
  for (int i = 0; i < n; i++) {
    message = begin_message(bytes, MESSAGE_LINK, 0);
    put8(bytes, 1);  // version
    put8(bytes, 0);  // hard link, length in one byte
    put8(bytes, (unsigned)strlen(link[i].name));
    put(bytes, link[i].name, strlen(link[i].name));
    put64(bytes, link[i].address);
    end_message(bytes, message);
  }
  return header;
}

static void rally_attributes(SimShardLayout *layout, const SimRallyInfo *info) {
  attribute_int(layout, "rally", info->rally);
  attribute_number(layout, "seed", TYPE_U64, &info->seed);
  attribute_text(layout, "server", info->server == SIM_NEAR ? "near" : "far");
  attribute_text(layout, "winner", sim_winner_name(info->winner));
  attribute_text(layout, "reason", sim_event_name(info->reason));
  attribute_int(layout, "steps", info->steps);
  attribute_int(layout, "hits", info->hits);
  size_t start = begin_attribute(&layout->headers, "serve_target", TYPE_F32, 2);
  put(&layout->headers, info->serve_target, sizeof info->serve_target);
  end_message(&layout->headers, start);
}

// Datasets of a rally, its groups, itself; data is where its data begin, and end is returned there.
static uint64_t put_rally(SimShardLayout *layout, const SimLogInfo *info, const SimRally *rally,
                          uint64_t *data) {
  Link top[SIM_COLUMNS + 8], inner[SIM_COLUMNS];
  int tops = 0, inners = 0;
  for (int c = 0; c < SIM_COLUMNS; c++) {
    const SimColumnInfo *column = sim_column((SimColumn)c);
    Link link = {column->name, put_dataset(layout, info, rally, (SimColumn)c, *data)};
    size_t size = sim_layout_column_size(rally, (SimColumn)c);
    *data += (size + SIM_DATA_ALIGN - 1) / SIM_DATA_ALIGN * SIM_DATA_ALIGN;
    if (column->group[0] == '\0') {
      top[tops++] = link;
      continue;
    }
    inner[inners++] = link;
    // the columns of a group follow each other in the list
    bool last =
        c + 1 == SIM_COLUMNS || strcmp(sim_column((SimColumn)(c + 1))->group, column->group) != 0;
    if (last) {
      top[tops++] = (Link){column->group, here(layout)};
      end_header(&layout->headers, begin_group(layout, inner, inners));
      inners = 0;
    }
  }
  uint64_t address = here(layout);
  size_t header = begin_group(layout, top, tops);
  rally_attributes(layout, &rally->info);
  end_header(&layout->headers, header);
  return address;
}

static void shard_attributes(SimShardLayout *layout, const SimLogInfo *info) {
  attribute_text(layout, "schema", "hcsp-match");
  attribute_int(layout, "schema_version", 1);
  attribute_text(layout, "generator", info->generator);
  attribute_text(layout, "commit", info->commit);
  attribute_number(layout, "dt", TYPE_F64, &info->dt);
  attribute_text(layout, "units", "SI");
  attribute_text(layout, "frame", info->frame);
  attribute_number(layout, "seed", TYPE_U64, &info->seed);
  attribute_text(layout, "near", info->near);
  attribute_text(layout, "far", info->far);
  attribute_text(layout, "near_hash", info->near_hash);
  attribute_text(layout, "far_hash", info->far_hash);
  attribute_text(layout, "options", info->options);
  attribute_text(layout, "rules", info->rules);
  attribute_text(layout, "model_hash", info->model_hash);
  attribute_int(layout, "first_rally", info->first_rally);
}

static uint64_t put_headers(SimShardLayout *layout, const SimLogInfo *info, SimRally *const *rally,
                            int n) {
  Link link[SIM_SHARD_RALLIES];
  char name[SIM_SHARD_RALLIES][24];
  uint64_t data = SIM_SUPERBLOCK_SIZE;
  for (int i = 0; i < n; i++) {
    snprintf(name[i], sizeof name[i], "episode_%d", i);
    link[i] = (Link){name[i], put_rally(layout, info, rally[i], &data)};
  }
  uint64_t root = here(layout);
  size_t header = begin_group(layout, link, n);
  shard_attributes(layout, info);
  end_header(&layout->headers, header);
  return root;
}

static void put_superblock(SimShardLayout *layout, uint64_t root) {
  SimBytes *bytes = &layout->superblock;
  bytes->size = 0;
  put(bytes, "\x89HDF\r\n\x1a\n", 8);
  put8(bytes, 2);  // version
  put8(bytes, 8);  // bytes of an address, of a length
  put8(bytes, 8);
  put8(bytes, 0);
  put64(bytes, 0);
  put64(bytes, ADDRESS_NONE);
  put64(bytes, layout->size);
  put64(bytes, root);
  if (!bytes->failed) {
    put32(bytes, sim_layout_checksum(bytes->data, bytes->size));
  }
}

static void begin_heap(SimShardLayout *layout) {
  layout->heap.size = 0;
  layout->strings = 0;
  put(&layout->heap, "GCOL\1\0\0\0", 8);
  put64(&layout->heap, 0);
}

// The heap takes what is left of the file's last block, and at least the least size of a heap; its
// rest is one free object.
static void end_heap(SimShardLayout *layout) {
  static const uint8_t zero[HEAP_MIN + SIM_FILE_ALIGN];
  SimBytes *heap = &layout->heap;
  size_t left = heap->size < HEAP_MIN ? HEAP_MIN - heap->size : 0;
  left += SIM_FILE_ALIGN - (layout->heap_address + heap->size + left) % SIM_FILE_ALIGN;
  // a rest too small for the header of an object is free without one
  if (left >= 16) {
    put64(heap, 0);
    put64(heap, left);
    left -= 16;
  }
  put(heap, zero, left);
  uint64_t size = heap->size;
  patch(heap, 8, &size, 8);
}

size_t sim_layout_column_size(const SimRally *rally, SimColumn column) {
  return sim_column_row_size(column, rally) * (size_t)rally->n[sim_column(column)->rows];
}

static uint64_t data_size(SimRally *const *rally, int n) {
  uint64_t size = 0;
  for (int i = 0; i < n; i++) {
    for (int c = 0; c < SIM_COLUMNS; c++) {
      size_t column = sim_layout_column_size(rally[i], (SimColumn)c);
      size += (column + SIM_DATA_ALIGN - 1) / SIM_DATA_ALIGN * SIM_DATA_ALIGN;
    }
  }
  return size;
}

SimStatus sim_layout_shard(SimShardLayout *layout, const SimLogInfo *info, SimRally *const *rally,
                           int n, SimError *err) {
  static const uint8_t zero[SIM_DATA_ALIGN];
  assert(n >= 1 && n <= SIM_SHARD_RALLIES);
  layout->data_end = SIM_SUPERBLOCK_SIZE + data_size(rally, n);
  // strings refer to the heap behind the headers: the length of the headers is that of the last
  // shard (it depends on the number of rallies alone), else a second pass knows it
  uint64_t root;
  do {
    layout->heap_address = layout->data_end + layout->headers.size;
    layout->headers.size = 0;
    begin_heap(layout);
    root = put_headers(layout, info, rally, n);
    // heaps begin and end at multiples of eight, which later versions of the library insist on
    put(&layout->headers, zero,
        (SIM_DATA_ALIGN - layout->headers.size % SIM_DATA_ALIGN) % SIM_DATA_ALIGN);
  } while (!layout->headers.failed && layout->heap_address != here(layout));
  end_heap(layout);
  layout->size = layout->heap_address + layout->heap.size;
  put_superblock(layout, root);
  if (layout->headers.failed || layout->heap.failed || layout->superblock.failed) {
    sim_layout_free(layout);
    return sim_error(err, SIM_FAIL, "no memory for the headers of a log shard");
  }
  return SIM_OK;
}

void sim_layout_free(SimShardLayout *layout) {
  free(layout->superblock.data);
  free(layout->headers.data);
  free(layout->heap.data);
  *layout = (SimShardLayout){0};
}
