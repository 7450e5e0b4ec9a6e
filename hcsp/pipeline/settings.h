// The numbers of configs/pipeline.yaml for one preset, and the words (key=value) that a user adds.
#ifndef HCSP_PIPELINE_SETTINGS_H_
#define HCSP_PIPELINE_SETTINGS_H_

#include "hcsp/recipes/skills/skills.h"

// X(name, highest): whole numbers from 1; what each means stands in configs/pipeline.yaml.
#define PIPELINE_KNOBS(X)                                                                          \
  X(episodes, 1000000)                                                                             \
  X(points, 1000000)                                                                               \
  X(rallies, 1000000)                                                                              \
  X(match, 100000)

enum { PIPELINE_WORDS_MAX = 64, PIPELINE_WORD_MAX = 1024 };

// The trainings that take words of their own.
typedef enum PipelineTrained {
  PIPELINE_TRAINED_SKILLS,
  PIPELINE_TRAINED_STRATEGY,
  PIPELINE_TRAINED_COSELF,
  PIPELINE_TRAINEDS,
} PipelineTrained;
const char *pipeline_trained_name(PipelineTrained trained);  // "skills", "strategy", "coself"

// key=value words for one training
typedef struct PipelineWords {
  int n;
  char text[PIPELINE_WORDS_MAX][PIPELINE_WORD_MAX];
} PipelineWords;

typedef struct PipelineSettings {
  SkillsPreset preset;
#define PIPELINE_FIELD(name, high) int name;
  PIPELINE_KNOBS(PIPELINE_FIELD)
#undef PIPELINE_FIELD
  PipelineWords words[PIPELINE_TRAINEDS];
  double work[PIPELINE_TRAINEDS];  // decisions in all, best responses that measure among them
  double cost[PIPELINE_TRAINEDS];  // CPU s of a decision
  double cost_episode, cost_point;
} PipelineSettings;

// Reads the shipped file for preset, then words: "points=40" changes a number, "skills.rate=1e-3"
// goes to the training of that name. Malloc'ed. NULL with SIM_USAGE for a bad word (those of
// trainings are tried, too), SIM_BAD_INPUT for a bad file.
PipelineSettings *pipeline_settings_load(SkillsPreset preset, const char *const *words, int n,
                                         SimError *err);

#endif  // HCSP_PIPELINE_SETTINGS_H_
