// One function for each format; each writes a whole file to out, where a failure shows as ferror.
#ifndef POLICIES_EXPORT_INTERNAL_H_
#define POLICIES_EXPORT_INTERNAL_H_

#include <stdio.h>

#include "policies/export/export.h"

// symbol: what functions and types are called, an identifier of C and Python
bool pol_export_onnx(FILE *out, const PolFile *file);  // false without memory
void pol_export_c_header(FILE *out, const PolFile *file, const char *symbol);
// header: the name of its file
void pol_export_c_source(FILE *out, const PolFile *file, const char *symbol, const char *header);
void pol_export_torch(FILE *out, const PolFile *file, const char *symbol);

#endif  // POLICIES_EXPORT_INTERNAL_H_
