// The strategies over one option table: rule bot, uniform legal play, networks. A decision is made
// from the state after the step in which the event happened and holds until the next event.
#include "policies/strategy.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policies/bot.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"

static SimRng cursor(const SimState *state, SimTeam team) {
  return sim_rng(state->seed, state->rally, (uint32_t)state->referee.step,
                 (uint32_t)(SIM_RNG_STRATEGY + team));
}

static void decide_random(PolMemory *memory, const PolOptions *options, const SimState *state,
                          SimTeam team) {
  uint32_t legal[POL_HEADS];
  pol_legal_options(legal, options, state, team);
  SimRng rng = cursor(state, team);
  for (int head = 0; head < POL_HEADS; head++) {
    uint32_t skip = sim_rng_below(&rng, (uint32_t)__builtin_popcount(legal[head]));
    uint32_t bits = legal[head];
    for (; skip > 0; skip--) {
      bits &= bits - 1;
    }
    memory->held[head] = (uint8_t)__builtin_ctz(bits);
  }
}

static int arg_max(const float *logits, int n) {
  int best = 0;
  for (int i = 1; i < n; i++) {
    best = logits[i] > logits[best] ? i : best;
  }
  return best;
}

static int draw(const float *logits, int n, SimRng *rng) {
  const double top = (double)logits[arg_max(logits, n)];
  double weight[POL_OPTIONS_MAX], sum = 0;
  for (int i = 0; i < n; i++) {
    weight[i] = exp((double)logits[i] - top);
    sum += weight[i];
  }
  double left = sim_rng_uniform(rng, 0, 1) * sum;
  int i = 0;
  while (i < n - 1 && left >= weight[i]) {
    left -= weight[i++];
  }
  return i;
}

static void decide_net(PolMemory *memory, const PolStrategy *strategy, const PolOptions *options,
                       const SimState *state, SimTeam team, float *scratch) {
  float obs[100], logits[POL_HEADS * POL_OPTIONS_MAX];
  const PolNet *net = strategy->file->net;
  assert(net->arch.inputs == 100 && net->arch.outputs <= POL_HEADS * POL_OPTIONS_MAX);
  sim_obs_strategy(obs, &state->view, &state->referee.stale, team);
  pol_net_forward(logits, net, obs, 1, scratch);
  SimRng rng = cursor(state, team);
  for (int head = 0, first = 0; head < POL_HEADS; first += options->n[head++]) {
    const int n = options->n[head];
    if (first + n > net->arch.outputs) {
      memory->held[head] = 0;
      continue;
    }
    const int choice =
        strategy->sample ? draw(logits + first, n, &rng) : arg_max(logits + first, n);
    memory->held[head] = (uint8_t)choice;
  }
}

void pol_strategy_decide(PolMemory *memory, const PolStrategy *strategy, const PolOptions *options,
                         const SimState *state, SimTeam team, float *scratch) {
  switch (strategy->kind) {
  case POL_BOT:
    pol_bot_decide(memory, options, state, team);
    break;
  case POL_RANDOM:
    decide_random(memory, options, state, team);
    break;
  case POL_STRATEGY_NET:
    decide_net(memory, strategy, options, state, team, scratch);
    break;
  }
}

// ---- fit of strategy and table

// "heads-6-3-4": the heads of options in order, the serve head may be absent
static bool fits_heads(const char *act, const PolOptions *options, int outputs) {
  char without[32], with[32];
  const int *n = options->n;
  snprintf(without, sizeof without, "heads-%d-%d-%d", n[0], n[1], n[2]);
  snprintf(with, sizeof with, "heads-%d-%d-%d-%d", n[0], n[1], n[2], n[3]);
  const int sum = n[0] + n[1] + n[2];
  return (strcmp(act, without) == 0 && outputs == sum) ||
         (strcmp(act, with) == 0 && outputs == sum + n[3]);
}

static SimStatus check_net(const PolFile *file, const PolOptions *options, SimError *err) {
  if (file->kind != POL_KIND_STRATEGY) {
    return sim_error(err, SIM_BAD_INPUT, "saw a %s policy, wanted a strategy",
                     file->kind == POL_KIND_SKILL ? "skill" : "flat");
  }
  if (strcmp(file->obs, sim_obs_name(SIM_OBS_STRATEGY100)) != 0 || file->net->arch.inputs != 100) {
    return sim_error(err, SIM_BAD_INPUT, "saw a strategy that observes '%s', wanted strategy100",
                     file->obs);
  }
  if (!fits_heads(file->act, options, file->net->arch.outputs)) {
    return sim_error(err, SIM_BAD_INPUT,
                     "saw a strategy with act '%s' and %d outputs, wanted heads-%d-%d-%d of the "
                     "option table '%s'",
                     file->act, file->net->arch.outputs, options->n[0], options->n[1],
                     options->n[2], options->name);
  }
  char seen[17], wanted[17];
  sim_hash_hex(seen, file->options_hash);
  sim_hash_hex(wanted, options->hash);
  if (file->options[0] &&
      (strcmp(file->options, options->name) != 0 || file->options_hash != options->hash)) {
    return sim_error(err, SIM_BAD_INPUT,
                     "saw a strategy for the option table '%s' with hash %s, wanted '%s' with hash "
                     "%s",
                     file->options, seen, options->name, wanted);
  }
  return SIM_OK;
}

SimStatus pol_strategy_check(const PolStrategy *strategy, const PolOptions *options,
                             SimError *err) {
  switch (strategy->kind) {
  case POL_BOT:
    return pol_bot_check(options, err);
  case POL_RANDOM:
    return SIM_OK;
  case POL_STRATEGY_NET:
    break;
  }
  return check_net(strategy->file, options, err);
}
