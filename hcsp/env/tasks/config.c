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

enum { NUMBERS_MAX = 192, OTHERS = 8 };

// The mirror of a file.
typedef struct TaskSkillFile {
  ConfigNet *net;
  SimPhysics *physics;
  int *task;
  char *world;
  SimActionKind *action;
  char *slots;
  TaskStart *starts;
  uint32_t starts_count;
  double *number[NUMBERS_MAX];  // in the order of the schema's
} TaskSkillFile;

static const cyaml_strval_t ENGINES[] = {{"mujoco", SIM_PHYSICS_MUJOCO},
                                         {"flight", SIM_PHYSICS_FLIGHT}};

static const cyaml_schema_value_t NUMBER = {CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double)};
_Static_assert(sizeof ENGINES / sizeof ENGINES[0] == SIM_PHYSICS_KINDS, "a word an engine");

static const cyaml_strval_t ACTIONS[] = {{"rotor", SIM_ACTION_ROTOR}, {"ctbr", SIM_ACTION_CTBR}};
_Static_assert(sizeof ACTIONS / sizeof ACTIONS[0] == SIM_ACTION_KINDS, "a word a kind of action");
static const cyaml_schema_value_t BOX = {
    CYAML_VALUE_SEQUENCE_FIXED(CYAML_FLAG_DEFAULT, double, &NUMBER, 6)};

#define POINT_FIELD(key)                                                                           \
  CYAML_FIELD_SEQUENCE_FIXED(#key, CYAML_FLAG_DEFAULT, TaskStart, key, &NUMBER, 3),
#define PAIR_FIELD(key)                                                                            \
  CYAML_FIELD_SEQUENCE_FIXED(#key, CYAML_FLAG_DEFAULT, TaskStart, key, &NUMBER, 2),
#define NUMBER_FIELD(key) CYAML_FIELD_FLOAT(#key, CYAML_FLAG_OPTIONAL, TaskStart, key),
#define MAYBE_FIELD(key, n)                                                                        \
  CYAML_FIELD_SEQUENCE(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, TaskStart, key, &NUMBER, n, \
                       n),
#define BOXES_FIELD(key, n)                                                                        \
  CYAML_FIELD_SEQUENCE(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, TaskStart, key, &BOX, 1, n),
static const cyaml_schema_field_t START_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, TaskStart, name, 1, 31),
    CYAML_FIELD_FLOAT("weight", CYAML_FLAG_DEFAULT, TaskStart, weight),
    TASK_START_KEYS(POINT_FIELD, PAIR_FIELD, NUMBER_FIELD, MAYBE_FIELD, BOXES_FIELD)
        CYAML_FIELD_END,
};
static const cyaml_schema_value_t START = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, TaskStart, START_FIELDS)};

// ---- the schema: what every task has, and the keys of all tasks

// the learner's, at their places in TaskConfig
typedef TaskConfig ConfigOf;
static const ConfigKey LEARNER[] = {TASK_LEARNER_KEYS(CONFIG_NUMBER_ROW, CONFIG_WHOLE_ROW)
                                        CONFIG_PPO_ROWS CONFIG_PPO_CONTINUOUS_ROWS};
enum { N_LEARNER = sizeof LEARNER / sizeof LEARNER[0] };

typedef struct TaskSchema {
  const TaskKind *kind[TASK_KINDS_MAX];
  int kinds, numbers;
  const ConfigKey *number[NUMBERS_MAX];  // the learner's first
  cyaml_strval_t task[TASK_KINDS_MAX];
  cyaml_schema_field_t field[NUMBERS_MAX + OTHERS];
  cyaml_schema_value_t value;
} TaskSchema;

static int find_number(const TaskSchema *s, const char *name) {
  for (int i = 0; i < s->numbers; i++) {
    if (strcmp(s->number[i]->name, name) == 0) {
      return i;
    }
  }
  return -1;
}

static void add_numbers(TaskSchema *s, const ConfigKey *key, int n) {
  for (int i = 0; i < n; i++) {
    if (find_number(s, key[i].name) < 0) {
      assert(s->numbers < NUMBERS_MAX);
      s->number[s->numbers++] = &key[i];
    }
  }
}

static int number_fields(cyaml_schema_field_t *field, const TaskSchema *s) {
  for (int i = 0; i < s->numbers; i++) {
    field[i] = (cyaml_schema_field_t)CYAML_FIELD_FLOAT_PTR("", CYAML_FLAG_OPTIONAL, TaskSkillFile,
                                                           number[0]);
    field[i].key = s->number[i]->name;
    field[i].data_offset =
        (uint32_t)(offsetof(TaskSkillFile, number) + (size_t)i * sizeof(double *));
  }
  return s->numbers;
}

static TaskSchema *make_schema(void) {
  TaskSchema *s = sim_new(1, sizeof *s);
  s->kinds = task_kinds(s->kind);
  add_numbers(s, LEARNER, N_LEARNER);
  for (int i = 0; i < s->kinds; i++) {
    s->task[i] = (cyaml_strval_t){.str = s->kind[i]->name, .val = i};
    add_numbers(s, s->kind[i]->key, s->kind[i]->keys);
  }
  const cyaml_schema_field_t others[OTHERS] = {
      CYAML_FIELD_ENUM_PTR("net", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, TaskSkillFile, net,
                           CONFIG_NET_WORDS, CONFIG_NETS),
      CYAML_FIELD_ENUM_PTR("physics", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, TaskSkillFile,
                           physics, ENGINES, SIM_PHYSICS_KINDS),
      CYAML_FIELD_ENUM_PTR("task", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, TaskSkillFile, task,
                           s->task, (uint32_t)s->kinds),
      CYAML_FIELD_ENUM_PTR("action", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, TaskSkillFile, action,
                           ACTIONS, SIM_ACTION_KINDS),
      CYAML_FIELD_STRING_PTR("world", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, TaskSkillFile,
                             world, 1, SIM_WORLD_NAME_MAX - 1),
      CYAML_FIELD_STRING_PTR("slots", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, TaskSkillFile,
                             slots, 1, 159),
      CYAML_FIELD_SEQUENCE("starts", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, TaskSkillFile,
                           starts, &START, 1, TASK_STARTS_MAX),
      CYAML_FIELD_END,
  };
  memcpy(s->field + number_fields(s->field, s), others, sizeof others);
  s->value =
      (cyaml_schema_value_t){CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, TaskSkillFile, s->field)};
  return s;
}

// ---- loading

// What a configuration is made of while it is being made.
typedef struct Loading {
  TaskConfig *config;
  const TaskSchema *schema;
  double value[NUMBERS_MAX];
  bool set[NUMBERS_MAX];
  SimError *err;
} Loading;

static const char *const SKILLS[TASK_SKILLS] = {"hover",  "serve",   "set",
                                                "attack", "receive", "pass"};

const char *task_skill_name(int i) {
  assert(i >= 0 && i < TASK_SKILLS);
  return SKILLS[i];
}

static SimStatus refuse_start(SimError *err, const char *where, uint32_t i, const char *key,
                              const char *saw, const char *wanted) {
  char place[64];
  snprintf(place, sizeof place, "starts[%u].%s", i, key);
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

static SimStatus check_boxes(double (*box)[6], uint32_t n, uint32_t i, const char *key,
                             const char *where, SimError *err) {
  for (uint32_t m = 0; m < n; m++) {
    if (!ordered(box[m], box[m] + 3, 3)) {
      return refuse_start(err, where, i, key, "a low bound above the high one",
                          "[x y z low, x y z high]");
    }
  }
  return SIM_OK;
}

// a range within bounds
static bool within(const double *range, double low, double high) {
  return range && range[0] >= low && range[0] <= range[1] && range[1] <= high;
}

// the drones around
static SimStatus check_others(const TaskStart *s, uint32_t i, const char *where, SimError *err) {
  if (s->mates_to && (s->mates_to_count != s->mates_count || !within(s->mates_time, 0.01, 100))) {
    return refuse_start(err, where, i, "mates_to", "a box too many or few, or no time",
                        "a box for each of mates, and mates_time, s");
  }
  if (s->brakes && (!within(s->brake_tilt, 0, 80) || !within(s->brake_from, 0, 100) ||
                    !within(s->brake_time, 0.01, 100))) {
    return refuse_start(err, where, i, "brakes", "a range missing or out of bounds",
                        "brake_tilt up to 80 degrees, brake_from and brake_time, s");
  }
  if (!(s->dig_height >= 0 && s->dig_height <= 1)) {
    return refuse_start(err, where, i, "dig_height", "no share", "a number from 0 to 1");
  }
  return SIM_OK;
}

static SimStatus check_start(const TaskStart *s, uint32_t i, const char *where, SimError *err) {
  if (!(s->weight > 0)) {
    return refuse_start(err, where, i, "weight", "none", "a number above 0");
  }
  if (!ordered(s->drone_low, s->drone_high, 3) || !ordered(s->ball_low, s->ball_high, 3) ||
      !ordered(s->goal_low, s->goal_high, 3) || !ordered(s->strike_z, s->strike_z + 1, 1)) {
    return refuse_start(err, where, i, "name", s->name, "every low bound at most the high one");
  }
  if (!s->through_low != !s->through_high ||
      (s->through_low && !ordered(s->through_low, s->through_high, 3))) {
    return refuse_start(err, where, i, "through_low", "one without the other, or in no order",
                        "through_low and through_high, low at most high");
  }
  if (s->through_low && !s->ball_apex == !s->ball_flight) {
    return refuse_start(err, where, i, "through_low", "both or none", "ball_apex or ball_flight");
  }
  if (!s->goal_apex == !s->goal_flight) {
    return refuse_start(err, where, i, "goal_low", "both or none", "goal_apex or goal_flight");
  }
  const double *const ranges[] = {s->ball_apex, s->ball_flight, s->goal_apex, s->goal_flight};
  for (int r = 0; r < 4; r++) {
    if (ranges[r] && !(ranges[r][0] > 0 && ranges[r][0] <= ranges[r][1])) {
      return refuse_start(err, where, i, "name", s->name, "ranges of numbers above 0, low first");
    }
  }
  SIM_TRY(check_boxes(s->mates, s->mates_count, i, "mates", where, err));
  SIM_TRY(check_boxes(s->mates_to, s->mates_to_count, i, "mates_to", where, err));
  SIM_TRY(check_boxes(s->brakes, s->brakes_count, i, "brakes", where, err));
  return check_others(s, i, where, err);
}

static SimStatus take_starts(Loading *l, TaskSkillFile *file, const char *where) {
  TaskConfig *c = l->config;
  for (uint32_t i = 0; i < file->starts_count; i++) {
    SIM_TRY(check_start(&file->starts[i], i, where, l->err));
  }
  sim_config_free(c->owner, &l->schema->value);
  c->owner = file;
  c->starts = (int)file->starts_count;
  memcpy(c->start, file->starts, file->starts_count * sizeof *file->starts);
  return SIM_OK;
}

// lays a file over what is there; keeps or frees it
static SimStatus lay(Loading *l, TaskSkillFile *file, const char *where) {
  SimStatus status = SIM_OK;
  for (int k = 0; status == SIM_OK && k < l->schema->numbers; k++) {
    if (file->number[k]) {
      status = config_check_number(l->schema->number[k], *file->number[k], where, true, l->err);
      l->value[k] = *file->number[k];
      l->set[k] = true;
    }
  }
  l->config->net = file->net ? *file->net : l->config->net;
  l->config->physics = file->physics ? *file->physics : l->config->physics;
  l->config->kind = file->task ? l->schema->kind[*file->task] : l->config->kind;
  l->config->action = file->action ? *file->action : l->config->action;
  if (file->world) {
    snprintf(l->config->world, sizeof l->config->world, "%s", file->world);
  }
  if (file->slots) {
    snprintf(l->config->slots, sizeof l->config->slots, "%s", file->slots);
  }
  if (status == SIM_OK && file->starts_count) {
    status = take_starts(l, file, where);
    if (status == SIM_OK) {
      return SIM_OK;
    }
  }
  sim_config_free(file, &l->schema->value);
  return status;
}

static SimStatus lay_file(Loading *l, const char *path) {
  void *file;
  SIM_TRY(sim_config_load(&file, path, &l->schema->value, l->err));
  return lay(l, file, path);
}

static SimStatus lay_shipped(Loading *l, const char *name) {
  char path[SIM_PATH_MAX];
  SIM_TRY(config_shipped_path(path, "configs/skills", name, l->err));
  return lay_file(l, path);
}

static SimStatus lay_override(Loading *l, const char *text) {
  void *file;
  SimStatus status = config_parse_override(&file, text, &l->schema->value, l->err);
  status = status ? status : lay(l, file, text);
  return config_override_status(status, l->err);
}

// copies the numbers that layers have set to where a table of keys has them; every one must be
// there
static SimStatus take_numbers(void *to, const Loading *l, const ConfigKey *key, int n,
                              const char *skill) {
  for (int i = 0; i < n; i++) {
    const int at = find_number(l->schema, key[i].name);
    assert(at >= 0);
    if (!l->set[at]) {
      return sim_error(l->err, SIM_BAD_INPUT, "configs/skills: key '%s' is not set for %s",
                       key[i].name, skill);
    }
    *(double *)((char *)to + key[i].offset) = l->value[at];
  }
  return SIM_OK;
}

// what ends in _min is at most what ends in _max
static SimStatus check_order(const Loading *l, const char *skill) {
  for (int i = 0; i < l->schema->numbers; i++) {
    char name[64];
    const int n = snprintf(name, sizeof name, "%s", l->schema->number[i]->name);
    if (n > 4 && strcmp(name + n - 4, "_min") == 0) {
      memcpy(name + n - 4, "_max", 4);
      const int most = find_number(l->schema, name);
      if (most >= 0 && l->set[i] && l->set[most] && l->value[i] > l->value[most]) {
        return sim_error(l->err, SIM_BAD_INPUT,
                         "configuration of %s: %s is above %s; wanted at most it", skill,
                         l->schema->number[i]->name, name);
      }
    }
  }
  return SIM_OK;
}

static SimStatus finish(const Loading *l, const char *skill) {
  TaskConfig *c = l->config;
  if (!c->kind) {
    return sim_error(l->err, SIM_BAD_INPUT, "configs/skills/%s.yaml: key 'task' is not set", skill);
  }
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
  SIM_TRY(lay_shipped(l, "default"));
  SIM_TRY(lay_shipped(l, skill));
  if (file) {
    SIM_TRY(lay_file(l, file));
  }
  for (int i = 0; i < n; i++) {
    SIM_TRY(lay_override(l, overrides[i]));
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
  TaskSchema *schema = make_schema();
  config->schema = schema;
  snprintf(config->name, sizeof config->name, "%s", skill);
  Loading l = {.config = config, .schema = schema, .err = err};
  if (load(&l, skill, file, overrides, n) != SIM_OK) {
    task_skill_config_destroy(config);
    return NULL;
  }
  return config;
}

void task_skill_config_destroy(TaskConfig *config) {
  if (config) {
    sim_config_free(config->owner, &config->schema->value);
    free(config->schema);
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
  if (!x) {
    return;
  }
  fprintf(out, "    %s: [", key);
  for (int i = 0; i < n; i++) {
    fprintf(out, "%s%.10g", i ? ", " : "", x[i]);
  }
  fprintf(out, "]\n");
}

static void write_boxes(FILE *out, const char *key, double (*box)[6], uint32_t n) {
  for (uint32_t m = 0; m < n; m++) {
    fprintf(out, "%s%s%s      - [%.10g, %.10g, %.10g, %.10g, %.10g, %.10g]\n", m ? "" : "    ",
            m ? "" : key, m ? "" : ":\n", box[m][0], box[m][1], box[m][2], box[m][3], box[m][4],
            box[m][5]);
  }
}

static void write_start(FILE *out, const TaskStart *s) {
#define WRITE_POINT(key) write_list(out, #key, s->key, 3);
#define WRITE_PAIR(key) write_list(out, #key, s->key, 2);
#define WRITE_NUMBER(key) fprintf(out, "    " #key ": %.10g\n", s->key);
#define WRITE_MAYBE(key, n) write_list(out, #key, s->key, n);
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
