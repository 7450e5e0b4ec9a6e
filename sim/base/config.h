// YAML files through libcyaml schemas. A wrong file gives one sentence with path:line:column, the
// key, what was seen and what was wanted; an unknown key names the nearest known one. Unknown and
// duplicate keys, NaN and inf are errors.
#ifndef SIM_BASE_CONFIG_H_
#define SIM_BASE_CONFIG_H_

#include <cyaml/cyaml.h>
#include <stddef.h>

#include "sim/base/status.h"

// Reads path (at most 1 MiB) into a structure allocated by libcyaml; free it with sim_config_free.
SimStatus sim_config_load(void **out, const char *path, const cyaml_schema_value_t *schema,
                          SimError *err);
// The same from memory; name stands for the path in messages.
SimStatus sim_config_parse(void **out, const char *name, const char *text, size_t size,
                           const cyaml_schema_value_t *schema, SimError *err);
void sim_config_free(void *config, const cyaml_schema_value_t *schema);  // NULL is fine

// For a value that fits the schema but makes no sense: reads path once more to find the line of key
// (dotted: "skills.goto", "strategy[2].weight"), writes "path:line:column: key 'K': saw S, wanted
// W" and returns SIM_BAD_INPUT. The line is left out when the file is gone.
SimStatus sim_config_refuse(SimError *err, const char *path, const char *key, const char *saw,
                            const char *wanted);

#endif  // SIM_BASE_CONFIG_H_
