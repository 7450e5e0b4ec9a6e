// Configs from strangers: any bytes are either loaded or refused with a sentence that names the
// file; what is loaded holds what the schema promises.
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/config.h"

typedef struct Part {
  char *name;
  double weight;
} Part;

typedef struct Thing {
  char *title;
  int32_t count;
  double point[2];
  Part *parts;
  unsigned parts_count;
} Thing;

static const cyaml_schema_field_t part_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, Part, name, 1, 32),
    CYAML_FIELD_FLOAT("weight", CYAML_FLAG_OPTIONAL, Part, weight),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t part_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, Part, part_fields),
};
static const cyaml_schema_value_t number_schema = {CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double)};
static const cyaml_schema_field_t thing_fields[] = {
    CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, Thing, title, 0, 64),
    CYAML_FIELD_INT("count", CYAML_FLAG_OPTIONAL, Thing, count),
    CYAML_FIELD_SEQUENCE_FIXED("point", CYAML_FLAG_OPTIONAL, Thing, point, &number_schema, 2),
    CYAML_FIELD_SEQUENCE("parts", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, Thing, parts,
                         &part_schema, 0, 8),
    CYAML_FIELD_IGNORE("extra", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t thing_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, Thing, thing_fields),
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int ok) {
  if (!ok) {
    abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  SimError err = {0};
  void *out = NULL;
  SimStatus status =
      sim_config_parse(&out, "input.yaml", (const char *)data, size, &thing_schema, &err);
  if (status != SIM_OK) {
    require(status == SIM_BAD_INPUT && !out && strncmp(err.text, "input.yaml:", 11) == 0);
    require(!strchr(err.text, '\n') && strstr(err.text, "saw ") && strstr(err.text, "wanted "));
    return 0;
  }
  const Thing *thing = out;
  require(isfinite(thing->point[0]) && isfinite(thing->point[1]) && thing->parts_count <= 8);
  for (unsigned i = 0; i < thing->parts_count; i++) {
    require(isfinite(thing->parts[i].weight) && strlen(thing->parts[i].name) >= 1);
  }
  sim_config_free(out, &thing_schema);
  return 0;
}
