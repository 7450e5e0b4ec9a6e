// The schema, and what the numbers must be to each other; hcsp/run/knobs.h reads the layers.
#include "hcsp/stages/strategy/config.h"

#include <stdio.h>

#include "hcsp/run/knobs.h"

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

static const HcspKnob KNOBS[] = {
#define KNOB_ROW(name, low, high, whole)                                                           \
  {#name, low, high, whole, offsetof(HcspStrategyConfig, name), offsetof(StrategyFile, name)},
    HCSP_STRATEGY_KNOBS(KNOB_ROW)
#undef KNOB_ROW
};

static const HcspWord WORDS[] = {
#define WORD_ROW(name, longest)                                                                    \
  {#name, offsetof(HcspStrategyConfig, name), (longest) + 1, offsetof(StrategyFile, name)},
    HCSP_STRATEGY_WORDS(WORD_ROW)
#undef WORD_ROW
};

static const HcspChoice CHOICES[] = {
    {"algorithm", ALGORITHMS, offsetof(HcspStrategyConfig, algorithm),
     offsetof(StrategyFile, algorithm)},
    {"net", NETS, offsetof(HcspStrategyConfig, net), offsetof(StrategyFile, net)}};

static const HcspKnobSet SET = {.folder = "configs/strategy",
                                .schema = &STRATEGY_FILE,
                                .knob = KNOBS,
                                .word = WORDS,
                                .choice = CHOICES,
                                .knobs = sizeof KNOBS / sizeof KNOBS[0],
                                .words = sizeof WORDS / sizeof WORDS[0],
                                .choices = sizeof CHOICES / sizeof CHOICES[0]};

const char *hcsp_algorithm_name(HcspAlgorithm algorithm) {
  return ALGORITHMS[algorithm].str;
}

// what the numbers must be to each other
static SimStatus check_whole(const HcspStrategyConfig *c, SimError *err) {
  // with fewer, the decisions that end first are the short ones, and teams learn to stall
  if (c->batch < 16 * c->matches) {
    return sim_error(err, SIM_USAGE,
                     "batch %.0f with %.0f matches; wanted at least 8 decisions for each team of a "
                     "match, that is %.0f",
                     c->batch, c->matches, 16 * c->matches);
  }
  if (c->minibatch > c->batch) {
    return sim_error(err, SIM_USAGE, "minibatch %.0f; wanted at most the batch, %.0f", c->minibatch,
                     c->batch);
  }
  if (!(c->self_share + c->snapshot_share + c->exploiter_share + c->rule_share > 0)) {
    return sim_error(err, SIM_USAGE, "all shares of opponents are 0; wanted one above");
  }
  return SIM_OK;
}

SimStatus hcsp_strategy_config_load(HcspStrategyConfig *config, const char *preset,
                                    const char *file, const char *const *overrides, int n,
                                    SimError *err) {
  const SimStatus status =
      hcsp_knobs_load(config, sizeof *config, &SET, preset, file, overrides, n, err);
  return status == SIM_OK ? check_whole(config, err) : status;
}

SimStatus hcsp_strategy_config_response(HcspStrategyConfig *response,
                                        const HcspStrategyConfig *config, SimError *err) {
  *response = *config;
  SimStatus status = hcsp_knobs_lay(response, &SET, config->response, err);
  status = status == SIM_OK ? check_whole(response, err) : status;
  return status == SIM_OK ? status : sim_error_prefix(err, "response");
}

char *hcsp_strategy_config_text(const HcspStrategyConfig *config) {
  return hcsp_knobs_text(&SET, config, "resolved configuration of a strategy");
}
