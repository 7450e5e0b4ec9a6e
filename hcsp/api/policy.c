// Policy files: loaded, asked, and written from arrays of somebody else's network.
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/api/internal.h"
#include "policies/file_metadata.h"

struct HcspPolicy {
  PolFile *file;
  HcspPolicyInfo info;
  float *std;
};

static void describe(HcspPolicy *policy) {
  const PolFile *file = policy->file;
  const PolNet *net = file->net;
  policy->info = (HcspPolicyInfo){.kind = pol_kind_words[file->kind],
                                  .name = file->name,
                                  .obs = file->obs,
                                  .act = file->act,
                                  .inputs = net->arch.inputs,
                                  .outputs = net->arch.outputs,
                                  .every = file->every};
  if (!net->log_std) {
    return;
  }
  policy->std = sim_new((size_t)net->arch.outputs, sizeof *policy->std);
  for (int i = 0; i < net->arch.outputs; i++) {
    policy->std[i] = expf(net->log_std[i]);
  }
  policy->info.std = policy->std;
}

HcspPolicy *hcsp_policy_load(const char *path, HcspError *err) {
  SimError why = {0};
  HcspPolicy *policy = sim_new(1, sizeof *policy);
  if (!path) {
    sim_error(&why, SIM_USAGE, "policy: saw no path, wanted a .safetensors file");
  } else if ((policy->file = pol_file_load(path, &why)) != NULL) {
    describe(policy);
  }
  api_status(err, &why);
  if (why.status != SIM_OK) {
    hcsp_policy_close(policy);
    return NULL;
  }
  return policy;
}

void hcsp_policy_close(HcspPolicy *policy) {
  if (policy) {
    pol_file_destroy(policy->file);
    free(policy->std);
    free(policy);
  }
}

const HcspPolicyInfo *hcsp_policy_info(const HcspPolicy *policy) {
  return &policy->info;
}

int hcsp_policy_act(const HcspPolicy *policy, float *action, const float *obs, int n,
                    HcspError *err) {
  const PolNet *net = policy->file->net;
  if (n < 0 || (n > 0 && (!action || !obs))) {
    return api_refuse(err, SIM_USAGE,
                      "act: wanted n >= 0 rows of observations and room for actions");
  }
  float *scratch = sim_new((size_t)pol_net_scratch(net), sizeof *scratch);
  for (int i = 0; i < n; i += POL_NET_TILE) {
    const int rows = n - i < POL_NET_TILE ? n - i : POL_NET_TILE;
    pol_net_forward(action + (size_t)i * (size_t)net->arch.outputs, net,
                    obs + (size_t)i * (size_t)net->arch.inputs, rows, scratch);
  }
  free(scratch);
  return api_refuse(err, SIM_OK, "");
}

// ---- writing: everything that is wrong is told at once

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

typedef struct Faults {
  char text[900];
  int n;
} Faults;

static void __attribute__((format(printf, 2, 3))) fault(Faults *f, const char *format, ...) {
  const size_t used = strlen(f->text);
  va_list args;
  va_start(args, format);
  snprintf(f->text + used, sizeof f->text - used, "%s", f->n++ ? "; " : "");
  const size_t at = strlen(f->text);
  vsnprintf(f->text + at, sizeof f->text - at, format, args);
  va_end(args);
}

// the place of word among n words; the first one where there is none
static int find_word(Faults *f, const char *what, const char *word, const char *const *words,
                     int n) {
  char wanted[128] = "";
  for (int i = 0; i < n; i++) {
    if (word && strcmp(word, words[i]) == 0) {
      return i;
    }
    const size_t used = strlen(wanted);
    snprintf(wanted + used, sizeof wanted - used, "%s%s", i ? ", " : "", words[i]);
  }
  fault(f, "%s: saw '%.32s', wanted one of %s", what, word ? word : "", wanted);
  return 0;
}

static void take_text(Faults *f, char *out, size_t size, const char *what, const char *text) {
  if (!text || !text[0] || strlen(text) >= size) {
    fault(f, "%s: saw '%.64s', wanted 1 to %zu characters", what, text ? text : "", size - 1);
  } else {
    snprintf(out, size, "%s", text);
  }
}

static void take_act(Faults *f, PolFile *file, const HcspPolicySpec *s) {
  int head[POL_ACT_HEADS_MAX], outputs = SIM_ROTORS;
  const int heads = pol_act_heads(head, file->act);
  if (heads < 0) {
    fault(f, "act: saw '%s', wanted rotor4, ctbr4 or heads-A-B-...", file->act);
    return;
  }
  for (int i = 0; i < heads; i++) {
    outputs = (i ? outputs : 0) + head[i];
  }
  if (s->outputs != outputs) {
    fault(f, "outputs: saw %d, wanted %d for %s", s->outputs, outputs, file->act);
  }
}

static void take_words(Faults *f, PolFile *file, PolArch *arch, const HcspPolicySpec *s) {
#define FIND(what) find_word(f, #what, s->what, pol_##what##_words, COUNT(pol_##what##_words))
  file->kind = (PolKind)FIND(kind);
  arch->input_norm = (PolInputNorm)FIND(input_norm);
  arch->activation = (PolActivation)FIND(activation);
  arch->hidden_norm = FIND(hidden_norm) == 1;
  arch->squash = (PolSquash)FIND(squash);
#undef FIND
  take_text(f, file->name, sizeof file->name, "name", s->name);
  take_text(f, file->act, sizeof file->act, "act", s->act);
  take_text(f, file->obs, sizeof file->obs, "obs", s->obs);
  const int layout = sim_obs_find(file->obs);
  if (layout < 0 && file->obs[0]) {
    fault(f, "obs: saw '%s', wanted a layout of sim/README.md 6", file->obs);
  } else if (layout >= 0 && s->inputs != sim_obs_size((SimLayout)layout)) {
    fault(f, "inputs: saw %d, wanted %d of %s", s->inputs, sim_obs_size((SimLayout)layout),
          file->obs);
  }
  if (file->act[0]) {
    take_act(f, file, s);
  }
  if (s->every < 1 || s->every > POL_EVERY_MAX) {
    fault(f, "every: saw %d, wanted 1 to %d", s->every, POL_EVERY_MAX);
  }
}

static void take_shape(Faults *f, PolArch *arch, const HcspPolicySpec *s) {
  arch->inputs = s->inputs;
  arch->outputs = s->outputs;
  arch->layers = s->layers;
  if (s->layers < 1 || s->layers > POL_NET_LAYERS_MAX) {
    fault(f, "layers: saw %d, wanted 1 to %d hidden ones", s->layers, POL_NET_LAYERS_MAX);
    arch->layers = 0;
  }
  for (int i = 0; i < arch->layers; i++) {
    arch->hidden[i] = s->hidden[i];
  }
}

static void take_table(Faults *f, PolFile *file, const HcspPolicySpec *s) {
  SimError err = {0};
  if (file->kind != POL_KIND_STRATEGY || !s->options) {
    return;
  }
  PolOptions *table = pol_options_load(s->options, &err);
  if (!table) {
    fault(f, "options: %s", err.text);
    return;
  }
  char act[POL_ACT_MAX];
  pol_options_act(act, sizeof act, table);
  if (strcmp(act, file->act) != 0) {
    fault(f, "act: saw %s, wanted %s of the option table %s", file->act, act, table->name);
  }
  snprintf(file->options, sizeof file->options, "%s", table->name);
  file->options_hash = table->hash;
  pol_options_destroy(table);
}

static const HcspTensor *find_tensor(const HcspPolicySpec *s, const char *name) {
  for (int i = 0; i < s->tensors; i++) {
    if (s->tensor[i].name && strcmp(s->tensor[i].name, name) == 0) {
      return &s->tensor[i];
    }
  }
  return NULL;
}

static void shape_text(char out[32], int dims, const int dim[2]) {
  snprintf(out, 32, dims == 2 ? "[%d, %d]" : "[%d]", dim[0], dim[1]);
}

static void take_tensor(Faults *f, const PolTensor *to, const HcspTensor *from) {
  char seen[32], wanted[32];
  shape_text(wanted, to->dims, to->dim);
  if (!from || !from->data) {
    fault(f, "%s: missing, wanted %s", to->name, wanted);
    return;
  }
  shape_text(seen, from->dims, from->dim);
  if (from->dims != to->dims || from->dim[0] != to->dim[0] ||
      (to->dims == 2 && from->dim[1] != to->dim[1])) {
    fault(f, "%s: saw %s, wanted %s", to->name, seen, wanted);
    return;
  }
  for (size_t i = 0; i < to->count; i++) {
    if (!isfinite(from->data[i])) {
      fault(f, "%s: saw a number that is not finite", to->name);
      return;
    }
  }
  memcpy(*to->array, from->data, to->count * sizeof *from->data);
}

static void take_tensors(Faults *f, PolFile *file, const PolArch *arch, const HcspPolicySpec *s) {
  PolTensor wanted[POL_NET_TENSORS_MAX];
  const bool with_std = pol_act_has_std(file->act);
  SimError err = {0};
  file->net = pol_net_create(arch, with_std, &err);
  if (!file->net) {
    fault(f, "%s", err.text);
    return;
  }
  const int n = pol_net_tensors(wanted, file->net, with_std);
  for (int i = 0; i < n; i++) {
    take_tensor(f, &wanted[i], find_tensor(s, wanted[i].name));
  }
  for (int i = 0; i < s->tensors; i++) {
    bool known = false;
    for (int j = 0; j < n; j++) {
      known |= s->tensor[i].name && strcmp(s->tensor[i].name, wanted[j].name) == 0;
    }
    if (!known) {
      fault(f, "%.32s: unknown", s->tensor[i].name ? s->tensor[i].name : "a tensor without name");
    }
  }
}

int hcsp_policy_save(const char *path, const HcspPolicySpec *spec, HcspError *err) {
  HcspPolicySpec s = HCSP_POLICY_SPEC_INIT;
  Faults faults = {.n = 0};
  PolArch arch = {.inputs = 0};
  SimError why = {0};
  if (api_take_options(&s, sizeof s, spec, "HCSP_POLICY_SPEC_INIT", &why) != SIM_OK) {
    return api_status(err, &why);
  }
  PolFile *file = sim_new(1, sizeof *file);
  char *provenance = sim_new_text(s.provenance ? s.provenance : "{}");
  *file = (PolFile){.every = s.every, .dt = SIM_DT, .provenance = provenance};
  take_words(&faults, file, &arch, &s);
  take_shape(&faults, &arch, &s);
  take_table(&faults, file, &s);
  if (arch.layers > 0) {
    take_tensors(&faults, file, &arch, &s);
  }
  if (faults.n > 0) {
    sim_error(&why, SIM_USAGE, "saw %d faults: %s", faults.n, faults.text);
  } else if (path) {
    pol_file_save(path, file, &why);
  }
  pol_file_destroy(file);
  return api_status(err, &why);
}
