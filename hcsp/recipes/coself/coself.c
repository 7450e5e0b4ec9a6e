// The parts one after the other. Each is a run folder of its own that goes on where it was, or is
// only read when it is complete, so that all of them are simply asked for again.
#include "hcsp/recipes/coself/coself.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/recipes/coself/internal.h"
#include "hcsp/recipes/strategy/strategy.h"
#include "sim/base/text.h"

enum { TEAM_BYTES_MAX = 1 << 20 };

// the team file of a part, from the folder of the whole
static char *rewrite(const char *text, const char *team, const char *part) {
  SimText out;
  FILE *stream = sim_text_open(&out);
  for (const char *line = text; stream && *line;) {
    const char *end = strchr(line, '\n');
    const int n = end ? (int)(end - line) : (int)strlen(line);
    char copy[2048];
    snprintf(copy, sizeof copy, "%.*s", n, line);
    char *path = strstr(copy, "policies/");
    if (strncmp(copy, "name:", 5) == 0) {
      fprintf(stream, "name: %s\n", team);
    } else if (path && copy[0] != '#') {
      *path = '\0';
      fprintf(stream, "%s%s/policies/%s\n", copy, part, path + strlen("policies/"));
    } else {
      fprintf(stream, "%s\n", copy);
    }
    line += n + (end != NULL);
  }
  return sim_text_close(&out);
}

static SimStatus write_team(const SkillsTraining *t, const CoselfConfig *config, const char *part,
                            SimError *err) {
  char name[64], path[SIM_PATH_MAX], *text = NULL;
  size_t size;
  snprintf(name, sizeof name, "%s/team.yaml", part);
  SimStatus status = sim_path_join(path, t->options.folder, name, err);
  status = status ? status : sim_file_read(&text, &size, path, TEAM_BYTES_MAX, err);
  status = status ? status : sim_path_join(path, t->options.folder, "team.yaml", err);
  status = status ? status : sim_text_save(path, rewrite(text, config->name, part), err);
  free(text);
  return status;
}

static SimStatus put_word(char *out, size_t size, const char *word, SimError *err) {
  if (strlen(word) >= size) {
    return sim_error(err, SIM_BAD_INPUT, "'%.60s...': saw a path of %zu characters, wanted %zu",
                     word, strlen(word), size - 1);
  }
  memcpy(out, word, strlen(word) + 1);
  return SIM_OK;
}

// the second part: strategies over the skills as the first part left them
static SimStatus train_alone(const SkillsTraining *t, const CoselfConfig *config,
                             const CoselfReports *reports, SimError *err) {
  const double budget[] = {config->alone_smoke, config->alone_quick, config->alone_full};
  assert((size_t)t->preset < sizeof budget / sizeof budget[0]);
  char folder[SIM_PATH_MAX], first[SIM_PATH_MAX], team[SIM_PATH_MAX], start[SIM_PATH_MAX];
  StrategyConfig strategy;
  SimStatus status = coself_strategy_config(&strategy, config, t->preset == SKILLS_SMOKE, err);
  status = status ? status : sim_path_join(folder, t->options.folder, "strategy", err);
  status = status ? status : sim_path_join(first, t->options.folder, "together", err);
  status = status ? status : sim_path_join(team, first, "team.yaml", err);
  status = status ? status : sim_path_join(start, first, "policies/strategy.safetensors", err);
  if (status != SIM_OK) {
    return status;
  }
  status = put_word(strategy.team, sizeof strategy.team, team, err);
  status = status ? status : put_word(strategy.start, sizeof strategy.start, start, err);
  status = status ? status
                  : put_word(strategy.external_opponent, sizeof strategy.external_opponent,
                             config->team, err);
  status = status ? status : put_word(strategy.rules, sizeof strategy.rules, config->rules, err);
  if (status != SIM_OK) {
    return status;
  }
  StrategyTraining training = {
      .config = &strategy, .options = t->options, .report = reports->strategy};
  training.options.folder = folder;
  training.options.resume = t->options.resume && run_exists(folder);
  training.options.budget = (int64_t)budget[t->preset];
  return strategy_train(&training, err);
}

SimStatus coself_train(const SkillsTraining *t, const CoselfReports *reports, SimError *err) {
  CoselfConfig config;
  SimStatus status = coself_config_load(&config, skills_preset_name(t->preset), t->config,
                                        t->overrides, t->n_overrides, err);
  status = status ? status : coself_joint_train(t, &config, err);
  status = status ? status : write_team(t, &config, "together", err);
  status = status ? status : train_alone(t, &config, reports, err);
  status = status ? status : write_team(t, &config, "strategy", err);
  return status || !reports->whole ? status : reports->whole(t, &config, err);
}
