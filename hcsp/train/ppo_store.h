// What every training's checkpoint holds of its learner: two networks with their moments, and the
// running statistics.
#ifndef HCSP_TRAIN_PPO_STORE_H_
#define HCSP_TRAIN_PPO_STORE_H_

#include "hcsp/learn/ppo.h"
#include "hcsp/run/checkpoint.h"

enum { TRAIN_PPO_NETS = 6, TRAIN_PPO_STATISTICS = 4 };

// Copies of the weights and moments of actor and critic; free their values. Returns TRAIN_PPO_NETS,
// or 0 without memory.
int train_ppo_net_blobs(RunBlob blob[TRAIN_PPO_NETS], Ppo *ppo);
// Back; without moments these stay what they are.
SimStatus train_ppo_read_nets(Ppo *ppo, const RunCheckpoint *file, bool moments, SimError *err);

// The same under names that begin with prefix, for a checkpoint of several learners; name[] keeps
// them.
enum { TRAIN_PPO_BLOB_NAME = 48 };
int train_ppo_net_blobs_of(RunBlob blob[TRAIN_PPO_NETS],
                           char name[TRAIN_PPO_NETS][TRAIN_PPO_BLOB_NAME], const char *prefix,
                           Ppo *ppo);
SimStatus train_ppo_read_nets_of(Ppo *ppo, const char *prefix, const RunCheckpoint *file,
                                 SimError *err);

// The statistics, which stay the learner's own; their counts go elsewhere. Returns
// TRAIN_PPO_STATISTICS.
int train_ppo_statistics_blobs(RunBlob blob[TRAIN_PPO_STATISTICS], const Ppo *ppo);
SimStatus train_ppo_read_statistics(Ppo *ppo, const RunCheckpoint *file, SimError *err);

// Statistics of the input become part of a network that plays, when it has a place for them.
void train_ppo_put_statistics(PolNet *net, const Ppo *ppo);

#endif  // HCSP_TRAIN_PPO_STORE_H_
