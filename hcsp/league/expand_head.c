#include "hcsp/league/expand_head.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/court.h"
#include "sim/base/rng.h"

// ---- where options come from

static bool ends_with(const char *name, const char *end) {
  const size_t n = strlen(name), m = strlen(end);
  return m < n && name[n - m - 1] == ' ' && strcmp(name + n - m, end) == 0;
}

int league_expand_source(const PolOptions *from, const PolOptions *to, PolHead head, int i) {
  assert((int)head < to->heads && i >= 0 && i < to->n[head]);
  const char *name = to->option[head][i].name;
  int best = pol_options_find(from, (int)head, name);
  for (int k = 0; best < 0 && k < from->n[head]; k++) {
    best = ends_with(name, from->option[head][k].name) ? k : -1;
  }
  for (int k = 0; k < from->n[head]; k++) {
    const char *old = from->option[head][k].name;
    const bool longer = best >= 0 && strlen(old) > strlen(from->option[head][best].name);
    best = longer && ends_with(name, old) ? k : best;
  }
  return best;
}

static SimStatus check_sources(const PolFile *file, const PolOptions *from, const PolOptions *to,
                               SimError *err) {
  const SimLayout layout = pol_strategy_layout(to);
  if (layout == SIM_OBS_STRATEGY100 || strcmp(file->obs, sim_obs_name(layout)) != 0) {
    return sim_error(err, SIM_BAD_INPUT,
                     "strategy '%s': saw the layout '%s' for the option table '%s', wanted "
                     "court128 or volley230 and a table that fits it",
                     file->name, file->obs, to->name);
  }
  for (int head = 0; head < to->heads; head++) {
    for (int i = 0; i < to->n[head]; i++) {
      if (league_expand_source(from, to, (PolHead)head, i) < 0) {
        return sim_error(err, SIM_BAD_INPUT,
                         "option table '%s': saw '%s' below '%s', wanted a name that is or ends "
                         "with one of the table '%s'",
                         to->name, to->option[head][i].name, to->head[head], from->name);
      }
    }
  }
  return SIM_OK;
}

// ---- copying

// the one-hot place of a held option among its kind: waits of the passer, strikes of the attacker
static int kind_of(const PolOptions *options, PolHead head, int i) {
  const bool strike = head == POL_HEAD_ATTACKER;
  int k = 0;
  for (int j = 0; j <= i; j++) {
    const PolSlot slot = options->option[head][j].slot;
    const bool fits = strike ? pol_slot_strikes(slot) : slot == POL_GOTO;
    k += fits && j < i;
    if (j == i && !fits) {
      return -1;
    }
  }
  return k;
}

// what the new network sees where the old one saw the option it comes from
static void copy_held(PolNet *net, const PolNet *old, const PolOptions *from, const PolOptions *to,
                      PolHead head, int first) {
  const int inputs = net->arch.inputs, width = net->arch.hidden[0];
  for (int i = 0; i < to->n[head]; i++) {
    const int kind = kind_of(to, head, i);
    const int source = kind_of(from, head, league_expand_source(from, to, head, i));
    assert(kind < 0 || first + kind < inputs);
    for (int row = 0; kind >= 0 && source >= 0 && row < width; row++) {
      net->weight[0][row * inputs + first + kind] = old->weight[0][row * inputs + first + source];
    }
  }
}

static void copy_heads(PolNet *net, const PolNet *old, const PolOptions *from, const PolOptions *to,
                       double noise, SimRng *rng) {
  const size_t width = (size_t)net->arch.hidden[net->arch.layers - 1];
  int new_first = 0, old_first = 0;
  for (int head = 0; head < to->heads; head++) {
    for (int i = 0; i < to->n[head]; i++) {
      const int source = league_expand_source(from, to, (PolHead)head, i);
      assert(source >= 0);
      float *row = net->head_weight + (size_t)(new_first + i) * width;
      const bool same = strcmp(to->option[head][i].name, from->option[head][source].name) == 0;
      memcpy(row, old->head_weight + (size_t)(old_first + source) * width, width * sizeof *row);
      for (size_t j = 0; !same && j < width; j++) {
        float draw;
        sim_rng_normals(rng, &draw, 1);
        row[j] += (float)noise * draw;
      }
      net->head_bias[new_first + i] = old->head_bias[old_first + source];
    }
    new_first += to->n[head];
    old_first += from->n[head];
  }
}

// all but the last layer
static void copy_trunk(PolNet *net, PolNet *old) {
  PolTensor to[POL_NET_TENSORS_MAX], from[POL_NET_TENSORS_MAX];
  const int n = pol_net_tensors(to, net, false);
  pol_net_tensors(from, old, false);
  for (int i = 0; i < n; i++) {
    if (to[i].count == from[i].count) {
      memcpy(*to[i].array, *from[i].array, to[i].count * sizeof(float));
    }
  }
}

PolFile *league_expand_head(const PolFile *file, const PolOptions *from, const PolOptions *to,
                            double noise, uint64_t seed, SimError *err) {
  if (check_sources(file, from, to, err) != SIM_OK) {
    return NULL;
  }
  PolArch arch = file->net->arch;
  arch.outputs = pol_options_outputs(to);
  PolFile *grown = sim_new(1, sizeof *grown);
  *grown = *file;
  grown->provenance = NULL;
  grown->hash = 0;
  grown->options_hash = to->hash;
  grown->calibration_hash = to->calibration_hash;
  snprintf(grown->options, sizeof grown->options, "%.*s", (int)sizeof grown->options - 1, to->name);
  pol_options_act(grown->act, sizeof grown->act, to);
  grown->net = pol_net_create(&arch, false, err);
  if (!grown->net) {
    pol_file_destroy(grown);
    return NULL;
  }
  SimRng rng = sim_rng(seed, 0, 0, SIM_RNG_GROWTH);
  copy_trunk(grown->net, file->net);
  if (to->kind == POL_TABLE_ROLES) {
    copy_held(grown->net, file->net, from, to, POL_HEAD_PASSER, POL_COURT_WAIT);
    copy_held(grown->net, file->net, from, to, POL_HEAD_ATTACKER, POL_COURT_ATTACK);
  }
  copy_heads(grown->net, file->net, from, to, noise, &rng);
  return grown;
}
