// The table serves files and habits from before the keys were the field's words; it can go when
// nobody has such files any more. A key that stands twice had one name for two things.
#include "sim/base/renamed.h"

#include <stddef.h>
#include <string.h>

static const char *const RENAMED[][2] = {
    {"discount", "gamma"},
    {"trace", "gae_lambda"},
    {"epochs", "update_epochs"},
    {"minibatches", "num_minibatches"},
    {"minibatch", "minibatch_size"},
    {"batch", "batch_size"},
    {"clip", "clip_coef"},
    {"entropy", "ent_coef"},
    {"gradient_max", "max_grad_norm"},
    {"rate", "learning_rate"},
    {"rate_min", "learning_rate_min"},
    {"rate_max", "learning_rate_max"},
    {"rate_end", "learning_rate_end"},
    {"anneal", "anneal_share"},
    {"kl", "target_kl"},
    {"worlds", "num_envs"},
    {"matches", "num_envs"},
    {"rollout", "num_steps"},
    {"discount_seconds", "gamma_horizon"},
    {"mirror", "symmetry"},
    {"hard", "pfsp_exponent"},
    {"rivals", "opponents"},
    {"guest", "external_opponent"},
    {"guest_share", "external_share"},
    {"kept_out", "held_out"},
    {"steps_smoke", "timesteps_smoke"},
    {"steps_quick", "timesteps_quick"},
    {"steps_full", "timesteps_full"},
    {"decisions_smoke", "timesteps_smoke"},
    {"decisions_quick", "timesteps_quick"},
    {"decisions_full", "timesteps_full"},
    {"pull", "kl_coef"},
    {"pull_target", "kl_target"},
    {"pull_rate", "kl_coef_rate"},
    {"skill_rate", "skill_learning_rate"},
    {"skill_epochs", "skill_update_epochs"},
    {"skill_minibatches", "skill_num_minibatches"},
    {"skill_kl", "skill_target_kl"},
    {"skill_batch", "skill_batch_size"},
    {"together_smoke", "joint_smoke"},
    {"together_quick", "joint_quick"},
    {"together_full", "joint_full"},
    {"practice_smoke", "fine_tune_smoke"},
    {"practice_quick", "fine_tune_quick"},
    {"practice_full", "fine_tune_full"},
    {"practice_faster", "fine_tune_faster"},
    {"practice", "fine_tune"},
    {"wash_share", "downwash_share"},
    {"growth_noise", "expand_noise"},
    {"watch_share", "eval_share"},
    {"result_pay", "result_reward"},
    {"hit_pay", "hit_reward"},
    {"send_pay", "send_reward"},
    {"ball_pay", "ball_reward"},
    {"anchor_pay", "anchor_reward"},
    {"pay_scale", "reward_scale"},
    {"warm", "warm_start"},
    {"warm", "critic_warmup"},
};

const char *sim_renamed(const char *old, const char *const *known, int n) {
  for (size_t r = 0; r < sizeof RENAMED / sizeof *RENAMED; r++) {
    for (int i = 0; i < n && strcmp(RENAMED[r][0], old) == 0; i++) {
      if (strcmp(RENAMED[r][1], known[i]) == 0) {
        return known[i];
      }
    }
  }
  return NULL;
}
