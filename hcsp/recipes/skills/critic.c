#include "hcsp/recipes/skills/critic.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/run/checkpoint.h"
#include "policies/file_metadata.h"
#include "sim/base/file.h"
#include "sim/obs.h"

enum { LAYERS_MAX = 4 };

static size_t weights_of(PolNet *net) {
  PolTensor tensor[POL_NET_TENSORS_MAX];
  const int n = pol_net_tensors(tensor, net, false);
  size_t count = 0;
  for (int i = 0; i < n; i++) {
    count += tensor[i].count;
  }
  return count;
}

uint64_t skills_critic_hash(PolNet *net) {
  return sim_hash(net->block, weights_of(net) * sizeof *net->block);
}

SimStatus skills_critic_save(const char *path, PolNet *net, SimError *err) {
  const PolArch *arch = &net->arch;
  assert(arch->outputs == 1 && arch->layers <= LAYERS_MAX);
  json_t *hidden = json_array();
  for (int i = 0; i < arch->layers; i++) {
    json_array_append_new(hidden, json_integer(arch->hidden[i]));
  }
  json_t *meta =
      json_pack("{s:s, s:i, s:o, s:s, s:b, s:i}", "kind", "critic", "inputs", arch->inputs,
                "hidden", hidden, "activation", pol_activation_words[arch->activation], "norm",
                arch->hidden_norm, "input_norm", (int)arch->input_norm);
  const RunBlob blob = {
      .name = "weights", .dtype = POL_F32, .count = weights_of(net), .value = net->block};
  char *bytes = NULL;
  size_t size = 0;
  SimStatus status = run_checkpoint_format(&bytes, &size, 0, &blob, 1, meta, err);
  status = status ? status : sim_file_write(path, bytes, size, err);
  free(bytes);
  json_decref(meta);
  return status;
}

static SimStatus read_arch(PolArch *arch, const RunCheckpoint *file, int inputs, SimError *err) {
  const json_t *meta = run_checkpoint_meta(file);
  const char *kind = json_string_value(json_object_get(meta, "kind"));
  const char *activation = json_string_value(json_object_get(meta, "activation"));
  const json_t *hidden = json_object_get(meta, "hidden");
  *arch = (PolArch){.inputs = (int)json_integer_value(json_object_get(meta, "inputs")),
                    .outputs = 1,
                    .layers = (int)json_array_size(hidden),
                    .hidden_norm = json_is_true(json_object_get(meta, "norm"))};
  if (!kind || strcmp(kind, "critic") != 0 || arch->inputs != inputs || !activation ||
      arch->layers > LAYERS_MAX) {
    return sim_error(err, SIM_BAD_INPUT, "%s: no critic of %d inputs; wanted a hover critic",
                     run_checkpoint_path(file), inputs);
  }
  arch->activation = strcmp(activation, "elu") == 0 ? POL_ELU : POL_TANH;
  // those that ship do not say it
  const json_t *norm = json_object_get(meta, "input_norm");
  const json_int_t said = json_integer_value(norm);
  arch->input_norm = arch->hidden_norm ? POL_INPUT_LAYERNORM : POL_INPUT_NONE;
  if (norm && said != POL_INPUT_NONE && said != POL_INPUT_LAYERNORM && said != POL_INPUT_FIXED) {
    return sim_error(err, SIM_BAD_INPUT, "%s: saw the input norm %lld, wanted one that is known",
                     run_checkpoint_path(file), (long long)said);
  }
  arch->input_norm = norm ? (PolInputNorm)said : arch->input_norm;
  for (int i = 0; i < arch->layers; i++) {
    arch->hidden[i] = (int)json_integer_value(json_array_get(hidden, (size_t)i));
  }
  return SIM_OK;
}

PolNet *skills_critic_of_team(const PolTeam *team, SimError *err) {
  if (!team->critic[0]) {
    sim_error(err, SIM_BAD_INPUT,
              "team '%s': saw no critic, wanted the key 'critic' with the hover's critic of its "
              "skills, such as policies/" SKILLS_CRITIC_FILE " of the run they are from",
              team->name);
    return NULL;
  }
  return skills_critic_load(team->critic, sim_obs_size(SIM_OBS_HOVER27), err);
}

PolNet *skills_critic_load(const char *path, int inputs, SimError *err) {
  PolArch arch;
  PolNet *net = NULL;
  RunCheckpoint *file = run_checkpoint_load(path, err);
  if (file && read_arch(&arch, file, inputs, err) == SIM_OK) {
    net = pol_net_create(&arch, false, err);
  }
  if (net &&
      run_checkpoint_read(net->block, file, "weights", POL_F32, weights_of(net), err) != SIM_OK) {
    pol_net_destroy(net);
    net = NULL;
  }
  run_checkpoint_destroy(file);
  return net;
}

// ---- beside a policy

static SimStatus path_beside(char out[SIM_PATH_MAX], const char *policy, SimError *err) {
  static const char END[] = ".safetensors";
  const size_t n = strlen(policy), end = sizeof END - 1;
  const bool named = n > end && strcmp(policy + n - end, END) == 0;
  const int length =
      snprintf(out, SIM_PATH_MAX, "%.*s_critic%s", (int)(named ? n - end : n), policy, END);
  return length < SIM_PATH_MAX ? SIM_OK
                               : sim_error(err, SIM_BAD_INPUT, "%.80s...: too long a path", policy);
}

SimStatus skills_critic_save_beside(const char *policy, PolNet *net, SimError *err) {
  char path[SIM_PATH_MAX];
  SIM_TRY(path_beside(path, policy, err));
  return skills_critic_save(path, net, err);
}

static bool fits(const PolArch *critic, const PolArch *actor) {
  bool same = critic->layers == actor->layers && critic->activation == actor->activation &&
              critic->hidden_norm == actor->hidden_norm && critic->input_norm == actor->input_norm;
  for (int i = 0; same && i < actor->layers; i++) {
    same = critic->hidden[i] == actor->hidden[i];
  }
  return same;
}

SimStatus skills_critic_beside(PolNet **net, const char *policy, const PolArch *actor,
                               SimError *err) {
  char path[SIM_PATH_MAX];
  *net = NULL;
  SimStatus status = policy[0] ? path_beside(path, policy, err) : SIM_OK;
  if (status != SIM_OK || !policy[0] || access(path, F_OK) != 0) {
    return status;
  }
  *net = skills_critic_load(path, actor->inputs, err);
  status = *net ? SIM_OK : err->status;
  if (*net && !fits(&(*net)->arch, actor)) {
    pol_net_destroy(*net);
    *net = NULL;
  }
  return status;
}
