// Stage I as a whole: the hover, the strikes priced by its critic, first those that begin from
// nothing and then those that go on from them, the states that strikes leave behind, the hover
// again from those, and a team that plays. Every part is a run folder of its own under the folder
// of the whole; what is complete is not done again.
#ifndef HCSP_RECIPES_SKILLS_SKILLS_H_
#define HCSP_RECIPES_SKILLS_SKILLS_H_

#include "hcsp/recipes/skills/skill.h"

typedef enum SkillsPreset { SKILLS_SMOKE, SKILLS_QUICK, SKILLS_FULL } SkillsPreset;
// What a preset has of the three keys NAME_smoke, NAME_quick and NAME_full of a configuration.
#define SKILLS_OF_PRESET(config, name, preset)                                                     \
  ((const double[]){(config)->name##_smoke, (config)->name##_quick, (config)->name##_full}[preset])
const char *skills_preset_name(SkillsPreset preset);
int skills_preset_find(const char *name);  // or -1

typedef struct SkillsTraining {
  SkillsPreset preset;
  TrainOptions options;          // folder: of the whole run; the budgets are those of the preset
  const char *config;            // file laid over every skill's configuration, may be NULL
  const char *const *overrides;  // key=value
  int n_overrides;
} SkillsTraining;

// All of Stage I into training->folder, for the option table that the word options=NAME names:
//   volley (default): hover_a/, serve/, set/, attack/, pass/, volley_dig/, volley_save/,
//     volley_attack/, volley_set/, hover/, each a run; policies/ and team.yaml
//   court: hover_a/, serve/, set/, attack/, receive/, pass/, hover/; policies/, team.yaml and
//     stage1_plus.yaml, from which strategies of that table are learnt
// Prints a table of what each network achieves to stdout. SIM_USAGE for another table.
SimStatus skills_train(const SkillsTraining *training, SimError *err);

// Decisions of all of that; its folder is not used.
SimStatus skills_decisions(double *decisions, const SkillsTraining *training, SimError *err);

// One network into training->folder, with its first round only. critic: a critic file, NULL for the
// shipped one; only strikes use it. from: a policy file to continue from, NULL: none.
SimStatus skills_train_one(const SkillsTraining *training, const char *skill, const char *critic,
                           const char *from, SimError *err);

#endif  // HCSP_RECIPES_SKILLS_SKILLS_H_
