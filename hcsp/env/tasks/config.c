// Three layers of one schema: every key is optional in a file, each file lays its keys over those
// before it, and at the end every number of the learner and of the skill's task must be there. The
// schema is made of the tables of keys of all tasks, because defaults stand in one file. An
// override of the command line is a file of one line, so that it is checked and refused in the same
// words.
#include "hcsp/env/tasks/config.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/config.h"
#include "sim/base/file.h"
#include "sim/base/nearest.h"
#include "sim/base/text.h"

enum { NUMBERS_MAX = 128, SLOTS_LONGEST = 159 };

static const cyaml_strval_t ENGINES[] = {{"mujoco", SIM_PHYSICS_MUJOCO},
                                         {"flight", SIM_PHYSICS_FLIGHT}};
_Static_assert(sizeof ENGINES / sizeof ENGINES[0] == SIM_PHYSICS_KINDS, "a word an engine");

static const cyaml_strval_t ACTIONS[] = {{"rotor", SIM_ACTION_ROTOR}, {"ctbr", SIM_ACTION_CTBR}};
_Static_assert(sizeof ACTIONS / sizeof ACTIONS[0] == SIM_ACTION_KINDS, "a word a kind of action");

static const cyaml_schema_value_t NUMBER = {CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double)};
static const cyaml_schema_value_t BOX = {
    CYAML_VALUE_SEQUENCE_FIXED(CYAML_FLAG_DEFAULT, double, &NUMBER, 6)};

#define POINT_FIELD(key)                                                                           \
  CYAML_FIELD_SEQUENCE_FIXED(#key, CYAML_FLAG_DEFAULT, TaskStart, key, &NUMBER, 3),
#define PAIR_FIELD(key)                                                                            \
  CYAML_FIELD_SEQUENCE_FIXED(#key, CYAML_FLAG_DEFAULT, TaskStart, key, &NUMBER, 2),
#define NUMBER_FIELD(key) CYAML_FIELD_FLOAT(#key, CYAML_FLAG_OPTIONAL, TaskStart, key),
#define MAYBE_FIELD(key, n)                                                                        \
  CYAML_FIELD_SEQUENCE(#key, CYAML_FLAG_OPTIONAL, TaskStart, key, &NUMBER, n, n),
#define BOXES_FIELD(key, n)                                                                        \
  CYAML_FIELD_SEQUENCE(#key, CYAML_FLAG_OPTIONAL, TaskStart, key, &BOX, 1, n),
static const cyaml_schema_field_t START_FIELDS[] = {
    CYAML_FIELD_STRING("name", CYAML_FLAG_DEFAULT, TaskStart, name, 1),
    CYAML_FIELD_FLOAT("weight", CYAML_FLAG_DEFAULT, TaskStart, weight),
    TASK_START_KEYS(POINT_FIELD, PAIR_FIELD, NUMBER_FIELD, MAYBE_FIELD, BOXES_FIELD)
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t START = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, TaskStart, START_FIELDS)};

// ---- the table: what every task has, and the keys of all tasks

// the learner's, at their places in TaskConfig
typedef TaskConfig ConfigOf;
static const ConfigKey LEARNER[] = {TASK_LEARNER_KEYS(CONFIG_NUMBER_ROW, CONFIG_WHOLE_ROW)
                                        CONFIG_PPO_ROWS CONFIG_PPO_CONTINUOUS_ROWS};
enum { N_LEARNER = sizeof LEARNER / sizeof LEARNER[0] };

// What the layers say, before the tasks' structures are filled with it.
typedef struct Values {
  TaskConfig *config;
  double number[NUMBERS_MAX];  // in the order of the table
  int task;                    // from 1 on; 0: none is named
  int net, physics, action;
  char world[SIM_WORLD_NAME_MAX], slots[SLOTS_LONGEST + 1];
} Values;

// What a configuration is made of while it is being made.
typedef struct Loading {
  TaskConfig *config;
  const TaskKind *kind[TASK_KINDS_MAX];
  cyaml_strval_t task[TASK_KINDS_MAX];
  int kinds, numbers;
  ConfigKey key[CONFIG_KEYS_MAX];  // the numbers first, of them the learner's
  ConfigTable table;
  Values values;
  ConfigLoading *layers;
  SimError *err;
} Loading;

static int find_number(const Loading *l, const char *name) {
  for (int i = 0; i < l->numbers; i++) {
    if (strcmp(l->key[i].name, name) == 0) {
      return i;
    }
  }
  return -1;
}

static void add_numbers(Loading *l, const ConfigKey *key, int n) {
  for (int i = 0; i < n; i++) {
    if (find_number(l, key[i].name) < 0) {
      assert(l->numbers < NUMBERS_MAX);
      l->key[l->numbers] = key[i];
      l->key[l->numbers].section = "";  // files of skills have none
      l->key[l->numbers].offset =
          offsetof(Values, number) + (size_t)l->numbers * sizeof l->values.number[0];
      l->numbers++;
    }
  }
}

static const char *const SKILLS[TASK_SKILLS] = {"hover",  "serve",   "set",
                                                "attack", "receive", "pass"};

const char *task_skill_name(int i) {
  assert(i >= 0 && i < TASK_SKILLS);
  return SKILLS[i];
}

static SimStatus refuse_start(SimError *err, const char *where, int i, const char *key,
                              const char *saw, const char *wanted) {
  char place[64];
  snprintf(place, sizeof place, "starts[%d].%s", i, key);
  return sim_config_refuse(err, where, place, saw, wanted);
}

static bool ordered(const double *low, const double *high, int n) {
  for (int k = 0; k < n; k++) {
    if (!(low[k] <= high[k])) {
      return false;
    }
  }
  return true;
}

static SimStatus check_boxes(const double (*box)[6], int n, int i, const char *key,
                             const char *where, SimError *err) {
  for (int m = 0; m < n; m++) {
    if (!ordered(box[m], box[m] + 3, 3)) {
      return refuse_start(err, where, i, key, "a low bound above the high one",
                          "[x y z low, x y z high]");
    }
  }
  return SIM_OK;
}

// a range that is there and within bounds
static bool within(const double *range, int n, double low, double high) {
  return n == 2 && range[0] >= low && range[0] <= range[1] && range[1] <= high;
}

// the drones around
static SimStatus check_others(const TaskStart *s, int i, const char *where, SimError *err) {
  if (s->mates_to_count > 0 && (s->mates_to_count != s->mates_count ||
                                !within(s->mates_time, s->mates_time_count, 0.01, 100))) {
    return refuse_start(err, where, i, "mates_to", "a box too many or few, or no time",
                        "a box for each of mates, and mates_time, s");
  }
  if (s->brakes_count > 0 && (!within(s->brake_tilt, s->brake_tilt_count, 0, 80) ||
                              !within(s->brake_from, s->brake_from_count, 0, 100) ||
                              !within(s->brake_time, s->brake_time_count, 0.01, 100))) {
    return refuse_start(err, where, i, "brakes", "a range missing or out of bounds",
                        "brake_tilt up to 80 degrees, brake_from and brake_time, s");
  }
  if (!(s->dig_height >= 0 && s->dig_height <= 1)) {
    return refuse_start(err, where, i, "dig_height", "no share", "a number from 0 to 1");
  }
  return SIM_OK;
}

static SimStatus check_start(const TaskStart *s, int i, const char *where, SimError *err) {
  if (!(s->weight > 0)) {
    return refuse_start(err, where, i, "weight", "none", "a number above 0");
  }
  if (!ordered(s->drone_low, s->drone_high, 3) || !ordered(s->ball_low, s->ball_high, 3) ||
      !ordered(s->goal_low, s->goal_high, 3) || !ordered(s->strike_z, s->strike_z + 1, 1)) {
    return refuse_start(err, where, i, "name", s->name, "every low bound at most the high one");
  }
  if (s->through_low_count != s->through_high_count ||
      (s->through_low_count > 0 && !ordered(s->through_low, s->through_high, 3))) {
    return refuse_start(err, where, i, "through_low", "one without the other, or in no order",
                        "through_low and through_high, low at most high");
  }
  if (s->through_low_count > 0 && s->ball_apex_count == s->ball_flight_count) {
    return refuse_start(err, where, i, "through_low", "both or none", "ball_apex or ball_flight");
  }
  if (s->goal_apex_count == s->goal_flight_count) {
    return refuse_start(err, where, i, "goal_low", "both or none", "goal_apex or goal_flight");
  }
  const double *const ranges[] = {s->ball_apex, s->ball_flight, s->goal_apex, s->goal_flight};
  const int there[] = {s->ball_apex_count, s->ball_flight_count, s->goal_apex_count,
                       s->goal_flight_count};
  for (int r = 0; r < 4; r++) {
    if (there[r] && !(ranges[r][0] > 0 && ranges[r][0] <= ranges[r][1])) {
      return refuse_start(err, where, i, "name", s->name, "ranges of numbers above 0, low first");
    }
  }
  SIM_TRY(check_boxes(s->mates, s->mates_count, i, "mates", where, err));
  SIM_TRY(check_boxes(s->mates_to, s->mates_to_count, i, "mates_to", where, err));
  SIM_TRY(check_boxes(s->brakes, s->brakes_count, i, "brakes", where, err));
  return check_others(s, i, where, err);
}

static SimStatus take_starts(void *values, const void *list, int n, const char *where,
                             SimError *err) {
  TaskConfig *c = ((Values *)values)->config;
  const TaskStart *start = list;
  assert(n <= TASK_STARTS_MAX);
  for (int i = 0; i < n; i++) {
    SIM_TRY(check_start(&start[i], i, where, err));
  }
  memcpy(c->start, start, (size_t)n * sizeof *start);
  c->starts = n;
  return SIM_OK;
}

static void make_table(Loading *l) {
  l->kinds = task_kinds(l->kind);
  add_numbers(l, LEARNER, N_LEARNER);
  for (int i = 0; i < l->kinds; i++) {
    l->task[i] = (cyaml_strval_t){.str = l->kind[i]->name, .val = i + 1};
    add_numbers(l, l->kind[i]->key, l->kind[i]->keys);
  }
#define ENUM(field, words, n)                                                                      \
  { CONFIG_ENUM, "", #field, 0, 0, words, n, "", "", offsetof(Values, field) }
#define TEXT(field, longest)                                                                       \
  { CONFIG_TEXT, "", #field, 0, longest, NULL, 0, "", "", offsetof(Values, field) }
  const ConfigKey others[] = {ENUM(task, l->task, l->kinds),
                              ENUM(net, CONFIG_NET_WORDS, CONFIG_NETS),
                              ENUM(physics, ENGINES, SIM_PHYSICS_KINDS),
                              ENUM(action, ACTIONS, SIM_ACTION_KINDS),
                              TEXT(world, SIM_WORLD_NAME_MAX - 1),
                              TEXT(slots, SLOTS_LONGEST)};
  memcpy(l->key + l->numbers, others, sizeof others);
  l->table = (ConfigTable){.folder = "configs/skills",
                           .key = l->key,
                           .n = l->numbers + (int)(sizeof others / sizeof others[0]),
                           .list = "starts",
                           .entry = &START,
                           .list_max = TASK_STARTS_MAX,
                           .take = take_starts};
  assert(l->table.n <= CONFIG_KEYS_MAX);
}

// copies the numbers that layers have set to where a table of keys has them; every one must be
// there
static SimStatus take_numbers(void *to, const Loading *l, const ConfigKey *key, int n,
                              const char *skill) {
  for (int i = 0; i < n; i++) {
    const int at = find_number(l, key[i].name);
    assert(at >= 0);
    if (!config_given(l->layers, at)) {
      return sim_error(l->err, SIM_BAD_INPUT, "configs/skills: key '%s' is not set for %s",
                       key[i].name, skill);
    }
    *(double *)((char *)to + key[i].offset) = l->values.number[at];
  }
  return SIM_OK;
}

// what ends in _min is at most what ends in _max
static SimStatus check_order(const Loading *l, const char *skill) {
  for (int i = 0; i < l->numbers; i++) {
    char name[64];
    const int n = snprintf(name, sizeof name, "%s", l->key[i].name);
    if (n > 4 && strcmp(name + n - 4, "_min") == 0) {
      memcpy(name + n - 4, "_max", 4);
      const int most = find_number(l, name);
      if (most >= 0 && config_given(l->layers, i) && config_given(l->layers, most) &&
          l->values.number[i] > l->values.number[most]) {
        return sim_error(l->err, SIM_BAD_INPUT,
                         "configuration of %s: %s is above %s; wanted at most it", skill,
                         l->key[i].name, name);
      }
    }
  }
  return SIM_OK;
}

static SimStatus finish(const Loading *l, const char *skill) {
  TaskConfig *c = l->config;
  const Values *v = &l->values;
  if (v->task == 0) {
    return sim_error(l->err, SIM_BAD_INPUT, "configs/skills/%s.yaml: key 'task' is not set", skill);
  }
  assert(v->task <= l->kinds && v->net < CONFIG_NETS && v->physics < SIM_PHYSICS_KINDS);
  c->kind = l->kind[v->task - 1];
  c->net = (ConfigNet)v->net;
  c->physics = (SimPhysics)v->physics;
  c->action = (SimActionKind)v->action;
  snprintf(c->world, sizeof c->world, "%s", v->world);
  snprintf(c->slots, sizeof c->slots, "%s", v->slots);
  if (c->kind->starts && c->starts == 0) {
    return sim_error(l->err, SIM_BAD_INPUT, "configs/skills/%s.yaml: no starts; wanted a list",
                     skill);
  }
  c->own = sim_new(1, c->kind->size);
  SIM_TRY(take_numbers(c, l, LEARNER, N_LEARNER, skill));
  SIM_TRY(take_numbers(c->own, l, c->kind->key, c->kind->keys, skill));
  return check_order(l, skill);
}

static SimStatus load(Loading *l, const char *skill, const char *file, const char *const *overrides,
                      int n) {
  SIM_TRY(config_lay_shipped(l->layers, "default"));
  SIM_TRY(config_lay_shipped(l->layers, skill));
  SIM_TRY(file ? config_lay_file(l->layers, file) : SIM_OK);
  for (int i = 0; i < n; i++) {
    SIM_TRY(config_lay_override(l->layers, overrides[i]));
  }
  return finish(l, skill);
}

bool task_skill_known(const char *skill) {
  char path[SIM_PATH_MAX], file[96];
  const size_t n = strspn(skill, "abcdefghijklmnopqrstuvwxyz0123456789_");
  if (n == 0 || n > 31 || skill[n] != '\0' || strcmp(skill, "default") == 0) {
    return false;
  }
  snprintf(file, sizeof file, "configs/skills/%s.yaml", skill);
  return sim_path_join(path, sim_home(), file, NULL) == SIM_OK && access(path, F_OK) == 0;
}

static SimStatus refuse_skill(const char *skill, SimError *err) {
  const char *near = sim_nearest(skill, SKILLS, TASK_SKILLS);
  return sim_error(err, SIM_USAGE,
                   "skill '%s'%s%s%s; wanted hover, serve, set, attack, receive, pass or another "
                   "file of configs/skills",
                   skill, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

TaskConfig *task_skill_config_load(const char *skill, const char *file,
                                   const char *const *overrides, int n, SimError *err) {
  if (!task_skill_known(skill)) {
    refuse_skill(skill, err);
    return NULL;
  }
  TaskConfig *config = sim_new(1, sizeof *config);
  Loading *l = sim_new(1, sizeof *l);
  snprintf(config->name, sizeof config->name, "%s", skill);
  l->config = l->values.config = config;
  l->err = err;
  make_table(l);
  l->layers = config_open(&l->values, &l->table, err);
  const SimStatus status = load(l, skill, file, overrides, n);
  config_close(l->layers);
  free(l);
  if (status != SIM_OK) {
    task_skill_config_destroy(config);
    return NULL;
  }
  return config;
}

void task_skill_config_destroy(TaskConfig *config) {
  if (config) {
    free(config->own);
    free(config);
  }
}

static double number_at(const void *base, const ConfigKey *key) {
  return *(const double *)((const char *)base + key->offset);
}

double task_config_value(const TaskConfig *config, const char *name) {
  for (int i = 0; i < N_LEARNER; i++) {
    if (strcmp(LEARNER[i].name, name) == 0) {
      return number_at(config, &LEARNER[i]);
    }
  }
  for (int i = 0; i < config->kind->keys; i++) {
    if (strcmp(config->kind->key[i].name, name) == 0) {
      return number_at(config->own, &config->kind->key[i]);
    }
  }
  return (double)NAN;
}

// ---- writing

static void write_list(FILE *out, const char *key, const double *x, int n) {
  if (n == 0) {
    return;
  }
  fprintf(out, "    %s: [", key);
  for (int i = 0; i < n; i++) {
    fprintf(out, "%s%.10g", i ? ", " : "", x[i]);
  }
  fprintf(out, "]\n");
}

static void write_boxes(FILE *out, const char *key, const double (*box)[6], int n) {
  for (int m = 0; m < n; m++) {
    fprintf(out, "%s%s%s      - [%.10g, %.10g, %.10g, %.10g, %.10g, %.10g]\n", m ? "" : "    ",
            m ? "" : key, m ? "" : ":\n", box[m][0], box[m][1], box[m][2], box[m][3], box[m][4],
            box[m][5]);
  }
}

static void write_start(FILE *out, const TaskStart *s) {
#define WRITE_POINT(key) write_list(out, #key, s->key, 3);
#define WRITE_PAIR(key) write_list(out, #key, s->key, 2);
#define WRITE_NUMBER(key) fprintf(out, "    " #key ": %.10g\n", s->key);
#define WRITE_MAYBE(key, n) write_list(out, #key, s->key, s->key##_count);
#define WRITE_BOXES(key, n) write_boxes(out, #key, s->key, s->key##_count);
  fprintf(out, "  - name: %s\n    weight: %.10g\n", s->name, s->weight);
  TASK_START_KEYS(WRITE_POINT, WRITE_PAIR, WRITE_NUMBER, WRITE_MAYBE, WRITE_BOXES)
}

char *task_skill_config_text(const TaskConfig *config) {
  SimText text;
  FILE *out = sim_text_open(&text);
  fprintf(out,
          "# resolved configuration of the skill %s\ntask: %s\nnet: %s\nphysics: %s\n"
          "world: \"%s\"\naction: %s\n",
          config->name, config->kind->name, CONFIG_NET_WORDS[config->net].str,
          sim_physics_name(config->physics), config->world, sim_action_name(config->action));
  if (config->slots[0]) {
    fprintf(out, "slots: %s\n", config->slots);
  }
  for (int i = 0; i < N_LEARNER; i++) {
    fprintf(out, "%s: %.10g\n", LEARNER[i].name, number_at(config, &LEARNER[i]));
  }
  for (int i = 0; i < config->kind->keys; i++) {
    const ConfigKey *key = &config->kind->key[i];
    fprintf(out, "%s: %.10g\n", key->name, number_at(config->own, key));
  }
  for (int i = 0; i < config->starts; i++) {
    fprintf(out, "%s", i ? "" : "starts:\n");
    write_start(out, &config->start[i]);
  }
  return sim_text_close(&text);
}

void task_skill_config_help(FILE *out, const TaskConfig *config) {
  fprintf(out, "Keys of the skill %s: KEY=VALUE on the command line.\n", config->name);
  config_help_keys(out, LEARNER, N_LEARNER, false, config);
  fprintf(out, "Those of its task, %s:\n", config->kind->name);
  config_help_keys(out, config->kind->key, config->kind->keys, false, config->own);
}
