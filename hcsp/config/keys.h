// Configurations as one table: a row a key, with its section in the file, type, range, unit and a
// sentence of help. The table makes the structure (by the macros below), the schema of the files,
// the resolved text and what `--help-config` prints.
//
// A configuration is read in layers: the shipped default, the shipped file of the algorithm,
// perhaps one more shipped file, what these say of the preset ("quick: key=value ..."), a file of
// the user's, then "key=value" from the command line, which names no section. Every key is optional
// in a file; each layer lies over those before it.
#ifndef HCSP_CONFIG_KEYS_H_
#define HCSP_CONFIG_KEYS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "sim/base/config.h"
#include "sim/base/file.h"

enum { CONFIG_KEYS_MAX = 192, CONFIG_SECTIONS_MAX = 8 };

typedef enum ConfigKind { CONFIG_NUMBER, CONFIG_WHOLE, CONFIG_TEXT, CONFIG_ENUM } ConfigKind;

typedef struct ConfigKey {
  ConfigKind kind;
  const char *section;  // mapping of the file that holds it; "": none
  const char *name;
  double low, high;              // of a number; most characters of a text: high
  const cyaml_strval_t *values;  // of an enumeration, numbered from 0
  int n;                         // how many
  const char *unit, *help;
  size_t offset;  // in the configuration: a double, char[high + 1] or an int of an enumeration
} ConfigKey;

typedef struct ConfigTable {
  const char *folder;  // of the shipped files, "configs/strategy"
  const char *title;   // "a strategy"
  const ConfigKey *key;
  int n;
  const char *algorithm;  // key of the enumeration that names the file behind the default, or NULL
  // a list that a file may have besides; entry NULL: none
  const char *list;
  const cyaml_schema_value_t *entry;
  int list_max;
  // checks it and copies what stays
  SimStatus (*take)(void *config, const void *list, int n, const char *where, SimError *err);
} ConfigTable;

// What a list KEYS(NUMBER, WHOLE, TEXT, ENUM) is expanded with, to fields and to rows. Rows are of
// the type ConfigOf, which the .c file defines.
#define CONFIG_NUMBER_FIELD(section, name, low, high, unit, help) double name;
#define CONFIG_TEXT_FIELD(section, name, longest, help) char name[(longest) + 1];
#define CONFIG_ENUM_FIELD(section, name, type, values, help) type name;
#define CONFIG_FIELDS(KEYS)                                                                        \
  KEYS(CONFIG_NUMBER_FIELD, CONFIG_NUMBER_FIELD, CONFIG_TEXT_FIELD, CONFIG_ENUM_FIELD)

#define CONFIG_NUMBER_ROW(section, name, low, high, unit, help)                                    \
  {CONFIG_NUMBER, section, #name, low, high, NULL, 0, unit, help, offsetof(ConfigOf, name)},
#define CONFIG_WHOLE_ROW(section, name, low, high, unit, help)                                     \
  {CONFIG_WHOLE, section, #name, low, high, NULL, 0, unit, help, offsetof(ConfigOf, name)},
#define CONFIG_TEXT_ROW(section, name, longest, help)                                              \
  {CONFIG_TEXT, section, #name, 0, longest, NULL, 0, "", help, offsetof(ConfigOf, name)},
#define CONFIG_ENUM_ROW(section, name, type, values, help)                                         \
  {CONFIG_ENUM,                                                                                    \
   section,                                                                                        \
   #name,                                                                                          \
   0,                                                                                              \
   0,                                                                                              \
   values,                                                                                         \
   (int)(sizeof(values) / sizeof *(values)),                                                       \
   "",                                                                                             \
   help,                                                                                           \
   offsetof(ConfigOf, name)},
#define CONFIG_ROWS(KEYS)                                                                          \
  KEYS(CONFIG_NUMBER_ROW, CONFIG_WHOLE_ROW, CONFIG_TEXT_ROW, CONFIG_ENUM_ROW)

// Fills config, of size bytes. also: another shipped file behind that of the algorithm, NULL: none.
// preset: its name, of which a text of the table may tell; NULL: none.
// SIM_USAGE for a bad override, SIM_BAD_INPUT for a bad file or a number that no layer sets.
SimStatus config_load(void *config, size_t size, const ConfigTable *table, const char *also,
                      const char *preset, const char *file, const char *const *overrides, int n,
                      SimError *err);
// Lays "key=value" words, separated by blanks, over a configuration. SIM_USAGE for a bad one.
SimStatus config_lay(void *config, const ConfigTable *table, const char *words, SimError *err);
// The resolved configuration as YAML under a line of comment; malloc'ed, NULL without memory.
char *config_text(const ConfigTable *table, const void *config);
// Every key with type, range, the value that it has in config, and help, in columns.
void config_help(FILE *out, const ConfigTable *table, const void *config);
// The same of n keys of a structure that is no table of its own; sections: with their sections.
void config_help_keys(FILE *out, const ConfigKey *key, int n, bool sections, const void *config);

// ---- layer by layer, for configurations that are made of more than one table

typedef struct ConfigLoading ConfigLoading;
// Lays over config what it is then told to; config and table outlive it.
ConfigLoading *config_open(void *config, const ConfigTable *table, SimError *err);
void config_close(ConfigLoading *loading);
SimStatus config_lay_shipped(ConfigLoading *loading, const char *name);
SimStatus config_lay_file(ConfigLoading *loading, const char *path);
SimStatus config_lay_override(ConfigLoading *loading, const char *text);  // "key=value"
// Whether some layer gives the table's key k.
bool config_given(const ConfigLoading *loading, int k);

// Splits words at blanks, in place; returns how many, of which at most max are in out.
int config_split(const char **out, int max, char *words);

#endif  // HCSP_CONFIG_KEYS_H_
