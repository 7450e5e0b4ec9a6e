// A team file as it is written, before the files it names are looked at.
#ifndef POLICIES_TEAM_YAML_H_
#define POLICIES_TEAM_YAML_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policies/skill.h"
#include "sim/base/status.h"

typedef struct PolMemberYaml {
  char *policy;
  double weight;
} PolMemberYaml;

typedef struct PolSkillsYaml {
  char *slot[POL_SLOTS];
} PolSkillsYaml;

typedef struct PolTeamYaml {
  char *name, *options, *strategy, *flat, *calibration, *critic, *met, *seeds;  // NULL: not given
  PolMemberYaml *mixture;  // instead of strategy
  uint32_t mixture_count;
  PolMemberYaml *flat_mixture;  // instead of flat
  uint32_t flat_mixture_count;
  PolSkillsYaml *skills;
  bool *sample, *sample_strategy, *sample_skills, *masked;
} PolTeamYaml;

// Reads text; free with pol_team_yaml_free. NULL and SIM_BAD_INPUT when it does not fit.
PolTeamYaml *pol_team_yaml_parse(const char *path, const char *text, size_t size, SimError *err);
void pol_team_yaml_free(PolTeamYaml *yaml);

#endif  // POLICIES_TEAM_YAML_H_
