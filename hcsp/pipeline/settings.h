// The numbers of configs/pipeline.yaml for one preset, and the words (key=value) that a user adds.
#ifndef HCSP_PIPELINE_SETTINGS_H_
#define HCSP_PIPELINE_SETTINGS_H_

#include "hcsp/stages/skills/skills.h"

// X(name, highest): whole numbers from 1; what each means stands in configs/pipeline.yaml.
#define HCSP_PIPELINE_KNOBS(X)                                                                     \
  X(kill_points, 100000)                                                                           \
  X(episodes, 1000000)                                                                             \
  X(points, 1000000)                                                                               \
  X(rallies, 1000000)                                                                              \
  X(match, 100000)

enum { HCSP_PIPELINE_WORDS_MAX = 64, HCSP_PIPELINE_WORD_MAX = 1024 };

// The trainings that take words of their own.
typedef enum HcspTrained {
  HCSP_TRAINED_SKILLS,
  HCSP_TRAINED_STRATEGY,
  HCSP_TRAINED_COSELF,
  HCSP_TRAINEDS,
} HcspTrained;
const char *hcsp_trained_name(HcspTrained trained);  // "skills", "strategy", "coself"

// key=value words for one training
typedef struct HcspWords {
  int n;
  char text[HCSP_PIPELINE_WORDS_MAX][HCSP_PIPELINE_WORD_MAX];
} HcspWords;

typedef struct HcspPipelineSettings {
  HcspPreset preset;
#define HCSP_PIPELINE_FIELD(name, high) int name;
  HCSP_PIPELINE_KNOBS(HCSP_PIPELINE_FIELD)
#undef HCSP_PIPELINE_FIELD
  HcspWords words[HCSP_TRAINEDS];
  double work[HCSP_TRAINEDS];  // decisions in all, best responses that measure among them
  double cost[HCSP_TRAINEDS];  // CPU s of a decision
  double cost_kill, cost_episode, cost_point;
} HcspPipelineSettings;

// Reads the shipped file for preset, then words: "points=40" changes a number, "skills.rate=1e-3"
// goes to the training of that name. Malloc'ed. NULL with SIM_USAGE for a bad word (those of
// trainings are tried, too), SIM_BAD_INPUT for a bad file.
HcspPipelineSettings *hcsp_pipeline_settings_load(HcspPreset preset, const char *const *words,
                                                  int n, SimError *err);

#endif  // HCSP_PIPELINE_SETTINGS_H_
