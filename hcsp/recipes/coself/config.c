// The schema, and what the numbers must be to each other; hcsp/config/keys.h reads the layers.
#include "hcsp/recipes/coself/config.h"

#include <string.h>

#include "hcsp/config/keys.h"

enum { OVERRIDES_MAX = 64 };

// The mirror of a file.
typedef struct CoselfFile {
#define FILE_KNOB(name, low, high, whole) double *name;
  COSELF_KNOBS(FILE_KNOB)
#undef FILE_KNOB
#define FILE_WORD(name, longest) char *name;
  COSELF_WORDS(FILE_WORD)
#undef FILE_WORD
  CoselfScoring *scoring;
} CoselfFile;

static const cyaml_strval_t SCORINGS[] = {{"normal", COSELF_SCORING_NORMAL},
                                          {"strict", COSELF_SCORING_STRICT}};

static const cyaml_schema_field_t FILE_FIELDS[] = {
#define KNOB_FIELD(name, low, high, whole)                                                         \
  CYAML_FIELD_FLOAT_PTR(#name, CYAML_FLAG_OPTIONAL, CoselfFile, name),
    COSELF_KNOBS(KNOB_FIELD)
#undef KNOB_FIELD
#define WORD_FIELD(name, longest)                                                                  \
  CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, CoselfFile, name, 0,     \
                         longest),
        COSELF_WORDS(WORD_FIELD)
#undef WORD_FIELD
            CYAML_FIELD_ENUM_PTR("scoring", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, CoselfFile,
                                 scoring, SCORINGS, 2),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t COSELF_FILE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, CoselfFile, FILE_FIELDS)};

static const ConfigNumber KNOBS[] = {
#define KNOB_ROW(name, low, high, whole)                                                           \
  {#name, low, high, whole, offsetof(CoselfConfig, name), offsetof(CoselfFile, name)},
    COSELF_KNOBS(KNOB_ROW)
#undef KNOB_ROW
};

static const ConfigString WORDS[] = {
#define WORD_ROW(name, longest)                                                                    \
  {#name, offsetof(CoselfConfig, name), (longest) + 1, offsetof(CoselfFile, name)},
    COSELF_WORDS(WORD_ROW)
#undef WORD_ROW
};

static const ConfigEnum CHOICES[] = {
    {"scoring", SCORINGS, offsetof(CoselfConfig, scoring), offsetof(CoselfFile, scoring)}};

static const ConfigKeys SET = {.folder = "configs/coself",
                               .schema = &COSELF_FILE,
                               .knob = KNOBS,
                               .word = WORDS,
                               .choice = CHOICES,
                               .knobs = sizeof KNOBS / sizeof KNOBS[0],
                               .words = sizeof WORDS / sizeof WORDS[0],
                               .choices = sizeof CHOICES / sizeof CHOICES[0],
                               .plain = true};

// what the numbers must be to each other
static SimStatus check_whole(const CoselfConfig *c, SimError *err) {
  if (c->log_std_min > c->log_std_max) {
    return sim_error(err, SIM_USAGE, "log_std_min %g above log_std_max %g; wanted at most that",
                     c->log_std_min, c->log_std_max);
  }
  if (c->self_share + c->rule_share > 1) {
    return sim_error(err, SIM_USAGE, "self_share %g and rule_share %g; wanted a sum of at most 1",
                     c->self_share, c->rule_share);
  }
  if (c->batch_size < c->num_envs) {
    return sim_error(err, SIM_USAGE, "batch_size %.0f with num_envs %.0f; wanted at least as many",
                     c->batch_size, c->num_envs);
  }
  return SIM_OK;
}

SimStatus coself_config_load(CoselfConfig *config, const char *preset, const char *file,
                             const char *const *overrides, int n, SimError *err) {
  const SimStatus status =
      config_keys_load(config, sizeof *config, &SET, preset, file, overrides, n, err);
  return status == SIM_OK ? check_whole(config, err) : status;
}

SimStatus coself_strategy_config(StrategyConfig *config, const CoselfConfig *c, bool smoke,
                                 SimError *err) {
  char words[sizeof c->strategy], more[sizeof c->strategy_smoke];
  const char *override[OVERRIDES_MAX];
  memcpy(words, c->strategy, sizeof words);
  memcpy(more, c->strategy_smoke, sizeof more);
  int n = config_split(override, OVERRIDES_MAX, words);
  n += smoke ? config_split(override + n, OVERRIDES_MAX - n, more) : 0;
  return strategy_config_load(config, NULL, NULL, override, n, err);
}

char *coself_config_text(const CoselfConfig *config) {
  return config_keys_text(&SET, config, "resolved configuration of co-self-play");
}
