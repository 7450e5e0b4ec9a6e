// An option table is read by schema into a mirror of the file, then each option is checked and
// turned into a goal. The hash covers what the table means: names, slots and numbers in their
// order, so that comments and layout may change under a trained strategy.
#include "policies/options.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/dig.h"
#include "policies/options_internal.h"
#include "policies/shipped.h"
#include "sim/base/file.h"

static const char FOLDER[] = "configs/options";
enum { TABLE_BYTES_MAX = 1 << 20 };

// ---- the file's mirror

typedef enum Spread { SPREAD_RULE, SPREAD_OPTION } Spread;

typedef struct ForcedYaml {
  PolOptionYaml serve_hover, receive_wait, receive, receive_hover;
} ForcedYaml;

typedef struct TableYaml {
  char *name;
  PolOptionYaml *passer, *setter, *attacker, *serve;
  uint32_t passer_count, setter_count, attacker_count, serve_count;
  Spread spread;
  ForcedYaml forced;
} TableYaml;

const cyaml_strval_t pol__skill_words[POL_SLOTS] = {
    {"goto", POL_GOTO},
    {"serve", POL_SERVE},
    {"serve_hover", POL_SERVE_HOVER},
    {"receive", POL_RECEIVE},
    {"receive_hover", POL_RECEIVE_HOVER},
    {"pass", POL_PASS},
    {"pass_hover", POL_PASS_HOVER},
    {"set", POL_SET},
    {"set_hover", POL_SET_HOVER},
    {"attack", POL_ATTACK},
    {"attack_hover", POL_ATTACK_HOVER},
};

static const cyaml_strval_t SIDES[] = {{"left", POL_SIDE_LEFT}, {"right", POL_SIDE_RIGHT}};
static const cyaml_strval_t SPREADS[] = {{"rule", SPREAD_RULE}, {"option", SPREAD_OPTION}};

const cyaml_schema_value_t pol__number = {CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double)};

static const cyaml_schema_field_t OPTION_FIELDS[] = {
    POL_OPTION_FIELDS,
    CYAML_FIELD_ENUM("side", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, PolOptionYaml, side, SIDES,
                     2),
    CYAML_FIELD_BOOL("drawn", CYAML_FLAG_OPTIONAL, PolOptionYaml, drawn),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t FORCED_OPTION_FIELDS[] = {POL_GOAL_FIELDS, CYAML_FIELD_END};

static const cyaml_schema_value_t OPTION = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, PolOptionYaml, OPTION_FIELDS)};

#define FORCED_FIELD(key)                                                                          \
  CYAML_FIELD_MAPPING(#key, CYAML_FLAG_DEFAULT, ForcedYaml, key, FORCED_OPTION_FIELDS)
static const cyaml_schema_field_t FORCED_FIELDS[] = {
    FORCED_FIELD(serve_hover), FORCED_FIELD(receive_wait),
    FORCED_FIELD(receive),     FORCED_FIELD(receive_hover),
    CYAML_FIELD_END,
};

#define HEAD_FIELD(key)                                                                            \
  CYAML_FIELD_SEQUENCE(#key, CYAML_FLAG_POINTER, TableYaml, key, &OPTION, 1, POL_OPTIONS_MAX)
static const cyaml_schema_field_t TABLE_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, TableYaml, name, 1, POL_NAME_MAX - 1),
    HEAD_FIELD(passer),
    HEAD_FIELD(setter),
    HEAD_FIELD(attacker),
    HEAD_FIELD(serve),
    CYAML_FIELD_ENUM("spread", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, TableYaml, spread, SPREADS,
                     2),
    CYAML_FIELD_MAPPING("forced", CYAML_FLAG_DEFAULT, TableYaml, forced, FORCED_FIELDS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t TABLE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, TableYaml, TABLE_FIELDS)};

// ---- messages

SimStatus pol__table_refuse(const PolTablePlace *place, const char *key, const char *saw,
                            const char *wanted) {
  char whole[96];
  snprintf(whole, sizeof whole, "%s%s%s", place->option, key[0] && place->option[0] ? "." : "",
           key);
  return sim_config_refuse(place->err, place->path, whole, saw, wanted);
}

SimStatus pol__table_range(const PolTablePlace *place, const char *key, double value, double low,
                           double high) {
  if (value >= low && value <= high) {
    return SIM_OK;
  }
  char saw[32], wanted[64];
  snprintf(saw, sizeof saw, "%g", value);
  snprintf(wanted, sizeof wanted, "a number from %g to %g", low, high);
  return pol__table_refuse(place, key, saw, wanted);
}

// ---- one option

// a key that a move must not have
static SimStatus refuse_for_move(const PolTablePlace *place, const PolOptionYaml *yaml,
                                 PolSlot slot) {
  const char *key = yaml->flight ? "flight" : yaml->apex ? "apex" : "strike_z";
  char saw[64];
  snprintf(saw, sizeof saw, "it with the skill %s", pol_slot_name(slot));
  return pol__table_refuse(place, key, saw, "it only with a skill that strikes the ball");
}

static SimStatus check_move(const PolTablePlace *place, const PolOptionYaml *yaml, PolSlot slot) {
  if (yaml->flight || yaml->apex || yaml->strike_z) {
    return refuse_for_move(place, yaml, slot);
  }
  // on the own side, clear of the net plane and of the ground by which drones lose
  SimStatus status = pol__table_range(place, "point[0]", yaml->point[0], 0.5, 10);
  status = status ? status : pol__table_range(place, "point[1]", yaml->point[1], -5, 5);
  return status ? status : pol__table_range(place, "point[2]", yaml->point[2], 0.5, 6);
}

// A number of a table, or the word that stands for one.
typedef struct Number {
  double value;
  bool word;
} Number;

static SimStatus read_number(Number *out, const PolTablePlace *place, const char *key,
                             const char *text, const char *word, double meanwhile) {
  char *end = NULL;
  *out = (Number){.value = meanwhile, .word = word && strcmp(text, word) == 0};
  if (out->word) {
    return SIM_OK;
  }
  // no hexadecimal numbers, infinities or blanks
  const bool plain = strspn(text, "0123456789+-.eE") == strlen(text);
  out->value = plain ? strtod(text, &end) : (double)NAN;
  if (plain && end != text && *end == '\0' && isfinite(out->value)) {
    return SIM_OK;
  }
  char saw[POL_WORD_MAX + 3], wanted[64];
  snprintf(saw, sizeof saw, "'%s'", text);
  snprintf(wanted, sizeof wanted, "a finite number%s%s", word ? " or " : "", word ? word : "");
  return pol__table_refuse(place, key, saw, wanted);
}

static SimStatus check_apex(const PolTablePlace *place, const PolOptionYaml *yaml,
                            double strike_z) {
  const double lowest = fmax(strike_z, yaml->point[2]);
  if (*yaml->apex <= lowest) {
    char saw[32], wanted[64];
    snprintf(saw, sizeof saw, "%g", *yaml->apex);
    snprintf(wanted, sizeof wanted, "more than %g, the higher of strike_z and point", lowest);
    return pol__table_refuse(place, "apex", saw, wanted);
  }
  return pol__table_range(place, "apex", *yaml->apex, 0.5, 12);
}

// flight times are calibrated for attacks, and only digs have a choice of heights
static SimStatus read_numbers(PolOption *option, const PolTablePlace *place,
                              const PolOptionYaml *yaml, PolSlot slot) {
  const bool digs = slot == POL_PASS || slot == POL_RECEIVE || (slot == POL_SET && place->volley);
  Number flight = {.value = (double)NAN}, strike_z;
  SimStatus status = SIM_OK;
  if (yaml->flight) {
    status = read_number(&flight, place, "flight", yaml->flight,
                         slot == POL_ATTACK ? "calibrated" : NULL, POL_FLIGHT_DEFAULT);
  }
  if (status == SIM_OK) {
    status = read_number(&strike_z, place, "strike_z", yaml->strike_z, digs ? "auto" : NULL,
                         POL_DIG_HIGHEST);
  }
  if (status == SIM_OK) {
    option->goal.flight = flight.value;
    option->goal.strike_z = strike_z.value;
    option->calibrated = flight.word;
    option->auto_height = strike_z.word;
  }
  return status;
}

static SimStatus check_strike(PolOption *option, const PolTablePlace *place,
                              const PolOptionYaml *yaml, PolSlot slot) {
  if (!yaml->strike_z) {
    return pol__table_refuse(place, "strike_z", "no such key", "the height of the strike");
  }
  if (!yaml->flight == !yaml->apex) {
    return pol__table_refuse(place, "",
                             yaml->flight ? "both flight and apex" : "neither flight nor apex",
                             "one of them");
  }
  SimStatus status = read_numbers(option, place, yaml, slot);
  status = status ? status : pol__table_range(place, "point[0]", yaml->point[0], -7, 7);
  status = status ? status : pol__table_range(place, "point[1]", yaml->point[1], -4, 4);
  status = status ? status : pol__table_range(place, "point[2]", yaml->point[2], 0, 6);
  status = status ? status : pol__table_range(place, "strike_z", option->goal.strike_z, 0.5, 6);
  if (status == SIM_OK && yaml->flight) {
    return pol__table_range(place, "flight", option->goal.flight, 0.2, 4);
  }
  return status ? status : check_apex(place, yaml, option->goal.strike_z);
}

// keys that belong to some skills only
static SimStatus check_skill_keys(const PolTablePlace *place, const PolOptionYaml *yaml,
                                  PolSlot slot) {
  if (yaml->side != POL_SIDE_NONE && slot != POL_PASS && slot != POL_ATTACK) {
    char saw[64];
    snprintf(saw, sizeof saw, "it with the skill %s", pol_slot_name(slot));
    return pol__table_refuse(place, "side", saw, "it only with pass and attack");
  }
  if (yaml->drawn && slot != POL_SERVE) {
    char saw[64];
    snprintf(saw, sizeof saw, "it with the skill %s", pol_slot_name(slot));
    return pol__table_refuse(place, "drawn", saw, "it only with serve");
  }
  return SIM_OK;
}

static SimStatus read_option(PolOption *option, const PolOptionYaml *yaml, PolSlot slot,
                             const char *name, const PolTablePlace *place) {
  *option = (PolOption){
      .slot = slot,
      .drawn = yaml->drawn,
      .drone = -1,
      .across = yaml->across,
      .late = yaml->late,
      .weight = yaml->weight ? *yaml->weight : 1,
      .goal = {.flight = (double)NAN,
               .apex = yaml->apex ? *yaml->apex : (double)NAN,
               .strike_z = (double)NAN,
               .side = {yaml->side == POL_SIDE_RIGHT, yaml->side == POL_SIDE_LEFT}},
  };
  SimStatus status = check_skill_keys(place, yaml, slot);
  if (status == SIM_OK) {
    status = pol_slot_strikes(slot) ? check_strike(option, place, yaml, slot)
                                    : check_move(place, yaml, slot);
  }
  snprintf(option->name, sizeof option->name, "%s", name);
  memcpy(option->goal.point, yaml->point, sizeof option->goal.point);
  return status;
}

// ---- the table

static const char *const HEAD_NAMES[] = {"passer", "setter", "attacker", "serve"};

int pol_options_find(const PolOptions *options, int head, const char *name) {
  assert(head >= 0 && head < POL_HEADS_MAX);
  for (int i = 0; i < options->n[head]; i++) {
    if (strcmp(options->option[head][i].name, name) == 0) {
      return i;
    }
  }
  return -1;
}

int pol_options_outputs(const PolOptions *options) {
  int sum = 0;
  for (int head = 0; head < options->heads; head++) {
    sum += options->n[head];
  }
  return sum;
}

void pol_options_act(char *out, size_t size, const PolOptions *options) {
  int used = snprintf(out, size, "heads");
  for (int head = 0; head < options->heads && used < (int)size; head++) {
    used += snprintf(out + used, size - (size_t)used, "-%d", options->n[head]);
  }
}

SimStatus pol__table_name(const PolTablePlace *place, const char *name) {
  if (pol_is_plain(name)) {
    return SIM_OK;
  }
  return pol__table_refuse(place, "name", "other characters or blanks around it",
                           "printable ASCII");
}

SimStatus pol__table_head(PolOptions *options, int head, const PolOptionYaml *yaml, uint32_t n,
                          PolTablePlace *place) {
  for (uint32_t i = 0; i < n; i++) {
    snprintf(place->option, sizeof place->option, "%s[%u]", options->head[head], (unsigned)i);
    SimStatus status = pol__table_name(place, yaml[i].name);
    if (status == SIM_OK && pol_options_find(options, head, yaml[i].name) >= 0) {
      char saw[POL_NAME_MAX + 16];
      snprintf(saw, sizeof saw, "'%s' again", yaml[i].name);
      return pol__table_refuse(place, "name", saw, "a name once per head");
    }
    if (status == SIM_OK && (head == options->serve_head) != (yaml[i].skill == POL_SERVE)) {
      return pol__table_refuse(place, "skill", pol_slot_name(yaml[i].skill),
                               head == options->serve_head ? "serve"
                                                           : "serve only below the key 'serve'");
    }
    assert(options->n[head] < POL_OPTIONS_MAX);
    PolOption *option = &options->option[head][options->n[head]];
    if (status == SIM_OK) {
      status = read_option(option, &yaml[i], yaml[i].skill, yaml[i].name, place);
    }
    if (status != SIM_OK) {
      return status;
    }
    options->n[head]++;
  }
  return SIM_OK;
}

static SimStatus read_forced(PolOption *option, const PolOptionYaml *yaml, PolSlot slot,
                             const char *name, PolTablePlace *place) {
  snprintf(place->option, sizeof place->option, "forced.%s", name);
  return read_option(option, yaml, slot, name, place);
}

// the spread formation: the move of that name, where a head has one
static void find_spread(PolOptions *options) {
  for (int head = 0; head < options->heads; head++) {
    const int i = pol_options_find(options, head, "spread");
    const bool moves = i >= 0 && options->option[head][i].slot == POL_GOTO;
    options->spread[head] = moves ? i : -1;
  }
}

static void name_heads(PolOptions *options) {
  _Static_assert(sizeof HEAD_NAMES / sizeof HEAD_NAMES[0] <= POL_HEADS_MAX, "room for every head");
  options->heads = sizeof HEAD_NAMES / sizeof HEAD_NAMES[0];
  options->serve_head = POL_HEAD_SERVE;
  options->wait_head = POL_HEAD_PASSER;
  options->attack_head = POL_HEAD_ATTACKER;
  for (int head = 0; head < options->heads; head++) {
    snprintf(options->head[head], sizeof options->head[head], "%s", HEAD_NAMES[head]);
  }
}

static SimStatus read_table(PolOptions *options, const TableYaml *yaml, PolTablePlace *place) {
  const ForcedYaml *forced = &yaml->forced;
  SimStatus status = pol__table_name(place, yaml->name);
  options->spread_by_rule = yaml->spread == SPREAD_RULE;
  name_heads(options);
  snprintf(options->name, sizeof options->name, "%s", yaml->name);
  const PolOptionYaml *const head[] = {yaml->passer, yaml->setter, yaml->attacker, yaml->serve};
  const uint32_t n[] = {yaml->passer_count, yaml->setter_count, yaml->attacker_count,
                        yaml->serve_count};
  _Static_assert(sizeof head / sizeof head[0] == sizeof HEAD_NAMES / sizeof HEAD_NAMES[0],
                 "rows a head");
  for (int h = 0; status == SIM_OK && h < options->heads; h++) {
    status = pol__table_head(options, h, head[h], n[h], place);
  }
  const struct {
    PolOption *option;
    const PolOptionYaml *yaml;
    PolSlot slot;
    const char *name;
  } rows[] = {
      {&options->serve_hover, &forced->serve_hover, POL_SERVE_HOVER, "serve_hover"},
      {&options->receive_wait, &forced->receive_wait, POL_GOTO, "receive_wait"},
      {&options->receive, &forced->receive, POL_RECEIVE, "receive"},
      {&options->receive_hover, &forced->receive_hover, POL_RECEIVE_HOVER, "receive_hover"},
  };
  for (size_t i = 0; status == SIM_OK && i < sizeof rows / sizeof rows[0]; i++) {
    status = read_forced(rows[i].option, rows[i].yaml, rows[i].slot, rows[i].name, place);
  }
  return status;
}

// ---- the hash

uint64_t pol__hash_number(uint64_t hash, double value) {
  // one pattern for all NaN (not given), and for both zeros
  const double clean = isnan(value) ? -1e300 : value + 0.0;
  return pol_hash_chain(hash, &clean, sizeof clean);
}

static uint64_t hash_option(uint64_t hash, const PolOption *option) {
  const SimGoal *goal = &option->goal;
  const uint8_t small[4] = {(uint8_t)option->slot, goal->side[0], goal->side[1], option->drawn};
  hash = pol_hash_chain(hash, option->name, strlen(option->name));
  hash = pol_hash_chain(hash, small, sizeof small);
  for (int k = 0; k < 3; k++) {
    hash = pol__hash_number(hash, goal->point[k]);
  }
  // words stand for what they mean, whatever number is used for them
  hash = pol__hash_number(hash, option->calibrated ? -2e300 : goal->flight);
  hash = pol__hash_number(hash, goal->apex);
  return pol__hash_number(hash, option->auto_height ? -2e300 : goal->strike_z);
}

uint64_t pol__hash_head(uint64_t hash, const PolOptions *options, int head) {
  const uint32_t n = (uint32_t)options->n[head];
  hash = pol_hash_chain(hash, &n, sizeof n);
  for (int i = 0; i < options->n[head]; i++) {
    hash = hash_option(hash, &options->option[head][i]);
  }
  return hash;
}

static uint64_t hash_table(const PolOptions *options) {
  uint64_t hash = pol_hash_chain(0, options->name, strlen(options->name));
  for (int head = 0; head < options->heads; head++) {
    hash = pol__hash_head(hash, options, head);
  }
  hash = hash_option(hash, &options->serve_hover);
  hash = hash_option(hash, &options->receive_wait);
  hash = hash_option(hash, &options->receive);
  hash = hash_option(hash, &options->receive_hover);
  return options->spread_by_rule ? hash : pol_hash_chain(hash, "spread: option", 14);
}

// ---- loading

static SimStatus parse_roles(PolOptions *options, const char *path, const char *text, size_t size,
                             SimError *err) {
  void *yaml;
  PolTablePlace place = {.path = path, .err = err};
  SimStatus status = sim_config_parse(&yaml, path, text, size, &TABLE, err);
  if (status == SIM_OK) {
    status = read_table(options, yaml, &place);
    sim_config_free(yaml, &TABLE);
    find_spread(options);
    options->hash = hash_table(options);
  }
  return status;
}

PolOptions *pol_options_parse(const char *path, const char *text, size_t size, SimError *err) {
  PolOptions *options = calloc(1, sizeof *options);
  if (!options) {
    sim_error(err, SIM_FAIL, "%s: no memory", path);
    return NULL;
  }
  if ((pol__is_volley(text, size) ? pol__volley_parse : parse_roles)(options, path, text, size,
                                                                     err) != SIM_OK) {
    free(options);
    return NULL;
  }
  snprintf(options->path, sizeof options->path, "%s", path);
  return options;
}

static SimStatus refuse_unknown(const char *name, SimError *err) {
  char shipped[512], near[POL_NAME_MAX];
  pol_shipped_join(shipped, sizeof shipped, FOLDER);
  const bool found = pol_shipped_nearest(near, name, FOLDER);
  return sim_error(err, SIM_BAD_INPUT,
                   "saw the option table '%s', wanted one of %s or a path ending in .yaml%s%s%s",
                   name, shipped, found ? " (nearest: " : "", found ? near : "", found ? ")" : "");
}

PolOptions *pol_options_load(const char *name, SimError *err) {
  char path[SIM_PATH_MAX];
  char *text;
  size_t size;
  if (!pol_ends_with(name, ".yaml") && !pol_shipped_find(path, FOLDER, name)) {
    refuse_unknown(name, err);
    return NULL;
  }
  const char *file = pol_ends_with(name, ".yaml") ? name : path;
  if (sim_file_read(&text, &size, file, TABLE_BYTES_MAX, err) != SIM_OK) {
    return NULL;
  }
  PolOptions *options = pol_options_parse(file, text, size, err);
  free(text);
  return options;
}

bool pol_options_calibrated(const PolOptions *options) {
  for (int i = 0; i < options->n[options->attack_head]; i++) {
    if (options->option[options->attack_head][i].calibrated) {
      return true;
    }
  }
  return false;
}

void pol_options_set_flight(PolOptions *options, double flight, uint64_t calibration) {
  for (int i = 0; i < options->n[options->attack_head]; i++) {
    PolOption *option = &options->option[options->attack_head][i];
    option->goal.flight = option->calibrated ? flight : option->goal.flight;
  }
  options->calibration_hash = calibration;
}

void pol_options_destroy(PolOptions *options) {
  free(options);
}

int pol_options_list(char names[][POL_NAME_MAX], int max) {
  return pol_shipped_list(names, max, FOLDER);
}
