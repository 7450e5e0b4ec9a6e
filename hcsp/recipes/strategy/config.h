// Everything that can be turned in the training of a strategy, read from YAML:
// configs/strategy/default.yaml holds every number with its source, the file of the algorithm
// overrides, then a file of the user's, then the command line.
#ifndef HCSP_RECIPES_STRATEGY_CONFIG_H_
#define HCSP_RECIPES_STRATEGY_CONFIG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

// X(name, lowest, highest, whole number?); what each means stands in configs/strategy/default.yaml.
#define STRATEGY_KNOBS(X)                                                                          \
  X(timesteps_smoke, 1, 1e10, true)                                                                \
  X(timesteps_quick, 1, 1e10, true)                                                                \
  X(timesteps_full, 1, 1e10, true)                                                                 \
  X(num_envs, 1, 65536, true)                                                                      \
  X(masks, 0, 1, true)                                                                             \
  X(decide_every, 0, 10000, true)                                                                  \
  X(batch_size, 1, 1e7, true)                                                                      \
  X(update_epochs, 1, 100, true)                                                                   \
  X(minibatch_size, 1, 1e7, true)                                                                  \
  X(gamma_horizon, 1e-2, 1e6, false)                                                               \
  X(gae_lambda, 0, 1, false)                                                                       \
  X(clip_coef, 0, 1, false)                                                                        \
  X(advantage_max, 0.1, 1e6, false)                                                                \
  X(ent_coef, 0, 10, false)                                                                        \
  X(max_grad_norm, 1e-6, 1e6, false)                                                               \
  X(learning_rate, 0, 1, false)                                                                    \
  X(learning_rate_end, 0, 1, false)                                                                \
  X(anneal_share, 0, 1, false)                                                                     \
  X(self_share, 0, 1, false)                                                                       \
  X(snapshot_share, 0, 1, false)                                                                   \
  X(exploiter_share, 0, 1, false)                                                                  \
  X(rule_share, 0, 1, false)                                                                       \
  X(external_share, 0, 1, false)                                                                   \
  X(eval_share, 0, 1, false)                                                                       \
  X(pfsp_exponent, 0, 8, false)                                                                    \
  X(snapshots, 1, 200, true)                                                                       \
  X(responses, 1, 64, true)                                                                        \
  X(stop_rate, 0.5, 1, false)                                                                      \
  X(stop_points, 1, 1e9, true)                                                                     \
  X(plateau_updates, 1, 1e6, true)                                                                 \
  X(exploiters, 0, 64, true)                                                                       \
  X(exploiter_budget, 0, 1, false)                                                                 \
  X(payoff_points, 4, 1e7, true)                                                                   \
  X(payoff_points_max, 4, 1e7, true)                                                               \
  X(payoff_width, 0, 1, false)                                                                     \
  X(mixture_max, 1, 64, true)                                                                      \
  X(probe_budget, 0, 1, false)                                                                     \
  X(probe_points, 4, 1e7, true)                                                                    \
  X(probe_seeds, 1, 32, true)                                                                      \
  X(critic_warmup, 0, 1e6, true)

// Keys that hold a word: X(name, longest).
#define STRATEGY_WORDS(X)                                                                          \
  X(name, 47)                                                                                      \
  X(team, 1023)                                                                                    \
  X(start, 1023)                                                                                   \
  X(external_opponent, 1023)                                                                       \
  X(options, 255)                                                                                  \
  X(layout, 31)                                                                                    \
  X(physics, 31)                                                                                   \
  X(rules, 31)                                                                                     \
  X(opponents, 511)                                                                                \
  X(held_out, 511)                                                                                 \
  X(quick, 511)                                                                                    \
  X(response, 511)

typedef enum StrategyAlgorithm {
  STRATEGY_LEAGUE,         // itself, snapshots, rule teams, exploiters
  STRATEGY_NAIVE,          // itself
  STRATEGY_FSP,            // best responses to all before, alike
  STRATEGY_DELTA_UNIFORM,  // to the newer half, alike
  STRATEGY_NASH,           // to the Nash mixture
  STRATEGY_ALGORITHMS,
} StrategyAlgorithm;
const char *strategy_algorithm_name(StrategyAlgorithm algorithm);

typedef enum StrategyNet {
  STRATEGY_SMALL,   // 64-64 tanh
  STRATEGY_MEDIUM,  // 128-128 tanh
  STRATEGY_PAPER,   // layer norm, 256-128-128 ELU with layer norm
} StrategyNet;

typedef struct StrategyConfig {
#define STRATEGY_KNOB_FIELD(name, low, high, whole) double name;
  STRATEGY_KNOBS(STRATEGY_KNOB_FIELD)
#undef STRATEGY_KNOB_FIELD
#define STRATEGY_WORD_FIELD(name, longest) char name[(longest) + 1];
  STRATEGY_WORDS(STRATEGY_WORD_FIELD)
#undef STRATEGY_WORD_FIELD
  StrategyAlgorithm algorithm;
  StrategyNet net;
} StrategyConfig;

// Reads the shipped configuration, then what it changes for the preset (NULL: none), then file
// (NULL: none), then overrides ("key=value", n of them). The algorithm that these end up with puts
// its own file right behind the default. SIM_USAGE for a bad override, SIM_BAD_INPUT for a bad
// file.
SimStatus strategy_config_load(StrategyConfig *config, const char *preset, const char *file,
                               const char *const *overrides, int n, SimError *err);
// The configuration of the best responses of a training: what its key `response` says, laid over
// its own. SIM_USAGE when that is wrong.
SimStatus strategy_config_response(StrategyConfig *response, const StrategyConfig *config,
                                   SimError *err);
// The resolved configuration as YAML; malloc'ed, NULL when memory fails.
char *strategy_config_text(const StrategyConfig *config);

#endif  // HCSP_RECIPES_STRATEGY_CONFIG_H_
