// Policy files. Order of the reader: container (safetensors.c), metadata, names and shapes against
// the architecture, and only then memory for the weights, so that a small file cannot ask for a
// large network. Last the probe: a flipped bit in a weight that matters changes an output.
#include "policies/file.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/file_metadata.h"
#include "policies/safetensors.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"

enum { PROBES = 4, DATA_TENSORS_MAX = POL_NET_TENSORS_MAX + 2 };
#define PROBE_TOLERANCE 1e-4

static const PolLimits policy_limits = {
    .file = 64 << 20, .header = 1 << 20, .tensors = 64, .dtypes = 1U << POL_F32};

// ------------------------------------------------------------------------------------- tensors

// the four rows of the probe
typedef struct Probe {
  float *obs, *out;  // [PROBES][inputs], [PROBES][outputs]
} Probe;

static SimStatus probe_create(Probe *probe, const PolArch *arch, SimError *err) {
  probe->obs = calloc((size_t)(PROBES * arch->inputs), sizeof *probe->obs);
  probe->out = calloc((size_t)(PROBES * arch->outputs), sizeof *probe->out);
  return probe->obs && probe->out ? SIM_OK : sim_error(err, SIM_FAIL, "no memory for a probe");
}

static void probe_destroy(Probe *probe) {
  free(probe->obs);
  free(probe->out);
}

// every tensor of the file: those of net, then the probe
static int list_tensors(PolTensor out[DATA_TENSORS_MAX], PolNet *net, Probe *probe, bool with_std) {
  int n = pol_net_tensors(out, net, with_std);
  const PolArch *arch = &net->arch;
  out[n++] = (PolTensor){.name = "probe.obs",
                         .dims = 2,
                         .dim = {PROBES, arch->inputs},
                         .count = (size_t)(PROBES * arch->inputs),
                         .array = &probe->obs};
  out[n++] = (PolTensor){.name = "probe.out",
                         .dims = 2,
                         .dim = {PROBES, arch->outputs},
                         .count = (size_t)(PROBES * arch->outputs),
                         .array = &probe->out};
  assert(n <= DATA_TENSORS_MAX);
  return n;
}

static void shape_text(char out[48], int dims, size_t first, size_t second) {
  if (dims == 2) {
    snprintf(out, 48, "[%zu, %zu]", first, second);
  } else {
    snprintf(out, 48, "[%zu]", first);
  }
}

static SimStatus check_shape(const PolContainer *container, const char *name,
                             const PolTensor *tensor, SimError *err) {
  const PolStored *stored = pol_container_find(container, tensor->name);
  if (!stored) {
    return sim_error(err, SIM_BAD_INPUT,
                     "%s: tensor '%s': saw nothing, wanted it for this architecture", name,
                     tensor->name);
  }
  const size_t first = (size_t)tensor->dim[0], second = (size_t)tensor->dim[1];
  if (stored->dims != tensor->dims || stored->dim[0] != first ||
      (stored->dims == 2 && stored->dim[1] != second)) {
    char seen[48], wanted[48];
    shape_text(seen, stored->dims, stored->dim[0], stored->dim[1]);
    shape_text(wanted, tensor->dims, first, second);
    return sim_error(err, SIM_BAD_INPUT, "%s: tensor '%s', shape: saw %s, wanted %s", name,
                     tensor->name, seen, wanted);
  }
  return SIM_OK;
}

// names and shapes are exactly those of the architecture
static SimStatus check_tensors(const PolContainer *container, const char *name, const PolArch *arch,
                               bool with_std, SimError *err) {
  PolNet shape = {.arch = *arch};
  Probe none = {0};
  PolTensor tensor[DATA_TENSORS_MAX];
  const int n = list_tensors(tensor, &shape, &none, with_std);
  for (int i = 0; i < n; i++) {
    SimStatus status = check_shape(container, name, &tensor[i], err);
    if (status != SIM_OK) {
      return status;
    }
  }
  for (int i = 0; i < container->n; i++) {
    int k = 0;
    while (k < n && strcmp(tensor[k].name, container->tensor[i].name) != 0) {
      k++;
    }
    if (k == n) {
      return sim_error(err, SIM_BAD_INPUT,
                       "%s: tensor '%.40s': saw it, wanted only those of this architecture", name,
                       container->tensor[i].name);
    }
  }
  return SIM_OK;
}

static SimStatus read_tensor(const PolTensor *tensor, const PolContainer *container,
                             const char *name, SimError *err) {
  float *value = *tensor->array;
  pol_container_read(value, container, pol_container_find(container, tensor->name));
  const bool positive = strcmp(tensor->name, "input.std") == 0;
  for (size_t i = 0; i < tensor->count; i++) {
    if (!isfinite(value[i])) {
      return sim_error(err, SIM_BAD_INPUT,
                       "%s: tensor '%s', value %zu: saw %g, wanted a finite number", name,
                       tensor->name, i, (double)value[i]);
    }
    if (positive && !(value[i] > 0)) {
      return sim_error(err, SIM_BAD_INPUT,
                       "%s: tensor '%s', value %zu: saw %g, wanted a number above 0", name,
                       tensor->name, i, (double)value[i]);
    }
  }
  return SIM_OK;
}

// --------------------------------------------------------------------------------------- probe

// out[PROBES][outputs] for obs[PROBES][inputs]
static SimStatus run_probe(float *out, const PolNet *net, const float *obs, SimError *err) {
  float *scratch = malloc(sizeof *scratch * (size_t)pol_net_scratch(net));
  if (!scratch) {
    return sim_error(err, SIM_FAIL, "no memory for a probe");
  }
  pol_net_forward(out, net, obs, PROBES, scratch);
  free(scratch);
  return SIM_OK;
}

static SimStatus compare_row(const char *name, int row, const float *got, const float *wanted,
                             int outputs, SimError *err) {
  double largest = 0;
  for (int i = 0; i < outputs; i++) {
    largest = fmax(largest, fabs((double)wanted[i]));
  }
  const double limit = PROBE_TOLERANCE * (1 + largest);
  for (int i = 0; i < outputs; i++) {
    // not greater, so that NaN is refused
    if (!(fabs((double)got[i] - (double)wanted[i]) <= limit)) {
      return sim_error(err, SIM_BAD_INPUT,
                       "%s: probe.out, row %d, value %d: saw %.9g, wanted the network's %.9g "
                       "within %.3g",
                       name, row, i, (double)wanted[i], (double)got[i], limit);
    }
  }
  return SIM_OK;
}

static SimStatus check_probe(const char *name, const PolNet *net, const Probe *probe,
                             SimError *err) {
  const int outputs = net->arch.outputs;
  float *got = calloc((size_t)(PROBES * outputs), sizeof *got);
  if (!got) {
    return sim_error(err, SIM_FAIL, "no memory for a probe");
  }
  SimStatus status = run_probe(got, net, probe->obs, err);
  for (int row = 0; row < PROBES && status == SIM_OK; row++) {
    const ptrdiff_t first = (ptrdiff_t)row * outputs;
    status = compare_row(name, row, got + first, probe->out + first, outputs, err);
  }
  free(got);
  return status;
}

// normal numbers of growing spread, about the mean when the network standardises its input
static void draw_probe(float *obs, const PolNet *net) {
  const int inputs = net->arch.inputs;
  for (int row = 0; row < PROBES; row++) {
    float *x = obs + (ptrdiff_t)row * inputs;
    SimRng rng = sim_rng(0, (uint32_t)row, 0, SIM_RNG_TEST);
    sim_rng_normals(&rng, x, inputs);
    for (int i = 0; i < inputs; i++) {
      x[i] *= 0.5f * (float)(row + 1);
      if (net->arch.input_norm == POL_INPUT_FIXED) {
        x[i] = net->input_a[i] + net->input_b[i] * x[i];
      }
    }
  }
}

// --------------------------------------------------------------------------------------- reading

static SimStatus read_net(PolFile *file, Probe *probe, const PolContainer *container,
                          const char *name, const PolArch *arch, SimError *err) {
  const bool with_std = pol_act_has_std(file->act);
  SimStatus status = check_tensors(container, name, arch, with_std, err);
  if (status != SIM_OK) {
    return status;
  }
  file->net = pol_net_create(arch, with_std, err);
  if (!file->net || probe_create(probe, arch, err) != SIM_OK) {
    return SIM_FAIL;
  }
  PolTensor tensor[DATA_TENSORS_MAX];
  const int n = list_tensors(tensor, file->net, probe, with_std);
  for (int i = 0; i < n && status == SIM_OK; i++) {
    status = read_tensor(&tensor[i], container, name, err);
  }
  return status == SIM_OK ? check_probe(name, file->net, probe, err) : status;
}

static SimStatus read_container(PolFile *file, const PolContainer *container, const char *name,
                                SimError *err) {
  PolArch arch = {0};
  SimStatus status = pol_metadata_take(file, &arch, name, container->metadata, err);
  if (status != SIM_OK) {
    return status;
  }
  Probe probe = {0};
  status = read_net(file, &probe, container, name, &arch, err);
  probe_destroy(&probe);
  return status;
}

PolFile *pol_file_parse(const char *name, const void *data, size_t size, SimError *err) {
  PolContainer container;
  if (pol_container_open(&container, name, data, size, &policy_limits, err) != SIM_OK) {
    return NULL;
  }
  PolFile *file = calloc(1, sizeof *file);
  SimStatus status = file ? read_container(file, &container, name, err)
                          : sim_error(err, SIM_FAIL, "%s: no memory", name);
  pol_container_close(&container);
  if (status != SIM_OK) {
    pol_file_destroy(file);
    return NULL;
  }
  pol_net_watch(file->net);
  file->hash = sim_hash(data, size);
  return file;
}

PolFile *pol_file_load(const char *path, SimError *err) {
  char *data = NULL;
  size_t size = 0;
  if (sim_file_read(&data, &size, path, policy_limits.file, err) != SIM_OK) {
    return NULL;
  }
  PolFile *file = pol_file_parse(path, data, size, err);
  if (file) {
    snprintf(file->path, sizeof file->path, "%s", path);
  }
  free(data);
  return file;
}

void pol_file_destroy(PolFile *file) {
  if (file) {
    pol_net_destroy(file->net);
    free(file->provenance);
    *file = (PolFile){0};
  }
  free(file);
}

// --------------------------------------------------------------------------------------- writing

static SimStatus format_tensors(char **data, size_t *size, const PolFile *file, Probe *probe,
                                SimError *err) {
  SimStatus status = probe_create(probe, &file->net->arch, err);
  if (status == SIM_OK) {
    draw_probe(probe->obs, file->net);
    status = run_probe(probe->out, file->net, probe->obs, err);
  }
  if (status != SIM_OK) {
    return status;
  }
  json_t *metadata = pol_metadata_make(file);
  if (!metadata) {
    return sim_error(err, SIM_FAIL, "policy '%s': a text of its metadata is not UTF-8", file->name);
  }
  PolTensor tensor[DATA_TENSORS_MAX];
  const int n = list_tensors(tensor, file->net, probe, file->net->log_std != NULL);
  PolBlob blob[DATA_TENSORS_MAX];
  for (int i = 0; i < n; i++) {
    blob[i] = (PolBlob){.name = tensor[i].name,
                        .dtype = POL_F32,
                        .dims = tensor[i].dims,
                        .dim = {(size_t)tensor[i].dim[0], (size_t)tensor[i].dim[1]},
                        .value = *tensor[i].array};
  }
  status = pol_container_build(data, size, metadata, blob, n, err);
  json_decref(metadata);
  return status;
}

SimStatus pol_file_format(char **data, size_t *size, const PolFile *file, SimError *err) {
  *data = NULL;
  *size = 0;
  Probe probe = {0};
  SimStatus status = format_tensors(data, size, file, &probe, err);
  probe_destroy(&probe);
  return status;
}

SimStatus pol_file_save(const char *path, const PolFile *file, SimError *err) {
  char *data = NULL;
  size_t size = 0;
  SimStatus status = pol_file_format(&data, &size, file, err);
  if (status != SIM_OK) {
    return status;
  }
  // what the reader would refuse is not written
  SimError reason = {.status = SIM_OK};
  PolFile *again = pol_file_parse(path, data, size, &reason);
  status = again ? sim_file_write(path, data, size, err)
                 : sim_error(err, SIM_FAIL, "not written, because %s", reason.text);
  pol_file_destroy(again);
  free(data);
  return status;
}
