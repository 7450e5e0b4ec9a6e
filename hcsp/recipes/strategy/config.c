// The schema, and what the numbers must be to each other; hcsp/config/keys.h reads the layers.
#include "hcsp/recipes/strategy/config.h"

#include <stdio.h>

#include "hcsp/config/keys.h"

// The mirror of a file.
typedef struct StrategyFile {
#define FILE_KNOB(name, low, high, whole) double *name;
  STRATEGY_KNOBS(FILE_KNOB)
#undef FILE_KNOB
#define FILE_WORD(name, longest) char *name;
  STRATEGY_WORDS(FILE_WORD)
#undef FILE_WORD
  StrategyAlgorithm *algorithm;
  StrategyNet *net;
} StrategyFile;

static const cyaml_strval_t ALGORITHMS[] = {{"league", STRATEGY_LEAGUE},
                                            {"naive", STRATEGY_NAIVE},
                                            {"fsp", STRATEGY_FSP},
                                            {"delta_uniform", STRATEGY_DELTA_UNIFORM},
                                            {"nash", STRATEGY_NASH}};
static const cyaml_strval_t NETS[] = {
    {"small", STRATEGY_SMALL}, {"medium", STRATEGY_MEDIUM}, {"paper", STRATEGY_PAPER}};

static const cyaml_schema_field_t FILE_FIELDS[] = {
#define KNOB_FIELD(name, low, high, whole)                                                         \
  CYAML_FIELD_FLOAT_PTR(#name, CYAML_FLAG_OPTIONAL, StrategyFile, name),
    STRATEGY_KNOBS(KNOB_FIELD)
#undef KNOB_FIELD
#define WORD_FIELD(name, longest)                                                                  \
  CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, StrategyFile, name, 0,   \
                         longest),
        STRATEGY_WORDS(WORD_FIELD)
#undef WORD_FIELD
            CYAML_FIELD_ENUM_PTR("algorithm", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, StrategyFile,
                                 algorithm, ALGORITHMS, STRATEGY_ALGORITHMS),
    CYAML_FIELD_ENUM_PTR("net", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, StrategyFile, net, NETS,
                         3),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t STRATEGY_FILE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, StrategyFile, FILE_FIELDS)};

static const ConfigNumber KNOBS[] = {
#define KNOB_ROW(name, low, high, whole)                                                           \
  {#name, low, high, whole, offsetof(StrategyConfig, name), offsetof(StrategyFile, name)},
    STRATEGY_KNOBS(KNOB_ROW)
#undef KNOB_ROW
};

static const ConfigString WORDS[] = {
#define WORD_ROW(name, longest)                                                                    \
  {#name, offsetof(StrategyConfig, name), (longest) + 1, offsetof(StrategyFile, name)},
    STRATEGY_WORDS(WORD_ROW)
#undef WORD_ROW
};

static const ConfigEnum CHOICES[] = {
    {"algorithm", ALGORITHMS, offsetof(StrategyConfig, algorithm),
     offsetof(StrategyFile, algorithm)},
    {"net", NETS, offsetof(StrategyConfig, net), offsetof(StrategyFile, net)}};

static const ConfigKeys SET = {.folder = "configs/strategy",
                               .schema = &STRATEGY_FILE,
                               .knob = KNOBS,
                               .word = WORDS,
                               .choice = CHOICES,
                               .knobs = sizeof KNOBS / sizeof KNOBS[0],
                               .words = sizeof WORDS / sizeof WORDS[0],
                               .choices = sizeof CHOICES / sizeof CHOICES[0]};

const char *strategy_algorithm_name(StrategyAlgorithm algorithm) {
  return ALGORITHMS[algorithm].str;
}

// what the numbers must be to each other
static SimStatus check_whole(const StrategyConfig *c, SimError *err) {
  // with fewer, the decisions that end first are the short ones, and teams learn to stall
  if (c->batch_size < 16 * c->num_envs) {
    return sim_error(
        err, SIM_USAGE,
        "batch_size %.0f with num_envs %.0f; wanted at least 8 decisions for each team of a "
        "match, that is %.0f",
        c->batch_size, c->num_envs, 16 * c->num_envs);
  }
  if (c->minibatch_size > c->batch_size) {
    return sim_error(err, SIM_USAGE, "minibatch_size %.0f; wanted at most batch_size, %.0f",
                     c->minibatch_size, c->batch_size);
  }
  if (!(c->self_share + c->snapshot_share + c->exploiter_share + c->rule_share > 0)) {
    return sim_error(err, SIM_USAGE, "all shares of opponents are 0; wanted one above");
  }
  return SIM_OK;
}

SimStatus strategy_config_load(StrategyConfig *config, const char *preset, const char *file,
                               const char *const *overrides, int n, SimError *err) {
  const SimStatus status =
      config_keys_load(config, sizeof *config, &SET, preset, file, overrides, n, err);
  return status == SIM_OK ? check_whole(config, err) : status;
}

SimStatus strategy_config_response(StrategyConfig *response, const StrategyConfig *config,
                                   SimError *err) {
  *response = *config;
  SimStatus status = config_keys_lay(response, &SET, config->response, err);
  status = status == SIM_OK ? check_whole(response, err) : status;
  return status == SIM_OK ? status : sim_error_prefix(err, "response");
}

char *strategy_config_text(const StrategyConfig *config) {
  return config_keys_text(&SET, config, "resolved configuration of a strategy");
}
