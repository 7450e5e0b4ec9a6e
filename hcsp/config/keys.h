// Configurations of numbers, words and choices, read in layers: the shipped default, the shipped
// file of the first choice (the algorithm), what these say of the preset ("quick: key=value ..."),
// a file of the user's, then "key=value" from the command line. Every key is optional in a file;
// each layer lies over those before it.
#ifndef HCSP_CONFIG_KEYS_H_
#define HCSP_CONFIG_KEYS_H_

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/config.h"

enum { CONFIG_KEYS_MAX = 128 };

// A number: a double in the configuration, a pointer to one in the file's mirror.
typedef struct ConfigNumber {
  const char *name;
  double low, high;
  bool whole;
  size_t value, overlay;  // offsets in configuration and mirror
} ConfigNumber;

// A word: an array of characters, and a pointer to them.
typedef struct ConfigString {
  const char *name;
  size_t value, size, overlay;
} ConfigString;

// One of several words: an enumeration, and a pointer to one.
typedef struct ConfigEnum {
  const char *name;
  const cyaml_strval_t *values;
  size_t value, overlay;
} ConfigEnum;

typedef struct ConfigKeys {
  const char *folder;  // of the shipped files, "configs/strategy"
  const cyaml_schema_value_t *schema;
  const ConfigNumber *knob;
  const ConfigString *word;
  const ConfigEnum *choice;  // the first one names the shipped file behind the default
  int knobs, words, choices;
  bool plain;  // no choice names a file
} ConfigKeys;

// Fills config, of size bytes. preset: its name, of which a word of the set may tell; NULL: none.
// SIM_USAGE for a bad override, SIM_BAD_INPUT for a bad file or a number that no layer sets.
SimStatus config_keys_load(void *config, size_t size, const ConfigKeys *set, const char *preset,
                           const char *file, const char *const *overrides, int n, SimError *err);
// Lays "key=value" words, separated by blanks, over a configuration. SIM_USAGE for a bad one.
SimStatus config_keys_lay(void *config, const ConfigKeys *set, const char *words, SimError *err);
// The resolved configuration as YAML under a line of comment; malloc'ed, NULL without memory.
char *config_keys_text(const ConfigKeys *set, const void *config, const char *title);
// Splits words at blanks, in place; returns how many, of which at most max are in out.
int config_split(const char **out, int max, char *words);

#endif  // HCSP_CONFIG_KEYS_H_
