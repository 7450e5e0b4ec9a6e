// The schema, and what the numbers must be to each other; hcsp/config/keys.h reads the layers.
#include "hcsp/config/strategy.h"

#include <assert.h>
#include <stdio.h>

#include "hcsp/config/keys.h"
#include "policies/team.h"

typedef StrategyConfig ConfigOf;

static const cyaml_strval_t STRATEGY_ALGORITHM_WORDS[] = {
    {"league", STRATEGY_LEAGUE}, {"naive", STRATEGY_NAIVE},
    {"fsp", STRATEGY_FSP},       {"delta_uniform", STRATEGY_DELTA_UNIFORM},
    {"nash", STRATEGY_NASH},     {"average", STRATEGY_AVERAGE}};

static const ConfigKey KEYS[] = {CONFIG_ROWS(STRATEGY_KEYS) CONFIG_PPO_ROWS};
_Static_assert(sizeof STRATEGY_ALGORITHM_WORDS / sizeof STRATEGY_ALGORITHM_WORDS[0] ==
                   STRATEGY_ALGORITHMS,
               "a word an algorithm");
static const ConfigTable TABLE = {.folder = "configs/strategy",
                                  .title = "a strategy",
                                  .key = KEYS,
                                  .n = sizeof KEYS / sizeof KEYS[0],
                                  .algorithm = "algorithm"};

const char *strategy_algorithm_name(StrategyAlgorithm algorithm) {
  assert(algorithm < STRATEGY_ALGORITHMS);
  return STRATEGY_ALGORITHM_WORDS[algorithm].str;
}

// what the numbers must be to each other
static SimStatus check_whole(const StrategyConfig *c, SimError *err) {
  // with fewer, the decisions that end first are the short ones, and teams learn to stall
  if (c->batch_size < 16 * c->num_envs) {
    return sim_error(
        err, SIM_USAGE,
        "batch_size %.0f with num_envs %.0f; wanted at least 8 decisions for each team of a "
        "match, that is %.0f",
        c->batch_size, c->num_envs, 16 * c->num_envs);
  }
  if (c->minibatch_size > c->batch_size) {
    return sim_error(err, SIM_USAGE, "minibatch_size %.0f; wanted at most batch_size, %.0f",
                     c->minibatch_size, c->batch_size);
  }
  if (!(c->self_share + c->snapshot_share + c->exploiter_share + c->rule_share > 0)) {
    return sim_error(err, SIM_USAGE, "all shares of opponents are 0; wanted one above");
  }
  return SIM_OK;
}

bool strategy_free_roles(const char *table, const char *name) {
  PolOptions *options = table[0] ? pol_options_load(table, NULL) : NULL;
  PolTeam *team = table[0] ? NULL : pol_team_load(name, NULL);
  const PolOptions *used = team ? team->options : options;
  const bool free_roles = used && used->kind == POL_TABLE_VOLLEY;
  pol_options_destroy(options);
  pol_team_destroy(team);
  return free_roles;
}

SimStatus strategy_config_load(StrategyConfig *config, const char *preset, const char *file,
                               const char *const *overrides, int n, SimError *err) {
  SIM_TRY(config_load(config, sizeof *config, &TABLE, NULL, preset, file, overrides, n, err));
  if (strategy_free_roles(config->options, config->team)) {
    SIM_TRY(config_load(config, sizeof *config, &TABLE, "volley", preset, file, overrides, n, err));
  }
  return check_whole(config, err);
}

SimStatus strategy_config_response(StrategyConfig *response, const StrategyConfig *config,
                                   SimError *err) {
  *response = *config;
  SimStatus status = config_lay(response, &TABLE, config->response, err);
  status = status == SIM_OK ? check_whole(response, err) : status;
  return status == SIM_OK ? status : sim_error_prefix(err, "response");
}

void strategy_config_help(FILE *out, const StrategyConfig *config) {
  config_help(out, &TABLE, config);
}

char *strategy_config_text(const StrategyConfig *config) {
  return config_text(&TABLE, config);
}
