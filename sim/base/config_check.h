// The strict reading of a YAML text against a libcyaml schema, for config.c alone.
#ifndef SIM_BASE_CONFIG_CHECK_H_
#define SIM_BASE_CONFIG_CHECK_H_

#include <cyaml/cyaml.h>
#include <stddef.h>

#include "sim/base/status.h"

// SIM_OK when text is one YAML document that fits schema (a mapping) to the letter. name stands for
// the file in messages.
SimStatus sim__config_check(const char *name, const char *text, size_t size,
                            const cyaml_schema_value_t *schema, SimError *err);

// "name:line:column" of the value of key (dotted: "skills.goto", "strategy[2].weight"), or of the
// deepest part of it that is there; name alone when text cannot be read.
void sim__config_place(char *out, size_t out_size, const char *name, const char *text, size_t size,
                       const char *key);

#endif  // SIM_BASE_CONFIG_CHECK_H_
