// Walks libyaml's events along the schema and stops at the first thing that does not fit. Why not
// leave that to libcyaml: it takes any word as `true`, reads "12abc" as 12, "010" as 8 and -1 as
// 2^64 - 1, lets NaN through, skips further documents, and reports without columns. The walk is
// bounded: the schema bounds its depth, aliases are refused, and the file has a size cap.
#include "sim/base/config_check.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "sim/base/config.h"
#include "sim/base/nearest.h"
#include "sim/base/renamed.h"

enum {
  FIELDS_MAX = 128,  // keys of one mapping
  DEPTH_MAX = 32,    // of a subtree that the schema ignores
  KEY_MAX = 256,     // dotted key in a message
  TEXT_MAX = 512
};

typedef struct Check {
  const char *name;  // of the file
  const char *text;
  size_t size;
  const cyaml_schema_value_t *root;
  SimError *err;
  yaml_parser_t parser;
  yaml_event_t event;  // the current one
  char key[KEY_MAX];   // dotted, of the value being read
} Check;

// ---- messages ----

static SimStatus refuse_at(Check *c, size_t line, size_t column, const char *saw,
                           const char *wanted) {
  const char *key = c->key;
  return sim_error(c->err, SIM_BAD_INPUT, "%s:%zu:%zu: %s%s%ssaw %s, wanted %s", c->name, line + 1,
                   column + 1, *key ? "key '" : "", key, *key ? "': " : "", saw, wanted);
}

static SimStatus refuse(Check *c, const char *saw, const char *wanted) {
  return refuse_at(c, c->event.start_mark.line, c->event.start_mark.column, saw, wanted);
}

static const char *scalar_text(const Check *c) {
  return (const char *)c->event.data.scalar.value;
}

// 'value' in quotes, cut between characters
static void quote(char *out, size_t size, const char *value, size_t length) {
  const size_t most = 40;
  size_t shown = length < most ? length : most;
  while (shown < length && shown > 0 && ((unsigned char)value[shown] & 0xc0) == 0x80) {
    shown--;
  }
  snprintf(out, size, "'%.*s%s'", (int)shown, value, shown < length ? "..." : "");
}

static void describe_event(char *out, size_t size, const Check *c) {
  switch (c->event.type) {
  case YAML_SCALAR_EVENT:
    if (c->event.data.scalar.length == 0) {
      snprintf(out, size, "an empty value");
    } else if (strlen(scalar_text(c)) != c->event.data.scalar.length) {
      snprintf(out, size, "a text with a NUL byte");
    } else {
      quote(out, size, scalar_text(c), c->event.data.scalar.length);
    }
    break;
  case YAML_SEQUENCE_START_EVENT:
    snprintf(out, size, "a list");
    break;
  case YAML_MAPPING_START_EVENT:
    snprintf(out, size, "a mapping");
    break;
  case YAML_STREAM_END_EVENT:
    snprintf(out, size, "an empty file");
    break;
  case YAML_NO_EVENT:
  case YAML_STREAM_START_EVENT:
  case YAML_DOCUMENT_START_EVENT:
  case YAML_DOCUMENT_END_EVENT:
  case YAML_ALIAS_EVENT:
  case YAML_SEQUENCE_END_EVENT:
  case YAML_MAPPING_END_EVENT:
    snprintf(out, size, "an end");
    break;
  }
}

static void add_text(char *out, size_t size, const char *text) {
  size_t used = strlen(out);
  snprintf(out + used, size - used, "%s", text);
}

static void describe_count(char *out, size_t size, uint32_t min, uint32_t max, const char *what) {
  if (min == max) {
    snprintf(out, size, "exactly %" PRIu32 " %s", max, what);
  } else if (max == CYAML_UNLIMITED) {
    snprintf(out, size, "at least %" PRIu32 " %s", min, what);
  } else {
    snprintf(out, size, "%" PRIu32 " to %" PRIu32 " %s", min, max, what);
  }
}

static void describe_choice(char *out, size_t size, const cyaml_schema_value_t *schema) {
  snprintf(out, size, "%s", schema->enumeration.count == 1 ? "" : "one of ");
  for (uint32_t i = 0; i < schema->enumeration.count; i++) {
    add_text(out, size, i ? ", " : "");
    add_text(out, size, schema->enumeration.strings[i].str);
  }
}

static int64_t int_max(uint32_t data_size) {
  return INT64_MAX >> (64 - 8 * data_size);
}

static uint64_t uint_max(uint32_t data_size) {
  return UINT64_MAX >> (64 - 8 * data_size);
}

static void describe_wanted(char *out, size_t size, const cyaml_schema_value_t *schema) {
  switch (schema->type) {
  case CYAML_INT:
    snprintf(out, size, "an integer in %" PRId64 "..%" PRId64, -int_max(schema->data_size) - 1,
             int_max(schema->data_size));
    break;
  case CYAML_UINT:
    snprintf(out, size, "an integer in 0..%" PRIu64, uint_max(schema->data_size));
    break;
  case CYAML_BOOL:
    snprintf(out, size, "true or false");
    break;
  case CYAML_FLOAT:
    snprintf(out, size, "a finite number");
    break;
  case CYAML_STRING:
    snprintf(out, size, "a text of ");
    describe_count(out + strlen(out), size - strlen(out), schema->string.min, schema->string.max,
                   "bytes");
    break;
  case CYAML_ENUM:
    describe_choice(out, size, schema);
    break;
  case CYAML_FLAGS:
    snprintf(out, size, "a list of words");
    break;
  case CYAML_MAPPING:
  case CYAML_BITFIELD:
    snprintf(out, size, "a mapping");
    break;
  case CYAML_SEQUENCE:
  case CYAML_SEQUENCE_FIXED:
    snprintf(out, size, "a list of ");
    describe_count(out + strlen(out), size - strlen(out), schema->sequence.min,
                   schema->sequence.max, "entries");
    break;
  case CYAML_IGNORE:
  case CYAML__TYPE_COUNT:
    snprintf(out, size, "anything");
    break;
  }
}

static SimStatus refuse_event(Check *c, const cyaml_schema_value_t *schema) {
  char saw[TEXT_MAX], wanted[TEXT_MAX];
  describe_event(saw, sizeof saw, c);
  describe_wanted(wanted, sizeof wanted, schema);
  return refuse(c, saw, wanted);
}

// ---- events ----

static SimStatus refuse_syntax(Check *c) {
  const yaml_parser_t *p = &c->parser;
  size_t line = p->problem_mark.line, column = p->problem_mark.column;
  if (p->error == YAML_MEMORY_ERROR) {
    return sim_error(c->err, SIM_FAIL, "%s: no memory", c->name);
  }
  // a byte that is no text has an offset only
  if (p->error == YAML_READER_ERROR) {
    line = column = 0;
    for (size_t i = 0; i < p->problem_offset && i < c->size; i++) {
      column = c->text[i] == '\n' ? 0 : column + 1;
      line += c->text[i] == '\n';
    }
  }
  char saw[TEXT_MAX];
  snprintf(saw, sizeof saw, "broken YAML (%s%s%s)", p->context ? p->context : "",
           p->context ? ": " : "", p->problem ? p->problem : "unknown problem");
  c->key[0] = '\0';
  return refuse_at(c, line, column, saw, "valid YAML");
}

static SimStatus refuse_node_extras(Check *c) {
  const yaml_char_t *anchor = NULL, *tag = NULL;
  switch (c->event.type) {
  case YAML_SCALAR_EVENT:
    anchor = c->event.data.scalar.anchor;
    tag = c->event.data.scalar.tag;
    break;
  case YAML_SEQUENCE_START_EVENT:
    anchor = c->event.data.sequence_start.anchor;
    tag = c->event.data.sequence_start.tag;
    break;
  case YAML_MAPPING_START_EVENT:
    anchor = c->event.data.mapping_start.anchor;
    tag = c->event.data.mapping_start.tag;
    break;
  case YAML_ALIAS_EVENT:
    return refuse(c, "an alias", "the value written out");
  case YAML_NO_EVENT:
  case YAML_STREAM_START_EVENT:
  case YAML_STREAM_END_EVENT:
  case YAML_DOCUMENT_START_EVENT:
  case YAML_DOCUMENT_END_EVENT:
  case YAML_SEQUENCE_END_EVENT:
  case YAML_MAPPING_END_EVENT:
    break;
  }
  if (anchor) {
    return refuse(c, "an anchor", "a value without anchors or aliases");
  }
  return tag ? refuse(c, "a tag", "a value without a tag") : SIM_OK;
}

static SimStatus next_event(Check *c) {
  yaml_event_delete(&c->event);
  if (!yaml_parser_parse(&c->parser, &c->event)) {
    return refuse_syntax(c);
  }
  return refuse_node_extras(c);
}

static bool at(const Check *c, yaml_event_type_t type) {
  return c->event.type == type;
}

// ---- values ----

static bool equal(const cyaml_schema_value_t *schema, const char *a, const char *b) {
  return (schema->flags & CYAML_FLAG_CASE_INSENSITIVE ? strcasecmp(a, b) : strcmp(a, b)) == 0;
}

// a decimal integer and nothing else
static bool is_decimal(const char *text) {
  const char *digits = text + (*text == '-');
  size_t n = strspn(digits, "0123456789");
  return n > 0 && digits[n] == '\0' && (digits[0] != '0' || n == 1);
}

static bool fits_int(const cyaml_schema_value_t *schema, const char *text) {
  errno = 0;
  int64_t value = is_decimal(text) ? strtoll(text, NULL, 10) : 0;
  int64_t max = int_max(schema->data_size);
  return is_decimal(text) && errno == 0 && value <= max && value >= -max - 1;
}

static bool fits_uint(const cyaml_schema_value_t *schema, const char *text) {
  errno = 0;
  uint64_t value = is_decimal(text) ? strtoull(text, NULL, 10) : 0;
  return is_decimal(text) && text[0] != '-' && errno == 0 && value <= uint_max(schema->data_size);
}

static bool fits_float(const cyaml_schema_value_t *schema, const char *text) {
  size_t length = strlen(text);
  if (length == 0 || strspn(text, "0123456789+-.eE") != length) {
    return false;
  }
  char *end;
  errno = 0;
  double value =
      schema->data_size == sizeof(float) ? (double)strtof(text, &end) : strtod(text, &end);
  return *end == '\0' && errno == 0 && isfinite(value);
}

static bool fits_bool(const char *text) {
  static const char *const words[] = {"true", "false", "yes", "no", "on", "off"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (strcasecmp(text, words[i]) == 0) {
      return true;
    }
  }
  return false;
}

static bool fits_choice(const cyaml_schema_value_t *schema, const char *text) {
  for (uint32_t i = 0; i < schema->enumeration.count; i++) {
    if (equal(schema, text, schema->enumeration.strings[i].str)) {
      return true;
    }
  }
  return false;
}

static bool fits_scalar(const cyaml_schema_value_t *schema, const char *text) {
  size_t length = strlen(text);
  switch (schema->type) {
  case CYAML_INT:
    return fits_int(schema, text);
  case CYAML_UINT:
    return fits_uint(schema, text);
  case CYAML_BOOL:
    return fits_bool(text);
  case CYAML_FLOAT:
    return fits_float(schema, text);
  case CYAML_STRING:
    return length >= schema->string.min && length <= schema->string.max;
  case CYAML_ENUM:
    return fits_choice(schema, text);
  case CYAML_FLAGS:
  case CYAML_MAPPING:
  case CYAML_BITFIELD:
  case CYAML_SEQUENCE:
  case CYAML_SEQUENCE_FIXED:
  case CYAML_IGNORE:
  case CYAML__TYPE_COUNT:
    break;
  }
  return false;
}

static bool is_null(const cyaml_schema_value_t *schema, const char *text) {
  bool null = (schema->flags & CYAML_FLAG_POINTER_NULL) == CYAML_FLAG_POINTER_NULL;
  bool word = (schema->flags & CYAML_FLAG_POINTER_NULL_STR) == CYAML_FLAG_POINTER_NULL_STR;
  return (null && *text == '\0') ||
         (word && (strcmp(text, "~") == 0 || strcmp(text, "null") == 0 ||
                   strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0));
}

// "..., wanted one of a, b (nearest: b)"
static SimStatus refuse_choice(Check *c, const cyaml_schema_value_t *schema) {
  const char *known[FIELDS_MAX];
  uint32_t n = schema->enumeration.count;
  assert(n <= FIELDS_MAX);
  for (uint32_t i = 0; i < n; i++) {
    known[i] = schema->enumeration.strings[i].str;
  }
  const char *near = sim_nearest(scalar_text(c), known, (int)n);
  char saw[TEXT_MAX], wanted[TEXT_MAX];
  describe_event(saw, sizeof saw, c);
  describe_choice(wanted, sizeof wanted, schema);
  if (near) {
    add_text(wanted, sizeof wanted, " (nearest: ");
    add_text(wanted, sizeof wanted, near);
    add_text(wanted, sizeof wanted, ")");
  }
  return refuse(c, saw, wanted);
}

static SimStatus check_scalar(Check *c, const cyaml_schema_value_t *schema) {
  if (!at(c, YAML_SCALAR_EVENT)) {
    return refuse_event(c, schema);
  }
  bool whole = strlen(scalar_text(c)) == c->event.data.scalar.length;
  if (whole && fits_scalar(schema, scalar_text(c))) {
    return SIM_OK;
  }
  return schema->type == CYAML_ENUM ? refuse_choice(c, schema) : refuse_event(c, schema);
}

static SimStatus check_value(Check *c, const cyaml_schema_value_t *schema);

// ---- mappings ----

static int find_field(const cyaml_schema_value_t *schema, const char *key) {
  for (int i = 0; schema->mapping.fields[i].key; i++) {
    assert(i < FIELDS_MAX);
    if (equal(schema, key, schema->mapping.fields[i].key)) {
      return i;
    }
  }
  return -1;
}

static void enter_key(Check *c, const char *key) {
  add_text(c->key, sizeof c->key, c->key[0] ? "." : "");
  add_text(c->key, sizeof c->key, key);
}

static int list_fields(const char *known[FIELDS_MAX], const cyaml_schema_value_t *schema) {
  int n = 0;
  for (; schema->mapping.fields[n].key; n++) {
    assert(n < FIELDS_MAX);
    known[n] = schema->mapping.fields[n].key;
  }
  return n;
}

// "'ppo.gamma'" for a key of another mapping of the file, by its name or one that it had
static bool find_elsewhere(char *out, size_t size, const cyaml_schema_value_t *root,
                           const char *key) {
  const char *known[FIELDS_MAX];
  for (const cyaml_schema_field_t *f = root->mapping.fields; f->key; f++) {
    const int n = f->value.type == CYAML_MAPPING ? list_fields(known, &f->value) : 0;
    const char *renamed = sim_renamed(key, known, n);
    const int i = n > 0 ? find_field(&f->value, renamed ? renamed : key) : -1;
    if (i >= 0) {
      snprintf(out, size, "'%s.%s'%s", f->key, known[i], renamed ? ", its name today" : "");
      return true;
    }
  }
  return false;
}

static SimStatus refuse_unknown_key(Check *c, const cyaml_schema_value_t *schema) {
  const char *known[FIELDS_MAX];
  const int n = list_fields(known, schema);
  char all[TEXT_MAX] = "one of ";
  for (int i = 0; i < n; i++) {
    add_text(all, sizeof all, i ? ", " : "");
    add_text(all, sizeof all, known[i]);
  }
  char key[64], near_text[TEXT_MAX];
  quote(key, sizeof key, scalar_text(c), c->event.data.scalar.length);
  key[strlen(key) - 1] = '\0';
  const char *renamed = sim_renamed(scalar_text(c), known, n);
  const char *near = renamed ? renamed : sim_nearest(scalar_text(c), known, n);
  snprintf(near_text, sizeof near_text, "'%s'%s", near ? near : "",
           renamed ? ", its name today" : "");
  const bool elsewhere =
      !renamed && find_elsewhere(near_text, sizeof near_text, c->root, scalar_text(c));
  enter_key(c, key + 1);
  return refuse(c, "an unknown key", near || elsewhere ? near_text : all);
}

// line[i] is where field i was seen, counted from 1
static SimStatus check_key(Check *c, const cyaml_schema_value_t *schema, size_t line[FIELDS_MAX],
                           int *field) {
  if (!at(c, YAML_SCALAR_EVENT)) {
    char saw[TEXT_MAX];
    describe_event(saw, sizeof saw, c);
    return refuse(c, saw, "a word as key");
  }
  bool whole = strlen(scalar_text(c)) == c->event.data.scalar.length;
  *field = whole ? find_field(schema, scalar_text(c)) : -1;
  if (*field < 0) {
    return refuse_unknown_key(c, schema);
  }
  enter_key(c, schema->mapping.fields[*field].key);
  if (line[*field] > 0) {
    char saw[64];
    snprintf(saw, sizeof saw, "the key again after line %zu", line[*field]);
    return refuse(c, saw, "it once");
  }
  line[*field] = c->event.start_mark.line + 1;
  return SIM_OK;
}

static SimStatus check_missing(Check *c, const cyaml_schema_value_t *schema,
                               const size_t line[FIELDS_MAX], yaml_mark_t start) {
  for (int i = 0; schema->mapping.fields[i].key; i++) {
    const cyaml_schema_field_t *field = &schema->mapping.fields[i];
    if (line[i] == 0 && !(field->value.flags & CYAML_FLAG_OPTIONAL)) {
      char wanted[TEXT_MAX];
      describe_wanted(wanted, sizeof wanted, &field->value);
      enter_key(c, field->key);
      return refuse_at(c, start.line, start.column, "no such key", wanted);
    }
  }
  return SIM_OK;
}

static SimStatus check_mapping(Check *c, const cyaml_schema_value_t *schema) {
  if (!at(c, YAML_MAPPING_START_EVENT)) {
    return refuse_event(c, schema);
  }
  size_t line[FIELDS_MAX] = {0};
  size_t outer = strlen(c->key);
  yaml_mark_t start = c->event.start_mark;
  SimStatus status = next_event(c);
  while (status == SIM_OK && !at(c, YAML_MAPPING_END_EVENT)) {
    int field = -1;
    status = check_key(c, schema, line, &field);
    if (status == SIM_OK) {
      status = next_event(c);
    }
    if (status == SIM_OK) {
      status = check_value(c, &schema->mapping.fields[field].value);
    }
    if (status == SIM_OK) {
      c->key[outer] = '\0';
      status = next_event(c);
    }
  }
  return status == SIM_OK ? check_missing(c, schema, line, start) : status;
}

// ---- lists ----

// the entries of a list; entry checks one, min and max bound their number
static SimStatus check_entries(Check *c, const cyaml_schema_value_t *schema, uint32_t min,
                               uint32_t max, const cyaml_schema_value_t *entry) {
  size_t outer = strlen(c->key);
  yaml_mark_t start = c->event.start_mark;
  uint32_t count = 0;
  char saw[64], wanted[TEXT_MAX];
  SimStatus status = next_event(c);
  while (status == SIM_OK && !at(c, YAML_SEQUENCE_END_EVENT)) {
    if (count == max) {
      snprintf(saw, sizeof saw, "entry %" PRIu32, count + 1);
      describe_wanted(wanted, sizeof wanted, schema);
      return refuse(c, saw, wanted);
    }
    char index[16];
    snprintf(index, sizeof index, "[%" PRIu32 "]", count);
    add_text(c->key, sizeof c->key, index);
    status = check_value(c, entry);
    if (status == SIM_OK) {
      c->key[outer] = '\0';
      status = next_event(c);
      count++;
    }
  }
  if (status == SIM_OK && count < min) {
    snprintf(saw, sizeof saw, "%" PRIu32 " entries", count);
    describe_wanted(wanted, sizeof wanted, schema);
    return refuse_at(c, start.line, start.column, saw, wanted);
  }
  return status;
}

static SimStatus check_list(Check *c, const cyaml_schema_value_t *schema) {
  if (!at(c, YAML_SEQUENCE_START_EVENT)) {
    return refuse_event(c, schema);
  }
  if (schema->type == CYAML_FLAGS) {
    const cyaml_schema_value_t word = {
        .type = CYAML_ENUM, .flags = schema->flags, .enumeration = schema->enumeration};
    return check_entries(c, schema, 0, CYAML_UNLIMITED, &word);
  }
  return check_entries(c, schema, schema->sequence.min, schema->sequence.max,
                       schema->sequence.entry);
}

// passes over the current value
static SimStatus skip_value(Check *c) {
  int depth = 0;
  for (;;) {
    bool opens = at(c, YAML_SEQUENCE_START_EVENT) || at(c, YAML_MAPPING_START_EVENT);
    bool closes = at(c, YAML_SEQUENCE_END_EVENT) || at(c, YAML_MAPPING_END_EVENT);
    depth += opens - closes;
    if (depth > DEPTH_MAX) {
      return refuse(c, "values nested too deeply", "at most 32 levels");
    }
    if (depth == 0) {
      return SIM_OK;
    }
    SimStatus status = next_event(c);
    if (status != SIM_OK) {
      return status;
    }
  }
}

static SimStatus check_value(Check *c, const cyaml_schema_value_t *schema) {
  if (at(c, YAML_SCALAR_EVENT) && is_null(schema, scalar_text(c))) {
    return SIM_OK;
  }
  switch (schema->type) {
  case CYAML_INT:
  case CYAML_UINT:
  case CYAML_BOOL:
  case CYAML_FLOAT:
  case CYAML_STRING:
  case CYAML_ENUM:
    return check_scalar(c, schema);
  case CYAML_MAPPING:
    return check_mapping(c, schema);
  case CYAML_FLAGS:
  case CYAML_SEQUENCE:
  case CYAML_SEQUENCE_FIXED:
    return check_list(c, schema);
  case CYAML_IGNORE:
    return skip_value(c);
  case CYAML_BITFIELD:
  case CYAML__TYPE_COUNT:
    break;
  }
  assert(false && "a schema type that configs do not use");
  return refuse_event(c, schema);
}

// ---- whole texts ----

// up to the event after the start of the first document; SIM_BAD_INPUT for none
static SimStatus open_document(Check *c) {
  SimStatus status = next_event(c);
  if (status == SIM_OK) {
    status = next_event(c);
  }
  if (status == SIM_OK && at(c, YAML_STREAM_END_EVENT)) {
    return refuse(c, "an empty file", "a mapping");
  }
  return status == SIM_OK ? next_event(c) : status;
}

static SimStatus close_document(Check *c) {
  SimStatus status = next_event(c);
  if (status == SIM_OK) {
    status = next_event(c);
  }
  if (status == SIM_OK && !at(c, YAML_STREAM_END_EVENT)) {
    return refuse(c, "a second document", "one document");
  }
  return status;
}

static bool start(Check *c) {
  if (!yaml_parser_initialize(&c->parser)) {
    sim_error(c->err, SIM_FAIL, "%s: no memory", c->name);
    return false;
  }
  yaml_parser_set_input_string(&c->parser, (const unsigned char *)c->text, c->size);
  return true;
}

static void finish(Check *c) {
  yaml_event_delete(&c->event);
  yaml_parser_delete(&c->parser);
}

SimStatus sim__config_check(const char *name, const char *text, size_t size,
                            const cyaml_schema_value_t *schema, SimError *err) {
  assert(schema->type == CYAML_MAPPING);
  Check c = {.name = name, .text = text, .size = size, .root = schema, .err = err};
  if (!start(&c)) {
    return SIM_FAIL;
  }
  SimStatus status = open_document(&c);
  if (status == SIM_OK) {
    status = check_value(&c, schema);
  }
  if (status == SIM_OK) {
    status = close_document(&c);
  }
  finish(&c);
  return status;
}

// ---- places ----

// the length of the first part of a dotted key: "a.b" 1, "[2].c" 3
static size_t first_part(const char *key) {
  return key[0] == '[' ? strcspn(key, "]") + 1 : strcspn(key, ".[");
}

// moves to the value of one part of a key inside the current mapping or list; false when not there
static bool descend(Check *c, const char *part, size_t length) {
  bool in_list = part[0] == '[';
  long wanted = in_list ? strtol(part + 1, NULL, 10) : -1;
  if (!at(c, in_list ? YAML_SEQUENCE_START_EVENT : YAML_MAPPING_START_EVENT)) {
    return false;
  }
  for (long i = 0; next_event(c) == SIM_OK; i++) {
    if (at(c, YAML_SEQUENCE_END_EVENT) || at(c, YAML_MAPPING_END_EVENT)) {
      return false;
    }
    bool found = i == wanted;
    if (!in_list) {
      found = at(c, YAML_SCALAR_EVENT) && strlen(scalar_text(c)) == length &&
              memcmp(scalar_text(c), part, length) == 0;
      if (skip_value(c) != SIM_OK || next_event(c) != SIM_OK) {
        return false;
      }
    }
    if (found) {
      return true;
    }
    if (skip_value(c) != SIM_OK) {
      return false;
    }
  }
  return false;
}

void sim__config_place(char *out, size_t out_size, const char *name, const char *text, size_t size,
                       const char *key) {
  snprintf(out, out_size, "%s", name);
  Check c = {.name = name, .text = text, .size = size};
  if (!start(&c)) {
    return;
  }
  bool ok = open_document(&c) == SIM_OK;
  while (ok) {
    yaml_mark_t mark = c.event.start_mark;
    snprintf(out, out_size, "%s:%zu:%zu", name, mark.line + 1, mark.column + 1);
    size_t length = first_part(key);
    ok = *key && descend(&c, key, length);
    key += length;
    key += *key == '.';
  }
  finish(&c);
}
