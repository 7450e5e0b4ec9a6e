// Layers of one schema, as for skills (hcsp/tasks/config.c): every key is optional in a file, each
// file lays its keys over those before it, an override is a file of one line. Which algorithm is
// wanted is known only when all have been read, so they are read twice.
#include "hcsp/stages/strategy_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/config.h"
#include "sim/base/file.h"

// The mirror of a file.
typedef struct StrategyFile {
#define FILE_KNOB(name, low, high, whole) double *name;
  HCSP_STRATEGY_KNOBS(FILE_KNOB)
#undef FILE_KNOB
#define FILE_WORD(name, longest) char *name;
  HCSP_STRATEGY_WORDS(FILE_WORD)
#undef FILE_WORD
  HcspAlgorithm *algorithm;
  HcspStrategyNet *net;
} StrategyFile;

static const cyaml_strval_t ALGORITHMS[] = {{"league", HCSP_LEAGUE},
                                            {"naive", HCSP_NAIVE},
                                            {"fsp", HCSP_FSP},
                                            {"delta_uniform", HCSP_DELTA_UNIFORM},
                                            {"nash", HCSP_NASH}};
static const cyaml_strval_t NETS[] = {{"small", HCSP_STRATEGY_SMALL},
                                      {"medium", HCSP_STRATEGY_MEDIUM},
                                      {"paper", HCSP_STRATEGY_PAPER}};

static const cyaml_schema_field_t FILE_FIELDS[] = {
#define KNOB_FIELD(name, low, high, whole)                                                         \
  CYAML_FIELD_FLOAT_PTR(#name, CYAML_FLAG_OPTIONAL, StrategyFile, name),
    HCSP_STRATEGY_KNOBS(KNOB_FIELD)
#undef KNOB_FIELD
#define WORD_FIELD(name, longest)                                                                  \
  CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, StrategyFile, name, 0,   \
                         longest),
        HCSP_STRATEGY_WORDS(WORD_FIELD)
#undef WORD_FIELD
            CYAML_FIELD_ENUM_PTR("algorithm", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, StrategyFile,
                                 algorithm, ALGORITHMS, HCSP_ALGORITHMS),
    CYAML_FIELD_ENUM_PTR("net", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, StrategyFile, net, NETS,
                         3),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t STRATEGY_FILE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, StrategyFile, FILE_FIELDS)};

typedef struct Knob {
  const char *name;
  double low, high;
  bool whole;
  size_t value, overlay;  // offsets
} Knob;

static const Knob KNOBS[] = {
#define KNOB_ROW(name, low, high, whole)                                                           \
  {#name, low, high, whole, offsetof(HcspStrategyConfig, name), offsetof(StrategyFile, name)},
    HCSP_STRATEGY_KNOBS(KNOB_ROW)
#undef KNOB_ROW
};
enum { N_KNOBS = sizeof KNOBS / sizeof KNOBS[0] };

typedef struct Word {
  const char *name;
  size_t value, size, overlay;
} Word;

static const Word WORDS[] = {
#define WORD_ROW(name, longest)                                                                    \
  {#name, offsetof(HcspStrategyConfig, name), (longest) + 1, offsetof(StrategyFile, name)},
    HCSP_STRATEGY_WORDS(WORD_ROW)
#undef WORD_ROW
};
enum { N_WORDS = sizeof WORDS / sizeof WORDS[0] };

typedef struct Loading {
  HcspStrategyConfig *config;
  bool set[N_KNOBS];
  SimError *err;
} Loading;

const char *hcsp_algorithm_name(HcspAlgorithm algorithm) {
  return ALGORITHMS[algorithm].str;
}

// ---- loading

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

// lays a file over what is there, and frees it
static SimStatus lay(Loading *l, StrategyFile *file, const char *where) {
  SimStatus status = SIM_OK;
  for (int k = 0; status == SIM_OK && k < N_KNOBS; k++) {
    const double *value = *(double *const *)((const char *)file + KNOBS[k].overlay);
    if (value) {
      status = check_knob(&KNOBS[k], *value, where, l->err);
      *(double *)((char *)l->config + KNOBS[k].value) = *value;
      l->set[k] = true;
    }
  }
  for (int k = 0; k < N_WORDS; k++) {
    const char *value = *(char *const *)((const char *)file + WORDS[k].overlay);
    if (value) {
      snprintf((char *)l->config + WORDS[k].value, WORDS[k].size, "%s", value);
    }
  }
  l->config->algorithm = file->algorithm ? *file->algorithm : l->config->algorithm;
  l->config->net = file->net ? *file->net : l->config->net;
  sim_config_free(file, &STRATEGY_FILE);
  return status;
}

static SimStatus lay_file(Loading *l, const char *path) {
  void *file;
  const SimStatus status = sim_config_load(&file, path, &STRATEGY_FILE, l->err);
  return status == SIM_OK ? lay(l, file, path) : status;
}

static SimStatus lay_shipped(Loading *l, const char *name) {
  char path[SIM_PATH_MAX], file[64];
  snprintf(file, sizeof file, "configs/strategy/%s.yaml", name);
  const SimStatus status = sim_path_join(path, sim_home(), file, l->err);
  return status == SIM_OK ? lay_file(l, path) : status;
}

static SimStatus lay_override(Loading *l, const char *text) {
  const char *equals = strchr(text, '=');
  char line[2048];
  if (!equals || equals == text || strlen(text) > sizeof line - 8) {
    return sim_error(l->err, SIM_USAGE, "'%.80s'; wanted key=value", text);
  }
  snprintf(line, sizeof line, "%.*s: %s\n", (int)(equals - text), text, equals + 1);
  void *file;
  SimStatus status = sim_config_parse(&file, text, line, strlen(line), &STRATEGY_FILE, l->err);
  if (status == SIM_OK) {
    status = lay(l, file, text);
  }
  if (status == SIM_BAD_INPUT && l->err) {
    l->err->status = SIM_USAGE;
  }
  return status == SIM_BAD_INPUT ? SIM_USAGE : status;
}

static SimStatus load(Loading *l, const char *algorithm, const char *file,
                      const char *const *overrides, int n) {
  *l->config = (HcspStrategyConfig){0};
  SimStatus status = lay_shipped(l, "default");
  if (status == SIM_OK && algorithm) {
    status = lay_shipped(l, algorithm);
  }
  if (status == SIM_OK && file) {
    status = lay_file(l, file);
  }
  for (int i = 0; status == SIM_OK && i < n; i++) {
    status = lay_override(l, overrides[i]);
  }
  return status;
}

// what the numbers must be to each other
static SimStatus check_whole(const Loading *l) {
  const HcspStrategyConfig *c = l->config;
  for (int k = 0; k < N_KNOBS; k++) {
    if (!l->set[k]) {
      return sim_error(l->err, SIM_BAD_INPUT, "configs/strategy/default.yaml: key '%s' is not set",
                       KNOBS[k].name);
    }
  }
  // with fewer, the decisions that end first are the short ones, and teams learn to stall
  if (c->batch < 16 * c->matches) {
    return sim_error(l->err, SIM_USAGE,
                     "batch %.0f with %.0f matches; wanted at least 8 decisions for each team of a "
                     "match, that is %.0f",
                     c->batch, c->matches, 16 * c->matches);
  }
  if (c->minibatch > c->batch) {
    return sim_error(l->err, SIM_USAGE, "minibatch %.0f; wanted at most the batch, %.0f",
                     c->minibatch, c->batch);
  }
  if (!(c->self_share + c->snapshot_share + c->exploiter_share + c->rule_share > 0)) {
    return sim_error(l->err, SIM_USAGE, "all shares of opponents are 0; wanted one above");
  }
  return SIM_OK;
}

SimStatus hcsp_strategy_config_load(HcspStrategyConfig *config, const char *file,
                                    const char *const *overrides, int n, SimError *err) {
  Loading l = {.config = config, .err = err};
  SimStatus status = load(&l, NULL, file, overrides, n);
  if (status == SIM_OK) {
    status = load(&l, hcsp_algorithm_name(config->algorithm), file, overrides, n);
  }
  return status == SIM_OK ? check_whole(&l) : status;
}

// ---- writing

char *hcsp_strategy_config_text(const HcspStrategyConfig *config) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) {
    return NULL;
  }
  fprintf(out, "# resolved configuration of a strategy\nalgorithm: %s\nnet: %s\n",
          ALGORITHMS[config->algorithm].str, NETS[config->net].str);
  for (int k = 0; k < N_WORDS; k++) {
    fprintf(out, "%s: \"%s\"\n", WORDS[k].name, (const char *)config + WORDS[k].value);
  }
  for (int k = 0; k < N_KNOBS; k++) {
    fprintf(out, "%s: %.10g\n", KNOBS[k].name,
            *(const double *)((const char *)config + KNOBS[k].value));
  }
  fclose(out);
  return text;
}
