// The parts of an iteration of PPO that a rollout on the host and one on a device share; for ppo.c
// and ppo_resident.c alone.
#ifndef HCSP_LEARN_PPO_BATCH_H_
#define HCSP_LEARN_PPO_BATCH_H_

#include "hcsp/learn/ppo_ranks.h"

// One minibatch. Pointers but for ppo are the device's.
typedef struct PpoBatch {
  Ppo *ppo;
  int rows;
  const int32_t *index;  // [rows]
  double *sums;          // [tiles][KRN_SUMS], zero
  float *scale;          // [2]: actor's and critic's
  const KrnAdam *adam;   // the actor's; the critic's num_minibatches further on
  PpoTiles mine;         // of its tiles
  KrnPolicyLoss loss;
} PpoBatch;

// Queues a minibatch (PpoBatch): everything that changes from one to the next lies on the device.
void ppo_batch_step(void *batch);
// of rows samples
KrnPolicyLoss ppo_loss(const PpoConfig *config, int rows);
KrnAdam ppo_adam_of_step(const PpoConfig *config, int64_t step, double rate);
// Whether a new critic still learns alone, before the actor trusts it.
bool ppo_warms(const Ppo *ppo);
// order[n] as an epoch of an iteration takes it, from the order before it.
void ppo_shuffle(int32_t *order, int n, const Ppo *ppo, int64_t iteration, int epoch);
int ppo_batch_first(const Ppo *ppo, int n, int batch);  // sample with which a minibatch begins

// Puts rows index[rows] of obs where the network reads them.
void ppo_put_obs(const Ppo *ppo, const Mlp *mlp, KrnWork *work, const float *obs,
                 const int32_t *index, int rows);
// value[rows] of obs[rows][inputs], rows <= (steps + 1) * worlds
void ppo_find_values(Ppo *ppo, const float *obs, float *value, int rows);

// The rate of this iteration: as adapted, less towards the end of the budget.
double ppo_rate_now(const Ppo *ppo, double done);
void ppo_adapt_rate(Ppo *ppo, double kl, double done);
// SIM_FAIL with one sentence when a loss or the length of a gradient was not finite.
SimStatus ppo_guard_batch(const double sums[KRN_SUMS], const float scale[2], SimError *err);
// Figures that follow from the sums of an epoch over n samples.
void ppo_fill_losses(PpoStats *figures, const double sums[KRN_SUMS], int n, double rate);

#endif  // HCSP_LEARN_PPO_BATCH_H_
