// Everything that can be turned in co-self-play, read from YAML: configs/coself/default.yaml holds
// every number with its source, a file of the user's and the command line lie over it.
#ifndef HCSP_RECIPES_COSELF_CONFIG_H_
#define HCSP_RECIPES_COSELF_CONFIG_H_

#include <stdbool.h>

#include "hcsp/recipes/strategy/config.h"
#include "sim/base/status.h"

// X(name, lowest, highest, whole number?); what each means stands in configs/coself/default.yaml.
#define COSELF_KNOBS(X)                                                                            \
  X(expand_noise, 0, 10, false)                                                                    \
  X(fine_tune_smoke, 0, 1e10, true)                                                                \
  X(fine_tune_quick, 0, 1e10, true)                                                                \
  X(fine_tune_full, 0, 1e10, true)                                                                 \
  X(fine_tune_faster, 0, 1, false)                                                                 \
  X(calibrate_smoke, 1, 1e5, true)                                                                 \
  X(calibrate_quick, 1, 1e5, true)                                                                 \
  X(calibrate_full, 1, 1e5, true)                                                                  \
  X(calibrate_times, 1, 15, true)                                                                  \
  X(calibrate_value, 0, 1, false)                                                                  \
  X(joint_smoke, 0, 1e10, true)                                                                    \
  X(joint_quick, 0, 1e10, true)                                                                    \
  X(joint_full, 0, 1e10, true)                                                                     \
  X(alone_smoke, 1, 1e10, true)                                                                    \
  X(alone_quick, 1, 1e10, true)                                                                    \
  X(alone_full, 1, 1e10, true)                                                                     \
  X(num_envs, 1, 65536, true)                                                                      \
  X(batch_size, 1, 1e7, true)                                                                      \
  X(skill_batch_size, 1, 1e7, true)                                                                \
  X(self_share, 0, 1, false)                                                                       \
  X(rule_share, 0, 1, false)                                                                       \
  X(handicap, 0, 1, false)                                                                         \
  X(handicap_end, 0, 1, false)                                                                     \
  X(result, 0, 100, false)                                                                         \
  X(result_seconds, 1e-2, 1e6, false)                                                              \
  X(skill_learning_rate, 0, 1, false)                                                              \
  X(skill_update_epochs, 1, 100, true)                                                             \
  X(skill_num_minibatches, 1, 1e4, true)                                                           \
  X(skill_target_kl, 0, 10, false)                                                                 \
  X(critic_warmup, 0, 1000, true)                                                                  \
  X(kl_target, 1e-6, 1e6, false)                                                                   \
  X(kl_coef, 0, 1e6, false)                                                                        \
  X(kl_coef_rate, 1, 100, false)                                                                   \
  X(log_std_min, -10, 2, false)                                                                    \
  X(log_std_max, -10, 2, false)                                                                    \
  X(log_std_play, -10, 2, false)                                                                   \
  X(points, 4, 1e7, true)

// Keys that hold a word: X(name, longest).
#define COSELF_WORDS(X)                                                                            \
  X(name, 47)                                                                                      \
  X(team, 1023)                                                                                    \
  X(options, 255)                                                                                  \
  X(physics, 31)                                                                                   \
  X(rules, 31)                                                                                     \
  X(skills, 63)                                                                                    \
  X(opponents, 511)                                                                                \
  X(fine_tune, 1023)                                                                               \
  X(strategy, 1023)                                                                                \
  X(smoke, 1023)                                                                                   \
  X(strategy_smoke, 1023)

typedef enum CoselfScoring { COSELF_SCORING_NORMAL, COSELF_SCORING_STRICT } CoselfScoring;

typedef struct CoselfConfig {
#define COSELF_KNOB_FIELD(name, low, high, whole) double name;
  COSELF_KNOBS(COSELF_KNOB_FIELD)
#undef COSELF_KNOB_FIELD
#define COSELF_WORD_FIELD(name, longest) char name[(longest) + 1];
  COSELF_WORDS(COSELF_WORD_FIELD)
#undef COSELF_WORD_FIELD
  CoselfScoring scoring;
} CoselfConfig;

// Reads the shipped configuration, then what it changes for the preset, then file (NULL: none),
// then overrides ("key=value", n of them). SIM_USAGE for a bad override, SIM_BAD_INPUT for a bad
// file.
SimStatus coself_config_load(CoselfConfig *config, const char *preset, const char *file,
                             const char *const *overrides, int n, SimError *err);
// How strategies learn in either part: its words `strategy` over the configuration of a strategy,
// and `strategy_smoke` over these.
SimStatus coself_strategy_config(StrategyConfig *strategy, const CoselfConfig *config, bool smoke,
                                 SimError *err);
// The resolved configuration as YAML; malloc'ed, NULL when memory fails.
char *coself_config_text(const CoselfConfig *config);

#endif  // HCSP_RECIPES_COSELF_CONFIG_H_
