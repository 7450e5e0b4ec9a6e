// The metadata of a policy file: every value is one of a few words or a checked number.
#include "policies/file_metadata.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/obs.h"
#include "sim/physics.h"

// words of the format, in the order of their enums
const char *const pol_kind_words[] = {"skill", "strategy", "flat"};
const char *const pol_input_norm_words[] = {"none", "layernorm", "fixed"};
const char *const pol_activation_words[] = {"elu", "tanh"};
const char *const pol_hidden_norm_words[] = {"none", "layernorm"};
const char *const pol_squash_words[] = {"none", "tanh", "clip"};
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

// ------------------------------------------------------------------------------------- actions

int pol_act_heads(int size[POL_ACT_HEADS_MAX], const char *act) {
  if (pol_act_has_std(act)) {
    return 0;
  }
  if (strncmp(act, "heads", 5) != 0) {
    return -1;
  }
  int n = 0;
  const char *c = act + 5;
  while (*c == '-' && n < POL_ACT_HEADS_MAX) {
    int value = 0, digits = 0;
    for (c++; *c >= '0' && *c <= '9' && digits < 3; c++, digits++) {
      value = 10 * value + (*c - '0');
    }
    if (value < 1 || value > POL_ACT_HEAD_MAX) {
      return -1;
    }
    size[n++] = value;
  }
  return *c == '\0' && n > 0 ? n : -1;
}

static int act_outputs(const char *act) {
  int size[POL_ACT_HEADS_MAX];
  const int n = pol_act_heads(size, act);
  int outputs = n == 0 ? 4 : 0;
  for (int i = 0; i < n; i++) {
    outputs += size[i];
  }
  return outputs;
}

bool pol_act_has_std(const char *act) {
  return strcmp(act, "rotor4") == 0 || strcmp(act, "ctbr4") == 0;
}

// ------------------------------------------------------------------------------------ metadata

// the text of key; fails when it is missing or longer than size - 1
static SimStatus take_text(char *out, size_t size, const char *name, const json_t *metadata,
                           const char *key, SimError *err) {
  const char *text = json_string_value(json_object_get(metadata, key));
  if (!text) {
    return sim_error(err, SIM_BAD_INPUT, "%s: metadata '%s': saw nothing, wanted a value", name,
                     key);
  }
  if (text[0] == '\0' || strlen(text) >= size) {
    return sim_error(err, SIM_BAD_INPUT, "%s: metadata '%s': saw %zu bytes, wanted 1 to %zu", name,
                     key, strlen(text), size - 1);
  }
  for (const char *c = text; *c; c++) {
    if ((unsigned char)*c < 0x20 || *c == 0x7f) {
      return sim_error(err, SIM_BAD_INPUT,
                       "%s: metadata '%s': saw a control character, wanted plain text", name, key);
    }
  }
  memcpy(out, text, strlen(text) + 1);
  return SIM_OK;
}

static SimStatus refuse_word(const char *name, const char *place, const char *seen,
                             const char *const *words, int n, SimError *err) {
  char list[128] = "";
  for (int i = 0; i < n; i++) {
    const size_t used = strlen(list);
    snprintf(list + used, sizeof list - used, "%s'%s'",
             i == 0      ? ""
             : i + 1 < n ? ", "
                         : " or ",
             words[i]);
  }
  return sim_error(err, SIM_BAD_INPUT, "%s: %s: saw '%.40s', wanted %s", name, place, seen, list);
}

static int find_word(const char *word, const char *const *words, int n) {
  for (int i = 0; i < n; i++) {
    if (strcmp(word, words[i]) == 0) {
      return i;
    }
  }
  return -1;
}

// *index becomes the place of the text of key in words
static SimStatus take_word(int *index, const char *name, const json_t *metadata, const char *key,
                           const char *const *words, int n, SimError *err) {
  char text[64], place[64];
  SimStatus status = take_text(text, sizeof text, name, metadata, key, err);
  if (status != SIM_OK) {
    return status;
  }
  *index = find_word(text, words, n);
  snprintf(place, sizeof place, "metadata '%s'", key);
  return *index >= 0 ? SIM_OK : refuse_word(name, place, text, words, n, err);
}

static SimStatus take_format(PolFile *file, const char *name, const json_t *metadata,
                             SimError *err) {
  static const char *const format_words[] = {"hcsp-policy"}, *const version_words[] = {"1"};
  int index = 0;
  SimStatus status = take_word(&index, name, metadata, "format", format_words, 1, err);
  if (status == SIM_OK) {
    status = take_word(&index, name, metadata, "version", version_words, 1, err);
  }
  if (status == SIM_OK) {
    status = take_word(&index, name, metadata, "kind", pol_kind_words, COUNT(pol_kind_words), err);
    file->kind = (PolKind)index;
  }
  if (status == SIM_OK) {
    status = take_text(file->name, sizeof file->name, name, metadata, "name", err);
  }
  return status;
}

static SimStatus take_obs(PolFile *file, const char *name, const json_t *metadata, SimError *err) {
  SimStatus status = take_text(file->obs, sizeof file->obs, name, metadata, "obs", err);
  if (status != SIM_OK) {
    return status;
  }
  const int layout = sim_obs_find(file->obs);
  if (layout < 0) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: metadata 'obs': saw '%s', wanted a layout that this build knows", name,
                     file->obs);
  }
  if (sim_obs_per_team((SimLayout)layout) != (file->kind == POL_KIND_STRATEGY)) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: metadata 'obs': saw '%s', wanted a layout with one row per %s for a %s",
                     name, file->obs, file->kind == POL_KIND_STRATEGY ? "team" : "drone",
                     pol_kind_words[file->kind]);
  }
  return SIM_OK;
}

static SimStatus take_act(PolFile *file, const char *name, const json_t *metadata, SimError *err) {
  SimStatus status = take_text(file->act, sizeof file->act, name, metadata, "act", err);
  if (status != SIM_OK) {
    return status;
  }
  int size[POL_ACT_HEADS_MAX];
  const int heads = pol_act_heads(size, file->act);
  const bool fits = file->kind == POL_KIND_STRATEGY ? heads > 0 : heads == 0;
  if (!fits) {
    return sim_error(
        err, SIM_BAD_INPUT, "%s: metadata 'act': saw '%s', wanted %s for a %s", name, file->act,
        file->kind == POL_KIND_STRATEGY ? "one like 'heads-6-3-4'" : "'rotor4' or 'ctbr4'",
        pol_kind_words[file->kind]);
  }
  return SIM_OK;
}

static SimStatus take_timing(PolFile *file, const char *name, const json_t *metadata,
                             SimError *err) {
  char text[32], *end = NULL;
  SimStatus status = take_text(text, sizeof text, name, metadata, "every", err);
  if (status != SIM_OK) {
    return status;
  }
  const bool digits = strspn(text, "0123456789") == strlen(text);
  const long every = digits ? strtol(text, NULL, 10) : 0;
  if (every < 1 || every > POL_EVERY_MAX) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: metadata 'every': saw '%s', wanted a whole number in 1..%d", name, text,
                     (int)POL_EVERY_MAX);
  }
  file->every = (int)every;
  status = take_text(text, sizeof text, name, metadata, "dt", err);
  if (status != SIM_OK) {
    return status;
  }
  file->dt = strtod(text, &end);
  if (*end != '\0' || !(fabs(file->dt - SIM_DT) <= 1e-9)) {
    return sim_error(err, SIM_BAD_INPUT, "%s: metadata 'dt': saw '%s', wanted %g", name, text,
                     SIM_DT);
  }
  return SIM_OK;
}

// optional: JSON text that is kept as it is
static SimStatus take_provenance(PolFile *file, const char *name, const json_t *metadata,
                                 SimError *err) {
  const char *text = json_string_value(json_object_get(metadata, "provenance"));
  text = text ? text : "{}";
  json_error_t reason;
  json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &reason);
  const bool is_object = json_is_object(json);
  json_decref(json);
  if (!is_object) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: metadata 'provenance': saw '%.40s', wanted a JSON object", name, text);
  }
  file->provenance = strdup(text);
  return file->provenance ? SIM_OK : sim_error(err, SIM_FAIL, "%s: no memory", name);
}

// *hash becomes the 16 digits of key
static SimStatus take_hash(uint64_t *hash, const char *name, const json_t *metadata,
                           const char *key, SimError *err) {
  char text[32];
  SimStatus status = take_text(text, sizeof text, name, metadata, key, err);
  if (status != SIM_OK) {
    return status;
  }
  if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: metadata '%s': saw '%s', wanted 16 digits of 0-9 and a-f", name, key,
                     text);
  }
  *hash = (uint64_t)strtoull(text, NULL, 16);
  return SIM_OK;
}

// optional, a strategy's: the calibration of its flight times
static SimStatus take_calibration(PolFile *file, const char *name, const json_t *metadata,
                                  SimError *err) {
  if (!json_object_get(metadata, "calibration_hash")) {
    return SIM_OK;
  }
  if (file->kind != POL_KIND_STRATEGY) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: metadata 'calibration_hash': saw it in a %s, wanted a strategy", name,
                     pol_kind_words[file->kind]);
  }
  return take_hash(&file->calibration_hash, name, metadata, "calibration_hash", err);
}

// optional, both or none: a strategy's option table and its hash
static SimStatus take_options(PolFile *file, const char *name, const json_t *metadata,
                              SimError *err) {
  const bool table = json_object_get(metadata, "options") != NULL;
  const bool hash = json_object_get(metadata, "options_hash") != NULL;
  if (!table && !hash) {
    return SIM_OK;
  }
  if (file->kind != POL_KIND_STRATEGY) {
    return sim_error(err, SIM_BAD_INPUT, "%s: metadata '%s': saw it in a %s, wanted a strategy",
                     name, table ? "options" : "options_hash", pol_kind_words[file->kind]);
  }
  SimStatus status = take_text(file->options, sizeof file->options, name, metadata, "options", err);
  return status == SIM_OK ? take_hash(&file->options_hash, name, metadata, "options_hash", err)
                          : status;
}

// -------------------------------------------------------------------------------- architecture

static SimStatus arch_word(int *index, const char *name, const json_t *arch, const char *key,
                           const char *const *words, int n, SimError *err) {
  const char *text = json_string_value(json_object_get(arch, key));
  char place[64];
  snprintf(place, sizeof place, "metadata 'arch', %s", key);
  *index = text ? find_word(text, words, n) : -1;
  return *index >= 0 ? SIM_OK : refuse_word(name, place, text ? text : "", words, n, err);
}

static SimStatus arch_hidden(PolArch *out, const char *name, const json_t *arch, SimError *err) {
  const json_t *hidden = json_object_get(arch, "hidden");
  if (!json_is_array(hidden) || json_array_size(hidden) > POL_NET_LAYERS_MAX) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: metadata 'arch', hidden: saw %s, wanted an array of at most %d widths",
                     name, json_is_array(hidden) ? "a longer array" : "no array",
                     (int)POL_NET_LAYERS_MAX);
  }
  out->layers = (int)json_array_size(hidden);
  for (int i = 0; i < out->layers; i++) {
    const json_t *item = json_array_get(hidden, (size_t)i);
    const json_int_t width = json_is_integer(item) ? json_integer_value(item) : 0;
    if (width < 1 || width > POL_NET_WIDTH_MAX) {
      char *text = json_dumps(item, JSON_ENCODE_ANY | JSON_COMPACT);
      SimStatus status =
          sim_error(err, SIM_BAD_INPUT,
                    "%s: metadata 'arch', hidden[%d]: saw %.40s, wanted a whole number in 1..%d",
                    name, i, text ? text : "another value", (int)POL_NET_WIDTH_MAX);
      free(text);
      return status;
    }
    out->hidden[i] = (int)width;
  }
  return SIM_OK;
}

static SimStatus arch_parts(PolArch *out, const char *name, const json_t *arch, SimError *err) {
  int input_norm = 0, activation = 0, hidden_norm = 0, squash = 0;
  SimStatus status = arch_word(&input_norm, name, arch, "input_norm", pol_input_norm_words,
                               COUNT(pol_input_norm_words), err);
  if (status == SIM_OK) {
    status = arch_hidden(out, name, arch, err);
  }
  if (status == SIM_OK) {
    status = arch_word(&activation, name, arch, "activation", pol_activation_words,
                       COUNT(pol_activation_words), err);
  }
  if (status == SIM_OK) {
    status = arch_word(&hidden_norm, name, arch, "hidden_norm", pol_hidden_norm_words,
                       COUNT(pol_hidden_norm_words), err);
  }
  if (status == SIM_OK) {
    status =
        arch_word(&squash, name, arch, "squash", pol_squash_words, COUNT(pol_squash_words), err);
  }
  out->input_norm = (PolInputNorm)input_norm;
  out->activation = (PolActivation)activation;
  out->hidden_norm = hidden_norm == 1;
  out->squash = (PolSquash)squash;
  return status;
}

static SimStatus take_arch(PolArch *out, const PolFile *file, const char *name,
                           const json_t *metadata, SimError *err) {
  const char *text = json_string_value(json_object_get(metadata, "arch"));
  json_error_t reason = {.text = "nothing"};
  json_t *arch = text ? json_loads(text, JSON_REJECT_DUPLICATES, &reason) : NULL;
  if (!arch) {
    return sim_error(err, SIM_BAD_INPUT, "%s: metadata 'arch': saw '%s', wanted JSON", name,
                     reason.text);
  }
  SimStatus status = SIM_OK;
  if (json_object_size(arch) > 5) {
    status = sim_error(err, SIM_BAD_INPUT,
                       "%s: metadata 'arch': saw %zu keys, wanted the 5 of the format", name,
                       json_object_size(arch));
  }
  if (status == SIM_OK) {
    status = arch_parts(out, name, arch, err);
  }
  json_decref(arch);
  if (status == SIM_OK && file->kind == POL_KIND_STRATEGY && out->squash != POL_SQUASH_NONE) {
    status = refuse_word(name, "metadata 'arch', squash of a strategy",
                         pol_squash_words[out->squash], pol_squash_words, 1, err);
  }
  out->inputs = sim_obs_size((SimLayout)sim_obs_find(file->obs));
  out->outputs = act_outputs(file->act);
  return status;
}

typedef SimStatus (*Taker)(PolFile *file, const char *name, const json_t *metadata, SimError *err);

SimStatus pol_metadata_take(PolFile *file, PolArch *arch, const char *name, const json_t *metadata,
                            SimError *err) {
  static const Taker takers[] = {take_format,     take_obs,     take_act,        take_timing,
                                 take_provenance, take_options, take_calibration};
  SimStatus status = SIM_OK;
  for (int i = 0; i < COUNT(takers) && status == SIM_OK; i++) {
    status = takers[i](file, name, metadata, err);
  }
  return status == SIM_OK ? take_arch(arch, file, name, metadata, err) : status;
}

// --------------------------------------------------------------------------------------- writing

// the text of arch, to be freed; NULL without memory
static char *arch_text(const PolArch *arch) {
  assert(arch->layers >= 0 && arch->layers <= POL_NET_LAYERS_MAX);
  json_t *hidden = json_array();
  for (int i = 0; i < arch->layers; i++) {
    json_array_append_new(hidden, json_integer(arch->hidden[i]));
  }
  json_t *json = json_pack(
      "{s:s, s:o, s:s, s:s, s:s}", "input_norm", pol_input_norm_words[arch->input_norm], "hidden",
      hidden, "activation", pol_activation_words[arch->activation], "hidden_norm",
      pol_hidden_norm_words[arch->hidden_norm], "squash", pol_squash_words[arch->squash]);
  char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
  json_decref(json);
  return text;
}

json_t *pol_metadata_make(const PolFile *file) {
  char every[16], dt[32], hash[17];
  snprintf(every, sizeof every, "%d", file->every);
  snprintf(dt, sizeof dt, "%.15g", file->dt);
  sim_hash_hex(hash, file->options_hash);
  char *arch = arch_text(&file->net->arch);
  if (!arch) {
    return NULL;
  }
  json_t *json =
      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "format", "hcsp-policy",
                "version", "1", "kind", pol_kind_words[file->kind], "name", file->name, "obs",
                file->obs, "act", file->act, "arch", arch, "every", every, "dt", dt, "provenance",
                file->provenance ? file->provenance : "{}");
  free(arch);
  bool whole = json != NULL;
  if (whole && file->options[0] != '\0') {
    whole = json_object_set_new(json, "options", json_string(file->options)) == 0 &&
            json_object_set_new(json, "options_hash", json_string(hash)) == 0;
  }
  if (whole && file->calibration_hash != 0) {
    sim_hash_hex(hash, file->calibration_hash);
    whole = json_object_set_new(json, "calibration_hash", json_string(hash)) == 0;
  }
  if (!whole) {
    json_decref(json);
  }
  return whole ? json : NULL;
}
