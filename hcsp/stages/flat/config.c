// The schema, what the numbers must be to each other, and what follows from them.
#include "hcsp/stages/flat/config.h"

#include "hcsp/run/knobs.h"

// The mirror of a file.
typedef struct FlatFile {
#define FILE_KNOB(name, low, high, whole) double *name;
  HCSP_FLAT_KNOBS(FILE_KNOB)
#undef FILE_KNOB
#define FILE_WORD(name, longest) char *name;
  HCSP_FLAT_WORDS(FILE_WORD)
#undef FILE_WORD
  HcspFlatAlgorithm *algorithm;
  HcspFlatNet *net;
} FlatFile;

static const cyaml_strval_t ALGORITHMS[] = {{"sp", HCSP_FLAT_SP},
                                            {"fsp", HCSP_FLAT_FSP},
                                            {"psro_uniform", HCSP_FLAT_PSRO_UNIFORM},
                                            {"psro_nash", HCSP_FLAT_PSRO_NASH}};
static const cyaml_strval_t NETS[] = {
    {"small", HCSP_FLAT_SMALL}, {"medium", HCSP_FLAT_MEDIUM}, {"paper", HCSP_FLAT_PAPER}};

static const cyaml_schema_field_t FILE_FIELDS[] = {
#define KNOB_FIELD(name, low, high, whole)                                                         \
  CYAML_FIELD_FLOAT_PTR(#name, CYAML_FLAG_OPTIONAL, FlatFile, name),
    HCSP_FLAT_KNOBS(KNOB_FIELD)
#undef KNOB_FIELD
#define WORD_FIELD(name, longest)                                                                  \
  CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, FlatFile, name, 0,       \
                         longest),
        HCSP_FLAT_WORDS(WORD_FIELD)
#undef WORD_FIELD
            CYAML_FIELD_ENUM_PTR("algorithm", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, FlatFile,
                                 algorithm, ALGORITHMS, HCSP_FLAT_ALGORITHMS),
    CYAML_FIELD_ENUM_PTR("net", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, FlatFile, net, NETS, 3),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t FLAT_FILE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, FlatFile, FILE_FIELDS)};

static const HcspKnob KNOBS[] = {
#define KNOB_ROW(name, low, high, whole)                                                           \
  {#name, low, high, whole, offsetof(HcspFlatConfig, name), offsetof(FlatFile, name)},
    HCSP_FLAT_KNOBS(KNOB_ROW)
#undef KNOB_ROW
};

static const HcspWord WORDS[] = {
#define WORD_ROW(name, longest)                                                                    \
  {#name, offsetof(HcspFlatConfig, name), (longest) + 1, offsetof(FlatFile, name)},
    HCSP_FLAT_WORDS(WORD_ROW)
#undef WORD_ROW
};

static const HcspChoice CHOICES[] = {
    {"algorithm", ALGORITHMS, offsetof(HcspFlatConfig, algorithm), offsetof(FlatFile, algorithm)},
    {"net", NETS, offsetof(HcspFlatConfig, net), offsetof(FlatFile, net)}};

static const HcspKnobSet SET = {.folder = "configs/flat",
                                .schema = &FLAT_FILE,
                                .knob = KNOBS,
                                .word = WORDS,
                                .choice = CHOICES,
                                .knobs = sizeof KNOBS / sizeof KNOBS[0],
                                .words = sizeof WORDS / sizeof WORDS[0],
                                .choices = sizeof CHOICES / sizeof CHOICES[0]};

const char *hcsp_flat_algorithm_name(HcspFlatAlgorithm algorithm) {
  return ALGORITHMS[algorithm].str;
}

SimStatus hcsp_flat_config_load(HcspFlatConfig *config, const char *file,
                                const char *const *overrides, int n, SimError *err) {
  const SimStatus status =
      hcsp_knobs_load(config, sizeof *config, &SET, NULL, file, overrides, n, err);
  if (status == SIM_OK && config->near + config->fallen + config->flying > 1) {
    return sim_error(err, SIM_USAGE, "near %g, fallen %g and flying %g; wanted a sum of at most 1",
                     config->near, config->fallen, config->flying);
  }
  return status;
}

char *hcsp_flat_config_text(const HcspFlatConfig *config) {
  return hcsp_knobs_text(&SET, config, "resolved configuration of a flat policy");
}

HcspFlatPay hcsp_flat_config_pay(const HcspFlatConfig *c) {
  return (HcspFlatPay){.result = c->result_pay,
                       .hit = c->hit_pay,
                       .send = c->send_pay,
                       .ball = c->ball_pay,
                       .anchor = c->anchor_pay,
                       .ground = c->ground_cost,
                       .close = c->close_cost,
                       .clearance = c->clearance,
                       .scale = c->pay_scale};
}

PolArch hcsp_flat_config_arch(const HcspFlatConfig *c, int outputs) {
  PolArch arch = {.inputs = sim_obs_size(SIM_OBS_FLAT57),
                  .outputs = outputs,
                  .layers = 2,
                  .input_norm = POL_INPUT_FIXED,
                  .activation = POL_TANH};
  switch (c->net) {
  case HCSP_FLAT_SMALL:
    arch.hidden[0] = arch.hidden[1] = 64;
    break;
  case HCSP_FLAT_MEDIUM:
    arch.hidden[0] = arch.hidden[1] = 128;
    break;
  case HCSP_FLAT_PAPER:
    arch.layers = 3;
    arch.hidden[0] = 256;
    arch.hidden[1] = arch.hidden[2] = 128;
    arch.activation = POL_ELU;
    arch.hidden_norm = true;
    break;
  }
  return arch;
}
