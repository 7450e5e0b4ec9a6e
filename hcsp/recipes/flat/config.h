// Everything that can be turned in the training of a flat policy; configs/flat/default.yaml holds
// every number with its source (layers: hcsp/config/keys.h).
#ifndef HCSP_RECIPES_FLAT_CONFIG_H_
#define HCSP_RECIPES_FLAT_CONFIG_H_

#include "hcsp/config/keys.h"
#include "hcsp/config/ppo_keys.h"
#include "hcsp/env/tasks/flat.h"

typedef enum FlatAlgorithm {
  FLAT_SP,            // itself
  FLAT_FSP,           // best responses to all before, uniformly
  FLAT_PSRO_UNIFORM,  // the same
  FLAT_PSRO_NASH,     // to the Nash mixture
  FLAT_ALGORITHMS,
} FlatAlgorithm;
const char *flat_algorithm_name(FlatAlgorithm algorithm);

// The keys, with help; configs/flat/default.yaml has the values and where they are from.
// clang-format off
#define FLAT_KEYS(NUMBER, WHOLE, TEXT, ENUM)                                                                 \
  ENUM("", algorithm, FlatAlgorithm, FLAT_ALGORITHM_WORDS, "who is met; its own file lies over the default") \
  ENUM("", net, ConfigNet, CONFIG_NET_WORDS, "hidden layers: 64-64, 128-128 or 256-128-128")                     \
  CONFIG_PLACE_KEYS(TEXT)                                                                                    \
  CONFIG_BUDGET_KEYS(WHOLE, 1)                                                                             \
  WHOLE("env", num_envs, 1, 16384, "matches", "side by side")                                                \
  WHOLE("env", num_steps, 1, 4096, "decisions", "of each drone per update")                                  \
  NUMBER("env", near, 0, 1, "", "share of the rallies in which the server stands nearer to the net")         \
  NUMBER("env", fallen, 0, 1, "", "in which the ball has fallen for a while at the start")                   \
  NUMBER("env", flying, 0, 1, "", "in which it is on its way over the net")                                  \
  NUMBER("env", reach, 0, 100, "m/s2", "that balls on their way ask of the passer at most; 0: any")          \
  NUMBER("task", result_reward, 0, 1e6, "", "the point, each drone of the team that wins")                   \
  NUMBER("task", hit_reward, 0, 1e6, "", "a legal touch, each drone of the team")                            \
  NUMBER("task", send_reward, 0, 1e6, "", "a legal touch that sends the ball over the net, its own")         \
  NUMBER("task", ball_reward, 0, 1e6, "", "/ (1 + distance to the ball), while it may touch it")             \
  NUMBER("task", anchor_reward, 0, 1e6, "", "/ (1 + distance to its anchor)")                                \
  NUMBER("task", ground_cost, 0, 1e6, "", "a drone on the ground, its own")                                  \
  NUMBER("task", close_cost, 0, 1e6, "", "nearer than clearance to a team-mate, its own")                    \
  NUMBER("task", clearance, 0, 10, "m", "between team-mates")                                                \
  NUMBER("task", strike_reward, 0, 1e6, "", "x what a strike pays the drone whose ball it is")               \
  NUMBER("task", return_apex, 2.5, 10, "m", "of the balls it is to return")                                  \
  NUMBER("task", reward_scale, 1e-9, 1e6, "", "factor of all rewards and costs")                             \
  WHOLE("league", warm_start, 0, 1, "", "1: a response starts as what learnt last, 0: from nothing")         \
  WHOLE("league", responses, 1, 60, "", "best responses of fsp and psro in a run")                           \
  NUMBER("league", stop_rate, 0.5, 1, "", "a response stops when its win rate is surely above this")         \
  WHOLE("league", stop_points, 1, 1e9, "points", "after at least so many")                                   \
  NUMBER("league", stop_share, 0, 1, "", "and this part of its share of the budget")                         \
  WHOLE("league", payoff_points, 4, 1e7, "points", "of each pair of members, a multiple of 4")               \
  WHOLE("league", report_points, 4, 1e7, "points", "of what is deployed against itself and report_team")     \
  TEXT("league", report_team, 1023, "team that the report compares with")
// clang-format on

typedef struct FlatConfig {
  CONFIG_FIELDS(FLAT_KEYS)
  ConfigPpo ppo;
} FlatConfig;

// Reads the shipped configuration, then file (NULL: none), then overrides ("key=value", n of them).
// SIM_USAGE for a bad override, SIM_BAD_INPUT for a bad file.
SimStatus flat_config_load(FlatConfig *config, const char *file, const char *const *overrides,
                           int n, SimError *err);
// The resolved configuration as YAML; malloc'ed, NULL when memory fails.
char *flat_config_text(const FlatConfig *config);
// Every key with type, range, its value here and help, in columns.
void flat_config_help(FILE *out, const FlatConfig *config);

TaskFlatPay flat_config_pay(const FlatConfig *config);

#endif  // HCSP_RECIPES_FLAT_CONFIG_H_
