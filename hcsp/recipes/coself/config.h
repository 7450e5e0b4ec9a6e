// Everything that can be turned in co-self-play, read from YAML: configs/coself/default.yaml holds
// every number with its source, a file of the user's and the command line lie over it.
#ifndef HCSP_RECIPES_COSELF_CONFIG_H_
#define HCSP_RECIPES_COSELF_CONFIG_H_

#include <stdbool.h>

#include "hcsp/config/strategy.h"
#include "sim/base/status.h"

typedef enum CoselfScoring { COSELF_SCORING_NORMAL, COSELF_SCORING_STRICT } CoselfScoring;

// The keys, with help; configs/coself/default.yaml has the values and where they are from.
// clang-format off
#define COSELF_KEYS(NUMBER, WHOLE, TEXT, ENUM)                                                                      \
  TEXT("", name, 47, "of the team that it makes")                                                                   \
  TEXT("", team, 1023, "the team that begins: networks with one strategy or a mixture")                             \
  TEXT("", options, 255, "option table that its strategies grow into")                                              \
  CONFIG_PLACE_KEYS(TEXT)                                                                                           \
  ENUM("", scoring, CoselfScoring, COSELF_SCORING_WORDS, "strict: faults of the opponents' drones pay nothing")     \
  TEXT("", skills, 63, "which learn")                                                                               \
  NUMBER("", expand_noise, 0, 10, "", "deviation of the weights of new options around their copy")                  \
  WHOLE("", fine_tune_smoke, 0, 1e10, "decisions", "of each skill in its own task, --preset smoke")               \
  WHOLE("", fine_tune_quick, 0, 1e10, "decisions", "of each skill in its own task, --preset quick")               \
  WHOLE("", fine_tune_full, 0, 1e10, "decisions", "of each skill in its own task, --preset full")                 \
  NUMBER("", fine_tune_faster, 0, 1, "s", "half of the strikes are recorded with attacks so much faster")           \
  TEXT("", fine_tune, 1023, "key=value words of configs/skills for it")                                             \
  WHOLE("", calibrate_smoke, 1, 1e5, "attacks", "per cell of a kill table, --preset smoke")                       \
  WHOLE("", calibrate_quick, 1, 1e5, "attacks", "per cell of a kill table, --preset quick")                       \
  WHOLE("", calibrate_full, 1, 1e5, "attacks", "per cell of a kill table, --preset full")                         \
  WHOLE("", calibrate_times, 1, 15, "", "flight times tried at most")                                               \
  NUMBER("", calibrate_value, 0, 1, "", "value of the game at which the time is taken")                             \
  WHOLE("", joint_smoke, 0, 1e10, "decisions", "skills and strategy together, --preset smoke")                    \
  WHOLE("", joint_quick, 0, 1e10, "decisions", "skills and strategy together, --preset quick")                    \
  WHOLE("", joint_full, 0, 1e10, "decisions", "skills and strategy together, --preset full")                      \
  WHOLE("", alone_smoke, 1, 1e10, "decisions", "new strategies over the skills as they are then, --preset smoke") \
  WHOLE("", alone_quick, 1, 1e10, "decisions", "new strategies over the skills as they are then, --preset quick") \
  WHOLE("", alone_full, 1, 1e10, "decisions", "new strategies over the skills as they are then, --preset full")   \
  TEXT("", strategy, 1023, "key=value words of configs/strategy for all strategies")                                \
  TEXT("", smoke, 1023, "key=value words that --preset smoke adds")                                                 \
  TEXT("", strategy_smoke, 1023, "and to `strategy`")                                                               \
  WHOLE("", points, 4, 1e7, "points", "of the comparison in the report, a multiple of 4")                           \
  WHOLE("env", num_envs, 1, 65536, "matches", "side by side")                                                       \
  NUMBER("league", self_share, 0, 1, "", "share of the points against itself")                                      \
  NUMBER("league", rule_share, 0, 1, "", "against the rule teams of `opponents`")                                   \
  TEXT("league", opponents, 511, "rule teams with the new skills, separated by blanks")                             \
  NUMBER("league", handicap, 0, 1, "", "share of the others' points in which their passer is held in the middle")   \
  NUMBER("league", handicap_end, 0, 1, "", "share of the budget over which it falls to nothing")                    \
  NUMBER("task", result, 0, 100, "", "x the result of the point, for strikes of the last possession")               \
  NUMBER("task", result_seconds, 1e-2, 1e6, "s", "time constant by which it is discounted")                         \
  WHOLE("ppo", batch_size, 1, 1e7, "decisions", "of the strategy per update")                                       \
  WHOLE("ppo", skill_batch_size, 1, 1e7, "samples", "of a skill per update")                                        \
  NUMBER("ppo", skill_learning_rate, 0, 1, "", "step size of Adam for the skills at the start")                     \
  WHOLE("ppo", skill_update_epochs, 1, 100, "", "passes over the samples of an update of a skill")                  \
  WHOLE("ppo", skill_num_minibatches, 1, 1e4, "", "minibatches of an update of a skill")                            \
  NUMBER("ppo", skill_target_kl, 0, 10, "", "KL of an update that the rate aims at")                                \
  WHOLE("ppo", critic_warmup, 0, 1000, "updates", "in which only the critic of a skill learns")                     \
  NUMBER("ppo", kl_target, 1e-6, 1e6, "nats", "KL to the skill as it began, at most about this")                    \
  NUMBER("ppo", kl_coef, 0, 1e6, "", "weight of that KL in the loss at the start")                                  \
  NUMBER("ppo", kl_coef_rate, 1, 100, "", "it moves by this factor when the KL is off by as much")                  \
  CONFIG_PPO_STD_KEYS(NUMBER)
// clang-format on

typedef struct CoselfConfig {
  CONFIG_FIELDS(COSELF_KEYS)
} CoselfConfig;

// Reads the shipped configuration, for a team of free roles the file over it, then what it changes
// for the preset, then file (NULL: none), then overrides ("key=value", n of them). SIM_USAGE for a
// bad override, SIM_BAD_INPUT for a bad file.
SimStatus coself_config_load(CoselfConfig *config, const char *preset, const char *file,
                             const char *const *overrides, int n, SimError *err);
// How strategies learn in either part: its words `strategy` over the configuration of a strategy,
// and `strategy_smoke` over these.
SimStatus coself_strategy_config(StrategyConfig *strategy, const CoselfConfig *config, bool smoke,
                                 SimError *err);
// The resolved configuration as YAML; malloc'ed, NULL when memory fails.
char *coself_config_text(const CoselfConfig *config);
// Every key with type, range, its value here and help, in columns.
void coself_config_help(FILE *out, const CoselfConfig *config);

#endif  // HCSP_RECIPES_COSELF_CONFIG_H_
