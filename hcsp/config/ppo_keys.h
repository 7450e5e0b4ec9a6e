// Keys that recipes share (hcsp/config/keys.h): where it is played and for how long; those of the
// section `ppo` of every learner, and of one whose actions are continuous, rotor commands; and the
// sizes of networks. A configuration has those of `ppo` as a ConfigPpo of that name, so that one
// function makes a learner of them (hcsp/learn/ppo_config.h).
#ifndef HCSP_CONFIG_PPO_KEYS_H_
#define HCSP_CONFIG_PPO_KEYS_H_

#include "hcsp/config/keys.h"

// clang-format off
#define CONFIG_PLACE_KEYS(TEXT)                                                                    \
  TEXT("", rules, 31, "rules of the matches")                                                      \
  TEXT("", world, 255, "of configs/worlds, or a .yaml file: its physical numbers")                 \
  TEXT("", physics, 31, "who moves the bodies while it learns: mujoco or flight")

#define CONFIG_BUDGET_KEYS(WHOLE, low)                                                             \
  WHOLE("", timesteps_smoke, low, 1e12, "decisions", "budget, --preset smoke")                     \
  WHOLE("", timesteps_quick, low, 1e12, "decisions", "budget, --preset quick")                     \
  WHOLE("", timesteps_full, low, 1e12, "decisions", "budget, --preset full")

#define CONFIG_PPO_KEYS(NUMBER, WHOLE)                                                             \
  WHOLE("ppo", update_epochs, 1, 100, "", "passes over the samples of an update")                  \
  NUMBER("ppo", gae_lambda, 0, 1, "", "lambda of generalised advantage estimation")                \
  NUMBER("ppo", clip_coef, 0, 1, "", "clip range of the probability ratio")                        \
  NUMBER("ppo", advantage_max, 0.1, 1e6, "deviations", "normalised advantages are cut here")       \
  NUMBER("ppo", ent_coef, 0, 10, "", "weight of the entropy in the loss")                          \
  NUMBER("ppo", max_grad_norm, 1e-6, 1e6, "", "the gradient of each network is cut to this norm")  \
  NUMBER("ppo", learning_rate, 0, 1, "", "step size of Adam at the start")                         \
  NUMBER("ppo", anneal_share, 0, 1, "", "last share of the budget in which the rate falls")        \
  NUMBER("ppo", learning_rate_end, 0, 1, "", "to this share of itself")

#define CONFIG_PPO_CONTINUOUS_KEYS(NUMBER, WHOLE)                                                  \
  WHOLE("ppo", num_minibatches, 1, 4096, "", "minibatches of an update")                           \
  NUMBER("ppo", gamma, 0, 1, "", "discount of a decision")                                         \
  NUMBER("ppo", mean_limit, 0, 100, "", "the mean action is free up to here")                      \
  NUMBER("ppo", mean_cost, 0, 100, "", "weight of the squared excess in the loss")                 \
  NUMBER("ppo", learning_rate_min, 0, 1, "", "least rate that target_kl may set")                  \
  NUMBER("ppo", learning_rate_max, 0, 1, "", "largest")                                            \
  NUMBER("ppo", target_kl, 0, 10, "", "KL of an update that the rate aims at; 0: the rate stays")  \
  NUMBER("ppo", log_std, -10, 3, "", "log standard deviation of the actions at the start")         \
  NUMBER("ppo", log_std_again, -10, 3, "", "at least this when a policy goes on learning")         \
  CONFIG_PPO_STD_KEYS(NUMBER)

#define CONFIG_PPO_STD_KEYS(NUMBER)                                                                \
  NUMBER("ppo", log_std_min, -10, 3, "", "least log standard deviation")                           \
  NUMBER("ppo", log_std_max, -10, 3, "", "largest")                                                \
  NUMBER("ppo", log_std_play, -10, 3, "", "at most this in a policy file")
// clang-format on

typedef struct ConfigPpo {
  CONFIG_PPO_KEYS(CONFIG_NUMBER_FIELD, CONFIG_NUMBER_FIELD)
  CONFIG_PPO_CONTINUOUS_KEYS(CONFIG_NUMBER_FIELD, CONFIG_NUMBER_FIELD)
} ConfigPpo;

#define CONFIG_PPO_NUMBER_ROW(section, name, low, high, unit, help)                                \
  {CONFIG_NUMBER, section, #name, low, high, NULL, 0, unit, help, offsetof(ConfigOf, ppo.name)},
#define CONFIG_PPO_WHOLE_ROW(section, name, low, high, unit, help)                                 \
  {CONFIG_WHOLE, section, #name, low, high, NULL, 0, unit, help, offsetof(ConfigOf, ppo.name)},
#define CONFIG_PPO_ROWS CONFIG_PPO_KEYS(CONFIG_PPO_NUMBER_ROW, CONFIG_PPO_WHOLE_ROW)
#define CONFIG_PPO_CONTINUOUS_ROWS                                                                 \
  CONFIG_PPO_CONTINUOUS_KEYS(CONFIG_PPO_NUMBER_ROW, CONFIG_PPO_WHOLE_ROW)

// Hidden layers: 64-64 and 128-128 tanh, or the paper's 256-128-128 ELU with layer norm.
typedef enum ConfigNet { CONFIG_NET_SMALL, CONFIG_NET_MEDIUM, CONFIG_NET_PAPER } ConfigNet;
enum { CONFIG_NETS = 3 };
extern const cyaml_strval_t CONFIG_NET_WORDS[CONFIG_NETS];

#endif  // HCSP_CONFIG_PPO_KEYS_H_
