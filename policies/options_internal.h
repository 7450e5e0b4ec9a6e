// What the readers of both kinds of option tables share: an option as a file spells it, and how it
// is checked and turned into a goal (options.c; options_volley.c).
#ifndef POLICIES_OPTIONS_INTERNAL_H_
#define POLICIES_OPTIONS_INTERNAL_H_

#include "policies/options.h"
#include "sim/base/config.h"

enum { POL_WORD_MAX = 31 };  // characters of a number or of the word that stands for one

typedef enum PolTableSide { POL_SIDE_NONE, POL_SIDE_LEFT, POL_SIDE_RIGHT } PolTableSide;

typedef struct PolOptionYaml {
  char *name;
  PolSlot skill;
  double point[3];
  char *flight, *strike_z;  // a number, or the word that leaves it to the calibration or the dig
  double *apex;
  PolTableSide side;
  bool drawn;
  // of volley tables
  bool across, late;
  double *weight;
} PolOptionYaml;

// Where a check stands: the file and the option, e.g. "passer[2]".
typedef struct PolTablePlace {
  const char *path;
  char option[48];
  bool volley;
  SimError *err;
} PolTablePlace;

extern const cyaml_strval_t pol__skill_words[POL_SLOTS];
extern const cyaml_schema_value_t pol__number;

#define POL_WORD_FIELD(key)                                                                        \
  CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, PolOptionYaml, key, 1,    \
                         POL_WORD_MAX)
#define POL_GOAL_FIELDS                                                                            \
  CYAML_FIELD_SEQUENCE_FIXED("point", CYAML_FLAG_DEFAULT, PolOptionYaml, point, &pol__number, 3),  \
      POL_WORD_FIELD(flight),                                                                      \
      CYAML_FIELD_FLOAT_PTR("apex", CYAML_FLAG_OPTIONAL, PolOptionYaml, apex),                     \
      POL_WORD_FIELD(strike_z)
#define POL_OPTION_FIELDS                                                                          \
  CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, PolOptionYaml, name, 1, POL_NAME_MAX - 1),    \
      CYAML_FIELD_ENUM("skill", CYAML_FLAG_STRICT, PolOptionYaml, skill, pol__skill_words,         \
                       POL_SLOTS),                                                                 \
      POL_GOAL_FIELDS

SimStatus pol__table_refuse(const PolTablePlace *place, const char *key, const char *saw,
                            const char *wanted);
SimStatus pol__table_range(const PolTablePlace *place, const char *key, double value, double low,
                           double high);
SimStatus pol__table_name(const PolTablePlace *place, const char *name);
// Adds the n options below the key of head.
SimStatus pol__table_head(PolOptions *options, int head, const PolOptionYaml *yaml, uint32_t n,
                          PolTablePlace *place);
// Chains onto the hash of a table.
uint64_t pol__hash_number(uint64_t hash, double value);
uint64_t pol__hash_head(uint64_t hash, const PolOptions *options, int head);

// Whether text says `kind: volley`.
bool pol__is_volley(const char *text, size_t size);
// Fills options but for its path; text is the whole table.
SimStatus pol__volley_parse(PolOptions *options, const char *path, const char *text, size_t size,
                            SimError *err);

#endif  // POLICIES_OPTIONS_INTERNAL_H_
