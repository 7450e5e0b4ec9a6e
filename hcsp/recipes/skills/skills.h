// Stage I as a whole: the hover, the five strikes priced by its critic, the states that strikes
// leave behind, the hover again from those, and a team that plays. Every part is a run folder of
// its own under the folder of the whole; what is complete is not done again.
#ifndef HCSP_RECIPES_SKILLS_SKILLS_H_
#define HCSP_RECIPES_SKILLS_SKILLS_H_

#include "hcsp/recipes/skills/skill.h"

typedef enum SkillsPreset { SKILLS_SMOKE, SKILLS_QUICK, SKILLS_FULL } SkillsPreset;
const char *skills_preset_name(SkillsPreset preset);
int skills_preset_find(const char *name);  // or -1

typedef struct SkillsTraining {
  SkillsPreset preset;
  TrainOptions order;            // folder: of the whole run; the budgets are those of the preset
  const char *config;            // file laid over every skill's configuration, may be NULL
  const char *const *overrides;  // key=value
  int n_overrides;
} SkillsTraining;

// All of Stage I into training->folder: hover_a/, serve/, set/, attack/, receive/,
// pass/, hover/, each a run; policies/, team.yaml and stage1_plus.yaml, which has the options and
// the rule strategy that Stage II starts from. Prints a table of what each network achieves to
// stdout.
SimStatus skills_train(const SkillsTraining *training, SimError *err);

// One network into training->folder, with its first round only. critic: a critic file, NULL for the
// shipped one; only strikes use it. from: a policy file to continue from, NULL: none.
SimStatus skills_train_one(const SkillsTraining *training, const char *skill, const char *critic,
                           const char *from, SimError *err);

// Budget of a skill in decisions.
int64_t skill_budget(const TaskConfig *config, SkillsPreset preset, bool again);

#endif  // HCSP_RECIPES_SKILLS_SKILLS_H_
