// A learner's settings and networks from the keys that recipes share (hcsp/config/ppo_keys.h).
#ifndef HCSP_LEARN_PPO_CONFIG_H_
#define HCSP_LEARN_PPO_CONFIG_H_

#include "hcsp/config/ppo_keys.h"
#include "hcsp/learn/ppo.h"

// What the keys say; heads, warm-up, symmetry and normalisation are the caller's to add. Where the
// keys of continuous actions are 0 they mean nothing: the learner has heads.
PpoConfig ppo_config_of(const ConfigPpo *keys);
// Hidden layers of that size; the paper's begin with a layer norm of the observation.
PolArch ppo_arch_of(ConfigNet net, int inputs, int outputs);

#endif  // HCSP_LEARN_PPO_CONFIG_H_
