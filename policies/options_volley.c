// Tables whose heads are touches. A row of `first` and `second` stands for three options, one for
// each drone; what the rule strategies and the masks need besides is kept with the table.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policies/options_internal.h"
#include "policies/shipped.h"
#include "policies/volley/candidate.h"

typedef struct ShapeYaml {
  char *name;
  double places[SIM_ROLES][3];
  double *weight;
} ShapeYaml;

typedef struct TableYaml {
  char *name, *kind;
  PolOptionYaml *serve, *first, *second, *third;
  ShapeYaml *shape;
  uint32_t serve_count, shape_count, first_count, second_count, third_count;
  PolReach reach;
  double clearance, tilt;
} TableYaml;

static const cyaml_schema_field_t OPTION_FIELDS[] = {
    POL_OPTION_FIELDS,
    CYAML_FIELD_BOOL("across", CYAML_FLAG_OPTIONAL, PolOptionYaml, across),
    CYAML_FIELD_BOOL("late", CYAML_FLAG_OPTIONAL, PolOptionYaml, late),
    CYAML_FIELD_FLOAT_PTR("weight", CYAML_FLAG_OPTIONAL, PolOptionYaml, weight),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t OPTION = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, PolOptionYaml, OPTION_FIELDS)};

static const cyaml_schema_value_t POINT = {
    CYAML_VALUE_SEQUENCE_FIXED(CYAML_FLAG_DEFAULT, double, &pol__number, 3)};
static const cyaml_schema_field_t SHAPE_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, ShapeYaml, name, 1, POL_NAME_MAX - 1),
    CYAML_FIELD_SEQUENCE_FIXED("places", CYAML_FLAG_DEFAULT, ShapeYaml, places, &POINT, SIM_ROLES),
    CYAML_FIELD_FLOAT_PTR("weight", CYAML_FLAG_OPTIONAL, ShapeYaml, weight),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t SHAPE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, ShapeYaml, SHAPE_FIELDS)};

static const cyaml_schema_field_t REACH_FIELDS[] = {
    CYAML_FIELD_FLOAT("first", CYAML_FLAG_DEFAULT, PolReach, first),
    CYAML_FIELD_FLOAT("set", CYAML_FLAG_DEFAULT, PolReach, set),
    CYAML_FIELD_FLOAT("save", CYAML_FLAG_DEFAULT, PolReach, save),
    CYAML_FIELD_FLOAT("attack", CYAML_FLAG_DEFAULT, PolReach, attack),
    CYAML_FIELD_FLOAT("travel", CYAML_FLAG_DEFAULT, PolReach, travel),
    CYAML_FIELD_FLOAT("hopeless", CYAML_FLAG_DEFAULT, PolReach, hopeless),
    CYAML_FIELD_END,
};

enum { EACH_MAX = POL_OPTIONS_MAX / SIM_ROLES };  // rows that stand for three options
#define HEAD_FIELD(key, schema, max)                                                               \
  CYAML_FIELD_SEQUENCE(#key, CYAML_FLAG_POINTER, TableYaml, key, schema, 1, max)
static const cyaml_schema_field_t TABLE_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, TableYaml, name, 1, POL_NAME_MAX - 1),
    CYAML_FIELD_STRING_PTR("kind", CYAML_FLAG_POINTER, TableYaml, kind, 1, POL_NAME_MAX - 1),
    HEAD_FIELD(serve, &OPTION, POL_OPTIONS_MAX),
    HEAD_FIELD(shape, &SHAPE, POL_OPTIONS_MAX),
    HEAD_FIELD(first, &OPTION, EACH_MAX),
    HEAD_FIELD(second, &OPTION, EACH_MAX),
    HEAD_FIELD(third, &OPTION, POL_OPTIONS_MAX),
    CYAML_FIELD_MAPPING("reach", CYAML_FLAG_DEFAULT, TableYaml, reach, REACH_FIELDS),
    CYAML_FIELD_FLOAT("clearance", CYAML_FLAG_DEFAULT, TableYaml, clearance),
    CYAML_FIELD_FLOAT("tilt", CYAML_FLAG_DEFAULT, TableYaml, tilt),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t TABLE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, TableYaml, TABLE_FIELDS)};

bool pol__is_volley(const char *text, size_t size) {
  static const char KEY[] = "kind:", WORD[] = "volley";
  for (const char *line = text, *end = text + size; line && line < end;) {
    const char *next = memchr(line, '\n', (size_t)(end - line));
    const size_t length = (size_t)((next ? next : end) - line);
    if (length > sizeof KEY && memcmp(line, KEY, sizeof KEY - 1) == 0) {
      return memmem(line, length, WORD, sizeof WORD - 1) != NULL;
    }
    line = next ? next + 1 : NULL;
  }
  return false;
}

// ---- the parts

static SimStatus read_shapes(PolOptions *options, const TableYaml *yaml, PolTablePlace *place) {
  for (uint32_t i = 0; i < yaml->shape_count; i++) {
    assert(options->n[POL_HEAD_SHAPE] == (int)i && i < POL_OPTIONS_MAX);
    const ShapeYaml *shape = &yaml->shape[i];
    PolOption *option = &options->option[POL_HEAD_SHAPE][i];
    snprintf(place->option, sizeof place->option, "shape[%u]", (unsigned)i);
    SimStatus status = pol__table_name(place, shape->name);
    if (status == SIM_OK && pol_options_find(options, POL_HEAD_SHAPE, shape->name) >= 0) {
      return pol__table_refuse(place, "name", "it again", "a name once per head");
    }
    for (int k = 0; k < SIM_ROLES * 3 && status == SIM_OK; k++) {
      // on the own half, clear of the net plane and of the ground
      static const double LOW[3] = {0.5, -5, 0.5}, HIGH[3] = {10, 5, 6};
      char key[32];
      snprintf(key, sizeof key, "places[%d]", k / 3);
      status = pol__table_range(place, key, shape->places[k / 3][k % 3], LOW[k % 3], HIGH[k % 3]);
    }
    if (status != SIM_OK) {
      return status;
    }
    *option =
        (PolOption){.slot = POL_GOTO,
                    .drone = -1,
                    .weight = shape->weight ? *shape->weight : 1,
                    .goal = {.flight = (double)NAN, .apex = (double)NAN, .strike_z = (double)NAN}};
    snprintf(option->name, sizeof option->name, "%s", shape->name);
    memcpy(option->goal.point, shape->places[0], sizeof option->goal.point);
    memcpy(options->place[i], shape->places, sizeof options->place[i]);
    options->n[POL_HEAD_SHAPE]++;
  }
  return SIM_OK;
}

// makes three of each option of head, drone by drone: P, S and A
static SimStatus for_each_drone(PolOptions *options, int head, PolTablePlace *place) {
  const int n = options->n[head];
  assert(n >= 1 && SIM_ROLES * n <= POL_OPTIONS_MAX);
  for (int i = SIM_ROLES * n - 1; i >= 0; i--) {
    const PolOption row = options->option[head][i % n];
    PolOption *to = &options->option[head][i];
    *to = row;
    to->drone = i / n;
    snprintf(to->name, sizeof to->name, "%c %.*s", "PSA"[i / n], POL_NAME_MAX - 3, row.name);
    if (strlen(row.name) > POL_NAME_MAX - 3) {
      return pol__table_refuse(place, "name", "a longer name", "at most 45 characters");
    }
  }
  options->n[head] = SIM_ROLES * n;
  return SIM_OK;
}

static bool is_mirror(const PolOption *a, const PolOption *b) {
  const SimGoal *p = &a->goal, *q = &b->goal;
  const double one[] = {p->point[0], p->point[1], p->point[2], p->flight, p->apex, p->strike_z},
               other[] = {q->point[0], -q->point[1], q->point[2], q->flight, q->apex, q->strike_z};
  bool same = a->slot == b->slot && a->drone == b->drone && a->late == b->late &&
              a->auto_height == b->auto_height && !a->across && !b->across;
  for (size_t i = 0; i < sizeof one / sizeof one[0]; i++) {
    same = same && (one[i] == other[i] || (isnan(one[i]) && isnan(other[i])));
  }
  return same;
}

// serves and shapes count from the ball's side already
static void find_mirrors(PolOptions *options) {
  for (int head = 0; head < options->heads; head++) {
    const bool turns = head >= POL_HEAD_FIRST;
    for (int i = 0; i < options->n[head]; i++) {
      PolOption *option = &options->option[head][i];
      option->mirror = i;
      for (int k = 0; turns && k < options->n[head]; k++) {
        option->mirror = is_mirror(option, &options->option[head][k]) ? k : option->mirror;
      }
    }
  }
}

static SimStatus check_skill(const PolOptions *options, int head, PolTablePlace *place) {
  for (int i = 0; i < options->n[head]; i++) {
    if (!pol_slot_strikes(options->option[head][i].slot)) {
      snprintf(place->option, sizeof place->option, "%s[%d]", options->head[head], i);
      return pol__table_refuse(place, "skill", pol_slot_name(options->option[head][i].slot),
                               "a skill that strikes the ball");
    }
  }
  return SIM_OK;
}

// Where attacks usually start from: the first set to the right.
static SimStatus find_attack_point(PolOptions *options, PolTablePlace *place) {
  for (int i = 0; i < options->n[POL_HEAD_SECOND]; i++) {
    const PolOption *option = &options->option[POL_HEAD_SECOND][i];
    const double *point = option->goal.point;
    if (option->slot == POL_SET && point[0] > 0 && point[1] > 0) {
      const double from[3] = {point[0], -point[1], option->goal.strike_z}, still[3] = {0, 0, 0};
      SimStrike plan;
      sim_strike_plan(&plan, &option->goal, from, still);
      memcpy(options->attack_point, point, sizeof options->attack_point);
      options->set_flight = plan.flight;
      return SIM_OK;
    }
  }
  snprintf(place->option, sizeof place->option, "second");
  return pol__table_refuse(place, "", "no set to the right", "one whose point has x and y above 0");
}

static SimStatus read_numbers(PolOptions *options, const TableYaml *yaml, PolTablePlace *place) {
  const double reach[] = {yaml->reach.first,  yaml->reach.set,    yaml->reach.save,
                          yaml->reach.attack, yaml->reach.travel, yaml->reach.hopeless};
  SimStatus status = SIM_OK;
  place->option[0] = '\0';
  for (size_t i = 0; i < sizeof reach / sizeof reach[0] && status == SIM_OK; i++) {
    status = pol__table_range(place, "reach", reach[i], 0.1, 100);
  }
  status = status ? status : pol__table_range(place, "clearance", yaml->clearance, 0, 5);
  status = status ? status : pol__table_range(place, "tilt", yaml->tilt, 1, 180);
  options->reach = yaml->reach;
  options->clearance = yaml->clearance;
  options->tilt = yaml->tilt * M_PI / 180;
  return status;
}

static SimStatus check_weights(const PolOptions *options, PolTablePlace *place) {
  for (int head = 0; head < options->heads; head++) {
    for (int i = 0; i < options->n[head]; i++) {
      snprintf(place->option, sizeof place->option, "%s[%d]", options->head[head], i);
      if (pol__table_range(place, "weight", options->option[head][i].weight, 0, 1e6) != SIM_OK) {
        return SIM_BAD_INPUT;
      }
    }
  }
  return SIM_OK;
}

static void name_heads(PolOptions *options) {
  static const char *const NAME[POL_VOLLEY_HEADS] = {"serve", "shape", "first", "second", "third"};
  options->kind = POL_TABLE_VOLLEY;
  options->heads = POL_VOLLEY_HEADS;
  options->serve_head = POL_HEAD_SERVES;
  options->wait_head = POL_HEAD_SHAPE;
  options->attack_head = POL_HEAD_THIRD;
  for (int head = 0; head < options->heads; head++) {
    snprintf(options->head[head], sizeof options->head[head], "%s", NAME[head]);
    options->spread[head] = -1;
  }
}

static SimStatus read_table(PolOptions *options, const TableYaml *yaml, PolTablePlace *place) {
  const struct {
    int head;
    const PolOptionYaml *yaml;
    uint32_t n;
  } rows[] = {{POL_HEAD_SERVES, yaml->serve, yaml->serve_count},
              {POL_HEAD_FIRST, yaml->first, yaml->first_count},
              {POL_HEAD_SECOND, yaml->second, yaml->second_count},
              {POL_HEAD_THIRD, yaml->third, yaml->third_count}};
  SimStatus status = pol__table_name(place, yaml->name);
  if (status == SIM_OK && strcmp(yaml->kind, "volley") != 0) {
    status = pol__table_refuse(place, "kind", yaml->kind, "volley");
  }
  name_heads(options);
  snprintf(options->name, sizeof options->name, "%s", yaml->name);
  for (size_t i = 0; status == SIM_OK && i < sizeof rows / sizeof rows[0]; i++) {
    status = pol__table_head(options, rows[i].head, rows[i].yaml, rows[i].n, place);
    status = status ? status : check_skill(options, rows[i].head, place);
  }
  status = status ? status : read_shapes(options, yaml, place);
  status = status ? status : check_weights(options, place);
  status = status ? status : for_each_drone(options, POL_HEAD_FIRST, place);
  status = status ? status : find_attack_point(options, place);
  status = status ? status : for_each_drone(options, POL_HEAD_SECOND, place);
  find_mirrors(options);
  return status ? status : read_numbers(options, yaml, place);
}

static uint64_t hash_volley(const PolOptions *options) {
  const double number[] = {options->reach.first,  options->reach.set,    options->reach.save,
                           options->reach.attack, options->reach.travel, options->reach.hopeless,
                           options->clearance,    options->tilt};
  uint64_t hash = pol_hash_chain(0, options->name, strlen(options->name));
  for (int head = 0; head < options->heads; head++) {
    hash = pol__hash_head(hash, options, head);
    for (int i = 0; i < options->n[head]; i++) {
      hash = pol__hash_number(hash, options->option[head][i].weight);
      hash = pol__hash_number(hash, options->option[head][i].across);
      hash = pol__hash_number(hash, options->option[head][i].late);
    }
  }
  for (int i = 0; i < options->n[POL_HEAD_SHAPE] * SIM_ROLES * 3; i++) {
    hash = pol__hash_number(hash, options->place[i / 9][i / 3 % 3][i % 3]);
  }
  for (size_t i = 0; i < sizeof number / sizeof number[0]; i++) {
    hash = pol__hash_number(hash, number[i]);
  }
  return hash;
}

SimStatus pol__volley_parse(PolOptions *options, const char *path, const char *text, size_t size,
                            SimError *err) {
  void *yaml;
  PolTablePlace place = {.path = path, .volley = true, .err = err};
  SimStatus status = sim_config_parse(&yaml, path, text, size, &TABLE, err);
  if (status == SIM_OK) {
    status = read_table(options, yaml, &place);
    sim_config_free(yaml, &TABLE);
    options->hash = hash_volley(options);
  }
  return status;
}
