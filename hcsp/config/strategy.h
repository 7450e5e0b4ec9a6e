// Everything that can be turned in the training of a strategy, read from YAML:
// configs/strategy/default.yaml holds every number with its source, the file of the algorithm
// overrides, volley.yaml where the table has free roles, then a file of the user's, then the
// command line.
#ifndef HCSP_RECIPES_STRATEGY_CONFIG_H_
#define HCSP_RECIPES_STRATEGY_CONFIG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hcsp/config/keys.h"
#include "hcsp/config/ppo_keys.h"
#include "sim/base/status.h"

typedef enum StrategyAlgorithm {
  STRATEGY_LEAGUE,         // itself, snapshots, rule teams, exploiters
  STRATEGY_NAIVE,          // itself
  STRATEGY_FSP,            // best responses to all before, uniformly
  STRATEGY_DELTA_UNIFORM,  // to the newer half, uniformly
  STRATEGY_NASH,           // to the Nash mixture
  STRATEGY_AVERAGE,  // itself, snapshots, rule teams; deployed is the average of many snapshots
  STRATEGY_ALGORITHMS,
} StrategyAlgorithm;
const char *strategy_algorithm_name(StrategyAlgorithm algorithm);

// The keys, with help; configs/strategy/default.yaml has the values and where they are from.
// clang-format off
#define STRATEGY_KEYS(NUMBER, WHOLE, TEXT, ENUM)                                                                     \
  ENUM("", algorithm, StrategyAlgorithm, STRATEGY_ALGORITHM_WORDS, "who is met; its own file lies over the default") \
  ENUM("", net, ConfigNet, CONFIG_NET_WORDS, "hidden layers: 64-64, 128-128 or 256-128-128")                     \
  TEXT("", name, 47, "of the team that it makes; none: the algorithm's")                                             \
  TEXT("", team, 1023, "the team whose skills and option table both sides have")                                     \
  TEXT("", options, 255, "another option table")                                                                     \
  TEXT("", start, 1023, "policy file to start from; none: random weights")                                           \
  TEXT("", imitate, 47, "rule strategy that it learns to play like first; none: it begins with itself")             \
  NUMBER("", imitate_share, 0, 1, "", "share of the budget in which it does")                                        \
  TEXT("", layout, 31, "observation: court128 or strategy100")                                                       \
  CONFIG_PLACE_KEYS(TEXT)                                                                                            \
  CONFIG_BUDGET_KEYS(WHOLE, 1)                                                                                     \
  TEXT("", quick, 511, "key=value words that --preset quick adds")                                                   \
  WHOLE("env", num_envs, 1, 65536, "matches", "side by side")                                                        \
  WHOLE("env", masks, 0, 1, "", "0: options that make no sense are allowed, for comparison")                         \
  NUMBER("env", draw_cost, 0, 1, "points", "that a rally costs both teams which runs to the clock")                     \
  WHOLE("env", decide_every, 0, 10000, "control steps", "between decisions besides those at events; 0: those alone") \
  WHOLE("ppo", batch_size, 1, 1e7, "decisions", "of an update; at least 16 for each match")                          \
  WHOLE("ppo", minibatch_size, 1, 1e7, "decisions", "of a step of the optimiser")                                    \
  NUMBER("ppo", gamma_horizon, 1e-2, 1e6, "s", "time constant of the discount, exp(-t / it)")                        \
  NUMBER("ppo", ent_coef_end, 1e-6, 1, "", "to this share of itself ent_coef falls")                                 \
  NUMBER("ppo", ent_anneal_share, 1e-3, 1, "", "geometrically, over this first share of the budget")                 \
  WHOLE("ppo", critic_warmup, 0, 1e6, "updates", "in which only the critic learns")                                  \
  NUMBER("guess", guess_coef, 0, 10, "points a nat", "pull of attacks and shapes towards their equilibrium; 0: none")  \
  NUMBER("guess", guess_temperature, 1e-3, 10, "points", "of that equilibrium")                                      \
  NUMBER("guess", guess_horizon, 1e-2, 1e6, "s", "over which a point pays less for the choice before it")            \
  NUMBER("guess", guess_learning_rate, 1e-8, 1, "", "of the critic that sees both choices")                          \
  WHOLE("guess", guess_pairs, 1, 16384, "pairs", "of choices known before anything is pulled")                       \
  NUMBER("league", self_share, 0, 1, "", "share of the points against itself")                                       \
  NUMBER("league", snapshot_share, 0, 1, "", "against its snapshots")                                                \
  NUMBER("league", exploiter_share, 0, 1, "", "against exploiters")                                                  \
  NUMBER("league", rule_share, 0, 1, "", "against the rule teams of `opponents`")                                    \
  NUMBER("league", external_share, 0, 1, "", "against `external_opponent`")                                          \
  NUMBER("league", eval_share, 0, 1, "", "against rule teams, counted and not learnt from")                          \
  NUMBER("league", pfsp_exponent, 0, 8, "", "power of what a member wins by which it is met; 0: uniform")            \
  TEXT("league", opponents, 511, "rule teams that train with it, separated by blanks")                               \
  TEXT("league", held_out, 511, "rule teams kept out of training, reported apart")                                   \
  TEXT("league", external_opponent, 1023, "a team with skills and a table of its own; `team`: that one")             \
  WHOLE("league", snapshots, 1, 200, "", "taken in the course of a run")                                             \
  WHOLE("league", responses, 1, 64, "", "best responses of fsp, delta_uniform and nash")                             \
  NUMBER("league", stop_rate, 0.5, 1, "", "a response stops when its win rate is surely above this")                 \
  WHOLE("league", stop_points, 1, 1e9, "points", "after at least so many")                                           \
  WHOLE("league", plateau_updates, 1, 1e6, "updates", "or when its win rate has not risen for so many")              \
  WHOLE("league", exploiters, 0, 64, "", "trained in the course of a run")                                           \
  NUMBER("league", exploiter_budget, 0, 1, "", "of each, share of the whole budget")                                 \
  WHOLE("league", payoff_points, 4, 1e7, "points", "of each new pair, a multiple of 4")                              \
  WHOLE("league", payoff_points_max, 4, 1e7, "points", "of a pair whose interval is wider than")                     \
  NUMBER("league", payoff_width, 0, 1, "", "this")                                                                   \
  NUMBER("league", late_share, 0.01, 1, "", "newest share of the snapshots, of which the team is made")              \
  WHOLE("league", mixture_max, 1, 64, "", "strategies in the team file")                                             \
  NUMBER("league", probe_budget, 0, 1, "", "of a best response to a candidate mixture, share of the budget")         \
  WHOLE("league", probe_points, 4, 1e7, "points", "of each measurement of a candidate mixture")                      \
  WHOLE("league", probe_seeds, 1, 32, "", "best responses to each candidate mixture")                                \
  TEXT("league", response, 511, "key=value words for exploiters, probes and eval exploit")
// clang-format on

typedef struct StrategyConfig {
  CONFIG_FIELDS(STRATEGY_KEYS)
  ConfigPpo ppo;  // without the keys of continuous actions
} StrategyConfig;

// Whether matches have free roles: by the option table of that name, if it is not "", else by that
// of the team. False where that cannot be loaded, which whoever needs it tells.
bool strategy_free_roles(const char *options, const char *team);
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
// Every key with type, range, its value here and help, in columns.
void strategy_config_help(FILE *out, const StrategyConfig *config);

#endif  // HCSP_RECIPES_STRATEGY_CONFIG_H_
