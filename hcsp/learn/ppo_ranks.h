// The tiles of a minibatch, shared among the ranks of a job (hcsp/fleet) that all learn the same: a
// rank works on a part of them, and their gradients are added in the order of the tiles wherever
// they come from, so that weights have the same bits at any number of ranks.
#ifndef HCSP_LEARN_PPO_RANKS_H_
#define HCSP_LEARN_PPO_RANKS_H_

#include "hcsp/learn/ppo_buffers.h"

// Tiles first..end - 1 of a minibatch are this rank's.
typedef struct PpoTiles {
  int first, end;
  bool shared;  // others have the rest
} PpoTiles;

// Room for sums of other ranks, where there are any; false without memory. ppo_free_buffers frees
// it.
bool ppo_ranks_room(Ppo *ppo);
// This rank's of so many tiles; all of them where nobody else takes part, or where it does not pay,
// which the first minibatches tell.
PpoTiles ppo_ranks_tiles(Ppo *ppo, int tiles);
// Of a minibatch that this rank did alone: `seconds` of the wall clock.
void ppo_ranks_note(Ppo *ppo, double seconds);
// Brings the gradients of shared tiles together for mlp_step, and the sums of their losses,
// sums[tiles][KRN_SUMS] on the device.
void ppo_ranks_add(Ppo *ppo, double *sums, const PpoTiles *mine, int tiles);

#endif  // HCSP_LEARN_PPO_RANKS_H_
