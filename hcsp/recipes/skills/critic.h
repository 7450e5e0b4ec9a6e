// Critics in checkpoint files of their own: that of the hover, which prices the states that strikes
// leave behind, and those with which learners go on from policies.
#ifndef HCSP_RECIPES_SKILLS_CRITIC_H_
#define HCSP_RECIPES_SKILLS_CRITIC_H_

#include "policies/team.h"

// Writes net (tanh or ELU) atomically.
SimStatus skills_critic_save(const char *path, PolNet *net, SimError *err);
// NULL with SIM_BAD_INPUT when the file is damaged or holds no critic of inputs inputs.
PolNet *skills_critic_load(const char *path, int inputs, SimError *err);

// Hash of its weights, whatever file they are in.
uint64_t skills_critic_hash(PolNet *net);

// What the hover's critic is called in a run's policies.
#define SKILLS_CRITIC_FILE "hover_critic.safetensors"
// The critic that a team file names. NULL with SIM_BAD_INPUT when it names none or no critic.
PolNet *skills_critic_of_team(const PolTeam *team, SimError *err);

// The critic that a policy was learnt with lies beside it: X_critic.safetensors, X.safetensors.
SimStatus skills_critic_save_beside(const char *policy, PolNet *net, SimError *err);
// For a learner that goes on from the policy. *net is NULL when there is none, or one for another
// actor; SIM_BAD_INPUT when it is damaged.
SimStatus skills_critic_beside(PolNet **net, const char *policy, const PolArch *actor,
                               SimError *err);

#endif  // HCSP_RECIPES_SKILLS_CRITIC_H_
