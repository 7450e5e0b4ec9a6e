// Three layers of one schema: every key is optional in a file, each file lays its keys over those
// before it, and at the end every number must be there. An override of the command line is a file
// of one line, so that it is checked and refused in the same words.
#include "hcsp/env/tasks/config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/config.h"
#include "sim/base/file.h"
#include "sim/base/nearest.h"

// The mirror of a file.
typedef struct TaskSkillFile {
#define OVERLAY_FIELD(name, low, high, whole) double *name;
  TASK_KNOBS(OVERLAY_FIELD)
#undef OVERLAY_FIELD
  TaskNetSize *net;
  TaskKind *task;
  SimPhysics *physics;
  char *slots;
  TaskStart *starts;
  uint32_t starts_count;
} TaskSkillFile;

static const cyaml_strval_t NETS[] = {
    {"small", TASK_NET_SMALL}, {"medium", TASK_NET_MEDIUM}, {"paper", TASK_NET_PAPER}};
static const cyaml_strval_t TASKS[] = {{"hover", TASK_HOVER}, {"strike", TASK_STRIKE}};
static const cyaml_strval_t ENGINES[] = {{"mujoco", SIM_PHYSICS_MUJOCO},
                                         {"flight", SIM_PHYSICS_FLIGHT}};

static const cyaml_schema_value_t NUMBER = {CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double)};
static const cyaml_schema_value_t BOX = {
    CYAML_VALUE_SEQUENCE_FIXED(CYAML_FLAG_DEFAULT, double, &NUMBER, 6)};

#define POINT_FIELD(key)                                                                           \
  CYAML_FIELD_SEQUENCE_FIXED(#key, CYAML_FLAG_DEFAULT, TaskStart, key, &NUMBER, 3)
#define MAYBE_FIELD(key, n)                                                                        \
  CYAML_FIELD_SEQUENCE(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, TaskStart, key, &NUMBER, n, \
                       n)
static const cyaml_schema_field_t START_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, TaskStart, name, 1, 31),
    CYAML_FIELD_FLOAT("weight", CYAML_FLAG_DEFAULT, TaskStart, weight),
    POINT_FIELD(drone_low),
    POINT_FIELD(drone_high),
    CYAML_FIELD_FLOAT("speed", CYAML_FLAG_OPTIONAL, TaskStart, speed),
    CYAML_FIELD_FLOAT("tilt", CYAML_FLAG_OPTIONAL, TaskStart, tilt),
    CYAML_FIELD_FLOAT("spin", CYAML_FLAG_OPTIONAL, TaskStart, spin),
    POINT_FIELD(ball_low),
    POINT_FIELD(ball_high),
    MAYBE_FIELD(through_low, 3),
    MAYBE_FIELD(through_high, 3),
    MAYBE_FIELD(ball_apex, 2),
    MAYBE_FIELD(ball_flight, 2),
    POINT_FIELD(goal_low),
    POINT_FIELD(goal_high),
    MAYBE_FIELD(goal_apex, 2),
    MAYBE_FIELD(goal_flight, 2),
    CYAML_FIELD_SEQUENCE_FIXED("strike_z", CYAML_FLAG_DEFAULT, TaskStart, strike_z, &NUMBER, 2),
    POINT_FIELD(next),
    CYAML_FIELD_SEQUENCE("mates", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, TaskStart, mates, &BOX,
                         1, TASK_MATES_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t START = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, TaskStart, START_FIELDS)};

static const cyaml_schema_field_t FILE_FIELDS[] = {
#define KNOB_FIELD(name, low, high, whole)                                                         \
  CYAML_FIELD_FLOAT_PTR(#name, CYAML_FLAG_OPTIONAL, TaskSkillFile, name),
    TASK_KNOBS(KNOB_FIELD)
#undef KNOB_FIELD
        CYAML_FIELD_ENUM_PTR("net", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, TaskSkillFile, net,
                             NETS, 3),
    CYAML_FIELD_ENUM_PTR("task", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, TaskSkillFile, task,
                         TASKS, 2),
    CYAML_FIELD_ENUM_PTR("physics", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, TaskSkillFile, physics,
                         ENGINES, SIM_PHYSICS_KINDS),
    CYAML_FIELD_STRING_PTR("slots", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, TaskSkillFile, slots,
                           1, 159),
    CYAML_FIELD_SEQUENCE("starts", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, TaskSkillFile, starts,
                         &START, 1, TASK_STARTS_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t SKILL_FILE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, TaskSkillFile, FILE_FIELDS)};

// ---- knobs by number

typedef struct Knob {
  const char *name;
  double low, high;
  bool whole;
  size_t value, overlay;  // offsets
} Knob;

static const Knob KNOBS[] = {
#define KNOB_ROW(name, low, high, whole)                                                           \
  {#name, low, high, whole, offsetof(TaskConfig, name), offsetof(TaskSkillFile, name)},
    TASK_KNOBS(KNOB_ROW)
#undef KNOB_ROW
};
enum { N_KNOBS = sizeof KNOBS / sizeof KNOBS[0] };

static double *value_of(TaskConfig *config, const Knob *knob) {
  return (double *)((char *)config + knob->value);
}

static const double *overlay_of(const TaskSkillFile *file, const Knob *knob) {
  return *(double *const *)((const char *)file + knob->overlay);
}

// ---- loading

// What a configuration is made of while it is being made.
typedef struct Loading {
  TaskConfig *config;
  bool set[N_KNOBS];
  SimError *err;
} Loading;

static const char *const SKILLS[TASK_SKILLS] = {"hover",  "serve",   "set",
                                                "attack", "receive", "pass"};

const char *task_skill_name(int i) {
  return SKILLS[i];
}

static SimStatus check_knob(const Knob *knob, double value, const char *where, SimError *err) {
  if (value >= knob->low && value <= knob->high && (!knob->whole || value == floor(value))) {
    return SIM_OK;
  }
  char saw[32], wanted[96];
  snprintf(saw, sizeof saw, "%g", value);
  snprintf(wanted, sizeof wanted, "a %snumber from %g to %g", knob->whole ? "whole " : "",
           knob->low, knob->high);
  return sim_config_refuse(err, where, knob->name, saw, wanted);
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
  for (uint32_t m = 0; m < s->mates_count; m++) {
    if (!ordered(s->mates[m], s->mates[m] + 3, 3)) {
      return refuse_start(err, where, i, "mates", "a low bound above the high one",
                          "[x y z low, x y z high]");
    }
  }
  return SIM_OK;
}

static SimStatus take_starts(Loading *l, TaskSkillFile *file, const char *where) {
  TaskConfig *c = l->config;
  for (uint32_t i = 0; i < file->starts_count; i++) {
    const SimStatus status = check_start(&file->starts[i], i, where, l->err);
    if (status != SIM_OK) {
      return status;
    }
  }
  sim_config_free(c->owner, &SKILL_FILE);
  c->owner = file;
  c->starts = (int)file->starts_count;
  memcpy(c->start, file->starts, file->starts_count * sizeof *file->starts);
  return SIM_OK;
}

// lays a file over what is there; keeps or frees it
static SimStatus lay(Loading *l, TaskSkillFile *file, const char *where) {
  SimStatus status = SIM_OK;
  for (int k = 0; status == SIM_OK && k < N_KNOBS; k++) {
    const double *value = overlay_of(file, &KNOBS[k]);
    if (value) {
      status = check_knob(&KNOBS[k], *value, where, l->err);
      *value_of(l->config, &KNOBS[k]) = *value;
      l->set[k] = true;
    }
  }
  l->config->net = file->net ? *file->net : l->config->net;
  l->config->kind = file->task ? *file->task : l->config->kind;
  l->config->physics = file->physics ? *file->physics : l->config->physics;
  if (file->slots) {
    snprintf(l->config->slots, sizeof l->config->slots, "%s", file->slots);
  }
  if (status == SIM_OK && file->starts_count) {
    status = take_starts(l, file, where);
    if (status == SIM_OK) {
      return SIM_OK;
    }
  }
  sim_config_free(file, &SKILL_FILE);
  return status;
}

static SimStatus lay_file(Loading *l, const char *path) {
  void *file;
  const SimStatus status = sim_config_load(&file, path, &SKILL_FILE, l->err);
  return status == SIM_OK ? lay(l, file, path) : status;
}

static SimStatus lay_shipped(Loading *l, const char *name) {
  char path[SIM_PATH_MAX], file[64];
  snprintf(file, sizeof file, "configs/skills/%s.yaml", name);
  const SimStatus status = sim_path_join(path, sim_home(), file, l->err);
  return status == SIM_OK ? lay_file(l, path) : status;
}

static SimStatus lay_override(Loading *l, const char *text) {
  const char *equals = strchr(text, '=');
  char line[512];
  if (!equals || equals == text) {
    return sim_error(l->err, SIM_USAGE, "'%s'; wanted key=value", text);
  }
  snprintf(line, sizeof line, "%.*s: %s\n", (int)(equals - text), text, equals + 1);
  void *file;
  SimStatus status = sim_config_parse(&file, text, line, strlen(line), &SKILL_FILE, l->err);
  if (status == SIM_OK) {
    status = lay(l, file, text);
  }
  if (status == SIM_BAD_INPUT) {
    l->err->status = SIM_USAGE;
  }
  return status == SIM_BAD_INPUT ? SIM_USAGE : status;
}

static SimStatus check_whole(const Loading *l, const char *skill) {
  const TaskConfig *c = l->config;
  for (int k = 0; k < N_KNOBS; k++) {
    if (!l->set[k]) {
      return sim_error(l->err, SIM_BAD_INPUT, "configs/skills: key '%s' is not set for %s",
                       KNOBS[k].name, skill);
    }
  }
  if (c->kind == TASK_STRIKE && c->starts == 0) {
    return sim_error(l->err, SIM_BAD_INPUT, "configs/skills/%s.yaml: no starts; wanted a list",
                     skill);
  }
  if (c->learning_rate_min > c->learning_rate_max || c->log_std_min > c->log_std_max ||
      c->time_min > c->time_max) {
    return sim_error(l->err, SIM_BAD_INPUT,
                     "configuration of %s: a ..._min is above its ..._max; wanted at most it",
                     skill);
  }
  return SIM_OK;
}

static SimStatus load(Loading *l, const char *skill, const char *file, const char *const *overrides,
                      int n) {
  SimStatus status = lay_shipped(l, "default");
  if (status == SIM_OK) {
    status = lay_shipped(l, skill);
  }
  if (status == SIM_OK && file) {
    status = lay_file(l, file);
  }
  for (int i = 0; status == SIM_OK && i < n; i++) {
    status = lay_override(l, overrides[i]);
  }
  return status == SIM_OK ? check_whole(l, skill) : status;
}

TaskConfig *task_skill_config_load(const char *skill, const char *file,
                                   const char *const *overrides, int n, SimError *err) {
  bool known = false;
  for (int i = 0; i < TASK_SKILLS; i++) {
    known = known || strcmp(SKILLS[i], skill) == 0;
  }
  if (!known) {
    const char *near = sim_nearest(skill, SKILLS, TASK_SKILLS);
    sim_error(err, SIM_USAGE, "skill '%s'%s%s%s; wanted hover, serve, set, attack, receive or pass",
              skill, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
    return NULL;
  }
  TaskConfig *config = calloc(1, sizeof *config);
  if (!config) {
    sim_error(err, SIM_FAIL, "no memory for a configuration");
    return NULL;
  }
  snprintf(config->name, sizeof config->name, "%s", skill);
  Loading l = {.config = config, .err = err};
  if (load(&l, skill, file, overrides, n) != SIM_OK) {
    task_skill_config_destroy(config);
    return NULL;
  }
  return config;
}

void task_skill_config_destroy(TaskConfig *config) {
  if (config) {
    sim_config_free(config->owner, &SKILL_FILE);
    free(config);
  }
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

static void write_start(FILE *out, const TaskStart *s) {
  fprintf(out, "  - name: %s\n    weight: %.10g\n", s->name, s->weight);
  write_list(out, "drone_low", s->drone_low, 3);
  write_list(out, "drone_high", s->drone_high, 3);
  fprintf(out, "    speed: %.10g\n    tilt: %.10g\n    spin: %.10g\n", s->speed, s->tilt, s->spin);
  write_list(out, "ball_low", s->ball_low, 3);
  write_list(out, "ball_high", s->ball_high, 3);
  write_list(out, "through_low", s->through_low, 3);
  write_list(out, "through_high", s->through_high, 3);
  write_list(out, "ball_apex", s->ball_apex, 2);
  write_list(out, "ball_flight", s->ball_flight, 2);
  write_list(out, "goal_low", s->goal_low, 3);
  write_list(out, "goal_high", s->goal_high, 3);
  write_list(out, "goal_apex", s->goal_apex, 2);
  write_list(out, "goal_flight", s->goal_flight, 2);
  write_list(out, "strike_z", s->strike_z, 2);
  write_list(out, "next", s->next, 3);
  for (uint32_t m = 0; m < s->mates_count; m++) {
    fprintf(out, "%s", m ? "" : "    mates:\n");
    fprintf(out, "      - [%.10g, %.10g, %.10g, %.10g, %.10g, %.10g]\n", s->mates[m][0],
            s->mates[m][1], s->mates[m][2], s->mates[m][3], s->mates[m][4], s->mates[m][5]);
  }
}

char *task_skill_config_text(const TaskConfig *config) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) {
    return NULL;
  }
  fprintf(out, "# resolved configuration of the skill %s\ntask: %s\nnet: %s\nphysics: %s\n",
          config->name, TASKS[config->kind].str, NETS[config->net].str,
          sim_physics_name(config->physics));
  if (config->slots[0]) {
    fprintf(out, "slots: %s\n", config->slots);
  }
  for (int k = 0; k < N_KNOBS; k++) {
    fprintf(out, "%s: %.10g\n", KNOBS[k].name,
            *(const double *)((const char *)config + KNOBS[k].value));
  }
  for (int i = 0; i < config->starts; i++) {
    fprintf(out, "%s", i ? "" : "starts:\n");
    write_start(out, &config->start[i]);
  }
  fclose(out);
  return text;
}
