// Configurations of numbers, words and choices, read in layers: the shipped default, the shipped
// file of the first choice (the algorithm), what these say of the preset ("quick: key=value ..."),
// a file of the user's, then "key=value" from the command line. Every key is optional in a file;
// each layer lies over those before it.
#ifndef HCSP_RUN_KNOBS_H_
#define HCSP_RUN_KNOBS_H_

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/config.h"

enum { HCSP_KNOBS_HERE = 128 };

// A number: a double in the configuration, a pointer to one in the file's mirror.
typedef struct HcspKnob {
  const char *name;
  double low, high;
  bool whole;
  size_t value, overlay;  // offsets in configuration and mirror
} HcspKnob;

// A word: an array of characters, and a pointer to them.
typedef struct HcspWord {
  const char *name;
  size_t value, size, overlay;
} HcspWord;

// One of several words: an enumeration, and a pointer to one.
typedef struct HcspChoice {
  const char *name;
  const cyaml_strval_t *values;
  size_t value, overlay;
} HcspChoice;

typedef struct HcspKnobSet {
  const char *folder;  // of the shipped files, "configs/strategy"
  const cyaml_schema_value_t *schema;
  const HcspKnob *knob;
  const HcspWord *word;
  const HcspChoice *choice;  // the first one names the shipped file behind the default
  int knobs, words, choices;
  bool plain;  // no choice names a file
} HcspKnobSet;

// Fills config, of size bytes. preset: its name, of which a word of the set may tell; NULL: none.
// SIM_USAGE for a bad override, SIM_BAD_INPUT for a bad file or a number that no layer sets.
SimStatus hcsp_knobs_load(void *config, size_t size, const HcspKnobSet *set, const char *preset,
                          const char *file, const char *const *overrides, int n, SimError *err);
// Lays "key=value" words, separated by blanks, over a configuration. SIM_USAGE for a bad one.
SimStatus hcsp_knobs_lay(void *config, const HcspKnobSet *set, const char *words, SimError *err);
// The resolved configuration as YAML under a line of comment; malloc'ed, NULL without memory.
char *hcsp_knobs_text(const HcspKnobSet *set, const void *config, const char *title);
// Splits words at blanks, in place; returns how many, of which at most max are in out.
int hcsp_split_words(const char **out, int max, char *words);

#endif  // HCSP_RUN_KNOBS_H_
