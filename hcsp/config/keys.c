// Every layer is read through the same schema, made of the table, into a mirror of pointers, NULL
// where a key is not given; an override is a file of one line, whose schema has no sections. Which
// algorithm is chosen is known only when all layers have been read, so they are read twice.
#include "hcsp/config/keys.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/config/ppo_keys.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

enum { PRESET_WORDS_MAX = 64 };

const cyaml_strval_t CONFIG_NET_WORDS[CONFIG_NETS] = {
    {"small", CONFIG_NET_SMALL}, {"medium", CONFIG_NET_MEDIUM}, {"paper", CONFIG_NET_PAPER}};

// what a file gives, in the order of the table
typedef struct Mirror {
  void *value[CONFIG_KEYS_MAX];
  void *list;
  uint32_t list_count;
} Mirror;

typedef struct Schema {
  cyaml_schema_value_t file;
  // those of the file, its list, then those of each section, each with an end
  cyaml_schema_field_t field[CONFIG_KEYS_MAX + 2 * CONFIG_SECTIONS_MAX + 2];
} Schema;

struct ConfigLoading {
  char *config;
  const char *preset;
  size_t size;
  const ConfigTable *table;
  Schema sections, flat;  // of files, of overrides
  bool given[CONFIG_KEYS_MAX];
  SimError *err;
};
typedef ConfigLoading Loading;

// ---- the schema

static cyaml_schema_value_t value_of(const ConfigKey *key) {
  cyaml_schema_value_t value = {.flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL};
  switch (key->kind) {
  case CONFIG_NUMBER:
  case CONFIG_WHOLE:
    value.type = CYAML_FLOAT;
    value.data_size = sizeof(double);
    break;
  case CONFIG_TEXT:
    value.type = CYAML_STRING;
    value.data_size = sizeof(char);
    value.string.max = (uint32_t)key->high;
    break;
  case CONFIG_ENUM:
    value.type = CYAML_ENUM;
    value.flags |= CYAML_FLAG_STRICT;
    value.data_size = sizeof(int);
    value.enumeration.strings = key->values;
    value.enumeration.count = (uint32_t)key->n;
    break;
  }
  return value;
}

static cyaml_schema_value_t mapping_of(const cyaml_schema_field_t *fields, enum cyaml_flag flags) {
  return (cyaml_schema_value_t){
      .type = CYAML_MAPPING, .flags = flags, .data_size = sizeof(Mirror), .mapping.fields = fields};
}

// adds the fields of a section, or all with section NULL, and returns the next free one
static cyaml_schema_field_t *add_fields(cyaml_schema_field_t *field, const ConfigTable *table,
                                        const char *section) {
  for (int k = 0; k < table->n; k++) {
    if (!section || strcmp(table->key[k].section, section) == 0) {
      *field++ = (cyaml_schema_field_t){.key = table->key[k].name,
                                        .data_offset = (uint32_t)((size_t)k * sizeof(void *)),
                                        .value = value_of(&table->key[k])};
    }
  }
  return field;
}

static cyaml_schema_field_t *add_list(cyaml_schema_field_t *field, const ConfigTable *table) {
  if (table->entry) {
    *field++ = (cyaml_schema_field_t){
        .key = table->list,
        .data_offset = (uint32_t)offsetof(Mirror, list),
        .count_offset = (uint32_t)offsetof(Mirror, list_count),
        .count_size = sizeof(uint32_t),
        .value = {.type = CYAML_SEQUENCE,
                  .flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                  .data_size = table->entry->data_size,
                  .sequence = {.entry = table->entry, .min = 1, .max = (uint32_t)table->list_max}}};
  }
  return field;
}

// the sections of a table in the order in which they come first
static int list_sections(const char *section[CONFIG_SECTIONS_MAX], const ConfigTable *table) {
  int n = 0;
  for (int k = 0; k < table->n; k++) {
    bool known = !table->key[k].section[0];
    for (int i = 0; i < n; i++) {
      known = known || strcmp(section[i], table->key[k].section) == 0;
    }
    assert(known || n < CONFIG_SECTIONS_MAX);
    section[n] = known ? section[n] : table->key[k].section;
    n += !known;
  }
  return n;
}

static void make_schema(Schema *schema, const ConfigTable *table, bool flat) {
  const char *section[CONFIG_SECTIONS_MAX + 1] = {NULL};
  const int n = flat ? 0 : list_sections(section, table);
  *schema = (Schema){.file = mapping_of(schema->field, CYAML_FLAG_POINTER)};
  cyaml_schema_field_t *own = add_list(add_fields(schema->field, table, flat ? NULL : ""), table),
                       *next = own + n + 1;
  for (int i = 0; i < n; i++) {
    own[i] =
        (cyaml_schema_field_t){.key = section[i], .value = mapping_of(next, CYAML_FLAG_OPTIONAL)};
    next = add_fields(next, table, section[i]) + 1;
  }
}

// ---- layers

static SimStatus check_number(const ConfigKey *key, double value, const char *where, bool flat,
                              SimError *err) {
  const bool whole = key->kind == CONFIG_WHOLE;
  if (value >= key->low && value <= key->high && (!whole || value == floor(value))) {
    return SIM_OK;
  }
  char saw[32], wanted[96], name[96];
  snprintf(saw, sizeof saw, "%g", value);
  snprintf(wanted, sizeof wanted, "a %snumber from %g to %g", whole ? "whole " : "", key->low,
           key->high);
  const bool bare = flat || !key->section[0];
  snprintf(name, sizeof name, "%s%s%s", bare ? "" : key->section, bare ? "" : ".", key->name);
  return sim_config_refuse(err, where, name, saw, wanted);
}

static SimStatus lay_key(Loading *l, int k, const void *value, const char *where, bool flat) {
  assert(k >= 0 && k < l->table->n);
  const ConfigKey *key = &l->table->key[k];
  SimStatus status = SIM_OK;
  switch (key->kind) {
  case CONFIG_NUMBER:
  case CONFIG_WHOLE:
    status = check_number(key, *(const double *)value, where, flat, l->err);
    memcpy(l->config + key->offset, value, sizeof(double));
    break;
  case CONFIG_TEXT:
    snprintf(l->config + key->offset, (size_t)key->high + 1, "%s", (const char *)value);
    break;
  case CONFIG_ENUM:
    memcpy(l->config + key->offset, value, sizeof(int));
    break;
  }
  l->given[k] = true;
  return status;
}

// lays what a file gives over what is there, and frees it
static SimStatus lay(Loading *l, Mirror *mirror, const char *where, bool flat) {
  SimStatus status = SIM_OK;
  for (int k = 0; status == SIM_OK && k < l->table->n; k++) {
    status = mirror->value[k] ? lay_key(l, k, mirror->value[k], where, flat) : SIM_OK;
  }
  assert(mirror->list_count == 0 || l->table->take);
  if (status == SIM_OK && mirror->list_count > 0) {
    status = l->table->take(l->config, mirror->list, (int)mirror->list_count, where, l->err);
  }
  sim_config_free(mirror, flat ? &l->flat.file : &l->sections.file);
  return status;
}

SimStatus config_lay_file(Loading *l, const char *path) {
  void *mirror;
  SIM_TRY(sim_config_load(&mirror, path, &l->sections.file, l->err));
  return lay(l, mirror, path, false);
}

SimStatus config_lay_shipped(Loading *l, const char *name) {
  char file[128], path[SIM_PATH_MAX];
  snprintf(file, sizeof file, "%s/%s.yaml", l->table->folder, name);
  SIM_TRY(sim_path_join(path, sim_home(), file, l->err));
  return config_lay_file(l, path);
}

// a file of one line; what is wrong in it is wrong on the command line
SimStatus config_lay_override(Loading *l, const char *text) {
  const char *equals = strchr(text, '=');
  char line[2048];
  void *mirror;
  if (!equals || equals == text || strlen(text) > sizeof line - 8) {
    return sim_error(l->err, SIM_USAGE, "'%.80s'; wanted key=value", text);
  }
  snprintf(line, sizeof line, "%.*s: %s\n", (int)(equals - text), text, equals + 1);
  SimStatus status = sim_config_parse(&mirror, text, line, strlen(line), &l->flat.file, l->err);
  status = status ? status : lay(l, mirror, text, true);
  if (status == SIM_BAD_INPUT && l->err) {
    l->err->status = SIM_USAGE;
  }
  return status == SIM_BAD_INPUT ? SIM_USAGE : status;
}

int config_split(const char **out, int max, char *words) {
  assert(max >= 0);
  char *rest = NULL;
  int n = 0;
  for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest), n++) {
    if (n < max) {
      out[n] = word;
    }
  }
  return n < max ? n : max;
}

static SimStatus lay_words(Loading *l, const char *words) {
  const char *word[PRESET_WORDS_MAX];
  char copy[2048];
  SimStatus status = SIM_OK;
  snprintf(copy, sizeof copy, "%s", words);
  const int n = config_split(word, PRESET_WORDS_MAX, copy);
  for (int i = 0; status == SIM_OK && i < n; i++) {
    status = config_lay_override(l, word[i]);
  }
  return status;
}

static const ConfigKey *find_key(const ConfigTable *table, const char *name) {
  for (int k = 0; name && k < table->n; k++) {
    if (strcmp(table->key[k].name, name) == 0) {
      return &table->key[k];
    }
  }
  return NULL;
}

static SimStatus lay_all(Loading *l, const char *chosen, const char *also, const char *file,
                         const char *const *overrides, int n) {
  const char *const shipped[] = {"default", chosen, also};
  memset(l->config, 0, l->size);
  for (int i = 0; i < 3; i++) {
    SIM_TRY(shipped[i] ? config_lay_shipped(l, shipped[i]) : SIM_OK);
  }
  const ConfigKey *preset = find_key(l->table, l->preset);
  if (preset && preset->kind == CONFIG_TEXT) {
    SIM_TRY(lay_words(l, l->config + preset->offset));
  }
  if (file) {
    SIM_TRY(config_lay_file(l, file));
  }
  for (int i = 0; i < n; i++) {
    SIM_TRY(config_lay_override(l, overrides[i]));
  }
  return SIM_OK;
}

static const char *enum_word(const ConfigKey *key, const void *config) {
  int value;
  memcpy(&value, (const char *)config + key->offset, sizeof value);
  assert(value >= 0 && value < key->n);
  return key->values[value].str;
}

Loading *config_open(void *config, const ConfigTable *table, SimError *err) {
  assert(table->n <= CONFIG_KEYS_MAX);
  Loading *l = sim_new(1, sizeof *l);
  l->config = config;
  l->table = table;
  l->err = err;
  make_schema(&l->sections, table, false);
  make_schema(&l->flat, table, true);
  return l;
}

void config_close(Loading *l) {
  free(l);
}

bool config_given(const Loading *l, int k) {
  assert(k >= 0 && k < l->table->n);
  return l->given[k];
}

SimStatus config_lay(void *config, const ConfigTable *table, const char *words, SimError *err) {
  Loading *l = config_open(config, table, err);
  const SimStatus status = lay_words(l, words);
  config_close(l);
  return status;
}

static SimStatus check_given(const Loading *l) {
  for (int k = 0; k < l->table->n; k++) {
    const ConfigKey *key = &l->table->key[k];
    if (!l->given[k] && (key->kind == CONFIG_NUMBER || key->kind == CONFIG_WHOLE)) {
      return sim_error(l->err, SIM_BAD_INPUT, "%s/default.yaml: key '%s' is not set",
                       l->table->folder, key->name);
    }
  }
  return SIM_OK;
}

SimStatus config_load(void *config, size_t size, const ConfigTable *table, const char *also,
                      const char *preset, const char *file, const char *const *overrides, int n,
                      SimError *err) {
  Loading *l = config_open(config, table, err);
  l->preset = preset;
  l->size = size;
  SimStatus status = lay_all(l, NULL, also, file, overrides, n);
  const ConfigKey *algorithm = find_key(table, table->algorithm);
  if (status == SIM_OK && algorithm) {
    status = lay_all(l, enum_word(algorithm, config), also, file, overrides, n);
  }
  status = status == SIM_OK ? check_given(l) : status;
  config_close(l);
  return status;
}

// ---- writing

// a value as a file has it
static void format_value(char *out, size_t size, const ConfigKey *key, const void *config) {
  const char *at = (const char *)config + key->offset;
  double number;
  switch (key->kind) {
  case CONFIG_NUMBER:
  case CONFIG_WHOLE:
    memcpy(&number, at, sizeof number);
    snprintf(out, size, "%.10g", number);
    break;
  case CONFIG_TEXT:
    snprintf(out, size, "\"%s\"", at);
    break;
  case CONFIG_ENUM:
    snprintf(out, size, "%s", enum_word(key, config));
    break;
  }
}

static void write_section(FILE *out, const ConfigTable *table, const char *section,
                          const void *config) {
  char value[1100];
  fprintf(out, "%s%s", section, section[0] ? ":\n" : "");
  for (int k = 0; k < table->n; k++) {
    if (strcmp(table->key[k].section, section) == 0) {
      format_value(value, sizeof value, &table->key[k], config);
      fprintf(out, "%s%s: %s\n", section[0] ? "  " : "", table->key[k].name, value);
    }
  }
}

char *config_text(const ConfigTable *table, const void *config) {
  const char *section[CONFIG_SECTIONS_MAX + 1];
  SimText text;
  FILE *out = sim_text_open(&text);
  fprintf(out, "# resolved configuration of %s\n", table->title);
  write_section(out, table, "", config);
  const int n = list_sections(section, table);
  for (int i = 0; i < n; i++) {
    write_section(out, table, section[i], config);
  }
  return sim_text_close(&text);
}

// "number 0 to 1", "text", "one of a, b"
static void format_range(char *out, size_t size, const ConfigKey *key) {
  int used = 0;
  switch (key->kind) {
  case CONFIG_NUMBER:
  case CONFIG_WHOLE:
    snprintf(out, size, "%s %g to %g", key->kind == CONFIG_WHOLE ? "integer" : "number", key->low,
             key->high);
    break;
  case CONFIG_TEXT:
    snprintf(out, size, "text of at most %g", key->high);
    break;
  case CONFIG_ENUM:
    for (int i = 0; i < key->n && used < (int)size; i++) {
      used += snprintf(out + used, size - (size_t)used, "%s%s", i ? " | " : "", key->values[i].str);
    }
    break;
  }
}

// the texts of a key's columns
typedef struct Columns {
  char name[96], range[160], value[1200];
} Columns;

static void format_columns(Columns *columns, const ConfigKey *key, bool sections,
                           const void *config) {
  char value[1100];
  const char *section = sections ? key->section : "";
  snprintf(columns->name, sizeof columns->name, "%s%s%s", section, section[0] ? "." : "",
           key->name);
  format_range(columns->range, sizeof columns->range, key);
  format_value(value, sizeof value, key, config);
  snprintf(columns->value, sizeof columns->value, "%s%s%s", value, key->unit[0] ? " " : "",
           key->unit);
}

void config_help_keys(FILE *out, const ConfigKey *key, int n, bool sections, const void *config) {
  int name = 0, range = 0;
  Columns c;
  for (int k = 0; k < n; k++) {
    format_columns(&c, &key[k], sections, config);
    name = (int)fmax(name, (double)strlen(c.name));
    range = (int)fmax(range, (double)strlen(c.range));
  }
  for (int k = 0; k < n; k++) {
    format_columns(&c, &key[k], sections, config);
    fprintf(out, "%-*s  %-*s  %-22s  %s\n", name, c.name, range, c.range, c.value, key[k].help);
  }
}

void config_help(FILE *out, const ConfigTable *table, const void *config) {
  fprintf(out, "Keys of %s: KEY=VALUE on the command line, without the section.\n", table->title);
  config_help_keys(out, table->key, table->n, true, config);
}
