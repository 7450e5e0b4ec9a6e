// The schema, and what the numbers must be to each other; hcsp/config/keys.h reads the layers.
#include "hcsp/recipes/coself/config.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "hcsp/config/keys.h"

enum { OVERRIDES_MAX = 64 };

typedef CoselfConfig ConfigOf;

static const cyaml_strval_t COSELF_SCORING_WORDS[] = {{"normal", COSELF_SCORING_NORMAL},
                                                      {"strict", COSELF_SCORING_STRICT}};

static const ConfigKey KEYS[] = {CONFIG_ROWS(COSELF_KEYS)};
static const ConfigTable TABLE = {.folder = "configs/coself",
                                  .title = "co-self-play",
                                  .key = KEYS,
                                  .n = sizeof KEYS / sizeof KEYS[0]};

// what the numbers must be to each other
static SimStatus check_whole(const CoselfConfig *c, SimError *err) {
  if (c->log_std_min > c->log_std_max) {
    return sim_error(err, SIM_USAGE, "log_std_min %g above log_std_max %g; wanted at most that",
                     c->log_std_min, c->log_std_max);
  }
  if (c->self_share + c->rule_share > 1) {
    return sim_error(err, SIM_USAGE, "self_share %g and rule_share %g; wanted a sum of at most 1",
                     c->self_share, c->rule_share);
  }
  if (c->batch_size < c->num_envs) {
    return sim_error(err, SIM_USAGE, "batch_size %.0f with num_envs %.0f; wanted at least as many",
                     c->batch_size, c->num_envs);
  }
  return SIM_OK;
}

// by the team, or where that is not there yet by the table that is asked for
static bool free_roles(const CoselfConfig *c) {
  return strategy_free_roles("", c->team) || strategy_free_roles(c->options, "");
}

SimStatus coself_config_load(CoselfConfig *config, const char *preset, const char *file,
                             const char *const *overrides, int n, SimError *err) {
  SimStatus status =
      config_load(config, sizeof *config, &TABLE, NULL, preset, file, overrides, n, err);
  if (status == SIM_OK && free_roles(config)) {
    status = config_load(config, sizeof *config, &TABLE, "volley", preset, file, overrides, n, err);
  }
  return status == SIM_OK ? check_whole(config, err) : status;
}

SimStatus coself_strategy_config(StrategyConfig *config, const CoselfConfig *c, bool smoke,
                                 SimError *err) {
  char words[sizeof c->strategy], more[sizeof c->strategy_smoke];
  char team[sizeof c->team + sizeof "team="], options[sizeof c->options + sizeof "options="];
  const char *override[OVERRIDES_MAX];
  const bool any_touch = free_roles(c);  // which loads a whole team
  snprintf(team, sizeof team, "team=%s", c->team);
  snprintf(options, sizeof options, "options=%s", any_touch ? c->options : "");
  memcpy(words, c->strategy, sizeof words);
  memcpy(more, c->strategy_smoke, sizeof more);
  // whose table tells which strategies there are
  override[0] = team;
  override[1] = options;
  int n = 2 + config_split(override + 2, OVERRIDES_MAX - 2, words);
  n += smoke ? config_split(override + n, OVERRIDES_MAX - n, more) : 0;
  assert(n >= 0 && n <= OVERRIDES_MAX);
  const SimStatus status = strategy_config_load(config, NULL, NULL, override, n, err);
  if (any_touch) {
    config->options[0] = '\0';  // the team comes with it
  }
  return status;
}

void coself_config_help(FILE *out, const CoselfConfig *config) {
  config_help(out, &TABLE, config);
}

char *coself_config_text(const CoselfConfig *config) {
  return config_text(&TABLE, config);
}
