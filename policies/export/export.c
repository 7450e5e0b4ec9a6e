// Files are made in memory and written at once, so that none is ever half there.
#include "policies/export/export.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "policies/export/internal.h"
#include "policies/shipped.h"

static const struct {
  const char *name, *ending;
} KINDS[POL_EXPORTS] = {{"onnx", ".onnx"}, {"c", ".c"}, {"torch", ".py"}};

const char *pol_export_ending(PolExport kind) {
  assert(kind < POL_EXPORTS);
  return KINDS[kind].ending;
}

int pol_export_find(const char *name) {
  for (int i = 0; i < POL_EXPORTS; i++) {
    if (strcmp(name, KINDS[i].name) == 0) {
      return i;
    }
  }
  return -1;
}

// the name of a file without folder and ending, as an identifier
static void symbol_of(char symbol[64], const char *path) {
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  int n = 0;
  if (!isalpha((unsigned char)name[0])) {
    symbol[n++] = 'p';
  }
  for (; *name && *name != '.' && n < 63; name++) {
    symbol[n++] = isalnum((unsigned char)*name) ? *name : '_';
  }
  symbol[n] = '\0';
}

// One export: of a C source, the header is a file of its own.
typedef struct Export {
  const PolFile *file;
  PolExport kind;
  char symbol[64], header[SIM_PATH_MAX];
} Export;

static bool fill(FILE *out, const Export *e, bool is_header) {
  switch (e->kind) {
  case POL_EXPORT_ONNX:
    return pol_export_onnx(out, e->file);
  case POL_EXPORT_C:
    if (is_header) {
      pol_export_c_header(out, e->file, e->symbol);
    } else {
      const char *slash = strrchr(e->header, '/');
      pol_export_c_source(out, e->file, e->symbol, slash ? slash + 1 : e->header);
    }
    return true;
  case POL_EXPORT_TORCH:
  case POL_EXPORTS:
    break;
  }
  pol_export_torch(out, e->file, e->symbol);
  return true;
}

static SimStatus write_file(const char *path, const Export *e, bool is_header, SimError *err) {
  char *data = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&data, &size);
  bool ok = out != NULL;
  if (out) {
    ok = fill(out, e, is_header) && !ferror(out);
    ok = fclose(out) == 0 && ok;
  }
  const SimStatus status = ok ? sim_file_write(path, data, size, err)
                              : sim_error(err, SIM_FAIL, "%s: no memory to write it", path);
  free(data);
  return status;
}

SimStatus pol_export(const char *path, const PolFile *file, PolExport kind, SimError *err) {
  Export e = {.file = file, .kind = kind};
  symbol_of(e.symbol, path);
  if (kind == POL_EXPORT_C) {
    const size_t length = strlen(path);
    if (!pol_ends_with(path, ".c") || length >= sizeof e.header) {
      return sim_error(err, SIM_USAGE, "%s: wanted a name that ends in .c", path);
    }
    snprintf(e.header, sizeof e.header, "%.*s.h", (int)length - 2, path);
    const SimStatus status = write_file(e.header, &e, true, err);
    if (status != SIM_OK) {
      return status;
    }
  }
  return write_file(path, &e, false, err);
}
