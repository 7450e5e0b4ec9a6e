// The schema, and what the numbers must be to each other; hcsp/run/knobs.h reads the layers.
#include "hcsp/stages/coself/config.h"

#include <string.h>

#include "hcsp/run/knobs.h"

enum { OVERRIDES_MAX = 64 };

// The mirror of a file.
typedef struct CoselfFile {
#define FILE_KNOB(name, low, high, whole) double *name;
  HCSP_COSELF_KNOBS(FILE_KNOB)
#undef FILE_KNOB
#define FILE_WORD(name, longest) char *name;
  HCSP_COSELF_WORDS(FILE_WORD)
#undef FILE_WORD
  HcspScoring *scoring;
} CoselfFile;

static const cyaml_strval_t SCORINGS[] = {{"normal", HCSP_SCORING_NORMAL},
                                          {"strict", HCSP_SCORING_STRICT}};

static const cyaml_schema_field_t FILE_FIELDS[] = {
#define KNOB_FIELD(name, low, high, whole)                                                         \
  CYAML_FIELD_FLOAT_PTR(#name, CYAML_FLAG_OPTIONAL, CoselfFile, name),
    HCSP_COSELF_KNOBS(KNOB_FIELD)
#undef KNOB_FIELD
#define WORD_FIELD(name, longest)                                                                  \
  CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, CoselfFile, name, 0,     \
                         longest),
        HCSP_COSELF_WORDS(WORD_FIELD)
#undef WORD_FIELD
            CYAML_FIELD_ENUM_PTR("scoring", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, CoselfFile,
                                 scoring, SCORINGS, 2),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t COSELF_FILE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, CoselfFile, FILE_FIELDS)};

static const HcspKnob KNOBS[] = {
#define KNOB_ROW(name, low, high, whole)                                                           \
  {#name, low, high, whole, offsetof(HcspCoselfConfig, name), offsetof(CoselfFile, name)},
    HCSP_COSELF_KNOBS(KNOB_ROW)
#undef KNOB_ROW
};

static const HcspWord WORDS[] = {
#define WORD_ROW(name, longest)                                                                    \
  {#name, offsetof(HcspCoselfConfig, name), (longest) + 1, offsetof(CoselfFile, name)},
    HCSP_COSELF_WORDS(WORD_ROW)
#undef WORD_ROW
};

static const HcspChoice CHOICES[] = {
    {"scoring", SCORINGS, offsetof(HcspCoselfConfig, scoring), offsetof(CoselfFile, scoring)}};

static const HcspKnobSet SET = {.folder = "configs/coself",
                                .schema = &COSELF_FILE,
                                .knob = KNOBS,
                                .word = WORDS,
                                .choice = CHOICES,
                                .knobs = sizeof KNOBS / sizeof KNOBS[0],
                                .words = sizeof WORDS / sizeof WORDS[0],
                                .choices = sizeof CHOICES / sizeof CHOICES[0],
                                .plain = true};

// what the numbers must be to each other
static SimStatus check_whole(const HcspCoselfConfig *c, SimError *err) {
  if (c->log_std_min > c->log_std_max) {
    return sim_error(err, SIM_USAGE, "log_std_min %g above log_std_max %g; wanted at most that",
                     c->log_std_min, c->log_std_max);
  }
  if (c->self_share + c->rule_share > 1) {
    return sim_error(err, SIM_USAGE, "self_share %g and rule_share %g; wanted a sum of at most 1",
                     c->self_share, c->rule_share);
  }
  if (c->batch < c->matches) {
    return sim_error(err, SIM_USAGE, "batch %.0f with %.0f matches; wanted at least as many",
                     c->batch, c->matches);
  }
  return SIM_OK;
}

SimStatus hcsp_coself_config_load(HcspCoselfConfig *config, const char *preset, const char *file,
                                  const char *const *overrides, int n, SimError *err) {
  const SimStatus status =
      hcsp_knobs_load(config, sizeof *config, &SET, preset, file, overrides, n, err);
  return status == SIM_OK ? check_whole(config, err) : status;
}

SimStatus hcsp_coself_strategy_config(HcspStrategyConfig *config, const HcspCoselfConfig *c,
                                      bool smoke, SimError *err) {
  char words[sizeof c->strategy], more[sizeof c->strategy_smoke];
  const char *override[OVERRIDES_MAX];
  memcpy(words, c->strategy, sizeof words);
  memcpy(more, c->strategy_smoke, sizeof more);
  int n = hcsp_split_words(override, OVERRIDES_MAX, words);
  n += smoke ? hcsp_split_words(override + n, OVERRIDES_MAX - n, more) : 0;
  return hcsp_strategy_config_load(config, NULL, NULL, override, n, err);
}

char *hcsp_coself_config_text(const HcspCoselfConfig *config) {
  return hcsp_knobs_text(&SET, config, "resolved configuration of co-self-play");
}
