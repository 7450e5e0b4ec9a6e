// The critic of the hover, which prices the states that strikes leave behind: a small network in a
// checkpoint file of its own.
#ifndef HCSP_RECIPES_SKILLS_CRITIC_H_
#define HCSP_RECIPES_SKILLS_CRITIC_H_

#include "policies/team.h"

// Writes net (hidden layers of any number, tanh or ELU, no norms) atomically.
SimStatus skills_critic_save(const char *path, PolNet *net, SimError *err);
// NULL with SIM_BAD_INPUT when the file is damaged or holds no critic of inputs inputs.
PolNet *skills_critic_load(const char *path, int inputs, SimError *err);

// Hash of its weights, whatever file they are in.
uint64_t skills_critic_hash(PolNet *net);

// What the hover's critic is called in a run's policies.
#define SKILLS_CRITIC_FILE "hover_critic.safetensors"
// The critic that a team file names. NULL with SIM_BAD_INPUT when it names none or no critic.
PolNet *skills_critic_of_team(const PolTeam *team, SimError *err);

#endif  // HCSP_RECIPES_SKILLS_CRITIC_H_
