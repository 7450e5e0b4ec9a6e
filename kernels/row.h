// Arithmetic of one row or one weight in learning, shared by the loops of every device, so that the
// tests of one check the numbers of all.
#ifndef KERNELS_ROW_H_
#define KERNELS_ROW_H_

#include <math.h>
#include <stdbool.h>

#include "kernels/element.h"

typedef enum KrnActivation { KRN_LINEAR, KRN_ELU, KRN_TANH } KrnActivation;

// Slope of an activation, told from its result.
static inline float krn_elu_slope(float y) {
  return y > 0.0f ? 1.0f : y + 1.0f;
}
static inline float krn_tanh_slope(float y) {
  return 1.0f - y * y;
}

// Sums over the samples of an update, in double.
enum {
  KRN_SUM_POLICY,   // policy loss
  KRN_SUM_VALUE,    // value loss
  KRN_SUM_KL,       // ratio - 1 - log ratio (Schulman 2020), never negative
  KRN_SUM_CLIPPED,  // samples whose ratio is outside the clip range
  KRN_SUM_BOUND,    // cost of means beyond the limit
  KRN_SUM_ENTROPY,
  KRN_SUMS,
};

typedef struct KrnPolicyLoss {
  float clip;         // ratio is held to 1 +- clip (Schulman et al. 2017)
  float bound_limit;  // |mean| beyond this costs bound_cost times the square of the excess
  float bound_cost;
  float entropy;  // bonus per nat
  float scale;    // 1 / samples: losses are means
} KrnPolicyLoss;

#define KRN_LOG_SQRT_2PI 0.91893853320467274f
// Ratios beyond exp(20) are as good as infinite, and finite.
#define KRN_LOG_RATIO_MAX 20.0f

static inline float krn_gaussian_term(float action, float mean, float log_std) {
  const float z = (action - mean) * expf(-log_std);
  return -0.5f * z * z - log_std - KRN_LOG_SQRT_2PI;
}

// Loss and slope (d loss / d log_prob) of the clipped surrogate for one sample.
static inline float krn_surrogate(float *slope, float *log_ratio, float log_prob, float old,
                                  float advantage, float clip) {
  float log_r = log_prob - old;
  log_r = log_r > KRN_LOG_RATIO_MAX ? KRN_LOG_RATIO_MAX : log_r;
  log_r = log_r < -KRN_LOG_RATIO_MAX ? -KRN_LOG_RATIO_MAX : log_r;
  const float ratio = expf(log_r);
  const float held = ratio > 1 + clip ? 1 + clip : ratio < 1 - clip ? 1 - clip : ratio;
  const bool free = ratio * advantage <= held * advantage;
  *log_ratio = log_r;
  *slope = free ? -advantage * ratio : 0.0f;
  return free ? -advantage * ratio : -advantage * held;
}

// Categorical heads side by side in a row of logits.
enum { KRN_HEADS_MAX = 4, KRN_HEAD_MAX = 32 };
typedef struct KrnHeads {
  int n, size[KRN_HEADS_MAX];
} KrnHeads;

// Probabilities of one head over its legal options (bits), and the entropy in nats; an option that
// is not legal has probability 0. legal is not 0.
static inline float krn_head_softmax(float *p, const float *logit, uint32_t legal, int n) {
  float top = -3.0e38f, sum = 0, entropy = 0;
  for (int i = 0; i < n; i++) {
    top = (legal >> i & 1u) && logit[i] > top ? logit[i] : top;
  }
  for (int i = 0; i < n; i++) {
    p[i] = (legal >> i & 1u) ? expf(logit[i] - top) : 0.0f;
    sum += p[i];
  }
  for (int i = 0; i < n; i++) {
    p[i] /= sum;
    entropy -= p[i] > 0 ? p[i] * logf(p[i]) : 0.0f;
  }
  return entropy;
}

// Slopes of slope * log p[choice] - bonus * entropy with respect to the logits.
static inline void krn_head_slopes(float *dlogit, const float *p, float entropy, int choice,
                                   float slope, float bonus, int n) {
  for (int i = 0; i < n; i++) {
    const float spread = p[i] > 0 ? -p[i] * (logf(p[i]) + entropy) : 0.0f;
    dlogit[i] = p[i] > 0 || i == choice ? slope * ((i == choice) - p[i]) - bonus * spread : 0.0f;
  }
}

typedef struct KrnAdam {
  float rate, beta1, beta2, epsilon;
  float correct1, correct2;  // 1 / (1 - beta^t)
} KrnAdam;

static inline void krn_adam_element(float *weight, float *mean, float *square, float gradient,
                                    const KrnAdam *adam) {
  *mean = adam->beta1 * *mean + (1 - adam->beta1) * gradient;
  *square = adam->beta2 * *square + (1 - adam->beta2) * gradient * gradient;
  *weight -=
      adam->rate * (*mean * adam->correct1) / (sqrtf(*square * adam->correct2) + adam->epsilon);
}

#endif  // KERNELS_ROW_H_
