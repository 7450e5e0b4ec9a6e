// What a checkpoint holds of a PPO learner: two networks with their moments, running statistics,
// counters, the adapted learning rate and the weight of the KL divergence.
#ifndef HCSP_LEARN_PPO_STATE_H_
#define HCSP_LEARN_PPO_STATE_H_

#include "hcsp/learn/ppo.h"
#include "hcsp/run/archive.h"

// All of it; read networks are on the device and in their host copies.
void ppo_serialize(RunArchive *archive, Ppo *ppo);
// The weights alone: a learner goes on from another, with an optimiser of its own.
void ppo_serialize_weights(RunArchive *archive, Ppo *ppo);

// The critic becomes a copy of net, which is like it, and has no warm-up to go through: a learner
// that goes on from another's policy keeps what that one expected.
void ppo_keep_critic(Ppo *ppo, const PolNet *net);

// Statistics of the input become part of a network that plays, when it has a place for them.
void ppo_put_statistics(PolNet *net, const Ppo *ppo);

#endif  // HCSP_LEARN_PPO_STATE_H_
