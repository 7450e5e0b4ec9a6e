// Stage I as a whole: the hover, the five strikes priced by its critic, the states that strikes
// leave behind, the hover again from those, and a team that plays. Every part is a run folder of
// its own under the folder of the whole; what is complete is not done again.
#ifndef HCSP_STAGES_SKILLS_SKILLS_H_
#define HCSP_STAGES_SKILLS_SKILLS_H_

#include "hcsp/stages/skills/skill.h"

typedef enum HcspPreset { HCSP_SMOKE, HCSP_QUICK, HCSP_FULL } HcspPreset;
const char *hcsp_preset_name(HcspPreset preset);
int hcsp_preset_find(const char *name);  // or -1

typedef struct HcspSkillsTraining {
  HcspPreset preset;
  HcspOrder order;               // folder: of the whole run; the budgets are those of the preset
  const char *config;            // file laid over every skill's configuration, may be NULL
  const char *const *overrides;  // key=value
  int n_overrides;
} HcspSkillsTraining;

// All of Stage I into training->folder: hover_a/, serve/, set/, attack/, receive/,
// pass/, hover/, each a run; policies/, team.yaml and stage1_plus.yaml, which has the options and
// the rule strategy that Stage II starts from. Prints a table of what each network achieves to
// stdout.
SimStatus hcsp_skills_train(const HcspSkillsTraining *training, SimError *err);

// One network into training->folder, with its first round only. critic: a critic file, NULL for the
// shipped one; only strikes use it.
SimStatus hcsp_skills_train_one(const HcspSkillsTraining *training, const char *skill,
                                const char *critic, SimError *err);

// Budget of a skill in decisions.
int64_t hcsp_skill_budget(const HcspSkillConfig *config, HcspPreset preset, bool again);

#endif  // HCSP_STAGES_SKILLS_SKILLS_H_
