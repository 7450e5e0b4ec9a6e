// The safetensors container. The format's own rules (huggingface/safetensors, README "Format") and
// tighter ones: float32 only, at most two dimensions, caps. jansson refuses doubled keys, invalid
// UTF-8, embedded zeros, nesting beyond 2048 and trailing text other than blanks.
#include "policies/safetensors.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "data are copied as they lie in the file");
_Static_assert(sizeof(float) == 4, "float32");

enum { LENGTH_BYTES = 8 };

// ------------------------------------------------------------------------------------- reading

static SimStatus read_length(size_t *length, const char *name, const unsigned char *bytes,
                             size_t size, SimError *err) {
  if (size > POL_FILE_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "%s: saw %zu bytes, wanted at most %d", name, size,
                     (int)POL_FILE_MAX);
  }
  if (size < LENGTH_BYTES) {
    return sim_error(err, SIM_BAD_INPUT, "%s: saw %zu bytes, wanted at least the %d of a length",
                     name, size, (int)LENGTH_BYTES);
  }
  uint64_t value = 0;
  for (int i = LENGTH_BYTES - 1; i >= 0; i--) {
    value = value << 8 | bytes[i];
  }
  if (value < 2 || value > POL_HEADER_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "%s: header length: saw %ju, wanted 2 to %d", name,
                     (uintmax_t)value, (int)POL_HEADER_MAX);
  }
  if (value > size - LENGTH_BYTES) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: header length: saw %ju, wanted at most the %zu bytes that follow", name,
                     (uintmax_t)value, size - LENGTH_BYTES);
  }
  *length = (size_t)value;
  return SIM_OK;
}

static json_t *read_header(const char *name, const char *text, size_t length, SimError *err) {
  if (text[0] != '{') {
    sim_error(err, SIM_BAD_INPUT, "%s: header: saw the byte 0x%02x first, wanted '{'", name,
              (unsigned)(unsigned char)text[0]);
    return NULL;
  }
  json_error_t reason;
  json_t *header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &reason);
  if (!header) {
    sim_error(err, SIM_BAD_INPUT, "%s: header, byte %d: saw '%s', wanted JSON", name,
              reason.position, reason.text);
  }
  return header;
}

static SimStatus check_metadata(const json_t **metadata, const char *name, json_t *header,
                                SimError *err) {
  json_t *found = json_object_get(header, "__metadata__");
  if (!json_is_object(found)) {
    return sim_error(err, SIM_BAD_INPUT, "%s: __metadata__: saw %s, wanted an object of strings",
                     name, found ? "another value" : "nothing");
  }
  const char *key;
  json_t *value;
  json_object_foreach(found, key, value) {
    if (!json_is_string(value)) {
      return sim_error(err, SIM_BAD_INPUT, "%s: metadata '%.40s': saw %s, wanted a string", name,
                       key, json_is_object(value) ? "an object" : "a value without quotes");
    }
  }
  *metadata = found;
  return SIM_OK;
}

static SimStatus read_dtype(const char *name, const char *tensor, const json_t *entry,
                            SimError *err) {
  const char *dtype = json_string_value(json_object_get(entry, "dtype"));
  if (!dtype || strcmp(dtype, "F32") != 0) {
    return sim_error(err, SIM_BAD_INPUT, "%s: tensor '%.40s', dtype: saw %.20s, wanted F32", name,
                     tensor, dtype ? dtype : "no text");
  }
  return SIM_OK;
}

// array of count non-negative integers; value holds at most two
static SimStatus read_sizes(size_t *value, int *count, int least, const char *name,
                            const char *tensor, const char *key, const json_t *entry,
                            SimError *err) {
  const json_t *array = json_object_get(entry, key);
  const size_t n = json_array_size(array);
  if (!json_is_array(array) || n < (size_t)least || n > 2) {
    return sim_error(err, SIM_BAD_INPUT, "%s: tensor '%.40s', %s: saw %s, wanted %s whole numbers",
                     name, tensor, key,
                     !array                  ? "nothing"
                     : !json_is_array(array) ? "no array"
                                             : "an array of another length",
                     least == 1 ? "1 or 2" : "2");
  }
  *count = (int)n;
  for (size_t i = 0; i < n; i++) {
    const json_t *item = json_array_get(array, i);
    const json_int_t number = json_is_integer(item) ? json_integer_value(item) : -1;
    if (number < 0 || number > POL_FILE_MAX) {
      return sim_error(err, SIM_BAD_INPUT,
                       "%s: tensor '%.40s', %s: saw a value that is no whole number in 0..%d, "
                       "wanted one",
                       name, tensor, key, (int)POL_FILE_MAX);
    }
    value[i] = (size_t)number;
  }
  return SIM_OK;
}

static SimStatus read_entry(PolStored *stored, const char *name, const char *tensor,
                            const json_t *entry, size_t data_size, SimError *err) {
  *stored = (PolStored){.name = tensor, .dim = {1, 1}};
  if (json_object_size(entry) != 3) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: tensor '%.40s': saw %s, wanted exactly dtype, shape and data_offsets",
                     name, tensor, json_is_object(entry) ? "other keys" : "no object");
  }
  SimStatus status = read_dtype(name, tensor, entry, err);
  if (status == SIM_OK) {
    status = read_sizes(stored->dim, &stored->dims, 1, name, tensor, "shape", entry, err);
  }
  size_t offset[2] = {0};
  int ends = 0;
  if (status == SIM_OK) {
    status = read_sizes(offset, &ends, 2, name, tensor, "data_offsets", entry, err);
  }
  if (status != SIM_OK) {
    return status;
  }
  stored->begin = offset[0];
  stored->end = offset[1];
  if (stored->begin > stored->end || stored->end > data_size) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: tensor '%.40s', data_offsets: saw %zu to %zu, wanted a range inside the "
                     "%zu bytes of data",
                     name, tensor, stored->begin, stored->end, data_size);
  }
  // each size is at most 2^26, so the product fits 64 bits
  const uint64_t wanted = (uint64_t)stored->dim[0] * stored->dim[1] * sizeof(float);
  if (stored->end - stored->begin != wanted) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: tensor '%.40s', data_offsets: saw %zu bytes, wanted the %ju of its shape",
                     name, tensor, stored->end - stored->begin, (uintmax_t)wanted);
  }
  return SIM_OK;
}

static SimStatus read_entries(PolContainer *container, const char *name, size_t data_size,
                              SimError *err) {
  const char *tensor;
  json_t *entry;
  json_object_foreach(container->header, tensor, entry) {
    if (strcmp(tensor, "__metadata__") == 0) {
      continue;
    }
    if (container->n == POL_STORED_MAX) {
      return sim_error(err, SIM_BAD_INPUT, "%s: header: saw more tensors, wanted at most %d", name,
                       (int)POL_STORED_MAX);
    }
    SimStatus status =
        read_entry(&container->tensor[container->n], name, tensor, entry, data_size, err);
    if (status != SIM_OK) {
      return status;
    }
    container->n++;
  }
  return SIM_OK;
}

static int compare_begin(const void *a, const void *b) {
  const PolStored *left = *(const PolStored *const *)a, *right = *(const PolStored *const *)b;
  if (left->begin != right->begin) {
    return left->begin < right->begin ? -1 : 1;
  }
  return (left->end > right->end) - (left->end < right->end);
}

// the tensors tile the data: each begins where the one before ends
static SimStatus check_tiling(const PolContainer *container, const char *name, size_t data_size,
                              SimError *err) {
  const PolStored *sorted[POL_STORED_MAX];
  for (int i = 0; i < container->n; i++) {
    sorted[i] = &container->tensor[i];
  }
  qsort(sorted, (size_t)container->n, sizeof sorted[0], compare_begin);
  size_t end = 0;
  for (int i = 0; i < container->n; i++) {
    if (sorted[i]->begin != end) {
      return sim_error(err, SIM_BAD_INPUT,
                       "%s: tensor '%.40s', data_offsets: saw its begin at %zu, wanted %zu where "
                       "the one before ends",
                       name, sorted[i]->name, sorted[i]->begin, end);
    }
    end = sorted[i]->end;
  }
  if (end != data_size) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: data: saw %zu bytes, wanted the %zu that the tensors cover", name,
                     data_size, end);
  }
  return SIM_OK;
}

SimStatus pol_container_open(PolContainer *container, const char *name, const void *bytes,
                             size_t size, SimError *err) {
  *container = (PolContainer){0};
  size_t length = 0;
  SimStatus status = read_length(&length, name, bytes, size, err);
  if (status != SIM_OK) {
    return status;
  }
  const char *text = (const char *)bytes + LENGTH_BYTES;
  const size_t data_size = size - LENGTH_BYTES - length;
  container->data = text + length;
  container->header = read_header(name, text, length, err);
  if (!container->header) {
    return SIM_BAD_INPUT;
  }
  status = check_metadata(&container->metadata, name, container->header, err);
  if (status == SIM_OK) {
    status = read_entries(container, name, data_size, err);
  }
  if (status == SIM_OK) {
    status = check_tiling(container, name, data_size, err);
  }
  if (status != SIM_OK) {
    pol_container_close(container);
  }
  return status;
}

void pol_container_close(PolContainer *container) {
  json_decref(container->header);
  *container = (PolContainer){0};
}

const PolStored *pol_container_find(const PolContainer *container, const char *name) {
  for (int i = 0; i < container->n; i++) {
    if (strcmp(container->tensor[i].name, name) == 0) {
      return &container->tensor[i];
    }
  }
  return NULL;
}

void pol_container_read(float *out, const PolContainer *container, const PolStored *stored) {
  memcpy(out, container->data + stored->begin, stored->end - stored->begin);
}

// ------------------------------------------------------------------------------------- writing

static json_t *make_entry(const PolTensor *tensor, size_t begin, size_t end) {
  json_t *shape = tensor->dims == 2 ? json_pack("[i,i]", tensor->dim[0], tensor->dim[1])
                                    : json_pack("[i]", tensor->dim[0]);
  return json_pack("{s:s, s:o, s:[I,I]}", "dtype", "F32", "shape", shape, "data_offsets",
                   (json_int_t)begin, (json_int_t)end);
}

// the header's text; *data_size is the bytes of data it announces
static char *make_header(size_t *data_size, json_t *metadata, const PolTensor *tensor, int n) {
  json_t *header = json_pack("{s:O}", "__metadata__", metadata);
  bool whole = header != NULL;
  size_t end = 0;
  for (int i = 0; i < n && whole; i++) {
    const size_t begin = end;
    end += tensor[i].count * sizeof(float);
    whole = json_object_set_new(header, tensor[i].name, make_entry(&tensor[i], begin, end)) == 0;
  }
  // jansson keeps the order of insertion
  char *text = whole ? json_dumps(header, JSON_COMPACT) : NULL;
  json_decref(header);
  *data_size = end;
  return text;
}

static void put_bytes(char *bytes, const char *text, size_t padded, const PolTensor *tensor,
                      int n) {
  for (int i = 0; i < LENGTH_BYTES; i++) {
    bytes[i] = (char)(unsigned char)(padded >> (8 * i) & 0xff);
  }
  const size_t length = strlen(text);
  memcpy(bytes + LENGTH_BYTES, text, length);
  memset(bytes + LENGTH_BYTES + length, ' ', padded - length);
  char *next = bytes + LENGTH_BYTES + padded;
  for (int i = 0; i < n; i++) {
    memcpy(next, *tensor[i].array, tensor[i].count * sizeof(float));
    next += tensor[i].count * sizeof(float);
  }
}

SimStatus pol_container_build(char **bytes, size_t *size, json_t *metadata, const PolTensor *tensor,
                              int n, SimError *err) {
  assert(n <= POL_STORED_MAX);
  *bytes = NULL;
  *size = 0;
  size_t data_size = 0;
  char *text = make_header(&data_size, metadata, tensor, n);
  if (!text) {
    return sim_error(err, SIM_FAIL, "no memory for the header of a policy file");
  }
  const size_t padded = (strlen(text) + 7) / 8 * 8;
  char *made = malloc(LENGTH_BYTES + padded + data_size);
  if (made) {
    put_bytes(made, text, padded, tensor, n);
    *bytes = made;
    *size = LENGTH_BYTES + padded + data_size;
  }
  free(text);
  return made ? SIM_OK
              : sim_error(err, SIM_FAIL, "no memory for a policy file of %zu bytes", data_size);
}
