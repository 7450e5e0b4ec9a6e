// Every layer is read through the same schema into a mirror of pointers, NULL where a key is not
// given; an override is a file of one line. Which choice is made is known only when all layers have
// been read, so they are read twice.
#include "hcsp/config/keys.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"

enum { PRESET_WORDS_MAX = 64 };

typedef struct Loading {
  char *config;
  const char *preset;
  size_t size;
  const ConfigKeys *set;
  bool given[CONFIG_KEYS_MAX];
  SimError *err;
} Loading;

static SimStatus check_knob(const ConfigNumber *knob, double value, const char *where,
                            SimError *err) {
  if (value >= knob->low && value <= knob->high && (!knob->whole || value == floor(value))) {
    return SIM_OK;
  }
  char saw[32], wanted[96];
  snprintf(saw, sizeof saw, "%g", value);
  snprintf(wanted, sizeof wanted, "a %snumber from %g to %g", knob->whole ? "whole " : "",
           knob->low, knob->high);
  return sim_config_refuse(err, where, knob->name, saw, wanted);
}

static const void *pointer_at(const void *mirror, size_t overlay) {
  const void *pointer;
  memcpy(&pointer, (const char *)mirror + overlay, sizeof pointer);
  return pointer;
}

// lays a file over what is there, and frees it
static SimStatus lay(Loading *l, void *mirror, const char *where) {
  const ConfigKeys *set = l->set;
  SimStatus status = SIM_OK;
  for (int k = 0; status == SIM_OK && k < set->knobs; k++) {
    const double *value = pointer_at(mirror, set->knob[k].overlay);
    if (value) {
      status = check_knob(&set->knob[k], *value, where, l->err);
      memcpy(l->config + set->knob[k].value, value, sizeof *value);
      l->given[k] = true;
    }
  }
  for (int k = 0; k < set->words; k++) {
    const char *value = pointer_at(mirror, set->word[k].overlay);
    if (value) {
      snprintf(l->config + set->word[k].value, set->word[k].size, "%s", value);
    }
  }
  for (int k = 0; k < set->choices; k++) {
    const void *value = pointer_at(mirror, set->choice[k].overlay);
    if (value) {
      memcpy(l->config + set->choice[k].value, value, sizeof(int));
    }
  }
  sim_config_free(mirror, set->schema);
  return status;
}

static SimStatus lay_file(Loading *l, const char *path) {
  void *mirror;
  const SimStatus status = sim_config_load(&mirror, path, l->set->schema, l->err);
  return status == SIM_OK ? lay(l, mirror, path) : status;
}

static SimStatus lay_shipped(Loading *l, const char *name) {
  char path[SIM_PATH_MAX], file[128];
  snprintf(file, sizeof file, "%s/%s.yaml", l->set->folder, name);
  const SimStatus status = sim_path_join(path, sim_home(), file, l->err);
  return status == SIM_OK ? lay_file(l, path) : status;
}

static SimStatus lay_override(Loading *l, const char *text) {
  const char *equals = strchr(text, '=');
  char line[2048];
  if (!equals || equals == text || strlen(text) > sizeof line - 8) {
    return sim_error(l->err, SIM_USAGE, "'%.80s'; wanted key=value", text);
  }
  snprintf(line, sizeof line, "%.*s: %s\n", (int)(equals - text), text, equals + 1);
  void *mirror;
  SimStatus status = sim_config_parse(&mirror, text, line, strlen(line), l->set->schema, l->err);
  if (status == SIM_OK) {
    status = lay(l, mirror, text);
  }
  if (status == SIM_BAD_INPUT && l->err) {
    l->err->status = SIM_USAGE;
  }
  return status == SIM_BAD_INPUT ? SIM_USAGE : status;
}

int config_split(const char **out, int max, char *words) {
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
    status = lay_override(l, word[i]);
  }
  return status;
}

SimStatus config_keys_lay(void *config, const ConfigKeys *set, const char *words, SimError *err) {
  Loading l = {.config = config, .set = set, .err = err};
  return lay_words(&l, words);
}

// what the word called as the preset tells
static SimStatus lay_preset(Loading *l) {
  const ConfigKeys *set = l->set;
  SimStatus status = SIM_OK;
  for (int k = 0; k < set->words; k++) {
    if (l->preset && strcmp(set->word[k].name, l->preset) == 0) {
      status = lay_words(l, l->config + set->word[k].value);
    }
  }
  return status;
}

static SimStatus lay_all(Loading *l, const char *chosen, const char *file,
                         const char *const *overrides, int n) {
  memset(l->config, 0, l->size);
  SimStatus status = lay_shipped(l, "default");
  if (status == SIM_OK && chosen) {
    status = lay_shipped(l, chosen);
  }
  status = status == SIM_OK ? lay_preset(l) : status;
  if (status == SIM_OK && file) {
    status = lay_file(l, file);
  }
  for (int i = 0; status == SIM_OK && i < n; i++) {
    status = lay_override(l, overrides[i]);
  }
  return status;
}

static const char *chosen_word(const ConfigEnum *choice, const void *config) {
  int value;
  memcpy(&value, (const char *)config + choice->value, sizeof value);
  return choice->values[value].str;
}

SimStatus config_keys_load(void *config, size_t size, const ConfigKeys *set, const char *preset,
                           const char *file, const char *const *overrides, int n, SimError *err) {
  assert(set->knobs <= CONFIG_KEYS_MAX && (set->plain || set->choices > 0));
  Loading l = {.config = config, .preset = preset, .size = size, .set = set, .err = err};
  SimStatus status = lay_all(&l, NULL, file, overrides, n);
  if (status == SIM_OK && !set->plain) {
    status = lay_all(&l, chosen_word(&set->choice[0], config), file, overrides, n);
  }
  for (int k = 0; status == SIM_OK && k < set->knobs; k++) {
    if (!l.given[k]) {
      status = sim_error(err, SIM_BAD_INPUT, "%s/default.yaml: key '%s' is not set", set->folder,
                         set->knob[k].name);
    }
  }
  return status;
}

char *config_keys_text(const ConfigKeys *set, const void *config, const char *title) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) {
    return NULL;
  }
  fprintf(out, "# %s\n", title);
  for (int k = 0; k < set->choices; k++) {
    fprintf(out, "%s: %s\n", set->choice[k].name, chosen_word(&set->choice[k], config));
  }
  for (int k = 0; k < set->words; k++) {
    fprintf(out, "%s: \"%s\"\n", set->word[k].name, (const char *)config + set->word[k].value);
  }
  for (int k = 0; k < set->knobs; k++) {
    double value;
    memcpy(&value, (const char *)config + set->knob[k].value, sizeof value);
    fprintf(out, "%s: %.10g\n", set->knob[k].name, value);
  }
  fclose(out);
  return text;
}
