// The strategies over one option table: rule bots, uniform legal play, networks. A decision is made
// from the state after the step in which the event happened and holds until the next event.
#include "policies/strategy.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policies/file_metadata.h"
#include "policies/volley/observe.h"
#include "sim/base/file.h"
#include "sim/base/nearest.h"
#include "sim/base/rng.h"

_Static_assert(POL_OPTIONS_MAX <= 32, "legal options are the bits of a word");

static SimRng cursor(const SimState *state, SimTeam team) {
  return sim_rng(state->seed, state->rally, (uint32_t)state->referee.step,
                 (uint32_t)(SIM_RNG_STRATEGY + team));
}

// ---- deciding

static void decide_random(PolMemory *memory, const uint32_t legal[POL_HEADS_MAX],
                          const PolOptions *options, const SimState *state, SimTeam team) {
  SimRng rng = cursor(state, team);
  for (int head = 0; head < options->heads; head++) {
    assert(legal[head] != 0);
    uint32_t skip = sim_rng_below(&rng, (uint32_t)__builtin_popcount(legal[head]));
    uint32_t bits = legal[head];
    for (; skip > 0; skip--) {
      bits &= bits - 1;
    }
    if (pol_head_asked(options, head, memory, state, team)) {
      memory->held[head] = (uint8_t)__builtin_ctz(bits);
    }
  }
}

static int arg_max(const float *logits, uint32_t legal, int n) {
  int best = -1;
  for (int i = 0; i < n; i++) {
    const bool better = best < 0 || logits[i] > logits[best];
    best = (legal >> i & 1u) && better ? i : best;
  }
  assert(best >= 0);
  return best;
}

static int draw(const float *logits, uint32_t legal, int n, SimRng *rng) {
  const int best = arg_max(logits, legal, n);
  const double top = (double)logits[best];
  double weight[POL_OPTIONS_MAX], sum = 0;
  for (int i = 0; i < n; i++) {
    weight[i] = legal >> i & 1u ? exp((double)logits[i] - top) : 0;
    sum += weight[i];
  }
  double left = sim_rng_uniform(rng, 0, 1) * sum;
  int last = best;
  for (int i = 0; i < n; i++) {
    if (weight[i] > 0) {
      last = i;
      if (left < weight[i]) {
        return i;
      }
      left -= weight[i];
    }
  }
  return last;
}

// An output that is not finite is the least there is: its option is chosen when no other can be.
// Returns whether there was one.
static bool make_finite(float *logits, int n) {
  bool found = false;
  for (int i = 0; i < n; i++) {
    found |= !isfinite(logits[i]);
    logits[i] = isfinite(logits[i]) ? logits[i] : -FLT_MAX;
  }
  return found;
}

static bool sees_published(const PolStrategy *strategy, const PolOptions *options) {
  return strategy->kind == POL_CALLER
             ? pol_strategy_layout(options) == SIM_OBS_STRATEGY100
             : strcmp(strategy->file->obs, sim_obs_name(SIM_OBS_STRATEGY100)) == 0;
}

static bool is_masked(const PolStrategy *strategy, const PolOptions *options) {
  return strategy->kind != POL_STRATEGY_NET ||
         !(strategy->unmasked || sees_published(strategy, options));
}

void pol_strategy_observe(float out[SIM_OBS_MAX], const PolStrategy *strategy,
                          const PolOptions *options, const PolMemory *memory, const SimState *state,
                          SimTeam team) {
  PolFrame frame;
  assert(strategy->file || strategy->kind == POL_CALLER);
  if (sees_published(strategy, options)) {
    sim_obs_strategy(out, &state->view, &state->referee.stale, team);
  } else if (options->kind == POL_TABLE_VOLLEY) {
    pol_frame_find(&frame, state, team);
    pol_volley_observe(out, &frame, options, memory, state, team);
  } else {
    pol_court_observe(out, options, memory, state, team);
  }
}

// ---- as the network numbers the options

static uint32_t seen_bits(const PolDecision *decision, const PolOptions *options, int head) {
  const uint32_t legal = decision->legal[head];
  return options->kind == POL_TABLE_VOLLEY ? pol_frame_bits(&decision->frame, options, head, legal)
                                           : legal;
}

static int seen_option(const PolDecision *decision, const PolOptions *options, int head, int i) {
  return options->kind == POL_TABLE_VOLLEY ? pol_frame_option(&decision->frame, options, head, i)
                                           : i;
}

void pol_strategy_seen(uint8_t option[POL_HEADS_MAX], uint32_t legal[POL_HEADS_MAX],
                       const PolDecision *decision, const PolOptions *options) {
  for (int head = 0; head < options->heads; head++) {
    // a head that was not asked is no part of the decision
    const bool asked = decision->option[head] != POL_NOT_ASKED;
    const int taken = asked ? seen_option(decision, options, head, decision->option[head]) : 0;
    option[head] = (uint8_t)taken;
    legal[head] = asked ? seen_bits(decision, options, head) : 1;
  }
}

void pol_strategy_seen_legal(uint32_t legal[POL_HEADS_MAX], const PolDecision *decision,
                             const PolOptions *options) {
  for (int head = 0; head < options->heads; head++) {
    legal[head] = seen_bits(decision, options, head);
  }
}

// the option of a number that the network has for it
static uint8_t option_of(const PolDecision *decision, const PolOptions *options, int head,
                         int seen) {
  return (uint8_t)(options->kind == POL_TABLE_VOLLEY
                       ? pol_frame_option_back(&decision->frame, options, head, seen)
                       : seen);
}

static void decide_caller(PolMemory *memory, const PolDecision *decision, const uint8_t *choice,
                          const PolOptions *options, const SimState *state) {
  for (int head = 0; head < options->heads; head++) {
    const uint32_t legal = seen_bits(decision, options, head);
    const bool taken = choice[head] < POL_OPTIONS_MAX && (legal >> choice[head] & 1u) != 0;
    if (pol_head_asked(options, head, memory, state, decision->team)) {
      const int seen = taken ? choice[head] : __builtin_ctz(legal);
      memory->held[head] = option_of(decision, options, head, seen);
    }
  }
}

static void decide_net(PolMemory *memory, PolDecision *decision, const PolStrategy *strategy,
                       const PolOptions *options, const SimState *state, float *scratch) {
  float logits[POL_HEADS_MAX * POL_OPTIONS_MAX];
  const PolNet *net = strategy->file->net;
  const SimTeam team = decision->team;
  assert(net->arch.inputs <= SIM_OBS_MAX && net->arch.outputs <= POL_HEADS_MAX * POL_OPTIONS_MAX);
  pol_net_forward(logits, net, decision->obs, 1, scratch);
  decision->nonfinite = make_finite(logits, net->arch.outputs);
  SimRng rng = cursor(state, team);
  for (int head = 0, first = 0; head < options->heads; first += options->n[head++]) {
    const int n = options->n[head];
    if (!pol_head_asked(options, head, memory, state, team)) {
      continue;
    }
    if (first + n > net->arch.outputs) {
      memory->held[head] = 0;
      continue;
    }
    const uint32_t legal = seen_bits(decision, options, head);
    const int choice =
        strategy->sample ? draw(logits + first, legal, n, &rng) : arg_max(logits + first, legal, n);
    memory->held[head] = option_of(decision, options, head, choice);
  }
}

// what may be chosen, and whether there is a choice
static void find_legal(PolDecision *decision, const PolMemory *memory, const PolStrategy *strategy,
                       const PolOptions *options, const SimState *state) {
  pol_legal(decision->legal, options, memory, state, decision->team);
  const bool masked = is_masked(strategy, options);
  if (masked && options->kind == POL_TABLE_ROLES) {
    pol_lock_attack(decision->legal, memory, state, decision->team);
  }
  decision->choice = false;
  for (int head = 0; head < options->heads; head++) {
    if (!masked && pol_head_asked(options, head, memory, state, decision->team)) {
      decision->legal[head] = (uint32_t)((UINT64_C(1) << options->n[head]) - 1);
    }
    decision->choice |= pol_has_choice(decision->legal[head]);
  }
}

void pol_strategy_prepare(PolDecision *decision, const PolMemory *memory,
                          const PolStrategy *strategy, const PolOptions *options,
                          const SimState *state, SimTeam team) {
  decision->team = team;
  decision->person = false;
  decision->nonfinite = false;
  memset(decision->legal, 0, sizeof decision->legal);
  find_legal(decision, memory, strategy, options, state);
  memset(decision->option, POL_NOT_ASKED, sizeof decision->option);
  if (options->kind == POL_TABLE_VOLLEY) {
    pol_frame_find(&decision->frame, state, team);
  }
  if (strategy->file || strategy->kind == POL_CALLER) {
    pol_strategy_observe(decision->obs, strategy, options, memory, state, team);
  }
}

// what draw() does with logits, as probabilities
static void share_out(float p[POL_OPTIONS_MAX], const float *logits, uint32_t legal, int n) {
  const double top = (double)logits[arg_max(logits, legal, n)];
  double sum = 0;
  for (int i = 0; i < n; i++) {
    sum += legal >> i & 1u ? exp((double)logits[i] - top) : 0;
  }
  for (int i = 0; i < n; i++) {
    p[i] = legal >> i & 1u ? (float)(exp((double)logits[i] - top) / sum) : 0;
  }
}

bool pol_strategy_probabilities(float p[POL_HEADS_MAX][POL_OPTIONS_MAX],
                                const PolStrategy *strategy, const PolOptions *options,
                                const PolDecision *decision, float *scratch) {
  float logits[POL_HEADS_MAX * POL_OPTIONS_MAX] = {0};  // alike, which is what random is
  const bool net = strategy->kind == POL_STRATEGY_NET;
  if (!net && strategy->kind != POL_RANDOM) {
    return false;
  }
  if (net) {
    pol_net_forward(logits, strategy->file->net, decision->obs, 1, scratch);
    make_finite(logits, strategy->file->net->arch.outputs);
  }
  memset(p, 0, POL_HEADS_MAX * sizeof p[0]);
  for (int head = 0, first = 0; head < options->heads; first += options->n[head++]) {
    const int n = options->n[head];
    const bool absent = net && first + n > strategy->file->net->arch.outputs;
    float seen[POL_OPTIONS_MAX];
    // a head that the outputs leave out takes its first option
    share_out(seen, logits + first, absent ? 1 : seen_bits(decision, options, head), n);
    for (int i = 0; i < n; i++) {
      p[head][i] = seen[seen_option(decision, options, head, i)];
    }
  }
  return true;
}

void pol_strategy_decide(PolMemory *memory, PolDecision *decision, const PolStrategy *strategy,
                         const PolOptions *options, const SimState *state, SimTeam team,
                         float *scratch) {
  PolDecision own;
  PolBotStyle style;
  decision = decision ? decision : &own;
  pol_strategy_prepare(decision, memory, strategy, options, state, team);
  switch (strategy->kind) {
  case POL_BOT:
    style = pol_bot_style(options);
    pol_bot_decide(memory, &style, NULL, options, state, team);
    break;
  case POL_BOT_PLUS:
  case POL_WILD:
    style = pol_bot_plus_style(options);
    pol_bot_decide(memory, &style, decision->legal, options, state, team);
    break;
  case POL_BOT_VOLLEY:
    pol_volley_bot_decide(memory, &(PolVolleyStyle){-1, -1}, options, state, team);
    break;
  case POL_RULE:
    if (options->kind == POL_TABLE_VOLLEY) {
      const PolVolleyStyle fixed = {strategy->style.wait, strategy->style.attack[0]};
      pol_volley_bot_decide(memory, &fixed, options, state, team);
      break;
    }
    pol_bot_decide(memory, &strategy->style, decision->legal, options, state, team);
    break;
  case POL_RANDOM:
    decide_random(memory, decision->legal, options, state, team);
    break;
  case POL_CALLER:
    decide_caller(memory, decision, strategy->choice, options, state);
    break;
  case POL_STRATEGY_NET:
    decide_net(memory, decision, strategy, options, state, scratch);
    break;
  case POL_STRATEGY_FLAT:
  case POL_STRATEGY_KINDS:
    assert(false);
    break;
  }
  for (int head = 0; head < options->heads; head++) {
    const bool asked = pol_head_asked(options, head, memory, state, team);
    decision->option[head] = asked ? memory->held[head] : POL_NOT_ASKED;
  }
  pol_note_decision(memory, options, state, team);
}

void pol_strategy_bend(SimGoal *goal, const PolStrategy *strategy, PolSlot slot,
                       const SimState *state, SimTeam team) {
  if (strategy->kind != POL_WILD || (slot != POL_PASS && slot != POL_RECEIVE)) {
    return;
  }
  SimRng rng = sim_rng(state->seed, state->rally, (uint32_t)state->referee.hits,
                       (uint32_t)(SIM_RNG_WILD + team));
  if (sim_rng_below(&rng, 2) == 0) {
    return;
  }
  goal->point[0] = sim_rng_uniform(&rng, -4, 3);
  goal->point[1] = sim_rng_uniform(&rng, -3, 3);
  goal->flight = sim_rng_uniform(&rng, 0.6, 1.4);
}

// ---- strategies without a file

static const struct {
  const char *word;
  PolStrategyKind kind;
} WORDS[] = {{"bot", POL_BOT},
             {"bot_plus", POL_BOT_PLUS},
             {"wild", POL_WILD},
             {"random", POL_RANDOM},
             {"bot_volley", POL_BOT_VOLLEY}};
enum { N_WORDS = sizeof WORDS / sizeof WORDS[0] };
static const char RULE[] = "rule:";

// waiting places of the passer, or attacks of the attacker
static bool is_part(const PolOption *option, bool attacks) {
  return option->slot == (attacks ? POL_ATTACK : POL_GOTO);
}

// a name as part of a word: blanks become _
static void part_name(char out[POL_NAME_MAX], const PolOption *option) {
  snprintf(out, POL_NAME_MAX, "%s", option->name);
  for (char *c = out; *c; c++) {
    *c = *c == ' ' ? '_' : *c;
  }
}

// the option that length characters at word stand for, or -1
static int find_part(const PolOptions *options, bool attacks, const char *word, size_t length) {
  const int head = attacks ? options->attack_head : options->wait_head;
  for (int i = 0; i < options->n[head]; i++) {
    char name[POL_NAME_MAX];
    part_name(name, &options->option[head][i]);
    if (is_part(&options->option[head][i], attacks) && strlen(name) == length &&
        strncmp(name, word, length) == 0) {
      return i;
    }
  }
  return -1;
}

const char *pol_rule_words(const PolOptions *options) {
  return options->kind == POL_TABLE_VOLLEY ? "bot_volley random" : "bot bot_plus random";
}

// the slower ones of a volley table are no more than the same ball with time to dig it
static double least_weight(const PolOptions *options) {
  double most = 0;
  for (int i = 0; i < options->n[options->attack_head]; i++) {
    most = fmax(most, options->option[options->attack_head][i].weight);
  }
  return options->kind == POL_TABLE_VOLLEY ? most / 5 : 0;
}

int pol_rule_list(char names[][POL_NAME_MAX], int max, const PolOptions *options) {
  const int waits = options->wait_head, attacks = options->attack_head;
  int n = 0;
  for (int w = 0; w < options->n[waits]; w++) {
    for (int a = 0; a < options->n[attacks]; a++) {
      const PolOption *wait = &options->option[waits][w];
      const PolOption *attack = &options->option[attacks][a];
      if (!is_part(wait, false) || !is_part(attack, true) ||
          attack->weight < least_weight(options)) {
        continue;
      }
      char place[POL_NAME_MAX], kind[POL_NAME_MAX], name[2 * POL_NAME_MAX + 8];
      part_name(place, wait);
      part_name(kind, attack);
      const int length = snprintf(name, sizeof name, "%s%s:%s", RULE, place, kind);
      if (length < POL_NAME_MAX) {
        if (n < max) {
          memcpy(names[n], name, (size_t)length + 1);
        }
        n++;
      }
    }
  }
  return n;
}

static bool find_style(PolBotStyle *style, const char *word, const PolOptions *options) {
  const char *place = word + sizeof RULE - 1, *colon = strchr(place, ':');
  if (strlen(word) >= POL_NAME_MAX || !colon) {
    return false;
  }
  const int attack = find_part(options, true, colon + 1, strlen(colon + 1));
  style->wait = find_part(options, false, place, (size_t)(colon - place));
  style->attack[0] = style->attack[1] = attack;
  return style->wait >= 0 && attack >= 0;
}

// what is wanted instead of word, which is no strategy
static void tell_wanted(char *wanted, size_t size, const char *word, const PolOptions *options) {
  enum { RULES_MAX = 256 };
  char names[RULES_MAX][POL_NAME_MAX];
  const char *known[RULES_MAX];
  int n = 0;
  if (strncmp(word, RULE, sizeof RULE - 1) == 0) {
    n = pol_rule_list(names, RULES_MAX, options);
    n = n < RULES_MAX ? n : RULES_MAX;
    for (int i = 0; i < n; i++) {
      known[i] = names[i];
    }
    snprintf(wanted, size,
             "rule:WAIT:ATTACK with a waiting place and an attack of the option "
             "table '%s'",
             options->name);
  } else {
    for (; n < N_WORDS; n++) {
      known[n] = WORDS[n].word;
    }
    snprintf(wanted, size,
             "bot, bot_plus, bot_volley, wild, random, rule:WAIT:ATTACK, a .safetensors file, or a "
             "list of them");
  }
  const char *near = sim_nearest(word, known, n);
  const size_t used = strlen(wanted);
  if (near) {
    snprintf(wanted + used, size - used, " (nearest: %s)", near);
  }
}

bool pol_strategy_find_rule(PolStrategy *strategy, char *wanted, size_t size, const char *word,
                            const PolOptions *options) {
  *strategy = (PolStrategy){.kind = POL_STRATEGY_KINDS};
  for (int i = 0; i < N_WORDS; i++) {
    strategy->kind = strcmp(word, WORDS[i].word) == 0 ? WORDS[i].kind : strategy->kind;
  }
  if (strncmp(word, RULE, sizeof RULE - 1) == 0 && find_style(&strategy->style, word, options)) {
    strategy->kind = POL_RULE;
  }
  if (strategy->kind == POL_STRATEGY_KINDS) {
    tell_wanted(wanted, size, word, options);
    return false;
  }
  snprintf(strategy->name, sizeof strategy->name, "%s", word);
  return true;
}

SimStatus pol_strategy_rule(PolStrategy *strategy, const char *word, const PolOptions *options,
                            SimError *err) {
  char wanted[256];
  if (!pol_strategy_find_rule(strategy, wanted, sizeof wanted, word, options)) {
    return sim_error(err, SIM_BAD_INPUT, "saw the strategy '%.64s', wanted %s", word, wanted);
  }
  return pol_strategy_check(strategy, options, err);
}

// ---- fit of strategy and table

// "heads-6-3-4": the heads of options in order, the serve head may be absent
static bool fits_heads(const char *act, const PolOptions *options, int outputs) {
  char without[POL_ACT_MAX], with[POL_ACT_MAX];
  const int sum = pol_options_outputs(options);
  PolOptions fewer = {.heads = options->serve_head};
  memcpy(fewer.n, options->n, sizeof fewer.n);
  pol_options_act(with, sizeof with, options);
  pol_options_act(without, sizeof without, &fewer);
  return (strcmp(act, with) == 0 && outputs == sum) ||
         (strcmp(act, without) == 0 && outputs == pol_options_outputs(&fewer));
}

SimLayout pol_strategy_layout(const PolOptions *options) {
  if (options->kind == POL_TABLE_VOLLEY) {
    return SIM_OBS_VOLLEY230;
  }
  return pol_court_fits(options) ? SIM_OBS_COURT128 : SIM_OBS_STRATEGY100;
}

static SimStatus check_layout(const PolFile *file, const PolOptions *options, SimError *err) {
  const int layout = sim_obs_find(file->obs);
  if ((layout == SIM_OBS_VOLLEY230) != (options->kind == POL_TABLE_VOLLEY)) {
    return sim_error(err, SIM_BAD_INPUT,
                     "saw a strategy that observes '%s' for the option table '%s', wanted %s",
                     file->obs, options->name, sim_obs_name(pol_strategy_layout(options)));
  }
  if (layout == SIM_OBS_VOLLEY230 && file->net->arch.inputs == POL_VOLLEY_SIZE) {
    return SIM_OK;
  }
  if ((layout != SIM_OBS_STRATEGY100 && layout != SIM_OBS_COURT128) ||
      file->net->arch.inputs != sim_obs_size((SimLayout)layout)) {
    return sim_error(err, SIM_BAD_INPUT,
                     "saw a strategy that observes '%s', wanted strategy100 or court128",
                     file->obs);
  }
  if (layout == SIM_OBS_COURT128 && !pol_court_fits(options)) {
    return sim_error(
        err, SIM_BAD_INPUT,
        "saw a strategy that observes 'court128' for the option table '%s', wanted one "
        "with at most %d waiting places and %d attacks",
        options->name, POL_COURT_KINDS_MAX, POL_COURT_KINDS_MAX);
  }
  return SIM_OK;
}

// the table and the flight times that the file was learnt with, where it tells
static SimStatus check_pins(const PolFile *file, const PolOptions *options, SimError *err) {
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
  sim_hash_hex(seen, file->calibration_hash);
  sim_hash_hex(wanted, options->calibration_hash);
  if (file->calibration_hash != 0 && file->calibration_hash != options->calibration_hash) {
    return sim_error(err, SIM_BAD_INPUT,
                     "saw a strategy learnt with the calibration %s of the flight times, wanted %s "
                     "as for the team's skills",
                     seen, options->calibration_hash ? wanted : "one with the default times");
  }
  return SIM_OK;
}

static SimStatus check_net(const PolFile *file, const PolOptions *options, SimError *err) {
  if (file->kind != POL_KIND_STRATEGY) {
    return sim_error(err, SIM_BAD_INPUT, "saw a %s policy, wanted a strategy",
                     file->kind == POL_KIND_SKILL ? "skill" : "flat");
  }
  const SimStatus status = check_layout(file, options, err);
  if (status != SIM_OK) {
    return status;
  }
  if (!fits_heads(file->act, options, file->net->arch.outputs)) {
    return sim_error(err, SIM_BAD_INPUT,
                     "saw a strategy with act '%s' and %d outputs, wanted heads-%d-%d-%d of the "
                     "option table '%s'",
                     file->act, file->net->arch.outputs, options->n[0], options->n[1],
                     options->n[2], options->name);
  }
  return check_pins(file, options, err);
}

static SimStatus check_flat(const PolFile *file, SimError *err) {
  if (file->kind != POL_KIND_FLAT) {
    return sim_error(err, SIM_BAD_INPUT, "saw a %s policy, wanted a flat policy",
                     pol_kind_words[file->kind]);
  }
  if (strcmp(file->act, "rotor4") != 0 || file->net->arch.outputs != SIM_ROTORS) {
    return sim_error(err, SIM_BAD_INPUT, "saw act '%s' with %d outputs, wanted rotor4 with 4",
                     file->act, file->net->arch.outputs);
  }
  if (sim_obs_find(file->obs) != SIM_OBS_FLAT57 ||
      file->net->arch.inputs != sim_obs_size(SIM_OBS_FLAT57)) {
    return sim_error(err, SIM_BAD_INPUT, "saw obs '%s' with %d inputs, wanted flat57 with 57",
                     file->obs, file->net->arch.inputs);
  }
  return SIM_OK;
}

SimStatus pol_strategy_check(const PolStrategy *strategy, const PolOptions *options,
                             SimError *err) {
  switch (strategy->kind) {
  case POL_BOT:
  case POL_BOT_PLUS:
  case POL_WILD:
    return pol_bot_check(options, err);
  case POL_RULE:
    return options->kind == POL_TABLE_VOLLEY ? SIM_OK : pol_bot_check(options, err);
  case POL_BOT_VOLLEY:
    return pol_volley_bot_check(options, err);
  case POL_RANDOM:
  case POL_CALLER:
  case POL_STRATEGY_KINDS:
    return SIM_OK;
  case POL_STRATEGY_FLAT:
    return check_flat(strategy->file, err);
  case POL_STRATEGY_NET:
    break;
  }
  return check_net(strategy->file, options, err);
}
