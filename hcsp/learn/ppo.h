// Proximal policy optimisation (Schulman et al. 2017) for one actor and one critic with separate
// weights, on whatever device. A rollout comes in, weights change, figures come out.
//
// What differs from the textbook, each measured in the recipe for the skills: the rate follows the
// KL divergence between iterations, advantages are normalised once per iteration and clipped, the
// critic's value stands in where only the time ran out, samples without a mask leave the batch.
#ifndef HCSP_LEARN_PPO_H_
#define HCSP_LEARN_PPO_H_

#include <stdint.h>

#include "hcsp/learn/mlp.h"

typedef struct HcspPpoConfig {
  int epochs, minibatches;
  double discount, trace;  // per decision; lambda of the advantages
  double clip;             // of the ratio
  double advantage_max;    // normalised advantages are held to +- this
  double bound_limit, bound_cost, entropy;
  double norm_max;                      // gradient length, each network
  double rate, rate_min, rate_max;      // learning rate: start and bounds
  double kl;                            // target; 0: the rate stays
  double anneal;                        // share of the budget over which the rate falls
  double rate_end;                      // to this share of itself
  double std_low, std_high;             // bounds of log_std
  double beta1, beta2, epsilon;         // Adam
  bool normalise_obs, normalise_value;  // running mean and deviation
} HcspPpoConfig;

// Experience of one iteration, on the host. World w of step t is row t * worlds + w.
typedef struct HcspRollout {
  int steps, worlds, inputs, outputs;
  float *obs;        // [steps + 1][worlds][inputs]
  float *action;     // [steps][worlds][outputs], as sampled
  float *log_prob;   // [steps][worlds]
  float *reward;     // [steps][worlds]
  uint8_t *ended;    // [steps][worlds]: the next row belongs to another episode
  uint8_t *masked;   // [steps][worlds]: the sample teaches nothing
  int cuts;          // rows where the time ran out, at most steps * worlds
  int32_t *cut_row;  // [cuts]
  float *cut_obs;    // [cuts][inputs]: what would have been seen next
} HcspRollout;

bool hcsp_rollout_create(HcspRollout *rollout, int steps, int worlds, int inputs, int outputs);
void hcsp_rollout_free(HcspRollout *rollout);  // zero-initialised is fine

// Running mean and deviation, Chan et al. 1983; the count is capped so that it keeps following.
typedef struct HcspRunning {
  double count, *mean, *square;  // [n]: square = sum of squared differences / count
  int n;
} HcspRunning;

typedef struct HcspPpoFigures {
  double policy_loss, value_loss, kl, clipped, bound, entropy;  // means over the last epoch
  double rate, gradient_actor, gradient_critic, std;            // std: mean over the outputs
  double value_mean, wanted_mean, explained;                    // explained variance of returns
} HcspPpoFigures;

typedef struct HcspPpo {
  HcspPpoConfig config;
  KrnDevice *device;
  HcspMlp *actor, *critic;
  HcspRunning obs, value;   // statistics, used when configured
  double rate;              // as adapted
  int64_t iteration, step;  // iterations and Adam steps taken
  uint64_t seed;
  struct HcspPpoBuffers *buffers;
} HcspPpo;

// Borrows device; owns the networks, which the caller initialises. NULL and err when memory fails.
HcspPpo *hcsp_ppo_create(KrnDevice *device, const HcspPpoConfig *config, const PolArch *actor,
                         const PolArch *critic, int steps, int worlds, uint64_t seed,
                         SimError *err);
void hcsp_ppo_destroy(HcspPpo *ppo);  // NULL is fine

// One iteration. done = share of the budget that was spent before it. SIM_FAIL with one sentence,
// and no changed weight, when a number of the rollout, a loss or a gradient is not finite;
// *bad_row is then the rollout's row to look at, or -1.
SimStatus hcsp_ppo_update(HcspPpoFigures *figures, int *bad_row, HcspPpo *ppo,
                          const HcspRollout *rollout, double done, SimError *err);

#endif  // HCSP_LEARN_PPO_H_
