// The safetensors container, strictly: an 8-byte little-endian length, a JSON header of that
// length, then data without holes or overlaps to the end of the file. Reading treats the bytes as
// hostile: everything is checked before anything is used, and the caller's limits bound what a file
// can make us allocate. Policy files (float32 only) and checkpoints are both such containers.
#ifndef POLICIES_SAFETENSORS_H_
#define POLICIES_SAFETENSORS_H_

#include <jansson.h>
#include <stddef.h>

#include "sim/base/status.h"

typedef enum PolDtype { POL_F32, POL_F64, POL_U8, POL_I64, POL_DTYPES } PolDtype;
const char *pol_dtype_name(PolDtype dtype);  // as in files: "F32"
size_t pol_dtype_size(PolDtype dtype);       // bytes of one value

// What a reader accepts.
typedef struct PolLimits {
  size_t file;    // bytes, at most 2^30
  size_t header;  // bytes of JSON (the format allows 100 MB)
  size_t tensors;
  unsigned dtypes;  // bit 1 << POL_F32 and so on
} PolLimits;

// A tensor in a file, row-major.
typedef struct PolStored {
  const char *name;  // belongs to the header
  PolDtype dtype;
  int dims;
  size_t dim[2];      // 1 where there is no such dimension
  size_t begin, end;  // bytes in the data
} PolStored;

typedef struct PolContainer {
  json_t *header;          // owned
  const json_t *metadata;  // object of strings, part of header
  const char *data;        // borrowed
  int n;
  PolStored *tensor;  // owned, in the order of the header
} PolContainer;

// Checks size bytes at bytes, which must outlive the container. name stands for the file in
// messages. SIM_BAD_INPUT with *container empty when anything is wrong, SIM_FAIL without memory.
SimStatus pol_container_open(PolContainer *container, const char *name, const void *bytes,
                             size_t size, const PolLimits *limits, SimError *err);
void pol_container_close(PolContainer *container);
// NULL when there is none of that name.
const PolStored *pol_container_find(const PolContainer *container, const char *name);
// out gets the tensor's values, end - begin bytes.
void pol_container_read(void *out, const PolContainer *container, const PolStored *stored);

// A tensor to be written, row-major.
typedef struct PolBlob {
  const char *name;
  PolDtype dtype;
  int dims;  // 1 or 2
  size_t dim[2];
  const void *value;
} PolBlob;

// The bytes of a file with these tensors in this order; *bytes is malloc'ed. The same content
// gives the same bytes. The header is padded with blanks so that the data begin at a multiple of 8;
// metadata comes first in it.
SimStatus pol_container_build(char **bytes, size_t *size, json_t *metadata, const PolBlob *blob,
                              int n, SimError *err);

#endif  // POLICIES_SAFETENSORS_H_
