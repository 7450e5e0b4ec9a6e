// Attributes and groups of a match file: one value or a list, of exactly the type that the schema
// asks for.
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/record/h5_internal.h"

SimStatus sim_h5_bad(const SimH5Place *place, const char *what, const char *format, ...) {
  char text[512], at[64] = "";
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  const SimH5 *file = place->file;
  const char *space = what[0] != '\0' ? " " : "";
  if (place->rally >= 0 && file->info.schema == 1) {
    snprintf(at, sizeof at, " episode_%d%s", place->rally, what[0] != '\0' ? "/" : "");
  } else if (place->rally >= 0) {
    snprintf(at, sizeof at, " rally %lld%s%s", (long long)file->rally[place->rally].rally,
             what[0] != '\0' ? ":" : "", space);
  } else {
    snprintf(at, sizeof at, "%s", space);
  }
  return sim_error(place->err, SIM_BAD_INPUT, "%s:%s%s: %s", place->file->name, at, what, text);
}

void sim_h5_start(void) {
  H5open();
  H5PLset_loading_state(0);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

hid_t sim_h5_memory_type(SimNumber number) {
  switch (number) {
  case SIM_F32:
    return H5T_NATIVE_FLOAT;
  case SIM_F64:
    return H5T_NATIVE_DOUBLE;
  case SIM_U8:
    return H5T_NATIVE_UINT8;
  case SIM_I8:
    return H5T_NATIVE_INT8;
  case SIM_I32:
    return H5T_NATIVE_INT32;
  case SIM_I64:
    return H5T_NATIVE_INT64;
  case SIM_U64:
    return H5T_NATIVE_UINT64;
  }
  assert(false);
  return -1;
}

hid_t sim_h5_text_type(void) {
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

void sim_h5_option_attribute(char out[64], int team, int head) {
  snprintf(out, 64, "%s_%s", team == SIM_NEAR ? "near" : "far", sim_log_head(head));
}

int sim_h5_table(SimRows rows) {
  switch (rows) {
  case SIM_ROWS_STATE:
  case SIM_ROWS_STEP:
    return 0;
  case SIM_ROWS_DECISION:
    return 1;
  case SIM_ROWS_EVENT:
    return 2;
  case SIM_ROWS_TOUCH:
    return 3;
  case SIM_ROWS_SNAPSHOT:
    return 4;
  case SIM_ROWS_KINDS:
    return 5;
  }
  assert(false);
  return 0;
}

SimRows sim_h5_table_rows(int table) {
  static const SimRows rows[SIM_H5_TABLES] = {SIM_ROWS_STATE, SIM_ROWS_DECISION, SIM_ROWS_EVENT,
                                              SIM_ROWS_TOUCH, SIM_ROWS_SNAPSHOT, SIM_ROWS_KINDS};
  assert(table >= 0 && table < SIM_H5_TABLES);
  return rows[table];
}

// Opens attribute name of loc and checks that it holds one value (length 0) or a list of at most
// length values; *n is how many.
static hid_t open_attribute(const SimH5Place *place, hid_t loc, const char *name, int length,
                            int *n) {
  hid_t attribute = H5Aexists(loc, name) > 0 ? H5Aopen(loc, name, H5P_DEFAULT) : -1;
  if (attribute < 0) {
    sim_h5_bad(place, name, "the attribute is missing");
    return -1;
  }
  hid_t space = H5Aget_space(attribute);
  hsize_t size = 0;
  int rank = H5Sget_simple_extent_ndims(space);
  bool fits = H5Sget_simple_extent_type(space) == (length > 0 ? H5S_SIMPLE : H5S_SCALAR) &&
              rank == (length > 0);
  if (fits && length > 0) {
    fits = H5Sget_simple_extent_dims(space, &size, NULL) == 1 && size <= (hsize_t)length;
  }
  H5Sclose(space);
  if (!fits) {
    sim_h5_bad(place, name, "the attribute has the wrong shape, wanted %s",
               length > 0 ? "a list" : "a single value");
    H5Aclose(attribute);
    return -1;
  }
  *n = length > 0 ? (int)size : 1;
  return attribute;
}

bool sim_h5_type_fits(hid_t type, H5T_class_t class, size_t size, bool is_signed) {
  return H5Tget_class(type) == class && H5Tget_size(type) == size &&
         (class != H5T_INTEGER || H5Tget_sign(type) == (is_signed ? H5T_SGN_2 : H5T_SGN_NONE));
}

// Reads numbers of the 8 or 4 byte memory type; count 0 is a single one.
SimStatus sim_h5_numbers(const SimH5Place *place, hid_t loc, const char *name, hid_t memory,
                         void *value, int count) {
  int n;
  hid_t attribute = open_attribute(place, loc, name, count, &n);
  if (attribute < 0) {
    return SIM_BAD_INPUT;
  }
  hid_t type = H5Aget_type(attribute);
  H5T_class_t class = H5Tget_class(memory);
  bool is_signed = class == H5T_INTEGER && H5Tget_sign(memory) == H5T_SGN_2;
  SimStatus status = SIM_OK;
  if (!sim_h5_type_fits(type, class, H5Tget_size(memory), is_signed)) {
    status = sim_h5_bad(place, name, "the attribute has the wrong type, wanted %s%d",
                        class == H5T_FLOAT ? "float" : (is_signed ? "int" : "uint"),
                        8 * (int)H5Tget_size(memory));
  } else if (count > 0 && n != count) {
    status = sim_h5_bad(place, name, "the attribute has %d numbers, wanted %d", n, count);
  } else if (H5Aread(attribute, memory, value) < 0) {
    status = sim_h5_bad(place, name, "the attribute cannot be read");
  }
  H5Tclose(type);
  H5Aclose(attribute);
  return status;
}

// Text that may be printed: no control characters, so that a file cannot drive a terminal.
static bool printable(const char *text) {
  for (; *text != '\0'; text++) {
    if ((unsigned char)*text < 0x20 || *text == 0x7f) {
      return false;
    }
  }
  return true;
}

// Reads one text (length 0) or a list of at most length into rows of `size` bytes.
SimStatus sim_h5_texts(const SimH5Place *place, hid_t loc, const char *name, char *out, size_t size,
                       int length, int *n) {
  hid_t attribute = open_attribute(place, loc, name, length, n);
  if (attribute < 0) {
    return SIM_BAD_INPUT;
  }
  hid_t type = H5Aget_type(attribute), memory = sim_h5_text_type();
  hid_t space = H5Aget_space(attribute);
  char *text[SIM_SKILL_NAMES_MAX] = {NULL};
  SimStatus status = SIM_OK;
  assert(length <= SIM_SKILL_NAMES_MAX);
  if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) <= 0) {
    status =
        sim_h5_bad(place, name, "the attribute has the wrong type, wanted variable-length text");
  } else if (H5Aread(attribute, memory, text) < 0) {
    status = sim_h5_bad(place, name, "the attribute cannot be read");
  }
  for (int i = 0; i < *n && status == SIM_OK; i++) {
    const char *value = text[i] != NULL ? text[i] : "";
    if (strlen(value) >= size || !printable(value)) {
      status =
          sim_h5_bad(place, name, "the text is longer than %zu bytes or not printable", size - 1);
    } else {
      snprintf(out + (size_t)i * size, size, "%s", value);
    }
  }
  H5Dvlen_reclaim(memory, space, H5P_DEFAULT, text);
  H5Sclose(space);
  H5Tclose(memory);
  H5Tclose(type);
  H5Aclose(attribute);
  return status;
}

SimStatus sim_h5_text(const SimH5Place *place, hid_t loc, const char *name,
                      char out[SIM_LOG_TEXT_MAX]) {
  int n;
  return sim_h5_texts(place, loc, name, out, SIM_LOG_TEXT_MAX, 0, &n);
}

// One of the n words, or its index in *value.
SimStatus sim_h5_word(const SimH5Place *place, hid_t loc, const char *name, const char *const *word,
                      int n, int *value) {
  char text[SIM_LOG_TEXT_MAX];
  if (sim_h5_text(place, loc, name, text) != SIM_OK) {
    return SIM_BAD_INPUT;
  }
  for (*value = 0; *value < n; (*value)++) {
    if (word[*value] != NULL && strcmp(text, word[*value]) == 0) {
      return SIM_OK;
    }
  }
  return sim_h5_bad(place, name, "is \"%.60s\", which is none of the words of the schema", text);
}

// Opens group `name` of loc, which must be a hard link to a group.
hid_t sim_h5_group(const SimH5Place *place, hid_t loc, const char *name, const char *shown) {
  H5L_info_t link;
  if (H5Lget_info(loc, name, &link, H5P_DEFAULT) < 0) {
    sim_h5_bad(place, shown, "the group is missing");
    return -1;
  }
  if (link.type != H5L_TYPE_HARD) {
    sim_h5_bad(place, shown, "is a link to elsewhere, wanted a group of this file");
    return -1;
  }
  hid_t group = H5Gopen2(loc, name, H5P_DEFAULT);
  if (group < 0) {
    sim_h5_bad(place, shown, "is not a group that can be opened");
  }
  return group;
}
