// Reads configs/classical.yaml. The schema and the range checks are made from the lists of gains in
// internal.h, so that a gain is named in one place.
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "policies/classical/internal.h"
#include "sim/base/config.h"
#include "sim/base/file.h"

typedef struct StrikesYaml {
  PolStrikeGains serve, receive, pass, set, attack;
} StrikesYaml;

typedef struct ClassicalYaml {
  PolHoverGains hover;
  StrikesYaml strike;
} ClassicalYaml;

#define HOVER_FIELD(name, low, high)                                                               \
  CYAML_FIELD_FLOAT(#name, CYAML_FLAG_DEFAULT, PolHoverGains, name),
#define STRIKE_FIELD(name, low, high)                                                              \
  CYAML_FIELD_FLOAT(#name, CYAML_FLAG_DEFAULT, PolStrikeGains, name),
static const cyaml_schema_field_t HOVER_FIELDS[] = {POL_HOVER_GAINS(HOVER_FIELD) CYAML_FIELD_END};
static const cyaml_schema_field_t STRIKE_FIELDS[] = {POL_STRIKE_GAINS(STRIKE_FIELD)
                                                         CYAML_FIELD_END};

#define SLOT_FIELD(name)                                                                           \
  CYAML_FIELD_MAPPING(#name, CYAML_FLAG_DEFAULT, StrikesYaml, name, STRIKE_FIELDS)
static const cyaml_schema_field_t SLOT_FIELDS[] = {
    SLOT_FIELD(serve), SLOT_FIELD(receive), SLOT_FIELD(pass),
    SLOT_FIELD(set),   SLOT_FIELD(attack),  CYAML_FIELD_END,
};
static const cyaml_schema_field_t FIELDS[] = {
    CYAML_FIELD_MAPPING("hover", CYAML_FLAG_DEFAULT, ClassicalYaml, hover, HOVER_FIELDS),
    CYAML_FIELD_MAPPING("strike", CYAML_FLAG_DEFAULT, ClassicalYaml, strike, SLOT_FIELDS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, ClassicalYaml, FIELDS)};

// a gain and what it may be
typedef struct Range {
  const char *name;
  size_t offset;
  double low, high;
} Range;

#define HOVER_RANGE(name, low, high) {#name, offsetof(PolHoverGains, name), low, high},
#define STRIKE_RANGE(name, low, high) {#name, offsetof(PolStrikeGains, name), low, high},
static const Range HOVER_RANGES[] = {POL_HOVER_GAINS(HOVER_RANGE)};
static const Range STRIKE_RANGES[] = {POL_STRIKE_GAINS(STRIKE_RANGE)};

static SimStatus check(const char *path, const char *section, const void *gains,
                       const Range *ranges, size_t n, SimError *err) {
  for (size_t i = 0; i < n; i++) {
    const double value = *(const double *)((const char *)gains + ranges[i].offset);
    if (!(value >= ranges[i].low && value <= ranges[i].high)) {
      char key[64], saw[32], wanted[64];
      snprintf(key, sizeof key, "%s.%s", section, ranges[i].name);
      snprintf(saw, sizeof saw, "%g", value);
      snprintf(wanted, sizeof wanted, "a number from %g to %g", ranges[i].low, ranges[i].high);
      return sim_config_refuse(err, path, key, saw, wanted);
    }
  }
  return SIM_OK;
}

static SimStatus take(PolClassical *classical, const ClassicalYaml *yaml, const char *path,
                      SimError *err) {
  const struct {
    const char *section;
    PolSlot slot;
    const PolStrikeGains *gains;
  } rows[] = {
      {"strike.serve", POL_SERVE, &yaml->strike.serve},
      {"strike.receive", POL_RECEIVE, &yaml->strike.receive},
      {"strike.pass", POL_PASS, &yaml->strike.pass},
      {"strike.set", POL_SET, &yaml->strike.set},
      {"strike.attack", POL_ATTACK, &yaml->strike.attack},
  };
  SimStatus status = check(path, "hover", &yaml->hover, HOVER_RANGES,
                           sizeof HOVER_RANGES / sizeof HOVER_RANGES[0], err);
  classical->hover = yaml->hover;
  for (size_t i = 0; status == SIM_OK && i < sizeof rows / sizeof rows[0]; i++) {
    status = check(path, rows[i].section, rows[i].gains, STRIKE_RANGES,
                   sizeof STRIKE_RANGES / sizeof STRIKE_RANGES[0], err);
    classical->strike[rows[i].slot] = *rows[i].gains;
  }
  return status;
}

PolClassical *pol_classical_create(const char *path, SimError *err) {
  char shipped[SIM_PATH_MAX];
  if (!path) {
    if (sim_path_join(shipped, sim_home(), "configs/classical.yaml", err) != SIM_OK) {
      return NULL;
    }
    path = shipped;
  }
  void *yaml;
  if (sim_config_load(&yaml, path, &SCHEMA, err) != SIM_OK) {
    return NULL;
  }
  PolClassical *classical = calloc(1, sizeof *classical);
  if (!classical) {
    sim_error(err, SIM_FAIL, "no memory for the classical skills");
  } else if (take(classical, yaml, path, err) != SIM_OK) {
    pol_classical_destroy(classical);
    classical = NULL;
  } else {
    pol__shot_basis(&classical->basis);
  }
  sim_config_free(yaml, &SCHEMA);
  return classical;
}

void pol_classical_destroy(PolClassical *classical) {
  free(classical);
}
