// The safetensors container, strictly: an 8-byte little-endian length, a JSON header of that
// length, then float32 data without holes or overlaps to the end of the file. Reading treats the
// bytes as hostile: everything is checked before anything is used, and caps bound what a file can
// make us allocate.
#ifndef POLICIES_SAFETENSORS_H_
#define POLICIES_SAFETENSORS_H_

#include <jansson.h>
#include <stddef.h>

#include "policies/net.h"
#include "sim/base/status.h"

enum {
  POL_HEADER_MAX = 1 << 20,  // bytes of JSON (the format allows 100 MB)
  POL_FILE_MAX = 64 << 20,   // bytes
  POL_STORED_MAX = 64,       // tensors
};

// A tensor in a file: float32, row-major.
typedef struct PolStored {
  const char *name;  // belongs to the header
  int dims;
  size_t dim[2];
  size_t begin, end;  // bytes in the data
} PolStored;

typedef struct PolContainer {
  json_t *header;          // owned
  const json_t *metadata;  // object of strings, part of header
  const char *data;        // borrowed
  int n;
  PolStored tensor[POL_STORED_MAX];  // in the order of the header
} PolContainer;

// Checks size bytes at bytes, which must outlive the container. name stands for the file in
// messages. SIM_BAD_INPUT with *container empty when anything is wrong.
SimStatus pol_container_open(PolContainer *container, const char *name, const void *bytes,
                             size_t size, SimError *err);
void pol_container_close(PolContainer *container);
// NULL when there is none of that name.
const PolStored *pol_container_find(const PolContainer *container, const char *name);
// out gets the tensor's values, (end - begin) / 4 of them.
void pol_container_read(float *out, const PolContainer *container, const PolStored *stored);

// The bytes of a file with these tensors in this order; *bytes is malloc'ed. The same content
// gives the same bytes. The header is padded with blanks so that the data begin at a multiple of 8.
SimStatus pol_container_build(char **bytes, size_t *size, json_t *metadata, const PolTensor *tensor,
                              int n, SimError *err);

#endif  // POLICIES_SAFETENSORS_H_
