#include "hcsp/learn/ppo_config.h"

#include <assert.h>

PpoConfig ppo_config_of(const ConfigPpo *keys) {
  return (PpoConfig){.update_epochs = (int)keys->update_epochs,
                     .num_minibatches = (int)keys->num_minibatches,
                     .gamma = keys->gamma,
                     .gae_lambda = keys->gae_lambda,
                     .clip_coef = keys->clip_coef,
                     .advantage_max = keys->advantage_max,
                     .bound_limit = keys->mean_limit,
                     .bound_cost = keys->mean_cost,
                     .ent_coef = keys->ent_coef,
                     .max_grad_norm = keys->max_grad_norm,
                     .learning_rate = keys->learning_rate,
                     .learning_rate_min = keys->learning_rate_min,
                     .learning_rate_max = keys->learning_rate_max,
                     .target_kl = keys->target_kl,
                     .anneal_share = keys->anneal_share,
                     .learning_rate_end = keys->learning_rate_end,
                     .std_low = keys->log_std_min,
                     .std_high = keys->log_std_max,
                     .beta1 = 0.9,
                     .beta2 = 0.999,
                     .epsilon = 1e-7};
}

PolArch ppo_arch_of(ConfigNet net, int inputs, int outputs) {
  assert(net >= CONFIG_NET_SMALL && net <= CONFIG_NET_PAPER && inputs > 0 && outputs > 0);
  if (net == CONFIG_NET_PAPER) {
    return (PolArch){.inputs = inputs,
                     .outputs = outputs,
                     .layers = 3,
                     .hidden = {256, 128, 128},
                     .input_norm = POL_INPUT_LAYERNORM,
                     .activation = POL_ELU,
                     .hidden_norm = true};
  }
  const int width = net == CONFIG_NET_SMALL ? 64 : 128;
  return (PolArch){.inputs = inputs,
                   .outputs = outputs,
                   .layers = 2,
                   .hidden = {width, width},
                   .activation = POL_TANH};
}
