// The safetensors container. The format's own rules (huggingface/safetensors, README "Format") and
// tighter ones: four value types, at most two dimensions, caps. jansson refuses doubled keys,
// invalid UTF-8, embedded zeros, nesting beyond 2048 and trailing text other than blanks.
#include "policies/safetensors.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "data are copied as they lie in the file");
_Static_assert(sizeof(float) == 4 && sizeof(double) == 8, "IEEE 754 singles and doubles");

enum { LENGTH_BYTES = 8 };

static const char *const dtype_names[POL_DTYPES] = {
    [POL_F32] = "F32", [POL_F64] = "F64", [POL_U8] = "U8", [POL_I64] = "I64"};
static const size_t dtype_sizes[POL_DTYPES] = {
    [POL_F32] = 4, [POL_F64] = 8, [POL_U8] = 1, [POL_I64] = 8};

const char *pol_dtype_name(PolDtype dtype) {
  assert(dtype < POL_DTYPES);
  return dtype_names[dtype];
}

size_t pol_dtype_size(PolDtype dtype) {
  assert(dtype < POL_DTYPES);
  return dtype_sizes[dtype];
}

// ------------------------------------------------------------------------------------- reading

static SimStatus read_length(size_t *length, const char *name, const unsigned char *bytes,
                             size_t size, const PolLimits *limits, SimError *err) {
  if (size > limits->file) {
    return sim_error(err, SIM_BAD_INPUT, "%s: saw %zu bytes, wanted at most %zu", name, size,
                     limits->file);
  }
  if (size < LENGTH_BYTES) {
    return sim_error(err, SIM_BAD_INPUT, "%s: saw %zu bytes, wanted at least the %d of a length",
                     name, size, (int)LENGTH_BYTES);
  }
  uint64_t value = 0;
  for (int i = LENGTH_BYTES - 1; i >= 0; i--) {
    value = value << 8 | bytes[i];
  }
  if (value < 2 || value > limits->header) {
    return sim_error(err, SIM_BAD_INPUT, "%s: header length: saw %ju, wanted 2 to %zu", name,
                     (uintmax_t)value, limits->header);
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

// the names of the accepted types: "F32", "F32, F64 or U8"
static void list_dtypes(char *out, size_t size, unsigned dtypes) {
  size_t used = 0;
  for (int i = 0; i < POL_DTYPES; i++) {
    if (dtypes & 1U << i) {
      const unsigned behind = dtypes >> (i + 1);
      const char *before = used == 0 ? "" : behind ? ", " : " or ";
      used += (size_t)snprintf(out + used, size - used, "%s%s", before, dtype_names[i]);
    }
  }
}

static SimStatus read_dtype(PolDtype *dtype, const char *name, const char *tensor,
                            const json_t *entry, const PolLimits *limits, SimError *err) {
  const char *text = json_string_value(json_object_get(entry, "dtype"));
  for (int i = 0; i < POL_DTYPES && text; i++) {
    if (limits->dtypes & 1U << i && strcmp(text, dtype_names[i]) == 0) {
      *dtype = (PolDtype)i;
      return SIM_OK;
    }
  }
  char wanted[32];
  list_dtypes(wanted, sizeof wanted, limits->dtypes);
  return sim_error(err, SIM_BAD_INPUT, "%s: tensor '%.40s', dtype: saw %.20s, wanted %s", name,
                   tensor, text ? text : "no text", wanted);
}

// array of count non-negative integers; value holds at most two
static SimStatus read_sizes(size_t *value, int *count, int least, const char *name,
                            const char *tensor, const char *key, const json_t *entry,
                            const PolLimits *limits, SimError *err) {
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
    if (number < 0 || (uint64_t)number > limits->file) {
      return sim_error(err, SIM_BAD_INPUT,
                       "%s: tensor '%.40s', %s: saw a value that is no whole number in 0..%zu, "
                       "wanted one",
                       name, tensor, key, limits->file);
    }
    value[i] = (size_t)number;
  }
  return SIM_OK;
}

// the bytes that an entry claims are inside the data and as many as its shape needs
static SimStatus check_range(const PolStored *stored, const char *name, size_t data_size,
                             SimError *err) {
  if (stored->begin > stored->end || stored->end > data_size) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: tensor '%.40s', data_offsets: saw %zu to %zu, wanted a range inside the "
                     "%zu bytes of data",
                     name, stored->name, stored->begin, stored->end, data_size);
  }
  // each size is at most 2^30, so the product fits 64 bits
  const uint64_t wanted = (uint64_t)stored->dim[0] * stored->dim[1] * dtype_sizes[stored->dtype];
  if (stored->end - stored->begin != wanted) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: tensor '%.40s', data_offsets: saw %zu bytes, wanted the %ju of its shape",
                     name, stored->name, stored->end - stored->begin, (uintmax_t)wanted);
  }
  return SIM_OK;
}

static SimStatus read_entry(PolStored *stored, const char *name, const char *tensor,
                            const json_t *entry, size_t data_size, const PolLimits *limits,
                            SimError *err) {
  *stored = (PolStored){.name = tensor, .dim = {1, 1}};
  if (json_object_size(entry) != 3) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: tensor '%.40s': saw %s, wanted exactly dtype, shape and data_offsets",
                     name, tensor, json_is_object(entry) ? "other keys" : "no object");
  }
  SimStatus status = read_dtype(&stored->dtype, name, tensor, entry, limits, err);
  if (status == SIM_OK) {
    status = read_sizes(stored->dim, &stored->dims, 1, name, tensor, "shape", entry, limits, err);
  }
  size_t offset[2] = {0};
  int ends = 0;
  if (status == SIM_OK) {
    status = read_sizes(offset, &ends, 2, name, tensor, "data_offsets", entry, limits, err);
  }
  if (status != SIM_OK) {
    return status;
  }
  stored->begin = offset[0];
  stored->end = offset[1];
  return check_range(stored, name, data_size, err);
}

static SimStatus read_entries(PolContainer *container, const char *name, size_t data_size,
                              const PolLimits *limits, SimError *err) {
  // metadata is there, it was checked before
  const size_t n = json_object_size(container->header) - 1;
  if (n > limits->tensors) {
    return sim_error(err, SIM_BAD_INPUT, "%s: header: saw more tensors, wanted at most %zu", name,
                     limits->tensors);
  }
  container->tensor = calloc(n + 1, sizeof container->tensor[0]);
  if (!container->tensor) {
    return sim_error(err, SIM_FAIL, "%s: no memory for a list of %zu tensors", name, n);
  }
  const char *tensor;
  json_t *entry;
  json_object_foreach(container->header, tensor, entry) {
    if (strcmp(tensor, "__metadata__") == 0) {
      continue;
    }
    SimStatus status =
        read_entry(&container->tensor[container->n], name, tensor, entry, data_size, limits, err);
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

static SimStatus check_sorted(const PolStored *const *sorted, int n, const char *name,
                              size_t data_size, SimError *err) {
  size_t end = 0;
  for (int i = 0; i < n; i++) {
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

// the tensors tile the data: each begins where the one before ends
static SimStatus check_tiling(const PolContainer *container, const char *name, size_t data_size,
                              SimError *err) {
  const PolStored **sorted = calloc((size_t)container->n + 1, sizeof *sorted);
  if (!sorted) {
    return sim_error(err, SIM_FAIL, "%s: no memory for a list of tensors", name);
  }
  for (int i = 0; i < container->n; i++) {
    sorted[i] = &container->tensor[i];
  }
  qsort(sorted, (size_t)container->n, sizeof *sorted, compare_begin);
  SimStatus status = check_sorted(sorted, container->n, name, data_size, err);
  free(sorted);
  return status;
}

SimStatus pol_container_open(PolContainer *container, const char *name, const void *bytes,
                             size_t size, const PolLimits *limits, SimError *err) {
  *container = (PolContainer){0};
  size_t length = 0;
  SimStatus status = read_length(&length, name, bytes, size, limits, err);
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
    status = read_entries(container, name, data_size, limits, err);
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
  free(container->tensor);
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

void pol_container_read(void *out, const PolContainer *container, const PolStored *stored) {
  assert(stored && stored->begin <= stored->end);
  memcpy(out, container->data + stored->begin, stored->end - stored->begin);
}

// ------------------------------------------------------------------------------------- writing

static size_t blob_size(const PolBlob *blob) {
  assert(blob->dims == 1 || blob->dims == 2);
  return blob->dim[0] * (blob->dims == 2 ? blob->dim[1] : 1) * dtype_sizes[blob->dtype];
}

static json_t *make_entry(const PolBlob *blob, size_t begin, size_t end) {
  json_t *shape = blob->dims == 2
                      ? json_pack("[I,I]", (json_int_t)blob->dim[0], (json_int_t)blob->dim[1])
                      : json_pack("[I]", (json_int_t)blob->dim[0]);
  return json_pack("{s:s, s:o, s:[I,I]}", "dtype", dtype_names[blob->dtype], "shape", shape,
                   "data_offsets", (json_int_t)begin, (json_int_t)end);
}

// the header's text; *data_size is the bytes of data it announces
static char *make_header(size_t *data_size, json_t *metadata, const PolBlob *blob, int n) {
  json_t *header = json_pack("{s:O}", "__metadata__", metadata);
  bool whole = header != NULL;
  size_t end = 0;
  for (int i = 0; i < n && whole; i++) {
    const size_t begin = end;
    end += blob_size(&blob[i]);
    whole = json_object_set_new(header, blob[i].name, make_entry(&blob[i], begin, end)) == 0;
  }
  // jansson keeps the order of insertion
  char *text = whole ? json_dumps(header, JSON_COMPACT) : NULL;
  json_decref(header);
  *data_size = end;
  return text;
}

static void put_bytes(char *bytes, const char *text, size_t padded, const PolBlob *blob, int n) {
  for (int i = 0; i < LENGTH_BYTES; i++) {
    bytes[i] = (char)(unsigned char)(padded >> (8 * i) & 0xff);
  }
  const size_t length = strlen(text);
  assert(length <= padded);
  memcpy(bytes + LENGTH_BYTES, text, length);
  memset(bytes + LENGTH_BYTES + length, ' ', padded - length);
  char *next = bytes + LENGTH_BYTES + padded;
  for (int i = 0; i < n; i++) {
    const size_t size = blob_size(&blob[i]);
    // memcpy wants a pointer even for nothing
    if (size > 0) {
      memcpy(next, blob[i].value, size);
    }
    next += size;
  }
}

SimStatus pol_container_build(char **bytes, size_t *size, json_t *metadata, const PolBlob *blob,
                              int n, SimError *err) {
  assert(json_is_object(metadata) && n >= 0);
  *bytes = NULL;
  *size = 0;
  size_t data_size = 0;
  char *text = make_header(&data_size, metadata, blob, n);
  if (!text) {
    return sim_error(err, SIM_FAIL, "no memory for the header of a file of tensors");
  }
  const size_t padded = (strlen(text) + 7) / 8 * 8;
  char *made = malloc(LENGTH_BYTES + padded + data_size);
  if (made) {
    put_bytes(made, text, padded, blob, n);
    *bytes = made;
    *size = LENGTH_BYTES + padded + data_size;
  }
  free(text);
  return made ? SIM_OK
              : sim_error(err, SIM_FAIL, "no memory for a file of %zu bytes of tensors", data_size);
}
