#include "hcsp/recipes/skills/critic.h"

#include <stdlib.h>
#include <string.h>

#include "hcsp/run/checkpoint.h"
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
  json_t *hidden = json_array();
  for (int i = 0; i < arch->layers; i++) {
    json_array_append_new(hidden, json_integer(arch->hidden[i]));
  }
  json_t *meta = json_pack("{s:s, s:i, s:o, s:s, s:b}", "kind", "critic", "inputs", arch->inputs,
                           "hidden", hidden, "activation",
                           arch->activation == POL_ELU ? "elu" : "tanh", "norm", arch->hidden_norm);
  const RunBlob blob = {
      .name = "weights", .dtype = POL_F32, .count = weights_of(net), .value = net->block};
  char *bytes = NULL;
  size_t size = 0;
  SimStatus status = run_checkpoint_format(&bytes, &size, 0, &blob, 1, meta, err);
  if (status == SIM_OK) {
    status = sim_file_write(path, bytes, size, err);
  }
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
  arch->input_norm = arch->hidden_norm ? POL_INPUT_LAYERNORM : POL_INPUT_NONE;
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
