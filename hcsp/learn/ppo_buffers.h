// What an iteration of PPO works on, on the device and beside it; for ppo.c alone.
#ifndef HCSP_LEARN_PPO_BUFFERS_H_
#define HCSP_LEARN_PPO_BUFFERS_H_

#include "hcsp/learn/ppo.h"

typedef struct PpoBuffers {
  int rows, all_rows;  // steps * worlds, (steps + 1) * worlds
  int rows_now;        // of the iteration in progress
  // device
  float *obs, *action, *log_prob, *reward, *value, *rest, *advantage, *wanted, *cut_obs, *cut_value;
  uint8_t *ended;
  int32_t *identity, *index;  // [all_rows], [rows]
  float *obs_mean, *obs_deviation;
  uint32_t *legal;                              // [rows][heads]
  float *reference, *reference_log_std, *pull;  // [rows][outputs], [outputs], [1]
  bool pulled;                                  // by the samples of the iteration in progress
  double *sums;                                 // [minibatches][tiles][KRN_SUMS]
  float *scale;                                 // [minibatches][2]: actor's and critic's
  KrnAdam *adam;                                // [2][minibatches]: actor's and critic's
  // host
  int tiles;          // of the largest minibatch
  KrnRecord *record;  // [minibatches]
  double *host_sums;
  float *host_scale;
  KrnAdam *host_adam;
  int32_t *order;
  float *host;        // [all_rows]
  float *host_rest;   // [rows]
  float *host_stats;  // [2][inputs]
  // with other ranks (ppo_ranks.h)
  double *rank_sum;  // sums and gradients on their way, NULL: nothing is shared
  int timed;         // minibatches done alone
  double alone;      // s, the shortest of them
  bool shares;       // the others are not
} PpoBuffers;

// Numbers that tell one action.
int ppo_actions(const Ppo *ppo);

// Makes ppo->buffers for that many rows; false without memory, what there is is freed by the other.
bool ppo_make_buffers(Ppo *ppo, int steps, int worlds);
void ppo_free_buffers(Ppo *ppo);  // none is fine

#endif  // HCSP_LEARN_PPO_BUFFERS_H_
