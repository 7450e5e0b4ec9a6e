// Configs: the text is checked strictly first (config_check.c), then libcyaml fills the structure.
#include "sim/base/config.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/config_check.h"
#include "sim/base/file.h"

enum { CONFIG_BYTES_MAX = 1 << 20, COMPLAINT_MAX = 256 };

// libcyaml's first complaint, in case it refuses what our own check let through
__attribute__((format(printf, 3, 0))) static void keep_first(cyaml_log_t level, void *context,
                                                             const char *format, va_list args) {
  char *first = context;
  if (level == CYAML_LOG_ERROR && !first[0]) {
    vsnprintf(first, COMPLAINT_MAX, format, args);
    first[strcspn(first, "\n")] = '\0';
  }
}

SimStatus sim_config_parse(void **out, const char *name, const char *text, size_t size,
                           const cyaml_schema_value_t *schema, SimError *err) {
  *out = NULL;
  if (size > CONFIG_BYTES_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "%s: saw %zu bytes, wanted at most %d", name, size,
                     CONFIG_BYTES_MAX);
  }
  SimStatus status = sim__config_check(name, text, size, schema, err);
  if (status != SIM_OK) {
    return status;
  }
  char first[COMPLAINT_MAX] = "";
  const cyaml_config_t config = {.log_fn = keep_first,
                                 .log_ctx = first,
                                 .mem_fn = cyaml_mem,
                                 .log_level = CYAML_LOG_ERROR,
                                 .flags = CYAML_CFG_NO_ALIAS};
  cyaml_err_t rc = cyaml_load_data((const uint8_t *)text, size, &config, schema, out, NULL);
  if (rc != CYAML_OK) {
    *out = NULL;
    return sim_error(err, rc == CYAML_ERR_OOM ? SIM_FAIL : SIM_BAD_INPUT,
                     "%s: saw something that does not fit (%s), wanted a valid config", name,
                     first[0] ? first : cyaml_strerror(rc));
  }
  return SIM_OK;
}

SimStatus sim_config_load(void **out, const char *path, const cyaml_schema_value_t *schema,
                          SimError *err) {
  *out = NULL;
  char *text;
  size_t size;
  SimStatus status = sim_file_read(&text, &size, path, CONFIG_BYTES_MAX, err);
  if (status != SIM_OK) {
    return status;
  }
  status = sim_config_parse(out, path, text, size, schema, err);
  free(text);
  return status;
}

void sim_config_free(void *config, const cyaml_schema_value_t *schema) {
  const cyaml_config_t plain = {.mem_fn = cyaml_mem};
  cyaml_free(&plain, schema, config, 0);
}

SimStatus sim_config_refuse(SimError *err, const char *path, const char *key, const char *saw,
                            const char *wanted) {
  char place[SIM_PATH_MAX + 32];
  char *text;
  size_t size;
  snprintf(place, sizeof place, "%s", path);
  if (sim_file_read(&text, &size, path, CONFIG_BYTES_MAX, NULL) == SIM_OK) {
    sim__config_place(place, sizeof place, path, text, size, key);
    free(text);
  }
  return sim_error(err, SIM_BAD_INPUT, "%s: key '%s': saw %s, wanted %s", place, key, saw, wanted);
}
