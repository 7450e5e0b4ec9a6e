// What every training's checkpoint holds of its learner: two networks with their moments, and the
// running statistics.
#ifndef HCSP_STAGES_PPO_STORE_H_
#define HCSP_STAGES_PPO_STORE_H_

#include "hcsp/learn/ppo.h"
#include "hcsp/run/checkpoint.h"

enum { HCSP_PPO_NETS = 6, HCSP_PPO_STATISTICS = 4 };

// Copies of the weights and moments of actor and critic; free their values. Returns HCSP_PPO_NETS,
// or 0 without memory.
int hcsp_ppo_net_blobs(HcspBlob blob[HCSP_PPO_NETS], HcspPpo *ppo);
// Back; without moments these stay what they are.
SimStatus hcsp_ppo_read_nets(HcspPpo *ppo, const HcspCheckpoint *file, bool moments, SimError *err);

// The same under names that begin with prefix, for a checkpoint of several learners; name[] keeps
// them.
enum { HCSP_PPO_BLOB_NAME = 48 };
int hcsp_ppo_net_blobs_of(HcspBlob blob[HCSP_PPO_NETS],
                          char name[HCSP_PPO_NETS][HCSP_PPO_BLOB_NAME], const char *prefix,
                          HcspPpo *ppo);
SimStatus hcsp_ppo_read_nets_of(HcspPpo *ppo, const char *prefix, const HcspCheckpoint *file,
                                SimError *err);

// The statistics, which stay the learner's own; their counts go elsewhere. Returns
// HCSP_PPO_STATISTICS.
int hcsp_ppo_statistics_blobs(HcspBlob blob[HCSP_PPO_STATISTICS], const HcspPpo *ppo);
SimStatus hcsp_ppo_read_statistics(HcspPpo *ppo, const HcspCheckpoint *file, SimError *err);

// Statistics of the input become part of a network that plays, when it has a place for them.
void hcsp_ppo_put_statistics(PolNet *net, const HcspPpo *ppo);

#endif  // HCSP_STAGES_PPO_STORE_H_
