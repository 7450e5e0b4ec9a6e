// One table of metrics: the same tag for the same quantity in every training, so that runs of all
// stages overlay in TensorBoard. Names are CleanRL's where it has one. Tags of several learners in
// one run have the learner's name in place of the first word ("set/approx_kl").
#ifndef HCSP_TRAIN_TAGS_H_
#define HCSP_TRAIN_TAGS_H_

#include "hcsp/learn/ppo.h"
#include "hcsp/train/metrics.h"

// X(name, tag, what it is); a tag that ends with / is followed by a name. The table of
// hcsp/README.md 2.3 is this one, and runs log no other (tests/check_tags.py).
// clang-format off
#define TRAIN_TAGS(X)                                                                              \
  X(POLICY_LOSS, "losses/policy_loss", "clipped surrogate loss, mean over the last epoch")         \
  X(VALUE_LOSS, "losses/value_loss", "loss of the critic")                                         \
  X(BOUND_LOSS, "losses/bound_loss", "mean actions beyond mean_limit, squared")                    \
  X(ENTROPY, "losses/entropy", "of the policy, nats a decision")                                   \
  X(APPROX_KL, "losses/approx_kl", "KL of the update, nats a decision")                            \
  X(CLIPFRAC, "losses/clipfrac", "share of the samples whose ratio was clipped")                   \
  X(EXPLAINED, "losses/explained_variance", "of the returns, by the critic")                       \
  X(GUESS, "losses/guess_explained_variance", "of points, by attacks and shapes chosen at once")   \
  X(GRAD_NORM, "losses/grad_norm", "of the actor, before it is cut")                               \
  X(GRAD_NORM_CRITIC, "losses/grad_norm_critic", "of the critic")                                  \
  X(LEARNING_RATE, "charts/learning_rate", "as adapted and annealed")                              \
  X(ACTION_STD, "charts/action_std", "mean deviation of the rotor commands")                       \
  X(SPS, TRAIN_TAG_SPS, "timesteps per second of wall clock; in the event file alone")             \
  X(RETURN, "charts/episodic_return", "reward of an episode, not discounted")                      \
  X(LENGTH, "charts/episodic_length", "decisions of an episode")                                   \
  X(EPISODES, "charts/episodes", "that ended in the update")                                       \
  X(TASK, "task/", "statistic of a task's episodes, by its name there")                            \
  X(MATCH, "match/", "statistic of the rallies: steps, hits, draws, seconds, serves, ...")         \
  X(WINS, "wins/", "share of the decided points against an opponent")                              \
  X(POOL, "league/pool", "members of the population")                                              \
  X(KL_REFERENCE, "strikes/kl_reference", "KL of a skill to the one that it began as")             \
  X(KL_COEF, "strikes/kl_coef", "its weight in the loss")                                          \
  X(STRIKES, "strikes/", "statistic of a skill's strikes in matches")
// clang-format on

typedef enum TrainTag {
#define TRAIN_TAG_ID(name, tag, what) TRAIN_##name,
  TRAIN_TAGS(TRAIN_TAG_ID)
#undef TRAIN_TAG_ID
} TrainTag;

// Adds a scalar to the set of an update. name: what follows a tag that ends with /, or NULL.
// learner: its name where a run has several, else NULL.
void train_put(TrainMetrics *metrics, const char *learner, TrainTag tag, const char *name,
               double value);
// Adds what every learner has: losses, gradients, rate.
void train_put_ppo(TrainMetrics *metrics, const char *learner, const PpoStats *stats);

#endif  // HCSP_TRAIN_TAGS_H_
