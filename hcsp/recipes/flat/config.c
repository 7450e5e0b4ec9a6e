// The schema, what the numbers must be to each other, and what follows from them.
#include "hcsp/recipes/flat/config.h"

#include <assert.h>

#include "hcsp/config/keys.h"

typedef FlatConfig ConfigOf;

static const cyaml_strval_t FLAT_ALGORITHM_WORDS[] = {{"sp", FLAT_SP},
                                                      {"fsp", FLAT_FSP},
                                                      {"psro_uniform", FLAT_PSRO_UNIFORM},
                                                      {"psro_nash", FLAT_PSRO_NASH}};

static const ConfigKey KEYS[] = {CONFIG_ROWS(FLAT_KEYS) CONFIG_PPO_ROWS CONFIG_PPO_CONTINUOUS_ROWS};
_Static_assert(sizeof FLAT_ALGORITHM_WORDS / sizeof FLAT_ALGORITHM_WORDS[0] == FLAT_ALGORITHMS,
               "a word an algorithm");
static const ConfigTable TABLE = {.folder = "configs/flat",
                                  .title = "a flat policy",
                                  .key = KEYS,
                                  .n = sizeof KEYS / sizeof KEYS[0],
                                  .algorithm = "algorithm"};

const char *flat_algorithm_name(FlatAlgorithm algorithm) {
  assert(algorithm < FLAT_ALGORITHMS);
  return FLAT_ALGORITHM_WORDS[algorithm].str;
}

SimStatus flat_config_load(FlatConfig *config, const char *file, const char *const *overrides,
                           int n, SimError *err) {
  SIM_TRY(config_load(config, sizeof *config, &TABLE, NULL, NULL, file, overrides, n, err));
  if (config->near + config->fallen + config->flying > 1) {
    return sim_error(err, SIM_USAGE, "near %g, fallen %g and flying %g; wanted a sum of at most 1",
                     config->near, config->fallen, config->flying);
  }
  return SIM_OK;
}

void flat_config_help(FILE *out, const FlatConfig *config) {
  config_help(out, &TABLE, config);
}

char *flat_config_text(const FlatConfig *config) {
  return config_text(&TABLE, config);
}

TaskFlatPay flat_config_pay(const FlatConfig *c) {
  return (TaskFlatPay){.result = c->result_reward,
                       .hit = c->hit_reward,
                       .send = c->send_reward,
                       .ball = c->ball_reward,
                       .anchor = c->anchor_reward,
                       .ground = c->ground_cost,
                       .close = c->close_cost,
                       .clearance = c->clearance,
                       .strike = c->strike_reward,
                       .apex = c->return_apex,
                       .scale = c->reward_scale};
}
