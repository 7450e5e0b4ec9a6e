// The schema, what the numbers must be to each other, and what follows from them.
#include "hcsp/recipes/flat/config.h"

#include "hcsp/config/keys.h"

// The mirror of a file.
typedef struct FlatFile {
#define FILE_KNOB(name, low, high, whole) double *name;
  FLAT_KNOBS(FILE_KNOB)
#undef FILE_KNOB
#define FILE_WORD(name, longest) char *name;
  FLAT_WORDS(FILE_WORD)
#undef FILE_WORD
  FlatAlgorithm *algorithm;
  FlatNet *net;
} FlatFile;

static const cyaml_strval_t ALGORITHMS[] = {{"sp", FLAT_SP},
                                            {"fsp", FLAT_FSP},
                                            {"psro_uniform", FLAT_PSRO_UNIFORM},
                                            {"psro_nash", FLAT_PSRO_NASH}};
static const cyaml_strval_t NETS[] = {
    {"small", FLAT_SMALL}, {"medium", FLAT_MEDIUM}, {"paper", FLAT_PAPER}};

static const cyaml_schema_field_t FILE_FIELDS[] = {
#define KNOB_FIELD(name, low, high, whole)                                                         \
  CYAML_FIELD_FLOAT_PTR(#name, CYAML_FLAG_OPTIONAL, FlatFile, name),
    FLAT_KNOBS(KNOB_FIELD)
#undef KNOB_FIELD
#define WORD_FIELD(name, longest)                                                                  \
  CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, FlatFile, name, 0,       \
                         longest),
        FLAT_WORDS(WORD_FIELD)
#undef WORD_FIELD
            CYAML_FIELD_ENUM_PTR("algorithm", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, FlatFile,
                                 algorithm, ALGORITHMS, FLAT_ALGORITHMS),
    CYAML_FIELD_ENUM_PTR("net", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, FlatFile, net, NETS, 3),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t FLAT_FILE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, FlatFile, FILE_FIELDS)};

static const ConfigNumber KNOBS[] = {
#define KNOB_ROW(name, low, high, whole)                                                           \
  {#name, low, high, whole, offsetof(FlatConfig, name), offsetof(FlatFile, name)},
    FLAT_KNOBS(KNOB_ROW)
#undef KNOB_ROW
};

static const ConfigString WORDS[] = {
#define WORD_ROW(name, longest)                                                                    \
  {#name, offsetof(FlatConfig, name), (longest) + 1, offsetof(FlatFile, name)},
    FLAT_WORDS(WORD_ROW)
#undef WORD_ROW
};

static const ConfigEnum CHOICES[] = {
    {"algorithm", ALGORITHMS, offsetof(FlatConfig, algorithm), offsetof(FlatFile, algorithm)},
    {"net", NETS, offsetof(FlatConfig, net), offsetof(FlatFile, net)}};

static const ConfigKeys SET = {.folder = "configs/flat",
                               .schema = &FLAT_FILE,
                               .knob = KNOBS,
                               .word = WORDS,
                               .choice = CHOICES,
                               .knobs = sizeof KNOBS / sizeof KNOBS[0],
                               .words = sizeof WORDS / sizeof WORDS[0],
                               .choices = sizeof CHOICES / sizeof CHOICES[0]};

const char *flat_algorithm_name(FlatAlgorithm algorithm) {
  return ALGORITHMS[algorithm].str;
}

SimStatus flat_config_load(FlatConfig *config, const char *file, const char *const *overrides,
                           int n, SimError *err) {
  const SimStatus status =
      config_keys_load(config, sizeof *config, &SET, NULL, file, overrides, n, err);
  if (status == SIM_OK && config->near + config->fallen + config->flying > 1) {
    return sim_error(err, SIM_USAGE, "near %g, fallen %g and flying %g; wanted a sum of at most 1",
                     config->near, config->fallen, config->flying);
  }
  return status;
}

char *flat_config_text(const FlatConfig *config) {
  return config_keys_text(&SET, config, "resolved configuration of a flat policy");
}

TaskFlatPay flat_config_pay(const FlatConfig *c) {
  return (TaskFlatPay){.result = c->result_reward,
                       .hit = c->hit_reward,
                       .send = c->send_reward,
                       .ball = c->ball_reward,
                       .anchor = c->anchor_reward,
                       .ground = c->ground_cost,
                       .close = c->close_cost,
                       .clearance = c->clearance,
                       .scale = c->reward_scale};
}

PolArch flat_config_arch(const FlatConfig *c, int outputs) {
  PolArch arch = {.inputs = sim_obs_size(SIM_OBS_FLAT57),
                  .outputs = outputs,
                  .layers = 2,
                  .input_norm = POL_INPUT_FIXED,
                  .activation = POL_TANH};
  switch (c->net) {
  case FLAT_SMALL:
    arch.hidden[0] = arch.hidden[1] = 64;
    break;
  case FLAT_MEDIUM:
    arch.hidden[0] = arch.hidden[1] = 128;
    break;
  case FLAT_PAPER:
    arch.layers = 3;
    arch.hidden[0] = 256;
    arch.hidden[1] = arch.hidden[2] = 128;
    arch.activation = POL_ELU;
    arch.hidden_norm = true;
    break;
  }
  return arch;
}
