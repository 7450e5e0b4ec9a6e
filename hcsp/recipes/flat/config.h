// Everything that can be turned in the training of a flat policy; configs/flat/default.yaml holds
// every number with its source (layers: hcsp/config/keys.h).
#ifndef HCSP_RECIPES_FLAT_CONFIG_H_
#define HCSP_RECIPES_FLAT_CONFIG_H_

#include "hcsp/env/tasks/flat.h"
#include "policies/net.h"

// X(name, lowest, highest, whole number?)
#define FLAT_KNOBS(X)                                                                              \
  X(timesteps_smoke, 1, 1e12, true)                                                                \
  X(timesteps_quick, 1, 1e12, true)                                                                \
  X(timesteps_full, 1, 1e12, true)                                                                 \
  X(num_envs, 1, 16384, true)                                                                      \
  X(num_steps, 1, 4096, true)                                                                      \
  X(near, 0, 1, false)                                                                             \
  X(fallen, 0, 1, false)                                                                           \
  X(flying, 0, 1, false)                                                                           \
  X(result_reward, 0, 1e6, false)                                                                  \
  X(hit_reward, 0, 1e6, false)                                                                     \
  X(send_reward, 0, 1e6, false)                                                                    \
  X(ball_reward, 0, 1e6, false)                                                                    \
  X(anchor_reward, 0, 1e6, false)                                                                  \
  X(ground_cost, 0, 1e6, false)                                                                    \
  X(close_cost, 0, 1e6, false)                                                                     \
  X(clearance, 0, 10, false)                                                                       \
  X(reward_scale, 1e-9, 1e6, false)                                                                \
  X(gamma, 0, 1, false)                                                                            \
  X(gae_lambda, 0, 1, false)                                                                       \
  X(update_epochs, 1, 100, true)                                                                   \
  X(num_minibatches, 1, 4096, true)                                                                \
  X(clip_coef, 0, 1, false)                                                                        \
  X(advantage_max, 0.1, 1e6, false)                                                                \
  X(mean_limit, 0, 100, false)                                                                     \
  X(mean_cost, 0, 100, false)                                                                      \
  X(ent_coef, 0, 10, false)                                                                        \
  X(max_grad_norm, 1e-6, 1e6, false)                                                               \
  X(learning_rate, 0, 1, false)                                                                    \
  X(learning_rate_min, 0, 1, false)                                                                \
  X(learning_rate_max, 0, 1, false)                                                                \
  X(target_kl, 0, 10, false)                                                                       \
  X(anneal_share, 0, 1, false)                                                                     \
  X(learning_rate_end, 0, 1, false)                                                                \
  X(log_std, -10, 3, false)                                                                        \
  X(log_std_again, -10, 3, false)                                                                  \
  X(log_std_min, -10, 3, false)                                                                    \
  X(log_std_max, -10, 3, false)                                                                    \
  X(log_std_play, -10, 3, false)                                                                   \
  X(warm_start, 0, 1, true)                                                                        \
  X(responses, 1, 60, true)                                                                        \
  X(stop_rate, 0.5, 1, false)                                                                      \
  X(stop_points, 1, 1e9, true)                                                                     \
  X(stop_share, 0, 1, false)                                                                       \
  X(payoff_points, 4, 1e7, true)                                                                   \
  X(report_points, 4, 1e7, true)

// Keys that hold a word: X(name, longest).
#define FLAT_WORDS(X)                                                                              \
  X(physics, 31)                                                                                   \
  X(rules, 31)                                                                                     \
  X(report_team, 1023)

typedef enum FlatAlgorithm {
  FLAT_SP,            // itself
  FLAT_FSP,           // best responses to all before, alike
  FLAT_PSRO_UNIFORM,  // the same
  FLAT_PSRO_NASH,     // to the Nash mixture
  FLAT_ALGORITHMS,
} FlatAlgorithm;
const char *flat_algorithm_name(FlatAlgorithm algorithm);

typedef enum FlatNet { FLAT_SMALL, FLAT_MEDIUM, FLAT_PAPER } FlatNet;

typedef struct FlatConfig {
#define FLAT_KNOB_FIELD(name, low, high, whole) double name;
  FLAT_KNOBS(FLAT_KNOB_FIELD)
#undef FLAT_KNOB_FIELD
#define FLAT_WORD_FIELD(name, longest) char name[(longest) + 1];
  FLAT_WORDS(FLAT_WORD_FIELD)
#undef FLAT_WORD_FIELD
  FlatAlgorithm algorithm;
  FlatNet net;
} FlatConfig;

// Reads the shipped configuration, then file (NULL: none), then overrides ("key=value", n of them).
// SIM_USAGE for a bad override, SIM_BAD_INPUT for a bad file.
SimStatus flat_config_load(FlatConfig *config, const char *file, const char *const *overrides,
                           int n, SimError *err);
// The resolved configuration as YAML; malloc'ed, NULL when memory fails.
char *flat_config_text(const FlatConfig *config);

TaskFlatPay flat_config_pay(const FlatConfig *config);
// Actor and critic have the same hidden layers.
PolArch flat_config_arch(const FlatConfig *config, int outputs);

#endif  // HCSP_RECIPES_FLAT_CONFIG_H_
