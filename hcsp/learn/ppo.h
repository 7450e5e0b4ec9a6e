// Proximal policy optimisation (Schulman et al. 2017) for one actor and one critic with separate
// weights, on whatever device. A rollout comes in, weights change, figures come out.
//
// What differs from the textbook (hcsp/README.md 3.1): the rate follows the
// KL divergence between iterations, advantages are normalised once per iteration and clipped, the
// critic's value stands in where only the time ran out, samples without a mask leave the batch.
#ifndef HCSP_LEARN_PPO_H_
#define HCSP_LEARN_PPO_H_

#include "hcsp/learn/mlp.h"
#include "hcsp/learn/rollout.h"

typedef struct PpoConfig {
  KrnHeads heads;  // sizes of categorical heads; none: a normal with free deviations
  int update_epochs, num_minibatches;
  double gamma, gae_lambda;  // per decision; lambda of the advantages
  double clip_coef;          // of the ratio
  double advantage_max;      // normalised advantages are held to +- this
  double bound_limit, bound_cost, ent_coef;
  double max_grad_norm;                                        // gradient length, each network
  double learning_rate, learning_rate_min, learning_rate_max;  // learning rate: start and bounds
  double target_kl;                                            // target; 0: the rate stays
  double anneal_share;           // share of the budget over which the rate falls
  double learning_rate_end;      // to this share of itself
  int critic_warmup;             // iterations in which only the critic learns
  double std_low, std_high;      // bounds of log_std
  double beta1, beta2, epsilon;  // Adam
  // NULL, or what makes of an observation and an action those of the mirrored world: every other
  // sample, at random, is learnt from that way. Exact where world and task are symmetric.
  void (*symmetry)(const void *arg, float *obs, float *action);
  const void *symmetry_arg;
  bool normalise_obs, normalise_value;  // running mean and deviation
} PpoConfig;

typedef struct PpoStats {
  double policy_loss, value_loss, kl, clipped, bound, entropy;  // means over the last epoch
  double rate, gradient_actor, gradient_critic, std;            // std: mean over the outputs
  double value_mean, wanted_mean, explained;                    // explained variance of returns
} PpoStats;

typedef struct Ppo {
  PpoConfig config;
  KrnDevice *device;
  Mlp *actor, *critic;
  Running obs, value;       // statistics, used when configured
  double rate;              // as adapted
  double pull;              // weight of the divergence from the samples' reference, per sample
  int64_t iteration, step;  // iterations and Adam steps taken
  uint64_t seed;
  struct PpoBuffers *buffers;
} Ppo;

// For rollouts of steps x worlds, or for up to as many samples. Borrows device; owns the networks,
// which the caller initialises. NULL and err when memory fails.
Ppo *ppo_create(KrnDevice *device, const PpoConfig *config, const PolArch *actor,
                const PolArch *critic, int steps, int worlds, uint64_t seed, SimError *err);
void ppo_destroy(Ppo *ppo);  // NULL is fine

// One iteration; with reflect, rows of the rollout are changed in place. done = share of the budget
// that was spent before it. SIM_FAIL with one sentence when a number of the rollout, a loss, a
// gradient or a weight is not finite; a gradient that is not finite changes no weight. *bad_row is
// then the rollout's row to look at, or -1.
SimStatus ppo_update(PpoStats *figures, int *bad_row, Ppo *ppo, const Rollout *rollout, double done,
                     SimError *err);

// Values of n <= (steps + 1) * worlds observations [n][inputs], for callers that make advantages.
void ppo_values(float *value, Ppo *ppo, const float *obs, int n);
// The same iteration from samples, 1 <= n <= steps * worlds of them. *bad_row: the sample.
SimStatus ppo_learn(PpoStats *figures, int *bad_row, Ppo *ppo, const RolloutSamples *samples,
                    double done, SimError *err);

#endif  // HCSP_LEARN_PPO_H_
