// One file with three mappings of one schema and the measured costs. Words for the trainings are
// split once, here, and tried on their configurations at once: a wrong one must not wait for its
// stage to come.
#include "hcsp/pipeline/settings.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/config/keys.h"
#include "hcsp/config/strategy.h"
#include "hcsp/learn/strike_reward.h"
#include "hcsp/recipes/coself/config.h"
#include "sim/base/config.h"
#include "sim/base/file.h"
#include "sim/base/nearest.h"

// ---- the mirror of the file

typedef struct CostYaml {
  double trained[PIPELINE_TRAINEDS], episode, point;
} CostYaml;

typedef struct PresetYaml {
#define MIRROR_FIELD(name, high) uint32_t name;
  PIPELINE_KNOBS(MIRROR_FIELD)
#undef MIRROR_FIELD
  char **words[PIPELINE_TRAINEDS];
  uint32_t words_count[PIPELINE_TRAINEDS];
  CostYaml cost;
} PresetYaml;

typedef struct PipelineYaml {
  PresetYaml preset[3];
} PipelineYaml;

static const cyaml_schema_field_t COST_FIELDS[] = {
    CYAML_FIELD_FLOAT("skills", CYAML_FLAG_DEFAULT, CostYaml, trained[0]),
    CYAML_FIELD_FLOAT("strategy", CYAML_FLAG_DEFAULT, CostYaml, trained[1]),
    CYAML_FIELD_FLOAT("coself", CYAML_FLAG_DEFAULT, CostYaml, trained[2]),
    CYAML_FIELD_FLOAT("episode", CYAML_FLAG_DEFAULT, CostYaml, episode),
    CYAML_FIELD_FLOAT("point", CYAML_FLAG_DEFAULT, CostYaml, point),
    CYAML_FIELD_END};

static const cyaml_schema_value_t WORD = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, PIPELINE_WORD_MAX - 1)};
#define WORDS_FIELD(key, trained)                                                                  \
  CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER, PresetYaml, words[trained],                  \
                             words_count[trained], &WORD, 0, PIPELINE_WORDS_MAX)

static const cyaml_schema_field_t PRESET_FIELDS[] = {
#define MIRROR_ROW(name, high) CYAML_FIELD_UINT(#name, CYAML_FLAG_DEFAULT, PresetYaml, name),
    PIPELINE_KNOBS(MIRROR_ROW)
#undef MIRROR_ROW
        WORDS_FIELD("skills", PIPELINE_TRAINED_SKILLS),
    WORDS_FIELD("strategy", PIPELINE_TRAINED_STRATEGY),
    WORDS_FIELD("coself", PIPELINE_TRAINED_COSELF),
    CYAML_FIELD_MAPPING("cost", CYAML_FLAG_DEFAULT, PresetYaml, cost, COST_FIELDS),
    CYAML_FIELD_END};

static const cyaml_schema_field_t FILE_FIELDS[] = {
    CYAML_FIELD_MAPPING("smoke", CYAML_FLAG_DEFAULT, PipelineYaml, preset[0], PRESET_FIELDS),
    CYAML_FIELD_MAPPING("quick", CYAML_FLAG_DEFAULT, PipelineYaml, preset[1], PRESET_FIELDS),
    CYAML_FIELD_MAPPING("full", CYAML_FLAG_DEFAULT, PipelineYaml, preset[2], PRESET_FIELDS),
    CYAML_FIELD_END};

static const cyaml_schema_value_t PIPELINE_FILE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, PipelineYaml, FILE_FIELDS)};

// ---- numbers

typedef struct Knob {
  const char *name;
  int high;
  size_t offset;
} Knob;

static const Knob KNOBS[] = {
#define KNOB_ROW(name, high) {#name, high, offsetof(PipelineSettings, name)},
    PIPELINE_KNOBS(KNOB_ROW)
#undef KNOB_ROW
};
enum { N_KNOBS = sizeof KNOBS / sizeof KNOBS[0] };

static const char *const TRAINED[PIPELINE_TRAINEDS] = {"skills", "strategy", "coself"};

const char *pipeline_trained_name(PipelineTrained trained) {
  assert(trained < PIPELINE_TRAINEDS);
  return TRAINED[trained];
}

static int *value_of(PipelineSettings *s, const Knob *knob) {
  return (int *)((char *)s + knob->offset);
}

// what the numbers must be, wherever they are from
static SimStatus check_numbers(const PipelineSettings *s, SimStatus status, SimError *err) {
  for (int k = 0; k < N_KNOBS; k++) {
    const int value = *(const int *)((const char *)s + KNOBS[k].offset);
    if (value < 1 || value > KNOBS[k].high) {
      return sim_error(err, status, "%s=%d; wanted a whole number from 1 to %d", KNOBS[k].name,
                       value, KNOBS[k].high);
    }
  }
  if (s->points % 4 != 0) {
    return sim_error(err, status,
                     "points=%d; wanted a multiple of 4, as many for each side and server",
                     s->points);
  }
  return SIM_OK;
}

// ---- words

static SimStatus add_word(PipelineWords *words, const char *text, SimError *err) {
  if (words->n == PIPELINE_WORDS_MAX || strlen(text) >= PIPELINE_WORD_MAX) {
    return sim_error(err, SIM_USAGE, "'%.40s': one word too many, or too long; wanted at most %d",
                     text, PIPELINE_WORDS_MAX);
  }
  snprintf(words->text[words->n++], PIPELINE_WORD_MAX, "%s", text);
  return SIM_OK;
}

static SimStatus unknown(const char *word, size_t length, SimError *err) {
  const char *names[N_KNOBS];
  char key[64];
  for (int k = 0; k < N_KNOBS; k++) {
    names[k] = KNOBS[k].name;
  }
  snprintf(key, sizeof key, "%.*s", (int)length, word);
  const char *near = sim_nearest(key, names, N_KNOBS);
  return sim_error(err, SIM_USAGE,
                   "'%.60s': unknown key%s%s%s; wanted episodes, points, rallies or "
                   "match, or skills.KEY, strategy.KEY, coself.KEY",
                   word, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static SimStatus take_word(PipelineSettings *s, const char *word, SimError *err) {
  const char *equals = strchr(word, '='), *dot = strchr(word, '.');
  if (!equals || equals == word) {
    return sim_error(err, SIM_USAGE, "'%.60s'; wanted key=value", word);
  }
  for (int t = 0; dot && dot < equals && t < PIPELINE_TRAINEDS; t++) {
    if (strlen(TRAINED[t]) == (size_t)(dot - word) &&
        strncmp(word, TRAINED[t], (size_t)(dot - word)) == 0) {
      return add_word(&s->words[t], dot + 1, err);
    }
  }
  for (int k = 0; k < N_KNOBS; k++) {
    if (strlen(KNOBS[k].name) == (size_t)(equals - word) &&
        strncmp(word, KNOBS[k].name, (size_t)(equals - word)) == 0) {
      char *end;
      const long value = strtol(equals + 1, &end, 10);
      const bool whole = end != equals + 1 && *end == '\0' && value >= 0 && value <= 100000000;
      *value_of(s, &KNOBS[k]) = whole ? (int)value : 0;
      return whole ? SIM_OK : sim_error(err, SIM_USAGE, "'%.60s'; wanted a whole number", word);
    }
  }
  return unknown(word, (size_t)(equals - word), err);
}

// ---- budgets

// Of what follows a training of strategies: candidates for the team (an average is the only one),
// each met by best responses (from nothing, from what is there) and by rule strategies.
enum { CANDIDATES = 2, RULES = 50 };
// In a best response only one side's decisions are learnt from.
#define RESPONSE_COST 2.0

// The table of all stages, for trainings whose team is not there yet.
static const char TABLE[] = "options=volley";

// the table, and then the words
static int list_words(const char *list[PIPELINE_WORDS_MAX + 1], const PipelineWords *words) {
  assert(words->n <= PIPELINE_WORDS_MAX);
  list[0] = TABLE;
  for (int i = 0; i < words->n; i++) {
    list[1 + i] = words->text[i];
  }
  return 1 + words->n;
}

// all stages are of that table
static SimStatus check_table(const PipelineSettings *s, SimError *err) {
  for (int t = 0; t < PIPELINE_TRAINEDS; t++) {
    for (int i = 0; i < s->words[t].n; i++) {
      const char *word = s->words[t].text[i];
      if (strncmp(word, TABLE, strcspn(TABLE, "=") + 1) == 0 && strcmp(word, TABLE) != 0) {
        return sim_error(err, SIM_USAGE, "%s.%.60s; wanted %s, the table of all stages", TRAINED[t],
                         word, TABLE);
      }
    }
  }
  return SIM_OK;
}

static SimStatus budget_skills(PipelineSettings *s, SimError *err) {
  const char *list[PIPELINE_WORDS_MAX + 1];
  const int n = list_words(list, &s->words[PIPELINE_TRAINED_SKILLS]);
  const SkillsTraining training = {.preset = s->preset, .overrides = list, .n_overrides = n};
  return skills_decisions(&s->work[PIPELINE_TRAINED_SKILLS], &training, err);
}

// decisions of a best response, which takes no less than one update
static double whole_batches(double decisions, double batch) {
  return decisions > 0 ? batch * ceil(decisions / batch) : 0;
}

// all decisions of a training of strategies, with what takes as long as decisions
static SimStatus strategy_work(double *work, const PipelineSettings *s, const StrategyConfig *c,
                               double budget, double cost, SimError *err) {
  StrategyConfig response;
  SIM_TRY(strategy_config_response(&response, c, err));
  const double exploiters = c->algorithm == STRATEGY_LEAGUE ? c->exploiters : 0;
  const double responses =
      c->probe_seeds * whole_batches(budget * c->probe_budget, response.batch_size);
  const double rules = RULES * c->probe_points * s->cost_point / cost;
  const int candidates = c->algorithm == STRATEGY_AVERAGE ? 1 : CANDIDATES;
  *work = budget + exploiters * whole_batches(budget * c->exploiter_budget, response.batch_size) +
          candidates * (RESPONSE_COST * responses + rules);
  return SIM_OK;
}

static SimStatus budget_strategy(PipelineSettings *s, SimError *err) {
  const char *list[PIPELINE_WORDS_MAX + 1];
  const int n = list_words(list, &s->words[PIPELINE_TRAINED_STRATEGY]);
  StrategyConfig config;
  SIM_TRY(strategy_config_load(&config, skills_preset_name(s->preset), NULL, list, n, err));
  const double budget = SKILLS_OF_PRESET(&config, timesteps, s->preset);
  return strategy_work(&s->work[PIPELINE_TRAINED_STRATEGY], s, &config, budget,
                       s->cost[PIPELINE_TRAINED_STRATEGY], err);
}

static SimStatus budget_coself(PipelineSettings *s, SimError *err) {
  const char *list[PIPELINE_WORDS_MAX + 1];
  const int n = list_words(list, &s->words[PIPELINE_TRAINED_COSELF]);
  CoselfConfig config;
  StrategyConfig league;
  SIM_TRY(coself_config_load(&config, skills_preset_name(s->preset), NULL, list, n, err));
  SIM_TRY(coself_strategy_config(&league, &config, s->preset == SKILLS_SMOKE, err));
  const double together = SKILLS_OF_PRESET(&config, joint, s->preset),
               alone = SKILLS_OF_PRESET(&config, alone, s->preset),
               practice = SKILLS_OF_PRESET(&config, fine_tune, s->preset);
  const char *skill[LEARN_STRIKE_SKILLS_MAX];
  const int skills = config_split(skill, LEARN_STRIKE_SKILLS_MAX, config.skills);
  const double cost = s->cost[PIPELINE_TRAINED_COSELF];
  double work;
  SIM_TRY(strategy_work(&work, s, &league, alone, cost, err));
  // in decisions of a strategy, each of which takes as long as many of a skill
  s->work[PIPELINE_TRAINED_COSELF] =
      together + work + practice * skills * s->cost[PIPELINE_TRAINED_SKILLS] / cost;
  return SIM_OK;
}

// ---- loading

static SimStatus take_file(PipelineSettings *s, const PipelineYaml *yaml, SimError *err) {
  assert((size_t)s->preset < sizeof yaml->preset / sizeof yaml->preset[0]);
  const PresetYaml *preset = &yaml->preset[s->preset];
  SimStatus status = SIM_OK;
#define TAKE_NUMBER(name, high) s->name = (int)preset->name;
  PIPELINE_KNOBS(TAKE_NUMBER)
#undef TAKE_NUMBER
  for (int t = 0; status == SIM_OK && t < PIPELINE_TRAINEDS; t++) {
    for (uint32_t i = 0; status == SIM_OK && i < preset->words_count[t]; i++) {
      status = add_word(&s->words[t], preset->words[t][i], err);
    }
    s->cost[t] = preset->cost.trained[t];
  }
  s->cost_episode = preset->cost.episode;
  s->cost_point = preset->cost.point;
  return status ? status : check_numbers(s, SIM_BAD_INPUT, err);
}

static SimStatus load(PipelineSettings *s, const char *const *words, int n, SimError *err) {
  char path[SIM_PATH_MAX];
  void *yaml = NULL;
  SimStatus status = sim_path_join(path, sim_home(), "configs/pipeline.yaml", err);
  status = status ? status : sim_config_load(&yaml, path, &PIPELINE_FILE, err);
  if (status == SIM_OK) {
    status = take_file(s, yaml, err);
    sim_config_free(yaml, &PIPELINE_FILE);
  }
  for (int i = 0; status == SIM_OK && i < n; i++) {
    status = take_word(s, words[i], err);
  }
  status = status ? status : check_numbers(s, SIM_USAGE, err);
  status = status ? status : check_table(s, err);
  status = status ? status : budget_skills(s, err);
  status = status ? status : budget_strategy(s, err);
  return status ? status : budget_coself(s, err);
}

PipelineSettings *pipeline_settings_load(SkillsPreset preset, const char *const *words, int n,
                                         SimError *err) {
  PipelineSettings *s = sim_new(1, sizeof *s);
  s->preset = preset;
  if (load(s, words, n, err) != SIM_OK) {
    free(s);
    return NULL;
  }
  return s;
}
