// A team = strategy (or a weighted mixture of them) + skills + option table; a YAML file. In a flat
// team, flat policies stand in the place of strategies, and there are no skills.
// policies/teams/classical.yaml says what each key means.
#ifndef POLICIES_TEAM_H_
#define POLICIES_TEAM_H_

#include "policies/calibration.h"
#include "policies/classical.h"
#include "policies/file.h"
#include "policies/options.h"
#include "policies/strategy.h"
#include "sim/base/file.h"

enum { POL_MIXTURE_MAX = 64, POL_MET_MAX = 512, POL_SEEDS_MAX = 128 };

typedef struct PolTeam {
  char name[POL_NAME_MAX];
  char path[SIM_PATH_MAX];  // of its file
  PolOptions *options;
  int strategies;
  PolStrategy strategy[POL_MIXTURE_MAX];
  double weight[POL_MIXTURE_MAX];  // sums to 1; one strategy is drawn per rally
  PolFile *skill[POL_SLOTS];  // NULL: classical. One file may fill several slots (same pointer)
  PolClassical *classical;    // NULL when no slot needs it
  bool sample_skills;
  bool calibrated;  // `calibration` holds for these skills; whether for the table, its hash tells
  PolCalibration calibration;
  char calibration_path[SIM_PATH_MAX];  // where the one for these skills belongs
  char critic[SIM_PATH_MAX];  // the hover's critic, "" when the file names none; only training
                              // reads it, and the hash leaves it out
  bool flat;                  // strategies are flat policies
  // What its file tells of its training, "" when it tells nothing; the hash leaves it out.
  char met[POL_MET_MAX];  // opponents met in training: names of teams and rule strategies, blanks
                          // between
  char seeds[POL_SEEDS_MAX];  // seeds of its trainings, blanks between
  uint64_t hash;              // of the team file's meaning and everything it names
} PolTeam;

// Whether the file of `team` says that its training met the team or rule strategy called name.
bool pol_team_met(const PolTeam *team, const char *name);

// which: the name of a shipped team (policies/teams/NAME.yaml), a path ending in .yaml, or a run
// folder (its team.yaml). NULL with SIM_USAGE when which is none of these (the sentence lists the
// shipped teams), with SIM_BAD_INPUT when something in the files is wrong.
PolTeam *pol_team_load(const char *which, SimError *err);
// The same from memory; path stands for the file in messages, and files it names are looked for
// from its folder.
PolTeam *pol_team_parse(const char *path, const char *text, size_t size, SimError *err);
void pol_team_destroy(PolTeam *team);  // NULL is fine

// Exchanges the option table for the one called name, with the flight times calibrated for the
// team's skills. SIM_BAD_INPUT, and the team keeps its table, when there is none.
SimStatus pol_team_set_options(PolTeam *team, const char *name, SimError *err);
// Exchanges the skill of one slot for the policy file at path; other slots keep theirs.
// SIM_BAD_INPUT, and the team stays what it is, when the file cannot fill it. A calibration of the
// team's holds no longer.
SimStatus pol_team_set_skill(PolTeam *team, PolSlot slot, const char *path, SimError *err);
// What a calibration knows a skill by: the hash of the file, or of the gains of the controller.
uint64_t pol_team_skill_hash(const PolTeam *team, PolSlot slot);

// Which of the team's strategies plays a rally on a side.
int pol_team_member(const PolTeam *team, uint64_t seed, uint32_t rally, SimTeam side);

// SIM_BAD_INPUT when file cannot fill slot, which takes skills with act rotor4 or ctbr4 and a
// layout that the slot understands.
SimStatus pol_team_check_skill(const PolFile *file, PolSlot slot, SimError *err);

// Names of the shipped teams, sorted; returns how many, at most max.
int pol_team_list(char names[][POL_NAME_MAX], int max);

#endif  // POLICIES_TEAM_H_
